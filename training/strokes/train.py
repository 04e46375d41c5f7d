"""Train the network that knows what strokes are worth, from which the one in the package learns (distil.py).

    python training/strokes/train.py PICTURES DATA --steps 1400 --checkpoint FILE --out FOLDER

PICTURES is the folder that measure.py read and DATA what it wrote. The network's values along a stroke add up to the
stroke's gain; the loss is the squared error of that sum. Pictures of dev sources (training/common/splits.py) are
measured on: `correlation` is that of the gain per bit, measured and predicted; `captured` is the gain of the strokes
that are taken by their predicted gain per bit, in the bits that the encoder spends, against that of those which the
measurement itself would take.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from model import StrokeGainNet
from PIL import Image
from torch import Tensor, nn

sys.path.append(str(Path(__file__).parents[1]))
from common.card import make_card, write_card
from common.data import data_hash
from common.loop import add_arguments, descend, quick, run, seeded, set_rate
from common.onnx_file import largest_difference, to_onnx
from common.splits import is_dev, refuse_validation

from triptych.analysis.stroke_gain import CELL, planes
from triptych.raster.strokes import stroke_bits

RATE, BATCH, EVERY = 1e-3, 4, 50
TOLERANCE = 1e-3  # of the usual gain of a cell: how much ONNX Runtime may differ from PyTorch


class Example(NamedTuple):
    """One picture; n strokes on a grid of (gh, gw)."""

    planes: Tensor  # (1, PLANES, gh, gw), sides padded to multiples of 4
    label: Tensor  # int64, the same sides; 0 or the number of the stroke
    gain: Tensor  # (n,)
    cells: Tensor  # (n,) length
    size: float  # of a cell, in units of CELL pixels
    taken: int


def load(pictures: Path, data: Path) -> tuple[list[Example], list[Example]]:
    """(to train on, to measure on)"""
    train, dev = [], []
    for path in sorted(data.glob("*.npz")):
        with np.load(path) as z:
            image = Image.open(pictures / str(z["picture"])).convert("RGB")
            label = z["label"].astype(np.int64)
            given = planes(image, label > 0, z["energy"].astype(np.float32))
            pad = [(0, -side % 4) for side in label.shape]
            size = (image.width * image.height / label.size) ** 0.5 / CELL
            example = Example(
                torch.from_numpy(np.pad(given, [(0, 0), (0, 0), *pad], mode="edge")),
                torch.from_numpy(np.pad(label, pad)),
                torch.from_numpy(z["gain"]),
                torch.from_numpy(np.bincount(label.ravel(), minlength=len(z["gain"]) + 1)[1:]),
                size,
                int(z["taken"]),
            )
            (dev if is_dev(str(z["source"])) else train).append(example)
    return train, dev


def along(values: Tensor, example: Example) -> Tensor:
    """The gain of each stroke, (n,), by the network's output for this picture."""
    total = torch.zeros(len(example.gain) + 1).index_add(0, example.label.ravel(), values.float().ravel())
    return total[1:] * example.size


def turned(example: Example, rng: np.random.Generator) -> Example:
    """The picture turned, mirrored, and with its colour channels exchanged."""
    quarter, mirror, channels = int(rng.integers(4)), bool(rng.integers(2)), torch.from_numpy(rng.permutation(3))

    def turn(x: Tensor) -> Tensor:
        x = torch.rot90(x, quarter, (-2, -1))
        return x.flip(-1) if mirror else x

    cells = 3 * CELL * CELL
    fine = turn(nn.functional.pixel_shuffle(example.planes[:, :cells], CELL))[:, channels]
    low, others = example.planes[:, cells : cells + 3][:, channels], example.planes[:, cells + 3 :]
    given = torch.cat([nn.functional.pixel_unshuffle(fine, CELL), turn(low), turn(others)], 1)
    return example._replace(planes=given, label=turn(example.label))


def error(net: StrokeGainNet, example: Example) -> Tensor:
    """Mean squared error over strokes; the gain of a long one is measured less surely, so it counts less."""
    with quick():
        values = net(example.planes.contiguous(memory_format=torch.channels_last))
    weight = 1 / (example.cells * example.size + 6)
    return ((along(values, example) - example.gain) ** 2 * weight).mean()


@torch.no_grad()
def measure(net: StrokeGainNet, dev: list[Example]) -> tuple[float, float]:
    """(correlation, captured), see above."""
    correlations, captured = [], []
    for example in dev:
        bits = stroke_bits(example.cells.numpy())
        measured = example.gain.numpy()
        predicted = along(net(example.planes), example).numpy()
        correlations.append(np.corrcoef(measured / bits, predicted / bits)[0, 1])
        got = []
        for worth in (predicted / bits, measured / bits):
            order = np.argsort(-worth)
            got.append(measured[order][np.cumsum(bits[order]) <= bits[: example.taken].sum()].sum())
        captured.append(got)
    got, best = np.sum(captured, 0)
    return float(np.mean(correlations)), float(got / best)


def install(net: nn.Module, args: argparse.Namespace, pictures: str, figures: dict[str, float]) -> None:
    """Write the ONNX file into `args.out`, once both runtimes agree on what it computes, and its card.

    `pictures`: what it learned from, in words; `args` are those of the command.
    """
    net = net.float().eval()
    with torch.no_grad():
        for parameter in net.parameters():
            if parameter.dim() > 1:  # those that `halved` rounds
                parameter.copy_(parameter.half().float())
        model = to_onnx(net, {"planes": torch.zeros(1, net.stem.in_channels, 64, 48)}, "gain")
        given = {"planes": torch.randn(1, net.stem.in_channels, 36, 52)}
        worst = largest_difference(net, model, [given], "gain") / float(net.usual.abs())
    print(f"{len(model)} bytes; PyTorch and ONNX Runtime differ by {worst:.1e} of the usual gain of a cell at most")
    if worst > TOLERANCE:
        raise SystemExit(f"that is more than {TOLERANCE}: nothing was written")
    (args.out / "stroke_gain.onnx").write_bytes(model)
    card = make_card(
        model,
        steps=args.steps,
        seed=args.seed,
        data=pictures,
        data_sha256=data_hash([args.data]),
        figures={name: round(value, 4) for name, value in figures.items()},
    )
    write_card(args.out / "stroke_gain.json", card)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pictures", type=Path)
    parser.add_argument("data", type=Path)
    add_arguments(parser, steps=1400, seed=0)
    parser.add_argument("--checkpoint", type=Path, required=True, help="written as training goes on")
    parser.add_argument("--resume", action="store_true", help="start from the checkpoint")
    parser.add_argument("--out", type=Path, required=True, help="where stroke_gain.onnx and stroke_gain.json go")
    args = parser.parse_args()
    refuse_validation(args.pictures)
    rng = seeded(args.seed)
    train, dev = load(args.pictures, args.data)
    cells = sum(float((e.cells * e.size).sum()) for e in train)
    usual = sum(float(e.gain.sum()) for e in train) / cells
    print(
        f"{len(train)} pictures, {sum(len(e.gain) for e in train)} strokes, {len(dev)} to measure on; "
        f"gain of a cell {usual:.4f}",
        flush=True,
    )
    strength = torch.cat([e.planes[0, -1][e.label > 0] for e in train]).square().mean().item()
    net = StrokeGainNet(usual, strength).to(memory_format=torch.channels_last)
    if args.resume:
        net.load_state_dict(torch.load(args.checkpoint))
    optimiser = torch.optim.AdamW(net.parameters(), RATE, weight_decay=1e-2)
    total, figures = 0.0, {}
    for step in run(args.steps, EVERY):
        set_rate(optimiser, RATE * min(1, (step.number - 1) / 50) * min(1.0, (1.001 - step.part) / 0.6))
        loss = sum(error(net, turned(train[i], rng)) for i in rng.integers(len(train), size=BATCH)) / BATCH
        descend(net, optimiser, loss)
        total += loss.item()
        if step.due:
            figures = dict(zip(("correlation", "captured"), measure(net, dev), strict=True)) if dev else {}
            found = ", ".join(f"{name} {value:.3f}" for name, value in figures.items())
            print(f"step {step.number} loss {total / EVERY:.4f} {found}", flush=True)
            total = 0.0
            torch.save(net.state_dict(), args.checkpoint)
    seen = f"{len(train)} pictures, {len(dev)} to measure on; steps of {BATCH} pictures"
    install(net, args, seen, figures)


if __name__ == "__main__":
    main()
