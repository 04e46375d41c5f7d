"""Paint every combination of some structures and some colours, and of prompts and seeds, on one labelled sheet.

Rows are structures (edges and people), columns are colours: the first row and the first column show what goes
in. A structure is a .trp file or an edge map; colours are those of a .trp file, of any picture, or one colour.
Without --colours each structure keeps its own. The prompt is that of the structure's file, unless --prompt
gives others. The size is that of the structure. --files writes every picture as a file of its own, too.

  triptych variants cat.trp dog.trp --colours cat.trp dog.trp sunset.jpg -o sheet.png
  triptych variants cat.trp --prompt 'a cat' --prompt 'a tiger' --seed 1 --seed 2 --decoder sketch -o sheet.png
  triptych variants cat.trp -s 1 -s 2 --files cats/ --decoder paper-edit -O steps=30 --device cuda:0 --device cuda:1
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
    output: str | None = None
    files: str | None = None
    force: bool = False
    decoder: str | None = None
    options: tuple[tuple[str, str], ...] = ()
    device: tuple[str, ...] = ()
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
@option("-o", "--output", metavar="PNG", type=click.Path(readable=False), help="the sheet")
@option("--files", metavar="FOLDER", type=click.Path(readable=False), help="write every picture into this folder")
@option("-f", "--force", is_flag=True, help="overwrite files that exist")
@decoder_options(about=f"which decoder paints (default: {DEFAULT_DECODER})")
@option("--device", multiple=True, metavar="NAME", help="cuda, cuda:1, mps, cpu; several share the pictures")
@option("--cell", type=int, default=256, metavar="N", help="longer side of a picture (default: 256)")
@option("--json", is_flag=True, help="print one JSON object, for machines")
def command(**given: Any) -> int:
    return run(Arguments(**given))


def run(args: Arguments) -> int:
    from PIL import Image

    from ..edit.variants import CELLS, Variant, count_variants, variant_sheet
    from ..files import write_whole

    name = args.decoder or DEFAULT_DECODER
    sources = [Path(each) for each in (*args.structures, *args.colours)]
    if args.output is None and args.files is None:
        raise InputError("nothing would be written; name a sheet with -o, or a folder with --files")
    kind = None
    if args.output is not None:
        check_target(Path(args.output), args.force, sources)
        kind = Image.registered_extensions().get(Path(args.output).suffix.lower())
        if kind not in ("PNG", "WEBP", "JPEG"):
            raise InputError(f"{args.output}: sheets are written as .png, .webp or .jpg; end the name so")
    if args.cell not in CELLS:
        raise InputError(f"--cell {args.cell} is not {CELLS[0]} to {CELLS[-1]} pixels")
    written: list[str] = []

    def write(image: Image.Image, target: Path, kind: str) -> None:
        buffer = io.BytesIO()
        image.save(buffer, kind)
        write_whole(target, buffer.getvalue(), overwrite=args.force, sources=sources)

    def keep(variant: Variant) -> None:
        target = Path(args.files or "") / f"{variant.name}.png"
        check_target(target, args.force, sources)
        write(variant.image, target, "PNG")
        written.append(str(target))

    try:
        sheet = variant_sheet(
            args.structures,
            args.colours,
            prompts=args.prompt,
            seeds=args.seed,
            decoder=name,
            options=dict(args.options),
            devices=args.device,
            cell=args.cell,
            each=keep if args.files is not None else None,
        )
    except InputError as error:
        raise InputError(f"--{error}" if str(error).startswith("colours ") else str(error)) from error
    count = count_variants(args.structures, args.colours, args.prompt, args.seed)
    if args.output is not None and kind is not None:
        write(sheet, Path(args.output), kind)
    shown = args.output or args.files
    record: dict[str, Any] = {"output": args.output, "pictures": count, "width": sheet.width, "height": sheet.height}
    record |= {"files": written} if args.files is not None else {}
    line = f"{printable(str(shown))}: {count} pictures, painted by {name}"
    print(json.dumps(record, ensure_ascii=False) if args.json else line)
    return 0
