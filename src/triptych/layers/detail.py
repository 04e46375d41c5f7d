"""Detail layer: what the other layers miss (SPEC §7.7), as a coded picture (`still`, `roi`) or, here, as levels.

Levels are whole numbers on a grid of 16 x 16 pixels. A float network of the encoder chooses them, and another one
paints with them (`decoders/miniature`). Here they are only facts: 96 channels, sorted by use, coded channel by channel
in the two colours of a checkerboard with probabilities that a small integer network predicts from the levels before
them. Any number of the first channels is a valid layer, so a layer can be cut without its picture.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

import numpy as np

from ..bitstream.container import overhead
from ..bitstream.integer_network import IntegerNetwork
from ..bitstream.rangecoder import RangeDecoder, RangeEncoder
from ..errors import DamagedError, InputError, LimitError, TriptychError
from ..limits import DEFAULT, MAX_DETAIL_SIDE
from ..typing import Bytes8, Floats, Ints
from . import av1
from .base import Colour, Layer, Size
from .levels import OUTPUTS, Prices, decode_levels, encode_levels
from .roi import NO_REGIONS, Regions, fit_regions
from .still import ENOUGH, NEAR, Box, Still, StillFitter, recode_still, still_size
from .tables import load_table
from .work import LEVEL_BYTE_COST, LEVEL_COST, STILL_PIXELS, Work

if TYPE_CHECKING:
    from PIL import Image

LEVELS, STILL, REGIONS = 1, 3, 4  # codings; 2 stays without meaning, because a vector says that it has none
STILLS = STILL, REGIONS

BLOCK = 16  # pixels between levels
CHANNELS = 96
FINENESSES = 96  # how finely the encoder rounded; 0 is the coarsest
LEARNED = 63  # the finest one that the networks have seen
# Of the longer side, in pixels: of a smaller or larger picture the layer describes one that is enlarged or reduced.
LEAST_SIDE, MOST_SIDE = 256, MAX_DETAIL_SIDE * BLOCK
PARTNERS = 6  # channels before a channel that say most about it
INPUTS = 2 + 8 + 2 * PARTNERS + 8
_TOTALS = 10 + 2 * PARTNERS  # where the inputs begin that sum up channels
_COUNTED = ((1, 64), (2, 64), (4, 16), (8, 8))  # channels before, and the unit in which what they use is counted
_AT_ONCE = 1 << 15  # levels whose inputs are made together


class Detail(NamedTuple):
    """What the layer unpacks to.

    Attributes:
        levels: int32 (channels, rows, columns) of the first channels; the others are 0 everywhere.
        fineness: 0..95.
        size: (width, height) of the picture that the levels describe, in pixels.
    """

    levels: Ints
    fineness: int
    size: Size


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

    def regions(self) -> Regions:
        """A payload of stills taken apart; errors as for `Regions.parse`."""
        return Regions.parse(self.payload, work_size(self.size)) if self.coding == REGIONS else Regions(self.payload)

    def work(self) -> Work:
        try:
            if self.coding in STILLS:
                return Work.fixed(self.regions().pixels(work_size(self.size)) // STILL_PIXELS)
            rows, columns = detail_grid(self.size)
            levels = _header(self.payload)[1] * rows * columns
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
            regions = self.regions()
            width, height = still_size(regions.whole, work_size(self.size))
            roi = ", ".join(f"{box[2] - box[0]} x {box[3] - box[1]}" for box in regions.boxes)
            return f"AV1 picture, {width} x {height}" + (f"; regions of interest {roi}" if roi else "")
        fineness, count = _header(self.payload)
        rows, columns = detail_grid(self.size)
        return f"{columns} x {rows} cells, {count} channels, fineness {fineness}"

    def files(self) -> dict[str, bytes]:
        if self.coding not in STILLS:
            return {}
        regions = self.regions()
        size = work_size(self.size)
        files = {"detail.avif": av1.wrapped(regions.whole[1:], still_size(regions.whole, size))}
        for number, (box, still) in enumerate(zip(regions.boxes, regions.stills, strict=True), 1):
            side = still_size(still, (box[2] - box[0], box[3] - box[1]))
            files[f"detail-roi-{number}.avif"] = av1.wrapped(still[1:], side)
        return files

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


def used_channels(levels: Ints) -> int:
    """How many of the first channels there are to the last one that is not 0 everywhere."""
    used = np.flatnonzero(levels.any((1, 2)))
    return int(used[-1]) + 1 if len(used) else 0


def work_size(size: Size) -> tuple[int, int]:
    """(width, height) of the picture that the levels describe."""
    longer = max(size)
    side = min(max(longer, LEAST_SIDE), MOST_SIDE)
    width, height = (max(1, (2 * length * side + longer) // (2 * longer)) for length in size)
    return width, height


def detail_grid(size: Size) -> tuple[int, int]:
    """(rows, columns) of the levels of a picture of (width, height)."""
    width, height = work_size(size)
    return -(-height // BLOCK), -(-width // BLOCK)


# --- contexts: what is known before a level ------------------------------------------------------------------


class Known:
    """The levels before a channel, summed up in ways that the contexts need, and kept up to date channel by channel."""

    def __init__(self, grid: tuple[int, int]) -> None:
        rows, columns = grid
        self.grid = grid
        self.cells = rows * columns
        # Of each channel, at each cell: the magnitude, at most 15, and its sum over the 8 cells around.
        self.magnitude = np.zeros((CHANNELS, self.cells), np.int16)
        self.around = np.zeros((CHANNELS, self.cells), np.int16)
        self.count = np.zeros(CHANNELS, np.int64)  # of the levels that are not 0
        # The sums of both over all channels before, and over the last eight.
        self.total, self.recent = np.zeros((2, 2, self.cells), np.int16)

    def add(self, channel: int, plane: Ints) -> None:
        """`plane`: the levels of a channel, with a border of one 0."""
        magnitude = np.minimum(np.abs(plane), 15).astype(np.int16)
        self.magnitude[channel] = magnitude[1:-1, 1:-1].ravel()
        self.around[channel] = _ring(magnitude).ravel()
        self.count[channel] = np.count_nonzero(plane)
        for sums, of in ((self.magnitude, 0), (self.around, 1)):
            self.total[of] += sums[channel]
            self.recent[of] += sums[channel]
            if channel >= 8:
                self.recent[of] -= sums[channel - 8]


def _ring(plane: Ints) -> Ints:
    """The sums over the 8 cells around each of planes (..., rows + 2, columns + 2)."""
    across = plane[..., :-2] + plane[..., 1:-1] + plane[..., 2:]
    around: Ints = across[..., :-2, :] + across[..., 1:-1, :] + across[..., 2:, :] - plane[..., 1:-1, 1:-1]
    return around


@lru_cache(maxsize=32)  # strangers choose the grids
def waves(grid: tuple[int, int]) -> tuple[Ints, Ints]:
    """For each of the two colours of the checkerboard, the cells in rows, as indices into a plane without border."""
    rows, columns = grid
    colour = np.add.outer(np.arange(rows), np.arange(columns)).ravel() % 2
    return np.flatnonzero(colour == 0), np.flatnonzero(colour == 1)


def channel_inputs(known: Known, channel: int, fineness: int, partners: Ints) -> Floats:
    """float32 (cells, INPUTS): the inputs of a channel that both waves share; the second adds `wave_inputs`."""
    inputs = np.zeros((INPUTS, known.cells), np.float32)  # an input of all cells is one piece of memory
    inputs[1] = min(fineness, LEARNED)
    before = partners[channel] < channel
    for first, sums in ((10, known.magnitude), (10 + PARTNERS, known.around)):
        of_partners = inputs[first : first + PARTNERS]
        of_partners[before] = sums[partners[channel, before]]
    np.minimum(of_partners, 63, out=of_partners)
    at = _TOTALS
    inputs[at] = known.total[0]
    inputs[at + 1] = known.total[1] >> 2
    for n, (first, unit) in enumerate(_COUNTED):
        start = max(channel - first, 0)
        inputs[at + 2 + n] = int(known.count[start:channel].sum()) * unit // known.cells
    inputs[at + 6 :] = known.recent
    np.minimum(inputs[at:], 127, out=inputs[at:])
    return inputs.T


def wave_inputs(inputs: Floats, plane: Ints, cells: Ints) -> Floats:
    """The inputs of the second wave at `cells`: with the four neighbours, which the first wave gave.

    plane: levels of the channel, with the border.
    """
    columns = plane.shape[1] - 2
    at = (cells // columns + 1) * (columns + 2) + cells % columns + 1
    chosen = inputs.T.take(cells, 1)
    chosen[0] = 1
    beside = plane.ravel().take(at + np.array([[-1], [1], [-columns - 2], [columns + 2]]))
    chosen[2:6] = np.minimum(np.abs(beside), 15)
    chosen[6:10] = np.clip(beside, -15, 15)
    return chosen.T


# --- bytes: levels <-> payload -------------------------------------------------------------------------------


def pack_levels(levels: Ints, fineness: int) -> bytes:
    """The payload for int levels (channels, rows, columns), the first `channels` of CHANNELS."""
    count = len(levels)
    order = np.concatenate(waves(levels.shape[1:]))
    p1 = chances(levels, fineness).reshape(count, -1, OUTPUTS)
    encoder = RangeEncoder()
    encode_levels(encoder, levels.reshape(count, -1)[:, order].ravel(), p1[:, order].reshape(-1, OUTPUTS))
    return bytes([fineness, count]) + encoder.finish()


def unpack_levels(payload: bytes, size: tuple[int, int]) -> tuple[Ints, int]:
    """(levels (channels, rows, columns), fineness) of a payload.

    Raises:
        DamagedError: the payload cannot have been written by `pack_levels`.
    """
    fineness, count = _header(payload)
    grid = detail_grid(size)
    levels = np.zeros((count, *grid), np.int32)
    decoder = RangeDecoder(payload[2:])
    known, network, partners = Known(grid), _network(), _partners()
    for channel in range(count):
        plane = np.zeros((grid[0] + 2, grid[1] + 2), np.int32)
        inner = plane[1:-1, 1:-1]
        flat = levels[channel].ravel()
        inputs = channel_inputs(known, channel, fineness, partners)
        for wave, cells in enumerate(waves(grid)):
            given = wave_inputs(inputs, plane, cells) if wave else inputs.T.take(cells, 1).T
            p1 = network.predict(given, channel)
            flat[cells] = decode_levels(decoder, p1)
            inner[...] = flat.reshape(grid)
        known.add(channel, plane)
    decoder.finish()
    return levels, fineness


def _header(payload: bytes) -> tuple[int, int]:
    """(fineness, number of channels)."""
    if len(payload) < 2:
        raise DamagedError("the detail layer is shorter than its fineness and number of channels")
    fineness, count = payload[0], payload[1]
    if fineness >= FINENESSES:
        raise DamagedError(f"the detail layer states fineness {fineness}; the largest is {FINENESSES - 1}")
    if not 1 <= count <= CHANNELS:
        raise DamagedError(f"the detail layer states {count} channels, not 1 to {CHANNELS}")
    return fineness, count


def level_bits(levels: Ints, fineness: int) -> Floats:
    """float64 (channels,): about how many bits each channel takes."""
    bits: Floats = Prices(chances(levels, fineness)).of(np.abs(levels), levels < 0).sum((1, 2))
    return bits


def chances(levels: Ints, fineness: int) -> Ints:
    """uint16 (channels, rows, columns, 8): the probabilities that each level is coded with, in what is around it.

    The same as channel after channel, but with all inputs of many channels at once.
    """
    count, rows, columns = levels.shape
    framed = np.pad(levels, [(0, 0), (1, 1), (1, 1)])
    magnitude = np.minimum(np.abs(framed), 15).astype(np.int32)
    around, before = _ring(magnitude), np.zeros((count + 1, rows + 2, columns + 2), np.int32)
    np.cumsum(magnitude, axis=0, out=before[1:])
    used = np.concatenate([[0], np.cumsum(np.count_nonzero(levels, axis=(1, 2)))])
    network, partners, waved = _network(), _partners(), waves((rows, columns))
    result = np.zeros((count, rows * columns, OUTPUTS), np.uint16)
    many = max(1, _AT_ONCE // (rows * columns))
    for start in range(0, count, many):
        channels = np.arange(start, min(start + many, count))
        inputs = np.zeros((len(channels), rows * columns, INPUTS), np.float32)
        inputs[..., 1] = min(fineness, LEARNED)

        def put(column: int, planes: Ints, inputs: Floats = inputs) -> None:
            inputs[..., column] = planes.reshape(len(inputs), -1)

        for n in range(PARTNERS):
            partner = partners[channels, n]
            seen = (partner < channels)[:, None, None]
            partner = np.minimum(partner, count - 1)
            put(10 + n, magnitude[partner, 1:-1, 1:-1] * seen)
            put(10 + PARTNERS + n, np.minimum(around[partner], 63) * seen)
        at, total, recent = _TOTALS, before[channels], before[channels] - before[np.maximum(channels - 8, 0)]
        put(at, np.minimum(total[:, 1:-1, 1:-1], 127))
        put(at + 1, np.minimum(_ring(total) >> 2, 127))
        for n, (first, unit) in enumerate(_COUNTED):
            share = (used[channels] - used[np.maximum(channels - first, 0)]) * unit // (rows * columns)
            inputs[..., at + 2 + n] = np.minimum(share, 127)[:, None]
        put(at + 6, np.minimum(recent[:, 1:-1, 1:-1], 127))
        put(at + 7, np.minimum(_ring(recent), 127))
        for wave, cells in enumerate(waved):
            given = inputs[:, cells]
            if wave:
                given[..., 0] = 1
                for n, beside in enumerate(_beside(framed[channels])):
                    level = beside.reshape(len(channels), -1)[:, cells]
                    given[..., 2 + n], given[..., 6 + n] = np.minimum(np.abs(level), 15), np.clip(level, -15, 15)
            groups = np.repeat(channels, len(cells))
            result[channels[:, None], cells] = network.predict(given.reshape(-1, INPUTS), groups).reshape(
                len(channels), len(cells), OUTPUTS
            )
    return result.reshape(count, rows, columns, OUTPUTS)


def _beside(framed: Ints) -> tuple[Ints, Ints, Ints, Ints]:
    """The cells to the left, right, above and below of planes (n, rows + 2, columns + 2): each (n, rows, columns)."""
    return framed[:, 1:-1, :-2], framed[:, 1:-1, 2:], framed[:, :-2, 1:-1], framed[:, 2:, 1:-1]


@cache
def _network() -> IntegerNetwork:
    return IntegerNetwork(load_table("detail"), load_table("logistic")["p1"])


@cache
def _partners() -> Ints:
    return load_table("detail")["partners"].astype(np.int64)
