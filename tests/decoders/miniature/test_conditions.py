"""What the network is given."""

from __future__ import annotations

import numpy as np

from triptych.codec.decode import Conditioning
from triptych.decoders.miniature.conditions import conditions_of, strokes_of
from triptych.decoders.miniature.figures import outline_people


def _people(count: int = 1) -> np.ndarray:
    x = np.array([50, 50, 42, 36, 30, 58, 64, 70, 45, 45, 45, 55, 55, 55, 48, 52, 46, 54]) / 100
    y = np.array([15, 25, 25, 40, 52, 25, 40, 52, 55, 75, 94, 55, 75, 94, 13, 13, 14, 14]) / 100
    return np.stack([np.stack([x + 0.2 * i, y], 1) for i in range(count)])


def test_strokes_lie_where_the_edges_are() -> None:
    """A column of a raster becomes a thin line at the middle of that column."""
    edges = np.zeros((32, 32), bool)
    edges[:, 8] = True
    strokes = strokes_of(edges, 128, 128)
    assert strokes.shape == (128, 128)
    bright = np.flatnonzero(strokes[64] > 64)
    assert 1 <= len(bright) <= 3
    assert abs(bright.mean() - 33.5) < 1


def test_no_edges_give_no_strokes() -> None:
    """None and an empty raster are both an empty plane."""
    assert not strokes_of(None, 20, 30).any()
    assert strokes_of(np.zeros((4, 4), bool), 20, 30).shape == (30, 20)


def test_missing_layers_are_zero() -> None:
    """Without edges there are no strokes; a prompt is not told; the painting is there."""
    colours = np.full((2, 2, 3), 200, np.uint8)
    alone = conditions_of(Conditioning(32, 48, colours=colours), 32, 48)
    assert alone.painted.shape == (1, 3, 48, 32)
    assert np.allclose(alone.painted, 200 / 127.5 - 1, atol=0.02)
    assert not alone.strokes.any()
    given = Conditioning(32, 48, colours=colours, edges=np.eye(16, dtype=bool), prompt="a cat")
    whole = conditions_of(given, 32, 48)
    assert whole.strokes.any() and not whole.text.any()


def test_noise_follows_from_the_seed() -> None:
    """It is that of numpy's PCG64, row by row."""
    given = Conditioning(16, 16, colours=np.zeros((1, 1, 3), np.uint8), seed=7)
    noise = conditions_of(given, 16, 16).noise
    wanted = np.random.Generator(np.random.PCG64(7)).standard_normal(3, np.float32)
    assert np.array_equal(noise.ravel()[:3], wanted)


def test_people_become_an_outline() -> None:
    """The outline of a body is closed: nothing leaks from inside the trunk to the corner."""
    from scipy import ndimage

    outline = outline_people(_people(), 256, 256)
    assert outline.shape == (128, 128)
    regions, _ = ndimage.label(~outline)
    assert regions[50, 64] != regions[0, 0]
    assert regions[50, 64] != 0


def test_a_person_in_front_hides_the_one_behind() -> None:
    """Where bodies overlap only the later one's outline is drawn."""
    both, later = outline_people(_people(2), 256, 256), outline_people(_people(2)[1:], 256, 256)
    assert (both & later).sum() == later.sum()


def test_a_person_of_few_joints_is_drawn() -> None:
    """Missing joints, and a head alone, are no error."""
    person = np.full((1, 18, 2), np.nan)
    assert not outline_people(person, 100, 50).any()
    person[0, 0] = 0.5, 0.5
    assert outline_people(person, 100, 50).any()
