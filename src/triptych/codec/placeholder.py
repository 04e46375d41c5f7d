"""A picture of a few dozen bytes for pages and chats: its colours and main contours in the bare form, as text.

From 28 bytes on a few strokes take the place of finer colours: painted by `sketch`, colours alone have an LPIPS of
about 0.7 at any such size, as BlurHash and ThumbHash have, and with strokes 0.6. It is less of a blur then; who wants
one leaves them out.
"""

from __future__ import annotations

from itertools import product

import numpy as np
from PIL import Image

from ..analysis.colours import colour_grid
from ..analysis.edges import StrokeFinder
from ..analysis.image import BACKGROUND, ImageSource, load_image
from ..colour import to_oklab
from ..errors import InputError
from ..layers import TextureLayer, grid_shape
from ..layers.edges import most_strokes
from ..layers.texture import STEPS, quantise
from .picture import Picture, make_picture
from .proposals import edge_side

LEAST, MOST = 16, 128  # bytes
DEFAULT = 28
UNIT = 64  # pixels: sides are multiples of it, which takes one byte
SIDES = range(1, 17)
NEAR_SHAPE = 0.012  # of the ratio of the sides: closer than this is close enough
GRIDS = (2, 3, 4, 5, 6, 7, 8, 9, 10, 12)
SEEN = 16  # cells a side in which colours are compared
LEAST_WITH_STROKES = 28  # bytes
LEAST_SIDE = 16  # pixels: a smaller picture has no contours
FILE_MORE = 4  # bytes that a layer takes more in a file than in the bare form, at most
# Where there are strokes, of the bytes, and cells along the longer side of their grid. With a smaller share LPIPS is
# lower by 0.01 and colours are no nearer than those of ThumbHash; on finer grids fewer strokes fit (of shares of 0.43
# to 0.69 and grids of 9 to 26 cells, on eight dev pictures).
COLOURS_SHARE = 0.62
STROKES_SIDE = 14
MOST_WORSE = 1.1  # a grid that misses by more than this times the best ends the search for a larger one


def placeholder(
    image: ImageSource,
    *,
    bytes: int = DEFAULT,
    strokes: bool = True,
    background: tuple[int, int, int] = BACKGROUND,
) -> str:
    """The colours and main contours of a picture as a short text for JSON and HTML.

    Args:
        image: as for `encode`, and with sides from 1 pixel on.
        bytes: 16 to 128, the most that the bare form may have; four thirds of that many characters.
        strokes: whether a few strokes take the place of finer colours; below 28 bytes there is no room for them.
            False gives a blur.
        background: sRGB colour that transparent pictures are laid on.

    Returns:
        Base64url text of a bare form (SPEC §12). It keeps the picture's shape within 3 %, and not its size:
        ``decode(Picture.from_text(text), size=...)`` paints it at any.

    Raises:
        InputError: the picture cannot be used, or the number of bytes is out of range.
    """
    return make_placeholder(image, bytes=bytes, strokes=strokes, background=background).to_text()


def make_placeholder(
    image: ImageSource,
    *,
    bytes: int = DEFAULT,
    strokes: bool = True,
    background: tuple[int, int, int] = BACKGROUND,
) -> Picture:
    """The same as a `Picture`; arguments and errors as for `placeholder`."""
    if isinstance(bytes, bool) or not isinstance(bytes, int) or not LEAST <= bytes <= MOST:
        raise InputError(f"a placeholder has {LEAST} to {MOST} bytes, not {bytes!r}")
    source = load_image(image, background=background, smallest=1)
    size = short_size(source.size)
    if not strokes or bytes < LEAST_WITH_STROKES or min(source.size) < LEAST_SIDE:
        return _blur(source.image, size, bytes)
    return _with_strokes(source.image, _blur(source.image, size, int(COLOURS_SHARE * bytes)), bytes)


def _blur(image: Image.Image, size: tuple[int, int], most_bytes: int) -> Picture:
    """Colours alone, in the grid and steps that come nearest."""
    best: tuple[float, Picture] | None = None
    for side in GRIDS:
        colours = colour_grid(image, grid_shape(size, side))
        if (found := _finest(colours, size, most_bytes)) is None:
            break
        miss = _miss(image, found)
        if best is None or miss < best[0]:
            best = miss, found
        elif miss > MOST_WORSE * best[0]:
            break
    assert best is not None  # two cells at the coarsest steps take fewer than the fewest bytes
    return best[1]


def _with_strokes(image: Image.Image, blur: Picture, most_bytes: int) -> Picture:
    """The same with as many strokes as there is room for, if any."""
    room = most_bytes - len(blur.to_bare())
    side = max(STROKES_SIDE, edge_side(room, blur.size))
    strokes = StrokeFinder(image).ranked(grid_shape(blur.size, side))
    for tried in range(room + FILE_MORE, 0, -1):
        edges, _ = most_strokes(strokes, blur.size, tried)
        if edges is None:
            break
        picture = make_picture(blur.size, [*blur.layers, edges])
        left = most_bytes - len(picture.to_bare())
        if left >= 0:  # what the strokes leave goes to finer colours
            finer = _blur(image, blur.size, len(blur.to_bare()) + left)
            return make_picture(blur.size, [*finer.layers, edges])
    return blur


def short_size(size: tuple[int, int]) -> tuple[int, int]:
    """The smallest (width, height) of multiples of 64 pixels up to 1,024 that has nearly the shape of a picture."""
    shape = size[0] / size[1]

    def miss(sides: tuple[int, int]) -> float:
        return abs(float(np.log(sides[0] / sides[1] / shape)))

    pairs = sorted(product(SIDES, SIDES), key=max)
    near = [pair for pair in pairs if miss(pair) < NEAR_SHAPE]
    width, height = near[0] if near else min(pairs, key=miss)
    grown = max(1, 4 // max(width, height))  # at least 256 pixels, where it has that shape
    return width * grown * UNIT, height * grown * UNIT


def _finest(colours: np.ndarray, size: tuple[int, int], most_bytes: int) -> Picture | None:
    """The picture of the finest quality index whose bare form has at most so many bytes."""
    low, high, best = 0, STEPS - 1, None
    while low <= high:
        middle = (low + high) // 2
        picture = Picture(*size, (TextureLayer.from_levels(quantise(colours, middle), size, middle),))
        if len(picture.to_bare()) <= most_bytes:
            best, high = picture, middle - 1
        else:
            low = middle + 1
    return best


def _miss(image: Image.Image, picture: Picture) -> float:
    """How far the averages of a 16 x 16 grid are off, in OKLab."""
    assert picture.texture is not None
    made = Image.fromarray(picture.texture.colours).resize((SEEN, SEEN), Image.Resampling.BICUBIC)
    a, b = (to_oklab(np.asarray(x, np.float32)) for x in (image.resize((SEEN, SEEN), Image.Resampling.BOX), made))
    return float(np.sqrt(((a - b) ** 2).sum(-1)).mean())
