"""Any picture file -> an RGB picture small enough to look at, and its true size."""

from __future__ import annotations

import os
import threading
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from ..errors import InputError
from ..limits import MAX_INPUT_SIDE, MIN_INPUT_SIDE

WORK_SIDE = 2048  # pixels; more detail than this never reaches a layer
BACKGROUND = (255, 255, 255)  # what transparent pictures are laid on, unless the caller says otherwise
_open_lock = threading.Lock()


@dataclass(frozen=True)
class Source:
    """A picture to encode.

    Attributes:
        image: RGB, upright, reduced to at most 2,048 pixels on the long side.
        size: the true (width, height) in pixels.
        notes: what was done to it that its owner might want to know, one line each.
        path: the file it came from, if any.
    """

    image: Image.Image
    size: tuple[int, int]
    notes: tuple[str, ...] = ()
    path: Path | None = None


def load_image(
    source: str | os.PathLike[str] | Image.Image | np.ndarray,
    *,
    background: tuple[int, int, int] = BACKGROUND,
    smallest: int = MIN_INPUT_SIDE,
    work_side: int = WORK_SIDE,
) -> Source:
    """Load a picture: any format Pillow reads, any mode, or an array.

    Greyscale, palette, 16-bit and CMYK pictures are converted, transparent ones laid on `background`, the EXIF
    orientation is applied, and of an animation the first frame is taken.

    Args:
        source: a path, a Pillow image, or an array: uint8 or uint16, (height, width) or (height, width, 1|3|4).
        background: sRGB colour that transparent pictures are laid on.
        smallest: the least that a side may have, in pixels.
        work_side: longer pictures are reduced to this many pixels on the long side.

    Raises:
        InputError: the file is missing or not a picture, or a side is not `smallest` to 16,384 pixels.
    """
    if isinstance(source, np.ndarray):
        return _load(_from_array(source), background, smallest, work_side)
    if isinstance(source, Image.Image):
        return _load(source, background, smallest, work_side)
    path = Path(source)
    with open_image(path) as image:
        return _load(image, background, smallest, work_side, path)


def _load(
    image: Image.Image, background: tuple[int, int, int], smallest: int, work_side: int, path: Path | None = None
) -> Source:
    where = f"{path}: " if path else ""
    width, height = image.size
    if not all(smallest <= side <= MAX_INPUT_SIDE for side in image.size):
        raise InputError(
            f"{where}the picture is {width} x {height} pixels; sides of {smallest} to {MAX_INPUT_SIDE} "
            "are accepted: resize it first"
        )
    notes = []
    try:
        if getattr(image, "n_frames", 1) > 1:
            notes.append(f"the picture has {image.n_frames} frames; the first is taken")
            image.seek(0)
        image.load()
        rgb, flattened = _to_rgb(_upright(image), background)
    except Exception as error:  # a reader of some format may raise anything on damaged bytes
        raise InputError(f"{where}the picture cannot be read to its end: {_one_line(error)}") from error
    if flattened:
        notes.append("the picture is transparent; it was laid on rgb({}, {}, {})".format(*background))
    size = rgb.size
    rgb.thumbnail((work_side, work_side), Image.Resampling.BOX)
    return Source(rgb, size, tuple(notes), path)


def open_image(path: Path) -> Image.Image:
    """The picture in a file, no pixel read yet; any size opens.

    Raises:
        InputError: the file is missing or not a picture.
    """
    try:
        # Pillow warns of or refuses pictures that we accept; the size is checked right after, before any
        # pixel is read. The setting is global, hence the lock.
        with _open_lock, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            before, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None
            try:
                return Image.open(path)
            finally:
                Image.MAX_IMAGE_PIXELS = before
    except UnidentifiedImageError as error:
        raise InputError(f"{path}: not a picture in a format that Pillow reads") from error
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror or _one_line(error)}") from error
    except Exception as error:  # a reader of some format may raise anything on damaged bytes
        raise InputError(f"{path}: cannot be read: {_one_line(error)}") from error


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__


def _upright(image: Image.Image) -> Image.Image:
    try:
        return ImageOps.exif_transpose(image)
    except Exception:  # damaged EXIF says nothing about the orientation
        return image


def _from_array(array: np.ndarray) -> Image.Image:
    if array.dtype == np.uint16:
        array = (array.astype(np.uint32) * 255 + 32767) // 65535
    elif array.dtype != np.uint8:
        raise InputError(f"an array of {array.dtype} is not a picture; give uint8 or uint16")
    if not array.size:
        raise InputError(f"an array of shape {array.shape} is not a picture; give at least one pixel")
    if array.ndim == 3 and array.shape[2] == 1:
        array = array[..., 0]
    if not (array.ndim == 2 or (array.ndim == 3 and array.shape[2] in (3, 4))):
        raise InputError(f"an array of shape {array.shape} is not a picture; give (height, width[, 1, 3 or 4])")
    return Image.fromarray(array.astype(np.uint8))


def _to_rgb(image: Image.Image, background: tuple[int, int, int]) -> tuple[Image.Image, bool]:
    """(RGB picture, whether transparency was flattened)."""
    if image.mode.startswith("I") or image.mode == "F":
        values = np.asarray(image).astype(np.float32)
        # 16-bit greyscale; 32-bit modes hold the same range, unless the values say 0..1 or 0..255.
        most = values.max(initial=0)
        top = 65535.0 if most > 255 else 255.0 if most > 1 or image.mode != "F" else 1.0
        return Image.fromarray(np.clip(values / top * 255 + 0.5, 0, 255).astype(np.uint8)).convert("RGB"), False
    if image.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in image.info:
        rgba = (image.convert("LA") if image.mode == "La" else image).convert("RGBA")
        if rgba.getchannel("A").getextrema()[0] < 255:
            return Image.alpha_composite(Image.new("RGBA", rgba.size, (*background, 255)), rgba).convert("RGB"), True
        return rgba.convert("RGB"), False
    return image.convert("RGB"), False
