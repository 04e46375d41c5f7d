"""Doing the jobs of a batch, in this process or in several, so that it always ends, and with the truth.

- What is wrong with one file is the result of that file; the others are done.
- A worker that is killed costs the file that it was working on; another takes its place.
- Workers end with their parent, however that ends. Interrupted or told to end, the parent ends them, and each removes
  what it had half written.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Generator, Iterator
from multiprocessing.connection import Connection, wait
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

from ..errors import ModelError, TriptychError
from .output import Result

if TYPE_CHECKING:
    from .files import Job

T = TypeVar("T")

# Windows waits for 63 things at once, at most.
MOST_PROCESSES = 60 if sys.platform == "win32" else 1024
_PATIENCE = 3.0  # seconds that a worker gets to end by itself


def run_all(work: Callable[[Job], Result], jobs: list[Job], processes: int, what: str) -> Iterator[Result]:
    """A result for each job, in their order, with a progress bar on a terminal.

    Args:
        work: a function that can be pickled, if there is more than one process.
        what: the name of the work, for the bar.
    """
    todo = [job for job in jobs if job.wanted]
    processes = min(processes, len(todo), MOST_PROCESSES)
    done = _in_processes(work, todo, processes) if processes > 1 else _here(work, todo)
    with contextlib.closing(done):
        yield from _in_order(done, jobs, what)


def run_batches(work: Callable[[list[Job]], list[Result]], jobs: list[Job], size: int, what: str) -> Iterator[Result]:
    """The same in this process, for work that takes several jobs at once.

    Raises:
        ModelError: as `work` does; the next batch would say the same.
    """

    def batches() -> Generator[Result, None, None]:
        todo = [job for job in jobs if job.wanted]
        for start in range(0, len(todo), size):
            batch = todo[start : start + size]
            try:
                yield from work(batch)
            except ModelError:
                raise
            except Exception as error:
                yield from (_failure(job, error) for job in batch)

    with contextlib.closing(batches()) as done:
        yield from _in_order(done, jobs, what)


def _here(work: Callable[[Job], Result], jobs: list[Job]) -> Generator[Result, None, None]:
    for job in jobs:
        yield guarded(work, job)


def _in_order(done: Iterator[Result], jobs: list[Job], what: str) -> Iterator[Result]:
    """The results of all jobs: of those that were done, and of those that were not to be done."""
    from tqdm import tqdm

    bar = tqdm(total=len(jobs), desc=what, unit="file", delay=1, leave=False, disable=None if len(jobs) > 1 else True)
    with _told_to_end(), bar:
        for job in jobs:
            if job.fault:
                yield Result(str(job.source), error=job.fault, kind="InputError")
            elif job.skip:
                yield Result(str(job.source), {"output": job.shown}, skipped=True)
            else:
                yield next(done)
            bar.update()


def guarded(work: Callable[[Job], T], job: Job) -> T | Result:
    """`work(job)`, or a `Result` with the error."""
    try:
        return work(job)
    except BrokenPipeError:  # of standard output
        raise
    except Exception as error:  # a stranger's file can trip anything, and the others are to be done
        return _failure(job, error)


def _failure(job: Job, error: Exception) -> Result:
    text = " ".join(str(error).split())
    if isinstance(error, TriptychError):
        pass
    elif isinstance(error, MemoryError):
        text = "there is not enough memory for it"
    elif isinstance(error, OSError):
        text = error.strerror or text
    else:
        text = f"this should not happen, please report it: {type(error).__name__}: {text}"
    if not text.startswith(f"{job.source}: "):
        text = f"{job.source}: {text}"
    return Result(str(job.source), error=text, kind=type(error).__name__)


@contextlib.contextmanager
def _told_to_end() -> Iterator[None]:
    """Signals that tell a process to end do so by an exception, so that everything is tidied up on the way."""

    def end(number: int, frame: object) -> NoReturn:
        raise SystemExit(128 + number)

    before: dict[int, Any] = {}
    if threading.current_thread() is threading.main_thread():
        for name in ("SIGTERM", "SIGHUP"):
            number = getattr(signal, name, None)
            if number is not None and signal.getsignal(number) is signal.SIG_DFL:
                before[number] = signal.signal(number, end)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


# --- several processes -----------------------------------------------------------------------------------------------


class _Worker:
    """A process that is given one job at a time."""

    def __init__(self, work: Callable[[Job], Result]) -> None:
        context = multiprocessing.get_context("spawn")  # forking takes no threads along, and there are some
        self.connection, theirs = context.Pipe()
        self.process = context.Process(target=_serve, args=(theirs, work), daemon=True)
        with _uninterrupted():
            self.process.start()
        theirs.close()
        self.place = -1

    def give(self, place: int, job: Job) -> None:
        self.place = place
        with contextlib.suppress(OSError):  # that it is gone is noticed when it is heard
            self.connection.send(job)

    def end(self) -> None:
        self.connection.close()
        if self.process.is_alive():
            self.process.terminate()


@contextlib.contextmanager
def _uninterrupted() -> Iterator[None]:
    """Processes that are started here do not heed Ctrl-C, which reaches the whole group; their parent ends them."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _in_processes(work: Callable[[Job], Result], jobs: list[Job], count: int) -> Generator[Result, None, None]:
    workers: dict[Connection, _Worker] = {}
    results: dict[int, Result] = {}
    todo = iter(enumerate(jobs))

    def employ() -> None:
        if (following := next(todo, None)) is not None:
            worker = _Worker(work)
            workers[worker.connection] = worker
            worker.give(*following)

    try:
        for _ in range(count):
            employ()
        for place in range(len(jobs)):
            while place not in results:
                for connection in wait(list(workers)):
                    assert isinstance(connection, Connection) or sys.platform == "win32"
                    worker = workers[connection]  # type: ignore[index]
                    try:
                        results[worker.place] = worker.connection.recv()
                    except Exception as error:  # it is gone, or what it says cannot be read
                        results[worker.place] = _lost(jobs[worker.place], worker, error)
                        del workers[worker.connection]
                        worker.end()
                        employ()
                        continue
                    if (following := next(todo, None)) is not None:
                        worker.give(*following)
            yield results.pop(place)
    finally:
        for worker in workers.values():
            worker.end()
        deadline = time.monotonic() + _PATIENCE
        for worker in workers.values():
            worker.process.join(max(0.0, deadline - time.monotonic()))
            if worker.process.is_alive():
                worker.process.kill()
                worker.process.join()


def _lost(job: Job, worker: _Worker, error: Exception) -> Result:
    worker.process.join(_PATIENCE)
    code = worker.process.exitcode
    if code is None or not isinstance(error, (EOFError, OSError)):
        how = f"failed: {type(error).__name__}: {' '.join(str(error).split())}"
    elif code < 0:
        how = f"was ended by signal {-code}" + ("; is there enough memory?" if code == -9 else "")
    else:
        how = f"ended with code {code}"
    return Result(str(job.source), error=f"{job.source}: the process that worked on it {how}", kind="ProcessError")


def _serve(connection: Connection, work: Callable[[Job], Result]) -> None:
    """The life of a worker."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    threading.Thread(target=_end_with_parent, daemon=True).start()
    with contextlib.suppress(EOFError, OSError):  # the parent is gone or wants no more
        while True:
            job = connection.recv()
            connection.send(guarded(work, job))


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is None:
        return
    parent.join()
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(_PATIENCE)
    os._exit(1)
