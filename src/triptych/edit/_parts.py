"""What the edits share: taking a layer out, putting one back, and reading another file."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from ..codec.picture import Picture, make_picture
from ..errors import InputError
from ..layers import Layer

L = TypeVar("L", bound=Layer)

STREAM_ENDING = ".trp"


def need(picture: Picture, kind: type[L]) -> L:
    """The layer of a class.

    Raises:
        InputError: the picture has none.
    """
    layer = picture.get(kind)
    if layer is None:
        has = ", ".join(layer.name for layer in picture.layers)
        raise InputError(f"the picture has no {kind.name} layer; it has: {has}")
    return layer


def put(picture: Picture, layer: Layer, *notes: str) -> Picture:
    """The picture with a layer in the place of the one of its kind; every other layer keeps its bytes."""
    return replace(picture.with_layer(layer), notes=(*picture.notes, *notes))


def without(picture: Picture, names: set[str], *notes: str) -> Picture:
    """The picture without the named layers.

    Raises:
        InputError: no layer would be left.
    """
    left = [layer for layer in picture.layers if layer.name not in names]
    if not left:
        raise InputError("that would take the last layer away, and a file has at least one")
    return replace(make_picture(picture.size, left), notes=(*picture.notes, *notes))


def with_notes(picture: Picture, *notes: str) -> Picture:
    return replace(picture, notes=(*picture.notes, *notes))


def is_stream(path: str | os.PathLike[str]) -> bool:
    """Whether a name is that of a `.trp` file."""
    return Path(path).suffix.lower() == STREAM_ENDING


def cells_along(size: tuple[int, int], square: float, most: int) -> int:
    """The longer side, in cells, of a grid with about as many cells as a square one of side `square`."""
    aspect = max(size) / min(size)
    return int(min(max(round(square * aspect**0.5), 1), most, max(size)))
