"""How many bytes a picture may take, and how they are spent on its layers.

The budget is the whole file. Text and poses come first: they are small and say most. The texture layer gets a
share of what is left, the edges the rest; what the edges do not need goes back to the texture.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from PIL import Image

from ..analysis.colours import colour_grid
from ..analysis.edges import Strokes
from ..bitstream.cursor import write_number
from ..errors import BudgetError, InputError
from ..layers import EdgeLayer, Layer, PoseLayer, SemanticLayer, TextureLayer, grid_shape
from ..layers.edges import edge_bits
from ..layers.texture import STEPS
from ..limits import MAX_COLOUR_SIDE, MAX_EDGE_SIDE, MAX_TEXT_CHARS

DEFAULT_BPP = 0.02
# More bytes than a 768 x 768 picture gets buy details that no small grid can hold, so the default stops there;
# and less than this would leave a thumbnail without any layer.
DEFAULT_MOST, DEFAULT_LEAST = 1474, 96
TEXT_SHARE = 0.30  # of the budget, at most
POSE_SHARE = 0.40
# Of what text and poses leave. Of 0.12, 0.20, 0.30 and 0.42 the nearest in LPIPS, painted by miniature or sketch.
TEXTURE_SHARE = 0.30
QUALITY_WORTH = 0.004  # benefit per bit of the faintest stroke that quality 50 keeps
EDGE_SLACK = 6  # bytes of an edge layer that are not pixels: its entry, its grid, the end of its code
FINEST_TEXTURE = 6  # quality index; a step of 4 levels, finer than any decoder shows
FULL = 0.94  # of the bytes of the edges: a layer that takes fewer leaves room for a finer grid,
FINER = 1.25  # by this factor
LEAST_TEXTURE, LEAST_EDGES = 10, 16  # bytes below which a layer says too little to be worth its entry


@dataclass(frozen=True)
class Budget:
    """Either a number of bytes for the whole file, or a quality of 1 to 100 that takes the bytes it takes."""

    bytes: int | None
    quality: int | None = None


def make_budget(
    size: tuple[int, int], *, bytes: int | None = None, bpp: float | None = None, quality: int | None = None
) -> Budget:
    """The budget for a picture of (width, height); at most one of the three may be given.

    By default 0.02 bits per pixel, but never more than 1,474 bytes (what 768 x 768 pixels get) and never less
    than 96.

    Raises:
        InputError: more than one is given, or a value is out of range.
    """
    if sum(value is not None for value in (bytes, bpp, quality)) > 1:
        raise InputError("give one of bytes, bpp and quality")
    if quality is not None:
        if not 1 <= quality <= 100:
            raise InputError(f"quality is 1 to 100, not {quality}")
        return Budget(None, quality)
    if bytes is not None:
        if bytes < 1:
            raise InputError(f"a budget of {bytes} bytes cannot hold a file")
        return Budget(bytes)
    if bpp is not None and not 0 < bpp <= 24:
        raise InputError(f"bpp is more than 0 and at most 24, not {bpp}")
    wanted = int((bpp or DEFAULT_BPP) * size[0] * size[1] / 8)
    return Budget(wanted if bpp else min(max(wanted, DEFAULT_LEAST), DEFAULT_MOST))


def overhead(layer_bytes: int) -> int:
    """What a layer costs beside its payload: tag, length and checksum."""
    return 1 + len(write_number(layer_bytes)) + 2


def cost(layer: Layer | None) -> int:
    """What a layer adds to the file, in bytes."""
    return len(layer.payload) + overhead(len(layer.payload)) if layer else 0


# --- one layer into a number of bytes: each gives (layer or None, note or None) ------------------------------


def fit_text(text: str, size: tuple[int, int], most: int) -> tuple[SemanticLayer | None, str | None]:
    """The text, cut after a word if it must be."""
    note = None
    if len(text) > MAX_TEXT_CHARS:
        note = f"the prompt has {len(text)} characters; the first {MAX_TEXT_CHARS} are kept"
        text = text[:MAX_TEXT_CHARS]
    layer = SemanticLayer.from_text(text, size)
    if cost(layer) <= most:
        return layer, note
    ends = [i for i in range(1, len(text)) if text[i].isspace() or text[i - 1] in ",.;"]
    fits, best = 0, None
    low, high = 0, len(ends)
    while low < high:
        middle = (low + high) // 2
        layer = SemanticLayer.from_text(text[: ends[middle]].rstrip(" ,;"), size)
        if cost(layer) <= most:
            fits, best, low = ends[middle], layer, middle + 1
        else:
            high = middle
    if best is None or not best.payload:
        return None, "the prompt was left out: the budget is too small for it"
    return best, f"the prompt was cut from {len(text)} to {fits} characters to leave room for the picture"


def fit_pose(people: np.ndarray, size: tuple[int, int], most: int) -> tuple[PoseLayer | None, str | None]:
    """The people, the largest first if not all fit."""
    layer = PoseLayer.from_people(people, size)
    if cost(layer) <= most:
        return layer, None
    spread = [np.ptp(person[person[:, 0] >= 0], axis=0).sum() for person in people]
    order = np.argsort(spread)[::-1]
    for count in range(len(people) - 1, 0, -1):
        layer = PoseLayer.from_people(people[np.sort(order[:count])], size)
        if cost(layer) <= most:
            return layer, f"the {count} largest of {len(people)} people were kept"
    return None, "the people were left out: the budget is too small for them"


def fit_texture(image: Image.Image, size: tuple[int, int], most: int) -> tuple[TextureLayer | None, str | None]:
    """The colour map, its grid and quality chosen by the bytes it may take."""
    if most < LEAST_TEXTURE:
        return None, "the colours were left out: the budget is too small for them"
    colours = colour_grid(image, grid_shape(size, colour_side(most, size)))
    # The finest quality that fits. Sizes fall by about a twelfth with each index, so a guess is soon right.
    low, high, index, best = FINEST_TEXTURE, STEPS - 1, 16, None
    while low <= high:
        index = min(max(index, low), high)
        layer = TextureLayer.from_colours(colours, size, index)
        if cost(layer) <= most:
            best, high = layer, index - 1
        else:
            low = index + 1
        index += round(12 * float(np.log(cost(layer) / most))) or (1 if cost(layer) > most else -1)
    if best is None:
        return None, "the colours were left out: the budget is too small for them"
    return best, None


def fit_edges(
    find: Callable[[tuple[int, int]], Strokes], size: tuple[int, int], most: int
) -> tuple[EdgeLayer | None, str | None]:
    """The edges, the most worthwhile strokes first."""
    if most < LEAST_EDGES:
        return None, "the edges were left out: the budget is too small for them"
    side, layer = edge_side(most, size), None
    while True:
        strokes = find(grid_shape(size, side))
        layer, count = _most_strokes(strokes, size, most)
        finer = min(round(side * FINER), MAX_EDGE_SIDE, max(size))
        # A calm picture has no more strokes than these: then the same ones on a finer grid.
        if layer is None or count < len(strokes) or cost(layer) > FULL * most or finer == side:
            break
        side = finer
    if layer is None:
        reason = "the edges were left out: the budget is too small for them"
        return None, reason if len(strokes) else "the picture has no edges"
    return layer, None


def _most_strokes(strokes: Strokes, size: tuple[int, int], most: int) -> tuple[EdgeLayer | None, int]:
    """The layer with as many of the best strokes as fit `most` bytes, and how many they are."""
    # A rough price a stroke, corrected by what the coder says of the result.
    pixels = np.bincount(strokes.label.ravel(), minlength=len(strokes) + 1)[1:]
    price = np.cumsum(2.0 * pixels + 8) / 8
    correction, count, before = 1.0, 0, 0
    for _ in range(3):
        count = int(np.searchsorted(price * correction, most - EDGE_SLACK, "right"))
        if count == before:
            break
        before = count
        if count:
            correction = max(float(edge_bits(strokes.best(count)).sum()) / 8, 1) / price[count - 1]
    while count > 0:
        layer = EdgeLayer.from_raster(strokes.best(count), size)
        if cost(layer) <= most:
            return layer, count
        excess, whole = cost(layer) - most, price[count - 1]
        while count > 0 and whole - price[count - 1] < excess:
            count -= 1
    return None, 0


# --- one layer at a quality of 1 to 100 ------------------------------------------------------------------


def texture_of_quality(image: Image.Image, size: tuple[int, int], quality: int) -> TextureLayer:
    """Quality 50 gives about what the default budget gives at 512 x 512."""
    nominal = 210 * 2 ** ((quality - 50) / 20)  # bytes at 512 x 512, for the grid
    colours = colour_grid(image, grid_shape(size, colour_side(int(nominal), size)))
    return TextureLayer.from_colours(colours, size, round(13 - (quality - 50) * 0.2))


def edges_of_quality(
    find: Callable[[tuple[int, int]], Strokes], size: tuple[int, int], quality: int
) -> tuple[EdgeLayer | None, str | None]:
    """Every stroke whose worth is above a threshold that falls with quality."""
    nominal = 460 * 2 ** ((quality - 50) / 20)
    strokes = find(grid_shape(size, edge_side(int(nominal), size)))
    threshold = QUALITY_WORTH * 2 ** (-(quality - 50) / 20)
    count = int(np.searchsorted(-strokes.gain, -threshold))
    if count == 0:
        return None, "the picture has no edges at this quality"
    return EdgeLayer.from_raster(strokes.best(count), size), None


# --- grids -----------------------------------------------------------------------------------------------


def colour_side(budget: int, size: tuple[int, int]) -> int:
    """Cells along the longer side of a colour map that may take `budget` bytes."""
    return _long_side(8.5 * (budget / 45) ** 0.5, size, MAX_COLOUR_SIDE)


def edge_side(budget: int, size: tuple[int, int]) -> int:
    """Cells along the longer side of an edge raster that may take `budget` bytes."""
    return _long_side(104 * (budget / 440) ** 0.7, size, MAX_EDGE_SIDE)


def _long_side(square: float, size: tuple[int, int], most: int) -> int:
    """The longer side of a grid with as many cells as a square grid of side `square`."""
    aspect = max(size) / min(size)
    return int(min(max(round(square * aspect**0.5), 2), most, max(size)))


def share_texture(rest: int) -> int:
    """How many of the bytes that text and poses leave are for the colours."""
    return int(rest * TEXTURE_SHARE)


def check_fits(length: int, budget: Budget) -> None:
    if budget.bytes is not None and length > budget.bytes:
        raise BudgetError(f"the file has {length} bytes, more than the budget of {budget.bytes}")
