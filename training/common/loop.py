"""The loop of all training: a number of steps and a seed, so that a run can be repeated."""

from __future__ import annotations

import argparse
import math
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

WARM_UP_STEPS = 50


class Step(NamedTuple):
    """One step of a run.

    Attributes:
        number: from 1 up to the number of steps.
        part: of the run that has passed before it, 0..1 (1 excluded).
        due: whether to measure and save after it: every so many steps, and after the last.
    """

    number: int
    part: float
    due: bool


def add_arguments(parser: argparse.ArgumentParser, steps: int, seed: int = 1) -> None:
    """`--steps` and `--seed`, with the defaults of the shipped version."""
    parser.add_argument("--steps", type=int, default=steps, help="how many (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=seed, help="of all that is drawn at random (default: %(default)s)")


def add_crop_arguments(parser: argparse.ArgumentParser) -> None:
    """`--continue`, `--start`, `--batch`, `--side`, `--every` and `--rate` of trainings on crops of pictures."""
    parser.add_argument("--continue", dest="resume", action="store_true", help="take up the checkpoint of this run")
    parser.add_argument("--start", type=Path, metavar="FILE.pt", help="begin with the weights of another run")
    parser.add_argument("--batch", type=int, default=4)
    parser.add_argument("--side", type=int, default=128, help="of the crops, in pixels (default: 128)")
    parser.add_argument("--every", type=int, default=250, metavar="STEPS", help="measure and save (default: 250)")
    parser.add_argument("--rate", type=float, default=1.0, help="of learning, a part of the usual one (default: 1)")


def seeded(seed: int) -> np.random.Generator:
    """Seed PyTorch, and give a generator for everything else that is drawn at random."""
    torch.manual_seed(seed)
    return np.random.default_rng(seed)


def run(steps: int, every: int, *, first: int = 0) -> Iterator[Step]:
    """Number the steps from `first` + 1 to `steps`; progress and schedules follow the number, not the clock."""
    for number in range(first + 1, steps + 1):
        yield Step(number, (number - 1) / steps, number % every == 0 or number == steps)


def cosine(step: Step) -> float:
    """A learning rate as a part of its peak: a short rise, then half a cosine down to nothing."""
    return min(1.0, (step.number - 1) / WARM_UP_STEPS) * (1 + math.cos(math.pi * step.part)) / 2


def quick(device: str = "cpu") -> torch.autocast:
    """Products in bfloat16 where the machine has instructions for them; elsewhere that would be many times slower."""
    known = device != "cpu" or torch.cpu._is_amx_tile_supported()
    return torch.autocast(device, torch.bfloat16, enabled=known)


def descend(network: nn.Module, optimiser: torch.optim.Optimizer, loss: Tensor) -> None:
    """One step against the gradients of a loss, together no longer than 1."""
    optimiser.zero_grad(set_to_none=True)
    loss.backward()
    nn.utils.clip_grad_norm_(network.parameters(), 1.0)
    optimiser.step()


def follow(average: nn.Module, network: nn.Module, keep: float, step: int) -> None:
    """Move a running average of a network's weights, which keeps a part of itself, after so many steps.

    It follows fast at first. Weights that are not trained stay as they are.
    """
    with torch.no_grad():
        pairs = zip(average.parameters(), network.parameters(), strict=True)
        ours, theirs = zip(*(pair for pair in pairs if pair[1].requires_grad), strict=True)
        torch._foreach_lerp_(list(ours), list(theirs), 1 - min(keep, 1 - 1 / (step + 1)))


def set_rate(optimiser: torch.optim.Optimizer, rate: float) -> None:
    """The learning rate of every parameter."""
    for group in optimiser.param_groups:
        group["lr"] = rate
