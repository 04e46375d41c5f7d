"""Edits of the colours."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from PIL import Image

from triptych import Picture, TextureLayer, edit
from triptych.codec.picture import make_picture
from triptych.colour import from_oklab, to_oklab
from triptych.edit.harmonic import harmonic
from triptych.errors import InputError

SIZE = (512, 512)


def _detailed(index: int, seed: int = 0) -> Picture:
    """A 16 x 16 colour map with as much detail as those of real pictures."""
    rng = np.random.default_rng(seed)
    small = Image.fromarray(rng.integers(0, 256, (6, 6, 3), np.uint8)).resize((16, 16), Image.Resampling.BICUBIC)
    return make_picture(SIZE, [TextureLayer.from_colours(np.asarray(small), SIZE, index)])


def _far(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.abs(a.astype(float) - b.astype(float)).mean(-1)


def test_grid_and_quality_index_are_kept(picture: Picture) -> None:
    """A painted layer starts with the same two bytes, and painting what is there changes no byte."""
    painted = edit.paint(picture, "0,0,50%,50%", "red")
    assert picture.texture.payload[:2] == painted.texture.payload[:2]
    assert picture is edit.blend(picture, "all", "red", 0.0)
    assert picture is edit.shift_colours(picture, "0,0,50%,50%")


@pytest.mark.parametrize("index", [8, 14, 20])
@pytest.mark.parametrize("box", ["50%,50%,57%,57%", "30%,30%,60%,60%", "0,0,100%,50%"])
def test_painted_cells_change_and_the_others_hardly_do(index: int, box: str) -> None:
    """Painted cells come near to the colour; the others drift by less than half of the quantisation step."""
    before = _detailed(index)
    inside = edit.find_region(box, SIZE).cells((16, 16), "grid")
    after = edit.paint(before, box, "gold").texture.colours
    step = 2 * 2 ** (index / 6)
    assert _far(after, np.array([255, 215, 0]))[inside].mean() < 1.3 * step
    assert _far(after, before.texture.colours)[~inside].mean() < step / 2


def test_the_old_texture_is_the_inverse(picture: Picture) -> None:
    """`replace_texture` with the picture before undoes every edit of colours exactly."""
    for change in (lambda p: edit.paint(p, "all", "red"), lambda p: edit.reduce_palette(p, 2)):
        assert picture.to_bytes() == edit.replace_texture(change(picture), picture).to_bytes()


@pytest.mark.parametrize("shift", [{"hue": 70}, {"lightness": 6}, {"temperature": 60}])
def test_opposite_shifts_bring_the_look_back(picture: Picture, shift: dict[str, float]) -> None:
    """A shift and its opposite end near where they began."""
    there = edit.shift_colours(picture, **shift)
    back = edit.shift_colours(there, **{name: -value for name, value in shift.items()})
    assert _far(there.texture.colours, picture.texture.colours).mean() > 6
    assert _far(back.texture.colours, picture.texture.colours).mean() < 6


def test_shifts_do_what_they_say(picture: Picture) -> None:
    """Hue 180 turns blue to yellow, saturation -100 gives grey, temperature and lightness move as named."""
    blue = edit.paint(picture, "all", (60, 90, 200))
    turned = edit.shift_colours(blue, hue=180).texture.colours.astype(int)
    assert (turned[..., 0] > turned[..., 2] + 40).all()
    grey = edit.shift_colours(picture, saturation=-100).texture.colours
    assert np.ptp(grey.astype(int), axis=2).max() <= 3
    warm, cold = (edit.shift_colours(picture, temperature=t).texture.colours.astype(int) for t in (80, -80))
    assert (warm[..., 0] - warm[..., 2]).mean() > (cold[..., 0] - cold[..., 2]).mean() + 60
    light = edit.shift_colours(picture, lightness=20).texture.colours
    assert light.mean() > picture.texture.colours.mean() + 25


def test_oklab_round_trips_and_stays_in_gamut() -> None:
    """Every colour comes back within half a level, and impossible ones keep their lightness and lose colour."""
    rng = np.random.default_rng(1)
    colours = np.concatenate([rng.integers(0, 256, (500, 3)), [[0, 0, 0], [255, 255, 255], [255, 0, 0], [0, 0, 255]]])
    assert np.abs(from_oklab(to_oklab(colours)) - colours).max() < 0.5
    strange = np.array([[0.5, 0.4, -0.4], [1.2, 0.3, 0.0], [-0.1, 0.2, 0.2], [0.9, -0.4, 0.4]])
    shown = from_oklab(strange)
    assert (shown >= 0).all() and (shown <= 255).all()
    assert np.abs(to_oklab(shown)[:, 0] - np.clip(strange[:, 0], 0, 1)).max() < 0.03


def test_a_filled_region_is_harmonic() -> None:
    """Filled cells are the mean of their neighbours, so a slope stays a slope and no new extreme appears."""
    x = np.arange(12)
    slope = np.stack([np.broadcast_to(20 * x, (12, 12))] * 3, 2).astype(np.uint8)
    hole = np.zeros((12, 12), bool)
    hole[3:9, 2:8] = hole[0:2, 5] = True
    damaged = np.where(hole[..., None], 255, slope).astype(np.uint8)
    filled = harmonic(damaged, hole)
    assert np.abs(filled - slope)[3:9].max() < 1e-6
    assert filled[hole].min() >= slope.min() and filled[hole].max() <= slope.max()


def test_matching_takes_over_mean_and_spread(picture: Picture, other: Picture, tmp_path: Path) -> None:
    """The mean colour becomes the other's, from a file, a picture or an image alike; amount 0 changes nothing."""
    goal = other.texture.colours.reshape(-1, 3).mean(0)
    path = tmp_path / "other.trp"
    other.save(path)
    matched = edit.match_palette(picture, path)
    assert np.abs(matched.texture.colours.reshape(-1, 3).mean(0) - goal).max() < 10
    assert matched.to_bytes() == edit.match_palette(picture, other).to_bytes()
    image = Image.new("RGB", (64, 64), (20, 200, 40))
    green = edit.match_palette(picture, image).texture.colours.reshape(-1, 3).mean(0)
    assert green[1] > green[0] + 100
    assert picture is edit.match_palette(picture, other, 0.0)


def test_a_palette_has_few_colours() -> None:
    """With a fine quality index, every cell is close to one of the colours asked for."""
    before = _detailed(0)
    named = edit.reduce_palette(before, "black+white+#ff0000").texture.colours.astype(int)
    distance = np.abs(named[:, :, None] - [[0, 0, 0], [255, 255, 255], [255, 0, 0]]).sum(-1).min(-1)
    assert np.percentile(distance, 95) < 24
    few = edit.reduce_palette(before, 4).texture.colours
    assert len({tuple(cell // 24) for cell in few.reshape(-1, 3).astype(int)}) <= 12


def test_replace_makes_a_layer_where_there_was_none(picture: Picture, tmp_path: Path) -> None:
    """A picture, a colour or another file gives colours to a file without any, on a grid of its shape."""
    bare = edit.drop_layers(picture, "texture")
    Image.new("RGB", (40, 30), "teal").save(tmp_path / "teal.png")
    plain, painted = edit.replace_texture(bare, "teal"), edit.replace_texture(bare, tmp_path / "teal.png")
    assert plain.to_bytes() == painted.to_bytes()
    assert (9 <= plain.texture.grid[0] <= 11) and (12 <= plain.texture.grid[1] <= 15)
    assert np.abs(plain.texture.colours.astype(int) - [0, 128, 128]).max() < 12


def test_levels_far_from_zero_stay_legal(made: ModuleType) -> None:
    """Painting black and white at the finest quality index stays within the levels that can be coded."""
    size = (128, 96)
    layer = made.texture(size, 6, 8, 0)
    start = make_picture(size, [layer])
    board = edit.paint(edit.paint(start, "all", "black"), "0,0,50%,100%", "white").texture.colours
    assert np.abs(board[:, :4].astype(int) - 255).max() <= 4 and board[:, 4:].max() <= 4


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda p: edit.paint(p, "all", "blurple"), "'blurple' is not a colour; try tomato"),
        (lambda p: edit.paint(p, "all", "#12345"), "is not a colour"),
        (lambda p: edit.paint(p, "all", (1, 2)), "is not a colour"),
        (lambda p: edit.paint(p, "all", (1, 2, 300)), "its numbers are 0 to 255"),
        (lambda p: edit.paint(p, "0,0,2,2", "red"), "centre of no cell of the colour map (16 x 16 pixels)"),
        (lambda p: edit.paint(p, "500,0,600,20", "red"), "outside the picture"),
        (lambda p: edit.fill(p, "all"), "nothing is left around it"),
        (lambda p: edit.blend(p, "all", "red", 1.5), "not 0 to 1"),
        (lambda p: edit.blend(p, "all", "no-such.trp", 0.5), "no-such.trp: cannot be read"),
        (lambda p: edit.shift_colours(p, saturation=-101), "a saturation of -101 is not -100 to 1000"),
        (lambda p: edit.shift_colours(p, hue=float("nan")), "a hue of nan"),
        (lambda p: edit.match_palette(p, p, 2), "not 0 to 1"),
        (lambda p: edit.match_palette(p, edit.drop_layers(p, "texture")), "has no texture layer"),
        (lambda p: edit.reduce_palette(p, 1), "not 2 to 64"),
        (lambda p: edit.reduce_palette(p, "+"), "no colours"),
        (lambda p: edit.reduce_palette(p, "red+bleu"), "'bleu' is not a colour"),
        (lambda p: edit.fill(edit.drop_layers(p, "texture"), "all"), "has no texture layer; it has: semantic"),
    ],
)
def test_wrong_arguments_are_refused(picture: Picture, change, says: str) -> None:
    """Each wrong argument gives one line."""
    with pytest.raises(InputError) as caught:
        change(picture)
    assert says in str(caught.value) and "\n" not in str(caught.value)
