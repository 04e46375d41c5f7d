"""What a reader of the results has to be told: violations, gaps, and what a number is not worth."""

from __future__ import annotations

from . import statistics
from .table import Table

_FEW = 8  # pictures, below which intervals say little


def notes(table: Table) -> list[str]:
    """One sentence each, the gravest first."""
    found = []
    if over := table.over_budget:
        worst = max(over, key=lambda line: line["bytes"] / max(1, line["most"]))
        count = f"{len(over)} file is" if len(over) == 1 else f"{len(over)} files are"
        found.append(
            f"BUDGET VIOLATED: {count} larger than allowed, the worst {worst['codec']} on {worst['picture']}: "
            f"{worst['bytes']:,} bytes instead of {worst['most']:,}"
        )
    for line in table.results.errors:
        found.append(f"{line['codec']} failed on {line['picture']}: {line['error']}")
    for metric in table.metrics:
        if metric.trained:
            found.append(
                f"{metric.label} ({metric.trained}): decoders of Triptych know it from training; judge by others"
            )
    for metric in table.metrics:
        others = [codec for codec in table.codecs[1:] if _apart(table, codec, metric.name)]
        if others:
            found.append(
                f"{metric.label}: the curves of {', '.join(others)} and {table.reference} do not overlap: no delta rate"
            )
    gaps = []
    for codec in table.codecs:
        short = [budget for budget in table.budgets if any(not table.lines(p, codec, budget) for p in table.pictures)]
        if short:
            gaps.append(f"{codec} ({', '.join(short)})")
    if gaps:
        found.append(f"no file for some or all pictures, so left out of the curves: {'; '.join(gaps)}")
    if len(table.pictures) < _FEW:
        found.append(f"only {len(table.pictures)} pictures: intervals over pictures mean little")
    last = table.results.runs[-1] if table.results.runs else {}
    for kind in ("absent metrics", "absent codecs"):
        if absent := last.get(kind):
            found.append(f"{kind}: " + "; ".join(f"{name} ({why})" for name, why in absent.items()))
    for run in table.results.runs:
        if (run.get("load") or 0) > 1.5 * (run.get("cores") or 1):
            found.append(
                f"the machine was busy (load {run['load']:g} on {run['cores']} cores) when {run['started']} began: its "
                "seconds are too many"
            )
    if any(run.get("changed") for run in table.results.runs):
        found.append("measured with changes that are in no commit")
    if len({run.get("data", {}).get("sha256") for run in table.results.runs}) > 1:
        found.append("the runs were over different pictures")
    return found


def _apart(table: Table, codec: str, name: str) -> bool:
    metric = next(metric for metric in table.metrics if metric.name == name)
    theirs = statistics.curve(table, codec, metric)
    return len(theirs.bytes) > 1 and statistics.delta_rate(table, codec, metric).percent is None
