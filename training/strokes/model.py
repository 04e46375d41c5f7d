"""The network of `triptych.analysis.stroke_gain`: what an edge through each cell of a raster would gain."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from triptych.analysis.stroke_gain import PLANES

WIDTHS = (32, 64, 96)  # channels at the grid's size, its half and its quarter
LEAN_WIDTHS = (40, 64)  # at its half and its quarter


class Block(nn.Module):
    """x + conv(act(conv(act(x)))), the first convolution over cells `step` apart."""

    def __init__(self, width: int, step: int = 1) -> None:
        super().__init__()
        self.first = nn.Conv2d(width, width, 3, padding=step, dilation=step)
        self.second = nn.Conv2d(width, width, 3, padding=1)
        self.gain = nn.Parameter(torch.full((1, width, 1, 1), 0.2))

    def forward(self, x: Tensor) -> Tensor:
        return x + self.gain * self.second(F.relu(self.first(F.relu(x))))


class StrokeGainNet(nn.Module):
    """A small U-Net that corrects the classical strength.

    `usual`: the gain of a cell of a stroke on average, in the units of the labels. `strength`: the average of its
    strength, the square of the last input plane.
    """

    def __init__(self, usual: float = 1.0, strength: float = 1.0) -> None:
        super().__init__()
        a, b, c = WIDTHS
        self.stem = nn.Conv2d(PLANES, a, 3, padding=1)
        self.fine = Block(a)
        self.to_middle = nn.Conv2d(a, b, 4, 2, 1)
        self.middle = nn.Sequential(Block(b), Block(b, 2))
        self.to_coarse = nn.Conv2d(b, c, 4, 2, 1)
        self.coarse = nn.Sequential(Block(c), Block(c, 2), Block(c, 4))
        self.from_coarse = nn.Conv2d(c, b, 1)
        self.middle_again = Block(b)
        self.from_middle = nn.Conv2d(b, a, 1)
        self.fine_again = Block(a)
        self.out = nn.Conv2d(a, 1, 1)
        self.register_buffer("usual", torch.tensor(float(usual)))
        self.strength = nn.Parameter(torch.tensor(1 / strength))
        nn.init.zeros_(self.out.weight)
        nn.init.zeros_(self.out.bias)

    def forward(self, planes: Tensor) -> Tensor:
        """(n, PLANES, gh, gw), see `triptych.analysis.stroke_gain.planes`, sides multiples of 4 -> (n, 1, gh, gw)."""
        fine = self.fine(self.stem(planes))
        middle = self.middle(self.to_middle(F.relu(fine)))
        coarse = self.coarse(self.to_coarse(F.relu(middle)))
        middle = self.middle_again(middle + F.interpolate(self.from_coarse(coarse), scale_factor=2.0, mode="nearest"))
        fine = self.fine_again(fine + F.interpolate(self.from_middle(middle), scale_factor=2.0, mode="nearest"))
        return self.usual * (self.strength * planes[:, -1:] ** 2 + self.out(F.relu(fine)))


class LeanStrokeGainNet(nn.Module):
    """What the package ships: the same from a quarter of the cells on, in a fifth of the time.

    It learns from the other one (distil.py). What it says of the cells of a 2 x 2 block differs by a correction and by
    a factor of the strength of each.
    """

    def __init__(self, usual: float = 1.0, strength: float = 1.0) -> None:
        super().__init__()
        a, b = LEAN_WIDTHS
        self.stem = nn.Conv2d(PLANES, a, 2, 2)
        self.middle = Block(a)
        self.to_coarse = nn.Conv2d(a, b, 2, 2)
        self.coarse = nn.Sequential(Block(b), Block(b, 2), Block(b, 4))
        self.from_coarse = nn.Conv2d(b, a, 1)
        self.middle_again = Block(a)
        self.out = nn.Conv2d(a, 8, 1)
        self.register_buffer("usual", torch.tensor(float(usual)))
        self.strength = nn.Parameter(torch.tensor(1 / strength))
        nn.init.zeros_(self.out.weight)
        nn.init.zeros_(self.out.bias)

    def forward(self, planes: Tensor) -> Tensor:
        """As that of `StrokeGainNet`."""
        middle = self.middle(self.stem(planes))
        coarse = self.coarse(self.to_coarse(F.relu(middle)))
        middle = self.middle_again(middle + F.interpolate(self.from_coarse(coarse), scale_factor=2.0, mode="nearest"))
        factor, more = F.pixel_shuffle(self.out(F.relu(middle)), 2).split(1, 1)
        return self.usual * (self.strength * planes[:, -1:] ** 2 * (1 + factor) + more)
