"""The metrics of `triptych bench`, called with two pictures, for the scripts here."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from triptych.bench import metrics, neural


def _metric(name: str) -> Callable[[np.ndarray, np.ndarray], float | None]:
    return lambda original, decoded: metrics.measure_of(name)(original, decoded, None)


psnr, ssimulacra2, ms_ssim, flip, ciede2000, edges = map(
    _metric, ("psnr", "ssimulacra2", "ms_ssim", "flip", "ciede2000", "contours")
)


def lpips(path: Path) -> Callable[[np.ndarray, np.ndarray], float | None]:
    """The metric of a Python file (training/miniature/README.md shows one)."""
    measure = neural.from_file(path)
    return lambda original, decoded: measure(original, decoded, None)
