"""The network itself, run by ONNX Runtime."""

from __future__ import annotations

import hashlib
import json
import multiprocessing
from functools import cache
from importlib.resources import files

import numpy as np

from ...errors import ModelError
from .conditions import Conditions

MULTIPLE = 16  # sides of the network's input are multiples of this


class Network:
    """`model`: the bytes of an ONNX file with the inputs of `Conditions` and the output `picture`."""

    def __init__(self, model: bytes) -> None:
        try:
            import onnxruntime
        except ImportError as error:
            raise ModelError(
                f"ONNX Runtime, which runs the miniature, cannot be loaded ({error}): reinstall onnxruntime, "
                "or choose the decoder 'sketch'"
            ) from error
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 3
        # Memory is given back after each picture: sizes differ, and an arena keeps the largest.
        options.enable_cpu_mem_arena = False
        # Idle threads sleep instead of spinning, and one of several processes takes one core.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        if multiprocessing.parent_process():
            options.intra_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])

    def paint(self, conditions: Conditions) -> np.ndarray:
        """uint8 (h, w, 3), sRGB."""
        height, width = conditions.painted.shape[2:]
        pad = [(0, 0), (0, 0), (0, -height % MULTIPLE), (0, -width % MULTIPLE)]
        planes = {
            name: np.pad(getattr(conditions, name), pad, mode="edge") for name in ("painted", "strokes", "noise")
        }
        (made,) = self._session.run(["picture"], {**planes, "text": conditions.text, "present": conditions.present})
        picture = np.clip((made[0, :, :height, :width] + 1) * 127.5 + 0.5, 0, 255)
        return np.ascontiguousarray(picture.astype(np.uint8).transpose(1, 2, 0))


@cache
def load_network() -> Network:
    """The network that ships in the package.

    Raises:
        ModelError: its file is not the one that was shipped, or there is nothing to run it.
    """
    here = files(__package__)
    model = (here / "miniature.onnx").read_bytes()
    wanted = json.loads((here / "miniature.json").read_text("utf-8"))["sha256"]
    if hashlib.sha256(model).hexdigest() != wanted:
        raise ModelError("the weights of the miniature are damaged (miniature.onnx): reinstall triptych")
    return Network(model)
