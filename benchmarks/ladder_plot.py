"""Draw what ladder.py measured: `python benchmarks/ladder_plot.py RESULT.json --out ladder.svg` (needs matplotlib)."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

MEASURES = {
    "lpips": "LPIPS (lower is better)",
    "ms_ssim": "MS-SSIM",
    "flip": "FLIP (lower is better)",
    "psnr": "PSNR, dB",
    "ssimulacra2": "SSIMULACRA2",
}


def main() -> None:
    import matplotlib

    matplotlib.use("svg")
    from matplotlib import pyplot

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("result", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    result = json.loads(args.result.read_text("utf-8"))
    curves = {"Triptych": result["ladder"]} | result.get("rivals", {})
    shown = [name for name in MEASURES if any(name in point for point in result["ladder"].values())]
    figure, axes = pyplot.subplots(1, len(shown), figsize=(3.4 * len(shown), 3.2), layout="constrained")
    for axis, measure in zip(axes, shown, strict=True):
        for codec, points in curves.items():
            known = sorted((p["bytes"], p[measure]) for p in points.values() if measure in p)
            width = 2.2 if codec == "Triptych" else 1.2
            axis.plot(*zip(*known, strict=True), marker="o", markersize=3, linewidth=width, label=codec)
        axis.set_xscale("log")
        axis.set_title(MEASURES[measure], fontsize=9)
        axis.set_xlabel("bytes", fontsize=8)
        axis.tick_params(labelsize=7)
    axes[0].legend(fontsize=7)
    figure.savefig(args.out)


if __name__ == "__main__":
    main()
