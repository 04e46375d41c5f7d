"""Quantised levels as symbols of the range coder, with probabilities that a network predicts (SPEC §7.2.2).

A level is a few bits, each with a probability of its own: whether it is not zero, whether it is negative, then whether
its magnitude is more than 1, 2, ... 6; what is beyond follows as an Exp-Golomb code of even chances.
"""

from __future__ import annotations

import numpy as np

from ..bitstream.rangecoder import RENORM, TOTAL, TOTAL_BITS, RangeDecoder, RangeEncoder
from ..errors import DamagedError
from ..limits import MAX_LEVEL
from ..typing import Bools, Floats, Ints

MAGNITUDE_FLAGS = 6  # "more than 1", ... "more than 6" have their own probabilities; the rest is Exp-Golomb
OUTPUTS = 2 + MAGNITUDE_FLAGS  # nonzero, negative, and the flags
_FLAGS = np.arange(1, MAGNITUDE_FLAGS + 1)
_EVEN = TOTAL // 2
_MANY = TOTAL // 4  # chance of a level that is not zero above which one loop for all is quicker: measured
_TOP = (1 << 32) - 1


def encode_levels(encoder: RangeEncoder, levels: Ints, p1: Ints) -> None:
    """Code int levels (n,) with probabilities out of 65,536, int (n, OUTPUTS)."""
    magnitude = np.abs(levels)[:, None]
    bits = np.empty(p1.shape, bool)
    bits[:, 0], bits[:, 1], bits[:, 2:] = levels != 0, levels < 0, magnitude > _FLAGS
    coded = np.empty(p1.shape, bool)
    coded[:, 0], coded[:, 1], coded[:, 2:] = True, bits[:, 0], magnitude >= _FLAGS
    p, ones = p1[coded].tolist(), bits[coded].tolist()
    done = 0
    far = np.flatnonzero(magnitude > MAGNITUDE_FLAGS)
    for end, level in zip(np.cumsum(coded.sum(1))[far].tolist(), magnitude[far, 0].tolist(), strict=True):
        encoder.encode_bits(ones[done:end], p[done:end])
        # Exp-Golomb of order 1: unary length, then that many bits.
        rest = level - MAGNITUDE_FLAGS - 1 + 2
        length = rest.bit_length()
        for _ in range(length - 2):
            encoder.encode_bit(1, _EVEN)
        encoder.encode_bit(0, _EVEN)
        encoder.encode_uniform(rest - (1 << length - 1), 1 << length - 1)
        done = end
    encoder.encode_bits(ones[done:], p[done:])


def decode_levels(decoder: RangeDecoder, p1: Ints) -> list[int]:
    """The next n levels, coded with probabilities out of 65,536, int (n, OUTPUTS).

    Raises:
        DamagedError: a level is out of range.
    """
    if type(decoder) is RangeDecoder and int(p1[:, 0].sum()) > _MANY * len(p1):
        return _decode_many(decoder, p1)
    levels, nonzero = [0] * len(p1), p1[:, 0].tolist()
    place = decoder.decode_until_one(nonzero, 0)
    while place < len(levels):
        levels[place] = _decode_rest(decoder, p1[place].tolist())
        place = decoder.decode_until_one(nonzero, place + 1)
    return levels


def _decode_many(decoder: RangeDecoder, p1: Ints) -> list[int]:
    """The same where many levels are not zero: all in one loop, because calls would take most of the time."""
    code, width, at, data = decoder.state()
    end, top, levels = len(data), _TOP, []
    for nonzero, negative, *flags in p1.tolist():
        level = 0
        bound = (width >> TOTAL_BITS) * nonzero
        if code >= bound:
            code -= bound
            width -= bound
        else:
            width = bound
            while width < RENORM:
                code = (code << 8 & top) | (data[at] if at < end else 0)
                at += 1
                width <<= 8
            bound = (width >> TOTAL_BITS) * negative
            sign = -1 if code < bound else 1
            if sign < 0:
                width = bound
            else:
                code -= bound
                width -= bound
            level = 1
            for p in flags:
                while width < RENORM:
                    code = (code << 8 & top) | (data[at] if at < end else 0)
                    at += 1
                    width <<= 8
                bound = (width >> TOTAL_BITS) * p
                if code >= bound:
                    code -= bound
                    width -= bound
                    break
                width = bound
                level += 1
            level *= sign
        while width < RENORM:
            code = (code << 8 & top) | (data[at] if at < end else 0)
            at += 1
            width <<= 8
        if level > MAGNITUDE_FLAGS or level < -MAGNITUDE_FLAGS:
            decoder.resume(code, width, at)
            level += sign * _decode_beyond(decoder)
            code, width, at, _ = decoder.state()
        levels.append(level)
    decoder.resume(code, width, at)
    return levels


def _decode_rest(decoder: RangeDecoder, p1: list[int]) -> int:
    """A level that is not zero."""
    sign = -1 if decoder.decode_bit(p1[1]) else 1
    for flag in range(1, MAGNITUDE_FLAGS + 1):
        if not decoder.decode_bit(p1[1 + flag]):
            return sign * flag
    return sign * (MAGNITUDE_FLAGS + 1 + _decode_beyond(decoder))


def _decode_beyond(decoder: RangeDecoder) -> int:
    """By how much a magnitude is more than the first that the flags do not tell: Exp-Golomb of order 1."""
    length = 2
    while decoder.decode_bit(_EVEN):
        length += 1
        if 1 << length - 1 > MAX_LEVEL:
            raise DamagedError("a level is out of range")
    return (1 << length - 1) + decoder.decode_uniform(1 << length - 1) - 2


class Prices:
    """What levels cost in bits, by probabilities out of 65,536, int (..., OUTPUTS)."""

    def __init__(self, p1: Ints) -> None:
        share = np.moveaxis(p1, -1, 0) / TOTAL
        self._one, self._zero = -np.log2(share), -np.log2(1 - share)

    def of(self, magnitude: Ints | Floats, negative: Bools) -> Floats:
        """Bits of each level, float (..., ...), from its magnitude (..., ...) and whether it is negative (...)."""
        one, zero = self._one, self._zero
        bits = np.where(magnitude > 0, one[0] + np.where(negative, one[1], zero[1]), zero[0])
        for flag in range(1, MAGNITUDE_FLAGS + 1):
            bits += np.where(magnitude > flag, one[1 + flag], zero[1 + flag]) * (magnitude >= flag)
        beyond = np.maximum(magnitude - MAGNITUDE_FLAGS + 1, 1)
        cost: Floats = bits + np.where(magnitude > MAGNITUDE_FLAGS, 2 * np.floor(np.log2(beyond)) - 1, 0)
        return cost
