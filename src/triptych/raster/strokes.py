"""Strokes: the lines of an edge raster, each with what it is worth, the best first.

The encoder ranks the strokes of a picture by what its pixels say of them; `thin`, which has no pixels, ranks those of a
raster by their length. Both pay the same prices and fill a number of bytes in the same way (`triptych.layers.edges`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from ..typing import Bools, Floats, Ints
from .thin import line_cells, thin
from .trace import trace

STRAIGHT = -0.6  # cosine between two lines leaving a junction, below which one continues the other
# Cost model used only to rank strokes; the coder's true cost decides what fits.
BITS_PER_PIXEL = 2.6
BITS_PER_STROKE = 25.0


@dataclass(frozen=True)
class Strokes:
    """Candidate edges of one picture on one grid, best first.

    Attributes:
        label: int32 (gh, gw); 0 = no edge, k = pixel of stroke k (1-based).
        gain: float (n,), descending; gain per estimated bit of stroke k at [k - 1].
    """

    label: Ints
    gain: Floats

    def __len__(self) -> int:
        return len(self.gain)

    def best(self, count: int) -> Bools:
        """bool (gh, gw): the edge raster made of the `count` most worthwhile strokes."""
        # Thinned again, because strokes that run into each other leave lumps.
        return thin((self.label > 0) & (self.label <= count))


def stroke_bits(length: Ints) -> Floats:
    """About what strokes of so many pixels cost, in bits."""
    bits: Floats = BITS_PER_PIXEL * length + BITS_PER_STROKE
    return bits


def ranked(pixels: list[Ints], gain: Floats, grid: tuple[int, ...], least: float) -> Strokes:
    """The strokes with a gain of more than `least` per bit, the best first.

    Args:
        pixels: for each stroke the flat indices of its pixels.
        gain: float (n,), what each is worth.
        grid: (rows, columns).
    """
    per_bit = gain / stroke_bits(np.array([len(p) for p in pixels]))
    order = np.argsort(-per_bit, kind="stable")
    order = order[per_bit[order] > least]
    label = np.zeros(grid[0] * grid[1], np.int32)
    if len(order):  # where two cross, the better one stays: the last that is written
        places = np.arange(len(order), 0, -1)
        drawn = [pixels[index] for index in order[::-1].tolist()]
        label[np.concatenate(drawn)] = np.repeat(places, [len(p) for p in drawn])
    return Strokes(label.reshape(grid), per_bit[order])


def strokes_of(raster: Bools) -> Strokes:
    """The strokes of a raster, bool (rows, columns), the longest first; each pixel belongs to one of them."""
    pixels = line_cells(join(trace(raster)), raster.shape)
    return ranked(pixels, np.array([float(len(p)) for p in pixels]), raster.shape, 0.0)


def join(lines: list[Floats]) -> list[Floats]:
    """Join lines that go straight on across a junction, so that a contour is one stroke and not ten."""
    meeting: dict[tuple[float, float], list[tuple[int, int]]] = {}
    for index, line in enumerate(lines):
        first, last = tuple(line[0].tolist()), tuple(line[-1].tolist())
        if len(line) > 1 and first != last:
            meeting.setdefault(first, []).append((index, 0))
            meeting.setdefault(last, []).append((index, 1))

    def outward(index: int, end: int) -> tuple[float, float]:
        line = lines[index] if end else lines[index][::-1]
        dx, dy = (line[-1] - line[max(-6, -len(line))]).tolist()
        length = math.hypot(dx, dy) + 1e-9
        return dx / length, dy / length

    partner: dict[tuple[int, int], tuple[int, int]] = {}
    for ends in meeting.values():
        if len(ends) < 2:
            continue
        ways = [(end, *outward(*end)) for end in ends]
        pairs = [(ax * bx + ay * by, a, b) for i, (a, ax, ay) in enumerate(ways) for b, bx, by in ways[i + 1 :]]
        for cosine, a, b in sorted(pairs):
            if cosine < STRAIGHT and a[0] != b[0] and a not in partner and b not in partner:
                partner[a], partner[b] = b, a

    joined, done = [], set()
    starts = [(i, e) for i in range(len(lines)) for e in (0, 1) if (i, e) not in partner]
    rings = [(i, 0) for i in range(len(lines))]
    for index, end in starts + rings:
        parts = []
        while index not in done:
            done.add(index)
            parts.append(lines[index] if end == 0 else lines[index][::-1])
            if (index, 1 - end) not in partner:
                break
            index, end = partner[index, 1 - end]
        if parts:
            joined.append(np.concatenate([parts[0], *(part[1:] for part in parts[1:])]))
    return joined
