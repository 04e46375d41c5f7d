"""Measure which strokes help the decoder: pictures, decoded with many random choices of their strokes.

    python training/strokes/measure.py PICTURES --out DATA --metric METRIC

PICTURES holds an index.csv with the columns file and source. METRIC is a Python file with a module `LPIPS` whose
`local(a, b)` gives the distance of two batches of pictures (n, 3, h, w), -1..1, as maps (n, 1, rows, columns) whose
mean is the whole distance (README.md). DATA gets one file a picture: the candidate strokes, and the gain of each.

A stroke changes the picture around it only, so one decoding tells of all strokes at once: for each, the distance
around it is fitted by least squares to which of it and its neighbours were drawn.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from PIL import Image
from scipy.ndimage import gaussian_filter

import triptych
from triptych.analysis.edges import candidates, rank
from triptych.codec.decode import condition
from triptych.decoders.sketch import paint
from triptych.raster.strokes import Strokes
from triptych.raster.thin import thin

sys.path.append(str(Path(__file__).parents[1]))
from common.loop import quick
from common.metric import load_metric
from common.splits import read_index

MAP = 8  # pixels per side of a cell of the maps of local distance
REACH = 2.5  # cells of those maps: how far around a stroke it changes the picture, as a Gaussian's sigma
TAKEN, OTHERS = 0.75, 0.4  # chances that a stroke is drawn: of those that the encoder takes now, and the others
NEIGHBOURS = 10  # strokes that a stroke's own effect is told apart from
RIDGE = 0.005  # times the number of decodings: keeps the fit from explaining noise


class Metric:
    """Local distances from one picture, uint8 (h, w, 3)."""

    def __init__(self, file: Path, picture: np.ndarray) -> None:
        self._metric, self._picture = load_metric(file), self._tensor(picture)

    @staticmethod
    def _tensor(picture: np.ndarray) -> torch.Tensor:
        return torch.from_numpy(picture.astype(np.float32) / 127.5 - 1).permute(2, 0, 1)[None]

    def local(self, picture: np.ndarray) -> np.ndarray:
        """float (rows, columns), of MAP x MAP pixels per cell."""
        with torch.no_grad(), quick():
            found = self._metric.local(self._tensor(picture), self._picture).float()
        size = [side // MAP for side in picture.shape[:2]]
        return torch.nn.functional.interpolate(found, size, mode="area")[0, 0].numpy()


class Measured(NamedTuple):
    """What is known of one picture; saved under these names.

    Attributes:
        label: int16 (gh, gw), as in `Strokes`.
        energy: float16 (gh, gw), see `edge_strength`.
        gain: float32 (n,): by how much the sum of the local distance, over cells of MAP x MAP pixels, falls if
            the stroke is drawn.
        taken: how many the encoder takes, of those that it thinks best.
    """

    label: np.ndarray
    energy: np.ndarray
    gain: np.ndarray
    taken: int


def measure(image: Image.Image, metric: Metric, decodings: int, rng: np.random.Generator) -> Measured | None:
    """None: the picture has no colours or no edges."""
    given = condition(triptych.encode(image, recipe="none"))
    if given.edges is None or given.colours is None:
        return None
    pixels, energy = candidates(image, given.edges.shape)
    strokes = rank(image, pixels, energy, least=-np.inf)
    cells = np.bincount(strokes.label.ravel(), minlength=len(strokes) + 1)[1:]
    kept = np.bincount(strokes.label.ravel(), given.edges.ravel(), len(strokes) + 1)[1:]
    taken = int((kept > cells / 2).sum())
    drawn = rng.random((decodings, len(strokes))) < np.where(np.arange(len(strokes)) < taken, TAKEN, OTHERS)
    maps = np.array(
        [
            metric.local(paint(*image.size, edges=thin(np.r_[False, some][strokes.label]), colours=given.colours))
            for some in drawn
        ]
    )
    gain = effects(drawn, maps, around(strokes, maps.shape[1:]))
    return Measured(strokes.label.astype(np.int16), energy.astype(np.float16), gain, taken)


def around(strokes: Strokes, shape: tuple[int, int]) -> np.ndarray:
    """float (n, rows * columns): how much each cell of a map belongs to the surroundings of each stroke, 0..1."""
    found = []
    for number in range(1, len(strokes) + 1):
        own = Image.fromarray((strokes.label == number).astype(np.float32)).resize(shape[::-1], Image.Resampling.BOX)
        blurred = gaussian_filter(np.asarray(own), REACH, truncate=3)
        found.append(np.minimum(blurred / max(0.3 * blurred.max(), 1e-9), 1).ravel())
    return np.array(found)


def effects(drawn: np.ndarray, maps: np.ndarray, surroundings: np.ndarray) -> np.ndarray:
    """By how much each stroke lowers the sum of its surroundings: float32 (n,).

    drawn: bool (decodings, n). maps: (decodings, rows, columns). surroundings: (n, rows * columns).
    """
    sums = maps.reshape(len(maps), -1) @ surroundings.T
    sums, present = sums - sums.mean(0), drawn - drawn.mean(0)
    shared = surroundings @ surroundings.T
    size = np.sqrt(np.diag(shared)) + 1e-9
    shared /= size * size[:, None]
    gain = np.zeros(len(surroundings), np.float32)
    for number, overlap in enumerate(shared):
        overlap[number] = 2  # itself first
        near = np.argsort(-overlap)[:NEIGHBOURS]
        near = near[overlap[near] > 0.05]
        design = present[:, near]
        normal = design.T @ design + RIDGE * len(maps) * np.eye(len(near))
        gain[number] = -np.linalg.solve(normal, design.T @ sums[:, number])[0]
    return gain


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pictures", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--metric", type=Path, required=True)
    parser.add_argument("--decodings", type=int, default=64, help="of each picture (default: 64, about 10 s)")
    parser.add_argument("--limit", type=int, help="how many pictures, chosen at random (default: all)")
    parser.add_argument("--part", default="1/1", metavar="I/N", help="take every Nth of them, from the Ith: for N jobs")
    parser.add_argument("--seed", type=int, default=0, help="of all that is drawn at random (default: 0)")
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    rows = read_index(args.pictures)
    order = np.random.default_rng(args.seed).permutation(len(rows))[: args.limit]
    part, parts = (int(number) for number in args.part.split("/"))
    for done, number in enumerate(order[part - 1 :: parts]):
        row, out = rows[number], args.out / f"{number:05}.npz"
        if out.exists():
            continue
        image = Image.open(args.pictures / row["file"]).convert("RGB")
        found = measure(
            image, Metric(args.metric, np.asarray(image)), args.decodings, np.random.default_rng([args.seed, number])
        )
        if found:
            np.savez_compressed(out, picture=row["file"], source=row["source"], **found._asdict())
        if done % 10 == 0:
            print(f"{done}/{len(order) // parts}", flush=True)


if __name__ == "__main__":
    main()
