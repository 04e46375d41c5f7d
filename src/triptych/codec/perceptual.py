"""How different two pictures look, as a number, without a trained network.

Structure is compared by multi-scale SSIM (Z. Wang, E. Simoncelli, A. Bovik, "Multi-scale structural similarity for
image quality assessment", 2003) on the lightness of OKLab; colour by the mean difference of the two other OKLab
axes where the picture is eight times smaller, because the eye sees colour coarsely.
"""

from __future__ import annotations

import numpy as np
from PIL import Image

from ..analysis.filters import blurred
from ..colour import to_oklab

LONG_SIDE = 512  # pixels: larger pictures are compared at this size, as they are looked at
SMALLEST_SIDE = 16  # pixels: no scale is smaller than this
# The weights of the five scales, finest first, and the constants of SSIM for values of 0..1, all as published.
_WEIGHTS = np.array([0.0448, 0.2856, 0.3001, 0.2363, 0.1333])
_C1, _C2 = 0.01**2, 0.03**2
_SIGMA, _TRUNCATE = 1.5, 3.4  # a window of 11 x 11 pixels
_COLOUR_SCALE = 8
# A mean difference of 0.05 in OKLab, which anybody sees, weighs as much as a fifth of the structure.
_COLOUR_WEIGHT = 4.0


def perceptual_distance(one: Image.Image, other: Image.Image) -> float:
    """0 for equal pictures, about 1 for those that have nothing in common.

    Of pictures of one size, the same in both directions.

    Args:
        one, other: pictures of any mode and size; the second is compared at the size of the first.
    """
    size = _size_of(one)
    a, b = (to_oklab(_reduced(image, size)).astype(np.float64) for image in (one, other))
    small = [max(1, round(side / _COLOUR_SCALE)) for side in size]
    planes = [[_plane(lab[..., axis], small) for axis in (1, 2)] for lab in (a, b)]
    colour = np.hypot(planes[0][0] - planes[1][0], planes[0][1] - planes[1][1]).mean()
    return float(1 - _ms_ssim(a[..., 0], b[..., 0]) + _COLOUR_WEIGHT * colour)


def _size_of(image: Image.Image) -> tuple[int, int]:
    scale = min(1.0, LONG_SIDE / max(image.size))
    return max(1, round(image.width * scale)), max(1, round(image.height * scale))


def _reduced(image: Image.Image, size: tuple[int, int]) -> np.ndarray:
    image = image.convert("RGB")
    return np.asarray(image if image.size == size else image.resize(size, Image.Resampling.LANCZOS), np.float32)


def _plane(values: np.ndarray, size: list[int]) -> np.ndarray:
    """A plane of averages; size is (width, height)."""
    return np.asarray(Image.fromarray(values.astype(np.float32)).resize(size, Image.Resampling.BOX), np.float64)


def _ms_ssim(a: np.ndarray, b: np.ndarray) -> float:
    """Multi-scale SSIM of two planes of values 0..1: 1 for equal ones, 0 where nothing agrees."""
    scales = 1
    while scales < len(_WEIGHTS) and min(a.shape) >> scales >= SMALLEST_SIDE:
        scales += 1
    weights = _WEIGHTS[:scales] / _WEIGHTS[:scales].sum()
    result = 1.0
    for scale, weight in enumerate(weights):
        if scale:
            a, b = (_halved(values) for values in (a, b))
        luminance, contrast = _ssim(a, b)
        value = float((luminance * contrast).mean() if scale == scales - 1 else contrast.mean())
        result *= max(value, 0.0) ** weight  # a negative correlation has no power of a fraction
    return result


def _ssim(a: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(luminance, contrast times structure) of SSIM at each pixel."""
    ma, mb, maa, mbb, mab = blurred(np.stack([a, b, a * a, b * b, a * b]), _SIGMA, truncate=_TRUNCATE)
    va, vb, cov = maa - ma * ma, mbb - mb * mb, mab - ma * mb
    luminance = (2 * ma * mb + _C1) / (ma * ma + mb * mb + _C1)
    return luminance, (2 * cov + _C2) / (va + vb + _C2)


def _halved(values: np.ndarray) -> np.ndarray:
    rows, columns = (side // 2 * 2 for side in values.shape)
    averages: np.ndarray = values[:rows, :columns].reshape(rows // 2, 2, columns // 2, 2).mean((1, 3))
    return averages
