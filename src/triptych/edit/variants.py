"""A contact sheet of every combination of some structures, colours, prompts and seeds."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
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


@dataclass(frozen=True)
class Variant:
    """One picture of a sheet.

    Attributes:
        name: of its structure, colours, prompt and seed, fit for a file; no two of a sheet have the same.
        picture: its layers.
        image: as painted, RGB.
    """

    name: str
    picture: Picture
    image: Image.Image


def variant_sheet(
    structures: _Given | Sequence[_Given],
    colours: _Given | Sequence[_Given] = (),
    *,
    prompts: str | Sequence[str] = (),
    seeds: int | Sequence[int] = (),
    decoder: str | Decoder = DEFAULT_DECODER,
    options: Mapping[str, Any] | None = None,
    devices: str | Sequence[str] = (),
    cell: int = 256,
    each: Callable[[Variant], None] | None = None,
) -> Image.Image:
    """Paint all combinations on one labelled sheet: rows are structures, prompts and seeds, columns are colours.

    The first row and the first column show what goes in. A picture has the size of its structure.

    Args:
        structures: pictures or `.trp` files, whose edges and people are painted, or edge maps.
        colours: pictures, `.trp` files, pictures of any kind, or single colours; none: each structure keeps its own.
        prompts: none: each structure keeps its own.
        seeds: none: that of `decode`.
        decoder, options: as for `decode`.
        devices: "cuda:0", "cpu", ...: where a decoder given by name computes; several share the pictures.
        cell: pixels of the longer side of a picture on the sheet, 16 to 2,048.
        each: is called with every picture at its full size, row by row.

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
    places = _several(devices)
    painters = [choose_decoder(decoder, {**(options or {}), "device": place}) for place in places]
    painters = painters or [choose_decoder(decoder, options)]
    pictures = [(_label(one), _structure(one)) for one in given]
    rows: list[list[Image.Image | None]] = []
    labels: list[str] = []
    if tops:
        first = pictures[0][1]
        shown = [decode(_repainted(first, one), decoder="sketch", layers=["texture"]) for one in tops]
        rows.append([None, *shown])
        labels.append("")
    wanted: list[tuple[str, Picture, int | None]] = []
    for (name, picture), (n, prompt), seed in product(pictures, enumerate(texts, 1), numbers):
        prompted = picture if prompt is None else set_prompt(picture, prompt)
        layers = ["edges", "pose"] if prompted.edges or prompted.pose else None
        rows.append([decode(prompted, decoder="sketch", layers=layers)])
        labels.append("   ".join(_row_label(name, prompt, seed)))
        parts = [name, "", f"p{n}" if prompt is not None else "", f"s{seed}" if seed is not None else ""]
        for top in tops or [None]:
            parts[1] = "" if top is None else _label(top)
            wanted.append((_file_name(parts), prompted if top is None else _repainted(prompted, top), seed))
    start, across = int(bool(tops)), max(1, len(tops))
    for place, variant in enumerate(_painted(wanted, painters)):
        rows[start + place // across].append(variant.image)
        if each is not None:
            each(variant)
    heads = ["structure", *([_label(one) for one in tops] if tops else ["its own colours"])]
    shapes = [picture.size for _, picture in pictures]
    widest = max(width / max(width, height) for width, height in shapes)
    highest = max(height / max(width, height) for width, height in shapes)
    size = (max(16, round(cell * widest)), max(16, round(cell * highest)))
    return contact_sheet(rows, columns=heads, labels=labels, cell=size)


def _painted(wanted: Sequence[tuple[str, Picture, int | None]], painters: Sequence[Decoder]) -> Iterator[Variant]:
    """The pictures in their order, each decoder painting the next that is to be done."""
    names: set[str] = set()

    def variant(name: str, picture: Picture, image: Image.Image) -> Variant:
        unique = next(one for n in range(len(wanted) + 1) if (one := f"{name}-{n}" if n else name) not in names)
        names.add(unique)
        return Variant(unique, picture, image)

    if len(painters) == 1:
        for name, picture, seed in wanted:
            yield variant(name, picture, decode(picture, decoder=painters[0], seed=seed))
        return
    idle = list(painters)

    def paint(job: tuple[str, Picture, int | None]) -> Image.Image:
        painter = idle.pop()  # there are as many threads as painters
        try:
            return decode(job[1], decoder=painter, seed=job[2])
        finally:
            idle.append(painter)

    with ThreadPoolExecutor(len(painters)) as pool:
        for (name, picture, _), image in zip(wanted, pool.map(paint, wanted), strict=True):
            yield variant(name, picture, image)


def _file_name(parts: Sequence[str]) -> str:
    return ".".join(re.sub(r"[^\w#-]+", "_", part)[:60] for part in parts if part).strip("._") or "variant"


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
