"""Blocks go back into picture files: byte for byte where the format has a place, and named where it has none."""

from __future__ import annotations

import io
import json
import warnings
from pathlib import Path

import pytest
from PIL import Image, features
from PIL.PngImagePlugin import PngInfo

from triptych.layers import Block, Recipe
from triptych.metadata.chunks import XMP, read_blocks
from triptych.metadata.read import read_metadata
from triptych.metadata.write import blocks_of, write_blocks

PARAMETERS = "a fox\nNegative prompt: blurry\nSteps: 20, Sampler: Euler a, CFG scale: 7, Seed: 5, Size: 32x32, Model: m"
GRAPH = json.dumps(
    {
        "3": {
            "class_type": "KSampler",
            "inputs": {"seed": 7, "steps": 20, "positive": ["6", 0], "negative": ["7", 0], "latent_image": ["5", 0]},
        },
        "5": {"class_type": "EmptyLatentImage", "inputs": {"width": 512, "height": 512, "batch_size": 1}},
        "6": {"class_type": "CLIPTextEncode", "inputs": {"text": "a fox 猫"}},
        "7": {"class_type": "CLIPTextEncode", "inputs": {"text": "blurry"}},
        "8": {"class_type": "VAEDecode", "inputs": {"samples": ["3", 0]}},
        "9": {"class_type": "SaveImage", "inputs": {"images": ["8", 0]}},
    },
    ensure_ascii=False,
)
WORKFLOW = json.dumps({"nodes": [{"id": 3, "type": "KSampler"}], "links": []})
XMP_PACKET = (
    b'<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/"/><?xpacket end="w"?>'
)
FORMATS = [
    "PNG",
    "JPEG",
    "WEBP",
    pytest.param("AVIF", marks=pytest.mark.skipif(not features.check("avif"), reason="no AVIF")),
]


def _exif(orientation: int | None = None, order: str = "MM") -> bytes:
    exif = Image.Exif()
    exif.endian = ">" if order == "MM" else "<"
    if orientation is not None:
        exif[0x0112] = orientation
    exif[0x010E] = "a description"
    return exif.tobytes().removeprefix(b"Exif\0\0")


def _saved(blocks: list[Block] | tuple[Block, ...], format: str) -> tuple[bytes, list[str]]:
    written = write_blocks(blocks, format)
    buffer = io.BytesIO()
    Image.new("RGB", (32, 32), "teal").save(buffer, format, **written.arguments)
    return buffer.getvalue(), written.left_out


PNG_BLOCKS = [
    Block("text", "parameters", PARAMETERS.encode()),
    Block("text", "Author", b"caf\xe9", "tEXt"),
    Block("text", "workflow", WORKFLOW.encode(), "zTXt"),
    Block("text", "prompt", GRAPH.encode()),
    Block("text", "utf8", "é".encode(), "tEXt"),
    Block("text", "ascii", b"plain", "iTXt"),
    Block("text", "packed", "塔".encode(), "iTXt+z"),
    Block("text", "titled", b"Turm", "iTXt/de/Türme"),
    Block("text", "twice", b"1"),
    Block("text", "twice", b"2"),
    Block("xmp", XMP, XMP_PACKET),
    Block("exif", "Exif", _exif()),
]


def test_png_holds_every_chunk_byte_for_byte() -> None:
    """In their order, in the kind of chunk they had, with language and translated keyword."""
    data, left_out = _saved(PNG_BLOCKS, "PNG")
    found, notes = read_blocks(data)
    assert (left_out, notes) == ([], [])
    assert sorted(found) == sorted(PNG_BLOCKS)
    assert [block.name for block in found if block.kind == "text"] == [b.name for b in PNG_BLOCKS if b.kind == "text"]


@pytest.mark.parametrize("format", FORMATS)
def test_exif_and_xmp_come_back_byte_for_byte(format: str) -> None:
    """Every format has a place for both."""
    blocks = [Block("exif", "Exif", _exif()), Block("xmp", XMP, XMP_PACKET)]
    data, left_out = _saved(blocks, format)
    assert left_out == []
    assert sorted(read_blocks(data)[0]) == sorted(blocks)


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("order", ["II", "MM"])
def test_the_orientation_is_that_of_the_painted_pixels(format: str, order: str) -> None:
    """The original was turned upright when it was encoded, and must not be turned again."""
    xmp = b'<x:xmpmeta xmlns:x="adobe:ns:meta/" tiff:Orientation="6"/>'
    data, _ = _saved([Block("exif", "Exif", _exif(6, order)), Block("xmp", XMP, xmp)], format)
    with Image.open(io.BytesIO(data)) as image:
        assert image.getexif()[0x0112] == 1
    blocks = {block.kind: block.data for block in read_blocks(data)[0]}
    if format != "AVIF":  # Pillow writes the orientation of AVIF where AVIF itself has it
        assert blocks["exif"] == _exif(1, order)
    assert b'tiff:Orientation="1"' in blocks["xmp"]


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize(
    "blocks",
    [
        [Block.from_text("parameters", PARAMETERS)],
        [Block.from_text("workflow", WORKFLOW), Block.from_text("prompt", GRAPH)],
        [
            Block.from_text("Title", "NovelAI generated image"), Block.from_text("Software", "NovelAI"),
            Block.from_text("Description", "a fox"), Block.from_text("Source", "NovelAI Diffusion V4.5 4BDE2A90"),
            Block.from_text("Comment", json.dumps({"prompt": "a fox", "seed": 7, "steps": 28, "uc": "blurry"})),
        ],
        [Block("stealth", "stealth_pngcomp", PARAMETERS.encode())],
    ],
    ids=["a1111", "comfyui", "novelai", "stealth"],
)  # fmt: skip
def test_tools_find_their_texts_in_every_format(format: str, blocks: list[Block]) -> None:
    """Prompt and settings read from the new file are those that the blocks say in a PNG."""
    data, left_out = _saved(blocks, format)
    found = read_metadata(data)
    png = read_metadata(_saved(blocks, "PNG")[0])
    assert left_out == []
    assert (found.prompt, found.recipe.seed, found.recipe.steps) == (png.prompt, png.recipe.seed, png.recipe.steps)
    assert found.recipe.seed is not None


def test_a_comment_is_one_in_jpeg_and_a_chunk_in_png() -> None:
    """And A1111's settings that stood in it are found where A1111 looks for them in PNG."""
    blocks = [Block("comment", "comment", PARAMETERS.encode())]
    assert read_blocks(_saved(blocks, "JPEG")[0])[0] == blocks
    with Image.open(io.BytesIO(_saved(blocks, "PNG")[0])) as image:
        assert image.text == {"Comment": PARAMETERS, "parameters": PARAMETERS}


def test_iptc_comes_back_in_jpeg_and_as_a_profile_in_png() -> None:
    """Bare records get the frame that these formats want."""
    records = b"\x1c\x02\x78\0\x05a fox"
    resources = b"8BIM\x04\x04\0\0\0\0\0\x0a" + records
    for block in (
        Block("iptc", "IPTC", records),
        Block("iptc", "IPTC", resources),
        Block("iptc", "IPTC", resources * 9000),
    ):
        data, left_out = _saved([block], "JPEG")
        assert left_out == []
        (found,) = read_blocks(data)[0]
        assert found.data == (resources if block.data == records else block.data)
    assert read_metadata(_saved([Block("iptc", "IPTC", records)], "PNG")[0]).prompt == "a fox"


def test_what_a_format_cannot_hold_is_named() -> None:
    """One line each."""
    blocks = [
        Block.from_text("invokeai_graph", "{}"),
        Block("iptc", "IPTC", b"8BIM"),
        Block("comment", "comment", b"hello"),
        Block("xmp", f"{XMP} extended", b"<more/>"),
    ]
    for format, names in [
        ("WEBP", ["IPTC", "comment", f"{XMP} extended", "invokeai_graph"]),
        ("JPEG", [f"{XMP} extended", "invokeai_graph"]),
        ("PNG", [f"{XMP} extended"]),
        ("BMP", ["invokeai_graph", "IPTC", "comment", f"{XMP} extended"]),
    ]:
        _, left_out = _saved(blocks, format)
        assert len(left_out) == len(names)
        for name in names:
            assert any(repr(name) in line for line in left_out)


def test_what_is_too_long_for_jpeg_is_named() -> None:
    """A segment holds 64 KiB; the picture is saved all the same."""
    blocks = [
        Block("exif", "Exif", _exif() + bytes(70_000)),
        Block("xmp", XMP, XMP_PACKET + b" " * 70_000),
        Block("comment", "comment", b"x" * 70_000),
        Block.from_text("parameters", PARAMETERS + "x" * 70_000),
    ]
    data, left_out = _saved(blocks, "JPEG")
    assert read_blocks(data)[0] == []
    assert len(left_out) == 4


@pytest.mark.parametrize("format", ["PNG", "JPEG", "WEBP", "TIFF"])
def test_a_manifest_is_never_written(format: str) -> None:
    """A painted picture carries no claim about the original, and the note says why."""
    block = Block("c2pa", "C2PA", b"\0\0\0\x10jumb" + bytes(8))
    data, left_out = _saved([block], format)
    assert b"jumb" not in data
    assert len(left_out) == 1 and "describes the original" in left_out[0]


@pytest.mark.parametrize("name", ["", "a" * 80, "猫", "a\0b"])
def test_names_that_no_chunk_can_have_are_named(name: str) -> None:
    """They come from files that were made to harm, or from other formats."""
    data, left_out = _saved([Block("text", name, b"x")], "PNG")
    assert read_blocks(data)[0] == []
    assert len(left_out) == 1


def test_broken_blocks_do_no_harm() -> None:
    """Whatever a stranger's file calls EXIF or XMP is carried, not understood."""
    blocks = [Block("exif", "Exif", b"MM\0*\0\0\xff\xff"), Block("xmp", XMP, b"\xff\0<")]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for format in ("PNG", "JPEG", "WEBP"):
            assert _saved(blocks, format)[1] == []


# --- which blocks a painted picture carries ---


def test_a_full_recipe_gives_its_own_blocks() -> None:
    """And beside them what was painted."""
    own = (Block.from_text("workflow", WORKFLOW),)
    assert blocks_of(Recipe(seed=7, blocks=own), "a fox", (32, 32)) == own
    more = blocks_of(Recipe(seed=7, blocks=own), "a fox", (32, 32), {"Seed": "9"})
    assert more == (*own, Block.from_text("triptych", '{"Seed": "9"}'))


def test_settings_alone_become_a_text_of_a1111(tmp_path: Path) -> None:
    """Which our own reader reads as what they were; without a recipe nothing is written."""
    (block,) = blocks_of(Recipe(seed=7, model='weird "name", v2', negative="blurry"), "a fox", (32, 32))
    found = read_metadata(_saved([block], "PNG")[0])
    assert (found.prompt, found.recipe.model, found.recipe.negative) == ("a fox", 'weird "name", v2', "blurry")
    assert blocks_of(None, "a fox", (32, 32)) == blocks_of(Recipe(), "a fox", (32, 32)) == ()


def test_what_was_painted_is_told_where_nothing_else_is() -> None:
    """As A1111's text and as an object; the original's settings are never replaced."""
    painted = {"Steps": "20", "Negative prompt": "blurry", "Model": "a, b", "Seed": "5"}
    blocks = blocks_of(None, None, (32, 32), painted, "a hound")
    assert [block.name for block in blocks] == ["parameters", "triptych"]
    assert json.loads(blocks[1].data) == painted
    found = read_metadata(_saved(blocks, "PNG")[0])
    assert (found.prompt, found.recipe.negative, found.recipe.model) == ("a hound", "blurry", "a, b")
    assert [block.name for block in blocks_of(Recipe(seed=7), None, (32, 32), painted)] == ["parameters", "triptych"]


def test_pillow_reads_what_was_written() -> None:
    """Other programs see the chunks as usual."""
    info = PngInfo()
    info.add_text("parameters", PARAMETERS)
    with Image.open(io.BytesIO(_saved(PNG_BLOCKS, "PNG")[0])) as image:
        assert image.text["parameters"] == PARAMETERS
        assert image.text["packed"] == "塔"
        assert image.text["titled"].lang == "de"
