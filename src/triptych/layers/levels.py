"""Quantised levels as symbols of the range coder, with probabilities that a network predicts (SPEC §7.2.2).

A level is a few bits, each with a probability of its own: whether it is not zero, whether it is negative, then whether
its magnitude is more than 1, 2, ... 6; what is beyond follows as an Exp-Golomb code of even chances.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from ..bitstream.rangecoder import RENORM, TOTAL, TOTAL_BITS, RangeDecoder, RangeEncoder
from ..errors import DamagedError
from ..limits import MAX_LEVEL
from ..typing import Bools, Floats, Ints

MAGNITUDE_FLAGS = 6  # "more than 1", ... "more than 6" have their own probabilities; the rest is Exp-Golomb
OUTPUTS = 2 + MAGNITUDE_FLAGS  # nonzero, negative, and the flags
_FLAGS = np.arange(1, MAGNITUDE_FLAGS + 1)
_EVEN = TOTAL // 2
_LONGEST = MAX_LEVEL.bit_length()  # of an Exp-Golomb code
_MANY = TOTAL // 4  # chance of a magnitude of more than 1 above which lists of all flags are quicker: measured
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
    if type(decoder) is RangeDecoder:
        return _decode_whole(decoder, p1)
    return [_decode_rest(decoder, row) if decoder.decode_bit(row[0]) else 0 for row in p1.tolist()]


def _decode_whole(decoder: RangeDecoder, p1: Ints) -> list[int]:
    """The same with the coder's arithmetic in one loop, in which calls would take most of the time."""
    code, width, start, data = decoder.state()
    top, least = _TOP, RENORM
    levels = [0] * len(p1)
    # A bit takes at most two bytes and what the flags do not tell at most eight; beyond the end there are zeros.
    window, at = data[start : start + 24 * len(p1)].ljust(24 * len(p1), b"\0"), 0
    # Few levels need the later flags, and to make lists of all of them would take longer than the loop.
    nonzero, negative, larger = p1[:, :3].T.tolist()
    many = int((p1[:, 0] * p1[:, 2] >> TOTAL_BITS).sum()) > _MANY * len(p1)
    flags = p1[:, 3:].tolist() if many else []
    for place, p in enumerate(nonzero):
        bound = (width >> 16) * p
        if code >= bound:
            code -= bound
            width -= bound
            while width < least:
                code = (code << 8 | window[at]) & top
                at += 1
                width <<= 8
            continue
        width = bound
        while width < least:
            code = (code << 8 | window[at]) & top
            at += 1
            width <<= 8
        bound = (width >> 16) * negative[place]
        if code < bound:
            width, sign = bound, -1
        else:
            code -= bound
            width -= bound
            sign = 1
        while width < least:
            code = (code << 8 | window[at]) & top
            at += 1
            width <<= 8
        bound = (width >> 16) * larger[place]
        if code >= bound:
            levels[place] = sign
            code -= bound
            width -= bound
            while width < least:
                code = (code << 8 | window[at]) & top
                at += 1
                width <<= 8
            continue
        width, level = bound, 2
        while width < least:
            code = (code << 8 | window[at]) & top
            at += 1
            width <<= 8
        for p in flags[place] if many else p1[place, 3:].tolist():
            bound = (width >> 16) * p
            if code >= bound:
                code -= bound
                width -= bound
                while width < least:
                    code = (code << 8 | window[at]) & top
                    at += 1
                    width <<= 8
                break
            width = bound
            level += 1
            while width < least:
                code = (code << 8 | window[at]) & top
                at += 1
                width <<= 8
        else:
            beyond, code, width, at = _beyond(code, width, at, window)
            level += beyond
        levels[place] = sign * level
    decoder.resume(code, width, start + at)
    return levels


def _beyond(code: int, width: int, at: int, window: bytes) -> tuple[int, int, int, int]:
    """(`_decode_beyond`, code, width, at) of the loop above."""
    length, top, least = 2, _TOP, RENORM
    while True:
        bound = (width >> 16) * _EVEN
        one = code < bound
        if one:
            width = bound
        else:
            code -= bound
            width -= bound
        if width < least:  # about half the width is left
            code = (code << 8 | window[at]) & top
            at += 1
            width <<= 8
        if not one:
            break
        length += 1
        if length > _LONGEST:
            raise DamagedError("a level is out of range")
    part = width >> TOTAL_BITS
    value = min(code // part, TOTAL - 1) >> TOTAL_BITS + 1 - length  # of 2^(length - 1), each as likely
    first = value << TOTAL_BITS + 1 - length
    code -= part * first
    last = value + 1 == 1 << length - 1
    width = width - part * first if last else part << TOTAL_BITS + 1 - length
    while width < least:
        code = (code << 8 | window[at]) & top
        at += 1
        width <<= 8
    return (1 << length - 1) + value - 2, code, width, at


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
        if length > _LONGEST:
            raise DamagedError("a level is out of range")
    return (1 << length - 1) + decoder.decode_uniform(1 << length - 1) - 2


class Prices:
    """What levels cost in bits, by probabilities out of 65,536, int (..., OUTPUTS)."""

    def __init__(self, p1: Ints) -> None:
        of_one = np.moveaxis(p1, -1, 0).astype(np.intp)
        self._one, self._zero = bits_of_chances().take(of_one), bits_of_chances().take(TOTAL - of_one)

    def of(self, magnitude: Ints | Floats, negative: Bools) -> Floats:
        """Bits of each level, float (..., ...), from its magnitude (..., ...) and whether it is negative (...)."""
        one, zero = self._one, self._zero
        bits = np.where(magnitude > 0, one[0] + np.where(negative, one[1], zero[1]), zero[0])
        for flag in range(1, MAGNITUDE_FLAGS + 1):
            bits += np.where(magnitude > flag, one[1 + flag], zero[1 + flag]) * (magnitude >= flag)
        beyond = np.maximum(magnitude - MAGNITUDE_FLAGS + 1, 1)
        cost: Floats = bits + np.where(magnitude > MAGNITUDE_FLAGS, 2 * np.floor(np.log2(beyond)) - 1, 0)
        return cost


@cache
def bits_of_chances() -> Floats:
    """float (65537,): the bits of what happens in so many of 65,536 cases; do not write to it."""
    bits: Floats = -np.log2(np.arange(TOTAL + 1).clip(1) / TOTAL)
    return bits
