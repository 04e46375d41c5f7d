"""A photograph-like harbour at sunset: soft gradients, fractal clouds, reflections on water."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw
from scipy import ndimage

from .common import Array, Noise, bloom, blur, filmic, grain, grid, mix, ramp, rgb, shrink, smooth, to_array, vignette

SIZE = 1024  # Drawn at twice the final size.
HORIZON = 590.0
SUN = (370.0, 545.0)


def _sky() -> Array:
    """Gradient, sun and clouds projected on a plane overhead, lit from the sun's side."""
    x, y = grid(SIZE, int(HORIZON) + 2)
    up = (HORIZON - y) / HORIZON
    sky = ramp(
        up, [(0.0, "ffc06a"), (0.10, "fb9a5b"), (0.24, "e2756b"), (0.42, "a2608a"), (0.65, "56508c"), (1.0, "22305f")]
    )
    dist = np.hypot((x - SUN[0]) * 0.8, y - SUN[1])
    sky += rgb("ff9a45") * (0.55 * np.exp(-dist / 130))[..., None]
    sky += rgb("ffe2a0") * (0.9 * np.exp(-((dist / 46) ** 2)))[..., None]

    noise = Noise(11)
    depth = 1.0 / (np.maximum(up, 0.0) + 0.14)
    u, v = (x - SIZE / 2) / SIZE * depth * 1.7 + 3.0, depth * 2.3

    def density(du: float, dv: float) -> Array:
        a, b = u + du, v + dv
        warp = noise.fbm(a * 0.9 + 9.1, b * 0.9 + 2.7, 3)
        n = noise.fbm(a * 1.25 + warp * 1.3, b * 1.25 + warp * 0.9, 6, 0.54)
        return smooth(0.40, 0.68, n)

    d = density(0, 0)
    # Less cloud toward the sun than here means that the light reaches this point.
    lit = np.clip(0.5 + 1.9 * (d - density(-0.10, 0.16)), 0, 1)
    near = np.exp(-dist / 330)
    shade = mix(rgb("4a3b6a"), rgb("7d4a62"), near)
    glow = mix(rgb("e88f86"), rgb("ffc878"), near)
    cloud = mix(shade, glow, lit * (0.55 + 0.45 * near))
    cover = d * smooth(0.0, 0.10, up) * 0.93
    sky = mix(sky, cloud, cover)
    # Rays let through by gaps in the clouds fan out from the sun.
    angle = np.arctan2(y - SUN[1], x - SUN[0])
    rays = noise.fbm(angle * 7.0 + 40, np.full_like(angle, 3.3), 3)
    sky += rgb("ffb870") * (0.08 * smooth(0.45, 0.75, rays) * np.exp(-dist / 260))[..., None]
    return np.pad(sky, ((0, SIZE - sky.shape[0]), (0, 0), (0, 0)), mode="edge")


def _mountains(img: Array) -> Array:
    """Three ridges, paler and warmer with distance."""
    x, y = grid(SIZE, SIZE)
    rows = slice(380, int(HORIZON))  # No ridge reaches higher; the rest need not be computed.
    x, y, whole, img = x[rows], y[rows], img, img[rows]
    dist = np.hypot(x - SUN[0], (y - SUN[1]) * 1.3)
    glow = np.exp(-dist / 210)
    layers = [
        (21, 96, 0.0042, "a5658a", "f0915f", 0.28),
        (22, 66, 0.0062, "6a4877", "c86a58", 0.5),
        (23, 46, 0.0088, "3c3156", "7c4250", 0.9),
    ]
    for seed, height, freq, cold, warm, texture in layers:
        noise = Noise(seed)
        line = np.arange(SIZE, dtype=np.float32)
        ridge = 1 - np.abs(2 * noise.fbm(line * freq + seed, np.zeros_like(line) + 0.3, 7, 0.52) - 1)
        # Valleys open round the sun, so that its disc stands clear.
        opening = 1 - 0.86 * np.exp(-(((line - SUN[0]) / 170) ** 2))
        top = HORIZON - height * opening * (0.45 + 1.0 * ridge**1.5)
        slope = noise.fbm(x * 0.02, y * 0.035, 4)
        colour = mix(rgb(cold), rgb(warm), np.clip(glow * 1.2, 0, 1))
        colour = colour * (1 + texture * 0.5 * (slope - 0.5))[..., None]
        haze = smooth(HORIZON - 46, HORIZON, y) * 0.38
        colour = mix(colour, mix(rgb("b96f7c"), rgb("ffb06a"), np.clip(glow * 1.4, 0, 1)), haze)
        img = mix(img, colour, np.clip(y - top[None, :] + 0.5, 0, 1) * (y < HORIZON))
    whole[rows] = img
    return whole


def _headland(img: Array) -> Array:
    """The rock on the right with its lighthouse, rim-lit from the sun."""
    x, y = grid(SIZE, SIZE)
    noise = Noise(31)
    line = np.arange(SIZE, dtype=np.float32)
    rise = smooth(600, 830, line)
    top = HORIZON + 34 - 118 * rise - 34 * (noise.fbm(line * 0.02, line * 0 + 1.5, 6, 0.55) - 0.4) * rise
    foot = HORIZON + 26 + 16 * noise.fbm(line * 0.05, line * 0 + 7.5, 3)
    inside = np.clip(y - top[None, :] + 0.5, 0, 1) * np.clip(foot[None, :] - y, 0, 1)
    face = np.zeros_like(x)
    part = np.s_[400:700, 580:]
    face[part] = noise.fbm(x[part] * 0.022 + y[part] * 0.012, y[part] * 0.03, 6, 0.58)
    facet = ndimage.gaussian_filter1d(face, 1.5, axis=1, order=1)
    rock = mix(rgb("1d1a33"), rgb("4a3048"), smooth(0.3, 0.75, face))
    rock += rgb("ff8a4a") * np.clip(facet * 8, 0, 0.42)[..., None]
    rim = np.exp(-np.maximum(y - top[None, :], 0) / 3.5) * (0.30 + 0.3 * noise.value(x * 0.05, y * 0))
    img = mix(img, rock + rgb("ff9a5a") * rim[..., None], inside)

    # Tower, gallery, lantern and cap as stacked tapered bands shaded like a cylinder.
    cx, ground = 818.0, float(top[818]) + 10
    bands = [
        (0, 158, 24, 15.5, "d9c6c4"),
        (158, 164, 22, 22, "2a2038"),
        (164, 190, 12, 12, "fff0b4"),
        (190, 206, 15.5, 2, "7a2c3c"),
        (206, 214, 1.6, 1.6, "2a2038"),
    ]
    for lo, hi, wide, narrow, colour in bands:
        t = (ground - y - lo) / (hi - lo)
        half = wide + (narrow - wide) * np.clip(t, 0, 1)
        s = (x - cx) / half
        cover = np.clip((half - np.abs(x - cx)) + 0.5, 0, 1) * (t >= 0) * (t < 1)
        body = np.broadcast_to(rgb(colour), img.shape).copy()
        if lo == 0:
            body = mix(body, rgb("a3343c"), (np.mod(t * 5 + 0.15, 2) < 1).astype(np.float32))
            window = (np.abs(x - cx + 1) < 3) & (np.abs(np.mod(ground - y - 20, 50) - 25) < 5)
            body = mix(body, rgb("ffd890") * 1.1, window.astype(np.float32))
        if lo != 164:
            light = 0.34 + 0.72 * smooth(0.9, -1.0, s) ** 1.3
            body = body * light[..., None] * mix(rgb("7a78b8"), rgb("ffc79a"), smooth(0.7, -0.6, s))
        img = mix(img, body, cover)
    # Keeper's house beside the tower.
    house = Image.new("RGB", (SIZE, SIZE))
    cover = Image.new("L", (SIZE, SIZE))
    for picture, fills in ((house, [(150, 92, 96), (44, 26, 48), (255, 206, 120)]), (cover, [255] * 3)):
        d = ImageDraw.Draw(picture)
        g = ground + 6
        d.rectangle((850, g - 42, 924, g), fill=fills[0])
        d.polygon([(842, g - 40), (864, g - 68), (912, g - 68), (932, g - 40)], fill=fills[1])
        for wx in (864, 887, 908):
            d.rectangle((wx, g - 30, wx + 8, g - 17), fill=fills[2])
    img = mix(img, to_array(house), np.asarray(cover, np.float32) / 255)
    # The lamp's halo and its two beams.
    ly = ground - 177
    dist = np.hypot(x - cx, y - ly)
    img = img + rgb("ffe0a0") * (0.75 * np.exp(-dist / 17) + 0.22 * np.exp(-dist / 70))[..., None]
    beam = np.exp(-(((y - ly + 0.10 * (x - cx)) / (5 + 0.055 * np.abs(x - cx))) ** 2))
    return img + rgb("ffdf9e") * (0.27 * beam * np.exp(-np.abs(x - cx) / 230))[..., None]


def _boat(layer: ImageDraw.ImageDraw, cx: float, water: float, s: float, flip: float) -> None:
    """A sailing boat in silhouette with two warm sails."""

    def at(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
        return [(cx + flip * px * s, water - py * s) for px, py in points]

    layer.polygon(at([(-3, 9), (-1.5, 16), (4, 40), (5, 66), (2, 90), (-30, 11)]), fill=(255, 178, 112, 255))
    layer.polygon(at([(3, 86), (12, 44), (29, 12), (4, 14)]), fill=(214, 120, 96, 255))
    layer.polygon(at([(-3, 9), (-8, 34), (-6, 60), (2, 90), (-30, 11)]), fill=(243, 150, 98, 255))
    layer.line(at([(2, 3), (2, 94)]), fill=(40, 24, 40, 255), width=max(1, int(1.8 * s)))
    layer.polygon(at([(-36, 8), (-29, -2), (22, -2), (36, 10), (20, 6), (-20, 6)]), fill=(38, 22, 40, 255))
    layer.line(at([(-34, 7), (-20, 5), (20, 5), (34, 9)]), fill=(255, 150, 96, 255), width=max(1, int(s)))


def _water(img: Array) -> Array:
    """Mirror the upper half through waves that flatten toward the horizon."""
    x, y = grid(SIZE, SIZE)
    noise = Noise(41)
    below = np.maximum(y - HORIZON, 0.5)
    depth = 26.0 / (below + 5.0)
    u, v = (x - SIZE / 2) * depth * 0.05, depth * 42
    swell = noise.fbm(u * 1.0 + 50, v * 1.15, 4, 0.55) - 0.5
    chop = noise.fbm(u * 4.2 + 90, v * 4.2, 3, 0.6) - 0.5
    wave = swell + 0.75 * chop
    reach = 12 + below * 0.42
    sy = HORIZON - below * 0.92 + wave * reach * 2.1 - 3
    sx = x + (noise.fbm(u * 1.4 + 10, v * 1.3 + 70, 3) - 0.5) * reach * 0.55
    sy = np.where(sy > HORIZON - 2, 2 * (HORIZON - 2) - sy, sy)
    mirror = np.stack(
        [
            ndimage.map_coordinates(img[..., c], [np.clip(sy, 0, HORIZON - 2), sx], order=1, mode="nearest")
            for c in range(3)
        ],
        -1,
    )
    # Steeper view near our feet: less mirror, more of the water's own dark blue.
    fresnel = np.clip(0.90 - 0.46 * smooth(0, 430, below) - 0.5 * np.maximum(wave, 0), 0.2, 1)
    water = mix(rgb("142446"), mirror * np.array([0.93, 0.90, 0.97], np.float32), fresnel)
    glitter = smooth(0.10, 0.34, wave + 0.22 * np.exp(-(((x - SUN[0]) / (26 + below * 0.2)) ** 2)))
    column = np.exp(-(((x - SUN[0]) / (30 + below * 0.24)) ** 2)) * np.exp(-below / 330)
    water += rgb("ffb060") * (1.05 * glitter * column)[..., None]
    shore = np.exp(-below / 7.0)
    water = mix(water, water * 0.72, shore * 0.6)
    return np.where((y >= HORIZON)[..., None], water, img)


def render() -> Array:
    """The finished picture, 512 x 512."""
    backdrop = _headland(_mountains(_sky()))
    fleet = Image.new("RGBA", (SIZE, SIZE), (0, 0, 0, 0))
    _boat(ImageDraw.Draw(fleet), 556, HORIZON - 4, 0.62, -1)
    _boat(ImageDraw.Draw(fleet), 150, HORIZON - 3, 0.42, 1)
    small = to_array(fleet)
    mirrored = mix(backdrop, small[..., :3], small[..., 3])
    img = _water(mirrored)
    # Rock that stands below the horizon line covers the water in front of it.
    x, y = grid(SIZE, SIZE)
    line = np.arange(SIZE, dtype=np.float32)
    foot = HORIZON + 26 + 16 * Noise(31).fbm(line * 0.05, line * 0 + 7.5, 3)
    front = smooth(668, 690, x) * np.clip(foot[None, :] - y, 0, 1) * (y >= HORIZON)
    img = mix(img, backdrop, front)
    foam = np.exp(-(((y - foot[None, :]) / 2.4) ** 2)) * smooth(660, 700, x)
    img = mix(img, rgb("e8b4a8"), foam * 0.55 * Noise(33).fbm(x * 0.03, y * 0.2, 3))

    near = Image.new("RGBA", (SIZE, SIZE), (0, 0, 0, 0))
    draw = ImageDraw.Draw(near)
    boat = Image.new("RGBA", (SIZE, SIZE), (0, 0, 0, 0))
    _boat(ImageDraw.Draw(boat), 262, 742, 1.75, 1)
    flipped = np.asarray(boat)[::-1]
    shift = int(2 * 742 - SIZE)
    ghost = np.zeros_like(flipped)
    ghost[max(shift, 0) :] = flipped[: SIZE - shift]
    noise = Noise(43)
    sway = (noise.fbm(x * 0.012, y * 0.11, 3) - 0.5) * np.clip((y - 742) * 0.36 + 4, 0, 40)
    ghost = (
        np.stack(
            [
                ndimage.map_coordinates(ghost[..., c].astype(np.float32), [y - 0.5, x - 0.5 + sway], order=1)
                for c in range(4)
            ],
            -1,
        )
        / 255
    )
    fade = np.clip(1 - (y - 742) / 190, 0, 1) * 0.62
    img = mix(img, ghost[..., :3] / np.maximum(ghost[..., 3:], 1e-3) * 0.75, ghost[..., 3] * fade)
    solid = to_array(boat)
    img = mix(img, solid[..., :3], solid[..., 3])
    for gx, gy, s in [(470, 330, 9), (505, 312, 7), (540, 346, 6), (446, 372, 5), (585, 322, 5)]:
        draw.line(
            [
                (gx - s * 2, gy - s),
                (gx - s * 0.6, gy - s * 1.1),
                (gx, gy),
                (gx + s * 0.6, gy - s * 1.1),
                (gx + s * 2, gy - s * 0.7),
            ],
            fill=(44, 30, 58, 255),
            width=2,
            joint="curve",
        )
    birds = to_array(near)
    img = mix(img, birds[..., :3], birds[..., 3])

    img = shrink(bloom(img, 0.8, (8, 26, 60), 0.55), 2)
    img = mix(img, blur(img, 0.6), 0.35)
    img = filmic(vignette(img, 0.42) * np.array([1.03, 1.0, 0.99], np.float32))
    return grain(img, 5, 0.010)
