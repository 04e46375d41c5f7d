"""Figures: the pixels of a raster that hang together, side by side or corner to corner."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ..typing import Bools, Ints


def figures_of(raster: Bools) -> Ints:
    """int64 of the raster's shape: the number of each pixel's figure, from 1 on in reading order; 0 where none is."""
    label = np.where(raster, np.arange(1, raster.size + 1).reshape(raster.shape), 0)
    joined = np.arange(raster.size + 1)
    while True:
        near = np.where(raster, _around(label, np.maximum), 0)
        if (near == label).all():
            break
        # Not a pixel each time but a whole figure: it takes the largest number that any of its pixels touches.
        np.maximum.at(joined, label.ravel(), near.ravel())
        while (joined[joined] != joined).any():
            joined = joined[joined]
        label = joined[label]
    found, first, number = np.unique(label, return_index=True, return_inverse=True)
    places = np.where(found == 0, -1, first)  # what is no figure gets number 0
    order = np.argsort(np.argsort(places)) + (0 if len(found) and found[0] == 0 else 1)
    numbered: Ints = order[number].reshape(raster.shape)
    return numbered


def without_specks(raster: Bools, least: int) -> Bools:
    """The raster without figures of fewer than `least` pixels."""
    label = figures_of(raster)
    kept: Bools = raster & (np.bincount(label.ravel())[label] >= least)
    return kept


def spread_labels(label: Ints, raster: Bools) -> Ints:
    """Labels, 0 for none, in which pixels of `raster` without one take that of a neighbour, as far as that goes."""
    large = np.iinfo(label.dtype).max
    while True:
        near = _around(np.where(label > 0, label, large), np.minimum)
        found = raster & (label == 0) & (near < large)
        if not found.any():
            return label
        label = np.where(found, near, label)


def _around(values: Ints, best: Callable[[Ints, Ints], Ints]) -> Ints:
    """The smallest or largest value of each pixel and the eight around it."""
    rows, columns = values.shape
    framed = np.pad(values, 1, mode="edge")
    across = best(best(framed[:, :columns], framed[:, 1 : columns + 1]), framed[:, 2:])
    return best(best(across[:rows], across[1 : rows + 1]), across[2:])
