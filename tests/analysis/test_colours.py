"""The colour grid: cell averages."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from triptych.analysis.colours import colour_grid, painted_colours
from triptych.analysis.edges import find_strokes
from triptych.raster.diffuse import outline, solve

PORTRAIT = Path(__file__).parents[2] / "samples" / "portrait.png"


def test_each_cell_is_the_average_of_its_pixels() -> None:
    """Blocks of one colour give exactly that colour; a mixed block gives the middle."""
    pixels = np.zeros((20, 30, 3), np.uint8)
    pixels[:10, :10] = (200, 10, 50)
    pixels[10:, 20:25] = (100, 200, 40)
    grid = colour_grid(Image.fromarray(pixels), (2, 3))
    assert grid.shape == (2, 3, 3) and grid.dtype == np.uint8
    assert grid[0, 0].tolist() == [200, 10, 50] and grid[0, 1].tolist() == [0, 0, 0]
    assert np.abs(grid[1, 2].astype(int) - (50, 100, 20)).max() <= 1


def test_grids_may_be_finer_than_the_picture() -> None:
    """A grid with more cells than the picture has pixels still gives every cell a colour."""
    grid = colour_grid(Image.new("RGB", (16, 16), (9, 8, 7)), (64, 64))
    assert grid.shape == (64, 64, 3) and (grid == (9, 8, 7)).all()


def test_painted_colours_come_nearer_than_averages() -> None:
    """What is painted of a picture's edges from them has a smaller error, if no quantisation comes between."""
    image = Image.open(PORTRAIT).convert("RGB").resize((192, 192))
    edges = find_strokes(image, (48, 48)).best(30)
    averages = colour_grid(image, (8, 8))
    found = painted_colours(image, averages, edges)
    assert found.dtype == np.uint8 and found.shape == averages.shape
    seen, small = ~outline(edges), np.asarray(image.resize((48, 48), Image.Resampling.BOX), float).transpose(2, 0, 1)

    def error(cells: np.ndarray) -> float:
        painted = solve(cells.transpose(2, 0, 1).astype(np.float32), outline(edges))
        return float(((painted - small)[:, seen] ** 2).mean())

    assert error(found) < 0.97 * error(averages)


def test_painted_colours_are_averages_where_the_bounds_undo_the_gain() -> None:
    """A stripe along an edge: the colours of the cells around do not allow what would be nearest."""
    pixels = np.full((96, 96, 3), (60, 90, 140), np.uint8)
    pixels[:, 45:] = (220, 200, 60)
    pixels[:, 60:] = (150, 60, 70)
    edges = np.zeros((32, 32), bool)
    edges[:, [15, 20]] = True
    averages = colour_grid(Image.fromarray(pixels), (5, 5))
    assert (painted_colours(Image.fromarray(pixels), averages, edges) == averages).all()


def test_painted_colours_of_no_edges_are_averages() -> None:
    """So they are where the edges lie on a coarser grid than the colours."""
    image = Image.effect_mandelbrot((64, 64), (-2, -2, 2, 2), 20).convert("RGB")
    averages = colour_grid(image, (8, 8))
    for edges in (np.zeros((32, 32), bool), np.eye(6, dtype=bool)):
        assert (painted_colours(image, averages, edges) == averages).all()
