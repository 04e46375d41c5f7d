"""Edits of the edges."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from triptych import EdgeLayer, Picture, edit
from triptych.codec.picture import make_picture
from triptych.errors import InputError

MOON, HOUSE = "60%,5%,90%,45%", "8%,40%,60%,85%"


def test_erase_and_copy_back(picture: Picture) -> None:
    """What was erased comes back from the picture before, byte for byte."""
    erased = edit.erase_edges(picture, MOON)
    assert not erased.edges.raster[:10, 20:].any() and erased.edges.raster[12:].any()
    assert picture.to_bytes() == edit.copy_edges(erased, picture, MOON).to_bytes()
    assert picture.to_bytes() == edit.replace_edges(erased, picture).to_bytes()


def test_erase_and_keep_are_complements(picture: Picture) -> None:
    """Every edge is either erased or kept, never both."""
    erased, kept = (change(picture, HOUSE).edges.raster for change in (edit.erase_edges, edit.keep_edges))
    assert not (erased & kept).any()
    assert np.array_equal(picture.edges.raster, erased | kept)


def test_move_and_back(picture: Picture) -> None:
    """A move onto free ground can be undone exactly."""
    moved = edit.move_edges(picture, MOON, (-72, 0))
    assert moved.edges.raster.sum() == picture.edges.raster.sum()
    assert np.array_equal(picture.edges.raster[:10, 20:29], moved.edges.raster[:10, 2:11])
    assert picture.to_bytes() == edit.move_edges(moved, "0,0,45,45%", (72, 0)).to_bytes()


@pytest.mark.parametrize("region", ["all", HOUSE, "8,0,100,50"])
@pytest.mark.parametrize("upside_down", [False, True])
def test_a_mirror_is_its_own_inverse(picture: Picture, region: str, upside_down: bool) -> None:
    """Twice mirrored is the same bytes, for any box."""
    once = edit.mirror_edges(picture, region, upside_down=upside_down)
    assert once.edges.payload != picture.edges.payload
    assert picture.to_bytes() == edit.mirror_edges(once, region, upside_down=upside_down).to_bytes()


def test_quarter_turns_of_a_square_are_exact() -> None:
    """Four quarter turns clockwise, two half turns, or one turn and back give the same bytes."""
    raster = np.zeros((20, 20), bool)
    raster[2:15, 3] = raster[2, 3:9] = True
    square = make_picture((100, 100), [EdgeLayer.from_raster(raster, (100, 100))])
    turned = edit.rotate_edges(square, "all", 90)
    assert np.array_equal(np.rot90(raster, -1), turned.edges.raster)
    assert square.to_bytes() == edit.rotate_edges(turned, "all", -90).to_bytes()
    assert square.to_bytes() == edit.rotate_edges(edit.rotate_edges(turned, "all", 180), "all", 90).to_bytes()
    assert square is edit.rotate_edges(square, "all", 360)


def test_scaled_and_turned_lines_stay_thin_and_near(picture: Picture) -> None:
    """A circle that is scaled has its pixels at the new radius; turned about its middle it stays a circle."""
    size = (200, 200)
    y, x = np.mgrid[:100, :100] - 49.5
    ring = np.abs(np.hypot(x, y) - 20) < 0.6
    base = make_picture(size, [EdgeLayer.from_raster(ring, size)])
    for change, radius in ((edit.scale_edges(base, "all", 1.8), 36), (edit.rotate_edges(base, "all", 33), 20)):
        raster = change.edges.raster
        assert np.abs(np.hypot(x, y)[raster] - radius).max() < 1.8
        assert 0.8 < raster.sum() / (2 * np.pi * radius) < 1.2


def test_copy_from_another_size(picture: Picture, other: Picture) -> None:
    """A frame of another file comes to lie on the box it is sent to, and what was there is gone."""
    copied = edit.copy_edges(picture, other, "all", "25%,25%,75%,75%").edges.raster
    inside = copied[6:18, 8:24]
    rows, columns = np.flatnonzero(inside.any(1)), np.flatnonzero(inside.any(0))
    assert (abs(rows[0] - 2), abs(rows[-1] - 9)) <= (1, 1)
    assert (abs(columns[0] - 3), abs(columns[-1] - 12)) <= (1, 1)
    assert np.array_equal(picture.edges.raster[:6], copied[:6])


def test_copy_from_an_edge_map(picture: Picture, tmp_path: Path) -> None:
    """A PNG of lines, bright or dark, becomes edges; a picture without edges gets a layer."""
    lines = np.zeros((96, 128), np.uint8)
    lines[40:43, 20:110] = 255
    Image.fromarray(lines).save(tmp_path / "lines.png")
    bright = edit.replace_edges(picture, tmp_path / "lines.png")
    dark = edit.replace_edges(picture, Image.fromarray(255 - lines))
    assert bright.edges.payload == dark.edges.payload
    assert bright.edges.raster[9:12].any() and not bright.edges.raster[14:].any()
    bare = edit.drop_layers(picture, "edges")
    assert max(edit.replace_edges(bare, str(tmp_path / "lines.png")).edges.grid) == 128


def test_a_raster_of_the_right_shape_is_taken_as_it_is(picture: Picture) -> None:
    """A bool array that is a grid of the picture becomes its edges without any change."""
    raster = np.zeros((12, 16), bool)
    raster[3, 3:9] = True
    assert np.array_equal(raster, edit.replace_edges(picture, raster).edges.raster)


def test_draw_thin_and_wide(picture: Picture) -> None:
    """A thin line is one pixel wide; a wide one is an outline whose inside is free."""
    bare = edit.erase_edges(edit.keep_layers(picture, "edges"))
    line = edit.draw_edges(bare, "0,50% 100%,50%").edges.raster
    assert line.sum(0).tolist() == [1] * 32
    band = edit.draw_edges(bare, "-50,50% 178,50%", 40).edges.raster
    assert band.sum(0).tolist() == [2] * 32
    assert 9 <= np.ptp(np.flatnonzero(band.any(1))) <= 11
    assert edit.draw_edges(edit.drop_layers(picture, "edges"), [(0, 0), (128, 96)]).edges.raster.any()


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda p: edit.erase_edges(p, "0,0,1,1"), "centre of no cell of the edge raster (4 x 4 pixels)"),
        (lambda p: edit.move_edges(p, "all", "1,1"), "less than half a cell"),
        (lambda p: edit.move_edges(p, "all", "200%,0"), "out of the picture"),
        (lambda p: edit.move_edges(p, "all", "left"), "not a pair"),
        (lambda p: edit.scale_edges(p, "all", 0), "not 0.05 to 20"),
        (lambda p: edit.scale_edges(p, "all", float("nan")), "not 0.05 to 20"),
        (lambda p: edit.rotate_edges(p, "all", float("inf")), "not an angle"),
        (lambda p: edit.copy_edges(p, "no-such.trp"), "no-such.trp: cannot be read"),
        (lambda p: edit.copy_edges(p, edit.drop_layers(p, "edges")), "has no edges layer"),
        (lambda p: edit.copy_edges(p, p, "all", "200,0,300,50"), "outside the picture"),
        (lambda p: edit.replace_edges(p, np.zeros(5, bool)), "not one of shape (5,)"),
        (lambda p: edit.draw_edges(p, "200,200 300,300"), "the line lies outside"),
        (lambda p: edit.draw_edges(p, "1,2,3"), "not a pair"),
        (lambda p: edit.draw_edges(p, ""), "not a pair"),
        (lambda p: edit.draw_edges(p, "0,0 9,9", -1), "cannot be drawn"),
        (lambda p: edit.erase_edges(edit.drop_layers(p, "edges")), "has no edges layer; it has: semantic"),
    ],
)
def test_wrong_arguments_are_refused(picture: Picture, change, says: str) -> None:
    """Each wrong argument gives one line."""
    with pytest.raises(InputError) as caught:
        change(picture)
    assert says in str(caught.value) and "\n" not in str(caught.value)


def test_smoothing_takes_out_wobbles_and_keeps_ends() -> None:
    """A zigzag becomes nearly straight, its ends stay, and a region leaves what is outside alone."""
    raster = np.zeros((48, 48), bool)
    raster[[20 + abs(x % 8 - 4) for x in range(4, 44)], range(4, 44)] = True
    zigzag = make_picture((480, 480), [EdgeLayer.from_raster(raster, (480, 480))])
    before = zigzag.edges
    smoothed = edit.smooth_edges(zigzag, "all", 4).edges
    assert before is not None and smoothed is not None
    assert np.ptp(np.nonzero(smoothed.raster)[0]) < np.ptp(np.nonzero(before.raster)[0])
    half = edit.smooth_edges(zigzag, "50%,0,100%,100%", 4).edges
    assert half is not None and np.array_equal(half.raster[:, :24], before.raster[:, :24])
    with pytest.raises(InputError, match="smoothed by 0 cells"):
        edit.smooth_edges(zigzag, "all", 0)
