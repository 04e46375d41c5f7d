"""Filters of planes as products with banded matrices, which cost a tenth of sliding a window in NumPy.

Beyond its border a plane goes on as its mirror image.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from ..typing import Array, Bools, Floats

TRUNCATE = 4.0  # standard deviations at which a Gaussian ends
_LOBES = 3  # of a Lanczos filter, to either side
_BLOCK = 32  # rows that are computed together: the products then skip nearly all zeros of the band


class Band(NamedTuple):
    """A matrix whose rows have a few numbers each, close to the diagonal, in blocks of rows.

    Attributes:
        blocks: for each block of rows the first column that it reads, and its numbers, (rows, columns read).
        rows: of the whole matrix.
    """

    blocks: tuple[tuple[int, Floats], ...]
    rows: int


def _band(matrix: Floats, block: int) -> Band:
    blocks = []
    for start in range(0, len(matrix), block):
        part = matrix[start : start + block]
        used = np.flatnonzero(part.any(0))
        blocks.append((int(used[0]), np.ascontiguousarray(part[:, used[0] : used[-1] + 1])))
    return Band(tuple(blocks), len(matrix))


@lru_cache(maxsize=64)
def gaussian(
    length: int,
    sigma: float,
    *,
    order: int = 0,
    cell: int = 1,
    truncate: float = TRUNCATE,
    exact: bool = False,
    source: int | None = None,
) -> Band:
    """A Gaussian over `length` samples, or its first derivative, averaged over each `cell` of them.

    Args:
        sigma: standard deviation in samples.
        source: read are so many other ones, which are resized to `length` in between (`lanczos`).
        order: 0, or 1 for the derivative.
        truncate: standard deviations at which it ends.
        exact: double precision instead of single.
    """
    radius = int(truncate * sigma + 0.5)
    at = np.arange(-radius, radius + 1)
    weights = np.exp(-0.5 * (at / sigma) ** 2)
    weights /= weights.sum()
    if order:
        weights *= at / sigma**2
    matrix: Floats = np.zeros((length, length))
    rows = np.arange(length)[:, None]
    columns = (rows + at) % (2 * length)
    columns = np.where(columns < length, columns, 2 * length - 1 - columns)
    np.add.at(matrix, (np.broadcast_to(rows, columns.shape), columns), np.broadcast_to(weights, columns.shape))
    if cell > 1:
        matrix = matrix.reshape(length // cell, cell, length).mean(1)
    block = max(_BLOCK // cell, 1)
    if source not in (None, length):
        matrix = down(_band(matrix, block), lanczos(source, length))
    return _band(matrix if exact else matrix.astype(np.float32), block)


@lru_cache(maxsize=8)
def lanczos(source: int, length: int) -> Floats:
    """float64 (length, source): samples resized as Pillow's `LANCZOS` does it, without its rounding."""
    scale = source / length
    wide = max(scale, 1.0)
    centre = (np.arange(length)[:, None] + 0.5) * scale - 0.5
    at = np.ceil(centre - _LOBES * wide).astype(int) + np.arange(int(2 * _LOBES * wide) + 1)
    off = (at - centre) / wide
    weights = np.sinc(off) * np.sinc(off / _LOBES) * ((np.abs(off) < _LOBES) & (at >= 0) & (at < source))
    matrix = np.zeros((length, source))
    np.add.at(matrix, (np.arange(length)[:, None], at.clip(0, source - 1)), weights / weights.sum(1, keepdims=True))
    return matrix


def down(band: Band, planes: Floats) -> Floats:
    """`band` applied to the columns of planes (..., length, w): (..., rows, w)."""
    result = np.empty((*planes.shape[:-2], band.rows, planes.shape[-1]), planes.dtype)
    at = 0
    for first, numbers in band.blocks:
        rows, width = numbers.shape
        np.matmul(numbers, planes[..., first : first + width, :], out=result[..., at : at + rows, :])
        at += rows
    return result


def across(band: Band, planes: Floats) -> Floats:
    """`band` applied to the rows of planes (..., h, length): (..., h, rows)."""
    result = np.empty((*planes.shape[:-1], band.rows), planes.dtype)
    at = 0
    for first, numbers in band.blocks:
        rows, width = numbers.shape
        np.matmul(planes[..., first : first + width], numbers.T, out=result[..., at : at + rows])
        at += rows
    return result


def blurred(values: Floats, sigma: float, *, cell: int = 1, truncate: float = TRUNCATE) -> Floats:
    """Planes (..., h, w) blurred by a Gaussian and averaged over cells, single or double: (..., h / cell, w / cell)."""
    exact = values.dtype == np.float64
    h, w = values.shape[-2:]
    vertical = gaussian(h, sigma, cell=cell, truncate=truncate, exact=exact)
    return across(gaussian(w, sigma, cell=cell, truncate=truncate, exact=exact), down(vertical, values))


def maximum_3x3(values: Array) -> Array:
    """The largest value of each pixel of a plane and its eight neighbours."""
    framed = np.pad(values, 1, mode="edge")
    rows = np.maximum(np.maximum(framed[:-2], framed[1:-1]), framed[2:])
    largest: Array = np.maximum(np.maximum(rows[:, :-2], rows[:, 1:-1]), rows[:, 2:])
    return largest


def eroded(mask: Bools) -> Bools:
    """Those True pixels of a mask whose four neighbours are True; beyond the border all are."""
    framed = np.pad(mask, 1, constant_values=True)
    inner: Bools = mask & framed[:-2, 1:-1] & framed[2:, 1:-1] & framed[1:-1, :-2] & framed[1:-1, 2:]
    return inner


def sampled(values: Floats, y: Floats, x: Floats) -> Floats:
    """A plane at (y, x), pixel centres at whole numbers, linear in between; beyond the border, the nearest value."""
    h, w = values.shape
    y, x = np.clip(y, 0, h - 1), np.clip(x, 0, w - 1)
    top, left = np.minimum(y.astype(np.intp), max(h - 2, 0)), np.minimum(x.astype(np.intp), max(w - 2, 0))
    dy, dx = y - top, x - left
    flat, at = values.reshape(-1), top * w + left
    right, below = min(w - 1, 1), w * min(h - 1, 1)
    upper = flat[at] * (1 - dx) + flat[at + right] * dx
    lower = flat[at + below] * (1 - dx) + flat[at + below + right] * dx
    found: Floats = upper * (1 - dy) + lower * dy
    return found
