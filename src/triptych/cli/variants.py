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
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from ..codec.decode import DEFAULT_DECODER
from ..errors import InputError
from .files import check_target, printable
from .options import Argument, Command, decoder_options, option


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

    from ..edit.variants import CELLS, count_variants, variant_sheet
    from ..files import write_whole

    target = Path(args.output)
    name = args.decoder or DEFAULT_DECODER
    sources = [Path(each) for each in (*args.structures, *args.colours)]
    check_target(target, args.force, sources)
    kind = Image.registered_extensions().get(target.suffix.lower())
    if kind not in ("PNG", "WEBP", "JPEG"):
        raise InputError(f"{target}: sheets are written as .png, .webp or .jpg; end the name so")
    if args.cell not in CELLS:
        raise InputError(f"--cell {args.cell} is not {CELLS[0]} to {CELLS[-1]} pixels")
    try:
        sheet = variant_sheet(
            args.structures,
            args.colours,
            prompts=args.prompt,
            seeds=args.seed,
            decoder=name,
            options=dict(args.options),
            cell=args.cell,
        )
    except InputError as error:
        raise InputError(f"--{error}" if str(error).startswith("colours ") else str(error)) from error
    count = count_variants(args.structures, args.colours, args.prompt, args.seed)
    buffer = io.BytesIO()
    sheet.save(buffer, kind)
    write_whole(target, buffer.getvalue(), overwrite=args.force, sources=sources)
    record = {"output": str(target), "pictures": count, "width": sheet.width, "height": sheet.height}
    line = f"{printable(str(target))}: {count} pictures, painted by {name}"
    print(json.dumps(record, ensure_ascii=False) if args.json else line)
    return 0
