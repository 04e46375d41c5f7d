"""Crops of prepared pictures (see prepare.py) as batches, with edges and prompts left out at random."""

from __future__ import annotations

import sys
from collections.abc import Generator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from triptych.decoders.miniature.words import Words
from triptych.decoders.sketch import paint

sys.path.append(str(Path(__file__).parents[1]))
from common.feed import made_ahead
from common.splits import is_dev

NO_EDGES, NO_TEXT = 0.08, 0.3  # chances that a layer is left out


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


class Pictures:
    """A prepared folder; `dev` picks the pictures that are not trained on."""

    def __init__(self, folder: Path, words: Words, *, dev: bool = False) -> None:
        self.items = []
        for meta in sorted(folder.glob("*.npz")):
            with np.load(meta) as z:
                if is_dev(str(z["source"])) == dev:
                    text = words.describe(str(z["prompt"]))
                    self.items.append((meta.with_suffix(".npy"), z["colours"], text, int(z["bytes"])))

    def take(self, index: int, side: int, rng: np.random.Generator, has: tuple[bool, bool]) -> tuple:
        """One crop with the layers (edges, text) that `has` names, as the fields of a `Batch`."""
        path, colours, text, count = self.items[index]
        planes = np.load(path, mmap_mode="r")
        height, width = planes.shape[:2]
        top, left = rng.integers(height - side + 1), rng.integers(width - side + 1)
        box = (slice(top, top + side), slice(left, left + side))
        crop = np.array(planes[box])
        if not has[0]:
            crop[..., 3:6] = paint(width, height, colours=colours)[box]
            crop[..., 6] = 0
        if rng.random() < 0.5:
            crop = crop[:, ::-1]
        planes = torch.from_numpy(np.ascontiguousarray(crop)).permute(2, 0, 1).float()
        pictures = planes[:6] / 127.5 - 1
        noise = torch.from_numpy(rng.standard_normal((1, side, side), np.float32))
        words = torch.from_numpy(text if has[1] else np.zeros_like(text))
        bpp = torch.tensor(8 * count / (height * width))
        return pictures[:3], pictures[3:], planes[6:] / 255, noise, words, bpp


def batches(pictures: Pictures, size: int, side: int, seed: int) -> Generator[Batch, None, None]:
    """Endless batches of `size` crops of side x side pixels, made ahead until it is closed."""
    rng = np.random.default_rng(seed)

    def make() -> Batch:
        crops = []
        for index in rng.integers(len(pictures.items), size=size):
            has = tuple(rng.random(2) > (NO_EDGES, NO_TEXT))
            crops.append(pictures.take(index, side, rng, has))
        original, painted, *rest = (torch.stack(field) for field in zip(*crops, strict=True))
        return Batch(*_other_light(original, painted, rng), *rest)

    return made_ahead(make)


def _other_light(original: Tensor, painted: Tensor, rng: np.random.Generator) -> tuple[Tensor, Tensor]:
    """The same pictures a little brighter or darker, warmer or colder."""
    gain = torch.from_numpy(rng.normal(1, 0.06, (len(original), 3, 1, 1)).astype(np.float32))
    shift = torch.from_numpy(rng.normal(0, 0.06, (len(original), 1, 1, 1)).astype(np.float32))
    return tuple((x * gain + shift).clamp(-1, 1) for x in (original, painted))
