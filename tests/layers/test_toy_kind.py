"""A new kind of layer is one class: registered, it goes everywhere without a change to any other module."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

import triptych
from triptych import edit
from triptych.cli.main import main
from triptych.codec.decode import condition
from triptych.layers import Layer, register, unregister
from triptych.layers.base import Colour, Fittable, Size


class MoodLayer(Layer):
    """Light and dark along a picture's width: a byte for each of a few columns."""

    kind = 11
    name = "mood"

    def _unpacked(self) -> bytes:
        return self.payload

    def summary(self) -> dict[str, object]:
        return {"columns": list(self.payload)}

    def describe(self) -> str:
        return f"{len(self.payload)} columns"

    def files(self) -> dict[str, bytes]:
        return {"mood.txt": " ".join(map(str, self.payload)).encode()}

    def conditioning(self) -> dict[str, object]:
        return {"mood": self.payload}

    def mirrored(self) -> MoodLayer:
        return replace(self, payload=self.payload[::-1])

    def remapped(
        self, size: Size, offset: tuple[int, int], scale: tuple[float, float], colour: Colour | None = None
    ) -> MoodLayer | None:
        columns = [
            round(side * len(self.payload) / self.size[0]) for side in (offset[0], offset[0] + size[0] / scale[0])
        ]
        part = self.payload[max(columns[0], 0) : columns[1]]
        return MoodLayer(size, 0, part) if part else None

    def fitted(self, most_bytes: int) -> tuple[Layer | None, str | None]:
        if self.cost <= most_bytes:
            return self, None
        room = len(self.payload) - (self.cost - most_bytes)
        return (
            (replace(self, payload=self.payload[:room]), f"the mood was cut to {room} columns")
            if room > 0
            else (None, "the mood was left out")
        )

    @classmethod
    def proposed(cls, image: Image.Image, size: Size) -> Fittable:
        return cls(size, 0, image.convert("L").resize((16, 1), Image.Resampling.BOX).tobytes())


@pytest.fixture(autouse=True)
def mood() -> Iterator[None]:
    register(MoodLayer)
    yield
    unregister(MoodLayer)


@pytest.fixture
def picture() -> triptych.Picture:
    """A picture that gets darker to the left, with a mood."""
    image = Image.linear_gradient("L").rotate(90).resize((96, 64)).convert("RGB")
    return triptych.encode(image, prompt="", layers=["texture", "mood"], max_bytes=200)


def _mood(picture: triptych.Picture) -> bytes:
    layer = picture.get(MoodLayer)
    assert layer is not None
    return layer.payload


def test_it_is_encoded_and_read(picture: triptych.Picture, tmp_path: Path) -> None:
    """The encoder asks it what it would store, and a file gives it back; damaged marks are noticed."""
    assert [layer.name for layer in picture.layers] == ["texture", "mood"] and len(_mood(picture)) == 16
    assert triptych.Picture.from_bytes(picture.to_bytes()) == picture
    tight = triptych.encode(Image.new("RGB", (96, 64)), prompt="", layers="mood", max_bytes=20)
    assert 0 < len(_mood(tight)) < 16 and "the mood was cut" in tight.notes[0]


def test_it_is_shown_and_extracted(
    picture: triptych.Picture, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`info` and `extract` say and write what it says of itself."""
    picture.save(tmp_path / "a.trp")
    assert main(["info", str(tmp_path / "a.trp")]) == 0
    assert "mood" in (out := capsys.readouterr().out) and "16 columns" in out
    assert main(["info", str(tmp_path / "a.trp"), "--json", "--values"]) == 0
    described = json.loads(capsys.readouterr().out)["layers"][-1]
    assert described["name"] == "mood" and described["value"] == {"columns": list(_mood(picture))}
    assert main(["extract", str(tmp_path / "a.trp"), "-o", str(tmp_path / "layers")]) == 0
    assert (tmp_path / "layers" / "mood.txt").read_text() == " ".join(map(str, _mood(picture)))


def test_it_is_edited(picture: triptych.Picture) -> None:
    """Mirror images, parts, other sizes, and layers of other files."""
    assert _mood(edit.mirror(picture)) == _mood(picture)[::-1]
    assert _mood(edit.crop(picture, "0,0,50%,100%")) == _mood(picture)[:8]
    assert _mood(edit.resize(picture, (48, 48))) == _mood(picture)
    assert _mood(edit.transplant(edit.drop_layers(picture, "mood"), edit.mirror(picture), "mood")) == _mood(
        edit.mirror(picture)
    )
    assert picture.without("mood").get(MoodLayer) is None


def test_it_is_thinned(picture: triptych.Picture) -> None:
    """It gets its part of a budget, and a note says what it lost."""
    thinned = edit.thin(picture, max_bytes=len(picture.to_bytes()) - 12)
    assert len(thinned.to_bytes()) <= len(picture.to_bytes()) - 12
    assert any("the mood was cut" in note for note in thinned.notes) and _mood(thinned)


def test_decoders_are_given_what_it_holds(picture: triptych.Picture) -> None:
    """What `Conditioning` has no field for is in its `extra`; a choice of layers leaves it out."""
    assert condition(picture).extra == {"mood": _mood(picture)}
    assert condition(picture, layers="texture").extra == {}
    assert triptych.decode(picture, decoder="sketch").size == (96, 64)
