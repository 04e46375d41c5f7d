"""Export the networks of a run to ONNX, check them against PyTorch, and install them into the package.

    python training/detail/export.py RUN/checkpoint.pt --note "what they were trained on"

The analysis, which the encoder runs, goes to `analysis/detail.onnx`, the synthesis to
`decoders/miniature/detail.onnx`, each with a .json beside it (its SHA-256 and history).
"""

from __future__ import annotations

import argparse
import io
import sys
import warnings
from pathlib import Path

import numpy as np
import onnx
import torch
from model import BLOCK, CHANNELS, Codec
from torch import Tensor, nn

from triptych.networks import load_runtime

sys.path.append(str(Path(__file__).parent.parent))
from common.card import UNKNOWN, make_card, write_card
from half import halved

PACKAGE = Path(__file__).parents[2] / "src/triptych"
TOLERANCE = 2e-3  # of -1..1 or of a level; a quarter of a level of 255


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


def example(height: int, width: int, seed: int = 0) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Random (levels, original, painted, t)."""
    rng = torch.Generator().manual_seed(seed)
    pictures = torch.randn(2, 3, height, width, generator=rng).clamp(-1, 1)
    levels = torch.randn(1, CHANNELS, height // BLOCK, width // BLOCK, generator=rng).mul(0.4).round()  # most are 0
    return levels, pictures[:1], pictures[1:], torch.rand(1, 1, 1, 1, generator=rng)


def to_onnx(network: nn.Module, inputs: dict[str, Tensor], output: str) -> bytes:
    """An ONNX file with inputs of any size; weights are float16 on disk and float32 in use."""
    buffer = io.BytesIO()
    axes = {name: {2: f"{name}_height", 3: f"{name}_width"} for name in (*inputs, output) if name != "t"}
    with warnings.catch_warnings():
        # The older exporter needs no further package, and keeps the names of parameters.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            network, tuple(inputs.values()), buffer, input_names=list(inputs), output_names=[output],
            dynamic_axes=axes, opset_version=17, dynamo=False,
        )  # fmt: skip
    return halved(onnx.load_from_string(buffer.getvalue())).SerializeToString()


def parity(network: nn.Module, model: bytes, names: tuple[str, ...], output: str) -> float:
    """The largest difference between PyTorch and ONNX Runtime over pictures of several sizes."""
    session = load_runtime().InferenceSession(model, providers=["CPUExecutionProvider"])
    worst = 0.0
    for seed, size in enumerate(((256, 256), (16, 48), (320, 208))):
        given = dict(zip(("levels", "original", "painted", "t"), example(*size, seed), strict=True))
        with torch.no_grad():
            wanted = network(*(given[name] for name in names)).numpy()
        (made,) = session.run([output], {name: given[name].numpy() for name in names})
        worst = max(worst, float(np.abs(made - wanted).max()))
    return worst


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("--package", type=Path, default=PACKAGE)
    parser.add_argument("--note", default="")
    args = parser.parse_args()
    state = torch.load(args.checkpoint, map_location="cpu")
    codec = Codec().eval().requires_grad_(False)
    codec.load_state_dict(state["average"])
    for values in (*codec.parameters(), *codec.buffers()):
        if values.dim() > 1:
            values.copy_(values.half().float())
    given = dict(zip(("levels", "original", "painted", "t"), example(64, 64), strict=True))
    for folder, network, names, output in (
        ("analysis", Encoder(codec), ("original", "painted", "t"), "scaled"),
        ("decoders/miniature", Decoder(codec), ("levels", "painted", "t"), "picture"),
    ):
        model = to_onnx(network, {name: given[name] for name in names}, output)
        worst = parity(network, model, names, output)
        print(f"{folder}: {len(model)} bytes; PyTorch and ONNX Runtime differ by {worst:.1e} at most")
        if worst > TOLERANCE:
            raise SystemExit(f"that is more than {TOLERANCE}: it was not written")
        (args.package / folder / "detail.onnx").write_bytes(model)
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
        write_card(args.package / folder / "detail.json", card)


if __name__ == "__main__":
    main()
