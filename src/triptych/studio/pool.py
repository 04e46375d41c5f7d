"""Processes that do the work, so that it can be ended: by its visitor, by the clock, or by a fault of its own.

Quick work has processes of its own, each with a queue of its own, so that an edit goes to the process that remembers
what its visitor's last one left unpacked. Long decodes (of decoders that do not ship in the package) have one, which
keeps its models from one picture to the next and is ended with them when a decode is cancelled.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
from collections import OrderedDict
from collections.abc import Callable, Coroutine
from concurrent.futures import CancelledError, Future
from dataclasses import dataclass
from typing import Any

from pebble import ProcessExpired, ProcessPool

from ..errors import InputError, TriptychError
from . import bounds, work

VISITORS = 1000  # of whom it is known which process served them
_SPAWN = multiprocessing.get_context("spawn")  # threads of the server must not be copied into the processes


class BusyError(TriptychError):
    """More is asked for than the studio does at once."""


class EndedError(TriptychError):
    """The work was ended before it was done: cancelled, or over its time."""


@dataclass
class Job:
    """A decode that can be asked about: whose it is, its place among the shared numbers, and the work itself."""

    visitor: str
    slot: int
    future: Future[Any] | None = None


class Pool:
    """All work of a studio.

    Args:
        processes: for quick work.
    """

    def __init__(self, processes: int | None = None) -> None:
        count = processes or min(4, max(2, os.cpu_count() or 2))
        self._progress: Any = _SPAWN.RawArray("i", 2 * bounds.JOBS)
        made: dict[str, Any] = {"initializer": work.start, "initargs": (self._progress,), "context": _SPAWN}
        self._quick = [ProcessPool(max_workers=1, **made) for _ in range(count)]
        self._long = ProcessPool(max_workers=1, **made)
        self._load = [0] * count
        self._last: OrderedDict[tuple[str, bool], int] = OrderedDict()  # who was served by which process, latest last
        self._waiting: dict[str, int] = {}
        self._jobs: OrderedDict[tuple[str, str], Job] = OrderedDict()

    def warm(self) -> None:
        """Start the processes for quick work."""
        for pool in self._quick:
            pool.schedule(abs, args=(1,))

    def close(self) -> None:
        for pool in (*self._quick, self._long):
            pool.stop()  # type: ignore[no-untyped-call]
            pool.join()

    async def do(
        self,
        function: Callable[..., Any],
        *arguments: Any,
        visitor: str,
        left: Callable[[], Coroutine[Any, Any, None]],
        long: bool = False,
        job: Job | None = None,
    ) -> Any:
        """What `function(*arguments)` gives, in one of the processes.

        Args:
            visitor: whose request it is.
            left: what ends when nobody waits for the answer any more.
            long: the work may take `LONG_SECONDS`, and ends as soon as its visitor leaves.
            job: what to note the work in, so that it can be cancelled.

        Raises:
            BusyError: too many requests wait already.
            EndedError: the work was cancelled, took too long, or its process died.
            Exception: whatever the function raises.
        """
        if sum(self._waiting.values()) >= bounds.WAITING or self._waiting.get(visitor, 0) >= bounds.WAITING_EACH:
            raise BusyError("too many requests at once; wait for some of them, then ask again")
        self._waiting[visitor] = self._waiting.get(visitor, 0) + 1
        seconds = bounds.LONG_SECONDS if long else bounds.QUICK_SECONDS
        at = None if long else self._process(visitor, function is work.do_decode)
        pool = self._long if at is None else self._quick[at]
        future: Future[Any] = pool.schedule(function, args=arguments, timeout=seconds)
        future.add_done_callback(_asyncio_callback(lambda: self._done(visitor, at)))
        if job:
            job.future = future
        waited = asyncio.wrap_future(future)
        gone = asyncio.ensure_future(left())
        try:
            await asyncio.wait({waited, gone}, return_when=asyncio.FIRST_COMPLETED)
            if not waited.done():
                # Ending a process costs the next request its start, so quick work may finish, unless it hangs.
                asyncio.get_running_loop().call_later(0 if long else bounds.GRACE_SECONDS, future.cancel)
                raise EndedError("nobody waits for this any more")
            return waited.result()
        except (CancelledError, asyncio.CancelledError):
            raise EndedError("the work was cancelled") from None
        except TimeoutError:
            raise EndedError(f"the work was ended after {seconds} seconds; ask for a smaller picture") from None
        except ProcessExpired:
            raise EndedError("the process that did the work has died; it may have needed too much memory") from None
        finally:
            gone.cancel()

    # --- jobs: long decodes by name ---

    def new_job(self, visitor: str, name: str) -> Job:
        """A job of a visitor, in the place of the oldest one if there are too many."""
        key = visitor, name
        if key in self._jobs:
            raise InputError(f"there is a job {name!r} already; give another name")
        if len(self._jobs) >= bounds.JOBS:
            oldest = next((k for k, j in self._jobs.items() if j.future is None or j.future.done()), None)
            if oldest is None:
                raise BusyError("too many decodes at once; ask again later")
            slot = self._jobs.pop(oldest).slot
        else:
            slot = len(self._jobs)
        self._progress[2 * slot] = self._progress[2 * slot + 1] = 0
        self._jobs[key] = Job(visitor, slot)
        return self._jobs[key]

    def progress(self, visitor: str, name: str) -> dict[str, Any] | None:
        """{"state": waiting, running, done or ended, "step", "steps"} of a visitor's job, None if it is not known."""
        job = self._jobs.get((visitor, name))
        if job is None:
            return None
        future = job.future
        if future is None or not (future.running() or future.done()):
            state = "waiting"
        else:
            state = "ended" if future.cancelled() else "done" if future.done() else "running"
        return {"state": state, "step": self._progress[2 * job.slot], "steps": self._progress[2 * job.slot + 1]}

    def cancel(self, visitor: str, name: str) -> bool:
        """End a visitor's job at once; False if there is none."""
        job = self._jobs.get((visitor, name))
        if job is None or job.future is None:
            return False
        return job.future.cancel()

    def _process(self, visitor: str, paints: bool) -> int:
        """Which process takes the quick work of a visitor: the one that did the last of this sort, unless it is busy.

        Paintings are a sort of their own, for an edit would have to wait for one; they may wait for each other.
        """
        at = self._last.pop((visitor, paints), None)
        if at is None or self._load[at] > paints:
            others = self._last.get((visitor, not paints))
            taken = set(self._last.values())
            rank = lambda each: (self._load[each], each == others, each in taken)  # noqa: E731
            at = min(range(len(self._quick)), key=rank)
        self._last[visitor, paints] = at
        while len(self._last) > VISITORS:
            self._last.popitem(last=False)
        self._load[at] += 1
        return at

    def _done(self, visitor: str, at: int | None) -> None:
        if at is not None:
            self._load[at] -= 1
        self._waiting[visitor] = self._waiting.get(visitor, 1) - 1
        if self._waiting[visitor] <= 0:
            del self._waiting[visitor]


def _asyncio_callback(function: Callable[[], None]) -> Callable[[Future[Any]], None]:
    """A callback that runs in the event loop of whoever makes it, whichever thread calls it."""
    loop = asyncio.get_running_loop()

    def call(_: Future[Any]) -> None:
        if not loop.is_closed():
            loop.call_soon_threadsafe(function)

    return call
