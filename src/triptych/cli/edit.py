"""Change the layers of .trp files without decoding them.

Edits are made in the order in which they are written; give as many as you like. Only the layers that an edit
touches are coded anew, all others keep their exact bytes. Each file gets a line: bytes before and after, and the
layers that were touched.

A REGION is one of
  all                       the whole picture
  LEFT,TOP,RIGHT,BOTTOM     a box
  'X,Y X,Y X,Y'             a polygon
  mask.png                  a mask picture of any size, white where the region is
Numbers are pixels of the picture, or percent with %: 10%,20%,50%,80%. A cell of a layer belongs to a region if
its centre does. A COLOUR is a name, #rrggbb or 'hsl(30, 80%, 50%)'. A FILE is a .trp file or a picture.

  triptych edit harbour.trp -o calm.trp --erase 40%,50%,60%,75% --replace-text 'sailing boats' ''
  triptych edit portrait.trp -o autumn.trp --hue all 150 --append 'autumn leaves' --bytes 700
  triptych edit city.trp -o moved.trp --move-edges 10%,10%,40%,60% -20,15 --paint 0,0,100%,20% navy
  triptych edit small/ -o warmer/ --temperature all 40
"""

from __future__ import annotations

import argparse
import re
from functools import partial

from ..errors import InputError
from .edits import EDITS, GROUPS, READERS
from .files import STREAM_ENDINGS, Job, Result, add_common, check_target, find_inputs, plan, printable, report, run_all


class _Append(argparse.Action):
    """Adds (option, values) to the one list of edits, so that their order is that of the command line."""

    def __call__(self, parser, namespace, values, option_string=None) -> None:
        edit = EDITS[self.option_strings[0]]
        read = []
        for metavar, text in zip(edit.metavars, values, strict=True):
            reader, what = READERS.get(metavar, (str, ""))
            try:
                read.append(reader(text))
            except ValueError:
                raise argparse.ArgumentError(self, f"{text!r} is not {what}") from None
        namespace.edits = [*namespace.edits, (edit.option, tuple(read))]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.usage = "triptych edit INPUT ... (-o PATH | --in-place) EDIT ... [--bytes N | --bpp X]"
    add_common(parser, output="the new file, or the folder for several; required unless --in-place")
    parser.add_argument("--in-place", action="store_true", help="write the results over the inputs")
    size = parser.add_mutually_exclusive_group()
    thin = "thin the result to N bytes, after all edits; a recipe is not counted"
    size.add_argument("--bytes", type=int, metavar="N", help=thin)
    size.add_argument("--bpp", type=float, metavar="X", help="the same in bits per pixel")
    parser.set_defaults(edits=[])
    # '-20,15' is a value and not an option; by itself argparse knows that of plain numbers only.
    parser._negative_number_matcher = re.compile(r"^-\.?\d")  # type: ignore[attr-defined]
    for title, edits in GROUPS.items():
        group = parser.add_argument_group(title)
        for edit in edits:
            many = {"metavar": edit.metavars} if edit.metavars else {}
            help_text = edit.help.replace("%", "%%")
            group.add_argument(edit.option, action=_Append, nargs=len(edit.metavars), help=help_text, **many)


def run(args: argparse.Namespace) -> int:
    if args.in_place == bool(args.output):
        raise InputError("say where the result goes: either -o PATH, or --in-place to change the files themselves")
    if not args.edits and args.bytes is None and args.bpp is None:
        raise InputError("there is nothing to do; 'triptych edit --help' lists the edits")
    if args.in_place:
        jobs = [Job(path, path) for path, _ in find_inputs(args.inputs, STREAM_ENDINGS, args.recursive)]
    else:
        jobs = plan(args, STREAM_ENDINGS, ".trp")
    work = partial(_edit_one, edits=args.edits, bytes=args.bytes, bpp=args.bpp, force=args.force or args.in_place)
    return report(run_all(work, jobs, args.jobs, "edit"), args.json, _line)


def _edit_one(job: Job, *, edits: list[tuple[str, tuple]], bytes: int | None, bpp: float | None, force: bool) -> Result:
    from ..codec.picture import Picture
    from ..edit import thin

    if job.target is None:
        raise InputError("nowhere to write to")
    check_target(job.target, force)
    before = picture = Picture.open(job.source)
    for option, values in edits:
        try:
            picture = EDITS[option].make(picture, values)
        except InputError as error:
            raise InputError(f"{option}: {error}") from error
    if bytes is not None or bpp is not None:
        picture = thin(picture, bytes=bytes, bpp=bpp)
    record = {
        "output": str(job.target),
        "width": picture.width,
        "height": picture.height,
        "bytes_before": len(before.to_bytes()),
        "bytes": picture.save(job.target),
        "bpp": round(picture.bpp, 5),
        "beside_bytes": picture.beside_bytes,
        "touched": _touched(before, picture),
    }
    return Result(str(job.source), record, picture.notes)


def _touched(before, after) -> dict[str, list[int | None]]:
    """Layers whose bytes changed: name -> payload bytes before and after, None where there is no layer."""
    old, new = ({layer.kind: layer for layer in picture.layers} for picture in (before, after))
    touched = {}
    for kind in sorted({*old, *new}):
        a, b = old.get(kind), new.get(kind)
        if a is None or b is None or (a.coding, a.payload) != (b.coding, b.payload):
            touched[(a or b).name] = [len(a.payload) if a else None, len(b.payload) if b else None]
    return touched


def _line(result: Result) -> str:
    r = result.record
    layers = []
    for name, (old, new) in r["touched"].items():
        layers.append(f"{name} {'none' if old is None else old} -> {'none' if new is None else new}")
    about = "; ".join(layers) or "no layer touched"
    beside = f"; {r['beside_bytes']} of them are the recipe, beside the budget" if r["beside_bytes"] else ""
    return f"{printable(r['output'])}: {r['bytes_before']} -> {r['bytes']} bytes, {r['bpp']:.4f} bpp ({about}){beside}"
