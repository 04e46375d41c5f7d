"""The gate of `benchmarks/speed.py`."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).parents[1]


def _speed() -> ModuleType:
    spec = importlib.util.spec_from_file_location("speed", ROOT / "benchmarks/speed.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_what_became_slower_than_what_was_kept_is_named() -> None:
    """A ratio may grow by the slack; a verb that was not kept has no limit."""
    kept = {"encode": {"ratio_median": 0.3}, "sketch": {"ratio_median": 0.5}}
    found = {name: {"ratio_median": 0.4} for name in ("encode", "sketch", "info")}
    assert _speed().slower(found, kept, 1.15) == ["encode"]
    assert _speed().slower(found, kept, 1.5) == []


def test_the_kept_ratios_name_a_revision_and_known_verbs() -> None:
    """The file that the gate reads by default can be used by it."""
    kept = json.loads((ROOT / "benchmarks/results/speed.json").read_text("utf-8"))
    assert kept["against"] and set(kept["verbs"]) <= {*_speed().VERBS, "detail"}
    assert all(0 < found["ratio_median"] < 2 for found in kept["verbs"].values())
