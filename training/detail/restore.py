"""Train the network that restores stills.

    python training/detail/restore.py DATA --out RUN --metric METRIC --steps 20000
    python training/detail/restore.py DATA --out RUN --metric METRIC --continue

DATA is what prepare.py and stills.py made, METRIC as for train.py. RUN gets `checkpoint.pt` and `log.csv`: for dev
crops of three classes of stills, LPIPS, 1 - MS-SSIM and PSNR of the stills as they are and restored. `--continue` takes
up a run where it was.
"""

from __future__ import annotations

import argparse
import copy
import json
import sys
from collections.abc import Generator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from data import Pictures
from losses import distances, structure
from restoration import Restoration
from stills import PAINTED, VARIANTS, about
from torch import Tensor

sys.path.append(str(Path(__file__).parents[1]))
from common.feed import endless, held, other_light, stacked
from common.loop import add_arguments, add_crop_arguments, descend, follow, quick, run, seeded
from common.metric import load_metric
from common.record import Record, leg
from common.weave import weave

RATE = 4e-4
KEEP = 0.999  # of the running average of the weights, a step
# Of the parts of the loss (losses.py): a still has the right structure already, so less is asked of it.
WEIGHTS = {"lpips": 1.0, "structure": 0.5, "pixel": 0.7, "colour": 1.0}
FINER = {"structure": 0.6, "pixel": 0.3}  # what is added for the finest stills, of which people compare the lines
# The weight of what is not to repeat (common/weave.py) every so many pixels, in the coarsest stills: in fine ones
# nobody sees it, and it costs LPIPS.
WEAVE, PERIODS = 30.0, (4, 8, 16)
DEV_CROPS = 12  # for each class of stills


class Item(NamedTuple):
    """A picture, what `sketch` paints of it, and its stills, each uint8 (h, w, 3)."""

    original: Tensor
    painted: list[Tensor]
    stills: list[Tensor]
    facts: list[Tensor]  # (ABOUT,) of each still


class Stills:
    """Prepared pictures with their stills, held where they are used."""

    def __init__(self, data: Path, stills: Path, *, dev: bool = False, device: torch.device | str = "cpu") -> None:
        self.folder, self.device = stills, device
        self.items: list[Item] = []
        for path in Pictures(data, dev=dev).paths:
            self.add(path)

    def add(self, path: Path) -> None:
        """One more picture of prepare.py, if stills.py has seen it."""
        names = [[f"{path.stem}-{part}{k}.npy" for k in range(n)] for part, n in (("p", PAINTED), ("", VARIANTS))]
        painted, stills = ([self.folder / name for name in some] for some in names)
        if not all(file.exists() for file in (*painted, *stills)):
            return
        facts = [json.loads(still.with_suffix(".json").read_text("utf-8")) for still in stills]
        known = [torch.from_numpy(about(fact["bpp"], fact["scale"])).to(self.device) for fact in facts]
        pictures = [[held(file, self.device) for file in files] for files in (painted, stills)]
        self.items.append(Item(held(path, self.device)[..., :3], *pictures, known))

    def batch(self, which: list[tuple[int, int]], side: int, rng: np.random.Generator) -> tuple[Tensor, ...]:
        """(original, painted, still), each (n, 3, side, side), -1..1, and facts (n, ABOUT, 1, 1)."""
        crops, facts = [], []
        for index, k in which:
            item = self.items[index]
            top, left = (int(rng.integers(length - side + 1)) for length in item.original.shape[:2])
            parts = item.original, item.painted[int(rng.integers(PAINTED))], item.stills[k]
            crops.append(torch.cat([part[top : top + side, left : left + side] for part in parts], 2))
            facts.append(item.facts[k])
        return *(stacked(crops) / 127.5 - 1).split(3, 1), torch.stack(facts)[:, :, None, None]


def batches(stills: Stills, size: int, side: int, seed: int) -> Generator[tuple[Tensor, ...], None, None]:
    rng = np.random.default_rng(seed)

    def make() -> tuple[Tensor, ...]:
        which = [(int(rng.integers(len(stills.items))), int(rng.integers(VARIANTS))) for _ in range(size)]
        *pictures, facts = stills.batch(which, side, rng)
        pictures = [x.flip(-1) for x in pictures] if rng.random() < 0.5 else pictures
        pictures = [x.transpose(-1, -2) for x in pictures] if rng.random() < 0.2 else pictures
        return *other_light(pictures, rng), facts

    return endless(make, stills.device)


class Trainer:
    def __init__(self, metric: Path, rate: float, steps: int, device: str) -> None:
        self.device = torch.device(device)
        place = {"device": self.device, "memory_format": torch.channels_last}
        self.network = Restoration().to(**place)
        self.average = copy.deepcopy(self.network).requires_grad_(False)
        self.metric = load_metric(metric).to(**place)
        self.optimizer = torch.optim.AdamW(self.network.parameters(), RATE, (0.9, 0.99), weight_decay=1e-5, fused=True)
        self.rate, self.keep, self.step = rate, min(KEEP, 1 - 10 / steps), 0  # a tenth of a short run
        self.history: list[dict] = []

    def state(self) -> dict:
        names = ("network", "average", "optimizer")
        return {"step": self.step, "history": self.history} | {n: getattr(self, n).state_dict() for n in names}

    def load(self, state: dict) -> None:
        for name in ("network", "average", "optimizer"):
            getattr(self, name).load_state_dict(state[name])
        self.step, self.history = state["step"], state["history"]

    def update(self, batch: tuple[Tensor, ...], part: float) -> dict[str, Tensor]:
        for group in self.optimizer.param_groups:
            group["lr"] = self.rate * RATE * min(1.0, (self.step + 1) / 50) * min(1.0, (1.002 - part) / 0.6)
        original, painted, still, facts = batch
        with quick(self.device.type):
            made = self.network(still, painted, facts)
        parts = distances(self.metric, made.float(), original)
        fine = facts[:, 0, 0, 0]
        parts = {name: (WEIGHTS[name] + FINER.get(name, 0) * fine) * part for name, part in parts.items()}
        parts["weave"] = WEAVE * (1 - fine) ** 2 * weave(made - still, PERIODS)
        loss = sum(parts.values()).mean()
        descend(self.network, self.optimizer, loss)
        self.step += 1
        follow(self.average, self.network, self.keep, self.step)
        return {name: value.detach().mean() for name, value in {**parts, "loss": loss}.items()}

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
    chosen = np.unique(np.linspace(0, len(stills.items) - 1, DEV_CROPS).astype(int))
    return [stills.batch([(int(index), k) for index in chosen], side, rng) for k in range(VARIANTS)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--stills", type=Path, help="where they are (default: DATA/stills)")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--metric", type=Path, required=True)
    add_arguments(parser, steps=4000, seed=0)
    add_crop_arguments(parser)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    args = parser.parse_args()
    seeded(args.seed)
    record, trainer = Record(args.out), Trainer(args.metric, args.rate, args.steps, args.device)
    first = 0
    if args.resume:
        trainer.load(record.load(trainer.device))
        first = trainer.step
    elif args.start:
        trainer.network.load_state_dict(torch.load(args.start, map_location="cpu")["average"])
        trainer.average.load_state_dict(trainer.network.state_dict())
    folder = args.stills or args.data / "stills"
    dev = dev_crops(Stills(args.data, folder, dev=True, device=args.device), 256)
    stills = Stills(args.data, folder, device=args.device)
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
