"""The pictures that codecs are measured on: pixels, prompt, and a hash that says which they were."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from PIL import Image

from ..analysis.image import load_image
from ..codec.prompt_source import find_prompt
from ..errors import InputError
from ..files import read_source, reason
from ..limits import MAX_INPUT_SIDE
from ..typing import Bytes8

_MOST_BYTES = 1 << 31
INDEX = "index.csv"


@dataclass(frozen=True)
class Original:
    """A picture as it is before coding.

    Attributes:
        name: what it is called in results.
        sha256: of its file, hexadecimal.
        image: RGB, sRGB, upright, of full size.
        prompt: what codecs that take a text are given.
    """

    name: str
    sha256: str
    image: Image.Image = field(repr=False)
    prompt: str | None = None

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) in pixels."""
        return self.image.size

    @property
    def pixels(self) -> Bytes8:
        """uint8 (height, width, 3)."""
        return np.asarray(self.image)


def load_original(path: Path, name: str | None = None, prompt: str | None = None) -> Original:
    """A picture with its prompt: the one given, else that of the text file beside it, else that of its metadata.

    Raises:
        InputError: it cannot be read, is no picture, or has a side below 16 or above 16,384 pixels.
    """
    data = read_source(path, _MOST_BYTES)
    source = load_image(path, work_side=MAX_INPUT_SIDE)
    found = prompt if prompt is not None else find_prompt(path).text
    return Original(name or path.name, hashlib.sha256(data).hexdigest(), source.image, found)


def indexed_prompts(folders: Iterable[Path]) -> dict[Path, str]:
    """Prompts from the index.csv (columns file, prompt) of folders that have one.

    Raises:
        InputError: such a file cannot be read.
    """
    found: dict[Path, str] = {}
    for folder in folders:
        path = folder / INDEX
        if not path.is_file():
            continue
        try:
            with path.open(newline="", encoding="utf-8") as file:
                rows: list[Mapping[str, str | None]] = list(csv.DictReader(file))
        except (OSError, UnicodeDecodeError, csv.Error) as error:
            why = reason(error) if isinstance(error, OSError) else str(error)
            raise InputError(f"{path}: cannot be read: {why}") from error
        found |= {folder / row["file"]: row["prompt"] for row in rows if row.get("file") and row.get("prompt")}  # type: ignore[operator, misc]
    return found


def hash_of(hashes: Iterable[str]) -> str:
    """One hash for a set of pictures, whatever their names and order."""
    return hashlib.sha256("\n".join(sorted(hashes)).encode("ascii")).hexdigest()
