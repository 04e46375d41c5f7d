"""Packets: parts of one picture for transports that lose some (SPEC §13). What the parts mean is not decided here.

A packet is a head (marker, number of the picture, number of the packet, how many there are), a body that is a bare
form without its checksum, and a checksum. A parity packet holds the exclusive or of all bodies, so any one that is lost
can be made again from the others: the simplest erasure code, which helps against a single loss and no more.
"""

from __future__ import annotations

import binascii
from collections.abc import Sequence
from dataclasses import dataclass

from ..errors import DamagedError, UnsupportedError
from .bare import read_body, write_body
from .container import Stream

MARKER = 0x21
HEAD_BYTES, CHECK_BYTES = 5, 2
LENGTH_BYTES = 2  # in front of each body, as parity sees it
MOST_PACKETS = 255
MOST_BYTES = 1 << 16  # of a body


@dataclass(frozen=True)
class Packet:
    """One packet.

    Attributes:
        picture: 0..65,535, the same for all packets of a picture: the CRC-16 of all bodies.
        number: 0..count - 1, or `count` for parity.
        count: how many packets hold parts of the picture, 1..255.
        body: a bare form without its checksum, or parity.
    """

    picture: int
    number: int
    count: int
    body: bytes

    @property
    def is_parity(self) -> bool:
        return self.number >= self.count


def write_packets(parts: Sequence[Stream], *, parity: bool = False) -> list[bytes]:
    """The packets of a picture, 1 to 255 parts, and a parity packet behind them.

    Raises:
        ValueError: there are too many parts, or one breaks a rule of the container.
    """
    if not 1 <= len(parts) <= MOST_PACKETS:
        raise ValueError(f"a picture has 1 to {MOST_PACKETS} packets, not {len(parts)}")
    bodies = [write_body(part) for part in parts]
    picture = binascii.crc_hqx(b"".join(bodies), 0xFFFF)
    bodies += [_parity(bodies)] if parity else []
    heads = (bytes([MARKER]) + picture.to_bytes(2, "big") + bytes([at, len(parts)]) for at in range(len(bodies)))
    packets = [head + body for head, body in zip(heads, bodies, strict=True)]
    return [data + binascii.crc_hqx(data, 0xFFFF).to_bytes(CHECK_BYTES, "big") for data in packets]


def read_packet(data: bytes) -> Packet:
    """One packet from its bytes.

    Raises:
        DamagedError: it is none, or its checksum does not match.
        UnsupportedError: it is one of a later version.
    """
    if len(data) <= HEAD_BYTES + CHECK_BYTES:
        raise DamagedError(f"a packet has at least {HEAD_BYTES + CHECK_BYTES + 1} bytes, not {len(data)}")
    if data[0] != MARKER:
        if data[0] >> 4 == MARKER >> 4:
            raise UnsupportedError(f"packets of form {data[0]:02x} are not known; update Triptych", offset=0)
        raise DamagedError(f"not a packet: it starts with {data[0]:02x}, not {MARKER:02x}", offset=0)
    if binascii.crc_hqx(data[:-CHECK_BYTES], 0xFFFF) != int.from_bytes(data[-CHECK_BYTES:], "big"):
        raise DamagedError("the packet is damaged: its checksum does not match")
    number, count = data[3], data[4]
    if not count or number > count:
        raise DamagedError(f"packet {number} of {count} cannot be", offset=3)
    return Packet(int.from_bytes(data[1:3], "big"), number, count, data[HEAD_BYTES:-CHECK_BYTES])


def read_part(packet: Packet) -> Stream:
    """The part of the picture in a packet that is no parity; errors as for `bare.read_bare`."""
    return read_body(packet.body)


def recover(packets: Sequence[Packet]) -> list[Packet]:
    """The packets that are no parity, in their order, with the one that is missing if parity gives it.

    Args:
        packets: of one picture, each number once.

    Raises:
        DamagedError: all are there and the picture's number does not match.
    """
    parts = sorted((packet for packet in packets if not packet.is_parity), key=lambda packet: packet.number)
    parity = next((packet for packet in packets if packet.is_parity), None)
    picture, count = packets[0].picture, packets[0].count
    if parity and len(parts) == count - 1 and (found := _missing(parity.body, [packet.body for packet in parts])):
        (number,) = set(range(count)) - {packet.number for packet in parts}
        parts.insert(number, Packet(picture, number, count, found))
    if len(parts) == count and binascii.crc_hqx(b"".join(part.body for part in parts), 0xFFFF) != picture:
        raise DamagedError("the packets do not belong together: the picture's number does not match")
    return parts


def _parity(bodies: Sequence[bytes]) -> bytes:
    """The exclusive or of all bodies, each behind its length, filled up with zeros."""
    framed = [len(body).to_bytes(LENGTH_BYTES, "big") + body for body in bodies]
    length = max(map(len, framed))
    total = 0
    for body in framed:
        total ^= int.from_bytes(body.ljust(length, b"\0"), "big")
    return total.to_bytes(length, "big")


def _missing(parity: bytes, bodies: Sequence[bytes]) -> bytes | None:
    """The body that is missing, or None if what comes out cannot be one."""
    if any(len(body) + LENGTH_BYTES > len(parity) for body in bodies):
        return None
    framed = (len(body).to_bytes(LENGTH_BYTES, "big") + body for body in bodies)
    total = int.from_bytes(parity, "big")
    for body in framed:
        total ^= int.from_bytes(body.ljust(len(parity), b"\0"), "big")
    found = total.to_bytes(len(parity), "big")
    length = int.from_bytes(found[:LENGTH_BYTES], "big")
    body, rest = found[LENGTH_BYTES:][:length], found[LENGTH_BYTES + length :]
    return body if len(body) == length and not any(rest) else None
