"""Packets of a picture -> a .trp file. They may come in any order, twice or damaged, and some may be missing.

Packets are files (.trpp), folders of them, or - for base64url texts on the standard input, a packet a line.

  triptych assemble inbox/ -o cat.trp
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import click

from ..errors import InputError, TriptychError
from .files import check_target, find_jobs
from .options import Argument, Command, option
from .output import printable, say

ENDINGS = frozenset({".trpp"})


@click.command(cls=Command, help=__doc__)
@click.argument("packets", cls=Argument, nargs=-1, required=True, type=click.Path(readable=False), about="packets")
@option(
    "-o",
    "--output",
    type=click.Path(readable=False, path_type=Path),
    required=True,
    metavar="PATH",
    help="the .trp file to write",
)
@option("-f", "--force", is_flag=True, help="overwrite a file that exists")
def command(packets: tuple[str, ...], output: Path, force: bool) -> int:
    from ..codec.packets import assemble

    check_target(output, force)
    picture = assemble(_read(packets))
    from ..files import write_whole

    data = picture.to_bytes()
    write_whole(output, data, overwrite=force)
    for note in picture.notes:
        say(f"{printable(str(output))}: {note}", sys.stderr)
    say(f"{printable(str(output))}: {len(data)} bytes ({', '.join(layer.name for layer in picture.layers)})")
    return 0


def _read(names: tuple[str, ...]) -> Iterator[bytes]:
    from ..bitstream.bare import from_text
    from ..bitstream.packets import MOST_BYTES
    from ..files import read_source

    if "-" in names:
        if len(names) > 1:
            raise InputError("the standard input holds all packets; leave the other names out")
        for line in sys.stdin.buffer.read(1 << 24).decode("ascii", "replace").split():
            try:
                yield from_text(line)
            except TriptychError:
                yield b""  # counts as a damaged packet
        return
    for job in find_jobs(names, ENDINGS, recursive=False):
        if job.fault:
            raise InputError(job.fault)
        yield read_source(job.given, 2 * MOST_BYTES)
