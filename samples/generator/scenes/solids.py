"""The two kinds of solid in the still life, and the vector helpers they share."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.interpolate import PchipInterpolator

from .common import Array

FAR = np.float32(1e9)
Shade = Callable[[Array, Array], tuple[Array, float | Array, float | Array]]


@dataclass
class Ellipsoid:
    """A turned and stretched sphere."""

    centre: tuple[float, float, float]
    radii: tuple[float, float, float]
    shade: Shade
    turn: Array

    def __post_init__(self) -> None:
        self.middle = np.asarray(self.centre, np.float32)
        self.into = (self.turn / np.asarray(self.radii, np.float32)).astype(np.float32)

    def hit(self, o: Array, d: Array) -> Array:
        """Distance along each ray."""
        lo, ld = (o - self.middle) @ self.into, d @ self.into
        a, b, c = dot(ld, ld), dot(lo, ld), dot(lo, lo) - 1
        q = b * b - a * c
        t = (-b - np.sqrt(np.maximum(q, 0))) / a
        return np.where((q > 0) & (t > 1e-3), t, FAR)

    def normal(self, p: Array) -> Array:
        """Surface direction."""
        return unit(((p - self.middle) @ self.into) @ self.into.T)

    def bound(self) -> tuple[Array, float]:
        """Bounding sphere."""
        return self.middle, max(self.radii)


@dataclass
class Turned:
    """A shape turned on a lathe: ``profile`` gives the radius at each height, followed by marching."""

    centre: tuple[float, float, float]
    size: float
    profile: Callable[[Array], Array]
    shade: Shade
    middle: float
    reach: float

    def __post_init__(self) -> None:
        self.lift = np.array([0, self.middle, 0], np.float32)

    def field(self, p: Array) -> Array:
        """Roughly the distance to the surface."""
        q = (p - np.asarray(self.centre, np.float32)) / self.size
        r = np.sqrt(q[:, 0] ** 2 + q[:, 2] ** 2)
        return (r - self.profile(q[:, 1])) * self.size

    def hit(self, o: Array, d: Array) -> Array:
        """Distance along each ray, marching inside the bounding sphere only."""
        centre, radius = self.bound()
        oc = o - centre
        b, c = dot(oc, d), dot(oc, oc) - radius * radius
        root = np.sqrt(np.maximum(b * b - c, 0))
        t, end = np.maximum(-b - root, 2e-3), -b + root
        out = np.full(len(o), FAR, np.float32)
        live = np.flatnonzero(end > t)
        lo, ld, lt, stop = oc[live] + self.lift, d[live], t[live], end[live]
        step = np.zeros(len(live), np.float32)

        def gap(lo: Array, ld: Array, t: Array) -> Array:
            x, y, z = (lo[:, k] + ld[:, k] * t for k in range(3))
            return np.sqrt(x * x + z * z) - self.profile(y / self.size) * self.size

        for _ in range(48):
            f = gap(lo, ld, lt)
            done = f < 2e-3
            if done.any():
                # The last step may have gone through the skin where it is steep: halve back to it.
                a, b, od, dd = (lt - step)[done], lt[done], lo[done], ld[done]
                for _ in range(7):
                    m = (a + b) / 2
                    inside = gap(od, dd, m) < 1e-3
                    a, b = np.where(inside, a, m), np.where(inside, m, b)
                out[live[done]] = b
            step = np.maximum(f, 3e-3) * 0.75
            lt = lt + step
            keep = ~done & (lt < stop)
            live, lo, ld, lt, stop, step = (v[keep] for v in (live, lo, ld, lt, stop, step))
            if not live.size:
                break
        return out

    def normal(self, p: Array) -> Array:
        """Surface direction by differences."""
        e = np.eye(3, dtype=np.float32) * 0.004
        return unit(np.stack([self.field(p + e[k]) - self.field(p - e[k]) for k in range(3)], -1))

    def bound(self) -> tuple[Array, float]:
        """Bounding sphere."""
        return np.asarray(self.centre, np.float32) + self.lift, self.reach


def dot(a: Array, b: Array) -> Array:
    """Row by row products of two lists of vectors."""
    return np.einsum("ij,ij->i", a, b)


def unit(v: Array) -> Array:
    """Scale vectors to length one."""
    return (v / np.sqrt(np.maximum((v * v).sum(-1, keepdims=True), 1e-12))).astype(np.float32)


def turned(ax: float = 0.0, ay: float = 0.0, az: float = 0.0) -> Array:
    """A rotation from three angles."""
    out = np.eye(3)
    for angle, (i, j) in ((az, (0, 1)), (ax, (1, 2)), (ay, (2, 0))):
        m = np.eye(3)
        m[i, i] = m[j, j] = math.cos(angle)
        m[i, j], m[j, i] = -math.sin(angle), math.sin(angle)
        out = m @ out
    return out.astype(np.float32)


def soft_profile(h: Array, at: list[float], rad: list[float]) -> Array:
    """Interpolate a profile through a fine smooth table, so that highlights do not show its corners."""
    key = (tuple(at), tuple(rad))
    if key not in _TABLES:
        xs = np.linspace(at[0] - 0.4, at[-1] + 0.4, 600)
        ys = PchipInterpolator(at, rad)(np.clip(xs, at[0], at[-1]))
        # Past the ends the radius falls ever lower, which caps the shape.
        ys -= 1.2 * (np.maximum(at[0] - xs, 0) + np.maximum(xs - at[-1], 0))
        _TABLES[key] = (np.float32(xs[0]), np.float32(1 / (xs[1] - xs[0])), ys.astype(np.float32))
    lo, per, ys = _TABLES[key]
    f = np.clip((h - lo) * per, 0, len(ys) - 2.001).astype(np.float32)
    i = f.astype(np.int32)
    return ys[i] + (ys[i + 1] - ys[i]) * (f - i)


_TABLES: dict[tuple[tuple[float, ...], tuple[float, ...]], tuple[np.float32, np.float32, Array]] = {}
