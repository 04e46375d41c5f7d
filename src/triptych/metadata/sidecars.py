"""Texts that lie beside pictures: a text file for each picture, or one JSON list of captions for many."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..errors import InputError
from ..layers import Recipe
from .tools import read_text


@dataclass(frozen=True)
class Sidecar:
    """What the text file beside a picture says.

    Attributes:
        prompt: the text; if A1111 or a relative wrote it (they save "prompt, negative prompt, settings" beside the
            picture on request), the prompt in it, or None if that has none.
        recipe: the settings, if it is such a text.
    """

    prompt: str | None
    recipe: Recipe = field(default_factory=Recipe)


def read_sidecar(picture: Path) -> Sidecar | None:
    """What the file beside a picture with the ending .txt says, or None if there is none.

    Raises:
        InputError: it cannot be read.
    """
    beside = picture.with_suffix(".txt")
    return read_sidecar_text(beside) if beside.is_file() else None


def read_sidecar_text(path: Path) -> Sidecar:
    """What a text file says of its picture, wherever it is.

    Raises:
        InputError: it cannot be read.
    """
    text = read_prompt(path)
    found = read_text(text)
    return Sidecar(*found) if found else Sidecar(text)


def sidecar_prompt(picture: Path) -> str | None:
    """The prompt in the file beside a picture with the ending .txt, or None if there is none."""
    found = read_sidecar(picture)
    return found.prompt if found else None


def read_prompt(path: Path) -> str:
    """The text of a file, without blank space at its ends: UTF-8, UTF-16, or Windows-1252 if it is in few accents.

    Raises:
        InputError: it cannot be read, or is no text in one of these.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror or error}") from error
    try:
        text = _decoded(data)
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: cannot be read as UTF-8 text: {error}; save it as UTF-8") from error
    if "\0" in text:
        raise InputError(f"{path}: holds no text; save it as UTF-8")
    return text.replace("\r\n", "\n").strip()


def _decoded(data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16")
    if len(data) % 2 == 0 and data[:64].count(0) * 3 > len(data[:64]):  # without the mark
        return data.decode("utf-16-be" if data[:1] == b"\0" else "utf-16-le")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        # What is written in another alphabet is no such text, and would come out as nonsense.
        if sum(byte > 127 for byte in data) * 4 > len(data):
            raise
        return data.decode("cp1252")


class Captions:
    """Captions of many pictures at several levels of detail, from one JSON file.

    The file holds a list of ``{"file": name, "description": {level: text, ...}}``; a description may also be
    the text itself. Pictures are found by their file name, with or without folders.
    """

    def __init__(self, path: str | os.PathLike[str], level: str | None = None) -> None:
        """`level`: the one to take; by default the first of each description.

        Raises:
            InputError: the file cannot be read, or is no such list.
        """
        self.path = Path(path)
        self.level = level
        try:
            entries: Any = json.loads(self.path.read_text(encoding="utf-8-sig"))
        except (OSError, ValueError, RecursionError) as error:
            raise InputError(f"{path}: cannot be read as a JSON list of captions: {error}") from error
        if not isinstance(entries, list) or not all(isinstance(e, dict) and "file" in e for e in entries):
            raise InputError(f'{path}: must be a list of {{"file": ..., "description": {{level: text}}}}')
        self._by_name = {Path(str(entry["file"])).name: entry.get("description") for entry in entries}

    def prompt(self, picture: Path) -> str | None:
        """The caption of a picture, or None if the file lists none for it.

        Raises:
            InputError: the picture is listed, but not with the level asked for.
        """
        description = self._by_name.get(picture.name)
        if description is None or isinstance(description, str):
            return description
        if not isinstance(description, dict) or not description:
            raise InputError(f"{self.path}: the description of {picture.name} is neither a text nor levels of text")
        level = self.level if self.level is not None else next(iter(description))
        text = description.get(level)
        if not isinstance(text, str):
            raise InputError(
                f"{self.path}: {picture.name} has no level {level!r}; there are: {', '.join(map(str, description))}"
            )
        return text
