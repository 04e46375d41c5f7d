"""Texture layer: a small map of colours (SPEC §7.2).

The map is turned to YCbCr, transformed by a two-dimensional DCT over the whole grid (any size, so there are
no blocks), quantised with one step, and each coefficient is coded with probabilities that a small integer
network predicts from the coefficients before it. Unpacking is integer arithmetic throughout: the decoded
colours are a fact of the bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache, cached_property
from itertools import pairwise
from typing import Any, ClassVar

import numpy as np

from ..bitstream.integer_network import IntegerNetwork
from ..bitstream.rangecoder import RangeDecoder, RangeEncoder
from ..errors import DamagedError, InputError
from ..limits import DEFAULT, MAX_COLOUR_SIDE, MAX_LEVEL, Limits
from ..raster.png import png
from .base import Colour, Layer, Size, grid_shape
from .grids import averages, same_density, whole_cells
from .levels import OUTPUTS, Prices, decode_levels, encode_levels
from .steps import count_steps, pack_steps, unpack_steps, used_steps
from .tables import load_table
from .texture_inputs import BORDER, PlaneInputs, all_inputs, padded, waves_of
from .work import COEFFICIENT, Work

PLANEWISE, STEPWISE = 0, 1  # the codings
STEPS = 48  # quality indices; index 0 is the finest
BIT_WORTH = 0.16  # of squared quantisation steps: the error that the encoder accepts to save one bit
_UNIT = 8192  # of the cosine tables
LEAST_TEXTURE = 10  # bytes of the file below which colours say too little to be worth their entry
LEAST_OTHER = 5  # bytes of a texture layer beside what its levels seem to take as they are chosen; 5.4 to 40 were seen
COARSER = 12  # quality indices (four times the step) before the grid shrinks
SHRINK = 0.8  # of the grid's sides, each time
SMALLEST = 3  # cells along the longer side: such a grid takes any step before it shrinks


def step_of(index: int) -> int:
    """The quantisation step of a quality index in 1/16 of a colour level: six indices double it (2 to 456 levels)."""
    mantissa = (32, 36, 40, 45, 51, 57)[index % 6]
    return mantissa << index // 6


class TextureLayer(Layer):
    """An sRGB colour grid that keeps the picture's aspect ratio."""

    kind = 1
    name = "texture"
    codings: ClassVar[Sequence[int]] = (PLANEWISE, STEPWISE)
    turn: ClassVar[int] = 9
    share: ClassVar[float | None] = None

    @classmethod
    def from_colours(cls, colours: np.ndarray, size: Size, index: int) -> TextureLayer:
        """The layer for uint8 colours (rows, columns, 3), quantised with quality index 0 (finest) to 47.

        Raises:
            InputError: no grid of at most 64 cells a side has this shape at this picture size, or there is no such
                quality index.
        """
        colours = np.asarray(colours)
        rows, columns = colours.shape[:2] if colours.ndim == 3 and colours.shape[2] == 3 else (0, 0)
        if not 1 <= max(rows, columns) <= MAX_COLOUR_SIDE or grid_shape(size, max(rows, columns)) != (rows, columns):
            raise InputError(f"a colour map of shape {colours.shape} does not fit a picture of {size}", kind=cls.name)
        if not 0 <= index < STEPS:
            raise InputError(f"a quality index is 0 to {STEPS - 1}, not {index}", kind=cls.name)
        return cls.from_levels(quantise(colours, index), size, index)

    @classmethod
    def within(cls, colours: np.ndarray, size: Size, index: int, most_bytes: int) -> tuple[TextureLayer | None, float]:
        """(`from_colours` if that takes at most so many bytes of the file, what it takes or about that).

        What surely takes more is not packed. `colours` have a shape that fits the size.
        """
        levels, bits = priced(colours, index)
        if bits / 8 + LEAST_OTHER > most_bytes:
            return None, bits / 8 + LEAST_OTHER
        layer = cls.from_levels(levels, size, index)
        return layer if layer.cost <= most_bytes else None, layer.cost

    @classmethod
    def from_levels(cls, levels: np.ndarray, size: Size, index: int, *, steps: int | None = None) -> TextureLayer:
        """The layer for int levels (3, rows, columns) of a quality index, as `levels` gives them.

        With `steps` in coding 1, with so many; the others are 0.
        """
        colours = rebuild(levels, index)
        colours.flags.writeable = False
        if steps is None:
            return cls(size, PLANEWISE, pack_levels(levels, index)).knowing(colours)
        head = bytes([max(levels.shape[1:]) - 1, index, steps])
        return cls(size, STEPWISE, head + pack_steps(levels, index, 0, steps)).knowing(colours)

    @classmethod
    def of_levels(cls, levels: np.ndarray, size: Size, index: int) -> TextureLayer:
        """The same in coding 0, packed when its bytes are asked for: what is only painted is not coded."""
        colours = rebuild(levels, index)
        colours.flags.writeable = False
        layer = cls.of_value(size, colours)
        layer.__dict__["to_pack"] = levels, index
        return layer

    def _packed(self) -> bytes:
        levels, index = self.__dict__["to_pack"]
        return pack_levels(levels, index)

    @classmethod
    def from_cut(
        cls, size: Size, coding: int, payload: bytes, before: Sequence[Layer], limits: Limits = DEFAULT
    ) -> Layer | None:
        """Of coding 1 the levels that are there."""
        if coding != STEPWISE or len(payload) < 4:
            return None
        grid, index = _header(payload, size)
        empty = np.zeros((3, *grid), np.int64)
        levels, _ = unpack_steps(payload[3:], empty, index, 0, _step_count(payload, grid), cut=True)
        return cls.from_levels(levels, size, index, steps=used_steps(levels)) if levels.any() else None

    def work(self) -> Work:
        try:
            rows, columns = self.grid
        except DamagedError:
            return Work(0, 0)
        return Work.fixed(3 * rows * columns * COEFFICIENT)

    def _unpacked(self) -> np.ndarray:
        colours = rebuild(self.levels, self.quality_index)
        colours.flags.writeable = False
        return colours

    @property
    def colours(self) -> np.ndarray:
        """uint8 (rows, columns, 3), sRGB; do not write to it."""
        colours: np.ndarray = self.value
        return colours

    @cached_property
    def levels(self) -> np.ndarray:
        """int64 (3, rows, columns): the quantised coefficients that the colours follow from; do not write to them.

        Raises:
            UnsupportedError: the layer is coded in a way that has no such levels.
        """
        if self.coding == PLANEWISE:
            return unpack_levels(self.payload, self.size)[0]
        if self.coding != STEPWISE:
            raise self.unknown_coding()
        empty = np.zeros((3, *self.grid), np.int64)
        return unpack_steps(self.payload[3:], empty, self.quality_index, 0, self.steps)[0]

    @property
    def steps(self) -> int:
        """How many steps of levels a layer of coding 1 has; of coding 0 it has all."""
        return count_steps(*self.grid) if self.coding == PLANEWISE else _step_count(self.payload, self.grid)

    @property
    def quality_index(self) -> int:
        """0 (finest) to 47, without decoding the colours."""
        return _header(self.payload, self.size)[1]

    @property
    def grid(self) -> tuple[int, int]:
        """(rows, columns), without decoding the colours."""
        return _header(self.payload, self.size)[0]

    def summary(self) -> dict[str, Any]:
        rows = [["#{:02x}{:02x}{:02x}".format(*cell) for cell in row] for row in self.colours.tolist()]
        return {"grid": list(self.grid), "quality_index": self.quality_index, "rows": rows}

    def describe(self) -> str:
        rows, columns = self.grid
        return f"{columns} x {rows} cells, quality index {self.quality_index}"

    def files(self) -> dict[str, bytes]:
        """colours.png, a pixel per cell."""
        return {"colours.png": png(self.colours)}

    def conditioning(self) -> dict[str, Any]:
        return {"colours": self.colours}

    def mirrored(self) -> TextureLayer:
        """Exact: the mirror image of a cosine is itself or its negative, so no colour is rounded anew."""
        levels = self.levels
        turned = levels * np.where(np.arange(levels.shape[2]) % 2, -1, 1)
        return TextureLayer.from_levels(turned, self.size, self.quality_index)

    def remapped(
        self, size: Size, offset: tuple[int, int], scale: tuple[float, float], colour: Colour | None = None
    ) -> TextureLayer:
        """Colours are averaged over the new cells; where those are the old ones, the payload stays."""
        grid = same_density(self, self.grid, size, scale, MAX_COLOUR_SIDE)
        if grid == self.grid and whole_cells(self, grid, grid, size, offset, scale) == (0, 0):
            return self if size == self.size else replace(self, size=size)
        colours = averages(self, self.colours, grid, size, offset, scale, colour)
        return TextureLayer.from_colours(colours, size, self.quality_index)

    def fitted(self, most_bytes: int) -> tuple[Layer | None, str | None]:
        """A coarser quality index first, then a smaller grid."""
        if self.cost <= most_bytes:
            return self, None
        gone = "the colours were left out: the budget is too small for them"
        if most_bytes < LEAST_TEXTURE:
            return None, gone
        side = max(self.grid)
        while side >= 1:
            colours = reduced(self.colours, grid_shape(self.size, side))
            last = STEPS - 1 if side <= SMALLEST else min(self.quality_index + COARSER, STEPS - 1)
            low, high, best = self.quality_index, last, None
            while low <= high:
                middle = (low + high) // 2
                tried = TextureLayer.from_colours(colours, self.size, middle)
                if tried.cost <= most_bytes:
                    best, high = tried, middle - 1
                else:
                    low = middle + 1
            if best is not None:
                return best, f"the colours were made coarser: {best.describe()}"
            side = int(side * SHRINK)
        return None, gone


def reduced(colours: np.ndarray, grid: tuple[int, int]) -> np.ndarray:
    """uint8 colours (rows, columns, 3) averaged over the cells of a coarser grid (rows, columns)."""
    if colours.shape[:2] == grid:
        return colours
    from PIL import Image

    return np.asarray(Image.fromarray(colours).resize(grid[::-1], Image.Resampling.BOX))


# --- values: colours <-> quantised levels ---------------------------------------------------------------


def quantise(colours: np.ndarray, index: int, *, rate_aware: bool = True) -> np.ndarray:
    """uint8 (rows, columns, 3) -> int levels (3, rows, columns) of the YCbCr coefficients; see `priced`."""
    return priced(colours, index, rate_aware=rate_aware)[0]


def priced(colours: np.ndarray, index: int, *, rate_aware: bool = True) -> tuple[np.ndarray, float]:
    """uint8 (rows, columns, 3) -> (int levels (3, rows, columns) of the YCbCr coefficients, about their bits).

    This is the encoder's choice and not part of the format, so floating point may be used. A level goes nearer
    to zero than its coefficient wherever that saves more bits than it adds error: it minimises
    error^2 + BIT_WORTH x bits, with the bits that the coder itself would spend (rate-distortion optimised
    quantisation). Without `rate_aware` a fixed dead zone stands in for that.
    """
    rows, columns = colours.shape[:2]
    down, across = cosines(rows), cosines(columns)
    scaled = (down @ ycbcr(colours) @ across.T) * 16 / step_of(index)
    sign, exact = np.where(scaled < 0, -1, 1), np.minimum(np.abs(scaled), MAX_LEVEL)
    magnitude, bits = np.floor(exact + 0.4), 0.0
    for _ in range(2 if rate_aware else 0):  # the second time with the probabilities that the first one leads to
        price = _prices((sign * magnitude).astype(np.int64), index).of
        choices = np.maximum(np.floor(exact + 0.5) - np.arange(3)[:, None, None, None], 0)
        prices = price(choices, scaled < 0)
        best = ((exact - choices) ** 2 + BIT_WORTH * prices).argmin(0)[None]
        magnitude = np.take_along_axis(choices, best, 0)[0]
        bits = float(np.take_along_axis(prices, best, 0).sum())
    return (sign * magnitude).astype(np.int64), bits


def ycbcr(colours: np.ndarray) -> np.ndarray:
    """sRGB 0..255 (rows, columns, 3) -> float64 (3, rows, columns): Y - 128, Cb, Cr (ITU-R BT.601, full range)."""
    rgb = colours.astype(np.float64)
    y = rgb @ [0.299, 0.587, 0.114]
    return np.stack([y - 128, (rgb[..., 2] - y) / 1.772, (rgb[..., 0] - y) / 1.402])


def rebuild(levels: np.ndarray, index: int) -> np.ndarray:
    """int levels (3, rows, columns) -> uint8 (rows, columns, 3); integers only (SPEC §7.2.3)."""
    _, rows, columns = levels.shape
    coefficient = np.clip(levels * step_of(index), -(1 << 20), 1 << 20)  # 1/16 of a colour level
    down, across = _basis(rows), _basis(columns)
    # 2^-4 (coefficient) times 2^-13 twice leaves 2^-30; rounded to 2^-4. No sum comes near 2^63.
    plane = (down.T @ coefficient @ across + (1 << 25)) >> 26
    y, cb, cr = plane[0] + 128 * 16, plane[1], plane[2]
    rgb = np.stack(
        [
            y * 65536 + 91881 * cr,
            y * 65536 - 22554 * cb - 46802 * cr,
            y * 65536 + 116130 * cb,
        ],
        2,
    )
    clipped: np.ndarray = np.clip((rgb + (1 << 19)) >> 20, 0, 255).astype(np.uint8)
    return clipped


@cache
def _basis(side: int) -> np.ndarray:
    return load_table("cosines")[f"n{side}"].astype(np.int64)


def cosines(side: int) -> np.ndarray:
    """float64 (side, side): the basis of the transform, row k the k-th cosine; orthonormal up to rounding."""
    return _basis(side) / _UNIT


# --- bytes: levels <-> payload --------------------------------------------------------------------------


def pack_levels(levels: np.ndarray, index: int) -> bytes:
    """The payload for int levels (3, rows, columns) of quality index 0..47."""
    _, rows, columns = levels.shape
    encoder = RangeEncoder()
    ordered = levels.reshape(3, -1)[:, waves_of(rows, columns).order].ravel()
    encode_levels(encoder, ordered, _network().predict(all_inputs(_with_border(levels), index)))
    return bytes([max(rows, columns) - 1, index]) + encoder.finish()


def unpack_levels(payload: bytes, size: tuple[int, int]) -> tuple[np.ndarray, int]:
    """(levels, quality index) of a payload.

    Raises:
        DamagedError: the payload cannot have been written by `pack_levels`.
    """
    (rows, columns), index = _header(payload, size)
    levels = padded(rows, columns)
    decoder = RangeDecoder(payload[2:])
    order, network = waves_of(rows, columns), _network()
    for plane in range(3):
        inputs, flat = PlaneInputs(levels, plane, index, others_known=True), levels[plane].reshape(-1)
        for number, (start, stop) in enumerate(pairwise(order.starts)):
            flat[order.places[start:stop]] = decode_levels(decoder, network.predict(inputs.wave(number)))
    decoder.finish()
    return levels[:, BORDER:-BORDER, BORDER:-BORDER], index


def _header(payload: bytes, size: Size) -> tuple[tuple[int, int], int]:
    """((rows, columns), quality index), which a payload starts with."""
    if len(payload) < 2:
        raise DamagedError("the texture layer is shorter than its grid size and quality", kind="texture")
    side, index = payload[0] + 1, payload[1]
    if side > MAX_COLOUR_SIDE:
        raise DamagedError(f"the texture layer states {side} cells a side, more than {MAX_COLOUR_SIDE}", kind="texture")
    if index >= STEPS:
        raise DamagedError(
            f"the texture layer states quality index {index}; the largest is {STEPS - 1}", kind="texture"
        )
    return grid_shape(size, side), index


def _step_count(payload: bytes, grid: tuple[int, int]) -> int:
    """How many steps a payload of coding 1 states."""
    if len(payload) < 3:
        raise DamagedError("the texture layer is shorter than its number of steps", kind="texture")
    if not 1 <= payload[2] <= count_steps(*grid):
        text = f"the texture layer states {payload[2]} steps; its grid has 1 to {count_steps(*grid)}"
        raise DamagedError(text, kind="texture")
    return payload[2]


def _with_border(levels: np.ndarray) -> np.ndarray:
    framed = padded(*levels.shape[1:])
    framed[:, BORDER:-BORDER, BORDER:-BORDER] = levels
    return framed


def _prices(levels: np.ndarray, index: int) -> Prices:
    """What levels of shape (3, rows, columns) would cost, given the levels around each."""
    _, rows, columns = levels.shape
    p1 = np.empty((3, rows * columns, OUTPUTS), np.int64)
    p1[:, waves_of(rows, columns).order] = (
        _network().predict(all_inputs(_with_border(levels), index)).reshape(3, -1, OUTPUTS)
    )
    return Prices(p1.reshape(*levels.shape, OUTPUTS))


@cache
def _network() -> IntegerNetwork:
    return IntegerNetwork(load_table("texture"), load_table("logistic")["p1"])
