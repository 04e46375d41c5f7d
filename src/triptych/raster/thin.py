"""Lines one cell wide: thinning a raster, and the cells that a line passes."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np

from ..typing import Bools, Bytes8, Floats, Ints


def thin(raster: Bools) -> Bools:
    """Thin a bool raster to 8-connected lines one pixel wide (Guo and Hall 1989, algorithm A1)."""
    raster = np.pad(raster.astype(bool), 1)
    flat, stride = raster.reshape(-1), raster.shape[1]
    around = np.array([dy * stride + dx for dy, dx in _AROUND])
    left = np.flatnonzero(flat)
    while True:
        changed = False
        for dropped in _dropped():
            drop = dropped[np.packbits(flat[left[:, None] + around], axis=1)[:, 0]]
            if drop.any():
                flat[left[drop]] = False
                left = left[~drop]
                changed = True
        if not changed:
            return raster[1:-1, 1:-1]


_AROUND = ((-1, 0), (-1, 1), (0, 1), (1, 1), (1, 0), (1, -1), (0, -1), (-1, -1))  # clockwise from north: (dy, dx)


@cache
def _dropped() -> tuple[Bools, Bools]:
    """For each of the two phases, whether a pixel goes, by its eight neighbours as the bits of a byte."""
    n, ne, e, se, s, sw, w, nw = np.unpackbits(np.arange(256, dtype=np.uint8)[:, None], axis=1).T.astype(bool)
    crossings = _count(~n & (ne | e), ~e & (se | s), ~s & (sw | w), ~w & (nw | n))
    pairs = np.minimum(_count(nw | n, ne | e, se | s, sw | w), _count(n | ne, e | se, s | sw, w | nw))
    goes = (crossings == 1) & (pairs >= 2) & (pairs <= 3)
    return goes & ~((n | ne | ~se) & e), goes & ~((s | sw | ~nw) & w)


def _count(*rasters: Bools) -> Bytes8:
    """How many of them are true, per pixel."""
    total = np.zeros(rasters[0].shape, np.uint8)
    for raster in rasters:
        total += raster
    return total


def fill_holes(raster: Bools) -> Bools:
    """The raster with its one-pixel holes filled: thinned, they would become tiny rings."""
    n, s = np.roll(raster, 1, 0), np.roll(raster, -1, 0)
    w, e = np.roll(raster, 1, 1), np.roll(raster, -1, 1)
    filled: Bools = raster | (n & s & w & e)
    return filled


def line_cells(lines: Sequence[Floats], shape: tuple[int, ...]) -> list[Ints]:
    """For each polyline, float (n, 2), the flat indices of its pixels, 8-connected and one pixel wide."""
    if not lines:
        return []
    points = np.concatenate(lines)
    last = np.cumsum([len(line) for line in lines]) - 1
    way = np.diff(points, axis=0, append=points[-1:])
    way[last] = 0
    # Half a pixel at a time; the last point of a line is a step of its own.
    steps = np.maximum(np.ceil(2 * np.abs(way).max(1)), 1).astype(int)
    part = np.repeat(np.arange(len(points)), steps)
    t = (np.arange(len(part)) - np.repeat(np.cumsum(steps) - steps, steps)) / steps[part]
    cells = np.floor(points[part] + way[part] * t[:, None]).astype(int)
    line = np.searchsorted(last, part)
    x, y = np.clip(cells[:, 0], 0, shape[1] - 1), np.clip(cells[:, 1], 0, shape[0] - 1)
    keep = np.r_[True, (np.diff(x) != 0) | (np.diff(y) != 0) | (np.diff(line) != 0)]
    x, y, line = x[keep], y[keep], line[keep]
    # An L-shaped corner is a diagonal step with one pixel too many.
    corner = np.zeros(len(x), bool)
    corner[1:-1] = (np.abs(x[2:] - x[:-2]) == 1) & (np.abs(y[2:] - y[:-2]) == 1) & (line[2:] == line[:-2])
    corner[1:] &= ~corner[:-1]  # never two in a row
    x, y, line = x[~corner], y[~corner], line[~corner]
    flat: Ints = y * shape[1] + x
    return np.split(flat, np.searchsorted(line, np.arange(1, len(lines))))
