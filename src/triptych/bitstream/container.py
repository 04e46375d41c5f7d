"""The container: a header that lists the layers, then their payloads (SPEC §3 and §4).

`scan` reads as much as is whole and says what is wrong with the rest; `read` accepts only a stream that is
whole; `write` is their inverse: ``write(read(data)) == data`` for every valid stream.
"""

from __future__ import annotations

import binascii
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import pairwise
from typing import NamedTuple

from ..errors import DamagedError, LimitError, TruncatedError, UnsupportedError
from ..limits import DEFAULT, MAX_LAYERS, MAX_SIDE, MAX_STREAM_BYTES, Limits
from .cursor import MAX_NUMBER, Cursor, write_number

SIGNATURE = b"\xb7TP"
NAMES = ("semantic", "texture", "pose", "edges", "recipe", "seed", "detail", "finer")  # of kinds, for messages
VERSION = 1
CHECK_BYTES = 2  # the checksum after each payload
LAST = 0x80
ANCILLARY = 0x40
_ESCAPE = 7  # kind and coding share the tag byte, three bits each; 7 stands for 7 plus the number that follows


@dataclass(frozen=True)
class RawLayer:
    """One layer as it stands in the file; what the payload means is not the container's business.

    Attributes:
        kind: what the layer describes (SPEC §5); 0..6 fit into the tag byte, larger numbers take more bytes.
        coding: how the payload is coded; as for `kind`.
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


class Entry(NamedTuple):  # which is made faster than a frozen dataclass
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

    @property
    def cost(self) -> int:
        """What the layer takes of the file, in bytes: its entry in the header, the payload and the checksum."""
        return self.length + overhead(self.kind, self.coding, self.length)


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


def overhead(kind: int, coding: int, length: int) -> int:
    """What a layer with a payload of so many bytes takes beside it: its entry in the header and its checksum."""
    return len(_write_entry(kind, coding, False, length)) + CHECK_BYTES


def write(stream: Stream) -> bytes:
    """The bytes of a stream.

    Raises:
        ValueError: the stream breaks a rule of SPEC §3 or §4 (no layers, kinds not ascending, too large).
    """
    check_stream(stream)
    size = write_size(stream.width, stream.height)
    directory = bytearray()
    body = bytearray()
    for layer in stream.layers:
        entry = _write_entry(layer.kind, layer.coding, layer.ancillary, len(layer.payload))
        last = LAST if layer is stream.layers[-1] else 0
        directory += bytes([entry[0] | last]) + entry[1:]
        body += layer.payload + _layer_check(size, entry, layer.payload)
    head = SIGNATURE + size + directory
    data = head + crc8(head) + bytes(body)
    if len(data) > MAX_STREAM_BYTES:
        raise ValueError(f"a stream is at most {MAX_STREAM_BYTES} bytes, not {len(data)}")
    return data


def check_stream(stream: Stream) -> None:
    """Raise a `ValueError` if the layers of a stream break a rule of SPEC §3.3."""
    if not stream.layers:
        raise ValueError("a stream holds at least one layer")
    if len(stream.layers) > MAX_LAYERS:
        raise ValueError(f"a stream holds at most {MAX_LAYERS} layers, not {len(stream.layers)}")
    for before, layer in pairwise(stream.layers):
        if layer.kind <= before.kind:
            raise ValueError(f"a layer of kind {layer.kind} cannot follow one of kind {before.kind}")


def read(data: bytes, limits: Limits = DEFAULT) -> Stream:
    """A whole stream from its bytes.

    Raises:
        DamagedError, TruncatedError: anything at all is wrong with the bytes.
        UnsupportedError: the stream was written by a later version of the format.
        LimitError: the stream is larger than `limits` allow.
    """
    found = scan(data, limits)
    check(found)
    return Stream(found.width, found.height, tuple(e.layer for e in found.entries if e.layer))


def check(found: Scan) -> None:
    """Raise the first fault of a stream that was scanned.

    Raises:
        DamagedError, TruncatedError: a layer is damaged or cut, or bytes follow the last one.
    """
    for entry in found.entries:
        if entry.error:
            raise entry.error
    if found.trailing:
        text = f"{found.trailing} bytes follow the last layer; remove them or fetch the file again"
        last = found.entries[-1]
        raise DamagedError(text, offset=last.offset + last.length + CHECK_BYTES)


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
        check = data[entry.offset + entry.length : entry.offset + entry.length + CHECK_BYTES]
        entries.append(_checked(entry, payload, check, write_size(found.width, found.height)))
    end = found.entries[-1].offset + found.entries[-1].length + CHECK_BYTES
    return Scan(found.width, found.height, found.header_bytes, tuple(entries), max(0, len(data) - end))


def scan_header(data: bytes) -> Scan:
    """The size and the list of layers alone, from the first bytes of a file; no payload is looked at.

    The order of the checks is that of SPEC §3.5: what must be known to find the checksum, the checksum, the rest.
    """
    cursor = Cursor(data)
    if cursor.take(len(SIGNATURE), "the signature") != SIGNATURE:
        raise DamagedError("not a Triptych file: the signature b7 54 50 is missing at byte 0", offset=0)
    size_at = cursor.at
    width, height = read_size(cursor)
    size = data[size_at : cursor.at]
    listed: list[tuple[int, int, bool, int]] = []  # kind, coding, ancillary, length
    last = False
    while not last:
        start = cursor.at
        if len(listed) == MAX_LAYERS:
            raise DamagedError(f"more than {MAX_LAYERS} layers are listed at byte {start} of the header", offset=start)
        tag = cursor.byte("the list of layers")
        kind = read_field(cursor, tag >> 3 & 7)
        coding = read_field(cursor, tag & 7)
        length = cursor.number("a layer's length")
        if listed and kind <= listed[-1][0]:
            raise DamagedError(f"the layers are out of order at byte {start} of the header", offset=start)
        listed.append((kind, coding, bool(tag & ANCILLARY), length))
        last = bool(tag & LAST)
    head = data[: cursor.at]
    if cursor.take(1, "the header's checksum") != crc8(head):
        text = f"the header (bytes 0 to {cursor.at - 1}) is damaged: its checksum does not match"
        raise DamagedError(text, offset=cursor.at - 1)
    if max(width, height) > MAX_SIDE:
        text = f"the picture's size at byte {size_at} is {width} x {height} pixels; the format has {MAX_SIDE} a side"
        raise DamagedError(text, offset=size_at)
    if write_size(width, height) != size:
        raise DamagedError(f"the picture's size at byte {size_at} is not in its shortest form", offset=size_at)
    offset = cursor.at
    entries = []
    for kind, coding, ancillary, length in listed:
        entries.append(Entry(kind, coding, ancillary, offset, length, None))
        offset += length + CHECK_BYTES
    return Scan(width, height, cursor.at, tuple(entries), 0)


def _checked(entry: Entry, payload: bytes, check: bytes, size: bytes) -> Entry:
    """The same entry with its layer, or with the reason why there is none."""
    start, end = entry.offset, entry.offset + entry.length + CHECK_BYTES
    if len(check) < CHECK_BYTES:
        missing = end - start - len(payload) - len(check)
        text = f"the {_called(entry.kind)} at byte {start} was cut off: {missing} of its bytes are missing"
        return entry._replace(error=TruncatedError(text, offset=end - missing))
    written = _write_entry(entry.kind, entry.coding, entry.ancillary, entry.length)
    if check != _layer_check(size, written, payload):
        text = f"the {_called(entry.kind)} at bytes {start} to {end - 1} is damaged: its checksum does not match"
        return entry._replace(error=DamagedError(text, offset=start))
    layer = RawLayer(entry.kind, entry.coding, entry.ancillary, payload)
    return Entry(entry.kind, entry.coding, entry.ancillary, start, entry.length, layer)


def _called(kind: int) -> str:
    """A layer in a message: its name, as in SPEC §5, or its number."""
    return f"{NAMES[kind]} layer" if 0 <= kind < len(NAMES) else f"layer of kind {kind}"


@lru_cache(maxsize=1024)  # several times for each layer of each file
def _write_entry(kind: int, coding: int, ancillary: bool, length: int) -> bytes:
    """A layer's entry in the list, with the bit that marks the last one cleared, as checksums see it (SPEC §3.3)."""
    return write_entry(kind, coding, ancillary) + write_number(length)


def write_entry(kind: int, coding: int, ancillary: bool) -> bytes:
    """The tag of a layer, with the bit that marks the last one cleared, and the numbers that it asks for."""
    tag, more = ANCILLARY if ancillary else 0, b""
    for value, shift in ((kind, 3), (coding, 0)):
        if not 0 <= value <= _ESCAPE + MAX_NUMBER:
            raise ValueError(f"kind {kind} coding {coding} cannot be written")
        tag |= min(value, _ESCAPE) << shift
        more += write_number(value - _ESCAPE) if value >= _ESCAPE else b""
    return bytes([tag]) + more


def read_field(cursor: Cursor, bits: int) -> int:
    """The kind or coding whose three bits in the tag are these."""
    return bits if bits < _ESCAPE else _ESCAPE + cursor.number("a layer's kind or coding")


@lru_cache(maxsize=1024)
def write_size(width: int, height: int) -> bytes:
    """Version and picture size in the shortest of the forms of SPEC §3.2; it is also part of each checksum."""
    if not (1 <= width <= MAX_SIDE and 1 <= height <= MAX_SIDE):
        raise ValueError(f"a picture's sides are 1..{MAX_SIDE} pixels, not {width} x {height}")
    if width % 64 == height % 64 == 0 and max(width, height) <= 1024:
        return bytes([VERSION << 4, (width // 64 - 1) << 4 | (height // 64 - 1)])
    form = next(f for f in range(7, 0, -1) if width % (1 << f - 1) == height % (1 << f - 1) == 0)
    numbers = (write_number((side >> form - 1) - 1) for side in (width, height))
    return bytes([VERSION << 4 | form]) + b"".join(numbers)


def read_size(cursor: Cursor) -> tuple[int, int]:
    """Version and size as they are written; whether the size may be, `scan_header` checks later."""
    start = cursor.at
    version, form = divmod(cursor.byte("the version"), 16)
    if version != VERSION:
        text = f"format version {version}; this Triptych reads version {VERSION}: update it"
        raise UnsupportedError(text, offset=start)
    if form > 7:
        raise UnsupportedError(f"size form {form} at byte {start} is not known; update Triptych", offset=start)
    if form == 0:
        packed = cursor.byte("the picture's size")
        return (packed >> 4) * 64 + 64, (packed & 15) * 64 + 64
    width, height = (((cursor.number("the picture's size") + 1) << form - 1) for _ in "wh")
    return width, height


def crc8(head: bytes) -> bytes:
    """CRC-8 (polynomial 0x07, initial value 0xFF) of a header or a bare form; finds every flipped bit."""
    table, crc = _crc8(), 0xFF
    for byte in head:
        crc = table[crc ^ byte]
    return bytes([crc])


@cache
def _crc8() -> bytes:
    """What each byte becomes."""
    table = bytearray()
    for crc in range(256):
        for _ in range(8):
            crc = (crc << 1) ^ (0x107 if crc & 0x80 else 0)
        table.append(crc)
    return bytes(table)


def _layer_check(size: bytes, entry: bytes, payload: bytes) -> bytes:
    """CRC-16 (polynomial 0x1021, initial value 0xFFFF) over what the layer depends on, big-endian."""
    crc = binascii.crc_hqx(payload, binascii.crc_hqx(size + entry, 0xFFFF))
    return crc.to_bytes(2, "big")
