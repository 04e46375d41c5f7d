"""The network itself, run by ONNX Runtime."""

from __future__ import annotations

from functools import cache

import numpy as np
from PIL import Image

from ... import networks
from ...typing import Bytes8, Floats
from .conditions import Conditions, in_planes

MULTIPLE = 16  # sides of the networks' inputs are multiples of this


def to_planes(pixels: Bytes8) -> Floats:
    """uint8 (h, w, 3) as float32 (1, 3, y, x), -1..1, with sides that networks take: the border repeats."""
    return padded(in_planes(pixels))


def padded(planes: Floats) -> Floats:
    """Planes (n, c, h, w) with sides that networks take: the border repeats."""
    height, width = planes.shape[2:]
    if height % MULTIPLE == 0 and width % MULTIPLE == 0:
        return planes
    result: Floats = np.pad(planes, [(0, 0), (0, 0), (0, -height % MULTIPLE), (0, -width % MULTIPLE)], mode="edge")
    return result


def to_pixels(planes: Floats, height: int, width: int) -> Bytes8:
    """float32 (1, 3, y, x), -1..1, as uint8 (height, width, 3)."""
    levels = [np.clip((plane + 1) * 127.5 + 0.5, 0, 255).astype(np.uint8) for plane in planes[0, :, :height, :width]]
    # Pillow joins planes in a fraction of the time that NumPy takes.
    return np.asarray(Image.merge("RGB", [Image.fromarray(each) for each in levels]))


class Network:
    """`network`: one with the inputs of `Conditions` and the output `picture`."""

    def __init__(self, network: networks.Network) -> None:
        self._network = network

    def paint(self, conditions: Conditions) -> np.ndarray:
        """uint8 (h, w, 3), sRGB."""
        height, width = conditions.painted.shape[2:]
        planes = {name: padded(getattr(conditions, name)) for name in ("painted", "strokes", "noise")}
        (made,) = self._network.run(["picture"], {**planes, "text": conditions.text})
        return to_pixels(made, height, width)


@cache
def load_miniature() -> Network:
    """The network that ships in the package.

    Raises:
        ModelError: its file is not the one that was shipped, or there is nothing to run it.
    """
    return Network(networks.load_network(__package__, "miniature", "choose the decoder 'sketch'"))
