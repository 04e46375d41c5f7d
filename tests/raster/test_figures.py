"""Pixels that hang together."""

from __future__ import annotations

import numpy as np

from triptych.raster.figures import figures_of, spread_labels, without_specks


def drawn(*rows: str) -> np.ndarray:
    return np.array([[character == "#" for character in row] for row in rows])


def test_figures_hang_together_at_corners_too() -> None:
    """They are numbered in reading order, however they wind."""
    raster = drawn("#..##", ".#...", "....#", "###.#", "#.#.#", "..###")
    found = [[1, 0, 0, 2, 2], [0, 1, 0, 0, 0], [0, 0, 0, 0, 3], [3, 3, 3, 0, 3], [3, 0, 3, 0, 3], [0, 0, 3, 3, 3]]
    assert figures_of(raster).tolist() == found
    assert figures_of(np.zeros((2, 3), bool)).tolist() == [[0, 0, 0]] * 2
    assert figures_of(np.ones((2, 3), bool)).tolist() == [[1, 1, 1]] * 2


def test_specks_go() -> None:
    """Figures of fewer pixels than wanted, and nothing else."""
    raster = drawn("#..##", "...#.", ".#...")
    assert without_specks(raster, 3).tolist() == drawn("...##", "...#.", ".....").tolist()
    assert without_specks(raster, 1).tolist() == raster.tolist()


def test_labels_spread_along_a_raster() -> None:
    """A pixel without a label gets that of a neighbour; where no label is near it stays without."""
    label = np.array([[5, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0]], np.int32)
    raster = drawn("###..#", "......")
    assert spread_labels(label, raster).tolist() == [[5, 5, 5, 0, 0, 0], [0] * 6]
