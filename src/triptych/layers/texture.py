"""Texture layer: a small map of colours (SPEC §7.2).

The map is turned to YCbCr, transformed by a two-dimensional DCT over the whole grid (any size, so there are
no blocks), quantised with one step, and each coefficient is coded with probabilities that a small integer
network predicts from the coefficients before it. Unpacking is integer arithmetic throughout: the decoded
colours are a fact of the bytes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache, lru_cache
from typing import Any, ClassVar

import numpy as np

from ..bitstream.integer_network import IntegerNetwork
from ..bitstream.rangecoder import RangeDecoder, RangeEncoder
from ..errors import DamagedError, InputError
from ..limits import MAX_COLOUR_SIDE, MAX_LEVEL
from ..raster.png import png
from .base import Colour, Layer, Size, grid_shape
from .grids import averages, same_density, whole_cells
from .tables import load_table

STEPS = 48  # quality indices; index 0 is the finest
MAGNITUDE_FLAGS = 6  # "more than 1", ... "more than 6" have their own probabilities; the rest is Exp-Golomb
OUTPUTS = 2 + MAGNITUDE_FLAGS  # nonzero, negative, and the flags
BIT_WORTH = 0.16  # of squared quantisation steps: the error that the encoder accepts to save one bit
_UNIT = 8192  # of the cosine tables
LEAST_TEXTURE = 10  # bytes of the file below which colours say too little to be worth their entry
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
        return cls(size, 0, pack_levels(quantise(colours, index), index))

    def _unpacked(self) -> np.ndarray:
        colours = rebuild(*unpack_levels(self.payload, self.size))
        colours.flags.writeable = False
        return colours

    @property
    def colours(self) -> np.ndarray:
        """uint8 (rows, columns, 3), sRGB; do not write to it."""
        colours: np.ndarray = self.value
        return colours

    @property
    def levels(self) -> np.ndarray:
        """int64 (3, rows, columns): the quantised coefficients that the colours follow from.

        Raises:
            UnsupportedError: the layer is coded in a way that has no such levels.
        """
        if self.coding != 0:
            raise self.unknown_coding()
        return unpack_levels(self.payload, self.size)[0]

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
        return TextureLayer(self.size, self.coding, pack_levels(turned, self.quality_index))

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
    """uint8 (rows, columns, 3) -> int levels (3, rows, columns) of the YCbCr coefficients.

    This is the encoder's choice and not part of the format, so floating point may be used. A level goes nearer
    to zero than its coefficient wherever that saves more bits than it adds error: it minimises
    error^2 + BIT_WORTH x bits, with the bits that the coder itself would spend (rate-distortion optimised
    quantisation). Without `rate_aware` a fixed dead zone stands in for that.
    """
    rows, columns = colours.shape[:2]
    down, across = cosines(rows), cosines(columns)
    scaled = (down @ ycbcr(colours) @ across.T) * 16 / step_of(index)
    sign, exact = np.where(scaled < 0, -1, 1), np.minimum(np.abs(scaled), MAX_LEVEL)
    magnitude = np.floor(exact + 0.4)
    for _ in range(2 if rate_aware else 0):  # the second time with the probabilities that the first one leads to
        bits = _level_bits((sign * magnitude).astype(np.int64), index)
        choices = np.maximum(np.floor(exact + 0.5) - np.arange(3)[:, None, None, None], 0)
        loss = (exact - choices) ** 2 + BIT_WORTH * np.stack([bits(choice, scaled < 0) for choice in choices])
        magnitude = np.take_along_axis(choices, loss.argmin(0)[None], 0)[0]
    levels: np.ndarray = (sign * magnitude).astype(np.int64)
    return levels


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
    padded = _padded(rows, columns)
    padded[:, 2:-2, 2:-2] = levels
    encoder = RangeEncoder()
    for plane, y, x in _waves(rows, columns):
        p1 = _network().predict(features(padded, plane, y, x, index)).tolist()
        for level, p in zip(levels[plane, y, x].tolist(), p1, strict=True):
            _encode_level(encoder, level, p)
    return bytes([max(rows, columns) - 1, index]) + encoder.finish()


def unpack_levels(payload: bytes, size: tuple[int, int]) -> tuple[np.ndarray, int]:
    """(levels, quality index) of a payload.

    Raises:
        DamagedError: the payload cannot have been written by `pack_levels`.
    """
    (rows, columns), index = _header(payload, size)
    padded = _padded(rows, columns)
    decoder = RangeDecoder(payload[2:])
    for plane, y, x in _waves(rows, columns):
        p1 = _network().predict(features(padded, plane, y, x, index)).tolist()
        padded[plane, y + 2, x + 2] = [_decode_level(decoder, p) for p in p1]
    decoder.finish()
    return padded[:, 2:-2, 2:-2], index


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


def _padded(rows: int, columns: int) -> np.ndarray:
    return np.zeros((3, rows + 4, columns + 4), np.int64)


@lru_cache(maxsize=32)  # strangers choose the grids
def _waves(rows: int, columns: int) -> list[tuple[int, np.ndarray, np.ndarray]]:
    """Coding order: plane by plane, from low to high frequency; (plane, y, x) of each anti-diagonal."""
    y, x = np.divmod(np.arange(rows * columns), columns)
    diagonals = [np.flatnonzero(y + x == d) for d in range(rows + columns - 1)]
    return [(plane, y[d], x[d]) for plane in range(3) for d in diagonals]


def _level_bits(levels: np.ndarray, index: int) -> Callable[[np.ndarray, np.ndarray], np.ndarray]:
    """A function (magnitudes, negative) -> bits, all of shape (3, rows, columns), given the levels around each."""
    _, rows, columns = levels.shape
    padded = _padded(rows, columns)
    padded[:, 2:-2, 2:-2] = levels
    p1 = np.zeros((*levels.shape, OUTPUTS))
    for plane, y, x in _waves(rows, columns):
        p1[plane, y, x] = _network().predict(features(padded, plane, y, x, index))
    one, zero = -np.log2(np.moveaxis(p1, 3, 0) / 65536), -np.log2(1 - np.moveaxis(p1, 3, 0) / 65536)

    def bits(magnitude: np.ndarray, negative: np.ndarray) -> np.ndarray:
        total = np.where(magnitude > 0, one[0] + np.where(negative, one[1], zero[1]), zero[0])
        for flag in range(1, MAGNITUDE_FLAGS + 1):
            total += np.where(magnitude > flag, one[1 + flag], zero[1 + flag]) * (magnitude >= flag)
        beyond = np.maximum(magnitude - MAGNITUDE_FLAGS + 1, 1)
        cost: np.ndarray = total + np.where(magnitude > MAGNITUDE_FLAGS, 2 * np.floor(np.log2(beyond)) - 1, 0)
        return cost

    return bits


def _encode_level(encoder: RangeEncoder, level: int, p1: list[int]) -> None:
    encoder.encode_bit(level != 0, p1[0])
    if level == 0:
        return
    encoder.encode_bit(level < 0, p1[1])
    magnitude = abs(level)
    for flag in range(1, MAGNITUDE_FLAGS + 1):
        encoder.encode_bit(magnitude > flag, p1[1 + flag])
        if magnitude <= flag:
            return
    # Exp-Golomb of order 1: unary length, then that many bits.
    rest = magnitude - MAGNITUDE_FLAGS - 1 + 2
    length = rest.bit_length()
    for _ in range(length - 2):
        encoder.encode_bit(1, 1 << 15)
    encoder.encode_bit(0, 1 << 15)
    encoder.encode_uniform(rest - (1 << length - 1), 1 << length - 1)


def _decode_level(decoder: RangeDecoder, p1: list[int]) -> int:
    if not decoder.decode_bit(p1[0]):
        return 0
    sign = -1 if decoder.decode_bit(p1[1]) else 1
    for flag in range(1, MAGNITUDE_FLAGS + 1):
        if not decoder.decode_bit(p1[1 + flag]):
            return sign * flag
    length = 2
    while decoder.decode_bit(1 << 15):
        length += 1
        if 1 << length - 1 > MAX_LEVEL:
            raise DamagedError("a colour coefficient in the texture layer is out of range")
    rest = (1 << length - 1) + decoder.decode_uniform(1 << length - 1)
    return sign * (rest - 2 + MAGNITUDE_FLAGS + 1)


# Neighbours of lower frequency in the same plane, and neighbours in the planes before: (dy, dx).
_BEFORE = ((-1, 0), (0, -1), (-1, -1), (-2, 0), (0, -2), (-2, 1), (1, -2), (-2, -1), (-1, -2))
_AROUND = ((0, 0), (1, 0), (0, 1), (-1, 0), (0, -1))
_RUNGS = (1, 2, 3, 4, 6, 8, 11, 15, 20)  # thresholds of frequency


def features(padded: np.ndarray, plane: int, y: np.ndarray, x: np.ndarray, index: int) -> np.ndarray:
    """The network's inputs for coefficients (y, x) of one wave; float32 (n, FEATURES), whole numbers (SPEC §7.2.2)."""
    _, rows, columns = padded.shape
    cells = (rows - 4) * (columns - 4)
    columns_of: list[Any] = [1, plane == 1, plane == 2, cells.bit_length() * 2, index]
    columns_of += [y >= r for r in _RUNGS] + [x >= r for r in _RUNGS]
    own = padded[plane]
    columns_of += [np.minimum(np.abs(own[y + 2 + dy, x + 2 + dx]), 15) for dy, dx in _BEFORE]
    # Energy of the two diagonals before, in the whole plane: flat pictures stay flat.
    d = int(y[0] + x[0])
    recent = _energy(own, d - 1) + _energy(own, d - 2)
    columns_of.append(4 * recent // max(1, 2 * d - 1))
    for other in (0, 1):
        if other < plane:
            seen = padded[other]
            columns_of += [np.minimum(np.abs(seen[y + 2 + dy, x + 2 + dx]), 15) for dy, dx in _AROUND]
            # Planes of one picture tend to agree or to disagree in sign everywhere: what they did so far
            # says what they will do.
            before = np.add.outer(np.arange(rows - 4), np.arange(columns - 4)) < d
            product = np.sign(seen[2:-2, 2:-2]) * np.sign(own[2:-2, 2:-2])
            agreement = int(np.clip((product * before)[:8, :8].sum(), -15, 15))
            columns_of.append(np.clip(seen[y + 2, x + 2], -3, 3) * agreement)
            columns_of.append(np.clip(seen[y + 2, x + 2], -15, 15))
        else:
            columns_of += [0] * 7
    inputs = np.empty((len(y), len(columns_of)), np.float32)
    for number, column in enumerate(columns_of):
        inputs[:, number] = column
    return inputs


def _energy(plane: np.ndarray, diagonal: int) -> int:
    """Sum of min(|level|, 15) over one anti-diagonal of a padded plane; 0 below the first."""
    if diagonal < 0:
        return 0
    flipped = np.flip(plane[2:-2, 2:-2], 1)
    offset = flipped.shape[1] - 1 - diagonal
    return int(np.minimum(np.abs(np.diagonal(flipped, offset)), 15).sum())


@cache
def _network() -> IntegerNetwork:
    return IntegerNetwork(load_table("texture"), load_table("logistic")["p1"])
