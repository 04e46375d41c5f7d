"""`triptych encode --seeds`: the seed in the file, its place in the budget, and what the commands say of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import triptych
from triptych import registry
from triptych.cli.main import main
from triptych.codec import decode


class Grainy:
    """Paints grey with as much grain as its seed says, and none at its favourite."""

    def __init__(self, favourite: str = "3") -> None:
        self.favourite = int(favourite)

    def decode(self, conditioning: decode.Conditioning) -> np.ndarray:
        grain = np.random.default_rng(conditioning.seed).normal(0, 1, (conditioning.height, conditioning.width, 3))
        grain *= 20 if conditioning.seed != self.favourite else 0
        return (128 + grain).clip(0, 255).astype(np.uint8)


@pytest.fixture
def grainy(monkeypatch: pytest.MonkeyPatch) -> None:
    """A decoder by that name."""
    theirs = registry.load
    monkeypatch.setattr(registry, "load", lambda name: Grainy if name == "grainy" else theirs(name))
    decode.find_decoder.cache_clear()


@pytest.fixture
def cat(tmp_path: Path, drawing: Callable[..., Image.Image]) -> Path:
    drawing(512, 384).save(tmp_path / "cat.png")
    return tmp_path / "cat.png"


def test_the_best_seed_goes_into_the_file(
    cat: Path, grainy: None, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """It is within the budget, told by encode and info, and used by decode."""
    command = ["encode", str(cat), "--prompt", "a disc", "--bytes", "300", "--seeds", "5", "--decoder", "grainy"]
    assert main([*command, "--json"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert record["seed"] == 3 and record["layers"]["seed"] == 1 and record["bytes"] <= 300
    assert record["notes"][-1].startswith("of 5 seeds 3 is the best for grainy: distance ")
    assert main(["info", str(cat.with_suffix(".trp"))]) == 0
    assert "seed           1" in (said := capsys.readouterr().out) and "painted with seed 3" in said
    assert main(["extract", str(cat.with_suffix(".trp")), "-o", str(tmp_path / "layers")]) == 0
    assert (tmp_path / "layers" / "seed.txt").read_text() == "3\n"
    assert main(["decode", str(cat.with_suffix(".trp")), "--decoder", "grainy", "-o", str(tmp_path / "out.png")]) == 0
    with Image.open(tmp_path / "out.png") as image:
        assert image.convert("L").getextrema() == (128, 128)


def test_options_reach_the_decoder(cat: Path, grainy: None, capsys: pytest.CaptureFixture[str]) -> None:
    """As with decode, -O sets them, and a wrong one is refused before anything is encoded."""
    command = ["encode", str(cat), "--prompt", "a disc", "--seeds", "5", "--decoder", "grainy"]
    assert main([*command, "-O", "favourite=2"]) == 0
    assert triptych.Picture.open(cat.with_suffix(".trp")).seed == 2
    assert "cat.trp" in capsys.readouterr().out
    assert main([*command, "-O", "taste=2"]) == 1
    assert capsys.readouterr().err == "triptych: the decoder 'grainy' has no option 'taste'\n"


def test_decoders_without_noise_are_told(cat: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """No layer is written, and a note says why."""
    assert main(["encode", str(cat), "--prompt", "a disc", "--seeds", "4", "--decoder", "sketch"]) == 0
    assert "sketch paints the same with every seed, so none is stored" in capsys.readouterr().err
    assert triptych.Picture.open(cat.with_suffix(".trp")).seed is None


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--seeds", "1", "--decoder", "sketch"], "a search tries 2 to 256 seeds, not 1"),
        (["--seeds", "4", "--decoder", "oil"], "there is no decoder called 'oil'; there are: "),
        (["--decoder", "sketch"], "--decoder and --option are for the search for a seed; add --seeds N"),
        (["-O", "steps=4"], "--decoder and --option are for the search for a seed; add --seeds N"),
    ],
)
def test_wrong_arguments_are_one_line(
    cat: Path, arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is wrong is told before or instead of a file."""
    assert main(["encode", str(cat), "--prompt", "a disc", *arguments]) == 1
    err = capsys.readouterr().err
    assert says in err and err.splitlines()[0].startswith("triptych: ") and not cat.with_suffix(".trp").exists()
