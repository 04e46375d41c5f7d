"""Export the generator of a run to ONNX, check it against PyTorch, and install it into the package.

    python training/miniature/export.py RUN/checkpoint.pt --data DATA --note "what it was trained on"

DATA is what prepare.py made: crops of it say how large numbers become in the network, which is quantised by that.
Without `--out` the files miniature.onnx and miniature.json (its card, with the runs that made it) go to where the
decoder reads them.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
import torch
from data import NO_EDGES, Pictures
from model import Generator
from weights import example, named, plain, to_onnx
from words import load_words

sys.path.append(str(Path(__file__).parents[1]))
from common.card import write_card
from common.onnx_file import errors, largest_difference
from common.record import card_of

PACKAGE = Path(__file__).parents[2] / "src/triptych/decoders/miniature"
# Of -1..1, how far off what is drawn at random may be: without quantisation an eighth of a level of 255; and how far
# off pictures may be in the mean when quantised: two thirds of a level.
TOLERANCE, QUANTISED = 1e-3, 5e-3
READINGS, SIDE = 24, 256  # crops to quantise by, and pixels of a side of each


def read(data: Path, count: int) -> list[dict[str, torch.Tensor]]:
    """Inputs of crops: `count` to quantise by, and a third as many to measure on."""
    pictures, rng = Pictures(data, load_words()), np.random.default_rng(5)
    chosen = rng.integers(len(pictures.items), size=count + -(-count // 3))
    batches = (pictures.batch([int(n)], SIDE, rng, [(rng.random() > NO_EDGES, True)]) for n in chosen)
    return [named(batch.conditions()) for batch in batches]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("--data", type=Path, help="of prepare.py; without it nothing is quantised")
    parser.add_argument("--readings", type=int, default=READINGS, help="crops to quantise by (default: %(default)s)")
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
    print(f"PyTorch and ONNX Runtime differ by {worst:.1e} at most")
    if worst > TOLERANCE:
        raise SystemExit(f"that is more than {TOLERANCE}: nothing was written")
    if args.data:
        crops = read(args.data, args.readings)
        given = ({name: value.numpy() for name, value in crop.items()} for crop in crops[: args.readings])
        model = to_onnx(generator, given)
        off = float(np.mean([error.mean() for error in errors(generator, model, crops[args.readings :], "picture")]))
        print(f"quantised: {off:.1e} in the mean")
        if off > QUANTISED:
            raise SystemExit(f"that is more than {QUANTISED}: nothing was written")
    (args.out / "miniature.onnx").write_bytes(model)
    write_card(args.out / "miniature.json", card_of(model, state, args.note))


if __name__ == "__main__":
    main()
