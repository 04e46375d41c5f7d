"""What Pillow opens and saves `.trp` files with; `pillow_hook` tells it so once `triptych` is imported.

``Image.open`` reads the header only; the picture is painted when its pixels are first asked for, with the
default decoder. ``Image.save("x.trp", prompt=..., max_bytes=...)`` takes the arguments of `triptych.encode`.
"""

from __future__ import annotations

import inspect
import threading
from contextlib import suppress
from typing import IO, Any

from PIL import Image, ImageFile

from .bitstream.container import scan_header
from .errors import TriptychError
from .limits import MAX_STREAM_BYTES
from .pillow_hook import FORMAT

# No header is longer: 4 bytes, a size of at most 8, eight entries of at most 5, a checksum.
_HEADER_AT_MOST = 64
_LEAST_SIDE = 16  # pixels that a draft has at least


class TriptychImageFile(ImageFile.ImageFile):
    """A `.trp` file as Pillow sees it; `info["layers"]` lists its layers before any pixel is painted.

    It may be loaded by several threads at once, copied, and pickled; what is pickled are its pixels. `verify` checks
    every checksum. `draft`, which `thumbnail` calls, lets it be painted smaller by a power of two.
    """

    format = FORMAT
    format_description = "Triptych layered picture"
    _unpainted = False  # a copy, or what was unpickled, has its pixels

    def _open(self) -> None:
        assert self.fp is not None
        header = self.fp.read(_HEADER_AT_MOST)
        try:
            found = scan_header(header)
        except TriptychError as error:
            # Pillow takes SyntaxError for "not mine" and would hide the reason, so this is an OSError.
            raise OSError(str(error)) from error
        from .layers import find_kind

        self._mode = "RGB"
        self._size = (found.width, found.height)
        self.info["layers"] = [
            known.name if (known := find_kind(e.kind, e.coding)) else f"kind {e.kind}" for e in found.entries
        ]
        self.tile = []  # load() paints the picture itself
        self._unpainted = True
        self._lock = threading.Lock()

    def load(self) -> Any:
        if self._unpainted:
            with self._lock:
                if self._unpainted:  # else another thread has painted it meanwhile
                    self._paint()
        return super().load()

    def _paint(self) -> None:
        from .codec.decode import decode
        from .codec.picture import Picture

        try:
            picture = Picture.from_bytes(self._bytes())
            self.im = decode(picture, size=self.size).im
            if picture.prompt:
                self.info["prompt"] = picture.prompt
            with suppress(TriptychError):  # a recipe that cannot be read takes nothing from the picture
                if picture.recipe:
                    self.info["recipe"] = picture.recipe.summary()
        except TriptychError as error:
            raise OSError(str(error)) from error
        self._unpainted = False
        if self._exclusive_fp and self._close_exclusive_fp_after_loading and self.fp is not None:
            self.fp.close()
            self.fp = None

    def _bytes(self) -> bytes:
        if self.fp is None:
            raise OSError("the file was closed before its pixels were read")
        self.fp.seek(0)
        data: bytes = self.fp.read(MAX_STREAM_BYTES + 1)
        return data

    def draft(self, mode: str | None, size: tuple[int, int] | None) -> tuple[str, tuple[int, int, float, float]] | None:
        """Have it painted smaller, by a power of two, and not smaller than `size`; see `Image.draft`."""
        if not self._unpainted or size is None or not all(size):
            return None
        width, height = self.size
        divide = 1
        while width >= 2 * divide * max(size[0], _LEAST_SIDE) and height >= 2 * divide * max(size[1], _LEAST_SIDE):
            divide *= 2
        if divide == 1:
            return None
        self._size = (-(-width // divide), -(-height // divide))
        return self.mode, (0, 0, width / divide, height / divide)

    def verify(self) -> None:
        """Check every checksum, without painting; the picture must be opened anew afterwards.

        Raises:
            OSError: the file is damaged, cut, or of a later version.
        """
        if self._unpainted and self.fp is not None:
            from .codec.picture import Picture

            try:
                Picture.from_bytes(self._bytes())
            except TriptychError as error:
                raise OSError(str(error)) from error
        super().verify()


def save(image: Image.Image, file: IO[bytes], filename: str | bytes) -> None:
    """Encode an image into an open file; `image.encoderinfo` has the arguments that `Image.save` was given."""
    from .codec.encode import encode

    given = dict(image.encoderinfo)
    if "bytes" in given:  # the name of the option of the command line
        given["max_bytes"] = given.pop("bytes")
    accepted = set(inspect.signature(encode).parameters) - {"image"}
    given = {name: value for name, value in given.items() if name in accepted}
    try:
        file.write(encode(image, **given).to_bytes())
    except TriptychError as error:
        raise OSError(str(error)) from error
