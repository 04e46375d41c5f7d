"""Export the networks of a run to ONNX, check them against PyTorch, and install them into the package.

    python training/detail/export.py RUN/checkpoint.pt --note "what they were trained on"
    python training/detail/export.py RUN/checkpoint.pt --data DATA --note "what it was trained on"     # of restore.py

Of a run of train.py the analysis, which the encoder runs, goes to `analysis/detail.onnx`, the synthesis to
`decoders/miniature/detail.onnx`; the network of a run of restore.py goes to `decoders/miniature/restore.onnx`. Each has
a .json beside it (its SHA-256 and history). DATA is what prepare.py and stills.py made: crops of it say how large
numbers become in the network, which is quantised by that.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
import torch
from model import BLOCK, CHANNELS, Codec
from restoration import ABOUT, Restoration
from restore import Stills
from stills import VARIANTS
from torch import Tensor, nn

sys.path.append(str(Path(__file__).parent.parent))
from common.card import write_card
from common.onnx_file import errors, largest_difference, to_onnx
from common.record import card_of

PACKAGE = Path(__file__).parents[2] / "src/triptych"
# Of -1..1 or of a level, how far off what is drawn at random may be: a quarter of a level of 255; and how far off
# pictures may be in the mean when quantised: two thirds of a level.
TOLERANCE, QUANTISED = 2e-3, 5e-3
READINGS, SIDE = 24, 256  # crops to quantise by, and pixels of a side of each
# Convolutions that stay so: those at half the size and at the whole one, whose numbers become pixels, and those on the
# way down whose inputs have the widest range.
FLOATING = "stem.", "shrink.0.", "down.1.", "grow.0.", "up.0.", "out.", "last.", "binomial"


class Encoder(nn.Module):
    """(original, painted, t) -> what is rounded to levels. Beyond t = 1, which is not trained, only the steps go on."""

    def __init__(self, codec: Codec) -> None:
        super().__init__()
        self.analysis, self.rounding = codec.analysis, codec.rounding

    def forward(self, original: Tensor, painted: Tensor, t: Tensor) -> Tensor:
        return self.rounding.scaled(self.analysis(original, painted, t.clamp(max=1)), t)


class Decoder(nn.Module):
    """(levels, painted, t) -> picture."""

    def __init__(self, codec: Codec) -> None:
        super().__init__()
        self.synthesis, self.rounding = codec.synthesis, codec.rounding

    def forward(self, levels: Tensor, painted: Tensor, t: Tensor) -> Tensor:
        return self.synthesis(self.rounding.restored(levels, t), painted, t.clamp(max=1))


def example(height: int, width: int, names: tuple[str, ...], seed: int = 0) -> dict[str, Tensor]:
    """Random inputs of these names."""
    rng = torch.Generator().manual_seed(seed)
    pictures = torch.randn(2, 3, height, width, generator=rng).clamp(-1, 1)
    levels = torch.randn(1, CHANNELS, height // BLOCK, width // BLOCK, generator=rng).mul(0.4).round()  # most are 0
    every = {"levels": levels, "original": pictures[:1], "still": pictures[:1], "painted": pictures[1:]}
    every["about"] = torch.rand(1, ABOUT, 1, 1, generator=rng)
    every["t"] = torch.rand(1, 1, 1, 1, generator=rng)
    return {name: every[name] for name in names}


def read(data: Path, count: int) -> list[dict[str, Tensor]]:
    """Inputs of the restoration for crops: `count` to quantise by, and a third as many to measure on."""
    stills, rng = Stills(data, data / "stills"), np.random.default_rng(5)
    result = []
    for n in range(count + -(-count // 3)):
        _, painted, still, facts = stills.batch([(int(rng.integers(len(stills.items))), n % VARIANTS)], SIDE, rng)
        result.append({"still": still, "painted": painted, "about": facts})
    return result


def quantised(network: Restoration, data: Path, count: int) -> bytes:
    """The file of a restoration in whole numbers but for the first and the last convolutions.

    Raises:
        SystemExit: what it makes of other crops is too far off.
    """
    crops = read(data, count)
    given = ({name: value.numpy() for name, value in crop.items()} for crop in crops[:count])
    model = to_onnx(network, example(64, 64, tuple(crops[0])), "picture", given, FLOATING)
    off = float(np.mean([error.mean() for error in errors(network, model, crops[count:], "picture")]))
    print(f"quantised: {len(model)} bytes, {off:.1e} off in the mean")
    if off > QUANTISED:
        raise SystemExit(f"that is more than {QUANTISED}: nothing was written")
    return model


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("--data", type=Path, help="to quantise by, of a run of restore.py")
    parser.add_argument("--readings", type=int, default=READINGS, help="crops to quantise by (default: %(default)s)")
    parser.add_argument("--package", type=Path, default=PACKAGE)
    parser.add_argument("--note", default="")
    args = parser.parse_args()
    state = torch.load(args.checkpoint, map_location="cpu")
    network = (Restoration() if "network" in state else Codec()).eval().requires_grad_(False)
    network.load_state_dict(state["average"])
    for values in (*network.parameters(), *network.buffers()):
        if values.dim() > 1:
            values.copy_(values.half().float())
    parts: list[tuple[str, nn.Module, tuple[str, ...], str]]
    if isinstance(network, Restoration):
        parts = [("decoders/miniature/restore", network, ("still", "painted", "about"), "picture")]
    else:
        parts = [
            ("analysis/detail", Encoder(network), ("original", "painted", "t"), "scaled"),
            ("decoders/miniature/detail", Decoder(network), ("levels", "painted", "t"), "picture"),
        ]
    for place, part, names, output in parts:
        model = to_onnx(part, example(64, 64, names), output)
        sizes = enumerate(((256, 256), (16, 48), (320, 208)))
        worst = largest_difference(part, model, (example(*size, names, seed) for seed, size in sizes), output)
        print(f"{place}: {len(model)} bytes; PyTorch and ONNX Runtime differ by {worst:.1e} at most")
        if worst > TOLERANCE:
            raise SystemExit(f"that is more than {TOLERANCE}: it was not written")
        if args.data and isinstance(network, Restoration):
            model = quantised(network, args.data, args.readings)
        (args.package / f"{place}.onnx").write_bytes(model)
        write_card(args.package / f"{place}.json", card_of(model, state, args.note))


if __name__ == "__main__":
    main()
