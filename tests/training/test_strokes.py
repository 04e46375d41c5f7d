"""The commands that train the ranking of strokes, from pictures to installed weights."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

import triptych
from triptych.networks import load_network

TRAINING = Path(__file__).parents[2] / "training/strokes"
METRIC = """
import torch

class LPIPS(torch.nn.Module):
    def local(self, a, b):
        return (a - b).square().mean(1, keepdim=True)
"""


def _run(script: str, *arguments: object) -> str:
    done = subprocess.run(
        [sys.executable, TRAINING / script, *map(str, arguments)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with pictures and the gain of their strokes."""
    folder = tmp_path_factory.mktemp("strokes")
    (folder / "pictures").mkdir()
    (folder / "metric.py").write_text(METRIC)
    with open(folder / "pictures/index.csv", "w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, ["file", "source"])
        table.writeheader()
        for n, source in enumerate(("ours", "leejet/stable-diffusion.cpp")):
            image = Image.new("RGB", (256, 192), (200, 190 - 40 * n, 170))
            draw = ImageDraw.Draw(image)
            draw.rectangle((40, 40, 120, 150), fill=(30, 40, 90))
            draw.ellipse((150, 60 + 20 * n, 220, 140), fill=(190, 181 - 40 * n, 162))
            image.save(folder / f"pictures/{n}.png")
            table.writerow({"file": f"{n}.png", "source": source})
    _run(
        "measure.py", folder / "pictures", "--out", folder / "data", "--metric", folder / "metric.py", "--decodings", 12
    )
    return folder


def test_what_is_measured_favours_the_contour_that_colours_do_not_show(measured: Path) -> None:
    """A strong contour gains more than a faint one."""
    with np.load(measured / "data/00000.npz") as z:
        assert z["label"].max() == len(z["gain"]) and 1 <= z["taken"] <= len(z["gain"])
        sides = [z["label"][:, : z["label"].shape[1] // 2], z["label"][:, z["label"].shape[1] // 2 :]]
        strong, faint = (max(z["gain"][k - 1] for k in np.unique(side) if k) for side in sides)
    assert strong > 3 * abs(faint)


def test_training_installs_a_network(measured: Path) -> None:
    """A few steps leave a checkpoint and files that the package can load."""
    out = measured / "out"
    out.mkdir()
    said = _run(
        "train.py",
        measured / "pictures",
        measured / "data",
        "--steps",
        2,
        "--checkpoint",
        measured / "net.pt",
        "--out",
        out,
    )
    assert "1 pictures" in said and "differ by" in said and (measured / "net.pt").exists()
    card = json.loads((out / "stroke_gain.json").read_text())
    assert card["steps"] == 2 and card["seed"] == 0 and len(card["data_sha256"]) == 64
    (out / "__init__.py").touch()
    sys.path.insert(0, str(measured))
    try:
        assert load_network("out", "stroke_gain", "").session.get_inputs()[0].name == "planes"
    finally:
        sys.path.remove(str(measured))


def test_a_leaner_network_learns_from_another(measured: Path) -> None:
    """What the shipped network says is written down once; a few steps leave a checkpoint and files as above."""
    out, told = measured / "lean", measured / "told"
    out.mkdir()
    shipped = Path(triptych.__file__).parent / "analysis/stroke_gain.onnx"
    _run(
        "distil.py", measured / "pictures", told, "--teacher", shipped, "--steps", 2, "--checkpoint", out / "net.pt",
        "--out", out,
    )  # fmt: skip
    assert len(list(told.glob("*.npz"))) == 2 and (out / "net.pt").exists()
    assert json.loads((out / "stroke_gain.json").read_text())["figures"].keys() == {"correlation", "captured"}
    assert (out / "stroke_gain.onnx").stat().st_size < 1_000_000
