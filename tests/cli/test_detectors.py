"""The networks on the command line: `encode` and `extract` with --caption, --edge-detector and --pose-detector."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import triptych
from triptych.analysis.detectors import people
from triptych.cli.main import main


@pytest.fixture
def folder(tmp_path: Path, photos: list[Image.Image]) -> Path:
    """Three pictures, one of which has a text beside it."""
    for name, photo in zip("abc", photos, strict=True):
        photo.convert("RGB").save(tmp_path / f"{name}.png")
    (tmp_path / "b.txt").write_text("a text of its own")
    return tmp_path


def test_captions_fill_in_for_missing_prompts(folder: Path, blip: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A prompt of the picture's own wins; the others get the model's words, and it is told how many."""
    assert main(["encode", str(folder), "--caption", str(blip), "--caption-device", "toaster"]) == 1
    assert "device 'toaster' cannot be used here" in capsys.readouterr().err
    assert main(["encode", str(folder), "--caption", str(blip)]) == 0
    prompts = {name: triptych.Picture.open(folder / f"{name}.trp").prompt for name in "abc"}
    assert prompts["b"] == "a text of its own"
    assert all(prompts[name] and prompts[name] != prompts["b"] for name in "ac")
    assert "triptych: prompts: 1 from sidecar, 2 from model; files: 3 done" in capsys.readouterr().err


def test_captions_can_be_preferred(folder: Path, blip: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With --prompt-from model the picture's own prompt is passed over."""
    assert main(["encode", str(folder / "b.png"), "--caption", str(blip), "--prompt-from", "model", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["prompt_from"] == "model"
    assert triptych.Picture.open(folder / "b.trp").prompt != "a text of its own"


def test_a_picture_that_cannot_be_read_does_not_stop_the_others(
    folder: Path, blip: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is told once, when its turn comes."""
    (folder / "a.png").write_bytes(b"no picture")
    assert main(["encode", str(folder), "--caption", str(blip)]) == 1
    assert capsys.readouterr().err.count("a.png: not a picture") == 1
    assert triptych.Picture.open(folder / "c.trp").prompt


def test_edges_come_from_a_network(tmp_path: Path, edge_network: Callable[..., Path]) -> None:
    """An ONNX file named on the command line decides which edges are in the file."""
    image = Image.new("RGB", (96, 96))
    image.paste((255, 255, 255), (48, 0, 96, 96))  # the border that the network answers to
    image.paste((255, 255, 255), (0, 48, 96, 96))  # and one that it does not
    image.save(tmp_path / "a.png")
    network = edge_network()
    assert main(["encode", str(tmp_path / "a.png"), "--prompt", "x", "--edge-detector", str(network)]) == 0
    raster = triptych.Picture.open(tmp_path / "a.trp").edges.raster
    assert raster.any() and len(set(np.nonzero(raster)[1])) <= 2


def test_extract_shows_what_networks_find_in_a_picture(
    folder: Path, person: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of pictures, extract writes the layers that encode would make, and encode takes them back."""
    monkeypatch.setattr(people, "ready", lambda finds, name: (None, folder))
    monkeypatch.setattr("triptych.analysis.detectors.ready", lambda finds, name: (None, folder))
    points = (person[[0, 14, 14, 16, 16, 5, 2, 6, 3, 7, 4, 11, 8, 12, 9, 13, 10]] + 0.5) / 256 * (60, 40)
    monkeypatch.setattr(people, "_load", lambda path, name: lambda bgr: (points[None], np.ones((1, 17))))
    computed: list[str] = []

    def caption(images: list[Image.Image], name: str, *, device: str) -> list[str]:
        computed.append(device)
        return ["said"] * len(images)

    monkeypatch.setattr("triptych.analysis.detectors.captions.caption", caption)
    monkeypatch.setattr("triptych.analysis.detectors.contours.edge_map", lambda image, name: image.convert("L"))
    options = [
        "--caption",
        "blip",
        "--caption-device",
        "cuda:1",
        "--edge-detector",
        "pidinet",
        "--pose-detector",
        "rtmpose",
    ]
    assert main(["extract", str(folder / "a.png"), "-o", str(folder / "layers"), *options]) == 0
    assert computed == ["cuda:1"]
    names = sorted(path.name for path in (folder / "layers").iterdir())
    assert {"prompt.txt", "colours.png", "keypoints.json", "skeleton.png"} <= set(names)
    assert (folder / "layers" / "prompt.txt").read_text() == "said\n"
    keypoints = str(folder / "layers" / "keypoints.json")
    assert main(["encode", str(folder / "a.png"), "--keypoints", keypoints, "--prompt", "x"]) == 0
    assert tuple(triptych.Picture.open(folder / "a.trp").pose.people[0, 2]) == tuple(person[2])


def test_extract_takes_pictures_of_a_folder_only_for_networks(
    folder: Path, blip: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without an option the .trp files of a folder are meant; a picture can always be named."""
    assert main(["extract", str(folder)]) == 1
    assert "no .trp" in capsys.readouterr().err
    assert main(["extract", str(folder / "b.png"), "--json"]) == 0
    assert "prompt.txt" in json.loads(capsys.readouterr().out)["files"]
    assert (folder / "b.layers" / "prompt.txt").read_text() == "a text of its own\n"
    assert main(["extract", str(folder), "--caption", str(blip), "-f"]) == 0
    assert (folder / "a.layers" / "prompt.txt").exists() and (folder / "b.layers" / "prompt.txt").exists()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--caption", "blop"], "no model called 'blop' finds captions; there are: blip, blip2, blip2-opt, florence2,"),
        (["--edge-detector", "blop"], "no model called 'blop' finds edges; there are: pidinet, lineart,"),
        (["--pose-detector", "blop"], "no model called 'blop' finds people; there are: rtmpose,"),
        (["--prompt-from", "model"], "--prompt-from model needs --caption"),
        (["--caption-device", "cpu"], "--caption-device says where --caption computes; give that, too"),
        (["--caption", "blip", "--no-text"], "--caption has no use with --no-text; leave one out"),
        (["--caption", "blip", "--prompt-from", "sidecar"], "--caption has no use with --prompt-from sidecar"),
        (["--edges", "a.png", "--edge-detector", "pidinet"], "--edges and --edge-detector both give the edges"),
        (["--keypoints", "a.json", "--pose-detector", "rtmpose"], "--keypoints and --pose-detector both give the"),
    ],
)
def test_wrong_arguments_are_one_line(
    folder: Path, arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is wrong is told once, before the first picture."""
    assert main(["encode", str(folder / "a.png"), *arguments]) == 1
    err = capsys.readouterr().err
    assert err.startswith(f"triptych: {says}") and err.count("\n") == 1


def test_missing_weights_are_told_once(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Not for each picture, and with the command that fetches them."""
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(folder / "hub"))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    assert main(["encode", str(folder), "--edge-detector", "pidinet"]) == 1
    err = capsys.readouterr().err
    assert err.count("\n") == 1 and err.endswith("run: triptych models pull pidinet\n")
