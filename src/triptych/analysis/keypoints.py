"""OpenPose JSON or a picture of its skeletons -> COCO-18 keypoints; `triptych.layers.pose` has the way back."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import InputError
from ..layers.pose import JOINTS, LEVELS, MISSING, PoseLayer
from ..limits import MAX_PEOPLE
from .image import load_image
from .skeletons import read_skeletons

# BODY_25 has a mid-hip after the left wrist and feet at the end; these are its joints in COCO-18 order.
_BODY_25 = (0, 1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18)
# What PNG, JPEG, WebP and BMP begin with; JSON begins with none of these.
_PICTURES = (b"\x89PNG", b"\xff\xd8", b"RIFF", b"BM")


def load_people(people: str | os.PathLike[str] | np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Keypoints from a path to OpenPose JSON or to a picture of skeletons, or from an array, checked.

    Args:
        people: a JSON file (see `read_openpose`), a picture file (see `read_skeletons`; stretched to `size`), or
            int (n, 18, 2) as `read_openpose` gives.
        size: (width, height) of the picture in pixels.

    Raises:
        InputError: the file cannot be read, or the array holds no such people.
    """
    if isinstance(people, np.ndarray):
        try:
            return np.array(PoseLayer.from_people(people, size).people)
        except InputError as error:
            raise error.located("the people cannot be used") from error
    try:
        data = Path(people).read_bytes()
        picture = data.startswith(_PICTURES)
        text = "" if picture else data.decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{people}: cannot be read: {getattr(error, 'strerror', None) or error}") from error
    try:
        if not picture:
            return read_openpose(text, size)
        shown = load_image(data, background=(0, 0, 0), smallest=1)
        places = read_skeletons(shown.image)
    except InputError as error:
        raise error.located(people) from error
    levels = np.floor(np.nan_to_num(places) * LEVELS).clip(0, LEVELS - 1).astype(np.int64)
    return np.where(np.isnan(places), MISSING, levels)


def read_openpose(text: str, size: tuple[int, int]) -> np.ndarray:
    """Keypoints from OpenPose JSON.

    Understood are OpenPose's own files ({"people": [{"pose_keypoints_2d": [x, y, confidence, ...]}]}, COCO-18
    or BODY_25), the same in a list (one item a frame; the first counts), positions in pixels of "canvas_width"
    and "canvas_height" where those are given (else of the picture), or in 0..1. A joint with confidence 0 or
    outside the picture is missing.

    Args:
        text: the JSON.
        size: (width, height) of the picture in pixels.

    Returns:
        int64 (n, 18, 2): (x, y) in 1/256 of the picture's width and height, -1 where missing.

    Raises:
        InputError: it is not JSON of this kind, or has more than 64 people.
    """
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(f"the keypoints are not JSON: {error}") from error
    if isinstance(data, list):
        data = data[0] if data else {}
    if not isinstance(data, dict) or not isinstance(data.get("people"), list):
        raise InputError('the keypoints have no list of "people", as OpenPose JSON has')
    if len(data["people"]) > MAX_PEOPLE:
        raise InputError(f"there are {len(data['people'])} people; at most {MAX_PEOPLE} can be stored")
    canvas = (data.get("canvas_width") or size[0], data.get("canvas_height") or size[1])
    people = [_person(person, number, canvas) for number, person in enumerate(data["people"])]
    people = [person for person in people if (person != MISSING).any()]
    return np.array(people, np.int64).reshape(-1, len(JOINTS), 2)


def _person(person: Any, number: int, canvas: tuple[float, float]) -> np.ndarray:
    values = person.get("pose_keypoints_2d") if isinstance(person, dict) else None
    try:
        points = np.array(values, np.float64).reshape(-1, 3)
        scale = np.array(canvas, np.float64)
    except (TypeError, ValueError) as error:
        raise InputError(f'person {number} has no "pose_keypoints_2d" of x, y, confidence triples') from error
    if len(points) == 25:
        points = points[list(_BODY_25)]
    if len(points) != len(JOINTS):
        raise InputError(f"person {number} has {len(points)} keypoints; 18 (COCO) or 25 (BODY_25) are understood")
    points = np.nan_to_num(points, nan=0.0, posinf=-1, neginf=-1)
    seen = (points[:, 2] > 0) & (points[:, :2] > 0).any(1)
    if seen.any() and points[seen, :2].max() > 1.5:  # else they are fractions already
        points[:, :2] /= scale
    seen &= ((points[:, :2] >= 0) & (points[:, :2] <= 1)).all(1)
    levels = np.minimum(np.floor(points[:, :2] * LEVELS), LEVELS - 1).astype(np.int64)
    return np.where(seen[:, None], levels, MISSING)
