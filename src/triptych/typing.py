"""Names for the arrays that pass between modules; shapes and units stand in each docstring."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[Any]
"""Of any type: where a caller's own array comes in."""

Bools: TypeAlias = NDArray[np.bool_]
"""A raster of edges, or a mask."""

Bytes8: TypeAlias = NDArray[np.uint8]
"""Pixels and colour maps, 0..255."""

Floats: TypeAlias = NDArray[np.floating[Any]]
"""Of single or double precision: coordinates, strengths, colours in OKLab."""

Ints: TypeAlias = NDArray[np.integer[Any]]
"""Of any width: labels, indices, coefficients."""
