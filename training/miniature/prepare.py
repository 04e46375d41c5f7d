"""Encode a folder of pictures, so that the miniature can learn from what the codec really keeps of each.

    python training/miniature/prepare.py PICTURES --out DATA --count 300

PICTURES holds an index.csv with the columns file, source and prompt. Of the first `--count` pictures, in an order that
is shuffled once and for all, each is encoded at the default budget and at one below and one above it, so that the
network meets them all. DATA gets a pair of files for each: `N-B.npy`, uint8 (height, width, 10): the picture, what
`sketch` paints from its texture and edges, its strokes (see `triptych.decoders.miniature.strokes_of`), and what
`sketch` paints from its texture alone; and `N-B.npz`: the prompt, the source and the bytes of the file.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
from PIL import Image
from tqdm.contrib.concurrent import process_map

import triptych
from triptych.codec.decode import condition
from triptych.decoders.miniature.conditions import strokes_of
from triptych.decoders.sketch import paint

sys.path.append(str(Path(__file__).parents[1]))
from common.splits import read_index

# Bits per pixel, drawn evenly in their logarithm: 60 to 655 and to 1,500 bytes at 512 x 512.
BUDGETS = (0.02, 0.02), (0.00183, 0.02), (0.02, 0.0458)
WORDS = 0.3  # of them are left free at most, drawn at random: coding a prompt takes longer than all else


def prepare(job: tuple[int, Path, dict[str, str], Path]) -> None:
    number, folder, row, out = job
    rng = np.random.default_rng(number)
    image = Image.open(folder / row["file"]).convert("RGB")
    for place, budget in enumerate(BUDGETS):
        bpp = float(np.exp(rng.uniform(*np.log(budget))) * (1 - WORDS * rng.random() ** 2))
        path = out / f"{number:05}-{place}"
        if path.with_suffix(".npz").exists():
            continue
        picture = triptych.encode(image, bpp=bpp, layers=("texture", "edges"))
        given = condition(picture)
        if given.colours is None:
            continue
        painted = paint(given.width, given.height, edges=given.edges, colours=given.colours)
        strokes = strokes_of(given.edges, given.width, given.height)
        plain = paint(given.width, given.height, colours=given.colours)
        np.save(path.with_suffix(".npy"), np.concatenate([np.asarray(image), painted, strokes[..., None], plain], 2))
        about = {"prompt": row["prompt"], "source": row["source"], "bytes": len(picture.to_bytes())}
        np.savez(path.with_suffix(".npz"), **about)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pictures", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--jobs", type=int, default=2)
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    rows = read_index(args.pictures)
    order = np.random.default_rng(12).permutation(len(rows))[: args.count]
    jobs = [(n, args.pictures, rows[index], args.out) for n, index in enumerate(order)]
    process_map(prepare, jobs, max_workers=args.jobs, chunksize=1)


if __name__ == "__main__":
    main()
