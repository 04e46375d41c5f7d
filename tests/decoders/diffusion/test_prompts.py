"""Prompts: weights as A1111 writes them, and any length."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triptych.codec.decode import Conditioning, find_decoder

Make = Callable[..., Conditioning]


@pytest.mark.parametrize(
    ("prompt", "pieces"),
    [
        ("a cat", [("a cat", 1.0)]),
        ("a (red) cat", [("a ", 1.0), ("red", 1.1), (" cat", 1.0)]),
        ("((red)) cat", [("red", 1.21), (" cat", 1.0)]),
        ("a [red] cat", [("a ", 1.0), ("red", 1 / 1.1), (" cat", 1.0)]),
        ("(red:1.3), cat", [("red", 1.3), (", cat", 1.0)]),
        ("(a (big:2) cat:0.5)", [("a ", 0.5), ("big", 1.0), (" cat", 0.5)]),
        ("at 10:30 (late: very)", [("at 10:30 ", 1.0), ("late: very", 1.1)]),
        (r"a smiley \(:\)", [("a smiley (:)", 1.0)]),
        ("a smiley :)", [("a smiley :)", 1.0)]),
        ("open (bracket", [("open (bracket", 1.0)]),
        ("ratio (16:9) wide", [("ratio ", 1.0), ("16", 4.0), (" wide", 1.0)]),
        ("fox <lora:detail:0.8> in snow", [("fox  in snow", 1.0)]),
        ("no (negative:-1) weight", [("no ", 1.0), ("negative", 0.0), (" weight", 1.0)]),
        ("", [("", 1.0)]),
        (" \n ", [("", 1.0)]),
        ("()", [("", 1.0)]),
    ],
)
def test_weights_are_read_as_a1111_writes_them(prompt: str, pieces: list[tuple[str, float]]) -> None:
    """Brackets, numbers, escapes and tags become pieces of text with weights."""
    from triptych.decoders.diffusion.prompts import weighted

    found = weighted(prompt)
    assert [text for text, _ in found] == [text for text, _ in pieces]
    assert [weight for _, weight in found] == pytest.approx([weight for _, weight in pieces])


@given(st.text(alphabet="a, ()[]:\\.12<>lora", max_size=40))
def test_no_text_upsets_the_reader_of_weights(prompt: str) -> None:
    """Every text gives at least one piece, with weights that make sense."""
    from triptych.decoders.diffusion.prompts import weighted

    found = weighted(prompt)
    assert found and all(isinstance(text, str) and 0 <= weight <= 4 for text, weight in found)


def test_short_prompts_are_embedded_as_by_diffusers(weights: Path) -> None:
    """Without weights and within 75 tokens nothing differs from the pipelines' own embeddings."""
    import torch

    device = torch.device("cpu")
    for name in ("sd15", "paper-edge"):
        decoder = find_decoder(name, guidance=5.0)
        decoder.networks.pipeline("", (), 4096)
        mine = _prompts(decoder).embed("a red fox", "blurry")
        theirs = decoder.networks.base.encode_prompt("a red fox", device, 1, True, "blurry")
        assert torch.equal(mine.prompt, theirs[0]) and torch.equal(mine.negative, theirs[1])


@pytest.mark.parametrize("negative", ["blurry", ""])
def test_both_encoders_of_sdxl_are_used(weights: Path, negative: str) -> None:
    """Embeddings and pooled embeddings are diffusers' own, and no negative prompt is all zeros."""
    import torch

    decoder, device = find_decoder("sdxl"), torch.device("cpu")
    mine = _prompts(decoder).embed("a red fox", negative)
    theirs = decoder.networks.base.encode_prompt("a red fox", device=device, negative_prompt=negative or None)
    for found, expected in zip((mine.prompt, mine.negative, mine.pooled, mine.negative_pooled), theirs, strict=True):
        assert torch.equal(found, expected)


@pytest.mark.parametrize("name", ["sd15", "sdxl"])
def test_prompts_of_any_length_count_to_their_end(name: str, weights: Path, condition: Make) -> None:
    """A prompt of more than 300 tokens is read whole, and its last word changes the picture."""
    decoder = find_decoder(name, steps=2)
    long = ", ".join(["red fox"] * 50)
    embedded = decoder._embed(condition(prompt=long))
    assert embedded.tokens % 77 == 0 and embedded.tokens >= 4 * 77
    one, other = (decoder.decode(condition(prompt=long + end)) for end in (" in snow", " in rain"))
    assert (one != other).any()


def test_a_long_negative_prompt_fits_a_short_prompt(weights: Path, condition: Make) -> None:
    """Both are padded to the same length."""
    decoder = find_decoder("sd15", steps=2, guidance=5.0, negative=", ".join(["bad hands"] * 40))
    embedded = decoder._embed(condition(prompt="a fox"))
    assert embedded.prompt.shape == embedded.negative.shape and embedded.tokens > 77
    assert decoder.decode(condition(prompt="a fox")).shape == (64, 64, 3)


def test_weights_change_the_picture(weights: Path, condition: Make) -> None:
    """A stressed word is another picture, a stress of 1 is not."""
    decoder = find_decoder("sd15", steps=2)
    words = ("red", "(red:1.0)", "(red:1.6)", "[[red]]")
    plain, one, more, less = (decoder.decode(condition("prompt", prompt=f"a {word} fox")) for word in words)
    assert (plain == one).all() and (plain != more).any() and (plain != less).any()


def test_the_published_method_reads_75_tokens_as_they_are(weights: Path, condition: Make) -> None:
    """The `paper-*` presets cut prompts and take brackets for text, as the published code does."""
    import torch

    decoder = find_decoder("paper-edge", steps=2)
    long = "a (red:1.5) fox, " * 30
    mine = decoder._embed(condition(prompt=long)).prompt
    theirs = decoder.networks.base.encode_prompt(long, torch.device("cpu"), 1, False)[0]
    assert torch.equal(mine, theirs)


def test_odd_texts_are_embedded(weights: Path) -> None:
    """Emoji, control characters, markers of the tokenizer and lone punctuation do not fail."""
    prompts = _prompts(find_decoder("sd15"))
    texts = ["🦊 (🦊:1.2)", "\x00\x1f(\u200b:0.5) a", "<|endoftext|> (<|endoftext|>:0.3) x", "[!], (?:0.2)", "( .:0.1)"]
    for text in texts:
        assert prompts.embed(text, None).tokens == 77


def _prompts(decoder: object) -> object:
    from triptych.decoders.diffusion.prompts import Prompts

    return Prompts(decoder.networks.base, decoder.device, long=decoder.preset.long_prompts)
