"""The fuzz target works, and finds nothing in a short run."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from triptych.codec.picture import Picture


@pytest.fixture(scope="module")
def fuzzer() -> ModuleType:
    """tests/fuzz/fuzz_reader.py as a module."""
    spec = importlib.util.spec_from_file_location("fuzz_reader", Path(__file__).with_name("fuzz_reader.py"))
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_corpus_is_valid(fuzzer: ModuleType) -> None:
    """Kept streams are whole, so that mutants of them start close to what readers accept."""
    kept = sorted(fuzzer.CORPUS.glob("*.trp"))
    assert len(kept) >= 5
    for path in kept:
        assert Picture.open(path).to_bytes() == path.read_bytes()


def test_a_short_run_finds_nothing(fuzzer: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A few hundred mutants are read with nothing but our own errors, and reach many different outcomes."""
    monkeypatch.setattr(fuzzer, "FINDINGS", tmp_path)
    monkeypatch.setattr(fuzzer, "SLOWEST", float("inf"))
    tried, outcomes, findings = fuzzer.fuzz(inputs=300)
    assert tried == 300 and outcomes > 40
    assert findings == []


def test_the_fuzzer_notices(fuzzer: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    """An escaped exception and a slow call are findings."""
    data = fuzzer.load_corpus()[0]
    monkeypatch.setattr(fuzzer, "SLOWEST", -1.0)
    with pytest.raises(fuzzer.Finding, match="seconds"):
        fuzzer.check(data)
    monkeypatch.setattr(fuzzer, "_canonical", lambda data: [][0])
    with pytest.raises(fuzzer.Finding, match="IndexError"):
        fuzzer.check(data)
