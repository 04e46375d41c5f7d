"""Adaptive bits, numbers and strings for the recipe layer (SPEC §7.5.1 and §7.5.2).

Every decision is coded with a probability learnt from the decisions before it in the same context; a context
that was never seen asks a shorter one, as in Cleary and Witten, "Data compression using adaptive coding and
partial string matching" (1984). Strings are repeated whole where they were seen before; else they are spelt
byte by byte, predicted from the bytes before and from what followed those bytes the last time, as in Bloom,
"Solving the problems of context modeling" (1998). Only integers decide.
"""

from __future__ import annotations

import re
from typing import Any

from ..bitstream.rangecoder import RangeDecoder, RangeEncoder
from ..errors import DamagedError, LimitError, TriptychError
from ..limits import MAX_RECIPE_BYTES, MAX_RECIPE_STEPS, MAX_TEXT_CHARS

MAX_STRINGS = 65_536
_HALF = 32768 << 5  # a context: probability of a 1 of 65,536 above, how often it was seen in the lower five bits
_MOST_SEEN = 24
_RATE = tuple(2 * 65536 // (2 * seen + 3) for seen in range(_MOST_SEEN + 1))

# How a string is coded.
KNOWN, SPELT, PROSE, LINES, UUID = range(5)
_END = 0xFF  # closes a string; no UTF-8 has this byte
_PROSE_FROM = 12  # characters below which the semantic layer's coder is not asked
_PROSE_BYTE, _PROSE_CHAR = 128, 32  # what that coder's work counts for, in decisions
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_MOST_PROSE = 4 * MAX_TEXT_CHARS
_MOST_ASKED = 300  # texts; asking takes milliseconds

# Contexts are whole numbers: a place, a field within it, and up to ten bits of what is known of the value.
# Those of bytes are negative.
F_KIND, F_CHOICE, F_SIZE, F_STEP, F_WHOLE, F_SIGN, F_WORD, F_MORE, F_KEY, F_END, F_STRING, F_LENGTH = range(12)
ANYWHERE = 0  # the place of what does not depend on a place


def context(place: int, field: int, node: int = 0) -> int:
    return place << 14 | field << 10 | node


class Output:
    """Where bits go when a payload is written; the learner is the same in both directions."""

    encodes = True

    def __init__(self) -> None:
        self.range = RangeEncoder()

    def bit(self, bit: int, p1: int) -> int:
        self.range.encode_bit(bit, p1)
        return bit

    def uniform(self, value: int, count: int) -> int:
        self.range.encode_uniform(value, count)
        return value


class Input:
    """Where bits come from when a payload is read; what is asked to be coded is ignored."""

    encodes = False

    def __init__(self, payload: bytes) -> None:
        self.range = RangeDecoder(payload)

    def bit(self, bit: int, p1: int) -> int:
        return self.range.decode_bit(p1)

    def uniform(self, value: int, count: int) -> int:
        return self.range.decode_uniform(count)


class Nowhere:
    """For priming: the learner learns, and nothing is written."""

    encodes = True

    def bit(self, bit: int, p1: int) -> int:
        return bit

    def uniform(self, value: int, count: int) -> int:
        return value


class Learner:
    """What was learnt so far: probabilities, strings, and the bytes that were spelt.

    Attributes:
        coder: an `Output`, `Input` or `Nowhere`.
        steps, chars: what reading has cost so far, in decisions and in characters of output.
    """

    def __init__(self) -> None:
        self.slots: dict[int, int] = {}
        self.strings: dict[str, int] = {}
        self.listed: list[str] = []
        self.history = bytearray()
        self.seen_at: dict[bytes, int] = {}
        self.follow = 0
        self.steps = 0
        self.chars = 0
        self.coder: Any = Nowhere()
        self.asks = 0  # how often the semantic layer's coder may still be asked

    def copy(self, coder: Any) -> Any:
        """A learner that knows the same, for a document of its own."""
        other = type(self)()
        for name, value in vars(self).items():
            setattr(other, name, value.copy() if isinstance(value, (dict, list, bytearray)) else value)
        other.steps, other.chars, other.coder = 0, 0, coder
        other.asks = _MOST_ASKED if type(coder) is Output else 0
        return other

    def count(self, chars: int) -> None:
        """Note that so many characters have come out."""
        self.chars += chars
        if self.chars > MAX_RECIPE_BYTES:
            raise LimitError(f"the recipe unpacks to more than {MAX_RECIPE_BYTES} characters")

    # --- bits and numbers ---

    def bit(self, special: int, general: int, bit: int) -> int:
        """One adaptive bit in a context and a more general one; both learn."""
        self.steps += 1
        if self.steps > MAX_RECIPE_STEPS:
            raise LimitError(f"the recipe takes more than {MAX_RECIPE_STEPS} decisions to read")
        slots = self.slots
        other = slots.get(general, _HALF)
        state = slots.get(special)
        if state is None:
            state = other & ~31
        p, seen = state >> 5, state & 31
        q, often = other >> 5, other & 31
        bit = self.coder.bit(bit, p)
        if bit:
            p += (65536 - p) * _RATE[seen] >> 16
            q += (65536 - q) * _RATE[often] >> 16
        else:
            p -= p * _RATE[seen] >> 16
            q -= q * _RATE[often] >> 16
        slots[general] = q << 5 | (often + 1 if often < _MOST_SEEN else often)
        slots[special] = p << 5 | (seen + 1 if seen < _MOST_SEEN else seen)
        return bit

    def tree(self, special: int, general: int, value: int, bits: int) -> int:
        """A value of so many bits, the highest first, each in the light of those before it.

        Args:
            special, general: contexts whose lowest ten bits are free.
        """
        node = 1
        for k in range(bits - 1, -1, -1):
            node = node << 1 | self.bit(special | node, general | node, value >> k & 1)
        return node - (1 << bits)

    def magnitude(self, special: int, general: int, field: int, value: int) -> int:
        """A whole number of 0 to 2^63 - 1: how many bits it has, then all but the first of them.

        Args:
            special, general: places.
        """
        base, other = context(special, field), context(general, field)
        length = self.tree(base, other, value.bit_length(), 6)
        if length < 2:
            return length
        base, other = context(special, F_SIZE, length << 4), context(general, F_SIZE, length << 4)
        known = 1
        for k in range(length - 2, -1, -1):
            wanted = value >> k & 1
            if known < 8:
                known = known << 1 | self.bit(base | known, other | known, wanted)
            else:
                known = known << 1 | self.coder.bit(wanted, 32768)
        return known

    # --- strings ---

    def text(self, value: str, place: int, level: int = 0) -> str:
        """A string: one of those seen before, or spelt out; either way it is known from then on."""
        method = self._method(value) if self.coder.encodes else 0
        method = self.tree(context(place, F_STRING), context(ANYWHERE, F_STRING), method, 3)
        if method == KNOWN:
            if not self.listed:
                raise DamagedError("the recipe repeats a text where there was none")
            value = self.listed[self.coder.uniform(self.strings.get(value, 0), len(self.listed))]
            self.count(len(value))
        elif method == SPELT:
            data = value.encode("utf-8", "surrogatepass") if self.coder.encodes else b""
            value = self._decoded(self.spell(data, _END))
        elif method == PROSE:
            value = self._prose(value)
        elif method == LINES and level == 0:
            value = self._lines(value, place)
        elif method == UUID:
            digits = value.replace("-", "") if self.coder.encodes else "0" * 32
            d = "".join(f"{self.coder.uniform(int(digits[k : k + 4], 16), 65536):04x}" for k in range(0, 32, 4))
            value = f"{d[:8]}-{d[8:12]}-{d[12:16]}-{d[16:20]}-{d[20:]}"
            self.steps += 8
            self.count(36)
        else:
            raise DamagedError(f"the recipe codes a text in way {method}, which does not exist")
        self.know(value)
        return value

    def know(self, value: str) -> None:
        """Add a string to those that can be repeated."""
        if value not in self.strings and len(self.listed) < MAX_STRINGS:
            self.strings[value] = len(self.listed)
            self.listed.append(value)

    def _method(self, value: str) -> int:
        if value in self.strings:
            return KNOWN
        if _UUID.fullmatch(value):
            return UUID
        if "\n" in value and len(value) > _PROSE_FROM:
            return LINES
        return PROSE if self._is_prose(value) else SPELT

    def _is_prose(self, value: str) -> bool:
        """Whether the text coder of the semantic layer needs fewer bytes than spelling."""
        if not self.asks or not _PROSE_FROM <= len(value) <= MAX_TEXT_CHARS or " " not in value:
            return False
        self.asks -= 1
        from .text.model import encode_text

        try:
            coded = encode_text(value)
        except (ValueError, TriptychError):  # a lone surrogate
            return False
        trial = self.copy(Output())
        trial.spell(value.encode("utf-8"), _END)
        return len(coded) + 1 < len(trial.coder.range.finish())

    def _prose(self, value: str) -> str:
        from .text.model import decode_text, encode_text

        coded = encode_text(value) if self.coder.encodes else b""
        length = self.magnitude(ANYWHERE, ANYWHERE, F_LENGTH, len(coded))
        if length > _MOST_PROSE:
            raise DamagedError(f"the recipe announces a text of {length} coded bytes")
        self.steps += _PROSE_BYTE * length
        coded = bytes(self.coder.uniform(coded[k] if k < len(coded) else 0, 256) for k in range(length))
        text = value if self.coder.encodes else decode_text(coded, max_chars=MAX_TEXT_CHARS)
        self.steps += _PROSE_CHAR * len(text)
        self.count(len(text))
        for byte in (*text.encode("utf-8"), _END):
            self._push(byte)
        return text

    def _lines(self, value: str, place: int) -> str:
        """Lines one by one, so that each is coded the way that suits it."""
        lines = value.split("\n") if self.coder.encodes else []
        count = self.magnitude(ANYWHERE, ANYWHERE, F_LENGTH, len(lines))
        out = []
        for k in range(count):
            self.count(1)
            out.append(self.text(lines[k] if lines else "", place, 1))
        return "\n".join(out)

    def spell(self, data: bytes, start: int) -> bytes:
        """Bytes up to a closing 0xFF.

        Args:
            start: stands for the two bytes before the first; 0xFF for text, 0xFE for the digits of numbers.
        """
        history = self.history
        out = bytearray()
        one = two = start
        length = follow = at = 0
        while True:
            if not length:
                follow = self.follow
            wanted = (data[at] if at < len(data) else _END) if self.coder.encodes else 0
            at += 1
            byte = -1
            if follow:
                guess = history[follow]
                rank = min(length, 15) | (one == start) << 4
                if self.bit(-1 - rank, -101, wanted == guess):
                    byte, length, follow = guess, length + 1, follow + 1
                else:
                    length = 0
            if byte < 0:
                near = -1 - (1 << 32 | two << 16 | one << 8)
                nearest = -1 - (1 << 33 | one << 8)
                node = 1
                for k in range(7, -1, -1):
                    node = node << 1 | self.bit(near - node, nearest - node, wanted >> k & 1)
                byte = node - 256
            self._push(byte)
            if byte == _END:
                return bytes(out)
            out.append(byte)
            self.count(1)
            two, one = one, byte

    def _push(self, byte: int) -> None:
        """Add a byte to the history, and find where its last four bytes stood before."""
        self.history.append(byte)
        tail = bytes(self.history[-4:])
        self.follow = self.seen_at.get(tail, 0)
        self.seen_at[tail] = len(self.history)

    def _decoded(self, data: bytes) -> str:
        try:
            return data.decode("utf-8", "surrogatepass")
        except UnicodeDecodeError as error:
            raise DamagedError(f"the recipe holds a text that is not UTF-8: {error.reason}") from error
