"""The page: one HTML file that needs nothing else, neither a server nor the network."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import quote

import numpy as np
from PIL import Image

from ..metrics import Metric
from ..results import Line
from . import charts, statistics, text
from .notes import notes
from .table import Table

PICTURES = 8  # that are shown, the worst ones
_SIDE = 640  # pixels of a picture in the page, at most
_QUALITY = 82  # of WebP
_PARTS = Path(__file__).parent


def as_page(table: Table, folder: Path | None = None, most: int = PICTURES) -> str:
    """
    Args:
        table: what was measured.
        folder: where the decoded pictures are; None: none are shown.
        most: how many pictures are shown.
    """
    budget = _shown_budget(table)
    order = _worst(table, budget)
    data, images = _data(table, [name for name, _ in order[:most]], folder, budget)
    metric = table.metrics[0]
    curves = [[statistics.curve(table, codec, one) for codec in table.codecs] for one in table.metrics]
    parts = {
        "TITLE": f"{len(table.codecs)} codecs on {len(table.pictures)} pictures",
        "SUMMARY": _summary(table),
        "NOTES": _notes(table),
        "REFERENCE": escape(table.reference),
        "WORST_ABOUT": f"By {escape(text.label(metric))} of {escape(table.reference)} at {escape(budget)}.",
        "WORST": _worst_table(table, order, budget, images),
        "COMPARE": _compare() if data["images"] else "<p>The decoded pictures were not kept.</p>",
        "LEGEND": _legend(table),
        "CHARTS": "".join(
            charts.curves_chart(one, made, table.codecs) for one, made in zip(table.metrics, curves, strict=True)
        ),
        "RATES": "".join(_section(one, text.delta_table(table, one)) for one in table.metrics),
        "VALUES": "".join(
            _section(one, text.quality_table(table, one)) + _differences(table, one) for one in table.metrics
        )
        + _sets(table),
        "LAYERS": _layers(table),
        "SPEED_ABOUT": _speed_about(table),
        "SPEED": _html(text.speed_table(table)),
        "PICTURES": _all_values(table),
        "RUNS": "".join(_run(run) for run in reversed(table.results.runs)),
        "STYLE": (_PARTS / "page.css").read_text("utf-8") + charts.STYLE,
        "SCRIPT": (_PARTS / "page.js").read_text("utf-8"),
        "DATA": json.dumps(data, ensure_ascii=False).replace("<", "\\u003c"),
    }
    page = (_PARTS / "page.html").read_text("utf-8")
    for name, value in parts.items():
        page = page.replace(f"@{name}@", value)
    return page


def _shown_budget(table: Table) -> str:
    """The size that the page begins with: the largest below 1 kB that the reference has files of, as small files are
    what it is for; else the smallest."""
    sizes = {
        budget: np.nanmean(rates)
        for budget in table.budgets
        if not np.isnan(rates := table.rates(table.reference, budget, table.metrics[0].name)).all()
    }
    small = [budget for budget, size in sizes.items() if size < 1000]
    return (small or list(sizes) or table.budgets)[-1 if small else 0]


def _worst(table: Table, budget: str) -> list[tuple[str, float | None]]:
    """(picture, value of the first metric), the worst first; those without a value at the end."""
    metric = table.metrics[0]
    values = [(name, table.value(name, table.reference, budget, metric.name)) for name in table.pictures]
    return sorted(values, key=lambda pair: (pair[1] is None, metric.sign * (pair[1] or 0)))


def _data(
    table: Table, shown: Sequence[str], folder: Path | None, budget: str
) -> tuple[dict[str, Any], dict[str, str]]:
    """(what the script of the page needs, file name -> picture as an address)."""
    images: dict[str, str] = {}

    def place(name: str | None) -> int:
        if folder is None or not name or not (folder / name).is_file():
            return -1
        if name not in images:
            images[name] = _address(folder / name)
        return list(images).index(name)

    lines = {line["picture"]: line for line in table.results.points}
    pictures = [
        {
            "name": name,
            "w": lines[name]["width"],
            "h": lines[name]["height"],
            "image": place(original_file(lines[name])) if name in shown else -1,
        }
        for name in [*shown, *(name for name in table.pictures if name not in shown)]
    ]
    points = []
    for p, picture in enumerate(pictures):
        for c, codec in enumerate(table.codecs):
            for b, label in enumerate(table.budgets):
                line = table.line(picture["name"], codec, label)
                if line is not None and picture["image"] >= 0:
                    values = [line["metrics"].get(metric.name) for metric in table.metrics]
                    rounded = [None if value is None else float(f"{value:.4g}") for value in values]
                    points.append(
                        {"p": p, "c": c, "b": b, "bytes": line["bytes"], "v": rounded, "image": place(line.get("file"))}
                    )
    data = {
        "pictures": pictures,
        "codecs": table.codecs,
        "budgets": table.budgets,
        "shownBudget": budget,
        "metrics": [{"label": text.label(metric)} for metric in table.metrics],
        "points": points,
        "images": list(images.values()),
    }
    return data, images


def original_file(line: Line) -> str:
    """The name of the original among the kept pictures."""
    return f"{line['sha256'][:12]}.webp"


def _address(path: Path) -> str:
    with Image.open(path) as opened:
        image = opened.convert("RGB")
    image.thumbnail((_SIDE, _SIDE), Image.Resampling.LANCZOS)
    buffer = io.BytesIO()
    image.save(buffer, "WEBP", quality=_QUALITY, method=2)
    return "data:image/webp;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")


def _summary(table: Table) -> str:
    run = table.results.runs[-1] if table.results.runs else {}
    sizes = sorted({f"{line['width']} x {line['height']}" for line in table.results.points})
    shown = ", ".join(sizes[:4]) + (f" and {len(sizes) - 4} more sizes" if len(sizes) > 4 else "")
    commit = f", commit {run['commit'][:10]}" if run.get("commit") else ""
    return escape(
        f"Pictures of {shown} pixels (data {run.get('data', {}).get('sha256', '')[:12]}). Measured "
        f"{run.get('started', '')} on {run.get('processor', '')}, {run.get('cores', '?')} cores, Triptych "
        f"{run.get('triptych', '')}{commit}. Every size is that of the whole file."
    )


def _notes(table: Table) -> str:
    items = [f'<li class="{"grave" if note.startswith("BUDGET") else ""}">{escape(note)}</li>' for note in notes(table)]
    return f'<ul class="notes">{"".join(items)}</ul>' if items else ""


def _worst_table(table: Table, order: Sequence[tuple[str, float | None]], budget: str, images: dict[str, str]) -> str:
    metric = table.metrics[0]
    lines = {line["picture"]: line for line in table.results.points}
    rows = []
    for name, value in order:
        others = [(codec, table.value(name, codec, budget, metric.name)) for codec in table.codecs[1:]]
        known = [(codec, other) for codec, other in others if other is not None]
        best = max(known, key=lambda pair: metric.sign * pair[1], default=None)
        ours = table.line(name, table.reference, budget, metric.name)
        pictures = [images.get(original_file(lines[name])), images.get((ours or {}).get("file") or "")]
        cells = [f'<img class="thumb" loading="lazy" alt="" src="{one}">' if one else "" for one in pictures]
        link = f"#compare?p={quote(name)}&b={quote(budget)}&l=original&r={quote(table.reference)}"
        rows.append(
            f'<tr><td>{cells[0]}</td><td>{cells[1]}</td><td><a href="{escape(link)}">{escape(name)}</a></td>'
            f"<td>{'-' if value is None else text.number(value)}</td><td>{ours['bytes'] if ours else '-'}</td>"
            f"<td>{f'{escape(best[0])} {text.number(best[1])}' if best else '-'}</td></tr>"
        )
        if not any(cells) and len(rows) > 40:
            break
    head = ["original", table.reference, "picture", text.label(metric), "bytes", "best of the others"]
    return f"<table><thead><tr>{''.join(f'<th>{escape(x)}</th>' for x in head)}</tr></thead>{''.join(rows)}</table>"


def _compare() -> str:
    choices = "".join(
        f'<label>{label} <select id="{name}"></select></label>'
        for name, label in (("picture", "picture"), ("budget", "size"), ("left", "left"), ("right", "right"))
    )
    buttons = "".join(
        f'<button type="button" id="{name}">{label}</button>'
        for name, label in (("swap", "swap"), ("further", "zoom out"), ("closer", "zoom in"))
    )
    return (
        f'<div class="controls">{choices}{buttons}</div>'
        '<div id="viewer"><img id="imager" alt="right"><img id="imagel" alt="left"><div id="bar"></div>'
        '<span class="tag" id="tagl"></span><span class="tag" id="tagr"></span></div>'
        '<input id="slide" type="range" min="0" max="100" step="0.1" value="50" '
        'aria-label="where left ends and right begins">'
        f"<p><small>Wheel or two fingers zoom, dragging moves. Pictures are shown as WebP of at most {_SIDE} pixels; "
        "the address keeps what is shown.</small></p>"
    )


def _legend(table: Table) -> str:
    items = []
    for at, codec in enumerate(table.codecs):
        ink, broken = charts.colour(table.codecs, codec), charts.dash(table.codecs, codec)
        stroke = f'stroke="{ink}" stroke-width="3" stroke-dasharray="{broken}"'
        line = f'<svg width="26" height="8"><path d="M0 4h26" {stroke}/></svg>'
        items.append(f'<label><input type="checkbox" value="{at}" checked> {line}{escape(codec)}</label>')
    return "".join(items)


def _section(metric: Metric, table: str) -> str:
    better = "higher is better" if metric.higher else "lower is better"
    return (
        f'<h3>{escape(text.label(metric))} <small>{better}</small></h3><div class="wide">{_html(table)}</div>'
        if table
        else ""
    )


def _html(table: str) -> str:
    """A Markdown table as HTML."""
    lines = [[escape(cell.strip()) for cell in line.strip("|").split("|")] for line in table.splitlines() if line]
    if not lines:
        return ""
    head = "".join(f"<th>{cell}</th>" for cell in lines[0])
    body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in line)}</tr>" for line in lines[2:])
    return f"<table><thead><tr>{head}</tr></thead>{body}</table>"


def _differences(table: Table, metric: Metric) -> str:
    rows = []
    for codec in table.codecs[1:]:
        cells = [codec]
        for budget in table.budgets:
            found = statistics.difference(table, codec, budget, metric)
            some = "" if found is None or found.pictures == len(table.pictures) else f" [{found.pictures}]"
            cells.append(
                "-"
                if found is None
                else f"{found.mean:+.3g} ({found.low:+.3g} to {found.high:+.3g}), {found.better:.0%}{some}"
            )
        rows.append(cells)
    if not rows:
        return ""
    return f'<div class="wide">{_html(text.rows_as_markdown([f"less {table.reference}", *table.budgets], rows))}</div>'


def _sets(table: Table) -> str:
    found = text.sets_table(table)
    return f"<h3>FID and KID of patches <small>lower is better</small></h3>{_html(found)}" if found else ""


def _layers(table: Table) -> str:
    found = []
    for codec in table.codecs:
        rows = {}
        for budget in table.budgets:
            lines = [
                line
                for picture in table.pictures
                if (line := table.line(picture, codec, budget)) and line.get("layers")
            ]
            if lines:
                names = list(dict.fromkeys(name for line in lines for name in line["layers"]))
                rows[budget] = {name: sum(line["layers"].get(name, 0) for line in lines) / len(lines) for name in names}
        if rows:
            found.append(charts.bars_chart(f"{codec}: mean bytes of each layer", rows))
    parts = _parts_table(table)
    return ("".join(found) or "<p>No codec here has layers.</p>") + parts


def _parts_table(table: Table) -> str:
    """What each leading set of layers is worth, at the largest budget that has it."""
    sets: dict[tuple[str, str], dict[str, Line]] = {}
    for line in table.parts:
        sets.setdefault((line["codec"], line["part"]), {})[line["picture"]] = line
    rows = []
    for (codec, part), lines in sorted(sets.items()):
        values = []
        for metric in table.metrics:
            known = [value for line in lines.values() if (value := line["metrics"].get(metric.name)) is not None]
            values.append(text.number(float(np.mean(known))) if known else "-")
        size = np.mean([line["bytes"] for line in lines.values()])
        names = next(iter(lines.values())).get("setting", {}).get("layers", "")
        rows.append([codec, f"{part}: {names}", f"{size:,.0f}", *values])
    if not rows:
        return ""
    head = ["codec", "leading set of layers", "bytes", *(text.label(metric) for metric in table.metrics)]
    about = (
        "<h3>Leading sets of layers</h3><p>Each as a file of its own, means over pictures, from the largest size.</p>"
    )
    return f'{about}<div class="wide">{_html(text.rows_as_markdown(head, rows))}</div>'


def _speed_about(table: Table) -> str:
    run = table.results.runs[-1] if table.results.runs else {}
    return escape(
        f"Medians, with networks loaded, on {run.get('processor', 'this machine')} ({run.get('cores', '?')} cores), by "
        f"`{run.get('command', '')}`; of one encoding with the setting that was chosen, without the search. "
        "Memory is what a codec takes beyond the interpreter, at its peak. Jobs at once (-j) slow each other down."
    )


def _all_values(table: Table) -> str:
    head = ["picture", "codec", "size", "bytes", "bpp", *(text.label(metric) for metric in table.metrics)]
    rows = []
    for picture in table.pictures:
        for codec in table.codecs:
            for budget in table.budgets:
                for line in table.lines(picture, codec, budget):
                    values = [line["metrics"].get(metric.name) for metric in table.metrics]
                    over = ' class="over"' if line["bytes"] > line["most"] else ""
                    fit = f" <small>by {escape(', '.join(line['fit']))}</small>" if line.get("fit") else ""
                    cells = "".join(f"<td>{'-' if value is None else text.number(value)}</td>" for value in values)
                    rows.append(
                        f"<tr><td>{escape(picture)}</td><td>{escape(codec)}{fit}</td><td>{escape(budget)}</td>"
                        f"<td{over}>{line['bytes']}</td><td>{line['bpp']:.4f}</td>{cells}</tr>"
                    )
    return f"<table><thead><tr>{''.join(f'<th>{escape(x)}</th>' for x in head)}</tr></thead>{''.join(rows)}</table>"


def _run(run: Line) -> str:
    rows = []
    for name, value in run.items():
        if name in ("kind", "run") or value in (None, {}, []):
            continue
        if isinstance(value, dict):
            value = "; ".join(f"{key}: {item}" for key, item in value.items())
        elif isinstance(value, list):
            value = ", ".join(map(str, value))
        rows.append(
            f'<tr><td>{escape(name)}</td><td style="text-align:left;white-space:normal">{escape(str(value))}</td></tr>'
        )
    return f'<h3>{escape(run["run"])}</h3><div class="wide"><table>{"".join(rows)}</table></div>'
