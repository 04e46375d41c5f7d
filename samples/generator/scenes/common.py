"""Shared tools of the sample scenes: noise, colour, curves, tapered strokes and tone."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from scipy import ndimage

Array = NDArray[np.float32]
Point = tuple[float, float]
Colour = tuple[float, float, float]


def rgb(hexcode: str) -> Array:
    """A colour written as ``rrggbb``, as three floats in 0..1."""
    return np.array([int(hexcode[i : i + 2], 16) / 255 for i in (0, 2, 4)], np.float32)


def rgb8(hexcode: str) -> tuple[int, int, int]:
    """A colour written as ``rrggbb``, as three integers in 0..255."""
    return int(hexcode[0:2], 16), int(hexcode[2:4], 16), int(hexcode[4:6], 16)


def mix(a: Array | float, b: Array | float, t: Array | float) -> Array:
    """Blend from ``a`` to ``b``; weights with no colour axis of their own are spread over the colours."""
    if isinstance(t, np.ndarray) and t.ndim and max(np.ndim(a), np.ndim(b)) in (1, t.ndim + 1):
        t = t[..., None]
    return np.asarray(a * (1 - t) + b * t, np.float32)


def smooth(lo: float, hi: float, x: Array | float) -> Array:
    """Hermite step from 0 at ``lo`` to 1 at ``hi``."""
    t = np.clip((np.asarray(x, np.float32) - lo) / (hi - lo), 0, 1)
    return t * t * (3 - 2 * t)


def ramp(t: Array, stops: Sequence[tuple[float, str]]) -> Array:
    """Colours along a gradient given as ``(position, rrggbb)`` stops."""
    at = [s[0] for s in stops]
    table = np.stack([rgb(s[1]) for s in stops])
    return np.stack([np.interp(t, at, table[:, c]) for c in range(3)], -1).astype(np.float32)


class Noise:
    """Seeded value noise that repeats far outside the picture, evaluated at any coordinates."""

    def __init__(self, seed: int, size: int = 256) -> None:
        self.size = size  # A power of two, so that wrapping is one bit operation.
        self.table = np.random.default_rng(seed).random((size, size), dtype=np.float32)

    def value(self, x: Array, y: Array) -> Array:
        """One octave, smoothly interpolated, in 0..1."""
        x0, y0 = np.floor(x), np.floor(y)
        fx, fy = (x - x0).astype(np.float32), (y - y0).astype(np.float32)
        fx, fy = fx * fx * fx * (fx * (fx * 6 - 15) + 10), fy * fy * fy * (fy * (fy * 6 - 15) + 10)
        last = self.size - 1
        ix, iy = x0.astype(np.int32) & last, y0.astype(np.int32) & last
        jx, iy, jy = (ix + 1) & last, iy * self.size, ((iy + 1) & last) * self.size
        flat = self.table.ravel()
        a, b, c, d = (flat.take(k) for k in (iy + ix, iy + jx, jy + ix, jy + jx))
        top = a + (b - a) * fx
        return top + (c + (d - c) * fx - top) * fy

    def fbm(self, x: Array, y: Array, octaves: int = 5, gain: float = 0.5) -> Array:
        """Fractal sum of octaves, in 0..1; each octave is turned to hide the grid."""
        total = np.zeros(np.broadcast(x, y).shape, np.float32)
        amp, norm = 1.0, 0.0
        for _ in range(octaves):
            total += amp * self.value(x, y)
            norm += amp
            amp *= gain
            x, y = 1.62 * x + 1.18 * y + 17.3, 1.62 * y - 1.18 * x + 5.1
        return total / norm


def grid(width: int, height: int) -> tuple[Array, Array]:
    """Pixel-centre coordinates (x, y) as two 2-D arrays."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float32) + np.float32(0.5)
    return x, y


def blur(a: Array, sigma: float | tuple[float, float]) -> Array:
    """Gaussian blur of a 2-D or colour array; ``sigma`` may be (vertical, horizontal)."""
    sy, sx = sigma if isinstance(sigma, tuple) else (sigma, sigma)
    return ndimage.gaussian_filter(a, (sy, sx, 0) if a.ndim == 3 else (sy, sx), mode="nearest")


def bloom(img: Array, threshold: float, sigmas: Sequence[float], strength: float) -> Array:
    """Add the glow that bright parts spread in a lens."""
    light = np.maximum(img - threshold, 0)
    return img + strength * sum(blur(light, s) for s in sigmas) / len(sigmas)


def filmic(img: Array) -> Array:
    """Soft shoulder, so that light above 1 rolls off rather than clips."""
    x = np.maximum(img, 0)
    return np.where(x < 0.7, x, 0.7 + 0.3 * np.tanh((x - 0.7) / 0.3)).astype(np.float32)


def vignette(img: Array, strength: float) -> Array:
    """Darken the corners."""
    h, w = img.shape[:2]
    x, y = grid(w, h)
    d = ((x / w - 0.5) ** 2 + (y / h - 0.5) ** 2) * 2
    return img * (1 - strength * d)[..., None]


def grain(img: Array, seed: int, amount: float) -> Array:
    """Faint film grain; coarse and small on purpose, so that the files stay small."""
    h, w = img.shape[:2]
    n = ndimage.gaussian_filter(np.random.default_rng(seed).standard_normal((h, w)), 0.7)
    return img + (amount * n)[..., None].astype(np.float32)


def to_image(img: Array) -> Image.Image:
    """Floats in 0..1 as an 8-bit RGB picture."""
    return Image.fromarray((np.clip(img, 0, 1) * 255 + 0.5).astype(np.uint8), "RGB")


def to_array(img: Image.Image) -> Array:
    """A picture as floats in 0..1."""
    return np.asarray(img, np.float32) / 255


def shrink(img: Array, factor: int) -> Array:
    """Average blocks of ``factor`` x ``factor`` pixels."""
    h, w = img.shape[0] // factor, img.shape[1] // factor
    return img.reshape(h, factor, w, factor, *img.shape[2:]).mean((1, 3)).astype(np.float32)


def spline(points: Sequence[Point], per_span: int = 16, closed: bool = False) -> list[Point]:
    """A Catmull-Rom curve through the points."""
    p = np.asarray(points, float)
    n = len(p)
    if closed:
        idx, spans = (lambda i: i % n), n
    else:
        idx, spans = (lambda i: min(max(i, 0), n - 1)), n - 1
    t = np.linspace(0, 1, per_span, endpoint=False)[:, None]
    out = []
    for i in range(spans):
        a, b, c, d = (p[idx(i + k)] for k in (-1, 0, 1, 2))
        out.append(0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3))
    pts = np.concatenate(out + ([] if closed else [p[-1:]]))
    return [tuple(q) for q in pts.tolist()]


def tapered(
    points: Sequence[Point], width: float, start: float = 0.0, end: float = 0.0, peak: float = 0.5
) -> list[Point]:
    """The outline of a brush stroke along a curve, ``width`` wide at ``peak`` and thinner at its ends."""
    p = np.asarray(points, float)
    d = np.gradient(p, axis=0)
    d /= np.maximum(np.hypot(d[:, 0], d[:, 1]), 1e-6)[:, None]
    t = np.linspace(0, 1, len(p))
    rise = np.sin(np.clip(t / peak, 0, 1) * math.pi / 2)
    fall = np.sin(np.clip((1 - t) / (1 - peak), 0, 1) * math.pi / 2)
    w = width / 2 * np.where(t < peak, start + (1 - start) * rise, end + (1 - end) * fall)
    normal = np.stack([-d[:, 1], d[:, 0]], -1) * w[:, None]
    return [tuple(q) for q in np.concatenate([p + normal, (p - normal)[::-1]]).tolist()]


def placed(cx: float, cy: float, size: float, angle: float, points: Sequence[Point]) -> list[Point]:
    """Points of a small shape, turned, scaled and moved into place."""
    ca, sa = math.cos(angle), math.sin(angle)
    return [(cx + size * (u * ca - v * sa), cy + size * (u * sa + v * ca)) for u, v in points]


class Canvas:
    """A supersampled picture on which polygons and ink strokes are drawn in final-pixel units."""

    def __init__(self, width: int, height: int, scale: int, base: Array | None = None) -> None:
        self.width, self.height, self.scale = width, height, scale
        size = (width * scale, height * scale)
        self.image = Image.new("RGB", size) if base is None else to_image(base).resize(size, Image.Resampling.BICUBIC)
        self.draw = ImageDraw.Draw(self.image)

    def up(self, points: Sequence[Point]) -> list[Point]:
        """Final-pixel units to canvas pixels."""
        return [(x * self.scale, y * self.scale) for x, y in points]

    def fill(self, points: Sequence[Point], colour: str) -> None:
        """Fill a polygon."""
        self.draw.polygon(self.up(points), fill=rgb8(colour))

    def ellipse(self, cx: float, cy: float, rx: float, ry: float, colour: str) -> None:
        """Fill an upright ellipse."""
        s = self.scale
        box = ((cx - rx) * s, (cy - ry) * s, (cx + rx) * s, (cy + ry) * s)
        self.draw.ellipse(box, fill=rgb8(colour))

    def ink(
        self,
        points: Sequence[Point],
        width: float,
        colour: str,
        start: float = 0.15,
        end: float = 0.1,
        peak: float = 0.5,
        closed: bool = False,
    ) -> None:
        """A tapered line through the points."""
        curve = spline(points, closed=closed)
        if closed:
            curve.append(curve[0])
            start = end = 1.0
        self.fill(tapered(curve, width, start, end, peak), colour)

    def mask(self, *polygons: Sequence[Point], soft: float = 0.0) -> Image.Image:
        """A coverage mask of polygons at canvas resolution, blurred by ``soft`` final pixels."""
        m = Image.new("L", self.image.size, 0)
        d = ImageDraw.Draw(m)
        for poly in polygons:
            d.polygon(self.up(poly), fill=255)
        if soft:
            # Blurring a reduced copy gives the same softness for a fraction of the time.
            small = m.reduce(self.scale)
            a = ndimage.gaussian_filter(np.asarray(small, np.float32), soft)
            m = Image.fromarray(a.astype(np.uint8)).resize(m.size, Image.Resampling.BICUBIC)
        return m

    def paint(
        self, mask: Image.Image, colour: str | Array, within: Image.Image | None = None, opacity: float = 1.0
    ) -> None:
        """Lay a colour, or a whole final-size picture, through a mask."""
        if isinstance(colour, str):
            layer = Image.new("RGB", self.image.size, rgb8(colour))
        else:
            layer = to_image(colour).resize(self.image.size, Image.Resampling.BICUBIC)
        if within is not None or opacity < 1:
            a = np.asarray(mask, np.float32) * opacity
            if within is not None:
                a *= np.asarray(within, np.float32) / 255
            mask = Image.fromarray(a.astype(np.uint8))
        self.image.paste(layer, (0, 0), mask)

    def finish(self) -> Array:
        """The picture at its final size."""
        return to_array(self.image.resize((self.width, self.height), Image.Resampling.LANCZOS))
