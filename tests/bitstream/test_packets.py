"""Packets as bytes: checksums, parity, and what cannot be."""

from __future__ import annotations

import pytest

from triptych.bitstream import packets as form
from triptych.bitstream.container import RawLayer, Stream
from triptych.errors import DamagedError, UnsupportedError

PARTS = [Stream(512, 512, (RawLayer(0, 0, False, bytes([65 + n]) * (n + 1)),)) for n in range(5)]


def test_any_single_packet_is_made_again_from_parity() -> None:
    """Also the longest and the shortest one; without parity it is missing."""
    made = [form.read_packet(data) for data in form.write_packets(PARTS, parity=True)]
    for lost in range(5):
        left = [packet for packet in made if packet.number != lost]
        assert [form.read_part(packet) for packet in form.recover(left)] == PARTS
        assert len(form.recover([packet for packet in left if not packet.is_parity])) == 4


def test_two_lost_packets_stay_lost() -> None:
    """The exclusive or of two is neither of them."""
    made = [form.read_packet(data) for data in form.write_packets(PARTS, parity=True)]
    assert [packet.number for packet in form.recover(made[2:])] == [2, 3, 4]


def test_every_flipped_bit_is_noticed() -> None:
    """A packet is whole or refused."""
    (data, *_) = form.write_packets(PARTS)
    for at in range(8 * len(data)):
        broken = bytearray(data)
        broken[at // 8] ^= 1 << at % 8
        with pytest.raises((DamagedError, UnsupportedError)):
            form.read_packet(bytes(broken))


def test_packets_of_two_pictures_do_not_mix() -> None:
    """The picture's number covers all bodies."""
    made = [form.read_packet(data) for data in form.write_packets(PARTS)]
    other = form.read_packet(form.write_packets([*PARTS[1:], PARTS[1]])[0])
    forged = form.Packet(made[0].picture, 0, made[0].count, other.body)
    with pytest.raises(DamagedError, match="do not belong together"):
        form.recover([forged, *made[1:]])


@pytest.mark.parametrize("count", [0, 256])
def test_numbers_of_packets_that_cannot_be(count: int) -> None:
    """At least one, and as many as a byte can count."""
    with pytest.raises(ValueError):
        form.write_packets(PARTS[:1] * count)
