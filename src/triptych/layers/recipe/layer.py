"""The layer: settings, and on request the metadata blocks of the file to the last byte (SPEC §7.5)."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import Any

from ...bitstream.cursor import MAX_NUMBER
from ...errors import LimitError
from ..base import Layer
from . import blocks, settings
from .value import Recipe

CORE = 0
FULL = 1


class RecipeLayer(Layer):
    """How the picture was made: settings, and on request the complete metadata of its file."""

    kind = 4
    name = "recipe"
    ancillary = True

    @classmethod
    def from_recipe(cls, recipe: Recipe, size: tuple[int, int]) -> RecipeLayer:
        """The layer for a recipe; with blocks it is a full one.

        Raises:
            InputError: a number is out of range, a text holds a lone surrogate, or a block has a kind or name that
                none can have.
            LimitError: it holds more than the layer can (limits.py).
        """
        if not recipe.blocks:
            return cls(size, CORE, settings.pack(recipe, size))
        payload = blocks.pack(settings.pack(recipe, size, plain=True), recipe.blocks)
        if len(payload) > MAX_NUMBER:
            raise LimitError(f"the recipe takes {len(payload)} bytes; at most {MAX_NUMBER} can be stored")
        return cls(size, FULL, payload)

    @cached_property
    def recipe(self) -> Recipe:
        """The value.

        Raises:
            DamagedError, UnsupportedError: the payload cannot be unpacked, or holds more than limits.py allows.
        """
        if self.coding == CORE:
            return settings.unpack(self.payload)
        if self.coding != FULL:
            raise self.unknown_coding()
        core, held = blocks.unpack(self.payload)
        return replace(settings.unpack(core), blocks=held)

    def summary(self) -> dict[str, Any]:
        return {"recipe": self.recipe.facts(), "blocks": [block.summary() for block in self.recipe.blocks]}
