"""What the detail coder's network is told about a level: the levels before it (SPEC §7.7.1).

Channels are coded one after the other, each in two *waves*, the colours of a checkerboard. Who packs knows all levels
and asks for the inputs of many channels at once; who unpacks asks wave by wave.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

import numpy as np

from ..typing import Floats, Ints

CHANNELS = 96
LEARNED = 63  # the finest fineness that the networks have seen
PARTNERS = 6  # channels before a channel that say most about it
INPUTS = 2 + 8 + 2 * PARTNERS + 8
_TOTALS = 10 + 2 * PARTNERS  # where the inputs begin that sum up channels
_COUNTED = ((1, 64), (2, 64), (4, 16), (8, 8))  # channels before, and the unit in which what they use is counted
_AT_ONCE = 1 << 15  # levels whose inputs are made together


class Known:
    """The levels before a channel, summed up in ways that the contexts need, and kept up to date channel by channel."""

    def __init__(self, grid: tuple[int, int]) -> None:
        rows, columns = grid
        self.grid = grid
        self.cells = rows * columns
        # Of each channel, at each cell: the magnitude, at most 15, and its sum over the 8 cells around.
        self.magnitude = np.zeros((CHANNELS, self.cells), np.int16)
        self.around = np.zeros((CHANNELS, self.cells), np.int16)
        self.count = np.zeros(CHANNELS, np.int64)  # of the levels that are not 0
        # The sums of both over all channels before, and over the last eight.
        self.total, self.recent = np.zeros((2, 2, self.cells), np.int16)

    def add(self, channel: int, plane: Ints) -> None:
        """`plane`: the levels of a channel, with a border of one 0."""
        magnitude = np.minimum(np.abs(plane), 15).astype(np.int16)
        self.magnitude[channel] = magnitude[1:-1, 1:-1].ravel()
        self.around[channel] = _ring(magnitude).ravel()
        self.count[channel] = np.count_nonzero(plane)
        for sums, of in ((self.magnitude, 0), (self.around, 1)):
            self.total[of] += sums[channel]
            self.recent[of] += sums[channel]
            if channel >= 8:
                self.recent[of] -= sums[channel - 8]


def _ring(plane: Ints) -> Ints:
    """The sums over the 8 cells around each of planes (..., rows + 2, columns + 2)."""
    across = plane[..., :-2] + plane[..., 1:-1] + plane[..., 2:]
    around: Ints = across[..., :-2, :] + across[..., 1:-1, :] + across[..., 2:, :] - plane[..., 1:-1, 1:-1]
    return around


@lru_cache(maxsize=32)  # strangers choose the grids
def waves(grid: tuple[int, int]) -> tuple[Ints, Ints]:
    """For each of the two colours of the checkerboard, the cells in rows, as indices into a plane without border."""
    rows, columns = grid
    colour = np.add.outer(np.arange(rows), np.arange(columns)).ravel() % 2
    return np.flatnonzero(colour == 0), np.flatnonzero(colour == 1)


def channel_inputs(known: Known, channel: int, fineness: int, partners: Ints) -> Floats:
    """float32 (cells, INPUTS): the inputs of a channel that both waves share; the second adds `wave_inputs`."""
    inputs = np.zeros((INPUTS, known.cells), np.float32)  # an input of all cells is one piece of memory
    inputs[1] = min(fineness, LEARNED)
    before = partners[channel] < channel
    for first, sums in ((10, known.magnitude), (10 + PARTNERS, known.around)):
        of_partners = inputs[first : first + PARTNERS]
        of_partners[before] = sums[partners[channel, before]]
    np.minimum(of_partners, 63, out=of_partners)
    at = _TOTALS
    inputs[at] = known.total[0]
    inputs[at + 1] = known.total[1] >> 2
    for n, (first, unit) in enumerate(_COUNTED):
        start = max(channel - first, 0)
        inputs[at + 2 + n] = int(known.count[start:channel].sum()) * unit // known.cells
    inputs[at + 6 :] = known.recent
    np.minimum(inputs[at:], 127, out=inputs[at:])
    return inputs.T


def wave_inputs(inputs: Floats, plane: Ints, cells: Ints) -> Floats:
    """The inputs of the second wave at `cells`: with the four neighbours, which the first wave gave.

    plane: levels of the channel, with the border.
    """
    columns = plane.shape[1] - 2
    at = (cells // columns + 1) * (columns + 2) + cells % columns + 1
    chosen = inputs.T.take(cells, 1)
    chosen[0] = 1
    beside = plane.ravel().take(at + np.array([[-1], [1], [-columns - 2], [columns + 2]]))
    chosen[2:6] = np.minimum(np.abs(beside), 15)
    chosen[6:10] = np.clip(beside, -15, 15)
    return chosen.T


def all_inputs(levels: Ints, fineness: int, partners: Ints) -> Iterator[tuple[Ints, Ints, Floats]]:
    """The inputs of all of int levels (channels, rows, columns), those of many channels at once.

    Yields:
        The numbers of some channels, the cells of a wave in them, as indices into a plane without border, and their
        inputs, float32 (channels, cells, INPUTS).
    """
    count, rows, columns = levels.shape
    framed = np.pad(levels, [(0, 0), (1, 1), (1, 1)])
    magnitude = np.minimum(np.abs(framed), 15).astype(np.int32)
    around, before = _ring(magnitude), np.zeros((count + 1, rows + 2, columns + 2), np.int32)
    np.cumsum(magnitude, axis=0, out=before[1:])
    used = np.concatenate([[0], np.cumsum(np.count_nonzero(levels, axis=(1, 2)))])
    many = max(1, _AT_ONCE // (rows * columns))
    for start in range(0, count, many):
        channels = np.arange(start, min(start + many, count))
        inputs = np.zeros((len(channels), rows * columns, INPUTS), np.float32)
        inputs[..., 1] = min(fineness, LEARNED)

        def put(column: int, planes: Ints, inputs: Floats = inputs) -> None:
            inputs[..., column] = planes.reshape(len(inputs), -1)

        for n in range(PARTNERS):
            partner = partners[channels, n]
            seen = (partner < channels)[:, None, None]
            partner = np.minimum(partner, count - 1)
            put(10 + n, magnitude[partner, 1:-1, 1:-1] * seen)
            put(10 + PARTNERS + n, np.minimum(around[partner], 63) * seen)
        at, total, recent = _TOTALS, before[channels], before[channels] - before[np.maximum(channels - 8, 0)]
        put(at, np.minimum(total[:, 1:-1, 1:-1], 127))
        put(at + 1, np.minimum(_ring(total) >> 2, 127))
        for n, (first, unit) in enumerate(_COUNTED):
            share = (used[channels] - used[np.maximum(channels - first, 0)]) * unit // (rows * columns)
            inputs[..., at + 2 + n] = np.minimum(share, 127)[:, None]
        put(at + 6, np.minimum(recent[:, 1:-1, 1:-1], 127))
        put(at + 7, np.minimum(_ring(recent), 127))
        for wave, cells in enumerate(waves((rows, columns))):
            given = inputs[:, cells]
            if wave:
                given[..., 0] = 1
                for n, beside in enumerate(_beside(framed[channels])):
                    level = beside.reshape(len(channels), -1)[:, cells]
                    given[..., 2 + n], given[..., 6 + n] = np.minimum(np.abs(level), 15), np.clip(level, -15, 15)
            yield channels, cells, given


def _beside(framed: Ints) -> tuple[Ints, Ints, Ints, Ints]:
    """The cells to the left, right, above and below of planes (n, rows + 2, columns + 2): each (n, rows, columns)."""
    return framed[:, 1:-1, :-2], framed[:, 1:-1, 2:], framed[:, :-2, 1:-1], framed[:, 2:, 1:-1]
