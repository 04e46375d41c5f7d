"""What the edits share: taking a layer out, putting one back, and reading another file."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from ..codec.affordable import affordable
from ..codec.picture import Picture
from ..errors import InputError
from ..layers import GROUPS, NAMES, DetailLayer, FinerLayer, Layer, TextureLayer, find_names, unite

if TYPE_CHECKING:
    from .stills import Change

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


def put(picture: Picture, layer: Layer, *notes: str, change: Change | None = None) -> Picture:
    """The picture with a layer in the place of the one of its kind; every other layer keeps its bytes.

    Where something changes that the picture shows, layers that were made for what was shown before are left out; of a
    still what the edit did not touch is kept (`change` says where it changed colours).
    """
    replaced = change is not None and not change.shifted
    # What to compare costs the coding of both, so it comes last.
    on_top = any(other.on_top for other in picture.layers)
    if not (layer.shows and not layer.on_top and on_top and (replaced or layer != picture.get(type(layer)))):
        return affordable(picture.with_layer(layer)).with_notes(*notes)
    return settled(picture, base_of(picture).with_layer(layer), layer, change).with_notes(*notes)


def settled(before: Picture, after: Picture, changed: Layer, change: Change | None = None) -> Picture:
    """`after`, in which one layer is new or was taken out, with what is left of the layers on top of others.

    Finer colours go into the texture layer instead.
    """
    from .stills import carried

    return with_top(before, after, carried(before, after, changed, change))


def with_top(before: Picture, after: Picture, detail: DetailLayer | None) -> Picture:
    """`after` an edit, with what is left of the detail layer, and a note for each layer on top that changed or went."""
    from .stills import NOTE

    gone = [layer.name for layer in before.layers if layer.on_top and not (detail and layer.name == detail.name)]
    notes = [STALE.format(name) for name in gone if name != FinerLayer.name]
    if detail is None:
        return affordable(after).with_notes(*notes)
    if detail != before.get(type(detail)) and NOTE not in after.notes:
        notes.append(NOTE)
    return affordable(after.with_layer(detail)).with_notes(*notes)


def base_of(picture: Picture) -> Picture:
    """The picture without layers on top of others, and with finer colours in the texture layer."""
    picture = replace(picture, layers=unite(picture.layers))
    return replace(picture, layers=tuple(layer for layer in picture.layers if not layer.on_top))


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
