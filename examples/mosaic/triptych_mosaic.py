"""A decoder for Triptych that paints the colours of a picture as tiles."""

import numpy as np
from PIL import Image, ImageDraw

from triptych import Conditioning, InputError


class Mosaic:
    """Called with the user's options: `decode(..., decoder="mosaic", options={"gap": 4})`, `-O gap=4`."""

    def __init__(self, gap: int | str = 2) -> None:
        if not str(gap).isdecimal():
            raise InputError(f"option gap: must be a whole number of pixels, not {gap!r}")
        self.gap = int(gap)

    def decode(self, conditioning: Conditioning) -> np.ndarray:
        """uint8 (height, width, 3), sRGB, from whatever layers there are."""
        size = conditioning.width, conditioning.height
        if conditioning.colours is None:
            return np.full((*size[::-1], 3), 128, np.uint8)
        picture = Image.fromarray(conditioning.colours).resize(size, Image.Resampling.NEAREST)
        pen = ImageDraw.Draw(picture)
        for axis, cells in enumerate(conditioning.colours.shape[1::-1]):
            for at in range(1, cells) if self.gap else ():
                place = at * size[axis] / cells
                pen.line([(place, 0), (place, size[1])] if axis == 0 else [(0, place), (size[0], place)], 0, self.gap)
        return np.asarray(picture)
