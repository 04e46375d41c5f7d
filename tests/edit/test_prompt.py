"""Edits of the prompt."""

from __future__ import annotations

import time

import pytest

from triptych import Picture, edit
from triptych.errors import InputError


def test_set_and_append_have_an_inverse(picture: Picture) -> None:
    """Setting the old prompt again gives back the old bytes."""
    before = picture.to_bytes()
    assert before == edit.set_prompt(edit.set_prompt(picture, "日本の家"), picture.prompt).to_bytes()
    assert before == edit.set_prompt(edit.append_prompt(picture, "oil painting"), picture.prompt).to_bytes()
    assert picture.prompt + "; oil" == edit.append_prompt(picture, "oil", separator="; ").prompt


def test_a_blank_prompt_takes_the_layer_away(picture: Picture) -> None:
    """Without text there is no semantic layer; appending to none sets it."""
    bare = edit.set_prompt(picture, "  ")
    assert bare.semantic is None
    assert edit.append_prompt(bare, "a mill").prompt == "a mill"
    assert bare.to_bytes() == edit.append_prompt(bare, " ").to_bytes()


def test_replace_counts_case_only_if_told(picture: Picture) -> None:
    """Texts are found exactly, or whatever their case."""
    assert "lake" in edit.replace_prompt(picture, "SMALL HOUSE", "lake", ignore_case=True).prompt
    unchanged = edit.replace_prompt(picture, "SMALL HOUSE", "lake")
    assert picture.to_bytes() == unchanged.to_bytes()
    assert "the prompt has no 'SMALL HOUSE'; it was left as it is" in unchanged.notes


def test_special_characters_are_texts_unless_regex(picture: Picture) -> None:
    """Without `regex`, neither the text nor what replaces it has special characters."""
    start = edit.set_prompt(picture, "a (small) house")
    assert edit.replace_prompt(start, "(small)", r"\1").prompt == r"a \1 house"
    assert edit.replace_prompt(start, r"\((\w+)\)", r"[\1]", regex=True).prompt == "a [small] house"


def test_removing_words_tidies_commas(picture: Picture) -> None:
    """A phrase between commas leaves one comma behind and no double spaces."""
    start = edit.set_prompt(picture, "a bay, sailing boats, clouds")
    assert edit.replace_prompt(start, "sailing boats", "").prompt == "a bay, clouds"
    assert edit.replace_prompt(start, "clouds", "").prompt == "a bay, sailing boats"


def test_a_pattern_that_runs_away_is_stopped(picture: Picture) -> None:
    """Catastrophic backtracking ends after about two seconds with one line."""
    start = edit.set_prompt(picture, "a" * 60 + "!")
    begin = time.monotonic()
    with pytest.raises(InputError, match="takes longer than 2 s"):
        edit.replace_prompt(start, r"(a+)+$", "x", regex=True)
    assert time.monotonic() - begin < 8


def test_a_pattern_that_multiplies_the_text_is_refused(picture: Picture) -> None:
    """An expansion of gigabytes is cut off and refused, without making it."""
    start = edit.set_prompt(picture, "ab " * 1300)
    with pytest.raises(InputError, match="cannot be stored"):
        edit.replace_prompt(start, r"(?=(.*))", r"\1" * 2000, regex=True)


@pytest.mark.parametrize(
    ("find", "new", "regex", "says"),
    [
        ("(", "x", True, "not a usable regular expression: missing )"),
        ("a", r"\9", True, "not a usable regular expression: invalid group reference"),
        ("a" * 1001, "", True, "at most 1000 characters"),
        ("", "x", False, "nothing to find"),
        ("", "x", True, "nothing to find"),
        ("a", "x" * 5000, False, "longer than 4096"),
        ("a small", "\ud800", False, "cannot be stored"),
    ],
)
def test_wrong_replacements_are_refused(picture: Picture, find: str, new: str, regex: bool, says: str) -> None:
    """Each wrong argument gives one line."""
    with pytest.raises(InputError) as caught:
        edit.replace_prompt(picture, find, new, regex=regex)
    assert says in str(caught.value) and "\n" not in str(caught.value)


def test_long_prompts_and_missing_layers_are_refused(picture: Picture) -> None:
    """More than 4,096 characters, no prompt to replace in, and no layer left are refused."""
    with pytest.raises(InputError, match="at most 4096"):
        edit.set_prompt(picture, "x" * 4097)
    with pytest.raises(InputError, match="has no semantic layer; it has: texture, pose, edges"):
        edit.replace_prompt(edit.set_prompt(picture, ""), "a", "b")
    with pytest.raises(InputError, match="last layer"):
        edit.set_prompt(edit.keep_layers(picture, "semantic"), "")
