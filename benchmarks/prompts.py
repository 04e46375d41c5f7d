"""How fast texts of many files are unpacked together: `python benchmarks/prompts.py PROMPTS [--json FILE]`.

PROMPTS is a folder with heldout_t2i.txt and heldout_captions.txt (one text a line, all different). Each text is the
prompt of a file or, as the negative prompt, in the recipe of one. Seconds are of the processor, with one thread; the
median of some runs, in which no text is known from the run before.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import statistics
import subprocess
import time
from pathlib import Path

import triptych
from triptych.layers import Layer, Recipe, RecipeLayer, SemanticLayer, together, unpack_texts
from triptych.layers.text.model import decode_counted_again

SIZE = (512, 512)
RUNS = 5
AT_ONCE = (1, 250, 500, 1000)


def prompt(text: str, _: int) -> Layer:
    return SemanticLayer.from_text(text, SIZE)


def recipe(text: str, number: int) -> Layer:
    return RecipeLayer.from_recipe(Recipe(negative=text, model="dreamshaperXL", steps=30, seed=number), SIZE)


def seconds(layers: list[Layer], at_once: int) -> float:
    """For all layers, made anew so that none knows its value."""
    fresh = [type(layer)(SIZE, layer.coding, layer.payload) for layer in layers]
    together._kept.clear()
    decode_counted_again.cache_clear()
    start = time.process_time()
    for first in range(0, len(fresh), at_once):
        unpack_texts(fresh[first : first + at_once])
    for layer in fresh:
        _ = layer.value
    return time.process_time() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    args = parser.parse_args()
    lines = {
        name: (args.folder / f"heldout_{name}.txt").read_text("utf-8").splitlines() for name in ("t2i", "captions")
    }
    kinds = {"prompts": ("t2i", prompt), "captions": ("captions", prompt), "recipes": ("captions", recipe)}
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False).stdout
    result: dict[str, object] = {
        "command": "python benchmarks/prompts.py PROMPTS",
        "commit": commit.strip(),
        "triptych": triptych.__version__,
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}",
        "load_before": round(os.getloadavg()[0], 1),
    }
    for title, (name, make) in kinds.items():
        layers = [make(text, number) for number, text in enumerate(lines[name])]
        seconds(layers, 500)  # tables are loaded, and the shares of tokens known
        rates = {}
        for at_once in AT_ONCE:
            part = layers if at_once > 1 else layers[:50]
            runs = sorted(seconds(part, at_once) for _ in range(RUNS if at_once > 1 else 3))
            rates[str(at_once)] = round(len(part) / statistics.median(runs))
        result[title] = {"layers": len(layers), "a_second_by_layers_at_once": rates}
        print(title, result[title])
    result["load_after"] = round(os.getloadavg()[0], 1)
    result["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
    if args.json:
        args.json.write_text(json.dumps(result, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
