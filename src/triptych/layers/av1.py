"""AV1 still pictures without their wrapping: what a frame codes, in and out of AVIF files (SPEC §7.7.2).

An AVIF file of a small picture has three hundred bytes of boxes and headers around the bytes that code the pixels. Here
only those are stored; the rest follows from the picture's size and one byte of *tools*, and is put around them again
for Pillow to read. So a stranger's bytes cannot ask for a larger picture than the layer says.

Sources: AV1 Bitstream & Decoding Process Specification (2019) §5.3 to §5.5; ISO/IEC 23000-22 (AVIF), 23008-12 (items)
and 14496-12 (boxes).
"""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from struct import pack, unpack_from
from typing import TYPE_CHECKING

import numpy as np

from ..errors import DamagedError, InputError, UnsupportedError
from ..typing import Bytes8

if TYPE_CHECKING:
    from PIL import Image

# What the encoder may use, a bit each in the byte of tools, the first one lowest, in the order of the sequence header.
TOOLS = ("128x128 superblocks", "filter intra", "intra edge filter", "cdef", "restoration", "separate chroma steps")
QUICK, THOROUGH = 6, 4  # speeds of the encoder; the second comes nearer in as many bytes, in five times the time
_LEVEL = 8  # "4.0": no still is larger. Decoders do not go by it, and encoders choose it by the size
_PRIMARIES, _TRANSFER, _MATRIX = 1, 13, 6  # BT.709, sRGB, BT.601, as Pillow writes them
_TEMPORAL_DELIMITER, _SEQUENCE, _FRAME = 0x12, 0x0A, 0x32  # the first bytes of these units, which say their length


def available() -> bool:
    """Whether this Pillow reads and writes AVIF."""
    from PIL import features

    return bool(features.check("avif"))


def encode(image: Image.Image, quality: int, speed: int = QUICK) -> bytes:
    """The tools, one byte, and the frame of an RGB picture; `quality` and `speed` are libavif's, 0 to 100 and 0 to 10.

    Raises:
        UnsupportedError: this Pillow has no AVIF.
        InputError: its encoder writes what this format has no place for.
    """
    _check_available()
    file = BytesIO()
    image.save(file, "AVIF", quality=quality, speed=speed, subsampling="4:2:0", range="full", max_threads=1)
    parts = list(_units(_media(file.getvalue())))
    headers = [content for first, content in parts if first == _SEQUENCE]
    frames = [content for first, content in parts if first == _FRAME]
    if len(headers) == len(frames) == 1 and len(headers[0]) > 1:
        level = (headers[0][0] & 7) << 2 | headers[0][1] >> 6
        for tools in range(1 << len(TOOLS)):
            # libavif before 1.4 leaves the colours to the file's boxes; the frame is the same.
            if headers[0] in (sequence_header(image.size, tools, level, described) for described in (True, False)):
                return bytes([tools]) + frames[0]
    raise InputError("the AVIF encoder of this Pillow writes what a still has no place for: install Pillow from PyPI")


def decode(payload: bytes, size: tuple[int, int]) -> Bytes8:
    """uint8 (height, width, 3), sRGB, of what `encode` gave for a picture of (width, height).

    AV1 decodes to the same whole numbers everywhere; the way from these to RGB may differ by a level.

    Raises:
        DamagedError: the bytes are no such frame.
        UnsupportedError: this Pillow has no AVIF.
    """
    file = wrapped(payload, size)
    _check_available()
    from PIL import Image

    wrong = f"the still is no AV1 frame of {size[0]} x {size[1]} pixels"
    try:
        with Image.open(BytesIO(file), formats=["AVIF"]) as image:
            pixels = np.asarray(image.convert("RGB"))
    except (OSError, ValueError, SyntaxError, RuntimeError):
        raise DamagedError(wrong) from None
    if pixels.shape != (size[1], size[0], 3):
        raise DamagedError(wrong)
    return pixels


def _check_available() -> None:
    if not available():
        raise UnsupportedError(
            "a detail layer that is an AV1 picture needs a Pillow with AVIF: install Pillow from PyPI"
        )


# --- units of the bitstream --------------------------------------------------------------------------------------


def sequence_header(size: tuple[int, int], tools: int, level: int = _LEVEL, described: bool = True) -> bytes:
    """That of a still picture with a reduced header: 8 bits, 4:2:0, no superresolution, no film grain (AV1 §5.5)."""
    superblocks, filter_intra, edge_filter, cdef, restoration, separate = (tools >> n & 1 for n in range(len(TOOLS)))
    colours = ((_PRIMARIES, 8), (_TRANSFER, 8), (_MATRIX, 8)) if described else ()
    lengths = [max((side - 1).bit_length(), 1) for side in size]
    fields = [
        (0, 3), (1, 1), (1, 1), (level, 5),  # profile, still picture, reduced header, level
        *((length - 1, 4) for length in lengths),
        *((side - 1, length) for side, length in zip(size, lengths, strict=True)),
        (superblocks, 1), (filter_intra, 1), (edge_filter, 1), (0, 1), (cdef, 1), (restoration, 1),
        (0, 1), (0, 1), (int(described), 1), *colours,  # 8 bits, colour, which is described or not
        (1, 1), (0, 2), (separate, 1), (0, 1), (1, 1),  # full range, place of the chroma, no grain, the end
    ]  # fmt: skip
    bits = "".join(f"{value:0{count}b}" for value, count in fields)
    bits += "0" * (-len(bits) % 8)
    return int(bits, 2).to_bytes(len(bits) // 8, "big")


def _units(data: bytes) -> Iterator[tuple[int, bytes]]:
    """(first byte, content) of each unit (AV1 §5.3.1: OBUs with a length)."""
    at = 0
    while at < len(data):
        first, length, shift, at = data[at], 0, 0, at + 1
        while True:
            length |= (data[at] & 127) << shift
            shift, at = shift + 7, at + 1
            if data[at - 1] < 128:
                break
        yield first, data[at : at + length]
        at += length


def _unit(first: int, content: bytes) -> bytes:
    length, rest = b"", len(content)
    while rest > 127:
        length, rest = length + bytes([rest & 127 | 128]), rest >> 7
    return bytes([first]) + length + bytes([rest]) + content


# --- boxes of the file -------------------------------------------------------------------------------------------


def wrapped(payload: bytes, size: tuple[int, int]) -> bytes:
    """An AVIF file of a payload, which may be damaged behind its start.

    Raises:
        DamagedError: it does not begin with known tools.
    """
    if len(payload) < 2 or payload[0] >> len(TOOLS):
        raise DamagedError("the still does not begin with known tools and a frame", kind="detail")
    header = sequence_header(size, payload[0])
    media = _unit(_TEMPORAL_DELIMITER, b"") + _unit(_SEQUENCE, header) + _unit(_FRAME, payload[1:])
    configuration = bytes([0x81, _LEVEL, 0x0C, 0]) + _unit(_SEQUENCE, header)  # 8 bits, 4:2:0
    properties = [
        _full(b"ispe", pack(">II", *size)),
        _full(b"pixi", b"\x03\x08\x08\x08"),
        _box(b"av1C", configuration),
        _box(b"colr", b"nclx" + pack(">HHHB", _PRIMARIES, _TRANSFER, _MATRIX, 0x80)),
    ]
    uses = pack(">IHB", 1, 1, len(properties)) + b"\x01\x02\x83\x04"  # the configuration is essential
    start = _box(b"ftyp", b"avif\0\0\0\0avifmif1miaf")

    def meta(offset: int) -> bytes:
        place = pack(">HHHHHII", 0x4400, 1, 1, 0, 1, offset, len(media))
        item = _full(b"infe", pack(">HH", 1, 0) + b"av01\0", version=2)
        return _full(
            b"meta",
            _full(b"hdlr", bytes(4) + b"pict" + bytes(13)),
            _full(b"pitm", pack(">H", 1)),
            _full(b"iloc", place),
            _full(b"iinf", pack(">H", 1), item),
            _box(b"iprp", _box(b"ipco", *properties), _full(b"ipma", uses)),
        )

    return start + meta(len(start) + len(meta(0)) + 8) + _box(b"mdat", media)


def _box(kind: bytes, *contents: bytes) -> bytes:
    content = b"".join(contents)
    return pack(">I", 8 + len(content)) + kind + content


def _full(kind: bytes, *contents: bytes, version: int = 0) -> bytes:
    return _box(kind, pack(">I", version << 24), *contents)


def _media(file: bytes) -> bytes:
    """The content of the box that holds the coded picture."""
    at = 0
    while at + 8 <= len(file):
        length = unpack_from(">I", file, at)[0] or len(file) - at
        if file[at + 4 : at + 8] == b"mdat":
            return file[at + 8 : at + length]
        at += max(length, 8)
    return b""
