"""Regions of interest: which boxes of a picture its detail layer is to keep finer than the rest."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..errors import InputError
from ..layers.detail_size import work_size
from ..layers.pose import JOINTS, LEVELS, MISSING
from ..layers.still import Box
from ..typing import Floats, Ints

FACES = "faces"
_HEAD = [JOINTS.index(name) for name in ("nose", "right_eye", "left_eye", "right_ear", "left_ear")]
_NECK = JOINTS.index("neck")
# Half a head, in distances between those joints of it that are farthest apart, and in that from its middle to the neck,
# whichever is more; its box reaches this much farther up, for hair.
_OF_HEAD, _OF_NECK, _HAIR = 0.9, 0.5, 0.25

Roi = str | Sequence[Sequence[float]]


def find_roi(roi: Roi, people: Ints | None, size: tuple[int, int]) -> list[Box]:
    """Boxes (left, top, right, bottom) in whole pixels of the working size, the most important first.

    Args:
        roi: boxes (left, top, right, bottom) in pixels of the picture, or "faces": around the heads of the people.
        people: int (n, 18, 2) as of a pose layer; None if they are not known.
        size: (width, height) of the picture in pixels.

    Raises:
        InputError: it is neither, a box is empty or outside, or the people are not known.
    """
    if isinstance(roi, str):
        if roi != FACES:
            raise InputError(f"regions of interest are boxes (left, top, right, bottom) or {FACES!r}, not {roi!r}")
        if people is None:
            raise InputError(f"regions of interest are to be {FACES}, and there are no people: give their keypoints")
        boxes = head_boxes(people, size)
    else:
        try:
            boxes = np.array([[float(side) for side in box] for box in roi], float).reshape(-1, 4)
        except (TypeError, ValueError):
            raise InputError(f"regions of interest are boxes (left, top, right, bottom), not {roi!r}") from None
        for left, top, right, bottom in boxes:
            if not (max(left, 0) < min(right, size[0]) and max(top, 0) < min(bottom, size[1])):
                box = f"{left:g},{top:g},{right:g},{bottom:g}"
                raise InputError(f"the region of interest {box} holds no pixel of a picture of {size[0]} x {size[1]}")
    most = np.tile(size, 2)
    scale = np.tile(work_size(size), 2) / most
    placed = np.clip(boxes, 0, most) * scale
    ends = np.concatenate([np.floor(placed[:, :2]), np.ceil(placed[:, 2:])], 1).astype(int)
    return [(left, top, right, bottom) for left, top, right, bottom in ends.tolist()]


def head_boxes(people: Ints, size: tuple[int, int]) -> Floats:
    """float (n, 4), pixels of the picture: boxes around those heads of which two joints are there, the largest last.

    Small ones come first: they are what a still of the whole shows least of.
    """
    boxes = []
    for person in people:
        there = person[:, 0] != MISSING
        places = (person + 0.5) / LEVELS * size
        head = places[[joint for joint in _HEAD if there[joint]]]
        if len(head) < 2:
            continue
        middle = head.mean(0)
        half = _OF_HEAD * np.linalg.norm(head[:, None] - head, axis=-1).max()
        if there[_NECK]:
            half = max(half, _OF_NECK * np.linalg.norm(places[_NECK] - middle))
        boxes.append([*(middle - (half, half * (1 + _HAIR))), *(middle + half)])
    return np.array(sorted(boxes, key=lambda box: box[2] - box[0]), float).reshape(-1, 4)
