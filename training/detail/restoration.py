"""The network that restores a still: an enlarged, coarsely coded picture, beside what was painted of the other layers.

It starts from the synthesis of the levels (model.py), which has learned the same task for pictures that another
transform made coarse.
"""

from __future__ import annotations

import torch
from model import UNet
from torch import Tensor

ABOUT = 2  # numbers that say how coarse the still is: see `stills.about`


class Restoration(UNet):
    """(still, painted, about) -> picture."""

    def __init__(self) -> None:
        super().__init__(ABOUT)

    def forward(self, still: Tensor, painted: Tensor, about: Tensor) -> Tensor:
        """(n, 3, h, w), about -1..1. still, painted: (n, 3, h, w), -1..1; about: (n, ABOUT, 1, 1)."""
        return self.added(still, painted, about)

    def start(self, state: dict[str, Tensor]) -> None:
        """Take over the weights of a synthesis (`state` of a whole codec). What it saw of `t` is seen of about[0]."""
        ours = {name.removeprefix("synthesis."): x for name, x in state.items() if name.startswith("synthesis.")}
        stem = ours["stem.weight"]
        ours["stem.weight"] = torch.cat([stem, torch.zeros_like(stem[:, :1])], 1)
        self.load_state_dict({name: x for name, x in ours.items() if name in self.state_dict()})
