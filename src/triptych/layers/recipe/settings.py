"""Settings in a short typed binary form (SPEC §7.5.1).

Each field is a byte, its number times 16 plus the form of what follows. The form alone tells how long that is, so a
reader can pass over fields that it does not know.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from functools import cache

from ...bitstream.cursor import Cursor, write_number
from ...errors import DamagedError, InputError, LimitError, TriptychError, TruncatedError
from ...limits import MAX_LORAS, MAX_SETTINGS_BYTES, MAX_SETTINGS_TOKENS, MAX_SIDE, MAX_TEXT_CHARS
from ..tables import load_table
from ..work import TOKEN, too_much
from .value import Recipe

TOOL, NEGATIVE, SEED, STEPS, GUIDANCE, SAMPLER, SCHEDULER, MODEL, MODEL_HASH, LORA, WEIGHT, SIZE = range(12)
_TEXTS = {
    TOOL: "tool", NEGATIVE: "negative", GUIDANCE: "guidance", SAMPLER: "sampler", SCHEDULER: "scheduler",
    MODEL: "model", MODEL_HASH: "model_hash",
}  # fmt: skip
_WHOLES = {SEED: "seed", STEPS: "steps"}

# Forms 0 to 8 are whole numbers of that many bytes.
_MOST_BYTES = 8
MINUS, DIGITS, RAW, CODED, KNOWN, HEX, JOINED = range(9, 16)
_DIGITS = "0123456789.-+eE"
_MOST_DIGITS = 64
_MOST_HEX = 127
_END = 15
_NO_TEXTS: Mapping[bytes, tuple[str, int]] = {}
_MOST_TOGETHER = 4  # coded texts of a recipe that are unpacked with those of others; few have more
_LOWER, _UPPER = "0123456789abcdef", "0123456789ABCDEF"


@cache
def known_names() -> dict[str, int]:
    """Names and texts that many pictures have -> their number (SPEC §7.5.3)."""
    lines = load_table("recipe")["names"].tobytes().decode("utf-8").split("\n")
    return {name: number for number, name in enumerate(lines[:-1])}


@cache
def _names() -> list[str]:
    return list(known_names())


def pack(recipe: Recipe, size: tuple[int, int], *, plain: bool = False) -> bytes:
    """The settings of a recipe for a picture of this size.

    Args:
        recipe: its blocks are not looked at.
        size: (width, height) of the picture.
        plain: texts are not coded by the model of the text layer, so that they match those of the blocks.

    Raises:
        InputError: a number is out of range, or a text holds a lone surrogate.
        LimitError: there are more LoRAs or longer texts than the layer may hold.
    """
    if len(recipe.loras) > MAX_LORAS:
        raise LimitError(f"the recipe names {len(recipe.loras)} LoRAs; at most {MAX_LORAS} can be stored")
    writer = _Writer(0 if plain else MAX_TEXT_CHARS)
    for field in range(LORA):
        value = getattr(recipe, _TEXTS.get(field) or _WHOLES[field])
        if value is not None:
            (writer.text if field in _TEXTS else writer.whole)(field, value)
    for name, weight in recipe.loras:
        writer.text(LORA, name)
        if weight is not None:
            writer.text(WEIGHT, weight)
    if recipe.size and recipe.size != size:
        width, height = recipe.size
        if not (1 <= width <= MAX_SIDE and 1 <= height <= MAX_SIDE):
            raise InputError(f"a recipe's size is 1 to {MAX_SIDE} pixels a side, not {width} x {height}")
        writer.whole(SIZE, (width - 1) + (height - 1) * MAX_SIDE)
    if len(writer.out) > MAX_SETTINGS_BYTES:
        raise LimitError(f"the settings take {len(writer.out)} bytes; at most {MAX_SETTINGS_BYTES} can be stored")
    return bytes(writer.out)


def unpack(
    data: bytes, texts: Mapping[bytes, tuple[str, int]] = _NO_TEXTS, most_tokens: int = MAX_SETTINGS_TOKENS
) -> Recipe:
    """The settings.

    Args:
        texts: coded texts that are known already, and their numbers of tokens.
        most_tokens: how many are read of coded texts, if fewer than the format allows.

    Raises:
        LimitError: the texts have more tokens.
        DamagedError: they are not laid out as SPEC §7.5.1 says, or are more than it allows.
    """
    if len(data) > MAX_SETTINGS_BYTES:
        raise DamagedError(f"the settings have {len(data)} bytes; at most {MAX_SETTINGS_BYTES} are allowed")
    reader = _Reader(Cursor(data), texts, min(most_tokens, MAX_SETTINGS_TOKENS))
    found: dict[str, object] = {}
    loras: list[tuple[str, str | None]] = []
    last = -1
    try:
        while reader.cursor.at < len(data):
            field, value = reader.field()
            again = field == LORA and last in (LORA, WEIGHT)
            if field <= last and not again:
                raise DamagedError(f"field {field} of the recipe's settings stands after field {last}")
            last = field
            if field == LORA:
                loras.append((_text(value, field), None))
                if len(loras) > MAX_LORAS:
                    raise DamagedError(f"the recipe names more than {MAX_LORAS} LoRAs")
            elif field == WEIGHT:
                if not loras:
                    raise DamagedError("the recipe's settings have a weight without a LoRA")
                loras[-1] = (loras[-1][0], _text(value, field))
            elif field in _TEXTS:
                found[_TEXTS[field]] = _text(value, field)
            elif field in _WHOLES:
                found[_WHOLES[field]] = _whole(value, field)
            elif field == SIZE:
                packed = _whole(value, field)
                if not 0 <= packed < MAX_SIDE**2:
                    raise DamagedError("the recipe's size is none that a picture can have")
                found["size"] = (packed % MAX_SIDE + 1, packed // MAX_SIDE + 1)
    except TruncatedError as error:
        raise DamagedError(f"the recipe's settings are cut: {error}") from error
    return Recipe(**found, loras=tuple(loras))  # type: ignore[arg-type]


def coded_texts(data: bytes) -> list[bytes]:
    """The first `_MOST_TOGETHER` coded texts in settings, as far as these can be read; no text is decoded."""
    reader = _Collector(Cursor(data))
    with suppress(TriptychError):
        while reader.cursor.at < len(data) and len(reader.found) < _MOST_TOGETHER:
            reader.field()
    return reader.found


def coded_tokens(data: bytes) -> int:
    """How many tokens the coded texts of settings have; errors as for `unpack`."""
    reader = _Reader(Cursor(data), _NO_TEXTS, MAX_SETTINGS_TOKENS)
    while reader.cursor.at < len(data):
        reader.field()
    return MAX_SETTINGS_TOKENS - reader.tokens_left


def _text(value: int | str, field: int) -> str:
    if not isinstance(value, str):
        raise DamagedError(f"field {field} of the recipe's settings is not a text")
    return value


def _whole(value: int | str, field: int) -> int:
    if not isinstance(value, int):
        raise DamagedError(f"field {field} of the recipe's settings is not a whole number")
    return value


class _Writer:
    """Fields in the shortest of the forms that hold them."""

    def __init__(self, coded_at_most: int) -> None:
        self.out = bytearray()
        self.coded_left = coded_at_most
        self.tokens_left = MAX_SETTINGS_TOKENS
        self.tokens: dict[str, int] = {}  # of texts that were coded

    def whole(self, field: int, value: int) -> None:
        magnitude = value if value >= 0 else -1 - value
        count = (magnitude.bit_length() + 7) // 8
        if count > _MOST_BYTES:
            raise InputError(f"a recipe holds whole numbers from -2^64 to 2^64 - 1, not {value}")
        self.out += bytes([field << 4 | (count if value >= 0 else MINUS)]) + (b"" if value >= 0 else bytes([count]))
        self.out += magnitude.to_bytes(count, "little")

    def text(self, field: int, text: str) -> None:
        try:
            raw = text.encode()
        except UnicodeEncodeError:
            raise InputError("the recipe holds a lone surrogate; remove it") from None
        if len(raw) > MAX_SETTINGS_BYTES:
            raise LimitError(f"a text of {len(raw)} bytes; a recipe's settings have at most {MAX_SETTINGS_BYTES}")
        form, data = self._shortest(text, raw)
        if form == CODED:
            self.coded_left -= len(text)
            self.tokens_left -= self.tokens[text]
        joined = self._joined(text)
        if joined and len(joined[1]) < len(data):
            form, data = JOINED, joined[1]
            self.coded_left -= joined[0]
            self.tokens_left -= self.tokens[text[-joined[0] :]] if joined[0] else 0
        self.out += bytes([field << 4 | form]) + data

    def _joined(self, text: str) -> tuple[int, bytes] | None:
        """(characters coded, data) with the longest known name that the text starts with, if there is one."""
        names = known_names()
        name = max((name for name in names if text.startswith(name) and name != text), key=len, default=None)
        if name is None:
            return None
        rest = text[len(name) :]
        form, data = self._shortest(rest, rest.encode())
        return len(rest) if form == CODED else 0, bytes([names[name], form]) + data

    def _shortest(self, text: str, raw: bytes) -> tuple[int, bytes]:
        """(form, data) of the shortest of the simple forms of a text."""
        names = known_names()
        forms = {RAW: write_number(len(raw)) + raw}
        if text in names:
            forms[KNOWN] = bytes([names[text]])
        if re.fullmatch(rf"[0-9.+eE-]{{0,{_MOST_DIGITS}}}", text):
            forms[DIGITS] = _nibbles([*map(_DIGITS.index, text), _END])
        for upper, digits in enumerate((_LOWER, _UPPER)):
            if re.fullmatch(rf"[{digits}]{{1,{_MOST_HEX}}}", text):
                forms[HEX] = bytes([len(text) * 2 + upper]) + _nibbles(list(map(digits.index, text)))
        if KNOWN not in forms and 0 < len(text) <= self.coded_left:
            from ..text.model import encode_counted

            with suppress(LimitError):  # it would take too long to read
                coded, self.tokens[text] = encode_counted(text, self.tokens_left)
                forms[CODED] = write_number(len(coded)) + coded
        return min(forms.items(), key=lambda item: len(item[1]))


class _Reader:
    def __init__(self, cursor: Cursor, texts: Mapping[bytes, tuple[str, int]], most_tokens: int) -> None:
        self.cursor = cursor
        self.texts = texts
        self.coded_left = MAX_TEXT_CHARS
        self.most_tokens = self.tokens_left = most_tokens

    def field(self) -> tuple[int, int | str]:
        """(number, value) of the next field."""
        field, form = divmod(self.cursor.byte("a field"), 16)
        what = f"field {field} of the recipe's settings"
        if form <= _MOST_BYTES:
            return field, self._whole(form, what)
        if form == MINUS:
            count = self.cursor.byte(what)
            if count > _MOST_BYTES:
                raise DamagedError(f"{what} is a whole number of {count} bytes")
            return field, -1 - self._whole(count, what)
        if form != JOINED:
            return field, self._simple(form, what)
        name = self._simple(KNOWN, what)
        form = self.cursor.byte(what)
        if not DIGITS <= form < JOINED:
            raise DamagedError(f"{what} joins a name and form {form}, which is not a text's")
        return field, name + self._simple(form, what)

    def _simple(self, form: int, what: str) -> str:
        if form == DIGITS:
            return self._digits(what)
        if form == KNOWN:
            number = self.cursor.byte(what)
            names = _names()
            if number >= len(names):
                raise DamagedError(f"{what} has the name {number}, which does not exist")
            return names[number]
        if form == HEX:
            count, upper = divmod(self.cursor.byte(what), 2)
            nibbles = self.cursor.take((count + 1) // 2, what).hex()
            if count % 2 and nibbles[-1] != "f":
                raise DamagedError(f"{what} is not filled up with F")
            return nibbles[:count].upper() if upper else nibbles[:count]
        data = self.cursor.take(self.cursor.number(what), what)
        return self._coded(data) if form == CODED else _utf8(data, what)

    def _whole(self, count: int, what: str) -> int:
        data = self.cursor.take(count, what)
        if data[-1:] == b"\0":
            raise DamagedError(f"{what} is a whole number that is not in its shortest form")
        return int.from_bytes(data, "little")

    def _digits(self, what: str) -> str:
        halves: list[int] = []
        while not halves or halves[-1] != _END:
            halves += divmod(self.cursor.byte(what), 16)
            if len(halves) > _MOST_DIGITS + 2:
                raise DamagedError(f"{what} has more than {_MOST_DIGITS} digits")
        digits = halves[: halves.index(_END)]
        if len(digits) > _MOST_DIGITS or len(halves) - len(digits) > 2:
            raise DamagedError(f"{what} is not a number as people write it")
        return "".join(_DIGITS[digit] for digit in digits)

    def _coded(self, data: bytes) -> str:
        text, tokens = self.texts.get(data, ("", self.tokens_left + 1))
        if len(text) > self.coded_left or tokens > self.tokens_left:
            from ..text.model import TooManyTokens, decode_counted_again

            try:
                text, tokens = decode_counted_again(data, self.coded_left, self.tokens_left)
            except TooManyTokens:
                if self.most_tokens < MAX_SETTINGS_TOKENS:
                    what = f"the texts of the recipe have more than {self.most_tokens} tokens, which is more"
                    raise too_much(what, self.most_tokens * TOKEN) from None
                raise
        self.coded_left -= len(text)
        self.tokens_left -= tokens
        return text


class _Collector(_Reader):
    """Passes over coded texts and keeps their payloads."""

    def __init__(self, cursor: Cursor) -> None:
        super().__init__(cursor, {}, MAX_SETTINGS_TOKENS)
        self.found: list[bytes] = []

    def _coded(self, data: bytes) -> str:
        self.found.append(data)
        return ""


def _nibbles(values: list[int]) -> bytes:
    """Two values 0 to 15 a byte, the first in the upper half; filled up with F."""
    return bytes.fromhex("".join(f"{value:x}" for value in values) + "f" * (len(values) % 2))


def _utf8(data: bytes, what: str) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise DamagedError(f"{what} is not UTF-8") from error
