"""Encode and paint a folder of pictures, so that the detail layer can learn what the other layers miss.

    python training/detail/prepare.py PICTURES --out DATA --count 1200

PICTURES holds an index.csv with the columns file, source and prompt. DATA gets, for each of the first `--count`
pictures in an order that is shuffled once and for all, `N.npy`, uint8 (height, width, 6): the picture, and what
`miniature` paints from the other layers; and `N.json` with its source and the bytes of those layers. Half of the
pictures are encoded at the default budget, the others in fewer or more bits, so that the networks meet all of them.
More can be prepared while a training runs that has taken up the first ones: it finds them when it starts again.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import numpy as np
from PIL import Image
from tqdm.contrib.concurrent import process_map

import triptych

sys.path.append(str(Path(__file__).parents[1]))
from common.splits import read_index

OTHER_BUDGETS = 0.5  # of the pictures get a budget in this range of bpp instead of 0.02
RANGE = 0.006, 0.04


def prepare(job: tuple[int, Path, dict[str, str], Path]) -> None:
    number, folder, row, out = job
    if (out / f"{number:05}.json").exists():
        return
    rng = np.random.default_rng(number)
    bpp = 0.02 if rng.random() > OTHER_BUDGETS else float(np.exp(rng.uniform(*np.log(RANGE))))
    with Image.open(folder / row["file"]) as file:
        image = file.convert("RGB")
    data = triptych.encode(image, prompt=row["prompt"] or None, bpp=bpp, recipe="none").to_bytes()
    painted = np.asarray(triptych.decode(data, decoder="miniature"))
    np.save(out / f"{number:05}.npy", np.concatenate([np.asarray(image), painted], 2))
    (out / f"{number:05}.json").write_text(json.dumps({"source": row["source"], "bytes": len(data)}) + "\n", "utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pictures", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--count", type=int, default=1200)
    parser.add_argument("--jobs", type=int, default=2)
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    rows = read_index(args.pictures)
    order = np.random.default_rng(12).permutation(len(rows))[: args.count]
    jobs = [(n, args.pictures, rows[index], args.out) for n, index in enumerate(order)]
    process_map(prepare, jobs, max_workers=args.jobs, chunksize=4)


if __name__ == "__main__":
    main()
