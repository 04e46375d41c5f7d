"""The bare form: a stream for transports that frame and check what they carry, and for placeholders (SPEC §12).

It has no signature, no length for the last layer, and one checksum of a byte for all of it: 6 bytes for two layers of
a picture of 512 x 512 pixels. As text it is base64url without padding. Files and bare forms are turned into each other
without loss.
"""

from __future__ import annotations

import base64
import binascii

from ..errors import DamagedError, LimitError, TruncatedError, UnsupportedError
from ..limits import DEFAULT, MAX_LAYERS, MAX_SIDE, MAX_STREAM_BYTES, Limits
from .container import (
    ANCILLARY,
    LAST,
    RawLayer,
    Stream,
    check_stream,
    crc8,
    read_field,
    read_size,
    write_entry,
    write_size,
)
from .cursor import Cursor, write_number


def write_bare(stream: Stream) -> bytes:
    """The bare form of a stream.

    Raises:
        ValueError: as for `container.write`.
    """
    body = write_body(stream)
    return body + crc8(body)


def read_bare(data: bytes, limits: Limits = DEFAULT) -> Stream:
    """The stream in a bare form.

    Raises:
        DamagedError, TruncatedError: the checksum does not match, or the bytes contradict the format.
        UnsupportedError: it was written by a later version of the format.
        LimitError: it is larger than `limits` allow.
    """
    if len(data) > limits.stream_bytes:
        raise LimitError(f"the bare form has {len(data)} bytes, the limit is {limits.stream_bytes}")
    if not data:
        raise TruncatedError("the bare form is empty", offset=0)
    if not is_bare(data):
        text = f"a bare form starts with 10 to 17, not {data[0]:02x}: it is none, or of a later Triptych"
        raise UnsupportedError(text, offset=0)
    if crc8(data[:-1]) != data[-1:]:
        raise DamagedError("the bare form is damaged or cut: its checksum does not match; send it again")
    return read_body(data[:-1])


def write_body(stream: Stream) -> bytes:
    """A bare form without its checksum; errors as for `write_bare`."""
    check_stream(stream)
    head, body = bytearray(write_size(stream.width, stream.height)), bytearray()
    for layer in stream.layers:
        entry = write_entry(layer.kind, layer.coding, layer.ancillary)
        if layer is stream.layers[-1]:
            head += bytes([entry[0] | LAST]) + entry[1:]
        else:
            head += entry + write_number(len(layer.payload))
        body += layer.payload
    if len(head) + len(body) >= MAX_STREAM_BYTES:
        raise ValueError(f"a stream is at most {MAX_STREAM_BYTES} bytes, not {len(head) + len(body) + 1}")
    return bytes(head + body)


def read_body(body: bytes) -> Stream:
    """The stream in a bare form without its checksum; errors as for `read_bare`."""
    cursor = Cursor(body)
    width, height = read_size(cursor)
    listed: list[tuple[int, int, bool, int | None]] = []  # kind, coding, ancillary, length
    while not listed or listed[-1][3] is not None:
        start = cursor.at
        if len(listed) == MAX_LAYERS:
            raise DamagedError(f"more than {MAX_LAYERS} layers are listed at byte {start}", offset=start)
        tag = cursor.byte("the list of layers")
        kind, coding = read_field(cursor, tag >> 3 & 7), read_field(cursor, tag & 7)
        length = None if tag & LAST else cursor.number("a layer's length")
        if listed and kind <= listed[-1][0]:
            raise DamagedError(f"the layers are out of order at byte {start} of the bare form", offset=start)
        listed.append((kind, coding, bool(tag & ANCILLARY), length))
    if max(width, height) > MAX_SIDE:
        raise DamagedError(
            f"the picture's size at byte 0 is {width} x {height} pixels; the format has {MAX_SIDE} a side"
        )
    if not body.startswith(write_size(width, height)):
        raise DamagedError("the picture's size at byte 0 is not in its shortest form", offset=0)
    layers = []
    for kind, coding, ancillary, length in listed:
        payload = cursor.take(len(body) - cursor.at if length is None else length, f"layer {kind}")
        layers.append(RawLayer(kind, coding, ancillary, payload))
    return Stream(width, height, tuple(layers))


def is_bare(data: bytes) -> bool:
    """Whether bytes look like a bare form: a file starts with another byte."""
    return bool(data) and 0x10 <= data[0] <= 0x17


def to_text(data: bytes) -> str:
    """Base64url without padding (RFC 4648, section 5)."""
    return base64.urlsafe_b64encode(data).decode("ascii").rstrip("=")


def from_text(text: str) -> bytes:
    """The bytes in a base64url text, with or without padding; blank space around it does not count.

    Raises:
        DamagedError: it is none.
    """
    stripped = text.strip().rstrip("=")
    try:
        data = base64.b64decode(stripped + "=" * (-len(stripped) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise DamagedError(f"not a base64url text: {error}") from error
    if to_text(data) != stripped:
        raise DamagedError("not a base64url text: its last character has bits that no byte holds")
    return data
