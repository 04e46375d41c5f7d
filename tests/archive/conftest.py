"""Small files with a prompt and a recipe."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import triptych

SIZE = (64, 64)
COLOURS = triptych.TextureLayer.from_colours(np.full((4, 4, 3), 120, np.uint8), SIZE, 20)


def _write(path: Path, prompt: str, *, day: int = 1, **recipe) -> Path:
    """A small file with colours, a prompt and a recipe, changed on a day of March 2026."""
    layers = [triptych.SemanticLayer.from_text(prompt, SIZE), COLOURS]
    if recipe:
        layers.append(triptych.RecipeLayer.from_recipe(triptych.Recipe(**recipe), SIZE))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(triptych.Picture(*SIZE, layers).to_bytes())
    time = 1_772_366_400 + 86_400 * (day - 1)  # noon of 1 March 2026, UTC
    os.utime(path, (time, time))
    return path


@pytest.fixture(scope="session")
def write() -> Callable[..., Path]:
    return _write
