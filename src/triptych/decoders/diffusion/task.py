"""What is painted at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch

from .prompts import Embedded


@dataclass(frozen=True)
class Task:
    """Pictures of one working size, with the same layers.

    Attributes:
        width, height: the working size, in pixels.
        embedded: the prompts, one a picture.
        shown: layer -> what its network is shown: float (n, channels, height, width) in 0..1; in the preset's order.
        start: the colours to paint over, float (n, 3, height, width) in 0..1; None paints over noise.
        generators: of the noise, one a picture.
    """

    width: int
    height: int
    embedded: Sequence[Embedded]
    shown: Mapping[str, torch.Tensor]
    start: torch.Tensor | None
    generators: list[torch.Generator]

    @property
    def pixels(self) -> int:
        return len(self.generators) * self.width * self.height
