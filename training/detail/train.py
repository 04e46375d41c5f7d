"""Train the networks of the detail layer.

    python training/detail/train.py DATA --out RUN --metric METRIC --steps 4000      # from scratch
    python training/detail/train.py DATA --out RUN --metric METRIC --steps 1000 --continue

DATA is what prepare.py made. METRIC is a Python file with a differentiable `LPIPS` module, called with two batches
of pictures (n, 3, h, w), -1..1, that gives (n,) distances. RUN gets `checkpoint.pt`, written every few minutes, and
`log.csv`: for dev crops at five t, bits per pixel, LPIPS, 1 - MS-SSIM and PSNR. `--continue` takes up RUN's checkpoint
with a new schedule, `--start FILE.pt` another's weights with a new optimiser.

With `--synthesis` the levels stay what they are and only the decoder learns, which is faster; the coder of the levels
(coder.py) can be trained meanwhile.

Each sample is rounded with a random fineness t and, in part, keeps a random number of its first channels; its bits
are weighed against its distance by what a bit is worth at that t.
"""

from __future__ import annotations

import argparse
import copy
import sys
from pathlib import Path

import numpy as np
import torch
from data import Pictures, batches, scaled
from losses import bit_worth, distances, structure
from model import CHANNELS, Codec, start
from torch import Tensor

sys.path.append(str(Path(__file__).parents[1]))
from common.loop import add_arguments, add_crop_arguments, descend, follow, run, seeded
from common.metric import load_metric
from common.record import Record, leg

RATE = 6e-4
SLOW = 0.03  # of it for the transform, which starts from mathematics
KEEP = 0.996  # of the running average of the weights, a step
DEV_CROPS, DEV_FINENESS = 16, (0.0, 0.25, 0.5, 0.75, 1.0)


def rate_at(part: float, step: int) -> float:
    """The learning rate as a part of RATE, when `part` of the steps has passed."""
    return min(1.0, (step + 1) / 100) * min(1.0, (1.002 - part) / 0.5)


class Trainer:
    def __init__(self, metric: Path, *, synthesis_only: bool = False, rate: float = 1.0, keep: float = KEEP) -> None:
        self.codec = Codec()
        self.rate, self.keep = rate, keep
        self.synthesis_only = synthesis_only
        self.average = copy.deepcopy(self.codec).requires_grad_(False)
        self.metric = load_metric(metric)
        if synthesis_only:
            for part in (self.codec.analysis, self.codec.rounding, self.codec.probabilities):
                part.requires_grad_(False)
            self.codec.transform.back.requires_grad_(True)
        slow = {id(parameter) for parameter in self.codec.transform.parameters()}
        groups = [
            {
                "params": [p for p in self.codec.parameters() if p.requires_grad and (id(p) in slow) == is_slow],
                "scale": scale,
            }
            for is_slow, scale in ((False, 1.0), (True, SLOW))
        ]
        self.optimizer = torch.optim.AdamW(groups, RATE, (0.9, 0.99), weight_decay=1e-5, fused=True)
        self.step = self.fresh = 0  # fresh: steps of this optimiser, which warms up
        self.history: list[dict] = []  # of the runs that made these weights: arguments, seed, commit, data

    def state(self) -> dict:
        return {"step": self.step, "history": self.history} | {
            n: getattr(self, n).state_dict() for n in ("codec", "average", "optimizer")
        }

    def load(self, state: dict, names: tuple[str, ...] = ("codec", "average", "optimizer")) -> None:
        for name in names:
            getattr(self, name).load_state_dict(state[name])
        self.step, self.history = state["step"], state.get("history", [])

    def update(self, batch: tuple[Tensor, ...], part: float) -> dict[str, float]:
        for group in self.optimizer.param_groups:
            group["lr"] = self.rate * RATE * group["scale"] * rate_at(part, self.fresh)
        original, painted, t, keep = batch
        if self.synthesis_only:
            with torch.no_grad():
                levels = (self.codec.rounding.scaled(self.codec.analysis(original, painted, t), t) * keep).round()
                latents = self.codec.rounding.restored(levels, t)
            made, bits = self.codec.synthesis(latents, painted, t), torch.zeros(len(t))
        else:
            made, bits = self.codec(original, painted, t, keep)
        bpp = bits / original[0, 0].numel()
        parts = distances(self.metric, made, original)
        loss = (sum(parts.values()) + bit_worth(t.flatten()) * bpp).mean()
        descend(self.codec, self.optimizer, loss)
        self.step, self.fresh = self.step + 1, self.fresh + 1
        follow(self.average, self.codec, self.keep, self.step)
        return {name: float(value.detach().mean()) for name, value in {**parts, "bpp": bpp, "loss": loss}.items()}

    @torch.no_grad()
    def measure(self, dev: tuple[Tensor, Tensor]) -> list[tuple[float, ...]]:
        """(bpp, LPIPS, 1 - MS-SSIM, PSNR) of dev crops at each fineness."""
        original, painted = dev
        keep, rows = torch.ones(len(original), CHANNELS, 1, 1), []
        for fineness in DEV_FINENESS:
            torch.manual_seed(0)
            made, bits = self.average(original, painted, torch.full((len(original), 1, 1, 1), fineness), keep)
            made = made.clamp(-1, 1)
            psnr = -10 * torch.log10(((made - original) ** 2).mean((1, 2, 3)) / 4).mean()
            row = (bits.mean() / original[0, 0].numel(), self.metric(made, original).mean(),
                   structure(made, original).mean(), psnr)  # fmt: skip
            rows.append(tuple(round(float(x), 4) for x in row))
        return rows


def dev_crops(pictures: Pictures, side: int) -> tuple[Tensor, Tensor]:
    rng = np.random.default_rng(7)
    chosen = np.linspace(0, len(pictures.paths) - 1, DEV_CROPS).astype(int)
    return scaled(np.stack([pictures.take(index, side, rng) for index in chosen]))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--metric", type=Path, required=True)
    add_arguments(parser, steps=4000, seed=0)
    add_crop_arguments(parser)
    parser.add_argument("--synthesis", action="store_true", help="train the decoder only")
    args = parser.parse_args()
    seeded(args.seed)
    record = Record(args.out)
    keep = min(KEEP, 1 - 10 / args.steps)  # a tenth of a short run
    trainer = Trainer(args.metric, synthesis_only=args.synthesis, rate=args.rate, keep=keep)
    pictures = Pictures(args.data)
    if args.resume:
        trainer.load(record.load())
        trainer.fresh = trainer.step
    elif args.start:
        trainer.load(torch.load(args.start), ("codec", "average"))
    else:
        start(trainer.codec, [pictures.whole(n) for n in range(min(64, len(pictures.paths)))])
        trainer.average.load_state_dict(trainer.codec.state_dict())
    dev = dev_crops(Pictures(args.data, dev=True), args.side)
    source = batches(pictures, args.batch, args.side, args.seed + trainer.step)
    trainer.history.append(leg(args, trainer.step, synthesis_only=args.synthesis, rate=args.rate))
    print(len(pictures.paths), "pictures; at the start", trainer.measure(dev), flush=True)
    for step in run(args.steps, args.every):
        record.count(trainer.update(next(source), step.part))
        if step.due:
            record.write(trainer.step, round(step.part, 3), *trainer.measure(dev))
            record.save(trainer.state())
    source.close()


if __name__ == "__main__":
    main()
