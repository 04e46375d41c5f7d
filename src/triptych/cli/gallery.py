"""A page to look through a folder of files, for any browser: it works from disk, without a server.

Thumbnails are painted small. Search, order and keyboard (arrows, Enter, Esc, /) are in the page; a click shows the
prompt and the recipe. Given again, the command paints only what changed.

  triptych gallery small/ -o gallery/ --decoder sketch
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import click

from ..codec.decode import DEFAULT_DECODER
from .options import JOBS, Argument, Command, decoder_options, option
from .output import printable, say


@click.command(cls=Command, help=__doc__)
@click.argument("folder", cls=Argument, metavar="DIR", about="the folder of .trp files",
                type=click.Path(path_type=Path))  # fmt: skip
@option("-o", "--output", metavar="DIR", required=True, type=click.Path(path_type=Path), help="the folder of the page")
@decoder_options()
@option("--side", type=click.IntRange(32, 1024), default=256, metavar="PIXELS",
        help="the longer side of the thumbnails (default: 256)")  # fmt: skip
@option("--title", metavar="TEXT", help="of the page (default: the folder's name)")
@option("-j", "--jobs", type=JOBS, default="0", metavar="N", help="processes (default: one per core)")
@option("--json", is_flag=True, help="print what was done as a JSON object")
@option("--open", is_flag=True, help="show the page when it is made")
def command(folder: Path, output: Path, **given: Any) -> int:
    from tqdm import tqdm

    from ..archive import make_gallery

    with tqdm(desc="gallery", unit="file", delay=1, leave=False, disable=None) as bar:

        def progress(done: int, of: int) -> None:
            bar.total = of
            bar.update(done - bar.n)

        made = make_gallery(
            folder, output, side=given["side"], title=given["title"], decoder=given["decoder"] or DEFAULT_DECODER,
            options=dict(given["options"]), processes=given["jobs"], progress=progress,
        )  # fmt: skip
    for place, fault in made.faults.items():
        say(f"{printable(place)}: {printable(fault)}", sys.stderr)
    if given["json"]:
        say(json.dumps(vars(made) | {"page": str(made.page), "faults": dict(made.faults)}, ensure_ascii=False))
    else:
        say(f"{made.page}: {made.files} files; {made.painted} painted, {made.kept} kept, {made.failed} failed")
    if given["open"]:
        click.launch(str(made.page))
    return 1 if made.failed else 0
