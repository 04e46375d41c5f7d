"""Arrays as PNG files."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image

_SMALL = 1 << 18  # bytes of pixels: on more, trying ways of compression takes a second, and gains nothing


def png(pixels: np.ndarray) -> bytes:
    """A PNG file of uint8 pixels, (height, width) grey or (height, width, 3) sRGB."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG", optimize=pixels.size <= _SMALL)
    return buffer.getvalue()
