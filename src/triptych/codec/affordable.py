"""What encoders write, readers unpack: layers that would take longer than a file may are made lighter (SPEC §8)."""

from __future__ import annotations

from math import inf

from ..errors import TriptychError
from ..layers import EdgeLayer, Layer
from ..layers.work import Work, granted
from ..limits import DEFAULT
from .picture import Picture, make_picture

_ROUNDS = 8  # each layer once, and again for what the others then leave


def affordable(picture: Picture, room: float = inf) -> Picture:
    """The picture with layers that readers unpack by `Limits.work`; notes say what was lost for that.

    Args:
        room: so many bytes more it may have than now; edits ask for no number of bytes.
    """
    for _ in range(_ROUNDS):
        layers = picture.layers
        needs = [layer.work() for layer in layers]
        if sum(need.most for need in needs) <= DEFAULT.work:
            break
        parts = granted(needs, DEFAULT.work)
        short = [_missing(layer, need, part) for layer, need, part in zip(layers, needs, parts, strict=True)]
        if not any(short):
            break
        layer, made, note = _lighter(layers, short, room)
        room -= (made.cost if made else 0) - layer.cost
        others = [other for other in layers if other is not layer]
        picture = make_picture(picture.size, [*others, *([made] if made else [])], picture.notes)
        picture = picture.with_notes(*([note] if note else []))
    return picture


def _missing(layer: Layer, need: Work, part: int) -> int:
    """By how much a layer takes more than its part; nobody unpacks one that cannot take more, or is damaged."""
    if part >= need.most:
        return 0
    try:
        return max(layer.spent() - part, 0)
    except TriptychError:
        return 0


def _lighter(layers: tuple[Layer, ...], short: list[int], room: float) -> tuple[Layer, Layer | None, str | None]:
    """(a layer, what is left of it, what was lost if anything was), where some are `short` of work."""
    for layer in layers:  # texts can be stored so that nothing is lost
        plain = layer.plain()
        if plain and plain.cost - layer.cost <= room:
            return layer, plain, None
    edges = next((layer for layer in layers if isinstance(layer, EdgeLayer)), None)
    if edges:  # strokes are what a picture has most of
        made, note = edges.lighter(edges.spent() - sum(short))
        if made:
            return edges, made, note
    layer, missing = next(pair for pair in zip(reversed(layers), reversed(short), strict=True) if pair[1])
    return layer, *layer.lighter(layer.spent() - missing)
