"""Layers -> pixels, through a decoder chosen by name."""

from __future__ import annotations

import os
import warnings
import zlib
from collections.abc import Collection
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import numpy as np

from .. import registry
from ..errors import DamagedError, InputError, LimitError
from ..layers import NAMES, EdgeLayer, Layer, PoseLayer, SemanticLayer, TextureLayer
from ..limits import DEFAULT, Limits
from .picture import Picture

if TYPE_CHECKING:
    from PIL import Image

DEFAULT_DECODER = "sketch"
GROUP = "triptych.decoders"


class PartialWarning(UserWarning):
    """A picture was decoded without a layer that is damaged or missing."""


@dataclass(frozen=True)
class Conditioning:
    """What a decoder paints from; whatever is None is not there.

    Attributes:
        width, height: size of the picture to paint, in pixels.
        prompt: the text of the semantic layer.
        edges: bool (rows, columns), thinned contours.
        people: float (n, 18, 2), COCO-18 keypoints, (x, y) in 0..1 of the picture, NaN where missing.
        colours: uint8 (rows, columns, 3), sRGB averages of the cells of a grid.
        seed: 0..2^32 - 1, for decoders that draw noise.
    """

    width: int
    height: int
    prompt: str | None = None
    edges: np.ndarray | None = None
    people: np.ndarray | None = None
    colours: np.ndarray | None = None
    seed: int = 0


@runtime_checkable
class Decoder(Protocol):
    """A way to paint a picture from any subset of its layers."""

    def decode(self, conditioning: Conditioning) -> np.ndarray:
        """uint8 (height, width, 3), sRGB."""


def decode(
    picture: Picture | bytes | str | os.PathLike[str],
    *,
    decoder: str | Decoder = DEFAULT_DECODER,
    layers: Collection[str] | None = None,
    seed: int | None = None,
    partial: bool = False,
    limits: Limits = DEFAULT,
) -> Image.Image:
    """Paint a picture from its layers.

    Args:
        picture: a `Picture`, the bytes of a file, or a path.
        decoder: a name (see ``triptych.decoder_names()``), or an object with the `Decoder` interface.
        layers: names of the layers to use ("semantic", "texture", "pose", "edges"); all by default.
        seed: for decoders that draw noise; by default one that follows from the file's bytes.
        partial: use what is whole of a damaged file; a `PartialWarning` says what is missing.
        limits: what to refuse.

    Returns:
        An RGB Pillow image of the picture's size.

    Raises:
        DamagedError, UnsupportedError, LimitError: see `Picture.from_bytes`.
        InputError: no such decoder, or no such layer name.
    """
    from PIL import Image

    opened: Picture | None = None
    if isinstance(picture, bytes):
        picture = opened = Picture.from_bytes(picture, partial=partial, limits=limits)
    elif not isinstance(picture, Picture):
        picture = opened = Picture.open(picture, partial=partial, limits=limits)
    if picture.width * picture.height > limits.pixels:
        raise LimitError(f"the picture has {picture.width} x {picture.height} pixels, more than {limits.pixels}")
    # The notes of a picture that was just encoded are about its making, not about damage.
    for note in opened.notes if opened else ():
        warnings.warn(PartialWarning(note), stacklevel=2)
    painter = find_decoder(decoder) if isinstance(decoder, str) else decoder
    conditions = condition(picture, layers=layers, seed=seed, partial=partial)
    return Image.fromarray(painter.decode(conditions))


def condition(
    picture: Picture, *, layers: Collection[str] | None = None, seed: int | None = None, partial: bool = False
) -> Conditioning:
    """What a decoder is given for a picture; arguments as for `decode`."""
    unknown = set(layers or ()) - set(NAMES)
    if unknown:
        raise InputError(f"there is no layer called {sorted(unknown)[0]!r}; there are: {', '.join(NAMES)}")

    def value(kind: type[Layer], attribute: str):
        layer = picture.get(kind)
        if layer is None or (layers is not None and layer.name not in layers):
            return None
        try:
            return getattr(layer, attribute)
        except DamagedError as error:
            if not partial:
                raise
            warnings.warn(PartialWarning(f"the {layer.name} layer was left out: {error}"), stacklevel=4)
            return None

    if seed is None:
        seed = zlib.crc32(picture.to_bytes()) if picture.layers else 0
    return Conditioning(
        picture.width,
        picture.height,
        prompt=value(SemanticLayer, "text"),
        edges=value(EdgeLayer, "raster"),
        people=value(PoseLayer, "fractions"),
        colours=value(TextureLayer, "colours"),
        seed=seed,
    )


@cache
def find_decoder(name: str) -> Decoder:
    """The decoder of a name, made once per process."""
    return registry.load(GROUP, name)()


def decoder_names() -> list[str]:
    """The names of all decoders that are installed."""
    return registry.names(GROUP)
