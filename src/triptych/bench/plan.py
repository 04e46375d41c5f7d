"""What a run of the evaluation consists of: pictures x codecs, less what the results already hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..errors import InputError, TriptychError
from . import codecs, metrics, sets
from .measure import Budget, Task
from .originals import hash_of, indexed_prompts, load_original
from .protocols import find_protocol
from .results import PICTURES, Results, header

SIZES = (60, 250, 655, 2000, 5000, 12000)  # bytes; 655 are 0.02 bpp at 512 x 512
_FIT = ("ms_ssim", "ssim", "psnr")  # the first of them that is there chooses settings, unless others are named


@dataclass(frozen=True)
class Wanted:
    """What is asked for.

    Attributes:
        pictures: files, with the names they have in results.
        codecs: names or TOML files; None: all that work here.
        budgets: None: the sizes of the protocol, else `SIZES`.
        metrics: names; None: all that work here.
        metric_files: (name, Python file) of metrics that come from files.
        fit: metrics that choose among settings, each for itself; None: one that is not trained on.
        protocol: a name of `protocols`, or None.
        keep: whether decoded pictures are kept for the report.
        again: whether what was measured is measured again.
    """

    pictures: Mapping[str, Path]
    codecs: Sequence[str] | None = None
    budgets: Sequence[Budget] | None = None
    metrics: Sequence[str] | None = None
    metric_files: Sequence[tuple[str, Path]] = ()
    fit: Sequence[str] | None = None
    protocol: str | None = None
    keep: bool = True
    again: bool = False


@dataclass(frozen=True)
class Plan:
    """What a run will do.

    Attributes:
        header: the line of the run, for the file of results.
        tasks: what is left to do, a task for each picture and codec.
        unread: pictures that cannot be read, one line each.
        points: how many (picture, codec, budget) there are, and how many of them are there already.
    """

    header: dict[str, Any]
    tasks: list[Task] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    points: tuple[int, int] = (0, 0)

    @property
    def sets(self) -> bool:
        """Whether FID and KID can be measured afterwards."""
        return "fid, kid" not in self.header["absent metrics"]


def plan(wanted: Wanted, folder: Path, there: Results, command: Sequence[str]) -> Plan:
    """
    Args:
        folder: that of the results.
        there: what it holds.
        command: how the program was called.

    Raises:
        InputError: something asked for does not exist, or there is nothing to measure.
        TriptychError: a codec that was named cannot be had.
    """
    protocol = find_protocol(wanted.protocol) if wanted.protocol else None
    asked = wanted.metrics or (_with_first(protocol.metrics, wanted.metric_files) if protocol else None)
    functions, absent_metrics = metrics.choose(asked, wanted.metric_files)
    if not functions:
        raise InputError("none of the metrics can be had: " + "; ".join(absent_metrics.values()))
    if why := sets.absent():
        absent_metrics["fid, kid"] = why
    fit = _fit(wanted.fit, list(functions))
    absent_codecs: dict[str, str] = {}
    if wanted.codecs is None:
        chosen, absent_codecs = codecs.available()
    else:
        chosen = codecs.checked(wanted.codecs)
    budgets = wanted.budgets or (
        [Budget.of_bpp(bpp) for bpp in protocol.bpp] if protocol else [Budget.of_bytes(size) for size in SIZES]
    )
    prompts = indexed_prompts({path.parent for path in wanted.pictures.values()})
    hashes, unread = {}, []
    for name, path in wanted.pictures.items():
        try:
            hashes[name] = load_original(path, name, prompts.get(path)).sha256
        except TriptychError as error:
            unread.append(str(error))
    if not hashes:
        raise InputError("there is no picture to measure" + (f": {unread[0]}" if unread else ""))
    line = header(
        command,
        {
            "data": {"pictures": len(hashes), "sha256": hash_of(hashes.values())},
            "budgets": [budget.label for budget in budgets],
            "metrics": list(functions),
            "fit": fit,
            "absent metrics": absent_metrics,
            "codecs": {name: codecs.find_codec(name).identity() for name in chosen},
            "absent codecs": absent_codecs,
            "protocol": wanted.protocol,
        },
    )
    tasks = []
    count = done = 0
    for name in hashes:
        path = wanted.pictures[name]
        for codec in chosen:
            made = codecs.find_codec(codec)
            left = [
                budget
                for budget in budgets
                if wanted.again or not there.done(hashes[name], made.name, made.identity(), budget.label, functions)
            ]
            count, done = count + len(budgets), done + len(budgets) - len(left)
            if left:
                tasks.append(
                    Task(
                        path,
                        name,
                        prompts.get(path),
                        codec,
                        made.name,
                        tuple(left),
                        tuple(functions),
                        tuple(wanted.metric_files),
                        tuple(fit),
                        folder / PICTURES if wanted.keep else None,
                        line["run"],
                    )
                )
    return Plan(line, tasks, unread, (count, done))


def _with_first(names: Sequence[str], files: Sequence[tuple[str, Path]]) -> list[str]:
    """The metrics of a protocol, and those that were given as files."""
    return list(dict.fromkeys([*names, *(name for name, _ in files)]))


def _fit(asked: Sequence[str] | None, there: Sequence[str]) -> list[str]:
    if asked is None:
        return [next((name for name in _FIT if name in there), there[0])]
    for name in asked:
        if name not in metrics.METRICS:
            raise InputError(f"there is no metric called {name!r}; there are: {', '.join(metrics.METRICS)}")
        if name not in there:
            raise InputError(f"settings cannot be chosen by {name}, which is not measured")
    return list(dict.fromkeys(asked))
