"""Settings in binary form: short, and refused where they are not laid out as the specification says."""

from __future__ import annotations

import pytest

from triptych.bitstream.cursor import write_number
from triptych.errors import DamagedError
from triptych.layers import Recipe
from triptych.layers.recipe.settings import known_names, pack, unpack
from triptych.layers.text.model import decode_counted_again, encode_counted, encode_text
from triptych.limits import MAX_LORAS, MAX_SETTINGS_BYTES, MAX_SETTINGS_TOKENS, MAX_TEXT_CHARS

SIZE = (512, 512)


@pytest.mark.parametrize(
    ("recipe", "coded"),
    [
        (Recipe(), ""),
        (Recipe(seed=0), "20"),
        (Recipe(seed=7), "21 07"),
        (Recipe(seed=258), "22 02 01"),
        (Recipe(seed=2**64 - 1), "28" + "ff" * 8),
        (Recipe(seed=-1), "29 00"),
        (Recipe(seed=-2), "29 01 01"),
        (Recipe(guidance="7.5"), "4a 7a 5f"),
        (Recipe(guidance="7"), "4a 7f"),
        (Recipe(guidance="10"), "4a 10 ff"),
        (Recipe(tool="A1111"), "0d 00"),
        (Recipe(model_hash="9aba26abdf"), "8e 14 9a ba 26 ab df"),
        (Recipe(model_hash="4BDE2A9"), "8e 0f 4b de 2a 9f"),
        (Recipe(loras=(("", None),)), "9b 00"),
        (Recipe(size=(513, 512)), "b4 00 02 ff 01"),
    ],
)
def test_known_forms(recipe: Recipe, coded: str) -> None:
    """The bytes are those of the specification, and are read as what they were."""
    data = bytes.fromhex(coded)
    assert pack(recipe, SIZE) == data
    assert unpack(data) == recipe


def test_a_text_that_starts_with_a_known_name_is_joined() -> None:
    """The name takes one byte, the rest what it needs."""
    recipe = Recipe(model="flux1-dev.safetensors")
    assert len(pack(recipe, SIZE)) == 4
    assert unpack(pack(recipe, SIZE)) == recipe


def test_plain_settings_do_without_the_text_model() -> None:
    """In front of blocks texts stay readable, so that they match those of the blocks."""
    recipe = Recipe(negative="a blurry photograph of a fox")
    assert b"photograph" in pack(recipe, SIZE, plain=True)
    assert b"photograph" not in pack(recipe, SIZE)


def test_reserved_fields_are_passed_over() -> None:
    """A later version may add fields 12 to 15 in any form."""
    assert unpack(bytes.fromhex("21 07 c1 05 d9 01 63 ea 1f fb 01 66")) == Recipe(seed=7)


@pytest.mark.parametrize("field", range(12))
def test_a_field_of_the_wrong_type_is_damaged(field: int) -> None:
    """A number where a text belongs, and the other way round."""
    wrong = b"\x0a\x1f" if field in (2, 3, 11) else b"\x01\x07"
    lora = b"\x9a\xff" if field == 10 else b""
    with pytest.raises(DamagedError):
        unpack(lora + bytes([field << 4 | wrong[0]]) + wrong[1:])


def test_texts_coded_by_the_model_have_a_limit_together() -> None:
    """What a file may ask of the text model is bounded; a writer stores the rest as it is."""
    recipe = Recipe(
        negative="masterpiece, best quality, " * (MAX_TEXT_CHARS // 27), model="a model with a long name " * 9
    )
    data = pack(recipe, SIZE)
    assert unpack(data) == recipe
    alone = pack(Recipe(negative=recipe.negative), SIZE)
    model = pack(Recipe(model=recipe.model), SIZE)
    with pytest.raises(DamagedError, match="characters"):
        unpack(alone + model)


def test_more_than_the_limits_is_damaged() -> None:
    """Of bytes, and of LoRAs."""
    with pytest.raises(DamagedError, match=str(MAX_SETTINGS_BYTES)):
        unpack(bytes(MAX_SETTINGS_BYTES + 1))
    with pytest.raises(DamagedError, match=str(MAX_LORAS)):
        unpack(b"\x9a\xff" * (MAX_LORAS + 1))


def test_every_cut_is_damaged_or_a_whole_field_less() -> None:
    """A payload that was cut never gives a setting that was not there."""
    recipe = Recipe(
        tool="A1111", negative="blurry", seed=2**40, guidance="7.5", model="dreamshaper_9", model_hash="ab0"
    )
    data = pack(recipe, SIZE)
    for length in range(len(data)):
        try:
            found = unpack(data[:length]).facts()
        except DamagedError:
            continue
        assert found.items() <= recipe.facts().items()


def test_known_names_have_one_number_each() -> None:
    """A byte is enough for it, and none is there twice or empty."""
    names = known_names()
    assert list(names.values()) == list(range(len(names)))
    assert 18 < len(names) <= 256 and "" not in names
    assert names["A1111"] == 0


def test_tokens_have_a_limit_together() -> None:
    """Texts that would take long to read are stored raw once the layer's tokens are used up; more are damage."""
    rare = ["".join(chr(0x4E00 + (37 * i + k) % 4000) for i in range(150)) for k in range(6)]
    recipe = Recipe(
        tool=rare[0], negative=rare[1], sampler=rare[2], scheduler=rare[3], model=rare[4], model_hash=rare[5]
    )
    data = pack(recipe, (64, 64))
    assert unpack(data) == recipe
    coded = sum(encode_counted(text)[1] for text in rare)
    assert coded > MAX_SETTINGS_TOKENS
    payload = encode_text(rare[0])
    field = write_number(len(payload)) + payload
    damaged = b"".join(bytes([number << 4 | 12]) + field for number in (0, 1, 5, 6, 7, 8))
    with pytest.raises(DamagedError, match="tokens"):
        unpack(damaged)


def test_texts_that_recipes_share_are_read_once() -> None:
    """Another recipe with the same texts asks the network for nothing, and what is left to read counts as before."""
    texts = {"negative": "blurry hands, a dull grey sky", "model": "some model of mine"}
    first, second = (pack(Recipe(seed=seed, **texts), (64, 64)) for seed in (1, 2))
    assert unpack(first).negative == texts["negative"]
    before = decode_counted_again.cache_info()
    assert unpack(second) == Recipe(seed=2, **texts)
    after = decode_counted_again.cache_info()
    assert after.misses == before.misses and after.hits > before.hits
