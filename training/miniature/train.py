"""Train the miniature's generator.

    python training/miniature/train.py DATA --out RUN --metric METRIC --steps 4800     # from scratch
    python training/miniature/train.py DATA --out RUN --metric METRIC --steps 4800 --continue

DATA is what prepare.py made. METRIC is a Python file with a differentiable `LPIPS` module, called with two
batches of pictures (n, 3, h, w), -1..1, that gives (n,) distances. RUN gets `checkpoint.pt`, written every few
minutes, and `log.csv`. `--continue` takes up RUN's checkpoint with a new schedule; `--start FILE.onnx` takes
the weights of an exported generator, such as the shipped one, with a new discriminator.

On a CPU, `--jobs 2` with one thread each (OMP_NUM_THREADS=1) is faster than one job with two threads: it waits less.
Each job has batches of its own, and the gradients are averaged.

The learning rate warms up, stays, and falls to nothing over the last part of the steps. The discriminator
joins after a while.
"""

from __future__ import annotations

import argparse
import copy
import csv
import sys
import tempfile
from pathlib import Path

import numpy as np
import torch
from data import Batch, Pictures, batches
from losses import FOOL, fool, judge, perceptual, pixels
from model import Discriminator, Generator
from torch import distributed, nn
from weights import from_onnx

from triptych.decoders.miniature.words import load_words

sys.path.append(str(Path(__file__).parents[1]))
from common.card import commit
from common.data import data_hash
from common.loop import add_arguments, seeded
from common.metric import load_metric

RATE, RATE_JUDGE = 3e-4, 2e-4
KEEP = 0.998  # of the running average of the weights, a step
DEV_CROPS = 32


def rate_at(part: float, step: int) -> float:
    """The learning rate as a part of RATE, when `part` of the steps have passed."""
    return min(1.0, step / 200) * min(1.0, (1.001 - part) / 0.4)


def share_gradients(network: nn.Module) -> None:
    """Replace gradients by their averages over all jobs."""
    if distributed.is_initialized():
        gradients = [parameter.grad for parameter in network.parameters() if parameter.grad is not None]
        flat = torch.cat([gradient.reshape(-1) for gradient in gradients])
        distributed.all_reduce(flat)
        flat /= distributed.get_world_size()
        for gradient, part in zip(gradients, flat.split([g.numel() for g in gradients]), strict=True):
            gradient.copy_(part.view(gradient.shape))


class Trainer:
    def __init__(self, args: argparse.Namespace) -> None:
        self.device = torch.device(args.device)
        place = {"device": self.device, "memory_format": torch.channels_last}
        self.generator = Generator().to(**place)
        self.judge = Discriminator().to(**place)
        self.metric = load_metric(args.metric).to(**place)
        self.average = copy.deepcopy(self.generator).requires_grad_(False)
        settings = {"weight_decay": 1e-4, "fused": True}
        self.optimizer = torch.optim.AdamW(self.generator.parameters(), RATE, (0.8, 0.99), **settings)
        # Without momentum: what it judges changes all the time.
        self.judge_optimizer = torch.optim.AdamW(self.judge.parameters(), RATE_JUDGE, (0.0, 0.99), **settings)
        self.step = 0
        self.history: list[dict] = []  # of the runs that made these weights: arguments, seed, commit, data

    def state(self) -> dict:
        parts = ("generator", "judge", "average", "optimizer", "judge_optimizer")
        return {"step": self.step, "history": self.history} | {name: getattr(self, name).state_dict() for name in parts}

    def load(self, state: dict) -> None:
        for name in ("generator", "judge", "average", "optimizer", "judge_optimizer"):
            getattr(self, name).load_state_dict(state[name])
        self.step, self.history = state["step"], state.get("history", [])

    def update(self, batch: Batch, part: float, adversarial: bool) -> dict[str, float]:
        """One step of both networks; the losses."""
        batch = Batch(*(field.to(self.device) for field in batch))
        for optimizer, rate in ((self.optimizer, RATE), (self.judge_optimizer, RATE_JUDGE)):
            optimizer.param_groups[0]["lr"] = rate * rate_at(part, self.step + 1)
        original = batch.original.contiguous(memory_format=torch.channels_last)
        with torch.autocast(self.device.type, torch.bfloat16):
            made = self.generator(*batch.conditions())
            losses = {
                "pixels": pixels(made, original),
                "lpips": perceptual(self.metric, made, original),
            }
            if adversarial:
                self.judge.requires_grad_(False)
                losses["fool"] = FOOL * fool(self.judge(made))
                self.judge.requires_grad_(True)
        self.optimizer.zero_grad(set_to_none=True)
        sum(losses.values()).backward()
        share_gradients(self.generator)
        nn.utils.clip_grad_norm_(self.generator.parameters(), 1.0)
        self.optimizer.step()
        if adversarial:
            with torch.autocast(self.device.type, torch.bfloat16):
                losses["judge"] = judge(self.judge(made.detach()), self.judge(original))
            self.judge_optimizer.zero_grad(set_to_none=True)
            losses["judge"].backward()
            share_gradients(self.judge)
            self.judge_optimizer.step()
        self.step += 1
        keep = min(KEEP, 1 - 1 / (self.step + 1))
        with torch.no_grad():
            torch._foreach_lerp_(list(self.average.parameters()), list(self.generator.parameters()), 1 - keep)
        return {name: float(value.detach()) for name, value in losses.items()}

    @torch.no_grad()
    def measure(self, dev: list[Batch]) -> list[float]:
        """Mean LPIPS of dev crops with all layers, and without edges."""
        result = []
        for batch in dev:
            batch = Batch(*(field.to(self.device) for field in batch))
            with torch.autocast(self.device.type, torch.bfloat16):
                made = self.average(*batch.conditions()).float().clamp(-1, 1)
            result.append(float(self.metric(made, batch.original).mean()))
        return result


def dev_batches(pictures: Pictures, side: int) -> list[Batch]:
    sets = []
    for has in ((True, True), (False, True)):
        rng = np.random.default_rng(7)
        chosen = np.linspace(0, len(pictures.items) - 1, DEV_CROPS).astype(int)
        crops = [pictures.take(index, side, rng, has) for index in chosen]
        sets.append(Batch(*(torch.stack(field) for field in zip(*crops, strict=True))))
    return sets


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--metric", type=Path, required=True)
    add_arguments(parser, steps=4800, seed=0)
    parser.add_argument("--continue", dest="resume", action="store_true")
    parser.add_argument("--start", type=Path, metavar="FILE.onnx")
    parser.add_argument(
        "--judge-after",
        type=float,
        default=0.3,
        metavar="PART",
        help="part of the steps after which the discriminator joins (default: 0.3)",
    )
    parser.add_argument("--batch", type=int, default=4)
    parser.add_argument("--side", type=int, default=256, help="of the crops, in pixels (default: 256)")
    parser.add_argument("--every", type=int, default=500, metavar="STEPS", help="measure and save (default: 500)")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--jobs", type=int, default=1, help="processes that share the work")
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    if args.jobs == 1:
        train(0, args, "")
    else:
        with tempfile.TemporaryDirectory() as folder:
            torch.multiprocessing.spawn(train, (args, f"file://{folder}/meeting"), args.jobs)


def train(job: int, args: argparse.Namespace, meeting: str) -> None:
    """One of `args.jobs` processes, which meet at the URL `meeting`; the first writes what all have learned."""
    if meeting:
        distributed.init_process_group("gloo", init_method=meeting, rank=job, world_size=args.jobs)
    seeded(args.seed)
    trainer = Trainer(args)
    if args.resume:
        trainer.load(torch.load(args.out / "checkpoint.pt", map_location=trainer.device))
    elif args.start:
        state = from_onnx(args.start.read_bytes()).state_dict()
        trainer.generator.load_state_dict(state)
        trainer.average.load_state_dict(state)
    if job == 0:
        trainer.history.append(
            {
                "from_step": trainer.step,
                "start": args.start.name if args.start else None,
                "steps": args.steps,
                "seed": args.seed,
                "batch": args.batch,
                "side": args.side,
                "judge_after": args.judge_after,
                "jobs": args.jobs,
                "commit": commit(),
                "data_sha256": data_hash([args.data]),
            }
        )
    words = load_words()
    dev = dev_batches(Pictures(args.data, words, dev=True), args.side) if job == 0 else []
    source = batches(Pictures(args.data, words), args.batch, args.side, seed=args.seed + trainer.step + 1_000_003 * job)
    first, totals = trainer.step, {}
    while (part := (trainer.step - first) / args.steps) < 1:
        for name, value in trainer.update(next(source), part, part >= args.judge_after).items():
            totals[name] = totals.get(name, 0.0) + value
        if job == 0 and trainer.step % args.every == 0:
            means = {name: round(value / args.every, 4) for name, value in totals.items()}
            row = [trainer.step, round(part, 3), *(round(x, 4) for x in trainer.measure(dev)), means]
            with open(args.out / "log.csv", "a", newline="", encoding="utf-8") as log:
                csv.writer(log).writerow(row)
            print(*row, flush=True)
            totals = {}
            torch.save(trainer.state(), args.out / "checkpoint.new")
            (args.out / "checkpoint.new").replace(args.out / "checkpoint.pt")
    if job == 0:
        torch.save(trainer.state(), args.out / "checkpoint.pt")
    source.close()
    if meeting:
        distributed.barrier()  # nobody leaves while another is still talking
        distributed.destroy_process_group()


if __name__ == "__main__":
    main()
