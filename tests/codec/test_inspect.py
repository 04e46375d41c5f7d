"""Inspection: numbers add up, damage is described and not raised."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import triptych
from triptych.bitstream import container
from triptych.bitstream.container import RawLayer, Stream
from triptych.codec.picture import Picture
from triptych.errors import DamagedError, InputError, TruncatedError
from triptych.layers import SemanticLayer


def test_the_bytes_add_up(picture: Picture) -> None:
    """Header and layers together are the file; shares and bits per pixel follow from them."""
    data = picture.to_bytes()
    found = triptych.inspect(data)
    assert found["bytes"] == len(data) == found["header_bytes"] + sum(x["total_bytes"] for x in found["layers"])
    assert (found["width"], found["height"], found["whole"], found["trailing_bytes"]) == (512, 512, True, 0)
    assert found["bpp"] == pytest.approx(picture.bpp, abs=1e-5)
    assert sum(x["share"] for x in found["layers"]) == pytest.approx(1 - found["header_bytes"] / len(data), abs=1e-3)
    for described, layer in zip(found["layers"], picture.layers, strict=True):
        assert (described["name"], described["kind"], described["coding"]) == (layer.name, layer.kind, layer.coding)
        assert data[described["offset"] :][: described["bytes"]] == layer.payload
        assert described["value"] == layer.summary() and "error" not in described


def test_the_description_is_plain_json(picture: Picture) -> None:
    """Everything survives JSON unchanged."""
    found = triptych.inspect(picture.to_bytes())
    assert json.loads(json.dumps(found)) == found


def test_without_values_nothing_is_unpacked(picture: Picture) -> None:
    """Only the container is looked at, so a nonsense payload goes unnoticed."""
    found = triptych.inspect(picture.to_bytes(), values=False)
    assert all("value" not in layer for layer in found["layers"])
    nonsense = container.write(Stream(64, 64, (RawLayer(1, 0, False, b"\xff\xff"),)))
    assert triptych.inspect(nonsense, values=False)["whole"]
    described = triptych.inspect(nonsense)
    assert not described["whole"] and "cells a side" in described["layers"][0]["error"]


def test_damage_is_described(picture: Picture) -> None:
    """A flipped bit, a cut and trailing bytes each show in the layer or the file they concern."""
    data = picture.to_bytes()
    broken = bytearray(data)
    broken[container.scan(data).entries[0].offset] ^= 1
    found = triptych.inspect(bytes(broken))
    assert ["error" in layer for layer in found["layers"]] == [True, False, False, False] and not found["whole"]
    found = triptych.inspect(data[:-1])
    assert ["error" in layer for layer in found["layers"]] == [False, False, False, True] and not found["whole"]
    found = triptych.inspect(data + b"xy")
    assert found["trailing_bytes"] == 2 and not found["whole"]


@pytest.mark.parametrize(
    ("layer", "whole", "text"),
    [
        (RawLayer(8, 1, True, b"\x01"), True, ""),
        (RawLayer(9, 0, False, b"x"), False, "does not know this kind"),
        (RawLayer(0, 5, False, b"x"), False, "coding 5"),
        (RawLayer(0, 0, True, b"x"), False, "marked as skippable"),
    ],
)
def test_whole_means_that_every_reader_of_today_can_use_it(layer: RawLayer, whole: bool, text: str) -> None:
    """What `Picture.from_bytes` or a layer's value would refuse is not whole; unknown ancillary layers are."""
    found = triptych.inspect(container.write(Stream(64, 64, (layer,))))
    assert found["whole"] == whole
    assert text in found["layers"][0].get("error", "")


def test_unreadable_headers_are_errors() -> None:
    """Without a header there is nothing to describe."""
    with pytest.raises(DamagedError, match="not a Triptych file"):
        triptych.inspect(b"\x89PNG\r\n\x1a\n")
    with pytest.raises(TruncatedError):
        triptych.inspect(b"")


def test_only_the_layers_that_are_named_are_unpacked(picture: Picture, monkeypatch: pytest.MonkeyPatch) -> None:
    """`values` may be names, and `info` does not unpack edges only to count them."""
    monkeypatch.setattr(triptych.EdgeLayer, "summary", lambda self: pytest.fail("the edges were unpacked"))
    found = triptych.inspect(picture.to_bytes(), values=["semantic"])
    assert [layer["name"] for layer in found["layers"] if "value" in layer] == ["semantic"]


def test_a_file_is_verified_from_anywhere(picture: Picture, tmp_path: Path) -> None:
    """Path, bytes, memoryview and open file; each fault is a line."""
    path = tmp_path / "a.trp"
    data = picture.to_bytes()
    path.write_bytes(data)
    with path.open("rb") as file:
        for source in (path, str(path), data, memoryview(data), file):
            assert triptych.verify(source) == ()
    damaged = data[:-1] + bytes([data[-1] ^ 1])
    assert any("checksum" in fault for fault in triptych.verify(damaged))
    assert triptych.verify(data + b"xx") == ("2 bytes follow the last layer",)
    assert triptych.verify(damaged, fast=True) == triptych.verify(damaged) and not triptych.verify(data, fast=True)


def test_many_files_are_described_as_one_by_one(tmp_path: Path) -> None:
    """Whole, damaged, foreign and missing files, each with its own fault."""
    texts = ("a cat", "A red fox, 8K", "two\nlines")
    layers = [SemanticLayer.from_text(text, (64, 64)) for text in texts]
    whole = [triptych.Picture(64, 64, (layer,)).to_bytes() for layer in layers]
    files = [*whole, whole[0][:-1], b"GIF89a", tmp_path / "none.trp"]
    found = triptych.inspect_many(files)
    assert [one["layers"][0]["value"]["text"] for one in found[:3]] == list(texts)
    assert found[3] == triptych.inspect(files[3]) and not found[3]["whole"]
    assert [type(error) for error in found[4:]] == [DamagedError, InputError]
