"""Perceptual distances, which are not ours to ship: loaded from a Python file that the caller names."""

from __future__ import annotations

import importlib.util
from pathlib import Path

from torch import nn


def load_metric(path: Path) -> nn.Module:
    """The module `LPIPS` of a Python file, ready to measure with; no gradients reach its weights.

    Called with two batches of pictures, float (n, 3, h, w), -1..1, it gives distances (n,). For `training/strokes` it
    also has `local(a, b)`: the same as maps (n, 1, rows, columns).

    Raises:
        SystemExit: the file is no such module.
    """
    spec = importlib.util.spec_from_file_location("metric", path)
    if spec is None or spec.loader is None or not path.is_file():
        raise SystemExit(f"{path}: is not a Python file")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    if not hasattr(module, "LPIPS"):
        raise SystemExit(f"{path}: has no module LPIPS (training/miniature/README.md shows one)")
    metric: nn.Module = module.LPIPS()
    return metric.eval().requires_grad_(False)
