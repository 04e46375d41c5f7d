"""A file in packets of which any subset gives a picture; `triptych assemble` puts them together.

Colours and prompt come first, then edges, the longest lines first, each packet with lines of its own. With --parity 1
one more packet is made, with which any one that is lost can be made again.

A detail layer shows nothing unless all of its packets come: for a link that loses some, encode with
--layers semantic,texture,pose,edges,recipe.

  triptych packets cat.trp --mtu 180 --parity 1 -o outbox/
  triptych packets cat.trp --mtu 180 --text
"""

from __future__ import annotations

from pathlib import Path

import click

from ..errors import InputError
from .files import check_target
from .options import Argument, Command, option
from .output import printable, say


@click.command(cls=Command, help=__doc__)
@click.argument("file", cls=Argument, type=click.Path(readable=False, path_type=Path), about="a .trp file")
@option("--mtu", type=int, required=True, metavar="N", help="the most bytes of a packet, 48 to 65000")
@option("--parity", type=int, default=0, metavar="0|1", help="how many packets of parity (exclusive or) to add")
@option(
    "-o",
    "--output",
    type=click.Path(readable=False, path_type=Path),
    metavar="FOLDER",
    help="where NAME.000.trpp, NAME.001.trpp, ... go (default: beside the file)",
)
@option("-f", "--force", is_flag=True, help="overwrite files that exist")
@option("--text", is_flag=True, help="print base64url texts, a packet a line, instead of writing files")
def command(file: Path, mtu: int, parity: int, output: Path | None, force: bool, text: bool) -> int:
    from ..bitstream.bare import to_text
    from ..codec.packets import split_packets
    from ..files import write_whole

    if text and output:
        raise InputError("--text prints; leave --output out")
    packets = split_packets(file, mtu, parity=parity)
    if text:
        for packet in packets:
            say(to_text(packet))
        return 0
    targets = [(output or file.parent) / f"{file.stem}.{number:03}.trpp" for number in range(len(packets))]
    for target in targets:
        check_target(target, force, [file])
    for target, packet in zip(targets, packets, strict=True):
        write_whole(target, packet, overwrite=force)
        say(f"{printable(str(target))}: {len(packet)} bytes")
    return 0
