"""Writes the golden dumps of tests/edit: one readable JSON file for each edit in `CASES`.

Run it after a change that is meant to change what edits do, and read the difference before you commit it:

    python tests/edit/make_goldens.py

The pictures are made of synthetic layers and not of pixels, so that a better extractor changes nothing here.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np

from triptych import EdgeLayer, Picture, PoseLayer, SemanticLayer, TextureLayer, edit
from triptych.codec.picture import make_picture
from triptych.layers.texture import pack_levels

GOLDENS = Path(__file__).with_name("goldens")

PERSON = [
    (128, 40), (128, 60), (112, 61), (104, 92), (100, 120), (144, 61), (152, 92), (157, 121), (118, 124), (117, 170),
    (116, 216), (138, 124), (139, 170), (141, 216), (124, 36), (132, 36), (119, 39), (-1, -1),
]  # fmt: skip


def raster(rows: int, columns: int) -> np.ndarray:
    """A house, a moon and a line of ground: bool (rows, columns)."""
    edges = np.zeros((rows, columns), bool)
    edges[rows - 3, :] = True
    left, right, top = columns // 8, columns // 2, rows // 2
    edges[top : rows - 3, left] = edges[top : rows - 3, right] = edges[top, left : right + 1] = True
    y, x = np.mgrid[:rows, :columns]
    moon = (x - columns * 0.75) ** 2 + (y - rows * 0.25) ** 2 <= (rows / 7) ** 2
    edges |= moon & ~(np.roll(moon, 1, 0) & np.roll(moon, -1, 0) & np.roll(moon, 1, 1) & np.roll(moon, -1, 1))
    return edges


def texture(size: tuple[int, int], rows: int, columns: int, index: int = 14) -> TextureLayer:
    """A blue sky over green ground, from levels: what it decodes to does not depend on the encoder's choices."""
    levels = np.zeros((3, rows, columns), np.int64)
    levels[0, :3, :2] = [[8, -6], [24, 2], [-9, 0]]
    levels[1, :2, :2] = [[2, 3], [21, -2]]
    levels[2, :2, :2] = [[-12, 6], [-6, 2]]
    return TextureLayer(size, 0, pack_levels(levels, index))


def people(count: int = 2) -> np.ndarray:
    """One person in the middle and a smaller one to its left: int64 (count, 18, 2)."""
    first = np.array(PERSON, np.int64)
    second = np.where(first < 0, first, first // 2 + [4, 100])
    return np.stack([first, second])[:count]


@cache
def picture() -> Picture:
    """128 x 96 pixels and all four layers; the colour map has 6 x 8 cells, the edges 24 x 32."""
    size = (128, 96)
    return make_picture(
        size,
        [
            SemanticLayer.from_text("a small house under a full moon, night", size),
            texture(size, 6, 8),
            PoseLayer.from_people(people(), size),
            EdgeLayer.from_raster(raster(24, 32), size),
        ],
    )


@cache
def other() -> Picture:
    """Another picture of another size and other grids."""
    size = (96, 96)
    edges = np.zeros((20, 20), bool)
    edges[4:16, 4] = edges[4:16, 15] = edges[4, 4:16] = edges[15, 4:16] = True
    return make_picture(
        size,
        [
            SemanticLayer.from_text("a red frame", size),
            TextureLayer.from_colours(np.full((5, 5, 3), (200, 40, 30), np.uint8), size, 10),
            EdgeLayer.from_raster(edges, size),
        ],
    )


HOUSE, MOON = "8%,40%,60%,85%", "60%,5%,90%,45%"

# Name -> (an edit, the layers that it may touch).
CASES: dict[str, tuple[Callable[[Picture], Picture], str]] = {
    "set_prompt": (lambda p: edit.set_prompt(p, "a tower"), "semantic"),
    "append_prompt": (lambda p: edit.append_prompt(p, "oil painting"), "semantic"),
    "replace_prompt": (lambda p: edit.replace_prompt(p, "full moon", "red sun"), "semantic"),
    "remove_words": (lambda p: edit.replace_prompt(p, "under a full moon", ""), "semantic"),
    "replace_regex": (lambda p: edit.replace_prompt(p, r"(small|large) (\w+)", r"\2, \1,", regex=True), "semantic"),
    "erase_edges": (lambda p: edit.erase_edges(p, MOON), "edges"),
    "keep_edges": (lambda p: edit.keep_edges(p, "10,40 70,40 70,85 10,85"), "edges"),
    "move_edges": (lambda p: edit.move_edges(p, MOON, "-40,16"), "edges"),
    "scale_edges": (lambda p: edit.scale_edges(p, HOUSE, 0.6), "edges"),
    "rotate_edges": (lambda p: edit.rotate_edges(p, HOUSE, 30), "edges"),
    "rotate_edges_180": (lambda p: edit.rotate_edges(p, "all", 180), "edges"),
    "mirror_edges": (lambda p: edit.mirror_edges(p), "edges"),
    "flip_edges": (lambda p: edit.mirror_edges(p, HOUSE, upside_down=True), "edges"),
    "copy_edges": (lambda p: edit.copy_edges(p, other(), "10%,10%,90%,90%", "50%,0,100%,66%"), "edges"),
    "replace_edges": (lambda p: edit.replace_edges(p, other()), "edges"),
    "smooth_edges": (lambda p: edit.smooth_edges(p, MOON, 3), "edges"),
    "erase_band": (lambda p: edit.erase_edges(p, "60%,5% 90%,45% @12"), "edges"),
    "draw_edges": (lambda p: edit.draw_edges(p, "0,0 50%,50% 100%,0"), "edges"),
    "draw_edges_wide": (lambda p: edit.draw_edges(p, "20,20 100,70", 24), "edges"),
    "move_joint": (lambda p: edit.move_joint(p, 1, "left wrist", "90%,10%"), "pose"),
    "take_joint": (lambda p: edit.move_joint(p, 2, "nose", None), "pose"),
    "move_person": (lambda p: edit.move_person(p, 2, "50%,-10%"), "pose"),
    "scale_person": (lambda p: edit.scale_person(p, 1, 0.5), "pose"),
    "mirror_person": (lambda p: edit.mirror_person(p, 1), "pose"),
    "remove_person": (lambda p: edit.remove_person(p, 1), "pose"),
    "replace_people": (lambda p: edit.replace_people(p, people(1)), "pose"),
    "add_people": (lambda p: edit.add_people(p, people(1)), "pose"),
    "add_person": (lambda p: edit.add_person(p, "70%,50%", "60%"), "pose"),
    "paint_band": (lambda p: edit.paint(p, "10%,10% 90%,30% 90%,80% @20", "teal"), "texture"),
    "paint": (lambda p: edit.paint(p, MOON, "gold"), "texture"),
    "paint_polygon": (lambda p: edit.paint(p, "0,0 100%,0 0,100%", (10, 20, 30)), "texture"),
    "fill": (lambda p: edit.fill(p, HOUSE), "texture"),
    "blend": (lambda p: edit.blend(p, "all", "#ff8800", 0.5), "texture"),
    "blend_picture": (lambda p: edit.blend(p, "50%,0,100%,100%", other(), 0.7), "texture"),
    "hue": (lambda p: edit.shift_colours(p, hue=120), "texture"),
    "grey": (lambda p: edit.shift_colours(p, saturation=-100), "texture"),
    "light_and_warm": (lambda p: edit.shift_colours(p, MOON, lightness=15, temperature=60), "texture"),
    "match_palette": (lambda p: edit.match_palette(p, other()), "texture"),
    "reduce_palette": (lambda p: edit.reduce_palette(p, 3), "texture"),
    "named_palette": (lambda p: edit.reduce_palette(p, "navy+#a0d080"), "texture"),
    "replace_texture": (lambda p: edit.replace_texture(p, other()), "texture"),
    "erase_object": (lambda p: edit.erase_object(p, MOON, words="under a full moon"), "semantic texture edges"),
    "erase_person": (lambda p: edit.erase_object(p, "0,50%,38%,100%"), "texture pose edges"),
    "move_object": (lambda p: edit.move_object(p, MOON, "-50%,0"), "texture edges"),
    "duplicate_object": (lambda p: edit.move_object(p, MOON, "-50%,0", keep=True), "texture edges"),
    "duplicate_person": (lambda p: edit.move_object(p, "0,50%,38%,100%", "40%,0", keep=True), "texture pose edges"),
    "drop_layers": (lambda p: edit.drop_layers(p, "pose", "texture"), "texture pose"),
    "keep_layers": (lambda p: edit.keep_layers(p, "edges"), "semantic texture pose"),
    "transplant": (lambda p: edit.transplant(p, other(), "edges", "texture"), "texture edges"),
    "set_seed": (lambda p: edit.set_seed(p, 7), "seed"),
    "mirror": (lambda p: edit.mirror(p), "texture pose edges"),
    "crop_aligned": (lambda p: edit.crop(p, (32, 16, 96, 80)), "texture pose edges"),
    "crop": (lambda p: edit.crop(p, (11, 7, 101, 83)), "texture pose edges"),
    "resize_canvas": (lambda p: edit.resize_canvas(p, (160, 128), "bottom"), "texture pose edges"),
    "resize_canvas_colour": (lambda p: edit.resize_canvas(p, (160, 96), "left", colour="red"), "texture pose edges"),
    "resize": (lambda p: edit.resize(p, (96, 128)), "texture pose edges"),
    "resize_same_shape": (lambda p: edit.resize(p, (256, 192)), ""),
    "thin": (lambda p: edit.thin(p, max_bytes=90), "semantic texture pose edges"),
    "thin_hard": (lambda p: edit.thin(p, max_bytes=45), "semantic texture pose edges"),
}  # fmt: skip


def dump(edited: Picture, before: Picture | None = None) -> str:
    """A picture as readable text: size, notes, and the value of each layer that is not the same as `before`."""
    same = {(layer.kind, layer.payload) for layer in before.layers} if before else set()
    values = {}
    for layer in edited.layers:
        value = layer.summary()
        if "people" in value:
            value = [" ".join(f"{name} {x},{y}" for name, (x, y) in person.items()) for person in value["people"]]
        elif "quality_index" in value:
            value = {"quality_index": value["quality_index"], "rows": [" ".join(row) for row in value["rows"]]}
        elif "rows" in value:
            value = value["rows"]
        values[layer.name] = "as before" if (layer.kind, layer.payload) in same else value
    size = "{} x {}".format(*edited.size)
    return json.dumps({"size": size, "notes": list(edited.notes), **values}, indent=1) + "\n"


def main() -> None:
    GOLDENS.mkdir(exist_ok=True)
    for old in GOLDENS.glob("*.json"):
        old.unlink()
    (GOLDENS / "picture.json").write_text(dump(picture()), encoding="utf-8")
    for name, (change, _) in CASES.items():
        (GOLDENS / f"{name}.json").write_text(dump(change(picture()), picture()), encoding="utf-8")
    print(f"{len(CASES) + 1} dumps in {GOLDENS}")


if __name__ == "__main__":
    main()
