"""The layers of a picture, and the one table that ties kinds to classes (SPEC §5).

The numbers are written by hand and never reused: a published kind and coding mean the same for ever.
"""

from __future__ import annotations

from collections.abc import Iterable

from ..errors import InputError
from ..limits import DEFAULT, Limits
from .base import Fittable, Layer, UnknownLayer, grid_shape
from .detail import DetailLayer
from .detail_levels import Detail
from .edges import EdgeLayer
from .finer import FinerLayer, unite
from .pose import PoseLayer
from .recipe import Block, Recipe, RecipeLayer
from .seed import SeedLayer
from .text.layer import SemanticLayer
from .texture import TextureLayer
from .together import unpack_texts

KINDS: dict[int, type[Layer]] = {
    0: SemanticLayer,
    1: TextureLayer,
    2: PoseLayer,
    3: EdgeLayer,
    4: RecipeLayer,
    5: SeedLayer,
    6: DetailLayer,
    7: FinerLayer,
}
NAMES = {layer.name: layer for layer in KINDS.values()}
# Names for several layers at once.
GROUPS = {"structure": ("pose", "edges")}

__all__ = [
    "GROUPS",
    "KINDS",
    "NAMES",
    "Block",
    "Detail",
    "DetailLayer",
    "EdgeLayer",
    "FinerLayer",
    "Fittable",
    "Layer",
    "PoseLayer",
    "Recipe",
    "RecipeLayer",
    "SeedLayer",
    "SemanticLayer",
    "TextureLayer",
    "UnknownLayer",
    "find_kind",
    "find_names",
    "grid_shape",
    "make_layer",
    "register",
    "unite",
    "unpack_texts",
    "unregister",
]


def register(layer: type[Layer]) -> type[Layer]:
    """Add a kind of layer to the table, for this process; usable as a decorator.

    Raises:
        InputError: its number or its name is taken.
    """
    taken = KINDS.get(layer.kind) or NAMES.get(layer.name) or (layer.name in GROUPS)
    if taken:
        raise InputError(f"kind {layer.kind}, {layer.name!r}: a layer with this number or name is there already")
    KINDS[layer.kind] = NAMES[layer.name] = layer
    return layer


def unregister(layer: type[Layer]) -> None:
    """Take a kind of layer out of the table again."""
    KINDS.pop(layer.kind, None)
    NAMES.pop(layer.name, None)


def find_kind(kind: int, coding: int) -> type[Layer] | None:
    """The class of a kind of layer; None if the kind is unknown, or is one to skip in this coding."""
    known = KINDS.get(kind)
    return None if known and known.skips and coding not in known.codings else known


def make_layer(kind: int, size: tuple[int, int], coding: int, payload: bytes, limits: Limits = DEFAULT) -> Layer:
    """The layer of a kind, known or not; the payload is not looked at."""
    if known := find_kind(kind, coding):
        return known(size, coding, payload, limits=limits)
    return UnknownLayer(size, coding, payload, kind, limits=limits)


def find_names(names: str | Iterable[str]) -> set[str]:
    """The names of layers that are meant by one name or several; "structure" stands for pose and edges.

    Raises:
        InputError: there is no such layer.
    """
    found: set[str] = set()
    if not isinstance(names, Iterable):
        raise InputError(f"layers are named by a text or several, not {names!r}")
    for name in [names] if isinstance(names, str) else names:
        if name in GROUPS:
            found |= set(GROUPS[name])
        elif name in NAMES:
            found.add(name)
        else:
            raise InputError(f"there is no layer called {name!r}; there are: {', '.join(NAMES)}")
    return found
