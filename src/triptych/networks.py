"""Networks that ship in the package, each an ONNX file beside the code that uses it; ONNX Runtime runs them."""

from __future__ import annotations

import hashlib
import json
import multiprocessing
from importlib.resources import files
from typing import TYPE_CHECKING

from .errors import ModelError

if TYPE_CHECKING:
    import onnxruntime


def load_network(package: str, name: str, instead: str) -> onnxruntime.InferenceSession:
    """The network `name`.onnx of a package (`__package__` of the caller), compared with `name`.json.

    Args:
        instead: what a user can do who cannot run it, for the message.

    Raises:
        ModelError: the file is not the one that was shipped, or there is nothing to run it.
    """
    model = (files(package) / f"{name}.onnx").read_bytes()
    card = json.loads((files(package) / f"{name}.json").read_text("utf-8"))
    if hashlib.sha256(model).hexdigest() != card["sha256"]:
        raise ModelError(f"the weights of a network are damaged ({name}.onnx): reinstall triptych")
    return open_network(model, instead)


def open_network(model: bytes, instead: str) -> onnxruntime.InferenceSession:
    """A session on the CPU for the bytes of an ONNX file.

    Raises:
        ModelError: ONNX Runtime cannot be loaded.
    """
    try:
        import onnxruntime
    except ImportError as error:
        raise ModelError(
            f"ONNX Runtime, which runs the networks of the package, cannot be loaded ({error}): "
            f"reinstall onnxruntime, or {instead}"
        ) from error
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    # Memory is given back after each picture: sizes differ, and an arena keeps the largest.
    options.enable_cpu_mem_arena = False
    # Idle threads sleep instead of spinning, and one of several processes takes one core.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    if multiprocessing.parent_process():
        options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
