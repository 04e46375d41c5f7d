"""Make the conformance vectors: `python conformance/make_vectors.py`.

Vectors may be added, and written anew until they are frozen; whatever stands in MANIFEST must come out as it is there,
or nothing is written at all. `--freeze` puts the hashes of all vectors, traces and tables that are not there yet into
MANIFEST. The tests never write here. Payloads are built from layers made by hand and not from pictures, so that they
change only when the bitstream does.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import dumps
import forms
import numpy as np
import reader

from triptych.bitstream import container
from triptych.bitstream.container import RawLayer, Stream
from triptych.bitstream.cursor import MAX_NUMBER, write_number
from triptych.bitstream.rangecoder import TOTAL, RangeEncoder
from triptych.codec.picture import make_picture
from triptych.layers import (
    Block,
    DetailLayer,
    EdgeLayer,
    Layer,
    PoseLayer,
    Recipe,
    RecipeLayer,
    SeedLayer,
    SemanticLayer,
    TextureLayer,
    grid_shape,
    make_layer,
)
from triptych.layers.detail import REGIONS, STILL
from triptych.layers.detail_inputs import CHANNELS
from triptych.layers.detail_levels import FINENESSES
from triptych.layers.detail_size import detail_grid
from triptych.layers.finer import split
from triptych.layers.scans import scans_of
from triptych.layers.steps import kept_steps
from triptych.layers.text import NARROW, WIDE
from triptych.layers.text.layer import MODELLED, QUICK, RAW
from triptych.layers.text.model import encode_text
from triptych.layers.texture import pack_levels
from triptych.limits import MAX_LEVEL

HERE = Path(__file__).parent
ROOT = HERE.parent
MANIFEST = HERE / "MANIFEST"
# One vector per layer whose intermediate values are written down, too.
TRACED = ("semantic_modelled", "texture", "pose", "edges", "recipe_core_all")
SIZE = (512, 512)
EMPTY_CHANCE = reader.network("edges", np.zeros((1, 230), np.int64), 0)[0][0]  # of an edge where nothing is
# A standing person, (x, y) of the 18 joints.
PERSON = [
    (128, 40), (128, 60), (112, 61), (104, 92), (100, 120), (144, 61), (152, 92), (157, 121), (118, 124),
    (117, 170), (116, 216), (138, 124), (139, 170), (141, 216), (124, 36), (132, 36), (119, 39), (137, 39),
]  # fmt: skip


# Stills as libaom 3.14 coded them: of 16 x 16, 24 x 18, 1 x 1024 and 1 x 4 pixels. Other versions write other bytes.
STILLS = [
    bytes.fromhex("030e1ff7878515dfffffe2c0ae00a246c6359615611cdbfe371773cef539db4cd0"),
    bytes.fromhex("050e1f97878515dfffffe2cbac80ce9cb5f1502c160bbd36ad50ebdfed7c561b9022562b414baba13694"),
    bytes.fromhex(
        "ff0e17fbc3c28aeffffff165d600e6bc506faf24a1fffc2a8be065ae997480ea9842c6be079c628dff5269fd335a47ca4396897706d6835c"
        "7aaeee0203fa8857e3749c33595bb4b0fb3a2043129982cb81483e6cc3c06c90b2e0"
    ),
    bytes.fromhex("000e1ff7878515dfffffe2c0000090358e3b0d10"),
]
# Regions of interest: 16 x 16 pixels at the left of the top, and 32 x 24 at the end of a picture of 256 x 256.
ROI = b"\0\0\3\3" + bytes([len(STILLS[0])]) + STILLS[0]
CORNER = b"\x38\x3a\7\5" + bytes([len(STILLS[1])]) + STILLS[1]


# --- layers made by hand -------------------------------------------------------------------------------------


def scattered(count: int, below: int, seed: int = 1) -> list[int]:
    """Numbers 0..below-1 that look random and are the same everywhere (a linear congruential generator)."""
    numbers = []
    for _ in range(count):
        seed = (seed * 1664525 + 1013904223) % 2**32
        numbers.append((seed >> 8) * below >> 24)
    return numbers


def texture(side: int, index: int, size: tuple[int, int] = SIZE, *, most: int = 6) -> TextureLayer:
    """A colour map with a few coefficients of low frequency, the rest zero."""
    rows, columns = grid_shape(size, side)
    levels = np.zeros((3, rows, columns), np.int64)
    corner = levels[:, :4, :4]
    corner[:] = np.reshape(scattered(corner.size, 2 * most + 1, side), corner.shape) - most
    return TextureLayer(size, 0, bytes([side - 1, index]) + pack_levels(levels, index)[2:])


def levels(values: dict[tuple[int, int, int], int], index: int) -> TextureLayer:
    """A 4 x 4 colour map with exactly these coefficients."""
    grid = np.zeros((3, 4, 4), np.int64)
    for place, value in values.items():
        grid[place] = value
    return TextureLayer(SIZE, 0, pack_levels(grid, index))


def people(count: int, size: tuple[int, int] = SIZE, *, missing: tuple[int, ...] = ()) -> PoseLayer:
    """Some people beside each other, all without the same joints."""
    found = np.array([PERSON] * count, np.int64).reshape(-1, 18, 2)
    found[..., 0] = np.clip(found[..., 0] + (np.arange(count)[:, None] * 37 % 160) - 80, 0, 255)
    found[:, list(missing)] = -1
    return PoseLayer.from_people(found, size)


def raster(side: int, size: tuple[int, int] = SIZE) -> EdgeLayer:
    """A box, a diagonal and a lone pixel."""
    edges = np.zeros(grid_shape(size, side), bool)
    rows, columns = edges.shape
    edges[rows // 4, columns // 4 : columns * 3 // 4] = True
    edges[rows // 4 : rows * 3 // 4, columns // 4] = True
    for i in range(min(rows, columns) // 2):
        edges[rows - 1 - i, columns - 1 - i] = True
    edges[0, columns - 1] = True
    return EdgeLayer.from_raster(edges, size)


def full(value: bool, side: int = 16) -> EdgeLayer:
    return EdgeLayer.from_raster(np.full(grid_shape(SIZE, side), value), SIZE)


def text(words: str, size: tuple[int, int] = SIZE) -> SemanticLayer:
    """In coding 1, or as it is where that is not longer."""
    modelled = encode_text(words)
    return SemanticLayer(size, MODELLED, modelled) if len(modelled) < len(words.encode()) else raw_text(words, size)


def raw_text(words: str, size: tuple[int, int] = SIZE) -> SemanticLayer:
    return SemanticLayer(size, RAW, words.encode())


def detail(channels: int, fineness: int, size: tuple[int, int], *, most: int = 1) -> DetailLayer:
    """Levels of which about a third are not 0, the last channel's first among them."""
    shape = channels, *detail_grid(size)
    drawn = np.reshape(scattered(int(np.prod(shape)), 6 * most + 1, channels), shape) - 3 * most
    found = np.where(np.abs(drawn) <= most, drawn, 0)
    found[-1, 0, 0] = most
    return DetailLayer.from_levels(found, fineness, size)


def picture(*layers: Layer) -> bytes:
    return make_picture(layers[0].size, layers).to_bytes()


def stream(*layers: RawLayer, size: tuple[int, int] = SIZE) -> bytes:
    return container.write(Stream(*size, layers))


def all_four(size: tuple[int, int] = SIZE) -> bytes:
    return picture(text("a red fox in the snow", size), texture(6, 18, size), people(1, size), raster(20, size))


def forged(size: bytes, entries: list[tuple[int, bytes]], payloads: list[bytes]) -> bytes:
    """A stream of any tags, lengths and size bytes, with checksums that fit."""
    head = container.SIGNATURE + size + b"".join(bytes([tag]) + length for tag, length in entries)
    body = b""
    for (tag, length), payload in zip(entries, payloads, strict=True):
        body += payload + container._layer_check(size, bytes([tag & 0x7F]) + length, payload)
    return head + container.crc8(head) + body


# --- vectors: (name, why it exists, bytes) -------------------------------------------------------------------


def valid() -> Iterator[tuple[str, str, bytes]]:
    yield "minimal", "the smallest file: one empty text on a picture of form 0", picture(raw_text(""))
    yield "semantic_raw", "a text in coding 0, UTF-8 as it is", picture(raw_text("a fox in snow"))
    yield "semantic_modelled", "a text in coding 1", picture(text("a photo of a red fox in the snow, highly detailed"))
    yield "semantic_empty_modelled", "coding 1 of no text: only the end", picture(text_modelled(""))
    mixed = "A Fox (masterpiece:1.2), 8K ARTSTATION\nÖl auf Leinwand 猫 🦊"
    yield (
        "semantic_scripts",
        "coding 1 of capitals, line feed, accents, Han and an emoji",
        picture(text_modelled(mixed)),
    )
    yield (
        "semantic_raw_scripts",
        "coding 0 of two, three and four byte sequences",
        picture(raw_text("é 猫 🦊 \U0010ffff")),
    )
    longest = (", highly detailed" * 300)[:4096]
    yield "semantic_longest", "4,096 code points, the most that are allowed, in coding 1", picture(text(longest))
    yield (
        "semantic_longest_raw",
        "4,096 code points of four bytes each: the limit counts code points",
        picture(raw_text("🦊" * 4096)),
    )
    marks = (b"\xfe", b"\xfe", b"a", b"\xfd", b"b", b"\xfe", b"c", b"d", b" ", b"\xfd", b"1", b"e", b"f", b"2", b"g")
    marks += (b"\xfd", b"\xfe", b"h", b"i", b"\xfe", b" ", b"j", b"k", b"\xfd")
    yield "semantic_marks", "marks that end runs, other marks, and at the end nothing", picture(text_of_tokens(*marks))
    yield (
        "semantic_many_marks",
        "four marks before the first character, the most that are allowed",
        picture(text_of_tokens(*[b"\xfe"] * 4, b"a")),
    )
    yield (
        "semantic_tie",
        "two tokens with the same largest logit: the first has what the divisions leave over",
        picture(text_modelled("a <lora:x:0.8> the 8k red a snow --ar")),
    )
    yield (
        "semantic_unlikely",
        "logits 32 and more bits behind the largest: shifts of 32 leave nothing",
        picture(text_modelled("a cat 12 8k <lora:x:0.8> 猫")),
    )
    yield (
        "semantic_quick",
        "a text in coding 2",
        picture(quick_text("a photo of a red fox in the snow, highly detailed")),
    )
    yield "semantic_quick_empty", "coding 2 of no text: only the end", picture(quick_text(""))
    yield "semantic_quick_scripts", "coding 2 of what `semantic_scripts` has in coding 1", picture(quick_text(mixed))
    yield "semantic_quick_longest", "4,096 code points in coding 2", picture(quick_text(longest))
    yield "semantic_quick_marks", "marks in coding 2", picture(text_of_tokens(*marks, network=NARROW))
    yield "texture", "a colour map of 6 x 6 cells", picture(texture(6, 18))
    yield "texture_one_cell", "the smallest colour map: one cell, grey", picture(texture(1, 18, most=0))
    yield "texture_largest", "64 x 64 cells, the most that are allowed", picture(texture(64, 12))
    yield "texture_wide", "a grid that follows the aspect ratio: 12 x 5 cells", picture(texture(12, 20, (1200, 500)))
    yield "texture_one_row", "a picture so wide that its grid is one row", picture(texture(16, 20, (4096, 16)))
    yield "texture_finest", "quality index 0", picture(texture(5, 0, most=40))
    yield "texture_coarsest", "quality index 47: steps of 456 colour levels", picture(texture(5, 47, most=1))
    yield "texture_no_levels", "all coefficients zero: middle grey", picture(levels({}, 12))
    steps = {(0, 0, i % 4): value for i, value in enumerate([7, -8, 9, -16])}
    steps |= {(1, 1, 1): 6, (1, 1, 2): -7, (2, 3, 3): 1000}
    yield "texture_escapes", "levels around and far beyond the last flag: Exp-Golomb codes", picture(levels(steps, 6))
    extremes = {(0, 0, 0): MAX_LEVEL, (1, 0, 0): -MAX_LEVEL, (2, 3, 3): MAX_LEVEL}
    yield (
        "texture_extremes",
        "the largest levels at the coarsest step: sums clamp and do not wrap",
        picture(levels(extremes, 47)),
    )
    yield "texture_longest_escape", "the longest Exp-Golomb code, of level 32,772", picture(escaped_level(15))
    clamped = {(0, 0, 0): 700, (0, 0, 1): 900, (0, 1, 0): -30, (1, 0, 1): 150, (2, 1, 0): -200}
    yield "texture_clamped", "coefficients beyond 2^20, which are clamped one by one", picture(levels(clamped, 47))
    yield "texture_every_frequency", "12 x 12 cells: levels outside the corner of 8 x 8", picture(busy(12, 3))
    yield "texture_agreement", "planes that agree in sign, more than 15 times", picture(agreement())
    yield "texture_high_frequencies", "24 x 24 cells: all thresholds of frequency", picture(busy(24, 40))
    yield "pose", "one person with all joints", picture(people(1))
    yield "pose_nobody", "a pose layer without people", picture(people(0))
    yield (
        "pose_missing_joints",
        "a person without nose, right wrist and left leg",
        picture(people(1, missing=(0, 4, 12, 13))),
    )
    yield "pose_no_neck", "without the neck every joint that hangs on it is uniform", picture(people(1, missing=(1,)))
    yield "pose_no_right_shoulder", "no mirror image without both its joints", picture(people(1, missing=(2,)))
    yield "pose_no_joints", "a person of whom nothing is seen", picture(people(1, missing=tuple(range(18))))
    corners = np.array([[[0, 0]] * 18, [[255, 255]] * 18, [[0, 255], [255, 0]] * 9], np.int64)
    yield (
        "pose_corners",
        "joints on the borders of the range, far from where they are expected",
        picture(PoseLayer.from_people(corners, SIZE)),
    )
    yield "pose_64_people", "as many people as there may be: no bit says that they end", picture(people(64))
    yield "pose_wide", "proportions follow the picture's aspect ratio", picture(people(2, (1600, 400)))
    yield "edges", "a raster of 20 x 20 cells", picture(raster(20))
    yield "edges_none", "no edges: density class 0", picture(full(False))
    yield "edges_all", "nothing but edges: density class 15", picture(full(True))
    yield "edges_one_cell", "a raster of one cell", picture(full(True, 1))
    yield "edges_largest", "256 x 256 cells, the most that are allowed", picture(raster(256))
    yield "edges_tall", "a grid that follows the aspect ratio: 9 x 24 cells", picture(raster(24, (300, 800)))
    noise = np.reshape(scattered(24 * 24, 5), (24, 24)) == 0
    yield "edges_noise", "edges without any order, expensive but possible", picture(EdgeLayer.from_raster(noise, SIZE))
    settings = Recipe(
        tool="A1111", negative="blurry, low quality", seed=1234567890, sampler="Euler a", steps=28, guidance="7.5"
    )
    yield "recipe_core", "how a picture was made: settings only", picture(raw_text("fox"), recipe(settings))
    yield "recipe_empty", "a recipe that knows nothing", picture(raw_text("fox"), recipe(Recipe()))
    more = replace(
        settings, model="dream", model_hash="0123abcdef", loras=(("fur", "0.8"), ("ink", None)), size=(832, 1216)
    )
    yield (
        "recipe_core_all",
        "every setting there is, a size of its own among them",
        picture(raw_text("fox"), recipe(more)),
    )
    graph = (
        '{"3": {"class_type": "KSampler", "inputs": {"seed": 7, "steps": 20, "cfg": 8.0}}, "4": [1, 2.50, null, true]}'
    )
    blocks = (
        Block.from_text("prompt", graph),
        Block.from_text("parameters", "a fox\nSteps: 28, Seed: 7"),
        Block("text", "note", "é 猫 ".encode(), "iTXt/fr/mot"),
        Block("exif", "Exif", b"II*\0\x08\0\0\0\0\0\0\0\0\0"),
        Block("exif", "Exif", b"MM\0*\0\0\0\x08\0\0UNICODE\0" + "f\u00f6x \U0001f98a".encode("utf-16-be")),
        Block("exif", "Exif", b"II*\0UNICODE\0" + "fox".encode("utf-16-le")),
        Block("text", "Author", b"\xe9"),
    )
    yield (
        "recipe_full",
        "metadata blocks to the last byte",
        picture(raw_text("fox"), recipe(replace(settings, blocks=blocks))),
    )
    for name, why, coding, payload in whole_recipes():
        layers = RawLayer(0, 0, False, b"fox"), RawLayer(4, coding, True, payload)
        yield f"recipe_{name}", why, stream(*layers)
    noise = Block("comment", "comment", bytes(scattered(300, 256, 3)))
    yield "recipe_noise", "a block that cannot be compressed", picture(raw_text("fox"), recipe(Recipe(blocks=(noise,))))
    every_form = Recipe(
        tool="\u753b\u5eca", negative="lowres, bad anatomy, bad hands, a fox", seed=-1, steps=0, guidance="-1.50e+07",
        sampler="Euler a", scheduler="", model="flux1-dev.safetensors", model_hash="0123ABCDE", loras=(("", ""),) * 2,
        size=(65536, 65536),
    )  # fmt: skip
    yield "recipe_forms", "texts and numbers in every form", picture(raw_text("fox"), recipe(every_form))
    for name, why, coding, payload in [
        ("reserved", "fields without meaning: skipped", 0, bytes.fromhex("21 07 c1 05 d9 01 63 ea 1f fb 01 66")),
        (
            "unknown_block",
            "a block of a kind without meaning: skipped",
            1,
            raw_frame(b"\0\x09\1a\0\1b\x0b\0\0\3fox"),
        ),
    ]:
        yield f"recipe_{name}", why, stream(RawLayer(0, 0, False, b"fox"), RawLayer(4, coding, True, payload))
    for seed, why in [
        (0, "the seed 0: an empty payload"),
        (7, "a seed of one byte"),
        (256, "a seed of two bytes, the first 0"),
        (2**32 - 1, "the largest seed"),
    ]:
        yield f"seed_{seed}", why, picture(raw_text("fox"), SeedLayer.from_seed(seed, SIZE))
    for name, why, channels, fineness, size, most in [
        ("detail", "a detail layer of a few channels", 5, 20, (256, 64), 1),
        ("detail_coarsest", "the coarsest fineness", 3, 0, (256, 100), 2),
        ("detail_finest", "the finest one, with large levels", 4, FINENESSES - 1, (100, 256), 12),
        ("detail_all_channels", "all channels", CHANNELS, 40, (256, 16), 1),
        ("detail_one_channel", "one channel", 1, 31, (64, 64), 1),
        ("detail_of_a_strip", "a working size of one pixel", 3, 31, (1, 5000), 2),
    ]:
        yield name, why, picture(raw_text("fox", size), detail(channels, fineness, size, most=most))
    for name, why, payload, size in [
        ("still", "a still of 16 x 16 pixels", STILLS[0], (64, 64)),
        ("still_of_a_wide_one", "a still of another shape", STILLS[1], (1024, 768)),
        ("still_of_a_strip", "a still as large as the working size", STILLS[2], (1, 5000)),
        ("still_of_a_small_strip", "a still whose shorter side is rounded up to a pixel", STILLS[3], (1, 5000)),
    ]:
        yield name, why, picture(raw_text("fox", size), DetailLayer(size, STILL, payload))
    for name, why, regions in [
        ("still_with_a_region", "a still with one region of interest", [ROI]),
        ("still_with_regions", "regions that share pixels, in another order than their places", [CORNER, ROI, ROI]),
        ("still_with_64_regions", "as many regions as there may be", [ROI] * 64),
    ]:
        payload = b"".join([write_number(len(STILLS[0])), STILLS[0], *regions])
        yield name, why, picture(raw_text("fox", (256, 256)), DetailLayer((256, 256), REGIONS, payload))
    yield (
        "detail_of_tomorrow",
        "a coding without meaning",
        stream(RawLayer(0, 0, False, b"fox"), RawLayer(6, 2, True, b"x")),
    )
    yield from stepwise()
    yield "seed_and_recipe", "all ancillary layers", picture(recipe(Recipe(seed=7)), SeedLayer.from_seed(3, SIZE))
    yield "all_layers", "all layers in one file", all_four()
    yield "texture_and_edges", "a subset of the layers", picture(texture(6, 18), raster(20))
    size_forms = [
        ("form_0_smallest", "size form 0", (64, 64)),
        ("form_0_largest", "size form 0", (1024, 1024)),
        ("form_0_mixed", "size form 0", (768, 64)),
        ("form_1", "size form 1: odd sides", (501, 333)),
        ("form_2", "size form 2", (602, 398)),
        ("form_3", "size form 3", (1348, 60)),
        ("form_4", "size form 4", (600, 400)),
        ("form_5", "size form 5", (1040, 1072)),
        ("form_6", "size form 6", (480, 352)),
        ("form_7", "size form 7: too large for form 0", (1920, 1088)),
    ]
    for name, why, size in size_forms:
        yield (
            f"size_{name}",
            f"{why}, {size[0]} x {size[1]} pixels",
            picture(raw_text("fox", size), texture(3, 18, size)),
        )
    yield (
        "size_one_pixel",
        "the smallest picture",
        picture(raw_text("fox", (1, 1)), texture(2, 18, (1, 1)), raster(4, (1, 1))),
    )
    yield "size_largest", "65,536 x 65,536 pixels, the most that are allowed", picture(texture(3, 18, (65536, 65536)))
    yield "size_four_byte_numbers", "sides that take four bytes each", picture(texture(3, 18, (65535, 65533)))
    yield "size_line", "65,536 x 1 pixels", picture(texture(5, 18, (65536, 1)), raster(9, (65536, 1)))
    yield "length_one_byte", "the longest payload whose length takes one byte", picture(raw_text("x" * 223))
    yield "length_two_bytes", "the shortest payload whose length takes two bytes", picture(raw_text("x" * 224))
    yield (
        "length_two_bytes_longest",
        "the longest payload whose length takes two bytes",
        picture(raw_text("é" * 4063 + "x" * 33)),
    )
    yield (
        "length_four_bytes",
        "the shortest payload whose length takes four bytes",
        picture(raw_text("é" * 4064 + "x" * 32)),
    )
    yield (
        "unknown_ancillary",
        "an ancillary layer of a kind without meaning: skipped, and kept",
        stream(RawLayer(0, 0, False, b"fox"), RawLayer(7, 5, True, b"\x01\x02\x00")),
    )
    yield (
        "unknown_ancillary_alone",
        "a file that holds nothing that this version knows",
        stream(RawLayer(7, 0, True, b"")),
    )
    yield (
        "large_kinds",
        "kinds and codings from 7 on, with numbers of one, two and four bytes",
        stream(
            RawLayer(0, 0, False, b"fox"),
            RawLayer(7, 7, True, b"\x01"),
            RawLayer(8, 6, True, b""),
            RawLayer(7 + 223, 8, True, b"\x02"),
            RawLayer(7 + 224, 7 + 224, True, b"\x03"),
            RawLayer(7 + MAX_NUMBER, 7 + MAX_NUMBER, True, b"\x04"),
        ),
    )
    yield "reserved_kind_6", "the kind that is reserved for details", stream(RawLayer(6, 6, True, b"\x01\x00"))
    yield "layers_64", "as many layers as there may be", stream(*(RawLayer(k, 0, True, b"") for k in range(6, 70)))


def agreement() -> TextureLayer:
    """A colour map whose planes have the same signs, or opposite ones, nearly everywhere."""
    signs = np.reshape(scattered(8 * 8, 2, 5), (8, 8)) * 2 - 1
    levels = np.stack([signs * 5, signs * 4, -signs * 2])
    levels[2, 0, 1] *= -1
    return TextureLayer(SIZE, 0, pack_levels(levels, 9))


def recipe(value: Recipe) -> RecipeLayer:
    return RecipeLayer.from_recipe(value, SIZE)


def text_modelled(words: str) -> SemanticLayer:
    return SemanticLayer(SIZE, MODELLED, encode_text(words))


def quick_text(words: str) -> SemanticLayer:
    return SemanticLayer(SIZE, QUICK, encode_text(words, NARROW))


def text_of_tokens(*strings: bytes, network: str = WIDE) -> SemanticLayer:
    """Coding 1 or 2 of any sequence of tokens, whatever its text."""
    known = reader.token_strings()
    sizes = reader.table("text")["sizes"].tolist()
    end = known.index(b"\xff")
    model, encoder, previous = reader.TextNetwork(network), RangeEncoder(), end
    for token in [*map(known.index, strings), end]:
        model.read(previous)
        group = next(g for g in range(len(sizes)) if token < sum(sizes[: g + 1]))
        first = sum(sizes[:group])
        put(encoder, group, model.starts("group", 0, len(sizes)))
        put(encoder, token - first, model.starts("token", first, first + sizes[group]))
        previous = token
    return SemanticLayer(SIZE, MODELLED if network == WIDE else QUICK, encoder.finish())


def put(encoder: RangeEncoder, index: int, starts: list[int]) -> None:
    encoder.encode(starts[index], [*starts, TOTAL][index + 1] - starts[index])


def escaped_level(length: int) -> TextureLayer:
    """A colour map of one cell with the largest level whose Exp-Golomb code has this length."""
    encoder = RangeEncoder()
    levels = np.zeros((3, 1, 1), np.int64)
    for plane in range(3):
        chance = reader.network("texture", np.array(reader.level_inputs(levels, plane, 0, [(0, 0)], 0)), 0)[0]
        if plane:
            encoder.encode_bit(0, chance[0])
            continue
        for bit, p in zip([1, 0, *[1] * 6], chance, strict=True):
            encoder.encode_bit(bit, p)
        for _ in range(length - 2):
            encoder.encode_bit(1, TOTAL // 2)
        encoder.encode_bit(0, TOTAL // 2)
        largest = 2 ** (length - 1) - 1
        encoder.encode_uniform(largest, largest + 1)
        levels[0, 0, 0] = 2 ** (length - 1) + largest + 5
    return TextureLayer(SIZE, 0, b"\0\0" + encoder.finish())


def busy(side: int, index: int, size: tuple[int, int] = SIZE) -> TextureLayer:
    """A colour map whose coefficients are small, and of every frequency."""
    rows, columns = grid_shape(size, side)
    scattered_levels = np.reshape(scattered(3 * rows * columns, 7, side), (3, rows, columns)) - 3
    return TextureLayer(size, 0, pack_levels(scattered_levels, index))


def invalid() -> Iterator[tuple[str, str, bytes]]:
    whole = all_four()
    entries = container.scan(whole).entries
    header = container.scan(whole).header_bytes
    yield "empty_file", "no bytes at all", b""
    yield "cut_signature", "cut inside the signature", whole[:2]
    yield "cut_version", "cut behind the signature", whole[:3]
    yield "cut_size", "cut behind the version", whole[:4]
    yield "cut_list", "cut inside the list of layers", whole[:7]
    yield "cut_header_checksum", "cut before the header's checksum", whole[: header - 1]
    yield "cut_before_payloads", "cut behind the header: no layer is whole", whole[:header]
    yield "cut_in_first_payload", "cut inside the first payload", whole[: entries[0].offset + 1]
    yield "cut_between_layers", "cut behind two whole layers", whole[: entries[2].offset]
    yield (
        "cut_in_checksum",
        "cut inside a layer's checksum: the layer before is whole",
        whole[: entries[1].offset + entries[1].length + 1],
    )
    yield "cut_last_byte", "one byte is missing", whole[:-1]
    yield "signature", "another first byte", b"\xb6" + whole[1:]
    other = b"\xc7" + whole[1 : header - 1]
    sealed = other + container.crc8(other) + whole[header:]
    yield "signature_only", "another first byte, and a checksum that fits it", sealed
    yield "signature_newline", "a transfer as text: the first byte lost its top bit", b"\x37" + whole[1:]
    yield "header_bit", "a flipped bit in the list of layers", flipped(whole, 6, 2)
    yield "header_checksum", "a wrong checksum of the header", flipped(whole, header - 1, 0)
    for entry, name in zip(entries, ("semantic", "texture", "pose", "edges"), strict=True):
        yield (
            f"payload_bit_{name}",
            f"a flipped bit in the {name} payload costs that layer alone",
            flipped(whole, entry.offset, 3),
        )
    yield "layer_checksum", "a wrong checksum of a layer", flipped(whole, len(whole) - 1, 7)
    yield "checksum_other_size", "layers of a picture of another size: their checksums cover it", forged_size(whole)
    yield "trailing_byte", "a byte behind the last layer", whole + b"\0"
    fox = [(0x80, b"\x03")]
    yield "version_0", "version 0", forged(b"\x00\x77", fox, [b"fox"])
    yield "version_2", "a version of tomorrow", forged(b"\x20\x77", fox, [b"fox"])
    yield "version_2_cut", "a version of tomorrow, of which nothing else is known", b"\xb7TP\x20"
    yield "size_form_8_cut", "a reserved size form, whose length is not known", b"\xb7TP\x18"
    yield "size_form_15", "the last reserved size form", forged(b"\x1f\x07\x07", fox, [b"fox"])
    yield "size_form_8", "a reserved size form", forged(b"\x18\x07\x07", fox, [b"fox"])
    yield (
        "size_not_shortest_form_1",
        "512 x 512 in form 1 instead of 0",
        forged(b"\x11" + write_number(511) * 2, fox, [b"fox"]),
    )
    yield "size_not_shortest_form_7", "512 x 512 in form 7 instead of 0", forged(b"\x17\x07\x07", fox, [b"fox"])
    yield (
        "size_not_shortest_form_2",
        "600 x 400 in form 2 instead of 4",
        forged(b"\x12" + write_number(299) + write_number(199), fox, [b"fox"]),
    )
    yield "size_too_large", "65,537 pixels a side", forged(b"\x11" + write_number(65536) + b"\x00", fox, [b"fox"])
    yield (
        "size_largest_number",
        "the largest number as a side",
        forged(b"\x17\xff\xff\xff\xff\xff\xff\xff\xff", fox, [b"fox"]),
    )
    yield (
        "kinds_out_of_order",
        "kinds 1, 0",
        forged(b"\x10\x77", [(0x08, b"\x02"), (0x80, b"\x03")], [texture(1, 18).payload[:2], b"fox"]),
    )
    yield (
        "large_kinds_out_of_order",
        "kinds 8, 7",
        forged(b"\x10\x77", [(0x78, b"\x01\x01"), (0xF8, b"\x00\x01")], [b"x", b"y"]),
    )
    yield "kinds_out_of_order_cut", "kinds 1, 0, and nothing behind them", b"\xb7TP\x10\x77\x08\x02\x80\x03"
    yield "kinds_out_of_order_length", "kinds 1, 0, cut before the second length", b"\xb7TP\x10\x77\x08\x02\x80"
    yield "cut_kind", "cut inside the number of a kind", forged(b"\x10\x77", [(0xF8, b"\xe0")], [b""])[:7]
    yield "cut_coding", "cut before the number of a coding", b"\xb7TP\x10\x77\xff\x00"
    many = [(0x40 | min(kind, 7) << 3, b"\0" if kind < 7 else bytes([kind - 7, 0])) for kind in range(6, 71)]
    many[-1] = (many[-1][0] | 0x80, many[-1][1])
    yield "layers_65", "more layers than there may be", forged(b"\x10\x77", many, [b""] * 65)
    yield "kind_twice", "kinds 0, 0", forged(b"\x10\x77", [(0x00, b"\x03"), (0x80, b"\x03")], [b"fox", b"fox"])
    yield (
        "unknown_critical",
        "a critical layer of a kind without meaning",
        stream(RawLayer(0, 0, False, b"fox"), RawLayer(6, 0, False, b"x")),
    )
    later = stream(RawLayer(0, 0, False, b"fox"), RawLayer(9, 0, False, b"x"))
    yield "unknown_critical_large", "a critical layer of kind 9", later
    yield "unknown_critical_cut", "what is unsupported is so before its payload is looked at", later[:-4]
    yield (
        "unknown_critical_header",
        "a header that is damaged is so before its kinds are looked at",
        flipped(later, 9, 0),
    )
    yield (
        "known_marked_ancillary",
        "the semantic layer marked as one that may be skipped",
        stream(RawLayer(0, 0, True, b"fox")),
    )
    for kind, name in enumerate(("semantic", "texture", "pose", "edges")):
        yield (
            f"unknown_coding_{name}",
            f"a coding of tomorrow of the {name} layer",
            stream(RawLayer(kind, 7, False, b"\x01\x02\x03")),
        )
    yield (
        "length_huge",
        "a payload of 16 MiB is announced and does not follow",
        forged(b"\x10\x77", [(0x80, b"\xff\xff\xff\xff")], [b""]),
    )
    yield "text_not_utf8", "a lone continuation byte", stream(RawLayer(0, RAW, False, b"fox \x80"))
    yield "text_overlong", "an overlong sequence", stream(RawLayer(0, RAW, False, b"\xc0\xaf"))
    yield "text_surrogate", "a surrogate in UTF-8", stream(RawLayer(0, RAW, False, b"\xed\xa0\x80"))
    yield "text_too_long", "4,097 code points", stream(RawLayer(0, RAW, False, b"x" * 4097))
    yield (
        "text_modelled_too_long",
        "4,097 characters",
        stream(RawLayer(0, MODELLED, False, encode_text((", highly detailed" * 300)[:4097]))),
    )
    many_marks = text_of_tokens(*[b"\xfe"] * 5, b"a").payload
    yield (
        "text_modelled_marks",
        "five marks before the first character",
        stream(RawLayer(0, MODELLED, False, many_marks)),
    )
    continued = text_of_tokens(b"a", *[b"\xa9"] * 8).payload
    yield "text_modelled_not_utf8", "bytes that begin no character", stream(RawLayer(0, MODELLED, False, continued))
    yield (
        "text_modelled_left_over",
        "bytes behind the last symbol of a text",
        stream(RawLayer(0, MODELLED, False, text_modelled("fox").payload + b"\x01" * 8)),
    )
    yield (
        "text_modelled_zero_end",
        "a coded payload that ends in a zero byte",
        stream(RawLayer(0, MODELLED, False, text_modelled("a red fox").payload + b"\0")),
    )
    quick = quick_text("a red fox").payload
    for name, why, payload in [
        ("left_over", "bytes behind the last symbol of a text", quick + b"\x01" * 8),
        ("zero_end", "a coded payload that ends in a zero byte", quick + b"\0"),
        (
            "marks",
            "five marks before the first character",
            text_of_tokens(*[b"\xfe"] * 5, b"a", network=NARROW).payload,
        ),
        ("too_long", "4,097 characters", encode_text((", highly detailed" * 300)[:4097], NARROW)),
    ]:
        yield f"text_quick_{name}", f"{why}, in coding 2", stream(RawLayer(0, QUICK, False, payload))
    colours = texture(6, 18).payload
    yield "texture_empty", "a colour map without grid and quality", stream(RawLayer(1, 0, False, b""))
    yield "texture_grid_only", "a colour map without quality", stream(RawLayer(1, 0, False, b"\x05"))
    yield "texture_grid_65", "65 cells a side", stream(RawLayer(1, 0, False, b"\x40" + colours[1:]))
    yield "texture_index_48", "quality index 48", stream(RawLayer(1, 0, False, texture(6, 48).payload))
    yield (
        "texture_escape_too_long",
        "an Exp-Golomb code that is one longer than allowed",
        stream(RawLayer(1, 0, False, escaped_level(16).payload)),
    )
    yield "texture_zero_end", "a coded payload that ends in a zero byte", stream(RawLayer(1, 0, False, colours + b"\0"))
    yield "texture_left_over", "bytes behind the last symbol", stream(RawLayer(1, 0, False, colours + b"\x01" * 8))
    yield (
        "pose_zero_end",
        "a coded payload that ends in a zero byte",
        stream(RawLayer(2, 0, False, people(1).payload + b"\0")),
    )
    yield (
        "pose_left_over",
        "bytes behind the last symbol",
        stream(RawLayer(2, 0, False, people(1).payload + b"\x01" * 8)),
    )
    core = recipe(Recipe(seed=7)).payload
    for name, why, coding, payload in broken_recipes():
        yield f"recipe_{name}", why, stream(RawLayer(0, 0, False, b"fox"), RawLayer(4, coding, True, payload))
    yield "recipe_critical", "the recipe marked as one that may not be skipped", stream(RawLayer(4, 0, False, core))
    yield (
        "unknown_coding_recipe",
        "a coding of tomorrow of the recipe layer",
        stream(RawLayer(4, 7, True, b"\x01\x02\x03")),
    )
    yield "seed_critical", "the seed marked as one that may not be skipped", stream(RawLayer(5, 0, False, b"\x07"))
    for name, why, payload in [
        ("seed_zero_end", "a seed that ends in a zero byte", b"\x07\0"),
        ("seed_five_bytes", "a seed of more than four bytes", b"\x01\x02\x03\x04\x05"),
    ]:
        yield name, why, stream(RawLayer(0, 0, False, b"fox"), RawLayer(5, 0, True, payload))
    yield (
        "unknown_coding_seed",
        "a coding of tomorrow of the seed layer",
        stream(RawLayer(0, 0, False, b"fox"), RawLayer(5, 7, True, b"\x07")),
    )
    whole = detail(5, 20, SIZE).payload
    yield "detail_critical", "the detail marked as one that may not be skipped", stream(RawLayer(6, 1, False, whole))
    for name, why, payload in [
        ("detail_empty", "a detail layer without its number of channels", whole[:1]),
        (
            "detail_too_fine",
            "a fineness that does not exist",
            bytes([FINENESSES]) + detail(5, FINENESSES - 1, SIZE).payload[1:],
        ),
        ("detail_no_channels", "no channels", b"\x14\0"),
        ("detail_many_channels", "more channels than there are", bytes([20, CHANNELS + 1]) + whole[2:]),
        ("detail_zero_end", "a coded payload that ends in a zero byte", whole + b"\0"),
        ("detail_left_over", "bytes behind the last symbol", whole + b"\x01" * 8),
    ]:
        yield name, why, stream(RawLayer(0, 0, False, b"fox"), RawLayer(6, 1, True, payload))
    for name, why, payload in [
        ("still_empty", "a still without bytes", b""),
        ("still_too_large", "a still larger than the picture", b"\x80" + STILLS[0][1:]),
        ("still_unknown_tools", "a bit of the tools without meaning", b"\x03\x4e" + STILLS[0][2:]),
        ("still_without_a_frame", "nothing behind the tools", STILLS[0][:2]),
    ]:
        yield name, why, stream(RawLayer(0, 0, False, b"fox"), RawLayer(6, STILL, True, payload))
    start = bytes([len(STILLS[0])]) + STILLS[0]
    for name, why, payload in [
        ("regions_none", "a still with no region of interest in a coding for them", start),
        ("regions_cut", "a region of interest that ends early", start + ROI[:-1]),
        ("regions_cut_box", "a box that ends early", start + ROI[:3]),
        ("regions_outside", "a box that reaches beyond the picture", start + b"\x7d" + ROI[1:]),
        ("regions_below", "a box that reaches beyond the lower border", start + b"\0\x7d" + ROI[2:]),
        ("regions_large", "boxes of more pixels than the picture", start + b"\0\0\x7f\x7f" + ROI[4:] + ROI),
        ("regions_65", "more regions than there may be", start + ROI * 65),
        ("regions_still_too_large", "a still larger than its box", start + ROI[:5] + b"\x04" + ROI[6:]),
    ]:
        yield name, why, stream(RawLayer(0, 0, False, b"fox"), RawLayer(6, REGIONS, True, payload))
    yield from broken_steps()
    yield "edges_empty", "a raster without its grid", stream(RawLayer(3, 0, False, b""))
    yield (
        "edges_zero_end",
        "a coded payload that ends in a zero byte",
        stream(RawLayer(3, 0, False, raster(20).payload + b"\0")),
    )
    yield (
        "edges_left_over",
        "bytes behind the last symbol",
        stream(RawLayer(3, 0, False, raster(20).payload + b"\x01" * 8)),
    )


def stepwise() -> Iterator[tuple[str, str, bytes]]:
    """Colours in steps, edges in scans, and finer colours."""
    for name, why, side, index, size, most in [
        ("all", "coding 1 with all steps", 6, 18, SIZE, 13),
        ("one", "coding 1 with one step: only the average brightness", 6, 18, SIZE, 1),
        ("wide", "coding 1 of a grid of 12 x 5 cells", 12, 18, (960, 400), 18),
        ("single_cell", "coding 1 of one cell: three steps, a plane each", 1, 9, SIZE, 3),
        ("high", "coding 1 of large and many levels", 12, 3, SIZE, 25),
    ]:
        levels = (busy if name == "high" else texture)(side, index, size).levels
        layer = TextureLayer.from_levels(kept_steps(levels, most), size, index, steps=most)
        yield f"texture_steps_{name}", why, picture(layer)
    three = TextureLayer(SIZE, 1, bytes.fromhex("02 09 03 59 80"))  # frozen under this name
    yield "texture_steps_one_cell", "coding 1: three of the seven steps of a grid of 3 x 3 cells", picture(three)
    coarse, finer = split(busy(9, 12), 30)
    assert finer
    yield "finer", "colours that go on behind the edges", picture(coarse, raster(20), finer)
    part, rest = finer.cut(coarse, 25)
    assert rest
    yield "finer_not_all", "colours whose last steps are nowhere", picture(coarse, part)
    yield "finer_of_tomorrow", "a coding without meaning", picture(coarse, make_layer(7, SIZE, 2, b"x"))
    edges = raster(40).raster
    far = [np.zeros_like(edges) for _ in range(16)]
    for number, scan in enumerate(far):
        scan[number // 4 * 10, number % 4 * 10 : number % 4 * 10 + 7] = True
    for name, why, scans in [
        ("two", "coding 1: a figure, then the others", scans_of(edges)),
        ("one", "coding 1 with all edges in one scan", [edges]),
        ("none", "coding 1 without a scan", []),
        ("sixteen", "coding 1 with as many scans as there may be: no bit says that they end", far),
    ]:
        yield f"edges_scans_{name}", why, picture(EdgeLayer.from_raster(edges, SIZE).in_scans(scans))
    near = np.zeros((9, 24), bool)
    near[4, 3:20] = True
    near[6, 0:24] = True
    yield (
        "edges_scans_near",
        "coding 1: lines two pixels apart, on a grid of 24 x 9 cells",
        picture(EdgeLayer.from_raster(near, (768, 288)).in_scans()),
    )


def broken_steps() -> Iterator[tuple[str, str, bytes]]:
    """What a writer of steps and scans does not write."""
    coarse, finer = split(busy(9, 12), 30)
    assert finer
    whole = texture(6, 18).levels
    steps = TextureLayer.from_levels(whole, SIZE, 18, steps=13).payload
    for name, why, payload in [
        ("cut_head", "colours in steps without their number", steps[:2]),
        ("none", "no step", steps[:2] + b"\0"),
        ("many", "one step more than the grid has", steps[:2] + b"\x0e" + steps[3:]),
        ("zero_end", "a coded payload that ends in a zero byte", steps + b"\0"),
        ("left_over", "bytes behind the last step", steps + b"\x01" * 8),
        ("grid_65", "65 cells a side", b"\x40" + steps[1:]),
    ]:
        yield f"texture_steps_{name}", why, stream(RawLayer(1, 1, False, payload))
    first = coarse.payload[2]
    for name, why, payload in [
        ("empty", "finer colours without the number of their steps", finer.payload[:1]),
        ("no_steps", "no step", bytes([first, 0])),
        ("from_nothing", "steps from the first on", b"\0" + finer.payload[1:]),
        ("elsewhere", "steps that begin behind the next one", bytes([first + 1]) + finer.payload[1:]),
        ("many", "more steps than the grid has", bytes([first, 20 - first]) + finer.payload[2:]),
        ("left_over", "bytes behind the last step", finer.payload + b"\x01" * 8),
    ]:
        yield f"finer_{name}", why, stream(RawLayer(1, 1, False, coarse.payload), RawLayer(7, 1, True, payload))
    plain = TextureLayer.from_levels(coarse.levels, SIZE, 12)
    yield "finer_alone", "nothing to go on from", stream(RawLayer(7, 1, True, finer.payload))
    yield (
        "finer_of_coding_0",
        "colours of coding 0 have all their steps",
        stream(RawLayer(1, 0, False, plain.payload), RawLayer(7, 1, True, finer.payload)),
    )
    yield (
        "finer_critical",
        "finer colours marked as ones that may not be skipped",
        stream(RawLayer(1, 1, False, coarse.payload), RawLayer(7, 1, False, finer.payload)),
    )
    scans = raster(20).in_scans().payload
    encoder = RangeEncoder()
    encoder.encode_bit(1, TOTAL // 2)
    encoder.encode_uniform(0, 16)
    for _ in range(64):
        encoder.encode_bit(0, EMPTY_CHANCE)
    for name, why, payload in [
        ("empty", "scans without their grid", b""),
        ("zero_end", "a coded payload that ends in a zero byte", scans + b"\0"),
        ("left_over", "bytes behind the last scan", scans + b"\x01" * 8),
        ("empty_scan", "a scan without edges", b"\x07" + encoder.finish()),
    ]:
        yield f"edges_scans_{name}", why, stream(RawLayer(3, 1, False, payload))


def whole_recipes() -> Iterator[tuple[str, str, int, bytes]]:
    """(name, why it exists, coding, payload) of recipes that this writer would not write so."""
    numbers = "28 ff ff ff ff ff ff ff ff 39 08 ff ff ff ff ff ff ff ff"
    for name, why, settings in [
        ("largest_numbers", "2^64 - 1 and -2^64", bytes.fromhex(numbers)),
        ("no_numbers", "0 and -1 in no bytes", bytes.fromhex("20 39 00")),
        ("digits", "all digits, even and odd in number", bytes.fromhex("0a 01 23 45 67 89 ab cd ef 4a 12 ff 5a ff")),
        ("digits_64", "64 digits, the most that are allowed", b"\x4a" + b"\x12" * 32 + b"\xff"),
        ("hex", "hexadecimal digits, even and odd in number", bytes.fromhex("0e 04 ab 7e 07 ab cf 8e 00")),
        ("texts", "UTF-8, of no and of several bytes", b"\x0b\x00\x1b\x03\xc3\xa9y"),
        (
            "coded_4096",
            "4,096 characters in two coded texts, one joined to a name; the most that are allowed",
            coded_texts(2048, 2048).replace(b"\x1c", b"\x1f\0\x0c", 1),
        ),
        ("known_names", "the first and the last known name", bytes([0x0D, 0, 0x1D, len(reader.known_names()) - 1])),
        (
            "loras_128",
            "as many LoRAs as there may be, with and without weights",
            b"\x9b\x01a\xaa\x7f" * 64 + b"\x9b\0" * 64,
        ),
        ("largest_size", "65,536 x 65,536 pixels", bytes.fromhex("b4 ff ff ff ff")),
        (
            "reserved_fields",
            "fields of tomorrow, which are passed over",
            bytes.fromhex("21 07 cb 01 78 d9 01 05 e0 fe 02 af"),
        ),
    ]:
        yield name, why, 0, settings
    head = b"\2\x21\7"  # settings of two bytes
    for name, why, contents in [
        ("blocks_none", "settings and no block", b""),
        ("blocks_1024", "as many blocks as there may be, of a kind of tomorrow: passed over", b"\x09\0\0\0" * 1024),
        ("blocks_of_every_kind", "one block of each kind", b"".join(bytes([k]) + b"\1a\1b\1\xff" for k in range(7))),
        ("longest_name", "a name and a form of 255 bytes", b"\0" + (b"\xe0\x1f" + b"x" * 255) * 2 + b"\0"),
    ]:
        yield name, why, 1, raw_frame(head + contents)
    small = head + b"\0\4note\0\3fox"
    large = b"\xa0" + len(small).to_bytes(4, "little") + (len(small) << 3 | 1).to_bytes(3, "little") + small
    yield "frame_of_four_bytes", "a frame that states its size in four bytes", 1, large


def broken_recipes() -> Iterator[tuple[str, str, int, bytes]]:
    """(name, why it is invalid, coding, payload)."""
    for name, why, settings in [
        ("settings_cut", "a text that is longer than the settings", "0b 05 66 6f 78"),
        ("fields_out_of_order", "the seed behind the steps", "31 14 21 07"),
        ("field_twice", "two seeds", "21 07 21 07"),
        ("seed_is_text", "a seed that is a text", "2b 01 37"),
        ("tool_is_number", "a tool that is a number", "01 07"),
        ("weight_alone", "a weight without a LoRA", "aa 7f"),
        ("weight_twice", "two weights of one LoRA", "9b 01 66 aa 7f aa 7f"),
        ("long_number", "a whole number that ends in a zero byte", "22 07 00"),
        ("minus_of_nine_bytes", "a negative number of nine bytes", "29 09 01 01 01 01 01 01 01 01 01"),
        ("not_utf8", "a text that is not UTF-8", "0b 01 e9"),
        ("unknown_name", "a known name that does not exist", bytes([0x0D, len(reader.known_names())]).hex()),
        ("digits_not_filled", "digits that end with FE", "4a fe"),
        ("hex_not_filled", "an odd number of hexadecimal digits, filled up with 0", "8e 02 a0"),
        ("joined_number", "a known name joined with a number", "0f 00 09 00"),
        ("joined_twice", "a known name joined with a joined text", "0f 00 0f 00 1d 00"),
        ("coded_zero_end", "a coded text that ends in a zero byte", "1c 01 00"),
        ("size_of_five_bytes", "a size beyond 65,536 x 65,536", "b5 00 00 00 00 01"),
        ("size_negative", "a size below nothing", "b9 00"),
        ("digits_65", "65 digits", "4a" + "12" * 32 + "1f"),
        ("digits_end_in_front", "digits that end in an upper half, with a lower half behind", "4a 12 f3 ff"),
        ("loras_129", "more LoRAs than there may be", "9b 00" * 129),
        ("weight_later", "a weight behind another field", "9b 01 66 b1 07 aa 7f"),
        ("reserved_field_cut", "a field of tomorrow that is cut", "cb 05 66"),
        ("coded_4097", "4,097 characters in two coded texts", coded_texts(2048, 2049).hex()),
    ]:
        yield name, why, 0, bytes.fromhex(settings)
    head = b"\2\x21\7"  # settings of two bytes
    contents = head + b"\0\4note\0\3fox"  # a block: kind, name, form, data
    stored = raw_frame(contents)[1:]
    for name, why, frame in [
        ("no_frame", "a payload of coding 1 without a byte", b""),
        ("frame_cut", "a frame that lacks its last byte", b"\x20" + stored[:-1]),
        ("frame_left_over", "a byte behind the frame", b"\x20" + stored + b"\0"),
        ("two_frames", "a second frame", b"\x20" + stored + b"\x28\xb5\x2f\xfd\x20" + stored),
        ("frame_checksum", "a frame with a checksum", b"\x24" + stored + bytes.fromhex("fb7435c3")),
        ("frame_dictionary", "a frame that names a dictionary", b"\x21\x07" + stored),
        ("frame_without_size", "a frame that does not state its size", b"\0\0" + stored[1:]),
        ("frame_size_below", "a frame that states less than it holds", b"\x20\5" + stored[1:]),
        ("frame_size_above", "a frame that states more than it holds", b"\x20\xff" + stored[1:]),
        ("frame_too_large", "a frame that states 4 GiB", b"\xa0\xff\xff\xff\xff" + stored[1:]),
        ("frame_window", "a window of 1 GiB", b"\x40\xa0" + bytes(2) + stored[1:]),
        ("settings_cut_in_frame", "settings longer than the contents", raw_frame(b"\3\x21\7")),
        ("settings_broken_in_frame", "settings that are not", raw_frame(b"\2\x21\0")),
        ("block_cut", "a block that is longer than the frame's contents", raw_frame(contents[:-1])),
        ("block_name_nul", "a name with U+0000", raw_frame(head + b"\0\3a\0b\0\0")),
        ("block_name_not_utf8", "a name that is not UTF-8", raw_frame(head + b"\0\1\xe9\0\0")),
        ("block_name_long", "a name of 256 bytes", raw_frame(head + b"\0\xe0\x20" + b"x" * 256 + b"\0\0")),
        ("blocks_too_many", "1,025 blocks", raw_frame(head + b"\x09\0\0\0" * 1025)),
        ("block_form_long", "a form of 256 bytes", raw_frame(head + b"\0\0\xe0\x20" + b"x" * 256 + b"\0")),
        ("block_form_nul", "a form with U+0000", raw_frame(head + b"\0\0\1\0\0")),
        ("blocks_too_large", "2^24 + 1 bytes of data", zeros_frame(head + b"\0\0\0", 2**24 + 1)),
        ("block_head_cut", "a text of UTF-16 that starts behind the block", raw_frame(head + b"\7\0\0\1\5")),
        ("blocks_wide_too_large", "2^24 + 2 bytes of UTF-16", zeros_frame(head + b"\7\0\0", 2**23 + 2)),
        ("block_text_not_utf8", "a text of UTF-16 that is not UTF-8", raw_frame(head + b"\7\0\0\2\0\xe9")),
    ]:
        yield name, why, 1, frame


def coded_texts(*lengths: int) -> bytes:
    """Fields 0 and 1 as coded texts of so many characters."""
    fields = b""
    for field, length in enumerate(lengths):
        coded = encode_text((", highly detailed" * 300)[:length])
        fields += bytes([field << 4 | 12]) + write_number(len(coded)) + coded
    return fields


def zeros_frame(head: bytes, count: int) -> bytes:
    """A frame that ends in one block with so many zero bytes of data, coded as runs, after the start of that block."""
    head += write_number(count)
    frame = b"\xa0" + (len(head) + count).to_bytes(4, "little") + (len(head) << 3).to_bytes(3, "little") + head
    for at in range(0, count, 2**17):
        last = at + 2**17 >= count
        frame += (min(2**17, count - at) << 3 | 2 | last).to_bytes(3, "little") + b"\0"
    return frame


def raw_frame(contents: bytes) -> bytes:
    """A Zstandard frame, without its magic number, of one block that is not compressed."""
    size = (
        b"\x20" + bytes([len(contents)])
        if len(contents) < 256
        else b"\x60" + (len(contents) - 256).to_bytes(2, "little")
    )
    return size + (len(contents) << 3 | 1).to_bytes(3, "little") + contents


def flipped(data: bytes, at: int, bit: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 1 << bit]) + data[at + 1 :]


def forged_size(data: bytes) -> bytes:
    """The same layers in a picture of 512 x 576 pixels, with a header that fits and layers that do not."""
    header = container.scan_header(data).header_bytes
    head = data[:4] + b"\x78" + data[5 : header - 1]
    return head + container.crc8(head) + data[header:]


# --- writing -------------------------------------------------------------------------------------------------


def readable(value: Any, indent: str = "") -> str:
    """JSON in which the rows of rasters stand below each other and short lists on one line."""
    inner = indent + " "
    if isinstance(value, dict) and value:
        items = [f"{inner}{json.dumps(key)}: {readable(item, inner)}" for key, item in value.items()]
        return "{\n" + ",\n".join(items) + "\n" + indent + "}"
    picture_rows = isinstance(value, list) and any(
        isinstance(v, list | dict) or not set(str(v)) - {".", "#"} for v in value
    )
    if picture_rows:
        return "[\n" + ",\n".join(inner + readable(item, inner) for item in value) + "\n" + indent + "]"
    return json.dumps(value, ensure_ascii=False)


def hexadecimal(data: bytes) -> str:
    return "".join(data[at : at + 32].hex(" ") + "\n" for at in range(0, len(data), 32))


def trace(name: str, data: bytes) -> str:
    """JSON of what a reader finds on its way to a value, one step a line."""
    steps: list[str] = []
    reader.read(data, lambda **step: steps.append(json.dumps(step, ensure_ascii=False)))
    return f'{{"vector": {json.dumps(name)}, "steps": [\n' + ",\n".join(steps) + "\n]}\n"


def make() -> tuple[dict[str, str], dict[str, list[str]]]:
    """Path relative to this folder -> contents, and the lines of the README's two lists."""
    files: dict[str, str] = {}
    lists: dict[str, list[str]] = {"valid": [], "invalid": [], "forms": []}
    pictures = {}
    for name, why, data in valid():
        pictures[name] = data
        if f"vectors/{name}.hex" in files:
            raise AssertionError(f"there are two vectors called {name}")
        files[f"vectors/{name}.hex"] = hexadecimal(data)
        files[f"vectors/{name}.json"] = readable({"valid": True, **dumps.found(data)}) + "\n"
        if name in TRACED:
            files[f"traces/{name}.json"] = trace(name, data)
        lists["valid"].append(f"- `{name}` ({len(data):,} bytes): {why}")
    for name, why, data in invalid():
        if f"vectors/invalid_{name}.hex" in files:
            raise AssertionError(f"there are two vectors called invalid_{name}")
        refused = dumps.refused(data)
        files[f"vectors/invalid_{name}.hex"] = hexadecimal(data)
        files[f"vectors/invalid_{name}.json"] = readable({"valid": False, **refused}) + "\n"
        lists["invalid"].append(f"- `invalid_{name}` ({refused['condition']}): {why}")
    for name, why, contents in forms.forms(pictures):
        files[f"forms/{name}.json"] = forms.readable(contents)
        lists["forms"].append(f"- `{name}`: {why}")
    return files, lists


def frozen() -> dict[str, str]:
    """Path relative to the repository -> SHA-256 of what must not change, in the form of sha256sum."""
    lines = MANIFEST.read_text(encoding="ascii").splitlines() if MANIFEST.exists() else []
    return {path: digest for digest, path in (line.split("  ", 1) for line in lines)}


def broken(files: dict[str, str]) -> list[str]:
    """The frozen files that are missing or would have other contents."""
    found = []
    for path, digest in frozen().items():
        own = path.removeprefix("conformance/")
        if own == path:
            data = (ROOT / path).read_bytes() if (ROOT / path).exists() else b""
        else:
            data = files.get(own, "").encode()
        if hashlib.sha256(data).hexdigest() != digest:
            found.append(path)
    return found


def freeze(files: dict[str, str]) -> int:
    """Add what is not frozen yet to MANIFEST; returns how many files that were."""
    before = frozen()
    tables = ROOT / "src" / "triptych" / "layers" / "tables"
    data = {f"conformance/{path}": text.encode() for path, text in files.items()}
    data |= {path.relative_to(ROOT).as_posix(): path.read_bytes() for path in tables.glob("*.bin")}
    after = {path: hashlib.sha256(contents).hexdigest() for path, contents in data.items()} | before
    MANIFEST.write_text("".join(f"{after[path]}  {path}\n" for path in sorted(after)), encoding="ascii")
    return len(after) - len(before)


def describe(lists: dict[str, list[str]]) -> None:
    """Write the two lists into the README."""
    template = (HERE / "README.md").read_text(encoding="utf-8")
    for section, lines in lists.items():
        start, end = f"<!-- {section}: written by make_vectors.py -->\n", f"<!-- end of {section} -->"
        before, _, rest = template.partition(start)
        _, _, after = rest.partition(end)
        template = before + start + "\n".join(lines) + "\n" + end + after
    (HERE / "README.md").write_text(template, encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--freeze", action="store_true", help="no later run may change what there is now")
    args = parser.parse_args()
    files, lists = make()
    if changed := broken(files):
        raise SystemExit(f"nothing was written: these are frozen and would change: {', '.join(changed)}")
    for folder in ("vectors", "traces", "forms"):
        (HERE / folder).mkdir(exist_ok=True)
        for path in (HERE / folder).iterdir():
            if f"{folder}/{path.name}" not in files:
                path.unlink()
    for path, text in files.items():
        (HERE / path).write_text(text, encoding="utf-8", newline="\n")
    describe(lists)
    added = freeze(files) if args.freeze else 0
    print(f"{len(lists['valid'])} valid and {len(lists['invalid'])} invalid vectors; {added} files frozen just now")


if __name__ == "__main__":
    main()
