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

from ..colour import to_oklab
from ..raster.strokes import Strokes, join, ranked
from ..raster.thin import fill_holes, line_cells, thin
from ..raster.trace import smooth, trace
from ..typing import Bools, Floats, Ints
from .stroke_gain import predict_gain

CELL = 4  # working pixels per side of a grid cell: fine enough to see an ink line, coarse enough to be quick
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
    return rank(image, *candidates(image, grid))


def candidates(image: Image.Image, grid: tuple[int, int]) -> tuple[list[Ints], Floats]:
    """All strokes that may help: flat indices of the pixels of each, and the edge energy, float32 (gh, gw)."""
    strength = edge_strength(image, grid)
    return _strokes(_ridges(strength)), strength[0]


def rank(image: Image.Image, pixels: list[Ints], energy: Floats, least: float = LEAST_GAIN) -> Strokes:
    """The candidates whose gain per bit is more than `least`, the best first."""
    if not pixels:
        return ranked(pixels, np.zeros(0), energy.shape, least)
    mask = np.zeros(energy.size, bool)
    mask[np.concatenate(pixels)] = True
    cell = (image.width * image.height / energy.size) ** 0.5
    predicted = predict_gain(image.convert("RGB"), mask.reshape(energy.shape), energy).ravel()
    by_network = np.array([predicted[p].sum() for p in pixels])
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


def edge_strength(image: Image.Image, grid: tuple[int, int]) -> tuple[Floats, Floats, Floats]:
    """Edge energy and direction on the grid.

    Returns:
        (energy, nx, ny), each float32 (gh, gw): energy >= 0; (nx, ny) is the unit normal of the contour.
    """
    from scipy.ndimage import gaussian_filter, gaussian_filter1d

    gh, gw = grid
    work = image.convert("RGB").resize((gw * CELL, gh * CELL), Image.Resampling.LANCZOS)
    lab = to_oklab(np.asarray(work, np.float32))
    xx, yy, xy = (np.zeros(lab.shape[:2], np.float32) for _ in range(3))
    for channel in np.moveaxis(lab, 2, 0):
        dx = gaussian_filter1d(gaussian_filter1d(channel, FINE_SIGMA, 1, 1), FINE_SIGMA, 0)
        dy = gaussian_filter1d(gaussian_filter1d(channel, FINE_SIGMA, 0, 1), FINE_SIGMA, 1)
        xx, yy, xy = xx + dx * dx, yy + dy * dy, xy + dx * dy
    # Gradient energy is compressed before averaging (fourth root in all, with the eigenvalue's square
    # root): a blinding edge must not hide a fainter one a few pixels away.
    norm = np.sqrt(xx + yy) + 1e-3
    xx, yy, xy = (_box(gaussian_filter(t / norm, COHERENCE_SIGMA), CELL) for t in (xx, yy, xy))
    half = np.sqrt(((xx - yy) / 2) ** 2 + xy * xy)
    large, small = (xx + yy) / 2 + half, np.maximum((xx + yy) / 2 - half, 0)
    energy = np.maximum(large - ISOTROPY_WEIGHT * small, 0)
    surround = gaussian_filter(energy, 6.0) * 1.3 - gaussian_filter(energy, 2.0) * 0.3
    energy = np.maximum(energy - SURROUND * np.maximum(surround, 0), 0)
    angle = 0.5 * np.arctan2(2 * xy, xx - yy)
    return energy.astype(np.float32), np.cos(angle).astype(np.float32), np.sin(angle).astype(np.float32)


def _box(values: Floats, cell: int) -> Floats:
    h, w = values.shape
    averages: Floats = values.reshape(h // cell, cell, w // cell, cell).mean((1, 3))
    return averages


def _ridges(strength: tuple[Floats, Floats, Floats]) -> Bools:
    """bool (gh, gw): local maxima of the energy across the contour, thinned to one pixel."""
    from scipy.ndimage import map_coordinates

    energy, nx, ny = strength
    y, x = np.mgrid[: energy.shape[0], : energy.shape[1]].astype(np.float32)
    ahead = map_coordinates(energy, [y + ny, x + nx], order=1, mode="nearest")
    behind = map_coordinates(energy, [y - ny, x - nx], order=1, mode="nearest")
    # A little slack keeps contours closed where the ridge runs between two pixels; thinning repairs width.
    peak = (energy >= 0.97 * np.maximum(ahead, behind)) & (energy > np.minimum(ahead, behind))
    return thin(fill_holes(peak & (energy > FAINTEST)))


def _strokes(ridge: Bools) -> list[Ints]:
    """Thinned ridges -> strokes: gaps bridged, joined across junctions, smoothed and drawn again."""
    lines = smooth(join(_bridge(trace(ridge), ridge)), rounds=40, reach=1.0, corner_degrees=90)
    drawn = (line_cells(line, ridge.shape) for line in lines)
    return [p for p in drawn if len(p) >= SHORTEST]


def _strength(pixels: list[Ints], energy: Floats) -> Floats:
    """The sum of the energy along each stroke."""
    # A line was moved by up to a cell, so its energy is looked up around it.
    flat, near = energy.ravel(), maximum_3x3(energy).ravel()
    return np.array([(flat[p] + near[p]).sum() / 2 for p in pixels])


def maximum_3x3(values: Floats) -> Floats:
    """The largest value of each pixel and its eight neighbours."""
    from scipy.ndimage import maximum_filter

    largest: Floats = maximum_filter(values, 3)
    return largest


def _bridge(lines: list[Floats], ridge: Bools) -> list[Floats]:
    """Lengthen lines whose free end points at another line close by, so that contours are closed."""
    rows, columns = ridge.shape
    degree: dict[tuple[float, float], int] = {}
    for line in lines:
        for end in (line[0], line[-1]):
            degree[tuple(end)] = degree.get(tuple(end), 0) + 1

    def probe(line: Floats) -> Floats | None:
        """Where a line's last point should be joined to, or None."""
        if len(line) < 3 or degree[tuple(line[-1])] > 1 or (line[0] == line[-1]).all():
            return None
        tail = line[-min(5, len(line)) :]
        ahead = (tail[-1] - tail[0]) / max(np.abs(tail[-1] - tail[0]).max(), 1e-9)
        own = {tuple(point) for point in line[-8:].tolist()}
        for distance in range(2, GAP + 2):
            x, y = np.floor(tail[-1] + ahead * distance)
            for dx, dy in ((0, 0), (1, 0), (-1, 0), (0, 1), (0, -1)):
                column, row = int(x) + dx, int(y) + dy
                inside = 0 <= row < rows and 0 <= column < columns
                if inside and ridge[row, column] and (column + 0.5, row + 0.5) not in own:
                    return np.array([[column + 0.5, row + 0.5]])
        return None

    bridged = []
    for line in lines:
        for _ in range(2):  # the last point, then (turned round) the first
            joint = probe(line)
            line = (line if joint is None else np.concatenate([line, joint]))[::-1]
        bridged.append(line)
    return bridged
