"""Colours that spread smoothly and stop at edges.

After A. Orzan et al., "Diffusion Curves: A Vector Representation for Smooth-Shaded Images" (SIGGRAPH 2008),
with one difference: there each curve carries its colours, here a coarse colour grid does. So the colours
are *solved for*: the smoothest picture, apart from jumps at the edges, whose average over each colour cell
is the colour of that cell. Inside a cell that an edge divides, the two sides take the colours that the
neighbouring cells on their side suggest, which removes the blur of the colour grid along edges.

Pictures in here are planar: float32 (3, height, width), values 0..255.
"""

from __future__ import annotations

import numpy as np

from ..typing import Bools, Floats

# How easily colour passes a barrier pixel, against 1 between free pixels; not 0, so that a closed shape
# smaller than a colour cell agrees with its surroundings instead of taking any value.
_LEAK = 0.005
# Weight of a cell's average against the smoothness of one pair of pixels.
_FIDELITY = 15.0
_ROUNDS_OF_DRAFTS = 4  # on all rows and columns, after those on half of them
_ALMOST_NOTHING = np.float32(1e-20)  # so that nothing is divided by 0
# How far colours may leave the range of the nine cells around, as a share of that range: a cell that mixes
# two colours hides how different they are.
_BEYOND = 0.15


def areas(cells: int, pixels: int) -> Floats:
    """The averaging matrix, float32 (cells, pixels): row i holds the shares of cell i's pixels; sums to 1."""
    bounds = np.linspace(0, pixels, cells + 1)
    start = np.arange(pixels)
    shares = np.minimum(bounds[1:, None], start + 1) - np.maximum(bounds[:-1, None], start)
    return (shares.clip(0) * (cells / pixels)).astype(np.float32)


def _interpolation(cells: int, pixels: int, *, cubic: bool) -> Floats:
    """Matrix from cell centres to pixel centres, float64 (pixels, cells): Catmull-Rom, or linear."""
    at = (np.arange(pixels) + 0.5) * (cells / pixels) - 0.5
    base = np.floor(at).astype(int)
    t = (at - base)[:, None]
    if cubic:
        weights = (
            np.hstack([((2 - t) * t - 1) * t, (3 * t - 5) * t * t + 2, ((4 - 3 * t) * t + 1) * t, (t - 1) * t * t]) / 2
        )
    else:
        weights = np.hstack([0 * t, 1 - t, t])
    matrix = np.zeros((pixels, cells))
    for k in range(weights.shape[1]):
        np.add.at(matrix, (np.arange(pixels), (base + k - 1).clip(0, cells - 1)), weights[:, k])
    return matrix


def upsample(colours: Floats, height: int, width: int) -> Floats:
    """Smooth (3, height, width) from a colour grid (3, ch, cw), float32.

    Bicubic, sharpened so that the averages over the cells come out as given, then kept near the colours of
    the nine cells around, so that nothing rings.
    """
    down, across = (_averaging_cubic(n, m) for n, m in zip(colours.shape[1:], (height, width), strict=True))
    low, high = _local_range(colours, height, width)
    clipped: Floats = np.clip(down @ colours @ across.T, low, high)
    return clipped


def _averaging_cubic(cells: int, pixels: int) -> Floats:
    """Cubic interpolation, float32 (pixels, cells), whose cell averages are the samples it is given."""
    cubic = _interpolation(cells, pixels, cubic=True)
    matrix: Floats = (cubic @ np.linalg.pinv(areas(cells, pixels) @ cubic, rcond=1e-3)).astype(np.float32)
    return matrix


def _local_range(colours: Floats, height: int, width: int) -> tuple[Floats, Floats]:
    """The lowest and highest colour, each (3, height, width), that each pixel may have.

    Those of the nine cells around it, widened by `_BEYOND`, within 0..255; smooth between cells.
    """
    _, ch, cw = colours.shape
    framed = np.pad(colours, ((0, 0), (1, 1), (1, 1)), mode="edge")
    around = np.stack([framed[:, y : y + ch, x : x + cw] for y in range(3) for x in range(3)])
    low, high = around.min(0), around.max(0)
    margin = _BEYOND * (high - low)
    down, across = (_interpolation(n, m, cubic=False).astype(np.float32) for n, m in ((ch, height), (cw, width)))
    return (down @ np.maximum(low - margin, 0) @ across.T, down @ np.minimum(high + margin, 255) @ across.T)


def outline(edges: Bools) -> Bools:
    """Those True pixels of `edges`, bool (h, w), with a False pixel around them: lines, not filled areas."""
    h, w = edges.shape
    framed = np.pad(edges, 1, mode="edge")
    around = [framed[y : y + h, x : x + w] for y in range(3) for x in range(3)]
    lines: Bools = np.asarray(edges, bool) & ~np.logical_and.reduce(around)
    return lines


class Spread:
    """The linear system whose solution spreads the colours of cells (ch, cw) over the grid (gh, gw) of a barrier.

    Minimised is ``fidelity * sum((cell average - colour)^2) + sum(w * (difference of neighbours)^2)`` over all cells
    and all pairs of side neighbours, with w = 1, or `_LEAK` at a barrier. Barrier pixels hardly count in the averages,
    else they would take up whatever error is left.
    """

    def __init__(self, cells: tuple[int, int], barrier: Bools) -> None:
        self.rows, self.columns = (areas(count, side) for count, side in zip(cells, barrier.shape, strict=True))
        self.free = np.where(barrier, np.float32(1e-3), np.float32(1))
        self.whole = self.rows @ self.free @ self.columns.T
        self.across = np.where(barrier[:, 1:] | barrier[:, :-1], np.float32(_LEAK), np.float32(1))
        self.down = np.where(barrier[1:] | barrier[:-1], np.float32(_LEAK), np.float32(1))
        diagonal = np.full(barrier.shape, 1e-6, np.float32)
        diagonal[:, 1:] += self.across
        diagonal[:, :-1] += self.across
        diagonal[1:] += self.down
        diagonal[:-1] += self.down
        self.scale = 1 / diagonal
        # From each pixel to the next one in memory; nothing flows from the end of a row to the start of the next.
        self.across_flat = np.pad(self.across, ((0, 0), (0, 1))).ravel()[:-1]

    def shares(self, cells: Floats) -> Floats:
        """(3, gh, gw): what the colours of cells (3, ch, cw) ask of each pixel."""
        shares: Floats = self.free * (self.rows.T @ (cells * (_FIDELITY / self.whole)) @ self.columns)
        return shares

    def gathered(self, pixels: Floats) -> Floats:
        """(3, ch, cw): the transpose of `shares`."""
        cells: Floats = (self.rows @ (self.free * pixels) @ self.columns.T) * (_FIDELITY / self.whole)
        return cells

    def solved(self, wanted: Floats, start: Floats, rounds: int) -> Floats:
        """(3, gh, gw): `rounds` steps of conjugate gradients, scaled by the diagonal, towards `wanted` (3, gh, gw)."""
        # One channel after the other: what is at work at once then fits the processor's cache.
        return np.stack([self._solved(*each, rounds) for each in zip(wanted, start, strict=True)])

    def _solved(self, wanted: Floats, start: Floats, rounds: int) -> Floats:
        """`solved` of one channel, (gh, gw)."""
        u = start.copy()
        pushed, spare, flow = np.empty_like(u), np.empty_like(u), np.empty(u.size, u.dtype)
        self._apply(u, pushed, spare, flow)
        residual = wanted - pushed
        step = self.scale * residual
        move = step.copy()
        energy = np.multiply(residual, step, out=spare).sum()
        for _ in range(rounds):
            self._apply(move, pushed, spare, flow)
            length = energy / (np.multiply(move, pushed, out=spare).sum() + _ALMOST_NOTHING)
            u += np.multiply(length, move, out=spare)
            residual -= np.multiply(length, pushed, out=spare)
            np.multiply(self.scale, residual, out=step)
            before, energy = energy, np.multiply(residual, step, out=spare).sum()
            move *= energy / (before + _ALMOST_NOTHING)
            move += step
        return u

    def _apply(self, u: Floats, out: Floats, spare: Floats, flow: Floats) -> None:
        """The system's matrix times `u`, into `out`; `spare` and `flow` are overwritten. All but `flow` (gh, gw).

        Most of a painting's time is spent here: no large array is made, and rows are joined to one long row.
        """
        cells = self.rows @ np.multiply(self.free, u, out=spare) @ self.columns.T / self.whole
        np.matmul(self.rows.T @ (cells * (_FIDELITY / self.whole)), self.columns, out=out)
        out *= self.free
        u, out = u.ravel(), out.ravel()
        for apart, weight in ((1, self.across_flat), (self.free.shape[1], self.down.ravel())):
            moved = np.subtract(u[apart:], u[:-apart], out=flow[apart:])
            moved *= weight
            out[apart:] += moved
            out[:-apart] -= moved


def solve(colours: Floats, barrier: Bools, rounds: int = 40) -> Floats:
    """Colours (3, gh, gw) on the grid of `barrier`, bool (gh, gw), from the cells of `colours` (3, ch, cw).

    Those of `Spread`, from the smooth upsampling on, kept near the colours of the nine cells around.
    """
    gh, gw = barrier.shape
    spread = Spread((colours.shape[1], colours.shape[2]), barrier)
    return bounded(spread.solved(spread.shares(colours), upsample(colours, gh, gw), rounds), colours)


def solve_roughly(colours: Floats, barrier: Bools) -> Floats:
    """About what `solve` gives, in a third of the time: solved for half as many rows and columns, then made finer."""
    gh, gw = barrier.shape
    even = np.pad(barrier, ((0, gh % 2), (0, gw % 2)), mode="edge")
    half = even[::2, ::2] | even[1::2, ::2] | even[::2, 1::2] | even[1::2, 1::2]
    if half.shape[0] < colours.shape[1] or half.shape[1] < colours.shape[2]:
        return solve(colours, barrier)
    start = np.ascontiguousarray(finer(solve(colours, half), half, even)[:, :gh, :gw])
    spread = Spread((colours.shape[1], colours.shape[2]), barrier)
    return bounded(spread.solved(spread.shares(colours), start, _ROUNDS_OF_DRAFTS), colours)


def bounded(u: Floats, colours: Floats) -> Floats:
    """`u` (3, gh, gw), kept near the colours of the nine cells of `colours` (3, ch, cw) around each pixel."""
    low, high = _local_range(colours, *u.shape[1:])
    clipped: Floats = np.clip(u, low, high)
    return clipped


def finer(u: Floats, barrier: Bools, finer_barrier: Bools, rounds: int = 4) -> Floats:
    """Twice the size of `u` (3, h, w), keeping colours on their side of the barriers.

    `barrier`, bool (h, w), is where `u` has no colour of its own; `finer_barrier`, bool (2h, 2w), is the
    same lines drawn again at the new size. Free pixels are split by the quadratic B-spline rule, which
    mixes a quarter of each neighbour in, but never one behind a barrier. The new pixels within old
    barrier pixels take their colours from the free pixels on their side, `rounds` pixels deep.
    """
    channels, h, w = u.shape
    # What flows between neighbours; beyond the sides nothing does.
    across, down = np.zeros((channels, h, w + 1), u.dtype), np.zeros((channels, h + 1, w), u.dtype)
    np.multiply(0.25 * (u[:, :, 1:] - u[:, :, :-1]), ~(barrier[:, 1:] | barrier[:, :-1]), out=across[:, :, 1:-1])
    np.multiply(0.25 * (u[:, 1:] - u[:, :-1]), ~(barrier[1:] | barrier[:-1]), out=down[:, 1:-1])
    left, right, above, below = across[:, :, :-1], across[:, :, 1:], down[:, :-1], down[:, 1:]
    out: Floats = np.empty((channels, *finer_barrier.shape), u.dtype)
    # The order of the two is part of what is painted, to the last bit.
    np.subtract(u - left, above, out=out[:, ::2, ::2])
    np.subtract(u + right, above, out=out[:, ::2, 1::2])
    np.subtract(u + below, left, out=out[:, 1::2, ::2])
    np.add(u + right, below, out=out[:, 1::2, 1::2])
    known = ~np.repeat(np.repeat(barrier, 2, axis=0), 2, axis=1) & ~finer_barrier
    fill(out, known, ~known & ~finer_barrier, rounds)
    return out


def fill(u: Floats, known: Bools, wanted: Bools, rounds: int) -> None:
    """Give the `wanted` pixels of `u` (3, h, w), in place, the average of `known` side neighbours.

    Each round also counts the pixels filled by the rounds before. Pixels that no known pixel reaches keep
    their colours. `known` and `wanted` are bool (h, w) and disjoint.
    """
    h, w = known.shape
    spots = np.flatnonzero(wanted)
    column = spots % w
    found = np.append(known, False)  # the last one stands for all that lies outside
    beside = [
        np.where(inside, spots + step, h * w)
        for step, inside in ((-1, column > 0), (1, column < w - 1), (-w, spots >= w), (w, spots < h * w - w))
    ]
    flat = u.reshape(3, -1)
    for _ in range(rounds):
        weights = [found.take(there).astype(np.float32) for there in beside]
        count = weights[0] + weights[1] + weights[2] + weights[3]
        reached = np.flatnonzero(count)
        filled = spots[reached]
        for plane in flat:
            total = np.zeros(len(spots), np.float32)
            for weight, there in zip(weights, beside, strict=True):
                total += weight * plane.take(there, mode="clip")
            plane[filled] = total[reached] / count[reached]
        found[filled] = True
