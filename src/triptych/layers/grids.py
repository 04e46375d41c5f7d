"""What layers with a grid share when their picture gets another size.

Everywhere here a place p of the old picture, in pixels, lies at (p - offset) x scale in the new one.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from .base import Layer, Size, grid_shape

SAME = 1e-9  # relative difference below which two cells have the same size


def same_density(
    layer: Layer, grid: tuple[int, int], size: Size, scale: tuple[float, float], most: int
) -> tuple[int, int]:
    """(rows, columns) of a grid over the new picture with cells of the size they had (once scaled).

    Args:
        grid: (rows, columns) of the layer.
        size: (width, height) of the new picture in pixels.
        most: cells that the longer side may have.
    """
    cells = [side * count / (old * s) for side, count, old, s in zip(size, grid[::-1], layer.size, scale, strict=True)]
    return grid_shape(size, int(min(max(round(max(cells)), 1), most, max(size))))


def whole_cells(
    layer: Layer,
    old_grid: tuple[int, int],
    grid: tuple[int, int],
    size: Size,
    offset: tuple[int, int],
    scale: tuple[float, float],
) -> tuple[int, int] | None:
    """(rows, columns) that the old grid is shifted by, if each new cell is an old one; else None."""
    shift = []
    for axis in (1, 0):
        old, new = layer.size[axis] * scale[axis] / old_grid[1 - axis], size[axis] / grid[1 - axis]
        cells = offset[axis] * scale[axis] / old
        if abs(old - new) > SAME * new or abs(cells - round(cells)) > SAME:
            return None
        shift.append(round(cells))
    return shift[0], shift[1]


def shifted(raster: np.ndarray, shift: tuple[int, int], grid: tuple[int, int]) -> np.ndarray:
    """The window of a raster that starts at `shift`, with nothing outside it; bool of shape `grid`."""
    result = np.zeros(grid, bool)
    starts = [max(0, -s) for s in shift]
    part = raster[max(0, shift[0]) : shift[0] + grid[0], max(0, shift[1]) : shift[1] + grid[1]]
    result[starts[0] : starts[0] + part.shape[0], starts[1] : starts[1] + part.shape[1]] = part
    return result


def averages(
    layer: Layer,
    old: np.ndarray,
    grid: tuple[int, int],
    size: Size,
    offset: tuple[int, int],
    scale: tuple[float, float],
    colour: tuple[int, int, int] | None,
) -> np.ndarray:
    """uint8 (rows, columns, 3) of shape `grid`: each new cell the average of the old ones under it.

    Args:
        old: uint8 (rows, columns, 3), the colours of the layer's grid.
        colour: of cells whose middle lies outside the old picture; None repeats its border.
    """
    weights, outside = [], []
    for axis in (1, 0):  # rows, then columns
        count = old.shape[1 - axis]
        cell = scale[axis] * layer.size[axis] / count  # new pixels per old cell
        borders = (np.arange(grid[1 - axis] + 1) * size[axis] / grid[1 - axis] + offset[axis] * scale[axis]) / cell
        weights.append(_overlaps(borders, count))
        middles = (borders[1:] + borders[:-1]) / 2
        outside.append((middles < 0) | (middles >= count))
    colours = np.einsum("ri,ijc,kj->rkc", weights[0], old.astype(float), weights[1])
    if colour is not None:
        colours[outside[0][:, None] | outside[1]] = colour
    rounded: np.ndarray = np.clip(np.rint(colours), 0, 255).astype(np.uint8)
    return rounded


def _overlaps(borders: np.ndarray, count: int) -> np.ndarray:
    """(n, count): which share of old cells 0..count each new cell averages; beyond them, the nearest one."""
    cells = np.arange(count)
    rows = []
    for start, stop in pairwise(borders):
        overlap = np.clip(np.minimum(stop, cells + 1) - np.maximum(start, cells), 0, None)
        if overlap.sum() < SAME:
            overlap = (cells == np.clip(int((start + stop) / 2), 0, count - 1)).astype(float)
        rows.append(overlap / overlap.sum())
    return np.array(rows)
