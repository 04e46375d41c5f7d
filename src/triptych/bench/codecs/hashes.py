"""BlurHash and ThumbHash: what placeholders give in a few dozen bytes, for the small end of the curves.

BlurHash is the package `blurhash`. ThumbHash has no kept package for Python that decodes, so it is here, after the
published reference (Evan Wallace, https://github.com/evanw/thumbhash), for opaque pictures; the shape of the picture is
known to whoever shows it, as for every placeholder, and so not counted.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module
from typing import Any

import numpy as np
from PIL import Image

from ...errors import MissingExtraError
from ...typing import Floats
from ..cost import Meter
from ..originals import Original
from .base import Coded, Score, Unreached

_MOST_SIDE = 100  # pixels of what ThumbHash looks at
_SMALL = 32  # pixels along the longer side of what BlurHash looks at, and paints


class BlurHash:
    """As many components as fit into the budget, in the shape of the picture; at most 9 x 9."""

    name = "blurhash"

    def __init__(self) -> None:
        try:
            self._module: Any = import_module("blurhash")
        except ImportError as error:
            raise MissingExtraError("BlurHash", "bench") from error
        self._meter = Meter()

    def identity(self) -> str:
        return f"BlurHash by blurhash, pictures of {_SMALL} pixels"

    def code(
        self, original: Original, budgets: Sequence[int], fit: Mapping[str, Score]
    ) -> Iterator[tuple[int, Coded | Unreached]]:
        before: tuple[int, int] | None = None
        for budget in budgets:
            components = _components(original.size, budget)
            if components is None:
                yield budget, Unreached("its smallest hash takes 6 bytes")
            elif components != before:  # more bytes bring nothing once all components are there
                yield budget, self._coded(original, components)
            before = components

    def _coded(self, original: Original, components: tuple[int, int]) -> Coded:
        size = _fitted(original.size, _SMALL)

        def encode() -> bytes:
            small = original.image.resize(size, Image.Resampling.BOX)
            return str(self._module.encode(np.asarray(small).tolist(), *components)).encode("ascii")

        def decode() -> Image.Image:
            rows = self._module.decode(data.decode("ascii"), *size)
            small = Image.fromarray(np.uint8(np.clip(rows, 0, 255)))
            return small.resize(original.size, Image.Resampling.BICUBIC)

        data, there = self._meter.run(encode)
        image, back = self._meter.run(decode)
        setting = {"components": "{} x {}".format(*components)}
        return Coded(data, image, setting, there.seconds, back.seconds)


def _components(size: tuple[int, int], budget: int) -> tuple[int, int] | None:
    """(across, down): many that fit, nearly in the picture's shape. A hash of n components takes 4 + 2 n characters."""
    shape = math.log(size[0] / size[1])
    fitting = [(x, y) for x in range(1, 10) for y in range(1, 10) if 4 + 2 * x * y <= budget]
    return max(
        fitting, key=lambda xy: -abs(math.log(xy[0] / xy[1]) - shape) * 4 + math.log(xy[0] * xy[1]) * 3, default=None
    )


class ThumbHash:
    """Opaque pictures, of one size: 19 to 25 bytes or so."""

    name = "thumbhash"

    def __init__(self) -> None:
        self._meter = Meter()

    def identity(self) -> str:
        return "ThumbHash, our implementation, 1"

    def code(
        self, original: Original, budgets: Sequence[int], fit: Mapping[str, Score]
    ) -> Iterator[tuple[int, Coded | Unreached]]:
        def encode() -> bytes:
            small = original.image.resize(_fitted(original.size, _MOST_SIDE), Image.Resampling.BOX)
            return thumb_hash(np.asarray(small) / 255)

        def decode() -> Image.Image:
            small = Image.fromarray(np.uint8(np.round(255 * thumb_pixels(data))))
            return small.resize(original.size, Image.Resampling.BICUBIC)

        data, there = self._meter.run(encode)
        image, back = self._meter.run(decode)
        for budget in budgets:
            if len(data) <= budget:
                yield budget, Coded(data, image, {}, there.seconds, back.seconds)
                return
            yield budget, Unreached(f"it takes {len(data)} bytes")


def thumb_hash(pixels: Floats) -> bytes:
    """The hash of an opaque picture: float (rows, columns, 3), 0..1, at most 100 on a side."""
    rows, columns, _ = pixels.shape
    longer = max(rows, columns)
    lx, ly = (max(1, _rounded(7 * side / longer)) for side in (columns, rows))
    red, green, blue = np.moveaxis(pixels, 2, 0)
    l_dc, l_ac, l_scale = _waves((red + green + blue) / 3, max(3, lx), max(3, ly))
    p_dc, p_ac, p_scale = _waves((red + green) / 2 - blue, 3, 3)
    q_dc, q_ac, q_scale = _waves(red - green, 3, 3)
    wide = columns > rows
    head = (
        _rounded(63 * l_dc)
        | _rounded(31.5 + 31.5 * p_dc) << 6
        | _rounded(31.5 + 31.5 * q_dc) << 12
        | _rounded(31 * l_scale) << 18
    )
    more = (ly if wide else lx) | _rounded(63 * p_scale) << 3 | _rounded(63 * q_scale) << 9 | wide << 15
    nibbles = [_rounded(15 * value) for value in (*l_ac, *p_ac, *q_ac)]
    nibbles += [0] * (len(nibbles) % 2)
    packed = bytes(low | high << 4 for low, high in zip(nibbles[::2], nibbles[1::2], strict=True))
    return bytes([*head.to_bytes(3, "little"), *more.to_bytes(2, "little"), *packed])


def thumb_pixels(data: bytes) -> Floats:
    """The picture of the hash of an opaque picture: float (rows, columns, 3), 0..1, 32 on the longer side."""
    head, more = int.from_bytes(data[:3], "little"), int.from_bytes(data[3:5], "little")
    wide, short = more >> 15, more & 7
    lx, ly = (7, max(3, short)) if wide else (max(3, short), 7)
    l_dc, p_dc, q_dc = (head & 63) / 63, (head >> 6 & 63) / 31.5 - 1, (head >> 12 & 63) / 31.5 - 1
    scales = (head >> 18 & 31) / 31, (more >> 3 & 63) / 63, (more >> 9 & 63) / 63
    nibbles = [nibble for byte in data[5:] for nibble in (byte & 15, byte >> 4)]
    across, down = (7, short) if wide else (short, 7)
    ratio = across / down
    columns, rows = (32, _rounded(32 / ratio)) if ratio > 1 else (_rounded(32 * ratio), 32)
    planes = []
    # As the reference does, colours are made a quarter stronger, which makes up for their quantisation.
    for dc, scale, nx, ny, gain in (
        (l_dc, scales[0], lx, ly, 1.0),
        (p_dc, scales[1], 3, 3, 1.25),
        (q_dc, scales[2], 3, 3, 1.25),
    ):
        plane = np.full((rows, columns), dc)
        for cx, cy in _orders(nx, ny):
            factor = (nibbles.pop(0) / 7.5 - 1) * scale * gain
            plane += 2 * factor * np.outer(_wave(rows, cy), _wave(columns, cx))
        planes.append(plane)
    light, p, q = planes
    blue = light - 2 / 3 * p
    red = (3 * light - blue + q) / 2
    pixels: Floats = np.clip(np.stack([red, red - q, blue], 2), 0, 1)
    return pixels


def _waves(plane: Floats, nx: int, ny: int) -> tuple[float, list[float], float]:
    """(mean, the other coefficients as 0..1, their largest magnitude)."""
    rows, columns = plane.shape
    factors = [float(_wave(rows, cy) @ plane @ _wave(columns, cx)) / plane.size for cx, cy in _orders(nx, ny)]
    scale = max(map(abs, factors), default=0.0)
    return float(plane.mean()), [0.5 + 0.5 * f / scale if scale else f for f in factors], scale


def _orders(nx: int, ny: int) -> list[tuple[int, int]]:
    """(across, down) of the coefficients, in their order; a triangle, without the mean."""
    return [(cx, cy) for cy in range(ny) for cx in range(nx) if cx * ny < nx * (ny - cy) and (cx or cy)]


def _wave(count: int, order: int) -> Floats:
    wave: Floats = np.cos(np.pi / count * order * (np.arange(count) + 0.5))
    return wave


def _rounded(value: float) -> int:
    return math.floor(value + 0.5)


def _fitted(size: tuple[int, int], longest: int) -> tuple[int, int]:
    longer = max(size)
    width, height = (max(1, round(side * min(1.0, longest / longer))) for side in size)
    return width, height
