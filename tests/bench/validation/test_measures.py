"""The measures of the kit, on pictures whose answers are known."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw

from triptych.bench.validation.measures import around, ciede2000, colours_off, contours_found, joints_found, to_lab

# Pairs 1, 7, 9, 17, 21 and 34 of Sharma, Wu and Dalal.
PAIRS = [
    ((50.0, 2.6772, -79.7751), (50.0, 0.0, -82.7485), 2.0425),
    ((50.0, 0.0, 0.0), (50.0, -1.0, 2.0), 2.3669),
    ((50.0, 2.4900, -0.0010), (50.0, -2.4900, 0.0009), 7.1792),
    ((50.0, 2.5, 0.0), (73.0, 25.0, -18.0), 27.1492),
    ((50.0, 2.5, 0.0), (50.0, 3.1736, 0.5854), 1.0000),
    ((2.0776, 0.0795, -1.1350), (0.9033, -0.0636, -0.5514), 0.9082),
]


@pytest.mark.parametrize(("one", "other", "expected"), PAIRS)
def test_colour_differences_are_those_of_the_paper(one: tuple, other: tuple, expected: float) -> None:
    """To four places, in both directions."""
    a, b = np.array(one), np.array(other)
    assert ciede2000(a, b) == pytest.approx(expected, abs=1e-4)
    assert ciede2000(b, a) == pytest.approx(expected, abs=1e-4)


def test_lab_of_the_corners() -> None:
    """White is (100, 0, 0), black is (0, 0, 0), red is as CIELAB has it."""
    lab = to_lab(np.array([[255, 255, 255], [0, 0, 0], [255, 0, 0]], np.uint8))
    assert np.allclose(lab, [[100, 0, 0], [0, 0, 0], [53.24, 80.09, 67.20]], atol=0.05)


def test_contours_are_found_where_they_are() -> None:
    """A disc's outline is found in its picture, not in an even one, and half of it where half is covered."""
    image = Image.new("RGB", (128, 128), "white")
    ImageDraw.Draw(image).ellipse((24, 24, 104, 104), fill="navy")
    outline = Image.new("1", (32, 32))
    ImageDraw.Draw(outline).ellipse((6, 6, 26, 26), outline=1)
    edges = np.asarray(outline)
    assert contours_found(edges, image) > 0.9
    assert contours_found(edges, Image.new("RGB", (128, 128), "white")) == 0
    image.paste("white", (64, 0, 128, 128))
    assert 0.4 < contours_found(edges, image) < 0.8


def test_colours_are_compared_on_their_grid() -> None:
    """Equal averages are 0 apart, whatever is inside of a cell."""
    colours = np.random.default_rng(1).integers(0, 256, (4, 5, 3)).astype(np.uint8)
    image = Image.fromarray(colours).resize((160, 128), Image.Resampling.NEAREST)
    assert colours_off(colours, image) < 0.3
    assert colours_off(255 - colours, image) > 10


def test_joints_are_found_near_their_places(person: np.ndarray) -> None:
    """All of a person who is there, half of those whose other half moved away, none without anybody."""
    people = person[None] / 256
    moved = people.copy()
    moved[0, :9] += 0.5
    assert joints_found(people, people + 0.01, (512, 512)) == 1
    assert joints_found(people, moved, (512, 512)) == 0.5
    assert joints_found(people, np.empty((0, 18, 2)), (512, 512)) == 0


def test_around_people_is_where_they_are(person: np.ndarray) -> None:
    """Their limbs and some pixels more, not the corners."""
    there = around(person[None] / 256, (128, 64))
    assert there.shape == (64, 128) and there[30, 64] and not there[0, 0] and not there[-1, -1]
