"""The commands of docs/guides/editing.md, run as they stand."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from triptych.cli.main import main

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs/guides/editing.md").read_text(encoding="utf-8")


def test_the_guide_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every command succeeds, in order, and so does the Python."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "samples").symlink_to(ROOT / "samples")
    commands = [line for block in re.findall(r"```console\n(.*?)```", GUIDE, re.DOTALL) for line in block.splitlines()]
    assert len(commands) > 15
    for command in commands:
        program, *arguments = shlex.split(command)
        assert program == "triptych"
        assert main(arguments) == 0, command
    assert Path("work/back.trp").read_bytes() == Path("work/still.trp").read_bytes()
    assert Path("work/small.trp").stat().st_size <= 400
    for code in re.findall(r"```python\n(.*?)```", GUIDE, re.DOTALL):
        exec(compile(code, "editing.md", "exec"), {})
    assert Path("work/evening.trp").stat().st_size <= 600
