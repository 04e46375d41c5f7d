"""The layers of a picture as ordinary files, which people look at and other programs read."""

from __future__ import annotations

import warnings
from collections.abc import Collection
from typing import TYPE_CHECKING

from ..errors import TriptychError
from ..layers import find_names, unite
from ..limits import DEFAULT, Limits
from .decode import PartialWarning, open_picture
from .picture import Picture

if TYPE_CHECKING:
    from ..files import FileSource


def extract(
    picture: Picture | FileSource,
    *,
    layers: str | Collection[str] | None = None,
    partial: bool = False,
    limits: Limits = DEFAULT,
) -> dict[str, bytes]:
    """The layers as files: prompt.txt, colours.png (a pixel per cell), edges.png, edges.svg, keypoints.json (OpenPose),
    skeleton.png, seed.txt, recipe.json and the metadata blocks of the original, as far as the picture has them.

    Args:
        picture: a `Picture`, or a `.trp` file: a path, its bytes, or a file that is open for reading bytes.
        layers: names of layers; all by default.
        partial: pass over layers that are damaged, each with a `PartialWarning`.
        limits: what to refuse.

    Returns:
        File name -> contents, in the order of the layers.

    Raises:
        DamagedError, UnsupportedError, LimitError: the file or a layer of it cannot be read.
        InputError: there is no such file or layer name.
    """
    opened = open_picture(picture, partial=partial, limits=limits)
    wanted = None if layers is None else find_names(layers)
    files, faults = layer_files(opened, wanted)
    for fault in faults:
        if not partial:
            raise fault
        warnings.warn(PartialWarning(str(fault)), stacklevel=2)
    return files


def layer_files(
    picture: Picture, wanted: Collection[str] | None = None
) -> tuple[dict[str, bytes], list[TriptychError]]:
    """(file name -> contents, what is wrong with layers that cannot be unpacked); `wanted`: names of layers."""
    files: dict[str, bytes] = {}
    faults: list[TriptychError] = []
    try:
        layers = unite(picture.layers)
    except TriptychError as error:
        layers, faults = picture.layers, [error]
    for layer in layers:
        if wanted is not None and layer.name not in wanted:
            continue
        try:
            files.update(layer.files())
        except TriptychError as error:
            faults.append(error)
    return files, faults
