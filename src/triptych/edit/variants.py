"""A contact sheet of every combination of some structures, colours, prompts and seeds."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from math import prod
from pathlib import Path
from typing import Any

from PIL import Image

from ..codec.decode import DEFAULT_DECODER, Decoder, choose_decoder, decode
from ..codec.encode import encode
from ..codec.picture import Picture
from ..codec.sheet import contact_sheet
from ..errors import InputError
from .colours import replace_texture
from .prompt import set_prompt

MOST = 400  # pictures on a sheet
CELLS = range(16, 2049)  # pixels of the longer side of a picture

_Given = str | os.PathLike[str] | Picture


def variant_sheet(
    structures: _Given | Sequence[_Given],
    colours: _Given | Sequence[_Given] = (),
    *,
    prompts: str | Sequence[str] = (),
    seeds: int | Sequence[int] = (),
    decoder: str | Decoder = DEFAULT_DECODER,
    options: Mapping[str, Any] | None = None,
    cell: int = 256,
) -> Image.Image:
    """Paint all combinations on one labelled sheet: rows are structures, prompts and seeds, columns are colours.

    The first row and the first column show what goes in. A picture has the size of its structure.

    Args:
        structures: pictures or `.trp` files, whose edges and people are painted, or edge maps.
        colours: pictures, `.trp` files, pictures of any kind, or single colours; none: each structure keeps its own.
        prompts: none: each structure keeps its own.
        seeds: none: that of `decode`.
        decoder, options: as for `decode`.
        cell: pixels of the longer side of a picture on the sheet, 16 to 2,048.

    Raises:
        InputError: something given cannot be used, or these would be more than 400 pictures.
    """
    given, tops = _several(structures), _several(colours)
    texts: list[str | None] = _several(prompts) or [None]
    numbers: list[int | None] = _several(seeds) or [None]
    count = count_variants(given, tops, texts, numbers)
    if count > MOST:
        raise InputError(f"that makes {count} pictures; a sheet holds at most {MOST}: give fewer")
    if not given:
        raise InputError("there are no structures to paint")
    if cell not in CELLS:
        raise InputError(f"a cell of {cell} pixels is not {CELLS[0]} to {CELLS[-1]} pixels")
    painter = choose_decoder(decoder, options)
    pictures = [(_label(one), _structure(one)) for one in given]
    rows: list[list[Image.Image | None]] = []
    labels: list[str] = []
    if tops:
        first = pictures[0][1]
        shown = [decode(_repainted(first, one), decoder="sketch", layers=["texture"]) for one in tops]
        rows.append([None, *shown])
        labels.append("")
    for (name, picture), prompt, seed in product(pictures, texts, numbers):
        prompted = picture if prompt is None else set_prompt(picture, prompt)
        variants = [_repainted(prompted, one) for one in tops] if tops else [prompted]
        layers = ["edges", "pose"] if prompted.edges or prompted.pose else None
        structure = decode(prompted, decoder="sketch", layers=layers)
        rows.append([structure, *(decode(variant, decoder=painter, seed=seed) for variant in variants)])
        labels.append("   ".join(_row_label(name, prompt, seed)))
    heads = ["structure", *([_label(one) for one in tops] if tops else ["its own colours"])]
    shapes = [picture.size for _, picture in pictures]
    widest = max(width / max(width, height) for width, height in shapes)
    highest = max(height / max(width, height) for width, height in shapes)
    size = (max(16, round(cell * widest)), max(16, round(cell * highest)))
    return contact_sheet(rows, columns=heads, labels=labels, cell=size)


def count_variants(*given: Any) -> int:
    """How many pictures the structures, colours, prompts and seeds make; of what is not given there is one."""
    return prod(max(1, len(_several(one))) for one in given)


def _several(given: Any) -> list[Any]:
    """One thing or several, as several."""
    return [given] if isinstance(given, (str, int, os.PathLike, Picture)) else list(given)


def _label(given: _Given) -> str:
    if isinstance(given, Picture):
        return (given.prompt or "a picture")[:40]
    return Path(given).stem or os.fspath(given)


def _row_label(name: str, prompt: str | None, seed: int | None) -> Iterator[str]:
    yield name
    if prompt is not None:
        yield f"“{prompt}”"
    if seed is not None:
        yield f"seed {seed}"


def _structure(given: _Given) -> Picture:
    """A picture, that of a `.trp` file, or one made of an edge map."""
    if isinstance(given, Picture):
        return given
    if Path(given).suffix.lower() == ".trp":
        return Picture.open(given)
    return encode(given, edges=given, layers=["edges"])


def _repainted(picture: Picture, colours: _Given) -> Picture:
    try:
        return replace_texture(picture, colours)
    except InputError as error:
        raise InputError(f"colours {colours}: {error}" if not isinstance(colours, Picture) else str(error)) from error
