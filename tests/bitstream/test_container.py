"""The container: exact bytes, overhead, canonical form, and every error with its place."""

from __future__ import annotations

import itertools

import pytest

from triptych.bitstream import container
from triptych.bitstream.container import RawLayer, Stream, read, scan, scan_header, write
from triptych.bitstream.cursor import MAX_NUMBER
from triptych.errors import DamagedError, LimitError, TruncatedError, UnsupportedError
from triptych.limits import MAX_SIDE, MAX_STREAM_BYTES, Limits

SMALL = Stream(512, 512, (RawLayer(0, 0, False, b"fox"), RawLayer(1, 2, False, b""), RawLayer(7, 5, True, b"\xff\0")))


def _sealed(head: bytes, body: bytes = b"") -> bytes:
    """A header with a checksum that fits it, and what follows."""
    return head + container.crc8(head) + body


def _entry(kind: int) -> bytes:
    """An entry of an ancillary layer of any kind, coding 0, without bytes."""
    return bytes([0x40 | min(kind, 7) << 3, *([kind - 7] if kind >= 7 else []), 0])


def _crc16(data: bytes) -> bytes:
    """CRC-16 with polynomial 0x1021 and initial value 0xFFFF, bit by bit."""
    crc = 0xFFFF
    for byte in data:
        crc ^= byte << 8
        for _ in range(8):
            crc = crc << 1 ^ (0x11021 if crc & 0x8000 else 0)
    return crc.to_bytes(2, "big")


def test_a_stream_has_these_bytes() -> None:
    """Signature, version and size, one entry a layer, the header's checksum, then each payload with its own."""
    parts = [
        "b75450",
        "10",
        "77",  # signature; version 1, size form 0; 8 x 64 by 8 x 64
        "0003",
        "0a00",
        "fd0002",  # kind 0 coding 0; kind 1 coding 2; last, ancillary, kind 7 + 0 coding 5
        "65",
    ]
    head = bytes.fromhex("".join(parts))
    layers = [(b"\x10\x77\x00\x03", b"fox"), (b"\x10\x77\x0a\x00", b""), (b"\x10\x77\x7d\x00\x02", b"\xff\0")]
    body = b"".join(payload + _crc16(covered + payload) for covered, payload in layers)
    assert write(SMALL).hex() == (head + body).hex()
    assert read(head + body) == SMALL


@pytest.mark.parametrize("size", [(64, 64), (512, 512), (1024, 1024), (1024, 64)])
def test_three_layers_cost_at_most_twenty_bytes(size: tuple[int, int]) -> None:
    """Header, lengths and all checksums of three layers take at most 20 bytes, however 655 bytes are divided."""
    for a, b in itertools.product(range(0, 636, 5), repeat=2):
        if a + b > 635:
            continue
        payloads = {0: bytes(a), 1: bytes(b), 3: bytes(635 - a - b)}
        layers = tuple(RawLayer(kind, 0, False, payload) for kind, payload in payloads.items())
        assert len(write(Stream(*size, layers))) <= 655


@pytest.mark.parametrize("kinds", [1, 2, 3, 4, 8, 64])
def test_every_number_of_layers(kinds: int) -> None:
    """One to 64 layers read back as they were written."""
    layers = tuple(RawLayer(k, 64 - k, k % 2 == 1, bytes([k]) * 100 * k) for k in range(64 - kinds, 64))
    stream = Stream(100, 7, layers)
    assert read(write(stream)) == stream


@pytest.mark.parametrize(
    ("size", "written"),
    [
        ((64, 64), "1000"), ((1024, 1024), "10ff"), ((512, 768), "107b"), ((1024, 64), "10f0"),
        ((1, 1), "110000"), ((2, 2), "120000"), ((3, 2), "110201"), ((4, 4), "130000"), ((8, 24), "140002"),
        ((16, 16), "150000"), ((600, 400), "144a31"), ((32, 32), "160000"), ((1088, 64), "171000"),
        ((1920, 1080), "14e00f86"), ((65536, 65536), "17e31fe31f"), ((65535, 1), "11ff00e01e00"),
        ((16384, 16384), "17e01fe01f"), ((1025, 1), "11e32000"), ((64, 32), "160100"),
    ],
)  # fmt: skip
def test_sizes_have_these_bytes(size: tuple[int, int], written: str) -> None:
    """Each size has one form: the packed one for multiples of 64 up to 1,024, else the largest power of two."""
    data = write(Stream(*size, (RawLayer(0, 0, False, b"x"),)))
    assert data[3:-6].hex() == written
    found = scan_header(data)
    assert (found.width, found.height) == size


def test_every_form_of_a_size_but_the_shortest_is_refused() -> None:
    """A size written in another form than the writer's is damaged, so bytes stay canonical."""
    entry = b"\x80\0"
    for width, height in [(512, 512), (600, 400), (64, 1088), (2, 2), (1, 1), (96, 96)]:
        right = write(Stream(width, height, (RawLayer(0, 0, False, b""),)))[3:]
        for form in range(1, 8):
            unit = 1 << form - 1
            if width % unit or height % unit:
                continue
            size = bytes([0x10 | form]) + b"".join(container.write_number(s // unit - 1) for s in (width, height))
            data = _sealed(b"\xb7TP" + size + entry)
            if right.startswith(size):
                assert scan_header(data).width == width
            else:
                with pytest.raises(DamagedError, match="at byte 3 is not in its shortest form"):
                    scan_header(data)


@pytest.mark.parametrize("size", [(0, 5), (5, 0), (MAX_SIDE + 1, 5), (-64, 64)])
def test_sizes_out_of_range_cannot_be_written(size: tuple[int, int]) -> None:
    """A side is 1 to 65,536 pixels."""
    with pytest.raises(ValueError, match="sides are 1"):
        write(Stream(*size, (RawLayer(0, 0, False, b""),)))


@pytest.mark.parametrize(
    "layers",
    [
        (),
        (RawLayer(1, 0, False, b""), RawLayer(0, 0, False, b"")),
        (RawLayer(1, 0, False, b""), RawLayer(1, 0, False, b"")),
        tuple(RawLayer(kind, 0, True, b"") for kind in range(65)),
        (RawLayer(7 + MAX_NUMBER + 1, 0, False, b""),),
        (RawLayer(-1, 0, False, b""),),
        (RawLayer(0, 7 + MAX_NUMBER + 1, False, b""),),
        (RawLayer(0, -1, False, b""),),
        (RawLayer(0, 0, False, bytes(MAX_STREAM_BYTES)),),
    ],
    ids=[
        "none",
        "descending",
        "twice",
        "65",
        "kind too large",
        "kind -1",
        "coding too large",
        "coding -1",
        "too large",
    ],
)
def test_streams_that_break_a_rule_cannot_be_written(layers: tuple[RawLayer, ...]) -> None:
    """The writer refuses what no reader would accept."""
    with pytest.raises(ValueError):
        write(Stream(64, 64, layers))


@pytest.mark.parametrize(
    ("data", "error", "message"),
    [
        (b"", TruncatedError, "the signature needs 3 bytes at byte 0, 0 are left"),
        (b"\xb7T", TruncatedError, "the signature needs 3 bytes at byte 0, 2 are left"),
        (b"\x89PNG\r\n", DamagedError, "not a Triptych file: the signature b7 54 50 is missing at byte 0"),
        (b"\xb7TP", TruncatedError, "the version needs 1 bytes at byte 3"),
        (b"\xb7TP\x20\x77", UnsupportedError, "format version 2; this Triptych reads version 1"),
        (b"\xb7TP\x00\x77", UnsupportedError, "format version 0"),
        (b"\xb7TP\x18\0\0", UnsupportedError, "size form 8 at byte 3"),
        (b"\xb7TP\x10", TruncatedError, "the picture's size needs 1 bytes at byte 4"),
        (b"\xb7TP\x11\x05", TruncatedError, "the picture's size needs 1 bytes at byte 5"),
        (_sealed(b"\xb7TP\x11\xff\xff\xff\xff\0\x80\0"), DamagedError, "the format has 65536 a side"),
        (_sealed(b"\xb7TP\x17\xe3\x20\0\x80\0"), DamagedError, "65600 x 64"),
        (b"\xb7TP\x17\xe3\x20\0\x80\0\0", DamagedError, "its checksum does not match"),
        (b"\xb7TP\x10\x77", TruncatedError, "the list of layers needs 1 bytes at byte 5"),
        (b"\xb7TP\x10\x77\x80", TruncatedError, "a layer's length needs 1 bytes at byte 6"),
        (b"\xb7TP\x10\x77\x80\xff\0", TruncatedError, "a layer's length needs 3 bytes at byte 7"),
        (b"\xb7TP\x10\x77\x3f", TruncatedError, "a layer's kind or coding needs 1 bytes at byte 6"),
        (b"\xb7TP\x10\x77\x3f\0", TruncatedError, "a layer's kind or coding needs 1 bytes at byte 7"),
        (b"\xb7TP\x10\x77\x38\x01\0\xb8\x01\0", DamagedError, "out of order at byte 8"),
        (b"\xb7TP\x10\x77" + b"".join(_entry(kind) for kind in range(65)), DamagedError, "more than 64 layers"),
        (b"\xb7TP\x10\x77\x08\x01\x80\x01", DamagedError, "out of order at byte 7"),
        (b"\xb7TP\x10\x77\x08\x01\x88\x01", DamagedError, "out of order at byte 7"),
        (b"\xb7TP\x10\x77\x80\x01", TruncatedError, "the header's checksum needs 1 bytes at byte 7"),
        (b"\xb7TP\x10\x77\x80\x01\x00", DamagedError, r"the header \(bytes 0 to 7\) is damaged"),
        (
            _sealed(b"\xb7TP\x10\x77\x80\x03", b"fo"),
            TruncatedError,
            "semantic layer at byte 8 was cut off: 3 of",
        ),
        (
            _sealed(b"\xb7TP\x10\x77\x80\x03", b"fox\0\0"),
            DamagedError,
            "semantic layer at bytes 8 to 12 is damaged",
        ),
        (write(SMALL) + b"\0\0", DamagedError, "2 bytes follow the last layer"),
    ],
)
def test_errors_say_what_and_where(data: bytes, error: type[Exception], message: str) -> None:
    """Each fault has its own class of error and names the byte it was found at."""
    with pytest.raises(error, match=message) as caught:
        read(data)
    assert type(caught.value) is error
    assert "\n" not in str(caught.value)


def test_a_damaged_layer_costs_that_layer_only() -> None:
    """Scanning a stream with one flipped payload byte keeps all other layers."""
    data = bytearray(write(SMALL))
    data[scan(bytes(data)).entries[0].offset] ^= 1
    found = scan(bytes(data))
    assert [entry.layer is None for entry in found.entries] == [True, False, False]
    assert isinstance(found.entries[0].error, DamagedError)
    assert tuple(e.layer for e in found.entries[1:]) == SMALL.layers[1:]


def test_a_cut_file_keeps_the_layers_before_the_cut() -> None:
    """Scanning a shortened stream gives the layers that are whole, and an error for each of the others."""
    data = write(SMALL)
    ends = [entry.offset + entry.length + 2 for entry in scan(data).entries]
    for length in range(scan(data).header_bytes, len(data)):
        found = scan(data[:length])
        assert [entry.layer is not None for entry in found.entries] == [end <= length for end in ends]
        assert all(isinstance(entry.error, TruncatedError) for entry in found.entries if entry.layer is None)
        with pytest.raises(TruncatedError):
            read(data[:length])


def test_checksums_depend_on_the_layers_place_in_the_picture() -> None:
    """A payload moved to another size, kind or coding is noticed, because its checksum covers these too."""
    data = write(Stream(512, 512, (RawLayer(0, 0, False, b"fox"),)))
    body = data[-5:]
    for size, tag in [(b"\x10\x76", b"\x80"), (b"\x10\x77", b"\x88"), (b"\x10\x77", b"\x81"), (b"\x10\x77", b"\xc0")]:
        forged = _sealed(b"\xb7TP" + size + tag + b"\x03", body)
        with pytest.raises(DamagedError, match="its checksum does not match"):
            read(forged)


def test_a_layer_keeps_its_bytes_when_others_come_and_go() -> None:
    """Payload and checksum of a layer do not depend on which other layers the stream has."""
    bodies = set()
    for others in [(), (RawLayer(1, 0, False, b"other"),), (RawLayer(5, 1, True, b"more"), RawLayer(6, 0, True, b""))]:
        data = write(Stream(640, 480, (RawLayer(0, 1, False, b"fox"), *others)))
        entry = scan(data).entries[0]
        bodies.add(data[entry.offset : entry.offset + entry.length + 2])
    assert len(bodies) == 1


def test_files_over_the_readers_limit_are_refused_unread() -> None:
    """A reader's own limit on bytes is a LimitError that states both numbers."""
    data = write(SMALL)
    assert read(data, Limits(stream_bytes=len(data))) == SMALL
    with pytest.raises(LimitError, match=f"{len(data)} bytes, the limit is {len(data) - 1}"):
        read(data, Limits(stream_bytes=len(data) - 1))


def test_the_header_alone_is_read_from_the_first_bytes() -> None:
    """Size and list of layers are known without a single byte of payload, and most headers are under 50 bytes."""
    layers = tuple(RawLayer(kind, 6, True, bytes(9000)) for kind in range(7))
    data = write(Stream(65535, 65533, layers))
    found = scan_header(data[:48])
    assert found.header_bytes <= 48
    assert [(e.kind, e.coding, e.ancillary, e.length) for e in found.entries] == [(k, 6, True, 9000) for k in range(7)]
    assert all(entry.layer is None for entry in found.entries)


@pytest.mark.parametrize(
    ("kind", "coding", "entry"),
    [
        (6, 6, "f603"), (7, 0, "f80003"), (0, 7, "c70003"), (7, 7, "ff000003"), (9, 231, "ff02e00003"),
        (7 + 223, 1, "f9df03"), (7 + 224, 1, "f9e00003"), (7 + 8160, 7 + MAX_NUMBER, "ffff000000ffffffff03"),
    ],
)  # fmt: skip
def test_large_kinds_and_codings_take_numbers_of_their_own(kind: int, coding: int, entry: str) -> None:
    """Seven in the tag stands for seven plus the number that follows, first for the kind, then for the coding."""
    layer = RawLayer(kind, coding, True, b"fox")
    data = write(Stream(64, 64, (layer,)))
    assert data[5 : 5 + len(entry) // 2].hex() == entry
    assert read(data).layers == (layer,)
    found = scan(data).entries[0]
    assert found.cost == container.overhead(kind, coding, 3) + 3 == len(data) - 6
    assert data[-2:] == _crc16(b"\x10\0" + bytes([data[5] & 0x7F]) + data[6 : 5 + len(entry) // 2] + b"fox")
