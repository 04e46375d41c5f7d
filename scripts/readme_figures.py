"""The README's figures, from committed results: `make figures`.

    python scripts/readme_figures.py            # writes them into README.md and docs/images/curves.svg
    python scripts/readme_figures.py --check    # exit code 1 if they are not what the results say

README.md has marks, <!-- figures: NAME --> to <!-- end -->, and what stands between them is made here. The results are
in benchmarks/results/; benchmarks/README.md says by which commands.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from triptych.bench.report import charts, statistics, text
from triptych.bench.report.table import Table, make_table
from triptych.bench.results import read_results

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "benchmarks" / "results"
README, IMAGE = ROOT / "README.md", ROOT / "docs" / "images" / "curves.svg"
MARK = re.compile(r"(<!-- figures: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)
AT = "0.02 bpp"
RIVALS = ("vvc", "avif", "webp")
SHOWN = ("ssimulacra2", "ms_ssim", "flip", "lpips_squeeze")


def quality(table: Table) -> str:
    """Means of a few metrics at each size, Triptych and its rivals."""
    metrics = [metric for metric in table.metrics if metric.name in SHOWN]
    codecs = ["triptych", *(codec for codec in RIVALS if codec in table.codecs)]
    rows = [[budget, *(_means(table, codec, budget) for codec in codecs)] for budget in table.budgets]
    labels = " / ".join(text.label(metric) for metric in metrics)
    about = f"{len(table.pictures)} pictures, means of {labels}; `-`: no file of this size for every picture."
    return f"{about}\n\n{text.rows_as_markdown(['whole file', *codecs], rows)}\n\n`{_command(table)}`\n"


def _means(table: Table, codec: str, budget: str) -> str:
    cells = []
    for name in (metric.name for metric in table.metrics if metric.name in SHOWN):
        values = table.grid(codec, budget, name)
        mean = float(values.mean())  # NaN if a picture has none
        cells.append(
            "-" if np.isnan(mean) else f"{mean:.0f}" if abs(mean) >= 5 or name == "ssimulacra2" else f"{mean:.3f}"
        )
    return "-" if set(cells) == {"-"} else " / ".join(cells)


def rates(table: Table) -> str:
    """Delta rates against the rivals, by each metric, with where they hold."""
    rows = []
    for codec in (codec for codec in RIVALS if codec in table.codecs):
        cells = []
        for metric in (metric for metric in table.metrics if metric.name in SHOWN):
            found = statistics.delta_rate(table, codec, metric)
            if found.percent is None or found.rates is None:
                cells.append("no overlap")
            else:
                cells.append(f"{found.percent:+.0f} % ({found.rates[0]:,.0f} to {found.rates[1]:,.0f} bytes)")
        rows.append([codec, *cells])
    head = ["bytes for the quality of Triptych", *(text.label(m) for m in table.metrics if m.name in SHOWN)]
    return text.rows_as_markdown(head, rows) + "\n"


def layers(table: Table) -> str:
    """Mean bytes of each layer at each size."""
    rows = []
    names: dict[str, None] = {}
    found = {}
    for budget in table.budgets:
        lines = [line for p in table.pictures if (line := table.line(p, "triptych", budget))]
        if lines:
            names |= dict.fromkeys(name for line in lines for name in line["layers"])
            found[budget] = lines
    order = sorted(names, key=lambda name: ("container", "semantic", "texture", "edges", "pose", "detail").index(name))
    for budget, lines in found.items():
        means = [float(np.mean([line["layers"].get(name, 0) for line in lines])) for name in order]
        rate = float(np.mean([line["bpp"] for line in lines]))
        rows.append([budget, f"{sum(means):,.0f} ({rate:.4f} bpp)", *(f"{mean:,.0f}" for mean in means)])
    return text.rows_as_markdown(["at most", "whole file", *order], rows) + "\n"


def speed(table: Table) -> str:
    """Processor seconds and memory of the sample pictures, by benchmarks/speed.py."""
    found = json.loads((RESULTS / "speed.json").read_text("utf-8"))
    names = {
        "encode": "encode",
        "own": "decode, `miniature`",
        "decode": "the same of a file without a still",
        "sketch": "decode, `sketch`, without a still",
    }
    rows = [
        [
            label,
            f"{found['verbs'][verb]['seconds_old_new'][1]:.2g}",
            f"{found['verbs'][verb]['peak_mib_old_new'][1]:,.0f}",
        ]
        for verb, label in names.items()
    ]
    return (
        text.rows_as_markdown(
            ["pictures of 0.33 megapixels", "seconds of one core, mean", "memory at the peak, MiB"], rows
        )
        + "\n"
    )


def _command(table: Table) -> str:
    return str(
        next(run["command"] for run in reversed(table.results.runs) if run["command"].startswith("triptych bench"))
    )


def parts(table: Table) -> str:
    """Means of a few metrics of each leading set of layers at 0.02 bpp."""
    metrics = [metric for metric in table.metrics if metric.name in SHOWN]
    names = dict.fromkeys(line["part"] for line in table.parts if line["codec"] == "triptych")
    rows = []
    for name in (*names, None):
        found = [line for p in table.pictures if (line := _part(table, p, name))]
        if found:
            layers = found[0].get("setting", {}).get("layers", "all").replace(",", ", ")
            size = np.mean([line["bytes"] for line in found])
            values = [np.mean([line["metrics"][metric.name] for line in found]) for metric in metrics]
            cells = [f"{value:.0f}" if abs(value) >= 5 else f"{value:.3f}" for value in values]
            rows.append([layers, f"{size:,.0f}", *cells])
    return text.rows_as_markdown(["layers", "bytes", *(text.label(metric) for metric in metrics)], rows) + "\n"


def _part(table: Table, picture: str, name: str | None) -> dict[str, Any] | None:
    """The file of a leading set in the file of 0.02 bpp; equal ones are in the results once, at the smallest size."""
    whole = table.line(picture, "triptych", AT)
    if name is None or whole is None:
        return whole
    lines = [
        line
        for line in table.parts
        if (line["picture"], line["codec"], line["part"]) == (picture, "triptych", name)
        and line["most"] <= whole["most"]
    ]
    return max(lines, key=lambda line: line["most"], default=None)


def megapixel(_: Table) -> str:
    """The same as `quality`, and seconds, of pictures of 1024 x 1024."""
    table = make_table(read_results(RESULTS / "megapixel"))
    metrics = [metric for metric in table.metrics if metric.name in SHOWN]
    codecs = [codec for codec in ("triptych", "triptych:sketch", "avif", "webp") if codec in table.codecs]
    rows = [[budget, *(_means(table, codec, budget) for codec in codecs)] for budget in table.budgets]
    for name, label in (("encode_s", "seconds to encode"), ("decode_s", "seconds to decode")):
        cells = []
        for codec in codecs:
            lines = [table.line(picture, codec, AT) for picture in table.pictures]
            cells.append(f"{np.mean([line[name] for line in lines if line]):.2g}")
        rows.append([f"{label}, {AT}", *cells])
    labels = " / ".join(text.label(metric) for metric in metrics)
    about = f"{len(table.pictures)} pictures of 1024 x 1024, means of {labels}; seconds by the wall clock, one core."
    return f"{about}\n\n{text.rows_as_markdown(['whole file', *codecs], rows)}\n\n`{_command(table)}`\n"


REGIONS: dict[str, Callable[[Table], str]] = {
    "quality": quality,
    "rates": rates,
    "layers": layers,
    "parts": parts,
    "speed": speed,
    "megapixel": megapixel,
}


def made() -> dict[Path, str]:
    """The files as the results have them."""
    table = make_table(read_results(RESULTS / "val"))
    readme = MARK.sub(lambda match: match[1] + REGIONS[match[2]](table) + match[3], README.read_text("utf-8"))
    codecs = ["triptych", *(codec for codec in RIVALS if codec in table.codecs)]
    drawn = [
        charts.curves_chart(metric, [statistics.curve(table, codec, metric) for codec in codecs], codecs)
        for metric in table.metrics
        if metric.name in SHOWN
    ]
    return {README: readme, IMAGE: charts.sheet(drawn, codecs) + "\n"}


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="write nothing")
    args = parser.parse_args(argv)
    different = [path for path, content in made().items() if not path.exists() or path.read_text("utf-8") != content]
    for path in different:
        print(f"{path.relative_to(ROOT)}: {'is not what the results say' if args.check else 'written'}")
        if not args.check:
            path.write_text(made()[path], "utf-8")
    return 1 if args.check and different else 0


if __name__ == "__main__":
    sys.exit(main())
