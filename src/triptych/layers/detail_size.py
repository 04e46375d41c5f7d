"""The working size of a picture, which its detail layer describes, and the grid of levels over it (SPEC §7.7)."""

from __future__ import annotations

from ..limits import MAX_DETAIL_SIDE
from .base import Size, grid_shape

BLOCK = 16  # pixels between levels
# Of the longer side, in pixels: of a smaller or larger picture the layer describes one that is enlarged or reduced.
LEAST_SIDE, MOST_SIDE = 256, MAX_DETAIL_SIDE * BLOCK


def work_size(size: Size) -> Size:
    """(width, height) of the picture that the layer describes, of one of `size`."""
    height, width = grid_shape(size, min(max(*size, LEAST_SIDE), MOST_SIDE))
    return width, height


def detail_grid(size: Size) -> tuple[int, int]:
    """(rows, columns) of the levels of a picture of (width, height)."""
    width, height = work_size(size)
    return -(-height // BLOCK), -(-width // BLOCK)
