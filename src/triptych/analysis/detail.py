"""What a painted picture misses, as the levels of a detail layer, in a number of bytes.

A network looks at the picture and at what the decoder paints of the other layers. It may be run in floating point,
because it only chooses: what it chooses is coded in whole numbers.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from PIL import Image

from ..layers.detail import DetailLayer, fitted_levels
from ..layers.detail_inputs import LEARNED
from ..layers.detail_levels import FINENESSES, chances, used_channels
from ..layers.detail_size import BLOCK, work_size
from ..layers.levels import Prices
from ..limits import DEFAULT
from ..networks import Network, load_network
from ..typing import Floats, Ints

# The bytes a layer takes grow with its fineness about like this, from 0 to `LEARNED`: a factor.
RANGE = 16.0
TRIALS = 4  # at most, to find the fineness for a number of bytes
ENOUGH = 0.94  # of these bytes: near enough
BIT_WORTH = 0.03  # of squared rounding steps: the error that is accepted to save one bit
DEAD, INNER = 0.15, 0.04  # what rounds to 0, and what a level stands for; as in training/detail/model.py
OVER = 1.06  # the fineness may ask for more, because the last channels can be cut


def fit_detail(image: Image.Image, painted: Image.Image, size: tuple[int, int], most: int) -> DetailLayer | None:
    """The finest layer that costs at most `most` bytes of the file; None if there is nothing to say in them.

    Args:
        image: the picture, RGB.
        painted: what a decoder paints of the other layers, RGB, of any size.
        size: (width, height) of the picture in the file.
        most: bytes.

    Raises:
        ModelError: the weights in the package are damaged, or ONNX Runtime cannot be loaded.
    """
    most = min(most, DEFAULT.level_bytes)
    planes = [plane_of(given, size) for given in (image, painted)]
    step = np.log(RANGE) / LEARNED
    low, high, best = 0, FINENESSES - 1, None
    area = planes[0].shape[2] * planes[0].shape[3]
    fineness = int(np.clip(np.log(most * 8 / area / 0.009) / step, low, high))
    for _ in range(TRIALS):
        levels, bits = analysed(planes[0], planes[1], fineness)
        count = used_channels(levels)
        taken = float(bits.sum()) / 8 + 3 if count else 0.0
        if taken <= OVER * most:
            best, low = (levels[:count], fineness, bits[:count]), fineness + 1
        else:
            high = fineness - 1
        if ENOUGH * most <= taken <= OVER * most or low > high:
            break
        # At least one further, and never where it has been.
        by = np.log(most / max(taken, most / RANGE)) / step
        fineness = int(np.clip(fineness + (max(by, 1) if taken <= most else min(by, -1)), low, high))
    if best is None:
        best = levels[:count], fineness, bits[:count]
    levels, fineness, bits = best
    return fitted_levels(levels, fineness, size, most, bits) if len(levels) else None


def analysed(original: Floats, painted: Floats, fineness: int) -> tuple[Ints, Floats]:
    """`cheaper` levels of float32 (1, 3, h, w) pictures of -1..1."""
    given = {"original": original, "painted": painted, "t": fineness_of(fineness)}
    (scaled,) = _network().run(["scaled"], given)
    return cheaper(np.clip(scaled[0], -(1 << 13), 1 << 13), fineness)


def cheaper(scaled: Floats, fineness: int) -> tuple[Ints, Floats]:
    """(int32 levels near float32 `scaled`, (channels, rows, columns), about the bits of each channel).

    Some levels are one nearer to 0 where that saves enough: it minimises error^2 + BIT_WORTH x bits, with the bits that
    the coder itself would spend. They are those beside levels that were not made smaller yet; together they are right
    to a thousandth.
    """
    levels: Ints = np.rint(scaled).astype(np.int32)
    count = used_channels(levels)
    taken = np.zeros(len(levels))
    if not count:
        return levels, taken
    some = levels[:count]
    sign, exact = np.sign(some), np.abs(scaled[:count]) + DEAD  # in steps, before the dead zone was taken off
    size = np.abs(some)

    def error(size: Ints) -> Floats:
        return (exact - np.where(size > 0, size + DEAD - INNER, 0)) ** 2

    prices = Prices(chances(some, fineness))
    lower = np.maximum(size - 1, 0)
    before, after = prices.of(size, some < 0), prices.of(lower, some < 0)
    worth = (size > 0) & (BIT_WORTH * (before - after) > error(lower) - error(size))
    levels[:count] = sign * np.where(worth, lower, size)
    taken[:count] = np.where(worth, after, before).sum((1, 2))
    return levels, taken


def plane_of(image: Image.Image, size: tuple[int, int]) -> Floats:
    """float32 (1, 3, h, w), -1..1: a picture as the network sees it, its border repeated to whole blocks."""
    width, height = work_size(size)
    if image.size != (width, height):
        image = image.resize((width, height), Image.Resampling.LANCZOS)
    planes = np.asarray(image, np.float32).transpose(2, 0, 1)[None] / np.float32(127.5) - 1
    return np.pad(planes, [(0, 0), (0, 0), (0, -height % BLOCK), (0, -width % BLOCK)], mode="edge")


def fineness_of(fineness: int) -> Floats:
    """A fineness as the networks take it, float32 (1, 1, 1, 1)."""
    return np.full((1, 1, 1, 1), fineness / LEARNED, np.float32)


@cache
def _network() -> Network:
    return load_network(__package__, "detail", "leave the detail layer out (layers=...)")
