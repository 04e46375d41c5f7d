"""Batches made ahead, in a thread of their own."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator
from contextlib import suppress
from queue import Empty, Queue
from typing import TypeVar

Batch = TypeVar("Batch")
AHEAD = 4  # batches that wait at most


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
