"""The detail layer: what the other layers miss (SPEC §7.7), as levels (`detail_levels`) or stills (`still`, `roi`)."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from ..bitstream.container import overhead
from ..errors import DamagedError, InputError, LimitError, TriptychError
from ..limits import DEFAULT
from ..typing import Bytes8, Floats, Ints
from .base import Colour, Layer, Size
from .detail_inputs import CHANNELS
from .detail_levels import Detail, level_bits, pack_levels, read_header, unpack_levels, used_channels
from .detail_size import detail_grid, work_size
from .roi import NO_REGIONS, Regions, fit_regions
from .still import ENOUGH, NEAR, Box, Still, StillFitter, recode_still
from .work import LEVEL_BYTE_COST, LEVEL_COST, STILL_PIXELS, Work

if TYPE_CHECKING:
    from PIL import Image

LEVELS, STILL, REGIONS = 1, 3, 4  # codings; 2 stays without meaning, because a vector says that it has none
STILLS = STILL, REGIONS


class DetailLayer(Layer):
    """What the other layers miss, for decoders that have a network for it; others paint without.

    Value: a `Detail` (coding 1) or a `Still` (coding 3; 4 with regions of interest).
    """

    kind = 6
    name = "detail"
    ancillary = True
    codings = (LEVELS, *STILLS)
    skips: ClassVar[bool] = True
    on_top: ClassVar[bool] = True
    turn: ClassVar[int] = 6
    share: ClassVar[float | None] = None

    @classmethod
    def from_levels(cls, levels: Ints, fineness: int, size: Size) -> DetailLayer:
        """The layer for int levels (channels, rows, columns), at most 2^14 in size; the last channels may be empty.

        Raises:
            InputError: they have another grid than a picture of this size, or hold nothing.
        """
        if levels.shape[1:] != detail_grid(size) or len(levels) > CHANNELS:
            raise InputError(f"detail of shape {levels.shape} does not fit a picture of {size}", kind=cls.name)
        count = used_channels(levels)
        if not count:
            raise InputError("there is no detail to store", kind=cls.name)
        return cls(size, LEVELS, pack_levels(levels[:count], fineness))

    @classmethod
    def from_image(cls, image: Image.Image, size: Size, most_bytes: int, roi: Sequence[Box] = ()) -> DetailLayer | None:
        """The best still that costs at most so many bytes of the file; None if these are too few.

        Args:
            image: the picture, RGB, of any size.
            size: its true (width, height).
            most_bytes: of the file.
            roi: regions of interest (left, top, right, bottom), in pixels of the working size; they are left out
                where there are too few bytes for them.

        Raises:
            UnsupportedError: this Pillow has no AVIF.
        """
        stills = cls.stills(image, size)
        return cls.from_stills(stills, size, most_bytes, fit_regions(stills.image, roi, most_bytes))

    @staticmethod
    def stills(image: Image.Image, size: Size) -> StillFitter:
        """What finds the stills of an RGB picture of any size, whose true (width, height) is `size`."""
        from PIL import Image

        work = work_size(size)
        return StillFitter(image if image.size == work else image.resize(work, Image.Resampling.LANCZOS))

    @classmethod
    def from_stills(
        cls,
        stills: StillFitter,
        size: Size,
        most_bytes: int,
        regions: Regions = NO_REGIONS,
        *,
        near: float = NEAR,
        enough: float = ENOUGH,
    ) -> DetailLayer | None:
        """`from_image` for what `stills` gave, with `regions` of interest.

        `near` and `enough` are parts of the bytes, see `StillFitter.fit`.
        """
        most_bytes = min(most_bytes, DEFAULT.detail_bytes)
        room = regions.room(most_bytes - overhead(cls.kind, STILL, max(most_bytes, 0)))
        payload = stills.fit(room, near=near, enough=enough)
        return cls._of(size, replace(regions, whole=payload)) if payload else None

    @classmethod
    def _of(cls, size: Size, regions: Regions) -> DetailLayer:
        return cls(size, REGIONS, regions.pack()) if regions.boxes else cls(size, STILL, regions.whole)

    def with_pixels(self, pixels: Bytes8, touched: Callable[[Box], bool] = lambda box: True) -> DetailLayer | None:
        """The still of other pixels, uint8 (rows, columns, 3) like its own, in no more bytes; None if it takes more.

        Regions of interest whose box is not `touched` are kept.

        Raises:
            UnsupportedError: this Pillow has no AVIF.
        """
        regions = self.regions()
        payload = recode_still(regions.whole, pixels)
        if not payload:
            return None
        kept = replace(regions, whole=payload).only(not touched(box) for box in regions.boxes)
        return self._of(self.size, kept)

    def repainted(self, paint: Callable[[Bytes8, Box], Bytes8]) -> DetailLayer | None:
        """The same stills in other colours, see `Regions.repainted`; None if there is none, or one takes more bytes."""
        regions = self.regions().repainted(work_size(self.size), paint) if self.coding in STILLS else None
        return self._of(self.size, regions) if regions else None

    def regions(self) -> Regions:
        """A payload of stills taken apart; errors as for `Regions.parse`."""
        return Regions.parse(self.payload, work_size(self.size)) if self.coding == REGIONS else Regions(self.payload)

    def work(self) -> Work:
        try:
            if self.coding in STILLS:
                return Work.fixed(self.regions().pixels(work_size(self.size)) // STILL_PIXELS)
            rows, columns = detail_grid(self.size)
            levels = read_header(self.payload)[1] * rows * columns
        except DamagedError:
            return Work(0, 0)
        return Work.fixed(
            levels * LEVEL_COST[1] // LEVEL_COST[0]
            + min(len(self.payload), self.limits.level_bytes) * LEVEL_BYTE_COST[1] // LEVEL_BYTE_COST[0]
        )

    def lighter(self, work: int) -> tuple[Layer | None, str]:
        """The first channels of levels."""
        if isinstance(detail := self.detail, Still):
            return super().lighter(work)
        count, layer = self.payload[1], self
        while count > 1 and layer.work().most > work:
            count = count * 7 // 8
            layer = DetailLayer.from_levels(detail.levels[:count], detail.fineness, self.size)
        return layer, f"the first {count} of {self.payload[1]} channels of the detail were kept: readers unpack no more"

    def _unpacked(self) -> Detail | Still:
        if len(self.payload) > (most := self.limits.detail_bytes):
            text = f"the detail layer has {len(self.payload)} bytes; at most {most} are unpacked (Limits.detail_bytes)"
            raise LimitError(text)
        if self.coding in STILLS:
            return self.regions().unpack(work_size(self.size))
        if len(self.payload) > (most := self.limits.level_bytes):
            length = len(self.payload)
            raise LimitError(
                f"the detail has {length} bytes of levels; at most {most} are unpacked (Limits.level_bytes)"
            )
        levels, fineness = unpack_levels(self.payload, self.size)
        levels.flags.writeable = False
        return Detail(levels, fineness, work_size(self.size))

    @property
    def detail(self) -> Detail | Still:
        """The levels and how finely they were rounded, or the still; do not write to them."""
        detail: Detail | Still = self.value
        return detail

    def summary(self) -> dict[str, Any]:
        if isinstance(detail := self.detail, Still):
            about = {"still": list(detail.pixels.shape[1::-1]), "bytes": detail.bytes}
            roi = [{"box": list(box), "still": list(still.pixels.shape[1::-1])} for box, still in detail.regions]
            return about | ({"roi": roi} if roi else {})
        levels, fineness, _ = detail
        return {
            "grid": list(levels.shape[1:]),
            "fineness": fineness,
            "channels": len(levels),
            "not_zero": [int(np.count_nonzero(plane)) for plane in levels],
            "crc32": f"{zlib.crc32(levels.astype('<i2').tobytes()):08x}",
        }

    def describe(self) -> str:
        if self.coding in STILLS:
            return self.regions().describe(work_size(self.size))
        fineness, count = read_header(self.payload)
        rows, columns = detail_grid(self.size)
        return f"{columns} x {rows} cells, {count} channels, fineness {fineness}"

    def files(self) -> dict[str, bytes]:
        return self.regions().files(work_size(self.size)) if self.coding in STILLS else {}

    def conditioning(self) -> dict[str, Any]:
        return {"still" if self.coding in STILLS else "detail": self.detail}

    def mirrored(self) -> None:
        """None: it would have to be made anew from what is painted of the mirrored layers."""

    def remapped(
        self, size: Size, offset: tuple[int, int], scale: tuple[float, float], colour: Colour | None = None
    ) -> DetailLayer | None:
        return self if size == self.size and offset == (0, 0) else None

    def fitted(self, most_bytes: int) -> tuple[Layer | None, str | None]:
        """The first channels that there is room for, or the still coded again."""
        if self.cost <= most_bytes:
            return self, None
        try:
            detail = self.detail
        except TriptychError as error:
            return None, f"the detail was left out: {error}"
        if isinstance(detail, Still):
            from PIL import Image

            roi = [box for box, _ in detail.regions]
            again = DetailLayer.from_image(Image.fromarray(detail.shown()), self.size, most_bytes, roi)
            if again is not None:
                return again, f"the detail was coded again in {len(again.payload)} instead of {len(self.payload)} bytes"
        elif layer := fitted_levels(detail.levels, detail.fineness, self.size, most_bytes):
            return layer, f"the first {layer.payload[1]} of {self.payload[1]} channels of the detail were kept"
        return None, "the detail was left out: the budget is too small for it"


def fitted_levels(
    levels: Ints, fineness: int, size: Size, most_bytes: int, bits: Floats | None = None
) -> DetailLayer | None:
    """The layer with as many of the first channels as it may have to cost at most so many bytes of the file.

    `bits`: those of each channel (`level_bits`), if they are known.
    """
    bits = level_bits(levels, fineness) if bits is None else bits
    most_bytes = min(most_bytes, DEFAULT.level_bytes)
    room = (
        most_bytes - overhead(DetailLayer.kind, LEVELS, max(most_bytes, 0)) - 3
    )  # fineness, count, the end of the code
    count = int(np.searchsorted(np.cumsum(bits) / 8, room, "right"))
    while count := used_channels(levels[:count]):
        layer = DetailLayer.from_levels(levels[:count], fineness, size)
        if layer.cost <= most_bytes:
            return layer
        count -= 1
    return None
