"""Reading the training lines, for the scripts in this folder."""

from __future__ import annotations

import lzma
import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1]))
from common.splits import split_lines

KINDS = ("t2i", "cap", "t2v", "phr")  # train_<kind>.txt.xz
# How often a line of each kind counts in one pass: prompts for pictures are what the layer carries.
WEIGHTS = {"t2i": 3.0, "cap": 1.0, "t2v": 1.5, "phr": 0.5}


def read_lines(folder: Path) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    """Training and development lines of each kind; the split is the same every time."""
    train: dict[str, list[str]] = {}
    dev: dict[str, list[str]] = {}
    for kind in KINDS:
        with lzma.open(folder / f"train_{kind}.txt.xz", "rt", encoding="utf-8", newline="\n") as file:
            lines = file.read().rstrip("\n").split("\n")
        train[kind], dev[kind] = split_lines(lines)
    return train, dev
