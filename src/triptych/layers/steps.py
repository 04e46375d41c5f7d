"""The colour map from coarse to fine: coding 1 of the texture layer (SPEC §7.2.4), and the layer that goes on from it.

Levels, probabilities and colours are those of coding 0 (`texture`); only the order differs, and costs nothing. There
each plane is coded as a whole. Here step k codes diagonal k of the luma, k - 1 of Cb and k - 2 of Cr, so that whatever
the network sees of other levels is known as it is in coding 0. The first few steps are a picture by themselves: a
payload states how many it has, may be cut anywhere, and may be gone on from.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import numpy as np

from ..bitstream.cut import Cut, CutDecoder
from ..bitstream.integer_network import IntegerNetwork
from ..bitstream.rangecoder import RangeDecoder, RangeEncoder
from ..typing import Ints
from .levels import decode_levels, encode_levels
from .tables import load_table
from .texture_inputs import BORDER, PlaneInputs, padded, waves_of

LAG = (0, 1, 2)  # steps by which each plane comes later


def count_steps(rows: int, columns: int) -> int:
    """How many steps a grid has."""
    return rows + columns - 1 + LAG[-1]


def pack_steps(levels: Ints, index: int, first: int, stop: int) -> bytes:
    """The coded part of a payload: steps `first` to `stop` - 1 of int levels (3, rows, columns)."""
    framed = padded(*levels.shape[1:])
    framed[:, BORDER:-BORDER, BORDER:-BORDER] = levels
    encoder = RangeEncoder()
    for flat, places, p1 in _steps(framed, index, first, stop):
        encode_levels(encoder, flat[places], p1)
    return encoder.finish()


def unpack_steps(
    coded: bytes, levels: Ints, index: int, first: int, stop: int, *, cut: bool = False
) -> tuple[Ints, bool]:
    """(levels with steps `first` to `stop` - 1 added, whether all of them were there).

    Args:
        levels: int (3, rows, columns): those of the steps before, 0 elsewhere.
        cut: whether the end may be missing.

    Raises:
        DamagedError: it is not what `pack_steps` writes.
    """
    framed = padded(*levels.shape[1:])
    framed[:, BORDER:-BORDER, BORDER:-BORDER] = levels
    decoder = CutDecoder(coded) if cut else RangeDecoder(coded)
    whole = True
    try:
        for flat, places, p1 in _steps(framed, index, first, stop):
            if not cut:
                flat[places] = decode_levels(decoder, p1)
                continue
            for place, chances in zip(places.tolist(), p1, strict=True):
                flat[place] = decode_levels(decoder, chances[None])[0]
        decoder.finish()
    except Cut:
        whole = False
    return framed[:, BORDER:-BORDER, BORDER:-BORDER], whole


def kept_steps(levels: Ints, stop: int) -> Ints:
    """The levels of the first steps alone, 0 elsewhere."""
    _, rows, columns = levels.shape
    step = np.add.outer(np.array(LAG), np.add.outer(np.arange(rows), np.arange(columns)))
    return np.where(step < stop, levels, 0)


def used_steps(levels: Ints) -> int:
    """How many steps there are up to the last level that is not 0, at least one."""
    planes, y, x = np.nonzero(levels)
    return int((np.array(LAG)[planes] + y + x).max()) + 1 if len(y) else 1


def _steps(framed: Ints, index: int, first: int, stop: int) -> Iterator[tuple[Ints, Ints, Ints]]:
    """For each wave of the steps: the plane's levels, flat, the places of the wave in it, P(1) of each bit.

    The levels of a wave must be known when the next one is asked for.
    """
    rows, columns = (side - 2 * BORDER for side in framed.shape[1:])
    order = waves_of(rows, columns)
    inputs = [PlaneInputs(framed, plane, index, others_known=False) for plane in range(3)]
    for step in range(stop):
        for plane, lag in enumerate(LAG):
            if not 0 <= step - lag < rows + columns - 1:
                continue
            seen = inputs[plane].wave(step - lag)  # also of the steps before `first`, which they sum up
            if step >= first:
                places = order.places[order.starts[step - lag] : order.starts[step - lag + 1]]
                yield framed[plane].reshape(-1), places, _network().predict(seen)


@cache
def _network() -> IntegerNetwork:
    return IntegerNetwork(load_table("texture"), load_table("logistic")["p1"])
