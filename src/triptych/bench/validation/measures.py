"""How well a painted picture keeps to a layer: each layer has a measure of its own."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageFilter

from ...analysis.colours import colour_grid
from ...analysis.edges import candidates
from ...colour import to_linear
from ...raster.skeleton import draw_skeletons
from ...typing import Bools, Bytes8, Floats

NEAR = 1  # cells, in all eight directions: contours this close to each other are the same
REACH = 0.1  # of a person's height: a joint this close to where it should be is found

# Linear sRGB -> XYZ (IEC 61966-2-1), and its white.
_TO_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
_WHITE = _TO_XYZ.sum(axis=1)


def contours_found(edges: Bools, painted: Image.Image) -> float:
    """F-score, 0..1, of the contours of a picture against those that it was painted from, on their grid."""
    strokes, _ = candidates(painted.convert("RGB"), edges.shape)
    found = np.zeros(edges.shape, bool)
    if strokes:
        found.flat[np.concatenate(strokes)] = True
    if not (found.any() and edges.any()):
        return float(found.any() == edges.any())
    recall, precision = (float((a & _widened(b, NEAR)).sum() / a.sum()) for a, b in ((edges, found), (found, edges)))
    return 2 * recall * precision / max(1e-9, recall + precision)


def colours_off(colours: Bytes8, painted: Image.Image) -> float:
    """Mean CIEDE2000 between a grid of colours and a picture's averages on this grid; 1 can just be seen."""
    averages = np.asarray(colour_grid(painted.convert("RGB"), colours.shape[:2]))
    return float(ciede2000(to_lab(colours), to_lab(averages)).mean())


def joints_found(people: Floats, found: Floats, shape: tuple[int, int]) -> float:
    """Share, 0..1, of the joints of some people that are near those of the people found in a picture (PCK).

    Args:
        people, found: (n, 18, 2), fractions of width and height, NaN where missing.
        shape: (width, height) of the picture.
    """
    right, count = 0, 0
    for person in people * shape:
        there = np.isfinite(person).all(axis=1)
        count += int(there.sum())
        reach = REACH * max(1.0, np.nanmax(person[:, 1]) - np.nanmin(person[:, 1]))
        near = [(np.hypot(*(other * shape - person).T) <= reach)[there].sum() for other in found]
        right += max(map(int, near), default=0)
    return right / max(1, count)


def around(people: Floats, size: tuple[int, int]) -> Bools:
    """Where people are, their limbs and what is near them, by their joints: bool (height, width).

    Args:
        people: (n, 18, 2), fractions of width and height, NaN where missing.
        size: (width, height) of the picture.
    """
    width, height = size
    drawn: Bools = draw_skeletons(list(people), width, height).max(axis=2) > 0
    return _widened(drawn, max(1, round(REACH / 2 * max(size))))


def _widened(places: Bools, cells: int) -> Bools:
    """With all cells around, this far in all eight directions."""
    image = Image.fromarray(places.astype(np.uint8) * 255)
    return np.asarray(image.filter(ImageFilter.MaxFilter(2 * cells + 1))) > 0


def to_lab(srgb: Bytes8) -> Floats:
    """CIELAB of sRGB colours, (..., 3), for the white of sRGB."""
    share = to_linear(srgb) @ _TO_XYZ.T / _WHITE
    x, y, z = np.moveaxis(np.where(share > 216 / 24389, np.cbrt(share), (24389 / 27 * share + 16) / 116), -1, 0)
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], -1)


def ciede2000(one: Floats, other: Floats) -> Floats:
    """Colour differences of CIELAB colours, (..., 3); as G. Sharma, W. Wu, E. Dalal, "The CIEDE2000 color-difference
    formula: implementation notes", 2005, number their steps."""
    (l1, a1, b1), (l2, a2, b2) = np.moveaxis(one, -1, 0), np.moveaxis(other, -1, 0)
    # 1. Chroma and hue, with the a axis stretched near grey.
    mean = (np.hypot(a1, b1) + np.hypot(a2, b2)) / 2
    stretch = 1.5 - 0.5 * np.sqrt(mean**7 / (mean**7 + 25.0**7))
    c1, c2 = np.hypot(stretch * a1, b1), np.hypot(stretch * a2, b2)
    h1, h2 = (np.degrees(np.arctan2(b, stretch * a)) % 360 for a, b in ((a1, b1), (a2, b2)))
    # 2. Differences.
    grey = c1 * c2 == 0
    turn = np.where(grey, 0, (h2 - h1 + 180) % 360 - 180)
    turn = np.where((turn == -180) & (h2 > h1), 180, turn)
    dl, dc, dh = l2 - l1, c2 - c1, 2 * np.sqrt(c1 * c2) * np.sin(np.radians(turn / 2))
    # 3. Weights at the means.
    ml, mc = (l1 + l2) / 2, (c1 + c2) / 2
    mh = np.where(grey, h1 + h2, np.where(np.abs(h1 - h2) <= 180, (h1 + h2) / 2, ((h1 + h2 + 360) / 2) % 360))
    t = (
        1
        - 0.17 * np.cos(np.radians(mh - 30))
        + 0.24 * np.cos(np.radians(2 * mh))
        + 0.32 * np.cos(np.radians(3 * mh + 6))
        - 0.20 * np.cos(np.radians(4 * mh - 63))
    )
    sl = 1 + 0.015 * (ml - 50) ** 2 / np.sqrt(20 + (ml - 50) ** 2)
    sc, sh = 1 + 0.045 * mc, 1 + 0.015 * mc * t
    bend = 2 * np.sqrt(mc**7 / (mc**7 + 25.0**7)) * np.sin(np.radians(60 * np.exp(-(((mh - 275) / 25) ** 2))))
    found: Floats = np.sqrt((dl / sl) ** 2 + (dc / sc) ** 2 + (dh / sh) ** 2 - bend * (dc / sc) * (dh / sh))
    return found
