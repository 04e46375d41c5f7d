"""A batch: items from a source through an engine into a sink, with a manifest of what became of each."""

from __future__ import annotations

import contextlib
import hashlib
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Protocol

from ..errors import InputError, TriptychError
from . import storage
from .local import Local, Lost, told_to_end
from .manifest import SOURCE_FAULT, WAITING, Manifest, Row
from .plan import Plan
from .sinks import Files, Sink, make_sink
from .sources import Item, Source, flat
from .summary import Progress, Summary, summarise
from .verify import check_all
from .work import Outcome, Task, do

MANIFEST = "manifest.sqlite"
_TRIES = 2  # of an item whose worker was lost
_SHARD_SIZE = {"decode": 1000}  # items; of results of a few hundred bytes ten times as many


class Engine(Protocol):
    """Who does the work: `Local`, or `OnRay`."""

    def run(self, work: Callable[[Any], Any], tasks: Iterator[Any]) -> Iterator[tuple[Any, Any]]:
        """Each task with its result or `Lost`, as they become ready; tasks are taken when there is room."""


def run(plan: Plan, progress: Callable[[Progress], None] | None = None) -> Summary:
    """Do all of a plan, or what is left of it.

    Args:
        progress: called after each result, in this thread.

    Returns:
        What the manifest says in the end; `stopped` says why the run came to an end early, if it did.

    Raises:
        InputError: something in the plan cannot be used, or belongs to another run.
        MissingExtraError, ModelError: a package or weights are missing.
    """
    chunk = plan.verb.prepare()
    to = plan.to or ("parquet" if plan.verb.name == "stats" else "files")
    size = plan.shard_size or _SHARD_SIZE.get(plan.verb.name, 10_000)
    if size < 1:
        raise InputError(f"a shard holds 1 item or more, not {size}")
    target = plan.target.rstrip("/") or plan.target
    sink = make_sink(to, target, plan.verb.ending, size)
    path = _manifest_path(plan, target)
    if not path.exists() and not plan.force and not storage.is_empty(target):
        raise InputError(f"{target}: is not empty, and no run is to be continued there; name another, or give --force")
    engine = _engine(plan)
    given = flat(plan.source)
    asked = {
        **plan.verb.asked(), "source": given if isinstance(given, str) else "names", "to": to,
        "shard_size": size if sink.shards else None, "column": plan.column, "prompt_column": plan.prompt_column,
    }  # fmt: skip
    manifest = Manifest(path, asked)
    try:
        if not storage.is_url(target):
            with _told(target):
                storage.local(target).mkdir(parents=True, exist_ok=True)
        if not manifest.fresh:
            storage.tidy(target)
        leave_out = None if storage.is_url(target) else target
        source = Source(given, plan.verb.endings, leave_out, plan.column, plan.prompt_column)
        return _Run(plan, source, sink, engine, manifest, chunk, progress).all()
    finally:
        manifest.close()


@contextlib.contextmanager
def _told(name: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise InputError(f"{name}: cannot be made: {error.strerror or error}") from error


def _manifest_path(plan: Plan, target: str) -> Path:
    if plan.manifest is not None:
        return Path(plan.manifest)
    if storage.is_url(target):
        raise InputError("results go to another machine: --manifest FILE says where, here, what became of each is kept")
    return storage.local(target) / MANIFEST


def _engine(plan: Plan) -> Engine:
    heavy = getattr(plan.verb, "heavy", False)
    if plan.engine == "local":
        import os

        return Local(1 if heavy else plan.jobs or os.cpu_count() or 1)
    if plan.engine == "ray":
        from .cluster import OnRay

        return OnRay(plan.address, plan.jobs or None, plan.gpus if heavy else 0.0)
    raise InputError(f"an engine is local or ray, not {plan.engine!r}")


class _Run:
    """One run of a plan."""

    def __init__(
        self, plan: Plan, source: Source, sink: Sink, engine: Engine, manifest: Manifest, chunk: int,
        progress: Callable[[Progress], None] | None,
    ) -> None:  # fmt: skip
        self.plan, self.source, self.sink, self.engine, self.manifest = plan, source, sink, engine, manifest
        self.chunk = chunk
        self.told = progress
        self.progress = Progress(retried=manifest.forgive() if plan.retry_failed else 0)
        self.stopped: TriptychError | None = None
        self.given: set[int] = set()  # in work
        self.lost: dict[int, int] = {}  # how often the worker of an item was lost
        self.again: deque[list[Task]] = deque()
        self.ended = False

    def all(self) -> Summary:
        start = time.monotonic()
        if self.told:
            self.progress.count(self.source)
        work: Callable[[list[Task]], list[Outcome]] = partial(do, self.plan.verb)
        tasks: Iterator[list[Task]] = self._chunks()
        with told_to_end():
            while True:
                with contextlib.closing(self.engine.run(work, tasks)) as results:  # type: ignore[type-var]
                    for chunk, outcomes in results:
                        self._heard(chunk, outcomes)
                if not self.again or self.stopped:
                    break
                tasks = self._repeated()
            self._write_shards()
            if self.stopped and not self.progress.seen:
                raise self.stopped
            if self.plan.verify and not self.stopped:
                try:
                    self.progress.faults = check_all(self.manifest, self.sink, self.engine)
                except storage.StoppedError as error:
                    self._stop(error)
        seconds = time.monotonic() - start
        return summarise(self.manifest, self.progress, seconds, str(self.stopped) if self.stopped else None)

    # --- what goes out ---

    def _repeated(self) -> Iterator[list[Task]]:
        while self.again and not self.stopped:
            yield self.again.popleft()

    def _chunks(self) -> Iterator[list[Task]]:
        """What is to be done, a few at once."""
        chunk: list[Task] = []
        for task in self._tasks():
            chunk.append(task)
            if len(chunk) >= self.chunk:
                yield chunk
                chunk = []
                yield from self._repeated()
        if chunk:
            yield chunk

    def _tasks(self) -> Iterator[Task]:
        items = iter(self.source)
        while not self.stopped:
            try:
                item = next(items, None)
            except TriptychError as error:
                self.stopped = error
                return
            if item is None:
                self.ended = True
                return
            self.progress.seen += 1
            if (row := self._wanted(item)) is None:
                continue
            if item.fault is not None:
                self._failed(row.ordinal, item.fault, SOURCE_FAULT, 0.0)
                self._write_shard(row.shard)
                self._tell()
                continue
            self.given.add(row.ordinal)
            target = self.sink.where(row.target) if isinstance(self.sink, Files) and row.target else None
            yield Task(row.ordinal, item, target)

    def _wanted(self, item: Item) -> Row | None:
        """The row of an item that is to be done."""
        sink, manifest = self.sink, self.manifest
        size = None if isinstance(sink, Files) else sink.size
        row = manifest.find(item.key)
        if row is None:
            target = None
            if isinstance(sink, Files):
                attempt = 0
                while manifest.taken(target := sink.target(item.place, attempt)):
                    attempt += 1
            return manifest.add(item.key, target, size)
        if row.ordinal in self.given:
            return None  # the source has it twice
        if row.state != WAITING:
            self.progress.before += 1
            return None
        return manifest.place_again(row, size) if size and row.shard is None else row

    # --- what comes back ---

    def _heard(self, chunk: Sequence[Task], outcomes: Sequence[Outcome] | Lost) -> None:
        if isinstance(outcomes, Lost):
            self._mourn(chunk, outcomes)
        else:
            for task, outcome in zip(chunk, outcomes, strict=True):
                self._record(task, outcome)
        self._tell()

    def _record(self, task: Task, outcome: Outcome) -> None:
        self.given.discard(task.ordinal)
        try:
            if outcome.stop is not None:
                self._stop(storage.StoppedError(outcome.stop))
            elif outcome.error is not None:
                self._failed(task.ordinal, outcome.error, outcome.kind, outcome.seconds)
            else:
                self.manifest.finish(
                    task.ordinal, bytes_in=outcome.bytes_in, bytes_out=outcome.bytes_out, seconds=outcome.seconds,
                    record=outcome.record, held=outcome.data,
                )  # fmt: skip
                self.progress.done += 1
                self.progress.bytes_in += outcome.bytes_in
                self.progress.bytes_out += outcome.bytes_out
            if outcome.stop is None and self.sink.shards and (row := self.manifest.find(task.item.key)):
                self._write_shard(row.shard)
        except storage.StoppedError as error:
            self._stop(error)

    def _mourn(self, chunk: Sequence[Task], lost: Lost) -> None:
        """Try again, one by one, what a worker was lost with; who loses two is at fault."""
        for task in chunk:
            self.lost[task.ordinal] = self.lost.get(task.ordinal, 0) + (len(chunk) == 1)
            if self.lost[task.ordinal] >= _TRIES:
                self.given.discard(task.ordinal)
                error = f"{task.item.where}: the process that worked on it {lost.how}, {_TRIES} times"
                self._failed(task.ordinal, error, "ProcessError", 0.0)
                if self.sink.shards and (row := self.manifest.find(task.item.key)):
                    self._write_shard(row.shard)
            else:
                self.again.append([task])

    def _failed(self, ordinal: int, error: str, kind: str, seconds: float) -> None:
        self.manifest.fail(ordinal, error, kind, seconds)
        self.progress.failed += 1
        if self.plan.max_failures is not None and self.progress.failed > self.plan.max_failures:
            self._stop(storage.StoppedError(f"{self.progress.failed} items failed, the last one: {error}"))

    def _stop(self, error: TriptychError) -> None:
        self.stopped = self.stopped or error

    def _tell(self) -> None:
        if self.told:
            self.told(self.progress)

    # --- shards ---

    def _write_shard(self, shard: int | None) -> None:
        """Write a shard if all of it is known."""
        if (
            shard is None
            or isinstance(self.sink, Files)
            or not self.manifest.is_full(shard, self.sink.size, self.ended)
        ):
            return
        if not self.manifest.holds(shard):
            return  # all of it failed, or it is written
        with storage.scratch(self.sink.folder) as folder:
            with contextlib.closing(self.manifest.held(shard)) as rows:
                self.sink.make(rows, folder / "shard")
            with (folder / "shard").open("rb") as made:
                digest = hashlib.file_digest(made, "sha256").hexdigest()
            storage.publish(folder / "shard", self.sink.where(shard))
        self.manifest.shard_written(shard, digest)

    def _write_shards(self) -> None:
        try:
            if self.sink.shards:
                for shard in self.manifest.waiting_shards():
                    self._write_shard(shard)
        except storage.StoppedError as error:
            self._stop(error)
