"""What the network is given: a first painting, the strokes and noise."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...codec.decode import Conditioning
from ...raster.trace import draw_lines, smooth, trace
from ...typing import Bools, Bytes8, Floats
from ..sketch import paint
from .figures import outline_people

# How wide the strokes are that the network sees, in pixels at any size.
_STROKE = 1.7
TEXT = 64  # numbers that the network takes for a prompt


@dataclass(frozen=True)
class Conditions:
    """The network's inputs, with h and w as the picture's size.

    Attributes:
        painted: float32 (1, 3, h, w), -1..1: what `sketch` paints of colours and edges.
        strokes: float32 (1, 1, h, w), 0..1; 0 everywhere without edges.
        noise: float32 (1, 1, h, w), normally distributed.
        text: float32 (1, TEXT), 0. Only training tells it prompts: of pictures that it was not trained on it paints
            nearer without.
    """

    painted: np.ndarray
    strokes: np.ndarray
    noise: np.ndarray
    text: np.ndarray


def conditions_of(given: Conditioning, width: int, height: int) -> Conditions:
    """The conditions of a picture that is painted at width x height; it has colours."""
    edges = _edges_of(given, width, height)
    lines = [] if edges is None else smooth(trace(edges))
    picture = paint(width, height, edges=edges, colours=given.colours, lines=lines)
    strokes = strokes_of(edges, width, height, lines)
    noise = np.random.Generator(np.random.PCG64(given.seed)).standard_normal((1, 1, height, width), np.float32)
    untold = np.zeros((1, TEXT), np.float32)
    return Conditions(in_planes(picture), strokes[None, None].astype(np.float32) / 255, noise, untold)


def in_planes(pixels: Bytes8) -> Floats:
    """uint8 (h, w, 3) as float32 (1, 3, h, w), -1..1."""
    planes = np.empty((1, pixels.shape[2], *pixels.shape[:2]), np.float32)
    for number, plane in enumerate(planes[0]):
        np.divide(pixels[:, :, number], np.float32(127.5), out=plane)
    planes -= 1
    return planes


def first_painting(given: Conditioning, width: int, height: int) -> Bytes8:
    """What `sketch` paints of colours and edges, or of the outlines of people, uint8 (height, width, 3)."""
    return paint(width, height, edges=_edges_of(given, width, height), colours=given.colours)


def _edges_of(given: Conditioning, width: int, height: int) -> Bools | None:
    """The edges; where there are none but people, their outlines."""
    if given.edges is None and given.people is not None and len(given.people):
        return outline_people(given.people, width, height)
    return given.edges


def strokes_of(edges: np.ndarray | None, width: int, height: int, lines: list[np.ndarray] | None = None) -> np.ndarray:
    """The edges as smooth antialiased curves, uint8 (height, width), 0..255; `lines` are those, if known already."""
    if edges is None or not edges.any():
        return np.zeros((height, width), np.uint8)
    lines = smooth(trace(edges)) if lines is None else lines
    return draw_lines(lines, edges.shape[::-1], width, height, _STROKE)
