"""Batches: what is done to one picture, done to all of them, in processes of this machine or on a cluster.

    from triptych import batch
    plan = batch.Plan(verb=batch.Encode(options={"bpp": 0.02}), source="renders/", target="small/")
    summary = batch.run(plan)

A run that was interrupted, at whatever point, goes on with the same call: the manifest in the target knows what is
done. `triptych batch` is the same on the command line.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..lazy import lazy_names

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

__getattr__, __dir__ = lazy_names(__name__, _LAZY)
