"""What the edits share: taking a layer out, putting one back, and reading another file."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from ..codec.picture import Picture
from ..errors import InputError
from ..layers import GROUPS, NAMES, Layer, TextureLayer, find_names, unite

L = TypeVar("L", bound=Layer)

STREAM_ENDING = ".trp"
STALE = "the {} layer was left out: it was made for the picture as it was before the edit"


def need(picture: Picture, kind: type[L]) -> L:
    """The layer of a class.

    Raises:
        InputError: the picture has none.
    """
    layer = picture.get(kind)
    if layer is not None and kind is TextureLayer:  # all of the colours
        layer = replace(picture, layers=unite(picture.layers)).get(kind)
    if layer is None:
        has = ", ".join(layer.name for layer in picture.layers)
        raise InputError(f"the picture has no {kind.name} layer; it has: {has}")
    return layer


def find_layers(picture: Picture, names: Sequence[str]) -> list[Layer]:
    """The layers that are meant by names, in the order of their kinds; of "structure", those that are there.

    Raises:
        InputError: no such name, or the picture has no such layer.
    """
    wanted = find_names(names)
    for name in names:
        group = GROUPS.get(name, (name,))
        if not any(layer.name in group for layer in picture.layers):
            need(picture, NAMES[group[0]])
    return [layer for layer in picture.layers if layer.name in wanted]


def put(picture: Picture, layer: Layer, *notes: str) -> Picture:
    """The picture with a layer in the place of the one of its kind; every other layer keeps its bytes.

    Where something changes that the picture shows, layers that were made for what was shown before are left out.
    """
    # What to compare costs the coding of both, so it comes last.
    on_top = any(other.on_top for other in picture.layers)
    if layer.shows and not layer.on_top and on_top and layer != picture.get(type(layer)):
        picture = without_top(picture)
    return picture.with_layer(layer).with_notes(*notes)


def without_top(picture: Picture) -> Picture:
    """The picture without layers that were made for what the others show, with a note for each.

    Finer colours go into the texture layer instead.
    """
    picture = replace(picture, layers=unite(picture.layers))
    left = tuple(layer for layer in picture.layers if not layer.on_top)
    if not left:
        return picture
    notes = [STALE.format(layer.name) for layer in picture.layers if layer.on_top]
    return replace(picture, layers=left).with_notes(*notes)


def without(picture: Picture, names: set[str], *notes: str) -> Picture:
    """The picture without the named layers.

    Raises:
        InputError: no layer would be left.
    """
    left = tuple(layer for layer in picture.layers if layer.name not in names)
    if not left:
        raise InputError("that would take the last layer away, and a file has at least one")
    return replace(picture, layers=left).with_notes(*notes)


def is_stream(path: str | os.PathLike[str]) -> bool:
    """Whether a name is that of a `.trp` file."""
    return Path(path).suffix.lower() == STREAM_ENDING


def cells_along(size: tuple[int, int], square: float, most: int) -> int:
    """The longer side, in cells, of a grid with about as many cells as a square one of side `square`."""
    aspect = max(size) / min(size)
    return int(min(max(round(square * aspect**0.5), 1), most, max(size)))
