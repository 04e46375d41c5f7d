"""Edits of the whole file: which layers it has, its size, its mirror image.

A change of size makes the grids anew at the same density: colours are averaged over the new cells, lines are
followed and drawn again. Where old cells are new cells (a crop along cell borders), they are copied exactly.
"""

from __future__ import annotations

import os
from collections.abc import Sequence

from ..codec.picture import Picture, make_picture
from ..errors import InputError
from ..layers import NAMES, Layer, SeedLayer, find_names
from ..limits import MAX_SIDE
from ._parts import base_of, find_layers, put, with_top, without
from .colours import Colour, find_colour
from .regions import RegionLike, find_region
from .stills import mirrored, moved

ANCHORS = {
    name: (x, y)
    for y, row in ((0.0, "top"), (0.5, ""), (1.0, "bottom"))
    for x, column in ((0.0, "left"), (0.5, ""), (1.0, "right"))
    for name in ["-".join(filter(None, (row, column))) or "centre"]
}


def drop_layers(picture: Picture, *names: str) -> Picture:
    """Leave layers out by name; `transplant` from the picture before is the inverse.

    The names are "semantic", "texture", "pose", "edges", "recipe", "seed" and "detail".

    Raises:
        InputError: no such name, the picture has no such layer, or none would be left.
    """
    return without(picture, {layer.name for layer in find_layers(picture, names)})


def keep_layers(picture: Picture, *names: str) -> Picture:
    """Leave out all layers but these; those that the picture does not have do not matter."""
    return without(picture, {layer.name for layer in picture.layers} - find_names(names))


def transplant(picture: Picture, other: Picture | str | os.PathLike[str], *names: str) -> Picture:
    """Take layers from another file, in the place of this picture's own.

    Between pictures of one size (or one shape of grid) the layers keep their exact bytes. Otherwise they are
    stretched over this picture, and their grids made anew.

    Raises:
        InputError: no such name, or the other file has no such layer.
    """
    if not isinstance(other, Picture):
        other = Picture.open(other)
    if not names:
        raise InputError(f"say which layers to take: {', '.join(NAMES)}")
    scale = (picture.width / other.width, picture.height / other.height)
    for layer in find_layers(other, names):
        fitting = layer.remapped(picture.size, (0, 0), scale)
        if fitting is None:
            raise InputError(f"nothing of the {layer.name} layer fits this picture")
        picture = put(picture, fitting)
    return picture


def set_seed(picture: Picture, seed: int) -> Picture:
    """Keep in the file from which seed a decoder is to paint, 0 to 2^32 - 1; `drop_layers` is the inverse."""
    return put(picture, SeedLayer.from_seed(seed, picture.size))


def mirror(picture: Picture) -> Picture:
    """Swap left and right in every layer; but for a still, which is coded again, exact and its own inverse.

    Layers of unknown kinds are left out.
    """
    base = base_of(picture)
    layers = [(layer, layer.mirrored()) for layer in base.layers]
    after = _made(base, picture.size, layers, "it is not known what is left and right in it")
    return with_top(picture, after, mirrored(picture))


def crop(picture: Picture, box: RegionLike) -> Picture:
    """Keep a box of the picture (whole pixels, at least 1 x 1); for other regions, their bounding box."""
    left, top, right, bottom = (round(side) for side in find_region(box, picture.size).bounds)
    if right <= left or bottom <= top:
        raise InputError(f"the box {box} is less than a pixel wide; enlarge it")
    return _windowed(picture, (left, top), (right - left, bottom - top), None)


def resize_canvas(
    picture: Picture, size: tuple[int, int], anchor: str = "centre", *, colour: Colour | None = None
) -> Picture:
    """Make the canvas larger or smaller without scaling what is on it.

    Args:
        size: (width, height) of the result in pixels.
        anchor: where the picture lies on the new canvas: "centre", "top", "bottom-right", ...
        colour: for new cells; by default they repeat the picture's border. New parts have no edges.

    `crop` with the box that the picture takes up is the inverse, exact if borders lie between cells.
    """
    width, height = size
    if not (1 <= width <= MAX_SIDE and 1 <= height <= MAX_SIDE):
        raise InputError(f"a canvas of {width} x {height} pixels cannot be stored; sides are 1 to {MAX_SIDE}")
    if anchor not in ANCHORS:
        raise InputError(f"there is no anchor {anchor!r}; there are: {', '.join(ANCHORS)}")
    x, y = ANCHORS[anchor]
    offset = round((picture.width - width) * x), round((picture.height - height) * y)
    return _windowed(picture, offset, size, None if colour is None else find_colour(colour))


def resize(picture: Picture, size: tuple[int, int]) -> Picture:
    """Say that the picture is to be painted at another size: everything is stretched to it.

    With the same shape edges and colours keep their exact bytes, and the inverse is exact.
    """
    width, height = size
    if not (1 <= width <= MAX_SIDE and 1 <= height <= MAX_SIDE):
        raise InputError(f"a picture of {width} x {height} pixels cannot be stored; sides are 1 to {MAX_SIDE}")
    return _remapped(picture, size, (0, 0), (width / picture.width, height / picture.height), None)


# --- parts ---------------------------------------------------------------------------------------------------


def _windowed(
    picture: Picture, offset: tuple[int, int], size: tuple[int, int], colour: tuple[int, int, int] | None
) -> Picture:
    """The picture seen through a window of `size` whose corner lies at `offset` pixels, which may be outside."""
    if offset == (0, 0) and size == picture.size:
        return picture
    return _remapped(picture, size, offset, (1.0, 1.0), colour)


def _remapped(
    picture: Picture,
    size: tuple[int, int],
    offset: tuple[int, int],
    scale: tuple[float, float],
    colour: tuple[int, int, int] | None,
) -> Picture:
    """The picture at another size; see `Layer.remapped`."""
    base = base_of(picture)
    layers = [(layer, layer.remapped(size, offset, scale, colour)) for layer in base.layers]
    after = _made(base, size, layers, "it is not known whether it suits the new size")
    return with_top(picture, after, moved(picture, after, offset, scale))


def _made(
    picture: Picture, size: tuple[int, int], layers: Sequence[tuple[Layer, Layer | None]], why_unknown: str
) -> Picture:
    """A picture of (width, height) from (layer before, layer now or None), with a note for each that is lost."""
    notes = []
    for before, now in layers:
        if now is None and not before.known:
            notes.append(f"the layer of kind {before.kind} was left out: {why_unknown}")
        elif now is None:
            notes.append(f"the {before.name} layer was left out: nothing of it is in the new picture")
    kept = [now for _, now in layers if now is not None]
    if not kept:
        raise InputError("nothing would be left of the picture")
    return make_picture(size, kept, (*picture.notes, *notes))
