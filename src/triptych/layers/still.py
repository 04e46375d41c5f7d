"""The detail layer as a still: the picture itself, reduced and coarsely coded (SPEC §7.7.2).

From some bytes on a coded picture says more of what the other layers miss than anything that is added to them. A
decoder restores it: it knows from the other layers where contours are.
"""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from math import exp, log, sqrt
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ..errors import DamagedError
from ..typing import Bytes8, Floats
from . import av1
from .base import Size, grid_shape

if TYPE_CHECKING:
    from PIL import Image

UNIT = 4  # pixels that the longer side is counted in, and the places of regions of interest
# How large a still is coded: with the quality that is best for its bytes, it has FULL_BPP bits per pixel of the picture
# where it is as large as the picture, and fewer by this power of its scale.
FULL_BPP, POWER = 0.2, 1.7
QUALITY, QUALITIES = 18, (1, 90)  # of the AVIF encoder; and the range for stills that cannot be as they should
SMALL_QUALITY, SMALL_BPP = 10, 0.05  # that of stills of fewer bits per pixel of the picture, which need more pixels
GROWTH = 0.042  # of the logarithm of the bytes with each step of quality, about
ALL_DIFFER = 34  # from this quality on; below, the encoder does the same for an even one and the next
# The bytes of stills of one quality grow as a power of their side, and are, of SMALL_QUALITY, about AV1_RATE times the
# bytes a pixel of a coarse JPEG of the picture, times their pixels to a power. So a JPEG tells their logarithm to 0.12,
# the size alone to 0.35 (48 pictures).
STEP = 1.55
AV1_RATE, AV1_POWER, JPEG_QUALITY, JPEG_HEADER = 1.41, 0.886, 10, 620
# A still of so many pixels at most is coded thoroughly, which takes half a second; not one of fewer bits per pixel of
# the picture, as at the default budget, where that says no more.
THOROUGH_PIXELS, THOROUGH_BPP = 60_000, 0.02
LEAST_BYTES = 20  # of any payload
TRIALS = 6  # at most, to find what takes a number of bytes
ENOUGH, NEAR = 0.97, 0.985  # of these bytes: near enough, and what is aimed at
COARSEST_BPP, RANGE = 0.01, 32.0  # what is told to the network of the bits per pixel: 0 to 1 from here by this factor
RAMP = 4  # pixels along the border of a region of interest that lead over to what is around

Box = tuple[int, int, int, int]  # left, top, right, bottom, in pixels


class Still(NamedTuple):
    """What the layer unpacks to.

    Attributes:
        pixels: uint8 (rows, columns, 3), sRGB.
        bytes: how many code them.
        size: (width, height) of the picture that they are a reduced one of, in pixels.
        regions: box, in pixels of that picture, and still of each region of interest (`roi`).
    """

    pixels: Bytes8
    bytes: int
    size: Size
    regions: tuple[tuple[Box, Still], ...] = ()

    def shown(self) -> Bytes8:
        """uint8 (height, width, 3): `enlarged`, with the regions of interest on it."""
        pixels = self.enlarged()
        if self.regions:
            pixels = pixels.copy()
            for box, region in self.regions:
                laid(pixels, box, region.enlarged())
        return pixels

    def finest(self) -> Bytes8:
        """uint8 (rows, columns, 3): all that is known, at any size: the pixels, or `shown` if there are regions."""
        return self.shown() if self.regions else self.pixels

    def enlarged(self) -> Bytes8:
        """uint8 (height, width, 3): the pixels at the size of the picture."""
        from PIL import Image

        image = Image.fromarray(self.pixels)
        return np.asarray(image if image.size == self.size else image.resize(self.size, Image.Resampling.BICUBIC))

    @property
    def bpp(self) -> float:
        """Bits per pixel of the picture."""
        return 8 * self.bytes / (self.size[0] * self.size[1])

    def about(self) -> Floats:
        """float32 (2,): how coarse it is, for a network: its bits per pixel of the picture, 0..1, and its scale."""
        coarse = min(max(log(self.bpp / COARSEST_BPP) / log(RANGE), 0.0), 1.0)
        return np.array([coarse, max(self.pixels.shape[:2]) / max(self.size)], np.float32)


def laid(pixels: Bytes8, box: Box, region: Bytes8) -> None:
    """Lay a region, uint8 (rows, columns, 3), into a box of `pixels`, uint8 (height, width, 3), with soft borders."""
    left, top, right, bottom = box
    rows, columns = (np.minimum(np.minimum(np.arange(n), np.arange(n)[::-1]) + 1, RAMP + 1) for n in region.shape[:2])
    share = (np.minimum(rows[:, None], columns)[..., None] / (RAMP + 1)).astype(np.float32)
    under = pixels[top:bottom, left:right]
    under[:] = (under + share * (region.astype(np.float32) - under) + 0.5).astype(np.uint8)


def still_size(payload: bytes, size: Size) -> Size:
    """(width, height) of the still of a payload, of a picture of (width, height).

    Raises:
        DamagedError: there is no payload, or it would be larger than the picture.
    """
    if not payload:
        raise DamagedError("the still is empty")
    longer = max(size)
    if payload[0] * UNIT >= longer:
        text = (
            f"the still has {payload[0] * UNIT + UNIT} pixels on its longer side, more than the {longer} of the picture"
        )
        raise DamagedError(text)
    side = min(payload[0] * UNIT + UNIT, longer)
    height, width = grid_shape(size, side)
    return width, height


def pack_still(image: Image.Image, code: int, quality: int, speed: int = av1.QUICK) -> bytes:
    """The payload for an RGB picture, reduced as the first byte, `code`, says.

    Raises:
        UnsupportedError, InputError: see `av1.encode`.
    """
    from PIL import Image

    reduced = still_size(bytes([code]), image.size)
    still = image if reduced == image.size else image.resize(reduced, Image.Resampling.LANCZOS)
    return bytes([code]) + av1.encode(still, quality, speed)


def unpack_still(payload: bytes, size: Size) -> Still:
    """The still of a payload, of a picture of (width, height).

    Raises:
        DamagedError: the payload cannot have been written by `pack_still`.
        UnsupportedError: this Pillow has no AVIF.
    """
    pixels = av1.decode(payload[1:], still_size(payload, size))
    pixels.flags.writeable = False
    return Still(pixels, len(payload), size)


def fit_still(image: Image.Image, most: int) -> bytes | None:
    """The best payload of at most `most` bytes for an RGB picture; None if they are too few for any."""
    return StillFitter(image).fit(most)


class StillFitter:
    """Finds the stills of a picture that take some numbers of bytes; none is coded twice."""

    def __init__(self, image: Image.Image) -> None:
        """For an RGB picture, of the size at which its still is enlarged."""
        self.image = image
        self._known: dict[tuple[int, int, int], bytes] = {}

    def fit(self, most: int, *, near: float = NEAR, enough: float = ENOUGH) -> bytes | None:
        """The best payload of at most `most` bytes; None if they are too few for any.

        The quality that is best for its bytes is kept, and the size sought for it; only where the picture is not large
        enough for so many bytes, or no size fills them, the quality is sought. A small still is then coded thoroughly.

        Args:
            most: bytes.
            near: the part of them that is aimed at.
            enough: the part of them from which on a payload is near enough.
        """
        if most < LEAST_BYTES:
            return None
        image, enough = self.image, enough * most
        bpp = most * 8 / (image.width * image.height)
        usual = QUALITY if bpp >= SMALL_BPP else SMALL_QUALITY
        finest = -(-max(image.size) // UNIT) - 1
        found = _Search(self._pack, most, near * most, enough)
        first = self._first_code(near * most, usual)
        found.seek(lambda code: (code, usual), (0, finest), first, lambda at, more: (at + 1) * exp(more / STEP) - 1)
        if len(found.best) < enough and (not found.best or found.best[0] == finest):
            code = found.best[0] if found.best else 0
            found.seek(lambda quality: (code, quality), QUALITIES, usual, lambda at, more: at + more / GROWTH)
        width, height = still_size(found.best, image.size) if found.best else (0, 0)
        thorough = 0 < width * height <= THOROUGH_PIXELS and bpp >= THOROUGH_BPP
        if thorough or (found.best and len(found.best) < enough):
            code, speed = found.best[0], av1.THOROUGH if thorough else av1.QUICK
            pack = lambda code, quality: self._pack(code, quality, speed)  # noqa: E731
            better = _Search(pack, most, near * most, enough)
            better.seek(lambda quality: (code, quality), QUALITIES, usual, lambda at, more: at + more / GROWTH)
            if len(better.best) > ENOUGH * len(found.best):
                return better.best
        return found.best or None

    def _pack(self, code: int, quality: int, speed: int = av1.QUICK) -> bytes:
        key = code, quality - quality % 2 if quality < ALL_DIFFER else quality, speed
        if key not in self._known:
            self._known[key] = pack_still(self.image, *key)
        return self._known[key]

    def _first_code(self, wanted: float, quality: int) -> int:
        """Where to begin the search for the size: from what is known, else from what a JPEG of about the size takes."""
        sizes = [(code, len(self._known[code, q, speed])) for code, q, speed in self._known if q // 2 == quality // 2]
        if sizes:
            code, length = min(sizes, key=lambda pair: abs(log(pair[1] / wanted)))
            return round((code + 1) * exp(log(wanted / length) / STEP)) - 1
        width, height = self.image.size
        side = max(width, height) * exp(log(wanted * 8 / (width * height) / FULL_BPP) / POWER)
        for _ in range(2):
            factor = max(round(max(width, height) / side), 1)
            file = BytesIO()
            self.image.reduce(factor).save(file, "JPEG", quality=JPEG_QUALITY)
            rate = max(len(file.getvalue()) - JPEG_HEADER, 1) / (width * height / factor**2)
            rate *= AV1_RATE * exp(GROWTH * (quality - SMALL_QUALITY))
            pixels = exp(log(wanted / rate) / AV1_POWER)
            side = max(width, height) * sqrt(pixels / (width * height))
        return round(side / UNIT) - 1


def recode_still(payload: bytes, pixels: Bytes8) -> bytes | None:
    """A payload as long as this one at most, and for a still of the same size, of pixels uint8 (rows, columns, 3).

    None if even the coarsest one is longer.
    """
    from PIL import Image

    image = Image.fromarray(pixels)
    most = len(payload)
    pack = lambda code, quality: bytes([code]) + av1.encode(image, quality)  # noqa: E731
    found = _Search(pack, most, NEAR * most, ENOUGH * most)
    for first in (QUALITY, QUALITIES[0]):  # steps down may be too small: coarse qualities can have the same bytes
        if not found.best:
            found.seek(lambda quality: (payload[0], quality), QUALITIES, first, lambda at, more: at + more / GROWTH)
    return found.best or None


class _Search:
    """The search for the largest payload that fits: `best`, empty if there is none yet."""

    def __init__(self, pack: Callable[[int, int], bytes], most: int, wanted: float, enough: float) -> None:
        """`pack` gives the payload for a code and a quality; the numbers are of bytes."""
        self.pack, self.most, self.wanted, self.enough = pack, most, wanted, enough
        self.best = b""

    def seek(
        self,
        settings: Callable[[int], tuple[int, int]],
        within: tuple[int, int],
        at: int,
        step: Callable[[int, float], float],
    ) -> None:
        """Try some numbers, whose payloads grow with them.

        Args:
            settings: code and quality for a number.
            within: the smallest and the largest number.
            at: where to start.
            step: the number for bytes that are larger by a factor than those for a number; its logarithm is given.
        """
        low, high = within
        known: dict[bool, tuple[int, float]] = {}  # the last number that fits, and that does not, and what is missing
        for _ in range(TRIALS):
            at = min(max(at, low), high)
            payload = self.pack(*settings(at))
            if len(self.best) < len(payload) <= self.most:
                self.best = payload
            more = log(self.wanted / len(payload))
            fits = len(payload) <= self.most
            known[fits] = at, more
            low, high = (at + 1, high) if fits else (low, at - 1)
            if low > high or (fits and len(payload) >= self.enough):
                break
            wanted = step(at, more)
            if len(known) == 2:  # between two numbers, what they give is the better guide
                (below, room), (above, excess) = known[True], known[False]
                wanted = below + (above - below) * room / max(room - excess, 1e-9)
            at = round(wanted)
