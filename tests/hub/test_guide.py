"""docs/guides/models.md: its commands exist as they stand, and its Python names what there is."""

from __future__ import annotations

import ast
import re
import shlex
from importlib import import_module
from pathlib import Path

import pytest

from triptych.cli.main import main

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs/guides/models.md").read_text(encoding="utf-8")


def test_every_command_is_understood(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its options and their values are accepted; nothing is downloaded."""
    called = []
    for name in ("encode", "decode", "extract", "models"):  # those of the guide
        monkeypatch.setattr(import_module(f"triptych.cli.{name}"), "run", lambda args: called.append(args) or 0)
    lines = [line for block in re.findall(r"```console\n(.*?)```", GUIDE, re.DOTALL) for line in block.splitlines()]
    commands = [shlex.split(line)[1:] for line in lines if line.startswith("triptych")]
    assert len(commands) > 10 and [main(command) for command in commands] == [0] * len(commands)
    assert len(called) == len(commands)


def test_every_import_is_there() -> None:
    """What the example imports can be imported, without the libraries behind it."""
    (code,) = re.findall(r"```python\n(.*?)```", GUIDE, re.DOTALL)
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.ImportFrom) and node.module.startswith("triptych"):
            assert all(callable(getattr(import_module(node.module), alias.name)) for alias in node.names)
