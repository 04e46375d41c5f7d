"""Edits of the whole file: which layers it has, its size, its mirror image.

A change of size makes the grids anew at the same density: colours are averaged over the new cells, lines are
followed and drawn again. Where old cells are new cells (a crop along cell borders), they are copied exactly.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np

from ..codec.picture import Picture, make_picture
from ..errors import InputError
from ..layers import NAMES, EdgeLayer, Layer, PoseLayer, RecipeLayer, TextureLayer, UnknownLayer, grid_shape
from ..layers.pose import LEVELS, MISSING
from ..layers.texture import pack_levels
from ..limits import MAX_COLOUR_SIDE, MAX_EDGE_SIDE, MAX_SIDE
from ._parts import need, put, with_notes, without
from ._recode import levels_of
from .colours import Colour, find_colour
from .edges import redraw
from .people import MIRRORED
from .regions import RegionLike, find_region

ANCHORS = {
    name: (x, y)
    for y, row in ((0.0, "top"), (0.5, ""), (1.0, "bottom"))
    for x, column in ((0.0, "left"), (0.5, ""), (1.0, "right"))
    for name in ["-".join(filter(None, (row, column))) or "centre"]
}


def drop_layers(picture: Picture, *names: str) -> Picture:
    """Leave layers out by name; `transplant` from the picture before is the inverse.

    The names are "semantic", "texture", "pose", "edges", "recipe" and "seed".

    Raises:
        InputError: no such name, the picture has no such layer, or none would be left.
    """
    for name in _known(names):
        need(picture, NAMES[name])
    return without(picture, set(names))


def keep_layers(picture: Picture, *names: str) -> Picture:
    """Leave out all layers but these; those that the picture does not have do not matter."""
    return without(picture, {layer.name for layer in picture.layers} - set(_known(names)))


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
    for name in _known(names):
        layer = _remade(need(other, NAMES[name]), picture.size, (0, 0), scale)
        if layer is None:
            raise InputError(f"nothing of the {name} layer fits this picture")
        picture = put(picture, layer)
    return picture


def mirror(picture: Picture) -> Picture:
    """Swap left and right in every layer but the text; exact, and its own inverse."""
    layers: list[Layer] = []
    for layer in picture.layers:
        if isinstance(layer, EdgeLayer):
            layer = EdgeLayer.from_raster(layer.raster[:, ::-1], picture.size)
        elif isinstance(layer, PoseLayer):
            people = layer.people[:, MIRRORED].copy()
            people[..., 0] = np.where(people[..., 0] == MISSING, MISSING, LEVELS - 1 - people[..., 0])
            layer = PoseLayer.from_people(people, picture.size)
        elif isinstance(layer, TextureLayer):
            # The mirror image of a cosine is itself or its negative, so no colour is rounded anew.
            levels, index = levels_of(layer)
            turned = levels * np.where(np.arange(levels.shape[2]) % 2, -1, 1)
            layer = TextureLayer(picture.size, layer.coding, pack_levels(turned, index))
        layers.append(layer)
    return replace(make_picture(picture.size, layers), notes=picture.notes)


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
    return _resized(picture, size, (0, 0), (width / picture.width, height / picture.height), None)


# --- parts ---------------------------------------------------------------------------------------------------


def _known(names: Sequence[str]) -> Sequence[str]:
    for name in names:
        if name not in NAMES:
            raise InputError(f"there is no layer called {name!r}; there are: {', '.join(NAMES)}")
    return names


def _windowed(
    picture: Picture, offset: tuple[int, int], size: tuple[int, int], colour: tuple[int, int, int] | None
) -> Picture:
    """The picture seen through a window of `size` whose corner lies at `offset` pixels, which may be outside."""
    if offset == (0, 0) and size == picture.size:
        return picture
    return _resized(picture, size, offset, (1.0, 1.0), colour)


def _resized(picture, size, offset, scale, colour) -> Picture:
    layers, notes = [], []
    for layer in picture.layers:
        if isinstance(layer, UnknownLayer):
            notes.append(f"the layer of kind {layer.kind} was left out: it is not known whether it suits the new size")
        elif (new := _remade(layer, size, offset, scale, colour)) is not None:
            layers.append(new)
        else:
            notes.append(f"the {layer.name} layer was left out: nothing of it is in the new picture")
    if not layers:
        raise InputError("nothing would be left of the picture")
    return with_notes(replace(make_picture(size, layers), notes=picture.notes), *notes)


def _remade(
    layer: Layer,
    size: tuple[int, int],
    offset: tuple[int, int],
    scale: tuple[float, float],
    colour: tuple[int, int, int] | None = None,
) -> Layer | None:
    """A layer for a picture of another size: old pixels go to (pixel - offset) x scale. None: nothing is left."""
    if layer.size == size and offset == (0, 0):
        return layer
    if isinstance(layer, EdgeLayer):
        return _remade_edges(layer, size, offset, scale)
    if isinstance(layer, TextureLayer):
        return _remade_texture(layer, size, offset, scale, colour)
    if isinstance(layer, PoseLayer):
        places = (layer.fractions * layer.size - offset) * scale / size
        seen = ((places >= 0) & (places < 1)).all(2)  # False for missing joints
        levels = np.floor(np.nan_to_num(places) * LEVELS).clip(0, LEVELS - 1).astype(np.int64)
        people = np.where(seen[..., None], levels, MISSING)[seen.any(1)]
        return PoseLayer.from_people(people, size) if len(people) else None
    if isinstance(layer, RecipeLayer):
        # It leaves its size out where that is the picture's own, which it ceases to be.
        made = layer.recipe
        return RecipeLayer.from_recipe(replace(made, size=made.size or layer.size), size)
    return replace(layer, size=size)  # a text knows no size


def _density(grid: tuple[int, int], layer: Layer, size, scale, most: int) -> tuple[int, int]:
    """(rows, columns) of a grid on the new picture with cells of the size they had (once scaled)."""
    cells = [side * count / (old * s) for side, count, old, s in zip(size, grid[::-1], layer.size, scale, strict=True)]
    return grid_shape(size, int(min(max(round(max(cells)), 1), most, max(size))))


def _remade_edges(layer: EdgeLayer, size, offset, scale) -> EdgeLayer:
    grid = _density(layer.grid, layer, size, scale, MAX_EDGE_SIDE)
    shift = _whole_cells(layer, grid, size, offset, scale)
    if shift is not None:
        if grid == layer.grid and shift == (0, 0):
            return replace(layer, size=size)
        return EdgeLayer.from_raster(_shifted(layer.raster, shift, grid), size)

    def place(points: np.ndarray) -> np.ndarray:
        return (points - offset) * scale

    return EdgeLayer.from_raster(redraw(layer.raster, layer.size, grid, size, place), size)


def _remade_texture(layer: TextureLayer, size, offset, scale, colour) -> TextureLayer:
    grid = _density(layer.grid, layer, size, scale, MAX_COLOUR_SIDE)
    if grid == layer.grid and _whole_cells(layer, grid, size, offset, scale) == (0, 0):
        return replace(layer, size=size)
    weights, outside = [], []
    for axis in (1, 0):  # rows, then columns
        cell = scale[axis] * layer.size[axis] / layer.grid[1 - axis]  # new pixels per old cell
        borders = (np.arange(grid[1 - axis] + 1) * size[axis] / grid[1 - axis] + offset[axis] * scale[axis]) / cell
        weights.append(_overlaps(borders, layer.grid[1 - axis]))
        middles = (borders[1:] + borders[:-1]) / 2
        outside.append((middles < 0) | (middles >= layer.grid[1 - axis]))
    colours = np.einsum("ri,ijc,kj->rkc", weights[0], layer.colours.astype(float), weights[1])
    new = outside[0][:, None] | outside[1]
    if colour is not None:
        colours[new] = colour
    rounded = np.clip(np.rint(colours), 0, 255).astype(np.uint8)
    return TextureLayer.from_colours(rounded, size, layer.payload[1])


def _overlaps(borders: np.ndarray, count: int) -> np.ndarray:
    """(n, count): which share of old cells 0..count each new cell averages; beyond them, the nearest one."""
    cells = np.arange(count)
    rows = []
    for start, stop in pairwise(borders):
        overlap = np.clip(np.minimum(stop, cells + 1) - np.maximum(start, cells), 0, None)
        if overlap.sum() < 1e-9:
            overlap = (cells == np.clip(int((start + stop) / 2), 0, count - 1)).astype(float)
        rows.append(overlap / overlap.sum())
    return np.array(rows)


def _whole_cells(layer: EdgeLayer | TextureLayer, grid, size, offset, scale) -> tuple[int, int] | None:
    """(rows, columns) that the old grid is shifted by, if each new cell is an old one; else None."""
    shift = []
    for axis in (1, 0):
        old, new = layer.size[axis] * scale[axis] / layer.grid[1 - axis], size[axis] / grid[1 - axis]
        cells = offset[axis] * scale[axis] / old
        if abs(old - new) > 1e-9 * new or abs(cells - round(cells)) > 1e-9:
            return None
        shift.append(round(cells))
    return shift[0], shift[1]


def _shifted(raster: np.ndarray, shift: tuple[int, int], grid: tuple[int, int]) -> np.ndarray:
    """The window of a raster that starts at `shift`, with nothing outside it; bool of shape `grid`."""
    result = np.zeros(grid, bool)
    starts = [max(0, -s) for s in shift]
    part = raster[max(0, shift[0]) : shift[0] + grid[0], max(0, shift[1]) : shift[1] + grid[1]]
    result[starts[0] : starts[0] + part.shape[0], starts[1] : starts[1] + part.shape[1]] = part
    return result
