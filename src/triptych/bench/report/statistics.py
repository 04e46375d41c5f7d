"""Curves with bands, differences in pairs, and Bjontegaard's delta rates with the range they hold in."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np

from ...errors import MissingExtraError
from ...typing import Floats, Ints
from ..metrics import Metric
from .table import Table

RESAMPLES = 2000
_SEED = 2025
_INTERVAL = (2.5, 97.5)  # per cent
_LEAST_OVERLAP = 0.5  # of the range of a metric, below which a delta rate says little


def resamples(count: int) -> Ints:
    """Pictures drawn with replacement: int (resamples, count); the same for all codecs, so that pairs stay pairs."""
    return np.random.default_rng(_SEED).integers(0, count, (RESAMPLES, count))


@dataclass(frozen=True)
class Curve:
    """Means over all pictures, of the budgets at which every picture has a file.

    Attributes:
        budgets: their labels.
        bytes: mean sizes.
        mean, median: of the metric.
        low, high: of the mean, 95 % by bootstrap over pictures.
        left_out: budgets where some pictures have no file, with the number that have.
    """

    codec: str
    budgets: list[str]
    bytes: list[float]
    mean: list[float]
    median: list[float]
    low: list[float]
    high: list[float]
    left_out: dict[str, int]


def curve(table: Table, codec: str, metric: Metric) -> Curve:
    made = Curve(codec, [], [], [], [], [], [], {})
    draws = resamples(len(table.pictures))
    for budget in table.budgets:
        values = table.grid(codec, budget, metric.name)
        there = int((~np.isnan(values)).sum())
        if there < len(values):
            if there:
                made.left_out[budget] = there
            continue
        low, high = np.percentile(values[draws].mean(1), _INTERVAL)
        made.budgets.append(budget)
        made.bytes.append(float(table.rates(codec, budget, metric.name).mean()))
        for column, value in (
            (made.mean, values.mean()),
            (made.median, np.median(values)),
            (made.low, low),
            (made.high, high),
        ):
            column.append(float(value))
    return made


@dataclass(frozen=True)
class Difference:
    """Codec less reference, over the pictures that both have; `better` is the share it is better on."""

    mean: float
    low: float
    high: float
    better: float
    pictures: int


def difference(table: Table, codec: str, budget: str, metric: Metric) -> Difference | None:
    """None if no picture has both."""
    pairs = table.grid(codec, budget, metric.name) - table.grid(table.reference, budget, metric.name)
    pairs = pairs[~np.isnan(pairs)]
    if not len(pairs):
        return None
    low, high = np.percentile(pairs[resamples(len(pairs))].mean(1), _INTERVAL)
    return Difference(float(pairs.mean()), float(low), float(high), float((pairs * metric.sign > 0).mean()), len(pairs))


@dataclass(frozen=True)
class DeltaRate:
    """How many per cent more bytes a codec needs than the reference for the same quality; less than 0: fewer.

    Attributes:
        percent: of the mean curves; None if they do not overlap or have fewer than two points.
        low, high: the 95 % interval over pictures, None if too few of them have a delta rate of their own.
        median: of the pictures' own delta rates.
        pictures: how many have one.
        quality: the range of the metric in which it holds.
        rates: the range of the reference's bytes that goes with it.
        overlap: of the ranges of the metric that both reach, 0..1.
    """

    codec: str
    percent: float | None
    low: float | None = None
    high: float | None = None
    median: float | None = None
    pictures: int = 0
    quality: tuple[float, float] | None = None
    rates: tuple[float, float] | None = None
    overlap: float = 0.0

    @property
    def doubtful(self) -> bool:
        """Whether the curves overlap too little to say much."""
        return self.percent is None or self.overlap < _LEAST_OVERLAP


def delta_rate(table: Table, codec: str, metric: Metric) -> DeltaRate:
    """
    Raises:
        MissingExtraError: `bjontegaard` is not installed.
    """
    theirs, ours = (curve(table, name, metric) for name in (codec, table.reference))
    mean = _delta(_rising(theirs.bytes, theirs.mean, metric), _rising(ours.bytes, ours.mean, metric))
    if mean is None:
        return DeltaRate(codec, None)
    percent, (low, high), overlap, rates = mean
    own = []
    for at in range(len(table.pictures)):
        pair = []
        for name, budgets in ((codec, theirs.budgets), (table.reference, ours.budgets)):
            sizes = [table.rates(name, budget, metric.name)[at] for budget in budgets]
            values = [table.grid(name, budget, metric.name)[at] for budget in budgets]
            pair.append(_rising(sizes, values, metric))
        if found := _delta(pair[0], pair[1]):
            own.append(found[0])
    interval: tuple[float | None, float | None] = (None, None)
    if len(own) > 2:
        logs = np.log1p(np.array(own) / 100)
        ends = np.percentile(logs[resamples(len(own))].mean(1), _INTERVAL)
        interval = float(np.expm1(ends[0]) * 100), float(np.expm1(ends[1]) * 100)
    quality = (low, high) if metric.higher else (-high, -low)
    median = float(np.median(own)) if own else None
    return DeltaRate(codec, percent, *interval, median, len(own), quality, rates, overlap)


def _rising(rates: Sequence[float], values: Sequence[float], metric: Metric) -> tuple[Floats, Floats]:
    """(rates, qualities) of the points that gain something over all smaller ones; more is better."""
    kept: list[tuple[float, float]] = []
    for rate, value in sorted(zip(rates, values, strict=True)):
        quality = metric.sign * value
        if not kept or (quality > kept[-1][1] and rate > kept[-1][0]):
            kept.append((rate, quality))
    return np.array([rate for rate, _ in kept]), np.array([quality for _, quality in kept])


def _delta(
    theirs: tuple[Floats, Floats], ours: tuple[Floats, Floats]
) -> tuple[float, tuple[float, float], float, tuple[float, float]] | None:
    """(per cent, range of quality, share of overlap, range of our rates)."""
    if min(len(theirs[0]), len(ours[0])) < 2:
        return None
    low, high = max(theirs[1][0], ours[1][0]), min(theirs[1][-1], ours[1][-1])
    if high <= low:
        return None
    whole = max(theirs[1][-1], ours[1][-1]) - min(theirs[1][0], ours[1][0])
    try:
        module: Any = import_module("bjontegaard")
    except ImportError as error:
        raise MissingExtraError("the delta rate", "bench") from error
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        percent = module.bd_rate(*ours, *theirs, method="pchip", require_matching_points=False, min_overlap=0)
    if not np.isfinite(percent):
        return None
    ends = np.exp(np.interp([low, high], ours[1], np.log(ours[0])))
    return float(percent), (float(low), float(high)), float((high - low) / whole), (float(ends[0]), float(ends[1]))
