"""Nodes that make strings of strings; only those whose arithmetic is known."""

from __future__ import annotations

import re
from collections.abc import Callable

Text = Callable[[object], "str | None"]  # the text that an input carries
_Maker = Callable[[Text, "dict[str, object]"], "str | None"]


def _concatenated(text_of: Text, given: dict[str, object]) -> str | None:
    first, second, between = (text_of(given.get(key, "")) for key in ("string_a", "string_b", "delimiter"))
    return None if first is None or second is None or between is None else between.join([first, second])


def _was_concatenated(text_of: Text, given: dict[str, object]) -> str | None:
    between = given.get("delimiter")
    if "linebreak_addition" in given:
        between = "\n" if given["linebreak_addition"] in (True, "true") else given.get("delimiter", "")
    if not isinstance(between, str):
        return None
    clean = given.get("clean_whitespace") in (True, "true")
    parts = []
    for key in sorted((key for key in given if re.fullmatch(r"text_\w", key)), key=natural):
        text = text_of(given[key])
        if text is None:
            return None
        text = text.strip() if clean else text
        if text:
            parts.append(text)
    return escaped(between).join(parts)


def _function(text_of: Text, given: dict[str, object]) -> str | None:
    parts = [text_of(given.get(key, "")) for key in ("text_a", "text_b", "text_c")]
    if any(part is None for part in parts) or given.get("action") not in ("append", "replace"):
        return None
    first, second, third = (part or "" for part in parts)
    if given["action"] == "replace":
        if second.startswith("/"):
            return None  # a regular expression
        return first.replace(second, third)
    if given.get("tidy_tags") in ("yes", True):
        return ", ".join(part for part in (p.strip(" ,") for p in (first, second, third)) if part)
    return first + second + third


def _replaced(text_of: Text, given: dict[str, object]) -> str | None:
    text, find, by = (text_of(given.get(key, "")) for key in ("string", "find", "replace"))
    return None if text is None or find is None or by is None else text.replace(find, by)


def _trimmed(text_of: Text, given: dict[str, object]) -> str | None:
    text = text_of(given.get("string"))
    if text is None:
        return None
    return {"Left": text.lstrip(), "Right": text.rstrip()}.get(str(given.get("mode")), text.strip())


def _cased(text_of: Text, given: dict[str, object]) -> str | None:
    text = text_of(given.get("string"))
    change = {"UPPERCASE": str.upper, "lowercase": str.lower, "Capitalize": str.capitalize, "Title Case": str.title}
    made = change.get(str(given.get("mode")))
    return made(text) if made and text is not None else None


def _part(text_of: Text, given: dict[str, object]) -> str | None:
    text, start, end = text_of(given.get("string")), given.get("start"), given.get("end")
    return text[start:end] if text is not None and isinstance(start, int) and isinstance(end, int) else None


STRINGS: dict[str, _Maker] = {
    "StringConcatenate": _concatenated,
    "Text Concatenate": _was_concatenated,
    "StringFunction|pysssss": _function,
    "StringReplace": _replaced,
    "StringTrim": _trimmed,
    "CaseConverter": _cased,
    "StringSubstring": _part,
}


def escaped(delimiter: str) -> str:
    """A delimiter in which a line break may be written as an escape, as these nodes take it."""
    return delimiter.replace(r"\n", "\n").replace(r"\t", "\t")


def natural(name: str) -> tuple[tuple[int, int, str], ...]:
    """A key that sorts text2 before text10, and what is to be added behind what it is added to."""
    name = re.sub(r"_to$", "_0", name)
    parts = re.findall(r"\d+|\D+", name)
    return tuple((0, int(part[:18]), "") if part.isdigit() else (1, 0, part) for part in parts)
