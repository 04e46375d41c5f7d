"""Texts, edge maps and keypoints of a batch, matched by the names of the pictures."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from triptych.cli.main import main
from triptych.codec.picture import Picture
from triptych.layers.pose import PoseLayer, write_openpose
from triptych.raster.skeleton import draw_skeletons


@pytest.fixture
def pictures(tmp_path: Path, drawing: Callable[..., Image.Image]) -> Path:
    """A folder with two pictures."""
    folder = tmp_path / "in"
    folder.mkdir()
    for name in ("cat", "dog"):
        drawing().save(folder / f"{name}.png")
    return folder


def _opened(pictures: Path, name: str) -> Picture:
    return Picture.open(pictures.with_name("out") / f"{name}.trp")


def _encode(pictures: Path, *options: object) -> int:
    return main(["encode", str(pictures), "-o", str(pictures.with_name("out")), *map(str, options)])


def test_texts_are_matched_by_name(pictures: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A folder, and a picture without a text fails alone."""
    texts = pictures.with_name("texts")
    texts.mkdir()
    (texts / "cat.txt").write_text("a cat\n")
    (pictures / "dog.txt").write_text("not this one")
    assert _encode(pictures, "--texts", texts) == 1
    assert _opened(pictures, "cat").prompt == "a cat"
    assert not (pictures.with_name("out") / "dog.trp").exists()
    assert "dog.png: --texts" in (said := capsys.readouterr().err) and "no file has its name, dog" in said


def test_edges_and_keypoints_are_matched_by_name(pictures: Path, person: np.ndarray, tmp_path: Path) -> None:
    """Globs and folders, JSON and pictures of skeletons, whatever follows the name of the picture."""
    folder = tmp_path / "more"
    folder.mkdir()
    Image.fromarray(np.pad(np.full((2, 90), 255, np.uint8), ((10, 84), (3, 3)))).save(folder / "cat.png")
    Image.new("L", (96, 96)).save(folder / "dog.png")
    layer = PoseLayer.from_people(person[None], (96, 96))
    poses = tmp_path / "poses"
    poses.mkdir()
    (poses / "cat.keypoints.json").write_text(write_openpose(layer.people, (96, 96)))
    Image.fromarray(draw_skeletons(layer.conditioning()["people"], 512, 512)).save(poses / "dog.png")
    assert _encode(pictures, "--edges", folder / "*.png", "--keypoints", poses, "--bytes", 300) == 0
    cat, dog = _opened(pictures, "cat"), _opened(pictures, "dog")
    assert cat.edges is not None and cat.edges.raster.any() and dog.edges is None
    assert (cat.pose.people == person).all() and len(dog.pose.people) == 1


def test_pictures_without_people_are_left_out_if_asked(
    pictures: Path, person: np.ndarray, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """They are skipped, not failed, and told."""
    poses = tmp_path / "poses"
    poses.mkdir()
    (poses / "cat_keypoints.json").write_text(write_openpose(person[None], (96, 96)))
    Image.new("RGB", (96, 96)).save(poses / "dog.png")
    assert _encode(pictures, "--keypoints", poses, "--people-only") == 0
    assert _opened(pictures, "cat").pose is not None
    assert not (pictures.with_name("out") / "dog.trp").exists()
    said = capsys.readouterr().err
    assert "dog.png: left out: no people" in said and "1 done, 1 skipped, 0 failed" in said


def test_what_cannot_be_matched_is_told(pictures: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Two files for a picture, a folder without any, a file for several pictures, and contradictions."""
    texts = pictures.with_name("texts")
    texts.mkdir()
    for options, message in [
        (["--texts", texts], f"--texts {texts}: no .txt files there"),
        (["--edges", texts / "*.png"], "no .png files there"),
        (["--keypoints", pictures / "cat.png"], "--keypoints: one file describes one picture"),
        (["--texts", texts, "--prompt", "a"], "--texts and --prompt contradict each other"),
        (["--people-only"], "--people-only needs --keypoints or --pose-detector"),
    ]:
        assert _encode(pictures, *options) == 1
        assert message in capsys.readouterr().err
    (texts / "cat.jpg").touch()
    (texts / "cat.png").touch()
    assert _encode(pictures, "--edges", texts) == 1
    assert "cat.jpg and cat.png have its name; keep one of them" in capsys.readouterr().err
