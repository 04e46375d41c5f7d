"""Reading a raster of edges pixel by pixel (SPEC §7.4.2): the same for the whole raster and for each of its scans."""

from __future__ import annotations

from functools import cache

from ..bitstream.cut import Cut
from ..bitstream.integer_network import IntegerNetwork
from ..bitstream.rangecoder import RangeDecoder
from ..typing import Bools, Ints
from .edge_inputs import DENSITIES, NEAR_X, SLANT, Chances, Sums, Windows, shares
from .tables import load_table

# Share of the pixels that may be set before decoding by windows is less work than by sums: measured on noise; drawings
# have a tenth of it.
_SPARSE = 0.12


def read_raster(decoder: RangeDecoder, raster: Bools, known: Bools | None = None) -> None:
    """Read the density and the pixels of a raster, which is empty before; those that are `known` are not coded.

    Raises:
        Cut: the end was cut off; the pixels before it are set.
    """
    rows, columns = raster.shape
    level = decoder.decode_uniform(DENSITIES)
    network, sums = edge_network(), Sums((rows, columns), edge_shares())
    sums.padded += network.sums_of_bias(level)
    taken = None if known is None or not known.any() else known.reshape(-1).tolist()
    left = int(raster.size * _SPARSE)  # pixels that may be set before windows are less work than sums
    windows: Windows | None = None
    # The pixels of a wave are equally far from each other in memory.
    step = sums.padded.shape[1] - SLANT
    for wave in range(columns + SLANT * (rows - 1)):
        first, last = max(0, -(-(wave - columns + 1) // SLANT)), min(rows - 1, wave // SLANT)
        start = wave + step * first + NEAR_X
        if first > last:  # the raster is narrower than the slant
            continue
        if windows is None:
            chances = network.after_sums(sums.flat[start : start + (last - first) * step + 1 : step])
        else:
            chances = network.predict(windows.of(wave, first, last), level)
        given, coded = chances.ravel().tolist(), list(range(first, last + 1))
        if taken is not None:
            coded = [y for y in coded if not taken[wave + (columns - SLANT) * y]]
            given = [given[y - first] for y in coded]
        end: Cut | None = None
        try:
            bits = decoder.decode_bits(given)
        except Cut as cut:
            bits, end = cut.bits, cut
        if 1 in bits:
            places = [(y, wave - SLANT * y) for y, bit in zip(coded, bits, strict=False) if bit]
            raster[tuple(zip(*places, strict=True))] = True
            left -= len(places)
            if windows is not None:
                windows.set(places)
            elif left < 0:
                windows = Windows(raster)
            else:
                for y, x in places:
                    sums.padded[sums.around(y, x)] += sums.added
        if end:
            raise end


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
