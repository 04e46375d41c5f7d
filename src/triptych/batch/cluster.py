"""The engine for a cluster: Ray Data spreads the work, and starts it again where a machine or process is lost.

Plain work runs as tasks on processors; a decoder that holds large models runs in actors, each with its share of a GPU,
which load it once. Results come back here, to the one manifest.
"""

from __future__ import annotations

import itertools
import logging
import os
import pickle
from collections.abc import Callable, Generator, Iterable, Iterator
from typing import Any, TypeVar

from ..errors import InputError, MissingExtraError
from .local import Lost

T = TypeVar("T")
R = TypeVar("R")

_WAVE = 4096  # tasks that are planned at once
_WAVE_BYTES = 1 << 28
_TASKS_A_BLOCK = 8  # which one call of a worker takes; Ray needs some milliseconds for each call
_STARTS = 3  # tries of a cluster of our own: Ray gives up after 30 seconds, which a busy machine may need
_RETRIES = 2  # of a call whose worker was lost, before its tasks are tried one by one


class OnRay:
    """A cluster of Ray, or one that is started on this machine."""

    def __init__(self, address: str | None = None, most: int | None = None, gpus: float = 0.0) -> None:
        """
        Args:
            address: of a running cluster; None: that of RAY_ADDRESS, else one is started here.
            most: tasks or actors at once; None: as many as there is room for.
            gpus: of each actor; 0: no actors, and a processor for each task.

        Raises:
            MissingExtraError: ray is not installed.
            InputError: there is no such cluster.
        """
        # No reports to anybody unless the owner of the cluster wants them.
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
        os.environ.setdefault("RAY_DATA_DISABLE_PROGRESS_BARS", "1")
        try:
            import ray
            import ray.data
        except ImportError:
            raise MissingExtraError("--engine ray", "cluster") from None
        self.ray = ray
        self.most, self.gpus = most, gpus
        tries = 1 if address or os.environ.get("RAY_ADDRESS") else _STARTS
        while not ray.is_initialized():
            try:
                ray.init(address=address, logging_level=logging.ERROR, log_to_driver=False, include_dashboard=False)
            except Exception as error:  # of any class, that of a start that takes too long is Exception itself
                tries -= 1
                ray.shutdown()
                if tries:
                    continue
                what = f"{address}: no cluster of Ray answers" if address else "no cluster of Ray can be started here"
                raise InputError(f"{what}: {' '.join(str(error).split())}") from error
        context = ray.data.DataContext.get_current()
        context.enable_progress_bars = False
        logging.getLogger("ray.data").setLevel(logging.ERROR)  # it tells of each wave

    def run(self, work: Callable[[T], R], tasks: Iterable[T]) -> Generator[tuple[T, R | Lost], None, None]:
        """Each task with its result, as they become ready; see `Local.run`."""
        for wave in _waves(tasks):
            yield from self._wave(work, wave)

    def _wave(self, work: Callable[[T], R], wave: list[T]) -> Iterator[tuple[T, R | Lost]]:
        errors = self.ray.exceptions.RayError, self.ray.exceptions.RaySystemError
        left = dict(enumerate(wave))
        try:
            for row in self._dataset(work, wave).iter_rows():
                yield left.pop(int(row["place"])), pickle.loads(row["result"])
        except errors:  # some task takes its worker with it, each time
            pass
        yield from self._one_by_one(work, list(left.values()))

    def _dataset(self, work: Callable[[T], R], wave: list[T]) -> Any:
        rows = [{"place": place, "task": pickle.dumps(task)} for place, task in enumerate(wave)]
        if self.gpus:
            blocks, size = len(rows), 1
        else:
            blocks, size = -(-len(rows) // _TASKS_A_BLOCK), _TASKS_A_BLOCK
        data = self.ray.data.from_items(rows, override_num_blocks=max(1, blocks))
        if self.gpus:
            return data.map_batches(
                _Actor, fn_constructor_args=(pickle.dumps(work),), batch_size=size, num_gpus=self.gpus,
                compute=self.ray.data.ActorPoolStrategy(min_size=1, max_size=self.most), max_restarts=_RETRIES,
                max_task_retries=_RETRIES,
            )  # fmt: skip
        compute = self.ray.data.TaskPoolStrategy(self.most) if self.most else None
        return data.map_batches(
            _apply, fn_args=(pickle.dumps(work),), batch_size=None, num_cpus=1, compute=compute, max_retries=_RETRIES
        )

    def _one_by_one(self, work: Callable[[T], R], tasks: list[T]) -> Iterator[tuple[T, R | Lost]]:
        """Each task in a call of its own, so that it is seen which one takes its worker with it."""
        if not tasks:
            return
        call = self.ray.remote(num_cpus=0 if self.gpus else 1, num_gpus=self.gpus, max_retries=0)(_call)
        packed = pickle.dumps(work)
        todo = iter(tasks)
        waiting: dict[Any, T] = {}
        most = self.most or 64
        while True:
            for task in itertools.islice(todo, most - len(waiting)):
                waiting[call.remote(packed, pickle.dumps(task))] = task
            if not waiting:
                return
            (ready,), _ = self.ray.wait(list(waiting), num_returns=1)
            task = waiting.pop(ready)
            try:
                yield task, pickle.loads(self.ray.get(ready))
            except self.ray.exceptions.RayError as error:
                yield task, Lost(f"was lost ({type(error).__name__}); is there enough memory?")


def _waves(tasks: Iterable[T]) -> Iterator[list[T]]:
    """As many tasks at once as fit into memory: those out of containers have their bytes with them."""
    wave: list[T] = []
    size = 0
    for task in tasks:
        wave.append(task)
        size += _size(task)
        if len(wave) >= _WAVE or size >= _WAVE_BYTES:
            yield wave
            wave, size = [], 0
    if wave:
        yield wave


def _size(task: Any) -> int:
    chunk = task if isinstance(task, list) else []
    return sum(len(one.item.data or b"") for one in chunk if hasattr(one, "item"))


# --- in the workers of the cluster -----------------------------------------------------------------------------------


def _call(work: bytes, task: bytes) -> bytes:
    return pickle.dumps(pickle.loads(work)(pickle.loads(task)))


def _apply(batch: dict[str, Any], work: bytes) -> dict[str, Any]:
    import numpy as np

    results = np.empty(len(batch["task"]), object)
    for place, task in enumerate(batch["task"]):
        results[place] = _call(work, bytes(task))
    return {"place": batch["place"], "result": results}


class _Actor:
    """A process of a cluster that keeps its decoder."""

    def __init__(self, work: bytes) -> None:
        self.work = work

    def __call__(self, batch: dict[str, Any]) -> dict[str, Any]:
        return _apply(batch, self.work)
