"""The table of kinds, and what all layers have in common."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from triptych.codec.picture import Picture
from triptych.errors import InputError, UnsupportedError
from triptych.layers import (
    KINDS,
    NAMES,
    DetailLayer,
    EdgeLayer,
    PoseLayer,
    RecipeLayer,
    SeedLayer,
    SemanticLayer,
    TextureLayer,
    UnknownLayer,
    grid_shape,
    register,
)
from triptych.limits import Limits

SPEC = Path(__file__).parents[2] / "SPEC.md"


def test_published_kinds_never_change() -> None:
    """A number that has been given away keeps its meaning for ever."""
    published = {
        0: SemanticLayer,
        1: TextureLayer,
        2: PoseLayer,
        3: EdgeLayer,
        4: RecipeLayer,
        5: SeedLayer,
        6: DetailLayer,
    }
    assert {kind: KINDS[kind] for kind in published} == published
    names = ["semantic", "texture", "pose", "edges", "recipe", "seed", "detail"]
    assert [layer.name for layer in published.values()] == names


def test_numbers_and_names_are_given_away_once() -> None:
    """A later kind cannot take the number or the name of one that is there, nor the name of a group."""
    for kind, name in ((3, "other"), (9, "edges"), (9, "structure")):
        with pytest.raises(InputError, match="is there already"):
            register(type("Other", (UnknownLayer,), {"kind": kind, "name": name}))
    assert 9 not in KINDS


@pytest.mark.parametrize("kind", KINDS)
def test_layers_ask_nothing_of_their_payload_to_be_described(kind: int) -> None:
    """The cost and the line for people come from the start of the payload; nothing is unpacked."""
    layer = KINDS[kind]((512, 512), 0, b"\x05\x06")
    assert (
        layer.cost == 2 + 4 + (kind > 6) and layer.describe() and "value" not in vars(layer)
    ) or kind == SeedLayer.kind


def test_limits_reach_what_is_unpacked(picture: Picture) -> None:
    """The layers of a file that was opened with limits carry them; they are not part of what a layer is."""
    limits = Limits(pixels=2**20, work=10**8)
    opened = Picture.from_bytes(picture.to_bytes(), limits=limits)
    assert {layer.limits for layer in opened.layers} == {limits} and opened == picture


def test_every_class_knows_its_own_number_and_name() -> None:
    """The table and the classes agree, and numbers fit in their three bits."""
    for kind, layer in KINDS.items():
        assert layer.kind == kind and 0 <= kind < 8
        assert NAMES[layer.name] is layer


def test_what_may_be_skipped() -> None:
    """What a picture shows is critical; how it was made, its noise and what comes on top are not."""
    assert [layer.name for layer in KINDS.values() if layer.ancillary] == ["recipe", "seed", "detail", "finer"]


@pytest.mark.skipif(not SPEC.exists(), reason="the specification is not part of this copy")
def test_the_specification_lists_the_same_kinds() -> None:
    """The table of kinds in SPEC.md and the one in the code are the same."""
    section = re.search(r"^## 5\b.*?(?=^## \d|\Z)", SPEC.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    assert section, "SPEC.md has no section 5"
    # | number | name | ... with any decoration of the name
    rows = re.findall(r"^\|\s*`?(?:0x0?)?(\d)`?\s*\|\s*[*_`]*([a-z]+)", section[0], re.MULTILINE)
    assert {int(number): name for number, name in rows if name != "unassigned"} == {
        **{k: v.name for k, v in KINDS.items()},
        6: "detail",  # reserved for it, whether or not this version knows it
    }


@pytest.mark.parametrize(
    ("size", "side", "grid"),
    [
        ((512, 512), 128, (128, 128)), ((512, 768), 96, (96, 64)), ((768, 512), 96, (64, 96)),
        ((600, 400), 15, (10, 15)), ((1000, 1), 50, (1, 50)), ((1, 1000), 50, (50, 1)), ((1, 1), 256, (256, 256)),
        ((65536, 65536), 1, (1, 1)), ((3, 2), 2, (1, 2)), ((4, 3), 2, (2, 2)), ((4, 1), 2, (1, 2)),
    ],
)  # fmt: skip
def test_grids_keep_the_aspect_ratio(size: tuple[int, int], side: int, grid: tuple[int, int]) -> None:
    """The shorter side is the nearest whole number of cells, half-way up, and at least one."""
    assert grid_shape(size, side) == grid


@pytest.mark.parametrize("kind", KINDS)
def test_unknown_codings_are_unsupported(kind: int) -> None:
    """A known kind in a coding of tomorrow asks for an update and names the layer and the coding."""
    layer = KINDS[kind]((512, 512), 7, b"\x01\x02")
    with pytest.raises(UnsupportedError, match=f"the {layer.name} layer uses coding 7"):
        layer.summary()


def test_summaries_are_plain_json(picture: Picture) -> None:
    """What a layer says of itself survives JSON unchanged."""
    for layer in picture.layers:
        assert json.loads(json.dumps(layer.summary())) == layer.summary()


def test_unknown_layers_show_their_bytes() -> None:
    """A layer of an unknown kind keeps its number, is ancillary, and shows its payload in hex."""
    layer = UnknownLayer((5, 5), 3, b"\x01\xff", 6)
    assert (layer.kind, layer.name, layer.ancillary) == (6, "unknown", True)
    assert layer.summary() == {"bytes": "01ff"}


def test_layers_are_equal_by_what_they_hold(make: Callable[..., Picture]) -> None:
    """Layers of the same kind, size and bytes are equal; another payload or kind makes a difference."""
    one, two = make(), make()
    assert one.layers == two.layers
    assert hash(one.layers[0]) == hash(two.layers[0])
    assert one.texture != one.pose
    assert SemanticLayer((5, 5), 0, b"a") != SemanticLayer((5, 5), 0, b"b")
    assert SemanticLayer((5, 5), 0, b"a") != TextureLayer((5, 5), 0, b"a")


def test_messages_of_the_container_name_layers() -> None:
    """What the container calls a kind in its messages is the name that this kind has everywhere."""
    from triptych.bitstream.container import NAMES as called

    assert dict(enumerate(called)) == {kind: layer.name for kind, layer in KINDS.items()}
