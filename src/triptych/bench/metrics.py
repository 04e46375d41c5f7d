"""What decoded pictures are measured by. Those that no decoder of ours was trained on stand first.

A metric compares an original and a decoded picture, both uint8 (height, width, 3) in sRGB. It is a kept library's
where there is one. One that needs a package or weights which are not here is reported as absent, with the reason;
nothing is put in its place. `neural` has those that need weights.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache, partial
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from ..errors import InputError, MissingExtraError, TriptychError
from ..typing import Bools, Bytes8
from . import neural

Measure = Callable[[Bytes8, Bytes8, str | None], float | None]
"""(original, decoded, prompt) -> value; None where the metric has none for such a picture (too small, no prompt)."""

GRID = 16  # cells along each side, of the averages whose colours are compared
NEAR = 2  # pixels within which a contour counts as found
_SIGMA = 2.0  # of Canny's smoothing, pixels
_LEAST_SIDE = 161  # pixels that five scales of MS-SSIM take


@dataclass(frozen=True)
class Metric:
    """One way to measure.

    Attributes:
        name: in results and on the command line.
        label: for tables and plots.
        higher: whether more is better.
        load: gives the function that measures; raises TriptychError if it cannot be had.
        source: who defined it.
        trained: what decoders of ours have seen of it in training, a few words for tables; "" if nothing.
    """

    name: str
    label: str
    higher: bool
    load: Callable[[], Measure]
    source: str
    trained: str = ""

    @property
    def sign(self) -> int:
        """1 if more is better, -1 if less is."""
        return 1 if self.higher else -1


def _library(module: str, who: str) -> Any:
    try:
        return import_module(module)
    except ImportError as error:
        raise MissingExtraError(who, "bench") from error


def _psnr() -> Measure:
    def measure(original: Bytes8, decoded: Bytes8, prompt: str | None) -> float:
        error = float(((original.astype(np.float64) - decoded) ** 2).mean())
        return float(10 * np.log10(255**2 / max(error, 1e-3)))  # at most 78 dB, for equal pictures

    return measure


def _ssim() -> Measure:
    module = _library("skimage.metrics", "SSIM")
    # The window and the statistics of the paper.
    options = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False, "data_range": 255}

    def measure(original: Bytes8, decoded: Bytes8, prompt: str | None) -> float | None:
        if min(original.shape[:2]) < 11:
            return None
        return float(module.structural_similarity(_grey(original), _grey(decoded), **options))

    return measure


def _ms_ssim() -> Measure:
    module = _library("pytorch_msssim", "MS-SSIM")
    torch: Any = import_module("torch")

    def measure(original: Bytes8, decoded: Bytes8, prompt: str | None) -> float | None:
        if min(original.shape[:2]) < _LEAST_SIDE:
            return None
        planes = (torch.tensor(x).permute(2, 0, 1)[None].float() for x in (original, decoded))
        with torch.inference_mode():
            return float(module.ms_ssim(*planes, data_range=255))

    return measure


def _ssimulacra2() -> Measure:
    module = _library("ssimulacra2", "SSIMULACRA2")

    def measure(original: Bytes8, decoded: Bytes8, prompt: str | None) -> float:
        with tempfile.TemporaryDirectory() as folder:  # the library reads files
            paths = [Path(folder, f"{at}.bmp") for at in range(2)]
            for path, pixels in zip(paths, (original, decoded), strict=True):
                Image.fromarray(pixels).save(path)
            return float(module.compute_ssimulacra2(*map(str, paths)))

    return measure


def _flip() -> Measure:
    module = _library("flip_evaluator", "FLIP")

    def measure(original: Bytes8, decoded: Bytes8, prompt: str | None) -> float:
        planes = (np.float32(x / 255) for x in (original, decoded))
        return float(module.evaluate(*planes, "LDR", applyMagma=False)[1])

    return measure


def _ciede2000() -> Measure:
    module = _library("skimage.color", "CIEDE2000")

    def measure(original: Bytes8, decoded: Bytes8, prompt: str | None) -> float:
        cells = (Image.fromarray(x).resize((GRID, GRID), Image.Resampling.BOX) for x in (original, decoded))
        return float(module.deltaE_ciede2000(*(module.rgb2lab(np.asarray(x) / 255) for x in cells)).mean())

    return measure


def _contours() -> Measure:
    module = _library("skimage.feature", "the comparison of contours")

    def measure(original: Bytes8, decoded: Bytes8, prompt: str | None) -> float:
        lines = [module.canny(_grey(x) / 255, sigma=_SIGMA) for x in (original, decoded)]
        return f_score(lines[0], lines[1])

    return measure


def f_score(wanted: Bools, found: Bools) -> float:
    """How well contours are found again within 2 pixels: the harmonic mean of precision and recall, 0..1.

    Two pictures without contours are equal in this: 1.
    """
    from scipy.ndimage import distance_transform_edt

    if not wanted.any() and not found.any():
        return 1.0
    if not wanted.any() or not found.any():
        return 0.0
    near = [distance_transform_edt(~lines) <= NEAR for lines in (wanted, found)]
    recall, precision = (wanted & near[1]).sum() / wanted.sum(), (found & near[0]).sum() / found.sum()
    return float(2 * recall * precision / max(1e-9, recall + precision))


def _grey(pixels: Bytes8) -> Any:
    return pixels @ np.array([0.299, 0.587, 0.114])


def _table() -> tuple[Metric, ...]:
    squeeze, alex, vgg = (partial(neural.lpips, network) for network in ("squeeze", "alex", "vgg"))
    return (
        Metric("ssimulacra2", "SSIMULACRA2", True, _ssimulacra2, "Sneyers 2023"),
        Metric("flip", "FLIP", False, _flip, "Andersson et al. 2020, mean at 67 pixels a degree"),
        Metric("ssim", "SSIM", True, _ssim, "Wang et al. 2004, of luma"),
        Metric("ciede2000", "CIEDE2000 of averages", False, _ciede2000, f"of the averages of {GRID} x {GRID} cells"),
        Metric("contours", "contours found (F)", True, _contours, "Canny within 2 pixels, after Martin et al. 2004"),
        Metric("psnr", "PSNR in dB", True, _psnr, "of RGB"),
        Metric("lpips_alex", "LPIPS (AlexNet)", False, alex, "Zhang et al. 2018"),
        Metric("lpips_vgg", "LPIPS (VGG)", False, vgg, "Zhang et al. 2018"),
        Metric("dists", "DISTS", False, neural.dists, "Ding et al. 2020"),
        Metric("clip", "CLIP score", True, neural.clip, "Hessel et al. 2021, of prompt and picture"),
        Metric("niqe", "NIQE", False, neural.niqe, "Mittal et al. 2013, of the decoded picture alone"),
        # training/detail/README.md, training/miniature/README.md
        Metric("ms_ssim", "MS-SSIM", True, _ms_ssim, "Wang et al. 2003", "in the detail's loss"),
        Metric("lpips_squeeze", "LPIPS (SqueezeNet)", False, squeeze, "Zhang et al. 2018", "trained on"),
    )


METRICS = {metric.name: metric for metric in _table()}


def choose(
    names: Sequence[str] | None = None, files: Iterable[tuple[str, Path]] = ()
) -> tuple[dict[str, Measure], dict[str, str]]:
    """(name -> function of the metrics that can be had, name -> why another one cannot).

    Args:
        names: the metrics asked for, all by default.
        files: (name of a metric, Python file with a torch module that measures it); see `neural.from_file`.

    Raises:
        InputError: there is no such metric, or a file is none.
    """
    given = dict(files)
    for name in [*(names or ()), *given]:
        if name not in METRICS:
            raise InputError(f"there is no metric called {name!r}; there are: {', '.join(METRICS)}")
    here: dict[str, Measure] = {}
    absent: dict[str, str] = {}
    for name in METRICS:
        if names is not None and name not in names:
            continue
        try:
            here[name] = neural.from_file(given[name]) if name in given else measure_of(name)
        except InputError:
            raise
        except TriptychError as error:
            absent[name] = str(error)
    return here, absent


@cache
def measure_of(name: str) -> Measure:
    """The function of a metric, made once per process; raises TriptychError if it cannot be had."""
    return METRICS[name].load()
