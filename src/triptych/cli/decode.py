""".trp files -> pictures.

A damaged or cut file gives the picture of the layers that are whole, with a warning; --strict makes that an
error. The format of the picture follows from the name given with -o (default: NAME.decoded.png).

Into a PNG goes what the recipe layer knows: the original's metadata if the file has all of it, so that dragging
the picture into ComfyUI or A1111 restores the workflow, else its settings as A1111 writes them; --no-metadata
leaves that out.

  triptych decode cat.trp -o cat.png
  triptych decode small/ -o painted/ -j 0
  triptych decode cat.trp --layers semantic,texture -o colours-only.png
"""

from __future__ import annotations

import argparse
import io
import warnings
from functools import partial
from typing import TYPE_CHECKING, Any

from ..codec.decode import DEFAULT_DECODER
from ..errors import InputError, TriptychError
from .encode import layer_names
from .files import STREAM_ENDINGS, Job, Result, add_common, check_target, plan, printable, report, run_all

if TYPE_CHECKING:
    from ..codec.picture import Picture


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_common(parser, output="the picture, or the folder for several (default: beside each file)")
    parser.add_argument("--decoder", default=DEFAULT_DECODER, help=f"which decoder paints (default: {DEFAULT_DECODER})")
    parser.add_argument("--layers", type=layer_names, metavar="A,B", help="use only these: semantic,texture,pose,edges")
    parser.add_argument("--seed", type=int, help="for decoders that draw noise (default: follows from the file)")
    parser.add_argument("--no-metadata", action="store_true", help="write no prompt and no settings into PNG files")
    parser.add_argument("--strict", action="store_true", help="refuse damaged files instead of using what is whole")


def run(args: argparse.Namespace) -> int:
    from ..codec.decode import find_decoder

    find_decoder(args.decoder)  # a wrong name is one error, not one a file
    jobs = plan(args, STREAM_ENDINGS, ".decoded.png")
    work = partial(_decode_one, args=args)
    return report(run_all(work, jobs, args.jobs, "decode"), args.json, _line)


def _decode_one(job: Job, *, args: argparse.Namespace) -> Result:
    from PIL import Image

    from ..codec.decode import PartialWarning, decode
    from ..codec.picture import Picture, write_whole

    if job.target is None:
        raise InputError("nowhere to write to")
    check_target(job.target, args.force)
    kind = Image.registered_extensions().get(job.target.suffix.lower())
    if kind is None or kind not in Image.SAVE or kind == "TRIPTYCH":
        raise InputError(f"{job.target}: pictures cannot be written under this name; end it in .png, .webp or .jpg")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", PartialWarning)
        picture = Picture.open(job.source, partial=not args.strict)
        image = decode(picture, decoder=args.decoder, layers=args.layers, seed=args.seed, partial=not args.strict)
    told = kind == "PNG" and not args.no_metadata and (args.layers is None or "recipe" in args.layers)
    texts, faults = _texts(picture, args.strict) if told else ({}, ())
    buffer = io.BytesIO()
    try:
        image.save(buffer, kind, **texts)
    except (OSError, ValueError) as error:  # WebP and JPEG stop at 16,383 and 65,535 pixels a side
        raise InputError(f"{job.target}: cannot be written as {kind}: {error}") from error
    write_whole(job.target, buffer.getvalue())
    found = [*picture.notes, *(str(w.message) for w in caught if issubclass(w.category, PartialWarning))]
    notes = tuple(f"warning: {text}" for text in found)
    record = {"output": str(job.target), "width": image.width, "height": image.height, "decoder": args.decoder}
    return Result(str(job.source), record, notes + faults)


def _texts(picture: Picture, strict: bool) -> tuple[dict[str, Any], tuple[str, ...]]:
    """(arguments for `Image.save` that hold the settings, warnings)."""
    from ..codec.restore import png_texts

    try:
        return {"pnginfo": png_texts(picture)}, ()
    except TriptychError as error:
        if strict:
            raise
        return {}, (f"warning: no settings were written: {error}",)


def _line(result: Result) -> str:
    r = result.record
    return f"{printable(r['output'])}: {r['width']} x {r['height']} pixels, painted by {r['decoder']}"
