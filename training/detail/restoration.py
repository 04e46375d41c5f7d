"""The network that restores a still: an enlarged, coarsely coded picture, beside what was painted of the other layers.

A U-Net that sees both and adds to the still. It starts from the synthesis of the levels (model.py), which has learned
the same task for pictures that another transform made coarse.
"""

from __future__ import annotations

from itertools import pairwise

import torch
import torch.nn.functional as F
from model import DOWN, UP, WIDTHS, Block, bordered
from torch import Tensor, nn

ABOUT = 2  # numbers that say how coarse the still is: see `stills.about`


class Restoration(nn.Module):
    """(still, painted, about) -> picture."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(4 * 6 + ABOUT, WIDTHS[0], 3, padding=1)
        self.shrink = nn.ModuleList(nn.Conv2d(a, b, 4, 2, 1) for a, b in pairwise(WIDTHS))
        self.down = nn.ModuleList(nn.Sequential(*(Block(w) for _ in range(n)))
                                  for w, n in zip(WIDTHS, DOWN, strict=True))  # fmt: skip
        self.grow = nn.ModuleList(nn.Conv2d(b, 4 * a, 1) for a, b in pairwise(WIDTHS))
        self.up = nn.ModuleList(nn.Sequential(*(Block(w) for _ in range(n)))
                                for w, n in zip(WIDTHS[:3], UP, strict=True))  # fmt: skip
        self.out = nn.Conv2d(WIDTHS[0], 4 * 8, 3, padding=1)
        # After the last upsampling, so that what it makes has no pattern of 2 pixels.
        self.last = nn.Conv2d(8, 4, 3, padding=1)
        line = torch.tensor([0.25, 0.5, 0.25])
        self.register_buffer("binomial", torch.outer(line, line).expand(4, 1, 3, 3).clone())

    def forward(self, still: Tensor, painted: Tensor, about: Tensor) -> Tensor:
        """(n, 3, h, w), about -1..1. still, painted: (n, 3, h, w), -1..1; about: (n, ABOUT, 1, 1)."""
        x = F.pixel_unshuffle(torch.cat([still, painted], 1), 2)
        x = self.stem(torch.cat([x, about.expand(-1, -1, *x.shape[2:])], 1))
        kept = []
        for level, blocks in enumerate(self.down):
            x = blocks(x)
            if level < 3:
                kept.append(x)
                x = self.shrink[level](F.leaky_relu(x, 0.2))
        for level in reversed(range(3)):
            x = kept[level] + F.pixel_shuffle(self.grow[level](F.leaky_relu(x, 0.2)), 2)
            x = self.up[level](x)
        x = self.last(F.pixel_shuffle(self.out(F.leaky_relu(x, 0.2)), 2))
        x = F.conv2d(bordered(x), self.binomial, groups=4)
        return still + torch.sigmoid(x[:, 3:]) * (painted - still) + x[:, :3]

    def start(self, state: dict[str, Tensor]) -> None:
        """Take over the weights of a synthesis (`state` of a whole codec). What it saw of `t` is seen of about[0]."""
        ours = {name.removeprefix("synthesis."): x for name, x in state.items() if name.startswith("synthesis.")}
        stem = ours["stem.weight"]
        ours["stem.weight"] = torch.cat([stem, torch.zeros_like(stem[:, :1])], 1)
        self.load_state_dict({name: x for name, x in ours.items() if name in self.state_dict()})
