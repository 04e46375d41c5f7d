"""What a picture file says of how it was made: the prompt, the settings, and the texts they stand in."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from pathlib import Path

from ..layers import Block, Recipe
from .chunks import read_texts
from .tidy import tidy_prompt
from .tools import READERS, Unreadable, as_png

__all__ = ["Metadata", "read_metadata", "tidy_prompt"]


@dataclass(frozen=True)
class Metadata:
    """What was found.

    Attributes:
        prompt: exactly as it stands in the file, or None.
        recipe: the settings, with the tool's own texts as its blocks, under the names they have in PNG.
        notes: what was broken and could not be read, one line each.
    """

    prompt: str | None = None
    recipe: Recipe = field(default_factory=Recipe)
    notes: tuple[str, ...] = ()

    @property
    def tool(self) -> str | None:
        """The program or service that made the picture, if it can be told."""
        return self.recipe.tool


def read_metadata(path: str | os.PathLike[str]) -> Metadata:
    """Read the generation metadata of a picture file.

    Understood are A1111, Forge, SD.Next, stable-diffusion.cpp, Civitai, ComfyUI, SwarmUI, TensorArt, InvokeAI
    (all its formats), Fooocus and RuinedFooocus, NovelAI, Draw Things, mflux, Midjourney and XMP or IPTC
    descriptions, in PNG, JPEG, WebP and other formats with EXIF, and texts hidden in the alpha channel.
    A file without any, or with broken ones, gives an empty result; nothing raises.
    """
    texts, notes = read_texts(Path(path))
    texts = as_png(texts)
    for reader in READERS:
        try:
            found = reader(texts)
        except Unreadable as error:
            notes.append(f"the metadata {str(error)!r} is broken and was not used")
            continue
        except Exception as error:  # a stranger's file can trip any reader in any way
            notes.append(f"some metadata could not be read: {type(error).__name__}: {str(error)[:100]}")
            continue
        if found:
            blocks = tuple(Block.from_text(name, texts[name]) for name in found.names if name in texts)
            prompt = found.prompt.encode("utf-8", "replace").decode() if found.prompt else None
            return Metadata(prompt, replace(_storable(found.recipe), blocks=blocks), tuple(notes))
    return Metadata(notes=tuple(notes))


def _storable(recipe: Recipe) -> Recipe:
    """The same, with texts of a length that settings have."""
    short = {}
    for name in ("tool", "sampler", "scheduler", "guidance", "model", "model_hash"):
        value = getattr(recipe, name)
        if value is not None:
            short[name] = str(value)[:300]
    if recipe.negative:
        short["negative"] = recipe.negative[: 1 << 16]
    return replace(recipe, loras=recipe.loras[:100], **short)
