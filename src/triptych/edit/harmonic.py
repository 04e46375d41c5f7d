"""Colours that fill a gap smoothly from around it, as a soap film would."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np

SOLVED, TINY = 1e-12, 1e-300  # of what is left of an equation against its start; instead of dividing by nothing
Cells: TypeAlias = tuple[slice, slice]  # a part of a grid


def harmonic(colours: np.ndarray, unknown: np.ndarray) -> np.ndarray:
    """float (rows, columns, 3): `colours` with each unknown cell the mean of its neighbours; some are known."""
    # Conjugate gradients on the cells; what is known adds to the right side and is not moved.
    result = np.where(unknown[..., None], 0.0, colours.astype(float))
    count = _around(np.ones(unknown.shape))[..., None]
    free = unknown[..., None].astype(float)
    found = np.zeros(result.shape)
    left = free * _around(result)
    towards, size = left, np.square(left).sum((0, 1))
    least = size * SOLVED**2
    for _ in range(4 * unknown.size):  # far more than are needed; rounding could keep it from ending
        if (size <= least).all():
            break
        change = free * (count * towards - _around(towards))
        step = size / np.maximum((towards * change).sum((0, 1)), TINY)
        found += step * towards
        left = left - step * change
        before, size = size, np.square(left).sum((0, 1))
        towards = left + size / np.maximum(before, TINY) * towards
    return result + found


def _around(values: np.ndarray) -> np.ndarray:
    """The sum of the cells to the right, left, below and above each, (rows, columns[, 3])."""
    total = np.zeros(values.shape)
    for here, there in _neighbours(values.shape[:2]):
        total[here] += values[there]
    return total


def _neighbours(shape: tuple[int, ...]) -> list[tuple[Cells, Cells]]:
    """Pairs of index tuples: cells, and the cells to their right, left, below and above."""
    rows, columns = shape
    up, low, left, right = slice(0, rows - 1), slice(1, rows), slice(0, columns - 1), slice(1, columns)
    every = slice(None)
    pairs = [((every, left), (every, right)), ((up, every), (low, every))]
    return pairs + [(there, here) for here, there in pairs]
