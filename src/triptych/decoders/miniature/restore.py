"""A picture out of the still in a detail layer and of what the miniature painted, by a network of its own."""

from __future__ import annotations

from functools import cache

import numpy as np

from ...layers.still import Still
from ...networks import Network, load_network
from ...typing import Bytes8, Floats

# Up to here, in bits per pixel, stills are restored; from there on they are finer than what the network makes of them.
FINE_BPP = 0.2, 0.3
MULTIPLE = 16  # sides of the network's input are multiples of this


def restore(painted: Bytes8, still: Still) -> Bytes8:
    """The picture that `painted` and the still give together, uint8 (h, w, 3), sRGB.

    Args:
        painted: uint8 (h, w, 3), of the size of the picture that the still is a reduced one of (`still.size`).
        still: it.

    Raises:
        ModelError: the weights in the package are damaged, or ONNX Runtime cannot be loaded.
    """
    height, width = painted.shape[:2]
    enlarged = still.enlarged()
    part = float(np.clip((FINE_BPP[1] - still.bpp) / (FINE_BPP[1] - FINE_BPP[0]), 0, 1))
    if part == 0:
        return enlarged
    planes = {"still": _planes(enlarged), "painted": _planes(painted)}
    (made,) = _network().run(["picture"], {**planes, "about": still.about()[None, :, None, None]})
    restored = planes["still"] + (made - planes["still"]) * np.float32(part)
    picture = np.clip((restored[0, :, :height, :width] + 1) * 127.5 + 0.5, 0, 255)
    return np.ascontiguousarray(picture.astype(np.uint8).transpose(1, 2, 0))


def _planes(pixels: Bytes8) -> Floats:
    planes = pixels.astype(np.float32).transpose(2, 0, 1)[None] / np.float32(127.5) - 1
    edge = [(0, 0), (0, 0), (0, -pixels.shape[0] % MULTIPLE), (0, -pixels.shape[1] % MULTIPLE)]
    padded: Floats = np.pad(planes, edge, mode="edge")
    return padded


@cache
def _network() -> Network:
    return load_network(__package__, "restore", "paint without the detail layer (layers=...)")
