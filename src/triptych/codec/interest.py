"""Regions of interest: which boxes of a picture its detail layer is to keep finer than the rest."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import numpy as np

from ..errors import InputError
from ..layers.detail_size import work_size
from ..layers.pose import JOINTS, LEVELS, MISSING
from ..layers.still import Box
from ..lengths import length
from ..limits import MAX_INPUT_SIDE
from ..typing import Floats, Ints

FACES = "faces"
_HEAD = [JOINTS.index(name) for name in ("nose", "right_eye", "left_eye", "right_ear", "left_ear")]
_NECK = JOINTS.index("neck")
# Half a head, in distances between those joints of it that are farthest apart, and in that from its middle to the neck,
# whichever is more; its box reaches this much farther up, for hair.
_OF_HEAD, _OF_NECK, _HAIR = 0.9, 0.5, 0.25

Roi = str | Sequence[str | Sequence[float]]


def find_roi(roi: Roi, people: Ints | None, size: tuple[int, int]) -> list[Box]:
    """Boxes (left, top, right, bottom) in whole pixels of the working size, the most important first.

    Args:
        roi: a text of one or several, apart by blanks, or a list: "faces", around the heads of the people, and boxes
            "LEFT,TOP,RIGHT,BOTTOM" in pixels of the picture or percent ("40%,20%,60%,35%"), or as four numbers.
        people: int (n, 18, 2) as of a pose layer; None if they are not known.
        size: (width, height) of the picture in pixels.

    Raises:
        InputError: it is none of these, a box is empty or outside, or the people are not known.
    """
    boxes: list[Sequence[float]] = []
    for each in _listed(roi):
        if isinstance(each, str) and each == FACES:
            if people is None:
                raise InputError(
                    f"regions of interest are {FACES}, and nobody is known: give keypoints or a pose detector"
                )
            boxes += head_boxes(people, size).tolist()
        else:
            boxes.append(_box(each, size))
    most = np.tile(size, 2)
    scale = np.tile(work_size(size), 2) / most
    placed = np.clip(np.array(boxes, float).reshape(-1, 4), 0, most) * scale
    ends = np.concatenate([np.floor(placed[:, :2]), np.ceil(placed[:, 2:])], 1).astype(int)
    return [(left, top, right, bottom) for left, top, right, bottom in ends.tolist()]


def check_roi(roi: Roi, *, people: bool) -> None:
    """Refuse regions of interest that no picture has; `people`: whether those of pictures will be known.

    Raises:
        InputError: as of `find_roi`.
    """
    nobody = np.zeros((0, len(JOINTS), 2), int)
    find_roi(roi, nobody if people else None, (MAX_INPUT_SIDE, MAX_INPUT_SIDE))


def _listed(roi: Roi) -> Iterator[str | Sequence[float]]:
    """What is meant by one thing or several, each by itself."""
    try:
        given = [roi] if isinstance(roi, str) else [*roi]
    except TypeError:
        raise _wrong(roi) from None
    for each in given:
        yield from re.sub(r"\s*,\s*", ",", each).split() if isinstance(each, str) else [each]


def _box(given: str | Sequence[float], size: tuple[int, int]) -> list[float]:
    """(left, top, right, bottom) in pixels of the picture, of which some are in it."""
    try:
        sides: list[str | float] = [*given.split(",")] if isinstance(given, str) else [*given]
    except TypeError:
        raise _wrong(given) from None
    if len(sides) != 4:
        raise _wrong(given)
    name = ",".join(map(str, sides))[:60]
    try:
        left, top, right, bottom = (length(side, size[n % 2], inside=True) for n, side in enumerate(sides))
    except (TypeError, ValueError):
        raise _wrong(given) from None
    except InputError as error:
        raise error.located(f"the region of interest {name}") from None
    if not (max(left, 0) < min(right, size[0]) and max(top, 0) < min(bottom, size[1])):
        raise InputError(f"the region of interest {name} holds no pixel of a picture of {size[0]} x {size[1]}")
    return [left, top, right, bottom]


def _wrong(given: object) -> InputError:
    text = f"regions of interest are boxes LEFT,TOP,RIGHT,BOTTOM (pixels, or percent with %) or {FACES!r}"
    return InputError(f"{text}, not {str(given)[:60]!r}")


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
