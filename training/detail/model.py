"""The networks of the detail layer: a learned transform code on top of what `miniature` painted.

The analysis takes what `miniature` painted away from the picture, as far as both agree, and transforms the rest:
a lapped orthogonal transform (Malvar 1990, "Lapped transforms for efficient transform/subband coding") of 16 x 16
blocks, whose weights go on learning, plus what a small network adds to it. Rounded, these are the integers that are
stored. The synthesis transforms back and lets a U-Net see both pictures, the transformed and the painted one, so that
it can keep the painted contours where they are right and override them where they are wrong.

Channels are sorted by use, and any number of the first ones decodes. `t`, 0 to 1, says how finely they are rounded.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

BLOCK = 16  # pixels between latents
CHANNELS = 96
SIDES = 16  # of a picture are multiples of this
WIDTHS = (24, 48, 96, 160)  # of the synthesis at 1/2, 1/4, 1/8 and 1/16
DOWN = (0, 0, 1, 2)  # residual blocks on the way down
UP = (1, 1, 2)  # and up again
ENCODER_WIDTHS = (48, 96, 128)  # of the analysis at 1/4, 1/8 and 1/16
STEPS = 7.0, 1.0  # the first guess of the rounding steps at t = 0 and t = 1
# RGB of -1..1 from Y, Cb, Cr (ITU-R BT.601), the chroma scaled so that an error of it weighs about as much to the eye.
YCC = np.array([[1, 0, 1.402], [1, -0.344136, -0.714136], [1, 1.772, 0]])
CHROMA = 0.6


def lapped_line() -> np.ndarray:
    """(16, 32): a modulated lapped transform of 16 channels; rows are orthonormal, also to their neighbours."""
    k, n = np.arange(BLOCK)[:, None], np.arange(2 * BLOCK)[None]
    window = np.sin((n + 0.5) * np.pi / (2 * BLOCK))
    return window * np.sqrt(2 / BLOCK) * np.cos((n + 0.5 + BLOCK / 2) * (k + 0.5) * np.pi / BLOCK)


def lapped_transform() -> tuple[np.ndarray, np.ndarray]:
    """(analysis, synthesis), each (768, 3, 32, 32): the kernels of all channels, plane by plane, by frequency."""
    line = lapped_line()
    kernels = np.einsum("ay,bx->abyx", line, line).reshape(-1, 2 * BLOCK, 2 * BLOCK)
    scale = np.array([1, CHROMA, CHROMA])
    to_planes = np.linalg.inv(YCC) * scale[:, None]
    to_colours = (YCC / scale).T
    return tuple(
        np.einsum("pc,kyx->pkcyx", matrix, kernels).reshape(-1, 3, 2 * BLOCK, 2 * BLOCK)
        for matrix in (to_planes, to_colours)
    )


def extended(x: Tensor) -> Tensor:
    """8 pixels more on each side, mirrored as the basis functions are there: odd at the start, even at the end."""
    half = BLOCK // 2
    x = torch.cat([-x[:, :, :half].flip(2), x, x[:, :, -half:].flip(2)], 2)
    return torch.cat([-x[..., :half].flip(3), x, x[..., -half:].flip(3)], 3)


def bordered(x: Tensor) -> Tensor:
    """One pixel more on each side, like its neighbour."""
    x = torch.cat([x[:, :, :1], x, x[:, :, -1:]], 2)
    return torch.cat([x[..., :1], x, x[..., -1:]], 3)


class Block(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(width, width, 3, padding=1)
        self.second = nn.Conv2d(width, width, 3, padding=1)
        with torch.no_grad():
            self.second.weight.mul_(0.1)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.second(F.leaky_relu(self.first(F.leaky_relu(x, 0.2)), 0.2))


class Transform(nn.Module):
    """What analysis and synthesis share: the first look at what was painted."""

    def __init__(self) -> None:
        super().__init__()
        self.forth = nn.Conv2d(3, CHANNELS, 2 * BLOCK, BLOCK, bias=False)
        self.back = nn.ConvTranspose2d(CHANNELS, 3, 2 * BLOCK, BLOCK, BLOCK // 2, bias=False)
        self.agree = nn.Parameter(torch.zeros(1, CHANNELS, 1, 1))  # how much of each channel was painted rightly
        taps = torch.exp(-0.5 * (torch.arange(-12, 13) / 5.0) ** 2)
        self.register_buffer("blur", (taps / taps.sum()).expand(3, 1, 1, 25).clone())
        # At the borders of a picture nothing overlaps: what the windows of the transform leave there, made up for.
        window = torch.sin((torch.arange(BLOCK // 2) + 0.5 + BLOCK // 2) * torch.pi / (2 * BLOCK))
        self.register_buffer("border", (1 / (window**2 + window * (1 - window**2).sqrt())).view(1, 1, -1, 1))

    def low(self, painted: Tensor) -> Tensor:
        """The colours of `painted` without its contours."""
        x = F.conv2d(F.pad(painted, (12, 12, 0, 0), mode="replicate"), self.blur, groups=3)
        return F.conv2d(F.pad(x, (0, 0, 12, 12), mode="replicate"), self.blur.transpose(2, 3), groups=3)

    def returned(self, latents: Tensor) -> Tensor:
        """The picture of latents: `forth` the other way."""
        x, half = self.back(latents), BLOCK // 2
        x = torch.cat([x[:, :, :half] * self.border, x[:, :, half:-half], x[:, :, -half:] * self.border.flip(2)], 2)
        across = self.border.transpose(2, 3)
        return torch.cat([x[..., :half] * across, x[..., half:-half], x[..., -half:] * across.flip(3)], 3)

    def expected(self, painted: Tensor, low: Tensor) -> Tensor:
        return self.agree * self.forth(extended(painted - low))


class Analysis(nn.Module):
    """(original, painted, t) -> latents before rounding."""

    def __init__(self, transform: Transform) -> None:
        super().__init__()
        self.transform = transform
        a, b, c = ENCODER_WIDTHS
        self.stem = nn.Conv2d(6 * 16, a, 1)
        self.shrink1 = nn.Conv2d(a, b, 4, 2, 1)
        self.shrink2 = nn.Conv2d(b, c, 4, 2, 1)
        self.see = nn.Conv2d(CHANNELS + 1, c, 1)
        self.block = Block(c)
        self.out = nn.Conv2d(c, CHANNELS, 1)
        nn.init.zeros_(self.out.weight)
        nn.init.zeros_(self.out.bias)

    def forward(self, original: Tensor, painted: Tensor, t: Tensor) -> Tensor:
        """(n, CHANNELS, h / 16, w / 16). original, painted: (n, 3, h, w), -1..1. t: (n, 1, 1, 1), 0..1."""
        low = self.transform.low(painted)
        y = self.transform.forth(extended(original - low)) - self.transform.expected(painted, low)
        x = self.stem(F.pixel_unshuffle(torch.cat([original, painted], 1), 4))
        x = self.shrink1(F.leaky_relu(x, 0.2))
        x = self.shrink2(F.leaky_relu(x, 0.2)) + self.see(torch.cat([y, t.expand(-1, 1, *y.shape[2:])], 1))
        return y + self.out(F.leaky_relu(self.block(x), 0.2))


class UNet(nn.Module):
    """Two pictures and `about` numbers -> the first one with what it misses: what synthesis and restoration share."""

    def __init__(
        self, about: int, widths: Sequence[int] = WIDTHS, down: Sequence[int] = DOWN, up: Sequence[int] = UP
    ) -> None:
        super().__init__()
        self.stem = nn.Conv2d(4 * 6 + about, widths[0], 3, padding=1)
        self.shrink = nn.ModuleList(nn.Conv2d(a, b, 4, 2, 1) for a, b in pairwise(widths))
        self.down = nn.ModuleList(nn.Sequential(*(Block(w) for _ in range(n)))
                                  for w, n in zip(widths, down, strict=True))  # fmt: skip
        self.grow = nn.ModuleList(nn.Conv2d(b, 4 * a, 1) for a, b in pairwise(widths))
        self.up = nn.ModuleList(nn.Sequential(*(Block(w) for _ in range(n)))
                                for w, n in zip(widths[:3], up, strict=True))  # fmt: skip
        self.out = nn.Conv2d(widths[0], 4 * 8, 3, padding=1)
        # After the last upsampling, so that what it makes has no pattern of 2 or 4 pixels: a convolution, and a fixed
        # binomial filter.
        self.last = nn.Conv2d(8, 4, 3, padding=1)
        line = torch.tensor([0.25, 0.5, 0.25])
        self.register_buffer("binomial", torch.outer(line, line).expand(4, 1, 3, 3).clone())
        with torch.no_grad():
            self.last.weight.mul_(0.1)
            self.last.bias.copy_(torch.tensor([0.0, 0.0, 0.0, -1.0]))

    def added(self, plain: Tensor, painted: Tensor, about: Tensor, lowest: Tensor | float = 0) -> Tensor:
        """(n, 3, h, w). plain, painted: (n, 3, h, w); about: (n, numbers, 1, 1); lowest: added at 1/16."""
        x = F.pixel_unshuffle(torch.cat([plain, painted], 1), 2)
        x = self.stem(torch.cat([x, about.expand(-1, -1, *x.shape[2:])], 1))
        kept = []
        for level, blocks in enumerate(self.down):
            x = blocks(x + lowest if level == 3 else x)
            if level < 3:
                kept.append(x)
                x = self.shrink[level](F.leaky_relu(x, 0.2))
        for level in reversed(range(3)):
            x = kept[level] + F.pixel_shuffle(self.grow[level](F.leaky_relu(x, 0.2)), 2)
            x = self.up[level](x)
        x = self.last(F.pixel_shuffle(self.out(F.leaky_relu(x, 0.2)), 2))
        x = F.conv2d(bordered(x), self.binomial, groups=4)
        return plain + torch.sigmoid(x[:, 3:]) * (painted - plain) + x[:, :3]


class Synthesis(UNet):
    """(latents, painted, t) -> picture."""

    def __init__(self, transform: Transform) -> None:
        super().__init__(1)
        self.transform = transform
        self.see = nn.Conv2d(CHANNELS + 1, WIDTHS[3], 1)

    def forward(self, latents: Tensor, painted: Tensor, t: Tensor) -> Tensor:
        """(n, 3, h, w), about -1..1. latents: (n, CHANNELS, h / 16, w / 16), 0 where there are none."""
        low = self.transform.low(painted)
        plain = low + self.transform.returned(latents + self.transform.expected(painted, low))
        lowest = self.see(torch.cat([latents, t.expand(-1, 1, *latents.shape[2:])], 1))
        return self.added(plain, painted, t, lowest)


class Rounding(nn.Module):
    """Latents <-> integers: a step a channel that falls with t, and what becomes zero."""

    def __init__(self) -> None:
        super().__init__()
        shape = (1, CHANNELS, 1, 1)
        # Not learned: rounding has no gradient that says how the number of levels that are not 0 grows.
        self.register_buffer("coarse", torch.full(shape, float(np.log(STEPS[0]))))
        self.register_buffer("fine", torch.full(shape, float(np.log(STEPS[1]))))
        self.register_buffer("dead", torch.full(shape, 0.15))  # how much more than 1/2 rounds to 0, in steps
        self.register_buffer("inner", torch.full(shape, 0.04))  # how much nearer to 0 a level stands for, in steps

    def step(self, t: Tensor) -> Tensor:
        return torch.exp(self.coarse + (self.fine - self.coarse) * t)

    def scaled(self, latents: Tensor, t: Tensor) -> Tensor:
        """What is rounded to the nearest whole number."""
        x = latents / self.step(t)
        return x.sign() * F.relu(x.abs() - self.dead)

    def restored(self, levels: Tensor, t: Tensor) -> Tensor:
        return (levels + (self.dead - self.inner) * levels.sign()) * self.step(t)


class Probabilities(nn.Module):
    """How many bits levels take, for training: Laplace distributions whose widths follow from the levels before.

    The shipped coder has a network of its own that works in whole numbers; this one is there to have gradients.
    """

    def __init__(self) -> None:
        super().__init__()
        self.see = nn.Conv2d(2 * CHANNELS, 2 * CHANNELS, 3, padding=1)
        nn.init.zeros_(self.see.weight)
        nn.init.zeros_(self.see.bias)
        self.slope = nn.Parameter(torch.zeros(1, CHANNELS, 1, 1))
        # Earlier channels are known everywhere, the same one in half of the places.
        before = torch.tril(torch.ones(CHANNELS, CHANNELS), -1)[:, :, None, None].expand(-1, -1, 3, 3).clone()
        own = torch.tensor([[0, 1, 0], [1, 0, 0], [0, 0, 0]]).float()
        before += torch.eye(CHANNELS)[:, :, None, None] * own
        self.register_buffer("mask", before.repeat(2, 2, 1, 1))

    def forward(self, values: Tensor, levels: Tensor, t: Tensor, *, fixed: bool = False) -> Tensor:
        """Bits, (n, CHANNELS, y, x), of `values` (levels, rounded or with noise) in the context of `levels`.

        With `fixed` nothing is learned about the probabilities.
        """
        x = torch.cat([levels, torch.log1p(levels.abs())], 1)
        mean, width = F.conv2d(x, self.see.weight * self.mask, self.see.bias, padding=1).chunk(2, 1)
        width = torch.exp((width + self.slope * (t - 0.5) - 0.7).clamp(-4, 4))
        if fixed:
            mean, width = mean.detach(), width.detach()
        away = (values - mean).abs()
        inside = 1 - 0.5 * (torch.exp(-(away + 0.5) / width) + torch.exp(-(0.5 - away).clamp(min=0) / width))
        # Beyond half a step both ends lie on one side; the logarithm of the difference is written so that it is exact.
        beyond = torch.exp(-(away - 0.5).clamp(min=0) / width) * 0.5 * (1 - torch.exp(-1 / width))
        return -torch.log2(torch.where(away < 0.5, inside, beyond).clamp(min=1e-7))


class Codec(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.transform = Transform()
        self.analysis = Analysis(self.transform)
        self.synthesis = Synthesis(self.transform)
        self.rounding = Rounding()
        self.probabilities = Probabilities()

    def forward(self, original: Tensor, painted: Tensor, t: Tensor, keep: Tensor) -> tuple[Tensor, Tensor]:
        """(picture, bits of each sample (n,)); keep: (n, CHANNELS, 1, 1), 0 or 1."""
        x = self.rounding.scaled(self.analysis(original, painted, t), t) * keep
        levels = x + (x.round() - x).detach()
        # Whoever estimates the bits learns from rounded levels, because most are zero, and noise instead of rounding
        # would make most of the bits the noise's. Whoever chooses the levels learns from noisy ones, because rounded
        # ones do not say what it costs to become more than zero.
        real = (self.probabilities(levels.detach(), levels.detach(), t) * keep).sum((1, 2, 3))
        noisy = x + (torch.rand_like(x) - 0.5) * keep
        guess = (self.probabilities(noisy, levels.detach(), t, fixed=True) * keep).sum((1, 2, 3))
        bits = real + guess - guess.detach()
        return self.synthesis(self.rounding.restored(levels, t), painted, t), bits


def start(codec: Codec, pairs: list[tuple[Tensor, Tensor]]) -> Tensor:
    """Set the transform by what it finds in pictures and what was painted of them; the variances of its channels.

    Kept are the channels with the largest variance of what was not painted, in this order.
    """
    forth, back = (torch.from_numpy(x).float() for x in lapped_transform())
    together = painted_alone = rest = 0
    for original, painted in pairs:
        low = codec.transform.low(painted)
        a, b = (F.conv2d(extended(x - low), forth, stride=BLOCK) for x in (original, painted))
        together, painted_alone = together + (a * b).mean((0, 2, 3)), painted_alone + (b * b).mean((0, 2, 3))
        rest = rest + (a * a).mean((0, 2, 3))
    agree = (together / painted_alone).clamp(0, 1)
    rest = rest - 2 * agree * together + agree**2 * painted_alone
    order = rest.argsort(descending=True)[:CHANNELS]
    with torch.no_grad():
        codec.transform.forth.weight.copy_(forth[order])
        codec.transform.back.weight.copy_(back[order])
        codec.transform.agree.copy_(agree[order][None, :, None, None])
        # Laplace distributions of these variances, at the middle of t.
        width = (rest[order] / len(pairs) / 2).sqrt() / np.sqrt(np.prod(STEPS))
        codec.probabilities.see.bias[CHANNELS:].copy_(width.log() + 0.7)
        codec.probabilities.slope.fill_(float(np.log(STEPS[0] / STEPS[1])))
    return rest[order] / len(pairs)
