"""The colour grid: cell averages."""

from __future__ import annotations

import numpy as np
from PIL import Image

from triptych.analysis.colours import colour_grid


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
