"""The layer: settings, and on request the metadata blocks of the file to the last byte (SPEC §7.5)."""

from __future__ import annotations

import json
import re
from collections.abc import Container, Mapping
from dataclasses import replace
from typing import Any, ClassVar

from ...bitstream.cursor import MAX_NUMBER
from ...errors import LimitError
from ...limits import MAX_SETTINGS_TOKENS
from ..base import Colour, Layer, Size
from ..work import BLOCK_BYTES, TOKEN, Work, most_tokens, too_much, usual_tokens
from . import blocks, settings
from .value import Block, Recipe

CORE = 0
FULL = 1
LEAST_CODED = 3  # bytes of settings with a modelled text

_MOST_STEM = 200  # characters of a block's name that a file's name takes
# Files of other layers, and recipe.json: "prompt" is a graph in ComfyUI's pictures; prompt.txt is the semantic layer's.
_OTHERS = ("recipe.json", "prompt.txt", "seed.txt", "keypoints.json")
_DEVICE = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)\.", re.IGNORECASE)  # of Windows, with any ending


class RecipeLayer(Layer):
    """How the picture was made: settings, and on request the complete metadata of its file."""

    kind = 4
    name = "recipe"
    ancillary = True
    codings: ClassVar[Container[int]] = (CORE, FULL)
    shows: ClassVar[bool] = False
    turn: ClassVar[int] = 3
    share: ClassVar[float | None] = 0.6

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

    def work(self) -> Work:
        most, whole = MAX_SETTINGS_TOKENS * TOKEN, 0
        if self.coding == FULL:  # whose texts writers leave to the frame
            whole, usual = blocks.stated_size(self.payload) // BLOCK_BYTES, 0
        else:
            usual = usual_tokens(self.payload, MAX_SETTINGS_TOKENS) * TOKEN if len(self.payload) > LEAST_CODED else 0
        return Work(whole + usual, whole + most, 2)

    def spent(self) -> int:
        return self.work().sure if self.coding == FULL else settings.coded_tokens(self.payload) * TOKEN

    def plain(self) -> Layer | None:
        if not self.spent() or self.coding == FULL:
            return None
        return replace(self, payload=settings.pack(self.recipe, self.size, plain=True))

    def _unpacked(self) -> Recipe:
        core, work, held = self.payload, self.limits.work, tuple[Block, ...]()
        if self.coding == FULL:
            work -= self.work().sure
            if work < 0:
                raise too_much("the blocks of the recipe take more", self.limits.work)
            core, held = blocks.unpack(self.payload)
        tokens = most_tokens(core if self.coding == CORE else b"", work, MAX_SETTINGS_TOKENS)
        return replace(settings.unpack(core, most_tokens=tokens), blocks=held)

    def coded_texts(self) -> list[bytes]:
        """The payloads of the first few texts among the settings that the model of the text layer coded."""
        return settings.coded_texts(self.payload) if self.coding == CORE else []

    def know_with(self, texts: Mapping[bytes, tuple[str, int]]) -> None:
        """Unpack the settings with the help of texts, and their numbers of tokens, that are unpacked already.

        Raises:
            DamagedError: see `value`.
        """
        if self.coding == CORE:
            tokens = most_tokens(self.payload, self.limits.work, MAX_SETTINGS_TOKENS)
            self.knowing(settings.unpack(self.payload, texts, tokens))

    @property
    def recipe(self) -> Recipe:
        """How the picture was made."""
        recipe: Recipe = self.value
        return recipe

    def summary(self) -> dict[str, Any]:
        return {"recipe": self.recipe.facts(), "blocks": [block.summary() for block in self.recipe.blocks]}

    @property
    def complete(self) -> bool:
        """Whether it holds complete metadata and not settings alone; nothing is unpacked."""
        return self.coding == FULL

    def describe(self) -> str:
        return "settings" if self.coding == CORE else "settings and complete metadata"

    def files(self) -> dict[str, bytes]:
        """recipe.json with the settings, and each block under a name that no file system and no program minds."""
        facts = json.dumps(self.recipe.facts(), ensure_ascii=False, indent=2) + "\n"
        files = {"recipe.json": facts.encode("utf-8", "replace")}
        taken = dict.fromkeys(_OTHERS, 1)  # name in lower case -> how many files have it
        for block in self.recipe.blocks:
            start = block.data.lstrip()[:9]
            ending = ".json" if start[:1] in (b"{", b"[") else ".xmp" if start == b"<?xpacket" else ".txt"
            stem = re.sub(r"[^A-Za-z0-9._-]+", "_", block.name)[:_MOST_STEM].strip("._-") or block.kind
            if _DEVICE.match(stem + "."):  # also with dots in it: what stands before the first one counts
                stem = stem.replace(".", "_") + "_1"
            name = stem + ending
            while count := taken.get(name.lower(), 0):
                taken[name.lower()] = count + 1
                name = f"{stem}_{count}{ending}"
            taken[name.lower()] = 1
            files[name] = block.data
        return files

    def conditioning(self) -> dict[str, Any]:
        """The layer itself, which is unpacked only by the decoder that replays recipes."""
        return {"recipe": self}

    def mirrored(self) -> RecipeLayer:
        return self

    def remapped(
        self, size: Size, offset: tuple[int, int], scale: tuple[float, float], colour: Colour | None = None
    ) -> RecipeLayer:
        """The same; the size at which the picture was made is kept, which is left out where it is the picture's own."""
        if size == self.size:
            return self
        return RecipeLayer.from_recipe(replace(self.recipe, size=self.recipe.size or self.size), size)

    def fitted(self, most_bytes: int) -> tuple[Layer | None, str | None]:
        """The settings without the metadata, if that does not fit."""
        if self.cost <= most_bytes:
            return self, None
        if self.recipe.blocks:
            core = RecipeLayer.from_recipe(replace(self.recipe, blocks=()), self.size)
            if core.cost <= most_bytes:
                return core, "the recipe was reduced to its settings: the budget is too small for the complete metadata"
        return None, "the recipe was left out: the budget is too small for it"
