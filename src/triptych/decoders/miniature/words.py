"""A prompt as a few numbers: the average of vectors of its words."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from io import BytesIO

import numpy as np
from numpy.typing import NDArray

from ...typing import Floats

SIZE = 64


def split(text: str) -> list[str]:
    """Its words in lower case: runs of letters."""
    return re.findall(r"[^\W\d_]+", text.lower())


class Words:
    """Vectors of common words of prompts.

    `vocabulary`: the words. `vectors`: int8 (words, SIZE); words that occur in the same prompts have similar
    ones, and rare words have longer ones.
    """

    def __init__(self, vocabulary: list[str], vectors: NDArray[np.int8]) -> None:
        self._place = {word: number for number, word in enumerate(vocabulary)}
        self._vectors = vectors

    def describe(self, text: str | None) -> Floats:
        """float32 (SIZE,): of length 8, or zero if no word is known. Unknown words do not count."""
        known = [self._place[word] for word in set(split(text or "")) if word in self._place]
        if not known:
            return np.zeros(SIZE, np.float32)
        # Integers add up to the same in any order.
        total: Floats = self._vectors[known].astype(np.int64).sum(0).astype(np.float32)
        scale = np.float32(8 / max(1.0, float(np.sqrt((total.astype(np.float64) ** 2).sum()))))
        return total * scale


@cache
def load_words() -> Words:
    """The shipped vectors (training/miniature/words.py)."""
    data = BytesIO((files(__package__) / "words.npz").read_bytes())
    with np.load(data) as z:
        return Words(z["vocabulary"].item().split(" "), z["vectors"])
