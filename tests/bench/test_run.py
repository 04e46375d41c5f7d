"""`triptych bench` and `triptych report` on a folder: lines of results, going on where one was, failures."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from triptych.cli.main import main

METRICS = ("--metrics", "psnr,ssim")


@pytest.fixture
def pictures(tmp_path: Path, textured: Image.Image) -> Path:
    """Two pictures, one with a prompt beside it, one in the index."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    textured.resize((48, 44)).save(folder / "one.png")
    textured.crop((0, 0, 50, 40)).save(folder / "two.png")
    (folder / "one.txt").write_text("a cat")
    (folder / "index.csv").write_text("file,prompt\ntwo.png,a dog\n")
    return folder


def _lines(folder: Path, kind: str = "point") -> list[dict[str, object]]:
    lines = [json.loads(line) for line in (folder / "results.jsonl").read_text().splitlines()]
    return [line for line in lines if line["kind"] == kind]


def _bench(*words: object) -> int:
    return main(["bench", *map(str, words)])


def test_a_folder_is_measured_and_gone_on_with(
    pictures: Path, shrink: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A line a file; the same command again measures nothing, another size only that; the report follows."""
    out = tmp_path / "results"
    common = (pictures, "-o", out, "--codecs", f"{shrink},jpeg", *METRICS)
    assert _bench(*common, "--bytes", "90,700") == 0
    points = _lines(out)
    assert [(p["picture"], p["codec"], p["budget"]) for p in points] == [
        (picture, codec, budget)
        for picture in ("one.png", "two.png")
        for codec in ("shrink", "jpeg")
        for budget in ("90 B", "700 B")
    ]
    made = [point for point in points if "unreached" not in point]
    assert all(isinstance(p["bytes"], int) and p["bytes"] <= p["most"] for p in made)  # type: ignore[operator]
    assert {"psnr", "ssim"} == set(made[0]["metrics"]) and made[0]["encode_s"] > 0  # type: ignore[call-overload, operator]
    assert any("its smallest file takes" in str(p.get("unreached")) for p in points if p["codec"] == "jpeg")
    run = _lines(out, "run")[0]
    assert run["data"]["pictures"] == 2 and len(run["data"]["sha256"]) == 64  # type: ignore[index, call-overload]
    assert run["command"] and run["processor"] and run["packages"] and "jpeg" in run["codecs"]  # type: ignore[operator]

    assert _bench(*common, "--bytes", "90,700") == 0
    assert "8 files to make, 8 of them measured already; 0 tasks" in capsys.readouterr().out
    assert len(_lines(out)) == 8 and len(_lines(out, "run")) == 1
    assert _bench(*common, "--bytes", "90,700,900") == 0
    assert [p["budget"] for p in _lines(out)[8:]] == ["900 B"] * 4

    assert main(["report", str(out)]) == 0
    page = (out / "report.html").read_text("utf-8")
    assert "data:image/webp" in page and "shrink" in page and (out / "codec-compare/batches.json").exists()


def test_prompts_and_sets_of_layers(pictures: Path, tmp_path: Path) -> None:
    """Triptych gets the prompt of the text file or the index, and its leading sets have lines of their own."""
    out = tmp_path / "results"
    assert _bench(pictures, "-o", out, "--codecs", "triptych:sketch", "--bytes", 200, *METRICS, "--no-pictures") == 0
    points = _lines(out)
    parts = [point for point in points if point.get("part") == "layer1"]
    assert {point["picture"] for point in parts} == {"one.png", "two.png"}
    whole = [point for point in points if not point.get("part")]
    assert all(p["layers"]["semantic"] > 0 and p["bytes"] == sum(p["layers"].values()) for p in whole)  # type: ignore[index, call-overload, attr-defined]
    assert not (out / "pictures").exists() and all("file" not in point for point in points)


def test_what_fails_is_recorded_and_tried_again(
    pictures: Path, shrink: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A codec that fails and a picture that is none cost themselves only; a later success makes the failure good."""
    out = tmp_path / "results"
    (pictures / "broken.png").write_bytes(b"no picture")
    program = shrink.with_name("shrink.py")
    good = program.read_text()
    program.write_text("raise SystemExit('out of order')")
    common = (pictures, "-o", out, "--codecs", shrink, "--bytes", 700, *METRICS)
    assert _bench(*common) == 1
    assert "out of order" in str(_lines(out, "error")[0]["error"]) and _lines(out) == []
    assert "broken.png" in capsys.readouterr().err
    program.write_text(good)
    (pictures / "broken.png").unlink()
    assert _bench(*common) == 0
    from triptych.bench.results import read_results

    assert len(read_results(out).points) == 2 and read_results(out).errors == []


def test_a_better_version_counts_alone(pictures: Path, shrink: Path, tmp_path: Path) -> None:
    """What is measured with another setting of a codec replaces what was measured before."""
    from triptych.bench.results import read_results

    out = tmp_path / "results"
    common = (pictures, "-o", out, "--codecs", shrink, "--bytes", 700, *METRICS)
    assert _bench(*common) == 0
    shrink.write_text(shrink.read_text().replace("encode {quality}", "encode  3"))
    from triptych.bench.codecs import find_codec

    find_codec.cache_clear()
    assert _bench(*common) == 0
    points = read_results(out).points
    assert len(_lines(out)) == 4 and len(points) == 2
    assert len({point["identity"] for point in points}) == 1 and "encode  3" in points[0]["identity"]


def test_pictures_of_one_name_stay_two(pictures: Path, shrink: Path, tmp_path: Path) -> None:
    """In two folders; and MS-SSIM, which has no value for small pictures, does not choose settings."""
    other = tmp_path / "other"
    other.mkdir()
    (other / "one.png").write_bytes((pictures / "two.png").read_bytes())
    out = tmp_path / "results"
    common = ("--codecs", shrink, "--bytes", 700, "--metrics", "ms_ssim,psnr", "--fit", "ms_ssim", "--no-pictures")
    assert _bench(pictures / "one.png", other / "one.png", "-o", out, *common) == 0
    points = _lines(out)
    assert {point["picture"] for point in points} == {str(pictures / "one.png"), str(other / "one.png")}
    assert all(point["fit"] == ["psnr"] and point["metrics"]["ms_ssim"] is None for point in points)  # type: ignore[index, call-overload]


def test_the_protocol_sets_sizes_and_metrics(pictures: Path, shrink: Path, tmp_path: Path) -> None:
    """Rates follow from each picture's pixels; metrics that are not here are absent in the header, not faked."""
    out = tmp_path / "results"
    assert _bench(pictures, "-o", out, "--codecs", shrink, "--protocol", "lovif-2026", "--every", 2) == 0
    run, points = _lines(out, "run")[0], _lines(out)
    assert run["budgets"] == ["0.025 bpp"] and points[0]["most"] == int(0.025 * 48 * 44 / 8)
    assert "dists" in run["absent metrics"] or "dists" in run["metrics"]  # type: ignore[operator]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--codecs", "bpg"], "there is no codec called 'bpg'"),
        (["--metrics", "vmaf"], "there is no metric called 'vmaf'"),
        (["--metrics", "psnr", "--fit", "ssim"], "settings cannot be chosen by ssim"),
        (["--protocol", "imagenet"], "there is no protocol called 'imagenet'"),
    ],
)
def test_wrong_names_are_one_line(
    words: list[str], said: str, pictures: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Before anything is measured or written."""
    assert _bench(pictures, "-o", tmp_path / "out", "--codecs", "jpeg", *words) == 1
    assert said in capsys.readouterr().err and not (tmp_path / "out").exists()


def test_the_list_needs_no_pictures(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Codecs, metrics and protocols, with what is missing."""
    monkeypatch.setenv("PATH", os.devnull)
    assert _bench("--list") == 0
    said = capsys.readouterr().out
    assert "there is no vvencFFapp on the PATH" in said and "kodak" in said and "decoders of ours: trained on" in said


def test_the_example_of_the_guide_runs(textured: Image.Image, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From Python, with a faster codec: the same lines, and a page of them."""
    guide = Path(__file__).parents[2] / "docs" / "guides" / "bench.md"
    (block,) = re.findall(r"```python\n(.*?)```", guide.read_text("utf-8"), re.DOTALL)
    textured.resize((48, 44)).save(tmp_path / "cat.png")
    monkeypatch.chdir(tmp_path)
    space: dict[str, bytes] = {}
    exec(compile(block.replace('"triptych", "avif"', '"jpeg"'), str(guide), "exec"), space)
    assert len(_lines(tmp_path / "results")) == 1 and space["page"].startswith(b"<!doctype html>")


def test_pictures_of_one_folder_keep_their_names(results: Callable[..., Path]) -> None:
    """The report of a file of results is that of its folder."""
    from triptych.bench.report.write import make_report

    folder = results({("p1", "a", 100): {"psnr": 1.0}})
    assert make_report(folder) == make_report(folder / "results.jsonl")
