"""A ray-traced still life: ellipsoids and turned shapes under a soft window light, with a thin lens."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from .common import Array, Noise, bloom, filmic, mix, ramp, rgb, smooth, vignette
from .solids import FAR, Ellipsoid, Shade, Turned, dot, soft_profile, turned, unit

SIZE, SAMPLES = 512, 5
LIGHT, LIGHT_RADIUS = np.array([-5.2, 6.4, 3.4], np.float32), 1.15
EYE, AIM, LENS, FOCUS = np.array([0.0, 2.35, 8.6]), np.array([0.05, 1.28, 0.0]), 0.055, 8.1
NOISE = Noise(81)
NDInt = NDArray[np.int64]


def plain(colour: str, gloss: float, sharp: float, mottle: float = 0.0) -> Shade:
    """A one-colour material, optionally mottled."""

    def shade(p: Array, n: Array) -> tuple[Array, float, float]:
        m = NOISE.fbm(p[:, 0] * 5 + p[:, 2] * 3, p[:, 1] * 5 + p[:, 2], 3) - 0.5
        return rgb(colour) * (1 + mottle * m)[:, None], gloss, sharp

    return shade


def orange(p: Array, n: Array) -> tuple[Array, float, float]:
    """Dimpled orange peel."""
    m = NOISE.fbm(p[:, 0] * 2 + 9, p[:, 1] * 2 + p[:, 2], 3)
    return mix(rgb("e8790c"), rgb("f59a1f"), m), 0.35, 26.0


def apple(axis: tuple[float, float]) -> Shade:
    """Red streaks over yellow, running from pole to pole of an apple standing at ``axis``."""

    def shade(p: Array, n: Array) -> tuple[Array, float, float]:
        around = np.arctan2(p[:, 2] - axis[1], p[:, 0] - axis[0])
        streak = NOISE.fbm(np.cos(around) * 6 + np.sin(around) * 9 + 30, p[:, 1] * 0.7 + 4 + around * 0.2, 4)
        side = smooth(0.9, -0.9, np.cos(around - 0.7))
        red = mix(rgb("8c1018"), rgb("c8242a"), smooth(0.3, 0.7, streak))
        return mix(rgb("e0b040"), red, smooth(0.18, 0.5, streak * 0.5 + side * 0.42)), 0.6, 90.0

    return shade


def pear(p: Array, n: Array) -> tuple[Array, float, float]:
    """Green to gold with a faint blush and freckles."""
    blush = smooth(0.2, 1.0, n[:, 0] * 0.7 - n[:, 1] * 0.2 + 0.3)
    freckle = smooth(0.66, 0.72, NOISE.value(p[:, 0] * 26 + p[:, 2] * 17, p[:, 1] * 26))
    base = mix(mix(rgb("a8a832"), rgb("d8bc4c"), smooth(0.2, 1.4, p[:, 1])), rgb("c8743c"), blush * 0.5)
    return mix(base, rgb("7d5a26"), freckle * 0.4), 0.4, 40.0


def vase_glaze(p: Array, n: Array) -> tuple[Array, float, float]:
    """White glaze with cobalt bands and a leafy scroll."""
    around, h = np.arctan2(p[:, 2] + 0.55, p[:, 0] + 0.72), p[:, 1]
    band = np.zeros(len(p), np.float32)
    for at, w in ((0.20, 0.03), (0.50, 0.014), (1.66, 0.014), (1.76, 0.03), (2.38, 0.045)):
        band = np.maximum(band, smooth(w + 0.006, w - 0.006, np.abs(h - at)))
    k = 7.0
    cell = np.mod(around * k / (2 * math.pi), 1) * 2 - 1
    v = (h - 1.08) / 0.46
    petal = np.abs(cell) - 0.62 * np.sqrt(np.clip(1 - v * v, 0, 1)) * (1 - 0.25 * v)
    ring = smooth(0.05, 0.02, np.abs(petal + 0.07)) + smooth(0.03, 0.0, np.abs(petal + 0.36)) * (np.abs(v) < 0.8)
    stem = smooth(0.05, 0.02, np.abs(cell)) * (np.abs(v) < 0.62)
    paint = np.maximum(band, np.clip(ring + stem, 0, 1) * (np.abs(v) < 1))
    teeth = np.mod(around * 21 / (2 * math.pi), 1)
    paint = np.maximum(paint, smooth(0.02, -0.02, np.abs(teeth - 0.5) * 0.34 - (0.34 - h)) * (h > 0.2) * (h < 0.4))
    return mix(rgb("ece8df"), rgb("1c3b86"), paint * 0.92), 0.8, 220.0


def table(p: Array, n: Array) -> tuple[Array, float, float]:
    """Oiled boards with grain that follows their length."""
    board = np.floor(p[:, 2] / 1.35 + 0.4)
    seam = np.abs(p[:, 2] / 1.35 + 0.4 - np.round(p[:, 2] / 1.35 + 0.4))
    x, z = p[:, 0] * 0.55 + board * 7.3, p[:, 2] * 3 + board * 3.1
    warp = NOISE.fbm(x * 0.8, z * 0.5, 3)
    rings = NOISE.fbm(x * 0.55 + 3, z * 2.2 + warp * 6, 4)
    fine = NOISE.value(x * 3.0, z * 26)
    col = ramp(smooth(0.25, 0.75, rings), [(0, "3a1c10"), (0.5, "6e3c20"), (1, "96592f")])
    # Grain finer than a pixel would only shimmer, so it fades with distance.
    far = smooth(0.5, -7.0, p[:, 2])
    col = mix(col * (0.86 + 0.26 * fine + 0.10 * np.sin(board * 9))[:, None], rgb("5e3620"), far * 0.9)
    return col * (1 - 0.75 * smooth(0.016, 0.004, seam))[:, None], 0.22, 24.0


def _vase_profile(h: Array) -> Array:
    at = [-0.02, 0.0, 0.06, 0.35, 0.8, 1.15, 1.5, 1.8, 2.05, 2.25, 2.4, 2.44, 2.46]
    rad = [-0.6, 0.40, 0.44, 0.60, 0.80, 0.83, 0.72, 0.50, 0.34, 0.32, 0.42, 0.43, -0.2]
    return soft_profile(h, at, rad)


def _apple_profile(h: Array) -> Array:
    at = [-0.98, -0.95, -0.85, -0.65, -0.35, 0.0, 0.3, 0.55, 0.75, 0.88, 0.93, 0.95]
    rad = [0.05, 0.32, 0.55, 0.77, 0.95, 1.04, 1.04, 0.95, 0.76, 0.52, 0.30, 0.05]
    return soft_profile(h, at, rad)


def _pear_profile(h: Array) -> Array:
    at = [-1.0, -0.97, -0.8, -0.45, 0.0, 0.4, 0.8, 1.15, 1.38, 1.46]
    rad = [-0.1, 0.28, 0.60, 0.82, 0.80, 0.58, 0.38, 0.31, 0.18, -0.1]
    return soft_profile(h, at, rad)


def _objects() -> list[list[Ellipsoid | Turned]]:
    rng = np.random.default_rng(82)
    flat = turned()
    single: list[Ellipsoid | Turned] = [
        Turned((-0.72, 0.0, -0.55), 1.0, _vase_profile, vase_glaze, 1.22, 1.5),
        Turned((0.86, 0.56, -0.25), 0.60, _apple_profile, apple((0.86, -0.25)), 0.0, 0.66),
        Turned((-1.95, 0.50, 0.62), 0.54, _apple_profile, apple((-1.95, 0.62)), 0.0, 0.6),
        Turned((1.95, 0.64, -0.75), 0.64, _pear_profile, pear, 0.14, 0.86),
        Ellipsoid((0.02, 0.46, 0.98), (0.47, 0.455, 0.47), orange, flat),
        Ellipsoid((-0.86, 0.40, 1.22), (0.42, 0.40, 0.42), orange, flat),
        Ellipsoid((1.98, 0.34, 0.78), (0.50, 0.335, 0.335), plain("ecc21e", 0.4, 34, 0.2), turned(0, 0.5, 0.04)),
        Ellipsoid((1.52, 0.335, 0.71), (0.09, 0.07, 0.07), plain("d8b01c", 0.3, 30), turned(0, 0.5, 0)),
        Ellipsoid((0.90, 1.12, -0.25), (0.022, 0.19, 0.022), plain("3a2412", 0.1, 10), turned(0.1, 0, 0.25)),
        Ellipsoid((-1.93, 1.02, 0.62), (0.02, 0.17, 0.02), plain("3a2412", 0.1, 10), turned(0, 0, -0.3)),
        Ellipsoid((1.99, 1.66, -0.75), (0.022, 0.16, 0.022), plain("3a2412", 0.1, 10), turned(0, 0, 0.35)),
    ]
    bunch: list[Ellipsoid | Turned] = []
    stems: list[Ellipsoid | Turned] = []
    groups = [bunch, stems]
    grapes = [plain(c, 0.75, 120, 0.3) for c in ("3d1638", "4a1a40", "341230", "55224a")]
    for k in range(26):
        row = k // 7
        x = 0.80 + 0.155 * (k % 7) + 0.07 * (row % 2) + rng.normal(0, 0.03)
        z = 1.18 + 0.15 * (row if row < 3 else 0.8) + rng.normal(0, 0.03)
        y = 0.13 + (0.17 if k > 15 else 0.0) + (0.05 * rng.random())
        r = rng.uniform(0.125, 0.15)
        bunch.append(Ellipsoid((x, y, z), (r, r * 1.06, r), grapes[k % 4], flat))
    # A loose bouquet: stems bend out of the vase, petals ring each flower's heart.
    heads = [
        (-0.78, 3.62, -0.40, 0.44, "f4e6dc"),
        (-1.42, 3.30, -0.42, 0.38, "e88f8a"),
        (-0.12, 3.34, -0.36, 0.38, "eda39a"),
        (-0.42, 2.94, -0.05, 0.32, "f6d9c4"),
        (-1.10, 2.86, -0.05, 0.31, "f3c9bf"),
        (0.38, 2.86, -0.6, 0.26, "e7867e"),
    ]
    for hx, hy, hz, r, colour in heads:
        tilt, spin = 0.95, rng.uniform(0, 6)
        lean = (hx + 0.72) * -0.35
        base = turned(tilt, 0, lean)
        flower: list[Ellipsoid | Turned] = []
        groups.append(flower)
        for ring, (count, out_r, lift) in enumerate(((9, 0.62, 0.0), (8, 0.46, 0.13), (6, 0.28, 0.22))):
            tone = rgb(colour) * (1.0 - 0.05 * ring)
            code = "".join(f"{int(v * 255):02x}" for v in np.clip(tone, 0, 1))
            for k in range(count):
                a = spin + ring * 0.5 + 2 * math.pi * k / count
                petal = base @ turned(0, -a, 0) @ turned(0, 0, 0.30 + 0.28 * ring)
                at = base @ np.array([math.cos(a) * out_r * r, lift * r, math.sin(a) * out_r * r])
                flower.append(
                    Ellipsoid(
                        (hx + at[0], hy + at[1], hz + at[2]),
                        (r * 0.46, r * 0.09, r * 0.34),
                        plain(code, 0.06, 8, 0.15),
                        petal.astype(np.float32),
                    )
                )
        at = base @ np.array([0, 0.24 * r, 0])
        flower.append(
            Ellipsoid(
                (hx + at[0], hy + at[1], hz + at[2]), (r * 0.24, r * 0.16, r * 0.24), plain("c98a2c", 0.1, 8, 0.9), base
            )
        )
        for s in range(7):
            t = (s + 0.5) / 7
            bx, by, bz = -0.72 + (hx + 0.72) * t**1.3, 2.3 + (hy - 2.35) * t, -0.55 + (hz + 0.5) * t - 0.05
            ang = -math.atan2((hx + 0.72) * 1.3 * t**0.3, hy - 2.3)
            stems.append(Ellipsoid((bx, by, bz), (0.026, 0.13, 0.026), plain("4c6a34", 0.1, 10), turned(0, 0, ang)))
    for lx, ly, lz, ang, s in [
        (-1.72, 2.86, -0.5, 1.0, 0.42),
        (0.16, 2.6, -0.5, -1.1, 0.42),
        (-1.5, 2.5, -0.2, 1.5, 0.36),
        (-0.05, 2.42, -0.1, -1.75, 0.34),
        (-1.12, 3.72, -0.7, 0.4, 0.36),
        (-0.36, 3.8, -0.7, -0.4, 0.36),
        (0.55, 3.24, -0.7, -0.8, 0.34),
        (-1.86, 3.46, -0.7, 0.9, 0.34),
        (-0.72, 2.55, 0.1, 2.9, 0.3),
    ]:
        single.append(
            Ellipsoid((lx, ly, lz), (s * 0.27, s, 0.03), plain("49683a", 0.25, 18, 0.5), turned(-0.35, 0.25 * ang, ang))
        )
    # One leaf and a fallen petal or two tie the foreground to the bouquet.
    single.append(
        Ellipsoid((-2.35, 0.05, 1.55), (0.34, 0.03, 0.13), plain("557540", 0.2, 14, 0.4), turned(0.1, 0.5, 0.1))
    )
    single.append(
        Ellipsoid((-1.55, 0.03, 1.85), (0.17, 0.014, 0.09), plain("e09a90", 0.06, 8, 0.1), turned(0.1, 0.9, 0.1))
    )
    single.append(
        Ellipsoid((0.72, 0.03, 1.95), (0.15, 0.014, 0.08), plain("e8aca0", 0.06, 8, 0.1), turned(0, 0.2, -0.1))
    )
    return [[obj] for obj in single] + groups


class Scene:
    """All objects in groups; a group is looked into only for rays that come near it."""

    def __init__(self) -> None:
        self.objects: list[Ellipsoid | Turned] = []
        self.groups = []
        for group in _objects():
            first = len(self.objects)
            self.objects += group
            bounds = [g.bound() for g in group]
            middle = np.mean([c for c, _ in bounds], 0).astype(np.float32)
            reach = max(float(np.linalg.norm(c - middle)) + r for c, r in bounds)
            self.groups.append((middle, reach, list(enumerate(group, first))))

    def trace(self, o: Array, d: Array, shadow: bool = False) -> tuple[Array, NDInt]:
        """Nearest hit of each ray: distance and object (-1: nothing, -2: table)."""
        t = np.full(len(o), FAR, np.float32)
        who = np.full(len(o), -1)
        if not shadow:
            down = d[:, 1] < -1e-5
            ground = -o[:, 1] / np.where(down, d[:, 1], -1)
            down &= (ground > 1e-3) & (ground < 60)
            t[down], who[down] = ground[down], -2
        od, oo = dot(o, d), dot(o, o)
        for middle, reach, members in self.groups:
            rays = self._near(o, d, od, oo, t, middle, reach, shadow)
            if not rays.size:
                continue
            go, gd, god, goo = o[rays], d[rays], od[rays], oo[rays]
            for k, obj in members:
                if len(members) > 1:
                    sub = self._near(go, gd, god, goo, t[rays], *obj.bound(), shadow)
                    if not sub.size:
                        continue
                    hit, idx = obj.hit(go[sub], gd[sub]), rays[sub]
                else:
                    hit, idx = obj.hit(go, gd), rays
                better = hit < t[idx]
                t[idx[better]] = hit[better]
                who[idx[better]] = k
        return t, who

    @staticmethod
    def _near(o: Array, d: Array, od: Array, oo: Array, t: Array, middle: Array, reach: float, shadow: bool) -> NDInt:
        """The rays that pass through a sphere ahead of what they have hit so far."""
        along = d @ middle - od
        gap = oo - 2 * (o @ middle) + np.dot(middle, middle) - along * along
        near = (gap < reach * reach) & (along > -reach) & (t > along - reach)
        return np.flatnonzero(near & (t >= FAR) if shadow else near)


def _wall(d: Array, o: Array) -> Array:
    """A plastered wall far behind, lit as a pool from the left."""
    t = (-5.5 - o[:, 2]) / np.minimum(d[:, 2], -1e-4)
    x, y = o[:, 0] + d[:, 0] * t, o[:, 1] + d[:, 1] * t
    pool = np.exp(-(((x + 2.9) / 3.1) ** 2 + ((y - 3.3) / 2.6) ** 2))
    m = NOISE.fbm(x * 0.5 + 20, y * 0.5 + 20, 4)
    wall = mix(rgb("0f1216"), rgb("8a8a68"), np.clip(pool * 0.95 + (m - 0.5) * 0.30, 0, 1))
    up = smooth(-0.1, 0.9, d[:, 1])[:, None]
    window = smooth(0.80, 0.93, d @ unit(LIGHT[None, :])[0])[:, None]
    front = d[:, 2:3] > 0
    return np.where(front, rgb("2a2420") * (0.6 + up) + window * 2.2, wall).astype(np.float32)


def _radiance(scene: Scene, o: Array, d: Array, u: Array, depth: int) -> tuple[Array, Array]:
    """Light along each ray, and the guides of the noise filter: albedo, surface direction, light received."""
    t, who = scene.trace(o, d)
    out, guide = _wall(d, o), np.zeros((len(o), 9), np.float32)
    lit = np.flatnonzero(who != -1)
    if not lit.size:
        return out, guide
    p = o[lit] + d[lit] * t[lit, None]
    n = np.tile(np.array([0, 1, 0], np.float32), (len(lit), 1))
    albedo = np.zeros((len(lit), 3), np.float32)
    gloss, sharp = np.zeros(len(lit), np.float32), np.ones(len(lit), np.float32)
    for k in np.unique(who[lit]):
        sel = np.flatnonzero(who[lit] == k)
        if k >= 0:
            n[sel] = scene.objects[k].normal(p[sel])
            albedo[sel], gloss[sel], sharp[sel] = scene.objects[k].shade(p[sel], n[sel])
            if scene.objects[k].shade is orange:
                q = p[sel] * 19
                bump = (
                    np.stack(
                        [NOISE.value(q[:, (i + 1) % 3] + q[:, i] * 0.7, q[:, (i + 2) % 3] + 31 * i) for i in range(3)],
                        -1,
                    )
                    - 0.5
                )
                n[sel] = unit(n[sel] + 0.22 * bump)
        else:
            albedo[sel], gloss[sel], sharp[sel] = table(p[sel], n[sel])
    start = p + n * 4e-3
    a, b = u[lit, 0] * 2 * math.pi, np.sqrt(u[lit, 1]) * LIGHT_RADIUS
    side = unit(np.cross(LIGHT, [0, 1, 0])[None].astype(np.float32))[0]
    top = unit(np.cross(side, LIGHT)[None])[0]
    target = LIGHT + side * (np.cos(a) * b)[:, None] + top * (np.sin(a) * b)[:, None]
    to = unit(target - p)
    cos = np.maximum((n * to).sum(-1), 0)
    dark = np.zeros(len(lit), np.float32)
    facing = np.flatnonzero(cos > 0)
    dark[facing] = scene.trace(start[facing], to[facing], True)[1][...] >= 0
    key = cos * (1 - dark)
    half = unit(to - d[lit])
    spec = gloss * sharp * 0.06 * np.maximum((n * half).sum(-1), 0) ** sharp * (1 - dark)
    warm = np.array([1.30, 1.14, 0.92], np.float32) * 1.5
    # Ambient light by one short cosine-weighted probe: how open is this point, and to what colour?
    r1, r2 = u[lit, 2] * 2 * math.pi, np.sqrt(u[lit, 3])
    ball = np.stack([np.cos(r1) * r2, np.sin(r1) * r2, np.sqrt(1 - r2 * r2)], -1).astype(np.float32)
    ux = unit(np.cross(n, np.where(np.abs(n[:, 1:2]) < 0.9, [[0, 1, 0]], [[1, 0, 0]])).astype(np.float32))
    probe = ux * ball[:, :1] + np.cross(n, ux) * ball[:, 1:2] + n * ball[:, 2:]
    pt, pw = scene.trace(start, unit(probe))
    blocked = np.where((pw >= 0) & (pt < 2.5), 1 - pt / 2.5, 0) + 0.55 * (pw == -2)
    sky = mix(rgb("3a3f4c") * 0.95, rgb("5c5038"), smooth(-0.2, 0.9, -probe[:, 0])) * 1.25
    bounce = np.where((pw == -2)[:, None], rgb("4a2614") * 0.55, 0)
    ambient = sky * np.clip(1 - blocked, 0, 1)[:, None] + bounce
    irradiance = key[:, None] * warm + ambient
    guide[lit] = np.concatenate([albedo, n, irradiance], -1)
    col = albedo * irradiance + spec[:, None] * warm
    if depth:
        fresnel = gloss * (0.05 + 0.95 * (1 - np.maximum(-(n * d[lit]).sum(-1), 0)) ** 5)
        mirror = np.flatnonzero(fresnel > 0.03)
        if mirror.size:
            dm, nm = d[lit][mirror], n[mirror]
            r = unit(dm - 2 * (dm * nm).sum(-1, keepdims=True) * nm)
            back, _ = _radiance(scene, start[mirror], r, u[lit][mirror], 0)
            col[mirror] += np.minimum(back, 2.5) * fresnel[mirror, None]
    out[lit] = col
    return out, guide


def _denoise(img: Array, guide: Array) -> Array:
    """Average the light received over neighbours of like surface; textures and mirrors stay as they are."""
    albedo, normal, light = guide[..., :3], guide[..., 3:6], guide[..., 6:]
    total, weight = np.zeros_like(light), np.zeros((*light.shape[:2], 1), np.float32)
    for dy in range(-4, 5, 2):
        for dx in range(-4, 5, 2):
            shift = (dy, dx)
            n, a, e = (np.roll(g, shift, (0, 1)) for g in (normal, albedo, light))
            apart = ((n - normal) ** 2).sum(-1) * 9 + ((a - albedo) ** 2).sum(-1) * 5
            apart += np.abs(e - light).sum(-1) ** 2 * 0.22
            w = np.exp(-apart - (dx * dx + dy * dy) / 9)[..., None]
            total += w * e
            weight += w
    return img + albedo * (total / weight - light)


def render(samples: int = SAMPLES) -> Array:
    """The finished picture, 512 x 512."""
    rng = np.random.default_rng(83)
    scene = Scene()
    forward = unit((AIM - EYE)[None])[0]
    right = unit(np.cross(forward, [0, 1, 0])[None])[0]
    up = np.cross(right, forward)
    offset = rng.random((SIZE * SIZE, 6), dtype=np.float32)
    # Additive low-discrepancy steps keep the samples of one pixel far apart, which lowers the noise.
    phi = 1.2207440846
    step = np.array([(1 / phi ** (k + 1)) % 1 for k in range(4)] + [0.7548776662, 0.5698402910])
    y, x = np.divmod(np.arange(SIZE * SIZE), SIZE)
    total, guides = np.zeros((SIZE * SIZE, 3), np.float32), np.zeros((SIZE * SIZE, 9), np.float32)
    for s in range(samples):
        u = ((offset + step * (s + 1)) % 1).astype(np.float32)
        px = (x + 0.5 + ((s * 0.7549) % 1 - 0.5) * 1.3) / SIZE * 2 - 1
        py = 1 - (y + 0.5 + ((s * 0.5698) % 1 - 0.5) * 1.3) / SIZE * 2
        d = unit(forward + right * (px * 0.318)[:, None] + up * (py * 0.318)[:, None])
        lr, la = np.sqrt(u[:, 4]) * LENS, u[:, 5] * 2 * math.pi
        lens = (right * (np.cos(la) * lr)[:, None] + up * (np.sin(la) * lr)[:, None]).astype(np.float32)
        o = EYE.astype(np.float32) + lens
        d = unit(d * np.float32(FOCUS) - lens)
        light, guide = _radiance(scene, o, d, u, 1)
        total += np.minimum(light, 3.0)
        guides += guide
    img = (total / samples).reshape(SIZE, SIZE, 3)
    img = _denoise(img, (guides / samples).reshape(SIZE, SIZE, 9))
    img = np.maximum(img, 0) ** 0.80
    img = bloom(img, 0.9, (3, 12), 0.3)
    return vignette(filmic(img), 0.5)
