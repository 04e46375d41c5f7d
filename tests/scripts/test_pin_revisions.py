"""The script that pins models to commits."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

SCRIPT = Path(__file__).parents[2] / "scripts/pin_revisions.py"


@pytest.fixture
def script() -> ModuleType:
    """The script as a module."""
    spec = importlib.util.spec_from_file_location("pin_revisions", SCRIPT)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_repository_gets_its_commit_and_nothing_else_changes(script: ModuleType) -> None:
    """A new pin is put in, an old one replaced, one repository asked once, and a second run changes nothing."""
    asked: list[str] = []

    def commit_of(repo: str) -> str:
        asked.append(repo)
        return repo[-1] * 40

    text = (
        '[models.a]\nrepo = "x/a"\nfiles = []\n\n[models.b]\nrepo = "x/b"\nrevision = "old"\n[models.c]\nrepo = "x/a"\n'
    )
    new = script.pinned(text, commit_of)
    assert new == (
        f'[models.a]\nrepo = "x/a"\nrevision = "{"a" * 40}"\nfiles = []\n\n'
        f'[models.b]\nrepo = "x/b"\nrevision = "{"b" * 40}"\n[models.c]\nrepo = "x/a"\nrevision = "{"a" * 40}"\n'
    )
    assert sorted(asked) == ["x/a", "x/b"] and script.pinned(new, commit_of) == new


def test_the_shipped_tables_can_be_pinned(script: ModuleType) -> None:
    """Every model of our tables gets a revision."""
    for path in script.TABLES:
        text = path.read_text("utf-8")
        assert script.pinned(text, lambda _: "c" * 40).count("c" * 40) == text.count("\nrepo = ")
