"""Find pictures in an indexed folder by the words of their prompts, models, LoRAs and names.

All words must occur; 'cat*' finds words that begin with cat, and 'red hat' in quotes finds words next to each other.
The index is the one of the current folder or a folder above it, or of --in DIR.

  triptych find lighthouse storm --model xl --after 2026-03
  triptych find --seed 1234 --json
  triptych find 'cat*' --without dog --open

Exit code 0 if something was found, 1 if nothing was.
"""

from __future__ import annotations

import json
import sys
import tempfile
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..errors import InputError
from .options import Argument, Command, option
from .output import printable, say

if TYPE_CHECKING:
    from ..archive import Found

_SORTS = ("best", "newest", "oldest", "smallest", "largest", "name")
_WHICH = "which"


@click.command(cls=Command, help=__doc__, usage="[WORDS ...] [OPTIONS]")
@click.argument("words", nargs=-1, cls=Argument, metavar="WORDS", about="what to look for")
@option("--without", metavar="WORD", multiple=True, section=_WHICH, help="leave out what has this word")
@option("--negative", metavar="WORD", multiple=True, section=_WHICH, help="a word of the negative prompt")
@option("--model", metavar="PART", section=_WHICH, help="part of the model's name")
@option("--lora", metavar="PART", section=_WHICH, help="part of a LoRA's name")
@option("--tool", metavar="PART", section=_WHICH, help="part of the program's name")
@option("--sampler", metavar="PART", section=_WHICH, help="part of the sampler's name")
@option("--seed", type=int, metavar="N", section=_WHICH, help="the seed")
@option("--after", metavar="DATE", section=_WHICH, help="changed on that day or later: 2026, 2026-11, 2026-11-25")
@option("--before", metavar="DATE", section=_WHICH, help="changed before that day")
@option("--width", type=int, metavar="PIXELS", section=_WHICH, help="of the picture")
@option("--height", type=int, metavar="PIXELS", section=_WHICH, help="of the picture")
@option("--damaged/--whole", default=None, section=_WHICH, help="only files with, or without, faults")
@option("--in", "folder", metavar="DIR", type=click.Path(path_type=Path), help="the folder that was indexed")
@option("--index", metavar="FILE", type=click.Path(path_type=Path), help="the index, if it is not in the folder")
@option("--update", is_flag=True, help="bring the index up to date first")
@option("--sort", type=click.Choice(_SORTS), default="best", help="the order (default: best)")
@option("-n", "--limit", type=click.IntRange(1), default=50, metavar="N", help="how many at most (default: 50)")
@option("--json", is_flag=True, help="print a JSON object a file")
@option("--open", is_flag=True, help="paint the first one and show it")
def command(words: tuple[str, ...], folder: Path | None, index: Path | None, **given: Any) -> int:
    from ..archive import Index, Query

    folder = folder or (Path() if index else _indexed_folder())
    names = ("negative", "model", "lora", "tool", "sampler", "seed", "after", "before", "width", "height", "damaged",
             "sort", "limit")  # fmt: skip
    query = Query(words=(*words, *(f"-{word}" for word in given["without"])), **{name: given[name] for name in names})
    with Index(folder, index) as known:
        if given["update"] or not len(known):
            known.update()
        found = known.find(query)
    for file in found:
        say(json.dumps(file.facts(), ensure_ascii=False) if given["json"] else _text(file))
    if found and given["open"]:
        _show(found[0])
    return 0 if found else 1


def _indexed_folder() -> Path:
    """The current folder, or the nearest above it, that has an index.

    Raises:
        InputError: there is none.
    """
    from ..archive import INDEX_NAME

    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / INDEX_NAME).exists():
            return folder
    raise InputError("neither this folder nor one above it has an index; make one with 'triptych index DIR'")


def _text(file: Found) -> str:
    """A line a file: its path, and what it is."""
    facts = [f"{file.bytes} B", f"{file.width}x{file.height}" if file.width else "", file.model or "",
             f"seed {file.seed}" if file.seed is not None else "", "damaged" if file.error else ""]  # fmt: skip
    prompt = f"\n  {printable(file.prompt)}" if file.prompt else ""
    return f"{printable(str(file.path))}  {printable(', '.join(filter(None, facts)))}{prompt}"


def _show(file: Found) -> None:
    """Paint a file into a temporary PNG, say where that is, and let the system show it."""
    from ..codec.decode import PartialWarning, decode

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", PartialWarning)
        image = decode(file.path, partial=True)
    for warning in caught:
        say(f"triptych: {printable(str(file.path))}: warning: {printable(str(warning.message))}", sys.stderr)
    with tempfile.NamedTemporaryFile(prefix="triptych-", suffix=".png", delete=False) as target:
        image.save(target, "PNG")
    say(f"triptych: painted as {target.name}", sys.stderr)  # where there is nothing to show it with
    click.launch(target.name)
