"""From the size that a decoder paints at to the size of the picture."""

from __future__ import annotations

import numpy as np
from PIL import Image

from ..typing import Bytes8


def resized(picture: Image.Image, width: int, height: int) -> Bytes8:
    """`picture` at the wanted size as uint8 (height, width, 3), made in strips to bound the memory."""
    if picture.size == (width, height):
        return np.array(picture)
    out = np.empty((height, width, 3), np.uint8)
    rows = max(1, (1 << 24) // width)
    for top in range(0, height, rows):
        bottom = min(top + rows, height)
        box = (0, top * picture.height / height, picture.width, bottom * picture.height / height)
        out[top:bottom] = np.asarray(picture.resize((width, bottom - top), Image.Resampling.BICUBIC, box))
    return out
