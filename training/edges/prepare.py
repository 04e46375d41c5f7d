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
from multiprocessing import Pool
from pathlib import Path

import numpy as np
from PIL import Image

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
    packed, shapes, sources = [], [], []
    rows = read_index(args.pictures)[:: args.every]
    jobs = [(number, args.pictures / row["file"]) for number, row in enumerate(rows)]
    with Pool(args.jobs) as pool:
        for number, rasters in enumerate(pool.imap(rasters_of, jobs, chunksize=4)):
            for raster in rasters:
                packed.append(np.packbits(raster))
                shapes.append(raster.shape)
                sources.append(rows[number]["source"])
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
