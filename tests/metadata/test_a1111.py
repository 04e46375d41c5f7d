"""The text of A1111 and its relatives, wherever it stands, read and written."""

from __future__ import annotations

from pathlib import Path

import pytest
from fixtures.metadata import PARAMETERS, check, exif_file, png

from triptych.layers import Block
from triptych.metadata.read import png_texts, read_metadata


def test_a1111_in_png(tmp_path: Path) -> None:
    """The `parameters` chunk gives prompt, settings and LoRAs exactly, and is kept whole."""
    found = read_metadata(png(tmp_path / "a.png", parameters=PARAMETERS))
    check(
        found,
        "A1111",
        sampler="DPM++ 2M",
        scheduler="Karras",
        model="dreamshaper_8",
        model_hash="9aba26abdf",
        size=(512, 768),
        loras=(("fur", "0.8"),),
        blocks=(Block.from_text("parameters", PARAMETERS),),
    )


@pytest.mark.parametrize("ending", ["jpg", "webp"])
@pytest.mark.parametrize(
    "comment",
    [
        b"UNICODE\0" + PARAMETERS.encode("utf-16-be"),
        b"UNICODE\0" + PARAMETERS.encode("utf-16-le"),
        b"ASCII\0\0\0" + PARAMETERS.encode(),
        b"\0" * 8 + PARAMETERS.encode(),
        PARAMETERS.encode(),
        b"UNICODE\0" + PARAMETERS.encode("utf-16"),
    ],
)
def test_a1111_in_exif(tmp_path: Path, ending: str, comment: bytes) -> None:
    """A UserComment is read in whichever encoding it is, and becomes the chunk that PNG would have."""
    found = read_metadata(exif_file(tmp_path / f"a.{ending}", comment))
    check(found, "A1111")
    assert png_texts(found.recipe.blocks) == {"parameters": PARAMETERS}


@pytest.mark.parametrize(
    ("end", "tool"),
    [
        ("Version: f2.0.1v1.10", "Forge"),
        ("Version: neo", "Forge"),
        ("App: SD.Next, Version: 56a8aea", "SD.Next"),
        ("Version: stable-diffusion.cpp", "stable-diffusion.cpp"),
        ('Civitai resources: [{"type":"lora"}]', "Civitai"),
    ],
)
def test_relatives_of_a1111(tmp_path: Path, end: str, tool: str) -> None:
    """Whoever writes the same text is told by what it says of itself."""
    text = PARAMETERS.replace("Version: v1.10.1", end)
    check(read_metadata(png(tmp_path / "a.png", parameters=text)), tool)


def test_a_prompt_may_mention_what_the_block_uses(tmp_path: Path) -> None:
    """Only a line that starts so begins the negative prompt, and only the last settings count."""
    text = "sign says Negative prompt: no\nSteps: 1 to fame\nSteps: 20, Sampler: Euler, CFG scale: 7, Seed: 42"
    found = read_metadata(png(tmp_path / "a.png", parameters=text))
    assert found.prompt == "sign says Negative prompt: no\nSteps: 1 to fame"
    assert found.recipe.negative is None and found.recipe.steps == 20
