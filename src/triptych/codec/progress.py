"""How far a long decode is: decoders say it, whoever waits may listen."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

Listener = Callable[[int, int], None]
_listener: ContextVar[Listener | None] = ContextVar("listener", default=None)


@contextmanager
def heard(listener: Listener) -> Iterator[None]:
    """Inside, `listener(step, steps)` is called whenever a decoder has made a step; it may raise to end the work."""
    token = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(token)


def report(step: int, steps: int) -> None:
    """Say that `step` of `steps` are done; for decoders whose work takes long."""
    if listener := _listener.get():
        listener(step, steps)
