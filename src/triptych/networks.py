"""Networks, run by ONNX Runtime: the one door to it, and what ships in the package beside the code that uses it.

- ONNX Runtime reports to its vendor from version 1.31 on: it contacts a host and writes an identifier under the user's
  home. It is told not to before it is imported, so it must be imported through `load_runtime` alone.
- Its sessions have threads, which a forked child does not inherit: the child would wait for them for ever, at the
  latest when it ends. A `Network` opens its session anew in each process.
"""

from __future__ import annotations

import ctypes
import hashlib
import json
import multiprocessing
import os
import threading
import weakref
from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from importlib.resources import files
from types import ModuleType
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from .errors import ModelError

if TYPE_CHECKING:
    import numpy as np
    import onnxruntime

NO_TELEMETRY = "ORT_DISABLE_TELEMETRY"


def load_runtime() -> ModuleType:
    """The module `onnxruntime`, which contacts nobody.

    Raises:
        ImportError: it cannot be loaded.
    """
    os.environ[NO_TELEMETRY] = "1"
    import onnxruntime

    # It may have been imported by somebody else, without the variable.
    silence: Callable[[], None] | None = getattr(onnxruntime, "disable_telemetry_events", None)
    if silence is not None:
        silence()
    runtime: ModuleType = onnxruntime
    return runtime


class Network:
    """A network that can be run from any thread and in any process, forked ones included.

    The session is opened at the first use in a process; `model` gives the bytes of the ONNX file then.
    """

    def __init__(self, model: Callable[[], bytes], instead: str) -> None:
        self._model = model
        self._instead = instead
        self._session: onnxruntime.InferenceSession | None = None
        self._lock = threading.Lock()
        _networks.add(self)

    @property
    def session(self) -> onnxruntime.InferenceSession:
        """The session of this process.

        Raises:
            ModelError: the weights are damaged, or ONNX Runtime cannot be loaded.
        """
        with self._lock:
            if self._session is None:
                self._session = open_network(self._model(), self._instead)
            return self._session

    def run(self, outputs: Sequence[str], inputs: Mapping[str, np.ndarray]) -> list[Any]:
        """The named outputs, in their order, each an array."""
        result: list[Any] = self.session.run(list(outputs), dict(inputs))
        return result

    def _forget(self) -> None:
        """Called in a forked child: start afresh, and never let the parent's session be destroyed here."""
        self._lock = threading.Lock()
        if self._session is not None:
            abandon(self._session)
            self._session = None


_networks: weakref.WeakSet[Network] = weakref.WeakSet()
_kept: list[dict[Any, Any]] = []  # the results of functions that are `per_process`
P = ParamSpec("P")
R = TypeVar("R")


def per_process(function: Callable[P, R]) -> Callable[P, R]:
    """`functools.cache` for what holds sessions or threads: a forked child makes its own."""
    results: dict[Any, R] = {}
    _kept.append(results)

    @wraps(function)
    def cached(*args: P.args, **kwargs: P.kwargs) -> R:
        key = (args, tuple(sorted(kwargs.items())))
        if key not in results:
            results[key] = function(*args, **kwargs)
        return results[key]

    return cached


def abandon(thing: object) -> None:
    """Keep an object for ever, so that its destructor does not run: it would wait for threads that are not there."""
    if hasattr(ctypes, "pythonapi"):
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(thing))


def _after_fork() -> None:
    for network in list(_networks):
        network._forget()
    for results in _kept:
        abandon(tuple(results.values()))
        results.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


def load_network(package: str, name: str, instead: str) -> Network:
    """The network `name`.onnx of a package (`__package__` of the caller), compared with `name`.json.

    Args:
        instead: what a user can do who cannot run it, for the message.

    Raises:
        ModelError: the file is not the one that was shipped, or there is nothing to run it.
    """

    def model() -> bytes:
        weights = (files(package) / f"{name}.onnx").read_bytes()
        card = json.loads((files(package) / f"{name}.json").read_text("utf-8"))
        if hashlib.sha256(weights).hexdigest() != card["sha256"]:
            raise ModelError(f"the weights of a network are damaged ({name}.onnx): reinstall triptych")
        return weights

    network = Network(model, instead)
    _ = network.session  # what is wrong is told here
    return network


def open_network(model: bytes, instead: str) -> onnxruntime.InferenceSession:
    """A session on the CPU for the bytes of an ONNX file; it serves this process alone (see `Network`).

    Raises:
        ModelError: ONNX Runtime cannot be loaded.
    """
    try:
        runtime = load_runtime()
    except ImportError as error:
        raise ModelError(
            f"ONNX Runtime, which runs the networks of the package, cannot be loaded ({error}): "
            f"reinstall onnxruntime, or {instead}"
        ) from error
    options = runtime.SessionOptions()
    options.log_severity_level = 3
    # An arena keeps what the largest picture took (a fifth of a gigabyte at a megapixel, and none is painted larger).
    # Without it the C library maps and clears each block of more than 32 MiB anew: slower, and more at the peak. What
    # a pattern would plan ahead holds for one size only.
    options.enable_cpu_mem_arena = True
    options.enable_mem_pattern = False
    # Idle threads sleep instead of spinning, and one of several processes takes one core.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    if multiprocessing.parent_process():
        options.intra_op_num_threads = 1
    return runtime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
