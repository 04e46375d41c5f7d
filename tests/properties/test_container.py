"""The container, for any stream, any cut, any flipped bit and any junk."""

from __future__ import annotations

import contextlib

from hypothesis import assume, given
from hypothesis import strategies as st

from triptych.bitstream.container import RawLayer, Stream, read, scan, scan_header, write
from triptych.bitstream.cursor import MAX_NUMBER, Cursor, write_number
from triptych.errors import DamagedError, TriptychError, TruncatedError

SIDES = st.one_of(st.integers(1, 65536), st.integers(1, 1024).map(lambda n: n * 64), st.sampled_from([1, 512, 65536]))
# Kinds and codings: those that the tag holds, and those that take a number of their own.
FIELDS = st.one_of(st.integers(0, 7), st.integers(7, 7 + MAX_NUMBER), st.sampled_from([7 + 223, 7 + 224, 7 + 8160]))


@st.composite
def streams(draw: st.DrawFn, longest: int = 300) -> Stream:
    """Any valid stream with short payloads."""
    kinds = sorted(draw(st.sets(FIELDS, min_size=1)))
    payloads = st.binary(max_size=longest)
    layers = [RawLayer(kind, draw(FIELDS), draw(st.booleans()), draw(payloads)) for kind in kinds]
    return Stream(draw(SIDES), draw(SIDES), tuple(layers))


@given(streams())
def test_streams_round_trip(stream: Stream) -> None:
    """Reading what was written gives the stream, and its header alone gives the list of layers."""
    data = write(stream)
    assert read(data) == stream
    found = scan_header(data[: scan(data).header_bytes])
    assert (found.width, found.height) == (stream.width, stream.height)
    assert [(e.kind, e.coding, e.ancillary, e.length) for e in found.entries] == [
        (layer.kind, layer.coding, layer.ancillary, len(layer.payload)) for layer in stream.layers
    ]


@given(streams(), st.data())
def test_any_cut_gives_the_layers_before_it(stream: Stream, data: st.DataObject) -> None:
    """A cut file is truncated; scanning it gives exactly the layers that end before the cut."""
    whole = write(stream)
    length = data.draw(st.integers(0, len(whole) - 1))
    for reader in (read, scan):
        try:
            found = reader(whole[:length])
        except TruncatedError:
            continue
        assert reader is scan
        ends = [entry.offset + entry.length + 2 for entry in found.entries]  # type: ignore[union-attr]
        kept = [entry.layer for entry in found.entries]  # type: ignore[union-attr]
        assert kept == [layer if end <= length else None for layer, end in zip(stream.layers, ends, strict=True)]


@given(streams(longest=40), st.data())
def test_any_flipped_bit_is_noticed(stream: Stream, data: st.DataObject) -> None:
    """No stream with one wrong bit is read as whole."""
    damaged = bytearray(write(stream))
    bit = data.draw(st.integers(0, len(damaged) * 8 - 1))
    damaged[bit // 8] ^= 1 << bit % 8
    try:
        read(bytes(damaged))
    except TriptychError:
        return
    raise AssertionError(f"bit {bit} was flipped unnoticed")


def test_every_flipped_bit_of_one_stream_is_noticed() -> None:
    """Not one of all bits of a file can be flipped unnoticed."""
    layers = tuple(RawLayer(kind, kind, kind > 4, bytes(range(kind * 9))) for kind in (0, 1, 3, 5))
    whole = write(Stream(600, 400, layers))
    for bit in range(len(whole) * 8):
        damaged = bytearray(whole)
        damaged[bit // 8] ^= 1 << bit % 8
        try:
            read(bytes(damaged))
        except TriptychError:
            continue
        raise AssertionError(f"bit {bit} was flipped unnoticed")


@given(streams(longest=40), st.data())
def test_a_flipped_payload_bit_costs_one_layer(stream: Stream, data: st.DataObject) -> None:
    """Damage behind the header is a DamagedError, and all layers but one are still found."""
    damaged = bytearray(write(stream))
    start = scan(bytes(damaged)).header_bytes
    bit = data.draw(st.integers(start * 8, len(damaged) * 8 - 1))
    damaged[bit // 8] ^= 1 << bit % 8
    found = scan(bytes(damaged))
    kept = [entry.layer for entry in found.entries]
    assert sum(layer is None for layer in kept) == 1
    assert all(layer in (None, original) for layer, original in zip(kept, stream.layers, strict=True))
    assert all(isinstance(entry.error, DamagedError) for entry in found.entries if entry.layer is None)


@given(st.one_of(st.binary(max_size=80), st.binary(max_size=80).map(lambda junk: b"\xb7TP\x10" + junk)))
def test_junk_raises_our_error_or_is_canonical(junk: bytes) -> None:
    """Any bytes are refused with our error, or they are a stream and writing it gives the same bytes."""
    for reader in (scan_header, scan):
        with contextlib.suppress(TriptychError):
            reader(junk)
    try:
        stream = read(junk)
    except TriptychError:
        return
    assert write(stream) == junk


@given(streams(longest=40), st.binary(max_size=12), st.data())
def test_what_is_read_after_an_edit_is_canonical(stream: Stream, new: bytes, data: st.DataObject) -> None:
    """Bytes replaced anywhere in a file are noticed, or what is read writes the same bytes again."""
    whole = write(stream)
    start = data.draw(st.integers(0, len(whole)))
    stop = data.draw(st.integers(start, len(whole)))
    edited = whole[:start] + new + whole[stop:]
    try:
        found = read(edited)
    except TriptychError:
        return
    assert write(found) == edited


@given(streams(), FIELDS, FIELDS, st.booleans(), st.binary(max_size=50))
def test_replacing_a_layer_leaves_the_others_bytes(
    stream: Stream, kind: int, coding: int, ancillary: bool, payload: bytes
) -> None:
    """Payloads and checksums of all other layers are the same bytes before and after."""
    layers = {layer.kind: layer for layer in stream.layers} | {kind: RawLayer(kind, coding, ancillary, payload)}
    edited = Stream(stream.width, stream.height, tuple(layers[k] for k in sorted(layers)))

    def parts(of: Stream) -> dict[int, bytes]:
        data = write(of)
        return {e.kind: data[e.offset : e.offset + e.length + 2] for e in scan(data).entries if e.kind != kind}

    assert parts(edited) == parts(stream)


@given(streams(longest=40), SIDES, SIDES)
def test_layers_do_not_fit_another_picture(stream: Stream, width: int, height: int) -> None:
    """Payloads under the header of a picture of another size are damaged, every one of them."""
    assume((width, height) != (stream.width, stream.height))
    data, other = write(stream), write(Stream(width, height, stream.layers))
    mixed = other[: scan(other).header_bytes] + data[scan(data).header_bytes :]
    # A CRC of 16 bits misses one case in 65,536; with several layers at least one notices.
    assert any(entry.error for entry in scan(mixed).entries)


@given(st.integers(0, MAX_NUMBER), st.binary(max_size=3))
def test_numbers_round_trip(value: int, rest: bytes) -> None:
    """Every number reads back and takes exactly its own bytes."""
    cursor = Cursor(write_number(value) + rest)
    assert cursor.number("it") == value
    assert cursor.data[cursor.at :] == rest
