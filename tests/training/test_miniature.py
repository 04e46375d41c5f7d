"""The commands that train the miniature, from pictures to installed weights."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from triptych.codec.decode import Conditioning
from triptych.decoders.miniature.conditions import conditions_of
from triptych.decoders.miniature.network import Network
from triptych.networks import Network as Session

TRAINING = Path(__file__).parents[2] / "training/miniature"


@pytest.fixture(scope="module")
def trained(
    tmp_path_factory: pytest.TempPathFactory, run_script: Callable[..., str], soft_pictures: Callable[..., Path]
) -> Path:
    """A folder with prepared pictures and the run of a few steps."""
    folder = tmp_path_factory.mktemp("miniature")
    pictures = soft_pictures(folder, ("ours", "ours", "leejet/stable-diffusion.cpp"), (448, 320))
    run_script("miniature/prepare.py", pictures, "--out", folder / "data", "--jobs", 1)
    small = ("--batch", 2, "--side", 64, "--device", "cpu", "--metric", folder / "metric.py", "--every", 2)
    run_script(
        "miniature/train.py", folder / "data", "--out", folder / "run", "--steps", 4, "--judge-after", 0.3, *small
    )
    run_script(
        "miniature/train.py", folder / "data", "--out", folder / "run", "--steps", 2, "--jobs", 2, "--continue", *small
    )
    return folder


def test_a_run_leaves_a_log_and_weights_that_the_decoder_can_use(trained: Path, run_script: Callable[..., str]) -> None:
    """prepare, train, continue and export give a network that paints what the codec's layers say."""
    rows = list(csv.reader((trained / "run/log.csv").read_text().splitlines()))
    assert [row[0] for row in rows] == ["2", "4", "6"]  # the second command went on counting
    out = trained / "out"
    out.mkdir()
    said = run_script(
        *("miniature/export.py", trained / "run/checkpoint.pt", "--out", out, "--note", "a test"),
        *("--data", trained / "data", "--readings", 2),
    )
    assert "differ by" in said and "quantised" in said
    card = json.loads((out / "miniature.json").read_text())
    assert card["data"] == "a test" and card["steps"] == 6 and [run["steps"] for run in card["runs"]] == [4, 2]
    model = (out / "miniature.onnx").read_bytes()
    assert len(model) < 5_000_000  # a byte a weight, of most
    given = Conditioning(70, 50, colours=np.full((3, 4, 3), 90, np.uint8))
    made = Network(Session(lambda: model, "")).paint(conditions_of(given, 70, 50))
    # So few steps cannot have moved it far from the painting that it starts from.
    assert np.abs(made.astype(int) - 90).mean() < 20


def test_exported_weights_can_be_trained_on(trained: Path) -> None:
    """`--start` takes the weights of an exported network, also of one with fewer blocks: it paints the same."""
    script = (
        f"import sys; sys.path.insert(0, {str(TRAINING)!r})\n"
        "import torch; from model import Generator; from weights import example, from_onnx, named, plain, to_onnx\n"
        "from prune import pruned; torch.manual_seed(1)\n"
        "first = pruned(Generator(), ['down.1.0', 'down.3.1', 'up.0.0', 'up.2.1'])\n"
        "assert [*map(len, first.down), *map(len, first.up)] == [0, 1, 0, 1, 1, 0, 1]\n"
        "for p in first.parameters(): p.data.add_(0.03 * torch.randn_like(p))\n"
        "given = example(48, 32); a = first(*given)\n"
        "crops = [{name: value.numpy() for name, value in named(example(48, 32, n)).items()} for n in range(3)]\n"
        "for model, error in ((to_onnx(plain(first)), 0.02), (to_onnx(plain(first), crops), 0.1)):\n"
        "    b = from_onnx(model)(*given)\n"
        "    assert (a - b).abs().max() < error * a.abs().max(), (a - b).abs().max()\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True)
