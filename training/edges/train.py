"""Train the edge coder's context network and write its integer tables (SPEC §7.4).

    python training/edges/train.py rasters.npz --steps 5000 --out FOLDER

The network is trained on random pixels of all rasters and their mirror images. The last third of the steps trains
it with its weights and activations rounded as the integer network rounds them, so that the tables lose nothing.
The table gets a card (training/common/card.py). `--start` goes on from tables, such as the shipped ones; `--resume`
from the checkpoint beside the output.
"""

from __future__ import annotations

import argparse
import math
import sys
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

sys.path.append(str(Path(__file__).parents[1]))
from common.card import make_card, write_card
from common.data import data_hash
from common.loop import add_arguments, cosine, run, seeded, set_rate
from common.splits import is_dev
from integer_net import activation, bias, int8, int32, take_tables, weight

from triptych.layers.edge_inputs import REACH_UP, REACH_X, window_offsets
from triptych.layers.edges import DENSITIES, density_level, edge_bits
from triptych.layers.tables import write_table

DEV_RASTERS = 120
HIDDEN = (96, 32)
ROUNDED_AFTER = 0.67  # of the steps


class ContextNet(torch.nn.Module):
    """Window of decided pixels + density level -> logit of the next pixel; see SPEC §6.4 for the integers."""

    def __init__(self) -> None:
        super().__init__()
        h1, h2 = HIDDEN
        self.first = torch.nn.Linear(len(window_offsets()), h1, bias=False)
        self.density = torch.nn.Embedding(DENSITIES, h1)
        self.second = torch.nn.Linear(h1, h2)
        self.third = torch.nn.Linear(h2, 1)
        torch.nn.init.normal_(self.first.weight, 0, 0.1)
        torch.nn.init.normal_(self.density.weight, 0, 0.1)
        torch.nn.init.constant_(self.third.bias, -3)

    def forward(self, windows: torch.Tensor, level: torch.Tensor, quantised: bool) -> torch.Tensor:
        x = F.linear(windows, weight(self.first.weight, quantised))  # (n, h1)
        x = activation(x + weight(self.density(level), quantised), quantised)
        x = activation(F.linear(x, weight(self.second.weight, quantised), bias(self.second.bias, quantised)), quantised)
        return F.linear(x, weight(self.third.weight, quantised), bias(self.third.bias, quantised))[:, 0]


class Pixels:
    """All pixels of all rasters, as (window, density level, pixel) examples."""

    def __init__(self, rasters: list[np.ndarray]) -> None:
        margins = ((REACH_UP, 0), (REACH_X, REACH_X))
        padded = [np.pad(r, margins) for r in rasters]
        self.flat = np.concatenate([p.ravel() for p in padded])
        self.start = np.cumsum([0] + [p.size for p in padded[:-1]])
        self.columns = np.array([r.shape[1] for r in rasters])
        self.first = np.cumsum([0] + [r.size for r in rasters])
        self.level = np.array([density_level(int(r.sum()), r.size) for r in rasters])
        self.dy, self.dx = np.array(window_offsets()).T

    def __len__(self) -> int:
        return int(self.first[-1])

    def __getitem__(self, index: np.ndarray) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        raster = np.searchsorted(self.first, index, "right") - 1
        y, x = np.divmod(index - self.first[raster], self.columns[raster])
        stride = self.columns[raster] + 2 * REACH_X
        place = self.start[raster] + (y + REACH_UP) * stride + x + REACH_X
        windows = self.flat[place[:, None] + self.dy * stride[:, None] + self.dx]
        return (
            torch.from_numpy(windows).float(),
            torch.from_numpy(self.level[raster]),
            torch.from_numpy(self.flat[place]).float(),
        )


def load(path: Path) -> tuple[list[np.ndarray], list[str]]:
    with np.load(path) as z:
        bits, shapes, sources = z["bits"], z["shapes"], [str(s) for s in z["sources"]]
    rasters, at = [], 0
    for h, w in shapes:
        count = (h * w + 7) // 8
        rasters.append(np.unpackbits(bits[at : at + count], count=h * w).reshape(h, w))
        at += count
    return rasters, sources


def bits(net: ContextNet, pixels: Pixels, index: np.ndarray, quantised: bool) -> torch.Tensor:
    """Mean code length in bits per pixel."""
    windows, level, target = pixels[index]
    return F.binary_cross_entropy_with_logits(net(windows, level, quantised), target) / math.log(2)


def fill_untrained(net: ContextNet, train: Pixels) -> None:
    """Give density classes that training hardly saw the values of the nearest one that it did see."""
    seen = np.bincount(train.level, minlength=DENSITIES) >= 50
    trained = np.flatnonzero(seen)
    with torch.no_grad():
        for level in np.flatnonzero(~seen):
            net.density.weight[level] = net.density.weight[trained[np.abs(trained - level).argmin()]]


def export(net: ContextNet, out: Path) -> Path:
    """Write the table; returns its file."""
    tables = {
        "w1": int8(net.first.weight).T,
        "b1": int8(net.density.weight),
        "w2": int8(net.second.weight).T,
        "b2": int32(net.second.bias),
        "w3": int8(net.third.weight).T,
        "b3": int32(net.third.bias),
    }
    return write_table("edges", tables, "training/edges/train.py", out)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("rasters", type=Path)
    add_arguments(parser, steps=5000)
    parser.add_argument("--out", type=Path, required=True, metavar="FOLDER", help="for the table and its index")
    parser.add_argument("--start", type=Path, metavar="FOLDER", help="of tables to go on from")
    parser.add_argument("--resume", action="store_true", help="continue from the checkpoint beside --out")
    parser.add_argument("--rate", type=float, default=3e-3, help="the largest learning rate")
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    rng = seeded(args.seed)
    rasters, sources = load(args.rasters)
    pairs = list(zip(rasters, sources, strict=True))
    train = Pixels([flip for r, s in pairs if not is_dev(s) for flip in (r, r[:, ::-1])])
    kept = [r for r, s in pairs if is_dev(s)][:DEV_RASTERS]
    dev = Pixels(kept)
    before = sum(edge_bits(r.astype(bool)).sum() for r in kept) / 8 / len(kept)
    print(
        f"{len(train)} pixels, mirror images included, of {len(sources)} rasters; "
        f"tables in the package: {before:.1f} bytes a dev raster",
        flush=True,
    )
    net = ContextNet()
    checkpoint = args.out / "edges.pt"
    if args.start:
        take_tables(
            "edges",
            args.start,
            {
                "w1": net.first.weight,
                "b1": net.density.weight,
                "w2": net.second.weight,
                "b2": net.second.bias,
                "w3": net.third.weight,
                "b3": net.third.bias,
            },
        )
    elif args.resume:
        net.load_state_dict(torch.load(checkpoint))
    optimiser = torch.optim.Adam(net.parameters(), lr=args.rate)
    cost = math.nan
    for step in run(args.steps, every=500):
        quantised = step.part > ROUNDED_AFTER
        set_rate(optimiser, args.rate * cosine(step))
        loss = bits(net, train, rng.integers(0, len(train), 32768), quantised)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        if step.due:
            with torch.no_grad():
                pieces = np.array_split(np.arange(len(dev)), 40)
                cost = sum(bits(net, dev, piece, quantised).item() * len(piece) for piece in pieces) / 8 / len(kept)
            print(f"step {step.number} train {loss.item():.4f} dev {cost:.1f} bytes a raster", flush=True)
            torch.save(net.state_dict(), checkpoint)
    fill_untrained(net, train)
    table = export(net, args.out)
    card = make_card(
        table.read_bytes(),
        steps=args.steps,
        seed=args.seed,
        data=f"{len(rasters)} edge rasters of prepare.py, {len(kept)} of them to measure on",
        data_sha256=data_hash([args.rasters]),
        figures={
            "dev bytes per raster": round(cost, 2),
            "dev bytes per raster, tables before": round(float(before), 2),
        },
    )
    write_card(table.with_suffix(".json"), card)


if __name__ == "__main__":
    main()
