"""`triptych validate-decoder`, on decoders that need no weights and on small stand-ins for those that do."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from triptych.cli.main import main
from triptych.codec.decode import Conditioning, find_decoder
from triptych.codec.picture import Picture
from triptych.decoders.sketch import SketchDecoder
from triptych.decoders.validation import Check, checks, kit, validate


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch, condition: Callable[..., Conditioning]) -> None:
    """Every check, on one small sample in small shapes; without a pose network, whatever is on this disk."""
    monkeypatch.setattr(kit, "samples", lambda quick=False: {"cross": condition()})
    monkeypatch.setattr(checks, "SHAPES", {"3:2": (48, 32), "2.39:1": (96, 40)})
    monkeypatch.setattr(checks, "_pose_network", lambda: None)


def _verdicts(report: kit.Report) -> dict[str, str]:
    return {check.name: check.verdict for check in report.checks}


def test_the_samples_have_every_layer() -> None:
    """Six, all with prompt, edges and colours, one with people; each of at most 0.02 bits per pixel."""
    found = {path.stem: Picture.open(path) for path in kit.SAMPLES.glob("*.trp")}
    assert len(found) == 6 and set(kit.QUICK) <= set(found)
    for name, picture in found.items():
        assert picture.prompt and picture.edges and picture.texture
        size = (kit.SAMPLES / f"{name}.trp").stat().st_size
        assert 8 * size <= 0.02 * picture.width * picture.height
    assert [name for name, picture in found.items() if picture.pose] == ["dancer"]


def test_a_line_a_check_one_json_one_sheet(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The command writes both files, without anything of this machine's folders, and ends with 0 if nothing failed."""
    command = ["validate-decoder", "sketch", "--quick", "-o", str(tmp_path)]
    assert main(command) == 1  # a drawing without the prompt is the same drawing
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[:2] for line in lines[:3]] == [["pass", "load:"], ["pass", "edges:"], ["pass", "colours:"]]
    assert "FAIL  prompt:     the picture changes by 0.00 of 255" in lines
    assert lines[-1].startswith("6 passed, 1 failed, 3 skipped: ")
    text = (tmp_path / "sketch.validation.json").read_text()
    report = json.loads(text)
    assert report["decoder"] == "sketch" and report["failed"] == 1 and report["versions"]["numpy"]
    assert [check["name"] for check in report["checks"]][:3] == ["load", "edges", "colours"]
    assert str(tmp_path) not in text and str(Path.home()) not in text
    with Image.open(tmp_path / "sketch.validation.png") as sheet:
        assert sheet.width > 1000 and sheet.height > 300
    assert main(command) == 1 and "exists; --force overwrites it" in capsys.readouterr().err


def test_the_published_presets_paint_what_diffusers_paints(weights: Path) -> None:
    """All checks on stand-ins: parity with diffusers' own calls holds, and every check comes to a verdict."""
    told: list[Check] = []
    report = validate("paper-edge", options={"steps": 2}, tell=told.append)
    assert told == report.checks
    verdicts = _verdicts(report)
    expected = "load timesteps parity edges colours people prompt likeness controls health repeat batch cost devices"
    assert list(verdicts) == [*expected.split(), "offload"]
    assert {verdicts[name] for name in ("load", "timesteps", "parity", "repeat", "batch", "cost")} == {"pass"}
    figures = {check.name: check.figures for check in report.checks}
    assert max(figures["parity"]["differences"]) < 0.5 / 255
    tried = figures["controls"]["contours found, CIEDE2000"]
    assert {"as shipped", "inverted", "lines 2 px wider", "scale 1.1"} <= set(tried)
    assert report.about["settings"]["Steps"] == "2"
    # Nothing that was changed for a control stays so.
    decoder = find_decoder("paper-edge", steps=2)
    assert decoder.preset.edges.scale == 1.0 and "_show" not in vars(decoder)


def test_a_lora_is_measured(weights: Path) -> None:
    """Its norm, and the time steps of its schedule."""
    report = validate("sd15", quick=True)
    figures = {check.name: check.figures for check in report.checks}
    assert figures["lora"]["norm"] > 0
    assert figures["timesteps"]["timesteps"] == [999, 749, 499, 249]
    assert _verdicts(report)["parity"] == _verdicts(report)["controls"] == "skip"


def test_what_cannot_be_loaded_ends_the_kit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With one failed check and its remedy in the report."""
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    find_decoder.cache_clear()
    report = validate("sd15", quick=True)
    assert [(check.name, check.verdict) for check in report.checks] == [("load", "fail")]
    assert "triptych models pull sd15-base" in report.checks[0].said


class _Broken:
    """A decoder with a fault."""

    def __init__(self, fault: str) -> None:
        self.fault = fault
        self.count = 0

    def decode(self, conditioning: Conditioning) -> Any:
        self.count += 1
        painted = np.asarray(SketchDecoder().decode(conditioning)).copy()
        if self.fault == "black":
            painted[:] = 0
        elif self.fault == "blind":
            painted = np.asarray(SketchDecoder().decode(replace(conditioning, edges=None)))
        elif self.fault == "fickle":
            painted[0] = self.count
        elif self.fault == "wide" and conditioning.width > conditioning.height:
            raise RuntimeError("too wide")
        return painted


@pytest.mark.parametrize(
    ("fault", "fails"),
    [("black", "health"), ("blind", "edges"), ("fickle", "repeat"), ("wide", "health")],
)
def test_faults_are_noticed(fault: str, fails: str) -> None:
    """A black picture, one that does not keep to the lines, one that changes, an error: each fails its check."""
    verdicts = _verdicts(validate(_Broken(fault), quick=True))
    assert verdicts[fails] == "fail" and verdicts["load"] == "pass"
