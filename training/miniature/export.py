"""Export the generator of a run to ONNX, check it against PyTorch, and install it into the package.

    python training/miniature/export.py RUN/checkpoint.pt --note "what it was trained on"

Without `--out` the files miniature.onnx and miniature.json (its card, with the runs that made it) go to where the
decoder reads them.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
import torch
from model import Generator
from weights import INPUTS, example, plain, to_onnx

from triptych.networks import load_runtime

sys.path.append(str(Path(__file__).parents[1]))
from common.card import UNKNOWN, make_card, write_card

PACKAGE = Path(__file__).parents[2] / "src/triptych/decoders/miniature"
TOLERANCE = 1e-3  # of -1..1; an eighth of a level of 255


def parity(generator: Generator, model: bytes) -> float:
    """The largest difference between PyTorch and ONNX Runtime over pictures of several sizes."""
    session = load_runtime().InferenceSession(model, providers=["CPUExecutionProvider"])
    worst = 0.0
    for seed, size in enumerate(((256, 256), (16, 48), (320, 208))):
        given = example(*size, seed)
        with torch.no_grad():
            wanted = generator(*given).numpy()
        (made,) = session.run(["picture"], {name: x.numpy() for name, x in zip(INPUTS, given, strict=True)})
        worst = max(worst, float(np.abs(made - wanted).max()))
    return worst


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
    worst = parity(generator, model)
    print(f"{len(model)} bytes; PyTorch and ONNX Runtime differ by {worst:.1e} at most")
    if worst > TOLERANCE:
        raise SystemExit(f"that is more than {TOLERANCE}: nothing was written")
    (args.out / "miniature.onnx").write_bytes(model)
    history = state.get("history", [])
    card = make_card(
        model,
        steps=state["step"],
        seed=history[-1]["seed"] if history else UNKNOWN,
        data=args.note,
        data_sha256=history[-1]["data_sha256"] if history else UNKNOWN,
        figures={},
        runs=history,
    )
    write_card(args.out / "miniature.json", card)


if __name__ == "__main__":
    main()
