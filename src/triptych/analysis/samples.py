"""Pictures of deep samples (16 and 32 bits, floating point) -> 8 bits: which number is black, which is white."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

import numpy as np
from PIL import Image

from ..typing import Array, Bytes8

_ROWS = 1024  # that are converted at once
# Tags of TIFF.
_BITS, _INTERPRETATION, _DESCRIPTION, _LARGEST, _FORMAT, _BLACK, _WHITE = 258, 262, 270, 281, 339, 340, 341
_SIGNED, _FLOATING = (2,), (3,)  # as a sample's format
_IMAGEJ = re.compile(r"ImageJ=.*?^min=(-?[\d.eE+-]{1,30})\s*^max=(-?[\d.eE+-]{1,30})\s*$", re.DOTALL | re.MULTILINE)


class _Range(NamedTuple):
    """What is black, what is white, and whether only the values told it."""

    black: float
    white: float
    guessed: bool = False


def is_deep(image: Image.Image) -> bool:
    """Whether a picture has samples that Pillow would not turn into 8 bits by their type."""
    if image.mode == "L":
        return bool(_tags(image).get(_FORMAT) == _SIGNED)
    return image.mode == "F" or image.mode.startswith("I")


def eight_bits(image: Image.Image, notes: list[str]) -> tuple[Image.Image, Image.Image | None]:
    """(L, alpha if one value is transparent) of a picture that `is_deep`; what had to be guessed becomes a note."""
    tags = _tags(image)
    values = np.asarray(image)
    if image.mode == "I" and tags.get(_BITS) == (32,) and tags.get(_FORMAT, (1,)) == (1,):
        values = values.view(np.uint32)  # Pillow reads them as if they had a sign
    if image.mode == "L":
        values = values.view(np.int8)
    black, white, guessed = _range(image.mode, values, tags)
    if guessed:
        notes.append(
            f"its samples were taken to be 0 to {white:.0f}: the file does not say it, and {_type_of(tags)} are for "
            "other values; SMinSampleValue and SMaxSampleValue state a range"
        )
    grey: Bytes8 = np.empty(values.shape, np.uint8)
    for row in range(0, len(values), _ROWS):
        part = np.nan_to_num(values[row : row + _ROWS].astype(np.float64), nan=black, posinf=white, neginf=black)
        grey[row : row + _ROWS] = np.clip((part - black) / (white - black) * 255 + 0.5, 0, 255).astype(np.uint8)
    if tags.get(_INTERPRETATION) == 0:  # white is zero, which Pillow heeds in pictures of 8 bits only
        grey = 255 - grey
    clear = image.info.get("transparency")
    alpha = None
    if isinstance(clear, int):
        alpha = Image.fromarray(np.where(values == clear, 0, 255).astype(np.uint8))
    return Image.fromarray(grey), alpha


def _type_of(tags: Any) -> str:
    """What the type of the samples is called."""
    if tags.get(_FORMAT) == _FLOATING or not tags:
        return "floating-point numbers"
    return "whole numbers of 32 bits"


def _range(mode: str, values: Array, tags: Any) -> _Range:
    """What the type of the samples and the file say; the values themselves only where neither does.

    A TIFF says how many bits a sample has, whether it has a sign, and with which values its range begins and ends
    (SMinSampleValue, SMaxSampleValue). MaxSampleValue is a statistic by TIFF 6.0, so it is believed only if it is the
    largest number of some bits. ImageJ writes into the description what it shows as black and white.
    """
    if found := _stated(mode, tags):
        return found
    bits = (tags.get(_BITS) or (0,))[0]
    largest = _number(tags.get(_LARGEST))
    if mode == "F":
        guess = _middle(values)
        # In memory, Pillow's own conversion to this mode gives 0 to 255.
        return _Range(0, 1) if guess <= 2 else _Range(0, 255, bool(tags)) if guess <= 510 else _Range(0, 65535, True)
    if largest and largest > 255 and (int(largest) & (int(largest) + 1)) == 0:
        return _Range(0, int(largest))
    if mode == "L":
        return _Range(0, 127)
    if tags.get(_FORMAT) == _SIGNED and bits == 16:
        return _Range(0, 32767)
    if mode.startswith("I;16"):
        return _Range(0, (1 << bits) - 1 if 8 < bits < 16 else 65535)
    guess = _middle(values)
    if guess <= 255 and bits != 16:  # as a picture of 8 bits becomes in this mode
        return _Range(0, 255, bits == 32)
    if guess <= 65535:
        return _Range(0, 65535, bits == 32)
    return _Range(0, (1 << 32) - 1 if values.dtype == np.uint32 else (1 << 31) - 1, True)


def _stated(mode: str, tags: Any) -> _Range | None:
    """The range that a TIFF states, or None."""
    white, black = _number(tags.get(_WHITE)), _number(tags.get(_BLACK)) or 0.0
    if white is not None and mode == "F" and black >= 0 and white <= 1:  # the extremes of a picture of 0 to 1
        return _Range(0, 1)
    if white is not None and white > black and (mode == "F" or white - black >= 1):
        return _Range(black, white)
    match = _IMAGEJ.match(tags.get(_DESCRIPTION) if isinstance(tags.get(_DESCRIPTION), str) else "")
    if match:
        try:
            black, white = float(match[1]), float(match[2])
        except ValueError:
            return None
        if np.isfinite(black) and np.isfinite(white) and white > black:
            return _Range(black, white)
    return None


def _middle(values: Array) -> float:
    """The median of the values that are not black, of about a million of them."""
    step = max(1, int((values.size / 1e6) ** 0.5))
    some = values[::step, ::step]
    some = some[np.isfinite(some) & (some > 0)]
    return float(np.median(some)) if some.size else 0.0


def _tags(image: Image.Image) -> Any:
    return getattr(image, "tag_v2", {})


def _number(tag: Any) -> float | None:
    value = tag[0] if isinstance(tag, tuple) and tag else tag
    return float(value) if isinstance(value, (int, float)) and np.isfinite(value) else None
