"""Layers -> the bytes of a picture file, with what is known of how the original and this picture were made."""

from __future__ import annotations

import io
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..errors import InputError, TriptychError
from ..layers import Recipe, find_names
from ..limits import DEFAULT, Limits
from ..metadata.write import Written, blocks_of, write_blocks
from ..version import __version__
from .decode import DEFAULT_DECODER, Conditioning, Decoder, choose_decoder, condition, open_picture, paint, settings_of
from .picture import Picture
from .transmitted import lay_over

if TYPE_CHECKING:
    from PIL import Image

    from ..files import FileSource


@dataclass(frozen=True)
class Rendering:
    """A picture file.

    Attributes:
        data: the bytes of the file.
        size: (width, height) in pixels.
        settings: what the decoder painted with, under the names of A1111 where it has one; empty if it is always the
            same.
        notes: what could not be written into the file, one line each.
    """

    data: bytes
    size: tuple[int, int]
    settings: Mapping[str, str]
    notes: tuple[str, ...] = ()


def render(
    picture: Picture | FileSource,
    *,
    format: str = "PNG",
    metadata: bool = True,
    decoder: str | Decoder = DEFAULT_DECODER,
    options: Mapping[str, Any] | None = None,
    layers: str | Collection[str] | None = None,
    size: tuple[int, int] | int | None = None,
    seed: int | None = None,
    partial: bool = False,
    show_transmitted: bool = False,
    limits: Limits = DEFAULT,
) -> bytes:
    """Paint a picture and write it as a file; the same bytes as `triptych decode` writes.

    Into the file goes what the recipe layer knows: the metadata blocks of the original if it has all of them, so that
    ComfyUI and A1111 restore the workflow, else the settings as A1111 writes them. Decoders that draw noise add what
    they painted with, under "triptych". PNG holds all of that, WebP, JPEG and AVIF what has a place in EXIF and XMP.

    Args:
        picture: a `Picture`, or a `.trp` file: a path, its bytes, or a file that is open for reading bytes.
        format: one that Pillow writes: "PNG", "WEBP", "JPEG", ...
        metadata: whether to write all that into the file.
        decoder, options, layers, size, seed, partial, show_transmitted, limits: as for `decode`.

    Returns:
        The bytes of the file.

    Raises:
        InputError: the format cannot hold the picture; all else as for `decode`.
    """
    opened = open_picture(picture, partial=partial, limits=limits)
    painter = choose_decoder(decoder, options)
    conditioning = condition(opened, layers=layers, seed=seed, size=size, partial=partial, limits=limits)
    (image,) = paint(painter, [conditioning])
    if show_transmitted:
        image = lay_over(image, conditioning)
    return finished(
        image, format, opened, conditioning, painter, metadata=metadata, layers=layers, partial=partial
    ).data


def finished(
    image: Image.Image,
    format: str,
    picture: Picture,
    conditioning: Conditioning,
    painter: Decoder,
    *,
    metadata: bool = True,
    layers: str | Collection[str] | None = None,
    partial: bool = False,
) -> Rendering:
    """A painted picture as a file.

    Args:
        image: what `painter` made of `conditioning`, which is of `picture`.
        format: one that Pillow writes.
        metadata: whether to write what is known of the original and of the painting, where the format can hold it.
        layers: the layers that are used; the recipe is among them if it is None.
        partial: note that the recipe is damaged, instead of raising.

    Raises:
        InputError: the format cannot hold a picture of this size.
        DamagedError, UnsupportedError, LimitError: the recipe layer cannot be unpacked.
    """
    settings = settings_of(painter, conditioning)
    if settings:
        settings["Version"] = ", ".join([f"Triptych {__version__}", *filter(None, [settings.get("Version")])])
    written = Written()
    notes: list[str] = []
    if metadata:
        recipe, notes = _recipe(picture, layers, partial)
        blocks = blocks_of(recipe, picture.prompt, picture.size, settings, conditioning.prompt)
        written = write_blocks(blocks, format)
    buffer = io.BytesIO()
    try:
        image.save(buffer, format, **written.arguments)
    except (KeyError, OSError, ValueError) as error:  # WebP and JPEG stop at 16,383 and 65,535 pixels a side
        raise InputError(f"the picture cannot be written as {format}: {error}") from error
    notes += written.left_out
    return Rendering(buffer.getvalue(), image.size, settings, tuple(notes))


def _recipe(picture: Picture, layers: str | Collection[str] | None, partial: bool) -> tuple[Recipe | None, list[str]]:
    """(the recipe of a picture, if it is to be used; notes)."""
    layer = picture.recipe
    if layer is None or not (layers is None or layer.name in find_names(layers)):
        return None, []
    try:
        return layer.recipe, []
    except TriptychError as error:
        if not partial:
            raise
        return None, [f"no settings were written: {error}"]
