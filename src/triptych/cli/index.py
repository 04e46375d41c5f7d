"""Index a folder of files, so that 'triptych find' and 'triptych gallery' can search it.

The index is one SQLite file in the folder. It knows prompts, negative prompts, models, LoRAs, seeds, sizes and dates
of all .trp files in it, and is brought up to date when the command is given again: only what changed is read.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from .options import Argument, Command, option
from .output import say


@click.command(cls=Command, help=__doc__)
@click.argument("folder", cls=Argument, metavar="DIR", about="the folder", type=click.Path(path_type=Path))
@option("-o", "--output", metavar="FILE", type=click.Path(path_type=Path),
        help="where the index is (default: .triptych-index.sqlite in DIR)")  # fmt: skip
@option("--json", is_flag=True, help="print what changed as a JSON object")
def command(folder: Path, output: Path | None, **given: Any) -> int:
    from ..archive import Index

    with Index(folder, output) as index:
        change = index.update()
        if given["json"]:
            say(json.dumps(vars(change) | {"total": change.total, "index": str(index.file)}))
        else:
            damaged = f", {change.damaged} damaged" if change.damaged else ""
            say(f"{folder}: {change.total} files; {change.added} added, {change.changed} changed, "
                f"{change.removed} removed{damaged}")  # fmt: skip
    return 0
