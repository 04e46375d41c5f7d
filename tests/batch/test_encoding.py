"""What `triptych batch encode` takes beside a picture: prompts from lists and models, networks, seeds, links."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from batch.conftest import Here
from cli.test_seeds import Grainy
from PIL import Image

import triptych
from triptych import registry
from triptych.analysis.detectors import captions
from triptych.batch import Encode
from triptych.cli.main import main
from triptych.layers import DetailLayer
from triptych.layers.detail import REGIONS

QUICK = "--layers semantic,texture --colour-grid 2"


@pytest.fixture
def quick(here: Here, pictures: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], dict[str, triptych.Picture]]:
    """`triptych batch encode in out` with more options: the files by name."""
    monkeypatch.chdir(pictures.parent)
    (pictures / "b/bad.png").unlink()

    def encode(more: str) -> dict[str, triptych.Picture]:
        assert main(["batch", "encode", str(pictures), "out", *shlex.split(more)]) == 0
        return {path.stem: triptych.Picture.open(path) for path in Path("out").rglob("*.trp")}

    return encode


def test_prompts_come_from_a_list_of_captions(quick: Callable[[str], Any], pictures: Path) -> None:
    """Pictures are found in it by name; --prompt-from none passes it over."""
    some = sorted(pictures.rglob("*.png"))
    Path("captions.json").write_text(json.dumps([{"file": some[0].name, "description": {"a": "1", "b": "a hill"}}]))
    made = quick(f"{QUICK} --captions captions.json --level b")
    assert [name for name, one in made.items() if one.prompt == "a hill"] == [some[0].stem]
    assert main(["batch", "encode", "in", "out", "--level", "b"]) == 1


def test_a_model_writes_the_prompts_that_are_missing(
    quick: Callable[[str], Any], pictures: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is shown several pictures at once, and only those without a prompt."""
    first = sorted(pictures.rglob("*.png"))[0]
    first.with_suffix(".txt").write_text("its own")
    shown: list[int] = []

    def caption(images: list[Image.Image], name: str, *, device: str) -> list[str]:
        shown.append(len(images))
        return [f"{name} says {number}" for number in range(len(images))]

    monkeypatch.setattr("triptych.analysis.detectors.ready", lambda finds, name: (None, pictures))
    monkeypatch.setattr(captions, "caption", caption)
    made = quick(f"{QUICK} --caption blip")
    assert made[first.stem].prompt == "its own" and sum(shown) == len(made) - 1 and max(shown) > 1
    assert all(one.prompt.startswith("blip says") for name, one in made.items() if name != first.stem)


def test_networks_find_edges(quick: Callable[[str], Any], edge_network: Callable[..., Path]) -> None:
    """The same bytes as with `triptych encode`."""
    network = edge_network()
    made = quick(f"--prompt x --recipe none --edge-detector {network}")
    options = ["--prompt", "x", "--recipe", "none", "--edge-detector", str(network)]
    assert main(["encode", "in", "-r", "-o", "single", *options]) == 0
    for path in Path("single").rglob("*.trp"):
        assert made[path.stem].to_bytes() == path.read_bytes()


def test_seeds_and_packets(quick: Callable[[str], Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """A seed is looked for with the decoder that is named, and its options; files are made for a link."""
    theirs = registry.load
    monkeypatch.setattr(registry, "load", lambda name: Grainy if name == "grainy" else theirs(name))
    made = quick("--layers texture,seed --colour-grid 2 --seeds 5 --decoder grainy -O favourite=3")
    assert [one.seed for one in made.values()] == [3] * 5
    assert main(shlex.split("batch encode in packets --link meshtastic --prompt '' --recipe none")) == 0
    for path in Path("packets").rglob("*.trp"):
        assert len(triptych.Picture.open(path).to_bare()) <= 233


def test_regions_of_interest(here: Here, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, noise: Image.Image) -> None:
    """The same bytes as `triptych encode --roi`; an item that the box does not fit fails alone; faces need people."""
    monkeypatch.chdir(tmp_path)
    Path("in").mkdir()
    noise.save("in/noise.png")
    Image.new("RGB", (32, 32), "teal").save("in/small.png")
    options = shlex.split("--bytes 1200 --roi 60,60,96,96 --prompt '' --recipe none")
    assert main(["batch", "encode", "in", "out", *options]) == 1
    assert [path.name for path in Path("out").glob("*.trp")] == ["noise.trp"]
    made = triptych.Picture.open("out/noise.trp")
    assert made.get(DetailLayer).coding == REGIONS  # type: ignore[union-attr]
    assert main(["encode", "in/noise.png", *options, "-o", "single.trp"]) == 0
    assert made.to_bytes() == Path("single.trp").read_bytes()
    for roi in ("faces", "1,2,3"):
        assert main(["batch", "encode", "in", "none", "--roi", roi]) == 1
    assert not Path("none").exists()


def test_options_that_were_not_given_leave_the_run_as_it_was() -> None:
    """Manifests of earlier releases are still understood, and where a model computes does not matter."""
    asked: dict[str, Any] = {"verb": "encode", "options": {"bpp": 0.02}}
    assert Encode(options={"bpp": 0.02}, caption_device="cpu").asked() == asked
    assert Encode(options={"bpp": 0.02}, prompt="").asked() == {**asked, "prompt": ""}
