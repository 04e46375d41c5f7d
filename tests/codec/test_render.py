"""Picture files from layers: the same as the command line writes, with what is known of how they were made."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import triptych
from triptych.cli.main import main
from triptych.codec.decode import Conditioning, painted_size
from triptych.codec.picture import Picture
from triptych.errors import InputError
from triptych.layers import Recipe, RecipeLayer


class Plain:
    """A decoder that returns whatever its function makes of a conditioning, and says what it painted with."""

    def __init__(self, make: Callable[[Conditioning], object]) -> None:
        self.make = make

    def decode(self, conditioning: Conditioning) -> object:
        return self.make(conditioning)

    def settings(self, conditioning: Conditioning) -> dict[str, str]:
        return {"Steps": "3", "Seed": str(conditioning.seed)}


@pytest.fixture
def path(tmp_path: Path, make: Callable[..., Picture]) -> Path:
    """A file with a recipe."""
    recipe = RecipeLayer.from_recipe(Recipe(tool="A1111", seed=7, steps=20, sampler="Euler a"), (96, 64))
    make((96, 64)).with_layer(recipe).save(tmp_path / "a.trp")
    return tmp_path / "a.trp"


@pytest.mark.parametrize(
    ("options", "arguments"),
    [
        ([], {}),
        (["--no-metadata"], {"metadata": False}),
        (["--layers", "texture"], {"layers": "texture"}),
        (["--size", "48", "--decoder", "sketch"], {"size": 48, "decoder": "sketch"}),
        (["--size", "40x30", "--decoder", "sketch"], {"size": (40, 30), "decoder": "sketch"}),
    ],
)
def test_python_and_the_command_line_write_the_same_picture(
    path: Path, options: list[str], arguments: dict[str, object]
) -> None:
    """`triptych.render` gives the bytes of the file that `triptych decode` writes."""
    target = path.with_name("out.png")
    assert main(["decode", str(path), "-o", str(target), *options]) == 0
    assert triptych.render(path, **arguments) == target.read_bytes()
    assert triptych.render(path.read_bytes(), **arguments) == target.read_bytes()


def test_each_leading_set_has_a_file(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The whole picture has its usual name; the others are told and are not overwritten either."""
    given = ["decode", str(path), "-o", str(path.with_name("out.png")), "--each", "--decoder", "sketch"]
    assert main(given) == 0
    names = ["out.layer1.png", "out.layer2.png", "out.png"]
    assert sorted(p.name for p in path.parent.glob("*.png")) == names
    assert all(name in capsys.readouterr().out for name in names[:1])
    sets: list[dict[str, object]] = [{"layers": "semantic"}, {"layers": ["semantic", "structure"]}, {}]
    for name, arguments in zip(names, sets, strict=True):
        assert path.with_name(name).read_bytes() == triptych.render(path, decoder="sketch", **arguments)
    path.with_name("out.png").unlink()
    assert main(given) == 1 and not path.with_name("out.png").exists()
    assert "out.layer1.png: exists" in capsys.readouterr().err
    assert main([*given, "--layers", "texture"]) == 1
    assert main(["decode", str(path), "-o", "-", "--each"]) == 1


def test_settings_of_the_decoder_are_written(path: Path) -> None:
    """What it painted with stands beside what is known of the original."""
    plain = Plain(lambda c: np.zeros((c.height, c.width, 3), np.uint8))
    with Image.open(io.BytesIO(triptych.render(path, decoder=plain))) as image:
        assert json.loads(image.text["triptych"])["Steps"] == "3"
        assert "Seed: 7" in image.text["parameters"]
    with Image.open(io.BytesIO(triptych.render(path, decoder=plain, format="JPEG"))) as image:
        assert image.format == "JPEG" and not getattr(image, "text", {})


def test_formats_that_cannot_hold_a_picture_are_told(path: Path) -> None:
    """An unknown format is an error of ours."""
    with pytest.raises(InputError, match="cannot be written as NONSENSE"):
        triptych.render(path, format="NONSENSE")


@pytest.mark.parametrize(
    "gives",
    [
        lambda c: np.full((c.height, c.width, 3), 9, np.uint8),
        lambda c: Image.new("RGB", (c.width, c.height), (9, 9, 9)),
        lambda c: Image.new("L", (c.width, c.height), 9),
    ],
)
def test_decoders_may_give_arrays_or_images(path: Path, gives: Callable[[Conditioning], object]) -> None:
    """Either becomes an RGB image."""
    image = triptych.decode(path, decoder=Plain(gives))
    assert image.mode == "RGB" and image.getextrema() == ((9, 9),) * 3


@pytest.mark.parametrize(
    "gives",
    [
        lambda c: np.zeros((c.height, c.width, 3)),
        lambda c: np.zeros((c.height, c.width), np.uint8),
        lambda c: Image.new("RGB", (3, 3)),
        lambda c: None,
    ],
)
def test_other_gifts_of_a_decoder_are_refused(path: Path, gives: Callable[[Conditioning], object]) -> None:
    """A wrong type, shape or size names the decoder and what it must give."""
    with pytest.raises(InputError, match=r"the decoder Plain gave .*; it must give a picture of 96 x 64 pixels, or"):
        triptych.decode(path, decoder=Plain(gives))


def test_options_must_be_usable(path: Path) -> None:
    """A value that is no option's, options for an object and an object that is no decoder are told."""
    with pytest.raises(InputError, match=r"option a: must be a number, a text or None, not \[\]"):
        triptych.decode(path, decoder="sketch", options={"a": []})
    with pytest.raises(InputError, match="has no option 'a'"):
        triptych.decode(path, decoder="sketch", options={"a": 1})
    with pytest.raises(InputError, match="options are for a decoder that is given by its name"):
        triptych.decode(path, decoder=Plain(lambda c: None), options={"a": 1})
    with pytest.raises(InputError, match="a decoder is a name or an object with a method decode, not 3"):
        triptych.decode(path, decoder=3)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"seed": "5"}, "a seed is a whole number from 0 to 4294967295, not '5'"),
        ({"seed": 1.5}, "a seed is a whole number"),
        ({"layers": 3}, "layers are named by a text or several, not 3"),
        ({"layers": "sound"}, "there is no layer called 'sound'"),
        ({"decoder": "sketch", "options": [1]}, r"options are names with values"),
    ],
)
def test_arguments_of_a_wrong_type_are_told(path: Path, arguments: dict[str, object], message: str) -> None:
    """They are errors of ours, in one line."""
    with pytest.raises(InputError, match=message) as caught:
        triptych.decode(path, **arguments)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("decoder", ["sketch", "miniature"])
@pytest.mark.parametrize(
    ("size", "found"), [(48, (48, 32)), ((48, 32), (48, 32)), ((30, 60), (30, 60)), (192, (192, 128))]
)
def test_thumbnails_are_painted_at_their_size(path: Path, decoder: str, size: object, found: tuple[int, int]) -> None:
    """The decoder is asked for the size itself; one number is the longer side."""
    asked = []
    plain = Plain(lambda c: (asked.append((c.width, c.height)), Image.new("RGB", (c.width, c.height)))[1])
    assert triptych.decode(path, decoder=plain, size=size).size == found and asked == [found]
    assert triptych.decode(path, decoder=decoder, size=size).size == found


def test_a_thumbnail_looks_like_the_picture(make: Callable[..., Picture]) -> None:
    """It has the colours of the whole, reduced."""
    picture = make((512, 512))
    small = np.asarray(triptych.decode(picture, decoder="sketch", size=64), float)
    whole = np.asarray(triptych.decode(picture, decoder="sketch").resize((64, 64), Image.Resampling.BOX), float)
    assert np.abs(small - whole).mean() < 12


@pytest.mark.parametrize("size", [0, -5, 70_000, (0, 5), (5, 2.5), (1, 2, 3), "64", True])
def test_sizes_that_no_picture_has_are_refused(size: object) -> None:
    """The message says what a size is."""
    with pytest.raises(InputError, match=r"size is|sides of a picture are"):
        painted_size((96, 64), size)


def test_a_thumbnail_of_a_huge_picture_is_allowed(make: Callable[..., Picture]) -> None:
    """The limit is on what is painted."""
    picture = make((60_000, 60_000)).without("edges", "pose")
    assert triptych.decode(picture, size=32, decoder="sketch").size == (32, 32)
