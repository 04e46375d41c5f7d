"""Edits of things: what belongs to an object in every layer at once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..codec.picture import Picture
from ..errors import InputError
from ..layers import TextureLayer
from ..layers.pose import LEVELS, MISSING
from .colours import fill, with_colours
from .edges import erase_edges, move_edges
from .harmonic import harmonic
from .people import with_people
from .prompt import replace_prompt
from .regions import Region, RegionLike, centres, find_point, find_region


def erase_object(picture: Picture, region: RegionLike, *, words: str | None = None) -> Picture:
    """Take what is in a region out of the picture: its edges go, its colours are filled in from around it.

    People with most of their joints in the region go, too. Colour cells count as inside if any part of them is,
    for they show a little of the object; edge pixels count by their centre.

    Args:
        words: what to take out of the prompt as well, for example "a red kite".

    Raises:
        InputError: the picture has neither edges nor colours, or the region covers all of it.
    """
    if not (picture.edges or picture.texture):
        raise InputError("the picture has neither edges nor colours to erase an object from")
    where = find_region(region, picture.size)
    result = picture
    if picture.edges:
        result = erase_edges(result, where)
    if picture.texture:
        result = fill(result, where, touching=True)
    if picture.pose and (gone := _people_inside(picture, where)).any():
        result = with_people(result, picture.pose.people[~gone])
    if words:
        result = replace_prompt(result, words, "", ignore_case=True) if picture.semantic else result
    return result


def move_object(picture: Picture, region: RegionLike, by: str | Sequence[float], *, keep: bool = False) -> Picture:
    """Move what is in a region by (right, down), in pixels or percent, in every layer.

    Its edges and people move, its colours move with them, and where it was is filled in from around. Nothing may
    leave the picture altogether. Edges are laid over those at the new place: erase what is there first.

    With `keep` everything also stays where it is, and a copy of it is put at the new place.
    """
    if not (picture.edges or picture.texture):
        raise InputError("the picture has neither edges nor colours to move an object in")
    where = find_region(region, picture.size)
    dx, dy = find_point(by, picture.size, inside=False)
    left, top, right, bottom = where.bounds
    if not (-right < dx < picture.width - left and -bottom < dy < picture.height - top):
        raise InputError(f"a move by {dx:g},{dy:g} takes the object out of the picture; erase it instead")
    result = picture
    if picture.edges:
        result = move_edges(result, where, (dx, dy), keep=keep)
    if picture.texture:
        result = _move_colours(result, where, dx, dy, keep)
    if picture.pose and (inside := _people_inside(picture, where)).any():
        own = picture.pose.people
        people = np.array(own[inside] if keep else own)
        inside = inside[inside] if keep else inside
        levels = [round(d * LEVELS / side) for d, side in zip((dx, dy), picture.size, strict=True)]
        seen = inside[:, None] & (people[..., 0] != MISSING)
        people[seen] += levels
        lost = seen & ((people < 0) | (people >= LEVELS)).any(2)
        people[lost] = MISSING
        people = people[(people != MISSING).any((1, 2))]
        result = with_people(result, np.concatenate([own, people]) if keep else people)
        if lost.any():
            result = result.with_notes(f"{int(lost.sum())} joints left the picture")
    return result


def _move_colours(picture: Picture, where: Region, dx: float, dy: float, keep: bool) -> Picture:
    """The colours of a region at its new place; where it was, they are filled in from around, or kept."""
    layer = picture.get(TextureLayer)
    assert layer is not None
    colours = layer.colours.astype(float)
    old = where.coverage(layer.grid) > 0
    if keep:
        background, old = colours, np.zeros_like(old)
    elif old.all():
        raise InputError("the region covers the whole colour map; nothing is left around it to fill from")
    else:
        background = harmonic(layer.colours, old)
    rows, columns = layer.grid
    # How much of each cell the object covers at its new place, and the colour it had where that cell looks back to.
    fine = 4
    x, y = centres((rows * fine, columns * fine), picture.size)
    covered = where.contains(x - dx, y - dy)
    row = np.clip(((y - dy) * rows / picture.height).astype(int), 0, rows - 1)
    column = np.clip(((x - dx) * columns / picture.width).astype(int), 0, columns - 1)
    moved = np.where(covered[..., None], colours[row, column], 0).reshape(rows, fine, columns, fine, 3).sum((1, 3))
    count = covered.reshape(rows, fine, columns, fine).sum((1, 3))[..., None]
    wanted = (moved + (fine * fine - count) * background) / (fine * fine)
    return with_colours(picture, wanted, old | (count[..., 0] > 0))


def _people_inside(picture: Picture, where: Region) -> np.ndarray:
    """bool (n,): which people have more than half of their joints in a region."""
    assert picture.pose is not None
    places = picture.pose.fractions * picture.size
    seen = np.isfinite(places[..., 0])
    inside = where.contains(*np.moveaxis(np.nan_to_num(places, nan=-1), 2, 0)) & seen
    mostly: np.ndarray = inside.sum(1) * 2 > seen.sum(1)
    return mostly
