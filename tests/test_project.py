"""What is promised about packaging agrees with itself: versions, documentation, citation."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

import triptych

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
NEEDED = [re.match(r"([\w.-]+)(?:\[\w+\])?>=([\d.]+)", line) for line in PROJECT["dependencies"]]


def _versions(name: str) -> dict[str, str]:
    lines = (ROOT / name).read_text("utf-8").splitlines()
    pairs = [line.split("==") for line in lines if line and not line.startswith("#")]
    return {re.sub(r"[-_.]+", "-", package).lower(): version for package, version in pairs}


def _parts(version: str) -> list[int]:
    return [int(part) for part in version.split(".")]


def test_every_dependency_has_a_lowest_version_that_is_tried() -> None:
    """`constraints-lowest.txt` names what `pyproject.toml` allows at least, and nothing else."""
    lowest = _versions("constraints-lowest.txt")
    bounds = {re.sub(r"[-_.]+", "-", found[1]).lower(): found[2] for found in NEEDED if found}
    assert len(bounds) == len(PROJECT["dependencies"]) and set(lowest) == set(bounds)
    for name, bound in bounds.items():
        # ">=1.26" allows 1.26.0, or the first of 1.26 that has wheels.
        assert _parts(lowest[name])[: len(_parts(bound))] == _parts(bound), name


def test_every_dependency_is_pinned_for_development() -> None:
    """`constraints.txt` has an exact version of each, not below the lowest."""
    exact, lowest = _versions("constraints.txt"), _versions("constraints-lowest.txt")
    for name, version in lowest.items():
        assert _parts(exact[name]) >= _parts(version), name


@pytest.mark.parametrize("name", triptych.__all__)
def test_everything_public_is_in_the_reference(name: str) -> None:
    """Each public name has a place in docs/reference: its own, or that of its module."""
    pages = "\n".join(path.read_text("utf-8") for path in sorted((ROOT / "docs/reference").glob("*.md")))
    module = "triptych.errors" if hasattr(triptych.errors, name) else f"triptych.{name}"
    assert re.search(rf"^::: {re.escape(module)}$", pages, re.MULTILINE)


def test_every_edit_is_in_the_reference() -> None:
    """Each function of `triptych.edit` has its entry."""
    page = (ROOT / "docs/reference/edit.md").read_text("utf-8")
    assert [name for name in triptych.edit.__all__ if f"::: triptych.edit.{name}\n" not in page] == []


def test_the_paper_is_cited() -> None:
    """README and CITATION.cff name the paper whose method this is, and the version is the package's."""
    title = "Stable Diffusion is a Natural Cross-Modal Decoder for Layered AI-generated Image Compression"
    citation = (ROOT / "CITATION.cff").read_text("utf-8")
    assert title in " ".join((ROOT / "README.md").read_text("utf-8").split())
    assert title in citation and "2412.12982" in citation and f"version: {triptych.__version__}\n" in citation
