"""Bytes of recipes: `python benchmarks/recipe.py FOLDER [--templates WHEEL] [--json FILE]`.

FOLDER holds picture files with metadata. Settings alone and settings with all blocks are coded per file, and decoded
again. WHEEL is that of comfyui-workflow-templates-json: its workflows that the dictionary was not trained on
(training/recipe/README.md) are coded as ComfyUI puts them into a PNG. "zlib" is deflate of the blocks' data alone.
"""

from __future__ import annotations

import argparse
import json
import sys
import zlib
from dataclasses import replace
from pathlib import Path
from statistics import mean

from PIL import Image

from triptych import InputError
from triptych.layers import Block, Recipe, RecipeLayer
from triptych.metadata.read import read_metadata

sys.path.append(str(Path(__file__).parents[1] / "training/recipe"))
from templates import held_out, templates

SIZE = (512, 512)


def measured(recipe: Recipe, size: tuple[int, int]) -> int:
    """Bytes of the payload, which is decoded again."""
    layer = RecipeLayer.from_recipe(recipe, size)
    back = RecipeLayer(size, layer.coding, layer.payload).recipe
    if replace(back, size=back.size or size) != replace(recipe, size=recipe.size or size):
        raise AssertionError(f"does not come back: {recipe!r:.200}")
    return len(layer.payload)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--templates", type=Path, help="the wheel with ComfyUI's templates")
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    args = parser.parse_args()
    core, full, data, packed = [], [], [], []
    for path in sorted(args.folder.rglob("*")):
        if not path.is_file():
            continue
        try:
            recipe = read_metadata(path).recipe
            with Image.open(path) as image:
                size = image.size
        except (InputError, OSError):
            continue
        if recipe.facts():
            core.append(measured(replace(recipe, blocks=()), size))
        if recipe.blocks and recipe.facts():
            full.append(measured(recipe, size))
            joined = b"".join(block.data for block in recipe.blocks)
            data.append(len(joined))
            packed.append(len(zlib.compress(joined, 9)))
    figures = {
        "settings": {"files": len(core), "mean": mean(core)},
        "blocks": {"files": len(full), "mean": mean(full), "raw": mean(data), "zlib": mean(packed)},
    }
    if args.templates:
        texts = [json.dumps(graph) for name, graph in templates(args.templates).items() if held_out(name)]
        sizes = [measured(Recipe(blocks=(Block.from_text("workflow", text),)), SIZE) for text in texts]
        figures["templates"] = {
            "files": len(sizes), "mean": mean(sizes), "raw": mean(map(len, texts)),
            "zlib": mean(len(zlib.compress(text.encode(), 9)) for text in texts),
        }  # fmt: skip
    for name, values in figures.items():
        print(f"{name}: " + ", ".join(f"{key} {value:,.1f}" for key, value in values.items()))
    if args.json:
        args.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
