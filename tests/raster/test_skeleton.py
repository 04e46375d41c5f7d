"""People drawn as OpenPose stick figures."""

from __future__ import annotations

import numpy as np
import pytest

from triptych.raster.skeleton import COLOURS, LIMBS, draw_skeletons


def _person(**joints: tuple[float, float]) -> np.ndarray:
    person = np.full((18, 2), np.nan)
    for name, spot in joints.items():
        person[int(name[1:])] = spot
    return person


def test_a_joint_is_a_disc_of_its_colour() -> None:
    """Each joint alone gives a disc of radius 4 at 512 in its table colour on black."""
    for i, colour in enumerate(COLOURS):
        picture = draw_skeletons([_person(**{f"j{i}": (0.5, 0.25)})], 512, 512)
        assert picture[128, 256].tolist() == list(colour)
        area = (picture.max(axis=2) / 255).sum()
        assert area == pytest.approx(np.pi * 16, rel=0.15)


def test_a_limb_is_blended_over_the_background() -> None:
    """The middle of a limb has 60 % of its colour, the joints are opaque."""
    person = _person(j1=(0.2, 0.5), j2=(0.8, 0.5))
    picture = draw_skeletons([person], 512, 512)
    assert np.abs(picture[256, 256].astype(int) - [153, 0, 0]).max() <= 1
    assert picture[256, 102].tolist() == list(COLOURS[1])
    white = draw_skeletons([person], 512, 512, np.full((512, 512, 3), 255, np.uint8))
    assert np.abs(white[256, 256].astype(int) - [255, 102, 102]).max() <= 1
    assert 6 <= (picture[:, 256].max(axis=1) > 75).sum() <= 9


def test_limbs_join_the_right_joints() -> None:
    """Seventeen limbs, each drawn in its own colour exactly when both its joints are there."""
    assert len(LIMBS) == 17
    for i, (a, b) in enumerate(LIMBS):
        picture = draw_skeletons([_person(**{f"j{a}": (0.3, 0.3), f"j{b}": (0.7, 0.6)})], 256, 256)
        expected = np.round(0.6 * np.array(COLOURS[i]))
        assert np.abs(picture[115, 128] - expected).max() <= 1
    alone = draw_skeletons([_person(j2=(0.3, 0.3)), _person(j3=(0.7, 0.6))], 256, 256)
    assert not alone[115, 128].any()


def test_sizes_follow_the_shorter_side() -> None:
    """Twice the picture gives four times the area of a disc."""
    area = [(draw_skeletons([_person(j0=(0.5, 0.5))], 2 * n, n)[..., 0] / 255.0).sum() for n in (256, 512)]
    assert area[1] / area[0] == pytest.approx(4, rel=0.25)


def test_the_background_is_left_unchanged_and_edges_are_soft() -> None:
    """Drawing works on a copy and is anti-aliased."""
    background = np.zeros((200, 200, 3), np.uint8)
    picture = draw_skeletons([_person(j1=(0.1, 0.1), j2=(0.9, 0.7))], 200, 200, background)
    assert not background.any()
    assert len(np.unique(picture[..., 0])) > 4


@pytest.mark.parametrize("size", [(1, 1), (1, 300), (640, 3), (333, 217)])
def test_any_size_and_joints_outside_are_fine(size: tuple[int, int]) -> None:
    """Shape and dtype are right at every size, also for joints outside the picture."""
    person = np.linspace(-3, 4, 36).reshape(18, 2)
    person[3] = 1e12
    picture = draw_skeletons([person, np.full((18, 2), np.nan)], *size)
    assert picture.shape == (size[1], size[0], 3) and picture.dtype == np.uint8


def test_a_crowd_is_drawn_like_a_few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Many people are drawn in a quicker way, which gives the same figures, on a background that stays."""
    rng = np.random.default_rng(3)
    people = list(rng.random((9, 18, 2)) * 0.3 + rng.random((9, 1, 2)) * 0.7)
    people[2][4] = np.nan
    background = rng.integers(0, 256, (90, 120, 3)).astype(np.uint8)
    quick = draw_skeletons(people, 120, 90, background)
    monkeypatch.setattr("triptych.raster.skeleton._FEW", 9)
    careful = draw_skeletons(people, 120, 90, background)
    assert np.abs(quick.astype(int) - careful).mean() < 4
    assert ((quick == background) == (careful == background)).mean() > 0.95
