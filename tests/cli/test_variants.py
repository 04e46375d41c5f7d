"""`triptych variants`: a sheet of every combination."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from fixtures.edit import MADE
from PIL import Image

from triptych import Picture, decode, edit, registry
from triptych.cli.main import main
from triptych.codec.decode import Conditioning, find_decoder
from triptych.codec.sheet import GAP, contact_sheet
from triptych.decoders.sketch import SketchDecoder
from triptych.edit import variants


@pytest.fixture
def picture() -> Picture:
    """128 x 96 pixels with all four layers."""
    return MADE.picture()


@pytest.fixture
def other() -> Picture:
    """96 x 96 pixels, without people."""
    return MADE.other()


@pytest.fixture
def files(tmp_path: Path, picture: Picture, other: Picture) -> list[str]:
    """Two files of different sizes."""
    names = [str(tmp_path / "house.trp"), str(tmp_path / "frame.trp")]
    picture.save(names[0])
    other.save(names[1])
    return names


def test_every_structure_meets_every_colour(files: list[str], picture: Picture, other: Picture, tmp_path: Path) -> None:
    """Two structures and three sets of colours give six pictures, painted as `decode` paints them."""
    out = tmp_path / "sheet.png"
    assert main(["variants", *files, "-c", *files, "tomato", "-o", str(out), "--cell", "128"]) == 0
    with Image.open(out) as image:
        sheet = np.asarray(image)
    assert sheet.shape == (GAP + 18 + 3 * (128 + 18 + GAP) + GAP, GAP + 4 * (128 + GAP), 3)
    painted = np.asarray(decode(edit.replace_texture(picture, other)))  # 128 x 96, in the middle of its cell
    top, left = GAP + 18 + (128 + 18 + GAP) + 18 + 16, GAP + 2 * (128 + GAP)
    assert np.array_equal(sheet[top : top + 96, left : left + 128], painted)


def test_prompts_and_seeds_make_rows(files: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One structure, two prompts and two seeds are four pictures; --json says so."""
    out = tmp_path / "sheet.webp"
    arguments = ["-p", "a house", "-p", "a barn", "-s", "1", "-s", "2", "--cell", "64", "--json"]
    assert main(["variants", files[0], *arguments, "-o", str(out)]) == 0
    record = json.loads(capsys.readouterr().out)
    assert record["pictures"] == 4
    with Image.open(out) as sheet:
        assert sheet.size == (record["width"], record["height"])


def test_an_edge_map_is_a_structure(files: list[str], tmp_path: Path) -> None:
    """A PNG of lines is painted with the colours of a file."""
    lines = np.zeros((64, 96), np.uint8)
    lines[20:22, 10:80] = 255
    Image.fromarray(lines).save(tmp_path / "lines.png")
    out = str(tmp_path / "sheet.png")
    assert main(["variants", str(tmp_path / "lines.png"), "-c", *files, "-o", out]) == 0


def test_every_picture_may_be_a_file(files: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """At its full size, under a name that says what it is made of; with or without a sheet, on one device or two."""
    out = tmp_path / "singles"
    command = ["variants", *files, "-c", files[1], "teal", "-p", "a barn", "-s", "7", "--decoder", "sketch"]
    assert main([*command, "--files", str(out), "--json"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert record["output"] is None and len(record["files"]) == record["pictures"] == 4
    names = sorted(path.name for path in out.iterdir())
    assert names == [f"{a}.{b}.p1.s7.png" for a in ("frame", "house") for b in ("frame", "teal")]
    with Image.open(out / "house.teal.p1.s7.png") as image:
        assert image.size == (128, 96)
    assert main([*command, "--files", str(out)]) == 1
    assert "exists; --force overwrites it" in capsys.readouterr().err


def test_several_devices_share_the_pictures(files: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Each has a decoder of its own, the sheet is the same, and names stay apart."""
    made = []

    class Here:
        def __init__(self, device: str = "") -> None:
            made.append(device)

        def decode(self, conditioning: Conditioning) -> np.ndarray:
            return np.asarray(SketchDecoder().decode(conditioning))

    monkeypatch.setattr(registry, "load", lambda name: Here if name == "here" else SketchDecoder)
    find_decoder.cache_clear()
    kept: list[variants.Variant] = []
    sheets = [
        variants.variant_sheet([files[0]] * 3, decoder="here", devices=devices, cell=64, each=kept.append)
        for devices in ("a", ["b", "c"])
    ]
    find_decoder.cache_clear()
    assert made == ["a", "b", "c"] and np.array_equal(*map(np.asarray, sheets))
    assert [one.name for one in kept] == ["house", "house-1", "house-2"] * 2


def test_something_has_to_be_written(files: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """A sheet, or files."""
    assert main(["variants", files[0]]) == 1
    assert "name a sheet with -o, or a folder with --files" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["-c", "blurple"], "--colours blurple: 'blurple' is not a colour"),
        (["--decoder", "oil"], "there is no decoder called 'oil'"),
        (["--cell", "3"], "--cell 3 is not 16 to 2048 pixels"),
        (["-s", "1"] * 500, "at most 400"),
        (["-o", "sheet.txt"], "sheets are written as .png"),
    ],
)
def test_wrong_arguments(
    files: list[str], arguments: list[str], says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each gives one clear line, and no sheet is written."""
    out = tmp_path / "sheet.png"
    assert main(["variants", files[0], "-o", str(out), *arguments]) == 1
    error = capsys.readouterr().err
    assert says in error and len(error.splitlines()) == 1
    assert not out.exists()


def test_a_sheet_keeps_shapes_and_cuts_labels() -> None:
    """Pictures keep their shape within a cell, empty places stay white, long labels are cut."""
    red = Image.new("RGB", (20, 10), (255, 0, 0))
    sheet = contact_sheet([[red, None]], columns=["x" * 900, ""], labels=["a\nb" * 300], cell=(40, 40))
    pixels = np.asarray(sheet)
    assert ((pixels == (255, 0, 0)).all(2)).sum() == 40 * 20
    assert sheet.width == GAP + 2 * (40 + GAP)
