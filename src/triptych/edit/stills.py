"""What an edit leaves of a still: it says what other layers miss, so it goes where these change, and only there.

What `sketch` paints of the layers before and after says what changed. Where things come or go the still takes what is
painted now; where colours are only shifted it is shifted by as much, and keeps its detail.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ..codec.decode import condition, find_decoder, paint
from ..codec.picture import Picture
from ..errors import TriptychError
from ..layers import DetailLayer, EdgeLayer, Layer, PoseLayer, SemanticLayer
from ..layers.detail_size import work_size
from ..layers.still import Box, Still
from ..raster.bodies import fill_body
from ..typing import Bools, Bytes8, Floats
from .regions import Region

if TYPE_CHECKING:
    from PIL import Image

MOST = 0.8  # of a still that is painted over; of what is left of more nobody would see much
NEAR = 40  # what is near a stroke or person that came or went: the longer side through this
NOTE = "the detail layer was coded again: where the edit touched it, it shows what the other layers do"
SMALL = "the region is smaller than a cell of the colour map: only the detail layer has its new colours"


class Change(NamedTuple):
    """Where an edit changed colours.

    Attributes:
        where: the region.
        shifted: whether what is there stays, in other colours.
    """

    where: Region
    shifted: bool = False


def carried(before: Picture, after: Picture, changed: Layer, change: Change | None) -> DetailLayer | None:
    """The detail layer of `before` for `after`, whose layer `changed` is new; None if nothing of it holds any more.

    `before` and `after` are without layers that lie on top of others, but for the still of `before`.
    """
    layer = before.get(DetailLayer)
    if layer is None:
        return None
    try:
        still = layer.detail
        if not isinstance(still, Still):
            return None
        if isinstance(changed, SemanticLayer):
            return layer
        size = still.pixels.shape[1::-1]
        if isinstance(changed, EdgeLayer):
            share, shifted = _near_strokes(before, after, size), False
        elif isinstance(changed, PoseLayer):
            share, shifted = _near_people(before, after, size), False
        elif change is not None:
            share, shifted = change.where.coverage((size[1], size[0])), change.shifted
        else:
            return None
        if not shifted and share.mean() > MOST:
            return None
        own = still.pixels.astype(np.float32)
        now = _painted(after, size)
        new = now - _painted(before.without(DetailLayer.name), size) if shifted else now - own
        pixels = np.clip(own + share[..., None] * new + 0.5, 0, 255).astype(np.uint8)
        return layer.with_pixels(pixels, partial(_touches, share, work_size(before.size)))
    except TriptychError:  # it is damaged, or this Pillow has no AVIF
        return None


def recoloured(picture: Picture, where: Region, colours: Callable[[Floats], Floats]) -> DetailLayer | None:
    """The detail layer with other colours in a region, and its regions of interest, too.

    `colours` gives those for what is there, sRGB 0..255, float (rows, columns, 3). None if there is no still, or it has
    no pixel in the region.
    """
    layer, size = picture.get(DetailLayer), work_size(picture.size)
    covered = False

    def paint(pixels: Bytes8, box: Box) -> Bytes8:
        nonlocal covered
        left, top, right, bottom = (side * where.size[n % 2] / size[n % 2] for n, side in enumerate(box))
        share = where.coverage(pixels.shape[:2], (left, top, right, bottom))
        covered = covered or bool(share.any())
        own = pixels.astype(np.float32)
        made: Bytes8 = np.clip(own + share[..., None] * (colours(own) - own) + 0.5, 0, 255).astype(np.uint8)
        return made

    try:
        again = layer.repainted(paint) if layer else None
    except TriptychError:
        return None
    return again if covered else None


def moved(before: Picture, after: Picture, offset: tuple[int, int], scale: tuple[float, float]) -> DetailLayer | None:
    """The detail layer of `before` for `after`, a window of it, as `Layer.remapped` says; None if there is no still.

    It has as many bytes for each pixel as before; where there was no picture, it shows what the other layers do.
    """
    from PIL import Image

    layer = before.get(DetailLayer)
    try:
        if layer is None or not isinstance(still := layer.detail, Still):
            return None
        size = work_size(after.size)
        canvas = Image.fromarray(_painted(after, size).astype(np.uint8))
        fine = [side / own for side, own in zip(size, after.size, strict=True)]  # of the canvas for one
        whole = [round(side * by * of) for side, by, of in zip(before.size, scale, fine, strict=True)]
        seen = Image.fromarray(still.finest()).resize(whole, Image.Resampling.BICUBIC)
        corner = [-round(place * of) for place, of in zip(offset, fine, strict=True)]
        canvas.paste(seen, (corner[0], corner[1]))
        share = (after.width * after.height) / (before.width * before.height * scale[0] * scale[1])
        x, y = (new / old for new, old in zip(whole, still.size, strict=True))
        roi = [
            (
                round(left * x + corner[0]),
                round(top * y + corner[1]),
                round(right * x + corner[0]),
                round(bottom * y + corner[1]),
            )
            for (left, top, right, bottom), _ in still.regions
        ]
        return DetailLayer.from_image(canvas, after.size, round(layer.cost * min(share, 1)), roi)
    except TriptychError:
        return None


def mirrored(before: Picture) -> DetailLayer | None:
    """The detail layer of a picture whose left and right are swapped; None if there is no still."""
    from PIL import Image

    layer = before.get(DetailLayer)
    try:
        if layer is None or not isinstance(still := layer.detail, Still):
            return None
        if not still.regions:
            return layer.with_pixels(still.pixels[:, ::-1].copy())
        width = still.size[0]
        roi = [(width - right, top, width - left, bottom) for (left, top, right, bottom), _ in still.regions]
        return DetailLayer.from_image(Image.fromarray(still.shown()[:, ::-1]), before.size, layer.cost, roi)
    except TriptychError:
        return None


def _painted(picture: Picture, size: tuple[int, int]) -> Floats:
    """float32 (height, width, 3), 0..255: its colours and edges; stick men would be no part of a still."""
    (image,) = paint(find_decoder("sketch"), [condition(picture, layers=("texture", "edges"), size=size)])
    return np.asarray(image, np.float32)


def _touches(share: Floats, size: tuple[int, int], box: Box) -> bool:
    """Whether any of `share`, float (rows, columns) over a picture of (width, height), is in a box of it."""
    rows, columns = (
        slice(low * cells // length, -(-high * cells // length))
        for low, high, cells, length in zip(box[1::-1], box[:1:-1], share.shape, size[::-1], strict=True)
    )
    return bool(share[rows, columns].any())


def _near_strokes(before: Picture, after: Picture, size: tuple[int, int]) -> Floats:
    """float (height, width), 0..1: what is near edges that only one of both pictures has."""
    from PIL import Image, ImageChops

    one, other = (picture.edges for picture in (before, after))
    if one and other and one.raster.shape == other.raster.shape:
        differ = _drawn(one.raster != other.raster, size)
    else:
        both = [_drawn(edges.raster, size) if edges else Image.new("L", size) for edges in (one, other)]
        differ = ImageChops.difference(*both)
    return _near(differ)


def _near_people(before: Picture, after: Picture, size: tuple[int, int]) -> Floats:
    """float (height, width), 0..1: what is near people that only one of both pictures has."""
    from PIL import Image

    bodies = np.zeros(size[::-1], bool)
    for one, other in ((before.pose, after.pose), (after.pose, before.pose)):
        for person, places in zip(one.people, one.fractions, strict=True) if one else ():
            if other is None or not (other.people == person).all((1, 2)).any():
                bodies |= fill_body(places, *size)
    return _near(Image.fromarray(bodies.astype(np.uint8) * 255))


def _near(marked: Image.Image) -> Floats:
    """float (height, width), 0..1: what is marked (255), and what is near, with soft borders."""
    from PIL import ImageFilter

    wide = marked.filter(ImageFilter.MaxFilter(2 * max(1, max(marked.size) // NEAR) + 1))
    return np.asarray(wide.filter(ImageFilter.GaussianBlur(1)), np.float32) / 255


def _drawn(raster: Bools, size: tuple[int, int]) -> Image.Image:
    """Where any part of a pixel of a raster is set, at a size: 0 or 255."""
    from PIL import Image

    image = Image.fromarray(raster.astype(np.uint8) * 255).resize(size, Image.Resampling.BOX)
    return image.point([0] + 255 * [255])
