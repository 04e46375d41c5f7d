"""What the texture coder's network is told about a coefficient: the levels before it (SPEC §7.2.2).

Levels are coded plane by plane, each from low to high frequency, one anti-diagonal (a *wave*) after the other. Who
packs knows all of them and asks for the inputs of a whole plane at once; who unpacks asks wave by wave.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from ..typing import Floats, Ints

# Neighbours of lower frequency in the same plane, and neighbours in the planes before: (dy, dx).
_BEFORE = ((-1, 0), (0, -1), (-1, -1), (-2, 0), (0, -2), (-2, 1), (1, -2), (-2, -1), (-1, -2))
_AROUND = ((0, 0), (1, 0), (0, 1), (-1, 0), (0, -1))
_RUNGS = (1, 2, 3, 4, 6, 8, 11, 15, 20)  # thresholds of frequency
BORDER = 2  # zeros around a plane, so that every neighbour exists
_LARGEST = 15  # that inputs are cut at
_CORNER = 8  # cells a side in which the signs of two planes are compared

# Columns of the inputs.
_OWN = 5 + 2 * len(_RUNGS)
_ENERGY = _OWN + len(_BEFORE)
_OTHERS = _ENERGY + 1
_PER_OTHER = len(_AROUND) + 2
INPUTS = _OTHERS + 2 * _PER_OTHER


class Waves(NamedTuple):
    """The order of coding of a plane of (rows, columns).

    Attributes:
        order: the cells, indices into the plane, in the order of coding.
        places: the same cells in a plane with its border.
        before, around: int (cells, n): the places of the neighbours that the network sees, in its own and other planes.
        starts: where each wave starts in that order, and where the last one ends.
        wave: the wave of each cell, in the order of coding.
        in_corner: whether a cell is one of those that signs are compared in, in the order of coding.
        fixed: float32 (cells, 2 * len(_RUNGS)): inputs that follow from the frequency alone.
    """

    order: Ints
    places: Ints
    before: Ints
    around: Ints
    starts: list[int]
    wave: Ints
    in_corner: Ints
    fixed: Floats


@lru_cache(maxsize=32)  # strangers choose the grids
def waves_of(rows: int, columns: int) -> Waves:
    """The order of coding of a plane."""
    y, x = np.divmod(np.arange(rows * columns), columns)
    order = np.argsort(y + x, kind="stable")
    y, x = y[order], x[order]
    starts = np.searchsorted(y + x, np.arange(rows + columns)).tolist()
    fixed = np.stack([y >= rung for rung in _RUNGS] + [x >= rung for rung in _RUNGS], 1).astype(np.float32)
    places = (y + BORDER) * (columns + 2 * BORDER) + x + BORDER
    before, around = (places[:, None] + _offsets(steps, columns + 2 * BORDER) for steps in (_BEFORE, _AROUND))
    return Waves(order, places, before, around, starts, y + x, ((y < _CORNER) & (x < _CORNER)).astype(int), fixed)


def padded(rows: int, columns: int) -> Ints:
    """int64 zeros for three planes of levels with their border."""
    return np.zeros((3, rows + 2 * BORDER, columns + 2 * BORDER), np.int64)


class PlaneInputs:
    """The inputs of one plane's coefficients, float32 (cells, INPUTS) in the order of coding, whole numbers."""

    def __init__(self, levels: Ints, plane: int, index: int, *, others_known: bool) -> None:
        """For int levels (3, rows + 4, columns + 4) of quality `index`, which are read when inputs are asked for.

        Of the planes before `plane` all waves up to the next one must be known then, or all now if `others_known`.
        """
        rows, columns = (side - 2 * BORDER for side in levels.shape[1:])
        self._waves = waves_of(rows, columns)
        self._own = levels[plane].reshape(-1)
        places = self._waves.places
        inputs = self._inputs = np.zeros((len(places), INPUTS), np.float32)
        inputs[:, :5] = 1, plane == 1, plane == 2, (rows * columns).bit_length() * 2, index
        inputs[:, 5:_OWN] = self._waves.fixed
        self._others = [levels[other].reshape(-1) for other in range(plane)]
        self._energy = [0, 0]  # of the waves before
        self._agreement = [0] * plane
        self._others_known = others_known
        if others_known:
            self._fill_others(slice(None))

    def whole(self) -> Floats:
        """The inputs of all coefficients."""
        order = self._waves
        self._fill_own(slice(None))
        level = self._own[order.places]
        energy = np.bincount(order.wave, np.minimum(np.abs(level), _LARGEST)).astype(int)
        number = np.arange(len(energy))
        recent = np.concatenate([[0], energy[:-1]]) + np.concatenate([[0, 0], energy[:-2]])[: len(energy)]
        self._inputs[:, _ENERGY] = (4 * recent // np.maximum(1, 2 * number - 1))[order.wave]
        for other, seen in enumerate(self._others):
            sign = np.sign(seen[order.places]) * order.in_corner
            agreed = np.cumsum(np.bincount(order.wave, sign * np.sign(level))).astype(int)
            before = np.clip(np.concatenate([[0], agreed[:-1]]), -_LARGEST, _LARGEST)
            self._inputs[:, _agreed(other)] *= before[order.wave]
        return self._inputs

    def wave(self, number: int) -> Floats:
        """The inputs of one wave; the levels of the waves before are known."""
        start, stop = self._waves.starts[number : number + 2]
        part = slice(start, stop)
        if number:
            self._look_back(slice(self._waves.starts[number - 1], start))
        self._fill_own(part)
        if not self._others_known:
            self._fill_others(part)
        inputs = self._inputs[part]
        inputs[:, _ENERGY] = 4 * sum(self._energy[-2:]) // max(1, 2 * number - 1)
        for other, agreement in enumerate(self._agreement):
            inputs[:, _agreed(other)] *= min(max(agreement, -_LARGEST), _LARGEST)
        return inputs

    def _fill_own(self, part: slice) -> None:
        near = self._own.take(self._waves.before[part])
        np.minimum(np.abs(near, out=near), _LARGEST, out=self._inputs[part, _OWN:_ENERGY], casting="unsafe")

    def _fill_others(self, part: slice) -> None:
        inputs = self._inputs[part]
        for other, seen in enumerate(self._others):
            at = _OTHERS + other * _PER_OTHER
            inputs[:, at : at + len(_AROUND)] = np.minimum(np.abs(seen.take(self._waves.around[part])), _LARGEST)
            here = seen.take(self._waves.places[part])
            inputs[:, _agreed(other)] = np.clip(here, -3, 3)  # to be multiplied by how the planes agree
            inputs[:, at + _PER_OTHER - 1] = np.clip(here, -_LARGEST, _LARGEST)

    def _look_back(self, part: slice) -> None:
        """Sum up the wave before."""
        level = self._own[self._waves.places[part]]
        self._energy.append(int(np.minimum(np.abs(level), _LARGEST).sum()))
        if self._waves.wave[part.start] < 2 * _CORNER - 1:
            sign = np.sign(level) * self._waves.in_corner[part]
            for other, seen in enumerate(self._others):
                self._agreement[other] += int(np.sign(seen[self._waves.places[part]]) @ sign)


def all_inputs(levels: Ints, index: int) -> Floats:
    """float32 (3 x cells, INPUTS) of padded int levels (3, rows + 4, columns + 4), plane by plane in their order."""
    return np.concatenate([PlaneInputs(levels, plane, index, others_known=True).whole() for plane in range(3)])


def _agreed(other: int) -> int:
    """The column of the input that says how a plane agrees with an earlier one."""
    return _OTHERS + (other + 1) * _PER_OTHER - 2


def _offsets(steps: tuple[tuple[int, int], ...], stride: int) -> Ints:
    return np.array([dy * stride + dx for dy, dx in steps])
