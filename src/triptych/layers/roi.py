"""Regions of interest: boxes of a picture that have stills of their own beside that of the whole (SPEC §7.7.3).

A still of a whole picture shows a face of twenty pixels as a spot: it is reduced to a fraction of that. A hundred bytes
for the box around the face alone bring its eyes back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..bitstream.cursor import Cursor, write_number
from ..errors import DamagedError, TruncatedError
from ..limits import MAX_REGIONS
from ..typing import Bytes8
from . import av1
from .base import Size
from .still import UNIT, Box, Still, fit_still, recode_still, still_size, unpack_still

if TYPE_CHECKING:
    from PIL import Image

LEAST_SIDE = 16  # pixels of a box that the encoder makes
MOST_SIDE = 256 * UNIT
# What the encoder spends: so many bits per pixel of a region, if all of them together take no more than this part of
# the layer. Only regions that become so much finer than the whole, in bits per pixel, are worth their bytes.
ROI_BPP, ROI_PART, FINER = 0.85, 0.5, 2.0


@dataclass(frozen=True)
class Regions:
    """The payload of a still with regions, taken apart; nothing is decoded.

    Attributes:
        whole: the payload of the still of the whole picture.
        boxes, stills: of each region its box and the payload of its still.
    """

    whole: bytes = b""
    boxes: tuple[Box, ...] = ()
    stills: tuple[bytes, ...] = ()

    @classmethod
    def parse(cls, payload: bytes, size: Size) -> Regions:
        """Of the payload of a picture whose working size is (width, height).

        Raises:
            DamagedError: the bytes contradict SPEC §7.7.3.
        """
        cursor = Cursor(payload)
        boxes: list[Box] = []
        stills: list[bytes] = []
        pixels = 0
        try:
            whole = cursor.take(cursor.number("length"), "still")
            while cursor.at < len(payload):
                left, top, *sides = cursor.take(4, "box")
                width, height = (UNIT * side + UNIT for side in sides)
                boxes.append((UNIT * left, UNIT * top, UNIT * left + width, UNIT * top + height))
                stills.append(cursor.take(cursor.number("length"), "still"))
                pixels += width * height
                if boxes[-1][2] > size[0] or boxes[-1][3] > size[1] or pixels > size[0] * size[1]:
                    wide, high = size
                    raise DamagedError(
                        f"region of interest {len(boxes)} is beyond the {wide} x {high} pixels there are"
                    )
                if len(boxes) > MAX_REGIONS:
                    raise DamagedError(f"there are more than {MAX_REGIONS} regions of interest")
        except TruncatedError:
            text = f"region of interest {len(boxes)} ends early" if boxes else "the still ends early"
            raise DamagedError(text) from None
        if not boxes:
            raise DamagedError("there are no regions of interest, where at least one is stated")
        return cls(whole, tuple(boxes), tuple(stills))

    def pack(self) -> bytes:
        """The payload."""
        parts = [write_number(len(self.whole)), self.whole]
        for (left, top, right, bottom), still in zip(self.boxes, self.stills, strict=True):
            places = left // UNIT, top // UNIT, (right - left) // UNIT - 1, (bottom - top) // UNIT - 1
            parts += [bytes(places), write_number(len(still)), still]
        return b"".join(parts)

    def room(self, most: int) -> int:
        """How many of `most` bytes they leave for the still of the whole."""
        return most - len(self.pack()) + len(self.whole) - len(write_number(most)) + 1 if self.boxes else most

    def pixels(self, size: Size) -> int:
        """How many are coded; errors as for `still_size`."""
        sizes = [still_size(self.whole, size)]
        sizes += [still_size(still, _sides(box)) for box, still in zip(self.boxes, self.stills, strict=True)]
        return sum(width * height for width, height in sizes)

    def unpack(self, size: Size) -> Still:
        """The still with its regions; errors as for `unpack_still`."""
        parts = zip(self.boxes, self.stills, strict=True)
        regions = tuple((box, unpack_still(still, _sides(box))) for box, still in parts)
        return unpack_still(self.whole, size)._replace(regions=regions)

    def describe(self, size: Size) -> str:
        """In a line, as `Layer.describe`; errors as for `still_size`."""
        width, height = still_size(self.whole, size)
        roi = ", ".join("{} x {}".format(*_sides(box)) for box in self.boxes)
        return f"AV1 picture, {width} x {height}" + (f"; regions of interest {roi}" if roi else "")

    def files(self, size: Size) -> dict[str, bytes]:
        """Each still as an AVIF file, by name; errors as for `still_size`."""
        files = {"detail.avif": av1.wrapped(self.whole[1:], still_size(self.whole, size))}
        for number, (box, still) in enumerate(zip(self.boxes, self.stills, strict=True), 1):
            files[f"detail-roi-{number}.avif"] = av1.wrapped(still[1:], still_size(still, _sides(box)))
        return files

    def repainted(self, size: Size, paint: Callable[[Bytes8, Box], Bytes8]) -> Regions | None:
        """With other pixels, each still in no more bytes than it has; None if one takes more; errors as for `unpack`.

        Args:
            size: (width, height), the working size.
            paint: the new pixels of a still, uint8 (rows, columns, 3), for its own and its box.
        """
        made = []
        for box, still in zip([(0, 0, *size), *self.boxes], [self.whole, *self.stills], strict=True):
            before = unpack_still(still, _sides(box)).pixels
            after = paint(before, box)
            again = still if np.array_equal(before, after) else recode_still(still, after)
            if again is None:
                return None
            made.append(again)
        return Regions(made[0], self.boxes, tuple(made[1:]))

    def only(self, wanted: Iterable[bool]) -> Regions:
        """Those of the regions that are wanted."""
        kept = [n for n, want in enumerate(wanted) if want]
        return Regions(self.whole, tuple(self.boxes[n] for n in kept), tuple(self.stills[n] for n in kept))


NO_REGIONS = Regions()


def fit_regions(image: Image.Image, boxes: Sequence[Box], most: int) -> Regions:
    """Regions of interest for a layer of at most `most` bytes, without the whole; empty if these are too few.

    Args:
        image: RGB, of the working size.
        boxes: what to keep finer, the most important first; they are enlarged to whole units.
        most: bytes, also for the whole.
    """
    chosen = [box for box in (_whole_units(box, image.size) for box in boxes[:MAX_REGIONS]) if box]
    areas = np.array([(right - left) * (bottom - top) for left, top, right, bottom in chosen], float)
    while areas.sum() > image.width * image.height:
        chosen, areas = chosen[:-1], areas[:-1]
    bpp = min(ROI_BPP, 8 * ROI_PART * most / areas.sum()) if chosen else 0.0
    if bpp < FINER * 8 * most / (image.width * image.height):
        return NO_REGIONS
    pairs = [(box, fit_still(image.crop(box), int(bpp * area / 8))) for box, area in zip(chosen, areas, strict=True)]
    found = [(box, still) for box, still in pairs if still]
    return Regions(b"", tuple(box for box, _ in found), tuple(still for _, still in found))


def _sides(box: Box) -> Size:
    return box[2] - box[0], box[3] - box[1]


def _whole_units(box: Box, size: Size) -> Box | None:
    """The box in whole units within the picture, `LEAST_SIDE` long at least; None if it has no place there."""
    ends = []
    for low, high, length in zip(box[:2], box[2:], size, strict=True):
        units = min(length // UNIT, MOST_SIDE // UNIT)
        if units * UNIT < LEAST_SIDE or high <= 0 or low >= length or high <= low:
            return None
        first, last = max(low // UNIT, 0), min(-(-high // UNIT), units)
        missing = max(LEAST_SIDE // UNIT - (last - first), 0)
        first = max(min(first - missing // 2, units - max(last - first, LEAST_SIDE // UNIT)), 0)
        ends.append((first, max(last, first + LEAST_SIDE // UNIT)))
    (left, right), (top, bottom) = ends
    return left * UNIT, top * UNIT, right * UNIT, bottom * UNIT
