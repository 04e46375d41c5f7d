"""Training side of the integer network (SPEC §6.4): the roundings, as PyTorch functions with gradients."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

from triptych.layers.tables import load_table

WEIGHT_UNIT = 64  # weights are int8 in units of 1/64
ACTIVATION_UNIT = 16  # activations are 0..127 in units of 1/16
BIAS_UNIT = WEIGHT_UNIT * ACTIVATION_UNIT


def weight(w: torch.Tensor, quantised: bool) -> torch.Tensor:
    """A weight as the integer network sees it; rounding passes gradients straight through."""
    w = w.clamp(-127 / WEIGHT_UNIT, 127 / WEIGHT_UNIT)
    return w + ((w * WEIGHT_UNIT).round() / WEIGHT_UNIT - w).detach() if quantised else w


def bias(b: torch.Tensor, quantised: bool) -> torch.Tensor:
    return b + ((b * BIAS_UNIT).round() / BIAS_UNIT - b).detach() if quantised else b


def activation(x: torch.Tensor, quantised: bool) -> torch.Tensor:
    x = x.clamp(0, 127 / ACTIVATION_UNIT)
    return x + ((x * ACTIVATION_UNIT + 1e-3).floor() / ACTIVATION_UNIT - x).detach() if quantised else x


def int8(w: torch.Tensor) -> np.ndarray:
    """The table of a weight."""
    return (weight(w.detach(), True) * WEIGHT_UNIT).round().to(torch.int8).numpy()


def int32(b: torch.Tensor) -> np.ndarray:
    """The table of a bias of the second or third layer."""
    return (b.detach() * BIAS_UNIT).round().to(torch.int32).numpy()


def take_tables(name: str, folder: Path, parameters: dict[str, torch.Tensor]) -> None:
    """Start from the weights of a table, such as the shipped one: sets each parameter from the array of its name."""
    tables = load_table(name, folder)
    with torch.no_grad():
        for array, parameter in parameters.items():
            values = torch.from_numpy(tables[array].astype(np.float32))
            unit = BIAS_UNIT if array in ("b2", "b3") else WEIGHT_UNIT
            parameter.copy_((values if array[0] == "b" else values.T) / unit)


def level_bits(logits: torch.Tensor, level: torch.Tensor) -> torch.Tensor:
    """Total code length of levels in bits: whether not 0, then whether negative, then flags "more than 1", ...

    Args:
        logits: (n, 2 + flags).
        level: whole numbers (n,).
    """
    magnitude = level.abs()
    cost = F.binary_cross_entropy_with_logits(logits[:, 0], (magnitude > 0).float(), reduction="sum")
    some = magnitude > 0
    cost = cost + F.binary_cross_entropy_with_logits(logits[some, 1], (level[some] < 0).float(), reduction="sum")
    for flag in range(1, logits.shape[1] - 1):
        asked = magnitude >= flag
        cost = cost + F.binary_cross_entropy_with_logits(
            logits[asked, 1 + flag], (magnitude[asked] > flag).float(), reduction="sum"
        )
    return cost / math.log(2)
