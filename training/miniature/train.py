"""Train the miniature's generator.

    python training/miniature/train.py DATA --out RUN --metric METRIC --steps 4800     # from scratch
    python training/miniature/train.py DATA --out RUN --metric METRIC --steps 4800 --continue

DATA is what prepare.py made. METRIC is a Python file with a differentiable `LPIPS` module, called with two
batches of pictures (n, 3, h, w), -1..1, that gives (n,) distances. RUN gets `checkpoint.pt`, written every few
minutes, and `log.csv`: for dev crops at the default budget, below and above it, and without edges, LPIPS; then the
mean losses. `--continue` takes up RUN's checkpoint with a new schedule; `--start FILE.onnx` takes
the weights of an exported generator, such as the shipped one, with a new discriminator; `--teacher FILE.onnx` keeps a
leaner one (prune.py) near to what a larger one paints, from some bits per pixel on.

On a CPU, `--jobs 2` with one thread each (OMP_NUM_THREADS=1) is faster than one job with two threads: it waits less.
Each job has batches of its own, and the gradients are averaged.

The learning rate warms up, stays, and falls to nothing over the last part of the steps. The discriminator
joins after a while.
"""

from __future__ import annotations

import argparse
import copy
import sys
import tempfile
from pathlib import Path

import numpy as np
import torch
from data import Batch, Pictures, batches
from losses import FOOL, PERIODS, WEAVE, fool, judge, perceptual, pixels, taught
from model import Discriminator, Generator
from torch import Tensor, distributed, nn
from weights import from_onnx
from words import load_words

sys.path.append(str(Path(__file__).parents[1]))
from common.loop import add_arguments, follow, quick, run, seeded, set_rate
from common.metric import load_metric
from common.record import Record, leg
from common.weave import weave

RATE, RATE_JUDGE = 3e-4, 2e-4
KEEP = 0.998  # of the running average of the weights, a step
WARM_UP = 100  # steps
DEV_CROPS = 12


def rate_at(part: float, step: int) -> float:
    """The learning rate as a part of RATE, when `part` of the steps have passed."""
    return min(1.0, step / WARM_UP) * min(1.0, (1.001 - part) / 0.4)


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
        self.rate = args.rate
        self.keep = min(KEEP, 1 - 10 / args.steps)  # a tenth of a short run
        place = {"device": self.device, "memory_format": torch.channels_last}
        self.generator = Generator().to(**place)
        self.teacher = from_onnx(args.teacher.read_bytes()).to(**place).requires_grad_(False) if args.teacher else None
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

    def update(self, batch: Batch, part: float, adversarial: bool) -> dict[str, Tensor]:
        """One step of both networks; the losses."""
        for optimizer, rate in ((self.optimizer, RATE), (self.judge_optimizer, RATE_JUDGE)):
            set_rate(optimizer, self.rate * rate * rate_at(part, self.step + 1))
        original = batch.original.contiguous(memory_format=torch.channels_last)
        with quick(self.device.type):
            made = self.generator(*batch.conditions())
            losses = {}
            if self.teacher:
                losses["taught"] = taught(made, self.teacher(*batch.conditions()), batch.bpp)
            if adversarial:
                self.judge.requires_grad_(False)
                losses["fool"] = FOOL * fool(self.judge(made))
                self.judge.requires_grad_(True)
        made = made.float()  # what measures takes differences of numbers that are nearly the same
        losses |= {
            "pixels": pixels(made, original),
            "lpips": perceptual(self.metric, made, original),
            "weave": WEAVE * weave(made - batch.painted, PERIODS).mean(),
        }
        self.optimizer.zero_grad(set_to_none=True)
        sum(losses.values()).backward()
        share_gradients(self.generator)
        nn.utils.clip_grad_norm_(self.generator.parameters(), 1.0)
        self.optimizer.step()
        if adversarial:
            with quick(self.device.type):
                losses["judge"] = judge(self.judge(made.detach()), self.judge(original))
            self.judge_optimizer.zero_grad(set_to_none=True)
            losses["judge"].backward()
            share_gradients(self.judge)
            self.judge_optimizer.step()
        self.step += 1
        follow(self.average, self.generator, self.keep, self.step)
        return {name: value.detach() for name, value in losses.items()}

    @torch.no_grad()
    def measure(self, dev: list[Batch]) -> list[float]:
        """Mean LPIPS of each batch."""
        result = []
        for batch in dev:
            with quick(self.device.type):
                made = self.average(*batch.conditions()).float().clamp(-1, 1)
            result.append(float(self.metric(made, batch.original).mean()))
        return result


def dev_batches(pictures: Pictures, side: int) -> list[Batch]:
    """Crops at the default budget, below and above it, and at the default one without edges."""
    sets = []
    for budget, has in ((0, (True, True)), (1, (True, True)), (2, (True, True)), (0, (False, True))):
        rng = np.random.default_rng(7)
        known = [n for n, item in enumerate(pictures.items) if item.name.endswith(f"-{budget}")]
        chosen = [known[place] for place in np.linspace(0, len(known) - 1, DEV_CROPS).astype(int)]
        sets.append(pictures.batch(chosen, side, rng, [has] * DEV_CROPS))
    return sets


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--metric", type=Path, required=True)
    add_arguments(parser, steps=4800, seed=0)
    parser.add_argument("--continue", dest="resume", action="store_true")
    parser.add_argument("--start", type=Path, metavar="FILE.onnx")
    parser.add_argument("--teacher", type=Path, metavar="FILE.onnx", help="a larger generator to stay near to")
    parser.add_argument(
        "--judge-after",
        type=float,
        default=0.3,
        metavar="PART",
        help="part of the steps after which the discriminator joins (default: 0.3)",
    )
    parser.add_argument("--rate", type=float, default=1.0, help="of learning, a part of the usual one (default: 1)")
    parser.add_argument("--batch", type=int, default=4)
    parser.add_argument("--side", type=int, default=256, help="of the crops, in pixels (default: 256)")
    parser.add_argument("--every", type=int, default=500, metavar="STEPS", help="measure and save (default: 500)")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--jobs", type=int, default=1, help="processes that share the work")
    args = parser.parse_args()
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
    trainer, record = Trainer(args), Record(args.out)
    if args.resume:
        trainer.load(record.load(trainer.device))
    elif args.start:
        state = from_onnx(args.start.read_bytes()).state_dict()
        trainer.generator.load_state_dict(state)
        trainer.average.load_state_dict(state)
    if job == 0:
        further = {name: getattr(args, name) for name in ("rate", "judge_after", "jobs")}
        trainer.history.append(leg(args, trainer.step, **further))
    words = load_words()
    dev = dev_batches(Pictures(args.data, words, dev=True, device=args.device), args.side) if job == 0 else []
    source = batches(
        Pictures(args.data, words, device=args.device),
        args.batch,
        args.side,
        seed=args.seed + trainer.step + 1_000_003 * job,
    )
    for step in run(args.steps, args.every):
        record.count(trainer.update(next(source), step.part, step.part >= args.judge_after))
        if job == 0 and step.due:
            record.write(trainer.step, round(step.part, 3), *(round(x, 4) for x in trainer.measure(dev)))
            record.save(trainer.state())
    source.close()
    if meeting:
        distributed.barrier()  # nobody leaves while another is still talking
        distributed.destroy_process_group()


if __name__ == "__main__":
    main()
