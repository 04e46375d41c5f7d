"""Pictures of few bytes, cut files and lost packets: `python benchmarks/thin_links.py WHAT FOLDER --metric FILE`.

    python benchmarks/thin_links.py placeholders FOLDER --metric FILE [--every N]
    python benchmarks/thin_links.py rivals FOLDER --metric FILE [--every N]
    python benchmarks/thin_links.py progressive FOLDER --metric FILE [--every N] [--decoder NAME ...]
    python benchmarks/thin_links.py packets FOLDER --metric FILE [--every N] [--decoder NAME ...]

FOLDER holds pictures and an index.csv (columns file, prompt), METRIC is the file of LPIPS as for `quality.py`. Sizes
are lengths of files, bare forms, packets or texts, as sent. WHAT is one of

- placeholders: against BlurHash and ThumbHash at their sizes, in bytes and in characters of text;
- rivals: the best of JPEG, WebP and AVIF of any scale and quality that fits 200 and 350 bytes, against bare forms;
- progressive: files cut at parts of their length against files made for that length;
- packets: what packets cost against one file, LPIPS after each packet and with packets lost.
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
import warnings
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import mean
from typing import Any

import numpy as np
from PIL import Image

import triptych

sys.path.append(str(Path(__file__).parent))
from quality import lpips

Metrics = dict[str, Callable[[np.ndarray, np.ndarray], float]]
Rows = list[dict[str, str]]


def pictures(folder: Path, rows: Rows) -> Iterator[tuple[dict[str, str], Image.Image]]:
    for row in rows:
        yield row, Image.open(folder / row["file"]).convert("RGB")


class Means:
    """Values by name; means at the end."""

    def __init__(self) -> None:
        self.found: dict[str, list[float]] = defaultdict(list)

    def add(self, name: str, metrics: Metrics, original: Image.Image, made: Image.Image, **more: float) -> None:
        for metric, function in metrics.items():
            self.found[f"{name}: {metric}"].append(function(np.asarray(original), np.asarray(made.convert("RGB"))))
        for key, value in more.items():
            self.found[f"{name}: {key}"].append(value)

    def rounded(self) -> dict[str, float]:
        return {name: round(mean(values), 4) for name, values in self.found.items()}


# --- progressive -------------------------------------------------------------------------------------------


def progressive(folder: Path, rows: Rows, metrics: Metrics, decoders: list[str]) -> dict[str, Any]:
    means = Means()
    for row, image in pictures(folder, rows):
        prompt = row.get("prompt") or None
        budget = int(0.02 * image.width * image.height / 8)
        plain = triptych.encode(image, prompt=prompt, max_bytes=budget)
        made = triptych.encode(image, prompt=prompt, max_bytes=budget, progressive=True)
        data = made.to_bytes()
        means.found["bytes"].append(len(data))
        means.found["bytes of plain edges"].append(len(plain.edges.payload))
        means.found["bytes of the same edges in scans"].append(len(plain.edges.in_scans().payload))
        whole = triptych.make_progressive(plain)
        means.found["bytes of the plain file"].append(len(plain.to_bytes()))
        means.found["bytes of the same file, progressive"].append(len(whole.to_bytes()))
        for part in (0.5,):
            length = int(part * len(data))
            other = triptych.encode(image, prompt=prompt, max_bytes=length)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                cut = triptych.Picture.from_bytes(data[:length], partial=True)
            for name in decoders:
                means.add(f"{name}, cut at {part}", metrics, image, triptych.decode(cut, decoder=name))
                means.add(f"{name}, made for {part}", metrics, image, triptych.decode(other, decoder=name))
        for name in decoders:
            means.add(f"{name}, plain", metrics, image, triptych.decode(plain, decoder=name))
            means.add(f"{name}, progressive", metrics, image, triptych.decode(made, decoder=name))
        print(row["file"], flush=True, file=sys.stderr)
    return means.rounded()


COMMANDS = {"progressive": progressive}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=COMMANDS)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--metric", type=Path, required=True)
    parser.add_argument("--every", type=int, default=1, metavar="N", help="take only every Nth picture")
    parser.add_argument("--decoder", action="append", help="default: miniature and sketch")
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    with open(args.folder / "index.csv", newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))[:: args.every]
    metrics: Metrics = {"lpips": lpips(args.metric)}
    found = COMMANDS[args.what](args.folder, rows, metrics, args.decoder or ["miniature", "sketch"])
    text = json.dumps({"pictures": len(rows), "triptych": triptych.__version__, **found}, indent=2)
    print(text)
    if args.json:
        args.json.write_text(text + "\n", "utf-8")


if __name__ == "__main__":
    main()
