"""The modules in `conformance/`, which are no part of the package."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

FOLDER = Path(__file__).parents[2] / "conformance"


def load(name: str) -> ModuleType:
    """A module of `conformance/` under a name that no other module has."""
    spec = importlib.util.spec_from_file_location(f"conformance_{name}", FOLDER / f"{name}.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def reader() -> ModuleType:
    """The reader that was written from SPEC.md."""
    return load("reader")


@pytest.fixture(scope="session")
def dumps() -> ModuleType:
    """What this implementation finds, in the words of the vectors."""
    return load("dumps")


@pytest.fixture
def maker(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The program that makes the vectors."""
    monkeypatch.syspath_prepend(str(FOLDER))
    return load("make_vectors")
