"""An anime-style portrait: flat cel shading, tapered ink and glossy eyes, drawn at four times the size."""

from __future__ import annotations

import numpy as np
from PIL import Image

from .common import Array, Canvas, Noise, Point, blur, grid, mix, placed, ramp, rgb, smooth, spline, tapered

WIDTH, HEIGHT, SCALE = 512, 640, 4
INK, SKIN, SKIN_SHADE, BLUSH = "3b2440", "ffe6d8", "f0b8b4", "f5948f"
HAIR, HAIR_SHADE, HAIR_DEEP, HAIR_LIGHT = "6f93dc", "4b62b4", "37408a", "c4def8"
FACE: list[Point] = [
    (168, 240),
    (168, 300),
    (173, 340),
    (186, 376),
    (212, 408),
    (243, 431),
    (256, 435),
    (269, 431),
    (300, 408),
    (326, 376),
    (339, 340),
    (344, 300),
    (344, 240),
    (330, 180),
    (256, 150),
    (182, 180),
]


def _backdrop() -> Array:
    """A soft evening gradient with out-of-focus lights and drifting petals of light."""
    x, y = grid(WIDTH, HEIGHT)
    img = ramp(
        (y / HEIGHT + 0.18 * (x / WIDTH - 0.5)), [(0, "8fb8ea"), (0.4, "c6c8f0"), (0.7, "f7cfdc"), (1, "ffe3cf")]
    )
    noise = Noise(91)
    img = mix(img, np.ones(3, np.float32), smooth(0.5, 0.8, noise.fbm(x * 0.006, y * 0.009, 4)) * 0.4)
    rng = np.random.default_rng(92)
    for _ in range(26):
        cx, cy, r = rng.uniform(0, WIDTH), rng.uniform(0, HEIGHT), rng.uniform(9, 36)
        d = np.hypot(x - cx, y - cy) / r
        disc = smooth(1.04, 0.94, d) * (0.55 + 0.45 * d**3)
        tint = rgb(["ffffff", "fff1c9", "ffd9ea"][int(rng.integers(3))])
        img = mix(img, tint, disc * rng.uniform(0.12, 0.36))
    return img


def _mirror(points: list[Point], about: float = 256.0) -> list[Point]:
    return [(2 * about - px, py) for px, py in points]


def _lock(
    c: Canvas,
    points: list[Point],
    width: float,
    colour: str,
    ink: float = 2.0,
    start: float = 0.5,
    peak: float = 0.35,
    shade: str | None = None,
) -> list[Point]:
    """One pointed lock of hair with a contour, and optionally a darker inner side."""
    curve = spline(points, 14)
    body = tapered(curve, width, start, 0.0, peak)
    n = len(curve)
    if ink:
        for side in (body[:n], body[n:]):
            c.fill(tapered(side, ink * 1.5, 0.4, 0.3), INK)
    c.fill(body, colour)
    if shade:
        inner = [(0.55 * a[0] + 0.45 * b[0], 0.55 * a[1] + 0.45 * b[1]) for a, b in zip(body[:n], curve, strict=True)]
        c.fill(inner + body[:n][::-1], shade)
    if ink:
        for side in (body[:n], body[n:]):
            c.fill(tapered(side, ink, 0.4, 0.3), INK)
    return body


def _back_hair(c: Canvas) -> None:
    shape = spline(
        [
            (256, 62),
            (176, 78),
            (124, 134),
            (106, 214),
            (104, 320),
            (92, 420),
            (66, 520),
            (40, 600),
            (70, 660),
            (440, 660),
            (474, 600),
            (448, 520),
            (420, 420),
            (408, 320),
            (406, 214),
            (388, 134),
            (336, 78),
        ],
        16,
        closed=True,
    )
    c.fill(shape, HAIR_SHADE)
    c.ink(shape[::4], 3.4, INK, closed=True)
    rng = np.random.default_rng(93)
    for side in (-1, 1):
        for k in range(15):
            top = 256 + side * rng.uniform(70, 146)
            sway = rng.uniform(-10, 26)
            low = top + side * (24 + sway)
            pts = [
                (top, rng.uniform(180, 300)),
                (top + side * 6, 380),
                (top + side * (14 + sway * 0.6), 480),
                (low + side * 20, rng.uniform(560, 650)),
            ]
            tone = HAIR_DEEP if k % 3 else HAIR
            c.fill(tapered(spline(pts), rng.uniform(4, 15), 0.1, 0, 0.5), tone)
    c.paint(
        c.mask(
            spline(
                [(176, 300), (150, 420), (160, 560), (256, 600), (352, 560), (362, 420), (336, 300)], 12, closed=True
            ),
            soft=9,
        ),
        HAIR_DEEP,
    )
    # Loose tips break the outline.
    for pts, w in [
        ([(112, 330), (90, 400), (84, 470), (50, 540), (12, 566)], 30),
        ([(400, 330), (424, 400), (430, 470), (462, 540), (502, 560)], 30),
        ([(98, 430), (74, 500), (60, 560), (24, 618)], 34),
        ([(414, 430), (440, 500), (452, 560), (490, 624)], 34),
    ]:
        _lock(c, pts, w, HAIR, 2.2, 0.3, 0.45, HAIR_SHADE)


def _body(c: Canvas) -> None:
    neck = [
        (222, 392),
        (221, 452),
        (206, 474),
        (150, 492),
        (150, 560),
        (362, 560),
        (362, 492),
        (306, 474),
        (291, 452),
        (290, 392),
    ]
    c.fill(spline(neck, 10, closed=True), SKIN)
    c.fill(
        spline([(222, 400), (222, 436), (240, 462), (262, 472), (288, 452), (291, 400)], 10, closed=True), SKIN_SHADE
    )
    for side in (1, -1):
        line = [(222, 424), (220, 456), (202, 476), (160, 490)]
        c.ink(line if side == 1 else _mirror(line), 2.6, INK, 0.5, 0.3)
        bone = [(240, 507), (215, 501), (188, 504)]
        c.ink(bone if side == 1 else _mirror(bone), 2.0, "c98a8c", 0.2, 0.1)
    # Sailor blouse: shoulders, collar with stripes, bow.
    for side in (1, -1):

        def at(pts: list[Point], flip: bool = side < 0) -> list[Point]:
            return _mirror(pts) if flip else pts

        sleeve = at([(192, 480), (150, 491), (104, 512), (74, 556), (58, 660), (256, 660), (256, 600)])
        c.fill(spline(sleeve[:5], 12) + sleeve[5:], "fbf7fb")
        shade = at([(120, 540), (128, 580), (122, 660), (186, 660), (160, 600), (146, 556)])
        c.fill(spline(shade, 10, closed=True), "cfcbe6")
        c.ink(at([(192, 480), (150, 491), (104, 512), (74, 556), (58, 660)]), 3.4, INK, 0.4, 0.8)
        c.ink(at([(126, 566), (120, 600), (124, 644)]), 2.4, INK, 0.1, 0.4)
        collar = at(
            [(205, 470), (160, 484), (124, 520), (134, 548), (190, 566), (246, 640), (256, 612), (226, 560), (204, 506)]
        )
        c.fill(spline(collar, 8, closed=True), "2f3d73")
        fold = at([(205, 470), (204, 506), (226, 560), (256, 612), (250, 630), (206, 560), (190, 512)])
        c.fill(spline(fold, 8, closed=True), "222b58")
        c.ink(collar[::1], 2.8, INK, closed=True)
        c.ink(at([(140, 518), (146, 536), (198, 554), (243, 618)]), 3.2, "f7f3fa", 0.8, 0.8)
    for side in (1, -1):
        loop = [(256, 606), (226, 584), (196, 590), (190, 622), (206, 644), (236, 632), (256, 616)]
        tail = [(250, 614), (232, 640), (226, 664), (254, 664), (258, 620)]
        for pts, col in ((tail, "b9304c"), (loop, "e0485c")):
            pts = pts if side == 1 else _mirror(pts)
            c.fill(spline(pts, 10, closed=True), col)
            c.ink(pts, 2.8, INK, closed=True)
        crease = [(248, 610), (228, 606), (210, 612)]
        c.ink(crease if side == 1 else _mirror(crease), 2.4, "8c2040", 0.7, 0.1)
        gleam = [(210, 596), (222, 592), (234, 597)]
        c.ink(gleam if side == 1 else _mirror(gleam), 3.6, "ff8d8c", 0.2, 0.2)
    knot = spline([(246, 600), (266, 600), (269, 622), (243, 622)], 8, closed=True)
    c.fill(knot, "cc3a52")
    c.ink(knot[::4], 2.8, INK, closed=True)


def _eye(c: Canvas, cx: float, side: int) -> None:
    """One big eye; ``side`` is 1 for the one on the left of the picture."""

    def at(pts: list[Point]) -> list[Point]:
        return [(cx + side * px, 304 + py) for px, py in pts]

    white = spline(
        at([(-37, -4), (-30, -22), (-10, -35), (14, -33), (28, -18), (31, 2), (24, 24), (6, 33), (-14, 31), (-29, 16)]),
        10,
        closed=True,
    )
    lid = c.mask(white)
    c.fill(white, "fffaf8")
    c.paint(c.mask(spline(at([(-40, -40), (36, -40), (36, -14), (0, -22), (-38, -6)]), 8, closed=True)), "c9c3e0", lid)
    # Iris: a vertical gradient under a dark rim, pupil, lower glow and highlights.
    x, y = grid(WIDTH, HEIGHT)
    iris = spline(
        at([(0, -36), (18, -28), (24, -4), (19, 22), (0, 34), (-19, 22), (-24, -4), (-18, -28)]), 12, closed=True
    )
    tone = ramp((y - 270) / 66, [(0, "2b1650"), (0.38, "5a2f9a"), (0.7, "b45cc8"), (1, "ffb6d2")])
    c.paint(c.mask(iris), "25124a", lid)
    small = [(cx + (px - cx) * 0.87, 304 + (py - 304) * 0.90) for px, py in iris]
    inner = c.mask(small)
    both = Image.fromarray(np.minimum(np.asarray(inner), np.asarray(lid)))
    c.paint(both, tone)
    rays = np.abs(np.sin(np.arctan2(y - 304, x - cx) * 9)) * smooth(10, 22, np.hypot(x - cx, (y - 304) * 0.8))
    c.paint(both, mix(tone, rgb("ffd6ee"), smooth(308, 332, y) * rays * 0.5))
    c.paint(
        c.mask(spline(at([(-12, 20), (0, 25), (12, 20), (7, 29), (-7, 29)]), 8, closed=True), soft=1.0), "ffe3ee", both
    )
    c.paint(
        c.mask(spline(at([(0, -17), (10, -8), (10, 8), (0, 17), (-10, 8), (-10, -8)]), 10, closed=True)), "1d0d3a", both
    )
    c.paint(
        c.mask(spline(at([(-40, -44), (36, -44), (34, -20), (0, -27), (-38, -12)]), 8, closed=True), soft=1.2),
        "2a1546",
        lid,
        0.55,
    )
    # Highlights fall on the same side in both eyes, since one light makes them.
    c.ellipse(cx - 9, 289, 8.2, 9.6, "ffffff")
    c.ellipse(cx + 11, 318, 4.2, 4.8, "ffffff")
    c.ellipse(cx + 5, 283, 2.4, 2.8, "e9e4ff")
    # Upper lid, heavy toward the outer corner, lashes, crease, lower line.
    upper = spline(at([(31, 0), (27, -20), (13, -34.5), (-10, -36.5), (-30, -23), (-40, -3), (-46, 2)]), 12)
    c.fill(tapered(upper, 9.2, 0.12, 0.1, 0.68), INK)
    for pts, w in [
        ([(-33, -20), (-44, -18), (-53, -23)], 6),
        ([(-38, -9), (-48, -6), (-56, -8)], 6.5),
        ([(-25, -28), (-35, -31), (-42, -37)], 4.5),
    ]:
        c.ink(at(pts), w, INK, 1.0, 0.0, 0.1)
    c.ink(at([(24, -34), (6, -45), (-16, -45), (-36, -32)]), 2.4, "a8606c", 0.1, 0.1)
    c.ink(at([(20, 29), (4, 36), (-14, 34), (-28, 22)]), 2.8, INK, 0.0, 0.3, 0.7)
    c.ink(at([(-23, 26), (-30, 27)]), 2.2, INK, 0.8, 0.0, 0.2)


def _face(c: Canvas) -> None:
    for side in (1, -1):
        ear = [(170, 288), (154, 276), (147, 294), (153, 322), (166, 340), (176, 340)]
        ear = ear if side == 1 else _mirror(ear)
        c.fill(spline(ear, 10, closed=True), SKIN)
        c.ink(ear, 2.6, INK, closed=True)
        c.ink(
            [(ear[1][0] + side * 3, 290), (ear[1][0] + side * 8, 302), (ear[1][0] + side * 6, 318)],
            2,
            "c98a8c",
            0.3,
            0.1,
        )
    outline = spline(FACE, 14, closed=True)
    c.fill(outline, SKIN)
    face = c.mask(outline)
    c.paint(
        c.mask(
            spline(
                [
                    (150, 150),
                    (362, 150),
                    (362, 238),
                    (330, 268),
                    (300, 246),
                    (270, 266),
                    (240, 244),
                    (206, 268),
                    (176, 250),
                    (172, 330),
                    (150, 330),
                ],
                8,
                closed=True,
            )
        ),
        SKIN_SHADE,
        face,
    )
    c.paint(
        c.mask(
            spline([(346, 270), (337, 340), (318, 380), (280, 422), (262, 440), (360, 430), (360, 270)], 8, closed=True)
        ),
        SKIN_SHADE,
        face,
        0.75,
    )
    x, y = grid(WIDTH, HEIGHT)
    for cx in (203.0, 309.0):
        d = np.hypot((x - cx) / 30, (y - 360) / 15)
        layer = Image.fromarray((np.exp(-d * d) * 150).astype(np.uint8)).resize(c.image.size)
        c.paint(layer, BLUSH, face)
        for k in range(3):
            c.ink([(cx - 12 + k * 10, 364), (cx - 7 + k * 10, 353)], 2.0, "e8757c", 0.5, 0.1)
    c.ink(FACE[:13], 3.2, INK, 0.6, 0.6)
    _eye(c, 211, 1)
    _eye(c, 301, -1)
    c.ink([(254, 356), (257, 365), (251, 368)], 2.4, "b8646a", 0.2, 0.4)
    c.ellipse(257, 348, 1.8, 4.6, "fffdfb")
    mouth = spline(
        [(237, 391), (247, 394), (256, 394), (265, 394), (275, 391), (270, 406), (256, 414), (242, 406)],
        10,
        closed=True,
    )
    c.fill(mouth, "9c2f44")
    c.paint(c.mask(spline([(246, 408), (256, 402), (266, 408), (256, 416)], 8, closed=True)), "f2807f", c.mask(mouth))
    c.paint(c.mask([(236, 386), (276, 386), (267, 399), (256, 400), (245, 399)]), "fffdfb", c.mask(mouth))
    c.ink([(234, 390), (246, 394), (256, 394.5), (266, 394), (278, 390)], 2.6, INK, 0.3, 0.3)
    c.ink([(245, 408), (256, 413), (267, 408)], 2.2, INK, 0.1, 0.1)
    c.ink([(249, 421), (256, 423), (263, 421)], 1.8, "d99a98", 0.1, 0.1)


def _front_hair(c: Canvas) -> None:
    cap: list[Point] = [
        (256, 62),
        (190, 74),
        (144, 118),
        (124, 186),
        (128, 262),
        (150, 230),
        (176, 196),
        (256, 186),
        (336, 196),
        (362, 230),
        (384, 262),
        (388, 186),
        (368, 118),
        (322, 74),
    ]
    side_locks = [
        ([(150, 190), (134, 270), (136, 350), (150, 430), (140, 506)], 38),
        ([(362, 190), (378, 270), (376, 350), (362, 430), (374, 506)], 38),
        ([(144, 200), (122, 290), (118, 380), (126, 452), (104, 520)], 32),
        ([(368, 200), (390, 290), (394, 380), (386, 452), (408, 520)], 32),
    ]
    for pts, w in side_locks:
        _lock(c, pts, w, HAIR, 2.6, 0.6, 0.4, HAIR_SHADE)
    dome = spline(cap, 12, closed=True)
    c.fill(dome, HAIR)
    c.ink(
        [(128, 262), (124, 186), (144, 118), (190, 74), (256, 62), (322, 74), (368, 118), (388, 186), (384, 262)],
        3.6,
        INK,
        0.5,
        0.5,
    )
    # The fringe is laid from the sides toward the parting.
    fringe = [
        ([(290, 84), (352, 130), (372, 200), (366, 286), (352, 318)], 44, None),
        ([(214, 84), (158, 130), (140, 200), (148, 286), (160, 316)], 44, HAIR_SHADE),
        ([(284, 80), (334, 130), (346, 200), (334, 262), (322, 292)], 46, HAIR_SHADE),
        ([(226, 80), (178, 130), (166, 196), (180, 256), (190, 280)], 46, HAIR_SHADE),
        ([(274, 78), (306, 132), (314, 200), (304, 250), (288, 284)], 46, HAIR_SHADE),
        ([(240, 78), (206, 130), (198, 196), (210, 248), (224, 276)], 44, HAIR_SHADE),
        ([(258, 76), (244, 130), (238, 196), (246, 250), (262, 292)], 42, HAIR_SHADE),
        ([(262, 76), (276, 128), (280, 190), (274, 236), (280, 262)], 34, None),
    ]
    bodies = [
        _lock(c, [(px, 76 + (py - 76) * 0.87) for px, py in pts], w, HAIR, 2.4, 0.25, 0.55, shade)
        for pts, w, shade in fringe
    ]
    # Brows show through the hair, a convention of the style.
    for brow in ([(235, 246), (221, 240), (204, 240), (184, 250)], [(277, 246), (291, 240), (308, 240), (328, 250)]):
        c.ink(brow, 4.4, HAIR_DEEP, 0.7, 0.0, 0.25)
    # A ring of light round the crown, broken into teeth by the strands.
    region = c.mask(dome, *bodies)
    teeth: list[Point] = []
    rng = np.random.default_rng(94)
    for k in range(33):
        px = 138 + k * 7.4
        arch = ((px - 256) / 118) ** 2
        teeth.append((px, 138 + 44 * arch + (rng.uniform(12, 27) if k % 2 else rng.uniform(2, 8))))
    upper = [
        (px, 130 + 44 * ((px - 256) / 118) ** 2 - (rng.uniform(4, 10) if k % 2 else -1))
        for k, px in enumerate(np.linspace(375, 138, 27))
    ]
    c.paint(c.mask(teeth + upper), HAIR_LIGHT, region)
    for _ in range(34):
        u = rng.uniform(-1, 1)
        pts = [
            (256 + u * 26, 76 + abs(u) * 10),
            (256 + u * 74, 108 + 14 * u * u),
            (256 + u * 112, 160 + 12 * u * u),
            (256 + u * 120, 206 + rng.uniform(0, 40)),
        ]
        c.ink(pts, rng.uniform(1.0, 1.9), HAIR_DEEP if rng.random() < 0.75 else HAIR_LIGHT, 0.1, 0.0, 0.5)
    for pts in ([(256, 66), (250, 46), (232, 34), (206, 36)], [(260, 66), (268, 44), (290, 36)]):
        c.ink(pts, 6.0, INK, 1.0, 0.0, 0.05)
        c.ink(pts, 3.0, HAIR, 1.0, 0.0, 0.05)
    for pts, _w in side_locks[:2]:
        sign = 1 if pts[0][0] < 256 else -1
        for off in (-7, 3):
            c.ink([(px + off * sign * (1 - i * 0.18), py) for i, (px, py) in enumerate(pts)], 1.6, HAIR_DEEP, 0.1, 0)
        c.ink([(px - 9 * sign * (1 - i * 0.2), py) for i, (px, py) in enumerate(pts)][1:4], 4.2, HAIR_LIGHT, 0, 0)


def _flower(c: Canvas, cx: float, cy: float, r: float) -> None:
    """A hair ornament of five petals."""
    outer = [(0.1, 0), (0.5, 0.42), (0.95, 0.32), (0.84, 0.0), (0.95, -0.32), (0.5, -0.42)]
    inner = [(0.1, 0), (0.4, 0.26), (0.6, 0), (0.4, -0.26)]
    for k in range(5):
        a = 2 * np.pi * k / 5 - 0.4
        petal = spline(placed(cx, cy, r, a, outer), 10, closed=True)
        c.fill(petal, "fff2f4")
        c.paint(c.mask(spline(placed(cx, cy, r, a, inner), 8, closed=True), soft=1.6), "f28ba6", c.mask(petal))
        c.ink(petal[::6], 2.2, INK, closed=True)
    c.ellipse(cx, cy, r * 0.22 + 1.2, r * 0.22 + 1.2, INK)
    c.ellipse(cx, cy, r * 0.22, r * 0.22, "ffd35c")


def render() -> Array:
    """The finished picture, 512 x 640."""
    c = Canvas(WIDTH, HEIGHT, SCALE, _backdrop())
    _back_hair(c)
    _body(c)
    _face(c)
    _front_hair(c)
    _flower(c, 366, 172, 30)
    _flower(c, 392, 214, 19)
    img = c.finish()
    # Light from behind softens the upper left edge, as in animation stills.
    x, y = grid(WIDTH, HEIGHT)
    img = img + rgb("fff0d8") * (0.16 * np.exp(-np.hypot(x - 60, y + 20) / 190))[..., None]
    rng = np.random.default_rng(95)
    petals = Canvas(WIDTH, HEIGHT, SCALE, img)
    for _ in range(13):
        px, py, s, a = rng.uniform(10, 500), rng.uniform(10, 630), rng.uniform(5, 10), rng.uniform(0, 6.3)
        if 140 < px < 372 and 100 < py < 520:
            continue
        leaf = [(-1, 0), (-0.2, 0.55), (0.8, 0.4), (0.6, 0), (0.9, -0.3), (-0.1, -0.5)]
        petals.fill(
            spline(placed(px, py, s, a, leaf), 8, closed=True), ["ffc4d4", "ffdbe4", "f9a8c0"][int(rng.integers(3))]
        )
    img = petals.finish()
    return mix(img, blur(img, 9), 0.06)
