"""Turn a folder of pictures into thinned edge rasters for training the edge coder's context network.

    python training/edges/prepare.py PICTURES --out rasters.npz

PICTURES holds an index.csv with the columns file and source. Each picture is traced on several grids and
thinned to a random budget around what the encoder spends, so that the network sees the rasters it will
code. Sources are kept whole, so that a dev set can be split by source.
"""

from __future__ import annotations

import argparse
import csv
from pathlib import Path

import numpy as np
from PIL import Image

from triptych.extract.edges import find_strokes

SHORT_SIDES = (104, 116, 132)  # cells; what the encoder chooses at its default budget


def rasters_of(path: Path, rng: np.random.Generator) -> list[np.ndarray]:
    image = Image.open(path).convert("RGB")
    width, height = image.size
    found: list[np.ndarray] = []
    for short in SHORT_SIDES:
        scale = short / min(width, height)
        grid = (max(1, round(height * scale)), max(1, round(width * scale)))
        strokes = find_strokes(image, grid)
        pixels = np.bincount(strokes.label.ravel(), minlength=len(strokes) + 1)[1:]
        bits = np.cumsum(pixels * 2.0 + 8)
        # 470 bytes at 104 x 104, growing with the side of the grid, give or take.
        budget = 470 * 8 * (grid[0] * grid[1] / 104**2) ** 0.6 * np.exp(rng.normal(0, 0.3))
        found.append(strokes.best(int(np.searchsorted(bits, budget))))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pictures", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--every", type=int, default=1, metavar="N", help="take only every Nth picture")
    args = parser.parse_args()
    rng = np.random.default_rng(1)
    packed, shapes, sources = [], [], []
    with open(args.pictures / "index.csv", newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))[:: args.every]
    for number, row in enumerate(rows):
        for raster in rasters_of(args.pictures / row["file"], rng):
            packed.append(np.packbits(raster))
            shapes.append(raster.shape)
            sources.append(row["source"])
        if number % 100 == 0:
            print(f"{number}/{len(rows)}", flush=True)
    np.savez_compressed(
        args.out,
        bits=np.concatenate(packed),
        shapes=np.array(shapes, np.int32),
        sources=np.array(sources),
    )


if __name__ == "__main__":
    main()
