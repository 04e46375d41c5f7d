"""The commands that train what restores stills, from pictures to installed weights."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from triptych.networks import Network


@pytest.fixture(scope="module")
def trained(
    tmp_path_factory: pytest.TempPathFactory, run_script: Callable[..., str], soft_pictures: Callable[..., Path]
) -> Path:
    """A folder with prepared pictures, their stills, and the run of a few steps."""
    folder = tmp_path_factory.mktemp("detail")
    pictures = soft_pictures(folder, ("ours", "leejet/stable-diffusion.cpp"), (288, 256))
    run_script("detail/prepare.py", pictures, "--out", folder / "data", "--jobs", 1)
    run_script("detail/stills.py", folder / "data", "--jobs", 1)
    run = ("detail/restore.py", folder / "data", "--out", folder / "run", "--batch", 1, "--side", 96, "--device", "cpu")
    run_script(*run, "--metric", folder / "metric.py", "--steps", 2, "--every", 2)
    return folder


def test_stills_are_as_large_as_their_picture_and_say_how_coarse_they_are(trained: Path) -> None:
    stills = sorted((trained / "data/stills").glob("*-[0-2].npy"))
    facts = [json.loads(path.with_suffix(".json").read_text()) for path in stills]
    assert len(stills) == 6
    assert {np.load(path).shape for path in stills} == {(256, 288, 3)}
    assert all(0 < fact["bpp"] < 0.3 and 0 < fact["scale"] <= 1 for fact in facts)


def test_what_is_exported_restores_in_whole_numbers(trained: Path, run_script: Callable[..., str]) -> None:
    places = trained / "package/decoders/miniature"
    places.mkdir(parents=True)
    told = ("--data", trained / "data", "--readings", 1, "--note", "two soft pictures")
    run_script("detail/export.py", trained / "run/checkpoint.pt", "--package", trained / "package", *told)
    card = json.loads((places / "restore.json").read_text())
    assert (card["steps"], card["data"]) == (2, "two soft pictures")
    network = Network(lambda: (places / "restore.onnx").read_bytes(), "")
    grey = np.zeros((1, 3, 48, 32), np.float32)
    inputs = {"still": grey, "painted": grey, "about": np.full((1, 2, 1, 1), 0.5, np.float32)}
    (made,) = network.run(["picture"], inputs)
    assert made.shape == grey.shape
    assert np.abs(made).max() < 0.1
