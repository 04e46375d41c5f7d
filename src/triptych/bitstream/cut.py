"""Reading a range-coded payload whose end was cut off, as far as its bytes say anything (SPEC §6.6).

What follows the last byte may be anything. A symbol counts as read if it is the same whatever follows: if the smallest
and the largest continuation, all 00 and all FF, lie in its interval.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from .rangecoder import TOTAL, TOTAL_BITS, RangeDecoder

_RENORM = 1 << 24


class Cut(Exception):
    """The next symbol depends on bytes that are missing.

    Attributes:
        bits: of those that were asked for together, the ones before it.
    """

    def __init__(self, bits: Iterable[int] = ()) -> None:
        super().__init__()
        self.bits = list(bits)


class CutDecoder(RangeDecoder):
    """A `RangeDecoder` that raises `Cut` at the first symbol that the bytes do not decide."""

    def __init__(self, data: bytes) -> None:
        super().__init__(data.rstrip(b"\0"))  # whose check is for whole payloads
        self._data = data
        self._spread = (1 << 8 * max(0, 4 - len(data))) - 1  # by how much `_code` may be larger

    def take(self, start: int, size: int) -> None:
        part = self._range >> TOTAL_BITS
        end = self._range if start + size == TOTAL else part * (start + size)
        if self._code + self._spread >= end:
            raise Cut
        self._code -= part * start
        self._range = end - part * start
        self._normalise()

    def decode_bit(self, p1: int) -> int:
        bound = (self._range >> TOTAL_BITS) * p1
        if self._code < bound:
            if self._code + self._spread >= bound:
                raise Cut
            self._range = bound
            bit = 1
        else:
            if self._code + self._spread >= self._range:
                raise Cut
            self._code -= bound
            self._range -= bound
            bit = 0
        self._normalise()
        return bit

    # The loops of many bits know nothing of the end; here they are made of single ones.
    def decode_bits(self, p1: Sequence[int]) -> list[int]:
        bits: list[int] = []
        try:
            for p in p1:
                bits.append(self.decode_bit(p))
        except Cut:
            raise Cut(bits) from None
        return bits

    def _normalise(self) -> None:
        while self._range < _RENORM:
            known = self._at < len(self._data)
            self._code = self._code << 8 | (self._data[self._at] if known else 0)
            self._spread = self._spread << 8 | (0 if known else 255)
            self._at += 1
            self._range <<= 8

    def finish(self) -> None:
        """Nothing to check: what is left over belongs to symbols that were cut."""
