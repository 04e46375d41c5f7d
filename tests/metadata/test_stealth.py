"""Texts hidden in the lowest bits of a picture."""

from __future__ import annotations

import gzip
import json
import struct
from pathlib import Path

import numpy as np
import pytest
from fixtures.metadata import PARAMETERS, check
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from triptych.metadata.read import png_texts, read_metadata


def hidden(path: Path, text: str, *, compressed: bool = True, colours: bool = False, **chunks: str) -> Path:
    """A picture with a text in its alpha channel, or in its colours."""
    data = gzip.compress(text.encode()) if compressed else text.encode()
    head = f"stealth_{'rgb' if colours else 'png'}{'comp' if compressed else 'info'}".encode()
    bits = np.unpackbits(np.frombuffer(head + struct.pack(">I", 8 * len(data)) + data, np.uint8))
    depth = 3 if colours else 1
    values = np.full(96 * 128 * depth, 255, np.uint8)
    values[: len(bits)] = 254 | bits
    plane = values.reshape(128, 96, depth).transpose(1, 0, 2)
    pixels = plane if colours else np.concatenate([np.zeros((96, 128, 3), np.uint8), plane], 2)
    info = PngInfo()
    for name, value in chunks.items():
        info.add_text(name, value)
    webp = {"lossless": True, "exact": True}
    Image.fromarray(pixels).save(path, **(webp if path.suffix == ".webp" else {"pnginfo": info}))
    return path


@pytest.mark.parametrize("ending", ["png", "webp"])
@pytest.mark.parametrize("compressed", [True, False])
@pytest.mark.parametrize("colours", [True, False])
def test_a1111(tmp_path: Path, compressed: bool, colours: bool, ending: str) -> None:
    """Column by column, in either channel, and written back as the chunk that A1111 writes."""
    found = read_metadata(hidden(tmp_path / f"a.{ending}", PARAMETERS, compressed=compressed, colours=colours))
    check(found, "A1111")
    (block,) = found.recipe.blocks
    assert block.kind == "stealth" and block.text == PARAMETERS
    assert png_texts(found.recipe.blocks) == {"parameters": PARAMETERS}


def test_novelai_behind_a_harmless_chunk(tmp_path: Path) -> None:
    """What an editor wrote stops no search; NovelAI's object is its chunks."""
    comment = json.dumps({"prompt": "a barn", "uc": "cars", "seed": 42, "steps": 20, "scale": 4.5})
    chunks = {"Description": "a barn", "Software": "NovelAI", "Source": "NovelAI Diffusion V3 7BCCAA2C"}
    chunks["Comment"] = comment
    path = hidden(tmp_path / "a.png", json.dumps(chunks), Software="GIMP", Comment="Created with GIMP")
    found = read_metadata(path)
    facts = {"negative": "cars", "model": "NovelAI Diffusion V3", "model_hash": "7BCCAA2C"}
    check(found, "NovelAI", prompt="a barn", **facts)
    hidden_alone = [block for block in found.recipe.blocks if block.kind == "stealth"]
    assert png_texts(hidden_alone) == chunks
    assert [block.name for block in found.recipe.blocks] == ["Software", "Comment", "stealth_pngcomp"]


@pytest.mark.parametrize("text", ["", "{", "\0\0", '{"Comment": 4}'])
def test_other_hidden_texts(tmp_path: Path, text: str) -> None:
    """Whatever is hidden, nothing raises."""
    assert read_metadata(hidden(tmp_path / "a.png", text)).recipe.seed is None
