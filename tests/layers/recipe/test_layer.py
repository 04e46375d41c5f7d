"""The recipe layer: settings and metadata blocks come back exactly, small, and junk does no harm."""

from __future__ import annotations

import json
import zlib
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from triptych.errors import InputError, LimitError, TriptychError, UnsupportedError
from triptych.layers import KINDS, Block, Recipe, RecipeLayer
from triptych.layers.recipe import BLOCK_KINDS
from triptych.layers.recipe.layer import CORE, FULL
from triptych.limits import MAX_BLOCK_BYTES, MAX_BLOCK_NAME, MAX_BLOCKS, MAX_LORAS, MAX_SETTINGS_BYTES

SIZE = (512, 512)
CORE_RECIPE = Recipe(
    tool="A1111",
    negative="lowres, bad anatomy, blurry",
    seed=3476144292,
    sampler="DPM++ 2M",
    scheduler="Karras",
    steps=20,
    guidance="4.5",
    model="dreamshaper_8",
    model_hash="9aba26abdf",
    loras=(("detail", "0.8"), ("plain", None)),
    size=(512, 768),
)


def _again(recipe: Recipe) -> tuple[RecipeLayer, Recipe]:
    layer = RecipeLayer.from_recipe(recipe, SIZE)
    return layer, RecipeLayer(SIZE, layer.coding, layer.payload).recipe


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
words = st.none() | texts
recipes = st.builds(
    Recipe,
    tool=words,
    negative=words,
    seed=st.none() | st.integers(-(2**64), 2**64 - 1),
    sampler=words,
    scheduler=words,
    steps=st.none() | st.integers(0, 10**6),
    guidance=words | st.decimals(allow_nan=False).map(str),
    model=words,
    model_hash=words | st.text("0123456789abcdef", max_size=300) | st.text("0123456789ABCDEF", max_size=64),
    loras=st.lists(st.tuples(texts, words), max_size=3).map(tuple),
    size=st.none() | st.tuples(st.integers(1, 65536), st.integers(1, 500)),
)
labels = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=60)
blocks = st.lists(st.builds(Block, st.sampled_from(BLOCK_KINDS), labels, st.binary(max_size=500), labels), max_size=4)


def test_the_layer_is_ancillary_and_has_its_number() -> None:
    """Kind 4 is the recipe, and readers may skip it."""
    assert KINDS[4] is RecipeLayer
    assert RecipeLayer.ancillary and RecipeLayer.name == "recipe"


def test_settings_come_back_in_few_bytes() -> None:
    """Every setting survives, in much less than deflate needs."""
    layer, back = _again(CORE_RECIPE)
    assert back == CORE_RECIPE
    assert layer.coding == CORE
    assert len(layer.payload) < 75 < len(zlib.compress(json.dumps(CORE_RECIPE.facts()).encode(), 9))


def test_an_empty_recipe_is_false() -> None:
    """Nothing known is nothing to store; anything known is something."""
    assert not Recipe()
    assert Recipe(steps=0) and Recipe(blocks=(Block.from_text("a", ""),))
    assert _again(Recipe())[0].payload == b""


def test_the_size_is_stored_only_if_it_differs() -> None:
    """A recipe for the picture's own size needs no bytes for it."""
    assert _again(Recipe(steps=20, size=SIZE))[1].size is None
    assert _again(Recipe(steps=20, size=(512, 640)))[1].size == (512, 640)


@pytest.mark.parametrize(
    "guidance", ["7", "7.0", "7.50", "6.000000", "1e-05", "inf", "", "0.1000000000000000055", "7,5", "1" * 65]
)
def test_decimals_stay_as_they_are_written(guidance: str) -> None:
    """A number is its digits; none is lost or rounded."""
    assert _again(Recipe(guidance=guidance))[1].guidance == guidance


@settings(max_examples=60, deadline=None)
@given(recipes)
def test_any_settings_come_back(recipe: Recipe) -> None:
    """Whatever the settings are, in any language, they survive."""
    assert _again(recipe)[1] == recipe


@settings(max_examples=60, deadline=None)
@given(blocks)
def test_any_blocks_come_back_to_the_last_byte(blocks: list[Block]) -> None:
    """Blocks need not be what their kinds and names say, and may repeat."""
    recipe = Recipe(steps=1, blocks=tuple(blocks))
    layer, back = _again(recipe)
    assert back == recipe
    assert layer.coding == (FULL if blocks else CORE)


@pytest.mark.parametrize("data", [b"", b"\0", bytes(MAX_BLOCK_BYTES), b"fox" * 500_000])
def test_blocks_of_any_length_come_back(data: bytes) -> None:
    """From nothing to the most that is allowed."""
    recipe = Recipe(blocks=(Block("exif", "Exif", data),))
    layer, back = _again(recipe)
    assert back == recipe
    assert len(layer.payload) < 10_000


@settings(max_examples=60, deadline=None)
@given(texts, st.sampled_from(["utf-16-be", "utf-16-le"]), st.binary(max_size=5))
def test_exif_with_a_text_in_utf_16_comes_back(text: str, encoding: str, junk: bytes) -> None:
    """Also where it is not quite what it seems."""
    data = b"MM\0*UNICODE\0" + text.encode(encoding) + junk
    recipe = Recipe(blocks=(Block("exif", "Exif", data),))
    assert _again(recipe)[1] == recipe


def test_a_text_in_utf_16_takes_little_more_than_in_utf_8() -> None:
    """A1111 writes its settings so into JPEG and WebP."""
    text = "a fox in the snow at night, Steps: 20, Sampler: Euler a, CFG scale: 7, Seed: 123456789, Size: 512x512"
    narrow = Recipe(blocks=(Block("exif", "Exif", b"UNICODE\0" + text.encode()),))
    wide = Recipe(blocks=(Block("exif", "Exif", b"UNICODE\0" + text.encode("utf-16-be")),))
    assert len(_again(wide)[0].payload) < len(_again(narrow)[0].payload) + 8


@pytest.mark.parametrize(
    ("recipe", "error"),
    [
        (Recipe(seed=2**64), InputError),
        (Recipe(seed=-(2**64) - 1), InputError),
        (Recipe(size=(0, 512)), InputError),
        (Recipe(size=(512, 65537)), InputError),
        (Recipe(model="\ud800"), InputError),
        (Recipe(negative="x" * (MAX_SETTINGS_BYTES + 1)), LimitError),
        (Recipe(loras=(("a", None),) * (MAX_LORAS + 1)), LimitError),
        (Recipe(blocks=(Block("video", "a", b""),)), InputError),
        (Recipe(blocks=(Block("text", "a\0b", b""),)), InputError),
        (Recipe(blocks=(Block("text", "\ud800", b""),)), InputError),
        (Recipe(blocks=(Block("text", "a" * (MAX_BLOCK_NAME + 1), b""),)), InputError),
        (Recipe(blocks=(Block("text", "a", bytes(MAX_BLOCK_BYTES)), Block("text", "b", b"x"))), LimitError),
        (Recipe(blocks=(Block("text", "a", b""),) * (MAX_BLOCKS + 1)), LimitError),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_cannot_be_stored_is_refused(recipe: Recipe, error: type[TriptychError]) -> None:
    """One of our own errors tells before anything is written."""
    with pytest.raises(error):
        RecipeLayer.from_recipe(recipe, SIZE)


def test_a_coding_of_tomorrow_is_told() -> None:
    """A coding that this version does not know asks for an update."""
    with pytest.raises(UnsupportedError, match="coding 2"):
        _ = RecipeLayer(SIZE, 2, b"\0").recipe


@settings(max_examples=300, deadline=None)
@given(st.sampled_from([CORE, FULL]), st.binary(max_size=60))
def test_junk_is_refused_or_read(coding: int, junk: bytes) -> None:
    """Whatever the bytes are, the answer is a recipe or one of our own errors."""
    with suppress(TriptychError):
        RecipeLayer(SIZE, coding, junk).summary()


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_damage_is_refused_or_read(data: st.DataObject) -> None:
    """So it is for a good payload in which a byte is changed, or that is cut."""
    recipe = Recipe(seed=7, negative="blurry", blocks=(Block.from_text("parameters", "a fox\nSteps: 28, Seed: 7"),))
    payload = bytearray(RecipeLayer.from_recipe(recipe, SIZE).payload)
    at = data.draw(st.integers(0, len(payload) - 1))
    payload[at] ^= data.draw(st.integers(1, 255))
    del payload[data.draw(st.integers(0, len(payload))) :]
    with suppress(TriptychError):
        RecipeLayer(SIZE, FULL, bytes(payload)).summary()


@pytest.mark.parametrize("name", ["NUL.txt", "con", "aux.a.b", "com1..x", "LPT9"])
def test_no_name_of_a_block_is_a_device(name: str) -> None:
    """Names that Windows keeps for devices get another beginning, whatever follows their first dot, and it ends."""
    layer = RecipeLayer.from_recipe(Recipe(blocks=(Block("text", name, b"x"),) * 3), (64, 64))
    names = [file for file in layer.files() if file != "recipe.json"]
    assert len({file.lower() for file in names}) == 3
    assert all(file.split(".")[0].lower() not in {"nul", "con", "aux", "com1", "lpt9"} for file in names)
