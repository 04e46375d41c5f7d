"""What all tests share: how hard properties are tried, and a few small pictures."""

from __future__ import annotations

import os
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import settings
from PIL import Image, ImageDraw

from triptych.codec.picture import Picture, make_picture
from triptych.layers import EdgeLayer, PoseLayer, SemanticLayer, TextureLayer, grid_shape

pytest_plugins = ["fixtures.browser", "fixtures.detectors", "fixtures.diffusion", "fixtures.hub"]

# HYPOTHESIS_PROFILE=thorough tries twenty times as many new examples; the default repeats the same ones.
settings.register_profile("quick", max_examples=60, deadline=None, derandomize=True)
settings.register_profile("thorough", max_examples=1200, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))


def _person() -> np.ndarray:
    """One standing person in 1/256 of a square picture: int64 (18, 2)."""
    return np.array(
        [
            [128, 40],
            [128, 60],
            [112, 61],
            [104, 92],
            [100, 120],
            [144, 61],
            [152, 92],
            [157, 121],
            [118, 124],
            [117, 170],
            [116, 216],
            [138, 124],
            [139, 170],
            [141, 216],
            [124, 36],
            [132, 36],
            [119, 39],
            [137, 39],
        ],
        np.int64,
    )


@pytest.fixture
def person() -> np.ndarray:
    """One standing person, all 18 joints, in 1/256 of the picture: int64 (18, 2)."""
    return _person()


@pytest.fixture
def make() -> Callable[..., Picture]:
    """Makes a picture with all four layers on small grids, the same one for the same arguments."""

    def build(size: tuple[int, int] = (512, 512), text: str = "a red fox in the snow") -> Picture:
        rng = np.random.default_rng(1)
        rows, columns = grid_shape(size, 24)
        raster = np.zeros((rows, columns), bool)
        raster[rows // 2] = True
        colours = rng.integers(0, 256, (*grid_shape(size, 4), 3)).astype(np.uint8)
        layers = [
            SemanticLayer.from_text(text, size),
            TextureLayer.from_colours(colours, size, 12),
            PoseLayer.from_people(_person()[None], size),
            EdgeLayer.from_raster(raster, size),
        ]
        return make_picture(size, layers)

    return build


@pytest.fixture
def picture(make: Callable[..., Picture]) -> Picture:
    """A picture of 512 x 512 pixels with all four layers on small grids."""
    return make()


@pytest.fixture
def noise() -> Image.Image:
    """RGB, 160 x 160: blocks of noise, of which a still of a few hundred bytes shows little."""
    blocks = np.random.default_rng(3).integers(0, 256, (40, 40, 3), np.uint8)
    return Image.fromarray(blocks.repeat(4, 0).repeat(4, 1))


@pytest.fixture
def drawing() -> Callable[..., Image.Image]:
    """Draws an RGB picture of a size: a bright disc and a dark bar on a plain ground."""

    def draw(width: int = 96, height: int = 96) -> Image.Image:
        image = Image.new("RGB", (width, height), (60, 110, 170))
        pen = ImageDraw.Draw(image)
        pen.ellipse((width * 0.2, height * 0.15, width * 0.7, height * 0.65), fill=(240, 200, 60))
        pen.rectangle((width * 0.1, height * 0.8, width * 0.9, height * 0.9), fill=(40, 30, 30))
        return image

    return draw
