"""The generator as an ONNX file, and back."""

from __future__ import annotations

import copy
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
import onnx
import torch
from model import WIDTHS, Conv, Generator

sys.path.append(str(Path(__file__).parents[1]))
from common.onnx_file import to_onnx as common_to_onnx
from common.quantised import weights_of

INPUTS = ("painted", "strokes", "noise", "text")
# Convolutions that stay so, those at half the size and at the whole one: their numbers become pixels.
FLOATING = "stem.", "shrink.0.", "grow.0.", "up.0.", "out.", "binomial"


def example(height: int, width: int, seed: int = 0) -> tuple[torch.Tensor, ...]:
    """Random inputs of the generator."""
    rng = torch.Generator().manual_seed(seed)
    planes = [torch.randn(1, channels, height, width, generator=rng).clamp(-1, 1) for channels in (3, 1, 1)]
    return *planes, torch.randn(1, 64, generator=rng)


def plain(generator: Generator) -> Generator:
    """The same generator with its standardised weights worked out, and all weights rounded to float16."""
    made = copy.deepcopy(generator).float().cpu().eval()
    with torch.no_grad():
        for name, module in list(made.named_modules()):
            if isinstance(module, Conv):
                conv = torch.nn.Conv2d(module.in_channels, module.out_channels, 3, padding=1)
                conv.weight.copy_(module.standardised())
                conv.bias.copy_(module.bias)
                parent, _, child = name.rpartition(".")
                setattr(made.get_submodule(parent), child, conv)
        for parameter in made.parameters():
            parameter.copy_(parameter.half().float())
    return made


def to_onnx(generator: Generator, examples: Iterable[Mapping[str, np.ndarray]] = ()) -> bytes:
    """Its ONNX file; with examples of its inputs, in whole numbers but for the first and the last convolutions."""
    return common_to_onnx(generator, named(example(64, 64)), "picture", examples, FLOATING)


def named(inputs: tuple[torch.Tensor, ...]) -> dict[str, torch.Tensor]:
    """The inputs by the names that they have in the file."""
    return dict(zip(INPUTS, inputs, strict=True))


def from_onnx(data: bytes) -> Generator:
    """The generator of a file that `to_onnx` made, to train it further."""
    arrays = weights_of(onnx.load_from_string(data))
    counts = ((part, len(WIDTHS) - (part == "up")) for part in ("down", "up"))
    down, up = (tuple(_blocks(arrays, f"{part}.{level}") for level in range(levels)) for part, levels in counts)
    generator = Generator(down, up)
    with torch.no_grad():
        for name, parameter in generator.named_parameters():
            if not name.endswith(".gain"):
                parameter.copy_(torch.from_numpy(arrays[name]))
        for module in generator.modules():
            if isinstance(module, Conv):
                var, _ = torch.var_mean(module.weight, (1, 2, 3), keepdim=True)
                module.gain.copy_((var * module.weight[0].numel()).sqrt())
    return generator


def _blocks(arrays: dict[str, np.ndarray], level: str) -> int:
    """How many residual blocks a level has."""
    return len({name.split(".")[2] for name in arrays if name.startswith(f"{level}.")})
