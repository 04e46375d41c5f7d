"""Encode a folder of pictures, so that the miniature can learn from what the codec really keeps of each.

    python training/miniature/prepare.py PICTURES --out DATA

PICTURES holds an index.csv with the columns file, source and prompt. DATA gets one pair of files a picture:
`N.npy`, uint8 (height, width, 7): the picture, what `sketch` paints from its texture and edges, and its strokes
(see `triptych.decoders.miniature.strokes_of`); and `N.npz`: the colour grid alone, the prompt and the source.
Most pictures are encoded at the default budget, some in fewer or more bits, so that the network meets both.
"""

from __future__ import annotations

import argparse
import sys
from multiprocessing import Pool
from pathlib import Path

import numpy as np
from PIL import Image

import triptych
from triptych.codec.decode import condition
from triptych.decoders.miniature.conditions import strokes_of
from triptych.decoders.sketch import paint

sys.path.append(str(Path(__file__).parents[1]))
from common.splits import read_index

OTHER_BUDGETS = 0.3  # of the pictures get 0.012 to 0.03 bpp instead of 0.02


def prepare(job: tuple[int, Path, dict[str, str], Path]) -> None:
    number, folder, row, out = job
    if (out / f"{number:05}.npz").exists():
        return
    rng = np.random.default_rng(number)
    bpp = 0.02 if rng.random() > OTHER_BUDGETS else float(np.exp(rng.uniform(np.log(0.012), np.log(0.03))))
    image = Image.open(folder / row["file"]).convert("RGB")
    given = condition(triptych.encode(image, prompt=row["prompt"] or None, bpp=bpp, recipe="none"))
    painted = paint(given.width, given.height, edges=given.edges, colours=given.colours)
    strokes = strokes_of(given.edges, given.width, given.height)
    np.save(out / f"{number:05}.npy", np.concatenate([np.asarray(image), painted, strokes[..., None]], 2))
    np.savez(out / f"{number:05}.npz", colours=given.colours, prompt=row["prompt"], source=row["source"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pictures", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--jobs", type=int, default=2)
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    jobs = [(n, args.pictures, row, args.out) for n, row in enumerate(read_index(args.pictures))]
    with Pool(args.jobs) as pool:
        for done, _ in enumerate(pool.imap_unordered(prepare, jobs, chunksize=8), 1):
            if done % 100 == 0:
                print(f"{done}/{len(jobs)}", flush=True)


if __name__ == "__main__":
    main()
