"""Draw what ladder.py measured, as SVG: `python benchmarks/ladder_plot.py RESULT.json --out ladder.svg`."""

from __future__ import annotations

import argparse
import json
import math
from pathlib import Path

MEASURES = {
    "lpips": "LPIPS, lower is better",
    "ms_ssim": "MS-SSIM, higher is better",
    "flip": "FLIP, lower is better",
    "psnr": "PSNR in dB",
    "ssimulacra2": "SSIMULACRA2, higher is better",
}
COLOURS = {"Triptych": "#c2185b", "vvc": "#00695c", "avif": "#1565c0", "webp": "#ef6c00"}
LEAST = {"ssimulacra2": -80.0}  # what is worse is not drawn: a hundred bytes would press the rest together
TICKS = (60, 100, 200, 500, 1000, 2000, 5000)  # bytes
WIDTH, HEIGHT, LEFT, TOP = 300, 240, 46, 34  # of one diagram, and the room beside and above its axes
INNER_WIDTH, INNER_HEIGHT = WIDTH - LEFT - 14, HEIGHT - TOP - 40


def diagram(measure: str, curves: dict[str, dict[str, dict[str, float]]]) -> str:
    """One diagram with its corner at (0, 0): a measure against bytes, which grow by factors."""
    known = {
        codec: sorted(
            (point["bytes"], point[measure])
            for point in points.values()
            if point.get(measure, -math.inf) >= LEAST.get(measure, -math.inf) and measure in point
        )
        for codec, points in curves.items()
    }
    known = {codec: points for codec, points in known.items() if points}
    xs, ys = zip(*(point for points in known.values() for point in points), strict=True)
    low, high = min(ys), max(ys)
    every = [point["bytes"] for points in curves.values() for point in points.values()]
    first, last = math.log(min(every)), math.log(max(every))

    def place(x: float, y: float) -> tuple[float, float]:
        across = (math.log(x) - first) / (last - first or 1)
        return LEFT + across * INNER_WIDTH, TOP + (1 - (y - low) / (high - low or 1)) * INNER_HEIGHT

    parts = [f'<text x="{LEFT}" y="18" font-weight="bold">{MEASURES[measure]}</text>']
    for step in range(5):
        value = low + (high - low) * step / 4
        _, y = place(xs[0], value)
        parts.append(f'<path d="M{LEFT} {y:.1f}h{INNER_WIDTH}" stroke="#ddd"/>')
        parts.append(f'<text x="{LEFT - 5}" y="{y + 3:.1f}" text-anchor="end">{value:.3g}</text>')
    for count in TICKS:
        if min(every) * 0.99 <= count <= max(every):
            x, _ = place(count, low)
            parts.append(f'<text x="{x:.1f}" y="{HEIGHT - 24}" text-anchor="middle">{count:,}</text>')
    parts.append(f'<text x="{LEFT + INNER_WIDTH / 2:.0f}" y="{HEIGHT - 9}" text-anchor="middle">bytes</text>')
    for codec, points in known.items():
        colour = next((value for name, value in COLOURS.items() if codec.startswith(name)), "#777")
        placed = [place(*point) for point in points]
        line = " ".join(f"{x:.1f},{y:.1f}" for x, y in placed)
        thick = 2.4 if codec == "Triptych" else 1.3
        parts.append(f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="{thick}"/>')
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.6" fill="{colour}"/>' for x, y in placed]
    return "".join(parts)


def legend(codecs: list[str]) -> str:
    parts = []
    for at, codec in enumerate(codecs):
        colour = next((value for name, value in COLOURS.items() if codec.startswith(name)), "#777")
        parts.append(f'<path d="M{LEFT + at * 130} 12h22" stroke="{colour}" stroke-width="3"/>')
        parts.append(f'<text x="{LEFT + at * 130 + 28}" y="16">{codec}</text>')
    return "".join(parts)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("result", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    result = json.loads(args.result.read_text("utf-8"))
    curves = {"Triptych": result["ladder"]} | result.get("rivals", {})
    shown = [measure for measure in MEASURES if any(measure in point for point in result["ladder"].values())]
    columns = 3
    rows = -(-len(shown) // columns)
    size = f'width="{columns * WIDTH}" height="{rows * HEIGHT + 24}"'
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="sans-serif" font-size="10">']
    parts += ['<rect width="100%" height="100%" fill="#fff"/>', legend(list(curves))]
    for at, measure in enumerate(shown):
        x, y = at % columns * WIDTH, at // columns * HEIGHT + 24
        parts.append(f'<g transform="translate({x} {y})">{diagram(measure, curves)}</g>')
    args.out.write_text("\n".join([*parts, "</svg>"]) + "\n", "utf-8")


if __name__ == "__main__":
    main()
