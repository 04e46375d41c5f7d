"""The recipe layer: settings and texts come back exactly, small, and junk does no harm."""

from __future__ import annotations

import json
import lzma
import runpy
import zlib
from contextlib import suppress
from importlib.resources import files
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from triptych.bitstream import container
from triptych.bitstream.cursor import write_number
from triptych.codec.picture import Picture, make_picture
from triptych.errors import DamagedError, LimitError, TriptychError, UnsupportedError
from triptych.layers import KINDS, Recipe, RecipeLayer, SemanticLayer, jsontext
from triptych.layers import jsonmodel as model
from triptych.layers.recipe import CORE, FULL, LARGE
from triptych.limits import MAX_RECIPE_BYTES, MAX_RECIPE_STEPS

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
PARAMETERS = (
    "a cat\nNegative prompt: lowres\nSteps: 20, Sampler: Euler a, CFG scale: 7.50, Seed: 1, Size: 512x512, "
    'Lora hashes: "a: 12, b: 34", Version: v1.10.1'
)


def _graph(nodes: int = 6) -> tuple[str, str]:
    """(workflow, prompt) of a chain of nodes, as ComfyUI writes them."""
    drawn, queued, links = [], {}, []
    for k in range(1, nodes + 1):
        links.append([k, k, 0, k + 1, 0, "LATENT"])
        drawn.append(
            {
                "id": k,
                "type": "KSampler",
                "pos": [k * 300.25, 130],
                "order": k - 1,
                "inputs": [{"name": "latent_image", "type": "LATENT", "link": k - 1 if k > 1 else None}],
                "outputs": [{"name": "LATENT", "type": "LATENT", "links": [k]}],
                "properties": {"Node name for S&R": "KSampler"},
                "widgets_values": [k * 10**14 + 7, "fixed", 20, 1e-05],
            }
        )
        latent = [str(k - 1), 0] if k > 1 else None
        queued[str(k)] = {
            "inputs": {"seed": k * 10**14 + 7, "steps": 20, "latent_image": latent},
            "class_type": "KSampler",
        }
    return json.dumps({"last_node_id": nodes, "nodes": drawn, "links": links, "version": 0.4}), json.dumps(queued)


def _again(recipe: Recipe) -> tuple[RecipeLayer, Recipe]:
    layer = RecipeLayer.from_recipe(recipe, SIZE)
    return layer, RecipeLayer(SIZE, layer.coding, layer.payload).recipe


def test_the_layer_is_ancillary_and_has_its_number() -> None:
    """Kind 4 is the recipe, and readers may skip it."""
    assert KINDS[4] is RecipeLayer
    assert RecipeLayer.ancillary and RecipeLayer.name == "recipe"


def test_a_core_recipe_comes_back_in_few_bytes() -> None:
    """Every setting survives, in much less than deflate needs."""
    layer, back = _again(CORE_RECIPE)
    assert back == CORE_RECIPE
    assert layer.coding == CORE
    assert len(layer.payload) < 75 < len(zlib.compress(json.dumps(CORE_RECIPE.facts()).encode(), 9))


def test_an_empty_recipe_is_false() -> None:
    """Nothing known is nothing to store; anything known is something."""
    assert not Recipe()
    assert Recipe(steps=0) and Recipe(blocks=(("a", ""),))


def test_the_size_is_stored_only_if_it_differs() -> None:
    """A recipe for the picture's own size needs no bytes for it."""
    assert _again(Recipe(steps=20, size=SIZE))[1].size is None
    assert _again(Recipe(steps=20, size=(512, 640)))[1].size == (512, 640)


@pytest.mark.parametrize(
    "guidance", ["7", "7.0", "7.50", "6.000000", "1e-05", "inf", "", "0.1000000000000000055", "7,5"]
)
def test_decimals_stay_as_they_are_written(guidance: str) -> None:
    """A number is its digits; none is lost or rounded."""
    assert _again(Recipe(guidance=guidance))[1].guidance == guidance


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
words = st.none() | texts
recipes = st.builds(
    Recipe,
    tool=words,
    negative=words,
    seed=st.none() | st.integers(-(2**80), 2**80),
    sampler=words,
    scheduler=words,
    steps=st.none() | st.integers(0, 10**6),
    guidance=words | st.decimals(allow_nan=False).map(str),
    model=words,
    model_hash=words,
    loras=st.lists(st.tuples(texts, words), max_size=3).map(tuple),
    size=st.none() | st.tuples(st.integers(1, 65536), st.integers(1, 500)),
)


@settings(max_examples=40, deadline=None)
@given(recipes)
def test_any_core_recipe_comes_back(recipe: Recipe) -> None:
    """Whatever the settings are, in any language, they survive."""
    assert _again(recipe)[1] == recipe


@settings(max_examples=40, deadline=None)
@given(
    st.dictionaries(st.sampled_from(["workflow", "prompt", "parameters", "Comment", "core", "a b"]), texts, max_size=3)
)
def test_any_texts_come_back_to_the_last_character(blocks: dict[str, str]) -> None:
    """Blocks need not be what their names say."""
    assert dict(_again(Recipe(steps=1, blocks=tuple(blocks.items())))[1].blocks) == blocks


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=8), inner, max_size=5),
    max_leaves=30,
)
styles = st.sampled_from(
    [{}, {"separators": (",", ":")}, {"indent": 2}, {"indent": 4}, {"indent": 3}, {"indent": "\t"}]
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(json_values, styles, st.booleans())
def test_any_json_comes_back_as_it_was_written(value: object, style: dict, ascii_only: bool) -> None:
    """Blanks, escapes, order and digits of JSON are those of the original."""
    text = json.dumps(value, ensure_ascii=ascii_only, **style)
    assert dict(_again(Recipe(blocks=(("workflow", text),)))[1].blocks) == {"workflow": text}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "{}",
        "[]",
        "[[]]",
        '{"a":1,"a":2}',
        '{"a": 1, "a": 2}',
        '{"a": 1.50}',
        '{"a": -0}',
        '{"\\u00e9": "\\/"}',
        "[1,\n2]",
        '{"a": NaN}',
        "[" * 70 + "]" * 70,
        "[" * 5000,
        '{"nodes": [{"id": [1]}]}',
        '{"links": [[1, 2]]}',
        "\n\n",
        "a\r\nb",
        "\x00",
        '{"a": "\\ud800"}',
        PARAMETERS,
        PARAMETERS + "\nmore",
        "Steps: 20",
        "Negative prompt: \nSteps: 1, , x",
        "00000000-1234-4abc-8def-0123456789ab",
        '{"nodes": [{"id": 1, "type": {}, "widgets_values": [[], {}, 1]}]}',
    ],
)
def test_odd_texts_come_back(text: str) -> None:
    """What is nearly JSON, or nearly a block of settings, is kept as it is."""
    assert dict(_again(Recipe(blocks=(("workflow", text),)))[1].blocks) == {"workflow": text}


def test_a_block_of_settings_is_taken_apart() -> None:
    """A1111's text is its lines and its settings, and joins up to itself."""
    style, value = jsontext.split(PARAMETERS)
    assert style == 8
    assert jsontext.join(style, value) == PARAMETERS


def test_a_workflow_is_much_smaller_than_by_general_means() -> None:
    """A graph and its prompt take less than half of what LZMA needs."""
    workflow, prompt = _graph(12)
    layer, back = _again(Recipe(blocks=(("prompt", prompt), ("workflow", workflow))))
    assert layer.coding == FULL
    assert dict(back.blocks) == {"workflow": workflow, "prompt": prompt}
    general = lzma.compress((workflow + prompt).encode(), format=lzma.FORMAT_ALONE, preset=9)
    assert len(layer.payload) * 2 < len(general)


def test_the_prompt_costs_little_beside_its_workflow() -> None:
    """What the graph says already is not said again."""
    workflow, prompt = _graph(12)
    alone = len(_again(Recipe(blocks=(("workflow", workflow),)))[0].payload)
    both = len(_again(Recipe(blocks=(("workflow", workflow), ("prompt", prompt))))[0].payload)
    assert both - alone < len(prompt) / 25


def test_large_recipes_take_the_other_coding() -> None:
    """Two megabytes of text are stored without the model, and come back."""
    text = json.dumps([{"n": k, "t": f"node {k * k}"} for k in range(60_000)])
    assert len(text) > 2**20
    layer, back = _again(Recipe(steps=4, blocks=(("workflow", text),)))
    assert layer.coding == LARGE
    assert back == Recipe(steps=4, blocks=(("workflow", text),))


def test_too_much_text_is_refused() -> None:
    """More than the format allows is an error that names the limit."""
    with pytest.raises(LimitError, match=str(MAX_RECIPE_BYTES)):
        RecipeLayer.from_recipe(Recipe(blocks=(("workflow", "x" * (MAX_RECIPE_BYTES + 1)),)), SIZE)


@pytest.mark.parametrize("name", ["", " a", "a" * 80, "é", "a\0b", "a\n"])
def test_names_that_no_chunk_can_have_are_refused(name: str) -> None:
    """A block's name must be one that PNG allows, and a reader checks it again."""
    with pytest.raises(ValueError, match="cannot be the name"):
        RecipeLayer.from_recipe(Recipe(blocks=((name, "text"),)), SIZE)
    document = model.Members([("core", model.Members()), (name, [model.Number(9), ["text"]])])
    with pytest.raises(DamagedError, match="named"):
        _ = RecipeLayer(SIZE, FULL, model.pack(document, blocks=True)).recipe


def test_a_lone_surrogate_survives() -> None:
    """Escaped halves of characters occur in broken JSON, and nothing chokes on them."""
    text = '{"a": "\\ud83d"}'
    assert dict(_again(Recipe(blocks=(("prompt", text),)))[1].blocks) == {"prompt": text}


@pytest.mark.parametrize(
    ("recipe", "payload"),
    [
        (Recipe(tool="ComfyUI", seed=1, steps=20, guidance="7"), "b0df0d99fcd80dd0"),
        (
            Recipe(
                tool="A1111",
                seed=42,
                sampler="Euler a",
                steps=30,
                guidance="4.5",
                model="juggernautXL",
                blocks=(("parameters", "a\nSteps: 30, Sampler: Euler a, CFG scale: 4.5, Seed: 42"),),
            ),
            "340953363065c93b93f0748ccc337e909d168ac0f0",
        ),
    ],
)
def test_the_bytes_never_change(recipe: Recipe, payload: str) -> None:
    """A published coding gives these bytes for ever; a round trip alone would not notice a drift."""
    layer = RecipeLayer.from_recipe(recipe, SIZE)
    assert layer.payload.hex() == payload
    assert RecipeLayer(SIZE, layer.coding, bytes.fromhex(payload)).recipe == recipe


def test_the_shipped_documents_are_those_of_the_script() -> None:
    """The model starts from what the committed script writes, and from nothing else."""
    script = Path(__file__).parents[2] / "training/recipe/make_priming.py"
    made = runpy.run_path(str(script))["documents"]()
    table = files("triptych.layers.tables").joinpath("recipe.jsonl").read_text(encoding="utf-8")
    assert [json.loads(line) for line in table.splitlines()] == made


# --- strangers' payloads ---


@settings(max_examples=150, deadline=None)
@given(st.sampled_from([CORE, FULL, LARGE, 3, 7]), st.binary(max_size=80))
def test_any_junk_gives_a_value_or_our_error(coding: int, payload: bytes) -> None:
    """No payload raises anything else, hangs, or fills the memory."""
    layer = RecipeLayer(SIZE, coding, payload)
    try:
        summary = layer.summary()
    except TriptychError:
        return
    json.dumps(summary)
    assert sum(map(len, summary["blocks"].values())) <= MAX_RECIPE_BYTES


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_any_damage_gives_a_value_or_our_error(data: st.DataObject) -> None:
    """Flipped and missing bytes of true payloads do no harm."""
    workflow, prompt = _graph(3)
    layer = RecipeLayer.from_recipe(Recipe(steps=3, blocks=(("workflow", workflow), ("prompt", prompt))), SIZE)
    payload = bytearray(layer.payload)
    payload[data.draw(st.integers(0, len(payload) - 1))] ^= data.draw(st.integers(1, 255))
    payload = payload[: data.draw(st.integers(0, len(payload)))]
    with suppress(TriptychError):
        _ = RecipeLayer(SIZE, layer.coding, bytes(payload)).recipe


def test_unknown_codings_say_so() -> None:
    """A coding of a later version is unsupported, not damaged."""
    with pytest.raises(UnsupportedError, match="recipe layer uses coding 5"):
        _ = RecipeLayer(SIZE, 5, b"").recipe


def _lzma2(plain: bytes) -> bytes:
    return lzma.compress(plain, format=lzma.FORMAT_RAW, filters=[{"id": lzma.FILTER_LZMA2, "dict_size": 2**22}])


def test_a_bomb_of_zeros_is_refused() -> None:
    """A hundred megabytes in a few kilobytes stop at the limit."""
    bomb = _lzma2(bytes(100 * 2**20))
    assert len(bomb) < 20_000
    with pytest.raises(LimitError, match="unpacks to more"):
        _ = RecipeLayer(SIZE, LARGE, bomb).recipe


@pytest.mark.parametrize(
    "plain",
    [
        b"",
        b"\x05",
        write_number(2) + b"{}" + write_number(1) + b"a",
        write_number(1) + b"{",
        write_number(1) + b"1",
        write_number(2) + b"\xff\xfe",
        write_number(9) + b'{"seed":}',
        write_number(10) + b'{"seed":1x',
        write_number(12) + b'{"seed":1.5}',
        write_number(12) + b'{"loras":[]}' + b"\x00",
    ],
)
def test_large_recipes_of_the_wrong_shape_are_damaged(plain: bytes) -> None:
    """Texts of no sense are an error of ours."""
    with pytest.raises(DamagedError):
        _ = RecipeLayer(SIZE, LARGE, _lzma2(plain)).recipe


def test_bytes_after_the_end_are_damage() -> None:
    """A payload is used to its last byte."""
    with pytest.raises(DamagedError):
        _ = RecipeLayer(SIZE, LARGE, _lzma2(write_number(2) + b"{}") + b"x").recipe
    layer = RecipeLayer.from_recipe(CORE_RECIPE, SIZE)
    with pytest.raises(DamagedError):
        _ = RecipeLayer(SIZE, CORE, layer.payload + b"and more").recipe


def test_a_bomb_of_indents_is_refused() -> None:
    """Deeply indented JSON of empty lists cannot grow beyond the limit."""
    value: list = [[] for _ in range(30_000)]
    for _ in range(50):
        value = [value]
    document = model.Members([("core", model.Members()), ("workflow", [model.Number(6), value])])
    layer = RecipeLayer(SIZE, FULL, model.pack(document, blocks=True))
    assert len(layer.payload) < 1000
    with pytest.raises(LimitError):
        _ = layer.recipe


def test_a_bomb_of_repeats_is_refused() -> None:
    """One text repeated again and again stops at the limit of characters."""
    document = model.Members([("core", model.Members()), ("workflow", [model.Number(9), ["x" * 60_000] * 100])])
    with pytest.raises(LimitError, match="characters"):
        model.pack(document, blocks=True)


def test_reading_takes_a_bounded_number_of_steps() -> None:
    """A model that has used up its decisions stops."""
    learner = model.Model()
    learner.steps = MAX_RECIPE_STEPS
    with pytest.raises(LimitError, match="decisions"):
        learner.bit(1, 2, 0)


def test_deep_values_are_refused() -> None:
    """Nothing nests deeper than the limit."""
    value: list = []
    for _ in range(100):
        value = [value]
    with pytest.raises(DamagedError, match="deeper"):
        model.pack(value, blocks=True)


# --- in a picture ---


def test_a_picture_has_its_recipe() -> None:
    """The layer is found by name, kept by the stream, and removed by name."""
    layer = RecipeLayer.from_recipe(CORE_RECIPE, SIZE)
    picture = make_picture(SIZE, [layer, SemanticLayer.from_text("a cat", SIZE)])
    again = Picture.from_bytes(picture.to_bytes())
    assert again.recipe is not None and again.recipe.recipe == CORE_RECIPE
    assert [entry.ancillary for entry in container.scan(picture.to_bytes()).entries] == [False, True]
    bare = again.without("recipe")
    assert bare.recipe is None
    assert len(picture.to_bytes()) - len(bare.to_bytes()) == picture.beside_bytes
    assert bare.beside_bytes == 0


def test_a_recipe_that_claims_to_be_critical_is_damaged() -> None:
    """The property of a published kind never changes."""
    layer = RecipeLayer.from_recipe(CORE_RECIPE, SIZE)
    stream = container.Stream(*SIZE, (container.RawLayer(4, layer.coding, False, layer.payload),))
    with pytest.raises(DamagedError, match="recipe layer is marked as not skippable"):
        Picture.from_bytes(container.write(stream))


def test_settings_as_a1111_writes_them() -> None:
    """The text made from a core recipe has the lines and names that A1111 reads."""
    lines = CORE_RECIPE.parameters("a cat", SIZE).split("\n")
    assert lines[0] == "a cat <lora:detail:0.8> <lora:plain:1>"
    assert lines[1] == "Negative prompt: lowres, bad anatomy, blurry"
    assert lines[2].startswith(
        "Steps: 20, Sampler: DPM++ 2M, Schedule type: Karras, CFG scale: 4.5, Seed: 3476144292, "
    )
    assert "Size: 512x768" in lines[2]
