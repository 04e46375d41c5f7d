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
    if not lines:
        return np.zeros(grid, bool)
    # All points at once: noise has ten thousand lines.
    starts = np.cumsum([0, *map(len, lines)])[:-1]
    points = place(np.concatenate(lines) * pixel) * to_grid
    steps = np.abs(np.diff(points, axis=0))
    steps[starts[1:] - 1] = 0  # from one line to the next
    step, moved = float(steps.max(initial=0)), np.split(points, starts[1:])
    while step > LONGEST_STEP:
        moved, step = refine(moved), step / 2
    starts = np.cumsum([0, *map(len, moved)])[:-1]
    distances = np.minimum.reduceat(np.abs(np.concatenate(moved) - np.array(grid[::-1]) / 2), starts)
    near = np.flatnonzero((distances < max(grid)).all(1))
    return draw_thin([moved[line] for line in near], grid)


def draw_thin(lines: Sequence[np.ndarray], grid: tuple[int, int]) -> np.ndarray:
    """Lines, float (n, 2) in cells, as a bool raster (rows, columns) one cell wide."""
    if not lines:
        return np.zeros(grid, bool)
    return thin(rasterise(lines, grid[::-1], grid[1], grid[0]) > 0)
