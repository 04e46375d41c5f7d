"""The README's figures are those of the committed results."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def script() -> ModuleType:
    pytest.importorskip("bjontegaard")
    spec = importlib.util.spec_from_file_location("readme_figures", ROOT / "scripts" / "readme_figures.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_the_readme_is_what_the_results_say(script: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    """Every table between marks, and the curves; each mark is one that the script knows."""
    assert script.main(["--check"]) == 0, capsys.readouterr().out
    marks = script.MARK.findall(script.README.read_text("utf-8"))
    assert {name for _, name, _ in marks} == set(script.REGIONS)


def test_another_number_is_noticed(script: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A figure that was changed by hand fails the check, and is made good without --check."""
    copy = tmp_path / "README.md"
    readme = script.README.read_text("utf-8")
    start = readme.index("<!-- figures: quality -->") + 30
    copy.write_text(readme[:start] + "99" + readme[start:])
    monkeypatch.setattr(script, "ROOT", tmp_path)
    monkeypatch.setattr(script, "README", copy)
    assert script.main(["--check"]) == 1
    assert script.main([]) == 0 and copy.read_text("utf-8") == readme
