"""Filters by banded matrices against windows that slide, and what else edges are found with."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from triptych.analysis.filters import across, blurred, down, eroded, gaussian, lanczos, maximum_3x3, sampled
from triptych.colour import cube_root


def _slid(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Each row weighted around each sample, mirrored beyond its ends."""
    radius = len(weights) // 2
    wide = np.pad(values, [(0, 0), (radius, radius)], mode="symmetric")
    return np.stack([wide[:, i : i + len(weights)] @ weights for i in range(values.shape[1])], 1)


@pytest.mark.parametrize("sigma", [1.0, 3.0])
@pytest.mark.parametrize("length", [5, 40, 70])
def test_a_gaussian_is_a_window_that_slides(length: int, sigma: float) -> None:
    """Blurring and its derivative, in both directions, also where the window is wider than the plane."""
    values = np.random.default_rng(0).random((6, length))
    at = np.arange(-int(4 * sigma + 0.5), int(4 * sigma + 0.5) + 1)
    weights = np.exp(-0.5 * (at / sigma) ** 2) / np.exp(-0.5 * (at / sigma) ** 2).sum()
    for order, window in ((0, weights), (1, weights * at / sigma**2)):
        band = gaussian(length, sigma, order=order, exact=True)
        wanted = _slid(values, window)
        assert np.allclose(across(band, values), wanted) and np.allclose(down(band, values.T), wanted.T)


@pytest.mark.parametrize(("source", "length"), [(40, 52), (90, 33), (7, 60), (40, 40)])
def test_resizing_is_that_of_pillow(source: int, length: int) -> None:
    """Alone, and in one product with a Gaussian."""
    values = np.random.default_rng(2).random((3, source)).astype(np.float32)
    wanted = np.asarray(Image.fromarray(values).resize((length, 3), Image.Resampling.LANCZOS))
    assert np.allclose(values @ lanczos(source, length).T, wanted, atol=1e-5)
    both = across(gaussian(length, 1.0, order=1, source=source), values)
    assert np.allclose(both, across(gaussian(length, 1.0, order=1), wanted), atol=1e-5)


def test_cells_are_averages_of_the_blurred_plane() -> None:
    """Blurring and averaging in one product is the same as one after the other."""
    values = np.random.default_rng(1).random((24, 40)).astype(np.float32)
    fine = blurred(values, 3.0)
    assert np.allclose(blurred(values, 3.0, cell=4), fine.reshape(6, 4, 10, 4).mean((1, 3)), atol=1e-6)


def test_a_plane_is_sampled_between_its_pixels() -> None:
    """Whole numbers give the pixels, halves their average, and beyond the border nothing changes."""
    values = np.arange(12.0).reshape(3, 4)
    y, x = np.mgrid[:3, :4].astype(float)
    assert (sampled(values, y, x) == values).all()
    assert sampled(values, np.array([0.5, -3, 9]), np.array([1.5, 0.5, 9])).tolist() == [3.5, 0.5, 11]
    assert sampled(np.array([[7.0]]), np.array([2.0]), np.array([-1.0])).tolist() == [7]


def test_neighbourhoods() -> None:
    """The largest of nine, and what is left when a pixel is taken off all around, borders excepted."""
    values = np.zeros((4, 5), int)
    values[1, 1], values[3, 4] = 5, 2
    assert maximum_3x3(values).tolist() == [[5, 5, 5, 0, 0], [5, 5, 5, 0, 0], [5, 5, 5, 2, 2], [0, 0, 0, 2, 2]]
    mask = np.ones((3, 4), bool)
    mask[1, 3] = False
    assert eroded(mask).tolist() == [[1, 1, 1, 0], [1, 1, 0, 0], [1, 1, 1, 0]]


def test_the_quick_cube_root_is_one() -> None:
    """To a few millionths over the range of light, and small for black."""
    values = np.concatenate([np.geomspace(1e-9, 1, 500), np.linspace(0.01, 1, 500)]).astype(np.float32)
    assert np.abs(cube_root(values) / np.cbrt(values.astype(float)) - 1).max() < 2e-6
    assert 0 <= cube_root(np.zeros(1, np.float32))[0] < 2e-4
