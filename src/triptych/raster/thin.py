"""Lines one cell wide: thinning a raster, and the cells that a line passes."""

from __future__ import annotations

import numpy as np

from ..typing import Bools, Bytes8, Floats, Ints


def thin(raster: Bools) -> Bools:
    """Thin a bool raster to 8-connected lines one pixel wide (Guo and Hall 1989, algorithm A1)."""
    raster = np.pad(raster.astype(bool), 1)
    if not raster.any():
        return raster[1:-1, 1:-1]
    while True:
        changed = False
        for phase in (0, 1):
            # p2..p9: the eight neighbours, clockwise from north.
            n, ne, e, se, s, sw, w, nw = (
                np.roll(raster, shift, (0, 1))
                for shift in ((1, 0), (1, -1), (0, -1), (-1, -1), (-1, 0), (-1, 1), (0, 1), (1, 1))
            )
            crossings = _count(~n & (ne | e), ~e & (se | s), ~s & (sw | w), ~w & (nw | n))
            pairs = np.minimum(_count(nw | n, ne | e, se | s, sw | w), _count(n | ne, e | se, s | sw, w | nw))
            keep_side = (n | ne | ~se) & e if phase == 0 else (s | sw | ~nw) & w
            drop = raster & (crossings == 1) & (pairs >= 2) & (pairs <= 3) & ~keep_side
            if drop.any():
                raster = raster & ~drop
                changed = True
        if not changed:
            return raster[1:-1, 1:-1]


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


def line_cells(line: Floats, shape: tuple[int, ...]) -> Ints:
    """Flat indices of the pixels that a polyline passes, 8-connected and one pixel wide."""
    if len(line) > 1:
        steps = np.maximum(np.ceil(2 * np.abs(np.diff(line, axis=0)).max(1)), 1).astype(int)
        part = np.repeat(np.arange(len(steps)), steps)
        t = (np.arange(len(part)) - np.repeat(np.cumsum(steps) - steps, steps)) / steps[part]
        line = np.concatenate([line[:-1][part] + np.diff(line, axis=0)[part] * t[:, None], line[-1:]])
    cells = np.floor(line).astype(int)
    x, y = np.clip(cells[:, 0], 0, shape[1] - 1), np.clip(cells[:, 1], 0, shape[0] - 1)
    keep = np.r_[True, (np.diff(x) != 0) | (np.diff(y) != 0)]
    x, y = x[keep], y[keep]
    # An L-shaped corner is a diagonal step with one pixel too many.
    corner = np.r_[False, (np.abs(x[2:] - x[:-2]) == 1) & (np.abs(y[2:] - y[:-2]) == 1), False] if len(x) > 2 else None
    if corner is not None:
        corner[1:] &= ~corner[:-1]  # never two in a row
        x, y = x[~corner], y[~corner]
    flat: Ints = y * shape[1] + x
    return flat
