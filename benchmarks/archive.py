"""How fast an index of many files is made and asked.

    python benchmarks/archive.py PROMPTS.txt --files 100000 --json benchmarks/results/archive.json

PROMPTS.txt has a prompt a line. A tenth of the files is made from prompts of their own; the others are copies of these
under other names, so that making them does not take longer than what is measured. Each has a recipe and colours.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

import triptych
from triptych.archive import INDEX_NAME, Index, Query
from triptych.bench import results

SIZE = (512, 512)
MODELS = ("dreamshaperXL", "juggernautXL_v9", "sd_xl_base_1.0", "flux1-dev", "realisticVision60")
QUESTIONS = {
    "two words": Query(words=["woman", "portrait"], limit=50),
    "a word that is everywhere": Query(words=["a"], limit=50),
    "beginning of a word": Query(words=["cat*"], limit=50),
    "words next to each other": Query(words=["oil painting"], limit=50),
    "a word, by name": Query(words=["forest"], sort="name", limit=50),
    "part of a model": Query(model="jugger", limit=50),
    "a seed": Query(seed=4321),
    "the newest": Query(limit=50),
    "nothing found": Query(words=["xyzzyplugh"]),
}


def make(folder: Path, prompts: list[str], count: int) -> None:
    rng = np.random.default_rng(0)
    own = max(1, count // 10)
    texts = [triptych.SemanticLayer.from_text(prompt[:400], SIZE) for prompt in prompts[:own]]
    streams = []
    for number in range(own):
        colours = rng.integers(0, 256, (4, 4, 3)).astype(np.uint8)
        recipe = triptych.Recipe(seed=number, model=MODELS[number % len(MODELS)], steps=20 + number % 30,
                                 negative="blurry, low quality", tool="ComfyUI")  # fmt: skip
        layers = [
            texts[number % len(texts)],
            triptych.TextureLayer.from_colours(colours, SIZE, 20),
            triptych.RecipeLayer.from_recipe(recipe, SIZE),
        ]
        streams.append(triptych.Picture(*SIZE, layers).to_bytes())
    for number in range(count):
        place = folder / f"{number // 1000:03}"
        place.mkdir(exist_ok=True)
        (place / f"{number:06}.trp").write_bytes(streams[number % own])


def clocked(work: object) -> tuple[float, float]:
    """(seconds, seconds of the processor) that a call takes."""
    start = time.perf_counter(), time.process_time()
    work()  # type: ignore[operator]
    return time.perf_counter() - start[0], time.process_time() - start[1]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("prompts", type=Path)
    parser.add_argument("--files", type=int, default=100_000)
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    prompts = args.prompts.read_text("utf-8").splitlines()
    run = results.header(["python", "benchmarks/archive.py", "PROMPTS.txt", "--files", str(args.files)], {})
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make(folder, prompts, args.files)
        with Index(folder) as index:
            made = clocked(index.update)
            again = clocked(index.update)
            asked = {}
            for title, query in QUESTIONS.items():
                times = [clocked(lambda query=query: index.find(query)) for _ in range(9)]
                asked[title] = {
                    "found": len(index.find(query)),
                    "seconds": round(statistics.median(each[0] for each in times), 4),
                    "cpu_seconds": round(statistics.median(each[1] for each in times), 4),
                }
        command = [sys.executable, "-m", "triptych", "find", "woman", "portrait", "--in", name]
        whole = []
        for _ in range(5):
            before = os.times()
            subprocess.run(command, stdout=subprocess.DEVNULL, check=False)
            after = os.times()
            whole.append((after.elapsed - before.elapsed, after.children_user + after.children_system
                          - before.children_user - before.children_system))  # fmt: skip
        result = run | {
            "files": args.files,
            "index_bytes": (folder / INDEX_NAME).stat().st_size,
            "first_update": {"seconds": round(made[0], 2), "cpu_seconds": round(made[1], 2)},
            "second_update": {"seconds": round(again[0], 2), "cpu_seconds": round(again[1], 2)},
            "questions": asked,
            "whole_command": {
                "seconds": round(statistics.median(each[0] for each in whole), 3),
                "cpu_seconds": round(statistics.median(each[1] for each in whole), 3),
            },
        }
    text = json.dumps(result, indent=1)
    print(text)
    if args.json:
        args.json.write_text(text + "\n", "utf-8")


if __name__ == "__main__":
    main()
