"""Edge rasters as the encoder makes them, from a folder of pictures, to train the edge coder's context network.

    python training/edges/prepare.py PICTURES --out rasters.npz

PICTURES holds an index.csv with the columns file and source. Each picture is traced for some budgets around what the
encoder gives to edges, on the grids that it chooses for them. Sources are kept whole, so that a dev set can be split
by source.
"""

from __future__ import annotations

import argparse
import sys
from functools import cache
from pathlib import Path

import numpy as np
from PIL import Image
from tqdm.contrib.concurrent import process_map

from triptych.analysis.edges import find_strokes
from triptych.codec.proposals import EdgeProposal

sys.path.append(str(Path(__file__).parents[1]))
from common.splits import read_index

BYTES, SPREAD = 425, 0.35  # of edges at 512 x 512: the median, and the standard deviation of its logarithm
BUDGETS = 2  # of each picture


def rasters_of(job: tuple[int, Path]) -> list[np.ndarray]:
    number, path = job
    rng = np.random.default_rng(number)
    image = Image.open(path).convert("RGB")
    find = cache(lambda grid: find_strokes(image, grid))
    budgets = BYTES * image.width * image.height / 512**2 * np.exp(rng.normal(0, SPREAD, BUDGETS))
    layers = [EdgeProposal(find, image.size).fitted(int(most))[0] for most in budgets]
    return [layer.raster for layer in layers if layer]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pictures", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--every", type=int, default=1, metavar="N", help="take only every Nth picture")
    parser.add_argument("--jobs", type=int, default=2)
    args = parser.parse_args()
    rows = read_index(args.pictures)[:: args.every]
    jobs = [(number, args.pictures / row["file"]) for number, row in enumerate(rows)]
    found = process_map(rasters_of, jobs, max_workers=args.jobs, chunksize=4)
    rasters = [(raster, row["source"]) for own, row in zip(found, rows, strict=True) for raster in own]
    np.savez_compressed(
        args.out,
        bits=np.concatenate([np.packbits(raster) for raster, _ in rasters]),
        shapes=np.array([raster.shape for raster, _ in rasters], np.int32),
        sources=np.array([source for _, source in rasters]),
    )


if __name__ == "__main__":
    main()
