"""While another program paints: its steps are shown, and when we are told to end it is told so, too."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NoReturn

from tqdm import tqdm

from ...codec.progress import report

Tell = Callable[[object, object], None]


@contextmanager
def steps_shown(program: str) -> Iterator[Tell]:
    """A function that is given what a program says of its step and their number: reported, with a bar on a terminal.

    What is said twice, or is no step of so many, is left out.
    """
    shown = sys.stderr is not None and sys.stderr.isatty()
    told: tuple[int, int] | None = None
    # A delay, however short, has nothing shown before the first step.
    with tqdm(desc=program, unit="step", leave=False, mininterval=0, delay=1e-9, disable=not shown) as bar:

        def tell(step: object, steps: object) -> None:
            nonlocal told
            if not isinstance(step, int) or not isinstance(steps, int) or not 0 <= step <= steps or steps < 1:
                return
            if (step, steps) != told:
                told = step, steps
                bar.total = steps
                bar.update(step - bar.n)
                report(step, steps)

        yield tell


@contextmanager
def end_raised() -> Iterator[None]:
    """Inside, SIGTERM raises SystemExit, so that the program can be told; after that it does what it did before.

    A process of the studio ends like this when a painting is cancelled. Windows has no such signal.
    """
    before = signal.getsignal(signal.SIGTERM) if threading.current_thread() is threading.main_thread() else None
    if before is None or before == signal.SIG_IGN:
        yield
        return
    ended = False

    def end(number: int, frame: object) -> NoReturn:
        nonlocal ended
        ended = True
        raise SystemExit(128 + number)

    signal.signal(signal.SIGTERM, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
        if ended:
            signal.raise_signal(signal.SIGTERM)
