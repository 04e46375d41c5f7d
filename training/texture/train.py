"""Train the texture coder's network and write its integer tables (SPEC §7.2).

    python training/texture/train.py PICTURES --steps 9500 --out FOLDER

PICTURES holds an index.csv with the columns file and source. Every picture is reduced to colour grids, most of them
with the side and quality that the encoder chooses for about the bytes that it gives to colours, the others with any;
the network learns the probabilities of their levels. The quantiser asks the network what a level costs, and the
encoder what a map costs, so training is repeated with its own result: first with --first. `--start` goes on from
tables, such as the shipped ones. The table gets a card (training/common/card.py) with the cost on dev sources.
"""

from __future__ import annotations

import argparse
import math
import sys
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image

from triptych.analysis.colours import colour_grid
from triptych.codec.proposals import TextureProposal
from triptych.layers.base import grid_shape
from triptych.layers.levels import OUTPUTS
from triptych.layers.tables import write_table
from triptych.layers.texture import _network, quantise
from triptych.layers.texture_inputs import BORDER, all_inputs, waves_of

sys.path.append(str(Path(__file__).parents[1]))
from common.card import make_card, write_card
from common.data import data_hash
from common.loop import add_arguments, cosine, run, seeded, set_rate
from common.splits import is_dev, read_index
from integer_net import activation, bias, int8, int32, level_bits, take_tables, weight

HIDDEN = (64, 32)
ROUNDED_AFTER = 0.67  # of the steps
ENCODED = 0.67  # of the maps are what the encoder makes of a budget
BYTES, SPREAD = 190, 0.45  # that budget: median, and standard deviation of its logarithm
LONG_SIDES = (6, 8, 8, 10, 12, 14, 16, 16, 18, 20, 24, 32)
INDICES = (4, 36)  # of quality; 8 x 8 at 35 dB is near 14, 16 x 16 at 27 dB near 24


class LevelNet(torch.nn.Module):
    def __init__(self, inputs: int) -> None:
        super().__init__()
        self.first = torch.nn.Linear(inputs, HIDDEN[0], bias=False)
        self.second = torch.nn.Linear(*HIDDEN)
        self.third = torch.nn.Linear(HIDDEN[1], OUTPUTS)
        torch.nn.init.normal_(self.first.weight, 0, 0.05)

    def forward(self, x: torch.Tensor, quantised: bool) -> torch.Tensor:
        x = activation(F.linear(x, weight(self.first.weight, quantised)), quantised)
        x = F.linear(x, weight(self.second.weight, quantised), bias(self.second.bias, quantised))
        x = activation(x, quantised)
        return F.linear(x, weight(self.third.weight, quantised), bias(self.third.bias, quantised))


def examples(path: Path, rng: np.random.Generator, draws: int, rate_aware: bool) -> tuple[np.ndarray, np.ndarray]:
    """(inputs int8, levels int16) of one picture at several sizes and qualities."""
    image = Image.open(path).convert("RGB")
    inputs, targets = [], []
    for _ in range(draws):
        if rng.random() < 0.5:
            image = image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
        shape, index = grid_shape(image.size, int(rng.choice(LONG_SIDES))), int(rng.integers(*INDICES))
        if rate_aware and rng.random() < ENCODED:
            layer, _ = TextureProposal(image, image.size).fitted(int(BYTES * np.exp(rng.normal(0, SPREAD))))
            if layer:
                shape, index = layer.grid, layer.payload[1]
        levels = quantise(colour_grid(image, shape), index, rate_aware=rate_aware)
        inputs.append(all_inputs(np.pad(levels, [(0, 0), (BORDER, BORDER), (BORDER, BORDER)]), index).astype(np.int8))
        targets.append(levels.reshape(3, -1)[:, waves_of(*shape).order].ravel().astype(np.int16))
    return np.concatenate(inputs), np.concatenate(targets)


def shipped_bytes(pairs: list[tuple[np.ndarray, np.ndarray]]) -> float:
    """Mean bytes a picture by the tables in the package, to compare with."""
    total = 0.0
    for inputs, levels in pairs:
        p1 = torch.from_numpy(_network().predict(inputs.astype(np.float32)) / 65536)
        total += level_bits(torch.logit(p1), torch.from_numpy(levels.astype(np.int64))).item() / 8
    return total / len(pairs)


def load(folder: Path, every: int, draws: int, rate_aware: bool, rng: np.random.Generator) -> tuple[list, list]:
    """(to train on, to measure on): what `examples` gives for each picture."""
    rows = read_index(folder)[::every]
    train, dev = [], []
    for number, row in enumerate(rows):
        (dev if is_dev(row["source"]) else train).append(examples(folder / row["file"], rng, draws, rate_aware))
        if number % 200 == 0:
            print(f"{number}/{len(rows)}", flush=True)
    return train, dev


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pictures", type=Path)
    add_arguments(parser, steps=9500)
    parser.add_argument("--draws", type=int, default=6, help="grids per picture")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="take only every Nth picture")
    parser.add_argument("--first", action="store_true", help="there are no tables yet: quantise without them")
    parser.add_argument("--start", type=Path, metavar="FOLDER", help="of tables to go on from")
    parser.add_argument("--rate", type=float, default=3e-3, help="the largest learning rate")
    parser.add_argument("--out", type=Path, required=True, metavar="FOLDER", help="for the table and its index")
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    train, dev = load(args.pictures, args.every, args.draws, not args.first, seeded(args.seed))
    x = torch.from_numpy(np.concatenate([a for a, _ in train]))
    t = torch.from_numpy(np.concatenate([b for _, b in train]).astype(np.int64))
    dx = torch.from_numpy(np.concatenate([a for a, _ in dev])).float()
    dt = torch.from_numpy(np.concatenate([b for _, b in dev]).astype(np.int64))
    before = "" if args.first else f"; tables in the package: {shipped_bytes(dev) / args.draws:.2f} bytes a dev map"
    print(f"{len(t)} coefficients, {x.shape[1]} inputs{before}", flush=True)
    net = LevelNet(x.shape[1])
    if args.start:
        take_tables(
            "texture",
            args.start,
            {
                "w1": net.first.weight,
                "w2": net.second.weight,
                "b2": net.second.bias,
                "w3": net.third.weight,
                "b3": net.third.bias,
            },
        )
    optimiser = torch.optim.Adam(net.parameters(), lr=args.rate)
    cost = math.nan
    for step in run(args.steps, every=500):
        quantised = step.part > ROUNDED_AFTER
        set_rate(optimiser, args.rate * cosine(step))
        pick = torch.randint(0, len(t), (16384,))
        loss = level_bits(net(x[pick].float(), quantised), t[pick]) / len(pick)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        if step.due:
            with torch.no_grad():
                cost = level_bits(net(dx, quantised), dt).item() / 8 / len(dev) / args.draws
            print(f"step {step.number} train {loss.item():.4f} dev {cost:.2f} bytes a map", flush=True)
    tables = {
        "w1": int8(net.first.weight).T,
        "b1": np.zeros((1, HIDDEN[0]), np.int8),
        "w2": int8(net.second.weight).T,
        "b2": int32(net.second.bias),
        "w3": int8(net.third.weight).T,
        "b3": int32(net.third.bias),
    }
    table = write_table("texture", tables, "training/texture/train.py", args.out)
    card = make_card(
        table.read_bytes(),
        steps=args.steps,
        seed=args.seed,
        data=f"{len(train) + len(dev)} pictures, {args.draws} grids each; {len(dev)} pictures to measure on",
        data_sha256=data_hash([args.pictures]),
        figures={"dev bytes per map": round(cost, 2)},
    )
    write_card(table.with_suffix(".json"), card)


if __name__ == "__main__":
    main()
