"""Version 1 is final: what MANIFEST lists has its bytes, and the program that makes vectors only adds to them."""

from __future__ import annotations

import hashlib
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]
MANIFEST = ROOT / "conformance" / "MANIFEST"
LINES = [line.split("  ", 1) for line in MANIFEST.read_text(encoding="ascii").splitlines()]
FIRST_LINES = 459  # when version 1 became final; more may come, none may go


def test_frozen_files_are_as_they_were() -> None:
    """Vectors, traces and tables that were released keep every byte."""
    changed = [path for digest, path in LINES if hashlib.sha256((ROOT / path).read_bytes()).hexdigest() != digest]
    assert not changed


def test_every_table_is_frozen() -> None:
    """The tables of version 1 cannot be trained again; a better one gets a coding of its own."""
    tables = {path for _, path in LINES if path.endswith(".bin")}
    names = ("cosines", "edges", "logistic", "recipe", "text", "texture")
    assert {f"src/triptych/layers/tables/{name}.bin" for name in names} <= tables


def test_no_line_was_taken_out() -> None:
    """There are no fewer files than when version 1 became final, and none is listed twice."""
    paths = [path for _, path in LINES]
    assert len(set(paths)) == len(paths) >= FIRST_LINES


def test_changes_are_refused(maker: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """If a frozen file would change or vanish, nothing is written, and the message names it."""
    manifest = tmp_path / "MANIFEST"
    monkeypatch.setattr(maker, "HERE", tmp_path)
    monkeypatch.setattr(maker, "MANIFEST", manifest)
    monkeypatch.setattr("sys.argv", ["make_vectors.py"])
    assert maker.freeze({"vectors/a.hex": "61\n"}) > 1
    before = manifest.read_bytes()
    assert maker.broken({"vectors/a.hex": "61\n", "vectors/b.hex": "62\n"}) == []
    for files in ({"vectors/a.hex": "62\n"}, {"vectors/b.hex": "62\n"}):
        monkeypatch.setattr(maker, "make", lambda files=files: (files, {"valid": [], "invalid": []}))
        with pytest.raises(SystemExit, match=r"nothing was written.*conformance/vectors/a\.hex"):
            maker.main()
        assert manifest.read_bytes() == before and list(tmp_path.iterdir()) == [manifest]


def test_freezing_only_adds(maker: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A second freeze keeps the lines of the first, in the order of their paths."""
    monkeypatch.setattr(maker, "MANIFEST", tmp_path / "MANIFEST")
    maker.freeze({"vectors/b.hex": "62\n"})
    first = (tmp_path / "MANIFEST").read_text().splitlines()
    assert maker.freeze({"vectors/a.hex": "61\n", "vectors/b.hex": "62\n"}) == 1
    second = (tmp_path / "MANIFEST").read_text().splitlines()
    assert set(first) < set(second) and second == sorted(second, key=lambda line: line.split("  ")[1])
