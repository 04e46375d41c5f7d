"""What the programs have in common: options, names of models, pictures to and from bytes."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence

from PIL import Image

from ...errors import InputError, ModelError
from ...limits import DEFAULT
from ...typing import Bytes8

MODEL_ENDINGS = (".safetensors", ".sft", ".ckpt", ".pt", ".pt2", ".pth", ".bin", ".gguf", ".onnx")
_TOLD = 5  # names that a message lists


def number(key: str, value: object, low: float, high: float) -> float:
    """The value of an option.

    Raises:
        InputError: it is no number from `low` to `high`.
    """
    try:
        found = float(str(value))
    except ValueError:
        found = float("nan")
    if not low <= found <= high:
        raise InputError(f"option {key}: must be a number from {low:g} to {high:g}, not {value!r}")
    return found


def whole(key: str, value: object, low: int, high: int) -> int:
    """The value of an option that is a whole number; errors as for `number`."""
    found = number(key, value, low, high)
    if not found.is_integer():
        raise InputError(f"option {key}: must be a whole number, not {value!r}")
    return int(found)


def choice(key: str, value: object, allowed: Sequence[str]) -> str:
    """The value of an option that is one of a few words.

    Raises:
        InputError: it is none of them.
    """
    if value not in allowed:
        raise InputError(f"option {key}: must be one of {', '.join(allowed)}, not {value!r}")
    return str(value)


def same_name(wanted: str, there: Sequence[str]) -> str | None:
    """The name in a program's list that is this one; programs on Windows part folders with a backslash."""
    if wanted in there:
        return wanted
    return next((name for name in there if name.replace("\\", "/") == wanted.replace("\\", "/")), None)


def like_name(wanted: str, there: Sequence[str]) -> str | None:
    """The same, or else the shortest name that holds this one without its ending, in any letter case.

    So a model is found in half precision too (`..._fp16.safetensors`), in a folder, or with a hash behind it.
    """
    stem = re.sub(rf"({'|'.join(map(re.escape, MODEL_ENDINGS))})$", "", wanted).replace("\\", "/").lower()
    holding = [name for name in there if stem and stem in name.replace("\\", "/").lower()]
    return same_name(wanted, there) or min(holding, key=lambda name: (len(name), name), default=None)


def listed(names: Sequence[str]) -> str:
    """Some of the names, for a message."""
    shown = [name for name in names if name.isprintable()]
    more = f" and {len(shown) - _TOLD} more" if len(shown) > _TOLD else ""
    return (", ".join(shown[:_TOLD]) or "none") + more


def as_png(pixels: Bytes8) -> bytes:
    """uint8 (height, width, 3) as a PNG file."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG")
    return buffer.getvalue()


def open_picture(data: bytes, program: str) -> Image.Image:
    """The picture in the bytes that a program gave, RGB.

    Raises:
        ModelError: there is none, or it is too large.
    """
    try:
        with Image.open(io.BytesIO(data), formats=("PNG", "WEBP", "JPEG")) as image:
            if image.width * image.height > DEFAULT.pixels:
                raise ModelError(
                    f"{program} gave a picture of {image.width} x {image.height} pixels, which is too large"
                )
            return image.convert("RGB")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        raise ModelError(f"{program} gave no picture that can be read; look at its own messages") from None
