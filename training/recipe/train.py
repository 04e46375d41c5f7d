"""Train the dictionary with which metadata blocks are compressed: `python training/recipe/train.py TEMPLATES`.

TEMPLATES is the wheel of comfyui-workflow-templates-json (MIT), version 0.1.123, as `pip download --no-deps` gives it.
A tenth of its workflows, chosen by a hash of their names, is held out for measuring (`benchmarks/recipe.py`). All else
that the dictionary is trained on is made by `samples.py`. The same seed and the same version of Zstandard give the same
dictionary, byte for byte.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import sys
from pathlib import Path

import numpy as np
from backports import zstd
from names import KNOWN_NAMES
from templates import held_out, templates

from samples import Maker, chunks
from triptych.bitstream.rangecoder import RangeDecoder
from triptych.errors import DamagedError
from triptych.layers.tables import write_table
from triptych.layers.text import model as text_model

sys.path.append(str(Path(__file__).parents[1]))
from common.card import make_card, write_card
from common.data import data_hash

ROUNDS = 240  # samples of each kind
PROMPTS = 1_500
SIZE = 110_000  # bytes of the dictionary
TEMPLATE_AT_MOST = 40_000  # characters of a template; the largest would outweigh all else


def queued(workflow: dict) -> str:
    """The graph that ComfyUI would queue for a workflow, as far as the workflow itself names its inputs."""
    origin = {link[0]: [str(link[1]), link[2]] for link in workflow.get("links", []) if isinstance(link, list)}
    prompt = {}
    for node in workflow["nodes"]:
        values = node.get("widgets_values")
        values = list(values) if isinstance(values, list) else []
        inputs = {}
        for entry in node.get("inputs", []):
            if "widget" in entry and values:
                inputs[entry["name"]] = values.pop(0)
                if entry["name"] in ("seed", "noise_seed") and values:
                    values.pop(0)
            if entry.get("link") in origin:
                inputs[entry["name"]] = origin[entry["link"]]
        title = node.get("title") or node["type"]
        prompt[str(node["id"])] = {"inputs": inputs, "class_type": node["type"], "_meta": {"title": title}}
    return json.dumps(prompt)


def sample_prompts(rng: random.Random, count: int) -> list[str]:
    """Texts drawn from the network of the text layer: what it makes of random bytes."""
    model = text_model._model()
    texts: list[str] = []
    while len(texts) < count:
        decoder = RangeDecoder(rng.randbytes(400) + b"\x01")
        reader = text_model._Reader(model)
        tokens: list[int] = []
        token = model.end
        while len(tokens) < 80:
            reader.read(token)
            group = text_model._decode_index(decoder, reader.group_ends())
            token = model.starts[group] + text_model._decode_index(decoder, reader.token_ends(group))
            if token == model.end:
                break
            tokens.append(token)
        try:
            text = model.tokeniser.decode(tokens)
        except DamagedError:
            continue
        if len(text) > 20 and text.isprintable():
            texts.append(text)
    return texts


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("templates", type=Path, help="the wheel")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    rng = random.Random(args.seed)
    made = Maker(rng, sample_prompts(rng, PROMPTS))
    samples = [sample for _ in range(ROUNDS) for sample in made.all()]
    for name, workflow in templates(args.templates).items():
        if not held_out(name):
            text = json.dumps(workflow)
            samples.append(chunks(("workflow", text[:TEMPLATE_AT_MOST])))
            samples.append(chunks(("prompt", queued(workflow)), ("workflow", text[:2000])))
    rng.shuffle(samples)
    samples = [made.settings(sample) + sample for sample in samples]
    dictionary = zstd.train_dict(samples, SIZE).dict_content
    lines = "".join(f"{name}\n" for name in KNOWN_NAMES).encode()
    tables = {"dictionary": dictionary, "names": lines}
    arrays = {name: np.frombuffer(data, np.uint8) for name, data in tables.items()}
    path = write_table("recipe", arrays, "training/recipe/train.py")
    digest = hashlib.sha256(args.templates.read_bytes()).hexdigest()
    card = make_card(
        path.read_bytes(),
        steps=len(samples),
        seed=args.seed,
        data=f"samples that the script writes, and workflows of {args.templates.name}",
        data_sha256=data_hash([args.templates]),
        figures={"bytes of samples": sum(map(len, samples)), "Zstandard": ".".join(map(str, zstd.zstd_version_info))},
    )
    write_card(path.with_suffix(".json"), card)
    print(f"{path}: {len(dictionary)} bytes from {len(samples)} samples, {sum(map(len, samples)):,} bytes")
    print(f"seed {args.seed}, Zstandard {zstd.zstd_version}, templates sha256 {digest}")


if __name__ == "__main__":
    main()
