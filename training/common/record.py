"""The folder of a run: what it has learned so far, what it measured, and which runs made its weights."""

from __future__ import annotations

import argparse
import csv
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from .card import UNKNOWN, commit, make_card
from .data import data_hash


class Record:
    """`checkpoint.pt` and `log.csv` in a folder, which is made if there is none."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self._totals: dict[str, Any] = {}
        self._steps = 0

    def count(self, losses: Mapping[str, Any]) -> None:
        """Take note of the losses of a step: numbers, or tensors, whose values a GPU need not know yet."""
        for name, value in losses.items():
            self._totals[name] = self._totals.get(name, 0.0) + value
        self._steps += 1

    def write(self, *figures: Any) -> None:
        """A row of `log.csv`, printed too: these figures, and the mean losses since the last one."""
        means = {name: round(float(total) / self._steps, 4) for name, total in self._totals.items()}
        with open(self.folder / "log.csv", "a", newline="", encoding="utf-8") as log:
            csv.writer(log).writerow([*figures, means])
        print(*figures, means, flush=True)
        self._totals, self._steps = {}, 0

    def save(self, state: Mapping[str, Any]) -> None:
        """Write the checkpoint beside the old one, then replace it, so that a crash leaves one of them."""
        new = self.folder / "checkpoint.new"
        torch.save(dict(state), new)
        new.replace(self.folder / "checkpoint.pt")

    def load(self, device: torch.device | str = "cpu") -> dict[str, Any]:
        """What `save` has written."""
        state: dict[str, Any] = torch.load(self.folder / "checkpoint.pt", map_location=device)
        return state


def leg(args: argparse.Namespace, from_step: int, **further: Any) -> dict[str, Any]:
    """One entry of the history that a card shows: the arguments of a run (`data`, `start`, `steps`, `seed`, `batch`,
    `side`), what else is to be told, the commit, and the hash of its data."""
    return {
        "from_step": from_step,
        "start": args.start.name if args.start else None,
        **{name: getattr(args, name) for name in ("steps", "seed", "batch", "side")},
        **further,
        "commit": commit(),
        "data_sha256": data_hash([args.data]),
    }


def card_of(weights: bytes, state: Mapping[str, Any], data: str) -> dict[str, Any]:
    """The card of a network from a checkpoint that has `step` and `history`; `data` is told in words."""
    history = state.get("history", [])
    last = history[-1] if history else {"seed": UNKNOWN, "data_sha256": UNKNOWN}
    return make_card(
        weights,
        steps=state["step"],
        seed=last["seed"],
        data=data,
        data_sha256=last["data_sha256"],
        figures={},
        runs=history,
    )
