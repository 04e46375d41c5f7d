"""Edges from pixels: the contours of things, not the texture on them.

A classical detector finds candidates, and a network ranks them by what they are worth to the decoder. In this order:

1. *Colour structure tensor* (Di Zenzo, "A note on the gradient of a multi-image", 1986) in a perceptual
   colour space, so that contours between equally bright colours count.
2. *Coherence*: the tensor is averaged over a neighbourhood (Bigün and Granlund 1987) and its small
   eigenvalue is subtracted from its large one. Hair, grass and noise have gradients in all directions
   and cancel; a contour has one direction and stays. A thin ink line has two parallel gradients, which
   the averaging merges into one ridge, so a drawn line gives one edge and not two.
3. *Surround suppression* (Grigorescu, Petkov, Westenberg, "Contour detection based on nonclassical
   receptive field inhibition", 2003): an edge among many edges as strong as itself is texture.
4. *Strokes*: ridges are thinned and linked into strokes.
5. *Gain*: a network predicts how much each stroke improves the decoded picture (`stroke_gain`). Strokes are
   ranked by that and their strength, per bit.
"""

from __future__ import annotations

import numpy as np
from PIL import Image

from ..colour import TO_LAB, TO_LMS, cube_root, to_linear, weighted
from ..limits import MAX_EDGE_SIDE
from ..raster.strokes import Strokes, join, ranked
from ..raster.thin import fill_holes, line_cells, thin
from ..raster.trace import smooth, trace
from ..typing import Bools, Floats, Ints
from .filters import across, blurred, down, gaussian, maximum_3x3, sampled
from .stroke_gain import CELL, predict_gain

_ROWS = 32  # that are converted at a time: they stay in the processor's cache
FINE_SIGMA = 1.0  # working pixels: scale of the derivative
COHERENCE_SIGMA = 3.0  # working pixels: scale over which a direction must agree
ISOTROPY_WEIGHT = 1.0  # how much of the small eigenvalue is subtracted
SURROUND = 0.8  # how much of the surrounding edge energy is subtracted
FAINTEST = 0.002  # energy below which nothing is an edge
SHORTEST = 3  # cells: anything smaller is a speck
GAP = 3  # cells: free ends this close to another line ahead of them are joined to it
# Gain per unit of edge energy where nothing else is known: the mean over the strokes measured by
# training/strokes/measure.py.
GAIN_PER_ENERGY = 9.4
# Weight of the predicted gain against that. Alone, the prediction leaves out eyes and mouths, which the embedded
# decoders paint too badly to gain by them, and which people look at first (docs/decisions/0005).
PREDICTION_WEIGHT = 0.3
LEAST_GAIN = 0.0  # per bit; strokes below it are not drawn even if there is room for them


def find_strokes(image: Image.Image, grid: tuple[int, int]) -> Strokes:
    """Find the contours of an RGB picture on a grid of (height, width) cells.

    Raises:
        ModelError: the network that ranks them cannot be run.
    """
    return StrokeFinder(image).ranked(grid)


class StrokeFinder:
    """The contours of one RGB picture on one grid after the other, each a (height, width) in cells."""

    def __init__(self, image: Image.Image) -> None:
        self._image = image
        self._lab: Floats | None = None
        self._found: dict[tuple[int, int], tuple[list[Ints], Floats]] = {}

    def ranked(self, grid: tuple[int, int]) -> Strokes:
        """Those that help, the best first; errors as of `find_strokes`."""
        return rank(self._image, *self.candidates(grid))

    def rough(self, grid: tuple[int, int]) -> Strokes:
        """All that may help, ranked by their strength alone, which takes half the time."""
        pixels, energy = self.candidates(grid)
        return ranked(pixels, _strength(pixels, energy), energy.shape, 0.0)

    def candidates(self, grid: tuple[int, int]) -> tuple[list[Ints], Floats]:
        """All that may help: flat indices of the pixels of each, and the edge energy, float32 (gh, gw)."""
        if grid not in self._found:
            if self._lab is None:
                self._lab = oklab_planes(self._image)
            strength = edge_strength(self._lab, grid)
            self._found[grid] = _strokes(_ridges(strength)), strength[0]
        return self._found[grid]


def candidates(image: Image.Image, grid: tuple[int, int]) -> tuple[list[Ints], Floats]:
    """`StrokeFinder.candidates` for one grid."""
    return StrokeFinder(image).candidates(grid)


def rank(image: Image.Image, pixels: list[Ints], energy: Floats, least: float = LEAST_GAIN) -> Strokes:
    """The candidates whose gain per bit is more than `least`, the best first."""
    if not pixels:
        return ranked(pixels, np.zeros(0), energy.shape, least)
    mask = np.zeros(energy.size, bool)
    mask[np.concatenate(pixels)] = True
    cell = (image.width * image.height / energy.size) ** 0.5
    by_network = _along(pixels, predict_gain(image.convert("RGB"), mask.reshape(energy.shape), energy))
    by_strength = GAIN_PER_ENERGY * _strength(pixels, energy)
    gain = PREDICTION_WEIGHT * by_network + (1 - PREDICTION_WEIGHT) * by_strength
    return ranked(pixels, gain * (cell / CELL), energy.shape, least)


def strokes_from_map(image: Image.Image, grid: tuple[int, int]) -> Strokes:
    """Strokes of a ready-made edge map of any size, bright lines on dark or dark lines on bright.

    Lines are what there is less of; grey values count as strength.
    """
    gh, gw = grid
    values = np.asarray(image.convert("L"))
    if np.median(values) > 127:
        values = 255 - values
    # The strongest pixel of each cell: an average would lose thin lines.
    rows = np.linspace(0, values.shape[0], gh + 1).astype(int)
    columns = np.linspace(0, values.shape[1], gw + 1).astype(int)
    rows[:-1], columns[:-1] = np.minimum(rows[:-1], values.shape[0] - 1), np.minimum(columns[:-1], values.shape[1] - 1)
    energy = np.maximum.reduceat(np.maximum.reduceat(values, rows[:-1], 0), columns[:-1], 1) / np.float32(255)
    pixels = _strokes(thin(fill_holes(energy > 0.3)))
    return ranked(pixels, _strength(pixels, energy), grid, 0.0)


def edge_strength(lab: Floats, grid: tuple[int, int]) -> tuple[Floats, Floats, Floats]:
    """Edge energy and direction on the grid, of a picture's `oklab_planes`.

    Returns:
        (energy, nx, ny), each float32 (gh, gw): energy >= 0; (nx, ny) is the unit normal of the contour.
    """
    # The derivatives of the picture as it is with CELL x CELL pixels for each cell, without making it so large.
    (_, h, w), height, width = lab.shape, grid[0] * CELL, grid[1] * CELL
    dx = down(gaussian(height, FINE_SIGMA, source=h), across(gaussian(width, FINE_SIGMA, order=1, source=w), lab))
    dy = down(gaussian(height, FINE_SIGMA, order=1, source=h), across(gaussian(width, FINE_SIGMA, source=w), lab))
    tensor = np.stack([np.einsum("chw,chw->hw", a, b) for a, b in ((dx, dx), (dy, dy), (dx, dy))])
    # Gradient energy is compressed before averaging (fourth root in all, with the eigenvalue's square
    # root): a blinding edge must not hide a fainter one a few pixels away.
    tensor /= np.sqrt(tensor[0] + tensor[1]) + np.float32(1e-3)
    xx, yy, xy = blurred(tensor, COHERENCE_SIGMA, cell=CELL)
    half = np.sqrt(((xx - yy) / 2) ** 2 + xy * xy)
    large, small = (xx + yy) / 2 + half, np.maximum((xx + yy) / 2 - half, 0)
    energy = np.maximum(large - ISOTROPY_WEIGHT * small, 0)
    surround = blurred(energy, 6.0) * 1.3 - blurred(energy, 2.0) * 0.3
    energy = np.maximum(energy - SURROUND * np.maximum(surround, 0), 0)
    angle = 0.5 * np.arctan2(2 * xy, xx - yy)
    return energy.astype(np.float32), np.cos(angle).astype(np.float32), np.sin(angle).astype(np.float32)


def oklab_planes(image: Image.Image) -> Floats:
    """float32 (3, h, w): the planes of an RGB picture in OKLab, reduced to what the finest grid needs at most twice."""
    image = image if image.mode == "RGB" else image.convert("RGB")
    if (times := max(image.size) // (MAX_EDGE_SIDE * CELL)) > 1:
        image = image.reduce(times)
    pixels = np.asarray(image)
    linear = to_linear(np.arange(256, dtype=np.float32))
    lab = np.empty((3, *pixels.shape[:2]), np.float32)
    for top in range(0, len(pixels), _ROWS):
        light = [linear.take(pixels[top : top + _ROWS, :, channel]) for channel in range(3)]
        weighted(cube_root(weighted(light, TO_LMS)), TO_LAB, lab[:, top : top + _ROWS])
    return lab


def _ridges(strength: tuple[Floats, Floats, Floats]) -> Bools:
    """bool (gh, gw): local maxima of the energy across the contour, thinned to one pixel."""
    energy, nx, ny = strength
    y, x = np.mgrid[: energy.shape[0], : energy.shape[1]].astype(np.float32)
    ahead, behind = sampled(energy, y + ny, x + nx), sampled(energy, y - ny, x - nx)
    # A little slack keeps contours closed where the ridge runs between two pixels; thinning repairs width.
    peak = (energy >= 0.97 * np.maximum(ahead, behind)) & (energy > np.minimum(ahead, behind))
    return thin(fill_holes(peak & (energy > FAINTEST)))


def _strokes(ridge: Bools) -> list[Ints]:
    """Thinned ridges -> strokes: gaps bridged, joined across junctions, smoothed and drawn again."""
    lines = smooth(join(_bridge(trace(ridge), ridge)), rounds=40, reach=1.0, corner_degrees=90)
    return [cells for cells in line_cells(lines, ridge.shape) if len(cells) >= SHORTEST]


def _strength(pixels: list[Ints], energy: Floats) -> Floats:
    """The sum of the energy along each stroke."""
    # A line was moved by up to a cell, so its energy is looked up around it.
    return _along(pixels, energy + maximum_3x3(energy)) / 2


def _along(pixels: list[Ints], values: Floats) -> Floats:
    """float64 (n,): the sum of a plane over the pixels of each stroke."""
    if not pixels:
        return np.zeros(0)
    number = np.repeat(np.arange(len(pixels)), [len(p) for p in pixels])
    sums: Floats = np.bincount(number, values.ravel()[np.concatenate(pixels)], len(pixels)).astype(np.float64)
    return sums


def _bridge(lines: list[Floats], ridge: Bools) -> list[Floats]:
    """Lengthen lines whose free end points at another line close by, so that contours are closed."""
    if not lines:
        return []
    lengths = np.array([len(line) for line in lines])
    points = np.floor(np.concatenate(lines)).astype(int)
    first, last = np.cumsum(lengths) - lengths, np.cumsum(lengths) - 1
    flat = points[:, 1] * ridge.shape[1] + points[:, 0]
    degree = np.bincount(np.concatenate([flat[first], flat[last]]), minlength=ridge.size)
    open_lines = (lengths >= 3) & (flat[first] != flat[last])
    ahead: list[Floats] = [np.zeros((0, 2))] * len(lines)
    behind = ahead.copy()
    ends = np.flatnonzero(open_lines & (degree[flat[last]] == 1))
    steps = np.minimum(np.arange(_OWN), lengths[ends, None] - 1)
    for number, joint in zip(*_joints(points[last[ends, None] - steps], lengths[ends], ridge, ends), strict=True):
        ahead[number] = joint
    # The first ends, of lines that may have been lengthened at their last ones.
    ends = np.flatnonzero(open_lines & (degree[flat[first]] == 1))
    longer = lengths[ends] + np.array([len(ahead[number]) for number in ends.tolist()], int)
    starts = points[first[ends, None] + np.minimum(np.arange(_OWN), lengths[ends, None] - 1)]
    for row in np.flatnonzero((longer > lengths[ends]) & (longer <= _OWN)).tolist():
        starts[row, longer[row] - 1 :] = np.floor(ahead[ends[row]][0])
    for number, joint in zip(*_joints(starts, longer, ridge, ends), strict=True):
        behind[number] = joint
    return [
        np.concatenate([before, line, after]) if len(before) or len(after) else line
        for before, line, after in zip(behind, lines, ahead, strict=True)
    ]


_OWN = 8  # cells at the end of a line that it is not joined to
_AIM = 4  # cells back from the end that say where it points


def _joints(own: Ints, lengths: Ints, ridge: Bools, numbers: Ints) -> tuple[list[int], list[Floats]]:
    """(the numbers of the lines whose end points at a ridge, the point of it that each should be joined to, (1, 2)).

    Args:
        own: int (n, _OWN, 2), the last cells (column, row) of each line from its end backwards; the last one again
            where there are no more.
        lengths: int (n,), of the lines, in cells.
    """
    if not len(own):
        return [], []
    rows, columns = ridge.shape
    end = own[:, 0]
    way = end - own[np.arange(len(own)), np.minimum(_AIM, lengths - 1)]
    way = way / np.maximum(np.abs(way).max(1, keepdims=True), 1e-9)
    aims = np.floor(end[:, None] + 0.5 + way[:, None] * np.arange(2, GAP + 2)[:, None]).astype(int)
    around = np.array([(0, 0), (1, 0), (-1, 0), (0, 1), (0, -1)])
    tried = (aims[:, :, None] + around).reshape(len(own), -1, 2)
    x, y = tried[..., 0], tried[..., 1]
    inside = (x >= 0) & (x < columns) & (y >= 0) & (y < rows)
    found = inside & ridge[y.clip(0, rows - 1), x.clip(0, columns - 1)]
    found &= ~(tried[:, :, None] == own[:, None]).all(-1).any(-1)
    hit = np.flatnonzero(found.any(1))
    return numbers[hit].tolist(), list((tried[hit, found[hit].argmax(1)] + 0.5)[:, None])
