"""The size that is painted, and the layers as the networks see them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from triptych.codec.decode import Conditioning
from triptych.decoders.diffusion.conditions import draw, layers_of, work_size
from triptych.raster.skeleton import draw_skeletons

Make = Callable[..., Conditioning]
SIZES = [(512, 512), (96, 64), (1920, 1080), (1080, 1920), (640, 480), (3000, 1000), (16384, 16384), (17, 31)]


@pytest.mark.parametrize(("pixels", "multiple"), [(512 * 512, 8), (1024 * 1024, 16)])
@pytest.mark.parametrize("size", SIZES)
def test_pictures_are_painted_at_the_native_area_in_their_shape(
    size: tuple[int, int], pixels: int, multiple: int
) -> None:
    """About as many pixels as the model was trained at, the file's shape to the rounding, multiples of 8 or 16."""
    w, h = work_size(*size, pixels, multiple)
    assert w % multiple == h % multiple == 0
    assert w * h == pytest.approx(pixels, rel=0.03)
    assert w / h == pytest.approx(size[0] / size[1], rel=0.03)


def test_extreme_shapes_are_painted_as_strips() -> None:
    """No side is more than 16 times the other one, so a file cannot ask for an endless picture."""
    assert work_size(16384, 16, 512 * 512, 8) == work_size(65536, 1, 512 * 512, 8) == (2048, 128)
    assert work_size(1, 65536, 512 * 512, 8) == (128, 2048)


@pytest.mark.parametrize("size", [512, 768, 1024])
def test_a_sketch_is_white_lines_of_five_pixels_on_black(size: int, condition: Make) -> None:
    """Black and white only in three equal channels, as wide as the adapters' training maps at any size."""
    sketch = draw(condition("edges"), "sketch", size, size)
    assert sketch.shape == (size, size, 3) and sketch.dtype == np.uint8
    assert (sketch[..., 0] == sketch[..., 2]).all() and np.unique(sketch).tolist() == [0, 255]
    lit = np.flatnonzero(sketch[:, size * 10 // 16, 0])
    assert 4 <= len(lit) <= 6 and abs(lit.mean() - size * 8.5 / 16) < size / 64


def test_soft_edges_grow_with_the_picture(condition: Make) -> None:
    """Grey at their borders, on the edges' places, twice as wide in a picture of twice the size."""
    for size in (512, 1024):
        soft = draw(condition("edges"), "softedge", size, size)
        assert soft.max() == 255 and len(np.unique(soft)) > 4 and (soft == 0).mean() > 0.9
        column = soft[:, size * 10 // 16, 0]
        assert abs(int(column.argmax()) - size * 8.5 / 16) < size / 128
        assert 1.5 <= column.sum() / 255 / size * 512 <= 4


def test_canny_lines_are_one_pixel_of_white(condition: Make) -> None:
    """Black and white only."""
    lines = draw(condition("edges"), "canny", 256, 128)
    assert lines.shape == (128, 256, 3) and np.unique(lines).tolist() == [0, 255]
    assert (lines[:, 160, 0] > 0).sum() == 1


def test_people_are_drawn_at_the_size_that_is_painted(condition: Make) -> None:
    """The stick figures are those of draw_skeletons, on black."""
    given = condition("people")
    figures = draw(given, "openpose", 200, 120)
    assert (figures == draw_skeletons(given.people, 200, 120)).all() and figures[0, 0].max() == 0


def test_colours_are_flat_cells_of_64_pixels(condition: Make) -> None:
    """16 x 16 colours become averages of four, 8 x 8 at 512 pixels; fewer colours stay as they are."""
    given = condition("colours")
    cells = draw(given, "cells", 512, 512)
    first = given.colours[:2, :2].reshape(4, 3).mean(0)
    assert np.abs(cells[:64, :64] - first).max() <= 1
    assert len(np.unique(cells.reshape(-1, 3), axis=0)) == 64
    wide = draw(given, "cells", 768, 320)
    assert [len(np.flatnonzero(np.abs(np.diff(wide.astype(int), axis=a)).max((1 - a, 2)))) for a in (0, 1)] == [4, 11]
    few = draw(condition("colours", colours=given.colours[:2, :3]), "cells", 512, 512)
    assert len(np.unique(few.reshape(-1, 3), axis=0)) == 6


def test_smooth_colours_have_no_cells(condition: Make) -> None:
    """Neighbouring pixels differ by little, and the averages stay."""
    given = condition("colours")
    smooth = draw(given, "smooth", 512, 256)
    assert smooth.shape == (256, 512, 3)
    assert np.abs(np.diff(smooth.astype(int), axis=1)).max() < 40
    assert np.abs(smooth.mean((0, 1)) - given.colours.mean((0, 1))).max() < 3


def test_layers_without_content_are_not_there(condition: Make) -> None:
    """What has no line and nobody on it is not drawn."""
    assert layers_of(condition()) == {"edges", "pose", "colours"}
    assert layers_of(condition("prompt")) == frozenset()
    assert layers_of(condition("prompt", edges=np.zeros((9, 9), bool), people=np.zeros((0, 18, 2)))) == frozenset()


@pytest.mark.parametrize(("size", "thick"), [((448, 448), 8), ((768, 512), 16), ((1024, 1024), 24), ((832, 1216), 24)])
def test_wide_figures_are_as_thick_as_their_network_wants(size: tuple[int, int], thick: int, condition: Make) -> None:
    """8 pixels times the factor that its authors publish: 1 below 500 pixels, then 2, and 3 from 1,000."""
    width, height = size
    person = np.full((18, 2), np.nan)
    person[8], person[9] = (0.5, 0.2), (0.5, 0.8)  # one upright limb
    given = condition("people", people=person[None], size=size)
    drawn = draw(given, "openpose-wide", width, height)
    assert abs(np.count_nonzero(drawn[height // 2].max(-1) > 75) - thick) <= 1
