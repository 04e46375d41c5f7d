"""Any picture -> an RGB picture in sRGB, small enough to look at, and its true size."""

from __future__ import annotations

import io
import os
import stat
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, TypeAlias

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from ..errors import InputError
from ..files import FileSource, Readable, name_of, read_source, reason
from ..limits import MAX_INPUT_SIDE, MIN_INPUT_SIDE
from ..typing import Array
from .code_points import png_depth
from .formats import LIFTED, unknown
from .profiles import profile_of, to_srgb
from .samples import eight_bits, is_deep

WORK_SIDE = 2048  # pixels; more detail than this never reaches a layer
BACKGROUND = (255, 255, 255)  # what transparent pictures are laid on, unless the caller says otherwise
KEPT_PIXELS = 1 << 24  # of the picture in a file: larger ones are decoded again if their metadata is asked for
MAX_FILE_BYTES = 1 << 31  # of a picture that is given as bytes or by a stream

ImageSource: TypeAlias = "FileSource | Image.Image | Array"


@dataclass(frozen=True)
class Source:
    """A picture to encode.

    Attributes:
        image: RGB, sRGB, upright, reduced to at most 2,048 pixels on the long side.
        size: the true (width, height) in pixels.
        notes: what was done to it that its owner might want to know, one line each.
        path: the file it came from, if any.
        data: the bytes of the file that it came from, if they were given instead of a path.
        decoded: the picture in the file as Pillow gives it, not to be changed; None for a large one, and if there is no
            file.
    """

    image: Image.Image
    size: tuple[int, int]
    notes: tuple[str, ...] = ()
    path: Path | None = None
    data: bytes | None = field(default=None, repr=False)
    decoded: Image.Image | None = field(default=None, repr=False, compare=False)


def load_image(
    source: ImageSource,
    *,
    background: tuple[int, int, int] = BACKGROUND,
    smallest: int = MIN_INPUT_SIDE,
    work_side: int = WORK_SIDE,
) -> Source:
    """Load a picture: any format Pillow reads, any mode, or an array.

    Greyscale, palette, deep and CMYK pictures are converted, colour profiles honoured, transparent ones laid on
    `background`, the EXIF orientation is applied. Of a file with several frames the first is taken, of a Pillow image
    the frame that it is at; a Pillow image is not changed.

    The range of deep samples follows from their type and from what the file says of it: 16 bits are 0..65,535 unless
    TIFF says otherwise, floating point is 0..1, and what is beyond is clipped. Pillow's modes I and F are used for
    narrower and wider ranges, too, without a word about it, so there the middle of all values that are not black
    decides (see `samples`).

    Args:
        source: a path, the bytes of a file, a binary file that is open for reading, a Pillow image, or an array: uint8
            or uint16, (height, width) or (height, width, 1|3|4), sRGB.
        background: sRGB colour that transparent pictures are laid on.
        smallest: the least that a side may have, in pixels.
        work_side: longer pictures are reduced to this many pixels on the long side.

    Raises:
        InputError: the file is missing or not a picture, or a side is not `smallest` to 16,384 pixels.
    """
    if isinstance(source, np.ndarray):
        return _load(_from_array(source), "", background, smallest, work_side)
    if isinstance(source, Image.Image):
        return _load(source, "", background, smallest, work_side)
    place = _place(source)
    where = f"{name_of(source)}: "
    with open_image(place, where) as image:
        frames = _frames(image, where)
        loaded = _load(image, where, background, smallest, work_side)
    path, data = (None, place) if isinstance(place, bytes) else (place, None)
    kept = image if image.width * image.height <= KEPT_PIXELS else None
    return Source(loaded.image, loaded.size, (*frames, *loaded.notes), path, data, kept)


def _place(source: Any) -> Path | bytes:
    """The path of a file; or the bytes of what can be read only once, or was given as bytes."""
    if isinstance(source, (str, os.PathLike)):
        path = Path(source)
        try:
            mode = path.stat().st_mode
        except (OSError, ValueError):  # told by whoever opens it
            return path
        if stat.S_ISREG(mode) or stat.S_ISDIR(mode):
            return path
    elif not isinstance(source, (bytes, bytearray, memoryview, Readable)):
        raise InputError(
            f"{type(source).__name__} is not a picture; give a path, bytes, a file open for reading bytes, a Pillow "
            "image or an array"
        )
    data = read_source(source, MAX_FILE_BYTES)
    if len(data) > MAX_FILE_BYTES:
        raise InputError(f"{name_of(source)}: holds more than {MAX_FILE_BYTES >> 30} GiB")
    return data


def open_image(source: str | os.PathLike[str] | bytes, where: str | None = None) -> Image.Image:
    """The picture in a file or in its bytes, no pixel read yet; any size opens.

    Args:
        where: what a message begins with; by default the name of the file.

    Raises:
        InputError: the file is missing or not a picture.
    """
    where = f"{name_of(source)}: " if where is None else where
    try:
        with LIFTED.opening():
            return _opened(source, where)
    except InputError:
        raise
    except OSError as error:
        raise InputError(f"{where}cannot be read: {reason(error)}") from error
    except Exception as error:  # a reader of some format may raise anything on damaged bytes
        raise InputError(f"{where}cannot be read: {_one_line(error)}") from error


def _opened(source: str | os.PathLike[str] | bytes, where: str) -> Image.Image:
    for again in (False, True):
        file: str | os.PathLike[str] | IO[bytes] = io.BytesIO(source) if isinstance(source, bytes) else source
        try:
            return Image.open(file)
        except UnidentifiedImageError as error:
            with io.BytesIO(source) if isinstance(source, bytes) else Path(source).open("rb") as start:
                fault = unknown(start)
            if fault or again:
                raise InputError(f"{where}{fault or 'cannot be read: it is damaged'}") from error
    raise AssertionError("unreachable")


def _frames(image: Image.Image, where: str) -> list[str]:
    """A note on what else is in a file; the frame that it opens at is taken."""
    try:
        # Counting may take a search of the file. Photoshop's frames are layers; it opens at the whole picture.
        with LIFTED.loading():
            count = 1 if image.format == "PSD" else getattr(image, "n_frames", 1)
    except Exception as error:
        raise InputError(f"{where}the picture cannot be read to its end: {_one_line(error)}") from error
    return [f"the picture has {count} frames; the first is taken"] if count > 1 else []


def _load(image: Image.Image, where: str, background: tuple[int, int, int], smallest: int, work_side: int) -> Source:
    width, height = image.size
    if not all(smallest <= side <= MAX_INPUT_SIDE for side in image.size):
        raise InputError(
            f"{where}the picture is {width} x {height} pixels; sides of {smallest} to {MAX_INPUT_SIDE} "
            "are accepted: resize it first"
        )
    notes: list[str] = []
    try:
        with LIFTED.loading():
            profile, depth = profile_of(image), png_depth(image)
            image.load()
            rgb, flattened = _to_rgb(_upright(image), profile, depth, background, notes)
            size = rgb.size
            if max(size) > work_side:
                # Not thumbnail(), which would work on the caller's image.
                rgb = rgb.resize(_reduced(size, work_side), Image.Resampling.BOX, reducing_gap=2.0)
            elif rgb is image:
                rgb = rgb.copy()
    except InputError:
        raise
    except Exception as error:  # a reader of some format may raise anything on damaged bytes
        raise InputError(f"{where}the picture cannot be read to its end: {_one_line(error)}") from error
    if flattened:
        notes.append("the picture is transparent; it was laid on rgb({}, {}, {})".format(*background))
    return Source(rgb, size, tuple(notes))


def _reduced(size: tuple[int, int], side: int) -> tuple[int, int]:
    """The size of a thumbnail, as Pillow rounds it: nearest to the shape of the picture."""
    width, height = size
    aspect = width / height
    if aspect >= 1:
        exact = side / aspect
        sides = {int(exact), -int(-exact // 1)} - {0}
        return side, min(sides, key=lambda n: abs(aspect - side / n), default=1)
    exact = side * aspect
    return max(1, min((int(exact), -int(-exact // 1)), key=lambda n: abs(aspect - n / side))), side


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__


def _upright(image: Image.Image) -> Image.Image:
    try:
        turned = image.getexif().get(0x0112, 1) in range(2, 9)
        return ImageOps.exif_transpose(image) if turned else image
    except Exception:  # damaged EXIF says nothing about the orientation
        return image


def _from_array(array: Array) -> Image.Image:
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


def _to_rgb(
    image: Image.Image, profile: bytes | None, depth: int, background: tuple[int, int, int], notes: list[str]
) -> tuple[Image.Image, bool]:
    """(RGB picture, whether transparency was flattened); may be the image itself."""
    alpha: Image.Image | None = None
    clear = image.info.get("transparency")
    if depth == 16 and image.mode == "RGB" and isinstance(clear, tuple):  # Pillow keeps the upper bytes of samples only
        image = image.copy()
        image.info["transparency"] = tuple(value >> 8 for value in clear)
    if is_deep(image):
        image, alpha = eight_bits(image, notes)
    elif image.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in image.info:
        grey = image.mode in ("LA", "La")
        if image.mode in ("La", "RGBa"):
            image = image.convert("LA" if grey else "RGBA")
        both = image if grey or image.mode == "RGBA" else image.convert("RGBA")
        alpha = both.getchannel("A")
        image = both.convert("L" if grey else "RGB")
    elif image.mode not in ("L", "RGB", "CMYK", "LAB"):
        image = image.convert("L" if image.mode == "1" else "RGB")
    image, fault = to_srgb(image, profile)
    if fault:
        notes.append(fault)
    if alpha is None or alpha.getextrema()[0] == 255:
        return image, False
    image = image.convert("RGBA")
    image.putalpha(alpha)
    return Image.alpha_composite(Image.new("RGBA", image.size, (*background, 255)), image).convert("RGB"), True
