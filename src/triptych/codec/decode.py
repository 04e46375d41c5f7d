"""Layers -> pixels, through a decoder chosen by name."""

from __future__ import annotations

import inspect
import os
import warnings
import zlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import cache
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import numpy as np

from .. import registry
from ..errors import DamagedError, InputError, LimitError
from ..layers import find_names
from ..limits import DEFAULT, Limits
from .picture import Picture

if TYPE_CHECKING:
    from PIL import Image

DEFAULT_DECODER = "miniature"


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
        extra: what layers of later kinds or of other packages give, by name.
    """

    width: int
    height: int
    prompt: str | None = None
    edges: np.ndarray | None = None
    people: np.ndarray | None = None
    colours: np.ndarray | None = None
    seed: int = 0
    extra: Mapping[str, Any] = field(default_factory=dict)


@runtime_checkable
class Decoder(Protocol):
    """A way to paint a picture from any subset of its layers.

    A decoder may also have

    - ``decode_batch(conditionings: Sequence[Conditioning]) -> list[np.ndarray]``: several pictures at once, in their
      order, each as `decode` gives it up to rounding. One that has it holds large models: it is not spread over
      processes.
    - ``settings(conditioning: Conditioning) -> dict[str, str]``: what a picture is painted with (steps, seed, models),
      under the names that A1111 writes into its pictures where it has one.
    """

    def decode(self, conditioning: Conditioning) -> np.ndarray:
        """uint8 (height, width, 3), sRGB."""


def decode(
    picture: Picture | bytes | str | os.PathLike[str],
    *,
    decoder: str | Decoder = DEFAULT_DECODER,
    options: Mapping[str, Any] | None = None,
    layers: str | Collection[str] | None = None,
    seed: int | None = None,
    partial: bool = False,
    limits: Limits = DEFAULT,
) -> Image.Image:
    """Paint a picture from its layers.

    Args:
        picture: a `Picture`, the bytes of a file, or a path.
        decoder: a name (see ``triptych.decoder_names()``), the path of a diffusion preset (`.toml`), or an object
            with the `Decoder` interface.
        options: for a decoder given by name, for example ``{"steps": 8, "device": "cpu"}``.
        layers: names of the layers to use ("semantic", "texture", "pose", "edges"), or "structure" for pose and edges;
            all by default.
        seed: for decoders that draw noise; by default that of the seed layer, else one that follows from the file.
        partial: use what is whole of a damaged file; a `PartialWarning` says what is missing.
        limits: what to refuse.

    Returns:
        An RGB Pillow image of the picture's size.

    Raises:
        DamagedError, UnsupportedError, LimitError: see `Picture.from_bytes`.
        InputError: no such decoder, option or layer name.
        MissingExtraError, ModelError: the decoder needs a package or weights that are not there.
    """
    from PIL import Image

    opened: Picture | None = None
    if isinstance(picture, bytes):
        picture = opened = Picture.from_bytes(picture, partial=partial, limits=limits)
    elif not isinstance(picture, Picture):
        picture = opened = Picture.open(picture, partial=partial, limits=limits)
    # The notes of a picture that was just encoded are about its making, not about damage.
    for note in opened.notes if opened else ():
        warnings.warn(PartialWarning(note), stacklevel=2)
    painter = find_decoder(decoder, **(options or {})) if isinstance(decoder, str) else decoder
    conditions = condition(picture, layers=layers, seed=seed, partial=partial, limits=limits)
    return Image.fromarray(painter.decode(conditions))


def condition(
    picture: Picture,
    *,
    layers: str | Collection[str] | None = None,
    seed: int | None = None,
    partial: bool = False,
    limits: Limits = DEFAULT,
) -> Conditioning:
    """What a decoder is given for a picture; arguments and errors as for `decode`."""
    if picture.width * picture.height > limits.pixels:
        raise LimitError(f"the picture has {picture.width} x {picture.height} pixels, more than {limits.pixels}")
    wanted = None if layers is None else find_names(layers)
    if seed is not None and not 0 <= seed < 1 << 32:
        raise InputError(f"a seed is a whole number from 0 to {(1 << 32) - 1}, not {seed}")

    given: dict[str, Any] = {}
    for layer in picture.layers:
        # A seed shows nothing of its own, so it goes with any choice of layers.
        if wanted is not None and layer.name not in wanted and layer.shows:
            continue
        try:
            given |= layer.conditioning()
        except DamagedError as error:
            if not partial:
                raise
            warnings.warn(PartialWarning(f"the {layer.name} layer was left out: {error}"), stacklevel=3)
    if seed is not None:
        given["seed"] = seed
    elif "seed" not in given:
        given["seed"] = zlib.crc32(picture.to_bytes()) if picture.layers else 0
    known = {field.name for field in fields(Conditioning)}
    extra = {name: given.pop(name) for name in set(given) - known}
    return Conditioning(picture.width, picture.height, **given, extra=extra)


def paint(painter: Decoder, conditionings: Sequence[Conditioning]) -> list[np.ndarray]:
    """Pictures, uint8 (height, width, 3), in the order of the conditionings; at once if the decoder can do that."""
    if hasattr(painter, "decode_batch"):
        return painter.decode_batch(conditionings)
    return [painter.decode(conditioning) for conditioning in conditionings]


@cache
def find_decoder(name: str, **options: Any) -> Decoder:
    """The decoder of a name with these options, made once per process.

    Raises:
        InputError: there is no such decoder, or it has no such option.
        MissingExtraError: it needs a package that is not installed.
    """
    factory = registry.load(name)
    if options:
        accepted = inspect.signature(factory).parameters
        takes_any = any(p.kind is p.VAR_KEYWORD for p in accepted.values())
        for option in options:
            if option not in accepted and not takes_any:
                raise InputError(f"the decoder {name!r} has no option {option!r}")
    return factory(**options)


def decoder_names() -> list[str]:
    """The names of all decoders that are installed."""
    return registry.names()
