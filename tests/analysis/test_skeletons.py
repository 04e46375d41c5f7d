"""Pictures of stick figures give back the keypoints they were drawn from."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from triptych.analysis.skeletons import read_skeletons
from triptych.errors import InputError
from triptych.raster.skeleton import draw_skeletons

# A person who stands, in fractions of a square.
STANDING = np.array(
    [
        (0.50, 0.14), (0.50, 0.26), (0.40, 0.27), (0.33, 0.40), (0.28, 0.52), (0.60, 0.27), (0.68, 0.38), (0.62, 0.50),
        (0.44, 0.54), (0.42, 0.72), (0.41, 0.90), (0.56, 0.54), (0.59, 0.71), (0.61, 0.90), (0.47, 0.11), (0.53, 0.11),
        (0.43, 0.13), (0.57, 0.13),
    ]
)  # fmt: skip


def _moved(person: np.ndarray, scale: float, x: float, y: float = 0.0) -> np.ndarray:
    """Smaller, about the middle, then moved."""
    moved: np.ndarray = (person - 0.5) * scale + 0.5 + (x, y)
    return moved


def _jpeg(pixels: np.ndarray, quality: int = 80) -> Image.Image:
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG", quality=quality)
    return Image.open(buffer)


def _check(found: np.ndarray, people: list[np.ndarray], size: tuple[int, int], tolerance: float) -> None:
    """As many people, and each joint within `tolerance` of 1/512 of the shorter side, in any order of the people."""
    assert len(found) == len(people)
    unit = np.array(size) / min(size) * 512
    left = list(found)
    for person in people:
        gaps = [np.abs(np.nan_to_num(other, nan=9) - np.nan_to_num(person, nan=9)) * unit for other in left]
        best = int(np.argmin([gap.mean() for gap in gaps]))
        assert gaps[best].max() <= tolerance, gaps[best].max(axis=1).round(1)
        left.pop(best)


@pytest.mark.parametrize("size", [(384, 384), (512, 512), (640, 384), (768, 1152), (1500, 1100)])
@pytest.mark.parametrize("lossy", [False, True])
def test_a_person_is_found_at_any_size(size: tuple[int, int], lossy: bool) -> None:
    """All 18 joints within 1.5 of 512 pixels, also out of a JPEG of quality 80."""
    pixels = draw_skeletons([STANDING], *size)
    found = read_skeletons(_jpeg(pixels) if lossy else Image.fromarray(pixels))
    _check(found, [STANDING], size, 1.5)


def test_small_pictures_without_loss() -> None:
    """At 192 pixels discs have a radius of 1.5."""
    found = read_skeletons(Image.fromarray(draw_skeletons([STANDING], 192, 192)))
    _check(found, [STANDING], (192, 192), 2.0)


@pytest.mark.parametrize("size", [(512, 512), (960, 720)])
def test_two_people_who_overlap_are_told_apart(size: tuple[int, int]) -> None:
    """Their arms cross; each joint goes to its own person, within 2 of 512 pixels."""
    people = [_moved(STANDING, 0.9, -0.12), _moved(STANDING, 0.9, 0.10, 0.05)]
    assert people[0][7, 0] > people[1][4, 0]
    _check(read_skeletons(_jpeg(draw_skeletons(people, *size))), people, size, 2.0)


def test_a_joint_under_a_limb_is_missing() -> None:
    """What another person's limb hides is not made up, and all else is there."""
    people = [_moved(STANDING, 0.9, -0.12), _moved(STANDING, 0.9, 0.13, 0.03)]
    picture = _jpeg(draw_skeletons(people, 512, 512))
    people[0][11] = np.nan  # the left hip, on which the other's right forearm lies
    _check(read_skeletons(picture), people, (512, 512), 2.0)


def test_several_people_of_several_sizes() -> None:
    """Near and far ones beside each other, some joints missing."""
    people = [_moved(STANDING, 0.5, -0.3), _moved(STANDING, 0.7, 0.05), _moved(STANDING, 0.4, 0.35, 0.1)]
    people[1][[4, 16]] = np.nan
    people[2][8:14] = np.nan
    _check(read_skeletons(_jpeg(draw_skeletons(people, 768, 512))), people, (768, 512), 2.0)


def test_parts_without_a_limb_between_them_are_one_person() -> None:
    """Without a neck nothing joins arms, legs and head."""
    person = STANDING.copy()
    person[1] = np.nan
    _check(read_skeletons(Image.fromarray(draw_skeletons([person], 512, 512))), [person], (512, 512), 1.5)


def test_parts_of_one_of_two_people_are_put_together() -> None:
    """The neck of one of them is missing; its parts are nearer to each other than to the other person."""
    people = [_moved(STANDING, 0.8, -0.2), _moved(STANDING, 0.8, 0.25)]
    people[1][1] = np.nan
    _check(read_skeletons(Image.fromarray(draw_skeletons(people, 512, 512))), people, (512, 512), 1.5)


def test_a_single_person_may_be_in_distant_parts() -> None:
    """Where no joint is there twice, there is one person."""
    person = np.full((18, 2), np.nan)
    person[[3, 4, 0, 14]] = (0.2, 0.8), (0.2, 0.6), (0.9, 0.3), (0.88, 0.25)
    _check(read_skeletons(Image.fromarray(draw_skeletons([person], 512, 512))), [person], (512, 512), 1.5)


def test_figures_may_be_thinner_than_the_size_says() -> None:
    """Some programs draw discs of radius 4 at 1024 pixels, too: there they are half as large."""
    small = Image.fromarray(draw_skeletons([STANDING], 512, 512))
    large = Image.new("RGB", (1024, 1024))
    large.paste(small, (0, 256))
    expected = (STANDING * 512 + (0, 256)) / 1024
    _check(read_skeletons(large), [expected], (1024, 1024), 1.5)


def test_a_black_picture_shows_nobody() -> None:
    """No one there is not an error."""
    assert read_skeletons(Image.new("RGB", (64, 48))).shape == (0, 18, 2)


def test_other_pictures_are_refused() -> None:
    """What is bright, or has areas of a joint's colour, is no picture of skeletons."""
    with pytest.raises(InputError, match="no picture of OpenPose skeletons"):
        read_skeletons(Image.new("RGB", (64, 48), (200, 180, 160)))
    red = Image.new("RGB", (512, 512))
    red.paste((255, 0, 0), (0, 0, 200, 200))
    with pytest.raises(InputError, match="large areas of one colour"):
        read_skeletons(red)
