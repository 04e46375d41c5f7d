"""Where the prompt and the recipe of a picture come from: one order of sources, for Python and the command line.

The prompt is the argument of the caller, else the caption in a list of captions, else the text file beside the picture
(`cat.png`, `cat.txt`), else the one in the picture's own metadata, else what a captioning model says. The recipe is the
one in the metadata, else the one in the text file, where A1111 and its relatives save their settings on request.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from ..analysis.image import ImageSource, Source
from ..errors import InputError
from ..layers import Recipe
from ..metadata.read import Metadata, read_metadata, tidy_prompt
from ..metadata.sidecars import Captions, Sidecar, read_sidecar

if TYPE_CHECKING:
    from PIL.Image import Image

SOURCES = ("argument", "captions", "sidecar", "metadata", "model", "none")
RECIPES = ("none", "core", "full")


@dataclass(frozen=True)
class FoundPrompt:
    """A prompt, and where it came from: one of `SOURCES`, "none" if there is none."""

    text: str | None
    source: str


class Origin:
    """What is known of a picture beside its pixels; nothing is read before it is asked for.

    Attributes:
        path: the file, or None.
        data: the bytes of the file, if they were given instead of a path.
        name: by which a list of captions knows it, or None.
    """

    def __init__(self, image: ImageSource | Source, name: str | None = None) -> None:
        """`image`: what `encode` takes. An open file is left where it stands; its metadata is not read."""
        self.path: Path | None = None
        self.data: bytes | None = None
        self._decoded: Image | None = None
        if isinstance(image, Source):
            self.path, self.data, self._decoded = image.path, image.data, image.decoded
        elif isinstance(image, (bytes, bytearray, memoryview)):
            self.data = bytes(image)
        elif isinstance(image, (str, os.PathLike)):
            self.path = Path(image)
        self.name = Path(name) if name is not None else self.path

    @cached_property
    def metadata(self) -> Metadata:
        """What the file says; empty if there is no file."""
        source = self.data if self.path is None else self.path
        return Metadata() if source is None else read_metadata(source, self._decoded)

    @cached_property
    def sidecar(self) -> Sidecar | None:
        """What the text file beside the picture says, or None."""
        return None if self.path is None else read_sidecar(self.path)

    @cached_property
    def recipe(self) -> Recipe:
        """The settings with all metadata blocks; those of the text file where the metadata has none.

        A program's name, and a size, are no settings: editors write them into files that others made.
        """
        found = self.metadata.recipe
        if found.facts().keys() - {"tool", "size"} or self.sidecar is None or not self.sidecar.recipe:
            return found
        return replace(self.sidecar.recipe, blocks=found.blocks)


def find_prompt(
    image: ImageSource | Source | Origin,
    *,
    prompt: str | None = None,
    captions: Captions | None = None,
    only: str | None = None,
    tidy: bool = False,
    model: Callable[[], str | None] | None = None,
) -> FoundPrompt:
    """The prompt of a picture, from the first source that has one.

    Args:
        image: what `encode` takes.
        prompt: comes before all others; "" is a prompt, too, and means that there is none.
        captions: a list of captions.
        only: one of "argument", "captions", "sidecar", "metadata", "model" and "none": look nowhere else.
        tidy: leave weights, tags and phrases on quality out of prompts that people wrote for a generator; not out of
            arguments and what a model says.
        model: called last, for what a model says of the picture.

    Raises:
        InputError: there is no such source, or a file of one cannot be read.
    """
    if prompt is not None and not isinstance(prompt, str):
        raise InputError(f"a prompt is a text, not {prompt!r}")
    if only is not None and only not in SOURCES:
        raise InputError(f"a prompt comes from {', '.join(SOURCES)}, not {only!r}")
    origin = image if isinstance(image, Origin) else Origin(image)

    def look(name: str) -> str | None:
        if name == "argument":
            return prompt
        if name == "captions":
            return captions.prompt(origin.name) if captions and origin.name else None
        if name == "sidecar":
            return origin.sidecar.prompt if origin.sidecar else None
        if name == "metadata":
            return origin.metadata.prompt
        return model() if name == "model" and model else None

    for name in (only,) if only else SOURCES:
        found = look(name)
        if found is not None:
            if tidy and name not in ("argument", "model"):
                found = tidy_prompt(found)
            return FoundPrompt(found, name) if found.strip() else FoundPrompt(None, "none")
    return FoundPrompt(None, "none")


def find_recipe(
    image: ImageSource | Source | Origin, recipe: str | Recipe = "core", *, text: bool = True
) -> tuple[Recipe, tuple[str, ...]]:
    """(the recipe of a picture, what could not be read of it, one line each).

    Args:
        image: what `encode` takes.
        recipe: "core" is the settings, "full" all metadata blocks of the file with them, "none" nothing; a `Recipe` is
            taken as it is.
        text: whether a negative prompt is kept.

    Raises:
        InputError: it is none of these, or "full" is to be kept without its texts.
    """
    notes: tuple[str, ...] = ()
    if isinstance(recipe, Recipe):
        found = recipe
    elif recipe not in RECIPES:
        raise InputError(f"a recipe is none, core, full or a Recipe, not {recipe!r}")
    elif recipe == "none":
        found = Recipe()
    else:
        origin = image if isinstance(image, Origin) else Origin(image)
        found, notes = origin.recipe, origin.metadata.notes
        if recipe == "core":
            found = replace(found, blocks=())
    if not text and found.blocks:
        raise InputError("a full recipe stores the prompt; keep none or the core without texts")
    return (found if text else replace(found, negative=None)), notes


__all__ = ["RECIPES", "SOURCES", "Captions", "FoundPrompt", "Origin", "find_prompt", "find_recipe"]
