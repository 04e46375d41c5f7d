"""ComfyUI's own workflows (MIT), read from the wheel of comfyui-workflow-templates-json, and which of them measure."""

from __future__ import annotations

import hashlib
import json
import zipfile
from pathlib import Path
from typing import Any


def held_out(name: str) -> bool:
    """Whether a template is for measuring, about one in ten, and is not trained on."""
    return hashlib.sha256(name.encode()).digest()[0] < 26


def templates(wheel: Path) -> dict[str, dict[str, Any]]:
    """Name -> workflow of every template in the wheel."""
    found = {}
    with zipfile.ZipFile(wheel) as archive:
        for entry in sorted(archive.namelist()):
            if entry.endswith(".json"):
                value = json.loads(archive.read(entry))
                if isinstance(value, dict) and "nodes" in value:
                    found[Path(entry).name] = value
    return found
