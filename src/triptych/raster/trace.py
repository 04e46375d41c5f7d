"""From a thinned edge raster to smooth lines.

A raster of one-pixel-wide edges is followed into polylines, the polylines lose their staircases, and the
result is drawn at any size or written as SVG. Coordinates are (x, y) in grid units: the pixel in column
``c`` and row ``r`` has its centre at ``(c + 0.5, r + 0.5)``; the raster spans ``0..gw`` by ``0..gh``.

A closed line repeats its first point at its end. A lone pixel is a line of one point.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw

from ..typing import Bools, Floats, Ints
from .thin import thin

# Right, left, down, up, then the diagonals; neighbours in the table are opposite directions.
_STEPS = ((0, 1), (0, -1), (1, 0), (-1, 0), (1, 1), (-1, -1), (1, -1), (-1, 1))

# Share of the pixels beyond which a large raster is no drawing of lines: every pixel would be a junction, which takes
# seconds. Drawings have a tenth.
_MOST_LINES, _LARGE = 0.4, 1 << 14


def trace(edges: np.ndarray) -> list[np.ndarray]:
    """Follow the True pixels of `edges`, bool (gh, gw), into polylines, each float64 (n, 2).

    Lines are split at junctions, which then end several of them; every True pixel lies on some line and
    no line leaves the True pixels. The order is fixed by the raster alone. If so much of a large
    raster is True that these are no lines, those of the outlines of areas are followed.
    """
    edges = np.asarray(edges, bool)
    if edges.size == 0 or not edges.any():
        return []
    if edges.size > _LARGE and np.count_nonzero(edges) > _MOST_LINES * edges.size:
        edges = thin(_outlines(edges))
    stride = edges.shape[1] + 2
    padded = np.pad(edges, 1)
    links = _links(padded).ravel()
    # Only set pixels are looked up one by one: plain Python integers are the fastest way to do that.
    left = links.tolist()
    ends = (np.unpackbits(links[:, None], axis=1).sum(axis=1) != 2).tolist()
    offsets = [dy * stride + dx for dy, dx in _STEPS]
    pixels = np.flatnonzero(padded).tolist()

    def walk(at: int) -> list[int]:
        path = [at]
        while True:
            bits = left[at]
            direction = (bits & -bits).bit_length() - 1
            left[at] = bits & (bits - 1)
            at += offsets[direction]
            left[at] &= ~(1 << (direction ^ 1))
            path.append(at)
            if ends[at] or not left[at]:
                return path

    paths: list[list[int]] = []
    for pixel in pixels:
        if ends[pixel]:
            if not links[pixel]:
                paths.append([pixel])
            while left[pixel]:
                paths.append(walk(pixel))
    # What is still linked now has no end: closed loops.
    paths.extend(walk(pixel) for pixel in pixels if left[pixel])

    flat = np.array([pixel for path in paths for pixel in path])
    points = np.stack([flat % stride - 0.5, flat // stride - 0.5], axis=1)
    return _split(points, np.array([len(path) for path in paths]))


def _outlines(raster: Bools) -> Bools:
    """The pixels that have one beside them that is not set."""
    framed = np.pad(raster, 1)
    found: Bools = raster & ~(framed[:-2, 1:-1] & framed[2:, 1:-1] & framed[1:-1, :-2] & framed[1:-1, 2:])
    return found


def _links(padded: np.ndarray) -> np.ndarray:
    """For each pixel a byte of `_STEPS` bits: which neighbours it is joined to.

    A diagonal neighbour counts only where no side neighbour already joins the two, so that an L-shaped
    bend is a line and not three junctions.
    """

    h, w = padded.shape[0] - 2, padded.shape[1] - 2

    def shifted(dy: int, dx: int) -> np.ndarray:
        return padded[1 + dy : 1 + dy + h, 1 + dx : 1 + dx + w]

    links = np.zeros(padded.shape, np.uint8)
    for bit, (dy, dx) in enumerate(_STEPS):
        joined = shifted(0, 0) & shifted(dy, dx)
        if dy and dx:
            joined &= ~(shifted(dy, 0) | shifted(0, dx))
        links[1:-1, 1:-1] |= joined.view(np.uint8) << np.uint8(bit)
    return links


def _split(points: np.ndarray, lengths: np.ndarray) -> list[np.ndarray]:
    """Cut the stacked `points` (sum of lengths, 2) into one array per line."""
    stops = np.cumsum(lengths).tolist()
    return [points[start:stop] for start, stop in zip([0, *stops[:-1]], stops, strict=True)]


def _stack(polylines: Sequence[np.ndarray]) -> tuple[np.ndarray, ...]:
    """All lines as one array, so that one numpy operation serves them all.

    Returns points (n, 2), the lengths of the lines, and for each point the index of the point before and
    after it on its line: itself at an open end, around the corner on a closed line.
    """
    points = np.concatenate(polylines)
    lengths = np.array([len(line) for line in polylines])
    last = np.cumsum(lengths) - 1
    first = last - lengths + 1
    before, after = np.arange(-1, len(points) - 1), np.arange(1, len(points) + 1)
    closed = (lengths > 2) & (points[first] == points[last]).all(axis=1)
    before[first] = np.where(closed, last - 1, first)
    after[last] = np.where(closed, first + 1, last)
    return points, lengths, before, after


def smooth(
    polylines: Sequence[np.ndarray], *, rounds: int = 24, reach: float = 0.5, corner_degrees: float = 60.0
) -> list[np.ndarray]:
    """Take the staircases out of traced `polylines` and keep real corners; same lengths, same order.

    Each of `rounds` rounds moves every point to the average of itself and the middle of its neighbours,
    but never farther than `reach` grid units per axis from where it was traced: a straight line at any
    slope fits into that tube, and shapes cannot shrink out of it. Points where the line turns by more than
    `corner_degrees` within six pixels are corners and hardly move. Ends (and so junctions) stay in place.
    """
    if not polylines:
        return []
    origin, lengths, before, after = _stack(polylines)
    limit = np.where(_corners(origin, before, after, corner_degrees), 0.15 * reach, reach)[:, None]
    limit[before == np.arange(len(origin))] = 0
    limit[after == np.arange(len(origin))] = 0
    low, high = origin - limit, origin + limit
    points, around = origin.copy(), np.zeros_like(origin)
    # Neighbours on a line are neighbours in memory, except where a closed line begins and ends; open ends stay anyway.
    order = np.arange(len(origin))
    turns = np.flatnonzero((before != order - 1) | (after != order + 1))
    for _ in range(rounds):
        np.add(points[:-2], points[2:], out=around[1:-1])
        around[turns] = points[before[turns]] + points[after[turns]]
        around *= 0.25
        points *= 0.5
        points += around
        np.maximum(points, low, out=points)
        np.minimum(points, high, out=points)
    return _split(points, lengths)


def _corners(points: Floats, before: Ints, after: Ints, degrees: float) -> Bools:
    """Which points are corners: the direction three steps ahead differs from three steps behind."""
    behind = points - points[before[before[before]]]
    ahead = points[after[after[after]]] - points
    turn = np.abs(np.arctan2(behind[:, 0] * ahead[:, 1] - behind[:, 1] * ahead[:, 0], (behind * ahead).sum(axis=1)))
    sharpest = np.maximum.reduce([turn[before], turn[after], turn[before[before]], turn[after[after]]])
    corners: Bools = (turn > np.radians(degrees)) & (turn >= sharpest)
    return corners


def refine(polylines: Sequence[np.ndarray]) -> list[np.ndarray]:
    """Put one point between every two, on the curve through them; ends and closed lines are kept.

    The four-point scheme of Dyn, Levin and Gregory (1987): repeated, it converges to a smooth curve.
    """
    if not polylines:
        return []
    points, lengths, before, after = _stack(polylines)
    middle = 0.5625 * (points + points[after]) - 0.0625 * (points[before] + points[after[after]])
    both = np.stack([points, middle], axis=1).reshape(-1, 2)
    # The last point of a line has nothing after it, so the middle computed for it is dropped.
    keep = np.ones(len(both), bool)
    keep[2 * np.cumsum(lengths) - 1] = False
    return _split(both[keep], 2 * lengths - 1)


def rasterise(
    polylines: Sequence[np.ndarray], grid_size: tuple[int, int], width: int, height: int, stroke: float = 0.0
) -> np.ndarray:
    """Draw `polylines` of a `grid_size` = (gw, gh) grid on `width` x `height` pixels.

    With `stroke` 0 the lines are chains of single pixels joined by sides or corners, values 0 and 255.
    Otherwise they are `stroke` pixels wide, anti-aliased. Returns uint8 (height, width), 255 on a line.
    """
    finer = 1 if stroke <= 0 else min(3, max(1, 4096 // max(width, height)))
    canvas = Image.new("L", (width * finer, height * finer))
    draw = ImageDraw.Draw(canvas)
    scale = np.array([width * finer / grid_size[0], height * finer / grid_size[1]])
    wide = max(1, round(stroke * finer))
    ends: set[tuple[float, float]] = set()
    for line in polylines:
        spots = (line * scale).ravel().tolist()
        if len(spots) > 2:
            draw.line(spots, fill=255, width=wide)
        elif wide == 1:
            draw.point(spots, fill=255)
        ends.update(((spots[0], spots[1]), (spots[-2], spots[-1])))
    if wide > 2:
        # Round caps: they also close the gaps where lines meet.
        r = wide / 2
        for x, y in ends:
            draw.ellipse((x - r, y - r, x + r, y + r), fill=255)
    return np.asarray(canvas.reduce(finer) if finer > 1 else canvas)


def draw_lines(
    lines: Sequence[np.ndarray], grid_size: tuple[int, int], width: int, height: int, stroke: float = 0.0
) -> np.ndarray:
    """`rasterise` with curves, not chords, where a step of the grid is many pixels long; arguments as there."""
    step = max(width / grid_size[0], height / grid_size[1])
    while step > 3 and len(lines):
        lines, step = refine(lines), step / 2
    return rasterise(lines, grid_size, width, height, stroke)


def to_svg(polylines: Sequence[np.ndarray], grid_size: tuple[int, int], width: int, height: int) -> str:
    """`polylines` of a `grid_size` = (gw, gh) grid as an SVG drawing of `width` x `height` user units.

    One path of strokes without fill. Each line is a chain of quadratic curves that bend at the points of
    the line and meet half-way between them, in relative coordinates to a tenth of a unit (less where the
    picture is large against the grid: there a fortieth of a grid step is fine enough).
    """
    scale = np.array([width / grid_size[0], height / grid_size[1]])
    # Coordinates are whole multiples of `unit`; the group's transform restores the size.
    unit = max(0.1, float(scale.max()) / 40)
    pieces = [_path(np.rint(line * scale / unit).astype(int)) for line in polylines]
    stroke = 1.5 * min(width, height) / 512
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}"><path transform="scale({unit:.6g})" fill="none" stroke="#222" '
        f'stroke-width="{stroke / unit:.4g}" stroke-linecap="round" stroke-linejoin="round" '
        f'd="{"".join(pieces)}"/></svg>\n'
    )


def _path(points: np.ndarray) -> str:
    """One line, int (n, 2), as SVG path data."""
    spots = _thin_out(points).tolist()
    (x, y), steps = spots[0], []
    out = [f"M{x} {y}"]
    closed = len(spots) > 3 and spots[0] == spots[-1]
    if len(spots) < 3:
        end = spots[-1]
        return f"M{x} {y}l{end[0] - x} {end[1] - y}"
    if closed:
        # Start half-way along the first side so that the curve also passes smoothly where it closes.
        spots = [*spots[:-1], spots[0], spots[1]]
        x, y = (spots[0][0] + spots[1][0]) // 2, (spots[0][1] + spots[1][1]) // 2
        out = [f"M{x} {y}"]
    for k in range(1, len(spots) - 1):
        (cx, cy), (nx, ny) = spots[k], spots[k + 1]
        final = not closed and k == len(spots) - 2
        ex, ey = (nx, ny) if final else ((cx + nx) // 2, (cy + ny) // 2)
        steps.append(f"{cx - x} {cy - y} {ex - x} {ey - y}")
        x, y = ex, ey
    text = "q" + " ".join(steps) + ("z" if closed else "")
    return out[0] + text.replace(" -", "-")


def _thin_out(points: np.ndarray) -> np.ndarray:
    """Drop every second point of runs that are straight to within a twentieth of their length."""
    for _ in range(4):
        if len(points) < 5:
            break
        chord = points[2:] - points[:-2]
        off = points[1:-1] - points[:-2]
        bend = np.abs(chord[:, 0] * off[:, 1] - chord[:, 1] * off[:, 0])
        drop = np.zeros(len(points), bool)
        drop[1:-1] = bend < 0.05 * (chord * chord).sum(axis=1)
        drop[0::2] = False
        if not drop.any():
            break
        points = points[~drop]
    return points
