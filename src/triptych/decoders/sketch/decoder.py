"""The decoder without a model: any subset of the layers becomes a picture, in about a tenth of a second.

Colours spread smoothly and stop at the edges (`raster/diffuse.py`), which gives flat, painting-like shapes; a thin
line of ink is laid along those edges that the colours do not show. Without colours the edges are pencil
strokes on paper, people are stick figures, and a prompt alone is set on a card. The same input gives the
same picture: nothing here is random.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageChops

from ...codec.decode import Conditioning
from ...raster import diffuse as _diffuse
from ...raster.skeleton import draw_skeletons
from ...raster.trace import draw_lines, rasterise, refine, smooth, trace
from ...threads import one_thread
from ...typing import Bools, Bytes8, Floats
from ..resize import resized
from .card import card

PAPER = (250, 248, 243)
PENCIL = (45, 43, 48)
GREY = 128

# Pictures with more pixels than this are painted smaller and enlarged: colours cost more than lines.
_COLOUR_PIXELS = 1 << 20
_LINE_PIXELS = 1 << 22
# Opacity and width (on a shorter side of 512) of the ink along edges that the colours do not show, and the
# difference in brightness, 0..255, from which colours alone show an edge. Chosen by LPIPS and by eye.
_INK = 0.3
_INK_WIDTH = 2.5
_INK_STEP = 80.0
_PENCIL_WIDTH = 1.7
# How strongly the stick figures cover the picture.
_FIGURES = 0.75


class SketchDecoder:
    """`paint` as a `Decoder`; its option `draft` is that of `paint`."""

    def __init__(self, draft: bool = False) -> None:
        self.draft = draft

    @one_thread()
    def decode(self, conditioning: Conditioning) -> Bytes8:
        """uint8 (height, width, 3), sRGB; the seed has no effect. Where the detail is a still, that is shown."""
        if conditioning.colours is not None and (still := conditioning.extra.get("still")):
            return resized(Image.fromarray(still.finest()), conditioning.width, conditioning.height)
        return paint(
            conditioning.width,
            conditioning.height,
            prompt=conditioning.prompt,
            edges=conditioning.edges,
            people=None if conditioning.people is None else list(conditioning.people),
            colours=conditioning.colours,
            draft=self.draft,
        )


def paint(
    width: int,
    height: int,
    *,
    prompt: str | None = None,
    edges: Bools | None = None,
    people: Sequence[Floats] | None = None,
    colours: Bytes8 | None = None,
    draft: bool = False,
    lines: list[Floats] | None = None,
) -> Bytes8:
    """The picture that the given layers suggest: uint8 (height, width, 3) sRGB.

    `edges`: bool (gh, gw), lines one pixel wide. `people`: float (18, 2) arrays of x and y as fractions
    0..1, NaN where a joint is missing. `colours`: uint8 (ch, cw, 3) sRGB, each the average of its cell.
    `prompt` is shown only where no other layer is given. Sizes from 1 x 1 up; beyond a megapixel (four
    without colours) the picture is painted at that size and enlarged. A `draft` is painted in less time and
    looks the same at a glance, while somebody draws. `lines` are the edges as curves (`smooth(trace(edges))`), where
    they are known already.
    """
    people = people if people is not None and len(people) else None
    if colours is not None and edges is not None:
        people = None  # the figures are in the picture already; stick men over them would only hide it
    if colours is None and edges is None and people is None:
        if prompt is None or not prompt.strip():
            return np.full((height, width, 3), GREY, np.uint8)
        w, h = _work_size(width, height, _LINE_PIXELS)
        return resized(card(prompt, w, h), width, height)

    w, h = _work_size(width, height, _LINE_PIXELS if colours is None else _COLOUR_PIXELS)
    if lines is None:
        lines = [] if edges is None else smooth(trace(edges))
    if colours is not None:
        picture = _coloured(w, h, lines, edges, np.asarray(colours), draft)
    elif edges is not None:
        picture = Image.new("RGB", (w, h), PAPER)
        picture.paste(PENCIL, (0, 0), _strokes(lines, edges.shape, w, h, _PENCIL_WIDTH))
    else:
        picture = Image.new("RGB", (w, h), (GREY, GREY, GREY))
    if people is not None:
        figures = draw_skeletons(people, w, h, np.asarray(picture))
        opacity = _FIGURES if colours is not None else 1.0
        picture = Image.blend(picture, Image.fromarray(figures), opacity)
    return resized(picture, width, height)


def _work_size(width: int, height: int, pixels: int) -> tuple[int, int]:
    """The size to paint at: as asked, or the same shape with about `pixels` pixels."""
    shrink = min(1.0, (pixels / (width * height)) ** 0.5)
    return max(1, round(width * shrink)), max(1, round(height * shrink))


def _strokes(lines: list[Floats], grid: tuple[int, ...], w: int, h: int, stroke: float) -> Image.Image:
    """The lines of a `grid` = (gh, gw) raster as a mask of size (w, h); `stroke` as wide as on 512 pixels."""
    return Image.fromarray(draw_lines(lines, (grid[1], grid[0]), w, h, max(1.0, stroke * min(w, h) / 512)))


def _coloured(w: int, h: int, lines: list[Floats], edges: Bools | None, colours: Bytes8, draft: bool) -> Image.Image:
    """The colours (ch, cw, 3), stopped at the edges where there are any, as a picture of size (w, h)."""
    planes = np.ascontiguousarray(colours.transpose(2, 0, 1), np.float32)
    barrier = np.zeros((1, 1), bool) if edges is None else _diffuse.outline(edges)
    if edges is None or not barrier.any():
        return _to_image(_diffuse.upsample(planes, h, w))

    grid = edges.shape
    gh, gw = grid

    def redrawn() -> Bools:
        drawn: Bools = rasterise(lines, (grid[1], grid[0]), gw, gh) > 0
        return drawn

    # The colours are solved for where each cell has a pixel of its own, at least.
    while gh < planes.shape[1] or gw < planes.shape[2]:
        gh, gw, lines = 2 * gh, 2 * gw, refine(lines)
        barrier = redrawn()
    u = (_diffuse.solve_roughly if draft else _diffuse.solve)(planes, barrier)
    ink = _unseen(u, barrier)
    while 2 * gh * gw < w * h:
        gh, gw, lines = 2 * gh, 2 * gw, refine(lines)
        before, barrier = barrier, redrawn()
        u = _diffuse.finer(u, before, barrier)
    # What is left on the lines themselves is half-way between their sides.
    _diffuse.fill(u, ~barrier, barrier, 2)
    picture = _to_image(u)
    if picture.size != (w, h):
        picture = picture.resize((w, h), Image.Resampling.BICUBIC)
    strokes = _strokes(lines, grid, w, h, _INK_WIDTH)
    ink_image = Image.fromarray(ink).resize((w, h), Image.Resampling.BILINEAR)
    picture.paste((0, 0, 0), (0, 0), ImageChops.multiply(strokes, ink_image))
    return picture


def _unseen(u: Floats, barrier: Bools) -> Bytes8:
    """How much ink the edges need, uint8 like `barrier`: most where both sides are equally bright."""
    u = u.copy()
    _diffuse.fill(u, ~barrier, barrier, 2)
    luma = np.pad(np.tensordot(np.array([0.299, 0.587, 0.114], np.float32), u, 1), 1, mode="edge")
    h, w = barrier.shape
    around = np.stack([luma[y : y + h, x : x + w] for y in range(3) for x in range(3)])
    step = np.pad(around.max(0) - around.min(0), 1, mode="edge")
    average = np.zeros((h, w), step.dtype)
    for y in range(3):
        for x in range(3):
            average += step[y : y + h, x : x + w]
    return (255 * _INK * np.clip(1 - average / 9 / _INK_STEP, 0, 1)).astype(np.uint8)


def _to_image(u: Floats) -> Image.Image:
    """Planar float32 (3, h, w), 0..255, as an RGB picture."""
    # Pillow joins planes in a fraction of the time that NumPy takes.
    return Image.merge("RGB", [Image.fromarray(np.clip(plane + 0.5, 0, 255).astype(np.uint8)) for plane in u])
