"""Trained statistics, shipped as integer tables; each is made by a script in training/."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import numpy as np


@cache
def load_table(name: str) -> dict[str, np.ndarray]:
    """The integer arrays of one table file."""
    with files(__name__).joinpath(f"{name}.npz").open("rb") as file, np.load(file) as archive:
        return {key: archive[key] for key in archive.files}
