"""Edits of the people. They are counted from 1, in the order in which `triptych info` and keypoint files list them.

Positions are 1/256 of the picture's width and height; whole moves and mirrors are exact and can be undone.
"""

from __future__ import annotations

import os
from collections.abc import Sequence

import numpy as np

from ..analysis.keypoints import load_people
from ..codec.picture import Picture
from ..errors import InputError
from ..layers import PoseLayer
from ..layers.pose import JOINTS, LEVELS, MIRRORED, MISSING
from ..lengths import length
from ..limits import MAX_PEOPLE
from ._parts import base_of, need, put, settled, without
from .regions import find_point

# A standing figure in the order of JOINTS: (right, down) from its middle, in percent of its height.
_STANDING = (
    (0, -47), (0, -36), (-9, -36), (-13, -19), (-15, -3), (9, -36), (13, -19), (15, -3),
    (-6, -1), (-6, 25), (-7, 50), (6, -1), (6, 25), (7, 50), (-2, -50), (2, -50), (-5, -48), (5, -48),
)  # fmt: skip


def move_joint(picture: Picture, person: int, joint: str, to: str | Sequence[float] | None) -> Picture:
    """Put one joint of a person to a place, in pixels or percent; None takes the joint away.

    A joint that was missing appears. The inverse is a move back to the place before.

    Raises:
        InputError: no such person or joint, the place is outside the picture, or no joint would be left.
    """
    people, index = _find(picture, person)
    name = joint.strip().lower().replace("-", "_").replace(" ", "_")
    if name not in JOINTS:
        raise InputError(f"there is no joint called {joint!r}; there are: {', '.join(JOINTS)}")
    if to is None:
        people[index, JOINTS.index(name)] = MISSING
        if (people[index] == MISSING).all():
            raise InputError(f"person {person} has no other joint than the {name}; remove the person")
    else:
        place = np.array(find_point(to, picture.size)) * LEVELS / picture.size
        people[index, JOINTS.index(name)] = np.minimum(np.floor(place), LEVELS - 1)
    return with_people(picture, people)


def move_person(picture: Picture, person: int, by: str | Sequence[float]) -> Picture:
    """Move a person by (right, down), in pixels or percent, rounded to 1/256 of the picture.

    Joints that leave the picture are lost; otherwise the opposite move is the inverse.

    Raises:
        InputError: no such person, or all of it would leave the picture.
    """
    people, index = _find(picture, person)
    by_pixels = find_point(by, picture.size, inside=False)
    levels = [round(d * LEVELS / side) for d, side in zip(by_pixels, picture.size, strict=True)]
    return _with_person(picture, people, index, people[index] + levels)


def scale_person(picture: Picture, person: int, factor: float) -> Picture:
    """Make a person larger or smaller about its middle, by 0.05 to 20; joints that leave the picture are lost."""
    if not 0.05 <= factor <= 20:
        raise InputError(f"a scale of {factor:g} is not 0.05 to 20")
    people, index = _find(picture, person)
    low, high = _bounds(people[index])
    middle = (low + high) / 2
    return _with_person(picture, people, index, np.rint((people[index] - middle) * factor + middle).astype(np.int64))


def mirror_person(picture: Picture, person: int) -> Picture:
    """Turn a person round, left for right, where it stands; its own inverse.

    What was the left hand becomes the right one, as in a mirror.
    """
    people, index = _find(picture, person)
    low, high = _bounds(people[index])
    turned = people[index][MIRRORED]
    seen = turned[:, 0] != MISSING
    turned[seen, 0] = low[0] + high[0] - turned[seen, 0]
    people[index] = turned
    return with_people(picture, people)


def remove_person(picture: Picture, person: int) -> Picture:
    """Take a person away; with the last one goes the layer. `replace_people` with the people before is the inverse."""
    people, index = _find(picture, person)
    return with_people(picture, np.delete(people, index, 0))


def replace_people(picture: Picture, people: str | os.PathLike[str] | np.ndarray) -> Picture:
    """Take all people from elsewhere: OpenPose JSON (a path), or int (n, 18, 2) as `PoseLayer.people`.

    The picture need not have people; without any in the file, the layer goes.
    """
    return with_people(picture, load_people(people, picture.size))


def add_people(picture: Picture, people: str | os.PathLike[str] | np.ndarray) -> Picture:
    """Add people after those that are there; arguments as for `replace_people`. `remove_person` is the inverse."""
    more = load_people(people, picture.size)
    own = picture.pose.people if picture.pose else more[:0]
    if len(own) + len(more) > MAX_PEOPLE:
        raise InputError(f"{len(own)} people and {len(more)} more are too many: at most {MAX_PEOPLE} can be stored")
    return with_people(picture, np.concatenate([own, more]))


def add_person(picture: Picture, at: str | Sequence[float], height: str | float) -> Picture:
    """Add one who stands upright and faces the viewer, after the people that are there.

    Joints outside the picture are left out. `remove_person` is the inverse.

    Args:
        at: where the middle of the figure comes to lie, in pixels or percent.
        height: from eyes to ankles, in pixels or percent of the picture's height.

    Raises:
        InputError: the place is outside the picture, the height is not positive, or there are 64 people already.
    """
    x, y = find_point(at, picture.size)
    tall = length(height, picture.height)
    if not 0 < tall <= 16 * picture.height:
        raise InputError(f"a person {tall:g} pixels tall cannot be added: give a height above 0")
    places = (np.array(_STANDING) * (tall / 100) + (x, y)) / picture.size
    there = np.all((places >= 0) & (places < 1), axis=1)
    if not there.any():
        raise InputError("no joint of this person would be in the picture; make it smaller")
    joints = np.where(there[:, None], np.floor(places * LEVELS), MISSING).astype(np.int64)
    return add_people(picture, joints[None])


def _find(picture: Picture, person: int) -> tuple[np.ndarray, int]:
    """(a copy of all people, the index of one of them)."""
    people = np.array(need(picture, PoseLayer).people)
    if not 1 <= person <= len(people):
        raise InputError(f"there is no person {person}; the picture has {len(people)}, counted from 1")
    return people, int(person) - 1


def _bounds(person: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    seen = person[person[:, 0] != MISSING]
    if not len(seen):
        raise InputError("this person has no joints; remove it")
    return seen.min(0), seen.max(0)


def _with_person(picture: Picture, people: np.ndarray, index: int, joints: np.ndarray) -> Picture:
    """The picture with new joints for one person, those that left the picture marked as missing."""
    seen = people[index][:, 0] != MISSING
    lost = seen & ((joints < 0) | (joints >= LEVELS)).any(1)
    if (lost == seen).all():
        raise InputError(f"person {index + 1} would leave the picture altogether; move it less, or remove it")
    people[index] = np.where((seen & ~lost)[:, None], joints, MISSING)
    note = [f"{int(lost.sum())} joints of person {index + 1} left the picture"] if lost.any() else []
    return with_people(picture, people, *note)


def with_people(picture: Picture, people: np.ndarray, *notes: str) -> Picture:
    """The picture with these people, int (n, 18, 2); with none, without their layer."""
    if not len(people):
        if picture.pose is None:
            return picture
        return settled(picture, without(base_of(picture), {PoseLayer.name}), picture.pose)
    if picture.pose and np.array_equal(picture.pose.people, people):
        return picture
    return put(picture, PoseLayer.from_people(people, picture.size), *notes)
