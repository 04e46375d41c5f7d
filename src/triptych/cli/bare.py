"""Files as bare forms, for links that check what they carry and for placeholders in pages; and back.

A bare form holds the same layers without signature, checksums (but one of a byte) and the last length: 6 bytes instead
of 15 for colours and edges. What reads files reads bare forms, too (.trpb); --text prints them as base64url.

  triptych encode cat.png --link meshtastic && triptych bare cat.trp
  triptych bare cat.trp --text
  triptych bare --file cat.trpb -o cat.trp
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import click

from ..errors import InputError
from .files import Job, Result, find_jobs, plan, printable, report, run_all
from .options import Command, Common, common, option

ENDINGS = frozenset({".trp", ".trpb"})


@dataclass(frozen=True, kw_only=True)
class Arguments(Common):
    """What `triptych bare` is given; see its help."""

    file: bool = False
    text: bool = False


@click.command(cls=Command, help=__doc__)
@common(output="the bare form, or the folder for several (default: .trpb beside each file)")
@option("--file", is_flag=True, help="bare forms, or texts of them, -> files")
@option("--text", is_flag=True, help="print base64url text instead of writing files")
def command(**given: Any) -> int:
    return run(Arguments(**given))


def run(args: Arguments) -> int:
    if args.text and (args.file or args.output):
        raise InputError("--text prints; leave --file and --output out")
    jobs = find_jobs(args.inputs, ENDINGS, args.recursive) if args.text else plan(args, ENDINGS, _ending(args))
    return report(run_all(partial(_convert, args=args), jobs, args.jobs, "bare"), jobs, args, _line)


def _ending(args: Arguments) -> str:
    return ".trp" if args.file else ".trpb"


def _convert(job: Job, *, args: Arguments) -> Result:
    from ..codec.picture import open_any

    if not args.text:
        job.check(args.force)
    picture = open_any(job.given)
    if args.text:
        return Result(str(job.source), {"text": picture.to_text(), "bytes": len(picture.to_bare())})
    data = picture.to_bytes() if args.file else picture.to_bare()
    return Result(str(job.source), {"output": job.shown, "bytes": job.write(data, args.force)})


def _line(result: Result) -> str:
    r = result.record
    return str(r["text"]) if "text" in r else f"{printable(r['output'])}: {r['bytes']} bytes"
