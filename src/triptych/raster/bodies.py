"""People as filled bodies, from their keypoints."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from PIL import Image, ImageDraw

from ..typing import Bools, Floats

# Widths of limbs as parts of the length of the trunk (neck to hips); keypoints as in `skeleton`.
_LIMBS = (
    (2, 3, 0.24), (3, 4, 0.18), (5, 6, 0.24), (6, 7, 0.18),  # arms
    (8, 9, 0.34), (9, 10, 0.24), (11, 12, 0.34), (12, 13, 0.24),  # legs
    (0, 1, 0.24),  # neck
)  # fmt: skip
_TRUNK = (2, 5, 11, 8)
_TRUNK_ROUND = 0.2
_HEAD = 0.24  # radius around the nose
_SMALLEST = 0.06  # of the picture's shorter side: the length of a trunk that cannot be seen


def fill_body(person: Floats, width: int, height: int) -> Bools:
    """Head, neck, trunk, arms and legs as far as their joints are there: bool (height, width).

    `person`: float (18, 2), (x, y) in 0..1 of the picture, NaN where a joint is missing.
    """
    body = Image.new("1", (width, height))
    draw = ImageDraw.Draw(body)
    joints = np.asarray(person) * (width, height)
    there = np.isfinite(joints).all(1)
    hips = [j for j in (8, 11) if there[j]]
    if there[1] and hips:
        trunk = float(np.linalg.norm(joints[hips].mean(0) - joints[1]))
    else:
        shoulders = np.linalg.norm(joints[2] - joints[5]) if there[2] and there[5] else 0.0
        trunk = 1.4 * float(shoulders)
    trunk = max(trunk, _SMALLEST * min(width, height))
    if all(there[list(_TRUNK)]):
        draw.polygon([tuple(joints[j]) for j in _TRUNK], fill=1)
        corners = [*_TRUNK, _TRUNK[0]]
        for a, b in pairwise(corners):
            _draw_limb(draw, joints[a], joints[b], _TRUNK_ROUND * trunk)
    for a, b, wide in _LIMBS:
        if there[a] and there[b]:
            _draw_limb(draw, joints[a], joints[b], wide * trunk)
    if there[0]:
        _draw_disc(draw, joints[0], _HEAD * trunk)
    return np.array(body)


def _draw_limb(draw: ImageDraw.ImageDraw, a: np.ndarray, b: np.ndarray, width: float) -> None:
    draw.line([tuple(a), tuple(b)], fill=1, width=max(1, round(width)))
    for end in (a, b):
        _draw_disc(draw, end, width / 2)


def _draw_disc(draw: ImageDraw.ImageDraw, centre: np.ndarray, radius: float) -> None:
    draw.ellipse([*(centre - radius), *(centre + radius)], fill=1)
