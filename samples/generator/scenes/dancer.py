"""A dancer on a stage. Drawing and keypoints come from one skeleton, so they agree by construction."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw

from .common import (
    Array,
    Canvas,
    Noise,
    Point,
    bloom,
    blur,
    filmic,
    grain,
    grid,
    mix,
    ramp,
    rgb,
    rgb8,
    smooth,
    spline,
    tapered,
    to_array,
    to_image,
)

WIDTH, HEIGHT, SCALE = 512, 768, 3
FLOOR = 566.0
SKIN, SKIN_DARK, SKIN_LIGHT = "e8ae8c", "a8625a", "ffdcb4"
HAIR, HAIR_LIGHT = "3a1c24", "8a4a3c"
DRESS, DRESS_DARK, DRESS_LIGHT = "d8ecef", "7f9fc0", "ffffff"

# The one skeleton, in COCO-18 order. She faces us: her right is on the left of the picture.
NAMES = (
    "nose",
    "neck",
    "right_shoulder",
    "right_elbow",
    "right_wrist",
    "left_shoulder",
    "left_elbow",
    "left_wrist",
    "right_hip",
    "right_knee",
    "right_ankle",
    "left_hip",
    "left_knee",
    "left_ankle",
    "right_eye",
    "left_eye",
    "right_ear",
    "left_ear",
)
SKELETON: dict[str, Point] = {
    "nose": (250, 213),
    "neck": (255, 262),
    "right_shoulder": (223, 267),
    "right_elbow": (176, 215),
    "right_wrist": (197, 143),
    "left_shoulder": (288, 265),
    "left_elbow": (346, 262),
    "left_wrist": (407, 238),
    "right_hip": (236, 392),
    "right_knee": (243, 518),
    "right_ankle": (250, 640),
    "left_hip": (277, 390),
    "left_knee": (372, 436),
    "left_ankle": (300, 513),
    "right_eye": (241, 204),
    "left_eye": (260, 203),
    "right_ear": (229, 210),
    "left_ear": (273, 207),
}


def keypoints() -> dict[str, object]:
    """The skeleton as an OpenPose JSON document."""
    flat: list[float] = []
    for name in NAMES:
        x, y = SKELETON[name]
        flat += [float(x), float(y), 1.0]
    return {"version": 1.3, "people": [{"pose_keypoints_2d": flat}]}


def _stage() -> Array:
    """Curtains, a painted moon, a boarded floor and the beams of two lamps."""
    x, y = grid(WIDTH, HEIGHT)
    noise = Noise(101)
    # Painted night behind the arch of the curtains.
    img = ramp(y / FLOOR, [(0, "101a40"), (0.45, "28407a"), (0.8, "6b6ea8"), (1, "b98fae")])
    cloud = noise.fbm(x * 0.006 + 4, y * 0.014, 5)
    img = mix(img, rgb("8f8fc4"), smooth(0.5, 0.75, cloud) * 0.55 * smooth(40, 300, y))
    rng = np.random.default_rng(102)
    for _ in range(90):
        sx, sy, r = rng.uniform(60, 450), rng.uniform(40, 400), rng.uniform(0.5, 1.5)
        spark = np.exp(-((x - sx) ** 2 + (y - sy) ** 2) / r**2) * rng.uniform(0.3, 1)
        img += rgb("fff2d0") * spark[..., None]
    mx, my, mr = 268.0, 268.0, 158.0
    d = np.hypot(x - mx, y - my) / mr
    seas = noise.fbm(x * 0.011 + 30, y * 0.011, 5)
    moon = mix(rgb("c9d4f2"), rgb("8b9cd0"), smooth(0.42, 0.62, seas) * 0.8)
    moon = moon * (1.04 - 0.20 * d**4)[..., None]
    img = img + rgb("a8b8ff") * (0.34 * np.exp(-np.maximum(d - 1, 0) * 3.2))[..., None]
    img = mix(img, moon, smooth(1.006, 0.994, d))
    for base, amp, tone in [(470, 90, "565c94"), (512, 66, "3a4076"), (546, 40, "262a56")]:
        line = base - amp * (noise.fbm(x * 0.011 + base, x * 0 + 0.5, 5, 0.5) - 0.35)
        img = mix(
            img,
            rgb(tone) + rgb("a87088") * (smooth(base - 30, FLOOR, y) * 0.35)[..., None],
            smooth(-0.8, 0.8, y - line),
        )

    # The floor: boards that run to one vanishing point, brightest under the lamp.
    depth = np.maximum(y - FLOOR, 0.5)
    lane = (x - 256) / (depth + 90) * 4.4
    board = np.floor(lane)
    seam = np.abs(lane - np.round(lane)) * (depth + 90) / 4.4
    tone = 0.82 + 0.3 * noise.value(board * 3.7 + 0.5, board * 0 + 2.5)
    wood = noise.fbm(lane * 6 + 9, 900 / (depth + 60) + board * 5.3, 4)
    floor = mix(rgb("4a2420"), rgb("a85f3e"), np.clip(wood * 1.1 - 0.05, 0, 1)) * tone[..., None]
    floor *= (1 - 0.6 * smooth(1.2, 0.2, seam))[..., None]
    pool = np.exp(-((((x - 256) / 205) ** 2 + ((y - 652) / 66) ** 2) ** 1.4))
    floor = floor * (0.30 + 1.75 * pool)[..., None] * mix(rgb("8f8cd8"), rgb("ffe6c0"), pool)
    mirror = np.clip(2 * FLOOR - y, 0, HEIGHT - 1).astype(int)
    floor += (
        0.20
        * blur(np.take_along_axis(img, mirror[..., None].repeat(3, -1), 0), (5, 9))
        * smooth(200, 0, depth)[..., None]
    )
    img = np.where((y >= FLOOR)[..., None], floor, img)

    # Curtains: folds are a warped sine; the swag at the top hangs in scallops.
    for side in (-1, 1):
        u = (x - 256) * side
        edge = 168 + 60 * smooth(340, 640, y) - 52 * np.exp(-(((y - 380) / 120) ** 2)) * -1 + 0 * x
        edge = edge - 60 * smooth(350, 0, y)
        bottom = FLOOR + 44 + 5 * np.sin(u * 0.19)
        gather = smooth(0, 380, y) * 0.16 + 1.0
        fold = np.sin((u - edge) * 0.155 * gather + 1.4 * noise.fbm(x * 0.01, y * 0.004 + side, 2) + 0.6)
        light = 0.5 + 0.5 * fold
        cloth = ramp(light, [(0, "30080f"), (0.45, "6d1220"), (0.8, "a9272e"), (1, "d0503f")])
        cloth *= (0.58 + 0.55 * np.exp(-((u - edge) / 70)) * smooth(720, 200, y))[..., None]
        m = smooth(-0.8, 0.8, u - edge) * (y < bottom)
        cast = smooth(26, 0, edge - u) * (y < FLOOR) * (u < edge)
        img = mix(img, img * 0.55, cast)
        img = mix(img, cloth, m)
        tie = np.exp(-(((y - 392 - (u - edge) * 0.12) / 6) ** 2)) * m
        img = mix(img, rgb("e0b050") * (0.5 + 0.6 * light)[..., None], smooth(0.3, 0.6, tie))
    phase = np.mod(x / 102.4, 1) * 2 - 1
    hang = 44 + 42 * np.sqrt(np.clip(1 - phase**2, 0, 1))
    fold = 0.5 + 0.5 * np.sin(np.hypot(phase * 52, y + 14) * 0.27 + 1.6 * noise.fbm(x * 0.02, y * 0.02, 2))
    cloth = ramp(fold, [(0, "43101c"), (0.5, "7c1624"), (0.85, "ab2a30"), (1, "c8463e")])
    cloth *= (0.95 - 0.35 * np.abs(phase) ** 3)[..., None]
    img = mix(img, img * 0.55, smooth(24, 0, y - hang) * (y > hang))
    img = mix(img, cloth, smooth(0.8, -0.8, y - hang))
    fringe = smooth(0, 2, y - hang) * smooth(9, 7, y - hang)
    return mix(img, rgb("d9a441") * (0.7 + 0.3 * np.sin(x * 2.2))[..., None], fringe)


def _limb(points: list[Point], widths: list[float], cap: str = "") -> list[Point]:
    """The outline of a limb through joints, with a width at every given point and a round ``cap``."""
    curve = np.asarray(spline(points, 12))
    t = np.linspace(0, 1, len(curve))
    w = np.interp(t, np.linspace(0, 1, len(widths)), widths)
    k = np.ones(7) / 7
    w = np.convolve(np.pad(w, 3, mode="edge"), k, "valid") / 2
    d = np.gradient(curve, axis=0)
    d /= np.hypot(d[:, 0], d[:, 1])[:, None]
    n = np.stack([-d[:, 1], d[:, 0]], -1)
    turn = np.linspace(0, np.pi, 12)[1:-1, None]
    end = curve[-1] + w[-1] * (np.cos(turn) * n[-1] + np.sin(turn) * d[-1]) if "end" in cap else curve[:0]
    start = curve[0] - w[0] * (np.cos(turn) * n[0] + np.sin(turn) * d[0]) if "start" in cap else curve[:0]
    around = [curve + n * w[:, None], end, (curve - n * w[:, None])[::-1], start]
    return [tuple(q) for q in np.concatenate(around).tolist()]


def _bone(a: str, b: str, bow: float = 0.0) -> list[Point]:
    """Two joints and the point midway, pushed sideways to round the muscle."""
    (ax, ay), (bx, by) = SKELETON[a], SKELETON[b]
    return [(ax, ay), ((ax + bx) / 2 - (by - ay) * bow, (ay + by) / 2 + (bx - ax) * bow), (bx, by)]


class Figure:
    """Paints shapes with a lit side (upper right lamp) and a shaded side, as flat painterly layers."""

    def __init__(self, canvas: Canvas) -> None:
        self.c = canvas

    def shaded(
        self,
        outline: list[Point],
        base: str,
        dark: str,
        light: str,
        reach: float = 7.0,
        edge: str | None = None,
        *more: list[Point],
    ) -> None:
        """Fill a shape; what a shift toward the lamp uncovers is its shadow, and the reverse its rim.

        Outlines in ``more`` join the first into one body, with no seam where they meet.
        """
        c, body = self.c, [outline, *more]
        if edge:
            for ring in body:
                c.draw.line(c.up(ring + ring[:1]), fill=rgb8(edge), width=int(SCALE * 1.6), joint="curve")
        for ring in body:
            c.fill(ring, base)
        s = int(reach * SCALE)
        box, cover = self._local(body, s + 4 * SCALE)
        m = np.asarray(cover, np.float32) / 255

        def away(dx: int, dy: int) -> Array:
            return blur(np.clip(m - np.roll(m, (dy, dx), (0, 1)), 0, 1), 1.6 * SCALE) * m

        part = to_array(c.image.crop(box))
        part = mix(part, rgb(dark), away(int(s * 0.9), -int(s * 0.55)) * 0.9)
        part = mix(part, rgb(light), away(-int(s * 0.42), int(s * 0.30)) * 0.9)
        c.image.paste(to_image(part), box[:2])

    def _local(self, body: list[list[Point]], margin: int) -> tuple[tuple[int, int, int, int], Image.Image]:
        """A mask no larger than the shapes need, and where it lies on the canvas."""
        up = np.concatenate([np.asarray(ring) for ring in body]) * SCALE
        x0, y0 = (int(v) - margin for v in up.min(0))
        x1, y1 = (int(v) + margin for v in up.max(0))
        cover = Image.new("L", (x1 - x0, y1 - y0))
        draw = ImageDraw.Draw(cover)
        for ring in body:
            draw.polygon([(px * SCALE - x0, py * SCALE - y0) for px, py in ring], fill=255)
        return (x0, y0, x1, y1), cover

    def veil(self, outline: list[Point], colour: str, opacity: float) -> None:
        """A see-through shape."""
        box, cover = self._local([outline], 0)
        cover = cover.point(lambda v: int(v * opacity))
        self.c.image.paste(Image.new("RGB", cover.size, rgb8(colour)), box[:2], cover)


def _hand(f: Figure, wrist: Point, toward: Point, size: float, curl: float) -> tuple[list[Point], list[list[Point]]]:
    """Draw the contours of fingers and a lifted thumb; returns the palm, which joins the arm, and them."""
    d = np.array(toward) - np.array(wrist)
    d = d / np.hypot(*d)
    n = np.array([-d[1], d[0]])

    def at(u: float, v: float) -> Point:
        return tuple((np.array(wrist) + size * (u * d + v * n)).tolist())

    fingers = []
    for k, spread in enumerate((-0.22, -0.07, 0.08, 0.22)):
        reach = (1.55, 1.75, 1.7, 1.45)[k]
        tip = at(reach, spread * 1.6 + curl * (0.5 + 0.12 * k))
        fingers.append([at(0.5, spread * 0.8), at(1.1, spread * 1.25 + curl * 0.2), tip])
    side = float(np.sign(curl))
    fingers.append([at(0.15, -0.2 * side), at(0.6, -0.5 * side), at(0.95, -0.55 * side)])
    for finger in fingers:
        f.c.ink(finger, size * 0.27, "6d3540", 0.9, 0.5)
    palm = _limb(
        [at(-0.3, 0), at(0.05, 0), at(0.3, 0.02), at(0.55, 0.03)], [size * 0.78, size * 0.72, size * 0.64, size * 0.54]
    )
    return palm, fingers


def _figure(c: Canvas) -> None:
    f, s = Figure(c), SKELETON
    line = "6d3540"
    # Ribbon that trails from the raised hand, the part behind her.
    back = spline([(197, 128), (140, 112), (104, 160), (128, 232), (98, 300), (112, 372)], 24)
    c.fill(tapered(back, 15, 0.2, 0.0, 0.5), "b23a5c")
    c.fill(tapered([(px + 2, py - 2) for px, py in back], 7, 0.1, 0.0, 0.5), "f08aa0")

    # Bun and the hair behind the head.
    f.shaded(
        spline([(238, 160), (252, 147), (270, 152), (275, 168), (262, 180), (244, 176)], 10, closed=True),
        HAIR,
        "1c0b14",
        HAIR_LIGHT,
        3,
    )
    # Standing leg, then the skirt's far side, then the raised leg over it.
    shoe = "f2a7a6"
    leg = _limb(
        _bone("right_hip", "right_knee", 0.02)[:2] + _bone("right_knee", "right_ankle", 0.035),
        [50, 45, 36, 27, 29, 26, 18, 14],
    )
    f.shaded(leg, SKIN, SKIN_DARK, SKIN_LIGHT, 7, line)
    kx, ky = s["right_knee"]
    for pts in (
        [(kx - 9, ky - 6), (kx - 4, ky + 5), (kx + 5, ky + 6)],
        [(kx + 9, ky + 16), (kx + 13, ky + 44), (kx + 9, ky + 72)],
    ):
        c.ink(pts, 2.2, SKIN_DARK, 0.1, 0.1)
    ax, ay = s["right_ankle"]
    foot = spline(
        [
            (ax - 8, ay - 14),
            (ax + 8, ay - 14),
            (ax + 10, ay + 4),
            (ax + 7, ay + 26),
            (ax + 3, ay + 44),
            (ax - 3, ay + 44),
            (ax - 7, ay + 24),
            (ax - 11, ay + 4),
        ],
        8,
        closed=True,
    )
    f.shaded(foot, shoe, "a8505e", "ffe0d8", 3, line)
    for k in range(4):
        yy = ay - 14 - k * 11
        flip = 1 if k % 2 else -1
        c.ink([(ax - 7 * flip - 1, yy + 4), (ax - 1, yy), (ax + 7 * flip - 1, yy - 6)], 3.0, shoe, 0.4, 0.4)

    # Skirt: layers of tulle fanned from the waist, further petals first.
    rng = np.random.default_rng(103)
    wx, wy = 256.0, 366.0

    def tulle(count: int, low: float, high: float, reach: tuple[float, float], tones: list[str]) -> None:
        for k in range(count):
            a = low + (high - low) * (k + 0.5) / count + rng.normal(0, 0.04)
            r = rng.uniform(*reach)
            spread = 0.16 + 0.05 * rng.random()
            flat = 0.58
            tip = [
                (wx + r * m * np.cos(a + q), wy + 16 + r * m * flat * np.sin(a + q))
                for q, m in ((-spread, 0.92), (-spread * 0.5, 1.02), (0, 0.97), (spread * 0.5, 1.03), (spread, 0.93))
            ]
            start = [(wx - 22 * np.sin(a), wy + 2), (wx + 22 * np.sin(a), wy + 2)]
            poly = [start[0], *spline(tip, 6), start[1]]
            f.veil(poly, tones[int(rng.integers(len(tones)))], 0.62)
            c.ink(tip, 1.4, DRESS_LIGHT, 0.6, 0.6)

    tulle(26, -0.25, np.pi + 0.25, (112, 132), ["6f8fb8", "86a8cc", "9abbd6"])
    # Raised leg: out to the side, foot drawn back to the standing knee.
    thigh = _limb(_bone("left_hip", "left_knee", -0.02), [48, 46, 40, 31], "end")
    shin = _limb(_bone("left_knee", "left_ankle", -0.05), [27, 31, 26, 15], "start")
    f.shaded(shin, SKIN, SKIN_DARK, SKIN_LIGHT, 6, line)
    kx, ky = s["left_ankle"]
    pointed = spline(
        [
            (kx + 10, ky - 12),
            (kx + 11, ky + 2),
            (kx - 2, ky + 20),
            (kx - 26, ky + 32),
            (kx - 38, ky + 33),
            (kx - 34, ky + 24),
            (kx - 16, ky + 6),
            (kx - 4, ky - 10),
        ],
        8,
        closed=True,
    )
    f.shaded(pointed, shoe, "a8505e", "ffe0d8", 3, line)
    for k in range(3):
        px, py = kx + 8 + k * 9, ky - 8 - k * 10
        c.ink([(px - 10, py - 5), (px, py), (px + 6, py + 7)], 2.8, shoe, 0.8, 0.8)
    f.shaded(thigh, SKIN, SKIN_DARK, SKIN_LIGHT, 7, line)
    tulle(22, -0.2, np.pi + 0.2, (80, 108), ["a9c9e0", "bcd8e8", "cfe6ee"])
    c.ellipse(256, 384, 44, 18, "c9e0ee")
    tulle(16, -0.1, np.pi + 0.1, (52, 76), ["c9e0ee", "dff0f4", "e9f6f8"])

    c.ellipse(256, 394, 46, 17, "e4f2f6")
    # Neck, arms, bodice, head.
    neck = _limb([(253, 232), (254, 252), (255, 276)], [20, 19, 30])
    chest = spline(
        [
            (255, 240),
            (265, 248),
            (287, 255),
            (299, 266),
            (285, 296),
            (279, 318),
            (231, 318),
            (225, 296),
            (211, 268),
            (223, 256),
            (245, 248),
        ],
        10,
        closed=True,
    )
    arms = []
    for who in ("left", "right"):
        a, b, d = f"{who}_shoulder", f"{who}_elbow", f"{who}_wrist"
        arms.append(_limb(_bone(a, b, 0.03)[:2] + _bone(b, d, 0.02), [27, 23, 18, 17, 12], "start"))
    hands = [_hand(f, s["right_wrist"], (216, 112), 15, 0.35), _hand(f, s["left_wrist"], (436, 222), 15, -0.3)]
    palms = [palm for palm, _ in hands]
    f.shaded(chest, SKIN, SKIN_DARK, SKIN_LIGHT, 5, line, neck, *arms, *palms)
    for finger in hands[0][1] + hands[1][1]:
        c.ink(finger, 15 * 0.19, SKIN, 0.9, 0.5)
    # The chin's shadow sets the head apart from the neck.
    f.veil(spline([(244, 236), (254, 246), (264, 235), (263, 226), (246, 226)], 8, closed=True), SKIN_DARK, 0.75)
    for pts in ([(228, 267), (240, 272), (252, 271)], [(284, 265), (272, 271), (260, 271)]):
        c.ink(pts, 1.8, SKIN_DARK, 0.1, 0.4)
    bodice = spline(
        [
            (226, 284),
            (240, 291),
            (256, 299),
            (272, 290),
            (285, 282),
            (287, 304),
            (279, 336),
            (275, 356),
            (284, 378),
            (256, 390),
            (226, 378),
            (235, 356),
            (231, 334),
            (222, 304),
        ],
        10,
        closed=True,
    )
    f.shaded(bodice, "4f86b4", "2a4a80", "bfe6f4", 8, "26365f")
    for pts in ([(227, 286), (222, 270), (225, 262)], [(284, 284), (288, 270), (285, 260)]):
        c.ink(pts, 4.0, "8fc4dc", 0.9, 0.9)
    for pts in ([(256, 300), (256, 384)], [(241, 294), (245, 340), (240, 382)], [(271, 293), (267, 340), (272, 382)]):
        c.ink(pts, 1.6, "2f5488", 0.6, 0.6)
    for k in range(9):
        bx = 236.5 + k * 4.9
        c.ellipse(bx, 357 + 5 * np.sin(k / 8 * np.pi), 2.2, 2.2, "ffe6a0")
    for k in range(11):
        t = k / 10
        c.ellipse(228 + 56 * t, 287 + 12 * np.sin(t * np.pi), 1.7, 1.7, "f4fbff")

    # Head, turned a little to her right, with her features at the skeleton's points.
    for name, side in (("right_ear", -1), ("left_ear", 1)):
        ex, ey = s[name]
        f.shaded(
            spline([(ex - 4, ey - 7), (ex + 4, ey - 7), (ex + 3, ey + 8), (ex - 3, ey + 8)], 8, closed=True),
            SKIN,
            SKIN_DARK,
            SKIN_LIGHT,
            2,
            line,
        )
        c.ellipse(ex + side, ey + 11, 2.0, 2.4, "ffe6a0")
    head = spline(
        [
            (251, 171),
            (268, 178),
            (274, 198),
            (271, 217),
            (261, 233),
            (251, 240),
            (241, 234),
            (231, 219),
            (228, 199),
            (234, 178),
        ],
        10,
        closed=True,
    )
    f.shaded(head, "f0bb98", SKIN_DARK, SKIN_LIGHT, 6, line)
    crown = spline(
        [
            (224, 204),
            (225, 182),
            (237, 166),
            (254, 162),
            (270, 169),
            (279, 186),
            (277, 206),
            (271, 196),
            (262, 183),
            (246, 180),
            (234, 187),
            (228, 200),
        ],
        10,
        closed=True,
    )
    f.shaded(crown, HAIR, "1c0b14", HAIR_LIGHT, 4)
    for k in range(6):
        u = k / 5
        c.ink(
            [(232 + 38 * u, 186 - 6 * np.sin(u * np.pi)), (240 + 26 * u, 172), (250 + 12 * u, 163)],
            1.1,
            HAIR_LIGHT,
            0.1,
            0.1,
        )
    for name, side in (("right_eye", -1), ("left_eye", 1)):
        ex, ey = s[name]
        c.ellipse(ex, ey + 0.6, 4.8, 3.4, "fff8f2")
        c.ellipse(ex - 0.4, ey + 0.6, 2.9, 3.4, "3c2a4c")
        c.ellipse(ex - 0.4, ey + 2.0, 1.7, 1.5, "7a5a8c")
        c.ellipse(ex + 0.6, ey - 0.6, 1.1, 0.8, "ffffff")
        c.ink(
            [(ex - side * 5, ey - 0.4), (ex, ey - 3.8), (ex + side * 4.8, ey - 1.6), (ex + side * 7.2, ey - 4)],
            2.2,
            "2b1420",
            0.3,
            0.0,
        )
        c.ink([(ex - side * 5, ey - 7.4), (ex, ey - 9.6), (ex + side * 6.2, ey - 7.4)], 1.7, HAIR, 0.6, 0.0)
        m = c.mask(
            spline(
                [
                    (ex + side * 2 - 6, ey + 13),
                    (ex + side * 2, ey + 9),
                    (ex + side * 2 + 6, ey + 13),
                    (ex + side * 2, ey + 17),
                ],
                8,
                closed=True,
            ),
            soft=2.2,
        )
        c.paint(m, "e2706c", opacity=0.5)
    nx, ny = s["nose"]
    c.ink([(nx + 2, ny - 7), (nx - 2.4, ny), (nx + 1.8, ny + 1.6)], 1.5, SKIN_DARK, 0.1, 0.5)
    c.fill(
        spline(
            [(244.5, 223.6), (248.5, 222.4), (250.5, 223), (252.5, 222.4), (257, 223.6), (251, 227.2)], 8, closed=True
        ),
        "d0606a",
    )
    c.ink([(243.5, 223), (250.5, 224.6), (258, 223)], 1.1, "6a1428", 0.2, 0.2)
    for k, (ox, oy) in enumerate([(0, 0), (8, -7), (15, -15)]):
        for p in range(5):
            a = p * 2 * np.pi / 5 + k
            c.ellipse(270 + ox * 0.6 + 3.0 * np.cos(a), 184 + oy * 0.8 + 3.0 * np.sin(a), 2.5, 2.5, "e8486a")
        c.ellipse(270 + ox * 0.6, 184 + oy * 0.8, 1.8, 1.8, "ffe0a0")

    # The ribbon's near part sweeps across in front of her.
    front = spline(
        [
            (203, 122),
            (222, 92),
            (266, 74),
            (330, 92),
            (378, 150),
            (440, 176),
            (474, 226),
            (446, 300),
            (402, 330),
            (408, 392),
            (448, 440),
        ],
        26,
    )
    c.fill(tapered(front, 17, 0.15, 0.0, 0.4), "d2446a")
    c.fill(tapered([(px + 2.5, py - 3) for px, py in front], 7, 0.1, 0.0, 0.4), "ff9cae")


def render() -> Array:
    """The finished picture, 512 x 768."""
    stage = _stage()
    c = Canvas(WIDTH, HEIGHT, SCALE, stage)
    before = stage
    _figure(c)
    img = c.finish()
    x, y = grid(WIDTH, HEIGHT)
    # Her reflection in the varnish and the shadow at the toe, from the difference she makes.
    foot_y = SKELETON["right_ankle"][1] + 44
    m = smooth(0.02, 0.10, np.abs(img - before).max(-1))
    rows = np.clip(2 * foot_y - np.arange(HEIGHT) * 1.0, 0, HEIGHT - 1).astype(int)
    ghost, gm = blur(img[rows], (3, 2)), blur(m[rows], (3, 2))
    fade = smooth(110, 0, y - foot_y) * (y > foot_y - 2) * 0.42
    img = mix(img, ghost, gm * fade)
    shadow = np.exp(-(((x - 232) / 74) ** 2 + ((y - foot_y - 3) / 6.5) ** 2))
    img = mix(img, img * rgb("2a1a3a"), shadow * 0.72 * (1 - m))
    # Lamps above left and right; dust drifts in their light.
    noise = Noise(104)
    for lx, aim, tint, power in [(430.0, 262.0, "ffe2b0", 0.20), (90.0, 246.0, "b0c4ff", 0.12)]:
        t = (y + 30) / 700
        mid, half = lx + (aim - lx) * t, 14 + 120 * t
        beam = smooth(1.0, 0.35, np.abs(x - mid) / half) * smooth(1.25, 0.2, t)
        img = img + rgb(tint) * (power * beam * (0.65 + 0.5 * noise.fbm(x * 0.012, y * 0.012, 3)))[..., None]
    rng = np.random.default_rng(105)
    for _ in range(70):
        px, py, r = rng.uniform(70, 450), rng.uniform(60, 660), rng.uniform(0.7, 2.3)
        mote = rng.uniform(0.15, 0.5) * np.exp(-((x - px) ** 2 + (y - py) ** 2) / r**2)
        img += rgb("ffe8c0") * mote[..., None]
    petals = Canvas(WIDTH, HEIGHT, 3, np.clip(img, 0, 1))
    for _ in range(40):
        px, py, a = rng.uniform(50, 462), rng.uniform(585, 745), rng.uniform(0, 6.3)
        r = 2.0 + 3.6 * (py - 560) / 190
        quad = [
            (px + r * u * np.cos(a) - r * v * np.sin(a), py + 0.5 * (r * u * np.sin(a) + r * v * np.cos(a)))
            for u, v in ((-1, 0), (0, 0.6), (1, 0.1), (0.1, -0.6))
        ]
        petals.fill(spline(quad, 6, closed=True), ["e05a78", "f58aa0", "b83a5a"][int(rng.integers(3))])
    img = petals.finish()
    img = bloom(img, 0.78, (5, 18), 0.4)
    d = (x / WIDTH - 0.5) ** 2 + (y / HEIGHT - 0.46) ** 2
    return grain(filmic(img * (1.03 - 0.75 * d)[..., None]), 9, 0.008)
