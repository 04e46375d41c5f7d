"""The bare form: the same layers without signature and with one checksum."""

from __future__ import annotations

import pytest

from triptych.bitstream import bare, container
from triptych.bitstream.container import RawLayer, Stream
from triptych.errors import DamagedError, TriptychError, UnsupportedError

TWO = Stream(512, 512, (RawLayer(1, 0, False, b"colours"), RawLayer(3, 0, False, b"edges")))
SEVERAL = Stream(
    501, 333, (RawLayer(0, 1, False, b"a"), RawLayer(3, 9, False, b""), RawLayer(300, 2, True, b"x" * 300))
)


def test_two_layers_take_six_bytes_of_container() -> None:
    """Size, two entries of which one has a length, and a checksum."""
    assert len(bare.write_bare(TWO)) == 6 + len(b"coloursedges")


@pytest.mark.parametrize("stream", [TWO, SEVERAL])
def test_files_and_bare_forms_are_the_same(stream: Stream) -> None:
    """Each becomes the other and back without loss, also as text."""
    data = container.write(stream)
    form = bare.write_bare(container.read(data))
    assert container.write(bare.read_bare(form)) == data
    assert bare.from_text(bare.to_text(form)) == form
    assert bare.is_bare(form) and not bare.is_bare(data)


def test_every_flipped_bit_is_found() -> None:
    """The one checksum covers everything; a first byte of another version says so."""
    form = bare.write_bare(TWO)
    for at in range(8 * len(form)):
        broken = bytearray(form)
        broken[at // 8] ^= 1 << at % 8
        with pytest.raises((DamagedError, UnsupportedError)):
            bare.read_bare(bytes(broken))


def test_a_cut_form_is_refused() -> None:
    """It has no second checksum to tell which part is whole; of 256 cuts the one that it has lets one pass."""
    form = bare.write_bare(TWO)
    for length in range(len(form)):
        with pytest.raises(TriptychError):
            bare.read_bare(form[:length])


@pytest.mark.parametrize("body", ["10770103", "107708008801", "107708ff", "1177", "17070780", "10"])
def test_broken_rules_are_refused(body: str) -> None:
    """A length beyond the end, kinds that do not ascend, a size in another form: with a checksum that fits."""
    data = bytes.fromhex(body)
    with pytest.raises(DamagedError):
        bare.read_bare(data + container.crc8(data))


@pytest.mark.parametrize("text", ["", "é", "EHc=x", "EHd", "E"])
def test_texts_that_are_none(text: str) -> None:
    """Other letters, bits that belong to no byte, nothing at all: one clear error."""
    with pytest.raises(DamagedError):
        bare.read_bare(bare.from_text(text))
