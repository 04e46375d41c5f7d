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

from triptych.bench.validation import Check, checks, kit, validate
from triptych.cli.main import main
from triptych.codec.decode import Conditioning, find_decoder
from triptych.codec.picture import Picture
from triptych.decoders.sketch import SketchDecoder
from triptych.errors import InputError

SIMILAR = {"lpips_alex": "LPIPS is not here: install it", "clip": "the CLIP score is not here: install it"}


def _like(one: np.ndarray, other: np.ndarray, prompt: str | None) -> float:
    return 1 - float(np.abs(one.astype(int) - other).mean()) / 255


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch, condition: Callable[..., Conditioning]) -> None:
    """Every check, on one small sample in small shapes; without networks that look, whatever is on this disk."""
    given = condition()
    original = Image.fromarray(np.asarray(SketchDecoder().decode(given)))
    monkeypatch.setattr(kit, "samples", lambda quick=False: ({"cross": given}, {"cross": original}))
    monkeypatch.setattr(kit, "choose_metrics", lambda names, files: ({"ssim": _like}, dict(SIMILAR)))
    monkeypatch.setattr(checks, "SHAPES", {"3:2": (48, 32), "2.39:1": (96, 40)})
    monkeypatch.setattr(checks, "pose_network", lambda: None)


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
        with Image.open(kit.SAMPLES / f"{name}.webp") as original:
            assert max(original.size) == 256
            assert abs(original.width * picture.height - original.height * picture.width) < 512
    assert [name for name, picture in found.items() if picture.pose] == ["dancer"]


def test_a_line_a_check_one_json_one_sheet(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The command writes both files, without anything of this machine's folders, and ends with 0 if nothing failed."""
    command = ["validate-decoder", "sketch", "--quick", "-o", str(tmp_path)]
    assert main(command) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[:2] for line in lines[:3]] == [["pass", "load:"], ["pass", "edges:"], ["pass", "colours:"]]
    for layer in ("people", "prompt"):  # of which a drawing shows nothing
        (line,) = (line for line in lines if f"{layer}:" in line)
        assert line.startswith("skip") and "pictures are the same without" in line
    (likeness,) = (line for line in lines if "likeness:" in line)
    assert likeness.startswith("pass  likeness:   SSIM to the originals: 1.000 all layers, ")
    assert likeness.endswith("; LPIPS (AlexNet) is absent: LPIPS is not here: install it")
    assert lines[-1].startswith("7 passed, 0 failed, 3 skipped: ")
    text = (tmp_path / "sketch.validation.json").read_text()
    report = json.loads(text)
    assert report["decoder"] == "sketch" and report["failed"] == 0 and report["versions"]["numpy"]
    assert [check["name"] for check in report["checks"]][:3] == ["load", "edges", "colours"]
    assert str(tmp_path) not in text and str(Path.home()) not in text
    with Image.open(tmp_path / "sketch.validation.png") as sheet:
        assert sheet.width > 1000 and sheet.height > 300
    assert main(command) == 1 and "exists; --force overwrites it" in capsys.readouterr().err


def test_the_published_presets_paint_what_diffusers_paints(weights: Path) -> None:
    """All checks on stand-ins: parity with diffusers' own calls holds, and every check comes to a verdict."""
    told: list[Check] = []
    report = validate("paper-edge", options={"steps": 1}, tell=told.append)
    assert told == report.checks
    verdicts = _verdicts(report)
    expected = "load timesteps parity edges colours people prompt likeness controls channels health repeat batch cost"
    assert list(verdicts) == [*expected.split(), "devices", "offload"]
    assert {verdicts[name] for name in ("load", "timesteps", "parity", "repeat", "batch", "cost")} == {"pass"}
    said = {check.name: check.said for check in report.checks}
    assert verdicts["people"] == "skip" and said["people"] == "paper-edge does not look at them"
    assert "none lacks weights" in said["load"] and "CIEDE2000" in said["channels"]
    figures = {check.name: check.figures for check in report.checks}
    assert max(figures["parity"]["differences"]) < 0.5 / 255
    tried = figures["controls"]
    assert set(tried) == {
        "as shipped", "inverted lines", "lines half as wide", "lines one and a half times as wide",
        "colours, swapped channels", "scale 0.7", "scale 0.9", "scale 1.1",
    }  # fmt: skip
    assert all(set(found) == {"contours found", "CIEDE2000"} for found in tried.values())
    assert figures["load"]["revisions"]["base"] == "CompVis/stable-diffusion-v1-4@abc123"
    assert set(figures["health"]["standard deviations"]) >= {"3:2", "2.39:1", "200 words", "prompt alone", "no layers"}
    assert report.about["pictures"]["painted"] > 20 and report.about["accelerator"] == "cpu"
    assert report.about["settings"]["Steps"] == "1"
    # Nothing that was changed or counted for a control stays so.
    decoder = find_decoder("paper-edge", steps=1)
    assert decoder.preset.edges.scale == 1.0 and "_show" not in vars(decoder)
    assert not decoder.networks.base.vae.decoder._forward_hooks


def test_a_lora_is_measured(weights: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its norm, and the time steps of its schedule; numbers without a value are counted."""
    import torch
    from diffusers.models.autoencoders.vae import Decoder

    own, calls = Decoder.forward, []

    def overflows(self: Any, latents: torch.Tensor, *args: Any) -> torch.Tensor:
        calls.append(0)
        return own(self, latents, *args) * (torch.nan if len(calls) == 1 else 1)

    monkeypatch.setattr(Decoder, "forward", overflows)
    report = validate("sd15", options={"dtype": "bfloat16"}, quick=True)
    figures = {check.name: check.figures for check in report.checks}
    assert figures["lora"]["norm"] > 0
    assert figures["timesteps"]["timesteps"] == [999, 749, 499, 249]
    assert _verdicts(report)["parity"] == _verdicts(report)["controls"] == "skip"
    assert report.about["pictures"][checks.AGAIN] == 1


def _judged(swapped: float, joints: bool, colours: float = 9.0) -> list[tuple[str, str, str]]:
    """What is said of one set of controls, of a preset that looks at people and colours."""
    from triptych.bench.validation import diffusion
    from triptych.decoders.diffusion.presets import load

    found = {
        "as shipped": {"contours found": 0.5, "CIEDE2000": 4.0},
        "people, right channels": {"joints found": 0.8},
        "people, swapped channels": {"joints found": swapped},
        "colours, swapped channels": {"CIEDE2000": colours},
    }
    return [(check.name, check.verdict, check.said) for check in diffusion._judged(found, load("paper-pose"), joints)]


def test_swapped_channels_are_judged() -> None:
    """By joints where a pose network is here, else the line says what to install; by CIEDE2000 for colours."""
    controls, channels = _judged(0.4, True)
    assert controls[:2] == ("controls", "skip")
    assert channels[:2] == ("channels", "pass") and "0.800 as shipped, 0.400 with red for blue" in channels[2]
    assert _judged(0.9, True)[1][1] == "fail"
    assert _judged(0.4, True, colours=3.0)[1][1] == "fail"
    (_, verdict, said) = _judged(0.9, False)[1]
    assert verdict == "pass" and "not judged" in said and "triptych models pull rtmpose" in said


def test_people_and_prompts_are_judged_by_networks_that_are_here(
    monkeypatch: pytest.MonkeyPatch, condition: Callable[..., Conditioning]
) -> None:
    """Joints found with and without people, the CLIP score with and without the prompt."""
    people = condition().people

    def scored(one: np.ndarray, other: np.ndarray, prompt: str | None) -> float:
        return float(prompt == "a red fox" and other[0, 0, 0])

    class Obeys:
        def decode(self, given: Conditioning) -> Any:
            painted = np.asarray(SketchDecoder().decode(given)).copy()
            painted[0, 0] = 20 + 40 * (given.prompt is not None)
            painted[-1, -1] = 255 * (given.people is not None)
            return painted

    own = validate(Obeys(), quick=True)
    said = {check.name: check.said for check in own.checks}
    assert "where joints are was not looked at: pip install 'triptych[pose]'" in said["people"]
    monkeypatch.setattr(
        checks, "pose_network", lambda: lambda image: people if image.getpixel((63, 63)) == (255,) * 3 else people[:0]
    )
    monkeypatch.setattr(kit, "choose_metrics", lambda names, files: ({"clip": scored}, {"lpips_alex": "no LPIPS"}))
    found = {check.name: check for check in validate(Obeys(), quick=True).checks}
    assert found["people"].verdict == "pass" and found["people"].figures["without"] == [0.0]
    assert found["prompt"].verdict == "pass" and found["prompt"].said.startswith("CLIP score 60.00 with the prompt, 20")
    assert (found["likeness"].verdict, found["likeness"].said) == ("skip", "LPIPS (AlexNet) is absent: no LPIPS")


def test_own_pictures_take_the_place_of_the_samples(tmp_path: Path, drawing: Callable[..., Image.Image]) -> None:
    """Files and folders, encoded as by default; their names stay out of the report."""
    (tmp_path / "folder").mkdir()
    drawing().save(tmp_path / "folder" / "secret.png")
    drawing(64, 96).save(tmp_path / "other.png")
    report = validate("sketch", quick=True, pictures=[tmp_path / "folder", tmp_path / "other.png"])
    figures = {check.name: check.figures for check in report.checks}
    assert figures["edges"]["samples"] == ["picture 1", "picture 2"]
    assert "secret" not in json.dumps(report.as_json())
    with pytest.raises(InputError, match="no pictures in this folder"):
        validate("sketch", pictures=[kit.SAMPLES.parent])


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
