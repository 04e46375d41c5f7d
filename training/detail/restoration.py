"""The network that restores a still: an enlarged, coarsely coded picture, beside what the other layers paint."""

from __future__ import annotations

from model import UNet
from torch import Tensor

ABOUT = 2  # numbers that say how coarse the still is: see `stills.about`
WIDTHS = (32, 64, 128, 192)  # at 1/2, 1/4, 1/8 and 1/16
DOWN = (0, 1, 2, 2)  # residual blocks on the way down
UP = (2, 3, 2)  # and up again


class Restoration(UNet):
    """(still, painted, about) -> picture."""

    def __init__(self) -> None:
        super().__init__(ABOUT, WIDTHS, DOWN, UP)

    def forward(self, still: Tensor, painted: Tensor, about: Tensor) -> Tensor:
        """(n, 3, h, w), about -1..1. still, painted: (n, 3, h, w), -1..1; about: (n, ABOUT, 1, 1)."""
        return self.added(still, painted, about)
