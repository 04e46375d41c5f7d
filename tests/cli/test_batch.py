"""`triptych batch`: thin over `triptych.batch`, with the same bytes; what it says while it runs and in the end."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import Any

import pytest
from batch.conftest import Here, draw, tree

import triptych
from triptych.batch import Progress, runner
from triptych.cli import batch
from triptych.cli.main import main


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Here:
    """Runs work in this process, in a folder with three pictures in `in`."""
    monkeypatch.chdir(tmp_path)
    for number in range(3):
        draw(tmp_path / f"in/p{number}.png", number)
    engine = Here()
    monkeypatch.setattr(runner, "_engine", lambda plan: engine)
    return engine


def test_the_four_verbs(here: Here, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Options mean what they mean for one file; the summary is told as text or as JSON, and by the exit code."""
    assert main(shlex.split("batch encode in small --layers texture --colour-grid 2 --background navy")) == 0
    said = capsys.readouterr().out
    assert "3 done, 0 failed, 0 left" in said and "bits per pixel" in said and "texture" in said
    picture = triptych.encode("in/p0.png", layers="texture", colour_grid="2")
    assert Path("small/p0.trp").read_bytes() == picture.to_bytes()
    assert main(shlex.split("batch edit small warm --prompt 'a bar' --temperature all 40 --bytes 200 --to tar")) == 0
    assert main(shlex.split("batch decode warm painted --decoder sketch --format webp --size 32 --no-metadata")) == 0
    edited = triptych.edit.shift_colours(triptych.edit.set_prompt(picture, "a bar"), "all", temperature=40.0)
    painted = triptych.render(edited, decoder="sketch", format="WEBP", size=32, metadata=False)
    assert tree(tmp_path / "painted")["shard-00000/000000000.webp"] == painted
    Path("warm/cut.trp").write_bytes(b"junk")
    capsys.readouterr()
    assert main(shlex.split("batch stats warm table --json")) == 1
    summary = json.loads(capsys.readouterr().out)
    assert summary["items"] == {"done": 3, "failed": 1, "todo": 0} and summary["failures"][0]["example"] == "cut.trp"
    assert list(summary["layers"]) == ["container", "semantic", "texture"]


def test_what_stops_a_run_is_told(here: Here, capsys: pytest.CaptureFixture[str]) -> None:
    """With what to do; wrong usage is one line."""
    Path("in/bad.png").write_bytes(b"bad")
    assert main(shlex.split("batch encode in out --layers texture --max-failures 0")) == 1
    assert "stopped: 1 items failed" in (err := capsys.readouterr().err) and "the same command goes on" in err
    assert main(shlex.split("batch encode in out --layers texture")) == 1
    assert main(shlex.split("batch encode nowhere out2")) == 1
    assert "nowhere: no such file or folder" in capsys.readouterr().err
    assert main(["batch", "edit", "in", "out3"]) == 1
    assert "nothing to do" in capsys.readouterr().err
    for wrong in (
        "batch encode in",
        "batch encode in out --engine moon",
        "batch nothing",
        "batch encode i o --bpp 1 --bytes 2",
    ):
        with pytest.raises(SystemExit) as stop:
            main(shlex.split(wrong))
        assert stop.value.code == 2


@pytest.mark.parametrize("verb", ["", "encode", "decode", "edit", "stats"])
def test_help(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Each command explains itself."""
    with pytest.raises(SystemExit) as stop:
        main(["batch", *filter(None, [verb]), "--help"])
    assert stop.value.code == 0
    said = capsys.readouterr().out
    assert said.startswith("usage: triptych batch") and ("--max-failures" in said if verb else "stats" in said)


def test_the_line_that_shows_progress(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """How many of how many, failures, rate, time left, bytes; on a terminal in one line, else a line a minute."""
    clock = [100.0]
    monkeypatch.setattr("time.monotonic", lambda: clock[0])
    progress = Progress(before=100, total=1120)
    line: Any = batch._Line()
    clock[0] += 10
    progress.done, progress.failed, progress.bytes_in, progress.bytes_out = 18, 2, 5_000_000, 9_000
    line(progress)
    assert capsys.readouterr().err == ""
    clock[0] += 60
    progress.done = 78
    line(progress)
    expected = "triptych: 178 of 1,120 done, 2 failed, 1.0/s, 16 min left, 5.0 MB -> 9.0 kB\n"
    assert capsys.readouterr().err == expected
    assert [batch.duration(x) for x in (5, 99, 5000, 40_000, 400_000)] == [
        "5 s",
        "99 s",
        "83 min",
        "11 h 6 min",
        "4 d 15 h",
    ]
    assert [batch.size(x) for x in (655, 12_300, 3.2e12, 5e15)] == ["655 B", "12.3 kB", "3.2 TB", "5000.0 TB"]
