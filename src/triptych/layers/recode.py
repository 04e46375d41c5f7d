"""New colours into an old texture layer, so that the cells nobody touched stay what they were.

The layer holds a transform of the whole grid, so a change of one cell reaches every coefficient, and rounding
them anew moves all cells a little. Therefore the old levels are the start, and levels are changed one at a time,
the most useful first, until no change helps: touched cells count more than others, and a change that costs bits
(a zero that becomes a one) must help by as much as the encoder asks for.
"""

from __future__ import annotations

import numpy as np

from ..limits import MAX_LEVEL
from .texture import BIT_WORTH, TextureLayer, cosines, step_of, ycbcr

# Of a touched cell against another one: a few cells would not be heard among many. Measured on generated pictures
# at 0.02 bpp, a box painted over 12 % of the map: untouched cells drift by 4.3 of 255 levels on average (rounding
# all levels anew: 4.0; the layer's own error: 4.4), painted ones miss their colour by 2.5 (anew: 4.9). Where only
# three cells are painted, those miss it by 2 (anew: 22), and the others drift by 3.8 (anew: 3.4).
MOST_WEIGHT = 8.0
# What a level costs, in squared steps, as if a one took two bits more than a zero and each step beyond one more bit.
# It takes more, but the encoder's full price would let the untouched cells drift farther.
_FIRST, _MORE = 2 * BIT_WORTH, BIT_WORTH
_CHANGES_PER_CELL = 4  # at most, so that no picture takes for ever; about one is usual
LEAST_GAIN = 1e-9  # squared steps: what rounding may pretend to gain


def recoded(layer: TextureLayer, wanted: np.ndarray, touched: np.ndarray) -> TextureLayer:
    """The layer with colours `wanted` in the cells that are `touched`, as near as its quality index allows.

    Args:
        wanted: sRGB 0..255, any number type, (rows, columns, 3); ignored where not touched.
        touched: bool (rows, columns).

    Returns:
        A layer of the same grid and quality index. Where all cells are touched they are quantised anew.
    """
    colours = np.where(touched[..., None], np.clip(np.rint(wanted), 0, 255), layer.colours).astype(np.uint8)
    if np.array_equal(colours, layer.colours):
        return layer
    index = layer.quality_index
    if touched.all():
        return TextureLayer.from_colours(colours, layer.size, index)
    levels = nearest_levels(layer.levels, index, colours, touched, layer.colours)
    return TextureLayer.from_levels(levels, layer.size, index)


def nearest_levels(
    levels: np.ndarray, index: int, colours: np.ndarray, touched: np.ndarray, before: np.ndarray
) -> np.ndarray:
    """int (3, rows, columns): levels near the given ones whose colours come near to `colours`; see above."""
    rows, columns = touched.shape
    step = step_of(index) / 16  # in colour levels
    down, across = (cosines(side) for side in (rows, columns))
    share = touched.mean()
    weight = np.where(touched, min(max((1 - share) / share, 1.0) ** 0.5, MOST_WEIGHT), 1.0)
    gains = down**2 @ weight @ (across**2).T  # weighted energy of each basis picture
    change = ycbcr(colours) - ycbcr(before)
    result = levels.copy()
    for plane in range(3):
        level = result[plane]
        error = change[plane] / step  # in steps: what is still missing
        leap = np.trunc(down @ error @ across.T).astype(np.int64)  # whole steps first
        level += leap
        error = error - down.T @ leap @ across
        for _ in range(_CHANGES_PER_CELL * level.size):
            slope = down @ (weight * error) @ across.T
            best, where, move = 0.0, None, 0
            for by in (1, -1):
                after = level + by
                gain = 2 * by * slope - gains - (_price(after) - _price(level))
                gain[np.abs(after) > MAX_LEVEL] = -1
                place = int(np.argmax(gain))
                if gain.flat[place] > best + LEAST_GAIN:
                    best, where, move = float(gain.flat[place]), np.unravel_index(place, level.shape), by
            if where is None:
                break
            level[where] += move
            error = error - move * np.outer(down[where[0]], across[where[1]])
    return result


def _price(level: np.ndarray) -> np.ndarray:
    magnitude = np.abs(level)
    price: np.ndarray = np.where(magnitude > 0, _FIRST, 0.0) + np.maximum(magnitude - 1, 0) * _MORE
    return price
