"""OKLab, a colour space whose distances follow the eye (B. Ottosson, "A perceptual color space", 2020)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .typing import Array, Floats

TO_LMS = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
TO_LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)


def to_linear(srgb: Array) -> Floats:
    """sRGB values 0..255 -> linear light 0..1; float32 stays float32, all else becomes float64."""
    srgb = np.asarray(srgb)
    share = (srgb if srgb.dtype == np.float32 else srgb.astype(np.float64)) / 255
    return np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)


def from_linear(light: Floats) -> Floats:
    """Linear light -> sRGB values as float, clipped to 0..255."""
    light = np.clip(light, 0, 1)
    return 255 * np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)


def cube_root(values: Floats) -> Floats:
    """Of float32 values of at least 0, to six digits from 1e-12 on: several times as fast as NumPy's."""
    values = np.maximum(values, np.float32(1e-12))
    # A third of the exponent, by looking at the number as a whole one; then a round of Halley's method and one of
    # Newton's.
    root = (values.view(np.int32) * np.float32(1 / 3) + np.float32(709921077)).astype(np.int32).view(np.float32)
    cube = root * root
    cube *= root
    divisor = cube + cube
    divisor += values
    cube += values
    cube += values
    root *= cube
    root /= divisor
    np.multiply(root, root, out=cube)
    np.divide(values, cube, out=cube)
    cube -= root
    cube *= np.float32(1 / 3)
    root += cube
    return root


def weighted(planes: Sequence[Floats] | Floats, matrix: Floats, out: Floats | None = None) -> Floats:
    """float32 (3, h, w): sums of three planes, float32 (h, w), by the rows of a matrix.

    As many sums as a product would take; but that of a small matrix is none that a library of products is quick at.
    """
    sums = np.empty((3, *planes[0].shape), np.float32) if out is None else out
    part = np.empty_like(planes[0])
    for total, row in zip(sums, matrix.astype(np.float32), strict=True):
        np.multiply(planes[0], row[0], out=total)
        for plane, weight in zip(planes[1:], row[1:], strict=True):
            np.multiply(plane, weight, out=part)
            total += part
    return sums


def to_oklab(srgb: Array) -> Floats:
    """sRGB values 0..255, shape (..., 3) -> L 0..1, a, b of about -0.4..0.4."""
    light = to_linear(srgb)
    lab: Floats = np.cbrt(light @ TO_LMS.T.astype(light.dtype)) @ TO_LAB.T.astype(light.dtype)
    return lab


def from_oklab(lab: Floats) -> Floats:
    """L, a, b -> sRGB values as float; what sRGB cannot show loses colour until it can, not lightness or hue."""
    lab = np.asarray(lab, float)
    light = np.clip(lab[..., :1], 0, 1)
    low, high = np.zeros_like(light), np.ones_like(light)
    for step in range(12):  # how much of the colour fits, by bisection; all of it is tried first
        share = np.ones_like(light) if step == 0 else (low + high) / 2
        rgb = _linear(np.concatenate([light, lab[..., 1:] * share], -1))
        fits = ((rgb > -1e-4) & (rgb < 1 + 1e-4)).all(-1, keepdims=True)
        low, high = np.where(fits, share, low), np.where(fits, high, share)
    return from_linear(_linear(np.concatenate([light, lab[..., 1:] * low], -1)))


def _linear(lab: Floats) -> Floats:
    light: Floats = (lab @ np.linalg.inv(TO_LAB).T) ** 3 @ np.linalg.inv(TO_LMS).T
    return light
