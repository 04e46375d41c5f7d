"""What the generator is trained to make small."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

# Weights beside that of LPIPS, which is 1. Without `fool` LPIPS comes 0.004 to 0.005 lower, by drawing every line
# twice and weaving patterns of 4 and 8 pixels; with it, it rises slowly while the learning rate is high; with fifteen
# times as much the generator is torn about.
COLOUR, PIXEL, FOOL, WEAVE = 3.0, 0.9, 0.02, 100.0
PERIODS = 8, 16  # pixels: what the network adds is not to repeat at these (common/weave.py)
# That of the distance to what a teacher paints, and the bits per pixel from which on it teaches.
TEACHER, TAUGHT_BPP = 4.0, 0.012


def pixels(made: Tensor, original: Tensor) -> Tensor:
    """L1 of 8 x 8 and 32 x 32 averages, and a little of the pixels."""
    error = made - original
    coarse = F.avg_pool2d(error, 8).abs().mean() + F.avg_pool2d(error, 32).abs().mean()
    return COLOUR * coarse + PIXEL * error.abs().mean()


def perceptual(metric: nn.Module, made: Tensor, original: Tensor) -> Tensor:
    """The mean distance by `metric` of both as they look in one random way.

    Moved, mirrored, turned, and half of the time larger or smaller (Kettunen et al. 2019, "E-LPIPS"): a pattern that
    the metric does not see from one side it sees from another, so there is less to gain from weaving one.
    """
    top, left = torch.randint(8, (2,)).tolist()
    pair = torch.cat([made.float(), original])[..., top:, left:]
    turn, mirror, resize = torch.rand(3).tolist()
    if mirror < 0.5:
        pair = pair.flip(-1)
    if turn < 0.5:
        pair = pair.transpose(-1, -2)
    if resize < 0.5:
        scale = float(torch.empty(1).uniform_(0.75, 1.25))
        pair = F.interpolate(pair, scale_factor=scale, mode="bilinear", antialias=True)
    return metric(*pair.chunk(2)).mean()


def taught(made: Tensor, teacher: Tensor, bpp: Tensor) -> Tensor:
    """L1 to what a larger generator paints, of those pictures that it is good at (Hinton et al. 2015)."""
    return TEACHER * ((made - teacher).abs().mean((1, 2, 3)) * (bpp >= TAUGHT_BPP)).mean()


def fool(judged: Tensor) -> Tensor:
    """The generator's side of the hinge loss (Lim and Ye 2017, eq. 4)."""
    return -judged.mean()


def judge(made: Tensor, real: Tensor) -> Tensor:
    """The discriminator's side of the hinge loss."""
    return F.relu(1 + made).mean() + F.relu(1 - real).mean()
