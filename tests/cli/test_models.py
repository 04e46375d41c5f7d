"""`triptych models`: what it lists, downloads, finds and deletes, in a cache and from a hub of its own."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from triptych.analysis.detectors import catalogue
from triptych.cli.main import main
from triptych.cli.models import size
from triptych.decoders.diffusion import presets

Fill = Callable[..., Path]
REPO = "deepghs/imgutils-models"
EDGES = {"lineart/pidi.onnx": b"x" * 5, "lineart/lineart.onnx": b"y" * 1500}


@pytest.fixture
def edges(fill: Fill) -> Path:
    """The repository with the edge networks, of which lineart-coarse is missing."""
    return fill(REPO, EDGES, commit=catalogue()["pidinet"].source.revision)


def _list(capsys: pytest.CaptureFixture[str]) -> dict[str, dict]:
    capsys.readouterr()
    assert main(["models", "list", "--json"]) == 0
    return {row["name"]: row for row in map(json.loads, capsys.readouterr().out.splitlines())}


def test_the_list_has_every_model(edges: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Those of the decoders and of the extractors, each once, with what it is for and whether it is here."""
    rows = _list(capsys)
    assert list(rows) == [model.name for model in presets.models()] + list(catalogue())
    assert "sd15" in rows["sd15-base"]["for"] and rows["pidinet"]["for"].startswith("edges: ")
    assert rows["pidinet"]["on_disk_bytes"] == 5 and rows["pidinet"]["complete"]
    assert rows["pidinet"]["path"] == str(edges)
    assert rows["lineart-coarse"]["on_disk_bytes"] == 0 and not rows["lineart-coarse"]["complete"]
    assert all(row["download_bytes"] > 0 and row["licence"] and row["repo"] for row in rows.values())


def test_the_list_is_readable(edges: Path, cache: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A line for each model, and at the end what all of them take and where."""
    assert main(["models", "list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2 + len(presets.models()) + len(catalogue())
    line = next(line for line in lines if line.startswith("lineart "))
    assert "18 MB" in line and "1.5 kB" in line and "MIT" in line
    assert lines[-1] == f"1.5 kB in {cache}"


def test_incomplete_models_are_marked(fill: Fill, capsys: pytest.CaptureFixture[str]) -> None:
    """A copy that lacks files is not taken for one."""
    fill("Salesforce/blip-image-captioning-base", {"config.json": b"{}"})
    assert main(["models", "list"]) == 0
    line = next(line for line in capsys.readouterr().out.splitlines() if line.startswith("blip "))
    assert "2 bytes" in line and line.endswith("(incomplete)")


def test_pulling_downloads_and_tells(hub, capsys: pytest.CaptureFixture[str]) -> None:
    """A model is named with its page, size and licence, then with its folder; the second time it is here."""
    hub.repos[REPO] = EDGES
    assert main(["models", "pull", "pidinet"]) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[0] == f"pidinet: from https://huggingface.co/{REPO}, about 4.0 MB, licence: research only"
    assert said[1].startswith("pidinet: 5 bytes in ") and said[1].endswith("pidi.onnx")
    assert main(["models", "pull", "pidinet"]) == 0
    assert capsys.readouterr().out.startswith("pidinet: is here already\n")


def test_a_decoder_stands_for_its_models(hub, capsys: pytest.CaptureFixture[str]) -> None:
    """Pulling a preset pulls all that it needs, each once."""
    needed = presets.needed("paper-edge")
    for model in needed:
        hub.repos[model.repo] = {pattern.replace("*", "a"): b"1" for pattern in model.files}
    assert main(["models", "pull", "paper-edge", needed[0].name]) == 0
    rows = _list(capsys)
    assert {name for name, row in rows.items() if row["complete"]} >= {model.name for model in needed}


def test_hub_ids_can_be_pulled(hub, capsys: pytest.CaptureFixture[str]) -> None:
    """So the remedy in the message of a missing model of one's own works, too."""
    hub.repos["me/mine"] = {"config.json": b"{}", "model.safetensors": b"12345"}
    assert main(["models", "pull", "me/mine"]) == 0
    assert "me/mine: 7 bytes in " in capsys.readouterr().out
    assert main(["models", "path", "me/mine"]) == 0
    assert main(["models", "remove", "me/mine", "--yes"]) == 0
    assert capsys.readouterr().out.endswith("me/mine: 7 bytes freed\n")


def test_paths_are_printed(edges: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One path by itself, for scripts; several with their names; a missing one is an error with its remedy."""
    assert main(["models", "path", "pidinet"]) == 0
    assert capsys.readouterr().out == f"{edges}/lineart/pidi.onnx\n"
    assert main(["models", "path", "pidinet", "lineart"]) == 0
    assert capsys.readouterr().out.splitlines()[1] == f"lineart: {edges}/lineart/lineart.onnx"
    assert main(["models", "path", "blip"]) == 1
    assert capsys.readouterr().err == "triptych: blip is not on this disk; run: triptych models pull blip\n"


def test_removing_deletes_and_tells(edges: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What is removed is named with its size; the other models of its repository stay."""
    assert main(["models", "remove", "lineart", "blip", "--yes"]) == 0
    assert capsys.readouterr().out == "lineart: 1.5 kB freed\n"
    rows = _list(capsys)
    assert rows["pidinet"]["complete"] and not rows["lineart"]["complete"]
    assert main(["models", "remove", "lineart", "--yes"]) == 1
    assert capsys.readouterr().err == "triptych: lineart: not on this disk; there is nothing to remove\n"


def test_removing_asks(edges: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Without --yes it asks, takes only yes for a yes, and refuses where there is nobody to ask."""
    assert main(["models", "remove", "lineart"]) == 1
    assert "would delete lineart (1.5 kB); there is no terminal to ask at: add --yes" in capsys.readouterr().err
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    for answer, code in (("", 1), ("n", 1), ("y", 0)):
        asked: list[str] = []
        monkeypatch.setattr("builtins.input", lambda text, answer=answer, asked=asked: (asked.append(text), answer)[1])
        assert main(["models", "remove", "lineart"]) == code
        assert asked == ["delete lineart (1.5 kB)? [y/N] "]
    assert not (edges / "lineart" / "lineart.onnx").exists()


def test_unknown_names_are_told(cache: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The message lists decoders and models."""
    for action in ("pull", "path", "remove"):
        assert main(["models", action, "blop"]) == 1
        assert "no model or decoder is called 'blop'; there are: paper-edge, " in capsys.readouterr().err


@pytest.mark.parametrize(
    ("count", "text"),
    [(0, "0 bytes"), (999, "999 bytes"), (1000, "1.0 kB"), (15_400, "15 kB"), (4_000_000, "4.0 MB"),
     (990_000_000, "990 MB"), (15_800_000_000, "15.8 GB"), (2 * 10**12, "2000.0 GB")],
)  # fmt: skip
def test_sizes_are_told_in_words(count: int, text: str) -> None:
    """Two or three digits are enough."""
    assert size(count) == text
