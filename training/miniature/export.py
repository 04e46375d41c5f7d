"""Export the generator of a run to ONNX, check it against PyTorch, and install it into the package.

    python training/miniature/export.py RUN/checkpoint.pt --note "what it was trained on"

Without `--out` the files miniature.onnx and miniature.json (its card, with the runs that made it) go to where the
decoder reads them.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import torch
from model import Generator
from weights import example, named, plain, to_onnx

sys.path.append(str(Path(__file__).parents[1]))
from common.card import write_card
from common.onnx_file import largest_difference
from common.record import card_of

PACKAGE = Path(__file__).parents[2] / "src/triptych/decoders/miniature"
TOLERANCE = 1e-3  # of -1..1; an eighth of a level of 255


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("--out", type=Path, default=PACKAGE)
    parser.add_argument("--note", default="")
    args = parser.parse_args()
    state = torch.load(args.checkpoint, map_location="cpu")
    generator = Generator()
    generator.load_state_dict(state["average"])
    generator = plain(generator)
    model = to_onnx(generator)
    sizes = enumerate(((256, 256), (16, 48), (320, 208)))
    examples = (named(example(*size, seed)) for seed, size in sizes)
    worst = largest_difference(generator, model, examples, "picture")
    print(f"{len(model)} bytes; PyTorch and ONNX Runtime differ by {worst:.1e} at most")
    if worst > TOLERANCE:
        raise SystemExit(f"that is more than {TOLERANCE}: nothing was written")
    (args.out / "miniature.onnx").write_bytes(model)
    write_card(args.out / "miniature.json", card_of(model, state, args.note))


if __name__ == "__main__":
    main()
