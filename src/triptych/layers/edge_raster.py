"""Reading a raster of edges pixel by pixel (SPEC §7.4.2): the same for the whole raster and for each of its scans."""

from __future__ import annotations

from functools import cache
from itertools import compress

import numpy as np

from ..bitstream.cut import Cut
from ..bitstream.integer_network import IntegerNetwork
from ..bitstream.rangecoder import RangeDecoder
from ..errors import LimitError
from ..limits import DEFAULT, Limits
from ..typing import Bools, Ints
from .edge_inputs import DENSITIES, LOOK_BACK, NEAR_X, SLANT, Chances, Sums, shares
from .tables import load_table
from .work import BUSY_STEP, EDGE_PIXEL, QUIET_STEP, too_much


def steps_of(shape: tuple[int, int]) -> int:
    """In how many steps a raster of (rows, columns) is read: waves of pixels that do not see each other."""
    rows, columns = shape
    return columns + SLANT * (rows - 1)


def read_raster(decoder: RangeDecoder, raster: Bools, known: Bools | None = None, *, limits: Limits = DEFAULT) -> int:
    """Read the density and the pixels of a raster, which is empty before; those that are `known` are not coded.

    Returns:
        The work that it took.

    Raises:
        Cut: the end was cut off; the pixels before it are set.
        LimitError: it takes more than `limits.work`, or sets more than `limits.edge_pixels`.
    """
    rows, columns = raster.shape
    work = limits.work - steps_of(raster.shape) * QUIET_STEP
    if work < 0:
        raise too_much("the grid of the edges takes more", limits.work)
    level = decoder.decode_uniform(DENSITIES)
    network, sums = edge_network(), Sums((rows, columns), edge_shares())
    bias = network.sums_of_bias(level)
    sums.padded += bias
    alone = int(network.after_sums(bias[None])[0, 0])  # of a pixel that sees none that is set
    coded = None if known is None or not known.any() else _padded(~known, sums.padded.shape[:2]).tobytes()
    flat, padded, added, left = sums.flat, sums.padded, sums.added, limits.edge_pixels
    height, width = added.shape[:2]  # of what sees a pixel
    told = -1  # the last wave that sees a pixel that is set
    pixels = raster.view(np.uint8).reshape(-1).data  # single items of arrays are slow
    # The pixels of a wave are equally far from each other in memory.
    step = padded.shape[1] - SLANT
    for wave in range(steps_of(raster.shape)):
        first, last = max(0, -(-(wave - columns + 1) // SLANT)), min(rows - 1, wave // SLANT)
        if first > last:  # the raster is narrower than the slant
            continue
        start = wave + step * first + NEAR_X
        places = slice(start, start + (last - first) * step + 1, step)
        wanted = None if coded is None else coded[places]
        if wanted and 1 not in wanted:
            continue
        if wave <= told:
            work -= BUSY_STEP
            if work < 0:
                raise too_much("reading the edges takes more", limits.work)
            given = network.after_sums(flat[places]).ravel().tolist()
        else:
            given = [alone] * (last - first + 1)
        end: Cut | None = None
        try:
            bits = decoder.decode_bits(list(compress(given, wanted)) if wanted else given)
        except Cut as cut:
            bits, end = cut.bits, cut
        if 1 in bits:
            told = wave + LOOK_BACK
            there = list(compress(compress(range(first, last + 1), wanted) if wanted else range(first, last + 1), bits))
            left -= len(there)
            work -= len(there) * EDGE_PIXEL
            for y in there:
                x = wave - SLANT * y
                pixels[y * columns + x] = 1
                around = padded[y : y + height, x : x + width]
                np.add(around, added, around)
            if left < 0:
                raise LimitError(
                    f"more than {limits.edge_pixels} pixels of the edges are set, which no drawing does; no more are "
                    "unpacked (Limits.edge_pixels)"
                )
        if end:
            raise end
    return limits.work - work


def _padded(raster: Bools, shape: tuple[int, int]) -> Bools:
    """The pixels of a raster where `Sums.padded` of this (rows, columns) has them."""
    padded = np.zeros(shape, bool)
    padded[: raster.shape[0], NEAR_X : NEAR_X + raster.shape[1]] = raster
    return padded


@cache
def edge_network() -> IntegerNetwork:
    """The network that predicts the pixels."""
    return IntegerNetwork(load_table("edges"), load_table("logistic")["p1"])


@cache
def edge_shares() -> Ints:
    """What a pixel that is set adds to the sums of the network's first layer (`shares`)."""
    return shares(load_table("edges")["w1"])


def edge_chances(shape: tuple[int, int]) -> Chances:
    """For rasters of (rows, columns) that are known."""
    return Chances(shape, edge_network(), edge_shares())
