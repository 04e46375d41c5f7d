"""The miniature's generator: a U-Net that turns what `sketch` paints into a picture with texture.

Most of its work is done at 1/16 to 1/4 of the picture's size. It is fully convolutional and has no
normalisation of activations, so crops and whole pictures of any size behave alike.
"""

from __future__ import annotations

from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn

TEXT = 64  # numbers that describe a prompt
WIDTHS = (32, 64, 128, 192)  # channels at 1/2, 1/4, 1/8 and 1/16 of the size
DOWN = (0, 1, 2, 2)  # residual blocks on the way down
UP = (1, 2, 2)  # and up again
MULTIPLE = 16  # sides of the input are multiples of this


class Conv(nn.Conv2d):
    """3 x 3, with weights that are centred and scaled to keep the size of activations (Brock et al. 2021,
    "High-Performance Large-Scale Image Recognition Without Normalization", eq. 1), times a learned gain."""

    def __init__(self, width: int, gain: float) -> None:
        super().__init__(width, width, 3, padding=1)
        self.gain = nn.Parameter(torch.full((width, 1, 1, 1), gain))
        nn.init.zeros_(self.bias)

    def standardised(self) -> Tensor:
        # In float32, whatever the convolution itself runs in.
        var, mean = torch.var_mean(self.weight, (1, 2, 3), keepdim=True)
        return (self.weight - mean) * self.gain * (var * self.weight[0].numel() + 1e-5).rsqrt()

    def forward(self, x: Tensor) -> Tensor:
        return F.conv2d(x, self.standardised(), self.bias, padding=1)


class Block(nn.Module):
    """x + conv(act(conv(act(x)))), scaled and shifted in between by what the condition says."""

    def __init__(self, width: int, condition: int) -> None:
        super().__init__()
        self.first = Conv(width, 1.4)
        self.second = Conv(width, 0.0)
        self.film = nn.Linear(condition, 2 * width) if condition else None
        if self.film:
            nn.init.zeros_(self.film.weight)
            nn.init.zeros_(self.film.bias)

    def forward(self, x: Tensor, condition: Tensor) -> Tensor:
        y = self.first(F.leaky_relu(x, 0.2))
        if self.film:
            scale, shift = self.film(condition)[:, :, None, None].chunk(2, 1)
            y = y * (1 + scale) + shift
        return x + self.second(F.leaky_relu(y, 0.2))


class Generator(nn.Module):
    """(painted, strokes, noise, text) -> picture.

    Args:
        down, up: residual blocks at each size, on the way down and up again.
    """

    def __init__(self, down: tuple[int, ...] = DOWN, up: tuple[int, ...] = UP) -> None:
        super().__init__()
        condition = 128
        self.describe = nn.Sequential(nn.Linear(TEXT, condition), nn.LeakyReLU(0.2))
        self.stem = nn.Conv2d(4 * 5, WIDTHS[0], 3, padding=1)
        films = (0, 0, condition, condition)
        self.down = nn.ModuleList(
            nn.ModuleList(Block(w, c) for _ in range(n)) for w, c, n in zip(WIDTHS, films, down, strict=True)
        )
        self.shrink = nn.ModuleList(nn.Conv2d(a, b, 4, 2, 1) for a, b in pairwise(WIDTHS))
        self.grow = nn.ModuleList(nn.Conv2d(b, 4 * a, 1) for a, b in pairwise(WIDTHS))
        self.up = nn.ModuleList(
            nn.ModuleList(Block(w, c) for _ in range(n)) for w, c, n in zip(WIDTHS[:3], films[:3], up, strict=True)
        )
        self.out = nn.Conv2d(WIDTHS[0], 4 * 3, 3, padding=1)
        # A fixed binomial filter after the last upsampling: it leaves nothing of a pattern that repeats every two
        # pixels, which upsampling likes to make and perceptual losses do not see.
        line = torch.tensor([0.25, 0.5, 0.25])
        self.register_buffer("binomial", torch.outer(line, line).expand(3, 1, 3, 3).clone())
        nn.init.zeros_(self.out.weight)
        nn.init.zeros_(self.out.bias)

    def forward(self, painted: Tensor, strokes: Tensor, noise: Tensor, text: Tensor) -> Tensor:
        """The picture, (n, 3, h, w), about -1..1.

        painted: (n, 3, h, w), -1..1. strokes: (n, 1, h, w), 0..1; 0 everywhere without edges.
        noise: (n, 1, h, w), normal. text: (n, TEXT), 0 for none. h and w are multiples of `MULTIPLE`.
        """
        condition = self.describe(text)
        x = self.stem(F.pixel_unshuffle(torch.cat([painted, strokes, noise], 1), 2))
        kept = []
        for level, blocks in enumerate(self.down):
            for block in blocks:
                x = block(x, condition)
            if level < len(self.shrink):
                kept.append(x)
                x = self.shrink[level](x)
        for level in reversed(range(len(self.up))):
            x = kept[level] + F.pixel_shuffle(self.grow[level](x), 2)
            for block in self.up[level]:
                x = block(x, condition)
        change = F.pixel_shuffle(self.out(F.leaky_relu(x, 0.2)), 2)
        return painted + F.conv2d(F.pad(change, (1, 1, 1, 1), mode="replicate"), self.binomial, groups=3)


class Discriminator(nn.Module):
    """Tells real patches of about 70 pixels from painted ones (Isola et al. 2017, PatchGAN).

    It sees only what differs from the mean of 9 x 9 pixels around: texture is to be judged, and colours are known.
    """

    def __init__(self) -> None:
        super().__init__()
        widths = (3, 32, 64, 128, 192)
        norm = nn.utils.parametrizations.spectral_norm
        self.layers = nn.ModuleList(norm(nn.Conv2d(a, b, 4, 2, 1)) for a, b in pairwise(widths))
        self.judge = norm(nn.Conv2d(widths[-1], 1, 3, padding=1))

    def forward(self, picture: Tensor) -> Tensor:
        """(n, 1, h / 16, w / 16): more than 0 for what looks real."""
        x = 4 * (picture - F.avg_pool2d(picture, 9, 1, 4, count_include_pad=False))
        for layer in self.layers:
            x = F.leaky_relu(layer(x), 0.2)
        return self.judge(x)
