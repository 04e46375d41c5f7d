"""Encoding: budgets hold, notes tell what was lost, and the same input gives the same bytes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import triptych
from triptych.cli.main import main
from triptych.errors import BudgetError, InputError
from triptych.limits import MAX_TEXT_CHARS

PROMPT = "a bright disc above a dark bar, flat colours, minimal poster, highly detailed"


@pytest.fixture
def keypoints(person: np.ndarray, tmp_path: Path) -> Path:
    """OpenPose JSON with three people of different sizes."""
    people = []
    for scale in (1.0, 0.5, 0.25):
        points = person * scale / 256
        people.append({"pose_keypoints_2d": [v for x, y in points.tolist() for v in (x, y, 1)]})
    path = tmp_path / "people.json"
    path.write_text(json.dumps({"people": people}))
    return path


@pytest.mark.parametrize(
    ("size", "budget"),
    [
        ((16, 16), 25), ((16, 16), 60), ((16, 16), 300), ((17, 23), 40), ((17, 23), 150), ((64, 64), 25),
        ((64, 64), 96), ((64, 64), 655), ((16, 700), 30), ((16, 700), 200), ((900, 16), 45), ((900, 16), 400),
        ((200, 150), 35), ((200, 150), 250), ((333, 512), 70), ((333, 512), 655),
    ],
)  # fmt: skip
def test_a_budget_is_never_exceeded(
    drawing: Callable[..., Image.Image], keypoints: Path, size: tuple[int, int], budget: int
) -> None:
    """Whatever the size and the budget, the file fits or there is a BudgetError."""
    try:
        picture = triptych.encode(drawing(*size), prompt=PROMPT, people=keypoints, max_bytes=budget)
    except BudgetError as error:
        assert budget < 40 and "\n" not in str(error)
        return
    data = picture.to_bytes()
    assert len(data) <= budget
    assert triptych.Picture.from_bytes(data) == picture
    assert picture.size == size


@pytest.mark.parametrize("budget", [1, 5, 8, 12, 14, 15, 16, 18, 20, 24])
def test_tiny_budgets_give_a_file_or_say_that_nothing_fits(drawing: Callable[..., Image.Image], budget: int) -> None:
    """Budgets of a few bytes end in a valid file within them or in one line that says what was left out."""
    try:
        picture = triptych.encode(drawing(), prompt="a disc", max_bytes=budget)
    except BudgetError as error:
        assert f"{budget} bytes cannot hold any layer of a picture of 96 x 96 pixels" in str(error)
        assert "left out" in str(error) and "allow more bytes" in str(error)
    else:
        assert len(picture.to_bytes()) <= budget


@pytest.mark.parametrize("bpp", [0.01, 0.02, 0.1, 1.0])
def test_bits_per_pixel_are_never_exceeded(drawing: Callable[..., Image.Image], bpp: float) -> None:
    """A budget in bits per pixel holds for the whole file."""
    picture = triptych.encode(drawing(320, 240), prompt=PROMPT, bpp=bpp)
    assert picture.bpp <= bpp


@pytest.mark.parametrize(("size", "most"), [((16, 16), 96), ((256, 256), 163), ((512, 512), 655), ((1200, 1000), 1474)])
def test_the_default_budget_grows_with_the_picture_up_to_a_cap(
    drawing: Callable[..., Image.Image], size: tuple[int, int], most: int
) -> None:
    """By default 0.02 bits per pixel, at least 96 bytes and at most 1,474."""
    assert len(triptych.encode(drawing(*size), prompt=PROMPT).to_bytes()) <= most


@pytest.mark.parametrize("quality", [1, 25, 50, 75, 100])
def test_quality_gives_all_layers(drawing: Callable[..., Image.Image], quality: int) -> None:
    """A quality takes the bytes it takes, and nothing is left out for lack of room."""
    picture = triptych.encode(drawing(128, 128), prompt=PROMPT, quality=quality)
    assert picture.prompt == PROMPT and picture.texture is not None


def test_better_quality_takes_more_bytes() -> None:
    """Bytes rise with quality on a picture with something to say."""
    rng = np.random.default_rng(0)
    cells = Image.fromarray(rng.integers(0, 256, (12, 12, 3)).astype(np.uint8))
    noise = cells.resize((192, 192), Image.Resampling.BICUBIC)
    lengths = [len(triptych.encode(noise, quality=quality).to_bytes()) for quality in (10, 40, 70, 100)]
    assert lengths == sorted(lengths) and lengths[0] < lengths[-1] / 3


def test_every_layer_is_written_when_there_is_room(drawing: Callable[..., Image.Image], keypoints: Path) -> None:
    """A roomy budget keeps the whole prompt, all people, colours and edges, and has nothing to note."""
    picture = triptych.encode(drawing(512, 512), prompt=f"  {PROMPT}\n", people=keypoints, max_bytes=1600)
    assert picture.prompt == PROMPT
    assert picture.pose is not None and len(picture.pose.people) == 3
    assert picture.edges is not None and picture.edges.raster.any() and picture.texture is not None
    assert picture.notes == ()


def test_a_cut_prompt_is_noted(drawing: Callable[..., Image.Image]) -> None:
    """A prompt that would take too much is cut after a word, and a note has the numbers."""
    prompt = " ".join(f"word{i}" for i in range(300))
    picture = triptych.encode(drawing(), prompt=prompt, max_bytes=300)
    assert picture.prompt and prompt.startswith(picture.prompt) and prompt[len(picture.prompt)] == " "
    assert any(f"the prompt was cut from {len(prompt)} to" in note for note in picture.notes)


def test_a_prompt_over_the_limit_is_cut_to_it(drawing: Callable[..., Image.Image]) -> None:
    """More characters than a text may have are cut off, and a note says so."""
    picture = triptych.encode(drawing(), prompt="ab " * 2000, max_bytes=100_000)
    assert picture.prompt is not None and len(picture.prompt) <= MAX_TEXT_CHARS
    assert any("the prompt has 5999 characters; the first 4096 are kept" in note for note in picture.notes)


def test_layers_left_out_are_noted(drawing: Callable[..., Image.Image], keypoints: Path) -> None:
    """What does not fit at all is named."""
    picture = triptych.encode(drawing(), prompt=PROMPT, people=keypoints, max_bytes=30)
    notes = " ".join(picture.notes)
    for name, word in [("semantic", "prompt"), ("pose", "people"), ("texture", "colours"), ("edges", "edges")]:
        if name not in [layer.name for layer in picture.layers]:
            assert word in notes


def test_the_largest_people_are_kept(drawing: Callable[..., Image.Image], keypoints: Path) -> None:
    """When not all people fit, the largest are kept and counted."""
    picture = triptych.encode(drawing(), people=keypoints, max_bytes=100)
    assert picture.pose is not None and 1 <= len(picture.pose.people) < 3
    assert np.ptp(picture.pose.people[0, :, 1]) > 150
    assert any("largest of 3 people were kept" in note for note in picture.notes)


@pytest.mark.parametrize("layers", [["semantic"], ["texture"], ["edges"], ["pose"], ["texture", "edges"]])
def test_only_the_layers_asked_for_are_written(
    drawing: Callable[..., Image.Image], keypoints: Path, layers: list[str]
) -> None:
    """`layers` restricts what is written."""
    picture = triptych.encode(drawing(), prompt=PROMPT, people=keypoints, layers=layers, max_bytes=400)
    assert [layer.name for layer in picture.layers] == layers


def test_one_layer_alone_gets_the_whole_budget(drawing: Callable[..., Image.Image]) -> None:
    """A prompt alone may fill the file."""
    text = " ".join(f"unlikely{i}" for i in range(40))
    picture = triptych.encode(drawing(), prompt=text, layers=["semantic"], max_bytes=200)
    assert picture.prompt is not None and len(picture.to_bytes()) > 150


@pytest.mark.parametrize("prompt", [None, "", "  \n "])
def test_blank_prompts_are_no_prompt(drawing: Callable[..., Image.Image], prompt: str | None) -> None:
    """Nothing to say takes no layer."""
    assert triptych.encode(drawing(), prompt=prompt).semantic is None


def test_a_plain_picture_has_no_edges() -> None:
    """A picture of one colour gets colours and a note that it has no edges."""
    picture = triptych.encode(Image.new("RGB", (128, 128), (90, 120, 30)))
    assert picture.edges is None and any("no edges" in note for note in picture.notes)
    assert picture.texture is not None
    assert np.abs(picture.texture.colours.astype(int) - (90, 120, 30)).max() <= 4


def test_ready_made_edges_are_used(drawing: Callable[..., Image.Image], tmp_path: Path) -> None:
    """An edge map of any size, as path, picture or array, takes the place of extracted edges."""
    canvas = np.zeros((50, 50), np.uint8)
    canvas[10:40, 25] = 255
    path = tmp_path / "edges.png"
    Image.fromarray(canvas).save(path)
    maps = (path, str(path), Image.open(path), canvas, canvas > 0)
    pictures = [triptych.encode(drawing(), edges=edges, max_bytes=400) for edges in maps]
    assert all(picture == pictures[0] for picture in pictures)
    raster = pictures[0].edges.raster  # type: ignore[union-attr]
    rows, columns = np.nonzero(raster)
    assert np.ptp(columns) <= 1 and np.ptp(rows) > raster.shape[0] * 0.5


def test_people_may_be_an_array(drawing: Callable[..., Image.Image], person: np.ndarray) -> None:
    """Keypoints in 1/256 of the picture are stored as they are."""
    picture = triptych.encode(drawing(), people=person[None], max_bytes=400)
    assert picture.pose is not None and (picture.pose.people == person).all()


def test_no_people_take_no_layer(drawing: Callable[..., Image.Image]) -> None:
    """An empty list of people writes nothing."""
    assert triptych.encode(drawing(), people=np.zeros((0, 18, 2), int)).pose is None


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"max_bytes": 0}, "budget of 0 bytes"),
        ({"max_bytes": -5}, "budget of -5 bytes"),
        ({"bpp": 0}, "bpp is more than 0"),
        ({"bpp": float("nan")}, "bpp is more than 0"),
        ({"bpp": 25}, "at most 24"),
        ({"quality": 0}, "quality is 1 to 100"),
        ({"quality": 101}, "quality is 1 to 100"),
        ({"max_bytes": 100, "bpp": 0.1}, "give one of max_bytes, bpp and quality"),
        ({"layers": ["texture", "colour"]}, "no layer called 'colour'; there are: semantic, texture, pose, edges"),
        ({"layers": []}, "no layers were asked for"),
        ({"people": "nowhere.json"}, "nowhere.json: cannot be read"),
        ({"people": np.zeros((3, 5))}, "people"),
        ({"people": np.full((1, 18, 2), 300)}, "people"),
        ({"edges": "nowhere.png"}, "nowhere.png: cannot be read"),
        ({"prompt": "a \ud800 b"}, "surrogate"),
    ],
)
def test_impossible_arguments_are_input_errors(
    drawing: Callable[..., Image.Image], arguments: dict[str, object], message: str
) -> None:
    """What cannot be used is told in one line, by our own error."""
    with pytest.raises(InputError, match=message) as caught:
        triptych.encode(drawing(), **arguments)  # type: ignore[arg-type]
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("arguments", [{"layers": ["semantic"]}, {"layers": ["edges"], "quality": 50}])
def test_nothing_to_write_is_told(arguments: dict[str, object]) -> None:
    """No budget helps where the layers asked for have nothing to hold."""
    with pytest.raises(InputError, match="none of the layers asked for has anything to hold"):
        triptych.encode(Image.new("RGB", (64, 64)), **arguments)  # type: ignore[arg-type]


def test_the_same_input_gives_the_same_bytes(drawing: Callable[..., Image.Image], tmp_path: Path) -> None:
    """Encoding twice, from a file, an image or an array, gives one and the same stream."""
    image = drawing(200, 120)
    image.save(tmp_path / "a.png")
    sources = [image, image.copy(), np.asarray(image), tmp_path / "a.png", str(tmp_path / "a.png")]
    assert len({triptych.encode(source, prompt=PROMPT).to_bytes() for source in sources}) == 1


def test_the_input_picture_is_left_alone(drawing: Callable[..., Image.Image]) -> None:
    """Encoding changes neither the pixels nor the size of what it is given."""
    image = drawing(3000, 40)
    before = image.tobytes()
    triptych.encode(image)
    assert image.size == (3000, 40) and image.tobytes() == before


def test_the_former_name_of_the_budget_is_understood(drawing: Callable[..., Image.Image]) -> None:
    """`bytes` says the same as `max_bytes`; both at once, and names that there never were, are errors."""
    image = drawing(48, 48)
    assert triptych.encode(image, bytes=90) == triptych.encode(image, max_bytes=90)
    with pytest.raises(InputError, match="one argument"):
        triptych.encode(image, bytes=90, max_bytes=90)
    with pytest.raises(TypeError, match="'byte'"):
        triptych.encode(image, byte=90)


def test_numbers_of_numpy_are_numbers(drawing: Callable[..., Image.Image]) -> None:
    """A budget may be one of NumPy's whole numbers."""
    image = drawing(48, 48)
    assert triptych.encode(image, quality=np.int64(50)) == triptych.encode(image, quality=50)
    assert triptych.encode(image, max_bytes=np.uint16(90)) == triptych.encode(image, max_bytes=90)


@pytest.mark.parametrize("grid", [(8, 8), "8x8", "8", 8])
def test_grids_can_be_asked_for(drawing: Callable[..., Image.Image], grid: tuple[int, int] | str | int) -> None:
    """Both have the cells that were asked for, with a budget and with a quality; the budget holds."""
    image = drawing(128, 128)
    for more in ({"max_bytes": 300}, {"quality": 60}):
        picture = triptych.encode(image, prompt="", colour_grid=grid, edge_grid=(40, 40), **more)
        assert picture.texture.colours.shape == (8, 8, 3) and picture.edges.raster.shape == (40, 40)
        assert "max_bytes" not in more or len(picture.to_bytes()) <= 300


def test_a_grid_keeps_the_shape_of_the_picture(drawing: Callable[..., Image.Image]) -> None:
    """The longer side counts, and a note says what became of the other."""
    picture = triptych.encode(drawing(128, 64), prompt="", colour_grid="8x8", layers="texture")
    assert picture.texture.colours.shape == (4, 8, 3)
    assert any("the colour grid: cells are nearly square, so it has 8 x 4 cells" in note for note in picture.notes)
    picture = triptych.encode(drawing(128, 64), prompt="", colour_grid=(8, 4), layers="texture")
    assert not any("nearly square" in note for note in picture.notes)


@pytest.mark.parametrize("grid", ["", "8x", "axb", "8x8x8", (8,) * 3, (0, 8), 65, -1, 8.5])
def test_what_is_no_grid_is_refused(drawing: Callable[..., Image.Image], grid: object) -> None:
    """The message shows what a grid is, and the most that it may have."""
    with pytest.raises(InputError, match=r"the colour grid: a grid is columns x rows, 1 to 64 of each"):
        triptych.encode(drawing(), colour_grid=grid)


def test_the_command_line_takes_grids(drawing: Callable[..., Image.Image], tmp_path: Path) -> None:
    """`--colour-grid` and `--edge-grid` are those of Python."""
    drawing().save(tmp_path / "a.png")
    assert main(["encode", str(tmp_path / "a.png"), "--colour-grid", "6x6", "--edge-grid", "32x32"]) == 0
    picture = triptych.Picture.open(tmp_path / "a.trp")
    assert picture == triptych.encode(tmp_path / "a.png", colour_grid=6, edge_grid=32)
    assert main(["encode", str(tmp_path / "a.png"), "-f", "--colour-grid", "large"]) == 1
