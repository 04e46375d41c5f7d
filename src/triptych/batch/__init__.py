"""Batches: what is done to one picture, done to all of them, in processes of this machine or on a cluster.

    from triptych import batch
    plan = batch.Plan(verb=batch.Encode(options={"bpp": 0.02}), source="renders/", target="small/")
    summary = batch.run(plan)

A run that was interrupted, at whatever point, goes on with the same call: the manifest in the target knows what is
done. `triptych batch` is the same on the command line.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .encoding import Encode
    from .plan import Plan
    from .runner import run
    from .summary import Progress, Summary
    from .verbs import Decode, Edit, Stats

# Public name -> module that has it, imported on first use.
_LAZY = {
    "Decode": "verbs",
    "Edit": "verbs",
    "Encode": "encoding",
    "Plan": "plan",
    "Progress": "summary",
    "Stats": "verbs",
    "Summary": "summary",
    "run": "runner",
}

__all__ = ["Decode", "Edit", "Encode", "Plan", "Progress", "Stats", "Summary", "run"]


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f".{_LAZY[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_LAZY})
