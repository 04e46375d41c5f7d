"""Train the network that restores stills.

    python training/detail/restore.py DATA --out RUN --metric METRIC --start CODEC.pt --steps 4000
    python training/detail/restore.py DATA --out RUN --metric METRIC --continue

DATA is what prepare.py and stills.py made, METRIC as for train.py; CODEC.pt is a checkpoint of train.py, whose
synthesis it starts from. RUN gets `checkpoint.pt` and `log.csv`: for dev crops of three classes of stills, LPIPS,
1 - MS-SSIM and PSNR of the stills as they are and restored. `--continue` takes up a run where it was.
"""

from __future__ import annotations

import argparse
import copy
import json
import sys
from collections.abc import Generator
from pathlib import Path

import numpy as np
import torch
from data import Pictures
from losses import distances, structure
from restoration import Restoration
from stills import VARIANTS, about
from torch import Tensor

sys.path.append(str(Path(__file__).parents[1]))
from common.feed import made_ahead
from common.loop import add_arguments, add_crop_arguments, descend, follow, run, seeded
from common.metric import load_metric
from common.record import Record, leg

RATE = 4e-4
KEEP = 0.996
# Of the parts of the loss (losses.py): a still has the right structure already, so less is asked of it.
WEIGHTS = {"lpips": 1.0, "structure": 0.5, "pixel": 0.7, "colour": 1.0}
BELOW = 0.6  # of the crops come with what stills.py painted, the others with what prepare.py did
DEV_CROPS = 12  # for each class of stills


def scaled(planes: np.ndarray) -> tuple[Tensor, Tensor, Tensor]:
    """uint8 (n, h, w, 9) -> (original, painted, still), each (n, 3, h, w), -1..1."""
    return torch.from_numpy(planes).permute(0, 3, 1, 2).float().div(127.5).sub(1).split(3, 1)


class Stills:
    """Crops of prepared pictures with one of their stills."""

    def __init__(self, data: Path, stills: Path, *, dev: bool = False) -> None:
        paths = Pictures(data, dev=dev).paths
        items = [[(path, stills / f"{path.stem}-{k}.npy") for k in range(VARIANTS)] for path in paths]
        self.items = [item for item in items if all(still.exists() for _, still in item)]

    def take(self, index: int, k: int, side: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """(uint8 (side, side, 9), what is known about the still (ABOUT,))."""
        path, still = self.items[index][k]
        planes, coarse = np.load(path, mmap_mode="r"), np.load(still, mmap_mode="r")
        below = still.with_name(f"{path.stem}-p.npy")
        painted = np.load(below, mmap_mode="r") if rng.random() < BELOW and below.exists() else planes[..., 3:]
        top, left = (rng.integers(length - side + 1) for length in planes.shape[:2])
        there = np.s_[top : top + side, left : left + side]
        facts = json.loads(still.with_suffix(".json").read_text("utf-8"))
        pixels = np.concatenate([planes[there][..., :3], painted[there], coarse[there]], 2)
        return pixels, about(facts["bpp"], facts["scale"])

    def batch(self, which: list[tuple[int, int]], side: int, rng: np.random.Generator) -> tuple[Tensor, ...]:
        crops, facts = zip(*(self.take(index, k, side, rng) for index, k in which), strict=True)
        return *scaled(np.stack(crops)), torch.from_numpy(np.stack(facts))[:, :, None, None]


def batches(stills: Stills, size: int, side: int, seed: int) -> Generator[tuple[Tensor, ...], None, None]:
    rng = np.random.default_rng(seed)

    def make() -> tuple[Tensor, ...]:
        which = [(int(rng.integers(len(stills.items))), int(rng.integers(VARIANTS))) for _ in range(size)]
        *pictures, facts = stills.batch(which, side, rng)
        pictures = [x.flip(-1) for x in pictures] if rng.random() < 0.5 else pictures
        pictures = [x.transpose(-1, -2) for x in pictures] if rng.random() < 0.2 else pictures
        gain = torch.from_numpy(rng.normal(1, 0.06, (size, 3, 1, 1)).astype(np.float32))
        shift = torch.from_numpy(rng.normal(0, 0.06, (size, 1, 1, 1)).astype(np.float32))
        return *((x * gain + shift).clamp(-1, 1).contiguous() for x in pictures), facts

    return made_ahead(make)


class Trainer:
    def __init__(self, metric: Path, rate: float) -> None:
        self.network = Restoration()
        self.average = copy.deepcopy(self.network).requires_grad_(False)
        self.metric = load_metric(metric)
        self.optimizer = torch.optim.AdamW(self.network.parameters(), RATE, (0.9, 0.99), weight_decay=1e-5, fused=True)
        self.rate, self.step = rate, 0
        self.history: list[dict] = []

    def state(self) -> dict:
        names = ("network", "average", "optimizer")
        return {"step": self.step, "history": self.history} | {n: getattr(self, n).state_dict() for n in names}

    def load(self, state: dict) -> None:
        for name in ("network", "average", "optimizer"):
            getattr(self, name).load_state_dict(state[name])
        self.step, self.history = state["step"], state["history"]

    def update(self, batch: tuple[Tensor, ...], part: float) -> dict[str, float]:
        for group in self.optimizer.param_groups:
            group["lr"] = self.rate * RATE * min(1.0, (self.step + 1) / 50) * min(1.0, (1.002 - part) / 0.6)
        original, painted, still, facts = batch
        parts = distances(self.metric, self.network(still, painted, facts), original)
        parts = {name: WEIGHTS[name] * part for name, part in parts.items()}
        loss = sum(parts.values()).mean()
        descend(self.network, self.optimizer, loss)
        self.step += 1
        follow(self.average, self.network, KEEP, self.step)
        return {name: float(value.detach().mean()) for name, value in {**parts, "loss": loss}.items()}

    @torch.no_grad()
    def measure(self, dev: list[tuple[Tensor, ...]]) -> list[tuple[float, ...]]:
        """For each class of stills: LPIPS, 1 - MS-SSIM and PSNR as they are, and restored."""
        rows = []
        for original, painted, still, facts in dev:
            few = zip(*(x.split(12) for x in (still, painted, facts)), strict=True)  # a pass over all takes memory
            restored = torch.cat([self.average(*x) for x in few]).clamp(-1, 1)
            row = []
            for made in (still, restored):
                psnr = -10 * torch.log10(((made - original) ** 2).mean((1, 2, 3)) / 4).mean()
                row += [self.metric(made, original).mean(), structure(made, original).mean(), psnr]
            rows.append(tuple(round(float(x), 4) for x in row))
        return rows


def dev_crops(stills: Stills, side: int) -> list[tuple[Tensor, ...]]:
    rng = np.random.default_rng(7)
    chosen = np.linspace(0, len(stills.items) - 1, DEV_CROPS).astype(int)
    return [stills.batch([(int(index), k) for index in chosen], side, rng) for k in range(VARIANTS)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--stills", type=Path, help="where they are (default: DATA/stills)")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--metric", type=Path, required=True)
    add_arguments(parser, steps=4000, seed=0)
    add_crop_arguments(parser)
    args = parser.parse_args()
    seeded(args.seed)
    record, trainer = Record(args.out), Trainer(args.metric, args.rate)
    first = 0
    if args.resume:
        trainer.load(record.load())
        first = trainer.step
    elif args.start:
        trainer.network.start(torch.load(args.start)["average"])
        trainer.average.load_state_dict(trainer.network.state_dict())
    folder = args.stills or args.data / "stills"
    dev = dev_crops(Stills(args.data, folder, dev=True), 256)
    stills = Stills(args.data, folder)
    source = batches(stills, args.batch, args.side, args.seed + first)
    trainer.history.append(leg(args, first, rate=args.rate))
    print(len(stills.items), "pictures; at the start", trainer.measure(dev), flush=True)
    for step in run(args.steps, args.every, first=first):
        record.count(trainer.update(next(source), step.part))
        if step.due:
            record.write(trainer.step, round(step.part, 3), *trainer.measure(dev))
            record.save(trainer.state())
    source.close()


if __name__ == "__main__":
    main()
