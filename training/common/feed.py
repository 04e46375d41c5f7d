"""Batches: pictures held where they are used, crops of them, and batches made ahead in a thread of their own."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Sequence
from contextlib import suppress
from pathlib import Path
from queue import Empty, Queue
from typing import TypeVar

import numpy as np
import torch
from torch import Tensor

Batch = TypeVar("Batch")
AHEAD = 4  # batches that wait at most
LIGHT = 0.06  # deviation of what is made brighter, darker, warmer or colder


def held(path: Path, device: torch.device | str) -> Tensor:
    """The array of an .npy file: in the memory of a GPU, or left in the file, of which only crops are read."""
    return torch.from_numpy(np.load(path, mmap_mode="c")).to(device)


def stacked(crops: Sequence[Tensor]) -> Tensor:
    """float32 (n, planes, h, w), 0..255, of crops (h, w, planes)."""
    return torch.stack(tuple(crops)).permute(0, 3, 1, 2).float()


def other_light(pictures: Sequence[Tensor], rng: np.random.Generator) -> tuple[Tensor, ...]:
    """The same pictures, each (n, 3, h, w), -1..1, all a little brighter or darker, warmer or colder."""
    size, device = len(pictures[0]), pictures[0].device
    gain = torch.from_numpy(rng.normal(1, LIGHT, (size, 3, 1, 1)).astype(np.float32)).to(device)
    shift = torch.from_numpy(rng.normal(0, LIGHT, (size, 1, 1, 1)).astype(np.float32)).to(device)
    return tuple((x * gain + shift).clamp(-1, 1).contiguous() for x in pictures)


def endless(make: Callable[[], Batch], device: torch.device | str = "cpu") -> Generator[Batch, None, None]:
    """Endless results of `make`, in their order, until it is closed; made ahead where a CPU makes them."""
    if torch.device(device).type == "cpu":
        yield from made_ahead(make)
    while True:
        yield make()


def made_ahead(make: Callable[[], Batch]) -> Generator[Batch, None, None]:
    """Endless results of `make`, in their order, until it is closed."""
    queue: Queue[Batch] = Queue(AHEAD)
    done = threading.Event()

    def work() -> None:
        while not done.is_set():
            queue.put(make())

    worker = threading.Thread(target=work, daemon=True)
    worker.start()
    try:
        while True:
            yield queue.get()
    finally:
        # A thread that is still in PyTorch when the interpreter ends takes the process down with it.
        done.set()
        while worker.is_alive():
            with suppress(Empty):
                queue.get(timeout=0.1)
