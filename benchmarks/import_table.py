"""Figures that were measured elsewhere, as lines of results.

    python benchmarks/import_table.py TABLE.csv DIR --codec NAME --about TEXT [--fit METRIC]

TABLE has the columns file, bpp, codec, bytes and metrics by their names; rows of the codec NAME whose picture DIR has
results of are put before these. TEXT says what made them; it stands in the report, and nobody can repeat it from there.
"""

from __future__ import annotations

import argparse
import csv
import json
from pathlib import Path

from triptych.bench.measure import Budget
from triptych.bench.metrics import METRICS
from triptych.bench.results import FILE, read_results


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("table", type=Path)
    parser.add_argument("results", type=Path)
    parser.add_argument("--codec", required=True)
    parser.add_argument("--about", required=True)
    parser.add_argument("--fit", default="lpips_squeeze", help="the metric by which settings were chosen")
    args = parser.parse_args()
    there = read_results(args.results)
    known = {line["picture"]: line for line in there.points}
    about = {"command": f"measured elsewhere: {args.about}", "data": there.runs[-1]["data"]}
    run = {"kind": "run", "run": f"{args.codec} of {args.table.name}"} | about
    lines = []
    with args.table.open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            picture = known.get(row["file"])
            if row["codec"] != args.codec or picture is None:
                continue
            budget = Budget.of_bpp(float(row["bpp"]))
            size = picture["width"] * picture["height"]
            lines.append(
                {name: picture[name] for name in ("kind", "picture", "sha256", "width", "height")}
                | {"run": run["run"], "codec": args.codec, "identity": args.about, "budget": budget.label}
                | {"most": budget.bytes_for(size), "bytes": int(row["bytes"])}
                | {"bpp": float(f"{8 * int(row['bytes']) / size:.6g}"), "fit": [args.fit]}
                | {"encode_s": None, "decode_s": None, "search_s": 0.0, "peak_mb": None}
                | {"metrics": {name: float(row[name]) for name in METRICS if row.get(name)}}
            )
    path = args.results / FILE
    text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in (run, *lines))
    path.write_text(
        text + path.read_text("utf-8"), "utf-8"
    )  # the last run in a file is the one that it is called after
    print(f"{len(lines)} lines of {args.codec}")


if __name__ == "__main__":
    main()
