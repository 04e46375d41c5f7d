"""Charts as SVG: curves with bands over bytes, and bars of layers. The page and the README show the same ones."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape

from ..metrics import Metric
from .statistics import Curve

# Of Okabe and Ito, told apart by people who see colours differently; the reference is the first.
COLOURS = ("#d55e00", "#0072b2", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#7f7f7f", "#8c564b", "#17becf", "#bcbd22")
_DASHES = ("", "6 3", "2 3", "8 3 2 3")
WIDTH, HEIGHT = 420, 290
_LEFT, _TOP, _RIGHT, _BOTTOM = 54, 34, 14, 40  # room around the axes
_TICKS = (20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000, 100_000)


def colour(codecs: Sequence[str], codec: str) -> str:
    return COLOURS[codecs.index(codec) % len(COLOURS)]


def dash(codecs: Sequence[str], codec: str) -> str:
    """How a line is broken, so that it can be told from others in print."""
    return _DASHES[codecs.index(codec) // len(COLOURS) % len(_DASHES)]


def curves_chart(metric: Metric, curves: Sequence[Curve], codecs: Sequence[str]) -> str:
    """A metric over bytes, which grow by factors; better is up.

    Each codec's line and band are a group of the class "codec" with its index in `data-codec`.
    """
    shown = [one for one in curves if one.bytes]
    note = "higher is better" if metric.higher else "lower is better, drawn upwards"
    note += f"; {metric.trained}" if metric.trained else ""
    title = f'<text x="{_LEFT}" y="16" class="title">{escape(metric.label)}</text>'
    title += f'<text x="{_LEFT}" y="28" class="note">{note}</text>'
    if not shown:
        return _svg(WIDTH, HEIGHT, title)
    ends = [value for one in shown for value in (*one.low, *one.high)]
    low, high = min(ends), max(ends)
    sizes = [size for one in shown for size in one.bytes]
    first, last = math.log(min(sizes)), math.log(max(sizes))
    width, height = WIDTH - _LEFT - _RIGHT, HEIGHT - _TOP - _BOTTOM

    def place(size: float, value: float) -> tuple[float, float]:
        across = (math.log(size) - first) / (last - first or 1)
        up = (value - low) / (high - low or 1)
        return _LEFT + across * width, _TOP + ((1 - up) if metric.higher else up) * height

    parts = [title]
    for value in _steps(low, high):
        _, y = place(sizes[0], value)
        parts.append(f'<path d="M{_LEFT} {y:.1f}h{width}" class="grid"/>')
        parts.append(f'<text x="{_LEFT - 5}" y="{y + 3:.1f}" class="right">{value:g}</text>')
    for size in _TICKS:
        if min(sizes) <= size <= max(sizes):
            x, _ = place(size, low)
            parts.append(f'<path d="M{x:.1f} {_TOP}v{height}" class="grid"/>')
            parts.append(f'<text x="{x:.1f}" y="{HEIGHT - 24}" class="middle">{size:,}</text>')
    parts.append(f'<text x="{_LEFT + width / 2:.0f}" y="{HEIGHT - 8}" class="middle">bytes of the whole file</text>')
    for one in reversed(shown):
        ink, broken = colour(codecs, one.codec), dash(codecs, one.codec)
        points = [place(*point) for point in zip(one.bytes, one.mean, strict=True)]
        edge = [place(*p) for p in zip(one.bytes, one.high, strict=True)]
        edge += [place(*p) for p in zip(one.bytes[::-1], one.low[::-1], strict=True)]
        thick = 2.6 if one.codec == codecs[0] else 1.5
        group = f'<polygon points="{_line(edge)}" fill="{ink}" fill-opacity=".13"/>'
        group += f'<polyline points="{_line(points)}" fill="none" stroke="{ink}" stroke-width="{thick}"'
        group += f' stroke-dasharray="{broken}"/>' if broken else "/>"
        for at, (x, y) in enumerate(points):
            interval = f"{one.low[at]:.4g} to {one.high[at]:.4g}"
            said = f"{one.codec}: {one.mean[at]:.4g} ({interval}), median {one.median[at]:.4g}"
            group += f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{ink}">'
            group += f"<title>{escape(said)}, at {one.bytes[at]:,.0f} bytes</title></circle>"
        parts.append(f'<g class="codec" data-codec="{codecs.index(one.codec)}">{group}</g>')
    return _svg(WIDTH, HEIGHT, "".join(parts), f"{metric.label} over bytes")


def bars_chart(title: str, rows: Mapping[str, Mapping[str, float]]) -> str:
    """Stacked bars: label -> part -> size."""
    parts_of = list(dict.fromkeys(name for row in rows.values() for name in row))
    most = max((sum(row.values()) for row in rows.values()), default=1) or 1
    width, step = 720, 26
    inner = width - 190
    parts = [f'<text x="0" y="14" class="title">{escape(title)}</text>']
    for at, (label, row) in enumerate(rows.items()):
        y, x = 26 + at * step, 100.0
        parts.append(f'<text x="94" y="{y + 14}" class="right">{escape(label)}</text>')
        for name, value in row.items():
            long = value / most * inner
            ink = COLOURS[parts_of.index(name) % len(COLOURS)]
            parts.append(f'<rect x="{x:.1f}" y="{y}" width="{long:.1f}" height="18" fill="{ink}"><title>')
            parts.append(f"{escape(name)}: {value:,.0f} bytes</title></rect>")
            x += long
        parts.append(f'<text x="{x + 5:.1f}" y="{y + 14}">{sum(row.values()):,.0f}</text>')
    y, x = 40 + len(rows) * step, 100.0
    for name in parts_of:
        ink = COLOURS[parts_of.index(name) % len(COLOURS)]
        parts.append(f'<rect x="{x:.0f}" y="{y - 10}" width="12" height="12" fill="{ink}"/>')
        parts.append(f'<text x="{x + 16:.0f}" y="{y}">{escape(name)}</text>')
        x += 30 + 7 * len(name)
    return _svg(width, y + 10, "".join(parts), title)


STYLE = (
    "text{font:11px system-ui,sans-serif;fill:currentColor}.title{font-weight:600;font-size:13px}.note{font-size:10px;"
    "opacity:.7}.right{text-anchor:end}.middle{text-anchor:middle}.grid{stroke:currentColor;stroke-opacity:.13}"
)


def sheet(charts: Sequence[str], codecs: Sequence[str], columns: int = 2) -> str:
    """Several charts and their legend as one SVG that stands alone, on white."""
    rows = -(-len(charts) // columns)
    parts = [f"<style>{STYLE}</style>", '<rect width="100%" height="100%" fill="#fff"/>']
    x = 14.0
    for codec in codecs:
        stroke = f'stroke="{colour(codecs, codec)}" stroke-width="3" stroke-dasharray="{dash(codecs, codec)}"'
        parts.append(f'<path d="M{x:.0f} 14h22" {stroke}/><text x="{x + 27:.0f}" y="18">{escape(codec)}</text>')
        x += 46 + 6.5 * len(codec)
    for at, chart in enumerate(charts):
        parts.append(f'<g transform="translate({at % columns * WIDTH} {at // columns * HEIGHT + 28})">{chart}</g>')
    return _svg(columns * WIDTH, rows * HEIGHT + 28, "\n".join(parts), "quality over bytes", alone=True)


def _svg(width: float, height: float, inside: str, label: str = "", alone: bool = False) -> str:
    name = f' role="img" aria-label="{escape(label)}"' if label else ""
    space = ' xmlns="http://www.w3.org/2000/svg"' if alone else ""
    size = f'width="{width:g}" height="{height:g}" viewBox="0 0 {width:g} {height:g}"'
    return f"<svg{space} {size}{name}>{inside}</svg>"


def _line(points: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in points)


def _steps(low: float, high: float) -> list[float]:
    """Four to eight round values of a range."""
    if high <= low:
        return [low]
    raw = (high - low) / 5
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= raw)
    return [round(step * at, 10) for at in range(math.ceil(low / step), math.floor(high / step) + 1)]
