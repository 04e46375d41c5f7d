"""Crops of prepared pictures (see prepare.py) as batches."""

from __future__ import annotations

import json
import sys
from collections.abc import Generator
from pathlib import Path

import numpy as np
import torch
from model import CHANNELS, SIDES
from torch import Tensor

sys.path.append(str(Path(__file__).parents[1]))
from common.feed import made_ahead
from common.splits import is_dev

WHOLE = 0.6  # of the samples keep all channels, the others a random number of the first ones,
LEAST_CHANNELS = 4  # down to this


class Pictures:
    """A prepared folder; `dev` picks the pictures that are not trained on."""

    def __init__(self, folder: Path, *, dev: bool = False) -> None:
        self.paths = [
            card.with_suffix(".npy")
            for card in sorted(folder.glob("*.json"))
            if is_dev(json.loads(card.read_text("utf-8"))["source"]) == dev
        ]

    def take(self, index: int, side: int, rng: np.random.Generator) -> np.ndarray:
        """A crop, uint8 (side, side, 6)."""
        planes = np.load(self.paths[index], mmap_mode="r")
        top, left = (rng.integers(length - side + 1) for length in planes.shape[:2])
        return np.array(planes[top : top + side, left : left + side])

    def whole(self, index: int) -> tuple[Tensor, Tensor]:
        """(original, painted) of a picture, each (1, 3, h, w), cut to multiples of 16."""
        planes = np.load(self.paths[index])
        height, width = (length // SIDES * SIDES for length in planes.shape[:2])
        return scaled(planes[None, :height, :width])


def scaled(planes: np.ndarray) -> tuple[Tensor, Tensor]:
    """uint8 (n, h, w, 6) -> (original, painted), each (n, 3, h, w), -1..1."""
    return torch.from_numpy(planes).permute(0, 3, 1, 2).float().div(127.5).sub(1).split(3, 1)


def drawn(size: int, rng: np.random.Generator) -> tuple[Tensor, Tensor]:
    """(t (n, 1, 1, 1), keep (n, CHANNELS, 1, 1)) of random samples."""
    some = np.exp(rng.uniform(np.log(LEAST_CHANNELS), np.log(CHANNELS + 1), size)).astype(int)
    count = np.where(rng.random(size) < WHOLE, CHANNELS, some)
    keep = (np.arange(CHANNELS) < count[:, None]).astype(np.float32)[:, :, None, None]
    # Evenly over 0..1, one in each of `size` parts: less noise in the gradient.
    t = (rng.permutation(size) + rng.random(size)) / size
    return torch.from_numpy(t.astype(np.float32)[:, None, None, None]), torch.from_numpy(keep)


def batches(pictures: Pictures, size: int, side: int, seed: int) -> Generator[tuple[Tensor, ...], None, None]:
    """Endless batches (original, painted, t, keep), made ahead until it is closed."""
    rng = np.random.default_rng(seed)

    def make() -> tuple[Tensor, ...]:
        crops = np.stack([pictures.take(index, side, rng) for index in rng.integers(len(pictures.paths), size=size)])
        if rng.random() < 0.5:
            crops = np.ascontiguousarray(crops[:, :, ::-1])
        # A little brighter or darker, warmer or colder.
        gain = torch.from_numpy(rng.normal(1, 0.06, (size, 3, 1, 1)).astype(np.float32))
        shift = torch.from_numpy(rng.normal(0, 0.06, (size, 1, 1, 1)).astype(np.float32))
        return *((x * gain + shift).clamp(-1, 1) for x in scaled(crops)), *drawn(size, rng)

    return made_ahead(make)
