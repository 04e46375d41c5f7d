"""Pictures of OpenPose stick figures -> keypoints; `triptych.raster.skeleton` has the way back.

The joints of such a picture are discs of 18 known colours, its limbs lines of the same colours at 60 %. So a joint is
where enough pixels of its colour lie together, and two joints are of one person where the limb between them is seen.
What is drawn over is lost: a joint that another person's limb or disc hides is missing.
"""

from __future__ import annotations

import numpy as np
from PIL import Image

from ..errors import InputError
from ..limits import MAX_PEOPLE
from ..raster.skeleton import COLOURS, LIMB_OPACITY, LIMBS
from ..typing import Bytes8, Floats, Ints

_SIDE = 512  # pixels of the shorter side that pictures are brought to, where discs have a radius of about 4,
_RADII = 1.2, 6.0  # or, where a program draws them alike at any size, of so much
_NEAR = 40  # levels in each channel; the colours of two joints differ by 85 in at least one
_LEAST = 0.4  # part of its disc that a joint must show
_LIMB_NEAR = 60  # levels from its colour at which a pixel tells nothing about a limb
_LEAST_LIMB = 0.3  # of 1 where all of a limb is seen
_SAMPLES = np.linspace(0.2, 0.8, 13)  # along a limb; its ends are under the discs
_REACH = 1.2  # of a person's extent; parts that no limb joins belong together where they are nearer
_MOST_PIXELS = 150 * MAX_PEOPLE  # of one joint's colour; a disc of radius 6 has 113
_MOST_LIGHT = 0.5  # part of a picture that figures may cover


def read_skeletons(image: Image.Image) -> Floats:
    """People in a picture of stick figures on black.

    Args:
        image: such a picture in any size, also after JPEG; hands and faces are left out.

    Returns:
        float (n, 18, 2): (x, y) as fractions 0..1 of width and height, NaN where missing; the person with most joints
        first.

    Raises:
        InputError: it is no such picture, or shows more than 64 people.
    """
    scale = _SIDE / min(image.size)
    width, height = (max(1, round(side * scale)) for side in image.size)
    if width * height > 16 * _SIDE**2:
        raise InputError(f"{image.width} x {image.height} pixels are too long a shape for a picture of skeletons")
    method = Image.Resampling.BOX if scale < 1 else Image.Resampling.BICUBIC
    pixels: Bytes8 = np.asarray(image.convert("RGB").resize((width, height), method))
    if (pixels.max(axis=2) > 64).mean() > _MOST_LIGHT:
        raise InputError("this is no picture of OpenPose skeletons, which are coloured lines on black")
    kinds, spots = _joints(pixels)
    people = [np.array(part) for part in _joined(_parts(pixels, kinds, spots), kinds, spots)]
    if len(people) > MAX_PEOPLE:
        raise InputError(f"there are {len(people)} people; at most {MAX_PEOPLE} can be stored")
    found = np.full((len(people), len(COLOURS), 2), np.nan)
    for person, members in zip(found, people, strict=True):
        person[kinds[members]] = (spots[members] + 0.5) / (width, height)
    return found


def _joints(pixels: Bytes8) -> tuple[Ints, Floats]:
    """(number of the joint, int (n,); place in pixels, float (n, 2)) of all discs."""
    clouds = [_cloud(pixels, colour) for colour in COLOURS]
    # The radius is the same for all; most of the discs that stand out most are real ones.
    areas = [len(_around(cloud, cloud[0], _RADII[1])) for cloud in clouds if len(cloud) >= 4]
    radius = float(np.clip((np.median(areas) / np.pi) ** 0.5, *_RADII)) if areas else _RADII[0]
    kinds: list[int] = []
    spots: list[Floats] = []
    for kind, cloud in enumerate(clouds):
        while len(cloud):
            spot = cloud[0]
            for _ in range(3):
                near = _around(cloud, spot, radius)
                spot = near.mean(axis=0) if len(near) else spot
            if len(near) >= max(4.0, _LEAST * np.pi * radius**2):
                kinds.append(kind)
                spots.append(spot)
            away = ((cloud - spot) ** 2).sum(axis=1) > (1.6 * radius) ** 2
            away[0] = False  # it ends also where the middle has moved off
            cloud = cloud[away]
    return np.array(kinds, np.int64), np.array(spots, np.float64).reshape(-1, 2)


def _cloud(pixels: Bytes8, colour: tuple[int, int, int]) -> Floats:
    """Places (n, 2) of the pixels of a colour, those with most of their kind around them first."""
    mask = (np.abs(pixels.astype(np.int16) - np.array(colour, np.int16)) <= _NEAR).all(axis=2)
    y, x = np.nonzero(mask)
    if len(x) > _MOST_PIXELS:
        raise InputError("this is no picture of OpenPose skeletons: it has large areas of one colour")
    around = 4
    sums = np.pad(mask, ((around + 1, around), (around + 1, around))).cumsum(axis=0).cumsum(axis=1)
    side = 2 * around + 1
    counts = sums[y + side, x + side] - sums[y, x + side] - sums[y + side, x] + sums[y, x]
    return np.stack([x, y], axis=1)[np.argsort(-counts, kind="stable")].astype(np.float64)


def _around(cloud: Floats, spot: Floats, radius: float) -> Floats:
    near: Floats = cloud[((cloud - spot) ** 2).sum(axis=1) <= radius**2]
    return near


def _parts(pixels: Bytes8, kinds: Ints, spots: Floats) -> list[list[int]]:
    """The joints, by their places in `kinds`, in groups that limbs join; none has a joint twice."""
    seen: list[tuple[float, float, int, int]] = []
    for (first, second), colour in zip(LIMBS, COLOURS, strict=False):
        expected = np.array(colour) * LIMB_OPACITY
        for a in np.flatnonzero(kinds == first).tolist():
            for b in np.flatnonzero(kinds == second).tolist():
                way = spots[a] + _SAMPLES[:, None] * (spots[b] - spots[a])
                x, y = np.rint(way).astype(int).T
                off = np.abs(pixels[y, x] - expected).max(axis=1)
                score = float((1 - off / _LIMB_NEAR).clip(0).mean())
                if score >= _LEAST_LIMB:
                    seen.append((round(score, 1), -float(np.hypot(*(spots[b] - spots[a]))), a, b))
    part = {joint: [joint] for joint in range(len(kinds))}
    for *_, a, b in sorted(seen, reverse=True):
        one, other = part[a], part[b]
        if one is not other and not set(kinds[one].tolist()) & set(kinds[other].tolist()):
            one += other
            for joint in other:
                part[joint] = one
    return list({id(members): members for members in part.values()}.values())


def _joined(parts: list[list[int]], kinds: Ints, spots: Floats) -> list[list[int]]:
    """Parts of people to people: limbs to missing joints are not drawn, so one person may be in several parts."""
    people: list[list[int]] = []
    if parts and len(set(kinds.tolist())) == len(kinds):  # no joint is there twice
        return [list(range(len(kinds)))]
    for part in sorted(parts, key=len, reverse=True):
        best, least = None, np.inf
        for person in people:
            if set(kinds[person].tolist()) & set(kinds[part].tolist()):
                continue
            gap = float(np.hypot(*(spots[person][:, None] - spots[part]).transpose(2, 0, 1)).min())
            if gap < least and gap <= _REACH * float(np.hypot(*np.ptp(spots[person], axis=0))):
                best, least = person, gap
        if best is None:
            people.append(list(part))
        else:
            best += part
    # Where figures lie over each other, mixed colours may look like one more joint.
    return people if not people or len(people[0]) < 3 else [person for person in people if len(person) > 1]
