"""Prompts without the marks of their generators."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from triptych.metadata.tidy import tidy_prompt


@pytest.mark.parametrize(
    ("prompt", "tidy"),
    [
        ("photo of a duck", "photo of a duck"),
        ("masterpiece, best quality, a (red:1.3) fox, 8k", "a red fox"),
        ("a fox <lora:fur:0.8>, embedding:easy, BREAK snow", "a fox, snow"),
        ("[[fox]], {{{snow}}}, (deep (blue)) sky", "fox, snow, deep blue sky"),
        ("fox, , fox,, Fox, snow", "fox, snow"),
        (r"saber \(fate\), night", "saber (fate), night"),
        ("[dog:wolf:0.5] in snow", "wolf in snow"),
        ("fox++, (soft light)--, 1.3::blue sky::", "fox, soft light, blue sky"),
        ("score_9, score_8_up, masterpiece", ""),
        ("black-and-white photo, 3:2, at 10:30", "black-and-white photo, 3:2, at 10:30"),
    ],
)
def test_tidying(prompt: str, tidy: str) -> None:
    """Marks and boilerplate go, words and their order stay."""
    assert tidy_prompt(prompt) == tidy
    assert "(" in tidy or tidy_prompt(tidy) == tidy


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet="ab ,()[]{}<>:1.+-\\\n", max_size=40))
def test_tidying_takes_any_text(prompt: str) -> None:
    """No text trips it, and none grows by more than the blanks after its commas."""
    assert len(tidy_prompt(prompt)) <= 2 * len(prompt)
