"""Which edges help the decoder most: a small network predicts the gain of each cell of an edge raster.

A classical detector knows how strong a contour is. What counts is how much nearer the decoded picture comes: a
contour that the colours show already gains little, a faint one between like colours a lot. The network is trained on
measured answers: pictures decoded with many random choices of their strokes, and a regression of what each stroke
changes around it (training/strokes).
"""

from __future__ import annotations

from functools import cache

import numpy as np
from PIL import Image

from ..networks import Network, load_network
from ..typing import Bools, Floats

CELL = 4  # working pixels per side of a cell: fine enough to see an ink line, coarse enough to be quick
COLOURS = 18  # cells along a side of a square picture's colour map, about what the default budget gives
PLANES = 3 * CELL * CELL + 3 + 2
MOST_CELLS = 132 * 132  # that are looked at: what a picture of 512 x 512 usually has
MULTIPLE = 4  # sides of the network's input are multiples of this


def at_cells(image: Image.Image, grid: tuple[int, int]) -> Image.Image:
    """The picture in RGB with CELL x CELL pixels for each cell of a grid (rows, columns)."""
    size = grid[1] * CELL, grid[0] * CELL
    image = image if image.mode == "RGB" else image.convert("RGB")
    return image if image.size == size else image.resize(size, Image.Resampling.LANCZOS, reducing_gap=2.0)


def predict_gain(image: Image.Image, candidates: Bools, energy: Floats) -> Floats:
    """What an edge through each cell gains.

    Args:
        image: the picture, RGB, of any size.
        candidates: bool (gh, gw), all edges that may be chosen from.
        energy: float32 (gh, gw), their classical strength.

    Returns:
        float32 (gh, gw): the sum over pixels by which the local LPIPS of the decoded picture falls, in units of 64
        pixels, if the picture had 4 x 4 pixels per cell. May be negative.

    Raises:
        ModelError: the weights in the package are damaged, or ONNX Runtime cannot be loaded.
    """
    gain = _looked_at(image, *at_most_cells(candidates, energy))
    if gain.shape == candidates.shape:
        return gain
    rows, columns = (np.diff(_starts(n, m), append=m) for n, m in zip(gain.shape, candidates.shape, strict=True))
    return gain.repeat(rows, 0).repeat(columns, 1)


def at_most_cells(*given: np.ndarray) -> tuple[np.ndarray, ...]:
    """Planes (gh, gw) as the network looks at them: on a grid of at most about MOST_CELLS, each cell with the largest
    of what falls into it. It has not learned finer ones."""
    height, width = given[0].shape
    finer = (height * width / MOST_CELLS) ** 0.5
    if finer <= 1:
        return given
    rows, columns = (_starts(max(1, int(m / finer)), m) for m in (height, width))
    return tuple(np.maximum.reduceat(np.maximum.reduceat(plane, rows, 0), columns, 1) for plane in given)


def _starts(cells: int, finer: int) -> np.ndarray:
    """The first of `finer` cells that falls into each of `cells` along the same side, int (cells,)."""
    starts: np.ndarray = -(-np.arange(cells) * finer // cells)
    return starts


def _looked_at(image: Image.Image, candidates: Bools, energy: Floats) -> Floats:
    """`predict_gain` on the grid itself."""
    height, width = candidates.shape
    given = planes(image, candidates, energy)
    given = np.pad(given, [(0, 0), (0, 0), (0, -height % MULTIPLE), (0, -width % MULTIPLE)], mode="edge")
    (found,) = _network().run(["gain"], {"planes": given})
    gain: Floats = found[0, 0, :height, :width]
    return gain


def planes(image: Image.Image, candidates: Bools, energy: Floats) -> Floats:
    """The network's input, float32 (1, PLANES, gh, gw).

    What a colour map does not show of the picture, 16 pixels per cell, red, green, blue, each -2..2; the colour map,
    -1..1; the candidates, 0 or 1; the root of their energy.
    """
    gh, gw = candidates.shape
    scale = COLOURS / (gh * gw) ** 0.5
    coarse = max(1, round(gw * scale)), max(1, round(gh * scale))
    small = image.resize(coarse, Image.Resampling.BOX).resize((gw, gh), Image.Resampling.BICUBIC)
    low, pixels = (
        np.asarray(part).transpose(2, 0, 1).astype(np.float32) / np.float32(127.5) - 1
        for part in (small, at_cells(image, (gh, gw)))
    )
    result = np.empty((PLANES, gh, gw), np.float32)
    cells = pixels.reshape(3, gh, CELL, gw, CELL).transpose(0, 2, 4, 1, 3)
    np.subtract(cells, low[:, None, None], out=result[: 3 * CELL * CELL].reshape(3, CELL, CELL, gh, gw))
    result[-5:-2], result[-2], result[-1] = low, candidates, np.sqrt(10 * energy)
    return result[None]


@cache
def _network() -> Network:
    return load_network(__package__, "stroke_gain", "give the edges yourself (--edges)")
