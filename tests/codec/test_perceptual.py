"""The perceptual distance: 0 for equal pictures, and larger for what looks more different."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image, ImageFilter

from triptych.codec.perceptual import perceptual_distance

Drawing = Callable[..., Image.Image]


@pytest.fixture
def photo(drawing: Drawing) -> Image.Image:
    """A drawing with some texture, 256 x 192 pixels."""
    image = np.asarray(drawing(256, 192), float)
    grain = np.random.default_rng(0).normal(0, 12, image.shape[:2])[..., None]
    return Image.fromarray((image + grain).clip(0, 255).astype(np.uint8))


def _noisy(image: Image.Image, sigma: float) -> Image.Image:
    values = np.asarray(image, float) + np.random.default_rng(1).normal(0, sigma, (image.height, image.width, 3))
    return Image.fromarray(values.clip(0, 255).astype(np.uint8))


def test_equal_pictures_have_no_distance(photo: Image.Image) -> None:
    """Exactly 0, in whatever mode they come."""
    assert perceptual_distance(photo, photo.copy()) == 0
    assert perceptual_distance(photo, photo.convert("RGBA")) == 0


def test_it_is_the_same_in_both_directions(photo: Image.Image) -> None:
    """For pictures of one size neither is the reference."""
    other = photo.filter(ImageFilter.GaussianBlur(3))
    assert perceptual_distance(photo, other) == pytest.approx(perceptual_distance(other, photo), rel=1e-12)


@pytest.mark.parametrize(
    "changed",
    [
        lambda image, level: image.filter(ImageFilter.GaussianBlur(level)),
        lambda image, level: _noisy(image, 5 * level),
        lambda image, level: Image.blend(image, Image.new("RGB", image.size, (255, 0, 255)), level / 20),
        lambda image, level: image.crop((level, 0, image.width + level, image.height)),
    ],
    ids=["blur", "noise", "tint", "shift"],
)
def test_more_of_a_change_is_further_away(photo: Image.Image, changed: Callable) -> None:
    """Blur, noise, tint and shift are each ordered by how strong they are."""
    distances = [perceptual_distance(photo, changed(photo, level)) for level in (1, 2, 4, 8)]
    assert distances[0] > 0 and distances == sorted(distances) and distances[-1] > 2 * distances[0]


def test_a_wrong_picture_is_further_than_a_poor_one(photo: Image.Image, drawing: Drawing) -> None:
    """Another picture is further away than the same one with its details gone; colour alone counts, too."""
    poor = perceptual_distance(photo, photo.filter(ImageFilter.GaussianBlur(4)))
    wrong = perceptual_distance(photo, photo.transpose(Image.Transpose.FLIP_TOP_BOTTOM))
    assert poor < wrong
    red, green, blue = photo.split()
    assert perceptual_distance(photo, Image.merge("RGB", (blue, green, red))) > 0.1


@pytest.mark.parametrize("size", [(1, 1), (16, 16), (20, 300), (1500, 700)])
def test_pictures_of_all_sizes_are_compared(size: tuple[int, int]) -> None:
    """Tiny ones on fewer scales, large ones reduced; another size is brought to that of the first."""
    one, other = (Image.effect_noise(size, sigma).convert("RGB") for sigma in (20, 60))
    assert perceptual_distance(one, one) == 0
    assert perceptual_distance(one, other.resize((33, 44))) > 0
