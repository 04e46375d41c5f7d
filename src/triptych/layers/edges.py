"""Structural layer: a thinned edge raster (SPEC §7.4).

Each pixel is coded with the probability that a small integer network predicts from the pixels around it
that are already decided. The network is trained once and shipped as int8 tables: a stream of 400 bytes
cannot afford to learn. Pixels are coded in slanted waves, so that a whole wave, whose pixels do not see
each other, is predicted with one matrix product.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache, lru_cache
from itertools import pairwise
from typing import Any, ClassVar

import numpy as np

from ..bitstream.integer_network import IntegerNetwork
from ..bitstream.rangecoder import RangeDecoder, RangeEncoder
from ..errors import DamagedError, InputError
from ..limits import MAX_EDGE_SIDE
from ..raster.png import png
from ..raster.redraw import redraw
from ..raster.strokes import Strokes, strokes_of
from ..raster.trace import smooth, to_svg, trace
from .base import Colour, Layer, Size, grid_shape
from .grids import same_density, shifted, whole_cells
from .tables import load_table

REACH_UP = 10  # rows above that the network sees
REACH_X = 16  # columns to the left in the same row
# How far it sees to either side in the rows above: (rows, columns).
_NEAR_ROWS, _NEAR_X, _FAR_X = 4, 12, 9
SLANT = _NEAR_X + 1  # pixels with equal x + SLANT * y form a wave and do not see each other
DENSITIES = 16
_AT_ONCE = 4096  # pixels whose windows are looked at together: they stay in the processor's cache
EDGE_SLACK = 6  # bytes of an edge layer that are not pixels: its entry, its grid, the end of its code
PRICE_PER_PIXEL, PRICE_PER_STROKE = 2.0, 8.0  # bits: where the search for how many strokes fit starts
LEAST_EDGES = 16  # bytes of the file below which edges say too little to be worth their entry


def window_offsets() -> list[tuple[int, int]]:
    """(dy, dx) of the network's inputs, in their order in the tables."""
    offsets = []
    for dy in range(-REACH_UP, 0):
        reach = _NEAR_X if dy >= -_NEAR_ROWS else _FAR_X
        offsets += [(dy, dx) for dx in range(-reach, reach + 1)]
    return offsets + [(0, dx) for dx in range(-REACH_X, 0)]


def density_level(edges: int, pixels: int) -> int:
    """0..15: in which of 16 classes the share of edge pixels lies; a class is half an octave wide."""
    # Class k starts where edges / pixels reaches 2 ** ((k - 17) / 2); squares keep it in integers.
    level = 0
    while level < DENSITIES - 1 and edges * edges << (16 - level) >= pixels * pixels:
        level += 1
    return level


class EdgeLayer(Layer):
    """A bool raster on a grid that keeps the picture's aspect ratio."""

    kind = 3
    name = "edges"
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
        return cls(size, 0, _pack(raster.astype(bool)))

    def _unpacked(self) -> np.ndarray:
        raster = _unpack(self.payload, self.size)
        raster.flags.writeable = False
        return raster

    @property
    def raster(self) -> np.ndarray:
        """bool (rows, columns), True where an edge is; do not write to it."""
        raster: np.ndarray = self.value
        return raster

    @property
    def grid(self) -> tuple[int, int]:
        """(rows, columns), without decoding the raster."""
        if not self.payload:
            raise DamagedError("the edge layer is empty; it starts with its grid size", kind=self.name)
        return grid_shape(self.size, self.payload[0] + 1)

    def summary(self) -> dict[str, Any]:
        rows = ["".join(".#"[int(p)] for p in row) for row in self.raster]
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


def most_strokes(strokes: Strokes, size: tuple[int, int], most_bytes: int) -> tuple[EdgeLayer | None, int]:
    """The layer with as many of the best strokes as fit `most_bytes`, and how many they are."""
    # A rough price per stroke, corrected by what the coder says of the result.
    pixels = np.bincount(strokes.label.ravel(), minlength=len(strokes) + 1)[1:]
    price = np.cumsum(PRICE_PER_PIXEL * pixels + PRICE_PER_STROKE) / 8
    correction, count, before = 1.0, 0, 0
    if len(strokes) and price[-1] <= most_bytes - EDGE_SLACK:  # perhaps all of them
        layer = EdgeLayer.from_raster(strokes.best(len(strokes)), size)
        if layer.cost <= most_bytes:
            return layer, len(strokes)
    for _ in range(3):
        count = int(np.searchsorted(price * correction, most_bytes - EDGE_SLACK, "right"))
        if count == before:
            break
        before = count
        if count:
            correction = max(float(edge_bits(strokes.best(count)).sum()) / 8, 1) / price[count - 1]
    while count > 0:
        layer = EdgeLayer.from_raster(strokes.best(count), size)
        if layer.cost <= most_bytes:
            return layer, count
        excess, whole = layer.cost - most_bytes, price[count - 1]
        while count > 0 and whole - price[count - 1] < excess:
            count -= 1
    return None, 0


def edge_bits(raster: np.ndarray) -> np.ndarray:
    """Cost of each pixel in bits, float (rows, columns): what the encoder's decisions are based on."""
    p1 = _probabilities(raster, density_level(int(raster.sum()), raster.size))
    return -np.log2(np.where(raster, p1, 65536 - p1) / 65536)


def _pack(raster: np.ndarray) -> bytes:
    level = density_level(int(raster.sum()), raster.size)
    p1 = _probabilities(raster, level)
    order = _waves(*raster.shape)[0]
    encoder = RangeEncoder()
    encoder.encode_uniform(level, DENSITIES)
    for bit, p in zip(raster.ravel()[order].tolist(), p1.ravel()[order].tolist(), strict=True):
        encoder.encode_bit(bit, p)
    return bytes([max(raster.shape) - 1]) + encoder.finish()


def _probabilities(raster: np.ndarray, level: int) -> np.ndarray:
    """int (rows, columns): the network's P(edge) out of 65,536 for every pixel at once."""
    rows, columns = raster.shape
    padded = np.pad(raster, ((REACH_UP, 0), (REACH_X, REACH_X)))
    flat = padded.ravel().astype(np.float32)
    stride = padded.shape[1]
    window = np.array([dy * stride + dx for dy, dx in window_offsets()])
    result = np.full(rows * columns, _network().predict(np.zeros((1, len(window)), np.float32), level)[0, 0])
    busy = np.flatnonzero(_near_edges(padded, rows, columns))  # the others see nothing, and all predict the same
    places = (busy // columns + REACH_UP) * stride + busy % columns + REACH_X
    for start in range(0, len(busy), _AT_ONCE):
        part = slice(start, start + _AT_ONCE)
        result[busy[part]] = _network().predict(flat[places[part, None] + window], level)[:, 0]
    return result.reshape(rows, columns)


def _near_edges(padded: np.ndarray, rows: int, columns: int) -> np.ndarray:
    """bool (rows, columns): whether an edge lies in the box around each pixel that holds its window."""
    width = 2 * REACH_X + 1
    sums = np.pad(padded.astype(np.int32), ((1, 0), (1, 0))).cumsum(0).cumsum(1)
    across = sums[:, width:] - sums[:, :-width]
    found: np.ndarray = across[REACH_UP + 1 :] - across[: -REACH_UP - 1] > 0
    assert found.shape == (rows, columns)
    return found


def _unpack(payload: bytes, size: tuple[int, int]) -> np.ndarray:
    if not payload:
        raise DamagedError("the edge layer is empty; it starts with its grid size")
    rows, columns = grid_shape(size, payload[0] + 1)
    decoder = RangeDecoder(payload[1:])
    level = decoder.decode_uniform(DENSITIES)
    network = _network()
    # A padded raster, so that windows at the border read zeros.
    stride = columns + 2 * REACH_X
    flat = np.zeros((rows + REACH_UP) * stride, np.float32)
    window = np.array([dy * stride + dx for dy, dx in window_offsets()])
    order, starts = _waves(rows, columns)
    places = (order // columns + REACH_UP) * stride + order % columns + REACH_X
    decode_bit = decoder.decode_bit
    for start, stop in pairwise(starts):
        wave = places[start:stop]
        p1 = network.predict(flat[wave[:, None] + window], level)
        flat[wave] = [decode_bit(p) for p in p1[:, 0].tolist()]
    decoder.finish()
    return flat.reshape(-1, stride)[REACH_UP:, REACH_X : REACH_X + columns] > 0


@lru_cache(maxsize=32)  # strangers choose the grids
def _waves(rows: int, columns: int) -> tuple[np.ndarray, list[int]]:
    """Pixel indices in coding order, and where in that order each wave starts (and the last one ends)."""
    y, x = np.divmod(np.arange(rows * columns), columns)
    wave = x + SLANT * y
    order = np.lexsort((y, wave))
    starts = np.flatnonzero(np.diff(wave[order], prepend=-1)).tolist()
    return order, [*starts, rows * columns]


@cache
def _network() -> IntegerNetwork:
    return IntegerNetwork(load_table("edges"), load_table("logistic")["p1"])
