"""JSON text <-> values, such that the very same text comes back (SPEC §7.5.3).

A text is taken apart only if one of eight ways of writing JSON gives it back character for character; what no
way gives back stays a text.
"""

from __future__ import annotations

import json
import re
from typing import Any

from ..errors import LimitError
from ..limits import MAX_RECIPE_BYTES
from .jsonmodel import MAX_DEPTH, Members, Number

# Way of writing -> (between items, after a key, indent); odd ones write characters beyond ASCII as \uXXXX.
_PLAIN = ((", ", ": ", 0), (",", ":", 0), (",", ": ", 2), (",", ": ", 4))
STYLES = 2 * len(_PLAIN)


def parse(text: str) -> Any:
    """The value of a JSON text; numbers stay as they are written, objects keep order and repeated keys.

    Raises:
        ValueError: it is not JSON, or nests too deep.
    """
    as_written = {"parse_int": Number, "parse_float": Number, "parse_constant": Number}
    try:
        value = json.loads(text, object_pairs_hook=Members, strict=False, **as_written)
    except RecursionError as error:
        raise ValueError("nested too deep") from error
    if not _shallow(value, MAX_DEPTH - 4):
        raise ValueError("nested too deep")
    return value


def _shallow(value: Any, most: int) -> bool:
    if not isinstance(value, list):
        return True
    items = (item[1] for item in value) if isinstance(value, Members) else value
    return most > 0 and all(_shallow(item, most - 1) for item in items)


def render(value: Any, style: int) -> str:
    """The text of a value, written in one of the ways 0..STYLES-1.

    Raises:
        LimitError: it is longer than a recipe may be; indents can make much of little.
    """
    comma, colon, indent = _PLAIN[style >> 1]
    quote = json.encoder.encode_basestring_ascii if style & 1 else json.encoder.encode_basestring
    pieces, length = [], 0
    for piece in _render(value, comma, colon, indent, 0, quote):
        pieces.append(piece)
        length += len(piece)
        if length > MAX_RECIPE_BYTES:
            raise LimitError(f"the recipe unpacks to more than {MAX_RECIPE_BYTES} characters")
    return "".join(pieces)


def _render(value: Any, comma: str, colon: str, indent: int, level: int, quote: Any):
    if isinstance(value, list):
        marks = "{}" if isinstance(value, Members) else "[]"
        yield marks[0]
        inner = "\n" + " " * indent * (level + 1) if indent else ""
        for k, item in enumerate(value):
            yield (comma if k else "") + inner
            if isinstance(value, Members):
                yield quote(item[0]) + colon
                item = item[1]
            yield from _render(item, comma, colon, indent, level + 1, quote)
        if value and indent:
            yield "\n" + " " * indent * level
        yield marks[1]
    elif isinstance(value, Number):
        yield str(value)
    elif isinstance(value, str):
        yield quote(value)
    else:
        yield {None: "null", True: "true", False: "false"}[value]


def take_apart(text: str) -> tuple[int, Any] | None:
    """(style, value) that `render` makes this very text from, or None."""
    if text[:1] not in ("{", "["):
        return None
    try:
        value = parse(text)
    except ValueError:
        return None
    if not isinstance(value, list):
        return None
    indented = "\n" in text[:100]
    for style in range(STYLES):
        if (_PLAIN[style >> 1][2] > 0) == indented and render(value, style) == text:
            return style, value
    return None


_NEGATIVE = "Negative prompt: "
_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?")


def take_settings(text: str) -> list | None:
    """A block as A1111 writes it: [lines, {setting: value}, lines] that `give_settings` makes it from, or None."""
    lines = text.split("\n")
    at = next((k for k in range(len(lines) - 1, -1, -1) if lines[k].startswith("Steps: ")), None)
    if at is None:
        return None
    settings = Members()
    for piece in lines[at].split(", "):
        key, colon, value = piece.partition(": ")
        settings.append((key, (Number(value) if _NUMBER.fullmatch(value) else value) if colon else None))
    before: list = []
    for line in lines[:at]:
        before += [None, line[len(_NEGATIVE) :]] if line.startswith(_NEGATIVE) else [line]
    value = [before, settings, lines[at + 1 :]]
    return value if give_settings(value) == text else None


def give_settings(value: list) -> str:
    before, settings, after = value
    lines, start = [], ""
    for line in before:
        if line is None:
            start = _NEGATIVE
        else:
            lines.append(start + line)
            start = ""
    lines.append(", ".join(key if item is None else f"{key}: {item}" for key, item in settings))
    return "\n".join(lines + after)


def split(text: str) -> tuple[int, Any]:
    """(style, value) of any text: styles 0..7 are JSON, 8 is A1111's block, 9 lines of text."""
    settings = take_settings(text)
    if settings is not None:
        return STYLES, settings
    return take_apart(text) or (STYLES + 1, text.split("\n"))


def join(style: int, value: Any) -> str:
    """The text that `split` took apart.

    Raises:
        ValueError: the value is not of this style.
    """
    try:
        if style < STYLES:
            return render(value, style)
        return give_settings(value) if style == STYLES else "\n".join(value)
    except (TypeError, AttributeError, ValueError, IndexError) as error:
        raise ValueError(f"the value is not of style {style}") from error
