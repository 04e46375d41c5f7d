"""What holds for every edit: only its own layers change, and what comes out is a valid, canonical file."""

from __future__ import annotations

from types import ModuleType

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from triptych import Picture, edit
from triptych.bitstream.container import read, write
from triptych.codec.inspect import inspect
from triptych.errors import InputError


def _payloads(picture: Picture) -> dict[str, tuple[int, bytes]]:
    return {layer.name: (layer.coding, layer.payload) for layer in picture.layers}


def test_only_the_layers_of_the_edit_change(case: str, made: ModuleType, picture: Picture) -> None:
    """All other layers keep their exact bytes, and the picture that was given is not changed."""
    change, may = made.CASES[case]
    before = picture.to_bytes()
    old, new = _payloads(picture), _payloads(change(picture))
    changed = {name for name in {*old, *new} if old.get(name) != new.get(name)}
    assert changed <= set(may.split()) and bool(changed) == bool(may)
    assert before == picture.to_bytes()


def test_every_result_is_a_valid_canonical_file(case: str, made: ModuleType, picture: Picture) -> None:
    """The bytes of the result parse, every layer unpacks, and writing them again gives the same bytes."""
    data = made.CASES[case][0](picture).to_bytes()
    assert inspect(data)["whole"]
    assert data == write(read(data))
    again = Picture.from_bytes(data)
    for layer in again.layers:
        layer.summary()


def test_edits_compose(made: ModuleType, picture: Picture) -> None:
    """All edits that keep the size, one after the other, give a valid file."""
    for name, (change, _) in made.CASES.items():
        if name not in {"keep_layers", "drop_layers"} and not name.startswith(("crop", "resize", "thin")):
            try:
                picture = change(picture)
            except InputError as error:  # an edit before took away what this one needs
                assert "\n" not in str(error)
    assert inspect(picture.to_bytes())["whole"]


@settings(max_examples=25)
@given(
    numbers=st.lists(st.integers(-50, 200), min_size=4, max_size=4),
    name=st.sampled_from(["erase_edges", "keep_edges", "mirror_edges", "fill", "erase_object", "crop"]),
)
def test_any_box_gives_a_valid_file_or_one_line(numbers: list[int], name: str) -> None:
    """Whatever the box, an edit gives a valid file or an InputError of one line."""
    picture = _MADE.picture()
    try:
        result = getattr(edit, name)(picture, ",".join(map(str, numbers)))
    except InputError as error:
        assert "\n" not in str(error)
    else:
        assert inspect(result.to_bytes())["whole"]


@given(
    region=st.text(alphabet="0123456789,.;% -+px", max_size=24),
    point=st.text(alphabet="0123456789,.% -", max_size=12),
)
def test_any_text_is_a_region_or_one_line(region: str, point: str) -> None:
    """Texts that look like regions or ways are understood or refused in one line, and nothing else happens."""
    picture = _MADE.picture()
    for change in (lambda: edit.erase_edges(picture, region), lambda: edit.move_edges(picture, "all", point)):
        try:
            change()
        except InputError as error:
            assert "\n" not in str(error)


@settings(max_examples=15)
@given(st.integers(1, 40), st.integers(1, 40), st.sampled_from(["centre", "top-left", "bottom-right", "left"]))
def test_any_canvas_gives_a_valid_file(width: int, height: int, anchor: str) -> None:
    """Canvases of any shape, larger and smaller than the picture, give valid files of that size."""
    size = (width * 9, height * 9)
    result = edit.resize_canvas(_MADE.picture(), size, anchor)
    assert size == result.size
    assert inspect(result.to_bytes())["whole"]


@pytest.fixture(autouse=True)
def _keep(made: ModuleType) -> None:
    # Hypothesis cannot use fixtures that are made anew for each test.
    global _MADE
    _MADE = made


_MADE: ModuleType


def test_empty_rasters_stay_valid(picture: Picture) -> None:
    """Without edges there is no layer, unless it is the only one; both can be drawn on again."""
    assert edit.erase_edges(picture).edges is None
    bare = edit.erase_edges(edit.keep_layers(picture, "edges"))
    assert not bare.edges.raster.any()
    again = edit.draw_edges(Picture.from_bytes(bare.to_bytes()), "0,0 100%,100%")
    assert np.count_nonzero(again.edges.raster) >= 24
