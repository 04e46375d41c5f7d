"""The layers of the house: each folder imports only what comes before it."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "triptych"


@pytest.mark.skipif(not SOURCE.is_dir(), reason="the sources are not part of this copy")
def test_imports_only_go_downwards() -> None:
    """The contracts in pyproject.toml are kept."""
    code = "import sys\nfrom importlinter.cli import lint_imports\nsys.exit(lint_imports(no_cache=True))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.skipif(not SOURCE.is_dir(), reason="the sources are not part of this copy")
@pytest.mark.parametrize("name", ["errors.py", "limits.py", "bitstream/cursor.py", "bitstream/container.py"])
def test_the_container_needs_the_standard_library_only(name: str) -> None:
    """What reads a stranger's header imports nothing that is not Python's own."""
    tree = ast.parse((SOURCE / name).read_text(encoding="utf-8"))
    imported = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            imported += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            imported.append(node.module or "")
    assert {module.partition(".")[0] for module in imported} <= sys.stdlib_module_names


@pytest.mark.skipif(not SOURCE.is_dir(), reason="the sources are not part of this copy")
def test_every_module_says_what_it_is_for() -> None:
    """Each file that holds code starts with a docstring."""
    for path in SOURCE.rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        assert not tree.body or ast.get_docstring(tree), path
