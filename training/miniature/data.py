"""Crops of prepared pictures (see prepare.py) as batches, with edges and prompts left out at random."""

from __future__ import annotations

import sys
from collections.abc import Generator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from words import Words

sys.path.append(str(Path(__file__).parents[1]))
from common.feed import endless, held, other_light, stacked
from common.splits import is_dev

NO_EDGES, NO_TEXT = 0.08, 0.3  # chances that a layer is left out
Device = torch.device | str


class Batch(NamedTuple):
    original: Tensor  # (n, 3, h, w), -1..1
    painted: Tensor
    strokes: Tensor
    noise: Tensor
    text: Tensor
    bpp: Tensor  # (n,), of the files that the layers are of

    def conditions(self) -> tuple[Tensor, ...]:
        """The arguments of the generator."""
        return self[1:5]


class Item(NamedTuple):
    """A picture as one file keeps it."""

    name: str
    planes: Tensor  # uint8 (h, w, 10), see prepare.py
    text: Tensor  # (TEXT,)
    bpp: float


class Pictures:
    """A prepared folder, held where it is used; `dev` picks the pictures that are not trained on."""

    def __init__(self, folder: Path, words: Words, *, dev: bool = False, device: Device = "cpu") -> None:
        self.words, self.dev, self.device = words, dev, device
        self.items: list[Item] = []
        for meta in sorted(folder.glob("*.npz")):
            self.add(meta)

    def add(self, meta: Path) -> None:
        """One more file, if it is of the sources that are meant."""
        with np.load(meta) as z:
            if is_dev(str(z["source"])) != self.dev:
                return
            text, count = self.words.describe(str(z["prompt"])), int(z["bytes"])
        planes = held(meta.with_suffix(".npy"), self.device)
        bpp = 8 * count / (planes.shape[0] * planes.shape[1])
        self.items.append(Item(meta.stem, planes, torch.from_numpy(text).to(self.device), bpp))

    def take(self, index: int, side: int, rng: np.random.Generator, has: tuple[bool, bool]) -> tuple[Tensor, Tensor]:
        """(uint8 (side, side, 7), text) of one crop, with the layers (edges, text) that `has` names."""
        item = self.items[index]
        top, left = (int(rng.integers(length - side + 1)) for length in item.planes.shape[:2])
        crop = item.planes[top : top + side, left : left + side]
        if not has[0]:
            crop = torch.cat([crop[..., :3], crop[..., 7:], torch.zeros_like(crop[..., :1])], 2)
        return crop[..., :7], item.text if has[1] else torch.zeros_like(item.text)

    def batch(
        self, which: list[int], side: int, rng: np.random.Generator, has: list[tuple[bool, bool]] | None = None
    ) -> Batch:
        """One crop of each; without `has` layers are left out at random."""
        has = has or [tuple(rng.random(2) > (NO_EDGES, NO_TEXT)) for _ in which]
        taken = [self.take(n, side, rng, layers) for n, layers in zip(which, has, strict=True)]
        planes = stacked([crop for crop, _ in taken])
        original, painted, strokes = (planes / 127.5 - 1).split((3, 3, 1), 1)
        noise = torch.randn(len(which), 1, side, side, device=planes.device)
        bpp = torch.tensor([self.items[n].bpp for n in which], device=planes.device)
        return Batch(original, painted, (strokes + 1) / 2, noise, torch.stack([text for _, text in taken]), bpp)


def batches(pictures: Pictures, size: int, side: int, seed: int) -> Generator[Batch, None, None]:
    """Endless batches of `size` crops of side x side pixels."""
    rng = np.random.default_rng(seed)

    def make() -> Batch:
        batch = pictures.batch(rng.integers(len(pictures.items), size=size).tolist(), side, rng)
        original, painted, strokes, *rest = batch
        if rng.random() < 0.5:
            original, painted, strokes = (x.flip(-1) for x in (original, painted, strokes))
        return Batch(*other_light((original, painted), rng), strokes, *rest)

    return endless(make, pictures.device)
