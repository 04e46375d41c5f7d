"""Edge rasters become polylines, smooth lines and SVG."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from triptych.raster.trace import rasterise, refine, smooth, to_svg, trace


def _pixels(lines: list[np.ndarray], shape: tuple[int, int]) -> np.ndarray:
    found = np.zeros(shape, bool)
    for line in lines:
        found[np.floor(line[:, 1]).astype(int), np.floor(line[:, 0]).astype(int)] = True
    return found


def _ring(size: int, radius: float) -> np.ndarray:
    """A circle around the centre of the middle pixel."""
    turn = np.linspace(0, 2 * np.pi, 40 * size)
    ring = np.zeros((size, size), bool)
    spots = np.rint(size // 2 + radius * np.stack([np.sin(turn), np.cos(turn)])).astype(int)
    ring[spots[0], spots[1]] = True
    return ring


@settings(deadline=None, max_examples=60)
@given(hnp.arrays(bool, hnp.array_shapes(min_dims=2, max_dims=2, max_side=12), elements=st.booleans()))
def test_lines_cover_exactly_the_pixels_of_the_raster(edges: np.ndarray) -> None:
    """Every True pixel is on a line, no other pixel is, and steps go to neighbours."""
    lines = trace(edges)
    assert (_pixels(lines, edges.shape) == edges).all()
    for line in lines:
        assert line.shape[1:] == (2,) and line.dtype == np.float64
        assert (line % 1 == 0.5).all()
        if len(line) > 1:
            assert (np.abs(np.diff(line, axis=0)).max(axis=1) == 1).all()


def test_a_ring_is_one_closed_line_and_stays_closed() -> None:
    """A ring becomes one line whose first point is its last, also after smoothing and refining."""
    lines = trace(_ring(30, 11))
    assert len(lines) == 1
    for line in (lines[0], smooth(lines)[0], refine(smooth(lines))[0]):
        assert (line[0] == line[-1]).all()


def test_a_ring_becomes_round() -> None:
    """Smoothing brings the points of a ring nearer to a circle and does not shrink it away."""
    traced = trace(_ring(40, 15))
    before = np.hypot(*(traced[0] - 20.5).T)
    after = np.hypot(*(smooth(traced)[0] - 20.5).T)
    assert after.std() < 0.6 * before.std()
    assert abs(after.mean() - before.mean()) < 0.5


def test_a_bend_is_not_a_junction() -> None:
    """An L of side neighbours is a single line."""
    edges = np.zeros((6, 6), bool)
    edges[1, 1:5] = edges[1:5, 1] = True
    assert len(trace(edges)) == 1


def test_lines_split_at_junctions() -> None:
    """A cross is four lines that share the middle pixel."""
    edges = np.zeros((9, 9), bool)
    edges[4, :] = edges[:, 4] = True
    lines = trace(edges)
    assert len(lines) == 4
    assert all((line == 4.5).all(axis=1).any() for line in lines)


def test_a_lone_pixel_is_a_line_of_one_point() -> None:
    """Isolated pixels become single points and survive every later step."""
    edges = np.zeros((5, 5), bool)
    edges[2, 3] = True
    lines = trace(edges)
    assert [line.tolist() for line in lines] == [[[3.5, 2.5]]]
    assert smooth(lines)[0].tolist() == refine(lines)[0].tolist() == [[3.5, 2.5]]
    assert (rasterise(lines, (5, 5), 5, 5) > 0).sum() == 1


def test_smoothing_straightens_staircases_but_keeps_corners() -> None:
    """A shallow digital line becomes almost straight; the corner of an L moves little."""
    x = np.arange(60)
    edges = np.zeros((20, 60), bool)
    edges[2 + x // 5, x] = True
    line = smooth(trace(edges))[0][5:-5]
    fit = np.polyval(np.polyfit(line[:, 0], line[:, 1], 1), line[:, 0])
    assert np.abs(line[:, 1] - fit).max() < 0.2
    edges[:] = False
    edges[3, 3:18] = edges[3:18, 3] = True
    corner = smooth(trace(edges))[0]
    assert np.hypot(*(corner - 3.5).T).min() < 0.2


@settings(deadline=None, max_examples=30)
@given(hnp.arrays(bool, (9, 9), elements=st.booleans()))
def test_smoothing_never_moves_a_point_far(edges: np.ndarray) -> None:
    """Points stay within half a pixel of where they were traced, and ends stay in place."""
    lines = trace(edges)
    for before, after in zip(lines, smooth(lines), strict=True):
        assert np.abs(before - after).max() <= 0.5
        if not (before[0] == before[-1]).all():
            assert (before[[0, -1]] == after[[0, -1]]).all()


def test_rasterised_lines_lie_where_the_edges_were() -> None:
    """Drawn eight times larger, a line stays within the pixels it was traced from."""
    edges = _ring(30, 11)
    drawn = rasterise(refine(smooth(trace(edges))), (30, 30), 240, 240) > 0
    blocks = drawn.reshape(30, 8, 30, 8).any(axis=(1, 3))
    grown = np.pad(edges, 1)
    grown = np.logical_or.reduce([grown[y : y + 30, x : x + 30] for y in range(3) for x in range(3)])
    assert drawn.any() and not (blocks & ~grown).any()


@pytest.mark.parametrize("stroke", [0.0, 1.0, 6.0])
def test_rasterised_masks_have_shape_and_dtype(stroke: float) -> None:
    """Masks are uint8 of the size asked for, whatever the stroke."""
    mask = rasterise(smooth(trace(_ring(20, 7))), (20, 20), 77, 31, stroke)
    assert mask.shape == (31, 77) and mask.dtype == np.uint8 and mask.max() > 200


def test_svg_is_well_formed_compact_and_within_the_picture() -> None:
    """The SVG parses, has strokes only, and stays far smaller than its points written out."""
    lines = smooth(trace(_ring(100, 45)))
    text = to_svg(lines, (100, 100), 512, 512)
    root = ElementTree.fromstring(text)
    assert root.get("viewBox") == "0 0 512 512"
    path = root.find("{http://www.w3.org/2000/svg}path")
    assert path is not None and path.get("fill") == "none"
    data = path.get("d") or ""
    assert re.fullmatch(r"[-Mqlz0-9 ]+", data) and data.endswith("z")
    assert len(data) < 8 * len(lines[0])
    scale = float((path.get("transform") or "")[len("scale(") : -1])
    start, steps = re.fullmatch(r"M(.+)q(.+)z", data).groups()  # type: ignore[union-attr]
    numbers = [[int(n) for n in re.findall(r"-?\d+", part)] for part in (start, steps)]
    at = np.array(numbers[0]) + np.cumsum(np.reshape(numbers[1], (-1, 4))[:, 2:], axis=0)
    assert (at[-1] == numbers[0]).all()
    assert np.abs(np.hypot(*(at * scale - 50.5 * 5.12).T) - 45 * 5.12).max() < 5.12


def test_an_empty_raster_gives_nothing() -> None:
    """No edges: no lines, an empty drawing, an empty mask."""
    lines = trace(np.zeros((4, 7), bool))
    assert lines == [] and smooth(lines) == [] and refine(lines) == []
    assert not rasterise(lines, (7, 4), 14, 8).any()
    ElementTree.fromstring(to_svg(lines, (7, 4), 14, 8))


def test_a_large_area_is_followed_at_its_outline() -> None:
    """Of what is no drawing of lines only outlines are followed; a drawing of that size is followed whole."""
    full = np.ones((160, 160), bool)
    lines = trace(full)
    assert sum(map(len, lines)) < 700 and {tuple(p) for line in lines for p in line} <= set(
        zip(*(np.argwhere(full) + 0.5).T.tolist(), strict=True)
    )
    drawing = full.copy()
    drawing[:, 1::3] = drawing[:, 2::3] = False
    assert sum(map(len, trace(drawing))) == drawing.sum()
