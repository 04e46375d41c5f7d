"""The detail layer as levels: whole numbers on a grid of 16 x 16 pixels (SPEC §7.7).

A float network of the encoder chooses them, and another one paints with them (`decoders/miniature`). Here they are only
facts: 96 channels, sorted by use, coded channel by channel in the two colours of a checkerboard with probabilities that
a small integer network predicts from the levels before them. Any number of the first channels is a valid layer, so a
layer can be cut without its picture.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np

from ..bitstream.integer_network import IntegerNetwork
from ..bitstream.rangecoder import RangeDecoder, RangeEncoder
from ..errors import DamagedError
from ..typing import Floats, Ints
from .base import Size
from .detail_inputs import CHANNELS, INPUTS, Known, all_inputs, channel_inputs, wave_inputs, waves
from .detail_size import detail_grid
from .levels import OUTPUTS, Prices, decode_levels, encode_levels
from .tables import load_table

FINENESSES = 96  # how finely the encoder rounded; 0 is the coarsest


class Detail(NamedTuple):
    """What the layer unpacks to.

    Attributes:
        levels: int32 (channels, rows, columns) of the first channels; the others are 0 everywhere.
        fineness: 0..95.
        size: (width, height) of the picture that the levels describe, in pixels.
    """

    levels: Ints
    fineness: int
    size: Size


def used_channels(levels: Ints) -> int:
    """How many of the first channels there are to the last one that is not 0 everywhere."""
    used = np.flatnonzero(levels.any((1, 2)))
    return int(used[-1]) + 1 if len(used) else 0


def pack_levels(levels: Ints, fineness: int) -> bytes:
    """The payload for int levels (channels, rows, columns), the first `channels` of CHANNELS."""
    count = len(levels)
    order = np.concatenate(waves(levels.shape[1:]))
    p1 = chances(levels, fineness).reshape(count, -1, OUTPUTS)
    encoder = RangeEncoder()
    encode_levels(encoder, levels.reshape(count, -1)[:, order].ravel(), p1[:, order].reshape(-1, OUTPUTS))
    return bytes([fineness, count]) + encoder.finish()


def unpack_levels(payload: bytes, size: Size) -> tuple[Ints, int]:
    """(levels (channels, rows, columns), fineness) of a payload.

    Raises:
        DamagedError: the payload cannot have been written by `pack_levels`.
    """
    fineness, count = read_header(payload)
    grid = detail_grid(size)
    levels = np.zeros((count, *grid), np.int32)
    decoder = RangeDecoder(payload[2:])
    known, network, partners = Known(grid), _network(), _partners()
    for channel in range(count):
        plane = np.zeros((grid[0] + 2, grid[1] + 2), np.int32)
        inner = plane[1:-1, 1:-1]
        flat = levels[channel].ravel()
        inputs = channel_inputs(known, channel, fineness, partners)
        for wave, cells in enumerate(waves(grid)):
            given = wave_inputs(inputs, plane, cells) if wave else inputs.T.take(cells, 1).T
            p1 = network.predict(given, channel)
            flat[cells] = decode_levels(decoder, p1)
            inner[...] = flat.reshape(grid)
        known.add(channel, plane)
    decoder.finish()
    return levels, fineness


def read_header(payload: bytes) -> tuple[int, int]:
    """(fineness, number of channels)."""
    if len(payload) < 2:
        raise DamagedError("the detail layer is shorter than its fineness and number of channels")
    fineness, count = payload[0], payload[1]
    if fineness >= FINENESSES:
        raise DamagedError(f"the detail layer states fineness {fineness}; the largest is {FINENESSES - 1}")
    if not 1 <= count <= CHANNELS:
        raise DamagedError(f"the detail layer states {count} channels, not 1 to {CHANNELS}")
    return fineness, count


def level_bits(levels: Ints, fineness: int) -> Floats:
    """float64 (channels,): about how many bits each channel takes."""
    bits: Floats = Prices(chances(levels, fineness)).of(np.abs(levels), levels < 0).sum((1, 2))
    return bits


def chances(levels: Ints, fineness: int) -> Ints:
    """uint16 (channels, rows, columns, 8): the probabilities that each level is coded with, in what is around it.

    The same as channel after channel, but with all inputs of many channels at once.
    """
    count, rows, columns = levels.shape
    network = _network()
    result = np.zeros((count, rows * columns, OUTPUTS), np.uint16)
    for channels, cells, inputs in all_inputs(levels, fineness, _partners()):
        p1 = network.predict(inputs.reshape(-1, INPUTS), np.repeat(channels, len(cells)))
        result[channels[:, None], cells] = p1.reshape(len(channels), len(cells), OUTPUTS)
    return result.reshape(count, rows, columns, OUTPUTS)


@cache
def _network() -> IntegerNetwork:
    return IntegerNetwork(load_table("detail"), load_table("logistic")["p1"])


@cache
def _partners() -> Ints:
    return load_table("detail")["partners"].astype(np.int64)
