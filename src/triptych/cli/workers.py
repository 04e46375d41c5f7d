"""Doing the jobs of a command, in this process or in several, so that it always ends, and with the truth.

What is wrong with one file is the result of that file; the others are done. `batch/local.py` says what becomes of
workers.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Generator, Iterator
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from ..batch.local import Local, Lost, told_to_end
from ..batch.work import fault_of
from ..errors import ModelError
from .output import Result

if TYPE_CHECKING:
    from .files import Job

T = TypeVar("T")


def run_all(work: Callable[[Job], Result], jobs: list[Job], processes: int, what: str) -> Iterator[Result]:
    """A result for each job, in their order, with a progress bar on a terminal.

    Args:
        work: a function that can be pickled, if there is more than one process.
        what: the name of the work, for the bar.
    """
    todo = [job for job in jobs if job.wanted]
    processes = min(processes, len(todo))
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
    with told_to_end(), bar:
        try:
            for job in jobs:
                if job.fault:
                    yield Result(str(job.source), error=job.fault, kind="InputError")
                elif job.skip:
                    yield Result(str(job.source), {"output": job.shown}, skipped=True)
                else:
                    yield next(done)
                bar.update()
        finally:
            bar.clear()  # a line that was said shows it before its time, and then its own end leaves it there


def guarded(work: Callable[[Job], T], job: Job) -> T | Result:
    """`work(job)`, or a `Result` with the error."""
    try:
        return work(job)
    except BrokenPipeError:  # of standard output
        raise
    except Exception as error:  # a stranger's file can trip anything, and the others are to be done
        return _failure(job, error)


def _failure(job: Job, error: Exception) -> Result:
    return Result(str(job.source), error=fault_of(job.source, error), kind=type(error).__name__)


def _in_processes(work: Callable[[Job], Result], jobs: list[Job], count: int) -> Generator[Result, None, None]:
    early: dict[int, Result] = {}
    wanted = 0
    with contextlib.closing(Local(count, ahead=0).run(partial(_placed, work), list(enumerate(jobs)))) as done:
        for (place, job), result in done:
            early[place] = _lost(job, result) if isinstance(result, Lost) else result
            while wanted in early:
                yield early.pop(wanted)
                wanted += 1


def _placed(work: Callable[[Job], Result], task: tuple[int, Job]) -> Result:
    return guarded(work, task[1])


def _lost(job: Job, lost: Lost) -> Result:
    return Result(str(job.source), error=f"{job.source}: the process that worked on it {lost.how}", kind="ProcessError")
