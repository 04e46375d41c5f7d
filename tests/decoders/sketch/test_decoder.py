"""The decoder without a model: every subset of layers becomes a sensible picture."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from triptych.decoders.sketch import paint
from triptych.raster.diffuse import areas

RED, BLUE = np.array([220, 40, 40]), np.array([40, 60, 210])


def _cell_means(picture: np.ndarray, ch: int, cw: int) -> np.ndarray:
    h, w, _ = picture.shape
    return np.einsum("ab,bcd,ec->aed", areas(ch, h), picture.astype(np.float32), areas(cw, w))


def _two_halves(size: int, at: int, cells: int) -> np.ndarray:
    picture = np.empty((size, size, 3), np.uint8)
    picture[:, :at], picture[:, at:] = RED, BLUE
    return np.rint(_cell_means(picture, cells, cells)).astype(np.uint8)


def _column(gh: int, gw: int, column: int) -> np.ndarray:
    edges = np.zeros((gh, gw), bool)
    edges[:, column] = True
    return edges


def _person() -> np.ndarray:
    turn = np.linspace(0, 2 * np.pi, 18, endpoint=False)
    person = np.stack([0.5 + 0.3 * np.cos(turn), 0.5 + 0.3 * np.sin(turn)], axis=1)
    person[4] = np.nan
    return person


def _scene() -> dict[str, object]:
    rng = np.random.default_rng(5)
    edges = _column(24, 40, 13)
    edges[7, 13:30] = True
    return {
        "prompt": "a red boat on a quiet lake, oil painting",
        "edges": edges,
        "people": [_person()],
        "colours": rng.integers(0, 256, (5, 7, 3), dtype=np.uint8),
    }


def test_an_edge_inside_a_cell_becomes_a_sharp_step() -> None:
    """Two flat halves that meet within a colour cell come back flat, with the step where the edge is."""
    # Column 59 of 128 spans pixels 236..239: within the cell of pixels 224..255.
    picture = paint(512, 512, edges=_column(128, 128, 59), colours=_two_halves(512, 238, 16)).astype(int)
    rows = picture[20:-20]
    assert np.abs(rows[:, :235] - RED).max() < 16
    assert np.abs(rows[:, 241:] - BLUE).max() < 16
    # Without the edge, the same colours blur over most of the cell.
    blurred = paint(512, 512, colours=_two_halves(512, 238, 16)).astype(int)
    assert np.abs(blurred[256, 232] - RED).max() > 25


def test_there_is_no_seam_along_a_strong_edge() -> None:
    """Across a step every colour lies between the two sides: no dark or bright line."""
    picture = paint(512, 512, edges=_column(128, 128, 59), colours=_two_halves(512, 238, 16)).astype(int)
    line = picture[256, 200:280]
    assert (line >= np.minimum(RED, BLUE) - 16).all() and (line <= np.maximum(RED, BLUE) + 16).all()


def test_steps_along_a_slanted_edge_are_not_blocky() -> None:
    """The step along a slanted edge follows the line, not the staircase of the grid."""
    y, x = np.mgrid[:512, :512]
    left = x < 150 + y / 3
    original = np.where(left[..., None], RED, BLUE).astype(np.uint8)
    rows = np.arange(128)
    edges = np.zeros((128, 128), bool)
    edges[rows, ((150 + (4 * rows + 2) / 3) / 4).astype(int)] = True
    colours = np.rint(_cell_means(original, 16, 16)).astype(np.uint8)
    picture = paint(512, 512, edges=edges, colours=colours)
    step = (picture[..., 0] > 130).argmin(axis=1)[16:-16]
    fit = np.polyval(np.polyfit(np.arange(len(step)), step, 1), np.arange(len(step)))
    assert np.abs(step - fit).max() < 2.5


def test_an_open_edge_fades_out_at_its_end() -> None:
    """Past the end of an edge, colours pass over smoothly."""
    edges = _column(128, 128, 59)
    edges[64:] = False
    picture = paint(512, 512, edges=edges, colours=_two_halves(512, 238, 16)).astype(int)
    jump = np.abs(np.diff(picture[..., 0], axis=1)).max(axis=1)
    assert jump[100] > 60 and jump[400] < 25
    assert np.abs(np.diff(picture[:, 238], axis=0)).max() < 60


@pytest.mark.parametrize("with_edges", [False, True])
def test_cell_averages_are_honoured(with_edges: bool) -> None:
    """Averaged over the colour cells, the picture gives the colour grid back to within a few levels."""
    turn = np.linspace(0, 3, 16)
    colours = np.stack([128 + 60 * np.sin(turn[:, None] + k + turn[None] * k) for k in range(3)], axis=-1)
    colours = np.rint(colours).astype(np.uint8)
    edges = None
    if with_edges:
        edges = _column(128, 128, 51)
        edges[70, 20:100] = True
    picture = paint(512, 512, edges=edges, colours=colours)
    assert np.abs(_cell_means(picture, 16, 16) - colours).mean() < 3


def test_colours_alone_are_smooth() -> None:
    """A ramp of colours comes out as a ramp without visible cells."""
    ramp = np.linspace(20, 230, 8).astype(np.uint8)
    picture = paint(256, 256, colours=np.broadcast_to(ramp[None, :, None], (8, 8, 3))).astype(int)
    steps = np.diff(picture[128, :, 0])
    assert steps.min() >= -1 and steps.max() <= 2


def test_flat_colours_stay_flat_whatever_the_edges() -> None:
    """With one colour everywhere, edges add thin ink but nothing else."""
    edges = _scene()["edges"]
    picture = paint(200, 120, edges=edges, colours=np.full((4, 4, 3), 90, np.uint8))
    assert (np.abs(picture.astype(int) - 90) <= 1).mean() > 0.9
    assert picture.max() <= 91


SUBSETS = [names for n in range(5) for names in itertools.combinations(_scene(), n)]


@pytest.mark.parametrize("names", SUBSETS, ids="+".join)
def test_every_subset_gives_a_picture_and_always_the_same(names: tuple[str, ...]) -> None:
    """Any subset of the layers gives uint8 of the right shape, twice the same."""
    layers = {name: _scene()[name] for name in names}
    picture = paint(160, 96, **layers)
    assert picture.shape == (96, 160, 3) and picture.dtype == np.uint8
    assert (picture == paint(160, 96, **layers)).all()


SIZES = [(1, 1), (1, 700), (700, 1), (17, 3), (640, 426), (2300, 1500)]


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("grid", [(1, 1), (1, 40), (24, 40)], ids=str)
def test_any_size_and_grid(size: tuple[int, int], grid: tuple[int, int]) -> None:
    """All layers together fit every size and grid, from one pixel up."""
    edges = np.zeros(grid, bool)
    edges[:, grid[1] // 2] = True
    layers = _scene() | {"edges": edges}
    assert paint(*size, **layers).shape == (size[1], size[0], 3)


@pytest.mark.parametrize("subset", ["colours", "edges", "prompt", "people"])
def test_each_layer_alone_fits_small_and_odd_sizes(subset: str) -> None:
    """One layer alone also fits sizes from one pixel up."""
    for size in SIZES[:5]:
        assert paint(*size, **{subset: _scene()[subset]}).shape == (size[1], size[0], 3)


@pytest.mark.parametrize("value", [True, False])
@pytest.mark.parametrize("grid", [(1, 1), (3, 90), (128, 128)], ids=str)
def test_edges_everywhere_or_nowhere_are_no_edges_for_colours(value: bool, grid: tuple[int, int]) -> None:
    """A raster without outlines changes nothing about the colours, and alone gives a picture."""
    colours = np.asarray(_scene()["colours"])
    edges = np.full(grid, value)
    assert (paint(90, 60, edges=edges, colours=colours) == paint(90, 60, colours=colours)).all()
    assert paint(90, 60, edges=edges).shape == (60, 90, 3)


def test_colour_grids_finer_than_the_edges_or_the_picture() -> None:
    """Neither a colour grid finer than the edge grid nor one finer than the picture is a problem."""
    colours = np.random.default_rng(1).integers(0, 256, (40, 30, 3), dtype=np.uint8)
    edges = _column(3, 5, 2)
    for size in ((12, 9), (200, 300)):
        for layer in (None, edges):
            picture = paint(*size, edges=layer, colours=colours)
            assert np.abs(picture.mean(axis=(0, 1)) - colours.mean(axis=(0, 1))).max() < 12


def test_edges_alone_are_dark_strokes_on_light_paper() -> None:
    """Most of the picture is paper, and the stroke lies where the edge is."""
    picture = paint(512, 512, edges=_column(128, 128, 59))
    assert (picture > 235).all(axis=2).mean() > 0.98
    assert abs(int(picture[256, :, 0].argmin()) - 238) <= 1
    assert picture.min() < 90


def test_people_alone_stand_on_grey_and_nothing_is_grey() -> None:
    """Without other layers the background is mid-grey; with none at all, or nobody, that is all."""
    assert (paint(64, 48) == 128).all()
    assert (paint(64, 48, people=[], prompt=" ") == 128).all()
    picture = paint(256, 256, people=[_person()])
    assert (picture[0] == 128).all() and (picture != 128).any()


def test_a_prompt_alone_is_legible_text_of_its_own_colour() -> None:
    """The card has dark letters on a light ground, differs between prompts, and takes any text."""
    a, b = (paint(300, 200, prompt=text) for text in ("a cat", "a dog"))
    assert a.min() < 110 and a[0, 0].min() > 180 and (a[0, 0] != b[0, 0]).any()
    for text in ("x" * 3000, "many words " * 2000, "猫と犬\u0000\ud800", "line\nbreak\ttab"):
        assert paint(300, 200, prompt=text).shape == (200, 300, 3)


def test_a_prompt_changes_nothing_beside_other_layers() -> None:
    """With any other layer, the prompt has no effect."""
    colours = _scene()["colours"]
    assert (paint(50, 50, colours=colours, prompt="a cat") == paint(50, 50, colours=colours)).all()


def test_a_draft_is_nearly_the_painting() -> None:
    """Colours keep to their sides of a line in a draft, too, on grids of odd numbers of rows and columns."""
    colours, edges = _two_halves(64, 30, 8), _column(33, 35, 16)
    whole, draft = (paint(64, 64, edges=edges, colours=colours, draft=each).astype(int) for each in (False, True))
    assert 0 < np.abs(whole - draft).mean() < 4
    assert np.abs(draft[:, 4:26] - RED).mean() < 12 and np.abs(draft[:, 38:60] - BLUE).mean() < 12
