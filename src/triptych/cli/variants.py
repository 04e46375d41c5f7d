"""Paint every combination of some structures and some colours, and of prompts and seeds, on one labelled sheet.

Rows are structures (edges and people), columns are colours: the first row and the first column show what goes
in. A structure is a .trp file or an edge map; colours are those of a .trp file, of any picture, or one colour.
Without --colours each structure keeps its own. The prompt is that of the structure's file, unless --prompt
gives others. The size is that of the structure.

  triptych variants cat.trp dog.trp --colours cat.trp dog.trp sunset.jpg -o sheet.png
  triptych variants cat.trp --prompt 'a cat' --prompt 'a tiger' --seed 1 --seed 2 --decoder sketch -o sheet.png
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import click

from ..codec.decode import DEFAULT_DECODER
from ..errors import InputError
from .files import check_target, printable
from .options import Argument, Command, decoder_options, option

MOST = 400  # pictures on a sheet


@dataclass(frozen=True, kw_only=True)
class Arguments:
    """What `triptych variants` is given; see its help."""

    structures: tuple[str, ...]
    colours: tuple[str, ...] = ()
    prompt: tuple[str, ...] = ()
    seed: tuple[int, ...] = ()
    output: str
    force: bool = False
    decoder: str | None = None
    options: tuple[tuple[str, str], ...] = ()
    cell: int = 256
    json: bool = False


@click.command(cls=Command, help=__doc__, greedy=("-c", "--colours"))
@click.argument(
    "structures",
    cls=Argument,
    nargs=-1,
    required=True,
    metavar="STRUCTURE ...",
    type=click.Path(readable=False),
    about=".trp files or edge maps",
)
@option(
    "-c",
    "--colours",
    multiple=True,
    metavar="COLOURS ...",
    type=click.Path(readable=False),
    help="files, pictures, colours",
)
@option("-p", "--prompt", multiple=True, metavar="TEXT", help="a prompt; give it again for more")
@option("-s", "--seed", multiple=True, type=int, metavar="N", help="a seed; give it again for more")
@option("-o", "--output", required=True, metavar="PNG", type=click.Path(readable=False), help="the sheet")
@option("-f", "--force", is_flag=True, help="overwrite the file if it exists")
@decoder_options(about=f"which decoder paints (default: {DEFAULT_DECODER})")
@option("--cell", type=int, default=256, metavar="N", help="longer side of a picture (default: 256)")
@option("--json", is_flag=True, help="print one JSON object, for machines")
def command(**given: Any) -> int:
    return run(Arguments(**given))


def run(args: Arguments) -> int:
    from PIL import Image

    from ..codec.decode import find_decoder
    from ..files import write_whole

    target = Path(args.output)
    name = args.decoder or DEFAULT_DECODER
    sources = [Path(each) for each in (*args.structures, *args.colours)]
    check_target(target, args.force, sources)
    kind = Image.registered_extensions().get(target.suffix.lower())
    if kind not in ("PNG", "WEBP", "JPEG"):
        raise InputError(f"{target}: sheets are written as .png, .webp or .jpg; end the name so")
    if not 16 <= args.cell <= 2048:
        raise InputError(f"--cell {args.cell} is not 16 to 2048 pixels")
    count = len(args.structures) * max(1, len(args.colours)) * len(args.prompt or [1]) * len(args.seed or [1])
    if count > MOST:
        raise InputError(f"that makes {count} pictures; a sheet holds at most {MOST}: give fewer")
    sheet = make_sheet(
        list(args.structures),
        list(args.colours),
        list(args.prompt) or [None],
        list(args.seed) or [None],
        decoder=find_decoder(name, **dict(args.options)),
        cell=args.cell,
    )
    buffer = io.BytesIO()
    sheet.save(buffer, kind)
    write_whole(target, buffer.getvalue(), overwrite=args.force, sources=sources)
    record = {"output": str(target), "pictures": count, "width": sheet.width, "height": sheet.height}
    line = f"{printable(str(target))}: {count} pictures, painted by {name}"
    print(json.dumps(record, ensure_ascii=False) if args.json else line)
    return 0


def make_sheet(
    structures: list[str],
    colours: list[str],
    prompts: list[str | None],
    seeds: list[int | None],
    *,
    decoder: Any,
    cell: int,
) -> Any:
    """The sheet as a Pillow image: a row for each structure, prompt and seed, a column for each set of colours.

    `decoder`: an object with the `Decoder` interface. `cell`: pixels of the longer side of a picture.
    """
    from ..codec.decode import decode
    from ..codec.sheet import contact_sheet

    pictures = {name: _structure(name) for name in structures}
    widest = max(picture.width / max(picture.size) for picture in pictures.values())
    highest = max(picture.height / max(picture.size) for picture in pictures.values())
    rows: list[list[Any]] = []
    labels = []
    if colours:
        first = next(iter(pictures.values()))
        tops = [_repainted(first, name) for name in colours]
        rows.append([None, *(decode(picture, decoder="sketch", layers=["texture"]) for picture in tops)])
        labels.append("")
    for name, prompt, seed in product(pictures, prompts, seeds):
        picture = pictures[name]
        if prompt is not None:
            picture = _prompted(picture, prompt)
        variants = [_repainted(picture, colour) for colour in colours] if colours else [picture]
        shown = ["edges", "pose"] if picture.edges or picture.pose else None
        structure = decode(picture, decoder="sketch", layers=shown)
        rows.append([structure, *(decode(variant, decoder=decoder, seed=seed) for variant in variants)])
        labels.append("   ".join(_row_label(name, prompt, seed)))
    heads = ["structure", *([Path(name).stem or name for name in colours] if colours else ["its own colours"])]
    size = (max(16, round(cell * widest)), max(16, round(cell * highest)))
    return contact_sheet(rows, columns=heads, labels=labels, cell=size)


def _row_label(name: str, prompt: str | None, seed: int | None) -> Iterator[str]:
    yield Path(name).stem
    if prompt is not None:
        yield f"“{prompt}”"
    if seed is not None:
        yield f"seed {seed}"


def _structure(name: str) -> Any:
    """The picture of a `.trp` file, or one made of an edge map."""
    from ..codec.encode import encode
    from ..codec.picture import Picture

    if Path(name).suffix.lower() == ".trp":
        return Picture.open(name)
    return encode(name, edges=name, layers=["edges"])


def _repainted(picture: Any, colours: str) -> Any:
    from ..edit import replace_texture

    try:
        return replace_texture(picture, colours)
    except InputError as error:
        raise InputError(f"--colours {colours}: {error}") from error


def _prompted(picture: Any, prompt: str) -> Any:
    from ..edit import set_prompt

    return set_prompt(picture, prompt)
