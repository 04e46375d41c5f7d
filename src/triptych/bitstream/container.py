"""The container: a header that lists the layers, then their payloads (SPEC §3 and §4).

`scan` reads as much as is whole and says what is wrong with the rest; `read` accepts only a stream that is
whole; `write` is their inverse: ``write(read(data)) == data`` for every valid stream.
"""

from __future__ import annotations

import binascii
from dataclasses import dataclass

from ..errors import DamagedError, LimitError, TruncatedError, UnsupportedError
from ..limits import DEFAULT, MAX_SIDE, MAX_STREAM_BYTES, Limits
from .cursor import Cursor, write_number

SIGNATURE = b"\xb7TP"
VERSION = 1
KINDS = 8  # kind and coding share the tag byte, three bits each
CODINGS = 8
_LAST = 0x80
_ANCILLARY = 0x40


@dataclass(frozen=True)
class RawLayer:
    """One layer as it stands in the file; what the payload means is not the container's business.

    Attributes:
        kind: 0..7, what the layer describes (SPEC §5).
        coding: 0..7, how the payload is coded.
        ancillary: True when a reader that does not know the kind may skip it.
        payload: the coded bytes.
    """

    kind: int
    coding: int
    ancillary: bool
    payload: bytes


@dataclass(frozen=True)
class Stream:
    """A whole stream: the picture's size in pixels, and its layers in ascending order of kind."""

    width: int
    height: int
    layers: tuple[RawLayer, ...]


@dataclass(frozen=True)
class Entry:
    """One layer of a scanned stream, whole or not.

    Attributes:
        offset: where the payload starts, in bytes from the start of the file.
        length: how many bytes of payload the header announces.
        layer: the layer, or None when it is damaged or cut off.
        error: why `layer` is None.
    """

    kind: int
    coding: int
    ancillary: bool
    offset: int
    length: int
    layer: RawLayer | None
    error: DamagedError | None = None


@dataclass(frozen=True)
class Scan:
    """What `scan` found.

    Attributes:
        header_bytes: length of the header, in bytes.
        trailing: bytes after the last layer, which no writer makes.
    """

    width: int
    height: int
    header_bytes: int
    entries: tuple[Entry, ...]
    trailing: int


def write(stream: Stream) -> bytes:
    """The bytes of a stream.

    Raises:
        ValueError: the stream breaks a rule of SPEC §3 or §4 (no layers, kinds not ascending, too large).
    """
    if not stream.layers:
        raise ValueError("a stream holds at least one layer")
    size = _write_size(stream.width, stream.height)
    directory = bytearray()
    body = bytearray()
    previous = -1
    for layer in stream.layers:
        if not previous < layer.kind < KINDS or not 0 <= layer.coding < CODINGS:
            raise ValueError(f"kind {layer.kind} coding {layer.coding} cannot follow kind {previous}")
        previous = layer.kind
        tag = (_ANCILLARY if layer.ancillary else 0) | layer.kind << 3 | layer.coding
        entry = bytes([tag]) + write_number(len(layer.payload))
        last = _LAST if layer is stream.layers[-1] else 0
        directory += bytes([tag | last]) + entry[1:]
        body += layer.payload + _layer_check(size, entry, layer.payload)
    head = SIGNATURE + size + directory
    data = head + _header_check(head) + bytes(body)
    if len(data) > MAX_STREAM_BYTES:
        raise ValueError(f"a stream is at most {MAX_STREAM_BYTES} bytes, not {len(data)}")
    return data


def read(data: bytes, limits: Limits = DEFAULT) -> Stream:
    """A whole stream from its bytes.

    Raises:
        DamagedError, TruncatedError: anything at all is wrong with the bytes.
        UnsupportedError: the stream was written by a later version of the format.
        LimitError: the stream is larger than `limits` allow.
    """
    found = scan(data, limits)
    for entry in found.entries:
        if entry.error:
            raise entry.error
    if found.trailing:
        raise DamagedError(f"{found.trailing} bytes follow the last layer; remove them or fetch the file again")
    return Stream(found.width, found.height, tuple(e.layer for e in found.entries if e.layer))


def scan(data: bytes, limits: Limits = DEFAULT) -> Scan:
    """Read the header and every layer that is whole; damage to a layer costs that layer only.

    Raises:
        DamagedError, TruncatedError: the header itself is damaged or cut.
        UnsupportedError, LimitError: as for `read`.
    """
    if len(data) > limits.stream_bytes:
        raise LimitError(f"the file has {len(data)} bytes, the limit is {limits.stream_bytes}")
    found = scan_header(data)
    entries = []
    for entry in found.entries:
        payload = data[entry.offset : entry.offset + entry.length]
        check = data[entry.offset + entry.length : entry.offset + entry.length + 2]
        entries.append(_checked(entry, payload, check, _write_size(found.width, found.height)))
    end = found.entries[-1].offset + found.entries[-1].length + 2
    return Scan(found.width, found.height, found.header_bytes, tuple(entries), max(0, len(data) - end))


def scan_header(data: bytes) -> Scan:
    """The size and the list of layers alone, from the first bytes of a file; no payload is looked at."""
    cursor = Cursor(data)
    if cursor.take(len(SIGNATURE), "the signature") != SIGNATURE:
        raise DamagedError("not a Triptych file: the signature b7 54 50 is missing at byte 0")
    width, height = _read_size(cursor)
    listed: list[tuple[int, int]] = []  # (tag, length)
    previous = -1
    while True:
        tag = cursor.byte("the list of layers")
        kind = tag >> 3 & 7
        if kind <= previous:
            raise DamagedError(f"the layers are out of order at byte {cursor.at - 1} of the header")
        previous = kind
        listed.append((tag, cursor.number("a layer's length")))
        if tag & _LAST:
            break
    head = data[: cursor.at]
    if cursor.take(1, "the header's checksum") != _header_check(head):
        raise DamagedError(f"the header (bytes 0 to {cursor.at - 1}) is damaged: its checksum does not match")
    offset = cursor.at
    entries = []
    for tag, length in listed:
        entries.append(Entry(tag >> 3 & 7, tag & 7, bool(tag & _ANCILLARY), offset, length, None))
        offset += length + 2
    return Scan(width, height, cursor.at, tuple(entries), 0)


def _checked(entry: Entry, payload: bytes, check: bytes, size: bytes) -> Entry:
    """The same entry with its layer, or with the reason why there is none."""
    facts = (entry.kind, entry.coding, entry.ancillary, entry.offset, entry.length)
    if len(check) < 2:
        missing = entry.length + 2 - len(payload) - len(check)
        text = f"layer {entry.kind} at byte {entry.offset} was cut off: {missing} of its bytes are missing"
        return Entry(*facts, None, TruncatedError(text))
    tag = (_ANCILLARY if entry.ancillary else 0) | entry.kind << 3 | entry.coding
    if check != _layer_check(size, bytes([tag]) + write_number(entry.length), payload):
        text = f"layer {entry.kind} at bytes {entry.offset} to {entry.offset + entry.length + 1} is damaged"
        return Entry(*facts, None, DamagedError(text + ": its checksum does not match"))
    return Entry(*facts, RawLayer(entry.kind, entry.coding, entry.ancillary, payload))


def _write_size(width: int, height: int) -> bytes:
    """Version and picture size in the shortest of the forms of SPEC §3.2; it is also part of each checksum."""
    if not (1 <= width <= MAX_SIDE and 1 <= height <= MAX_SIDE):
        raise ValueError(f"a picture's sides are 1..{MAX_SIDE} pixels, not {width} x {height}")
    if width % 64 == height % 64 == 0 and max(width, height) <= 1024:
        return bytes([VERSION << 4, (width // 64 - 1) << 4 | (height // 64 - 1)])
    form = next(f for f in range(7, 0, -1) if width % (1 << f - 1) == height % (1 << f - 1) == 0)
    numbers = (write_number((side >> form - 1) - 1) for side in (width, height))
    return bytes([VERSION << 4 | form]) + b"".join(numbers)


def _read_size(cursor: Cursor) -> tuple[int, int]:
    start = cursor.at
    version, form = divmod(cursor.byte("the version"), 16)
    if version != VERSION:
        raise UnsupportedError(f"format version {version}; this Triptych reads version {VERSION}: update it")
    if form > 7:
        raise UnsupportedError(f"size form {form} at byte {start} is not known; update Triptych")
    if form == 0:
        packed = cursor.byte("the picture's size")
        return (packed >> 4) * 64 + 64, (packed & 15) * 64 + 64
    width, height = (((cursor.number("the picture's size") + 1) << form - 1) for _ in "wh")
    if max(width, height) > MAX_SIDE:
        raise LimitError(f"the picture is {width} x {height} pixels; the format allows {MAX_SIDE} a side")
    if _write_size(width, height) != cursor.data[start : cursor.at]:
        raise DamagedError(f"the picture's size at byte {start} is not in its shortest form")
    return width, height


def _header_check(head: bytes) -> bytes:
    """CRC-8 (polynomial 0x07, initial value 0xFF) of the header; finds every flipped bit."""
    crc = 0xFF
    for byte in head:
        crc ^= byte
        for _ in range(8):
            crc = (crc << 1) ^ (0x107 if crc & 0x80 else 0)
    return bytes([crc])


def _layer_check(size: bytes, entry: bytes, payload: bytes) -> bytes:
    """CRC-16 (polynomial 0x1021, initial value 0xFFFF) over what the layer depends on, big-endian."""
    crc = binascii.crc_hqx(payload, binascii.crc_hqx(size + entry, 0xFFFF))
    return crc.to_bytes(2, "big")
