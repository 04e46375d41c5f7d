"""Edited samples against their readable dumps; `make_goldens.py` writes them, these tests never do."""

from __future__ import annotations

from types import ModuleType


def test_an_edit_gives_what_its_dump_says(case: str, made: ModuleType) -> None:
    """The values of all layers, the size and the notes are those of the dump."""
    change, _ = made.CASES[case]
    expected = (made.GOLDENS / f"{case}.json").read_text(encoding="utf-8")
    assert expected == made.dump(change(made.picture()), made.picture())


def test_the_pictures_themselves_are_as_dumped(made: ModuleType) -> None:
    """The synthetic picture has not changed."""
    assert (made.GOLDENS / "picture.json").read_text(encoding="utf-8") == made.dump(made.picture())


def test_no_dump_is_left_over(made: ModuleType) -> None:
    """There is one dump for each case and no other."""
    assert {*made.CASES, "picture"} == {path.stem for path in made.GOLDENS.glob("*.json")}
