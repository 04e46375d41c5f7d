"""Structural layer: a thinned edge raster (SPEC §7.4).

Each pixel is coded with the probability that a small integer network predicts from the pixels around it
that are already decided. The network is trained once and shipped as int8 tables: a stream of 400 bytes
cannot afford to learn. Pixels are coded in slanted waves, so that a whole wave, whose pixels do not see
each other, is predicted with one matrix product.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any, ClassVar

import numpy as np

from ..bitstream.rangecoder import RangeDecoder, RangeEncoder
from ..errors import DamagedError, InputError
from ..limits import DEFAULT, MAX_EDGE_SIDE, Limits
from ..raster.png import png
from ..raster.redraw import redraw
from ..raster.strokes import Strokes, strokes_of
from ..raster.trace import smooth, to_svg, trace
from .base import Colour, Layer, Size, grid_shape
from .edge_inputs import DENSITIES, SLANT, Chances, density_level
from .edge_raster import edge_chances, read_raster, steps_of
from .grids import same_density, shifted, whole_cells
from .levels import bits_of_chances
from .scans import MOST_SCANS, USUAL_SCANS, pack_scans, scans_of, unpack_scans
from .work import BUSY_STEP, EDGE_PIXEL, QUIET_STEP, Work

WHOLE, SCANS = 0, 1  # the codings
EDGE_SLACK = 6  # bytes of an edge layer that are not pixels: its entry, its grid, the end of its code
PRICE_PER_PIXEL, PRICE_PER_STROKE = 1.3, 5.2  # bits: where the search for how many strokes fit starts
# Of the bytes: where no more than that is added or taken away, the coder is not asked for all bits again.
NEAR = 0.06
UNSURE = 0.75, 1.2  # times what there is room for: between these, the coder says what is too much, and not these prices
LEAST_EDGES = 16  # bytes of the file below which edges say too little to be worth their entry


class EdgeLayer(Layer):
    """A bool raster on a grid that keeps the picture's aspect ratio."""

    kind = 3
    name = "edges"
    codings: ClassVar[Sequence[int]] = (WHOLE, SCANS)
    turn: ClassVar[int] = 8
    share: ClassVar[float | None] = None

    @classmethod
    def from_raster(cls, raster: np.ndarray, size: Size) -> EdgeLayer:
        """The layer for a bool raster (rows, columns).

        Raises:
            InputError: no grid of at most 256 cells a side has this shape at this picture size.
        """
        raster = np.asarray(raster)
        long_side = max(raster.shape, default=0)
        if not 1 <= long_side <= MAX_EDGE_SIDE or grid_shape(size, long_side) != raster.shape:
            raise InputError(f"an edge raster of shape {raster.shape} does not fit a picture of {size}", kind=cls.name)
        raster = raster.astype(bool)  # a copy, and so nobody else's
        raster.flags.writeable = False
        return cls.of_value(size, raster)

    def in_scans(self, scans: Sequence[np.ndarray] | None = None) -> EdgeLayer:
        """The same raster in coding 1, the longest figures first, or in bool rasters of your own that do not touch."""
        parts = scans_of(self.raster) if scans is None else scans
        _check_readable(self.raster)
        return EdgeLayer(self.size, SCANS, bytes([max(self.grid) - 1]) + pack_scans(parts, self.grid))

    @classmethod
    def from_cut(
        cls, size: Size, coding: int, payload: bytes, before: Sequence[Layer], limits: Limits = DEFAULT
    ) -> Layer | None:
        """Of coding 1 the scans that are there."""
        if coding != SCANS or len(payload) < 2:
            return None
        grid = cls(size, coding, payload).grid
        scans, _ = unpack_scans(payload[1:], grid, cut=True, limits=limits)
        found = [scan for scan in scans if scan.any()]
        if not found:
            return None
        united: np.ndarray = np.logical_or.reduce(found)
        united.flags.writeable = False
        return cls(size, coding, payload[:1] + pack_scans(found, grid)).knowing(united)

    def work(self) -> Work:
        if "payload" not in self.__dict__:  # it is not packed yet
            return Work(self.spent(), self.spent())
        if not self.payload or self.coding not in self.codings:
            return Work(0, 0)
        grid = grid_shape(self.size, self.payload[0] + 1)
        steps, pixels = steps_of(grid), min(grid[0] * grid[1], self.limits.edge_pixels)
        most = 1 if self.coding == WHOLE else min(MOST_SCANS, self.limits.edge_steps // steps)
        busy = most * steps * (QUIET_STEP + BUSY_STEP)
        return Work(min(most, USUAL_SCANS) * steps * QUIET_STEP, busy + pixels * EDGE_PIXEL)

    def spent(self) -> int:
        """At most: with pixels of which each step sees others."""
        scans = 1 if "payload" not in self.__dict__ or self.coding == WHOLE else USUAL_SCANS
        busy = scans * steps_of(self.grid) * (QUIET_STEP + BUSY_STEP)
        return busy + int(np.count_nonzero(self.raster)) * EDGE_PIXEL

    def lighter(self, work: int) -> tuple[Layer | None, str]:
        """The strokes that say most."""
        strokes, total = strokes_of(self.raster), int(np.count_nonzero(self.raster))
        pixels = np.cumsum(np.bincount(strokes.label.ravel(), minlength=len(strokes) + 1)[1:])
        count = int(np.searchsorted(pixels, total - -(-(self.spent() - work) // EDGE_PIXEL), "right"))
        if not count:
            return super().lighter(work)
        layer = EdgeLayer.from_raster(strokes.best(count), self.size)
        note = f"the {count} most worthwhile of {len(strokes)} strokes were kept: readers unpack no more"
        return layer.in_scans() if self.coding == SCANS else layer, note

    def _unpacked(self) -> np.ndarray:
        raster = unpack_counted(self.payload, self.size, self.limits)[0] if self.coding == WHOLE else self._united()
        raster.flags.writeable = False
        return raster

    def _packed(self) -> bytes:
        return _pack(self.raster, edge_chances(self.raster.shape))

    def _united(self) -> np.ndarray:
        scans, _ = unpack_scans(self.payload[1:], self.grid, limits=self.limits)
        united: np.ndarray = np.logical_or.reduce([np.zeros(self.grid, bool), *scans])
        return united

    @property
    def raster(self) -> np.ndarray:
        """bool (rows, columns), True where an edge is; do not write to it."""
        raster: np.ndarray = self.value
        return raster

    @property
    def grid(self) -> tuple[int, int]:
        """(rows, columns), without decoding the raster."""
        if "value" in self.__dict__:
            rows, columns = self.raster.shape
            return rows, columns
        if not self.payload:
            raise DamagedError("the edge layer is empty; it starts with its grid size", kind=self.name)
        return grid_shape(self.size, self.payload[0] + 1)

    def summary(self) -> dict[str, Any]:
        rows = [bytes(row).decode() for row in np.where(self.raster, ord("#"), ord(".")).astype(np.uint8)]
        return {"grid": list(self.grid), "edge_pixels": int(self.raster.sum()), "rows": rows}

    def describe(self) -> str:
        rows, columns = self.grid
        return f"{columns} x {rows} cells"

    def files(self) -> dict[str, bytes]:
        """edges.png, dark on white, a pixel per cell; edges.svg, smooth lines in pixels of the picture."""
        rows, columns = self.raster.shape
        svg = to_svg(smooth(trace(self.raster)), (columns, rows), *self.size)
        return {"edges.png": png(np.where(self.raster, 0, 255).astype(np.uint8)), "edges.svg": svg.encode()}

    def conditioning(self) -> dict[str, Any]:
        return {"edges": self.raster}

    def mirrored(self) -> EdgeLayer:
        return EdgeLayer.from_raster(self.raster[:, ::-1], self.size)

    def remapped(
        self, size: Size, offset: tuple[int, int], scale: tuple[float, float], colour: Colour | None = None
    ) -> EdgeLayer:
        """Cells are copied where each new one is an old one; otherwise the lines are followed and drawn again."""
        grid = same_density(self, self.grid, size, scale, MAX_EDGE_SIDE)
        shift = whole_cells(self, self.grid, grid, size, offset, scale)
        if shift == (0, 0) and grid == self.grid:
            return self if size == self.size else replace(self, size=size)
        if shift is not None:
            return EdgeLayer.from_raster(shifted(self.raster, shift, grid), size)

        def place(points: np.ndarray) -> np.ndarray:
            return (points - offset) * scale

        return EdgeLayer.from_raster(redraw(self.raster, self.size, grid, size, place), size)

    def fitted(self, most_bytes: int) -> tuple[Layer | None, str | None]:
        """The strokes that say most for their bits; the longer ones first."""
        if self.cost <= most_bytes:
            return self, None
        gone = "the edges were left out: the budget is too small for them"
        if most_bytes < LEAST_EDGES:
            return None, gone
        strokes = strokes_of(self.raster)
        best, count = most_strokes(strokes, self.size, most_bytes)
        if best is None:
            return None, gone
        return best, f"the {count} most worthwhile of {len(strokes)} strokes were kept"


def most_strokes(
    strokes: Strokes, size: tuple[int, int], most_bytes: int, chances: Chances | None = None
) -> tuple[EdgeLayer | None, int]:
    """The layer with as many of the best strokes as fit `most_bytes`, and how many they are.

    `chances`: those of the grid, if some of its rasters were looked at before.
    """
    # A rough price per stroke, corrected by what the coder says of the result.
    pixels = np.bincount(strokes.label.ravel(), minlength=len(strokes) + 1)[1:]
    most = readable(strokes)
    price = np.cumsum(PRICE_PER_PIXEL * pixels[:most] + PRICE_PER_STROKE) / 8
    correction, count, told = 1.0, 0, 0.0
    known = chances or edge_chances(strokes.label.shape)

    def layer_of(count: int) -> EdgeLayer:
        return coded(strokes.best(count), size, known)

    if most and price[-1] <= most_bytes - EDGE_SLACK:  # perhaps all of them
        layer = layer_of(most)
        if layer.cost <= most_bytes:
            return layer, most
    for _ in range(3):
        count = int(np.searchsorted(price * correction, most_bytes - EDGE_SLACK, "right"))
        worth = price[count - 1] if count else 0.0
        if abs(worth - told) * correction <= NEAR * most_bytes or (told and count == most):
            break
        told = worth
        if count:
            bits = float(_bits(strokes.best(count), known).sum())
            correction = max(bits / 8, 1) / worth
    while count > 0:
        layer = layer_of(count)
        if layer.cost <= most_bytes:
            return layer, count
        excess, whole = layer.cost - most_bytes, price[count - 1]
        while count > 0 and whole - price[count - 1] < excess:
            count -= 1
    return None, 0


def coded(raster: np.ndarray, size: Size, chances: Chances) -> EdgeLayer:
    """The layer of a bool raster, which is not to be written to any more; `chances` are those of its grid."""
    raster.flags.writeable = False
    return EdgeLayer(size, WHOLE, _pack(raster, chances)).knowing(raster)


def readable(strokes: Strokes) -> int:
    """How many of the best strokes readers unpack."""
    pixels = np.bincount(strokes.label.ravel(), minlength=len(strokes) + 1)[1:]
    return int(np.searchsorted(np.cumsum(pixels), DEFAULT.edge_pixels, "right"))


def all_strokes(strokes: Strokes, most_bytes: float, chances: Chances) -> float | None:
    """About what a layer with all strokes costs in bytes, the more surely the nearer to `most_bytes`; None for none.

    `chances`: those of the grid.
    """
    if not len(strokes):
        return None
    pixels = int(np.count_nonzero(strokes.label))
    cost = (PRICE_PER_PIXEL * pixels + PRICE_PER_STROKE * len(strokes)) / 8 + EDGE_SLACK
    if UNSURE[0] * most_bytes < cost < UNSURE[1] * most_bytes:
        cost = float(_bits(strokes.best(len(strokes)), chances).sum()) / 8 + EDGE_SLACK
    return cost


def edge_bits(raster: np.ndarray, chances: Chances | None = None) -> np.ndarray:
    """Cost of each pixel in bits, float (rows, columns): what the encoder's decisions are based on."""
    return _bits(raster, chances or edge_chances(raster.shape))


def _bits(raster: np.ndarray, chances: Chances) -> np.ndarray:
    p1 = chances.of(raster, density_level(int(raster.sum()), raster.size))
    bits: np.ndarray = bits_of_chances()[np.where(raster, p1, 65536 - p1)]
    return bits


def _pack(raster: np.ndarray, chances: Chances) -> bytes:
    _check_readable(raster)
    return _pack_any(raster, chances)


def _pack_any(raster: np.ndarray, chances: Chances) -> bytes:
    level = density_level(int(raster.sum()), raster.size)
    order = _waves(*raster.shape)[0]
    ordered, p1 = raster.ravel()[order], chances.of(raster, level).ravel()[order]
    encoder = RangeEncoder()
    encoder.encode_uniform(level, DENSITIES)
    encoder.encode_bits(ordered.tolist(), p1.tolist())
    return bytes([max(raster.shape) - 1]) + encoder.finish()


def _check_readable(raster: np.ndarray) -> None:
    """Raise InputError where more is set than readers unpack."""
    if (pixels := int(np.count_nonzero(raster))) > DEFAULT.edge_pixels:
        raise InputError(
            f"the edges set {pixels} pixels; readers unpack at most {DEFAULT.edge_pixels} (Limits.edge_pixels): thin "
            "them",
            kind=EdgeLayer.name,
        )


def unpack_counted(payload: bytes, size: tuple[int, int], limits: Limits) -> tuple[np.ndarray, int]:
    """(the raster of a payload of coding 0, the work that it took); errors as for `Layer.value`."""
    if not payload:
        raise DamagedError("the edge layer is empty; it starts with its grid size")
    rows, columns = grid_shape(size, payload[0] + 1)
    decoder = RangeDecoder(payload[1:])
    raster = np.zeros((rows, columns), bool)
    work = read_raster(decoder, raster, limits=limits)
    decoder.finish()
    return raster, work


@lru_cache(maxsize=32)  # strangers choose the grids
def _waves(rows: int, columns: int) -> tuple[np.ndarray, list[int]]:
    """Pixel indices in coding order, and where in that order each wave starts (and the last one ends)."""
    y, x = np.divmod(np.arange(rows * columns), columns)
    wave = x + SLANT * y
    order = np.lexsort((y, wave))
    starts = np.flatnonzero(np.diff(wave[order], prepend=-1)).tolist()
    return order, [*starts, rows * columns]
