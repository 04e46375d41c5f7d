"""What the networks of the detail layer are trained to make small."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

# Weights beside that of LPIPS, which is 1. LPIPS alone is satisfied with texture that is only plausible; the others
# ask for the right one.
STRUCTURE, PIXEL, COLOUR = 1.2, 0.6, 2.0
BIT_WORTH = 14.0, 1.1  # the loss that one bit per pixel is worth, at t = 0 and t = 1
SCALES = (0.2856, 0.3001, 0.2363)  # of MS-SSIM, those at 1/2, 1/4 and 1/8: crops have no room for the coarsest one


def bit_worth(t: Tensor) -> Tensor:
    return BIT_WORTH[0] * (BIT_WORTH[1] / BIT_WORTH[0]) ** t


def structure(made: Tensor, original: Tensor) -> Tensor:
    """1 - MS-SSIM (Wang et al. 2003) of each sample, (n,), without its finest and its coarsest scale."""
    taps = torch.exp(-0.5 * (torch.arange(-5, 6, device=made.device) / 1.5) ** 2)
    taps = (taps / taps.sum()).expand(15, 1, 1, 11)
    made, original = (made + 1) / 2, (original + 1) / 2
    result = 1.0
    for level, weight in enumerate(SCALES):
        made, original = F.avg_pool2d(made, 2), F.avg_pool2d(original, 2)
        planes = torch.cat([made, original, made * made, original * original, made * original], 1)
        planes = F.conv2d(F.conv2d(planes, taps, groups=15), taps.transpose(2, 3), groups=15)
        a, b, aa, bb, ab = planes.chunk(5, 1)
        value = (2 * (ab - a * b) + 0.03**2) / (aa - a * a + bb - b * b + 0.03**2)
        if level == len(SCALES) - 1:
            value = value * (2 * a * b + 0.01**2) / (a * a + b * b + 0.01**2)
        result = result * value.mean((1, 2, 3)).clamp(min=0.01) ** (weight / sum(SCALES))
    return 1 - result


def perceptual(metric: nn.Module, made: Tensor, original: Tensor) -> Tensor:
    """The distance by `metric` of each sample, (n,), both moved and mirrored at random."""
    top, left = torch.randint(8, (2,)).tolist()
    pair = torch.cat([made, original])[..., top:, left:]
    mirror, turn = torch.rand(2).tolist()
    if mirror < 0.5:
        pair = pair.flip(-1)
    if turn < 0.3:
        pair = pair.transpose(-1, -2)
    return metric(*pair.chunk(2)).flatten()


def distances(metric: nn.Module, made: Tensor, original: Tensor) -> dict[str, Tensor]:
    """The weighted parts of the loss of each sample, each (n,), without that of the bits."""
    error = made - original
    return {
        "lpips": perceptual(metric, made, original),
        "structure": STRUCTURE * structure(made, original),
        "pixel": PIXEL * error.abs().mean((1, 2, 3)),
        "colour": COLOUR * (F.avg_pool2d(error, 4) ** 2).mean((1, 2, 3)),
    }
