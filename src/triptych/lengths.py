"""Lengths and places in a picture as people write them: pixels or percent."""

from __future__ import annotations

import math
import re

from .errors import InputError

_NUMBER = re.compile(r"\s*([+-]?(?:\d{1,9}(?:\.\d{0,9})?|\.\d{1,9}))\s*(%|px)?\s*")


def length(text: str | float, side: int, *, inside: bool = False) -> float:
    """Pixels for a number of pixels or a percentage of `side` pixels ("12", "12px", "12.5%").

    Raises:
        InputError: it is no number, or (with `inside`) a percentage that is not 0 to 100.
    """
    if not isinstance(text, str):
        value = float(text)
        if not math.isfinite(value):
            raise InputError(f"{text!r} is not a number of pixels")
        return value
    match = _NUMBER.fullmatch(text)
    if not match:
        raise InputError(f"{text!r} is not a number of pixels or percent; write 120 or 25%")
    value = float(match[1])
    if match[2] != "%":
        return value
    if inside and not 0 <= value <= 100:
        raise InputError(f"{text.strip()} is not a place in the picture: percentages go from 0% to 100%")
    return value * side / 100
