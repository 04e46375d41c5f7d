"""What the encoder makes of pixels, for a number of bytes or a quality: colours and edges on grids of fitting size."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from math import ceil
from typing import TypeAlias

import numpy as np
from PIL import Image

from ..analysis.colours import colour_grid, painted_colours
from ..errors import InputError
from ..layers import DetailLayer, EdgeLayer, Layer, TextureLayer, av1, grid_shape
from ..layers.detail_size import work_size
from ..layers.edge_inputs import Chances
from ..layers.edge_raster import edge_chances
from ..layers.edges import LEAST_EDGES, all_strokes, most_strokes, readable
from ..layers.roi import NO_REGIONS, fit_regions
from ..layers.still import Box
from ..layers.texture import LEAST_TEXTURE, STEPS
from ..limits import MAX_COLOUR_SIDE, MAX_EDGE_SIDE
from ..raster.strokes import Strokes
from ..typing import Bytes8
from .allocate import Budget
from .decode import DEFAULT_DECODER, condition, find_decoder, paint
from .picture import Picture

# Parts of what texts and people leave. Of 0.12, 0.20, 0.30 and 0.42 for the colours the nearest in LPIPS, painted by
# miniature or sketch.
TEXTURE_WEIGHT, EDGES_WEIGHT = 0.30, 0.70
# From so many bits per pixel on, of the picture as it is painted and beside texts, there is a still: with fewer the
# other layers alone are painted nearer (decision 0011). It says most by itself, so they get this part, and at most so
# much.
STILL_BPP = 0.0135
CUT_BPP = 0.028  # the same for files that may be cut: a still comes last there, and shows nothing unless it is whole
BASE_PART, MOST_BASE_BPP = 0.15, 0.006
# Levels, which are written where there can be no still, get what is beyond this, if it is enough to say something.
LEVELS_BASE_BPP, LEAST_LEVELS_BPP = 0.02, 0.008
LEAST_BASE = 96  # bytes, so that something is left of narrow pictures
# A still may take so much of the others' part beyond its own, is aimed at so much less than its own, and may leave them
# so much; and it is sought again if they leave more than this of the budget.
STILL_MORE, STILL_AIM, STILL_LESS, STILL_AGAIN = 1 / 3, 1 / 12, 1 / 2, 0.03
QUALITY_GAIN = 0.004  # gain per bit of the faintest stroke that quality 50 keeps
FINEST_TEXTURE = 6  # quality index; a step of 4 levels, finer than any decoder shows
FULL = 0.94  # of the bytes of the edges: a layer that takes fewer leaves room for a finer grid,
FINER = 1.25  # by this factor
# Once ranked, strokes that help and take so much of the bytes are enough: a finer grid, ranked anew, would take as long
# as all that was done before, and colours have a use for what is left.
ENOUGH = 0.8
# The bytes of all strokes grow as a power of the grid's side. Measured: 0.4 (a drawing of straight lines), 1.3 to 1.9
# (generated pictures, which have more strokes on finer grids).
GROWTH, LEAST_GROWTH, MOST_GROWTH = 1.6, 0.3, 2.0
# If strokes grew so, those that would surely leave room on a coarser grid, or surely not, need not be looked at.
USUAL, SURE = 2.0, (1.0, 1.25)

# Cells along a side for the bytes that a layer may take: 8.5 for 45 bytes of colours, 104 for 440 bytes of edges, and a
# power of the bytes in between. Chosen on pictures of 512 x 512 when the encoder was first written; no script is kept.
COLOUR_SIDE, COLOUR_BYTES, COLOUR_POWER = 8.5, 45, 0.5
EDGE_SIDE, EDGE_BYTES, EDGE_POWER = 104, 440, 0.7
# Quality 50 is about what the default budget gives at 512 x 512; 20 more double the bytes.
QUALITY_MIDDLE, QUALITY_DOUBLES = 50, 20
COLOUR_BYTES_AT_50, EDGE_BYTES_AT_50 = 210, 460
INDEX_AT_50, INDEX_PER_QUALITY = 13, 0.2  # of the colours' steps; five of quality are one index
COARSER = 4  # quality indices by which colours may become coarser to be painted nearer
FIRST_INDEX = 16  # where the search for the finest quality index starts
INDICES_PER_E = 12  # that the bytes fall by e with: each index takes about a twelfth


class TextureProposal:
    """The colour map of a picture."""

    def __init__(self, image: Image.Image, size: tuple[int, int], side: int | None = None) -> None:
        """For an RGB picture that has (width, height) = `size` pixels in truth.

        `side` is the number of cells along the longer side; by default it follows from the bytes.
        """
        self.image, self.size, self.side = image, size, side

    def _colours(self, most_bytes: int) -> Bytes8:
        side = self.side or colour_side(most_bytes, self.size)
        return colour_grid(self.image, grid_shape(self.size, side))

    def fitted(self, most_bytes: int) -> tuple[Layer | None, str | None]:
        """The grid is chosen by the bytes it may take, then the finest quality that fits."""
        gone = "the colours were left out: the budget is too small for them"
        if most_bytes < LEAST_TEXTURE:
            return None, gone
        best = finest_that_fits(self._colours(most_bytes), self.size, most_bytes)
        return best, None if best else gone

    def at_quality(self, quality: int) -> tuple[Layer | None, str | None]:
        """The grid and the quality index follow from the quality."""
        nominal = COLOUR_BYTES_AT_50 * _times(quality)
        return TextureLayer.from_colours(
            self._colours(int(nominal)), self.size, round(INDEX_AT_50 - (quality - QUALITY_MIDDLE) * INDEX_PER_QUALITY)
        ), None


class EdgeProposal:
    """The edges of a picture, the most worthwhile strokes first."""

    def __init__(
        self,
        find: Callable[[tuple[int, int]], Strokes],
        size: tuple[int, int],
        *,
        rough: Callable[[tuple[int, int]], Strokes] | None = None,
        ready_made: bool = False,
        side: int | None = None,
    ) -> None:
        """For a function from a grid (rows, columns) to the strokes on it, and the picture's (width, height).

        `rough` gives the same strokes and more, ranked in a cheaper way: enough to see whether they fit. With
        `ready_made` the strokes are somebody's own, so a note tells if not all of them fit. `side` is the number of
        cells along the longer side; by default it follows from the bytes and the strokes.
        """
        self.find, self.size, self.ready_made, self.side, self.rough = find, size, ready_made, side, rough
        self._known: dict[int, Chances] = {}

    @property
    def empty(self) -> bool:
        """Whether there is no stroke at all."""
        return not len(self._strokes(edge_side(LEAST_EDGES, self.size)))

    def _strokes(self, side: int) -> Strokes:
        return self.find(grid_shape(self.size, side))

    def _chances(self, side: int) -> Chances:
        """Of the rasters on a grid, which differ by a few strokes."""
        if side not in self._known:
            self._known[side] = edge_chances(grid_shape(self.size, side))
        return self._known[side]

    def fitted(self, most_bytes: int) -> tuple[Layer | None, str | None]:
        gone = "the edges were left out: the budget is too small for them"
        if most_bytes < LEAST_EDGES:
            return None, gone
        # Cells as small as the pixels would show nothing more.
        sides, finest = [edge_side(most_bytes, self.size)], min(MAX_EDGE_SIDE, round(max(self.size) / FINER))
        if self.side:
            sides, finest = [self.side], 0
        while round(sides[-1] * FINER) <= finest:
            sides.append(round(sides[-1] * FINER))
        if sides[-1] < finest == MAX_EDGE_SIDE:
            sides.append(finest)
        # A calm picture has no more strokes than fit on the first grid: then the same ones on a finer grid. Wanted is
        # the first one that the strokes fill, or the finest; most of those between need not be looked at.
        second = min(1, len(sides) - 1)  # is what most pictures get
        search = _Search(sides, FULL * most_bytes, 0 if self.rough is None else second)
        if self.rough is not None:  # more strokes than will be ranked: the grid found here is at most a bit too coarse
            while search.at is not None:
                side = sides[search.at]
                search.tell(all_strokes(self.rough(grid_shape(self.size, side)), search.room, self._chances(side)))
            if search.roomy == len(sides) - 1 > 0 and (layer := self._all_of(sides[-1], most_bytes)):
                return layer, None
            search.again()
        found: dict[int, tuple[EdgeLayer | None, int, int]] = {}

        def look(at: int) -> EdgeLayer | None:
            strokes = self._strokes(sides[at])
            found[at] = *most_strokes(strokes, self.size, most_bytes, self._chances(sides[at])), len(strokes)
            return found[at][0]

        while search.at is not None:
            layer = look(search.at)
            _, count, total = found[search.at]
            search.tell(layer.cost if layer and count == total else None)
        chosen = search.filled if found.get(search.filled, (None,))[0] or search.roomy < 0 else search.roomy
        if chosen not in found:
            look(chosen)
        layer, count, total = found[chosen]
        if layer is None:
            return None, gone if total else "the picture has no edges"
        some = self.ready_made and count < total
        return layer, f"the {count} most worthwhile of {total} strokes were kept" if some else None

    def _all_of(self, side: int, most_bytes: int) -> EdgeLayer | None:
        """All strokes that may help, if they fit: where none has to go, it does not matter which is worth most."""
        strokes = (self.rough or self.find)(grid_shape(self.size, side))
        layer, count = most_strokes(strokes, self.size, most_bytes, self._chances(side))
        return layer if count == len(strokes) else None

    def at_quality(self, quality: int) -> tuple[Layer | None, str | None]:
        """Every stroke whose gain per bit is above a threshold that falls with quality."""
        nominal = EDGE_BYTES_AT_50 * _times(quality)
        strokes = self._strokes(self.side or edge_side(int(nominal), self.size))
        threshold = QUALITY_GAIN / _times(quality)
        count = int(np.searchsorted(-strokes.gain, -threshold))
        if count == 0:
            return None, "the picture has no edges at this quality"
        if (most := readable(strokes)) < count:
            note = f"the {most} most worthwhile of {len(strokes)} strokes were kept: readers unpack no more"
            return EdgeLayer.from_raster(strokes.best(most), self.size), note
        return EdgeLayer.from_raster(strokes.best(count), self.size), None


class _Search:
    """The search for the first of some grids whose strokes fill the bytes.

    Attributes:
        at: the next one to look at, None at the end.
        roomy, filled: the largest that leaves room, and the first that does not, as far as is known.
    """

    def __init__(self, sides: list[int], room: float, first: int = 0) -> None:
        """For the longer sides of the grids, coarse to fine, and the bytes of the largest layer that leaves room."""
        self.sides, self.room = sides, room
        self.at: int | None = first
        self.roomy, self.filled = -1, len(sides)
        self._growth, self._cost = GROWTH, 0.0

    def tell(self, cost: float | None) -> None:
        """What all strokes on the grid `at` cost, or None if they surely fill the bytes."""
        at, sides = self.at or 0, self.sides
        if cost is not None and cost <= self.room:
            if self.roomy >= 0 and self._cost:
                self._growth = float(np.log(cost / self._cost) / np.log(sides[at] / sides[self.roomy]))
            self.roomy, self._cost = at, cost
        else:
            self.filled = at
            if cost is not None and at == 1 and self.roomy < 0:
                usual = cost * (sides[0] / sides[1]) ** USUAL / self.room
                if usual < SURE[0]:
                    self.roomy, self._cost = 0, 0.0
                elif usual > SURE[1]:
                    self.filled = 0
        if self.filled - self.roomy == 1:
            self.at = None
        elif self.filled < len(sides):
            self.at = (self.roomy + self.filled) // 2
        else:
            power = 1 / min(max(self._growth, LEAST_GROWTH), MOST_GROWTH)
            wanted = sides[self.roomy] * (self.room / self._cost) ** power
            self.at = max(self.roomy + 1, int(np.searchsorted(sides, wanted, "right")) - 1)

    def again(self) -> None:
        """Start anew from what was found, because the costs that were told were too large."""
        self.room *= ENOUGH / FULL
        self.at = min(self.filled, len(self.sides) - 1)
        self.roomy, self.filled = min(self.roomy, self.at - 1), len(self.sides)


# --- grids -----------------------------------------------------------------------------------------------

Grid: TypeAlias = "tuple[int, int] | int | str"
"""(columns, rows) of cells, the same as "8x8", or the number along the longer side."""


def side_of(grid: Grid | None, size: tuple[int, int], most: int, name: str) -> tuple[int | None, str | None]:
    """(cells along the longer side, a note if the grid has another shape than the picture and so becomes another one).

    Args:
        grid: what was asked for; None for nothing, which gives (None, None).
        size: (width, height) of the picture.
        most: cells that the longer side may have.
        name: what the grid is called in messages.

    Raises:
        InputError: it is no grid, or has no or too many cells.
    """
    if grid is None:
        return None, None
    given = grid.lower().split("x") if isinstance(grid, str) else grid
    try:
        cells = [int(part) for part in ([given] if isinstance(given, int) else given)]
    except (TypeError, ValueError):
        cells = []
    if len(cells) not in (1, 2) or not all(1 <= cell <= most for cell in cells):
        raise InputError(f"{name}: a grid is columns x rows, 1 to {most} of each, for example 8x8, not {grid!r}")
    side = max(cells)
    rows, columns = grid_shape(size, side)
    if len(cells) == 2 and cells != [columns, rows]:
        asked = f"{cells[0]} x {cells[1]}"
        return side, f"{name}: cells are nearly square, so it has {columns} x {rows} cells instead of {asked}"
    return side, None


def _times(quality: int) -> float:
    """How many times the bytes of quality 50 a quality takes, about."""
    return float(2 ** ((quality - QUALITY_MIDDLE) / QUALITY_DOUBLES))


def colour_side(budget: int, size: tuple[int, int]) -> int:
    """Cells along the longer side of a colour map that may take `budget` bytes."""
    return _long_side(COLOUR_SIDE * (budget / COLOUR_BYTES) ** COLOUR_POWER, size, MAX_COLOUR_SIDE)


def edge_side(budget: int, size: tuple[int, int]) -> int:
    """Cells along the longer side of an edge raster that may take `budget` bytes."""
    return _long_side(EDGE_SIDE * (budget / EDGE_BYTES) ** EDGE_POWER, size, MAX_EDGE_SIDE)


def _long_side(square: float, size: tuple[int, int], most: int) -> int:
    """The longer side of a grid with as many cells as a square grid of side `square`."""
    aspect = max(size) / min(size)
    return int(min(max(round(square * aspect**0.5), 2), most, max(size)))


def finest_that_fits(
    colours: Bytes8, size: tuple[int, int], most_bytes: int, first: int = FIRST_INDEX
) -> TextureLayer | None:
    """The colours in the finest steps that take at most so many bytes; `first` is where the search starts."""
    low, high, index, best = FINEST_TEXTURE, STEPS - 1, first, None
    while low <= high:
        index = min(max(index, low), high)
        layer, cost = TextureLayer.within(colours, size, index, most_bytes)
        if layer:
            best, high = layer, index - 1
        else:
            low = index + 1
        index += round(INDICES_PER_E * float(np.log(cost / most_bytes))) or (-1 if layer else 1)
    return best


def painted_nearer(image: Image.Image, layers: list[Layer], room: int = 0) -> list[Layer]:
    """The layers with colours of which more is painted rightly between their edges, in at most `room` more bytes."""
    texture = next((layer for layer in layers if isinstance(layer, TextureLayer)), None)
    edges = next((layer for layer in layers if isinstance(layer, EdgeLayer)), None)
    if texture is None or edges is None:
        return layers
    colours = painted_colours(image, colour_grid(image, texture.grid), edges.raster)
    found = finest_that_fits(colours, texture.size, texture.cost + room, texture.quality_index)
    if found is None or found.quality_index > texture.quality_index + COARSER:
        return layers
    return [found if layer is texture else layer for layer in layers]


def share_detail(size: tuple[int, int], budget: Budget, given: int = 0, *, cut: bool = False) -> int:
    """How many bytes of a budget are for the detail; 0 if they are too few for one, or it is a quality.

    Args:
        given: what layers take that are there already, such as texts and people.
        cut: whether the file may be cut.
    """
    if budget.max_bytes is None or budget.max_bytes < _least_for_detail(size):
        return 0
    width, height = work_size(size)
    pixels = width * height / 8  # bytes of one bit per pixel
    if cut and budget.max_bytes < CUT_BPP * pixels:
        return 0
    if av1.available():
        room = int(budget.max_bytes) - given
        base = max(int(min(BASE_PART * room, MOST_BASE_BPP * pixels)), LEAST_BASE)
        return room - base if room - base >= (1 - BASE_PART) * STILL_BPP * pixels else 0
    detail = int(budget.max_bytes) - int(LEVELS_BASE_BPP * pixels)
    return detail if detail >= LEAST_LEVELS_BPP * pixels else 0


def no_detail(size: tuple[int, int], budget: Budget, wanted: Collection[str], given: int = 0) -> str | None:
    """Why a detail layer that was asked for is left out, else None; `given` as for `share_detail`."""
    if TextureLayer.name not in wanted:
        return "the detail layer was left out: it lies on top of colours"
    if budget.max_bytes is None:
        return "the detail layer was left out: it needs a budget in bytes, not a quality"
    if share_detail(size, budget, given):
        return None
    if share_detail(size, budget):
        return "the detail layer was left out: texts, people and recipe leave too few bytes for it"
    return f"the detail layer was left out: for this picture it needs a budget of {_least_for_detail(size)} bytes"


def _least_for_detail(size: tuple[int, int]) -> int:
    """The smallest budget, in bytes, of which a part is for the detail."""
    width, height = work_size(size)
    pixels = width * height / 8
    if av1.available():
        return max(ceil(STILL_BPP * pixels), LEAST_BASE + ceil((1 - BASE_PART) * STILL_BPP * pixels))
    return int(LEVELS_BASE_BPP * pixels) + ceil(LEAST_LEVELS_BPP * pixels)


class StillProposal:
    """The still of a picture. It may miss its share by a part of what is for the layers below it, which fit the rest.

    A still of given bytes takes several to find, each of which takes as long as the colours; one of about so many bytes
    takes one or two.
    """

    def __init__(self, image: Image.Image, size: tuple[int, int], roi: Sequence[Box] = ()) -> None:
        """For an RGB picture that has (width, height) = `size` pixels in truth; `roi`: see `DetailLayer.from_image`."""
        self.size, self._stills, self._roi = size, DetailLayer.stills(image, size), roi
        self._regions = NO_REGIONS

    def about(self, share: int, below: int) -> DetailLayer | None:
        """One that costs about `share` bytes of the file, where `below` more are for the layers below it."""
        self._regions = fit_regions(self._stills.image, self._roi, share)
        most = share + below * STILL_MORE
        near, enough = ((share - below * less) / most for less in (STILL_AIM, STILL_LESS))
        return self._fitted(int(most), near=near, enough=enough)

    def filling(self, still: DetailLayer | None, left: int, budget: int) -> DetailLayer | None:
        """The still, or another one where the layers below leave many more bytes of the budget for it: `left`."""
        cost = still.cost if still else 0
        if left - cost <= STILL_AGAIN * budget:
            return still
        more = self._fitted(left)
        return more if more and more.cost > cost else still

    def _fitted(self, most: int, **parts: float) -> DetailLayer | None:
        return DetailLayer.from_stills(self._stills, self.size, most, self._regions, **parts)


def levels_layer(image: Image.Image, base: Picture, most_bytes: int) -> DetailLayer | None:
    """What the default decoder misses when it paints `base`, in levels, in at most so many bytes of the file."""
    if most_bytes < 1:
        return None
    from ..analysis.detail import fit_detail

    painted = paint(find_decoder(DEFAULT_DECODER), [condition(base, size=work_size(base.size))])
    return fit_detail(image, painted[0], base.size, most_bytes)
