"""Patterns that upsampling weaves into pictures."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor

PERIOD, WINDOW = 8, 64  # pixels


def weave(made: Tensor, painted: Tensor) -> Tensor:
    """The square of what the network adds in the same way every `PERIOD` pixels, within windows of `WINDOW` pixels.

    Upsampling by small steps weaves such patterns, faint and the same everywhere, which perceptual distances hardly
    see. What is in a picture does not repeat, so of that little is left in the averages.
    """
    change = made.float() - painted
    change = change - F.avg_pool2d(change, PERIOD + 1, 1, PERIOD // 2, count_include_pad=False)
    side = min(WINDOW, *(length // PERIOD * PERIOD for length in change.shape[2:]))
    rows, columns = (length // side for length in change.shape[2:])
    cells = change[..., : rows * side, : columns * side].unflatten(3, (columns, -1, PERIOD))
    phases = cells.unflatten(2, (rows, -1, PERIOD)).mean((3, 6))
    return phases.square().mean()
