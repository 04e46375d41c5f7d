"""Fewer bytes, without the picture that the file was made from.

The text keeps up to 30 % of the budget and the people up to 40 %, as when encoding; what is left is shared by
colours and edges in the proportion they have. Of the edges, the strokes that say least for their bits go first:
the benefit of a stroke is its length, short ones count for less than their share. Of the colours, first the
quality index grows, then the grid shrinks.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..codec import rate
from ..codec.picture import Picture, make_picture
from ..draw.trace import trace
from ..errors import BudgetError
from ..layers import EdgeLayer, Layer, PoseLayer, SemanticLayer, TextureLayer, grid_shape
from ..layers.edges import edge_bits
from ..layers.texture import STEPS

# Below this, a layer says too little to be worth its entry.
LEAST_TEXTURE, LEAST_EDGES = 10, 16
COARSER = 12  # quality indices (four times the step) before the grid shrinks
SHRINK = 0.8  # of the grid's sides, each time


def thin(picture: Picture, *, bytes: int | None = None, bpp: float | None = None) -> Picture:
    """The picture in at most a number of bytes, or of bits per pixel; unchanged if it fits already.

    Raises:
        InputError: not exactly one of the two is given, or out of range.
        BudgetError: not even one layer fits.
    """
    most = rate.make_budget(picture.size, bytes=bytes, bpp=bpp).bytes
    assert most is not None
    if len(picture.to_bytes()) <= most:
        return picture
    notes: list[str] = []
    kept: list[Layer] = []

    def keep(layer: Layer | None, note: str | None) -> int:
        kept.extend([layer] if layer else [])
        notes.extend([note] if note else [])
        return rate.cost(layer)

    left = most - (len(picture.to_bytes()) - sum(rate.cost(layer) for layer in picture.layers))
    alone = len(picture.layers) == 1
    for layer in picture.layers:
        if isinstance(layer, SemanticLayer):
            left -= keep(*_thin_text(layer, left if alone else int(left * rate.TEXT_SHARE)))
        elif isinstance(layer, PoseLayer):
            left -= keep(*_thin_pose(layer, left if alone else int(left * rate.POSE_SHARE)))
        elif not isinstance(layer, EdgeLayer | TextureLayer):
            left -= keep(layer, None)  # not known how to thin it
    edges, texture = picture.edges, picture.texture
    share = rate.cost(edges) / max(1, rate.cost(edges) + rate.cost(texture))
    if edges:
        new, note = thin_edges(edges, max(int(left * share), left - rate.cost(texture)))
        left -= keep(new, note)
    if texture:
        keep(*thin_texture(texture, left))
    if not kept:
        raise BudgetError(f"{most} bytes cannot hold any layer of this picture: allow more bytes")
    result = replace(make_picture(picture.size, kept), notes=(*picture.notes, *notes))
    rate.check_fits(len(result.to_bytes()), rate.Budget(most))
    return result


def thin_edges(layer: EdgeLayer, most: int) -> tuple[EdgeLayer | None, str | None]:
    """(the edges in at most a number of bytes of the file or None, what was done or None)."""
    if rate.cost(layer) <= most:
        return layer, None
    gone = "the edges were left out: the budget is too small for them"
    if most < LEAST_EDGES:
        return None, gone
    label, count = _strokes(layer.raster)
    low, high, best = 0, count, None
    while low < high:  # sizes grow with the number of strokes, nearly always
        middle = (low + high + 1) // 2
        tried = EdgeLayer.from_raster((label > 0) & (label <= middle), layer.size)
        if rate.cost(tried) <= most:
            low, best = middle, tried
        else:
            high = middle - 1
    if best is None:
        return None, gone
    return best, f"the {low} most worthwhile of {count} strokes were kept"


def thin_texture(layer: TextureLayer, most: int) -> tuple[TextureLayer | None, str | None]:
    """(the colours in at most a number of bytes of the file or None, what was done or None)."""
    if rate.cost(layer) <= most:
        return layer, None
    if most < LEAST_TEXTURE:
        return None, "the colours were left out: the budget is too small for them"
    index = layer.payload[1]
    side = max(layer.grid)
    while side >= 1:
        colours = _averaged(layer.colours, grid_shape(layer.size, side))
        last = STEPS - 1 if side <= 3 else min(index + COARSER, STEPS - 1)
        low, high, best = index, last, None
        while low <= high:
            middle = (low + high) // 2
            tried = TextureLayer.from_colours(colours, layer.size, middle)
            if rate.cost(tried) <= most:
                best, high = tried, middle - 1
            else:
                low = middle + 1
        if best is not None:
            rows, columns = best.grid
            return best, f"the colours were made coarser: {columns} x {rows} cells, quality index {best.payload[1]}"
        side = int(side * SHRINK)
    return None, "the colours were left out: the budget is too small for them"


def _thin_text(layer: SemanticLayer, most: int) -> tuple[SemanticLayer | None, str | None]:
    return (layer, None) if rate.cost(layer) <= most else rate.fit_text(layer.text, layer.size, most)


def _thin_pose(layer: PoseLayer, most: int) -> tuple[PoseLayer | None, str | None]:
    return (layer, None) if rate.cost(layer) <= most else rate.fit_pose(layer.people, layer.size, most)


def _strokes(raster: np.ndarray) -> tuple[np.ndarray, int]:
    """(int32 (rows, columns): 0 or the rank of the stroke that a pixel belongs to, 1 the best; their number)."""
    lines = [np.floor(line).astype(int) for line in trace(raster)]
    bits = edge_bits(raster)
    worth = [len(line) ** 2 / max(1.0, float(bits[line[:, 1], line[:, 0]].sum())) for line in lines]
    label = np.zeros(raster.shape, np.int32)
    order = np.argsort(-np.array(worth), kind="stable").tolist()
    for rank, index in reversed(list(enumerate(order, 1))):  # where lines meet, the pixel is the better one's
        label[lines[index][:, 1], lines[index][:, 0]] = rank
    return label, len(lines)


def _averaged(colours: np.ndarray, grid: tuple[int, int]) -> np.ndarray:
    from PIL import Image

    if colours.shape[:2] == grid:
        return colours
    return np.asarray(Image.fromarray(colours).resize(grid[::-1], Image.Resampling.BOX))
