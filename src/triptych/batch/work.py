"""Doing the tasks of a batch: the part that runs in the workers."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from ..errors import MissingExtraError, ModelError, TriptychError
from . import storage
from .sources import Item
from .verbs import Result, Verb, caught


@dataclass(frozen=True, slots=True)
class Task:
    """An item for a worker.

    Attributes:
        target: where its result is written; None: it is sent back.
    """

    ordinal: int
    item: Item
    target: str | None


@dataclass(slots=True)
class Outcome:
    """What came of a task.

    Attributes:
        record: JSON types, what is known of the result.
        data: the result, if it was not written.
        error, kind: why there is none, in one line, and the class of the error.
        stop: why the run must stop; then the item is neither done nor failed.
    """

    ordinal: int
    record: dict[str, Any] = field(default_factory=dict)
    data: bytes | None = None
    bytes_in: int = 0
    bytes_out: int = 0
    seconds: float = 0.0
    error: str | None = None
    kind: str = ""
    stop: str | None = None


def do(verb: Verb, tasks: Sequence[Task]) -> list[Outcome]:
    """The outcomes of a few tasks, in their order; raises nothing."""
    start = time.perf_counter()
    if len(tasks) == 1 or type(verb).many is Verb.many:
        outcomes = []
        for task in tasks:
            outcomes.append(_outcome(task, caught(verb.one, task.item)))
            now = time.perf_counter()
            outcomes[-1].seconds, start = now - start, now
        return outcomes
    results = verb.many([task.item for task in tasks])
    outcomes = [_outcome(task, result) for task, result in zip(tasks, results, strict=True)]
    for outcome in outcomes:
        outcome.seconds = (time.perf_counter() - start) / len(tasks)
    return outcomes


def _outcome(task: Task, result: Result | Exception) -> Outcome:
    if not isinstance(result, Exception) and task.target is not None:
        sources = () if task.item.data is not None or storage.is_url(task.item.where) else (task.item.where,)
        try:
            storage.write(task.target, result.data, sources)
        except Exception as error:
            result = error
    if isinstance(result, (storage.StoppedError, ModelError, MissingExtraError)):
        return Outcome(task.ordinal, stop=str(result))
    if isinstance(result, Exception):
        return Outcome(task.ordinal, error=fault_of(task.item.where, result), kind=type(result).__name__)
    data = None if task.target is not None else result.data
    return Outcome(task.ordinal, result.record, data, result.bytes_in, result.record["bytes"])


def fault_of(where: object, error: Exception) -> str:
    """What is wrong with an item, in one line that begins with its name."""
    text = " ".join(str(error).split())
    if isinstance(error, TriptychError):
        pass
    elif isinstance(error, MemoryError):
        text = "there is not enough memory for it"
    elif isinstance(error, OSError):
        text = error.strerror or text
    else:
        text = f"this should not happen, please report it: {type(error).__name__}: {text}"
    return text if text.startswith(f"{where}: ") else f"{where}: {text}"
