"""What the encoder makes of pixels: as much as fits, on few grids."""

from __future__ import annotations

import numpy as np
import pytest

from triptych.codec.proposals import EdgeProposal
from triptych.layers import EdgeLayer
from triptych.raster.strokes import Strokes


def _lines(grid: tuple[int, int], count: int) -> Strokes:
    """Level lines over the whole width, the upper ones better."""
    label = np.zeros(grid, np.int32)
    for number, row in enumerate(np.linspace(2, grid[0] - 3, count).astype(int), 1):
        label[row, 2:-2] = number
    return Strokes(label, np.linspace(2, 1, count))


@pytest.mark.parametrize("count", [3, 12, 40])
@pytest.mark.parametrize("most", [60, 150, 400])
def test_grids_grow_until_the_strokes_fill_them(count: int, most: int) -> None:
    """A few grids are looked at, each once, and what fits is taken; fewer lines get the finer grid."""
    seen: list[tuple[int, int]] = []

    def find(grid: tuple[int, int]) -> Strokes:
        seen.append(grid)
        return _lines(grid, min(count, grid[0] // 3))

    layer, note = EdgeProposal(find, (512, 512)).fitted(most)
    assert isinstance(layer, EdgeLayer) and layer.cost <= most and note is None
    assert len(seen) == len(set(seen)) <= 6
    assert layer.raster.any() and layer.raster.shape in seen


def test_a_picture_without_strokes_has_no_edges() -> None:
    """Nothing found is not the same as no room."""
    nothing = EdgeProposal(lambda grid: Strokes(np.zeros(grid, np.int32), np.zeros(0)), (512, 512))
    assert nothing.empty and nothing.fitted(200) == (None, "the picture has no edges")
    assert nothing.fitted(5) == (None, "the edges were left out: the budget is too small for them")


def test_what_is_left_of_ready_made_edges_is_told() -> None:
    """The strokes of a picture are the encoder's choice; those that somebody gave are not."""
    own, given = (EdgeProposal(lambda grid: _lines(grid, 30), (512, 512), ready_made=mine) for mine in (False, True))
    assert own.fitted(60)[1] is None
    assert "of 30 strokes were kept" in (given.fitted(60)[1] or "")
