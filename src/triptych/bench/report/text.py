"""The report as CSV, as Markdown, and as batches for codec-compare (https://github.com/webmproject/codec-compare)."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ..metrics import Metric
from ..results import Line
from . import statistics
from .notes import notes
from .table import Table

_COLUMNS = (
    "picture",
    "width",
    "height",
    "codec",
    "budget",
    "most",
    "part",
    "fit",
    "bytes",
    "bpp",
    "encode_s",
    "decode_s",
    "peak_mb",
)


def as_csv(table: Table) -> str:
    """A line a file, with everything that was measured, and what no file could be made for."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    names = [metric.name for metric in table.metrics]
    writer.writerow([*_COLUMNS, *names, "setting", "layers", "unreached"])
    for line in table.results.points:
        row = [" ".join(value) if isinstance(value := line.get(name), list) else value for name in _COLUMNS]
        values = [line.get("metrics", {}).get(name) for name in names]
        writer.writerow(
            [
                *row,
                *values,
                *(json.dumps(line[name]) if name in line else None for name in ("setting", "layers")),
                line.get("unreached"),
            ]
        )
    return out.getvalue()


def as_markdown(table: Table) -> str:
    """Means and medians at every budget, differences, delta rates, speed, and what to be careful with."""
    last = table.results.runs[-1] if table.results.runs else {}
    parts = [
        f"# {len(table.pictures)} pictures, {len(table.codecs)} codecs",
        f"`{last.get('command', '')}`",
        "\n".join(f"- {note}" for note in notes(table)),
    ]
    for metric in table.metrics:
        arrow = "higher is better" if metric.higher else "lower is better"
        parts += [f"## {label(metric)}, {arrow}", quality_table(table, metric)]
        parts.append(delta_table(table, metric))
    if table.results.sets:
        parts += ["## FID and KID of patches, lower is better", sets_table(table)]
    parts += ["## Speed and memory", speed_table(table)]
    return "\n\n".join(part for part in parts if part) + "\n"


def label(metric: Metric) -> str:
    """The label of a metric, marked if decoders were trained on it."""
    return f"{metric.label} ({metric.trained})" if metric.trained else metric.label


def quality_table(
    table: Table, metric: Metric, budgets: Sequence[str] | None = None, codecs: Sequence[str] | None = None
) -> str:
    """Mean (median) of a metric by codec and budget, Markdown; with the count where some pictures have no file."""
    budgets = budgets or table.budgets
    rows = []
    for codec in codecs or table.codecs:
        cells = []
        for budget in budgets:
            values = table.grid(codec, budget, metric.name)
            there = values[~np.isnan(values)]
            if not len(there):
                cells.append("-")
            else:
                some = "" if len(there) == len(values) else f" [{len(there)} of {len(values)}]"
                cells.append(f"{number(float(there.mean()))} ({number(float(np.median(there)))}){some}")
        rows.append([codec, *cells])
    return rows_as_markdown(["mean (median)", *budgets], rows)


def delta_table(table: Table, metric: Metric) -> str:
    """Delta rates against the reference, Markdown; empty if there is nothing to compare."""
    rows = []
    for codec in table.codecs[1:]:
        found = statistics.delta_rate(table, codec, metric)
        if found.percent is None:
            rows.append([codec, "no overlap", "", "", ""])
            continue
        interval = "" if found.low is None else f"{found.low:+.0f} to {found.high:+.0f} %"
        where = f"{number(found.quality[0])} to {number(found.quality[1])}" if found.quality else ""
        size = f"{found.rates[0]:,.0f} to {found.rates[1]:,.0f}" if found.rates else ""
        doubt = ", little overlap" if found.doubtful else ""
        rows.append(
            [
                codec,
                f"{found.percent:+.0f} %{doubt}",
                interval,
                f"{where}; {size} bytes",
                f"{found.pictures} of {len(table.pictures)}",
            ]
        )
    if not rows:
        return ""
    return rows_as_markdown(
        [f"bytes for the quality of {table.reference}", "BD-rate", "95 %", "holds for", "pictures"], rows
    )


def speed_table(table: Table) -> str:
    """Medians of seconds and the largest memory, by codec and size of picture, Markdown."""
    rows = []
    for codec in table.codecs:
        sizes: dict[str, list[Line]] = {}
        for line in table.results.points:
            if line["codec"] == codec and "unreached" not in line and not line.get("part"):
                sizes.setdefault(megapixels(line), []).append(line)
        for size, lines in sorted(sizes.items()):
            cells = [median(lines, name) for name in ("encode_s", "decode_s")]
            peaks = [line["peak_mb"] for line in lines if line.get("peak_mb") is not None]
            rows.append([codec, size, *cells, f"{max(peaks):,.0f} MB" if peaks else "-", str(len(lines))])
    return rows_as_markdown(["codec", "pictures of", "encode, s", "decode, s", "memory", "files"], rows)


def sets_table(table: Table) -> str:
    """FID and KID by codec and budget, with the number of patches, Markdown; empty if they were not measured."""
    rows = [
        [line["codec"], line["budget"], number(line["fid"]), f"{line['kid']:.4f}", f"{line['patches']:.0f}"]
        for line in table.results.sets
    ]
    return rows_as_markdown(["codec", "size", "FID", "KID", "patches"], rows) if rows else ""


def megapixels(line: Mapping[str, Any]) -> str:
    """The size of a picture in words."""
    return f"{line['width'] * line['height'] / 1e6:.1f} megapixels"


def median(lines: Sequence[Line], name: str) -> str:
    values = [line[name] for line in lines if line.get(name) is not None]
    return f"{np.median(values):.2g}" if values else "-"


def rows_as_markdown(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "/") for cell in line) + " |" for line in lines)


def number(value: float) -> str:
    """Three digits or so, as tables have them."""
    return f"{value:.1f}" if abs(value) >= 20 else f"{value:.2f}" if abs(value) >= 2 else f"{value:.3f}"


# codec-compare's own names of fields, where it has one.
_FIELDS = {
    "original_name": "Original picture", "budget": "Size that was allowed", "encoded_size": "Bytes of the whole file",
    "bpp": "Bits per pixel", "encoding_time": "Seconds to encode", "decoding_time": "Seconds to decode",
}  # fmt: skip
_NAMES = {"ms_ssim": "msssim", "lpips_squeeze": "lpips", "ssimulacra2": "ssimulacra2"}


def as_codec_compare(table: Table) -> dict[str, str]:
    """File names -> JSON: a batch for each codec, and batches.json, which lists them."""
    last = table.results.runs[-1] if table.results.runs else {}
    files = {}
    for codec in table.codecs:
        lines = [
            line
            for picture in table.pictures
            for budget in table.budgets
            if (line := table.line(picture, codec, budget))
        ]
        names = {_NAMES.get(metric.name, metric.name): metric for metric in table.metrics}
        fields = _FIELDS | {name: f"{metric.label}, {metric.source}" for name, metric in names.items()}
        batch = {
            "constant_descriptions": [
                {"name": "Name of this batch"},
                {"codec": "Name of the codec"},
                {"version": "What decides its bytes and pixels"},
                {"time": "When this was measured"},
            ],
            "constant_values": [codec, codec, lines[0]["identity"] if lines else "", last.get("started", "")],
            "field_descriptions": [{name: text} for name, text in fields.items()],
            "field_values": [
                [
                    *(line[name] for name in ("picture", "budget", "bytes", "bpp")),
                    *(line[name] or 0 for name in ("encode_s", "decode_s")),
                    *(line["metrics"].get(metric.name) or 0 for metric in names.values()),
                ]
                for line in lines
                if all(line["metrics"].get(metric.name) is not None for metric in names.values())
            ],
        }  # fmt: skip
        files[f"{codec.replace(':', '-')}.json"] = json.dumps(batch, indent=1)
    files["batches.json"] = json.dumps([[name] for name in files])
    return files
