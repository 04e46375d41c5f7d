"""Fewer bytes, without the picture that the file was made from.

The recipe lies beside the budget, as when encoding: it keeps its bytes and is not counted.
The text keeps up to 30 % of the budget and the people up to 40 %, as when encoding; what is left is shared by
colours and edges in the proportion they have. Of the edges, the strokes that say least for their bits go first:
the benefit of a stroke is its length, short ones count for less than their share. Of the colours, first the
quality index grows, then the grid shrinks.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..codec import allocate as rate
from ..codec.picture import Picture, make_picture
from ..errors import BudgetError
from ..layers import (
    EdgeLayer,
    Layer,
    PoseLayer,
    RecipeLayer,
    SeedLayer,
    SemanticLayer,
    TextureLayer,
    UnknownLayer,
    grid_shape,
)
from ..layers.edges import edge_bits
from ..layers.texture import STEPS
from ..raster.trace import trace

COARSER = 12  # quality indices (four times the step) before the grid shrinks
SHRINK = 0.8  # of the grid's sides, each time
OTHERS_SHARE = 0.3  # of the budget that a layer of unknown kind may have
NEAR = 0.97  # of what the edges may take is near enough


def thin(picture: Picture, *, bytes: int | None = None, bpp: float | None = None) -> Picture:
    """The picture in at most a number of bytes, or of bits per pixel, and the recipe; unchanged if it fits already.

    Raises:
        InputError: not exactly one of the two is given, or out of range.
        BudgetError: not even one layer fits.
    """
    asked = rate.make_budget(picture.size, bytes=bytes, bpp=bpp).bytes
    assert asked is not None
    most = asked + picture.beside_bytes
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
        elif isinstance(layer, RecipeLayer | SeedLayer):
            left -= keep(layer, None)
        elif isinstance(layer, UnknownLayer):
            fits = rate.cost(layer) <= left * OTHERS_SHARE
            gone = f"the layer of kind {layer.kind} was left out: the budget is too small for it"
            left -= keep(layer if fits else None, None if fits else gone)
    edges, texture = picture.edges, picture.texture
    share = rate.cost(edges) / max(1, rate.cost(edges) + rate.cost(texture))
    if edges:
        new, note = thin_edges(edges, max(int(left * share), left - rate.cost(texture)))
        left -= keep(new, note)
    if texture:
        keep(*thin_texture(texture, left))
    if not any(layer.name not in (RecipeLayer.name, SeedLayer.name) for layer in kept):
        raise BudgetError(f"{asked} bytes cannot hold any layer of this picture: allow more bytes")
    result = replace(make_picture(picture.size, kept), notes=(*picture.notes, *notes))
    rate.check_fits(len(result.to_bytes()), rate.Budget(most))
    return result


def thin_edges(layer: EdgeLayer, most: int) -> tuple[EdgeLayer | None, str | None]:
    """(the edges in at most a number of bytes of the file or None, what was done or None)."""
    if rate.cost(layer) <= most:
        return layer, None
    gone = "the edges were left out: the budget is too small for them"
    if most < rate.LEAST_EDGES:
        return None, gone
    label, bits = _strokes(layer.raster)
    fits, too_many, best = 0, len(bits), None
    guess = int(np.searchsorted(np.cumsum(bits) / 8 + 6, most))
    while too_many - fits > 1:
        kept = min(max(guess, fits + 1), too_many - 1)
        tried = EdgeLayer.from_raster((label > 0) & (label <= kept), layer.size)
        size = rate.cost(tried)
        if size <= most:
            fits, best = kept, tried
            if size >= NEAR * most:
                break
        else:
            too_many = kept
        # In proportion, or half-way if that leads nowhere new.
        guess = round(kept * most / size)
        if not fits < guess < too_many:
            guess = (fits + too_many) // 2
    if best is None:
        return None, gone
    return best, f"the {fits} most worthwhile of {len(bits)} strokes were kept"


def thin_texture(layer: TextureLayer, most: int) -> tuple[TextureLayer | None, str | None]:
    """(the colours in at most a number of bytes of the file or None, what was done or None)."""
    if rate.cost(layer) <= most:
        return layer, None
    if most < rate.LEAST_TEXTURE:
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


def _strokes(raster: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(ranks, bits): for each pixel 0 or the rank of its stroke, 1 the best; for each stroke what it costs now."""
    lines = [np.floor(line).astype(int) for line in trace(raster)]
    cost = edge_bits(raster)
    bits = np.array([cost[line[:, 1], line[:, 0]].sum() for line in lines])
    worth = np.array([len(line) ** 2 for line in lines]) / np.maximum(bits, 1)
    label = np.zeros(raster.shape, np.int32)
    order = np.argsort(-worth, kind="stable")
    for rank, index in reversed(list(enumerate(order.tolist(), 1))):  # where lines meet, the pixel is the better one's
        label[lines[index][:, 1], lines[index][:, 0]] = rank
    return label, bits[order]


def _averaged(colours: np.ndarray, grid: tuple[int, int]) -> np.ndarray:
    from PIL import Image

    if colours.shape[:2] == grid:
        return colours
    return np.asarray(Image.fromarray(colours).resize(grid[::-1], Image.Resampling.BOX))
