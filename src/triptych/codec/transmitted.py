"""What was sent, laid over what was painted: a plausible wrong picture is worse than a blur that admits it is one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..raster.skeleton import draw_skeletons
from ..raster.trace import draw_lines, smooth, trace
from .decode import Conditioning

if TYPE_CHECKING:
    from PIL import Image

LINE = (255, 0, 160)  # of edges: a colour that pictures seldom have
LINE_WIDTH = 1.6  # of a shorter side of 512 pixels


def lay_over(image: Image.Image, conditioning: Conditioning) -> Image.Image:
    """A picture with its edges drawn and the colours that were sent as a dot in the middle of each cell.

    Args:
        image: what a decoder painted of `conditioning`.
        conditioning: edges, colours and people are drawn as they were sent; a prompt has no place.
    """
    from PIL import Image, ImageDraw

    shown = image.convert("RGB").copy()
    width, height = shown.size
    draw = ImageDraw.Draw(shown)
    if conditioning.colours is not None:
        rows, columns = conditioning.colours.shape[:2]
        radius = max(1.0, min(width / columns, height / rows) / 8)
        for y, row in enumerate(conditioning.colours.tolist()):
            for x, (red, green, blue) in enumerate(row):
                cx, cy = (x + 0.5) * width / columns, (y + 0.5) * height / rows
                ring = (0, 0, 0) if red + green + blue > 3 * 127 else (255, 255, 255)
                draw.ellipse((cx - radius, cy - radius, cx + radius, cy + radius), (red, green, blue), ring)
    if conditioning.edges is not None and conditioning.edges.any():
        rows, columns = conditioning.edges.shape
        wide = max(1.0, LINE_WIDTH * min(width, height) / 512)
        lines = draw_lines(smooth(trace(conditioning.edges)), (columns, rows), width, height, wide)
        shown.paste(LINE, (0, 0), Image.fromarray(lines))
    if conditioning.people is not None and len(conditioning.people):
        shown = Image.fromarray(draw_skeletons(list(conditioning.people), width, height, np.asarray(shown)))
    return shown
