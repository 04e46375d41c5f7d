"""The semantic layer: the choice of coding, limits, and what damaged text does."""

from __future__ import annotations

import pytest

from triptych.errors import DamagedError, InputError, LimitError
from triptych.layers import SemanticLayer
from triptych.layers.text.layer import MODELLED, QUICK, RAW
from triptych.layers.text.model import decode_counted, encode_counted, encode_text
from triptych.limits import MAX_TEXT_TOKENS

SIZE = (512, 512)


@pytest.mark.parametrize("text", ["", "a", "a photo of a cat", "two\nlines", "Ä 猫 🐈", "x" * 4096, "🐈" * 400])
def test_texts_round_trip(text: str) -> None:
    """Any text of up to 4,096 characters comes back unchanged."""
    layer = SemanticLayer.from_text(text, SIZE)
    assert SemanticLayer(SIZE, layer.coding, layer.payload).text == text
    assert layer.summary() == {"text": text}


@pytest.mark.parametrize("text", ["", "a photo of a cat", "Ä 猫 🐈"])
def test_texts_of_coding_1_are_read(text: str) -> None:
    """What earlier versions wrote."""
    assert SemanticLayer(SIZE, MODELLED, encode_text(text)).text == text


def test_the_shorter_coding_is_taken() -> None:
    """Prose is modelled; where the model gains nothing the text is written as it is."""
    modelled = SemanticLayer.from_text("a photo of a cat sitting on a chair", SIZE)
    assert modelled.coding == QUICK and len(modelled.payload) < 12
    assert SemanticLayer.from_text("", SIZE) == SemanticLayer(SIZE, RAW, b"")
    odd = "\x01\x7f\x02\x80\x03"
    assert len(SemanticLayer.from_text(odd, SIZE).payload) <= len(odd.encode())


def test_texts_over_the_limit_cannot_be_written() -> None:
    """One character more than 4,096 is refused, and the message has both numbers."""
    with pytest.raises(InputError, match="at most 4096 characters, not 4097"):
        SemanticLayer.from_text("x" * 4097, SIZE)


def test_lone_surrogates_cannot_be_written() -> None:
    """What UTF-8 cannot carry is refused."""
    with pytest.raises(InputError, match="surrogate"):
        SemanticLayer.from_text("a\ud800", SIZE)


@pytest.mark.parametrize("payload", [b"\xff", b"ab\xc3", b"\xed\xa0\x80", b"\xc0\x80", b"\xf4\x90\x80\x80"])
def test_raw_text_must_be_utf8(payload: bytes) -> None:
    """Bytes that are no UTF-8 are damage, and the message has their place."""
    with pytest.raises(DamagedError, match=r"not valid UTF-8 at its byte \d"):
        _ = SemanticLayer(SIZE, RAW, payload).text


def test_raw_text_over_the_limit_is_damaged() -> None:
    """The limit counts characters, not bytes."""
    assert len(SemanticLayer(SIZE, RAW, "é".encode() * 4096).text) == 4096
    with pytest.raises(DamagedError, match="has 4097 characters"):
        _ = SemanticLayer(SIZE, RAW, b"x" * 4097).text


def test_texts_that_take_long_to_read_are_stored_raw() -> None:
    """A text of more tokens than a modelled one may have is stored as it is; a payload with more is damaged."""
    rare = "".join(chr(0x4E00 + 37 * i % 4000) for i in range(1000))
    layer = SemanticLayer.from_text(rare, (64, 64))
    assert (layer.coding, layer.text) == (0, rare)
    with pytest.raises(LimitError, match="tokens; a modelled one has at most 2048"):
        encode_text(rare)
    payload, tokens = encode_counted(rare, 1 << 20)
    assert tokens > MAX_TEXT_TOKENS and decode_counted(payload, 4096, tokens) == (rare, tokens)
    with pytest.raises(DamagedError, match="more than 2048 tokens"):
        _ = SemanticLayer((64, 64), 1, payload).text
    with pytest.raises(DamagedError, match=f"more than {tokens - 1} tokens"):
        decode_counted(payload, 4096, tokens - 1)
