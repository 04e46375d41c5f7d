"""A picture out of the still in a detail layer and of what `sketch` paints of the others, by a network of its own."""

from __future__ import annotations

from functools import cache

import numpy as np

from ...layers.still import Still, laid
from ...networks import Network, load_network
from ...typing import Bytes8
from .network import to_pixels, to_planes

# Up to the first of these, in bits per pixel, all of what the network makes of a still is taken; from the second on
# stills are finer than that.
FINE_BPP = 0.1, 0.5


def share_restored(still: Still) -> float:
    """How much of what the network makes of a still is taken, 0..1; of 0 nothing need be painted for it."""
    return float(np.clip((FINE_BPP[1] - still.bpp) / (FINE_BPP[1] - FINE_BPP[0]), 0, 1))


def restore(painted: Bytes8, still: Still) -> Bytes8:
    """The picture that `painted` and the still give together, uint8 (h, w, 3), sRGB.

    Args:
        painted: uint8 (h, w, 3), of the size of the picture that the still is a reduced one of (`still.size`).
        still: it; its regions of interest are restored on what the whole gives.

    Raises:
        ModelError: the weights in the package are damaged, or ONNX Runtime cannot be loaded.
    """
    pixels = _restored(painted, still)
    if still.regions and not pixels.flags.writeable:
        pixels = pixels.copy()
    for (left, top, right, bottom), region in still.regions:
        box = left, top, right, bottom
        laid(pixels, box, _restored(pixels[top:bottom, left:right], region))
    return pixels


def _restored(painted: Bytes8, still: Still) -> Bytes8:
    share = np.float32(share_restored(still))
    if not share:
        return still.enlarged()
    planes = to_planes(still.enlarged())
    about = still.about()[None, :, None, None]
    (made,) = _network().run(["picture"], {"still": planes, "painted": to_planes(painted), "about": about})
    planes += (made - planes) * share
    return to_pixels(planes, *painted.shape[:2])


@cache
def _network() -> Network:
    return load_network(__package__, "restore", "paint without the detail layer (layers=...)")
