"""The files of the page: complete, its own, and all its texts in one table."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

import pytest

from triptych.cli.main import main
from triptych.cli.studio import is_loopback
from triptych.edit_table import EDITS
from triptych.studio.app import STATIC

OWN = [path for path in STATIC.rglob("*") if path.suffix in (".js", ".css", ".html") and "vendor" not in path.parts]


def test_libraries_are_as_published() -> None:
    """Each vendored file has the hash that the lock names, and its licence beside it."""
    for package, entry in json.loads((STATIC / "vendor" / "lock.json").read_text()).items():
        for name, (_, digest) in entry["files"].items():
            assert hashlib.sha256((STATIC / "vendor" / name).read_bytes()).hexdigest() == digest
        assert any("LICENSE" in name for name in entry["files"]), package


def test_nothing_comes_from_elsewhere() -> None:
    """No file of ours names another host, and whatever the page refers to is there."""
    for path in OWN:
        text = path.read_text(encoding="utf-8")
        assert set(re.findall(r"https?://[^/'\"\s]+", text)) <= {"http://www.w3.org"}, path
        for name in re.findall(r"(?:src|href)=\"([^\"#:]+)\"|from '\./([^']+)'", text):
            assert (path.parent / "".join(name)).is_file(), (path, name)


def test_all_texts_stand_in_one_table() -> None:
    """Every text that the page asks for is in the table, and the page has none of its own."""
    table = (STATIC / "js" / "texts.js").read_text(encoding="utf-8")
    page = (STATIC / "index.html").read_text(encoding="utf-8")
    wanted = set(re.findall(r'data-(?:t|label|placeholder)="(\w+)"', page))
    for path in OWN:
        wanted |= set(re.findall(r"\bT\.(\w+)", path.read_text(encoding="utf-8")))
    assert [name for name in sorted(wanted) if not re.search(rf"\b{name}:", table)] == []
    shown = re.sub(r"<(script|style|title|noscript).*?</\1>|<[^>]+>", " ", page, flags=re.DOTALL)
    assert set(shown.split()) <= {"Triptych", "100", "%"}


def test_every_edit_of_the_page_is_one_of_the_table() -> None:
    """The tools use edits that exist, and the command line that is shown knows them all."""
    used = set()
    for path in OWN:
        used |= set(re.findall(r"'(--[a-z-]+)'", path.read_text(encoding="utf-8")))
    assert used - {"--bytes"} <= set(EDITS)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--host", "0.0.0.0"], "give a --token"),
        (["--host", "0.0.0.0", "--token", "short"], "at least 12 characters"),
        (["nowhere"], "no such file or folder"),
    ],
)
def test_wrong_starts_are_told(arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Others are let in only with a token, and what is to be opened has to be there."""
    assert main(["studio", "--no-browser", *arguments]) == 1
    assert message in capsys.readouterr().err


def test_loopback() -> None:
    """Which addresses are this computer's own."""
    assert is_loopback("127.0.0.1") and is_loopback("::1") and is_loopback("localhost")
    assert not is_loopback("0.0.0.0") and not is_loopback("192.168.1.2") and not is_loopback("example.org")


def test_a_port_that_is_taken_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One line, with what to do."""
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        assert main(["studio", "--no-browser", "--port", str(taken.getsockname()[1])]) == 1
    assert "another --port" in capsys.readouterr().err
