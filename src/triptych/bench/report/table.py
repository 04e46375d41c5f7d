"""The lines of results as a table of pictures x codecs x budgets, which everything in the report reads."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from ...errors import InputError
from ...typing import Floats
from ..metrics import METRICS, Metric
from ..results import Line, Results

REFERENCE = "triptych"


@dataclass
class Table:
    """Results, ordered.

    Attributes:
        results: the lines.
        reference: the codec that others are compared with.
        pictures, codecs, budgets: names; codecs with the reference first, budgets from the smallest.
        metrics: those that were measured, in the order of `METRICS`.
    """

    results: Results
    reference: str
    pictures: list[str] = field(default_factory=list)
    codecs: list[str] = field(default_factory=list)
    budgets: list[str] = field(default_factory=list)
    metrics: list[Metric] = field(default_factory=list)

    @cached_property
    def _cells(self) -> dict[tuple[str, str, str], list[Line]]:
        cells: dict[tuple[str, str, str], list[Line]] = {}
        for line in self.results.points:
            if not line.get("part") and "unreached" not in line:
                cells.setdefault((line["picture"], line["codec"], line["budget"]), []).append(line)
        return cells

    def lines(self, picture: str, codec: str, budget: str) -> list[Line]:
        """The whole files of a cell: one for each way to choose settings."""
        return self._cells.get((picture, codec, budget), [])

    def line(self, picture: str, codec: str, budget: str, metric: str | None = None) -> Line | None:
        """The file of a cell that was chosen by a metric, else the first."""
        lines = self.lines(picture, codec, budget)
        return next((line for line in lines if metric in line.get("fit", ())), lines[0] if lines else None)

    def value(self, picture: str, codec: str, budget: str, name: str) -> float | None:
        """A metric, or "bytes", "bpp", "encode_s", "decode_s" or "peak_mb"."""
        line = self.line(picture, codec, budget, name)
        if line is None:
            return None
        found = line["metrics"].get(name) if name in METRICS else line.get(name)
        return None if found is None else float(found)

    def grid(self, codec: str, budget: str, name: str) -> Floats:
        """The values of all pictures, NaN where there is none: float (pictures,)."""
        values = [self.value(picture, codec, budget, name) for picture in self.pictures]
        return np.array([np.nan if value is None else value for value in values])

    def rates(self, codec: str, budget: str, metric: str) -> Floats:
        """The bytes of the files that `grid` has the values of."""
        lines = [self.line(picture, codec, budget, metric) for picture in self.pictures]
        return np.array([np.nan if line is None else line["bytes"] for line in lines])

    @cached_property
    def over_budget(self) -> list[Line]:
        """Files that are larger than they were to be."""
        return [line for line in self.results.points if "unreached" not in line and line["bytes"] > line["most"]]

    @cached_property
    def parts(self) -> list[Line]:
        """Leading sets of layers."""
        return [line for line in self.results.points if line.get("part")]


def make_table(results: Results, reference: str = REFERENCE, pictures: Iterable[str] | None = None) -> Table:
    """
    Args:
        reference: the codec that others are compared with; the first one if it was not measured.
        pictures: names; all by default.

    Raises:
        InputError: nothing was measured.
    """
    wanted = None if pictures is None else set(pictures)
    points = [line for line in results.points if wanted is None or line["picture"] in wanted]
    kept = Results(results.runs, points, results.errors, results.sets)
    made = [line for line in points if "unreached" not in line]
    if not made:
        raise InputError("the results hold no file that was measured")
    codecs = list(dict.fromkeys(line["codec"] for line in made))
    if reference not in codecs:
        reference = codecs[0]
    codecs.sort(key=lambda codec: (codec != reference, not codec.startswith(f"{reference}:")))
    measured = {name for line in made for name, value in line["metrics"].items() if value is not None}
    sizes: dict[str, list[int]] = {}
    for line in points:
        if line["most"] is not None:
            sizes.setdefault(line["budget"], []).append(line["most"])
    budgets = sorted(sizes, key=lambda budget: sum(sizes[budget]) / len(sizes[budget]))
    names = sorted({line["picture"] for line in made})
    metrics = [metric for name, metric in METRICS.items() if name in measured]
    return Table(kept, reference, names, codecs, budgets, metrics)


def complete(values: Sequence[Floats]) -> bool:
    """Whether every picture has a value in all of them."""
    return all(not np.isnan(column).any() for column in values)
