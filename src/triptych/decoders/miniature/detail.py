"""The detail layer on top of what the miniature painted, by a network of its own."""

from __future__ import annotations

from functools import cache

import numpy as np

from ...layers import Detail
from ...layers.detail_inputs import CHANNELS, LEARNED
from ...layers.detail_size import BLOCK
from ...networks import Network, load_network
from ...typing import Bytes8
from .network import to_pixels, to_planes


def add_detail(painted: Bytes8, detail: Detail) -> Bytes8:
    """The picture that `painted` and the detail give together, uint8 (h, w, 3), sRGB.

    Args:
        painted: uint8 (h, w, 3), of the size that the levels describe (`layers.detail_size.work_size`).
        detail: the levels, and how finely they were rounded.

    Raises:
        ModelError: the weights in the package are damaged, or ONNX Runtime cannot be loaded.
    """
    height, width = painted.shape[:2]
    levels = np.zeros((1, CHANNELS, -(-height // BLOCK), -(-width // BLOCK)), np.float32)
    levels[0, : len(detail.levels)] = detail.levels
    fineness = np.full((1, 1, 1, 1), detail.fineness / LEARNED, np.float32)
    (made,) = _network().run(["picture"], {"levels": levels, "painted": to_planes(painted), "t": fineness})
    return to_pixels(made, height, width)


@cache
def _network() -> Network:
    return load_network(__package__, "detail", "paint without the detail layer (layers=...)")
