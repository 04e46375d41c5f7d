"""Prompts that are unpacked together are those that are unpacked one by one."""

from __future__ import annotations

import random
from contextlib import suppress

import pytest

from triptych.bitstream.cursor import write_number
from triptych.errors import DamagedError
from triptych.layers import Recipe, RecipeLayer, SemanticLayer, unpack_texts
from triptych.layers.recipe import settings
from triptych.layers.text import NARROW, WIDE, many
from triptych.layers.text.layer import MODELLED, QUICK, RAW
from triptych.layers.text.many import decode_texts
from triptych.layers.text.model import decode_counted, encode_text
from triptych.limits import MAX_TEXT_CHARS

TEXTS = ["", "a photo of a cat", "A red fox, 8K, trending on ArtStation", "富士山 😀", "xqzv jkwp 0x7f", "two\nlines"]


@pytest.mark.parametrize("network", [WIDE, NARROW])
def test_texts_together_are_as_one_by_one(network: str) -> None:
    """Whole payloads of all lengths, the same one twice, many that begin alike, none at all."""
    alike = ["a photo of a cat in a hat", "a photo of a dog", "a photo of two", "a photo", "a"]
    texts = [*TEXTS, TEXTS[1], *alike, *(f"{text}, {text}" for text in alike)]
    payloads = [encode_text(text, network) for text in texts]
    assert [text and text[0] for text in decode_texts(payloads, network)] == texts
    assert decode_texts([]) == []


@pytest.mark.parametrize(("at_once", "network"), [(1, WIDE), (5, NARROW), (many.AT_ONCE, WIDE), (many.AT_ONCE, NARROW)])
def test_damaged_payloads_are_found_and_cost_nobody_else(
    at_once: int, network: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Cut, changed, lengthened and random bytes give what one by one they give, however many are read in step."""
    monkeypatch.setattr(many, "AT_ONCE", at_once)
    rng = random.Random(5)
    payloads = [rng.randbytes(rng.randint(0, 12)) for _ in range(20)] + [b"\0", b"ab\0"]
    for text in TEXTS:
        data = encode_text(text, network)
        payloads += [data, data[:-1], data + b"\1\2\3\4\5", bytes([rng.randrange(256), *data[1:]])]
    expected: list[tuple[str, int] | None] = []
    for data in payloads:
        expected.append(None)
        with suppress(DamagedError):
            expected[-1] = decode_counted(data, MAX_TEXT_CHARS, network=network)
    assert None in expected and decode_texts(payloads, network) == expected


def test_layers_know_their_prompts_afterwards() -> None:
    """Other layers and damaged ones are left as they are."""
    layers = [SemanticLayer.from_text(text, (64, 64)) for text in TEXTS]
    old = [SemanticLayer((64, 64), MODELLED, encode_text(text)) for text in TEXTS]
    broken = [SemanticLayer((64, 64), coding, b"\0") for coding in (MODELLED, QUICK)]
    assert {layer.coding for layer in layers} == {RAW, QUICK}
    unpack_texts([*layers, *old, *broken])
    for some in (layers, old):
        assert all(layer.__dict__["value"] == text for layer, text in zip(some, TEXTS, strict=True) if layer.coding)
        assert [layer.text for layer in some] == TEXTS
    assert not any("value" in layer.__dict__ for layer in broken)


def test_the_same_payload_in_two_codings_is_two_texts() -> None:
    """Which network coded a text belongs to what is known of it."""
    data = encode_text("a photo of a cat")
    layers = [SemanticLayer((64, 64), coding, data) for coding in (MODELLED, QUICK, MODELLED, QUICK)]
    other = SemanticLayer((64, 64), QUICK, encode_text("a red fox", NARROW))
    for _ in range(2):
        unpack_texts([*layers, other])
    with suppress(DamagedError):
        assert layers[1].text != layers[0].text == "a photo of a cat"


def test_recipes_know_their_texts_afterwards() -> None:
    """Those with texts of their own, more of them than are read together, and one beyond the limits as it is alone."""
    texts = [f"{text}, by nobody {number}" for number, text in enumerate(TEXTS)]
    recipes = [Recipe(negative=text, model=f"{text} v2", seed=7) for text in texts]
    recipes.append(Recipe(loras=tuple((text, "0.5") for text in texts), tool="ComfyUI"))
    layers = [RecipeLayer.from_recipe(recipe, (64, 64)) for recipe in recipes]
    coded = encode_text("one two three " * 200)
    field = write_number(len(coded)) + coded
    over = RecipeLayer((64, 64), 0, bytes([settings.TOOL << 4 | settings.CODED]) + field
                       + bytes([settings.NEGATIVE << 4 | settings.CODED]) + field)  # fmt: skip
    fresh = [RecipeLayer((64, 64), 0, layer.payload) for layer in layers]
    unpack_texts([*fresh, over, RecipeLayer((64, 64), 0, b"\xff")])
    assert all("value" in layer.__dict__ for layer in fresh) and [layer.recipe for layer in fresh] == recipes
    assert over.coded_texts() == [coded, coded] and "value" not in over.__dict__
    with pytest.raises(DamagedError, match="more than"):
        _ = over.recipe
