"""Edges by a network, as an ONNX file that ONNX Runtime runs.

Those of the catalogue are PiDiNet (Su et al. 2021), the kind of network that sketch adapters were trained on, and
Informative Drawings (Chan et al. 2022). Any other is given by path or hub id.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from ...errors import ModelError
from ...networks import load_runtime, per_process
from ...typing import Bytes8, Floats
from . import EDGES, ready

SHORT_SIDE = 512  # pixels: the resolution at which these networks are used
LONG_SIDE = 2048  # pixels: at most, for pictures that are narrow strips
MULTIPLE = 64  # pixels: networks halve a picture a few times, and would cut what does not divide
_PROVIDERS = ("CUDAExecutionProvider", "CoreMLExecutionProvider", "CPUExecutionProvider")


def edge_map(image: Image.Image, name: str) -> Image.Image:
    """A soft edge map of a picture, for `triptych.encode(..., edges=...)`.

    Args:
        image: a picture of any mode and size.
        name: a name of the catalogue, the path of an ONNX file, or a hub id ("owner/name/file.onnx"). Such a file
            has one input, float32 (1, 3, height, width), sRGB in 0..1, of any size or a fixed one. Its last output
            is the map, any shape that ends in (height, width): strength in 0..1 or, if it has values beyond, a
            logit of it. Lines may be bright on dark or dark on bright.

    Returns:
        "L", of the same shape as the picture within a few per cent, at the network's resolution.

    Raises:
        InputError: there is no such model.
        MissingExtraError: the weights must be fetched, and `huggingface_hub` is not installed.
        ModelError: the weights cannot be had, or the file is no such network.
    """
    extractor, path = ready(EDGES, name)
    session = _session(path)
    given = session.get_inputs()[0]
    size = _size(image.size, given.shape)
    values = np.asarray(image.convert("RGB").resize(size, Image.Resampling.BICUBIC), np.float32) / 255
    if extractor.settings.get("channels") == "bgr":
        values = values[..., ::-1]
    try:
        result = session.run(None, {given.name: np.ascontiguousarray(values.transpose(2, 0, 1)[None])})[-1]
    except Exception as error:  # the runtime has a class of errors for each of its codes
        raise ModelError(f"{name}: cannot be run on a picture: {_first_line(error)}") from error
    if not isinstance(result, np.ndarray) or result.ndim < 2 or result.size != np.prod(result.shape[-2:]):
        raise ModelError(f"{name}: its last output, of shape {np.shape(result)}, is no edge map of one picture")
    return Image.fromarray(_bytes(result.reshape(result.shape[-2:])))


def _bytes(values: Floats) -> Bytes8:
    strength: Floats = values.astype(np.float32)
    # Networks end in a clipped ramp that may overshoot a little, or have no last layer and give logits.
    if strength.min() < -0.5 or strength.max() > 1.5:
        strength = 1 / (1 + np.exp(-np.clip(strength, -60, 60)))
    scaled: Bytes8 = (np.clip(strength, 0, 1) * 255 + 0.5).astype(np.uint8)
    return scaled


def _size(size: tuple[int, int], shape: list[Any]) -> tuple[int, int]:
    """(width, height) at which the network looks at a picture: its own where that is fixed."""
    scale = min(SHORT_SIDE / min(size), LONG_SIDE / max(size))
    fixed = [side if isinstance(side, int) and side > 0 else None for side in (shape[3:4] + shape[2:3])]
    width, height = (max(1, round(side * scale / MULTIPLE)) * MULTIPLE for side in size)
    return (fixed[0] or width, fixed[1] or height) if len(fixed) == 2 else (width, height)


@per_process
def _session(path: Path) -> Any:
    """The network, once per process."""
    onnxruntime = load_runtime()
    there = onnxruntime.get_available_providers()
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4  # its errors are raised, and need not be on the terminal as well
    try:
        session = onnxruntime.InferenceSession(path, options, [name for name in _PROVIDERS if name in there])
    except Exception as error:  # the runtime has a class of errors for each of its codes
        raise ModelError(f"{path}: is not a network in ONNX: {_first_line(error)}") from error
    shape = session.get_inputs()[0].shape if len(session.get_inputs()) == 1 else []
    if len(shape) != 4 or (isinstance(shape[1], int) and shape[1] != 3):
        raise ModelError(f"{path}: does not take pictures: its input is not (1, 3, height, width)")
    return session


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
