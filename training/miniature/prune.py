"""Leave residual blocks out of an exported generator; train.py --start then goes on with what is left.

    python training/miniature/prune.py FILE.onnx --keep down.1.0 down.3.1 up.0.0 up.1.1 up.2.2 --out LEAN.onnx
    python training/miniature/prune.py FILE.onnx --measure DATA --metric METRIC

A block adds to what goes through it, so that the others still make sense of what is left (Huang et al. 2016, "Deep
Networks with Stochastic Depth"). `--measure` says for each block by how much LPIPS of dev crops rises without it.
"""

from __future__ import annotations

import argparse
import copy
import sys
from pathlib import Path

import torch
from data import Batch, Pictures
from model import DOWN, UP, Block, Generator
from weights import from_onnx, plain, to_onnx
from words import load_words

sys.path.append(str(Path(__file__).parents[1]))
from common.metric import load_metric


def blocks_of(generator: Generator) -> dict[str, Block]:
    """The residual blocks by name, such as down.3.5: the sixth at 1/16 of the size."""
    return {name: module for name, module in generator.named_modules() if isinstance(module, Block)}


def pruned(generator: Generator, keep: list[str]) -> Generator:
    """A generator of the blocks that are named."""
    made = copy.deepcopy(generator)
    for part in (made.down, made.up):
        for level in range(len(part)):
            name = "down" if part is made.down else "up"
            kept = [block for n, block in enumerate(part[level]) if f"{name}.{level}.{n}" in keep]
            part[level] = torch.nn.ModuleList(kept)
    return made


@torch.no_grad()
def score(generator: Generator, batch: Batch, metric: torch.nn.Module) -> float:
    made = generator(*batch.conditions()).clamp(-1, 1)
    return float(metric(made, batch.original).mean())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path)
    parser.add_argument("--keep", nargs="+", metavar="BLOCK")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--measure", type=Path, metavar="DATA")
    parser.add_argument("--metric", type=Path)
    args = parser.parse_args()
    generator = from_onnx(args.file.read_bytes()).eval()
    if args.measure:
        from train import dev_batches

        batch = dev_batches(Pictures(args.measure, load_words(), dev=True), 256)[0]
        metric = load_metric(args.metric)
        whole = score(generator, batch, metric)
        print(f"whole {whole:.4f}")
        for name in blocks_of(generator):
            rest = [other for other in blocks_of(generator) if other != name]
            print(f"{name} {score(pruned(generator, rest), batch, metric) - whole:+.4f}", flush=True)
    if args.keep:
        lean = pruned(generator, args.keep)
        counts = (tuple(map(len, lean.down)), tuple(map(len, lean.up)))
        if counts != (DOWN, UP):
            raise SystemExit(f"model.py says {DOWN} and {UP}, and these blocks are {counts}")
        args.out.write_bytes(to_onnx(plain(lean)))


if __name__ == "__main__":
    main()
