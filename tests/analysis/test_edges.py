"""Edges from pixels: shapes give closed contours, blank pictures none, drawn maps their lines."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter
from scipy.ndimage import binary_fill_holes, label

from triptych.analysis.edges import find_strokes, strokes_from_map
from triptych.layers import grid_shape

GRID = (64, 64)


def _disc(colour: tuple[int, int, int], ground: tuple[int, int, int], size: int = 256) -> Image.Image:
    image = Image.new("RGB", (size * 2, size * 2), ground)
    ImageDraw.Draw(image).ellipse((size * 0.5, size * 0.5, size * 1.5, size * 1.5), fill=colour)
    return image.resize((size, size), Image.Resampling.LANCZOS)


@pytest.mark.parametrize("colour", [(0, 0, 0), (128, 128, 128), (255, 255, 255), (10, 200, 90)])
def test_a_blank_picture_has_no_edges(colour: tuple[int, int, int]) -> None:
    """One colour everywhere gives no strokes."""
    strokes = find_strokes(Image.new("RGB", (200, 200), colour), GRID)
    assert len(strokes) == 0 and not strokes.best(1).any()


def test_a_smooth_gradient_has_no_edges() -> None:
    """A sky that slowly changes its colour has no contours inside."""
    values = np.linspace(90, 160, 256)[:, None].repeat(256, 1).astype(np.uint8)
    raster = find_strokes(Image.fromarray(values).convert("RGB"), GRID).best(1000)
    assert not raster[4:-4, 4:-4].any()


@pytest.mark.parametrize(
    ("colour", "ground"),
    [((250, 250, 250), (20, 20, 20)), ((200, 60, 60), (60, 110, 170)), ((130, 130, 130), (90, 90, 90))],
    ids=["bright", "coloured", "faint"],
)
def test_a_disc_gives_one_closed_contour(colour: tuple[int, int, int], ground: tuple[int, int, int]) -> None:
    """All edge pixels of a disc hang together, lie on its outline, and close it."""
    strokes = find_strokes(_disc(colour, ground), GRID)
    raster = strokes.best(len(strokes))
    assert label(raster, np.ones((3, 3)))[1] == 1
    filled = binary_fill_holes(raster)
    assert np.pi * 14**2 < filled.sum() < np.pi * 18.5**2
    y, x = np.nonzero(raster)
    assert np.abs(np.hypot(x - 31.5, y - 31.5) - 16).max() < 2


def test_contours_are_thin() -> None:
    """No two-by-two block of pixels is all edge."""
    strokes = find_strokes(_disc((250, 200, 60), (20, 40, 80)), GRID)
    raster = strokes.best(len(strokes))
    assert not (raster[1:, 1:] & raster[:-1, 1:] & raster[1:, :-1] & raster[:-1, :-1]).any()


def test_a_shape_outlives_the_noise_around_it() -> None:
    """The first strokes of a disc on grain are its outline and not the grain."""
    rng = np.random.default_rng(0)
    noise = Image.fromarray(rng.integers(0, 90, (256, 256, 3)).astype(np.uint8))
    image = Image.blend(_disc((250, 240, 200), (40, 60, 90)), noise.filter(ImageFilter.GaussianBlur(1)), 0.35)
    strokes = find_strokes(image, GRID)
    raster = strokes.best(1)
    y, x = np.nonzero(raster)
    assert raster.sum() > 20
    assert np.abs(np.hypot(x - 31.5, y - 31.5) - 16).max() < 3


def test_strokes_come_best_first() -> None:
    """Worth falls, and taking more strokes only ever adds pixels."""
    image = _disc((250, 240, 200), (40, 60, 90))
    ImageDraw.Draw(image).line((10, 240, 60, 240), fill=(60, 80, 110), width=3)
    strokes = find_strokes(image, GRID)
    assert (np.diff(strokes.gain) <= 0).all()
    counts = [int(strokes.best(k).sum()) for k in range(len(strokes) + 1)]
    assert counts[0] == 0 and counts == sorted(counts)


@pytest.mark.parametrize("size", [(16, 16), (16, 2000), (2000, 16), (333, 77)])
def test_every_shape_of_picture_works(size: tuple[int, int]) -> None:
    """Tiny and extreme pictures give rasters of the grid asked for."""
    image = Image.new("RGB", size, (200, 200, 200))
    image.paste((20, 20, 20), (0, 0, size[0] // 2, size[1]))
    for side in (2, 16, 64):
        grid = grid_shape(size, side)
        assert find_strokes(image, grid).best(100).shape == grid


@pytest.mark.parametrize("dark_on_bright", [False, True])
@pytest.mark.parametrize("size", [(16, 16), (64, 64), (500, 300), (2048, 2048)])
def test_drawn_maps_give_their_lines(size: tuple[int, int], dark_on_bright: bool) -> None:
    """A line of an edge map of any size, bright or dark, becomes one thin line in its place."""
    width, height = size
    canvas = Image.new("L", size, 255 if dark_on_bright else 0)
    line = (width * 0.2, height * 0.5, width * 0.8, height * 0.5)
    ImageDraw.Draw(canvas).line(line, fill=0 if dark_on_bright else 255, width=max(1, width // 100))
    grid = (32, 32)
    strokes = strokes_from_map(canvas, grid)
    rows, columns = np.nonzero(strokes.best(len(strokes)))
    assert np.ptp(rows) <= 1 and abs(rows.mean() - 16) <= 1.5
    assert np.ptp(columns) >= 14 and abs(columns.mean() - 15.5) <= 2


def test_an_empty_map_gives_no_strokes() -> None:
    """No lines, no strokes, on black or on white."""
    for value in (0, 255):
        assert len(strokes_from_map(Image.new("L", (100, 100), value), GRID)) == 0


def test_the_same_picture_gives_the_same_strokes() -> None:
    """Extraction is deterministic."""
    image = _disc((250, 240, 200), (40, 60, 90))
    one, two = find_strokes(image, GRID), find_strokes(image, GRID)
    assert (one.label == two.label).all() and (one.gain == two.gain).all()
