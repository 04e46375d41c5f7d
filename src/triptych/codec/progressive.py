"""Files that show a picture from their first bytes: what says most comes first, and any prefix decodes.

The order is: texts, coarse colours, people, edges (what says most first), what else there is, finer colours. How coarse
the first colours are follows from half the file, of which they take a part. `make_progressive` puts the longest figures
first and leaves all values what they are; the file grows by 2 to 4 %. The encoder, which knows what a stroke is worth,
puts as many of the best strokes first as the first half of the file has room for. Contours mostly hang together, so it
leaves a gap of a cell where a later stroke meets one of these: painted by `miniature` that shows nowhere.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace
from typing import TypeAlias

from ..layers import DetailLayer, EdgeLayer, Layer, SemanticLayer, TextureLayer, unite
from ..layers.edges import LEAST_EDGES, most_strokes
from ..layers.finer import split
from ..layers.scans import around
from ..raster.figures import without_specks
from ..raster.strokes import Strokes
from ..typing import Bools
from .affordable import affordable
from .allocate import Budget, file_bytes
from .picture import Picture, make_picture

FindStrokes: TypeAlias = Callable[[tuple[int, int]], Strokes]
"""From a grid (rows, columns) to the strokes on it, the best first."""

# Of a budget: what the order costs at most, as a rule.
RESERVED_SHARE, RESERVED_BYTES = 0.035, 9
# Of what texts leave of the first half. Of 0.3, 0.4 and 0.5 the nearest in LPIPS at half of the file (5 dev pictures).
# Grids of edges 0.88 and 0.92 times as fine change that by 1 % and less, and the whole file for the worse.
COARSE_SHARE = 0.4
BEHIND = (
    12  # bytes of the first half that its strokes cannot have: entries of later layers, what a cut leaves undecided
)
NEAR = 2  # bytes that the search for how many strokes fit may leave
SPECK = 4  # cells: a remainder of a stroke that has fewer costs more than it shows


def make_progressive(picture: Picture, find_strokes: FindStrokes | None = None) -> Picture:
    """The same picture, in bytes of which the first ones show as much as they can.

    A file of it may be cut anywhere behind its header: ``decode(..., partial=True)`` paints what is there.

    Args:
        picture: any.
        find_strokes: gives the strokes of the original picture. With it the best of them come first, and the edges
            change a little: a cell is empty where a stroke met one that comes first. Without it no value changes, but
            for strokes that readers would not unpack beside the other layers; a note says so.

    Raises:
        DamagedError, UnsupportedError, LimitError: its colours or edges cannot be unpacked.
    """
    return affordable(_made(picture, find_strokes))  # scans of edges take more steps than the whole raster


def _made(picture: Picture, find_strokes: FindStrokes | None, most_bytes: int | None = None) -> Picture:
    """`make_progressive`, whatever it takes to read; with `most_bytes` of a file, as many strokes as have room."""
    united = make_picture(picture.size, unite(picture.layers), picture.notes)
    made = _arranged(united, len(united.to_bytes()) // 2, find_strokes, most_bytes)
    # How long the file becomes is known now.
    return _arranged(united, len(made.to_bytes()) // 2, find_strokes, most_bytes) if find_strokes else made


def _arranged(united: Picture, half: int, find_strokes: FindStrokes | None, most_bytes: int | None) -> Picture:
    """The layers in their order, for a picture that is to show its best within `half` bytes."""
    before = [x for x in united.layers if x.shows and not isinstance(x, (TextureLayer, EdgeLayer, DetailLayer))]
    room = half - file_bytes(united.size, before)
    layers: list[Layer] = []
    for layer in united.layers:
        if isinstance(layer, TextureLayer):
            # The detail was made for all of the colours, so they stand before it.
            coarse_bytes = int(room * (COARSE_SHARE if united.edges else 1))
            coarse, finer = split(layer, 0 if united.get(DetailLayer) else coarse_bytes)
            room -= coarse.cost
            layers += [coarse, finer] if finer else [coarse]
        elif not isinstance(layer, EdgeLayer):
            layers.append(layer)
    if united.edges:
        rest = None if most_bytes is None else most_bytes - file_bytes(united.size, layers)
        layers.append(_in_scans(united.edges, find_strokes, room - BEHIND, rest))
    return make_picture(united.size, layers, united.notes)


def reserve(budget: Budget) -> Budget:
    """A budget with room for what the order costs."""
    if budget.max_bytes is None:
        return budget
    kept = int(RESERVED_SHARE * budget.max_bytes) + RESERVED_BYTES
    return replace(budget, max_bytes=max(1, budget.max_bytes - kept))


def most_text(max_bytes: int) -> int:
    """How many bytes of the file a text may take: it comes first, and must leave something of the first half."""
    return int(max_bytes / 2 * (SemanticLayer.share or 1))


def fit_progressive(
    picture: Picture, budget: Budget, extra: Collection[Layer], find_strokes: FindStrokes | None = None
) -> Picture:
    """`make_progressive` as far as the budget allows, in which `extra` layers do not count."""
    made = _made(picture, None)
    one_scan = [layer.in_scans([layer.raster]) for layer in picture.layers if isinstance(layer, EdgeLayer)]
    best = []
    if find_strokes and picture.edges:
        # A detail was made for these strokes; others may be as many as there is room for.
        most = None
        if budget.max_bytes is not None and not picture.get(DetailLayer):
            most = budget.max_bytes + sum(layer.cost for layer in extra)
        best.append(_made(picture, find_strokes, most))
    for tried in (*best, made, *(made.with_layer(layer) for layer in one_scan)):
        if budget.holds(tried.size, [layer for layer in tried.layers if layer not in extra]):
            return tried
    return picture.with_notes("the file is not progressive: the budget is too small for that")


def _in_scans(
    edges: EdgeLayer, find_strokes: FindStrokes | None, first_bytes: int, most_bytes: int | None
) -> EdgeLayer:
    """The edges with the best strokes in a scan of at most `first_bytes`, or with whole figures.

    With `most_bytes` there may be other strokes in the second scan: as many as these have room for.
    """
    if find_strokes is None or first_bytes < LEAST_EDGES:
        return edges.in_scans()
    strokes = find_strokes(edges.grid)
    first, count = most_strokes(strokes, edges.size, first_bytes)
    if first is None:
        return edges.in_scans()
    gap = around(first.raster)

    def with_later(raster: Bools) -> EdgeLayer:
        later = without_specks(raster & ~gap, SPECK)
        return edges.in_scans([first.raster, later] if later.any() else [first.raster])

    if most_bytes is None:
        return with_later(edges.raster)
    fits, too_many, best = count, len(strokes) + 1, with_later(first.raster)
    while too_many - fits > 1 and best.cost < most_bytes - NEAR:
        tried = (fits + too_many) // 2
        layer = with_later(strokes.best(tried))
        if layer.cost <= most_bytes:
            fits, best = tried, layer
        else:
            too_many = tried
    return best
