"""A neon street in the rain, drawn in one-point perspective from boxes, signs and thousands of windows."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw

from .city_parts import (
    EYE_HEIGHT,
    FOCAL,
    FOG,
    HEIGHT,
    NEON,
    ROAD,
    VANISH,
    WIDTH,
    Painter,
    billboard,
    blade_sign,
    front_windows,
    shop,
    wall_windows,
)
from .common import Array, Noise, bloom, blur, filmic, grid, mix, ramp, rgb, smooth, to_array


def _block(
    p: Painter, rng: np.random.Generator, side: int, z0: float, z1: float, height: float, wall: float, style: int
) -> None:
    """One building along the street."""
    tone = rgb(["262347", "2d2040", "1d2b4a", "34233f"][style % 4])
    x, out = side * wall, side * (wall + 16)
    # The end facing us, a little lighter since the street lights it.
    p.quad([(x, 0, z0), (out, 0, z0), (out, height, z0), (x, height, z0)], tone * 0.8)
    lo, hi = min(x, x + side * 9), max(x, x + side * 9)
    front_windows(p, rng, lo + 0.4, hi, z0 - 0.01, 4.5, height - 0.5, 1.1)
    bands = 10
    for k in range(bands):
        a, b = height * k / bands, height * (k + 1) / bands
        shade = 1.25 - 0.6 * k / bands
        glow = rgb("8a2f6a") * (0.22 * (1 - k / bands) ** 3)
        p.quad([(x, a, z0), (x, a, z1), (x, b, z1), (x, b, z0)], tone * shade + glow)
    wall_windows(p, rng, side, wall, z0 + 0.3, z1 - 0.3, 4.4, height - 0.6, style)
    n = 3 + style % 3
    for k in range(n + 1):
        z = z0 + (z1 - z0) * k / n
        p.line([(x * 0.997, 4.2, z), (x * 0.997, height, z)], 0.16, tone * 1.5)
    for y, w in ((4.2, 0.28), (height, 0.4)):
        p.line([(x * 0.996, y, z0), (x * 0.996, y, z1)], w, tone * 1.7 + rgb("30204a") * 0.4)
    if rng.random() < 0.7:
        edge = rgb(NEON[int(rng.integers(len(NEON)))])
        p.line([(x * 0.994, height - 0.5, z1), (x * 0.994, height - 0.5, z0)], 0.09, edge, 0.9)
    shop(p, rng, side, wall, z0 + 0.2, z1 - 0.2)
    for _ in range(int(rng.integers(3, 7))):
        y, z = rng.uniform(5, max(height - 2, 6)), rng.uniform(z0 + 0.5, z1 - 1)
        q = x - side * 0.5
        p.quad([(q, y, z), (x, y, z), (x, y + 0.6, z), (q, y + 0.6, z)], rgb("57507e"))
        p.quad([(q, y, z), (q, y, z + 0.8), (q, y + 0.6, z + 0.8), (q, y + 0.6, z)], rgb("3b3760"))
    for _ in range(2):
        z = rng.uniform(z0, z1)
        p.line([(x * 0.99, height, z), (x * 0.99, height + rng.uniform(1, 3.4), z)], 0.06, rgb("2a2548"))


def _towers(p: Painter) -> None:
    """Far towers in the haze at the end of the street."""
    rng = np.random.default_rng(112)
    for z in (200.0, 150.0, 112.0):
        for _ in range(16):
            cx, w = rng.uniform(-0.9, 0.9) * z, rng.uniform(4, 10) * z / 100
            h = rng.uniform(14, 62) * z / 100
            tone = mix(rgb("241f4c"), FOG, float(min(z / 230, 1)))
            p.quad([(cx - w, 0, z), (cx + w, 0, z), (cx + w, h, z), (cx - w, h, z)], tone, 0, 0.35)
            front_windows(p, rng, cx - w, cx + w, z, 6, h - 1, z / 62)
            if rng.random() < 0.5:
                p.line([(cx, h, z), (cx, h + 12, z)], 0.5, tone)
    # The landmark: a stepped tower with a ring, right over the vanishing point.
    for z, w, y0, y1, c in [(96, 7.2, 0, 34, "2c2a63"), (95.5, 5.4, 34, 52, "322e6c"), (95, 3.4, 52, 63, "3a3476")]:
        p.quad([(-w, y0, z), (w, y0, z), (w, y1, z), (-w, y1, z)], rgb(c), 0, 0.55)
        p.quad([(0, y0, z - 0.1), (w, y0, z - 0.1), (w, y1, z - 0.1), (0, y1, z - 0.1)], rgb(c) * 0.72, 0, 0.55)
        front_windows(p, rng, -w * 0.9, w * 0.9, z - 0.2, y0 + 1, y1 - 0.5, 1.25)
        p.line([(-w, y1, z - 0.3), (w, y1, z - 0.3)], 0.4, rgb("19e3ff"), 1.0)
        p.line([(0, y0, z - 0.3), (0, y1, z - 0.3)], 0.35, rgb("ff2f7e"), 1.0)
    p.line([(0, 63, 95), (0, 76, 95)], 0.5, rgb("5d55a0"))
    ring = [(10.5 * float(np.cos(a)), 56 + 2.6 * float(np.sin(a)), 94.0) for a in np.linspace(0, 2 * np.pi, 60)]
    p.line(ring, 0.5, rgb("ffb02e"), 1.0)


def _street(p: Painter) -> None:
    """Everything above the road, back to front."""
    _towers(p)
    rng = np.random.default_rng(113)
    plan: list[tuple[float, int, float, float, float, int]] = []
    for side in (-1, 1):
        z = 4.0 if side < 0 else 5.5
        k = 0
        while z < 92:
            deep = float(rng.uniform(7, 11))
            plan.append((z, side, z + deep, float(rng.uniform(13, 30)), ROAD + 2.6 + float(rng.uniform(0, 0.5)), k))
            z += deep + (0.25 if k % 3 else 1.4)
            k += 1
    for z0, side, z1, height, wall, style in sorted(plan, reverse=True):
        seed = np.random.default_rng(int(z0 * 100) + (7 if side > 0 else 3))
        _block(p, seed, side, z0, z1, height, wall, style + (1 if side > 0 else 0))
        if side > 0 and 15 < z0 < 26:
            billboard(p, side, wall, z0 + 0.8, z1 - 0.8, 8.5, 15.5)
        for k in range(3):
            z = z1 - 0.8 - k * (z1 - z0) / 3
            y0 = float(seed.uniform(4.2, 8.0))
            if z > 8.5:
                # Neighbours step through the palette, so that no two signs beside each other match.
                colour = rgb(NEON[(style * 3 + k * 5 + (side > 0) * 2) % len(NEON)])
                tall, wide = float(seed.uniform(2.4, 6)), float(seed.uniform(0.9, 1.5))
                blade_sign(p, seed, side, wall, z, y0, y0 + tall, wide, colour)
        if 34 < z0 < 44 and side < 0:
            _bridge(p, z0)
    for z in (58.0, 44.0, 32.0, 23.0, 16.0, 11.0):
        for side in (-1, 1):
            _lamp(p, side, z)
    _cables(p)
    _people(p)


def _bridge(p: Painter, z: float) -> None:
    """A covered footbridge over the street with a lit row of panes."""
    w, y0, y1 = ROAD + 3, 9.0, 12.0
    p.quad([(-w, y0, z), (w, y0, z), (w, y1, z), (-w, y1, z)], rgb("28234c"))
    for k in range(18):
        a, b = -w + (k + 0.12) * 2 * w / 18, -w + (k + 0.88) * 2 * w / 18
        p.quad(
            [(a, y0 + 0.9, z), (b, y0 + 0.9, z), (b, y1 - 0.6, z), (a, y1 - 0.6, z)],
            rgb("ffcf8a") * (0.7 + 0.3 * ((k * 7) % 4) / 3),
            0.45,
        )
    p.line([(-w, y0, z), (w, y0, z)], 0.22, rgb("ff2f7e"), 1.0)
    p.line([(-w, y1, z), (w, y1, z)], 0.22, rgb("19e3ff"), 1.0)


def _lamp(p: Painter, side: int, z: float) -> None:
    x = side * (ROAD + 0.5)
    p.line([(x, 0, z), (x, 4.9, z), (x - side * 1.1, 5.15, z)], 0.10, rgb("17142b"))
    p.quad(
        [(x - side * 0.8, 5.0, z), (x - side * 1.5, 5.05, z), (x - side * 1.5, 5.2, z), (x - side * 0.8, 5.2, z)],
        rgb("fff0d0"),
        1.0,
    )


def _cables(p: Painter) -> None:
    rng = np.random.default_rng(114)
    for _ in range(13):
        z, y = rng.uniform(9, 40), rng.uniform(7, 14)
        a, b, sag = -(ROAD + 2.6), ROAD + 2.6, rng.uniform(0.4, 1.6)
        dz = rng.uniform(-4, 4)
        pts = [
            (a + (b - a) * t, y + rng.uniform(-0.01, 0.01) - sag * 4 * t * (1 - t), z + dz * t)
            for t in np.linspace(0, 1, 18)
        ]
        p.line(pts, 0.035, rgb("0e0b1e"))
        if rng.random() < 0.4:
            for k in range(2, 16, 2):
                x, yy, zz = pts[k]
                tone = rgb("ff5a4a") if k % 4 else rgb("ffb45a")
                r = 0.22
                oval = [
                    (x + r * float(np.cos(t)), yy - 0.3 + r * 1.15 * float(np.sin(t)), zz)
                    for t in np.linspace(0, 2 * np.pi, 12)
                ]
                p.quad(oval, tone, 0.9)


def _people(p: Painter) -> None:
    """Walkers under umbrellas, nearest last; one in the middle draws the eye."""
    rng = np.random.default_rng(115)
    crowd = [(float(rng.choice([-1, 1])) * rng.uniform(ROAD - 0.4, ROAD + 1.9), rng.uniform(13, 48)) for _ in range(26)]
    crowd += [(rng.uniform(-3, 3), rng.uniform(26, 50)) for _ in range(6)]
    for x, z in sorted(crowd, key=lambda q: -q[1]):
        _walker(p, x, z, rgb(NEON[int(rng.integers(len(NEON)))]), rng.random() < 0.7)
    _walker(p, -0.95, 9.6, rgb("ff3a6e"), True)


def _walker(p: Painter, x: float, z: float, colour: Array, umbrella: bool) -> None:
    """A figure in a coat, with an edge of the street's light on one side."""
    dark = rgb("141126")
    for foot, lift in ((-0.1, 0.0), (0.1, 0.05)):
        q = x + foot
        p.quad(
            [
                (q - 0.06, lift, z),
                (q + 0.09, lift, z),
                (q + 0.06, 0.12 + lift, z),
                (q + 0.07, 0.75, z),
                (q - 0.08, 0.75, z),
                (q - 0.05, 0.12 + lift, z),
            ],
            dark * 0.8,
        )
    p.quad(
        [
            (x - 0.27, 0.55, z),
            (x + 0.27, 0.52, z),
            (x + 0.18, 1.02, z),
            (x + 0.24, 1.3, z),
            (x + 0.13, 1.45, z),
            (x - 0.13, 1.45, z),
            (x - 0.24, 1.3, z),
            (x - 0.18, 1.02, z),
        ],
        dark * 1.3,
    )
    p.quad(
        [
            (x - 0.27, 0.55, z),
            (x - 0.2, 0.55, z),
            (x - 0.13, 1.02, z),
            (x - 0.18, 1.3, z),
            (x - 0.1, 1.45, z),
            (x - 0.13, 1.45, z),
            (x - 0.24, 1.3, z),
            (x - 0.18, 1.02, z),
        ],
        rgb("6a4a9a"),
    )
    head = [(x + 0.11 * float(np.cos(t)), 1.58 + 0.14 * float(np.sin(t)), z) for t in np.linspace(0, 2 * np.pi, 14)]
    p.quad(head, dark)
    if umbrella:
        mid, low = x + 0.16, 1.86
        p.line([(mid, 1.05, z), (mid, 2.3, z)], 0.03, dark)
        ribs = 6
        for k in range(ribs):
            a, b = np.pi * k / ribs, np.pi * (k + 1) / ribs
            arc = [(mid + 0.8 * float(np.cos(t)), low + 0.42 * float(np.sin(t)), z) for t in np.linspace(a, b, 5)]
            u0, u1 = mid + 0.8 * float(np.cos(b)), mid + 0.8 * float(np.cos(a))
            hem = [(u0 + (u1 - u0) * t, low + 0.10 * float(np.sin(np.pi * t)), z) for t in (0.25, 0.5, 0.75)]
            p.quad([*arc, (u0, low, z), *hem, (u1, low, z)], colour * (0.45 + 0.5 * k / ribs), 0.22)


def _sky() -> Array:
    x, y = grid(WIDTH, HEIGHT)
    sky = ramp(y / VANISH[1], [(0, "0d0f2e"), (0.45, "2a2260"), (0.8, "6b3f8c"), (1, "c0588e")])
    noise = Noise(116)
    cloud = noise.fbm(x * 0.006, y * 0.016, 5)
    sky = mix(sky, rgb("8f4f9a"), smooth(0.45, 0.75, cloud) * 0.5)
    glow = np.exp(-(np.hypot((x - VANISH[0]) / 170, (y - VANISH[1] + 40) / 130) ** 2))
    return sky + rgb("ff6f9a") * (0.35 * glow)[..., None]


def _layer(mirror: bool) -> tuple[Array, Array]:
    p = Painter(mirror)
    sky = _sky()
    if mirror:
        rows = np.clip(2 * VANISH[1] - np.arange(HEIGHT), 0, HEIGHT - 1).astype(int)
        sky = sky[rows]
    else:
        # Below the horizon lies the road; dark edges keep the walkers free of a bright fringe.
        sky[int(VANISH[1]) :] = 0.05
    p.image.paste(Image.fromarray((np.clip(sky, 0, 1) * 255).astype(np.uint8)).resize(p.image.size))
    _street(p)
    size = (WIDTH, HEIGHT)
    return (to_array(p.image.resize(size, Image.Resampling.BOX)), to_array(p.glow.resize(size, Image.Resampling.BOX)))


def render() -> Array:
    """The finished picture, 768 x 512."""
    x, y = grid(WIDTH, HEIGHT)
    front, front_glow = _layer(False)
    back, back_glow = _layer(True)
    noise = Noise(117)
    # Where each road pixel lies in the world, for its texture and puddles.
    z = FOCAL * EYE_HEIGHT / np.maximum(y - VANISH[1], 0.7)
    wx = (x - VANISH[0]) * z / FOCAL
    puddle = smooth(0.46, 0.58, noise.fbm(wx * 0.55 + 20, z * 0.28, 4))
    rough = noise.fbm(wx * 7, z * 5, 2) - 0.5
    wet = back + 0.55 * back_glow
    shiver = (rough * (2 + 120 / z) * (1.15 - puddle)).astype(np.float32)
    yy, xx = np.clip(y - 0.5 + shiver * 1.6, 0, HEIGHT - 1), np.clip(x - 0.5 + shiver * 0.5, 0, WIDTH - 1)
    streak = mix(blur(wet, (13, 2.2)), blur(wet, (2.0, 0.5)), puddle)
    streak = streak[yy.astype(int), xx.astype(int)]
    asphalt = mix(rgb("0f1024"), rgb("2a2646"), np.clip(0.5 + rough, 0, 1) * 0.8)
    kerb = np.abs(np.abs(wx) - ROAD)
    asphalt = mix(asphalt, rgb("3a345c"), (np.abs(wx) > ROAD).astype(np.float32) * 0.5)
    tile = np.maximum(
        smooth(0.06, 0.02, np.abs(np.mod(wx, 0.9) - 0.45)), smooth(0.06, 0.02, np.abs(np.mod(z, 0.9) - 0.45))
    )
    asphalt = mix(asphalt, rgb("14122a"), tile * (np.abs(wx) > ROAD) * smooth(40, 8, z))
    mark = smooth(0.10, 0.07, np.abs(wx)) * (np.mod(z, 5) < 2.8)
    mark = np.maximum(mark, smooth(0.09, 0.06, np.abs(np.abs(wx) - ROAD + 0.5)))
    zebra = (z > 5.6) & (z < 7.6) & (np.mod(wx + 0.3, 1.1) < 0.6) & (np.abs(wx) < ROAD - 0.8)
    mark = np.maximum(mark, zebra * 0.8)
    asphalt = mix(asphalt, rgb("b9b2d6"), mark * 0.55 * (0.6 + 0.4 * smooth(-0.2, 0.2, rough)))
    asphalt = mix(asphalt, rgb("6b6390"), smooth(0.12, 0.05, kerb) * 0.7)
    fresnel = 0.36 + 0.34 * puddle + 0.18 * smooth(5, 30, z)
    road = asphalt * (1 - 0.55 * fresnel)[..., None] + streak * fresnel[..., None]
    # Whatever the front layer drew below the horizon (walkers, walls) keeps its place before the road.
    drawn = Painter(False)
    _street(drawn)
    plain = to_array(drawn.image.resize((WIDTH, HEIGHT), Image.Resampling.BOX)).max(-1)
    cover = smooth(0.01, 0.05, plain) * (y > VANISH[1])
    img = np.where((y > VANISH[1])[..., None], mix(road, front, cover), front)

    light = np.where((y > VANISH[1])[..., None], front_glow * cover[..., None] + back_glow * 0.12, front_glow)
    glow = sum(w * blur(light, s) for w, s in ((0.45, 1.6), (0.55, 6), (0.65, 18), (0.55, 48)))
    img = img + glow
    haze = np.exp(-(((y - VANISH[1]) / 70) ** 2) - ((x - VANISH[0]) / 150) ** 2)
    img = img + rgb("ff86b0") * (0.20 * haze)[..., None]
    # Rain: short slanting streaks that catch the light behind them.
    rng = np.random.default_rng(118)
    rain = Image.new("L", (WIDTH * 2, HEIGHT * 2))
    draw = ImageDraw.Draw(rain)
    for _ in range(520):
        px, py, s = rng.uniform(0, WIDTH * 2), rng.uniform(0, HEIGHT * 2), rng.uniform(8, 30)
        draw.line([(px, py), (px - s * 0.16, py + s)], fill=int(rng.uniform(30, 110)), width=1)
    drops = to_array(rain.resize((WIDTH, HEIGHT), Image.Resampling.BOX))
    img = img + drops[..., None] * (0.10 + 0.9 * blur(img, 6)) * 0.55
    img = bloom(img, 0.85, (3, 10), 0.25)
    d = (x / WIDTH - 0.5) ** 2 + (y / HEIGHT - 0.52) ** 2
    return filmic(img * (1.06 - 0.85 * d)[..., None])
