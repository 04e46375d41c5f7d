"""Nothing that stands in a file raises, and all of it is kept."""

from __future__ import annotations

import json
import struct
import zlib
from pathlib import Path

import pytest
from fixtures.metadata import GRAPH, PARAMETERS, PROMPT, check, exif_file, png
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from triptych.limits import MAX_BLOCK_BYTES
from triptych.metadata.read import read_metadata


def test_pictures_of_no_generator_have_no_prompt(tmp_path: Path) -> None:
    """Comments and descriptions of editors and cameras are no prompts."""
    for path in (
        png(tmp_path / "a.png", Comment="Created with GIMP"),
        exif_file(tmp_path / "a.jpg", tags={0x010E: "OLYMPUS", 0x0131: "GIMP 3.0"}),
        exif_file(tmp_path / "b.jpg", b'ASCII\0\0\0{"aigc_info":{}}'),
    ):
        found = read_metadata(path)
        assert (found.prompt, found.tool, found.recipe.facts(), found.notes) == (None, None, {}, ())


def test_a_missing_file_is_a_note(tmp_path: Path) -> None:
    """Reading metadata never fails; opening the picture will say what is wrong."""
    found = read_metadata(tmp_path / "none.png")
    assert found.prompt is None and found.notes


@pytest.mark.parametrize("name", ["parameters", "prompt", "invokeai_metadata", "Dream", "sd_minus_metadata"])
def test_broken_blocks_are_notes(tmp_path: Path, name: str) -> None:
    """Half a block is not used, and its name is told."""
    found = read_metadata(png(tmp_path / "a.png", **{name: '{"seed": 4'}))
    assert found.prompt is None and not found.recipe.facts()
    assert any("broken" in note and name.replace("_minus_", "-") in note for note in found.notes)


def test_a_broken_block_hides_no_other(tmp_path: Path) -> None:
    """What is whole is used."""
    found = read_metadata(png(tmp_path / "a.png", parameters='{"a', prompt=json.dumps(GRAPH)))
    assert found.prompt == PROMPT and len(found.notes) == 1


def test_deep_and_huge_texts_do_no_harm(tmp_path: Path) -> None:
    """A bomb in a compressed chunk is not inflated beyond the limit, and deep JSON is only broken JSON."""
    info = PngInfo()
    info.add(b"zTXt", b"parameters\0\0" + zlib.compress(bytes(3 * MAX_BLOCK_BYTES), 9))
    Image.new("RGB", (16, 16)).save(tmp_path / "a.png", pnginfo=info)
    found = read_metadata(tmp_path / "a.png")
    assert found.prompt is None and any("parameters" in note for note in found.notes)
    assert read_metadata(png(tmp_path / "b.png", parameters='{"a":' * 50_000)).prompt is None
    assert read_metadata(png(tmp_path / "c.png", prompt="[" * 50_000)).prompt is None


def test_text_after_the_pixels_and_a_cut_file(tmp_path: Path) -> None:
    """Chunks count wherever they stand, as far as the file goes."""
    data = (png(tmp_path / "a.png")).read_bytes()
    body = b"tEXtparameters\0" + PARAMETERS.encode()
    chunk = struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))
    (tmp_path / "b.png").write_bytes(data[:-12] + chunk + data[-12:])
    check(read_metadata(tmp_path / "b.png"), "A1111")
    (tmp_path / "c.png").write_bytes(data[:-12] + chunk[:60])
    assert read_metadata(tmp_path / "c.png").recipe.seed is None


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from(
        ["parameters", "prompt", "workflow", "Dream", "Comment", "Description", "generation_data", "Software"]
    ),
    st.text(max_size=60)
    | st.recursive(
        st.none() | st.integers() | st.text(max_size=9),
        lambda inner: (
            st.lists(inner, max_size=4)
            | st.dictionaries(
                st.sampled_from(["inputs", "class_type", "positive", "seed", "prompt", "model", "loras", "1"]),
                inner,
                max_size=4,
            )
        ),
        max_leaves=12,
    ).map(json.dumps),
)
def test_any_text_gives_metadata(tmp_path: Path, name: str, text: str) -> None:
    """Nothing that stands in a chunk raises, and what is found can be stored."""
    from triptych.layers import RecipeLayer

    info = PngInfo()
    info.add(b"tEXt", name.encode() + b"\0" + text.encode("utf-8", "replace"))
    Image.new("RGB", (16, 16)).save(tmp_path / "a.png", pnginfo=info)
    found = read_metadata(tmp_path / "a.png")
    if found.recipe:
        RecipeLayer.from_recipe(found.recipe, (16, 16))
