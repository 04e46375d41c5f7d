"""How close decoded pictures come to the originals: `python benchmarks/quality.py FOLDER --decoder miniature`.

    python benchmarks/quality.py FOLDER [--decoder NAME ...] [--metric FILE] [--baselines CSV] [--source S ...]
                                 [--every N] [--layers] [--json FILE] [--sheets FOLDER]

FOLDER holds pictures and an index.csv (columns file, prompt, source). Each is encoded once at the default budget and
painted by each decoder. Measured against the original:

- `lpips`: LPIPS (Zhang et al. 2018), lower is better; METRIC is a Python file with a torch module `LPIPS` called
  with two batches (n, 3, h, w), -1..1. The miniature was trained on the SqueezeNet kind.
- `flip`: mean FLIP (Andersson et al. 2020), lower is better. Nobody was trained on it, nor on those that follow.
- `ms_ssim`: multi-scale structural similarity (Wang et al. 2003), higher is better.
- `edges`: F-score of Canny contours, found again within 2 pixels (Martin et al. 2004), higher is better.
- `ciede2000`: mean colour difference of the averages of a 16 x 16 grid, lower is better.

CSV lists what other codecs reach on the same pictures (columns file, codec, lpips_squeeze, bytes). With `--layers`
the first decoder also paints subsets of the layers. Sheets show original and decoded pictures side by side.
"""

from __future__ import annotations

import argparse
import csv
import json
import platform
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from statistics import mean

import numpy as np
from PIL import Image
from scipy import ndimage

import triptych

STEPS = {"text": "semantic", "text + edges": "semantic,edges", "colours": "texture"}
GRID = 16
NEAR = 2  # pixels within which a contour counts as found


def lpips(path: Path) -> Callable[[np.ndarray, np.ndarray], float]:
    import torch

    sys.path.append(str(Path(__file__).parents[1] / "training"))
    from common.metric import load_metric

    metric = load_metric(path)

    def distance(a: np.ndarray, b: np.ndarray) -> float:
        with torch.inference_mode():
            return float(metric(*(torch.tensor(x).permute(2, 0, 1)[None].float() / 127.5 - 1 for x in (a, b))))

    return distance


def flip(a: np.ndarray, b: np.ndarray) -> float:
    import flip_evaluator

    return float(flip_evaluator.evaluate(*(np.float32(x / 255) for x in (a, b)), "LDR", applyMagma=False)[1])


def ms_ssim(a: np.ndarray, b: np.ndarray) -> float | None:
    import pytorch_msssim
    import torch

    if min(a.shape[:2]) <= 160:
        return None
    planes = (torch.tensor(x).permute(2, 0, 1)[None].float() for x in (a, b))
    return float(pytorch_msssim.ms_ssim(*planes, data_range=255))


def edges(a: np.ndarray, b: np.ndarray) -> float:
    from skimage.feature import canny

    grey = np.float64([0.299, 0.587, 0.114])
    lines = [canny(x @ grey / 255, sigma=2) for x in (a, b)]
    near = [ndimage.distance_transform_edt(~x) <= NEAR if x.any() else np.zeros_like(x) for x in lines]
    found, right = ((x & y).sum() / max(1, x.sum()) for x, y in zip(lines, near[::-1], strict=True))
    return float(2 * found * right / max(1e-9, found + right))


def ciede2000(a: np.ndarray, b: np.ndarray) -> float:
    from skimage.color import deltaE_ciede2000, rgb2lab

    cells = (Image.fromarray(x).resize((GRID, GRID), Image.Resampling.BOX) for x in (a, b))
    return float(deltaE_ciede2000(*(rgb2lab(np.asarray(x) / 255) for x in cells)).mean())


def measure(
    folder: Path, rows: list[dict[str, str]], decoders: list[str], metrics: dict, by_layers: bool, keep: Callable | None
) -> dict:
    results: dict[str, dict] = {name: defaultdict(list) for name in decoders}
    bytes_, bpp = [], []
    for row in rows:
        image = Image.open(folder / row["file"]).convert("RGB")
        original = np.asarray(image)
        picture = triptych.encode(image, prompt=row.get("prompt") or None)
        bytes_.append(len(picture.to_bytes()))
        bpp.append(8 * bytes_[-1] / (image.width * image.height))
        painted = []
        for name in decoders:
            found = results[name]
            started = time.perf_counter()
            made = np.asarray(triptych.decode(picture, decoder=name))
            found["seconds"].append(time.perf_counter() - started)
            painted.append(made)
            for metric, function in metrics.items():
                found[metric].append(function(original, made))
            if by_layers and "lpips" in metrics and name == decoders[0]:
                for step, layers in STEPS.items():
                    part = triptych.decode(picture, decoder=name, layers=layers.split(","))
                    found[f"lpips, {step}"].append(metrics["lpips"](original, np.asarray(part)))
        if keep:
            keep(row["file"], [original, *painted])
    return {"bytes": bytes_, "bpp": bpp, "decoders": results}


def summary(found: dict, rows: list[dict[str, str]], baselines: Path | None) -> dict:
    def averages(values: dict) -> dict:
        return {name: round(mean(x for x in column if x is not None), 4) for name, column in values.items()}

    out = {
        "pictures": len(rows),
        "triptych": triptych.__version__,
        "machine": platform.processor() or platform.machine(),
        "bytes": round(mean(found["bytes"]), 1),
        "largest bpp": round(max(found["bpp"]), 5),
        "decoders": {name: averages(values) for name, values in found["decoders"].items()},
    }
    if baselines:
        theirs: dict[str, dict[str, float]] = defaultdict(dict)
        with open(baselines, newline="", encoding="utf-8") as file:
            for line in csv.DictReader(file):
                if line["lpips_squeeze"]:
                    theirs[line["codec"]][line["file"]] = float(line["lpips_squeeze"])
        out["rivals"] = {codec: round(mean(values.values()), 4) for codec, values in sorted(theirs.items())}
        for name, values in found["decoders"].items():
            ours = dict(zip((row["file"] for row in rows), values["lpips"], strict=True))
            lower = {codec: mean(ours[f] < x for f, x in other.items() if f in ours) for codec, other in theirs.items()}
            out["decoders"][name]["lower than"] = {codec: round(x, 3) for codec, x in sorted(lower.items())}
    return out


def sheet_writer(folder: Path, side: int = 256, rows: int = 6) -> tuple[Callable, Callable[[], None]]:
    """(to call with each picture, to call at the end)."""
    folder.mkdir(parents=True, exist_ok=True)
    lines: list[np.ndarray] = []
    written = 0

    def flush() -> None:
        nonlocal written
        if lines:
            Image.fromarray(np.concatenate(lines)).save(folder / f"sheet-{written:02}.jpg", quality=85)
            lines.clear()
            written += 1

    def keep(_: str, pictures: list[np.ndarray]) -> None:
        cells = []
        for picture in pictures:
            cell = Image.new("RGB", (side, side), (128, 128, 128))
            small = Image.fromarray(picture)
            small.thumbnail((side - 4, side - 4), Image.Resampling.LANCZOS)
            cell.paste(small, ((side - small.width) // 2, (side - small.height) // 2))
            cells.append(np.asarray(cell))
        lines.append(np.concatenate(cells, 1))
        if len(lines) == rows:
            flush()

    return keep, flush


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--decoder", action="append", help="default: miniature and sketch")
    parser.add_argument("--metric", type=Path)
    parser.add_argument("--baselines", type=Path)
    parser.add_argument("--source", action="append", help="take only pictures of these sources")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="take only every Nth picture")
    parser.add_argument("--layers", action="store_true", help="also measure subsets of the layers")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--sheets", type=Path, metavar="FOLDER")
    args = parser.parse_args()
    with open(args.folder / "index.csv", newline="", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if not args.source or row["source"] in args.source][:: args.every]
    metrics: dict = {"flip": flip, "ms_ssim": ms_ssim, "edges": edges, "ciede2000": ciede2000}
    if args.metric:
        metrics = {"lpips": lpips(args.metric)} | metrics
    keep, flush = sheet_writer(args.sheets) if args.sheets else (None, lambda: None)
    found = measure(args.folder, rows, args.decoder or ["miniature", "sketch"], metrics, args.layers, keep)
    flush()
    text = json.dumps(summary(found, rows, args.baselines), indent=2, ensure_ascii=False)
    print(text)
    if args.json:
        args.json.write_text(text + "\n", "utf-8")


if __name__ == "__main__":
    main()
