"""The network itself, run by ONNX Runtime."""

from __future__ import annotations

from functools import cache

import numpy as np

from ... import networks
from .conditions import Conditions

MULTIPLE = 16  # sides of the network's input are multiples of this


class Network:
    """`network`: one with the inputs of `Conditions` and the output `picture`."""

    def __init__(self, network: networks.Network) -> None:
        self._network = network

    def paint(self, conditions: Conditions) -> np.ndarray:
        """uint8 (h, w, 3), sRGB."""
        height, width = conditions.painted.shape[2:]
        pad = [(0, 0), (0, 0), (0, -height % MULTIPLE), (0, -width % MULTIPLE)]
        planes = {name: np.pad(getattr(conditions, name), pad, mode="edge") for name in ("painted", "strokes", "noise")}
        (made,) = self._network.run(["picture"], {**planes, "text": conditions.text})
        picture = np.clip((made[0, :, :height, :width] + 1) * 127.5 + 0.5, 0, 255)
        return np.ascontiguousarray(picture.astype(np.uint8).transpose(1, 2, 0))


@cache
def load_miniature() -> Network:
    """The network that ships in the package.

    Raises:
        ModelError: its file is not the one that was shipped, or there is nothing to run it.
    """
    return Network(networks.load_network(__package__, "miniature", "choose the decoder 'sketch'"))
