"""Text hidden in the lowest bits of a picture: of its alpha channel, or of its colours.

The bits are read column by column: a signature, the length in bits, the text, which may be compressed. NovelAI and the
A1111 extension "stealth pnginfo" write so.
"""

from __future__ import annotations

import zlib
from contextlib import nullcontext

import numpy as np
from PIL.Image import Image

from ..analysis.formats import LIFTED
from ..analysis.image import open_image
from ..layers import Block
from ..limits import MAX_BLOCK_BYTES, MAX_INPUT_SIDE
from ..typing import Bytes8
from .chunks import Source

__all__ = ["read_stealth"]

# signature -> compressed
_ALPHA = {b"stealth_pnginfo": False, b"stealth_pngcomp": True}
_COLOURS = {b"stealth_rgbinfo": False, b"stealth_rgbcomp": True}
_SIGNATURE = 15  # bytes
_MOST_COLOURS = 2**24  # pixels of a picture without alpha that are looked at; most such pictures hide nothing


def read_stealth(source: Source, decoded: Image | None = None, *, colours: bool = False) -> Block | None:
    """The hidden text of a PNG or WebP, unpacked, or None.

    Args:
        decoded: the picture, if somebody has decoded it already.
        colours: look into the lowest bits of red, green and blue, too.
    """
    with nullcontext(decoded) if decoded else open_image(source) as image:
        if image.format not in ("PNG", "WEBP") or max(image.size) > MAX_INPUT_SIDE:
            return None
        with LIFTED.loading():
            if image.mode == "RGBA":
                found = _text(np.asarray(image.getchannel("A")).T, _ALPHA)
                if found:
                    return found
            if not colours or image.mode not in ("RGB", "RGBA") or image.width * image.height > _MOST_COLOURS:
                return None
            rgb = image if image.mode == "RGB" else image.convert("RGB")
            return _text(np.asarray(rgb).transpose(1, 0, 2), _COLOURS)


def _lowest(values: Bytes8) -> Bytes8:
    """The lowest bit of each, in one row."""
    return (values & np.uint8(1)).reshape(-1)


def _text(values: Bytes8, signatures: dict[bytes, bool]) -> Block | None:
    """The text in the lowest bits of samples (columns, rows, ...)."""
    start = _lowest(values[: -(-8 * _SIGNATURE // values[0].size)])  # most pictures hide nothing
    if np.packbits(start[: 8 * _SIGNATURE]).tobytes() not in signatures:
        return None
    bits = _lowest(values)

    def take(start: int, count: int) -> bytes:
        return np.packbits(bits[8 * start : 8 * (start + count)]).tobytes()

    signature = take(0, _SIGNATURE)
    data = take(_SIGNATURE + 4, min(int.from_bytes(take(_SIGNATURE, 4), "big") // 8, MAX_BLOCK_BYTES))
    if signatures[signature]:
        data = zlib.decompressobj(wbits=31).decompress(data, MAX_BLOCK_BYTES)
    return Block("stealth", signature.decode(), data)
