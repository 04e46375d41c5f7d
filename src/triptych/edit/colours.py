"""Edits of the colours.

Every edit keeps the grid and the quality index of the layer. Cells outside a region keep their colours as nearly
as the layer's transform allows (see `triptych.layers.recode`). Colours are quantised, so an inverse brings back the
look but not the exact bytes; `replace_texture` with the picture before does.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Any, TypeGuard

import numpy as np
from PIL import Image

from ..codec.picture import Picture
from ..colour import from_linear, from_oklab, to_linear, to_oklab
from ..errors import InputError
from ..layers import TextureLayer, grid_shape
from ..layers.recode import recoded
from ..limits import MAX_COLOUR_SIDE
from ._parts import cells_along, is_stream, need, put
from .harmonic import harmonic
from .regions import RegionLike, centres, find_region
from .stills import SMALL, Change, recoloured

GRID = "colour map"
DEFAULT_SIDE, DEFAULT_INDEX = 12, 18  # for pictures that have no colours yet: what 0.02 bpp gives at 512 x 512
Colour = str | Sequence[int]
TextureSource = Picture | str | os.PathLike[str] | Image.Image | np.ndarray


def paint(picture: Picture, region: RegionLike, colour: Colour) -> Picture:
    """Give the cells in a region one colour: a name, "#rrggbb", "hsl(...)", or (red, green, blue) of 0..255."""
    return blend(picture, region, colour, 1.0)


def blend(picture: Picture, region: RegionLike, other: Colour | TextureSource, amount: float) -> Picture:
    """Mix the colours in a region with one colour, or with another picture's; 0 keeps them, 1 replaces them."""
    if not 0 <= amount <= 1:
        raise InputError(f"an amount of {amount:g} is not 0 to 1")
    layer = need(picture, TextureLayer)
    theirs = _read(other, layer.grid).astype(float)
    change = Change(find_region(region, picture.size), shifted=amount < 1)
    return _recoloured(picture, layer, change, lambda own, cells: own + amount * (theirs[cells] - own))


def fill(picture: Picture, region: RegionLike, *, touching: bool = False) -> Picture:
    """Fill a region smoothly from the colours around it, as if it were a soap film held by them.

    With `touching`, cells of which any part lies in the region count as inside.

    Raises:
        InputError: the region covers the whole picture: nothing is left to fill from.
    """
    layer, where = need(picture, TextureLayer), find_region(region, picture.size)
    inside = where.coverage(layer.grid) > 0
    if not (touching and inside.any()):
        inside = where.cells(layer.grid, GRID)
    if inside.all():
        raise InputError("the region covers the whole colour map; nothing is left around it to fill from")
    return with_colours(picture, harmonic(layer.colours, inside), inside, Change(where))


def shift_colours(
    picture: Picture,
    region: RegionLike = "all",
    *,
    hue: float = 0,
    saturation: float = 0,
    lightness: float = 0,
    temperature: float = 0,
) -> Picture:
    """Shift all colours of a region; the opposite numbers restore the look.

    Args:
        hue: degrees round the circle of hues (120 turns red to green).
        saturation: percent more (100 doubles the colourfulness) or less (-100 gives grey).
        lightness: percent of the way from black to white that is added, -100 to 100.
        temperature: -100 (bluish) to 100 (reddish).

    Hue, saturation and lightness are those of OKLab; temperature scales the red and blue light.
    """
    limits = {"hue": (-3600, 3600), "saturation": (-100, 1000), "lightness": (-100, 100), "temperature": (-100, 100)}
    values = {"hue": hue, "saturation": saturation, "lightness": lightness, "temperature": temperature}
    for name, (least, most) in limits.items():
        if not least <= values[name] <= most:
            raise InputError(f"a {name} of {values[name]:g} is not {least} to {most}")
    warm = 2 ** (temperature / 200)
    turn = np.radians(hue)
    matrix = (1 + saturation / 100) * np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])

    def shifted(colours: np.ndarray, _: object) -> np.ndarray:
        lab = to_oklab(colours if not temperature else from_linear(to_linear(colours) * [warm, 1, 1 / warm]))
        return from_oklab(np.concatenate([lab[..., :1] + lightness / 100, lab[..., 1:] @ matrix.T], -1))

    change = Change(find_region(region, picture.size), shifted=True)
    return _recoloured(picture, need(picture, TextureLayer), change, shifted)


def match_palette(picture: Picture, other: TextureSource, amount: float = 1.0) -> Picture:
    """Give the picture the palette of another one: its mean colour and how its colours spread around it.

    Args:
        other: a `Picture`, a `.trp` file, or any picture (path, Pillow image, uint8 array).
        amount: 0 (none) to 1 (all) of the way.

    The colours go through the straight map of OKLab that changes them least (F. Pitié, A. Kokaram, "The linear
    Monge-Kantorovitch linear colour mapping for example-based colour transfer", 2007).
    """
    if not 0 <= amount <= 1:
        raise InputError(f"an amount of {amount:g} is not 0 to 1")
    layer = need(picture, TextureLayer)
    own = to_oklab(layer.colours).reshape(-1, 3)
    theirs = to_oklab(_read(other, None)).reshape(-1, 3)
    # A little spread in every direction keeps a flat picture from being torn apart.
    spread, goal = (np.cov(colours.T, bias=True) + 1e-5 * np.eye(3) for colours in (own, theirs))
    root = _power(spread, 0.5)
    back = _power(spread, -0.5)
    matrix = back @ _power(root @ goal @ root, 0.5) @ back
    moved = (own - own.mean(0)) @ matrix.T + theirs.mean(0)
    wanted = from_oklab((own + amount * (moved - own)).reshape(layer.colours.shape))
    change = Change(find_region("all", picture.size), shifted=True)
    return with_colours(picture, wanted, np.ones(layer.grid, bool), change)


def reduce_palette(picture: Picture, colours: int | str | Sequence[Colour]) -> Picture:
    """Give every cell the nearest of a few colours: a number of them (2 to 64), or the colours themselves.

    The colours of a number are found by k-means in OKLab, from a fixed start. The layer's own quantisation blurs
    the result a little; a finer quality index blurs it less.
    """
    layer = need(picture, TextureLayer)
    cells = to_oklab(layer.colours).reshape(-1, 3)
    if isinstance(colours, int):
        if not 2 <= colours <= 64:
            raise InputError(f"a palette of {colours} colours is not 2 to 64")
        palette = _k_means(cells, colours)
    else:
        listed = [part for part in colours.split("+") if part.strip()] if isinstance(colours, str) else list(colours)
        if not listed:
            raise InputError("the palette has no colours")
        palette = to_oklab(np.array([find_colour(colour) for colour in listed]))
    nearest = ((cells[:, None] - palette) ** 2).sum(-1).argmin(1)
    wanted = from_oklab(palette[nearest]).reshape(layer.colours.shape)
    change = Change(find_region("all", picture.size), shifted=True)
    return with_colours(picture, wanted, np.ones(layer.grid, bool), change)


def replace_texture(picture: Picture, other: Colour | TextureSource) -> Picture:
    """Take all colours from elsewhere: a picture, another file (same size: its exact bytes), or one colour.

    A picture without colours gets a texture layer. The inverse is `replace_texture` with the picture before.
    """
    if isinstance(other, str | os.PathLike) and is_stream(other):
        other = Picture.open(other)
    change = Change(find_region("all", picture.size), shifted=picture.texture is not None)
    if isinstance(other, Picture) and other.size == picture.size:
        return put(picture, need(other, TextureLayer), change=change)
    if picture.texture:
        grid, index = picture.texture.grid, picture.texture.quality_index
    else:
        grid = grid_shape(picture.size, cells_along(picture.size, DEFAULT_SIDE, MAX_COLOUR_SIDE))
        index = DEFAULT_INDEX
    return put(picture, TextureLayer.from_colours(_read(other, grid), picture.size, index), change=change)


# --- parts ---------------------------------------------------------------------------------------------------


def find_colour(colour: Colour) -> tuple[int, int, int]:
    """(red, green, blue) of 0..255 for a name, a hexadecimal or CSS colour, or three such numbers.

    Raises:
        InputError: it is no colour.
    """
    if isinstance(colour, str):
        from PIL import ImageColor

        try:
            return ImageColor.getrgb(colour.strip())[:3]
        except ValueError:
            raise InputError(f"{colour!r} is not a colour; try tomato, #ffcc00 or hsl(30, 80%, 50%)") from None
    try:
        red, green, blue = (int(value) for value in colour)
    except (TypeError, ValueError):
        raise InputError(f"{colour!r} is not a colour; give a name, #rrggbb, or three numbers 0 to 255") from None
    if not all(0 <= value <= 255 for value in (red, green, blue)):
        raise InputError(f"{colour!r} is not a colour; its numbers are 0 to 255")
    return red, green, blue


def _read(other: Colour | TextureSource, grid: tuple[int, int] | None) -> np.ndarray:
    """uint8 (rows, columns, 3): the colours of something else, on `grid` if one is given."""
    if isinstance(other, str | os.PathLike) and is_stream(other):
        other = Picture.open(other)
    if isinstance(other, Picture):
        image = Image.fromarray(np.array(need(other, TextureLayer).colours))
    elif isinstance(other, np.ndarray | Image.Image | os.PathLike) or _is_file(other):
        from ..analysis.image import load_image

        image = load_image(other).image
        grid = grid or (64, 64)
    else:
        return np.broadcast_to(np.array(find_colour(other), np.uint8), (*(grid or (1, 1)), 3))
    if grid is None or image.size == grid[::-1]:
        return np.asarray(image)
    method = Image.Resampling.BOX if image.width > grid[1] else Image.Resampling.BICUBIC
    return np.asarray(image.resize(grid[::-1], method))


def _is_file(name: object) -> TypeGuard[str]:
    return isinstance(name, str) and os.path.isfile(name)


def _recoloured(
    picture: Picture, layer: TextureLayer, change: Change, colours: Callable[[np.ndarray, Any], np.ndarray]
) -> Picture:
    """The picture with other colours in a region; in one without the centre of any cell, the still alone has them.

    `colours`: sRGB 0..255, float (..., 3), for what was there, and the cells that are there, an index of the grid.
    """
    where = change.where
    if not where.contains(*centres(layer.grid, picture.size)).any():
        x, y = np.reshape(where.bounds, (2, 2)).mean(0) / picture.size
        cell = int(y * layer.grid[0]), int(x * layer.grid[1])
        if detail := recoloured(picture, where, lambda own: colours(own, cell)):
            return picture.with_layer(detail).with_notes(SMALL)
    inside = where.cells(layer.grid, GRID)
    return with_colours(picture, colours(layer.colours, ...), inside, change)


def with_colours(picture: Picture, wanted: np.ndarray, touched: np.ndarray, change: Change | None = None) -> Picture:
    """The picture with other colours in the cells `touched`; `change` says it more exactly."""
    layer = need(picture, TextureLayer)
    new = recoded(layer, wanted, touched)
    change = change or Change(find_region(touched, picture.size))
    # Colours that come to the same may still hide what a still shows there.
    return picture if new is layer and change.shifted else put(picture, new, change=change)


def _power(matrix: np.ndarray, exponent: float) -> np.ndarray:
    """A power of a symmetric positive matrix."""
    values, vectors = np.linalg.eigh(matrix)
    power: np.ndarray = (vectors * np.maximum(values, 1e-12) ** exponent) @ vectors.T
    return power


def _k_means(cells: np.ndarray, count: int) -> np.ndarray:
    """(count, 3) centres; each start is the cell farthest from the starts before."""
    starts = [cells[((cells - cells.mean(0)) ** 2).sum(1).argmin()]]
    while len(starts) < count:
        distance = ((cells[:, None] - np.array(starts)) ** 2).sum(-1).min(1)
        starts.append(cells[distance.argmax()])
    centre = np.array(starts)
    for _ in range(30):
        nearest = ((cells[:, None] - centre) ** 2).sum(-1).argmin(1)
        sums = np.stack([np.bincount(nearest, cells[:, axis], count) for axis in range(3)], 1)
        sizes = np.bincount(nearest, minlength=count)[:, None]
        centre = np.where(sizes > 0, sums / np.maximum(sizes, 1), centre)
    return centre
