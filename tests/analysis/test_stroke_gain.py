"""The network that says which edges help the decoder."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw

from triptych.analysis.edges import GAIN_PER_ENERGY, PREDICTION_WEIGHT, candidates, rank
from triptych.analysis.filters import maximum_3x3
from triptych.analysis.stroke_gain import COLOURS, MOST_CELLS, PLANES, planes, predict_gain
from triptych.raster.strokes import stroke_bits


def _window() -> Image.Image:
    """A dark frame on a bright wall: one contour that everybody sees."""
    image = Image.new("RGB", (256, 192), (210, 205, 190))
    ImageDraw.Draw(image).rectangle((60, 50, 180, 150), fill=(60, 70, 110))
    return image


@pytest.mark.parametrize("grid", [(1, 1), (2, 250), (48, 64), (63, 61)])
def test_every_grid_gets_a_value_for_each_cell(grid: tuple[int, int]) -> None:
    """Any grid, of sides that the network halves or not."""
    found = predict_gain(_window(), np.ones(grid, bool), np.full(grid, 0.1, np.float32))
    assert found.shape == grid and np.isfinite(found).all()


def test_the_network_sees_what_colours_do_not_show() -> None:
    """A picture that is as coarse as a colour map leaves only zeros in the fine planes."""
    flat = planes(
        Image.new("RGB", (90, 90), (200, 100, 50)),
        np.zeros((COLOURS, COLOURS), bool),
        np.zeros((COLOURS, COLOURS), np.float32),
    )
    assert flat.shape == (1, PLANES, COLOURS, COLOURS) and flat.dtype == np.float32
    assert not flat[0, :48].any()
    assert np.allclose(flat[0, 48:51, 0, 0], np.array([200, 100, 50]) / 127.5 - 1, atol=0.01)


def test_fine_planes_hold_the_pixels_of_their_cell() -> None:
    """Channel by channel, rows before columns, as training unfolds them."""
    rng = np.random.default_rng(3)
    image = Image.fromarray(rng.integers(0, 256, (8 * 4, 12 * 4, 3), dtype=np.uint8))
    found = planes(image, np.zeros((8, 12), bool), np.zeros((8, 12), np.float32))[0]
    wanted = np.asarray(image, np.float32)[4:8, 8:12].transpose(2, 0, 1) / 127.5 - 1
    assert np.allclose(found[:48, 1, 2].reshape(3, 4, 4) + found[48:51, 1, 2][:, None, None], wanted, atol=1e-5)


def test_large_grids_are_looked_at_on_coarser_ones() -> None:
    """The network sees at most so many cells, and what it says of one holds for all that lie in it."""
    image, grid = _window(), (150, 200)
    pixels, energy = candidates(image, grid)
    mask = np.zeros(grid, bool)
    mask.ravel()[np.concatenate(pixels)] = True
    found = predict_gain(image, mask, energy)
    assert found.shape == grid and found.dtype == np.float32
    assert len(np.unique(found)) <= MOST_CELLS * 1.05 < mask.size
    fewer = np.abs(np.diff(found, axis=0)).max(1) > 0, np.abs(np.diff(found, axis=1)).max(0) > 0
    assert [int(changes.sum()) + 1 for changes in fewer] == [114, 152]


def test_a_strong_contour_is_worth_more_than_faint_grain() -> None:
    """The outline of a window comes before the scratches on the wall."""
    image = _window()
    draw = ImageDraw.Draw(image)
    for x in range(6, 250, 11):
        draw.line((x, 8, x + 5, 30), fill=(206, 201, 187))
    strokes = rank(image, *candidates(image, (96, 128)))
    rows, columns = np.nonzero(strokes.label == 1)
    assert len(strokes) > 1
    assert rows.min() > 18 and len(rows) > 50 and np.ptp(columns) > 30


def test_gain_is_prediction_and_strength_per_bit() -> None:
    """What the network says along a stroke and what its energy lets expect, divided by what the stroke costs."""
    image, grid = _window(), (96, 128)
    pixels, energy = candidates(image, grid)
    strokes = rank(image, pixels, energy)
    mask = np.zeros(grid, bool)
    mask.ravel()[np.concatenate(pixels)] = True
    brings = predict_gain(image, mask, energy).ravel() * (256 / 128 / 4)
    usual = GAIN_PER_ENERGY * (energy + maximum_3x3(energy)).ravel() / 2 * (256 / 128 / 4)
    each = PREDICTION_WEIGHT * brings + (1 - PREDICTION_WEIGHT) * usual
    found = sorted((each[p].sum() / stroke_bits(np.array(len(p))) for p in pixels), reverse=True)
    assert np.allclose(strokes.gain, [worth for worth in found if worth > 0], rtol=1e-5)
