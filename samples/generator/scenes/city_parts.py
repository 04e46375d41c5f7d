"""The pieces of the neon street: a perspective painter, windows, shops, signs and screens."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw

from .common import Array, Point, mix, ramp, rgb

WIDTH, HEIGHT, SCALE = 768, 512, 3
VANISH = (392.0, 300.0)
FOCAL, EYE_HEIGHT, ROAD = 430.0, 1.7, 5.2
FOG = rgb("5a3f86")
NEON = ["ff2f7e", "19e3ff", "ffb02e", "9d5bff", "3dffa0", "ff5a3c", "4f8bff", "ff7bd5"]
WARM, COOL = ("ffcf85", "ffb25e", "ffe6b8"), ("9fd8ff", "7fb4ff", "d6ecff")
Vec = tuple[float, float, float]


class Painter:
    """Projects coloured quads of the street; ``mirror`` draws what the wet road reflects instead."""

    def __init__(self, mirror: bool) -> None:
        self.mirror = mirror
        size = (WIDTH * SCALE, HEIGHT * SCALE)
        self.image, self.glow = Image.new("RGB", size), Image.new("RGB", size)
        self.draw, self.light = ImageDraw.Draw(self.image), ImageDraw.Draw(self.glow)

    def at(self, p: Vec) -> Point:
        """World (right, up, away) to canvas."""
        x, y, z = p
        z = max(z, 0.6)
        y = -y if self.mirror else y
        return ((VANISH[0] + FOCAL * x / z) * SCALE, (VANISH[1] - FOCAL * (y - EYE_HEIGHT) / z) * SCALE)

    def quad(self, points: list[Vec], colour: Array, light: float = 0.0, fog: float = 1.0) -> None:
        """A flat shape. Distance fades it into the haze; ``light`` is how much of it shines."""
        z = max(float(np.mean([p[2] for p in points])), 0.6)
        far = (1 - np.exp(-max(z - 6, 0) / 62)) * fog
        c = colour * (1 - far) + FOG * far
        pts = [self.at(p) for p in points]
        self.draw.polygon(pts, fill=_byte(c))
        # Whatever is opaque also hides the glow of what lies behind it.
        self.light.polygon(pts, fill=_byte(colour * light * (1 - 0.7 * far)))

    def line(self, points: list[Vec], width: float, colour: Array, light: float = 0.0) -> None:
        """A line of a width in world units."""
        z = max(float(np.mean([p[2] for p in points])), 0.6)
        far = 1 - np.exp(-max(z - 6, 0) / 62)
        w = max(1, round(width * FOCAL / z * SCALE))
        pts = [self.at(p) for p in points]
        self.draw.line(pts, fill=_byte(colour * (1 - far) + FOG * far), width=w, joint="curve")
        if light:
            self.light.line(pts, fill=_byte(colour * light), width=w)


def _byte(c: Array) -> tuple[int, int, int]:
    r, g, b = (int(v) for v in np.clip(np.asarray(c) * 255, 0, 255))
    return r, g, b


def glyph(rng: np.random.Generator) -> list[tuple[Point, Point]]:
    """Strokes of an invented sign character in a unit square: bars and posts, never real letters."""
    strokes: list[tuple[Point, Point]] = []
    for y in rng.permutation([0.08, 0.36, 0.64, 0.92])[: int(rng.integers(2, 4))]:
        a, b = sorted(rng.choice([0.08, 0.3, 0.5, 0.7, 0.92], 2, replace=False))
        strokes.append(((0.08 if rng.random() < 0.6 else a, y), (0.92 if rng.random() < 0.6 else b, y)))
    for x in rng.permutation([0.1, 0.5, 0.9])[: int(rng.integers(1, 3))]:
        strokes.append(((x, float(rng.choice([0.0, 0.3]))), (x, float(rng.choice([0.7, 1.0])))))
    if rng.random() < 0.5:
        strokes.append(((0.5, 0.4), (float(rng.choice([0.1, 0.9])), 1.0)))
    return strokes


def wall_windows(
    p: Painter,
    rng: np.random.Generator,
    side: int,
    wall: float,
    z0: float,
    z1: float,
    base: float,
    top: float,
    style: int,
) -> None:
    """The windows of a wall that runs along the street."""
    cell_z, cell_y = [(1.5, 1.7), (1.0, 1.4), (2.2, 1.5), (0.9, 2.1)][style % 4]
    count_z, count_y = max(1, int((z1 - z0) / cell_z)), max(1, int((top - base - 0.6) / cell_y))
    warm = rng.random() < 0.55
    lit_share = rng.uniform(0.25, 0.6)
    x = side * (wall - 0.01)
    for j in range(count_y):
        y0 = base + 0.4 + j * cell_y
        row_lit = rng.random() < 0.12
        for i in range(count_z):
            a = z0 + (i + 0.18) * (z1 - z0) / count_z
            b = z0 + (i + 0.84) * (z1 - z0) / count_z
            if row_lit or rng.random() < lit_share:
                family = WARM if warm or rng.random() < 0.3 else COOL
                tone = rgb(family[int(rng.integers(3))])
                c, light = tone * rng.uniform(0.45, 1.0), 0.32
            else:
                c, light = rgb("1c2444") * rng.uniform(0.6, 1.4), 0.0
            p.quad([(x, y0, a), (x, y0, b), (x, y0 + cell_y * 0.62, b), (x, y0 + cell_y * 0.62, a)], c, light)
            if light and rng.random() < 0.4:
                # A blind half drawn, or someone's shelf: breaks the flat panes.
                h = cell_y * rng.uniform(0.1, 0.4)
                p.quad([(x, y0, a), (x, y0, b), (x, y0 + h, b), (x, y0 + h, a)], c * 0.55, 0.1)
        if style % 2 == 0:
            p.line([(x * 0.996, y0 - 0.14, z0), (x * 0.996, y0 - 0.14, z1)], 0.07, rgb("3a3560"))


def front_windows(
    p: Painter, rng: np.random.Generator, x0: float, x1: float, z: float, base: float, top: float, step: float
) -> None:
    """The windows of a wall that faces us."""
    nx, ny = max(1, int((x1 - x0) / step)), max(1, int((top - base) / (step * 1.35)))
    tones = ["ffd28a", "ffb566", "a6d4ff", "e8c4ff"]
    share = rng.uniform(0.2, 0.5)
    for j in range(ny):
        for i in range(nx):
            if rng.random() > share:
                continue
            a, b = x0 + (i + 0.2) * (x1 - x0) / nx, x0 + (i + 0.75) * (x1 - x0) / nx
            y0 = base + (j + 0.25) * (top - base) / ny
            y1 = y0 + 0.5 * (top - base) / ny
            p.quad(
                [(a, y0, z), (b, y0, z), (b, y1, z), (a, y1, z)],
                rgb(tones[int(rng.integers(4))]) * rng.uniform(0.5, 1),
                0.25,
            )


def shop(p: Painter, rng: np.random.Generator, side: int, wall: float, z0: float, z1: float) -> None:
    """A lit shop front with mullions, goods in silhouette, an awning and a sign above it."""
    x = side * (wall - 0.02)
    tone = rgb(["ffd9a0", "ffc27a", "bfeaff", "ffb6dc", "d8ffe4"][int(rng.integers(5))])
    # The room behind the glass: bright under its ceiling lamps, shelves and goods toward the floor.
    for k in range(8):
        lo, hi = 0.35 + 2.35 * k / 8, 0.35 + 2.35 * (k + 1) / 8
        c = tone * (0.34 + 0.5 * (k / 7) ** 1.5)
        p.quad([(x, lo, z0 + 0.3), (x, lo, z1 - 0.3), (x, hi, z1 - 0.3), (x, hi, z0 + 0.3)], c, 0.30 * (k + 2) / 9)
    for shelf in (0.4, 0.95, 1.5):
        at = z0 + 0.5
        while at < z1 - 0.7:
            w, h = rng.uniform(0.12, 0.4), rng.uniform(0.18, 0.46)
            c = mix(tone * rng.uniform(0.2, 0.8), rgb(NEON[int(rng.integers(len(NEON)))]), rng.uniform(0, 0.5)) * 0.7
            p.quad([(x, shelf, at), (x, shelf, at + w), (x, shelf + h, at + w), (x, shelf + h, at)], c, 0.1)
            at += w + rng.uniform(0.03, 0.3)
        p.line([(x, shelf, z0 + 0.3), (x, shelf, z1 - 0.3)], 0.05, tone * 0.22)
    for k in range(5):
        at = z0 + 0.9 + k * (z1 - z0 - 1.8) / 4
        p.quad([(x, 2.4, at), (x, 2.4, at + 0.3), (x, 2.52, at + 0.3), (x, 2.52, at)], rgb("fff6e0"), 0.9)
    for k in range(4):
        a = z0 + 0.3 + k * (z1 - z0 - 0.6) / 3
        p.line([(x, 0.35, a), (x, 2.7, a)], 0.08, rgb("141226"))
    stripe = rgb(NEON[int(rng.integers(len(NEON)))])
    n = 8
    for k in range(n):
        a, b = z0 + 0.15 + k * (z1 - z0 - 0.3) / n, z0 + 0.15 + (k + 1) * (z1 - z0 - 0.3) / n
        c = stripe * 0.62 if k % 2 else rgb("e6dcee") * 0.6
        p.quad([(x, 3.0, a), (x, 3.0, b), (x - side * 0.9, 2.55, b), (x - side * 0.9, 2.55, a)], c, 0.08)
    colour = rgb(NEON[int(rng.integers(len(NEON)))])
    p.quad([(x, 3.1, z0 + 0.2), (x, 3.1, z1 - 0.2), (x, 3.9, z1 - 0.2), (x, 3.9, z0 + 0.2)], rgb("100c20"))
    m = max(3, int((z1 - z0) / 0.9))
    for k in range(m):
        a = z0 + 0.5 + k * (z1 - z0 - 1.0) / m
        w = (z1 - z0 - 1.0) / m * 0.7
        for (u0, v0), (u1, v1) in glyph(rng):
            # On the right wall the street runs away to the left, so characters are set in reverse.
            q0, q1 = (u0, u1) if side < 0 else (1 - u0, 1 - u1)
            p.line([(x, 3.75 - 0.5 * v0, a + w * q0), (x, 3.75 - 0.5 * v1, a + w * q1)], 0.06, colour, 1.0)


def blade_sign(
    p: Painter,
    rng: np.random.Generator,
    side: int,
    wall: float,
    z: float,
    y0: float,
    y1: float,
    width: float,
    colour: Array,
) -> None:
    """A vertical sign that stands out from the wall and faces us."""
    xa, xb = side * (wall - 0.25), side * (wall - 0.25 - width)
    lo, hi = min(xa, xb), max(xa, xb)
    p.line([(side * wall, y1 - 0.4, z), (lo, y1 - 0.4, z)], 0.07, rgb("15122a"))
    p.quad([(lo, y0, z + 0.35), (hi, y0, z + 0.35), (hi, y1, z + 0.35), (lo, y1, z + 0.35)], colour * 0.25, 0.05)
    solid = rng.random() < 0.35
    p.quad(
        [(lo, y0, z), (hi, y0, z), (hi, y1, z), (lo, y1, z)],
        colour * 0.9 if solid else rgb("140d26"),
        0.7 if solid else 0.0,
    )
    ink, glow = (rgb("1a0f2c"), 0.0) if solid else (mix(colour, np.ones(3, np.float32), 0.45), 1.0)
    if not solid:
        frame = [(lo, y0, z), (hi, y0, z), (hi, y1, z), (lo, y1, z), (lo, y0, z)]
        p.line(frame, 0.07, colour, 1.0)
    n = max(1, round((y1 - y0) / width * 0.95))
    for k in range(n):
        top = y1 - 0.12 - k * (y1 - y0 - 0.2) / n
        h = (y1 - y0 - 0.2) / n * 0.78
        for (u0, v0), (u1, v1) in glyph(rng):
            p.line(
                [(lo + width * (0.2 + 0.6 * u0), top - h * v0, z), (lo + width * (0.2 + 0.6 * u1), top - h * v1, z)],
                width * 0.1,
                ink,
                glow,
            )


def billboard(p: Painter, side: int, wall: float, z0: float, z1: float, y0: float, y1: float) -> None:
    """A moving-picture wall: a sunset disc over stripes."""
    x = side * (wall - 0.05)
    rows = 26
    for k in range(rows):
        t = k / (rows - 1)
        c = ramp(np.float32(t), [(0, "1b1464"), (0.45, "b0208c"), (0.75, "ff5f7a"), (1, "ffc46b")])
        a, b = y1 - (y1 - y0) * k / rows, y1 - (y1 - y0) * (k + 1) / rows
        p.quad([(x, a, z0), (x, a, z1), (x, b, z1), (x, b, z0)], c * 0.95, 0.6)
    zc, yc, r = (z0 + z1) / 2, y0 + (y1 - y0) * 0.46, (y1 - y0) * 0.33
    for k in range(9):
        a, b = -1 + 2 * k / 9, -1 + 2 * (k + 0.86 - 0.06 * k) / 9
        t = np.linspace(a, b, 5)
        half = np.sqrt(np.clip(1 - t * t, 0, 1)) * r * (z1 - z0) / (y1 - y0) * 0.9
        pts = [(x, yc - r * v, zc - h) for v, h in zip(t, half, strict=True)]
        pts += [(x, yc - r * v, zc + h) for v, h in zip(t[::-1], half[::-1], strict=True)]
        p.quad(pts, mix(rgb("fff2a8"), rgb("ff3f8e"), k / 8), 0.9)
    p.line([(x, y0, z0), (x, y0, z1), (x, y1, z1), (x, y1, z0), (x, y0, z0)], 0.14, rgb("19e3ff"), 0.8)
