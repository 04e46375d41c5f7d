"""What the networks are shown: the layers as pictures, drawn at the size that is painted."""

from __future__ import annotations

import numpy as np
from PIL import Image

from ...codec.decode import Conditioning
from ...raster.skeleton import draw_skeletons
from ...raster.trace import draw_lines, smooth, trace
from ...typing import Bools, Bytes8

# Width in pixels of the lines of a sketch, at every size: PiDiNet's maps (Z. Su et al., 2021), thresholded at half,
# on which the T2I-Adapters were trained, have a median of 4.7 to 7.5 pixels at 512.
_SKETCH = 5.0
# The same for soft lines, at a shorter side of 512 pixels; what is shown grows with the picture.
_SOFT = 2.5
# The colour adapter was trained on pictures reduced to an eighth of 512 pixels (C. Mou et al., "T2I-Adapter", 2023).
_CELL = 64
_STRIP = 16


def work_size(width: int, height: int, pixels: int, multiple: int) -> tuple[int, int]:
    """The size to paint at: the picture's shape, an area of about `pixels`, both sides multiples of `multiple`.

    Of strips of more than 16 to 1 the longer side is shortened to that: no model paints them, and a side of one pixel
    would make the other one endless.
    """
    w, h = min(width, _STRIP * height), min(height, _STRIP * width)
    scale = (pixels / (w * h)) ** 0.5
    w, h = (max(1, round(side * scale / multiple)) * multiple for side in (w, h))
    return w, h


def layers_of(conditioning: Conditioning) -> frozenset[str]:
    """Which of "edges", "pose" and "colours" there is anything to draw of."""
    found = {
        "edges": conditioning.edges is not None and bool(np.any(conditioning.edges)),
        "pose": conditioning.people is not None and len(conditioning.people) > 0,
        "colours": conditioning.colours is not None,
    }
    return frozenset(layer for layer, there in found.items() if there)


def draw(conditioning: Conditioning, drawn: str, width: int, height: int, wider: float = 1.0) -> Bytes8:
    """A layer that is there (`layers_of`) as a picture: uint8 (height, width, 3), sRGB.

    `drawn` is one of

    - "sketch": the edges as white lines of 5 pixels on black, nothing in between: what T2I-Adapters were trained on
      (`edge > 0.5` in their repository; `apply_filter=True` in the published program);
    - "softedge": the edges as smooth, soft-edged white lines on black, for ControlNets of that name;
    - "canny": the edges as white lines one pixel wide on black;
    - "openpose": the people as OpenPose stick figures on black;
    - "openpose-wide": the same with thicker limbs, as xinsir's ControlNets were trained on (their model cards);
    - "cells": the colours as flat squares of 64 pixels;
    - "smooth": the colours without visible cells.

    Where a detail layer is a still, that is what "cells" and "smooth" show.

    `wider`: how many times as wide the lines of "sketch" and "softedge" are, to see what that does.
    """
    edges, people, colours = conditioning.edges, conditioning.people, conditioning.colours
    if drawn == "sketch" and edges is not None:
        wide = _lines(edges, width, height, wider * _SKETCH) >= 128
        return np.repeat(wide[..., None], 3, axis=2).astype(np.uint8) * 255
    if drawn == "softedge" and edges is not None:
        lines = _lines(edges, width, height, max(1.0, wider * _SOFT * min(width, height) / 512))
        return np.repeat(lines[..., None], 3, axis=2)
    if drawn == "canny" and edges is not None:
        return np.repeat(_lines(edges, width, height, 0)[..., None], 3, axis=2)
    if drawn == "openpose" and people is not None:
        return draw_skeletons(list(people), width, height)
    if drawn == "openpose-wide" and people is not None:
        longer = max(width, height)
        times = 1 if longer < 500 else min(2 + longer // 1000, 7)
        return draw_skeletons(list(people), width, height, radius=4 * times)
    if colours is None:
        raise ValueError(f"there is nothing to draw as {drawn!r}")
    still = conditioning.extra.get("still")
    image = Image.fromarray(still.finest() if still else colours)  # the same picture, only finer
    if drawn == "smooth":
        return np.asarray(image.resize((width, height), Image.Resampling.BICUBIC))
    cells = [max(1, min(own, round(side / _CELL))) for own, side in zip(image.size, (width, height), strict=True)]
    return np.asarray(image.resize(cells, Image.Resampling.BOX).resize((width, height), Image.Resampling.NEAREST))


def _lines(edges: Bools, width: int, height: int, stroke: float) -> Bytes8:
    """The edges as curves `stroke` pixels wide (0: chains of single pixels): uint8 (height, width)."""
    return draw_lines(smooth(trace(edges)), (edges.shape[1], edges.shape[0]), width, height, stroke)
