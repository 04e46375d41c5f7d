"""What the generator is trained to make small."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

# Weights beside that of LPIPS, which is 1. Without `fool` LPIPS comes 0.005 lower, by weaving patterns of 8 pixels;
# with five times as much it costs 0.004 more, and with thirty times the generator is torn about.
COLOUR, PIXEL, FOOL = 3.0, 0.3, 0.01


def pixels(made: Tensor, original: Tensor, has_colours: Tensor) -> Tensor:
    """L1 of 8 x 8 and 32 x 32 averages, and a little of the pixels; where no colours are known, hardly any."""
    weight = (0.1 + 0.9 * has_colours)[:, None, None, None]
    error = made - original
    coarse = (F.avg_pool2d(error, 8).abs() * weight).mean() + (F.avg_pool2d(error, 32).abs() * weight).mean()
    return COLOUR * coarse + PIXEL * (error.abs() * weight).mean()


def perceptual(metric: nn.Module, made: Tensor, original: Tensor) -> Tensor:
    """The mean distance by `metric`, at a random place of its strides: else patterns could hide between them."""
    top, left = torch.randint(8, (2,)).tolist()
    return metric(made[..., top:, left:], original[..., top:, left:]).mean()


def fool(judged: Tensor) -> Tensor:
    """The generator's side of the hinge loss (Lim and Ye 2017, eq. 4)."""
    return -judged.mean()


def judge(made: Tensor, real: Tensor) -> Tensor:
    """The discriminator's side of the hinge loss."""
    return F.relu(1 + made).mean() + F.relu(1 - real).mean()
