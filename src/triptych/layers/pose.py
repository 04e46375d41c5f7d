"""Structural layer: people as OpenPose COCO-18 keypoints (SPEC §7.3).

Joints are coded from the neck outwards. Each is predicted from the joints before it with the proportions of
the human body (R. Drillis, R. Contini, "Body segment parameters", 1966), scaled to the person's height; what
is coded is how far it lies from there, with a logistic distribution as wide as that joint can swing.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, ClassVar, TypeAlias

import numpy as np

from ..bitstream.rangecoder import TOTAL, RangeDecoder, RangeEncoder
from ..errors import InputError
from ..limits import MAX_PEOPLE
from ..raster.png import png
from ..raster.skeleton import draw_skeletons
from .base import Colour, Layer, Size
from .tables import load_table
from .work import PERSON, Work

JOINTS = (
    "nose", "neck", "right_shoulder", "right_elbow", "right_wrist", "left_shoulder", "left_elbow", "left_wrist",
    "right_hip", "right_knee", "right_ankle", "left_hip", "left_knee", "left_ankle",
    "right_eye", "left_eye", "right_ear", "left_ear",
)  # fmt: skip
# Joint number -> the number of its mirror image.
MIRRORED = [JOINTS.index(name.replace("right", "*").replace("left", "right").replace("*", "left")) for name in JOINTS]
LEVELS = 256  # positions are 0..255: 1/256 of the picture's width and height
MISSING = -1
SCALES = 32
# A skeleton larger than this would help nobody, and a stranger's file could ask for gigabytes.
MOST_DRAWN_SIDE = 2048  # pixels
_EVEN = TOTAL // 2
Starts: TypeAlias = Callable[[int], int]  # value -> where its interval starts, of TOTAL


@dataclass(frozen=True)
class _Joint:
    """How one joint is predicted; lengths are in 1/1024 of the person's height.

    It lies at `parent`, plus (x, y), plus the step from `mirror[0]` to `mirror[1]` if both are known; then
    (dx, dy) is the scale of the logistic distribution of what is left. `seen` is P(visible) out of 65,536
    when the parent is visible; when it is not, the joint is as likely seen as not.
    """

    index: int
    parent: int | None
    x: int = 0
    y: int = 0
    dx: int = 0
    dy: int = 0
    seen: int = 62_000
    mirror: tuple[int, int] | None = None


# The order of coding, and the whole model (SPEC §7.3.2). A left limb starts as its right one's mirror image.
_BODY = (
    _Joint(1, None, seen=64_000),
    _Joint(2, 1, -60, 10, 45, 16),
    _Joint(5, 1, 0, 0, 16, 14, mirror=(2, 1)),
    _Joint(8, 1, -40, 290, 36, 36, 56_000),
    _Joint(11, 8, 0, 0, 18, 14, 62_000, mirror=(2, 5)),
    _Joint(0, 1, 0, -90, 24, 20),
    _Joint(3, 2, -20, 130, 42, 46),
    _Joint(4, 3, 0, 40, 58, 62, 58_000),
    _Joint(6, 5, 20, 130, 42, 46),
    _Joint(7, 6, 0, 40, 58, 62, 58_000),
    _Joint(9, 8, 0, 215, 42, 40, 56_000),
    _Joint(10, 9, 0, 220, 40, 36, 58_000),
    _Joint(12, 11, 0, 215, 42, 40, 56_000),
    _Joint(13, 12, 0, 220, 40, 36, 58_000),
    _Joint(14, 0, -16, -16, 8, 7, 60_000),
    _Joint(15, 0, 14, -16, 8, 7, 60_000),
    _Joint(16, 14, -24, 6, 12, 9, 48_000),
    _Joint(17, 15, 24, 6, 12, 9, 48_000),
)


class PoseLayer(Layer):
    """The keypoints of up to 64 people."""

    kind = 2
    name = "pose"
    turn: ClassVar[int] = 2
    share: ClassVar[float | None] = 0.40

    @classmethod
    def from_people(cls, people: np.ndarray, size: Size) -> PoseLayer:
        """The layer for int people (n, 18, 2), n <= 64: (x, y) each 0..255, or both -1 for a missing joint.

        Raises:
            InputError: the array has another shape or other values.
        """
        wrong = InputError(
            f"at most {MAX_PEOPLE} people, each of {len(JOINTS)} joints of 0..{LEVELS - 1} (-1, -1 for none)",
            kind=cls.name,
        )
        try:
            people = np.asarray(people, np.int64).reshape(-1, len(JOINTS), 2)
        except (ValueError, TypeError, OverflowError):
            raise wrong from None
        missing = (people == MISSING).all(2)
        if len(people) > MAX_PEOPLE or not (missing | ((people >= 0) & (people < LEVELS)).all(2)).all():
            raise wrong
        return cls(size, 0, _pack(people, size))

    def work(self) -> Work:
        return Work.fixed(MAX_PEOPLE * PERSON)

    def _unpacked(self) -> np.ndarray:
        people = _unpack(self.payload, self.size)
        people.flags.writeable = False
        return people

    @property
    def people(self) -> np.ndarray:
        """int64 (n, 18, 2): (x, y) in 1/256 of the picture's width and height, -1 where missing."""
        people: np.ndarray = self.value
        return people

    @property
    def fractions(self) -> np.ndarray:
        """float (n, 18, 2): (x, y) in 0..1 of the picture, at the centre of their 1/256; NaN where missing."""
        return np.where(self.people == MISSING, np.nan, (self.people + 0.5) / LEVELS)

    def summary(self) -> dict[str, Any]:
        return {
            "people": [
                {name: list(map(int, xy)) for name, xy in zip(JOINTS, person, strict=True) if xy[0] != MISSING}
                for person in self.people
            ]
        }

    def describe(self) -> str:
        return f"keypoints of people, {len(self.payload)} bytes"

    def files(self) -> dict[str, bytes]:
        """keypoints.json, as OpenPose writes it, in pixels; skeleton.png, at most 2,048 pixels on its longer side."""
        scale = min(1.0, MOST_DRAWN_SIDE / max(self.size))
        width, height = (max(1, round(side * scale)) for side in self.size)
        return {
            "keypoints.json": (write_openpose(self.people, self.size) + "\n").encode(),
            "skeleton.png": png(draw_skeletons(list(self.fractions), width, height)),
        }

    def conditioning(self) -> dict[str, Any]:
        return {"people": self.fractions}

    def mirrored(self) -> PoseLayer:
        people = self.people[:, MIRRORED].copy()
        people[..., 0] = np.where(people[..., 0] == MISSING, MISSING, LEVELS - 1 - people[..., 0])
        return PoseLayer.from_people(people, self.size)

    def remapped(
        self, size: Size, offset: tuple[int, int], scale: tuple[float, float], colour: Colour | None = None
    ) -> PoseLayer | None:
        """Joints outside the new picture are lost, and people without any other joint."""
        if size == self.size and offset == (0, 0):
            return self
        places = (self.fractions * self.size - offset) * scale / size
        seen = np.all((places >= 0) & (places < 1), axis=2)  # False for missing joints
        levels = np.floor(np.nan_to_num(places) * LEVELS).clip(0, LEVELS - 1).astype(np.int64)
        people = np.where(seen[..., None], levels, MISSING)[seen.any(1)]
        return PoseLayer.from_people(people, size) if len(people) else None

    def fitted(self, most_bytes: int) -> tuple[Layer | None, str | None]:
        """The largest people, if not all of them fit."""
        if self.cost <= most_bytes:
            return self, None
        spread = [np.ptp(person[person[:, 0] >= 0], axis=0).sum() for person in self.people]
        order = np.argsort(spread)[::-1]
        for count in range(len(self.people) - 1, 0, -1):
            layer = PoseLayer.from_people(self.people[np.sort(order[:count])], self.size)
            if layer.cost <= most_bytes:
                return layer, f"the {count} largest of {len(self.people)} people were kept"
        return None, "the people were left out: the budget is too small for them"


def write_openpose(people: np.ndarray, size: Size) -> str:
    """OpenPose JSON (COCO-18, pixels, confidence 1 or 0) for int people (n, 18, 2), positions in 1/256, -1 missing."""
    width, height = size
    listed = []
    for person in people:
        flat: list[float] = []
        for x, y in person.tolist():
            if x == MISSING:
                flat += [0, 0, 0]
            else:
                flat += [round((x + 0.5) * width / LEVELS, 2), round((y + 0.5) * height / LEVELS, 2), 1]
        listed.append({"pose_keypoints_2d": flat})
    return json.dumps({"version": 1.3, "canvas_width": width, "canvas_height": height, "people": listed})


def _pack(people: np.ndarray, size: tuple[int, int]) -> bytes:
    encoder = RangeEncoder()
    for person in people:
        encoder.encode_bit(1, _EVEN)
        scale = _best_scale(person.astype("<i8").tobytes(), size)
        encoder.encode_uniform(scale, SCALES)
        _encode_person(encoder, person, size, scale)
    if len(people) < MAX_PEOPLE:
        encoder.encode_bit(0, _EVEN)
    return encoder.finish()


def _unpack(payload: bytes, size: tuple[int, int]) -> np.ndarray:
    decoder = RangeDecoder(payload)
    people: list[np.ndarray] = []
    while len(people) < MAX_PEOPLE and decoder.decode_bit(_EVEN):
        people.append(_decode_person(decoder, size, decoder.decode_uniform(SCALES)))
    decoder.finish()
    return np.array(people, np.int64).reshape(-1, len(JOINTS), 2)


@lru_cache(maxsize=4 * MAX_PEOPLE)  # thinning packs the same people again and again
def _best_scale(person: bytes, size: tuple[int, int]) -> int:
    """The scale at which a person, int64 (joints, 2) little-endian, takes the fewest bytes."""
    joints = np.frombuffer(person, "<i8").reshape(len(JOINTS), 2)
    return int(np.argmin([len(_person_alone(joints, size, scale)) for scale in range(SCALES)]))


def _person_alone(person: np.ndarray, size: tuple[int, int], scale: int) -> bytes:
    encoder = RangeEncoder()
    _encode_person(encoder, person, size, scale)
    return encoder.finish()


def _encode_person(encoder: RangeEncoder, person: np.ndarray, size: tuple[int, int], scale: int) -> None:
    known: dict[int, tuple[int, int]] = {}
    for joint in _BODY:
        x, y = (int(v) for v in person[joint.index])
        encoder.encode_bit(x != MISSING, _p_seen(joint, known))
        if x == MISSING:
            continue
        for value, (start_of) in zip((x, y), _distributions(joint, known, size, scale), strict=True):
            start = start_of(value)
            encoder.encode(start, start_of(value + 1) - start)
        known[joint.index] = (x, y)


def _decode_person(decoder: RangeDecoder, size: tuple[int, int], scale: int) -> np.ndarray:
    known: dict[int, tuple[int, int]] = {}
    for joint in _BODY:
        if not decoder.decode_bit(_p_seen(joint, known)):
            continue
        found = []
        for start_of in _distributions(joint, known, size, scale):
            target, low, high = decoder.target(), 0, LEVELS
            while high - low > 1:  # the last value that starts at or before the target
                middle = (low + high) // 2
                low, high = (middle, high) if start_of(middle) <= target else (low, middle)
            decoder.take(start_of(low), start_of(low + 1) - start_of(low))
            found.append(low)
        known[joint.index] = (found[0], found[1])
    person = np.full((len(JOINTS), 2), MISSING, np.int64)
    for index, place in known.items():
        person[index] = place
    return person


def _p_seen(joint: _Joint, known: dict[int, tuple[int, int]]) -> int:
    return joint.seen if joint.parent is None or joint.parent in known else _EVEN


def _distributions(
    joint: _Joint, known: dict[int, tuple[int, int]], size: tuple[int, int], scale: int
) -> tuple[Starts, Starts]:
    """For x and for y, the function that gives where each value's interval starts."""
    if joint.parent is None or joint.parent not in known:
        return _uniform, _uniform
    height = _height(scale) * max(size)  # in 1/256 pixel, like value * side
    step = (0, 0)
    if joint.mirror and all(j in known for j in joint.mirror):
        (ax, ay), (bx, by) = known[joint.mirror[0]], known[joint.mirror[1]]
        step = (bx - ax, by - ay)
    starts = []
    for axis, offset, spread in ((0, joint.x, joint.dx), (1, joint.y, joint.dy)):
        unit = 1024 * size[axis]
        centre = known[joint.parent][axis] + step[axis] + offset * height // unit
        # Never narrower than a third of a level, or an unlucky joint could cost the whole layer.
        starts.append(_logistic(centre, max(256 * spread * height // unit, 85)))
    return starts[0], starts[1]


def _height(scale: int) -> int:
    """A person's height in 1/256 of the picture's longer side; four scales double it, from 2 to 430."""
    return (256, 304, 362, 431)[scale % 4] << scale // 4 >> 7


def _uniform(value: int) -> int:
    return value * (TOTAL // LEVELS)


def _logistic(centre: int, spread: int) -> Starts:
    """Interval starts of a logistic distribution over 0..255; `spread` is its scale in 1/256 of a level."""
    table = _logistic_table()

    def start_of(value: int) -> int:
        if value <= 0:
            return 0
        if value >= LEVELS:
            return TOTAL
        logit = (2 * (value - centre) - 1) * 64 * 256 // spread  # in 1/128, at the value's lower border
        share = table[min(max(logit, -1536), 1535) + 1536]
        # Every value keeps at least 16 parts, so that nothing is impossible.
        return (share * (TOTAL - 16 * LEVELS) >> 16) + 16 * value

    return start_of


@cache
def _logistic_table() -> list[int]:
    starts: list[int] = load_table("logistic")["p1"].tolist()
    return starts
