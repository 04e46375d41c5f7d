"""People as the coloured stick figures that pose-guided generators are trained on.

Joints are the 18 COCO key points in the order of CMU OpenPose (Z. Cao et al., "OpenPose: Realtime
Multi-Person 2D Pose Estimation using Part Affinity Fields", 2018): nose, neck, right shoulder, elbow,
wrist, left shoulder, elbow, wrist, right hip, knee, ankle, left hip, knee, ankle, right eye, left eye,
right ear, left ear. Colours, the order of the limbs and their sizes are those of its drawing as ControlNet
and T2I-Adapter use it: elongated ellipses 8 pixels thick mixed in at 60 %, then discs of radius 4, on a
picture whose shorter side is 512; here the sizes follow the shorter side.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np
from PIL import Image, ImageDraw

from ..typing import Bytes8, Floats

COLOURS = (
    (255, 0, 0),
    (255, 85, 0),
    (255, 170, 0),
    (255, 255, 0),
    (170, 255, 0),
    (85, 255, 0),
    (0, 255, 0),
    (0, 255, 85),
    (0, 255, 170),
    (0, 255, 255),
    (0, 170, 255),
    (0, 85, 255),
    (0, 0, 255),
    (85, 0, 255),
    (170, 0, 255),
    (255, 0, 255),
    (255, 0, 170),
    (255, 0, 85),
)
# Pairs of joint numbers from 0; limb i has colour i.
LIMBS = (
    (1, 2),
    (1, 5),
    (2, 3),
    (3, 4),
    (5, 6),
    (6, 7),
    (1, 8),
    (8, 9),
    (9, 10),
    (1, 11),
    (11, 12),
    (12, 13),
    (1, 0),
    (0, 14),
    (14, 16),
    (0, 15),
    (15, 17),
)
LIMB_OPACITY = 0.6
_RADIUS = 4 / 512
# Drawn this many times finer, then averaged: Pillow's shapes are not anti-aliased.
_FINER = 4
# Above this many pixels the figures are drawn smaller and enlarged.
_WORK_PIXELS = 1 << 20
_FEW, _MANY = 8, 32  # people; a crowd of more is drawn with less care, or it would take seconds


def draw_skeletons(
    people: Sequence[Floats],
    width: int,
    height: int,
    background: Bytes8 | None = None,
    *,
    radius: float | None = None,
) -> Bytes8:
    """Draw `people` over `background`; returns uint8 (height, width, 3) sRGB.

    `people`: float (18, 2) arrays of x and y as fractions 0..1 of width and height; NaN marks a joint that
    is missing, and limbs to it are left out. `background`: uint8 (height, width, 3), left unchanged; black
    if None, as generators expect. `radius`: of the discs and half the thickness of limbs, in pixels.
    """
    # Half a pixel is the least that can be seen.
    radius = max(0.5, _RADIUS * min(width, height) if radius is None else radius)
    shape = (height, width, 3)
    picture = Image.fromarray(np.zeros(shape, np.uint8) if background is None else np.asarray(background, np.uint8))
    if len(people) > _FEW:
        return _crowd(picture, people, radius)
    for person in people:
        joints = np.asarray(person, float).reshape(18, 2)
        limbs = [i for i, pair in enumerate(LIMBS) if np.isfinite(joints[list(pair)]).all()]
        for i in limbs:
            _paint(picture, joints[list(LIMBS[i])], COLOURS[i], LIMB_OPACITY, radius)
        for i in np.flatnonzero(np.isfinite(joints).all(axis=1)).tolist():
            _paint(picture, joints[[i]], COLOURS[i], 1.0, radius)
    return np.array(picture)


def _crowd(picture: Image.Image, people: Sequence[Floats], radius: float) -> Bytes8:
    """`picture` with many people: the same figures, without a mask for each.

    All are drawn on the picture, enlarged if that does not make it too large.
    """
    pixels = 4 * _WORK_PIXELS * min(1, _MANY / len(people))
    finer = max(1, min(_FINER, int((pixels / (picture.width * picture.height)) ** 0.5)))
    size = np.array(picture.size) * finer
    canvas = picture.resize((int(size[0]), int(size[1])), Image.Resampling.NEAREST)
    draw = ImageDraw.Draw(canvas, "RGBA")  # which mixes colours by their fourth number
    for person in people:
        joints = np.asarray(person, float).reshape(18, 2).clip(-1, 2) * size
        seen = np.isfinite(joints).all(axis=1)
        for spots, colour, opacity in [
            *((joints[list(pair)], COLOURS[i], LIMB_OPACITY) for i, pair in enumerate(LIMBS) if seen[list(pair)].all()),
            *((joints[[i]], COLOURS[i], 1.0) for i in np.flatnonzero(seen).tolist()),
        ]:
            outline = _ellipse(spots, radius * finer) - 0.5
            draw.polygon(outline.ravel().tolist(), fill=(*colour, round(255 * opacity)))
    return np.array(canvas.reduce(finer) if finer > 1 else canvas)


def _paint(picture: Image.Image, joints: Floats, colour: tuple[int, int, int], opacity: float, radius: float) -> None:
    """Mix one limb (two joints) or one disc (one joint), fractions (n, 2), into `picture` in place."""
    width, height = picture.size
    # Joints far outside would only overflow the drawing routines.
    spots = joints.clip(-1, 2) * (width, height)
    low = np.floor(spots.min(axis=0) - radius - 1).clip(0, (width, height)).astype(int)
    high = np.ceil(spots.max(axis=0) + radius + 1).clip(0, (width, height)).astype(int)
    if (high <= low).any():
        return
    (x0, y0), (x1, y1) = low.tolist(), high.tolist()
    shape = _ellipse(spots, radius)
    finer = min(_FINER, (_WORK_PIXELS * _FINER**2 / ((x1 - x0) * (y1 - y0))) ** 0.5)
    size = (max(1, round((x1 - x0) * finer)), max(1, round((y1 - y0) * finer)))
    mask = Image.new("L", size)
    # Pillow counts from the centre of the first pixel.
    outline = (shape - low) * (np.array(size) / (high - low)) - 0.5
    ImageDraw.Draw(mask).polygon(outline.ravel().tolist(), fill=round(255 * opacity))
    if size != (x1 - x0, y1 - y0):
        method = Image.Resampling.BOX if finer > 1 else Image.Resampling.BILINEAR
        mask = mask.resize((x1 - x0, y1 - y0), method)
    picture.paste(colour, (x0, y0), mask)


def _ellipse(spots: Floats, radius: float) -> Floats:
    """The outline, float (64, 2), around one spot, or from one of two spots to the other."""
    along = (spots[-1] - spots[0]) / 2
    length = float(np.hypot(*along))
    angle = np.arctan2(along[1], along[0])
    across, up = _circle()
    long, thick = max(length, radius) * across, radius * up
    cos, sin = np.cos(angle), np.sin(angle)
    outline: Floats = spots.mean(axis=0) + np.stack([long * cos - thick * sin, long * sin + thick * cos], axis=1)
    return outline


@cache
def _circle() -> tuple[Floats, Floats]:
    """The cosines and sines of 64 directions."""
    turn = np.linspace(0, 2 * np.pi, 64, endpoint=False)
    return np.cos(turn), np.sin(turn)
