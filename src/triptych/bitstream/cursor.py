"""Reading and writing the header's integers (SPEC §2)."""

from __future__ import annotations

from ..errors import TruncatedError

_ONE_BYTE = 224  # 0..223 take one byte
_TWO_BYTES = _ONE_BYTE + (255 - 224) * 256  # up to 8,159 take two
MAX_NUMBER = _TWO_BYTES + 2**24 - 1  # the rest take four


def write_number(value: int) -> bytes:
    """A *number* (SPEC §2): 1, 2 or 4 bytes. Each value has exactly one form."""
    if not 0 <= value <= MAX_NUMBER:
        raise ValueError(f"a number must be 0..{MAX_NUMBER}, not {value}")
    if value < _ONE_BYTE:
        return bytes([value])
    if value < _TWO_BYTES:
        high, low = divmod(value - _ONE_BYTE, 256)
        return bytes([_ONE_BYTE + high, low])
    return b"\xff" + (value - _TWO_BYTES).to_bytes(3, "big")


class Cursor:
    """A read position that knows what it is reading, for error messages."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def take(self, count: int, what: str) -> bytes:
        """The next `count` bytes.

        Raises:
            TruncatedError: fewer are left; the message names `what` and the offset.
        """
        left = len(self.data) - self.at
        if left < count:
            text = f"{what} needs {count} bytes at byte {self.at}, {left} are left: the file was cut"
            raise TruncatedError(text, offset=len(self.data))
        self.at += count
        return self.data[self.at - count : self.at]

    def byte(self, what: str) -> int:
        at = self.at
        if at == len(self.data):
            self.take(1, what)  # says that nothing is left
        self.at = at + 1
        return self.data[at]

    def number(self, what: str) -> int:
        first = self.byte(what)
        if first < _ONE_BYTE:
            return first
        if first < 255:
            return _ONE_BYTE + (first - _ONE_BYTE) * 256 + self.byte(what)
        return _TWO_BYTES + int.from_bytes(self.take(3, what), "big")
