"""Train the lean network that ranks strokes to give what the one that train.py makes gives, and install it.

    python training/strokes/distil.py PICTURES DATA --teacher FILE --checkpoint FILE

PICTURES is a folder with an index.csv. The first `--limit` of its pictures to train on, and the first `--limit-dev`
of those to measure on (training/common/splits.py), are looked at on a grid of the encoder's each; what the teacher,
an ONNX file, says of them goes into DATA, once. The lean network is to give the same sum along each stroke and, so that
it has more to learn from, the same value at each cell of a stroke. `correlation` and `captured` are those of train.py,
against the teacher instead of measurements.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from model import LeanStrokeGainNet
from PIL import Image
from torch import Tensor

sys.path.append(str(Path(__file__).parents[1]))
from common.loop import add_arguments, cosine, descend, run, seeded, set_rate
from common.splits import is_dev, read_index, refuse_validation
from train import Example, along, install, measure, turned

from triptych.analysis.edges import candidates
from triptych.analysis.stroke_gain import CELL, MULTIPLE, at_most_cells, planes
from triptych.layers import grid_shape
from triptych.networks import open_network

PACKAGE = Path(__file__).parents[2] / "src/triptych/analysis"
RATE, EVERY = 2e-3, 500
SIDES = (104, 130, 162, 202)  # cells along the longer side that the encoder has
CELLS_WEIGHT = 0.3  # of the error of single cells
TAKEN = 0.5  # of the strokes, for `captured`


class Told(NamedTuple):
    """A picture, and what the teacher says of its cells, (1, 1, gh, gw)."""

    example: Example
    cells: Tensor


def prepare(pictures: Path, data: Path, teacher: Path, limit: int, limit_dev: int) -> None:
    """Write what is not in `data` yet: a file a picture."""
    session = open_network(teacher.read_bytes(), "give another teacher")
    left = {False: limit, True: limit_dev}
    data.mkdir(exist_ok=True)
    for number, row in enumerate(read_index(pictures)):
        dev = is_dev(row["source"])
        if not left[dev]:
            continue
        left[dev] -= 1
        path = data / f"{'dev' if dev else 'train'}-{Path(row['file']).stem}.npz"
        if path.exists():
            continue
        image = Image.open(pictures / row["file"]).convert("RGB")
        grid = grid_shape(image.size, SIDES[number % len(SIDES)])
        pixels, energy = candidates(image, grid)
        if not pixels:
            continue
        label = np.zeros(energy.size, np.int64)
        for index, cells in enumerate(pixels, 1):
            label[cells] = index
        label, energy = at_most_cells(label.reshape(energy.shape), energy)
        pad = [(0, -side % MULTIPLE) for side in label.shape]
        given = np.pad(planes(image, label > 0, energy), [(0, 0), (0, 0), *pad], mode="edge").astype(np.float16)
        (cells,) = session.run(["gain"], {"planes": given.astype(np.float32)})
        size = (image.width * image.height / label.size) ** 0.5 / CELL
        np.savez(path, planes=given, label=np.pad(label, pad).astype(np.int32), cells=cells, size=size)


def load(data: Path, kind: str) -> list[Told]:
    """The pictures of a kind."""
    found = []
    for path in sorted(data.glob(f"{kind}-*.npz")):
        with np.load(path) as z:
            label = torch.from_numpy(z["label"].astype(np.int64))
            lengths = torch.bincount(label.ravel(), minlength=int(label.max()) + 1)[1:]
            cells, size = torch.from_numpy(z["cells"]), float(z["size"])
            taken = max(1, int(TAKEN * len(lengths)))
            example = Example(torch.from_numpy(z["planes"]), label, torch.zeros(len(lengths)), lengths, size, taken)
            found.append(Told(example._replace(gain=along(cells, example)), cells))
    return found


def error(net: LeanStrokeGainNet, told: Told, rng: np.random.Generator) -> Tensor:
    """The squared error of the strokes, as in train.py, and of the cells."""
    # What the teacher says goes along as a further plane, so that it is turned in the same way.
    example = told.example
    given = torch.cat([example.planes.float(), told.cells], 1)
    given, label = (both := turned(example._replace(planes=given), rng)).planes, both.label
    values, wanted = net(given[:, :-1].contiguous(memory_format=torch.channels_last)), given[:, -1:]
    weight = 1 / (example.cells * example.size + 6)
    strokes = ((along(values, both) - example.gain) ** 2 * weight).mean()
    cells = ((values - wanted)[0, 0][label > 0] ** 2).mean() * example.size**2
    return strokes + CELLS_WEIGHT * cells


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pictures", type=Path)
    parser.add_argument("data", type=Path)
    add_arguments(parser, steps=4500)
    parser.add_argument("--teacher", type=Path, required=True, help="the ONNX file of the network to be like")
    parser.add_argument("--limit", type=int, default=400, help="pictures to train on (default: %(default)s)")
    parser.add_argument("--limit-dev", type=int, default=40, help="pictures to measure on (default: %(default)s)")
    parser.add_argument("--checkpoint", type=Path, required=True, help="written as training goes on; gone on with")
    parser.add_argument("--out", type=Path, default=PACKAGE, help="where stroke_gain.onnx and stroke_gain.json go")
    args = parser.parse_args()
    refuse_validation(args.pictures)
    prepare(args.pictures, args.data, args.teacher, args.limit, args.limit_dev)
    train, dev = load(args.data, "train"), load(args.data, "dev")
    rng = seeded(args.seed)
    inside = [told.example.label > 0 for told in train]
    usual = torch.cat([told.cells[0, 0][at] for told, at in zip(train, inside, strict=True)]).mean().item()
    strength = torch.cat([t.example.planes[0, -1][at] for t, at in zip(train, inside, strict=True)]).float().square()
    net = LeanStrokeGainNet(usual, strength.mean().item()).to(memory_format=torch.channels_last)
    optimiser, first = torch.optim.AdamW(net.parameters(), RATE, weight_decay=1e-2), 0
    if args.checkpoint.exists():
        kept = torch.load(args.checkpoint)
        first = kept["step"]
        net.load_state_dict(kept["net"])
        optimiser.load_state_dict(kept["optimiser"])
        rng.bit_generator.state = kept["rng"]
    print(f"{len(train)} pictures, {len(dev)} to measure on, from step {first}", flush=True)
    total, figures = 0.0, {}
    for step in run(args.steps, EVERY, first=first):
        set_rate(optimiser, RATE * cosine(step))
        loss = error(net, train[rng.integers(len(train))], rng)
        descend(net, optimiser, loss)
        total += loss.item()
        if step.due:
            examples = [told.example._replace(planes=told.example.planes.float()) for told in dev]
            figures = dict(zip(("correlation", "captured"), measure(net, examples), strict=True))
            found = ", ".join(f"{name} {value:.4f}" for name, value in figures.items())
            print(f"step {step.number} loss {total / EVERY:.5f} {found}", flush=True)
            total = 0.0
            state = {"net": net.state_dict(), "optimiser": optimiser.state_dict()}
            torch.save({**state, "step": step.number, "rng": rng.bit_generator.state}, args.checkpoint)
    if figures:
        seen = f"{len(train)} generated pictures, {len(dev)} of other sources to measure on; one a step"
        install(net, args, seen, figures)


if __name__ == "__main__":
    main()
