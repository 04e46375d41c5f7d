"""Layers -> pixels, through a decoder chosen by name."""

from __future__ import annotations

import inspect
import warnings
import zlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import cache
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, runtime_checkable

import numpy as np

from .. import registry
from ..errors import DamagedError, InputError, LimitError, TriptychError
from ..files import FileSource
from ..layers import find_names, unite
from ..limits import DEFAULT, MAX_SIDE, Limits
from ..memory import keep_freed_memory
from ..typing import Bools, Bytes8, Floats
from .picture import Picture, make_picture

if TYPE_CHECKING:
    from PIL import Image

DEFAULT_DECODER = "miniature"
_STAGES = ("semantic",), ("pose", "edges"), ("texture",)  # the layers 1, 2 and 3 of the published method


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
    edges: Bools | None = None
    people: Floats | None = None
    colours: Bytes8 | None = None
    seed: int = 0
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def negative(self) -> str | None:
        """What the original was not to show, as far as the file's recipe knows; unpacks it."""
        layer = self.extra.get("recipe")
        try:
            return None if layer is None else layer.recipe.negative
        except TriptychError:  # told where the recipe is written into the picture
            return None


Painted: TypeAlias = "Image.Image | Bytes8"
"""What a decoder gives: a Pillow image, or uint8 (height, width, 3) in sRGB."""


@runtime_checkable
class Decoder(Protocol):
    """A way to paint a picture from any subset of its layers.

    One that can paint several pictures at once is a `BatchDecoder`, one that can say what it paints with a
    `DescribedDecoder`, too.
    """

    def decode(self, conditioning: Conditioning) -> Painted:
        """The picture, of the conditioning's width and height."""


@runtime_checkable
class BatchDecoder(Decoder, Protocol):
    """A decoder that holds large models: it paints several pictures at once and is not spread over processes."""

    def decode_batch(self, conditionings: Sequence[Conditioning]) -> Sequence[Painted]:
        """The pictures in the order of the conditionings, each as `decode` gives it up to rounding."""


@runtime_checkable
class DescribedDecoder(Decoder, Protocol):
    """A decoder whose pictures depend on more than their layers and seed."""

    def settings(self, conditioning: Conditioning) -> Mapping[str, str]:
        """What a picture is painted with (steps, seed, models), under the names that A1111 writes where it has one."""


def decode(
    picture: Picture | FileSource,
    *,
    decoder: str | Decoder = DEFAULT_DECODER,
    options: Mapping[str, Any] | None = None,
    layers: str | Collection[str] | None = None,
    size: tuple[int, int] | int | None = None,
    seed: int | None = None,
    partial: bool = False,
    show_transmitted: bool = False,
    limits: Limits = DEFAULT,
) -> Image.Image:
    """Paint a picture from its layers.

    Args:
        picture: a `Picture`, or a `.trp` file: a path, its bytes, or a file that is open for reading bytes.
        decoder: a name (see ``triptych.decoder_names()``), the path of a diffusion preset (`.toml`), or an object
            with the `Decoder` interface.
        options: for a decoder given by name, for example ``{"steps": 8, "device": "cpu"}``.
        layers: names of the layers to use ("semantic", "texture", "pose", "edges"), or "structure" for pose and edges;
            all by default.
        size: (width, height) in pixels to paint at, or the longer side alone, which keeps the shape; by default the
            picture's own. A thumbnail is painted small, not painted large and reduced: that takes less time and memory.
        seed: for decoders that draw noise; by default that of the seed layer, else one that follows from the file.
        partial: use what is whole of a damaged file; a `PartialWarning` says what is missing.
        show_transmitted: lay the edges and colours that the file has over the picture.
        limits: what to refuse.

    Returns:
        An RGB Pillow image of the picture's size, or of `size`.

    Raises:
        DamagedError, UnsupportedError, LimitError: see `Picture.from_bytes`.
        InputError: no such decoder, option or layer name, or a size out of range.
        MissingExtraError, ModelError: the decoder needs a package or weights that are not there.
    """
    opened = open_picture(picture, partial=partial, limits=limits)
    painter = choose_decoder(decoder, options)
    conditions = condition(opened, layers=layers, size=size, seed=seed, partial=partial, limits=limits)
    image = _as_image(painter.decode(conditions), conditions, painter)
    if show_transmitted:
        from .transmitted import lay_over

        image = lay_over(image, conditions)
    return image


def decode_each(
    picture: Picture | FileSource,
    *,
    decoder: str | Decoder = DEFAULT_DECODER,
    options: Mapping[str, Any] | None = None,
    size: tuple[int, int] | int | None = None,
    seed: int | None = None,
    partial: bool = False,
    limits: Limits = DEFAULT,
) -> dict[str, Image.Image]:
    """Paint a picture from each leading set of its layers, with the same seed: what `decode --each` writes.

    Args:
        picture, decoder, options, size, seed, partial, limits: as for `decode`.

    Returns:
        RGB Pillow images by the name of the set: "layer1" (prompt), "layer2" (prompt, people and edges), "layer3" (all
        of these and colours), as far as a set adds something to the one before and something is missing from it, and
        "all".

    Raises:
        TriptychError: as for `decode`.
    """
    opened = open_picture(picture, partial=partial, limits=limits)
    painter = choose_decoder(decoder, options)
    found = condition_each(opened, size=size, seed=seed, partial=partial, limits=limits)
    # One after the other: several at once may be more than fits into memory.
    return {name: paint(painter, [conditioning])[0] for name, (conditioning, _) in found.items()}


def condition_each(
    picture: Picture,
    *,
    size: tuple[int, int] | int | None = None,
    seed: int | None = None,
    partial: bool = False,
    limits: Limits = DEFAULT,
) -> dict[str, tuple[Conditioning, tuple[str, ...] | None]]:
    """By the name of each leading set of layers (see `decode_each`), its conditioning and layers, None for all."""
    whole = condition(picture, size=size, seed=seed, partial=partial, limits=limits)
    there = {layer.name for layer in picture.layers if layer.shows}
    found: dict[str, tuple[Conditioning, tuple[str, ...] | None]] = {}
    names: tuple[str, ...] = ()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PartialWarning)  # told once
        for number, stage in enumerate(_STAGES, 1):
            added = tuple(name for name in stage if name in there)
            names += added
            if added and set(names) != there:
                some = condition(picture, layers=names, size=size, seed=seed, partial=partial, limits=limits)
                found[f"layer{number}"] = some, names
    return found | {"all": (whole, None)}


def open_picture(picture: Picture | FileSource, *, partial: bool = False, limits: Limits = DEFAULT) -> Picture:
    """A picture, or the one in a file; what is wrong with a damaged file is told by a `PartialWarning`.

    Raises:
        DamagedError, UnsupportedError, LimitError, InputError: see `Picture.open`.
    """
    if isinstance(picture, Picture):
        return picture  # its notes may be about its making
    opened = Picture.open(picture, partial=partial, limits=limits)
    for note in opened.notes:
        warnings.warn(PartialWarning(note), stacklevel=3)
    return opened


def condition(
    picture: Picture,
    *,
    layers: str | Collection[str] | None = None,
    size: tuple[int, int] | int | None = None,
    seed: int | None = None,
    partial: bool = False,
    limits: Limits = DEFAULT,
) -> Conditioning:
    """What a decoder is given for a picture; arguments and errors as for `decode`."""
    keep_freed_memory()
    width, height = painted_size(picture.size, size)
    if width * height > limits.pixels:
        raise LimitError(f"the picture has {width} x {height} pixels, more than {limits.pixels}")
    wanted = None if layers is None else find_names(layers)
    if seed is not None and not (_is_whole(seed) and 0 <= seed < 1 << 32):
        raise InputError(f"a seed is a whole number from 0 to {(1 << 32) - 1}, not {seed!r}")

    given: dict[str, Any] = {}
    try:
        united = unite(picture.layers)
    except (DamagedError, LimitError) as error:
        if not partial:
            raise
        warnings.warn(PartialWarning(f"the finer layer was left out: {error}"), stacklevel=3)
        united = picture.layers
    for layer in united:
        # A seed shows nothing of its own, so it goes with any choice of layers.
        if wanted is not None and layer.name not in wanted and layer.shows:
            continue
        try:
            given |= layer.conditioning()
        except (DamagedError, LimitError) as error:
            if not partial:
                raise
            warnings.warn(PartialWarning(f"the {layer.name} layer was left out: {error}"), stacklevel=3)
    if seed is not None:
        given["seed"] = int(seed)
    elif "seed" not in given:
        # What lies on top was made for what the others paint, so the noise must not depend on it.
        below = [layer for layer in picture.layers if not layer.on_top] or picture.layers
        given["seed"] = zlib.crc32(make_picture(picture.size, below).to_bytes()) if below else 0
    known = {field.name for field in fields(Conditioning)}
    extra = {name: given.pop(name) for name in set(given) - known}
    return Conditioning(width, height, **given, extra=extra)


def painted_size(own: tuple[int, int], size: tuple[int, int] | int | None) -> tuple[int, int]:
    """(width, height) to paint at.

    Args:
        own: that of the picture.
        size: what was asked for: (width, height), the longer side, or None for the picture's own.

    Raises:
        InputError: it is neither, or a side is not 1 to 65,536 pixels.
    """
    if size is None:
        return own
    if isinstance(size, int) and not isinstance(size, bool):
        longer = max(own)
        width, height = (max(1, (2 * side * size + longer) // (2 * longer)) for side in own)
        sides = (width, height) if size > 0 else (size, size)
    else:
        try:
            width, height = size  # type: ignore[misc]
        except (TypeError, ValueError):
            raise InputError(f"a size is (width, height) or the longer side, in pixels, not {size!r}") from None
        sides = (width, height)
    if not all(_is_whole(side) and 1 <= side <= MAX_SIDE for side in sides):
        raise InputError(f"the sides of a picture are whole numbers from 1 to {MAX_SIDE}, not {size!r}")
    return int(sides[0]), int(sides[1])


def _is_whole(value: object) -> bool:
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool)


def paint(painter: Decoder, conditionings: Sequence[Conditioning]) -> list[Image.Image]:
    """RGB pictures in the order of the conditionings; at once if the decoder can do that."""
    if isinstance(painter, BatchDecoder):
        painted = list(painter.decode_batch(conditionings))
    else:
        painted = [painter.decode(conditioning) for conditioning in conditionings]
    return [_as_image(one, c, painter) for one, c in zip(painted, conditionings, strict=True)]


def settings_of(painter: Decoder, conditioning: Conditioning) -> dict[str, str]:
    """What a picture is painted with; empty for decoders that always paint the same from the same layers and seed."""
    return dict(painter.settings(conditioning)) if isinstance(painter, DescribedDecoder) else {}


def _as_image(painted: Painted, conditioning: Conditioning, painter: Decoder) -> Image.Image:
    """What a decoder gave as an RGB image, checked."""
    from PIL import Image

    size = conditioning.width, conditioning.height
    if isinstance(painted, Image.Image):
        image = painted if painted.mode == "RGB" else painted.convert("RGB")
        given = f"a picture of {image.width} x {image.height} pixels"
    else:
        array = np.asarray(painted)
        given = f"an array of {array.dtype}, {array.shape}"
        fits = array.dtype == np.uint8 and array.ndim == 3 and array.shape[2] == 3
        image = Image.fromarray(array) if fits else Image.new("RGB", (0, 0))
    if image.size != size:
        wanted = f"a picture of {size[0]} x {size[1]} pixels, or uint8 ({size[1]}, {size[0]}, 3)"
        raise InputError(f"the decoder {type(painter).__name__} gave {given}; it must give {wanted}")
    return image


def choose_decoder(decoder: str | Decoder, options: Mapping[str, Any] | None = None) -> Decoder:
    """The decoder of a name with these options, or the object itself.

    Raises:
        InputError: there is no such decoder or option, the object is none, or an option's value cannot be one.
        MissingExtraError: it needs a package that is not installed.
    """
    if options is not None and not isinstance(options, Mapping):
        raise InputError(f"options are names with values, as in {{'steps': 8}}, not {options!r}")
    if isinstance(decoder, str):
        for name, value in (options or {}).items():
            try:
                hash(value)
            except TypeError:
                raise InputError(f"option {name}: must be a number, a text or None, not {value!r}") from None
        return find_decoder(decoder, **(options or {}))
    if not isinstance(decoder, Decoder):
        raise InputError(f"a decoder is a name or an object with a method decode, not {decoder!r}")
    if options:
        raise InputError("options are for a decoder that is given by its name")
    return decoder


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
    decoder: Decoder = factory(**options)
    return decoder


def decoder_names() -> list[str]:
    """The names of all decoders that are installed."""
    return registry.names()
