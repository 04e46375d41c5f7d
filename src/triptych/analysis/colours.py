"""Colours from pixels: the average of each cell of a small grid."""

from __future__ import annotations

import numpy as np
from PIL import Image


def colour_grid(image: Image.Image, grid: tuple[int, int]) -> np.ndarray:
    """uint8 (rows, columns, 3): the average colour of each cell of an RGB picture, in sRGB values.

    Averages are taken of the sRGB values and not of linear light: a decoder compares colours as the eye
    does, and a linear average of a dark cell with a few highlights looks too bright (measured, see
    docs/decisions/0003-colour-averages.md).
    """
    rows, columns = grid
    return np.asarray(image.convert("RGB").resize((columns, rows), Image.Resampling.BOX))
