"""Regions: what they hold, and how they are written."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from triptych.edit.regions import Region, find_point, find_region
from triptych.errors import InputError

SIZE = (80, 40)
GRID = (4, 8)  # cells of 10 x 10 pixels


def _cells(region: object) -> list[str]:
    rows = find_region(region, SIZE).cells(GRID, "grid")
    return ["".join(".#"[int(cell)] for cell in row) for row in rows]


def test_a_cell_belongs_by_its_centre() -> None:
    """A box that holds a cell's centre holds the cell; one that ends on the centre does not."""
    assert ["#.......", *["........"] * 3] == _cells((0, 0, 5.1, 5.1))
    with pytest.raises(InputError, match="centre of no cell"):
        _cells((0, 0, 5, 5))
    assert _cells("15,10,40,25.5") == ["........", ".###....", ".###....", "........"]


def test_boxes_that_share_a_border_share_no_cell() -> None:
    """Two halves make the whole and do not overlap, wherever the border lies."""
    for border in (5, 15, 20, 37):
        boxes = (0, 0, border + 1e-9, 40), (border, 0, 80, 40)
        left, right = (find_region(box, SIZE).cells(GRID, "grid") for box in boxes)
        assert (left | right).all()
    left, right = find_region((0, 0, 40, 40), SIZE), find_region((40, 0, 80, 40), SIZE)
    assert not (left.cells(GRID, "grid") & right.cells(GRID, "grid")).any()


@pytest.mark.parametrize("text", ["25%,0,75%,50%", "20,0,60,20", " 20px, 0px, 75%, 20 ", "20 ,0 ,60 ,20"])
def test_pixels_and_percent_mean_the_same(text: str) -> None:
    """Percentages are of the width for x and of the height for y; blanks do not matter."""
    assert _cells(text) == ["..####..", "..####..", "........", "........"]


def test_a_box_may_reach_out_of_the_picture() -> None:
    """What lies outside is ignored, and the bounds stay in the picture."""
    assert find_region("-30,-5,20,10", SIZE).bounds == (0, 0, 20, 10)
    assert ["##......", *["........"] * 3] == _cells((-30, -5, 20, 10))


def test_polygons() -> None:
    """A triangle holds the cells whose centres it goes round; a crossing takes out what is inside twice."""
    assert _cells("-1,0 81,0 40,41") == ["########", ".######.", "..####..", "...##..."]
    assert _cells("0,0 80,0 40,40") == _cells([(0, 0), (80, 0), (40, 40)])
    assert _cells("0%,0% 100%,0%; 50%,100%") == _cells("0,0 80,0 40,40")
    twice = "0,0 80,0 80,40 0,40 0,0 20,0 20,40 0,40"
    assert _cells(twice) == ["..######"] * 4


def test_masks_are_stretched_over_the_picture(tmp_path: Path) -> None:
    """Bright pixels are inside, at any size of mask; transparent pixels are outside."""
    mask = np.zeros((16, 32), np.uint8)
    mask[:8, 16:] = 200
    expected = ["....####", "....####", "........", "........"]
    assert expected == _cells(mask >= 128) == _cells(Image.fromarray(mask))
    Image.fromarray(mask).save(tmp_path / "mask.png")
    assert expected == _cells(str(tmp_path / "mask.png")) == _cells(tmp_path / "mask.png")
    white = Image.new("L", (32, 16), 255)
    Image.merge("LA", (white, Image.fromarray(mask))).save(tmp_path / "alpha.png")
    assert expected == _cells(tmp_path / "alpha.png")
    assert find_region(mask >= 128, SIZE).bounds == (40, 0, 80, 20)


def test_all_and_regions_pass_through() -> None:
    """'all' is the whole picture, and a region stands for itself on a picture of its size."""
    region = find_region("all", SIZE)
    assert type(region) is Region and region.cells(GRID, "grid").all()
    assert region is find_region(region, SIZE)
    with pytest.raises(InputError, match="make it anew"):
        find_region(region, (10, 10))


def test_coverage_counts_parts_of_cells() -> None:
    """Coverage is the share of a cell that lies in a region."""
    covered = find_region("0,0,15,10", SIZE).coverage(GRID)
    assert covered[0, :3].tolist() == [1.0, 0.5, 0.0]


def test_points() -> None:
    """Points are pairs of pixels or percent; the far border is still inside."""
    assert find_point("25%,100%", SIZE) == (20.0, 40.0)
    assert find_point("-10%,2", SIZE, inside=False) == (-8.0, 2.0)
    assert find_point((3, 4), SIZE) == (3.0, 4.0)


@pytest.mark.parametrize(
    ("region", "says"),
    [
        ("90,0,120,20", "outside the picture, which is 80 x 40"),
        ((0, -20, 80, 0), "outside the picture"),
        ("0,0,140%,50%", "percentages go from 0% to 100%"),
        ("-5%,0,50%,50%", "percentages go from 0% to 100%"),
        ("0,0 120%,0 0,50%", "percentages go from 0% to 100%"),
        ("20,0,10,30", "is empty"),
        ("0,0,0,10", "is empty"),
        ("10,20", "polygon has 3 to"),
        ("10,20 30,30", "polygon has 3 to"),
        ("1,2,3", "not a pair of numbers"),
        ("1,2,3,x", "'x' is not a number of pixels"),
        ("1..2,3,4,5", "not a number of pixels"),
        ("", "not a region"),
        ("everything", "not a region"),
        ("no-such-mask.png", "no-such-mask.png: cannot be read"),
        (np.zeros((4, 4), bool), "mask is empty"),
        (np.zeros((4, 4, 2), bool), "not one of shape"),
        (Image.new("L", (20, 20)), "mask is empty"),
        ((1, 2, float("nan"), 4), "not a region"),
        ([(0, 0), (1, 1)], "polygon has 3 to"),
        (object(), "not a region"),
        (17, "not a region"),
    ],
)
def test_what_is_no_region_is_refused_in_one_line(region: object, says: str) -> None:
    """Each wrong region gives one line that says what is wrong."""
    with pytest.raises(InputError) as caught:
        find_region(region, SIZE)
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_band_is_what_a_round_brush_leaves() -> None:
    """Cells belong to it by their distance from the line; one point gives a disc; the ends are round."""
    line = find_region("20,50 80,50 @20", (100, 100)).cells((100, 100), "grid")
    y, x = np.mgrid[:100, :100] + 0.5
    distance = np.hypot(x - np.clip(x, 20, 80), y - 50)
    assert line[distance < 9].all() and not line[distance > 11].any()
    disc = find_region("50%,50% @20%", (100, 100)).cells((100, 100), "grid")
    assert disc[np.hypot(x - 50, y - 50) < 9].all() and not disc[np.hypot(x - 50, y - 50) > 11].any()


@pytest.mark.parametrize("text", ["10,10 @0", "10,10 @", "@5", "10,10 @-4", "10,10 @9999", "900,900 @5", "1,1@2@3"])
def test_bands_that_are_none_are_told(text: str) -> None:
    """A width that is none, no points, or a place outside: one line."""
    with pytest.raises(InputError) as caught:
        find_region(text, (100, 100))
    assert "\n" not in str(caught.value)


def test_a_long_polygon_is_not_looked_for_as_a_file() -> None:
    """A region of many points is longer than any name of a file may be."""
    text = " ".join(f"{50 + 40 * np.cos(t):.3f},{50 + 40 * np.sin(t):.3f}" for t in np.linspace(0, 6.2, 900))
    assert find_region(text, (100, 100)).cells((10, 10), "grid").any()
