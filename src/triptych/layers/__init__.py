"""The layers of a picture, and the one table that ties kinds to classes (SPEC §5).

The numbers are written by hand and never reused: a published kind and coding mean the same for ever.
"""

from __future__ import annotations

from .base import Layer, UnknownLayer, grid_shape
from .edges import EdgeLayer
from .pose import PoseLayer
from .recipe import Block, Recipe, RecipeLayer
from .seed import SeedLayer
from .text.layer import SemanticLayer
from .texture import TextureLayer

KINDS: dict[int, type[Layer]] = {
    0: SemanticLayer,
    1: TextureLayer,
    2: PoseLayer,
    3: EdgeLayer,
    4: RecipeLayer,
    5: SeedLayer,
}
NAMES = {layer.name: layer for layer in KINDS.values()}

__all__ = [
    "KINDS",
    "NAMES",
    "Block",
    "EdgeLayer",
    "Layer",
    "PoseLayer",
    "Recipe",
    "RecipeLayer",
    "SeedLayer",
    "SemanticLayer",
    "TextureLayer",
    "UnknownLayer",
    "grid_shape",
]
