"""What a network adds in the same way every few pixels: the price of upsampling by small steps."""

from __future__ import annotations

from collections.abc import Sequence

import torch.nn.functional as F
from torch import Tensor

WINDOW = 96  # pixels


def weave(change: Tensor, periods: Sequence[int]) -> Tensor:
    """(n,), the energy of what repeats in `change`, (n, c, h, w), every so many pixels (even numbers), within windows.

    Such patterns are faint and the same everywhere, and perceptual distances hardly see them, or even ask for them.
    What is in a picture does not repeat, so of that little is left in the averages over a window.
    """
    return sum(_repeated(change.float(), period) for period in periods)


def _repeated(change: Tensor, period: int) -> Tensor:
    """(n,), the mean square of what repeats every `period` pixels."""
    change = change - F.avg_pool2d(change, period + 1, 1, period // 2, count_include_pad=False)
    side = min(WINDOW // period * period, *(length // period * period for length in change.shape[2:]))
    rows, columns = (length // side for length in change.shape[2:])
    cells = change[..., : rows * side, : columns * side].unflatten(3, (columns, -1, period))
    phases = cells.unflatten(2, (rows, -1, period)).mean((3, 6))
    return phases.square().mean((1, 2, 3, 4, 5))
