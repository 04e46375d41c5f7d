"""Edits of the whole file: layers, sizes, objects, budgets."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from triptych import Picture, edit
from triptych.codec.picture import make_picture
from triptych.edit.geometry import ANCHORS
from triptych.errors import BudgetError, InputError
from triptych.layers import Recipe, RecipeLayer, SeedLayer, UnknownLayer

MOON = "60%,5%,90%,45%"


def _same(a: Picture, b: Picture, *names: str) -> bool:
    return all(getattr(a, name).payload == getattr(b, name).payload for name in names)


def test_dropped_layers_come_back(picture: Picture) -> None:
    """`transplant` from the picture before undoes a drop, byte for byte."""
    bare = edit.drop_layers(picture, "edges", "semantic")
    assert [layer.name for layer in bare.layers] == ["texture", "pose"]
    assert picture.to_bytes() == edit.transplant(bare, picture, "edges", "semantic").to_bytes()
    assert edit.keep_layers(picture, "pose", "texture").to_bytes() == bare.to_bytes()


def test_transplant_between_sizes(picture: Picture, other: Picture, tmp_path: Path) -> None:
    """A layer from a picture of another shape is stretched over this one; the text keeps its bytes."""
    path = tmp_path / "other.trp"
    other.save(path)
    mixed = edit.transplant(picture, path, "semantic", "texture", "edges")
    assert picture.size == mixed.size
    assert other.semantic.payload == mixed.semantic.payload
    assert np.abs(mixed.texture.colours.astype(int) - [200, 40, 30]).max() < 16
    for axis, side in ((1, mixed.edges.grid[0]), (0, mixed.edges.grid[1])):
        found = np.flatnonzero(mixed.edges.raster.any(axis))
        assert abs(found[0] / side - 0.2) < 0.06 and abs(found[-1] / side - 0.78) < 0.06
    twice = edit.resize(picture, (256, 192))
    names = "texture", "edges", "semantic"
    assert _same(picture, edit.transplant(picture, twice, *names), *names)


def test_a_mirror_is_exact_and_its_own_inverse(picture: Picture) -> None:
    """Colours, edges and people are mirrored exactly; twice gives the same bytes."""
    once = edit.mirror(picture)
    assert np.array_equal(picture.edges.raster[:, ::-1], once.edges.raster)
    assert np.abs(picture.texture.colours[:, ::-1].astype(int) - once.texture.colours).max() <= 1
    assert picture.semantic.payload == once.semantic.payload
    assert picture.to_bytes() == edit.mirror(once).to_bytes()


def test_a_crop_along_cells_copies_them(picture: Picture) -> None:
    """Where old cells are new cells nothing is drawn anew."""
    cropped = edit.crop(picture, (32, 16, 96, 80))
    assert cropped.size == (64, 64)
    assert np.array_equal(picture.edges.raster[4:20, 8:24], cropped.edges.raster)
    assert np.abs(picture.texture.colours[1:5, 2:6].astype(int) - cropped.texture.colours).mean() < 8
    assert picture is edit.crop(picture, "all")


def test_a_canvas_and_the_crop_back(picture: Picture) -> None:
    """A crop with the box of the old picture undoes a larger canvas: edges exactly, colours nearly."""
    wide = edit.resize_canvas(picture, (192, 128), "bottom-right")
    assert wide.edges.raster[8:, 16:].sum() == picture.edges.raster.sum() == wide.edges.raster.sum()
    back = edit.crop(wide, (64, 32, 192, 128))
    assert _same(picture, back, "edges", "semantic")
    assert np.abs(back.texture.colours.astype(int) - picture.texture.colours).mean() < 10


def test_new_canvas_repeats_the_border_or_gets_a_colour(picture: Picture) -> None:
    """New cells have the colours at the border, or the colour asked for."""
    wide = edit.resize_canvas(picture, (256, 96), "left")
    new = wide.texture.colours[:, 9:].reshape(-1, 3).astype(int)
    border = picture.texture.colours[:, -1].astype(int)
    assert (new >= border.min(0) - 12).all() and (new <= border.max(0) + 12).all()
    red = edit.resize_canvas(picture, (256, 96), "left", colour="red").texture.colours
    assert np.abs(red[:, 9:].astype(int) - [255, 0, 0]).mean() < 16


@pytest.mark.parametrize("anchor", sorted(ANCHORS))
def test_anchors(picture: Picture, anchor: str) -> None:
    """The picture lies where its anchor says."""
    x, y = ANCHORS[anchor]
    wide = edit.resize_canvas(picture, (256, 192), anchor)
    left, top = round(x * 32), round(y * 24)
    assert np.array_equal(picture.edges.raster, wide.edges.raster[top : top + 24, left : left + 32])


def test_a_resize_to_the_same_shape_keeps_the_bytes(picture: Picture) -> None:
    """Painting at twice the size changes no byte of edges, colours and text, and can be undone."""
    large = edit.resize(picture, (256, 192))
    assert _same(picture, large, "edges", "texture", "semantic")
    assert np.array_equal(picture.pose.people, large.pose.people)
    assert picture.to_bytes() == edit.resize(large, picture.size).to_bytes()


def test_unknown_layers_survive_edits_that_move_nothing(picture: Picture) -> None:
    """An ancillary layer of an unknown kind keeps its bytes, and is left out with a note when places change."""
    strange = UnknownLayer(picture.size, 3, b"\x01\x02", 7)
    with_it = make_picture(picture.size, [*picture.layers, strange])
    assert strange == edit.erase_object(with_it, MOON).layers[-1]
    for changed in (edit.crop(with_it, "0,0,50%,50%"), edit.mirror(with_it)):
        assert "unknown" not in [layer.name for layer in changed.layers]
        assert any("kind 7 was left out" in note for note in changed.notes)


def test_a_recipe_survives_edits_and_may_be_excluded_from_the_budget(picture: Picture) -> None:
    """Its bytes are kept, and not counted on request; at another size it says at which the picture was made."""
    made = RecipeLayer.from_recipe(Recipe(tool="ComfyUI", seed=7, size=picture.size), picture.size)
    with_it = picture.with_layer(made)
    edited = edit.thin(edit.erase_object(with_it, MOON), max_bytes=60, recipe_in_budget=False)
    assert edited.recipe == made
    assert len(edited.to_bytes()) - made.cost <= 60
    assert len(edit.thin(with_it, max_bytes=60).to_bytes()) <= 60
    cropped = edit.crop(with_it, "0,0,50%,50%")
    assert cropped.recipe.recipe == Recipe(tool="ComfyUI", seed=7, size=(128, 96))
    back = edit.resize(edit.resize(with_it, (64, 64)), picture.size)
    assert back.recipe.payload == made.payload
    with pytest.raises(BudgetError, match="9 bytes cannot hold"):
        edit.thin(with_it, max_bytes=9)
    assert edit.drop_layers(with_it, "recipe").to_bytes() == picture.to_bytes()


def test_a_seed_survives_edits_and_counts(picture: Picture) -> None:
    """Its bytes are kept, at another size and within a budget, too; it alone is no picture; it can be dropped."""
    seed = SeedLayer.from_seed(7, picture.size)
    with_it = picture.with_layer(seed)
    edited = edit.thin(edit.mirror(edit.erase_object(with_it, MOON)), max_bytes=60)
    assert edited.get(SeedLayer) == seed and len(edited.to_bytes()) <= 60
    assert edit.crop(with_it, "0,0,50%,50%").seed == 7
    assert edit.transplant(picture, with_it, "seed").to_bytes() == with_it.to_bytes()
    with pytest.raises(BudgetError, match="13 bytes cannot hold any layer"):
        edit.thin(with_it, max_bytes=13)
    assert edit.drop_layers(with_it, "seed").to_bytes() == picture.to_bytes()


def test_erasing_an_object_touches_what_it_must(picture: Picture) -> None:
    """Edges in the region go, its colours come from around it, people in it go, the words go, the rest stays."""
    painted = edit.paint(picture, MOON, "black")
    erased = edit.erase_object(painted, MOON, words="under a full moon")
    assert not erased.edges.raster[:10, 20:].any()
    assert erased.texture.colours[:3, 5:7].min() > 60
    assert erased.prompt == "a small house, night"
    assert painted.pose.payload == erased.pose.payload
    assert len(edit.erase_object(picture, "0,50%,38%,100%").pose.people) == 1
    assert edit.erase_object(picture, "20%,0,80%,100%").pose is None


def test_moving_an_object_moves_its_colours(picture: Picture) -> None:
    """A dark spot moves with its edges, and the place it leaves is filled."""
    spot = edit.paint(picture, "64,16,96,48", "black")
    moved = edit.move_object(spot, "64,16,96,48", (-48, 0))
    assert moved.texture.colours[1:3, 1:3].max() < 60
    assert moved.texture.colours[1:3, 4:6].min() > 80
    assert moved.edges.raster.sum() <= spot.edges.raster.sum()
    people = edit.move_object(picture, "0,50%,38%,100%", (32, 0)).pose.people
    assert np.array_equal(picture.pose.people[0], people[0])
    seen = picture.pose.people[1][:, 0] >= 0
    assert np.array_equal(picture.pose.people[1][seen] + [64, 0], people[1][seen])


def test_thinning_meets_any_budget_or_says_so(picture: Picture) -> None:
    """For each number of bytes the file fits, gets no better with less, and the last resort is a BudgetError."""
    full = len(picture.to_bytes())
    assert picture is edit.thin(picture, max_bytes=full)
    pixels = []
    for most in range(full - 1, 14, -9):
        thinned = edit.thin(picture, max_bytes=most)
        assert len(thinned.to_bytes()) <= most
        assert thinned.notes
        pixels.append(int(thinned.edges.raster.sum()) if thinned.edges else 0)
    assert pixels[0] > pixels[-1]
    with pytest.raises(BudgetError, match="allow more bytes"):
        edit.thin(picture, max_bytes=9)
    assert len(edit.thin(picture, bpp=0.05).to_bytes()) <= 76


def test_short_strokes_go_first(picture: Picture) -> None:
    """With a few bytes less for the edges, a lone short stroke is gone and the long lines are there."""
    raster = np.array(picture.edges.raster)
    raster[6, 4] = raster[6, 5] = True
    drawn = edit.keep_layers(edit.replace_edges(picture, raster), "edges")
    thinned = edit.thin(drawn, max_bytes=len(drawn.to_bytes()) - 3)
    assert not thinned.edges.raster[6, 4:6].any()
    assert thinned.edges.raster[21].all()


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda p: edit.drop_layers(p, "sound"), "no layer called 'sound'; there are: semantic"),
        (lambda p: edit.drop_layers(edit.drop_layers(p, "pose"), "pose"), "has no pose layer; it has"),
        (lambda p: edit.drop_layers(p, "semantic", "texture", "pose", "edges"), "last layer"),
        (lambda p: edit.keep_layers(edit.drop_layers(p, "pose"), "pose"), "last layer"),
        (lambda p: edit.transplant(p, p), "say which layers"),
        (lambda p: edit.transplant(p, "no-such.trp", "edges"), "no-such.trp: cannot be read"),
        (lambda p: edit.transplant(p, edit.drop_layers(p, "pose"), "pose"), "has no pose layer"),
        (lambda p: edit.crop(p, "200,0,300,50"), "outside the picture"),
        (lambda p: edit.crop(p, (1.0, 1.0, 1.2, 9.0)), "less than a pixel"),
        (lambda p: edit.crop(edit.keep_layers(p, "pose"), "0,0,2,2"), "nothing would be left"),
        (lambda p: edit.resize_canvas(p, (0, 10)), "cannot be stored"),
        (lambda p: edit.resize_canvas(p, (10, 10), "middle"), "no anchor 'middle'; there are: "),
        (lambda p: edit.resize(p, (70000, 10)), "cannot be stored"),
        (lambda p: edit.thin(p, max_bytes=50, bpp=1), "give either"),
        (lambda p: edit.thin(p, max_bytes=-1), "cannot hold"),
        (lambda p: edit.erase_object(p, "all"), "nothing is left around it"),
        (lambda p: edit.erase_object(edit.keep_layers(p, "pose"), MOON), "neither edges nor colours"),
        (lambda p: edit.move_object(p, MOON, "-100%,0"), "out of the picture"),
    ],
)
def test_wrong_arguments_are_refused(picture: Picture, change, says: str) -> None:
    """Each wrong argument gives one line."""
    with pytest.raises(InputError) as caught:
        change(picture)
    assert says in str(caught.value) and "\n" not in str(caught.value)


def test_notes_are_handed_on(picture: Picture) -> None:
    """What was noted before an edit is still noted after it."""
    noted = replace(picture, notes=("made by hand",))
    assert edit.crop(edit.mirror(edit.paint(noted, "all", "red")), (0, 0, 64, 64)).notes[:1] == ("made by hand",)
