"""Where prompts come from: text files and lists of captions."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from triptych.errors import InputError
from triptych.metadata.sidecars import Captions, read_prompt, sidecar_prompt


def test_the_text_beside_a_picture_is_its_prompt(tmp_path: Path) -> None:
    """The file of the same name with the ending .txt counts; without one there is no prompt."""
    (tmp_path / "cat.txt").write_text("\ufeff  a cat\nasleep \n", encoding="utf-8")
    assert sidecar_prompt(tmp_path / "cat.png") == "a cat\nasleep"
    assert sidecar_prompt(tmp_path / "dog.png") is None
    (tmp_path / "dog.txt").mkdir()
    assert sidecar_prompt(tmp_path / "dog.png") is None


@pytest.mark.parametrize("content", [None, b"\xff\xfe\xfd"])
def test_text_that_cannot_be_read_is_an_input_error(tmp_path: Path, content: bytes | None) -> None:
    """A missing file and one that is not UTF-8 are told by name."""
    path = tmp_path / "a.txt"
    if content:
        path.write_bytes(content)
    with pytest.raises(InputError, match=f"{path}: cannot be read"):
        read_prompt(path)


@pytest.fixture
def captions(tmp_path: Path) -> Path:
    """A list of captions in every form that is understood."""
    path = tmp_path / "captions.json"
    entries = [
        {"file": "cat.png", "description": {"short": "a cat", "long": "a grey cat asleep"}},
        {"file": "folder/dog.png", "description": "a dog"},
        {"file": "odd.png", "description": 3},
        {"file": "none.png"},
        {"file": "empty.png", "description": {}},
    ]
    path.write_text(json.dumps(entries), encoding="utf-8")
    return path


def test_captions_are_found_by_file_name(captions: Path) -> None:
    """The first level is the default, a text needs no level, folders do not matter."""
    assert Captions(captions).prompt(Path("anywhere/cat.png")) == "a cat"
    assert Captions(captions, "long").prompt(Path("cat.png")) == "a grey cat asleep"
    assert Captions(captions, "long").prompt(Path("dog.png")) == "a dog"
    assert Captions(captions).prompt(Path("bird.png")) is None
    assert Captions(captions).prompt(Path("none.png")) is None


@pytest.mark.parametrize(
    ("level", "name", "message"),
    [
        ("medium", "cat.png", "cat.png has no level 'medium'; there are: short, long"),
        (None, "odd.png", "the description of odd.png is neither a text nor levels of text"),
        (None, "empty.png", "the description of empty.png is neither"),
    ],
)
def test_captions_without_the_text_asked_for_are_refused(
    captions: Path, level: str | None, name: str, message: str
) -> None:
    """A picture that is listed but has no such text is an InputError that says what there is."""
    with pytest.raises(InputError, match=message):
        Captions(captions, level).prompt(Path(name))


@pytest.mark.parametrize("content", ["", "{}", "[1]", '[{"name": "x"}]', "\0", "[" * 100_000])
def test_files_that_are_no_captions_are_refused(tmp_path: Path, content: str) -> None:
    """Anything but a list of entries with a file is an InputError with the file's name."""
    path = tmp_path / "captions.json"
    path.write_text(content)
    with pytest.raises(InputError, match=f"{path}: "):
        Captions(path)
    with pytest.raises(InputError, match=r"missing\.json: cannot be read"):
        Captions(tmp_path / "missing.json")
