"""What the heads of files say of colours and samples that Pillow passes over: cICP and depth of PNG, nclx of AVIF."""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

from PIL import Image

_HEAD = 1 << 20  # bytes of an ISO base media file in which its properties stand
_FILE = (b"meta", b"iprp", b"ipco", b"colr")  # the boxes, each within the one before
# Transfer functions that differ from that of sRGB on paper, but are shown as it: ITU-R BT.709 and its relatives.
_LIKE_SRGB = frozenset({1, 2, 6, 14, 15})


def code_points(image: Image.Image) -> tuple[int, int] | None:
    """(primaries, transfer) of ITU-T H.273, of a picture that was opened and not yet loaded; None if it has none."""
    if image.format == "PNG":
        return _cicp(image)
    if image.format in ("AVIF", "HEIF") and "icc_profile" not in image.info:
        with _start(image) as file:
            return _nclx(file.read(_HEAD)) if file else None
    return None


def png_depth(image: Image.Image) -> int:
    """Bits of a sample of a PNG that was opened and not yet loaded; 8 for every other picture."""
    if image.format == "PNG":
        with _start(image) as file:
            if file and len(head := file.read(25)) == 25:
                return head[24]
    return 8


@contextmanager
def _start(image: Image.Image) -> Iterator[IO[bytes] | None]:
    """The file of a picture from its start, and as it was behind; None if it is closed."""
    file = getattr(image, "fp", None)
    try:
        at = file.tell()  # type: ignore[union-attr]
        file.seek(0)  # type: ignore[union-attr]
    except (OSError, ValueError, AttributeError):
        yield None
        return
    try:
        yield file
    finally:
        file.seek(at)  # type: ignore[union-attr]


def _cicp(image: Image.Image) -> tuple[int, int] | None:
    with _start(image) as file:
        if not file:
            return None
        file.seek(8)
        while len(head := file.read(8)) == 8:
            length, name = struct.unpack(">I4s", head)
            if name in (b"IDAT", b"IEND"):
                break
            if name == b"cICP" and length == 4:
                found = file.read(4)
                return (found[0], found[1]) if len(found) == 4 else None
            file.seek(length + 4, io.SEEK_CUR)
    return None


def _nclx(data: bytes) -> tuple[int, int] | None:
    """Those of the first colour property of an ISO base media file; None where they are those of sRGB."""
    begin, end = 0, len(data)
    for wanted in _FILE:
        found = next((box for name, *box in _boxes(data, begin, end) if name == wanted), None)
        if found is None:
            return None
        begin, end = found
        begin += 4 if wanted == b"meta" else 0  # version and flags
    if data[begin : begin + 4] != b"nclx" or end - begin < 10:
        return None
    primaries, transfer = struct.unpack(">HH", data[begin + 4 : begin + 8])
    primaries, transfer = primaries if primaries != 2 else 1, 13 if transfer in _LIKE_SRGB else transfer
    return None if (primaries, transfer) == (1, 13) else (primaries, transfer)


def _boxes(data: bytes, begin: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """(name, where its contents begin, where they end) of each box."""
    while end - begin >= 8:
        size, name = struct.unpack(">I4s", data[begin : begin + 8])
        stop = end if size == 0 else begin + size
        if size == 1 or not begin + 8 <= stop <= end:  # of 64 bits, or damaged
            return
        yield name, begin + 8, stop
        begin = stop
