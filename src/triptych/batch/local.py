"""The local engine: worker processes of this machine.

- A worker that is lost costs the task that it was working on, which is told; another takes its place, and what else it
  had been given goes to others.
- Workers end with their parent, however that ends. Interrupted or told to end, the parent ends them, and each removes
  what it had half written.
- Tasks are taken from their source only when a worker has room, so that a source of any length takes no memory.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import queue
import signal
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from types import FrameType
from typing import Any, Generic, NoReturn, TypeVar

T = TypeVar("T")
R = TypeVar("R")

# Windows waits for 63 things at once, at most.
MOST_PROCESSES = 60 if sys.platform == "win32" else 1024
_PATIENCE = 3.0  # seconds that a worker gets to end by itself


@dataclass(frozen=True)
class Lost:
    """In place of a result: whoever worked on the task is gone.

    Attributes:
        how: "was ended by signal 9", after "the process that worked on it".
    """

    how: str


class Local:
    """Worker processes, each with one task in work and others ahead of it, so that it need not wait for us."""

    def __init__(self, processes: int, ahead: int = 1) -> None:
        self.processes = max(1, min(processes, MOST_PROCESSES))
        self.ahead = ahead

    def run(self, work: Callable[[T], R], tasks: Iterable[T]) -> Generator[tuple[T, R | Lost], None, None]:
        """Each task with its result, as they become ready.

        Args:
            work: a function that can be pickled and does not raise.
            tasks: none of them None; they and the results can be pickled.
        """
        todo = iter(tasks)
        again: deque[T] = deque()
        workers: dict[Any, _Worker[T, R]] = {}

        def following() -> T | None:
            return again.popleft() if again else next(todo, None)

        def employ() -> None:
            if (task := following()) is not None:
                worker = _Worker(work)
                workers[worker.connection] = worker
                worker.give(task)

        def fill(worker: _Worker[T, R]) -> None:
            while len(worker.given) <= self.ahead and (task := following()) is not None:
                worker.give(task)

        try:
            for _ in range(self.processes):
                employ()
            for worker in list(workers.values()):
                fill(worker)
            while workers:
                for connection in wait([w.connection for w in workers.values() if w.given]):
                    worker = workers[connection]
                    try:
                        result: R | Lost = worker.connection.recv()
                    except Exception as error:  # it is gone, or what it says cannot be read
                        result = Lost(_how(worker.process, error))
                        task = worker.given.popleft()
                        again.extend(worker.given)
                        del workers[worker.connection]
                        worker.end()
                        employ()
                    else:
                        task = worker.given.popleft()
                        fill(worker)
                    yield task, result
                if not any(worker.given for worker in workers.values()):
                    if (task_left := following()) is None:
                        break
                    again.appendleft(task_left)
                    employ()
        finally:
            _end(list(workers.values()))


class _Worker(Generic[T, R]):
    """A process, and the tasks that it was given and has not answered yet, the one in work first."""

    def __init__(self, work: Callable[[T], R]) -> None:
        context = multiprocessing.get_context("spawn")  # forking takes no threads along, and there are some
        self.connection, theirs = context.Pipe()
        self.process = context.Process(target=_serve, args=(theirs, work), daemon=True)
        with _uninterrupted():
            self.process.start()
        theirs.close()
        self.given: deque[T] = deque()

    def give(self, task: T) -> None:
        self.given.append(task)
        with contextlib.suppress(OSError):  # that it is gone is noticed when it is heard
            self.connection.send(task)

    def end(self) -> None:
        self.connection.close()
        if self.process.is_alive():
            self.process.terminate()


def _end(workers: list[_Worker[Any, Any]]) -> None:
    for worker in workers:
        worker.end()
    deadline = time.monotonic() + _PATIENCE
    for worker in workers:
        worker.process.join(max(0.0, deadline - time.monotonic()))
        if worker.process.is_alive():
            worker.process.kill()
            worker.process.join()


def _how(process: Any, error: Exception) -> str:
    process.join(_PATIENCE)
    code = process.exitcode
    if code is None or not isinstance(error, (EOFError, OSError)):
        return f"failed: {type(error).__name__}: {' '.join(str(error).split())}"
    if code < 0:
        return f"was ended by signal {-code}" + ("; is there enough memory?" if code == -9 else "")
    return f"ended with code {code}"


# --- signals ---------------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def told_to_end() -> Iterator[None]:
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


# --- the life of a worker --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _End:
    """No more tasks: the parent wants none, or what it sent cannot be read."""

    error: Exception | None = None


def _serve(connection: Connection, work: Callable[[Any], Any]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _end_tidily)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    # Tasks are received while others are worked on: else both sides could wait for each other with a full pipe.
    tasks: queue.SimpleQueue[Any] = queue.SimpleQueue()
    threading.Thread(target=_receive, args=(connection, tasks), daemon=True).start()
    while not isinstance(task := tasks.get(), _End):
        try:
            connection.send(work(task))
        except OSError:  # the parent is gone
            return
    signal.signal(signal.SIGTERM, _end_now)
    if task.error:
        raise task.error


def _end_tidily(number: int, frame: FrameType | None) -> None:
    """With what is to be done at the end of a process; if it is told again meanwhile, without more of that."""
    signal.signal(signal.SIGTERM, _end_now)
    sys.exit(128 + number)


def _end_now(number: int, frame: FrameType | None) -> None:
    os._exit(128 + number)


def _receive(connection: Connection, tasks: queue.SimpleQueue[Any]) -> None:
    try:
        while True:
            tasks.put(connection.recv())
    except (EOFError, OSError):
        tasks.put(_End())
    except Exception as error:
        tasks.put(_End(error))


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is None:
        return
    parent.join()
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(_PATIENCE)
    os._exit(1)
