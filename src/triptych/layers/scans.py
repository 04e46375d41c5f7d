"""The edge raster in scans, the most useful strokes first: coding 1 of the edge layer (SPEC §7.4.1).

A scan is a raster of its own, coded as in coding 0 by the same network, which sees the pixels of that scan alone. Its
lines keep a pixel away from those of the scans before, so the pixels around these need not be coded: a scan consists of
whole figures, lines that hang together. A payload that is cut gives the scans before the cut, and of the one that is
cut the part above it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

import numpy as np

from ..bitstream.cut import Cut, CutDecoder
from ..bitstream.rangecoder import TOTAL, RangeDecoder, RangeEncoder
from ..errors import DamagedError, LimitError
from ..limits import DEFAULT, Limits
from ..raster.figures import figures_of
from ..typing import Bools, Ints
from .edge_inputs import DENSITIES, SLANT, density_level
from .edge_raster import edge_chances, read_raster, steps_of

MOST_SCANS = 16
USUAL_SCANS = 2  # of `scans_of`, at most
EVEN = TOTAL // 2
SHARE = 0.5  # of all edge pixels that a scan has at least, but for the last one


def scans_of(raster: Bools) -> list[Bools]:
    """The figures of a raster in scans, the longest first; empty for a raster without edges.

    Scans cost: two 3 % of the bytes of the edges, three 4 % (rasters of 440 bytes).
    """
    figures = figures_of(raster)
    length = np.bincount(figures.ravel())[1:]
    scans, total, members = [], 0, []
    for figure in np.argsort(-length, kind="stable").tolist():
        members.append(figure + 1)
        total += int(length[figure])
        if total >= SHARE * length.sum():
            scans.append(np.isin(figures, members))
            total, members = 0, []
    if members:
        scans.append(np.isin(figures, members))
    return scans


def pack_scans(scans: Sequence[Bools], shape: tuple[int, int]) -> bytes:
    """The coded part of a payload: at most 16 bool rasters of one shape, none of which touches another."""
    order, chances = _order(*shape), edge_chances(shape)
    known = np.zeros(shape, bool)
    encoder = RangeEncoder()
    for number, scan in enumerate(scans):
        assert number < MOST_SCANS and not (scan & known).any()
        level = density_level(int(scan.sum()), scan.size)
        encoder.encode_bit(1, EVEN)
        encoder.encode_uniform(level, DENSITIES)
        open_cells = order[~known.ravel()[order]]
        bits, p1 = scan.ravel()[open_cells], chances.of(scan, level).ravel()[open_cells]
        encoder.encode_bits(bits.tolist(), p1.tolist())
        known |= around(scan)
    if len(scans) < MOST_SCANS:
        encoder.encode_bit(0, EVEN)
    return encoder.finish()


def unpack_scans(
    coded: bytes, shape: tuple[int, int], *, cut: bool = False, limits: Limits = DEFAULT
) -> tuple[list[Bools], bool]:
    """(the scans, the last one perhaps in part; whether all of them were there).

    Args:
        cut: whether the end may be missing.
        limits: its `edge_steps`, `edge_pixels` and `work` are of all scans together.

    Raises:
        DamagedError: it is not what `pack_scans` writes.
        LimitError: it takes more steps, or sets more pixels.
    """
    decoder = CutDecoder(coded) if cut else RangeDecoder(coded)
    left = limits
    scans: list[Bools] = []
    known = np.zeros(shape, bool)
    try:
        while len(scans) < MOST_SCANS and decoder.decode_bit(EVEN):
            if (len(scans) + 1) * steps_of(shape) > limits.edge_steps:
                raise LimitError(
                    f"the edge layer has more than {len(scans)} scans of {shape[1]} x {shape[0]} cells; all of them "
                    f"together are unpacked in at most {limits.edge_steps} steps (Limits.edge_steps)"
                )
            scans.append(np.zeros(shape, bool))
            left = replace(left, work=left.work - read_raster(decoder, scans[-1], known, limits=left))
            if not (pixels := int(np.count_nonzero(scans[-1]))):
                raise DamagedError("a scan of the edge layer is empty, which no writer makes")
            left = replace(left, edge_pixels=left.edge_pixels - pixels)
            known |= around(scans[-1])
        decoder.finish()
    except Cut:
        return scans, False
    return scans, True


def around(raster: Bools) -> Bools:
    """The edges of a raster and the eight pixels around each."""
    rows, columns = raster.shape
    framed = np.pad(raster, 1)
    found: Bools = np.logical_or.reduce([framed[y : y + rows, x : x + columns] for y in range(3) for x in range(3)])
    return found


@lru_cache(maxsize=32)  # strangers choose the grids
def _order(rows: int, columns: int) -> Ints:
    """Pixel indices in the order of coding."""
    y, x = np.divmod(np.arange(rows * columns), columns)
    order: Ints = np.lexsort((y, x + SLANT * y))
    return order
