"""The embedded network: any subset of layers, any size, the same picture each time."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from triptych.codec.decode import Conditioning, find_decoder
from triptych.decoders.miniature import MiniatureDecoder


def _person() -> np.ndarray:
    """Somebody who stands upright in the middle and has no left arm."""
    x = np.array([50, 50, 42, 40, 39, 58, np.nan, np.nan, 45, 45, 45, 55, 55, 55, 48, 52, 46, 54]) / 100
    y = np.array([15, 25, 25, 40, 52, 25, np.nan, np.nan, 55, 75, 94, 55, 75, 94, 13, 13, 14, 14]) / 100
    return np.stack([x, y], 1)


def _scene(width: int = 200, height: int = 150) -> Conditioning:
    edges = np.zeros((45, 60), bool)
    edges[22, 4:50] = edges[5:40, 31] = True
    colours = np.random.default_rng(5).integers(40, 216, (6, 8, 3), dtype=np.uint8)
    return Conditioning(
        width, height, prompt="a red boat on a quiet lake", edges=edges, people=_person()[None], colours=colours, seed=3
    )


@pytest.fixture(scope="module")
def miniature() -> MiniatureDecoder:
    return MiniatureDecoder()


LAYERS = ("prompt", "edges", "people", "colours")


@pytest.mark.parametrize("kept", [k for n in range(5) for k in itertools.combinations(LAYERS, n)], ids="+".join)
def test_every_subset_of_layers_gives_a_picture(miniature: MiniatureDecoder, kept: tuple[str, ...]) -> None:
    """Whatever is missing, the result has the right size and type."""
    given = replace(_scene(), **{name: None for name in LAYERS if name not in kept})
    made = miniature.decode(given)
    assert made.shape == (150, 200, 3)
    assert made.dtype == np.uint8


@pytest.mark.parametrize("size", [(1, 1), (7, 300), (511, 97), (1500, 40), (129, 1100)])
def test_every_size_is_kept(miniature: MiniatureDecoder, size: tuple[int, int]) -> None:
    """Odd, tiny, long and large pictures come back at exactly their size."""
    assert miniature.decode(_scene(*size)).shape == (size[1], size[0], 3)


def test_the_same_seed_gives_the_same_picture(miniature: MiniatureDecoder) -> None:
    """A second decoder paints the same bytes; another seed paints another texture of the same scene."""
    given = _scene()
    first = miniature.decode(given)
    assert np.array_equal(first, MiniatureDecoder().decode(given))
    other = miniature.decode(replace(given, seed=4)).astype(int)
    assert not np.array_equal(first, other)
    assert np.abs(first - other).mean() < 12


def test_colours_are_kept(miniature: MiniatureDecoder) -> None:
    """Averages over the cells of the colour map stay near the map."""
    given = replace(_scene(256, 192), edges=None, people=None)
    made = Image.fromarray(miniature.decode(given))
    cells = np.asarray(made.resize((8, 6), Image.Resampling.BOX)).astype(int)
    smooth = np.asarray(Image.fromarray(given.colours).resize((256, 192), Image.Resampling.BICUBIC))
    wanted = np.asarray(Image.fromarray(smooth).resize((8, 6), Image.Resampling.BOX)).astype(int)
    assert np.abs(cells - wanted).mean() < 16


@pytest.mark.parametrize("pattern", [(1, 0), (0, 1), (1, 1)], ids=["columns", "rows", "checkerboard"])
def test_there_is_no_pattern_of_two_pixels(miniature: MiniatureDecoder, pattern: tuple[int, int]) -> None:
    """What upsampling in networks is known for is not there: neither stripes nor a checkerboard of single pixels."""
    given = replace(_scene(320, 240), colours=np.full((6, 8, 3), 120, np.uint8))
    y, x = np.mgrid[:240, :320]
    sign = (-1) ** (pattern[0] * x + pattern[1] * y)
    made = miniature.decode(given).astype(float)
    assert np.abs((made * sign[..., None]).mean((0, 1))).max() < 0.25


def test_every_layer_changes_the_picture(miniature: MiniatureDecoder) -> None:
    """The network looks at colours, edges and people; of prompts it learned its pictures, so it is told none."""
    given = replace(_scene(), people=None)
    whole = miniature.decode(given).astype(int)
    assert np.array_equal(miniature.decode(replace(given, prompt=None)), whole)
    for name in ("edges", "colours"):
        assert np.abs(miniature.decode(replace(given, **{name: None})) - whole).mean() > 0.05, name
    alone = replace(given, edges=None)
    assert np.abs(miniature.decode(replace(alone, people=_scene().people)) - miniature.decode(alone)).mean() > 1


def test_it_is_a_decoder_by_name() -> None:
    """`find_decoder` knows it."""
    assert isinstance(find_decoder("miniature"), MiniatureDecoder)
