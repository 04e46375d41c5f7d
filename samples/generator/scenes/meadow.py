"""A painterly landscape: a composed scene repainted with thousands of lit brush strokes."""

from __future__ import annotations

import math

import numpy as np
from PIL import Image, ImageDraw
from scipy import ndimage

from .common import Array, Noise, blur, filmic, grid, mix, ramp, rgb, smooth, spline, to_array, to_image

WIDTH, HEIGHT, SCALE = 600, 400, 2
HORIZON = 176.0
Box = tuple[float, float, float, float]


def _polygon(points: list[tuple[float, float]], soft: float = 0.8) -> Array:
    m = Image.new("L", (WIDTH * 2, HEIGHT * 2))
    ImageDraw.Draw(m).polygon([(px * 2, py * 2) for px, py in points], fill=255)
    return blur(to_array(m.reduce(2)), soft)


class Plan:
    """What the painter looks at: colours, stroke directions and how much detail each place needs."""

    def __init__(self) -> None:
        self.x, self.y = grid(WIDTH, HEIGHT)
        self.rng = np.random.default_rng(61)
        self.noise = Noise(62)
        self.colour = np.zeros((HEIGHT, WIDTH, 3), np.float32)
        self.angle = np.zeros((HEIGHT, WIDTH), np.float32)
        self.detail = np.zeros((HEIGHT, WIDTH), np.float32)
        self._sky()
        self._hills()
        self._ground()
        self._house()
        self._trees()
        self._flowers()

    def _put(self, mask: Array, colour: Array, angle: Array | float | None = None, detail: float | None = None) -> None:
        self.colour = mix(self.colour, colour, mask)
        if angle is not None:
            self.angle = np.where(mask > 0.5, angle, self.angle).astype(np.float32)
        if detail is not None:
            self.detail = np.maximum(self.detail, mask * detail)

    def _sky(self) -> None:
        x, y, n = self.x, self.y, self.noise
        t = np.clip(y / HORIZON, 0, 1)
        sky = ramp(t, [(0, "3f78b8"), (0.4, "78aad2"), (0.75, "c4d6d6"), (1.0, "fbe3b4")])
        u, v = x * 0.011 + 2, y * 0.024 + 4
        warp = n.fbm(u * 1.2 + 8, v * 1.2, 3)
        cloud = n.fbm(u + warp, v + warp * 0.7, 5)
        above = n.fbm(u + warp + 0.06, v + warp * 0.7 - 0.16, 5)
        cover = smooth(0.47, 0.64, cloud + 0.05 * np.sin(x * 0.012 + 1))
        shade = mix(rgb("a7a4c4"), rgb("fff3d8"), np.clip(0.55 + 3.2 * (cloud - above), 0, 1))
        flow = 0.5 * np.sin(x * 0.011 + y * 0.02) + 1.4 * (warp - 0.5)
        self._put((y < HORIZON + 30).astype(np.float32), mix(sky, shade, cover * 0.92), flow, 0.1)

    def _hills(self) -> None:
        x, y, n = self.x, self.y, self.noise
        for base, amp, freq, far, seed in [
            (132, 64, 0.009, "7287b8", 3.0),
            (156, 40, 0.012, "5f8496", 11.0),
            (177, 22, 0.013, "6f9560", 23.0),
        ]:
            top = base - amp * (n.fbm(x * freq + seed, np.zeros_like(x), 4) - 0.35)
            mask = smooth(-0.7, 0.7, y - top)
            tone = n.fbm(x * 0.02 + seed, y * 0.08, 3)
            col = mix(rgb(far) * 0.86, mix(rgb(far), rgb("ffe0a0"), 0.42), smooth(0.3, 0.7, tone))
            self._put(mask, col, 0.35 * np.sin(x * 0.02 + seed), 0.25)
        for _ in range(46):
            cx, s = self.rng.uniform(0, WIDTH), self.rng.uniform(4, 9)
            cy = 178 + self.rng.uniform(-3, 4)
            mask = smooth(1.15, 0.85, np.hypot((x - cx) / (s * 1.2), (y - cy) / s))
            self._put(mask, mix(rgb("4d6f54"), rgb("a9b060"), smooth(s, -s, (x - cx) + (y - cy))), 1.4, 0.5)

    def _ground(self) -> None:
        x, y, n = self.x, self.y, self.noise
        top = 186 + 6 * np.sin(x * 0.012 + 0.6)
        t = np.clip((y - top) / (HEIGHT - top), 0, 1)
        grass = ramp(t, [(0, "d2c96a"), (0.25, "a5b851"), (0.6, "6d9440"), (1, "3d6433")])
        patch = n.fbm(x * 0.012, y * 0.035 + 9, 4)
        grass = mix(grass, rgb("e9d873"), smooth(0.52, 0.72, patch) * 0.65 * (1 - 0.5 * t))
        grass = mix(grass, rgb("2f5a48"), smooth(0.48, 0.30, patch) * 0.6)
        lean = -math.pi / 2 + 0.5 * (n.fbm(x * 0.01, y * 0.02 + 40, 2) - 0.35)
        flat = 0.16 * np.sin(x * 0.015)
        self._put(smooth(-0.8, 0.8, y - top), grass, np.where(t < 0.22, flat, lean), 0.35)
        # The path winds from the foreground to the house, narrowing with distance.
        mid = spline([(196, 410), (232, 362), (318, 318), (356, 280), (318, 250), (318, 232), (352, 219)])
        p = np.asarray(mid)
        order = np.argsort(p[:, 1])
        centre = np.interp(y, p[order, 1], p[order, 0])
        half = 2.5 + 52 * (np.clip(y - 214, 0, None) / 186) ** 1.35
        edge = n.fbm(x * 0.06, y * 0.12, 3) * 0.35
        mask = smooth(1.0, 0.86, np.abs(x - centre) / half + edge - 0.15) * (y > 218)
        rut = np.abs(np.abs(x - centre) / half - 0.5)
        sand = mix(rgb("e8c795"), rgb("b98a72"), smooth(0.3, 0.7, n.fbm(x * 0.02, y * 0.05, 3)))
        sand = mix(sand, rgb("8d6f86"), smooth(0.22, 0.0, rut) * 0.5)
        slope = np.gradient(centre[:, 0])
        along = np.arctan2(np.ones(HEIGHT), slope)[:, None] + 0 * x
        self._put(mask, sand, np.where(y > 250, along, 0.1), 0.5)
        shadow = smooth(1.1, 0.3, np.hypot((x - 150) / 190, (y - 300 - 0.12 * (x - 100)) / 22))
        dapple = smooth(0.40, 0.52, n.fbm(x * 0.03, y * 0.09 + 5, 3))
        self.colour = mix(self.colour, self.colour * rgb("56689a"), shadow * (0.5 + 0.5 * dapple) * 0.85)

    def _house(self) -> None:
        x, y = self.x, self.y
        walls = [
            ([(352, 180), (392, 184), (392, 224), (352, 220)], "b79a9a"),
            ([(392, 184), (440, 178), (440, 216), (392, 224)], "fbe6bd"),
            ([(352, 180), (371, 154), (392, 184)], "b79a9a"),
        ]
        for pts, colour in walls:
            self._put(_polygon(pts, 0.5), rgb(colour), math.pi / 2, 1.0)
        roof = _polygon([(371, 152), (424, 149), (446, 180), (391, 187)], 0.5)
        self._put(roof, mix(rgb("b2452f"), rgb("e88a4c"), smooth(370, 440, x) * 0.8), 0.95, 1.0)
        self._put(_polygon([(371, 152), (349, 182), (353, 184), (373, 157)], 0.4), rgb("7a3430"), 2.2, 1.0)
        self._put(_polygon([(408, 140), (417, 139), (417, 158), (408, 159)], 0.4), rgb("a35844"), 1.57, 1.0)
        for box, colour in [
            ((401, 196, 409, 206), "4b5f86"),
            ((423, 193, 431, 203), "4b5f86"),
            ((365, 197, 376, 221), "5a4152"),
            ((366, 174, 374, 183), "56628a"),
        ]:
            a, b, c, d = box
            self._put(_polygon([(a, b), (c, b), (c, d), (a, d)], 0.3), rgb(colour), 1.57, 1.0)
        for cx, cy, r in [(346, 222, 9), (398, 224, 7), (412, 222, 8), (446, 217, 10), (430, 219, 6)]:
            m = smooth(1.1, 0.8, np.hypot((x - cx) / r / 1.2, (y - cy) / r * 1.2))
            self._put(m, mix(rgb("35573f"), rgb("a8b455"), smooth(5, -7, y - cy - (x - cx) * 0.3)), 1.3, 0.9)

    def _blob_tree(
        self,
        cx: float,
        base: float,
        size: float,
        palette: tuple[str, str, str],
        masses: int,
        count: int,
        slim: float = 1.0,
    ) -> None:
        x, y, rng = self.x, self.y, self.rng
        trunk = spline(
            [(cx - size * 0.04, base), (cx + size * 0.03, base - size * 0.35), (cx - size * 0.02, base - size * 0.8)], 8
        )
        w = size * 0.065
        outline = [(px - w * (1.5 - i / len(trunk)), py) for i, (px, py) in enumerate(trunk)]
        outline += [(px + w * (1.5 - i / len(trunk)), py) for i, (px, py) in reversed(list(enumerate(trunk)))]
        self._put(
            _polygon(outline, 0.5), mix(rgb("3d2f45"), rgb("b07b5c"), smooth(cx - w, cx + w, x)), math.pi / 2, 0.9
        )
        dark, middle, light = (rgb(c) for c in palette)
        blobs = []
        # Foliage hangs in a few masses, each lit on its own, with sky between them.
        for k in range(masses):
            a = 2 * math.pi * (k + rng.uniform(0, 0.5)) / masses
            far = 0.0 if k == 0 else rng.uniform(0.55, 0.9)
            mx = cx + slim * size * 0.46 * far * math.cos(a)
            my = base - size * 0.86 + size * 0.40 * far * math.sin(a) / max(slim, 0.6)
            spread = size * rng.uniform(0.17, 0.24)
            for _ in range(count):
                b, r = rng.uniform(0, 2 * math.pi), math.sqrt(rng.uniform(0, 1))
                ox, oy = spread * r * math.cos(b) * max(slim, 0.4), spread * 0.72 * r * math.sin(b)
                lit = 0.40 + 0.30 * (ox * 0.6 - oy * 1.1) / spread
                lit += 0.34 * ((mx - cx) * 0.6 - (my - base + size * 0.86)) / (size * 0.46)
                blobs.append((k, lit, mx + ox, my + oy, size * rng.uniform(0.045, 0.095)))
        # Within each mass the shaded clumps come first, the lit ones last.
        for _, place, bx, by, r in sorted(blobs):
            y0, y1 = max(int(by - r * 1.6), 0), max(int(by + r * 1.6), 0) + 1
            x0, x1 = max(int(bx - r * 1.6), 0), max(int(bx + r * 1.6), 0) + 1
            win = np.s_[y0:y1, x0:x1]
            wx, wy = x[win], y[win]
            if not wx.size:
                continue
            dx, dy = (wx - bx) / r, (wy - by) / r * 1.12
            ragged = 0.5 * (self.noise.value(wx * 0.25 + bx, wy * 0.25) - 0.5)
            m = smooth(1.06, 0.9, np.hypot(dx, dy) + ragged)
            lit = np.clip(place + 0.20 * (dx * 0.5 - dy * 0.85), 0, 1)
            col = mix(mix(dark, middle, smooth(0.05, 0.5, lit)), light, smooth(0.5, 0.95, lit))
            self.colour[win] = mix(self.colour[win], col, m)
            turn = np.arctan2(dy, dx) + math.pi / 2
            self.angle[win] = np.where(m > 0.5, turn, self.angle[win])
            self.detail[win] = np.maximum(self.detail[win], m * 0.62)

    def _trees(self) -> None:
        autumn = ("5b3350", "c8663a", "fbc25c")
        green = ("24453f", "5b8540", "d6cf63")
        poplar = ("2c4a4a", "66864a", "cfc46c")
        for cx, base, size in [(466, 212, 80), (484, 215, 100), (502, 216, 84)]:
            self._blob_tree(cx, base, size, poplar, 5, 26, 0.16)
        self._blob_tree(318, 206, 42, green, 5, 14)
        self._blob_tree(556, 250, 128, autumn, 8, 40, 0.95)
        self._blob_tree(84, 304, 226, green, 12, 52, 0.98)
        self._blob_tree(232, 212, 52, autumn, 6, 14)

    def _flowers(self) -> None:
        rng, x, y = self.rng, self.x, self.y
        for _ in range(60):
            px, py = rng.uniform(395, 500), rng.uniform(221, 236)
            self._put(smooth(1.5, 0.5, np.hypot((x - px) / 2, y - py)), rgb("f3d9d0"), 0.0)


def _strokes(
    plan: Plan,
    target: Array,
    count: int,
    length: float,
    width: float,
    jitter: float,
    where: Array,
    paint: ImageDraw.ImageDraw,
    relief: ImageDraw.ImageDraw,
    seed: int,
) -> None:
    """One layer of strokes, each a bundle of bristles that differ a little in colour and height."""
    rng = np.random.default_rng(seed)
    weight = np.cumsum(where.ravel().astype(np.float64))
    picks = np.searchsorted(weight, rng.random(count) * weight[-1])
    for at in picks:
        py, px = divmod(int(at), WIDTH)
        a = float(plan.angle[py, px]) + rng.normal(0, 0.22)
        c = target[py, px] * (1 + rng.normal(0, jitter)) + rng.normal(0, jitter * 0.55, 3)
        near = 0.55 + 0.75 * py / HEIGHT if py > HORIZON else 0.9
        reach = length * near * rng.uniform(0.6, 1.25) * SCALE / 2
        ca, sa = math.cos(a), math.sin(a)
        bend = rng.normal(0, 0.16)
        bristles = max(2, round(width))
        cx, cy = (px + rng.random()) * SCALE, (py + rng.random()) * SCALE
        for b in range(bristles):
            off = (b - (bristles - 1) / 2) / bristles * width * SCALE
            tone = c * (1 + rng.normal(0, 0.035))
            fill = tuple(int(v) for v in np.clip(tone * 255, 0, 255))
            end = reach * rng.uniform(0.8, 1.1)
            pts = [
                (
                    cx + ca * t * end - sa * (off + bend * t * t * end),
                    cy + sa * t * end + ca * (off + bend * t * t * end),
                )
                for t in (-1, -0.33, 0.33, 1)
            ]
            paint.line(pts, fill=fill, width=SCALE + 1, joint="curve")
            relief.line(pts, fill=int(np.clip(rng.normal(128, 42), 0, 255)), width=SCALE + 1)


def _dabs(paint: ImageDraw.ImageDraw, relief: ImageDraw.ImageDraw) -> None:
    """Poppies, daisies and lavender in the foreground, larger toward the viewer."""
    rng = np.random.default_rng(71)
    noise = Noise(72)
    kinds = [("d8342c", "f4683e"), ("fff4dc", "f7d98a"), ("7a62b8", "b39ae0"), ("f2b632", "ffe07a")]
    spots = []
    while len(spots) < 1300:
        py = HEIGHT - (HEIGHT - 232) * rng.random() ** 0.8
        px = rng.uniform(0, WIDTH)
        depth = (py - 214) / 186
        mid = np.interp(py, [219, 232, 250, 280, 318, 362, 410], [352, 318, 318, 356, 318, 232, 196])
        if abs(px - mid) < 8 + 56 * depth**1.35:
            continue
        # Nothing that grows behind a trunk may show on its bark.
        if (58 < px < 110 and py < 304) or (536 < px < 574 and py < 250):
            continue
        drift = float(noise.fbm(np.float32(px * 0.012), np.float32(py * 0.03), 3))
        if rng.random() < smooth(0.40, 0.62, drift):
            spots.append((py, px, depth, drift))
    for py, px, depth, drift in sorted(spots):
        kind = kinds[int(np.clip((drift - 0.44) * 17 + rng.normal(0, 0.7), 0, 3.99))]
        r = (0.6 + 2.5 * depth) * rng.uniform(0.7, 1.25) * SCALE
        cx, cy = px * SCALE, py * SCALE
        for k, colour in enumerate(kind):
            c = np.clip((rgb(colour) + rng.normal(0, 0.03, 3)) * 255, 0, 255).astype(int)
            ox, oy = rng.normal(0, r * 0.25), rng.normal(0, r * 0.2) - k * r * 0.35
            s = r * (1 - 0.42 * k)
            box = (cx + ox - s, cy + oy - s * 0.72, cx + ox + s, cy + oy + s * 0.72)
            paint.ellipse(box, fill=tuple(int(v) for v in c))
            relief.ellipse(box, fill=int(rng.integers(110, 165)))


def render() -> Array:
    """The finished picture, 600 x 400."""
    plan = Plan()
    soft, fine = blur(plan.colour, 2.2), plan.colour
    picture = to_image(soft * 0.9).resize((WIDTH * SCALE, HEIGHT * SCALE))
    height = Image.new("L", picture.size, 128)
    paint, relief = ImageDraw.Draw(picture), ImageDraw.Draw(height)
    everywhere = np.ones((HEIGHT, WIDTH), np.float32)
    edges = np.hypot(*(ndimage.sobel(fine.mean(-1), axis=k) for k in (0, 1)))
    _strokes(plan, soft, 2600, 30, 8, 0.05, everywhere, paint, relief, 1)
    _strokes(plan, soft, 5200, 17, 5, 0.06, everywhere, paint, relief, 2)
    _strokes(plan, fine, 9000, 9.5, 3, 0.055, 0.12 + plan.detail, paint, relief, 3)
    _strokes(plan, fine, 9000, 5.5, 2, 0.035, np.clip(edges, 0, 0.5) * (plan.detail > 0.3) + 0.02, paint, relief, 4)
    house = smooth(0.9, 0.99, plan.detail)
    _strokes(plan, fine, 2200, 4.0, 1.6, 0.02, house + 1e-6, paint, relief, 5)
    _dabs(paint, relief)
    img = to_array(picture.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS))
    bump = blur(to_array(height), 0.9)
    light = ndimage.sobel(bump, axis=0) * 0.7 - ndimage.sobel(bump, axis=1) * 0.7
    light = light[: HEIGHT * SCALE, : WIDTH * SCALE].reshape(HEIGHT, SCALE, WIDTH, SCALE).mean((1, 3))
    img = img * (1 + np.clip(light, -0.6, 0.6) * 0.20)[..., None]
    x, y = grid(WIDTH, HEIGHT)
    warm = np.exp(-(np.hypot((x - 430) / 330, (y - 150) / 210) ** 2))
    img = img * mix(rgb("dfe0f4"), rgb("fff2da") * 1.07, warm)
    return filmic(img)
