"""Prompts as numbers, which the miniature is told in training alone."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

SCRIPT = Path(__file__).parents[2] / "training/miniature/words.py"


@pytest.fixture(scope="module")
def words() -> ModuleType:
    spec = importlib.util.spec_from_file_location("words_of_prompts", SCRIPT)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_words_that_go_together_have_like_vectors(words: ModuleType) -> None:
    """A prompt about the sea is nearer to one about waves than to one about cars."""
    known = words.load_words()
    sea, waves, cars = (known.describe(t) for t in ("ocean beach", "waves and sand", "a sports car engine"))
    assert sea @ waves > sea @ cars
    assert sea.shape == (words.TEXT,)
    assert abs(np.linalg.norm(sea) - 8) < 1e-4


def test_unknown_and_missing_words_are_zero(words: ModuleType) -> None:
    """No prompt, no letters and unknown words are the same: nothing known."""
    known = words.Words(["cat"], np.ones((1, words.TEXT), np.int8))
    assert not any(known.describe(text).any() for text in (None, "", "12, 34!", "dog"))
    assert np.array_equal(known.describe("Cat cat CAT"), known.describe("a cat."))


def test_words_are_runs_of_letters(words: ModuleType) -> None:
    """Digits, underscores and punctuation separate words, whatever the script."""
    assert words.split("Masterpiece, (best_quality:1.2) Größe 猫") == ["masterpiece", "best", "quality", "größe", "猫"]
