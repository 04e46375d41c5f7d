"""One split for everything that is trained here, by source: a source is trained on or measured on, never both.

Pictures of a source are of a kind (one model, one prompt list), so a split within a source would measure memory.
Folders of pictures have an index.csv with the columns `file` and `source`, texts come one to a line.
"""

from __future__ import annotations

import csv
import random
from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")

# Measured on while something is trained, and so never trained on. A source that any of the shipped tables or networks
# held out stays held out for all of them.
DEV_SOURCES = frozenset(
    {
        "EnragedAntelope/Artists-SD35L",
        "PicoTrex/Awesome-Nano-Banana-images",
        "XueZeyue/DanceGRPO",
        "leejet/stable-diffusion.cpp",
    }
)
# The folder of pictures that published figures are measured on: nothing may be trained or tuned on it.
VALIDATION_FOLDERS = frozenset({"val", "validation"})


def is_dev(source: str) -> bool:
    """Whether pictures of this source are measured on, not trained on."""
    return source in DEV_SOURCES


def read_index(folder: Path) -> list[dict[str, str]]:
    """The rows of a folder's index.csv, in order.

    Raises:
        SystemExit: the folder is for validation only, or has no column for files or sources.
    """
    refuse_validation(folder)
    with open(folder / "index.csv", newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    for column in ("file", "source"):
        if rows and column not in rows[0]:
            raise SystemExit(f"{folder / 'index.csv'}: has no column {column!r}")
    return rows


def refuse_validation(folder: Path) -> None:
    """End the program if a folder, by its name or that of one above, is kept for validation."""
    names = VALIDATION_FOLDERS.intersection(part.lower() for part in folder.resolve().parts[-2:])
    if names:
        raise SystemExit(f"{folder}: pictures for validation are not trained on ({', '.join(sorted(names))})")


def split_lines(lines: Sequence[T], seed: int = 20240501) -> tuple[list[T], list[T]]:
    """(to train on, to measure on): one text in a hundred is measured on, the same ones every time."""
    shuffled = list(lines)
    random.Random(seed).shuffle(shuffled)
    held = len(shuffled) // 100
    return shuffled[held:], shuffled[:held]
