"""Parts of a picture: boxes, polygons, bands and masks, in pixels or percent.

One rule decides what belongs to a region: a cell of a grid (a colour, an edge pixel) belongs to it if its
*centre* does. A box holds its left and top border but not its right and bottom one, so boxes that share a border
share no cell. A polygon may cross itself; what is inside an even number of times is outside. A mask is a picture
of any size that is stretched over the picture: its bright pixels are inside. A band is what a round brush of some width
leaves along a line.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

from ..errors import InputError
from ..lengths import length
from ..limits import MAX_BAND_POINTS, MAX_POINTS

RegionLike = Any  # what `find_region` understands
SYNTAX = (
    "a region is 'all', a box 'LEFT,TOP,RIGHT,BOTTOM', a polygon 'X,Y X,Y X,Y', a band 'X,Y X,Y ... @WIDTH', or the "
    "name of a mask picture; "
    "numbers are pixels, or percent with %"
)
_LOOKS_LIKE_NUMBERS = re.compile(r"[\s\d+.,;%px@-]+")
_LONGEST_NAME = 255  # characters; no file is looked for under a longer one
_BAND_SIDE = 1024  # of the raster that a band is drawn on: four samples for the smallest cell of an edge raster
_FINER = 4  # samples per side of a cell, where any part of a cell counts


@dataclass(frozen=True)
class Region:
    """A part of a picture of `size` = (width, height) pixels; this one is all of it.

    Attributes:
        size: of the picture, in pixels.
        name: how the caller wrote it, for messages.
    """

    size: tuple[int, int]
    name: str = "all"

    def contains(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """bool like `x` and `y`, which are positions in pixels."""
        width, height = self.size
        return (x >= 0) & (x < width) & (y >= 0) & (y < height)

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """(left, top, right, bottom) in pixels, within the picture."""
        return 0.0, 0.0, float(self.size[0]), float(self.size[1])

    def cells(self, grid: tuple[int, int], what: str) -> np.ndarray:
        """bool (rows, columns): which cells of a grid over the picture have their centre in the region.

        Raises:
            InputError: none has; `what` names the grid in the message.
        """
        inside = self.contains(*centres(grid, self.size))
        if not inside.any():
            rows, columns = grid
            cell = f"{self.size[0] / columns:.3g} x {self.size[1] / rows:.3g} pixels"
            raise InputError(f"the region {self.name} holds the centre of no cell of the {what} ({cell}): enlarge it")
        return inside

    def coverage(self, grid: tuple[int, int], box: tuple[float, float, float, float] | None = None) -> np.ndarray:
        """float (rows, columns), 0..1: how much of each cell is in the region, from 4 x 4 samples of it.

        The grid lies over the picture, or over a box (left, top, right, bottom) of it, in pixels.
        """
        rows, columns = grid
        left, top, right, bottom = box or (0.0, 0.0, *self.size)
        x, y = centres((rows * _FINER, columns * _FINER), (right - left, bottom - top))
        fine = self.contains(x + left, y + top)
        shares: np.ndarray = fine.reshape(rows, _FINER, columns, _FINER).mean((1, 3))
        return shares


@dataclass(frozen=True)
class Box(Region):
    """The pixels from (left, top) up to, but not including, (right, bottom)."""

    box: tuple[float, float, float, float] = (0, 0, 0, 0)

    def contains(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        left, top, right, bottom = self.box
        return super().contains(x, y) & (x >= left) & (x < right) & (y >= top) & (y < bottom)

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        left, top, right, bottom = self.box
        return max(left, 0.0), max(top, 0.0), min(right, float(self.size[0])), min(bottom, float(self.size[1]))


@dataclass(frozen=True)
class Polygon(Region):
    """What a closed line through `points`, (x, y) in pixels, goes round."""

    points: tuple[tuple[float, float], ...] = ()

    def contains(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        inside = np.zeros(np.broadcast(x, y).shape, bool)
        for (x0, y0), (x1, y1) in zip(self.points, (*self.points[1:], self.points[0]), strict=True):
            if y0 != y1:
                inside ^= ((y0 <= y) != (y1 <= y)) & (x < x0 + (y - y0) * ((x1 - x0) / (y1 - y0)))
        both: np.ndarray = inside & super().contains(x, y)
        return both

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        xs, ys = zip(*self.points, strict=True)
        return Box(self.size, box=(min(xs), min(ys), max(xs), max(ys))).bounds


@dataclass(frozen=True, eq=False)
class Mask(Region):
    """The True pixels of `inside`, bool (h, w), stretched over the picture."""

    inside: np.ndarray = None  # type: ignore[assignment]

    def contains(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        rows, columns = self.inside.shape
        row = np.clip((y * rows / self.size[1]).astype(int), 0, rows - 1)
        column = np.clip((x * columns / self.size[0]).astype(int), 0, columns - 1)
        both: np.ndarray = super().contains(x, y) & self.inside[row, column]
        return both

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        rows, columns = np.flatnonzero(self.inside.any(1)), np.flatnonzero(self.inside.any(0))
        sx, sy = self.size[0] / self.inside.shape[1], self.size[1] / self.inside.shape[0]
        return columns[0] * sx, rows[0] * sy, (columns[-1] + 1) * sx, (rows[-1] + 1) * sy


def centres(grid: tuple[int, int], size: tuple[float, float]) -> tuple[np.ndarray, np.ndarray]:
    """(x, y) in pixels of the centres of a grid's cells, each float (rows, columns)."""
    (rows, columns), (width, height) = grid, size
    x, y = np.broadcast_arrays(
        (np.arange(columns) + 0.5) * (width / columns), ((np.arange(rows) + 0.5) * (height / rows))[:, None]
    )
    return x, y


def find_region(region: RegionLike, size: tuple[int, int]) -> Region:
    """The region that a caller means on a picture of `size` = (width, height) pixels.

    Args:
        region: a text (see `SYNTAX`), a box of four numbers, a polygon of three or more (x, y),
            all in pixels, a mask (a bool array (h, w), a Pillow image, a path), or a `Region`.

    Raises:
        InputError: it is none of these, lies outside the picture, or is empty.
    """
    if isinstance(region, Region):
        if region.size != size:
            raise InputError(f"the region is for a picture of {region.size}, not {size}: make it anew")
        return region
    if isinstance(region, str):
        return _from_text(region.strip(), size)
    if isinstance(region, Image.Image | os.PathLike):
        return _mask(region, size, str(region) if isinstance(region, os.PathLike) else "mask")
    if isinstance(region, np.ndarray) and region.dtype == bool:
        if region.ndim != 2:
            raise InputError(f"a mask is a bool array (height, width), not one of shape {region.shape}")
        return _checked_mask(region, size, "mask")
    try:
        numbers = np.asarray(region, float)
    except (TypeError, ValueError):
        raise InputError(f"{region!r} is not a region; {SYNTAX}") from None
    if numbers.shape == (4,) and np.isfinite(numbers).all():
        return _box(numbers.tolist(), size, ",".join(f"{n:g}" for n in numbers))
    if numbers.ndim == 2 and numbers.shape[1] == 2 and np.isfinite(numbers).all():
        return _polygon(numbers.tolist(), size, "polygon")
    raise InputError(f"{region!r} is not a region; {SYNTAX}")


def _from_text(text: str, size: tuple[int, int]) -> Region:
    if text == "all":
        return Region(size)
    if _LOOKS_LIKE_NUMBERS.fullmatch(text) and not (len(text) < _LONGEST_NAME and Path(text).is_file()):
        if "@" in text:
            line, _, width = text.partition("@")
            return _band(find_points(line, size, inside=True), length(width, max(size)), size, text)
        parts = re.sub(r"\s*,\s*", ",", text).split(",")
        if len(parts) == 4 and not re.search(r"[\s;]", ",".join(parts).strip()):
            return _box([length(part, size[i % 2], inside=True) for i, part in enumerate(parts)], size, text)
        return _polygon(find_points(text, size, inside=True), size, "polygon")
    if not text or ("." not in text and not Path(text).exists()):
        raise InputError(f"{text!r} is not a region; {SYNTAX}")
    return _mask(Path(text), size, text)


def _box(numbers: Sequence[float], size: tuple[int, int], name: str) -> Box:
    left, top, right, bottom = numbers
    if right <= left or bottom <= top:
        raise InputError(f"the box {name} is empty: it is LEFT,TOP,RIGHT,BOTTOM with RIGHT > LEFT and BOTTOM > TOP")
    if right <= 0 or bottom <= 0 or left >= size[0] or top >= size[1]:
        raise InputError(f"the region {name} lies outside the picture, which is {size[0]} x {size[1]} pixels")
    return Box(size, name, (left, top, right, bottom))


def _polygon(points: Sequence[Sequence[float]], size: tuple[int, int], name: str) -> Polygon:
    if not 3 <= len(points) <= MAX_POINTS:
        raise InputError(f"a polygon has 3 to {MAX_POINTS} points, not {len(points)}; {SYNTAX}")
    xs, ys = zip(*points, strict=True)
    _box((min(xs), min(ys), max(xs), max(ys)), size, name)
    return Polygon(size, name, tuple((float(x), float(y)) for x, y in points))


def _band(points: Sequence[tuple[float, float]], width: float, size: tuple[int, int], name: str) -> Mask:
    if len(points) > MAX_BAND_POINTS:
        raise InputError(f"a band has at most {MAX_BAND_POINTS} points, not {len(points)}")
    if not 0 < width <= 2 * max(size):
        raise InputError(f"a band of {width:g} pixels is not more than 0 and at most {2 * max(size)} wide")
    scale = _BAND_SIDE / max(size)
    columns, rows = (max(1, round(side * scale)) for side in size)
    # Far points would make the drawing routine walk for ever.
    line = np.clip(np.array(points, float) * scale, -16 * _BAND_SIDE, 16 * _BAND_SIDE).ravel().tolist()
    wide = max(1, round(width * scale))
    canvas = Image.new("1", (columns, rows))
    draw = ImageDraw.Draw(canvas)
    if len(points) > 1:
        draw.line(line, fill=1, width=wide, joint="curve" if wide > 2 else None)
    for x, y in {(line[0], line[1]), (line[-2], line[-1])}:
        draw.ellipse((x - wide / 2, y - wide / 2, x + wide / 2, y + wide / 2), fill=1)
    inside = np.asarray(canvas)
    if not inside.any():
        raise InputError(f"the region {name[:60]} lies outside the picture, which is {size[0]} x {size[1]} pixels")
    return Mask(size, name if len(name) < 60 else "band", inside)


def _mask(mask: Image.Image | os.PathLike[str], size: tuple[int, int], name: str) -> Mask:
    from ..analysis.image import load_image

    # Transparent pixels are outside, like black ones.
    grey = load_image(mask, background=(0, 0, 0)).image.convert("L")
    return _checked_mask(np.asarray(grey) >= 128, size, name)


def _checked_mask(inside: np.ndarray, size: tuple[int, int], name: str) -> Mask:
    if not inside.any():
        raise InputError(f"the mask {name} is empty: no pixel of it is bright; paint the region white on black")
    return Mask(size, name, inside)


# --- numbers -------------------------------------------------------------------------------------------------


def find_point(point: str | Sequence[float], size: tuple[int, int], *, inside: bool = True) -> tuple[float, float]:
    """(x, y) in pixels from "X,Y" or a pair; with `inside`, a place in the picture.

    Raises:
        InputError: it is no such pair, or lies outside the picture.
    """
    parts: list[str | float] = [*point.split(",")] if isinstance(point, str) else [*point]
    if len(parts) != 2:
        raise InputError(f"{point!r} is not a pair of numbers X,Y (pixels, or percent with %)")
    x, y = (length(part, side, inside=inside) for part, side in zip(parts, size, strict=True))
    if inside and not (0 <= x <= size[0] and 0 <= y <= size[1]):
        raise InputError(f"the point {x:g},{y:g} lies outside the picture, which is {size[0]} x {size[1]} pixels")
    return x, y


def find_points(
    points: str | Sequence[Sequence[float]], size: tuple[int, int], *, inside: bool = False
) -> list[tuple[float, float]]:
    """Points in pixels from "X,Y X,Y ..." or a list of pairs; with `inside`, percentages are 0 to 100.

    Raises:
        InputError: one is no pair of numbers, or there are more than 10,000.
    """
    listed: list[str | Sequence[float]]
    if isinstance(points, str):
        listed = [*re.split(r"[\s;]+", re.sub(r"\s*,\s*", ",", points.strip()))]
    else:
        listed = [*points]
    if len(listed) > MAX_POINTS:
        raise InputError(f"a line has at most {MAX_POINTS} points, not {len(listed)}")
    found = []
    for point in listed:
        parts: list[str | float] = [*point.split(",")] if isinstance(point, str) else [*point]
        if len(parts) != 2:
            raise InputError(f"{point!r} is not a pair of numbers X,Y (pixels, or percent with %)")
        x, y = (length(part, side, inside=inside) for part, side in zip(parts, size, strict=True))
        found.append((x, y))
    return found
