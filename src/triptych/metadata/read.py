"""What a picture file says of how it was made: the prompt, the settings, and the blocks they stand in."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import InputError
from ..layers import Block, Recipe
from .chunks import XMP, Source, read_blocks
from .places import decode, read_texts, stealth_texts
from .stealth import read_stealth
from .tidy import tidy_prompt
from .tools import READERS, STEM, Found, Unreadable, as_png

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["Metadata", "png_texts", "read_metadata", "tell_settings", "tidy_prompt"]


@dataclass(frozen=True)
class Metadata:
    """What was found.

    Attributes:
        prompt: exactly as it stands in the file, or None.
        recipe: the settings, and as its blocks all metadata of the file, whoever wrote it, to the last byte.
        notes: what was broken or too large and could not be read or kept, one line each.
    """

    prompt: str | None = None
    recipe: Recipe = field(default_factory=Recipe)
    notes: tuple[str, ...] = ()

    @property
    def tool(self) -> str | None:
        """The program or service that made the picture, if it can be told."""
        return self.recipe.tool


def read_metadata(source: Source, decoded: Image | None = None) -> Metadata:
    """Read the generation metadata of a picture file.

    Understood are A1111, Forge, SD.Next, stable-diffusion.cpp, Civitai, ComfyUI, SwarmUI, TensorArt, InvokeAI
    (all its formats), Fooocus and RuinedFooocus, NovelAI, Easy Diffusion, Draw Things, Mochi Diffusion, mflux,
    Midjourney and XMP or IPTC descriptions, in PNG, JPEG, WebP, GIF, AVIF and other formats with EXIF or XMP, and
    texts hidden in the alpha channel. A file without any, or with broken ones, gives an empty result; nothing raises.

    What is reported is what the file says of this picture; what cannot be told for certain is None.

    Args:
        source: the path of the file, or its bytes.
        decoded: the picture in it, if somebody has decoded that already.
    """
    blocks, notes = read_blocks(source)
    texts, more = read_texts(blocks)
    notes += more
    if not isinstance(source, bytes):
        texts[STEM] = Path(os.fspath(source)).stem
    found, more = _recognised(texts)
    notes += more
    hidden = _hidden(source, decoded, notes, deep=not (found and found.prompt))
    if hidden:
        blocks.append(hidden)
        if not (found and found.prompt):
            beneath, more = _recognised(stealth_texts(decode(hidden.data)))
            notes += more
            found = beneath or found
    if found is None:
        return Metadata(None, Recipe(blocks=tuple(blocks)), tuple(notes))
    return Metadata(_sound(found.prompt), replace(_storable(found.recipe), blocks=tuple(blocks)), tuple(notes))


def _hidden(source: Source, decoded: Image | None, notes: list[str], *, deep: bool) -> Block | None:
    try:
        return read_stealth(source, decoded, colours=deep)
    except InputError:  # whoever opens the picture will say so
        return None
    except Exception as error:  # a stranger's file can trip any reader in any way
        notes.append(f"the alpha channel could not be searched for texts: {type(error).__name__}: {str(error)[:100]}")
        return None


def _recognised(texts: dict[str, str]) -> tuple[Found | None, list[str]]:
    """What the first reader found that found a prompt, else the first that found anything; and the notes."""
    texts = as_png(texts)
    notes: list[str] = []
    first: Found | None = None
    for reader in READERS:
        try:
            found = reader(texts)
        except Unreadable as error:
            notes.append(f"the metadata {str(error)!r} is broken and was not used")
            continue
        except Exception as error:  # a stranger's file can trip any reader in any way
            notes.append(f"some metadata could not be read: {type(error).__name__}: {str(error)[:100]}")
            continue
        if found is None:
            continue
        notes += found.notes
        if found.prompt:
            return found, notes
        if first is None:
            first = found
    return first, notes


def tell_settings(blocks: Iterable[Block]) -> bool:
    """Whether blocks say themselves how their picture was made."""
    found, _ = _recognised(read_texts(blocks)[0])
    return found is not None and bool(found.prompt or found.recipe)


def png_texts(blocks: Iterable[Block]) -> dict[str, str]:
    """The texts of blocks by the names under which tools look for them in PNG.

    Beside the text chunks of a PNG these are the texts of generators that stood elsewhere: in EXIF, a comment, or the
    alpha channel. XMP is not among them, as PNG keeps that as it is.
    """
    blocks = list(blocks)
    own: dict[str, str] = {}
    for block in blocks:
        if block.kind == "text":
            own.setdefault(block.name, block.text)
    others = [block for block in blocks if block.kind not in ("text", "xmp")]
    texts, _ = read_texts(others)
    found, _ = _recognised(texts)
    if found is not None:
        named = as_png(texts)
        for name in found.names:
            if name in named and name not in (XMP, STEM):
                own.setdefault(name, named[name])
    return own


def _sound(text: str | None) -> str | None:
    """Without lone surrogates, which no file can hold."""
    return text.encode("utf-8", "replace").decode() if text else None


def _storable(recipe: Recipe) -> Recipe:
    """The same, with texts of a length that settings have."""
    short: dict[str, str | None] = {}
    for name in ("tool", "sampler", "scheduler", "guidance", "model", "model_hash"):
        value = getattr(recipe, name)
        if value is not None:
            short[name] = _sound(str(value)[:300])
    if recipe.negative:
        short["negative"] = _sound(recipe.negative[: 1 << 16])
    loras = tuple((_sound(name[:300]) or "?", _sound(weight)) for name, weight in recipe.loras[:100])
    return replace(recipe, loras=loras, **short)  # type: ignore[arg-type]
