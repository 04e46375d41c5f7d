"""Captions by tiny BLIP, BLIP-2 and Florence-2 checkpoints: what counts is that the real code runs on them."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
from PIL import Image

from triptych.analysis.detectors import captions, find
from triptych.analysis.detectors.captions import caption
from triptych.errors import InputError, MissingExtraError, ModelError


@pytest.mark.parametrize("kind", ["blip", "blip2", "florence2"])
def test_each_kind_of_model_captions_pictures(
    kind: str, photos: list[Image.Image], request: pytest.FixtureRequest
) -> None:
    """Every picture gets a line of the tokenizer's words; what is said depends on the picture, not on the batch."""
    name = str(request.getfixturevalue(kind))
    texts = caption(photos, name)
    assert len(texts) == 3 and len(set(texts)) > 1
    assert all(text and text == " ".join(text.split()) and "<" not in text for text in texts)
    assert caption(photos, name, batch=2) == texts
    assert caption(photos[2:], name) == texts[2:]


@pytest.mark.parametrize(
    ("name", "asked", "words"),
    [
        ("blip2", ["a photo of"], {"max_new_tokens": 96, "num_beams": 3, "do_sample": False}),
        ("blip2-opt", None, {"max_new_tokens": 512, "num_beams": 1, "do_sample": False}),
    ],
)
def test_what_a_model_is_asked_follows_from_its_name(
    name: str, asked: list[str] | None, words: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    """`blip2-opt` gets no task and the settings of the published method; others those of their kind."""
    seen: dict[str, object] = {}

    class Inputs(dict):  # type: ignore[type-arg]
        def to(self, *where: object) -> Inputs:
            return self

    class Stub:
        config = SimpleNamespace(model_type="blip-2")
        dtype = None

        def __call__(self, **given: object) -> Inputs:
            seen.update(given)
            return Inputs()

        def generate(self, **given: object) -> list[int]:
            seen.update(given)
            return [0]

        def batch_decode(self, found: list[int], **options: object) -> list[str]:
            return [" a fox\nin the snow "]

    monkeypatch.setattr(captions, "ready", lambda finds, name: (find(finds, name), Path(name)))
    monkeypatch.setattr(captions, "_load", lambda folder, device: (Stub(), Stub()))
    assert caption([Image.new("L", (8, 8))], name) == ["a fox in the snow"]
    assert seen.get("text") == asked and {key: seen[key] for key in words} == words


def test_no_pictures_no_captions(blip: Path) -> None:
    """An empty list is not an error."""
    assert caption([], str(blip)) == []


def test_unknown_names_are_told(photos: list[Image.Image]) -> None:
    """The message lists the models that can be named."""
    with pytest.raises(
        InputError, match="no model called 'blop' finds captions; there are: blip, blip2, blip2-opt, florence2,"
    ):
        caption(photos, "blop")
    with pytest.raises(InputError, match="'pidinet' finds captions"):
        caption(photos, "pidinet")


def test_a_missing_package_is_told(photos: list[Image.Image], monkeypatch: pytest.MonkeyPatch) -> None:
    """The message has the install line."""
    monkeypatch.setitem(sys.modules, "transformers", None)
    with pytest.raises(MissingExtraError, match=r"blip, which finds captions, needs .*pip install 'triptych\[sd\]'"):
        caption(photos, "blip")


def test_broken_checkpoints_are_told(photos: list[Image.Image], tmp_path: Path) -> None:
    """A folder that holds no model is one line, with the folder."""
    (tmp_path / "config.json").write_text('{"model_type": "blip", "text_config": 5}')
    with pytest.raises(ModelError, match=f"^{tmp_path}: cannot be used to caption pictures: [^\n]+$"):
        caption(photos, str(tmp_path))
