"""Files that show a picture from their first bytes: what says most comes first, and any prefix decodes.

The order is: texts, coarse colours, people, edges (the longest figures first), what else there is, finer colours. How
coarse the first colours are follows from half the file: they take of it what colours take of a file of that size.
Values stay what they are; the file grows by 2 to 4 %.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from ..layers import DetailLayer, EdgeLayer, FinerLayer, Layer, SemanticLayer, TextureLayer, unite
from ..layers.finer import split
from .allocate import Budget, file_bytes
from .picture import Picture, make_picture
from .proposals import TEXTURE_WEIGHT

# Of a budget: what the order costs at most, as a rule.
RESERVED_SHARE, RESERVED_BYTES = 0.022, 9


def make_progressive(picture: Picture) -> Picture:
    """The same picture, in bytes of which the first ones show as much as they can.

    A file of it may be cut anywhere behind its header: ``decode(..., partial=True)`` paints what is there.

    Raises:
        DamagedError, UnsupportedError, LimitError: its colours or edges cannot be unpacked.
    """
    layers: list[Layer] = []
    united = make_picture(picture.size, unite(picture.layers), picture.notes)
    for layer in united.layers:
        if isinstance(layer, TextureLayer):
            # The detail was made for all of the colours, so they stand before it.
            coarse, finer = split(layer, 0 if united.get(DetailLayer) else _coarse_bytes(united))
            layers += [coarse, finer] if finer else [coarse]
        else:
            layers.append(layer.in_scans() if isinstance(layer, EdgeLayer) else layer)
    return make_picture(picture.size, layers, picture.notes)


def reserve(budget: Budget) -> Budget:
    """A budget with room for what the order costs."""
    if budget.max_bytes is None:
        return budget
    kept = int(RESERVED_SHARE * budget.max_bytes) + RESERVED_BYTES
    return replace(budget, max_bytes=max(1, budget.max_bytes - kept))


def most_text(max_bytes: int) -> int:
    """How many bytes of the file a text may take: it comes first, and must leave something of the first half."""
    return int(max_bytes / 2 * (SemanticLayer.share or 1))


def fit_progressive(picture: Picture, budget: Budget, extra: Collection[Layer]) -> Picture:
    """`make_progressive` as far as the budget allows, in which `extra` layers do not count."""
    made = make_progressive(picture)
    one_scan = [layer.in_scans([layer.raster]) for layer in picture.layers if isinstance(layer, EdgeLayer)]
    for tried in (made, *(made.with_layer(layer) for layer in one_scan)):
        if budget.holds(tried.size, [layer for layer in tried.layers if layer not in extra]):
            return tried
    return picture.with_notes("the file is not progressive: the budget is too small for that")


def _coarse_bytes(picture: Picture) -> int:
    """How many coded bytes the coarse colours may have."""
    half = len(picture.to_bytes()) // 2
    others = [layer for layer in picture.layers if not isinstance(layer, (TextureLayer, EdgeLayer, FinerLayer))]
    shown = [layer for layer in others if layer.shows]
    room = half - file_bytes(picture.size, shown)
    return int(room * TEXTURE_WEIGHT) if picture.edges else room
