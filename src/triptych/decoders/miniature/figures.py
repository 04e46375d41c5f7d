"""People as contours: where a pose is all that is known, the network gets the outline of a body."""

from __future__ import annotations

import numpy as np

from ...analysis.filters import eroded
from ...raster.bodies import fill_body

_CELLS = 128  # of the raster on the longer side


def outline_people(people: np.ndarray, width: int, height: int) -> np.ndarray:
    """The contours of bodies with these keypoints: bool (rows, columns).

    `people`: float (n, 18, 2), (x, y) in 0..1 of the picture, NaN where a joint is missing.
    """
    scale = _CELLS / max(width, height)
    columns, rows = max(1, round(width * scale)), max(1, round(height * scale))
    found = np.zeros((rows, columns), bool)
    for person in people:
        filled = fill_body(person, columns, rows)
        # One behind the other: the later one hides what is behind it.
        found = (found & ~filled) | (filled & ~eroded(filled))
    return found
