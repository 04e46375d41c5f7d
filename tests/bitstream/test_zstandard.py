"""Zstandard frames: they come back, and nothing that a stranger writes costs more than it states."""

from __future__ import annotations

import tracemalloc
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from triptych.bitstream.zstandard import Dictionary, compress, decompress
from triptych.errors import DamagedError
from triptych.layers.tables import load_table

DICTIONARY = Dictionary(load_table("recipe")["dictionary"].tobytes())
MOST = 2**24
BOMB = b"\xa0" + MOST.to_bytes(4, "little") + (bytes([2, 0, 16]) + b"x") * 128  # blocks of 128 KiB of one byte


def _again(data: bytes) -> bytes:
    return decompress(compress(data, DICTIONARY), DICTIONARY, most=MOST)


@settings(max_examples=50, deadline=None)
@given(st.binary(max_size=2000))
def test_any_bytes_come_back(data: bytes) -> None:
    """Whatever the bytes are."""
    assert _again(data) == data


@pytest.mark.parametrize("size", [0, 1, 255, 256, 65_791, 65_792, 2**20, 2**20 + 1, 2**24])
def test_frames_are_of_one_segment_at_every_size(size: int) -> None:
    """The first byte says so; each width of the size field is met."""
    data = bytes(size)
    frame = compress(data, DICTIONARY)
    assert frame[0] in (0x20, 0x60, 0xA0)
    assert decompress(frame, DICTIONARY, most=MOST) == data


def test_the_dictionary_is_used() -> None:
    """What generators write all the time takes few bytes, which cannot be read without the dictionary."""
    data = b"Steps: 20, Sampler: Euler a, CFG scale: 7, Seed: "
    frame = compress(data, DICTIONARY)
    assert len(frame) < len(data) // 2


def test_what_is_no_dictionary_is_refused() -> None:
    """A dictionary that was damaged on disk is told."""
    with pytest.raises(DamagedError, match="dictionary"):
        Dictionary(b"\x37\xa4\x30\xec" + bytes(20))


def test_a_frame_that_states_too_much_costs_nothing() -> None:
    """4 GiB in ten bytes are refused from the header alone."""
    tracemalloc.start()
    with pytest.raises(DamagedError, match="states 4294967295 bytes"):
        decompress(b"\xa0\xff\xff\xff\xff" + bytes(5), DICTIONARY, most=MOST)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 2**20


def test_a_frame_that_holds_more_than_it_states_is_refused() -> None:
    """A bomb stops at the size that its header states."""
    bomb = BOMB[:1] + (1000).to_bytes(4, "little") + BOMB[5:]
    with pytest.raises(DamagedError):
        decompress(bomb, DICTIONARY, most=MOST)


@pytest.mark.parametrize("descriptor", sorted(set(range(256)) - {0x20, 0x60, 0xA0}))
def test_other_forms_of_frames_are_refused(descriptor: int) -> None:
    """No checksum, no dictionary number, no window of its own, no eight-byte size, no reserved bit."""
    frame = compress(b"a fox" * 10, DICTIONARY)
    with pytest.raises(DamagedError):
        decompress(bytes([descriptor]) + frame[1:], DICTIONARY, most=MOST)


def test_bytes_behind_the_frame_are_refused() -> None:
    """Neither junk, nor a second frame, nor one to be skipped."""
    frame = compress(b"a fox", DICTIONARY)
    for more in (b"\0", b"\x28\xb5\x2f\xfd" + frame, b"\x50\x2a\x4d\x18\0\0\0\0"):
        with pytest.raises(DamagedError):
            decompress(frame + more, DICTIONARY, most=MOST)


def test_cut_frames_are_refused() -> None:
    """At every length."""
    frame = compress(b"a fox and a hound in the snow", DICTIONARY)
    for length in range(len(frame)):
        with pytest.raises(DamagedError):
            decompress(frame[:length], DICTIONARY, most=MOST)


@settings(max_examples=200, deadline=None)
@given(st.sampled_from([0x20, 0x60, 0xA0]), st.binary(max_size=60))
def test_junk_is_refused_or_read(descriptor: int, junk: bytes) -> None:
    """Nothing but our own error, and never more than was allowed."""
    with suppress(DamagedError):
        assert len(decompress(bytes([descriptor]) + junk, DICTIONARY, most=1000)) <= 1000
