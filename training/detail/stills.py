"""AV1 stills of prepared pictures, and what is painted below them, so that a network can learn to restore pictures.

    python training/detail/stills.py DATA

DATA is what prepare.py made. The folder DATA/stills gets, for each picture N,

- `N-K.npy`, uint8 (height, width, 3), for K = 0, 1, 2: what is decoded from a still of about 0.007 to 0.2 bits per
  pixel, enlarged to the size of the picture; and `N-K.json` with the bits per pixel and the scale it was coded at;
- `N-pK.npy`, of the same shape, for K = 0, 1: what `sketch` paints of files of 0.002 to 0.02 bits per pixel, as
  decoders do below a still.
"""

from __future__ import annotations

import argparse
import json
from io import BytesIO
from math import log
from pathlib import Path

import numpy as np
from PIL import Image
from tqdm.contrib.concurrent import process_map

import triptych
from triptych.layers import av1
from triptych.layers.still import COARSEST_BPP, RANGE

VARIANTS = 3
BPP = 0.007, 0.2  # of the stills
QUALITY = 15, 0.35  # of the encoder: median, and the deviation of its logarithm
FULL_BPP, POWER, WIDE = 0.2, 1.7, 0.12  # how the scale follows from the bits, and the deviation of its logarithm
TUNED = 0.4  # of the stills are made for SSIM, so that the network is not made for one encoder
PAINTED = 2
BELOW_BPP = 0.002, 0.02  # of the layers that are painted


def about(bpp: float, scale: float) -> np.ndarray:
    """What the network is told of a still: see `triptych.layers.still.Still.about`."""
    return np.array([np.clip(log(bpp / COARSEST_BPP) / log(RANGE), 0, 1), scale], np.float32)


def make(path: Path) -> None:
    rng = np.random.default_rng(int(path.stem))
    image = Image.fromarray(np.load(path)[..., :3])
    for k in range(VARIANTS):
        bpp = BPP[0] * (BPP[1] / BPP[0]) ** ((k + rng.random()) / VARIANTS)
        scale = float(np.clip((bpp / FULL_BPP) ** (1 / POWER) * np.exp(rng.normal(0, WIDE)), 0.15, 1))
        quality = int(np.clip(QUALITY[0] * np.exp(rng.normal(0, QUALITY[1])), 3, 40))
        tune = {"tune": "ssim"} if rng.random() < TUNED else {}
        out = path.parent / "stills" / f"{path.stem}-{k}.json"
        if out.exists():
            continue
        small = image.resize([max(1, round(side * scale)) for side in image.size], Image.Resampling.LANCZOS)
        file = BytesIO()
        small.save(file, "AVIF", quality=quality, speed=av1.QUICK, subsampling="4:2:0", max_threads=1, advanced=tune)
        with Image.open(file) as still:
            np.save(out.with_suffix(".npy"), still.convert("RGB").resize(image.size, Image.Resampling.BICUBIC))
        bits = 8 * (len(file.getvalue()) - len(av1.wrapped(b"\0\0", small.size)) + 2)
        out.write_text(json.dumps({"bpp": bits / (image.width * image.height), "scale": scale}) + "\n", "utf-8")
    for k in range(PAINTED):
        below = path.parent / "stills" / f"{path.stem}-p{k}.npy"
        bpp = float(np.exp(rng.uniform(*np.log(BELOW_BPP))))
        if not below.exists():
            np.save(
                below, triptych.decode(triptych.encode(image, layers=("texture", "edges"), bpp=bpp), decoder="sketch")
            )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--jobs", type=int, default=2)
    args = parser.parse_args()
    paths = sorted(path for path in args.data.glob("*.npy") if path.stem.isdigit())
    (args.data / "stills").mkdir(exist_ok=True)
    process_map(make, paths, max_workers=args.jobs, chunksize=4)


if __name__ == "__main__":
    main()
