"""Edits of the edges.

Moves go by whole cells and mirrors turn pixels over, so both can be undone exactly (as long as nothing is pushed
over the border or onto other lines). Scaling and free rotation follow the lines of the region, move their points
and draw them again, one pixel wide; that cannot be undone exactly.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from ..codec.picture import Picture
from ..errors import InputError
from ..layers import EdgeLayer, grid_shape
from ..limits import MAX_EDGE_SIDE
from ..raster.redraw import draw_thin, redraw
from ..raster.thin import thin
from ..raster.trace import rasterise, smooth, trace
from ._parts import base_of, cells_along, is_stream, need, put, settled, without
from .regions import RegionLike, centres, find_point, find_points, find_region

GRID = "edge raster"
DEFAULT_SIDE = 128  # of a square raster, for pictures that have none yet
MOST_SMOOTH, MOST_ROUNDS = 16, 400  # cells that a smoothed line may move, and rounds of averaging

if TYPE_CHECKING:
    from PIL import Image

    EdgeSource = Picture | str | os.PathLike[str] | Image.Image | np.ndarray


def erase_edges(picture: Picture, region: RegionLike = "all") -> Picture:
    """Remove the edges in a region; with the last edge goes the layer, unless it is the only one.

    `copy_edges` of the region from the picture before is the inverse.
    """
    layer, inside = _layer_and_cells(picture, region)
    return _with_raster(picture, layer.raster & ~inside)


def keep_edges(picture: Picture, region: RegionLike) -> Picture:
    """Remove the edges outside a region."""
    layer, inside = _layer_and_cells(picture, region)
    return _with_raster(picture, layer.raster & inside)


def move_edges(picture: Picture, region: RegionLike, by: str | Sequence[float], *, keep: bool = False) -> Picture:
    """Move the edges in a region by (right, down), in pixels or percent, rounded to whole cells.

    They are laid over what is there already. The inverse is a move of the moved region by (-right, -down).
    With `keep` they stay where they are, too.

    Raises:
        InputError: the way is shorter than half a cell, or leads out of the picture.
    """
    layer, inside = _layer_and_cells(picture, region)
    (rows, columns), (width, height) = layer.raster.shape, picture.size
    dx, dy = find_point(by, picture.size, inside=False)
    right, down = round(dx * columns / width), round(dy * rows / height)
    if right == down == 0:
        raise InputError(f"a move by {dx:g},{dy:g} is less than half a cell ({width / columns:.3g} pixels): go farther")
    if abs(right) >= columns or abs(down) >= rows:
        raise InputError(f"a move by {dx:g},{dy:g} leads out of the picture, which is {width} x {height} pixels")
    part = np.pad(layer.raster & inside, ((rows, rows), (columns, columns)))
    moved = part[rows - down : 2 * rows - down, columns - right : 2 * columns - right]
    return _with_raster(picture, (layer.raster if keep else layer.raster & ~inside) | moved)


def mirror_edges(picture: Picture, region: RegionLike = "all", *, upside_down: bool = False) -> Picture:
    """Swap left and right (or top and bottom) within a region's bounding box; its own inverse for a box."""
    return _turned(picture, region, lambda part: part[::-1] if upside_down else part[:, ::-1])


def rotate_edges(picture: Picture, region: RegionLike, degrees: float) -> Picture:
    """Turn the edges in a region clockwise about its middle; what leaves the picture is lost.

    Half turns, and quarter turns of what is square, move pixels and can be undone exactly.
    """
    layer, inside = _layer_and_cells(picture, region)
    if not math.isfinite(degrees):
        raise InputError(f"{degrees} is not an angle in degrees")
    quarters, rest = divmod(degrees, 90)
    if rest == 0 and quarters % 4 == 0:
        return picture
    rows, columns = (int(np.ptp(np.flatnonzero(inside.any(axis)))) + 1 for axis in (1, 0))
    pixel = picture.width / layer.raster.shape[1], picture.height / layer.raster.shape[0]
    if rest == 0 and (quarters % 2 == 0 or (rows == columns and math.isclose(*pixel, rel_tol=0.01))):
        return _turned(picture, region, lambda part: np.rot90(part, -int(quarters)))
    turn = math.radians(degrees)
    cos, sin = math.cos(turn), math.sin(turn)
    return _moved_about(picture, region, np.array([[cos, -sin], [sin, cos]]))


def smooth_edges(picture: Picture, region: RegionLike = "all", cells: float = 2) -> Picture:
    """Draw the lines in a region anew without their wobbles; their ends, and so their junctions, stay where they are.

    Args:
        cells: how far a line may move at most, in cells of the raster: 0.5 takes out staircases only, 16 is the most.
    """
    if not 0 < cells <= MOST_SMOOTH:
        raise InputError(f"edges cannot be smoothed by {cells:g} cells: give more than 0 and at most {MOST_SMOOTH}")
    layer, inside = _layer_and_cells(picture, region)
    rounds = min(MOST_ROUNDS, round(24 * max(1, cells) ** 2))  # a wobble dies away with the square of its length
    lines = smooth(trace(layer.raster & inside), rounds=rounds, reach=cells, corner_degrees=180 if cells > 1 else 60)
    return _with_raster(picture, (layer.raster & ~inside) | draw_thin(lines, layer.raster.shape))


def scale_edges(picture: Picture, region: RegionLike, factor: float) -> Picture:
    """Make what is in a region larger or smaller about its middle, by 0.05 to 20."""
    if not 0.05 <= factor <= 20:
        raise InputError(f"a scale of {factor:g} is not 0.05 to 20")
    return picture if factor == 1 else _moved_about(picture, region, np.eye(2) * factor)


def copy_edges(
    picture: Picture, other: EdgeSource, region: RegionLike = "all", to: RegionLike | None = None
) -> Picture:
    """Put the edges of a region of another picture in the place of those that are there.

    Args:
        other: a `Picture`, the path of a `.trp` file, an edge map (path or Pillow image, lines bright on dark or
            dark on bright), or a bool array (rows, columns).
        region: which part of `other`, in its pixels or in percent.
        to: the box of this picture that the region's bounding box comes to lie on; by default the box at the same
            percentages. Without a change of size or grid, pixels are copied exactly.

    A picture without edges gets an edge layer.
    """
    grid = picture.edges.grid if picture.edges else default_grid(picture.size)
    raster, size = read_edges(other, max(grid))
    if picture.edges is None and size == picture.size:
        grid = raster.shape
    own = picture.edges.raster if picture.edges else np.zeros(grid, bool)
    chosen = find_region(region, size)
    inside = chosen.cells(raster.shape, GRID)
    left, top, right, bottom = chosen.bounds
    scale = np.array(picture.size) / size
    if to is None:
        box = np.array([left, top, right, bottom]) * [*scale, *scale]
    else:
        box = np.array(find_region(to, picture.size).bounds)
    if raster.shape == grid and np.allclose(box, np.array([left, top, right, bottom]) * [*scale, *scale]):
        return _with_raster(picture, np.where(inside, raster, own))
    stretch = (box[2:] - box[:2]) / (right - left, bottom - top)
    x, y = centres(grid, picture.size)
    back_x, back_y = (x - box[0]) / stretch[0] + left, (y - box[1]) / stretch[1] + top
    under = chosen.contains(back_x, back_y)

    def place(points: np.ndarray) -> np.ndarray:
        moved: np.ndarray = (points - (left, top)) * stretch + box[:2]
        return moved

    drawn = redraw(raster & inside, size, grid, picture.size, place)
    return _with_raster(picture, (own & ~under) | (drawn & under))


def replace_edges(picture: Picture, other: EdgeSource) -> Picture:
    """Take all edges from elsewhere (see `copy_edges`); a file of the same size gives its exact bytes.

    The inverse is `replace_edges` with the picture before.
    """
    if isinstance(other, str | os.PathLike) and is_stream(other):
        other = Picture.open(other)
    if isinstance(other, Picture) and other.size == picture.size:
        return put(picture, need(other, EdgeLayer))
    if isinstance(other, np.ndarray) and other.dtype == bool and _fits(other, picture.size):
        return _with_raster(picture, other)
    return copy_edges(picture, other)


def draw_edges(picture: Picture, points: str | Sequence[Sequence[float]], width: float = 0) -> Picture:
    """Draw a line through points, in pixels or percent; end at the first point to close it.

    Args:
        points: "X,Y X,Y ..." or (x, y) pairs; the line passes through the picture.
        width: in pixels. Up to two cells the line is one pixel of the raster wide. A wider one is drawn as its
            outline, because the layer holds the contours of things.

    A picture without edges gets an edge layer. The inverse is `replace_edges` with the picture before.
    """
    places = np.array(find_points(points, picture.size), float).reshape(-1, 2)
    if not (0 <= width <= max(picture.size)):
        raise InputError(f"a line {width:g} pixels wide cannot be drawn: give 0 to {max(picture.size)}")
    grid = picture.edges.grid if picture.edges else default_grid(picture.size)
    own = picture.edges.raster if picture.edges else np.zeros(grid, bool)
    to_grid = np.array([grid[1] / picture.width, grid[0] / picture.height])
    # Far points would make the drawing routine walk for ever.
    line = np.clip(places * to_grid, -16 * MAX_EDGE_SIDE, 16 * MAX_EDGE_SIDE)
    stroke = width * float(to_grid.mean())
    drawn = draw_thin([line], grid) if stroke <= 2 else _outline(line, grid, stroke)
    if not drawn.any():
        raise InputError(f"the line lies outside the picture, which is {picture.width} x {picture.height} pixels")
    return _with_raster(picture, own | drawn)


# --- parts ---------------------------------------------------------------------------------------------------


def default_grid(size: tuple[int, int]) -> tuple[int, int]:
    """(rows, columns) for a picture of `size` that has no edges yet."""
    return grid_shape(size, cells_along(size, DEFAULT_SIDE, MAX_EDGE_SIDE))


def read_edges(source: EdgeSource, long_side: int) -> tuple[np.ndarray, tuple[int, int]]:
    """(raster, size): the edges of another picture, bool (rows, columns), and its (width, height) in pixels.

    `long_side` is for edge maps: how many cells their longer side gets.
    """
    if isinstance(source, str | os.PathLike) and is_stream(source):
        source = Picture.open(source)
    if isinstance(source, Picture):
        return need(source, EdgeLayer).raster, source.size
    if isinstance(source, np.ndarray) and source.dtype == bool:
        if source.ndim != 2 or not source.size:
            raise InputError(f"an edge raster is a bool array (rows, columns), not one of shape {source.shape}")
        return source, (source.shape[1], source.shape[0])
    from ..analysis.edges import strokes_from_map
    from ..analysis.image import load_image

    loaded = load_image(source)
    strokes = strokes_from_map(loaded.image, grid_shape(loaded.size, min(long_side, max(loaded.size))))
    return strokes.best(len(strokes)), loaded.size


def _outline(line: np.ndarray, grid: tuple[int, int], stroke: float) -> np.ndarray:
    """The border of a band `stroke` cells wide."""
    # A margin as wide as the band, so that a band that leaves the picture is not closed at its border.
    margin = math.ceil(stroke) + 1
    rows, columns = grid[0] + 2 * margin, grid[1] + 2 * margin
    band = np.pad(rasterise([line + margin], (columns, rows), columns, rows, stroke) >= 128, 1)
    core = band & np.roll(band, 1, 0) & np.roll(band, -1, 0) & np.roll(band, 1, 1) & np.roll(band, -1, 1)
    return thin((band & ~core)[1:-1, 1:-1])[margin:-margin, margin:-margin]


def _layer_and_cells(picture: Picture, region: RegionLike) -> tuple[EdgeLayer, np.ndarray]:
    layer = need(picture, EdgeLayer)
    return layer, find_region(region, picture.size).cells(layer.raster.shape, GRID)


def _with_raster(picture: Picture, raster: np.ndarray) -> Picture:
    if picture.edges and np.array_equal(picture.edges.raster, raster):
        return picture  # and so its exact bytes
    if not raster.any() and picture.edges is None:
        return picture
    if not raster.any() and len(picture.layers) > 1:
        gone = "no edges are left; their layer was left out"
        left = without(base_of(picture), {EdgeLayer.name}, gone)
        return settled(picture, left, need(picture, EdgeLayer))
    return put(picture, EdgeLayer.from_raster(raster, picture.size))


def _turned(picture: Picture, region: RegionLike, turn: Callable[[np.ndarray], np.ndarray]) -> Picture:
    """The pixels in a region turned over within the smallest box of cells that holds them."""
    layer, inside = _layer_and_cells(picture, region)
    rows, columns = np.flatnonzero(inside.any(1)), np.flatnonzero(inside.any(0))
    box = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
    raster = layer.raster & ~inside
    raster[box] |= turn((layer.raster & inside)[box])
    return _with_raster(picture, raster)


def _moved_about(picture: Picture, region: RegionLike, matrix: np.ndarray) -> Picture:
    """The lines in a region under a linear map about the middle of its bounding box."""
    layer, inside = _layer_and_cells(picture, region)
    left, top, right, bottom = find_region(region, picture.size).bounds
    middle = np.array([left + right, top + bottom]) / 2

    def place(points: np.ndarray) -> np.ndarray:
        turned: np.ndarray = (points - middle) @ matrix.T + middle
        return turned

    drawn = redraw(layer.raster & inside, picture.size, layer.raster.shape, picture.size, place)
    return _with_raster(picture, (layer.raster & ~inside) | drawn)


def _fits(raster: np.ndarray, size: tuple[int, int]) -> bool:
    if raster.ndim != 2 or not 1 <= max(raster.shape) <= MAX_EDGE_SIDE:
        return False
    return grid_shape(size, max(raster.shape)) == raster.shape
