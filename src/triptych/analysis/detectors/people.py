"""People by RTMPose (Jiang et al. 2023), through `rtmlib` and ONNX Runtime.

The weights come from the hub's copy that `rtmlib` names as its mirror, so that they are listed, fetched and found
offline like all others.
"""

from __future__ import annotations

import contextlib
import io
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from ...errors import ModelError
from ...layers.pose import JOINTS, LEVELS, MISSING
from ...limits import MAX_PEOPLE
from ...networks import load_runtime, per_process
from ...typing import Bytes8, Floats, Ints
from . import PEOPLE, find, ready

LEAST_SCORE = 0.3  # of a joint; below it RTMPose guesses
LEAST_JOINTS = 4  # of a person; fewer are no figure
# COCO-17 joints in the order of COCO-18 (see layers.pose.JOINTS); the neck, which COCO-17 has not, is at place 1.
_FROM_COCO_17 = [0, 6, 8, 10, 5, 7, 9, 12, 14, 16, 11, 13, 15, 2, 1, 4, 3]
_LEFT_SHOULDER, _RIGHT_SHOULDER = 5, 6


def find_people(image: Image.Image, name: str = "rtmpose") -> Ints:
    """The people in a picture, for `triptych.encode(..., people=...)`.

    Args:
        image: a picture of any mode and size.
        name: a name of the catalogue.

    Returns:
        int64 (n, 18, 2): COCO-18 joints, (x, y) in 1/256 of the picture's width and height, -1 where missing; the
        largest people first, at most 64.

    Raises:
        InputError: there is no such model.
        MissingExtraError: `rtmlib` is not installed.
        ModelError: the weights cannot be had, or are broken.
    """
    _, folder = ready(PEOPLE, name)
    detect = _load(folder, name)
    rgb = np.asarray(image.convert("RGB"))
    points, scores = detect(np.ascontiguousarray(rgb[..., ::-1]))
    return to_coco_18(points, scores, image.size)


def to_coco_18(points: Floats, scores: Floats, size: tuple[int, int]) -> Ints:
    """COCO-17 keypoints as our people.

    Args:
        points: float (n, 17, 2), (x, y) in pixels.
        scores: float (n, 17); joints below 0.3 are missing.
        size: (width, height) of the picture in pixels.

    Returns:
        As `find_people`. The neck is the middle of the shoulders, if both are there.
    """
    points = np.asarray(points, np.float64).reshape(-1, 17, 2) / size
    seen = (np.asarray(scores).reshape(-1, 17) >= LEAST_SCORE) & ((points >= 0) & (points <= 1)).all(2)
    neck = points[:, [_LEFT_SHOULDER, _RIGHT_SHOULDER]].mean(1, keepdims=True)
    neck_seen = seen[:, [_LEFT_SHOULDER, _RIGHT_SHOULDER]].all(1, keepdims=True)
    points = np.insert(points[:, _FROM_COCO_17], [1], neck, axis=1)
    seen = np.insert(seen[:, _FROM_COCO_17], [1], neck_seen, axis=1)
    assert points.shape[1] == len(JOINTS)
    levels = np.minimum(np.floor(points * LEVELS), LEVELS - 1).astype(np.int64)
    people = np.where(seen[..., None], levels, MISSING)
    people = people[seen.sum(1) >= LEAST_JOINTS]
    spread = [np.ptp(person[person[:, 0] != MISSING], axis=0).sum() for person in people]
    largest: Ints = people[np.argsort(spread, kind="stable")[::-1][:MAX_PEOPLE]]
    return largest


@per_process
def _load(folder: Path, name: str) -> Callable[[Bytes8], tuple[Floats, Floats]]:
    """A function from a BGR picture to (keypoints, scores), made once per process."""
    load_runtime()  # before rtmlib imports it
    from rtmlib import YOLOX, RTMPose

    settings = find(PEOPLE, name).settings
    # rtmlib tells standard output what it loads, where it would get into `--json`.
    with tempfile.TemporaryDirectory() as place, contextlib.redirect_stdout(io.StringIO()):
        try:
            files = [_unpacked(folder / settings[step], Path(place) / step) for step in ("detector", "keypoints")]
            detector = YOLOX(files[0], model_input_size=tuple(settings["detector_size"]))
            keypoints = RTMPose(files[1], model_input_size=tuple(settings["keypoints_size"]))
        except Exception as error:  # of a zip file or of ONNX Runtime, which has a class of errors for each code
            first = (str(error).strip().splitlines() or [type(error).__name__])[0]
            raise ModelError(f"{name}: its weights in {folder} cannot be used: {first}") from error

    def detect(bgr: Bytes8) -> tuple[Floats, Floats]:
        boxes: Any = detector(bgr)
        if len(boxes) == 0:  # else RTMPose would take the whole picture for a person
            return np.zeros((0, 17, 2)), np.zeros((0, 17))
        found: tuple[Floats, Floats] = keypoints(bgr, bboxes=boxes)
        return found

    return detect


def _unpacked(archive: Path, folder: Path) -> str:
    """The path of the ONNX file of an archive, unpacked into a folder."""
    with zipfile.ZipFile(archive) as file:
        member = next(name for name in file.namelist() if name.endswith(".onnx"))
        return file.extract(member, folder)
