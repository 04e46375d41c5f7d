"""Where a prompt comes from: an argument, a text file beside the picture, or a JSON list of captions."""

from __future__ import annotations

import json
from pathlib import Path

from ..errors import InputError


def sidecar_prompt(picture: Path) -> str | None:
    """The text of the file beside a picture with the ending .txt, or None if there is none."""
    beside = picture.with_suffix(".txt")
    return read_prompt(beside) if beside.is_file() else None


def read_prompt(path: Path) -> str:
    """The text of a file, UTF-8, without blank space at its ends."""
    try:
        return path.read_text(encoding="utf-8-sig").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: cannot be read as UTF-8 text: {error}") from error


class Captions:
    """Captions of many pictures at several levels of detail, from one JSON file.

    The file holds a list of ``{"file": name, "description": {level: text, ...}}``; a description may also be
    the text itself. Pictures are found by their file name, with or without folders.
    """

    def __init__(self, path: Path, level: str | None = None) -> None:
        self.path = path
        self.level = level
        try:
            entries = json.loads(path.read_text(encoding="utf-8-sig"))
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
        if not isinstance(description.get(level), str):
            raise InputError(
                f"{self.path}: {picture.name} has no level {level!r}; there are: {', '.join(map(str, description))}"
            )
        return description[level]
