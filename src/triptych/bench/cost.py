"""What a call costs: seconds, and the memory at its peak."""

from __future__ import annotations

import contextlib
import ctypes
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")

_LEAST_KEPT = 1 << 23  # bytes by which a call must grow the process to count as kept; pictures are smaller
_STATUS, _RESET = Path("/proc/self/status"), Path("/proc/self/clear_refs")


@dataclass(frozen=True)
class Cost:
    """Of one call.

    Attributes:
        seconds: by the wall clock.
        peak: bytes, None where the system does not tell.
    """

    seconds: float
    peak: int | None = None


class Meter:
    """Measures the calls of one codec in this process.

    The peak counts what the codec keeps between calls (loaded networks and tables) and what a call takes on top, not
    the interpreter and what others had loaded before. Linux only; elsewhere there is no peak.
    """

    def __init__(self) -> None:
        self._kept = 0

    def run(self, function: Callable[[], T]) -> tuple[T, Cost]:
        """(what the function returns, its cost)."""
        _children.clear()
        before = _resident(reset=True)
        started = time.perf_counter()
        value = function()
        seconds = time.perf_counter() - started
        peak = None
        if before is not None:
            highest = _status("VmHWM")
            _trim()
            after = _status("VmRSS")
            peak = self._kept + max(0, highest - before) + max(_children, default=0)
            if after - before > _LEAST_KEPT:
                self._kept += after - before
        return value, Cost(seconds, peak)


_children: list[int] = []  # peaks of the programs that the call under measurement has run


def note_peak() -> None:
    """To be told after a program has ended; the largest of all programs so far, which is all that systems keep."""
    try:
        resource: Any = import_module("resource")  # not on Windows
    except ImportError:
        return
    _children.append(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024)


def _resident(reset: bool = False) -> int | None:
    """Bytes that are resident now; the peak is counted from here on."""
    try:
        if reset:
            _trim()
            _RESET.write_text("5")
        return _status("VmRSS")
    except OSError:
        return None


def _trim() -> None:
    """Give back what was freed, where the C library can: else the next call takes it unseen."""
    with contextlib.suppress(OSError, AttributeError, TypeError):
        ctypes.CDLL(None).malloc_trim(0)


def _status(name: str) -> int:
    for line in _STATUS.read_text("ascii", "replace").splitlines():
        if line.startswith(name):
            return int(line.split()[1]) * 1024
    return 0
