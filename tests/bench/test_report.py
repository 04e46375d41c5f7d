"""What the report says of results follows from them: statistics, warnings, and all of its forms."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from triptych.bench.metrics import METRICS
from triptych.bench.protocols import protocols, score
from triptych.bench.report import charts, statistics, text
from triptych.bench.report.notes import notes
from triptych.bench.report.table import Table, make_table
from triptych.bench.report.write import make_report
from triptych.bench.results import read_results
from triptych.errors import InputError

PSNR, LPIPS = METRICS["psnr"], METRICS["lpips_squeeze"]
BUDGETS = (100, 200, 400, 800)


def _quality(picture: str, size: float) -> dict[str, float]:
    """Grows with the logarithm of the size; pictures differ by a constant."""
    value = 10 * np.log10(size) + ord(picture[-1]) % 7
    return {"psnr": value, "lpips_squeeze": 1 / value}


@pytest.fixture
def table(results: Callable[..., Path]) -> Table:
    """Four pictures; `double` needs twice the bytes of `triptych` for the same quality."""
    values = {
        (picture, codec, budget): _quality(picture, budget / factor)
        for picture in ("p1", "p2", "p3", "p4")
        for codec, factor in (("double", 2), ("triptych", 1))
        for budget in BUDGETS
    }
    return make_table(read_results(results(values)))


def test_twice_the_bytes_are_a_delta_rate_of_100_per_cent(table: Table) -> None:
    """With its range of validity: what both reach, here from 100 to 400 bytes of the reference."""
    pytest.importorskip("bjontegaard")
    for metric in (PSNR, LPIPS):
        found = statistics.delta_rate(table, "double", metric)
        assert found.percent == pytest.approx(100, abs=2) and found.median == pytest.approx(100, abs=2)
        assert found.rates == pytest.approx((100, 400), rel=0.02) and found.pictures == 4
        assert found.low is not None and found.high is not None and found.low <= 101 and found.high >= 99
        assert found.overlap == pytest.approx(2 / 4, abs=0.06)


def test_curves_that_do_not_overlap_have_no_delta_rate(results: Callable[..., Path]) -> None:
    """Neither the mean curves nor a warning are passed over."""
    pytest.importorskip("bjontegaard")
    values = {
        ("p1", codec, budget): {"psnr": start + budget / 100}
        for codec, start in (("triptych", 10), ("far", 40))
        for budget in BUDGETS
    }
    table = make_table(read_results(results(values)))
    assert statistics.delta_rate(table, "far", PSNR).percent is None
    said = " ".join(notes(table))
    assert "PSNR in dB: the curves of far and triptych do not overlap" in said and "only 1 pictures" in said
    assert "no overlap" in text.delta_table(table, PSNR)


def test_bands_and_differences_are_paired(table: Table) -> None:
    """Pictures that differ much among each other, and codecs that differ by the same on each: wide bands, no doubt."""
    curve = statistics.curve(table, "triptych", PSNR)
    assert curve.bytes == [100, 200, 400, 800] and curve.mean[0] == pytest.approx(
        np.mean([_quality(f"p{n}", 100)["psnr"] for n in (1, 2, 3, 4)])
    )
    assert curve.low[0] < curve.mean[0] - 0.5 and curve.high[0] > curve.mean[0] + 0.5
    found = statistics.difference(table, "double", "200 B", PSNR)
    assert found is not None and found.mean == pytest.approx(-10 * np.log10(2))
    assert found.high - found.low < 1e-9 and found.better == 0 and found.pictures == 4


def test_a_size_that_some_pictures_lack_is_left_out(results: Callable[..., Path]) -> None:
    """Of the curve; the table shows it with the count, and a note says so."""
    values = {(p, "jpeg", b): {"psnr": 20.0 + b / 100} for p in ("p1", "p2") for b in BUDGETS if (p, b) != ("p2", 100)}
    table = make_table(read_results(results(values)))
    curve = statistics.curve(table, "jpeg", PSNR)
    assert curve.budgets == ["200 B", "400 B", "800 B"] and curve.left_out == {"100 B": 1}
    assert "[1 of 2]" in text.quality_table(table, PSNR)
    assert any("left out of the curves: jpeg (100 B)" in note for note in notes(table))


def test_violations_of_the_budget_are_flagged(results: Callable[..., Path]) -> None:
    """First of all, with the worst; and in red in the page."""
    values = {("p1", "triptych", b): {"psnr": 20.0, "lpips_squeeze": 0.3} for b in BUDGETS}
    folder = results(values, sizes=lambda codec, budget: budget + (7 if budget == 400 else 0))
    path = folder / "results.jsonl"
    path.write_text(path.read_text().replace('"cores": 2', '"cores": 2, "load": 9.5'))
    said = notes(make_table(read_results(folder)))
    assert any("the machine was busy (load 9.5 on 2 cores)" in note for note in said)
    assert (
        said[0].startswith("BUDGET VIOLATED: 1 file is larger than allowed") and "407 bytes instead of 400" in said[0]
    )
    assert any("LPIPS (SqueezeNet) (trained on): decoders of Triptych know it" in note for note in said)
    page = make_report(folder)["report.html"].decode()
    assert '<li class="grave">BUDGET VIOLATED' in page and '<td class="over">407</td>' in page


def test_the_page_needs_nothing_else(table: Table, results: Callable[..., Path], tmp_path: Path) -> None:
    """No address outside of it but links to read; pictures are in it, strangers' names cannot break it."""
    name = "<script>alert(1)</script>"
    values = {(name, codec, b): {"psnr": 20.0 + b / 100} for codec in ("triptych", "avif") for b in (100, 200)}

    def change(line: dict[str, object]) -> None:
        line["sha256"] = "ab" * 32
        line["file"] = "decoded.webp"

    again = tmp_path / "again"
    again.mkdir()
    table.results.runs.clear()
    (tmp_path / "results").rename(again / "first")
    folder = results(values, change=change)
    (folder / "pictures").mkdir()
    for file in ("abababababab.webp", "decoded.webp"):
        Image.new("RGB", (100, 80), (200, 30, 30)).save(folder / "pictures" / file)
    page = make_report(folder)["report.html"].decode()
    assert re.findall(r'(?:src|href)="(?!#|data:)[^"]*"', page) == [] and "url(" not in page and "@import" not in page
    assert page.count("data:image/webp;base64,") >= 2 and name not in page
    data = json.loads(re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)[1])  # type: ignore[index]
    assert data["pictures"][0]["name"] == name and data["points"][0]["image"] >= 0
    assert not re.search(r"@[A-Z]+@", page)


def test_all_forms_have_the_values(table: Table, tmp_path: Path) -> None:
    """CSV has a line a file, Markdown the means, codec-compare a batch a codec with fields in their order."""
    files = {name: content.decode() for name, content in make_report(tmp_path / "results").items()}
    rows = list(csv.DictReader(io.StringIO(files["report.csv"])))
    assert len(rows) == 32 and float(rows[0]["psnr"]) == pytest.approx(_quality("p1", 50)["psnr"])
    assert "| triptych | " in files["report.md"] and "LPIPS (SqueezeNet) (trained on)" in files["report.md"]
    listed = [name for (name,) in json.loads(files["codec-compare/batches.json"])]
    assert listed == ["triptych.json", "double.json"]
    batch = json.loads(files["codec-compare/double.json"])
    names = [next(iter(field)) for field in batch["field_descriptions"]]
    assert names[:4] == ["original_name", "budget", "encoded_size", "bpp"] and "lpips" in names
    assert len(batch["field_values"]) == 16 and all(len(row) == len(names) for row in batch["field_values"])
    assert len(batch["constant_values"]) == len(batch["constant_descriptions"])


def test_charts_draw_better_upwards(table: Table) -> None:
    """Also where less is better; each codec is a group that can be switched off."""
    for metric in (PSNR, LPIPS):
        curve = statistics.curve(table, "triptych", metric)
        drawn = charts.curves_chart(metric, [curve], ["triptych"])
        heights = [float(y) for y in re.findall(r'<circle cx="[\d.]+" cy="([\d.]+)"', drawn)]
        assert heights == sorted(heights, reverse=True) and 'data-codec="0"' in drawn


def test_results_that_are_none_are_told(tmp_path: Path, results: Callable[..., Path]) -> None:
    """A missing file, a broken line; a last line that was cut off is passed over."""
    with pytest.raises(InputError, match=r"results\.jsonl: cannot be read"):
        read_results(tmp_path)
    path = results({("p1", "a", 100): {"psnr": 1.0}}) / "results.jsonl"
    whole = path.read_text()
    path.write_text(whole + '{"kind": "poi')
    assert len(read_results(path).points) == 1
    path.write_text("nonsense\n" + whole)
    with pytest.raises(InputError, match="line 1 is no result"):
        read_results(path)


def test_scores_of_protocols() -> None:
    """LoViF's sum of four metrics, by its published winner's figures; None without one of them."""
    lovif = protocols()["lovif-2026"]
    first = {"psnr": 29.8, "ms_ssim": 0.931, "lpips_alex": 0.076, "dists": 0.052}
    assert score(lovif, first) == pytest.approx(29.8 + 9.31 + 40 * 0.924 + 40 * 0.948)
    assert score(lovif, first | {"dists": None}) is None and score(protocols()["kodak"], first) is None
    assert all(set(one.metrics) <= set(METRICS) for one in protocols().values())
