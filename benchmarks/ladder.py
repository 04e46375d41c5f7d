"""Quality against bytes: `python benchmarks/ladder.py FOLDER --metric metric.py --rivals ladder.csv --json FILE`.

    python benchmarks/ladder.py FOLDER [--bpp B ...] [--bytes N ...] [--every N] [--decoder NAME] [--metric FILE]
                                [--rivals CSV] [--json FILE] [--files FOLDER] [--pictures FOLDER]

FOLDER holds pictures and an index.csv (columns file, prompt). Every Nth is encoded at each B (0.02, 0.04, 0.08 and
0.16 bits per pixel by default) or in each number of bytes, painted by `miniature` and measured against the original
with the measures of quality.py, PSNR, and SSIMULACRA2 if the package `ssimulacra2` is installed. CSV says what other
codecs reach on the same pictures (columns file, bpp, codec, bytes, lpips_squeeze, ms_ssim, flip, psnr, ssimulacra2).
What the JSON file says of other budgets stays. Encoded files go to the folder `--files` and are taken from there the
next time, to compare decoders on the same bytes; `triptych bench` measures codecs.
"""

from __future__ import annotations

import argparse
import csv
import json
import time
from collections import defaultdict
from pathlib import Path
from statistics import mean

import numpy as np
from PIL import Image
from quality import edges, flip, lpips, ms_ssim, psnr, ssimulacra2

import triptych

BPP = (0.02, 0.04, 0.08, 0.16)


def averages(rows: list[dict]) -> dict:
    """Means over pictures of everything that is a number."""
    names = [name for name in rows[0] if name not in ("file", "codec", "bpp")]
    return {
        name: round(mean(row[name] for row in rows if row[name] is not None), 4)
        for name in names
        if any(row[name] is not None for row in rows)
    } | {"pictures": len(rows)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--bpp", type=float, action="append", default=[])
    parser.add_argument("--bytes", type=int, action="append", default=[])
    parser.add_argument("--every", type=int, default=8, metavar="N", help="take only every Nth picture (default: 8)")
    parser.add_argument("--decoder", default="miniature")
    parser.add_argument("--metric", type=Path)
    parser.add_argument("--rivals", type=Path)
    parser.add_argument("--json", type=Path)
    parser.add_argument(
        "--files", type=Path, metavar="FOLDER", help="of the encoded files: read if there, else written"
    )
    parser.add_argument("--pictures", type=Path, metavar="FOLDER", help="write the painted pictures there")
    args = parser.parse_args()
    metrics = {"ms_ssim": ms_ssim, "flip": flip, "edges": edges, "psnr": psnr, "ssimulacra2": ssimulacra2}
    if args.metric:
        metrics = {"lpips": lpips(args.metric)} | metrics
    budgets = {f"{n} bytes": {"max_bytes": n} for n in args.bytes} | {f"{b:g}": {"bpp": b} for b in args.bpp}
    budgets = budgets or {f"{b:g}": {"bpp": b} for b in BPP}
    with open(args.folder / "index.csv", newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))[:: args.every]
    found = defaultdict(list)
    for row in rows:
        with Image.open(args.folder / row["file"]) as file:
            image = file.convert("RGB")
        original = np.asarray(image)
        for name, budget in budgets.items():
            stem, started = f"{Path(row['file']).stem}-{name.replace(' ', '-')}", time.perf_counter()
            kept = args.files / f"{stem}.trp" if args.files else None
            if kept and kept.exists():
                picture = triptych.Picture.open(kept)
            else:
                picture = triptych.encode(image, prompt=row.get("prompt") or None, **budget)
                if kept:
                    kept.parent.mkdir(parents=True, exist_ok=True)
                    picture.save(kept)
            length, encoded = len(picture.to_bytes()), time.perf_counter()
            made = np.asarray(triptych.decode(picture, decoder=args.decoder))
            line = {"file": row["file"], "bytes": length, "detail": _detail_bytes(picture)}
            line |= {"seconds encoding": encoded - started, "seconds decoding": time.perf_counter() - encoded}
            line |= {measure: metric(original, made) for measure, metric in metrics.items()}
            found[name].append(line)
            if args.pictures:
                args.pictures.mkdir(parents=True, exist_ok=True)
                Image.fromarray(made).save(args.pictures / f"{stem}.png")
            print(
                row["file"], name, {k: round(v, 4) for k, v in line.items() if isinstance(v, float | int)}, flush=True
            )
    out = json.loads(args.json.read_text("utf-8")) if args.json and args.json.exists() else {"ladder": {}}
    out["triptych"] = triptych.__version__
    out["ladder"] = _sorted(out["ladder"] | {name: averages(lines) for name, lines in found.items()})
    if args.rivals:
        out["rivals"] = rivals(args.rivals, {row["file"] for row in rows})
    text = json.dumps(out, indent=2)
    print(text)
    if args.json:
        args.json.write_text(text + "\n", "utf-8")


def _sorted(ladder: dict[str, dict]) -> dict[str, dict]:
    return dict(sorted(ladder.items(), key=lambda item: item[1]["bytes"]))


def _detail_bytes(picture: triptych.Picture) -> int:
    """Bytes of the payload of the detail layer."""
    return next((len(layer.payload) for layer in picture.layers if layer.name == "detail"), 0)


def rivals(path: Path, files: set[str]) -> dict:
    """codec -> bpp -> means, of the same pictures."""
    lines: dict = defaultdict(lambda: defaultdict(list))
    with open(path, newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["file"] in files:
                values = {
                    "lpips" if k == "lpips_squeeze" else k: float(v) for k, v in row.items() if k not in _TEXT and v
                }
                lines[row["codec"]][f"{float(row['bpp']):g}"].append({"file": row["file"], **values})
    return {codec: {bpp: averages(rows) for bpp, rows in by.items()} for codec, by in sorted(lines.items())}


_TEXT = ("file", "codec", "bpp", "scale")

if __name__ == "__main__":
    main()
