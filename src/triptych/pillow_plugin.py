"""What Pillow opens and saves `.trp` files with; `pillow_hook` tells it so once `triptych` is imported.

``Image.open`` reads the header only; the picture is painted when its pixels are first asked for, with the
default decoder. ``Image.save("x.trp", prompt=..., bytes=...)`` takes the arguments of `triptych.encode`.
"""

from __future__ import annotations

from contextlib import suppress
from typing import IO, Any

from PIL import Image, ImageFile

from .bitstream.container import scan_header
from .errors import TriptychError
from .limits import MAX_STREAM_BYTES
from .pillow_hook import FORMAT

# No header is longer: 4 bytes, a size of at most 8, eight entries of at most 5, a checksum.
_HEADER_AT_MOST = 64
_ENCODE_ARGUMENTS = ("prompt", "edges", "people", "bytes", "bpp", "quality", "recipe", "layers", "background")


class TriptychImageFile(ImageFile.ImageFile):
    """A `.trp` file as Pillow sees it; `info["layers"]` lists its layers before any pixel is painted."""

    format = FORMAT
    format_description = "Triptych layered picture"

    def _open(self) -> None:
        header = self.fp.read(_HEADER_AT_MOST)
        try:
            found = scan_header(header)
        except TriptychError as error:
            # Pillow takes SyntaxError for "not mine" and would hide the reason, so this is an OSError.
            raise OSError(str(error)) from error
        from .layers import KINDS

        self._mode = "RGB"
        self._size = (found.width, found.height)
        self.info["layers"] = [KINDS[e.kind].name if e.kind in KINDS else f"kind {e.kind}" for e in found.entries]
        self.tile = []  # load() paints the picture itself
        self._painted = False

    def load(self) -> Any:
        if not self._painted:
            from .codec.decode import decode
            from .codec.picture import Picture

            self.fp.seek(0)
            data = self.fp.read(MAX_STREAM_BYTES + 1)
            try:
                picture = Picture.from_bytes(data)
                self.im = decode(picture).im
                self._painted = True
                if picture.prompt:
                    self.info["prompt"] = picture.prompt
                with suppress(TriptychError):  # a recipe that cannot be read takes nothing from the picture
                    if picture.recipe:
                        self.info["recipe"] = picture.recipe.summary()
            except TriptychError as error:
                raise OSError(str(error)) from error
            if self._exclusive_fp and self._close_exclusive_fp_after_loading:
                self.fp.close()
                self.fp = None
        return super().load()


def save(image: Image.Image, file: IO[bytes], filename: str | bytes) -> None:
    """Encode an image into an open file; `image.encoderinfo` has the arguments that `Image.save` was given."""
    from .codec.encode import encode

    given = {name: image.encoderinfo[name] for name in _ENCODE_ARGUMENTS if name in image.encoderinfo}
    try:
        file.write(encode(image, **given).to_bytes())
    except TriptychError as error:
        raise OSError(str(error)) from error
