"""The lines of a raster on another grid: followed, moved, and drawn again one cell wide."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from .thin import thin
from .trace import rasterise, refine, smooth, trace

LONGEST_STEP = 3  # cells: curves, not chords, where a step is longer


def redraw(
    raster: np.ndarray,
    size: tuple[int, int],
    grid: tuple[int, int],
    new_size: tuple[int, int],
    place: Callable[[np.ndarray], np.ndarray],
) -> np.ndarray:
    """The lines of a raster on another grid: bool (rows, columns) of shape `grid`.

    Args:
        raster: bool, over a picture of `size` pixels.
        new_size: pixels of the picture under `grid`.
        place: where points go, float (n, 2), from pixels of the one picture to pixels of the other.
    """
    lines = smooth(trace(raster))
    pixel = np.array([size[0] / raster.shape[1], size[1] / raster.shape[0]])
    to_grid = np.array([grid[1] / new_size[0], grid[0] / new_size[1]])
    moved = [place(line * pixel) * to_grid for line in lines]
    step = max((float(np.abs(np.diff(line, axis=0)).max()) for line in moved if len(line) > 1), default=0)
    while step > LONGEST_STEP:
        moved, step = refine(moved), step / 2
    near = [line for line in moved if (np.abs(line - np.array(grid[::-1]) / 2).min(0) < max(grid)).all()]
    return draw_thin(near, grid)


def draw_thin(lines: Sequence[np.ndarray], grid: tuple[int, int]) -> np.ndarray:
    """Lines, float (n, 2) in cells, as a bool raster (rows, columns) one cell wide."""
    if not lines:
        return np.zeros(grid, bool)
    return thin(rasterise(lines, grid[::-1], grid[1], grid[0]) > 0)
