"""Recipe layer: how a generated picture was made (SPEC §7.5). Ancillary: nothing needs it to paint."""

from .layer import RecipeLayer
from .value import BLOCK_KINDS, Block, Recipe

__all__ = ["BLOCK_KINDS", "Block", "Recipe", "RecipeLayer"]
