"""What the edge coder's network is told about a pixel: the pixels around it that are already decided (SPEC §7.4.2).

The window holds 230 pixels of which few are set, and the network's first layer only adds up a row of its weights for
each of them. So the sums are kept for all pixels, and changed around a pixel when that is set or taken away: much less
than multiplying windows, above all where rasters are compared that differ in a stroke.
"""

from __future__ import annotations

import numpy as np

from ..bitstream.integer_network import IntegerNetwork
from ..typing import Array, Bools, Ints

REACH_UP = 10  # rows above that the network sees
REACH_X = 16  # columns to the left in the same row
# How far it sees to either side in the rows above: (rows, columns).
_NEAR_ROWS, NEAR_X, _FAR_X = 4, 12, 9
SLANT = NEAR_X + 1  # pixels with equal x + SLANT * y form a wave and do not see each other
LOOK_BACK = REACH_UP * SLANT + _FAR_X  # how many waves ago the last pixel was coded that a pixel sees
DENSITIES = 16  # classes of the share of edge pixels
_AT_ONCE = 2048  # pixels that are predicted together: they stay in the processor's cache


def window_offsets() -> list[tuple[int, int]]:
    """(dy, dx) of the network's inputs, in their order in the tables."""
    offsets = []
    for dy in range(-REACH_UP, 0):
        reach = NEAR_X if dy >= -_NEAR_ROWS else _FAR_X
        offsets += [(dy, dx) for dx in range(-reach, reach + 1)]
    return offsets + [(0, dx) for dx in range(-REACH_X, 0)]


def density_level(edges: int, pixels: int) -> int:
    """0..15: in which of 16 classes the share of edge pixels lies; a class is half an octave wide."""
    # Class k starts where edges / pixels reaches 2 ** ((k - 17) / 2); squares keep it in integers.
    level = 0
    while level < DENSITIES - 1 and edges * edges << (16 - level) >= pixels * pixels:
        level += 1
    return level


def shares(weights: Array) -> Ints:
    """int16 (REACH_UP + 1, NEAR_X + 1 + REACH_X, h1 + 1): what a set pixel adds to the sums of those that see it.

    It lies in the first row, with NEAR_X columns to its left. A sum is at most 230 * 127 and a bias of at most 127, so
    16 bits hold it.

    Args:
        weights: int8 (inputs, h1), a row for each of `window_offsets`.
    """
    added = np.zeros((REACH_UP + 1, NEAR_X + 1 + REACH_X, weights.shape[1] + 1), np.int16)
    for (dy, dx), row in zip(window_offsets(), weights, strict=True):
        added[-dy, NEAR_X - dx, :-1] = row
    return added


class Sums:
    """The first layer's sums for all pixels of a raster, which starts empty.

    Attributes:
        padded: int16 (rows + REACH_UP, columns + NEAR_X + REACH_X, h1 + 1); the raster's pixels begin in column NEAR_X.
        flat: the same, row after row: (pixels, h1 + 1).
        added: what a set pixel adds to the part of `padded` that is `around` it.
    """

    def __init__(self, shape: tuple[int, int], added: Ints) -> None:
        """For a raster of (rows, columns) and the `shares` of a pixel."""
        rows, columns = shape
        self.added = added
        self.padded = np.zeros((rows + REACH_UP, columns + NEAR_X + REACH_X, added.shape[2]), np.int16)
        self.flat = self.padded.reshape(-1, added.shape[2])


class Chances:
    """P(edge) of the pixels of one raster after the other, all of one shape; only what differs is predicted anew."""

    def __init__(self, shape: tuple[int, int], network: IntegerNetwork, added: Ints) -> None:
        self._network = network
        self._sums = Sums(shape, added)
        self._raster = np.zeros(shape, bool)
        self._stale = np.ones(self._sums.padded.shape[:2], bool)
        self._level = -1
        self._found = np.zeros(shape, np.int64)

    def of(self, raster: Bools, level: int) -> Ints:
        """int64 (rows, columns), out of 65,536, for a density of 0..15; do not write to it, and do not keep it."""
        changed = np.argwhere(raster != self._raster)
        padded, stale, added = self._sums.padded, self._stale, self._sums.added
        height, width = added.shape[:2]
        same = level == self._level
        for (y, x), is_set in zip(changed.tolist(), raster[tuple(changed.T)].tolist(), strict=True):
            part = padded[y : y + height, x : x + width]
            (np.add if is_set else np.subtract)(part, added, out=part)
            if same:
                stale[y : y + height, x : x + width] = True
        if not same:
            before = self._network.sums_of_bias(self._level) if self._level >= 0 else 0
            padded += self._network.sums_of_bias(level) - before
            stale[:] = True
        columns, stride = self._found.shape[1], stale.shape[1]
        unknown = np.flatnonzero(stale[: len(self._found), NEAR_X : NEAR_X + columns])
        places = unknown // columns * stride + unknown % columns + NEAR_X
        sums, found = self._sums.flat, self._found.reshape(-1)
        for start in range(0, len(unknown), _AT_ONCE):
            batch = slice(start, start + _AT_ONCE)
            found[unknown[batch]] = self._network.after_sums(sums.take(places[batch], 0))[:, 0]
        self._raster, self._level = raster.copy(), level
        stale[:] = False
        return self._found
