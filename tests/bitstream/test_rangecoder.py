"""The range coder: exact bytes of fixed symbols, round trips, and what the decoder refuses."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triptych.bitstream.rangecoder import TOTAL, RangeDecoder, RangeEncoder
from triptych.errors import DamagedError


def _bits(bits: str, p1: int) -> bytes:
    encoder = RangeEncoder()
    for bit in bits:
        encoder.encode_bit(int(bit), p1)
    return encoder.finish()


# Bytes that must never change: files hold them. (bits, P(1) out of 65,536, payload)
BITS = [
    ("", 32768, ""),
    ("0", 32768, "80"),
    ("1", 32768, ""),
    ("01", 32768, "80"),
    ("00000000", 32768, "ff"),
    ("11111111", 32768, ""),
    ("1011001110001111", 32768, "4c70"),
    ("0" * 64, 1, "80"),
    ("1" * 4, 1, ""),
    ("0001000000100000", 4096, "3180"),
    ("1110111111011111", 61440, "ce80"),
]


@pytest.mark.parametrize(("bits", "p1", "payload"), BITS)
def test_bits_have_these_bytes(bits: str, p1: int, payload: str) -> None:
    """Fixed bits give fixed bytes."""
    assert _bits(bits, p1).hex() == payload


def test_symbols_have_these_bytes() -> None:
    """A fixed mixture of symbols, bits and uniform values gives fixed bytes, and comes back in order."""
    encoder = RangeEncoder()
    for i in range(12):
        encoder.encode(i * 5000, 5000)
        encoder.encode_bit(i & 1, 1000 + 5000 * i)
        encoder.encode_uniform(i, 12)
        encoder.encode_uniform(0, 1)
        encoder.encode_uniform(65535 - i, 65536)
    payload = encoder.finish()
    assert payload.hex() == "01e64a53b794b01d6939ab06b26213d33d025ffb8106ff880282ad9b6e0f803bb7e90866"
    decoder = RangeDecoder(payload)
    for i in range(12):
        assert i * 5000 <= decoder.target() < (i + 1) * 5000
        decoder.take(i * 5000, 5000)
        assert decoder.decode_bit(1000 + 5000 * i) == i & 1
        assert decoder.decode_uniform(12) == i
        assert decoder.decode_uniform(1) == 0
        assert decoder.decode_uniform(65536) == 65535 - i
    decoder.finish()


class Unbounded:
    """The same coder without carries: its low end is one number that grows without limit (SPEC §6.1)."""

    def __init__(self) -> None:
        self.low, self.range, self.shifts = 0, (1 << 32) - 1, 0

    def encode(self, start: int, size: int) -> None:
        part = self.range >> 16
        self.low += part * start
        self.range = self.range - part * start if start + size == TOTAL else part * size
        while self.range < 1 << 24:
            self.low, self.range, self.shifts = self.low << 8, self.range << 8, self.shifts + 1

    def finish(self) -> bytes:
        high = self.low + self.range - 1
        zeros = next(z for z in range(32, -1, -1) if high >> z << z >= self.low)
        return (high >> zeros << zeros).to_bytes(self.shifts + 4, "big").rstrip(b"\0")


INTERVALS = st.tuples(st.integers(0, TOTAL - 1), st.integers(1, TOTAL)).map(lambda p: (p[0], min(p[1], TOTAL - p[0])))


@given(st.lists(st.one_of(INTERVALS, st.sampled_from([(0, 1), (TOTAL - 1, 1), (1, TOTAL - 1), (0, TOTAL)]))))
def test_bytes_are_those_of_an_unbounded_coder(symbols: list[tuple[int, int]]) -> None:
    """Carries and 32-bit arithmetic change nothing: one unbounded number gives the same bytes."""
    encoder, unbounded = RangeEncoder(), Unbounded()
    for symbol in symbols:
        encoder.encode(*symbol)
        unbounded.encode(*symbol)
    payload = encoder.finish()
    assert payload == unbounded.finish()
    decoder = RangeDecoder(payload)
    for start, size in symbols:
        assert start <= decoder.target() < start + size
        decoder.take(start, size)
    decoder.finish()


@pytest.mark.parametrize("length", range(1, 12))
def test_a_carry_runs_through_bytes_of_255(length: int) -> None:
    """A carry turns a run of written 255s into zeros and raises the byte before them."""
    # The symbols that a decoder finds in 12 ff ff ... keep the low end right below a carry.
    guide = RangeDecoder(b"\x12" + b"\xff" * (length + 4))
    encoder, unbounded, symbols = RangeEncoder(), Unbounded(), []
    while len(encoder._bytes) <= length:
        target = guide.target()
        symbols.append((target, 1))
        guide.take(target, 1)
        for coder in (encoder, unbounded):
            coder.encode(target, 1)
    assert bytes(encoder._bytes[: length + 1]) == b"\x12" + b"\xff" * length
    while encoder._bytes[0] == 0x12:
        for coder in (encoder, unbounded):
            coder.encode(TOTAL - 1, 1)
        symbols.append((TOTAL - 1, 1))
        assert len(symbols) < 100
    payload = encoder.finish()
    assert payload.startswith(b"\x13" + bytes(length - 1)) and payload == unbounded.finish()
    decoder = RangeDecoder(payload)
    for start, size in symbols:
        assert decoder.target() == start
        decoder.take(start, size)
    decoder.finish()


@pytest.mark.parametrize("count", [1, 2, 3, 7, 16, 32, 255, 4097, 65535, 65536])
def test_uniform_values_round_trip(count: int) -> None:
    """Values of any count come back, the first and the last of them included."""
    rng = random.Random(count)
    values = [0, count - 1, *(rng.randrange(count) for _ in range(50)), count - 1]
    encoder = RangeEncoder()
    for value in values:
        encoder.encode_uniform(value, count)
    decoder = RangeDecoder(encoder.finish())
    assert [decoder.decode_uniform(count) for _ in values] == values
    decoder.finish()


@pytest.mark.parametrize("p1", [1, 2, 300, 32768, 65000, 65534, 65535])
def test_bits_round_trip_at_every_probability(p1: int) -> None:
    """Bits come back however wrong their probability is."""
    rng = random.Random(p1)
    bits = [rng.randrange(2) for _ in range(300)]
    encoder = RangeEncoder()
    for bit in bits:
        encoder.encode_bit(bit, p1)
    decoder = RangeDecoder(encoder.finish())
    assert [decoder.decode_bit(p1) for _ in bits] == bits
    decoder.finish()


def test_a_bit_is_a_symbol_of_two_intervals() -> None:
    """Bits and two-interval symbols are the same on the wire: 1 is the first interval."""
    rng = random.Random(0)
    as_bits, as_symbols = RangeEncoder(), RangeEncoder()
    for _ in range(500):
        p1 = rng.randint(1, 65535)
        bit = rng.randrange(2)
        as_bits.encode_bit(bit, p1)
        as_symbols.encode(*((0, p1) if bit else (p1, TOTAL - p1)))
    assert as_bits.finish() == as_symbols.finish()


def test_payloads_are_short_and_never_end_in_a_zero_byte() -> None:
    """A payload is at most a byte longer than its symbols' information, and its zero bytes are dropped."""
    rng = random.Random(1)
    for length in range(200):
        bits = "".join(rng.choice("01") for _ in range(length))
        payload = _bits(bits, 32768)
        assert not payload.endswith(b"\0")
        assert len(payload) <= length / 8 + 1


def test_a_zero_byte_at_the_end_is_refused() -> None:
    """There is one payload for the same symbols, so one that ends in a zero byte is damaged."""
    for payload in (b"\0", b"\x4c\x70\0"):
        with pytest.raises(DamagedError, match="ends in a zero byte"):
            RangeDecoder(payload)


def test_left_over_bytes_are_refused() -> None:
    """Bytes that no symbol needed are damage, and the message counts them."""
    decoder = RangeDecoder(_bits("1011001110001111", 32768) + b"\0\0\0\0\0\0\1")
    for _ in range(16):
        decoder.decode_bit(32768)
    with pytest.raises(DamagedError, match="4 bytes are left over"):
        decoder.finish()


def test_reading_past_the_end_reads_zeros() -> None:
    """A decoder asked for more than was written keeps giving symbols; the layer decides when to stop."""
    decoder = RangeDecoder(b"")
    assert [decoder.decode_bit(32768) for _ in range(100)] == [1] * 100
    assert decoder.decode_uniform(1000) == 0
    assert decoder.target() == 0
    decoder.finish()


def test_targets_of_junk_stay_in_range() -> None:
    """Whatever the bytes, a target is one of the 65,536 parts and uniform values are below their count."""
    rng = random.Random(2)
    for _ in range(200):
        decoder = RangeDecoder(rng.randbytes(30) + b"\1")
        for _ in range(60):
            count = rng.randint(1, 65536)
            assert 0 <= decoder.target() < TOTAL
            assert 0 <= decoder.decode_uniform(count) < count


def test_many_bits_at_once_are_the_same_bytes() -> None:
    """One loop over bits writes what single calls write, and many bits at once are read as one by one."""
    rng = random.Random(3)
    bits = [(rng.random() < 0.1, rng.choice([1, 300, 6000, 32768, 65535])) for _ in range(3000)]
    one, all_at_once = RangeEncoder(), RangeEncoder()
    for encoder in (one, all_at_once):
        encoder.encode(65000, TOTAL - 65000)
    for bit, p in bits:
        one.encode_bit(bit, p)
    all_at_once.encode_bits([bit for bit, _ in bits], [p for _, p in bits])
    for encoder in (one, all_at_once):
        encoder.encode(5, 7)
    payload = one.finish()
    assert payload == all_at_once.finish()
    decoder = RangeDecoder(payload)
    assert decoder.target() >= 65000
    decoder.take(65000, TOTAL - 65000)
    assert decoder.decode_bits([p for _, p in bits]) == [int(bit) for bit, _ in bits]
