"""Cards: one JSON file beside each table and network that ships, which says where it comes from.

A card holds, in this order: `made_by` (the script), `command` (its arguments), `steps`, `seed`, `commit` (of this
repository), `data` (in words), `data_sha256` (`data.data_hash`), `figures` (name -> number or words), `sha256` (of the
weights or table). What is not known is "unknown".
"""

from __future__ import annotations

import hashlib
import json
import shlex
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

UNKNOWN = "unknown"
FIELDS = ("made_by", "command", "steps", "seed", "commit", "data", "data_sha256", "figures", "sha256")
ROOT = Path(__file__).parents[2]


def commit() -> str:
    """The commit of this repository, with "+" if files were changed since; "unknown" outside of one."""
    try:
        at = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=True)
        now = subprocess.run(["git", "status", "--porcelain"], cwd=ROOT, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return UNKNOWN
    return at.stdout.strip() + ("+" if now.stdout.strip() else "")


def make_card(
    weights: bytes,
    *,
    steps: int,
    seed: int,
    data: str,
    data_sha256: str,
    figures: Mapping[str, Any],
    **further: Any,
) -> dict[str, Any]:
    """The card of what the running script has made; `further` fields come last."""
    script = Path(sys.argv[0]).resolve()
    return {
        "made_by": script.relative_to(ROOT).as_posix() if script.is_relative_to(ROOT) else script.name,
        "command": shlex.join([Path(argument).name if "/" in argument else argument for argument in sys.argv[1:]]),
        "steps": steps,
        "seed": seed,
        "commit": commit(),
        "data": data,
        "data_sha256": data_sha256,
        "figures": dict(figures),
        "sha256": hashlib.sha256(weights).hexdigest(),
        **further,
    }


def write_card(path: Path, card: Mapping[str, Any]) -> None:
    """Write a card as JSON."""
    path.write_text(json.dumps(card, indent=2, ensure_ascii=False) + "\n", "utf-8")
