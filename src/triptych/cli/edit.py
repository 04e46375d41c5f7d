"""Change the layers of .trp files without decoding them.

Edits are made in the order in which they are written; give as many as you like. Only the layers that an edit
touches are coded anew, all others keep their exact bytes. Each file gets a line: bytes before and after, and the
layers that were touched.

A REGION is one of
  all                       the whole picture
  LEFT,TOP,RIGHT,BOTTOM     a box
  'X,Y X,Y X,Y'             a polygon
  'X,Y X,Y ... @WIDTH'      a band along a line, as a brush leaves it; one point gives a disc
  mask.png                  a mask picture of any size, white where the region is
Numbers are pixels of the picture, or percent with %: 10%,20%,50%,80%. A cell of a layer belongs to a region if
its centre does. A COLOUR is a name, #rrggbb or 'hsl(30, 80%, 50%)'. A FILE is a .trp file or a picture.

  triptych edit harbour.trp -o calm.trp --erase 40%,50%,60%,75% --replace-text 'sailing boats' ''
  triptych edit portrait.trp -o autumn.trp --hue all 150 --append 'autumn leaves' --bytes 700
  triptych edit city.trp -o moved.trp --move-edges 10%,10%,40%,60% -20,15 --paint 0,0,100%,20% navy
  triptych edit small/ -o warmer/ --temperature all 40
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import click

from ..edit_table import EDITS, GROUPS, READERS, Edit
from ..errors import InputError
from .files import STREAM_ENDINGS, Job, Result, find_jobs, plan, printable, report, run_all
from .options import Command, Common, Option, Reads, common, option

if TYPE_CHECKING:
    from ..codec.picture import Picture


@dataclass(frozen=True, kw_only=True)
class Arguments(Common):
    """What `triptych edit` is given; see its help. `edits`: (option, values) in the order of the command line."""

    edits: tuple[tuple[str, tuple[Any, ...]], ...] = ()
    in_place: bool = False
    bytes: int | None = None
    bpp: float | None = None


class EditCommand(Command):
    """Keeps the order of edits, of which each may be given many times among the others."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        # click's parser lists each option as often as it was given, in order; what it gives the options themselves
        # keeps only the order of each one's values.
        _, _, order = self.make_parser(ctx).parse_args(list(args))
        rest = super().parse_args(ctx, args)
        values = {}
        for param in self.params:
            if isinstance(param, EditOption):
                given = ctx.params.pop(param.name or "")
                values[param] = iter([()] * given if param.count else given)
        edits = [(param.edit, next(values[param])) for param in order if isinstance(param, EditOption)]
        ctx.params["edits"] = tuple(
            (edit.option, value if isinstance(value, tuple) and len(edit.metavars) != 1 else (value,))
            for edit, value in edits
        )
        return rest


class EditOption(Option):
    """The option of one edit."""

    def __init__(self, edit: Edit, section: str) -> None:
        self.edit = edit
        types = tuple(
            Reads(metavar, *READERS[metavar]) if metavar in READERS else click.STRING for metavar in edit.metavars
        )
        many: dict[str, Any] = {"count": True}
        if types:
            many = {
                "multiple": True,
                "nargs": len(types),
                "type": types if len(types) > 1 else types[0],
                "metavar": " ".join(edit.metavars),
            }
        name = edit.function + edit.option.replace("-", "_")  # `--bytes` and the like have names of their own
        super().__init__([edit.option, name], section=section, help=edit.help, **many)


@click.command(
    cls=EditCommand,
    help=__doc__,
    usage="INPUT ... (-o PATH | --in-place) EDIT ... [--bytes N | --bpp X]",
    exclusive=[("bytes", "bpp")],
)
@common(output="the new file, or the folder for several; required unless --in-place")
@option("--in-place", is_flag=True, help="write the results over the inputs")
@option("--bytes", type=int, metavar="N", help="thin to N bytes, after all edits; complete metadata is not counted")
@option("--bpp", type=float, metavar="X", help="the same in bits per pixel")
def command(**given: Any) -> int:
    return run(Arguments(**given))


command.params += [EditOption(edit, title) for title, edits in GROUPS.items() for edit in edits]


def run(args: Arguments) -> int:
    if args.in_place == bool(args.output):
        raise InputError("say where the result goes: either -o PATH, or --in-place to change the files themselves")
    if not args.edits and args.bytes is None and args.bpp is None:
        raise InputError("there is nothing to do; 'triptych edit --help' lists the edits")
    if args.in_place:
        found = find_jobs(args.inputs, STREAM_ENDINGS, args.recursive)
        if any(job.data is not None for job in found):
            raise InputError("standard input cannot be edited in place; say with -o where the result goes")
        jobs = [replace(job, target=job.source, in_place=True) for job in found]
    else:
        jobs = plan(args, STREAM_ENDINGS, ".trp", suffixes=STREAM_ENDINGS)
    work = partial(_edit_one, edits=args.edits, bytes=args.bytes, bpp=args.bpp, force=args.force or args.in_place)
    return report(run_all(work, jobs, args.jobs, "edit"), jobs, args, _line)


def _edit_one(
    job: Job, *, edits: tuple[tuple[str, tuple[Any, ...]], ...], bytes: int | None, bpp: float | None, force: bool
) -> Result:
    from ..codec.picture import Picture
    from ..edit import thin

    job.check(force)
    before = picture = Picture.open(job.given)
    for name, values in edits:
        try:
            picture = EDITS[name].make(picture, values)
        except InputError as error:
            raise InputError(f"{name}: {error}") from error
    if bytes is not None or bpp is not None:
        picture = thin(picture, max_bytes=bytes, bpp=bpp)
    record = {
        "output": job.shown,
        "width": picture.width,
        "height": picture.height,
        "bytes_before": len(before.to_bytes()),
        "bytes": job.write(picture.to_bytes(), force),
        "bpp": round(picture.bpp, 5),
        "recipe_bytes": picture.recipe_bytes,
        "touched": _touched(before, picture),
    }
    return Result(str(job.source), record, picture.notes)


def _touched(before: Picture, after: Picture) -> dict[str, list[int | None]]:
    """Layers whose bytes changed: name -> payload bytes before and after, None where there is no layer."""
    old, new = ({layer.kind: layer for layer in picture.layers} for picture in (before, after))
    names = {layer.kind: layer.name for layer in (*before.layers, *after.layers)}
    touched: dict[str, list[int | None]] = {}
    for kind in sorted({*old, *new}):
        a, b = old.get(kind), new.get(kind)
        if a is None or b is None or (a.coding, a.payload) != (b.coding, b.payload):
            touched[names[kind]] = [len(a.payload) if a else None, len(b.payload) if b else None]
    return touched


def _line(result: Result) -> str:
    r = result.record
    layers = []
    for name, (old, new) in r["touched"].items():
        layers.append(f"{name} {'none' if old is None else old} -> {'none' if new is None else new}")
    about = "; ".join(layers) or "no layer touched"
    beside = f"; {r['recipe_bytes']} of them are the recipe" if r["recipe_bytes"] else ""
    return f"{printable(r['output'])}: {r['bytes_before']} -> {r['bytes']} bytes, {r['bpp']:.4f} bpp ({about}){beside}"
