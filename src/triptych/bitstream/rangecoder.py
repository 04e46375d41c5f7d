"""The range coder that every entropy-coded layer uses (SPEC §6).

A carry-propagating range coder after G. N. N. Martin, "Range encoding: an algorithm for removing
redundancy from a digitised message" (1979), in 32-bit integer arithmetic. A symbol is an interval
``[start, start + size)`` of 65,536 equal parts; a *bit* is the special case of two intervals. Only
integers decide what is decoded: no floating point, no platform.

It is a queue: symbols come out in the order in which they went in.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from ..errors import DamagedError
from ..typing import Bools, Ints

TOTAL_BITS = 16
TOTAL = 1 << TOTAL_BITS  # the parts into which an interval is divided
_TOP = 1 << 32
RENORM = _RENORM = 1 << 24  # range stays in [2^24, 2^32) between symbols


class RangeEncoder:
    """Collect symbols with `encode` / `encode_bit`, then take the bytes with `finish`."""

    def __init__(self) -> None:
        self._low = 0  # < 2^32 between symbols; bit 32 is a carry into `_bytes`
        self._range = _TOP - 1
        self._bytes = bytearray()

    def encode(self, start: int, size: int) -> None:
        """Code the symbol whose interval is [start, start + size) out of 65,536; size >= 1."""
        part = self._range >> TOTAL_BITS
        self._low += part * start
        # The last interval also takes what the division left over (SPEC §6.1).
        self._range = self._range - part * start if start + size == TOTAL else part * size
        self._normalise()

    def encode_bit(self, bit: int, p1: int) -> None:
        """Code one bit whose probability of being 1 is p1 / 65,536, with 1 <= p1 <= 65,535."""
        bound = (self._range >> TOTAL_BITS) * p1
        if bit:
            self._range = bound
        else:
            self._low += bound
            self._range -= bound
        self._normalise()

    def encode_bits(self, bits: Iterable[int], p1: Iterable[int]) -> None:
        """`encode_bit` for many, in one loop."""
        width, data = self._range, self._bytes
        # A bit 0 takes from the lower end, so the upper one stays: one comparison tells that the range is large enough.
        top = self._low + width
        for bit, p in zip(bits, p1, strict=True):
            rest = width - (width >> TOTAL_BITS) * p
            if bit:
                top -= rest
                width -= rest
            else:
                width = rest
            if width >= _RENORM:
                continue
            low = top - width
            while width < _RENORM:
                if low >= _TOP:
                    low -= _TOP
                    self._carry()
                data.append(low >> 24)
                low = (low << 8) & (_TOP - 1)
                width <<= 8
            top = low + width
        low = top - width
        if low >= _TOP:
            low -= _TOP
            self._carry()
        self._low, self._range = low, width

    def encode_uniform(self, value: int, count: int) -> None:
        """Code value in 0..count-1, all equally likely, 1 <= count <= 65,536 (SPEC §6.2)."""
        start = value * TOTAL // count
        self.encode(start, (value + 1) * TOTAL // count - start)

    def _normalise(self) -> None:
        if self._low >= _TOP:
            self._low -= _TOP
            self._carry()
        while self._range < _RENORM:
            self._bytes.append(self._low >> 24)
            self._low = (self._low << 8) & (_TOP - 1)
            self._range <<= 8

    def _carry(self) -> None:
        at = len(self._bytes) - 1
        while self._bytes[at] == 255:
            self._bytes[at] = 0
            at -= 1
        self._bytes[at] += 1

    def finish(self) -> bytes:
        """The shortest payload that decodes to the symbols; it never ends in a zero byte.

        The decoder reads zeros beyond the end (SPEC §6.3), so the value of the final interval with
        the most trailing zeros is written and its zero bytes are dropped.
        """
        high = self._low + self._range - 1
        for zeros in range(32, -1, -1):
            value = (high >> zeros) << zeros
            if value >= self._low:
                break
        self._low = value
        if self._low >= _TOP:
            self._low -= _TOP
            self._carry()
        tail = self._low.to_bytes(4, "big")
        return bytes(self._bytes + tail).rstrip(b"\0")


class RangeDecoder:
    """Read back, in the same order and with the same intervals, what a `RangeEncoder` wrote."""

    def __init__(self, data: bytes) -> None:
        if data and data[-1] == 0:
            raise DamagedError("a range-coded payload ends in a zero byte, which no writer makes")
        self._data = data
        self._at = 4
        self._code = int.from_bytes(data[:4].ljust(4, b"\0"), "big")
        self._range = _TOP - 1

    def target(self) -> int:
        """Which of the 65,536 parts the next symbol lies in; follow with `take` of its interval."""
        return min(self._code // (self._range >> TOTAL_BITS), TOTAL - 1)

    def take(self, start: int, size: int) -> None:
        """Consume the symbol whose interval [start, start + size) holds `target()`."""
        part = self._range >> TOTAL_BITS
        self._code -= part * start
        self._range = self._range - part * start if start + size == TOTAL else part * size
        self._normalise()

    def decode_bit(self, p1: int) -> int:
        """The next bit, whose probability of being 1 is p1 / 65,536."""
        bound = (self._range >> TOTAL_BITS) * p1
        if self._code < bound:
            self._range = bound
            bit = 1
        else:
            self._code -= bound
            self._range -= bound
            bit = 0
        if self._range < _RENORM:
            self._normalise()
        return bit

    def decode_bits(self, p1: Sequence[int]) -> list[int]:
        """The next bits, whose probabilities of being 1 are p1 / 65,536: `decode_bit` for many, in one loop."""
        width, at, data = self._range, self._at, self._data
        # A bit 0 takes the same from code and range, so their difference stays: one comparison tells that the bit is 0
        # and the range still large enough.
        above = width - self._code
        least = max(above, _RENORM)
        bits = [0] * len(p1)
        for place, p in enumerate(p1):
            rest = width - (width >> TOTAL_BITS) * p
            if rest >= least:
                width = rest
                continue
            if rest < above:
                bits[place] = 1
                above -= rest
                width -= rest
            else:
                width = rest
            while width < _RENORM:
                code = (width - above << 8 & (_TOP - 1)) | (data[at] if at < len(data) else 0)
                at += 1
                width <<= 8
                above = width - code
            least = above if above > _RENORM else _RENORM
        self._code, self._range, self._at = width - above, width, at
        return bits

    def state(self) -> tuple[int, int, int, bytes]:
        """(code, range, place, data) for a loop elsewhere that would spend most of its time in calls; see `resume`."""
        return self._code, self._range, self._at, self._data

    def resume(self, code: int, width: int, at: int) -> None:
        """Go on from the state that such a loop ended in."""
        self._code, self._range, self._at = code, width, at

    def decode_uniform(self, count: int) -> int:
        """The next value in 0..count-1, all equally likely."""
        target = self.target()
        value = ((target + 1) * count - 1) // TOTAL
        start = value * TOTAL // count
        self.take(start, (value + 1) * TOTAL // count - start)
        return value

    def _normalise(self) -> None:
        while self._range < _RENORM:
            byte = self._data[self._at] if self._at < len(self._data) else 0
            self._at += 1
            self._code = ((self._code << 8) | byte) & (_TOP - 1)
            self._range <<= 8

    def finish(self) -> None:
        """Check that nothing is left over.

        Raises:
            DamagedError: bytes remain that no symbol needed.
        """
        if self._at < len(self._data):
            raise DamagedError(f"{len(self._data) - self._at} bytes are left over after the last coded symbol")


class RangeDecoders:
    """Several `RangeDecoder`s in step."""

    def __init__(self, payloads: Sequence[bytes]) -> None:
        """For payloads that do not end in a zero byte."""
        lengths = np.array([len(data) for data in payloads], np.int64)
        starts = np.append(0, (lengths + 4).cumsum())[:-1]
        data = np.frombuffer(b"".join(data + bytes(4) for data in payloads) + b"\0", np.uint8).astype(np.int64)
        self._twos = (data[:-1] << 8) | data[1:]  # two bytes from each place on; those behind a payload are zeros
        self._code = self._twos[starts] << 16 | self._twos[starts + 2]
        self._range = np.full(len(payloads), _TOP - 1)
        self._at, self._stop = starts + 4, starts + lengths

    def keep(self, those: Bools) -> None:
        """Go on with some of them."""
        self._code, self._range, self._at, self._stop = (
            values[those] for values in (self._code, self._range, self._at, self._stop)
        )

    def alone(self, number: int, payload: bytes) -> RangeDecoder:
        """One of them, whose payload this is, by itself."""
        decoder, at = RangeDecoder(payload), int(self._at[number] - self._stop[number]) + len(payload)
        decoder.resume(int(self._code[number]), int(self._range[number]), at)
        return decoder

    def targets(self) -> Ints:
        """int64 (count,): `RangeDecoder.target` of each."""
        found: Ints = np.minimum(self._code // (self._range >> TOTAL_BITS), TOTAL - 1)
        return found

    def take(self, start: Ints, size: Ints) -> None:
        """`RangeDecoder.take` of each; int64 (count,) both."""
        code, width, at = self._code, self._range, self._at
        part = width >> TOTAL_BITS
        start_at = part * start
        code -= start_at
        width[:] = np.where(start + size == TOTAL, width - start_at, part * size)
        short = (width < _RENORM) * 8 + (width < _RENORM >> 8) * 8  # bits; a range is never below 2^8 here
        code <<= short
        code |= self._twos[np.minimum(at, self._stop)] >> (16 - short)
        code &= _TOP - 1
        width <<= short
        at += short >> 3

    def at_end(self) -> Bools:
        """Whether nothing is left over of each payload, which is to be so after the last symbol."""
        ended: Bools = self._at >= self._stop
        return ended
