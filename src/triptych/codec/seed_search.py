"""The seed with which a decoder paints a picture best, found by trying some."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from PIL import Image

from ..analysis.image import BACKGROUND, Source, load_image
from ..errors import InputError
from ..layers import SeedLayer
from .allocate import make_budget, refit
from .decode import Decoder, choose_decoder, condition, paint
from .perceptual import perceptual_distance
from .picture import Picture, make_picture

# Seeds of one byte at most. The best of n grows slowly with n, and each costs a whole painting.
MOST_SEEDS = 256
_BATCH = 4  # pictures at once; what a decoder makes of each does not depend on it


def search_seed(
    picture: Picture,
    image: str | os.PathLike[str] | Image.Image | np.ndarray | Source,
    *,
    decoder: str | Decoder,
    options: Mapping[str, Any] | None = None,
    seeds: int = 8,
    background: tuple[int, int, int] = BACKGROUND,
    max_bytes: int | None = None,
    bpp: float | None = None,
) -> Picture:
    """Paint a picture with the seeds 0, 1, 2, ... and store the one that gives what looks most like the original.

    Args:
        picture: the layers; a seed layer that it has is replaced.
        image: the original, in any form that `encode` takes.
        decoder: a name, or an object with the `Decoder` interface; the stored seed serves this decoder only.
        options: for a decoder given by name, as in `decode`; those that change the picture must be given there, too.
        seeds: how many are tried, 2 to 256.
        background: sRGB colour that a transparent original is laid on.
        max_bytes: the largest size of the file with its seed; other layers are thinned before the search if need be.
        bpp: the same in bits per pixel.

    Returns:
        The picture with a seed layer, which takes 4 or 5 bytes of the file; without one if the decoder paints the
        same with every seed. `notes` says which seed it is and how near it came (see `perceptual_distance`).

    Raises:
        InputError: the number of seeds is out of range, or there is no such decoder or option.
        BudgetError: the budget cannot hold a layer besides the seed.
        MissingExtraError, ModelError: the decoder needs a package or weights that are not there.
    """
    check_count(seeds)
    if max_bytes is not None or bpp is not None:
        budget = make_budget(picture.size, max_bytes=max_bytes, bpp=bpp)
        room = SeedLayer.from_seed(MOST_SEEDS - 1, picture.size)
        layers, notes = refit(picture.size, picture.with_layer(room).layers, budget)
        picture = make_picture(picture.size, layers, (*picture.notes, *notes))
    original = (image if isinstance(image, Source) else load_image(image, background=background)).image
    painter = choose_decoder(decoder, options)
    name = decoder if isinstance(decoder, str) else type(decoder).__name__
    picture = picture.without(SeedLayer.name)
    conditions = condition(picture)
    distances: list[float] = []
    # The first two by themselves: if they are equal, so are all.
    for start, stop in [(0, 2), *((at, min(at + _BATCH, seeds)) for at in range(2, seeds, _BATCH))]:
        painted = paint(painter, [replace(conditions, seed=seed) for seed in range(start, stop)])
        if start == 0 and painted[0].tobytes() == painted[1].tobytes():
            return picture.with_notes(f"{name} paints the same with every seed, so none is stored")
        distances += [perceptual_distance(original, one) for one in painted]
    best = int(np.argmin(distances))
    note = (
        f"of {seeds} seeds {best} is the best for {name}: distance {distances[best]:.4f}, "
        f"on average {np.mean(distances):.4f}"
    )
    return picture.with_layer(SeedLayer.from_seed(best, picture.size)).with_notes(note)


def check_count(seeds: int) -> None:
    """Refuse a number of seeds that is out of range.

    Raises:
        InputError: it is.
    """
    if not isinstance(seeds, int) or not 2 <= seeds <= MOST_SEEDS:
        raise InputError(f"a search tries 2 to {MOST_SEEDS} seeds, not {seeds!r}")
