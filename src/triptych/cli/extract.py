"""Write the layers of files as ordinary files, into a folder for each: prompt.txt, colours.png (one pixel a
cell), edges.png, edges.svg, keypoints.json (OpenPose), skeleton.png, seed.txt and recipe.json with the texts of the
original's metadata (workflow.json, prompt.json, parameters.txt, ...), as far as the file has them.

Of a picture, the layers that `triptych encode` would make of it; --caption, --edge-detector and --pose-detector as
there. So what networks find can be looked at and corrected before it is given to encode, with --edges, --keypoints
and as the text file beside the picture. Of folders, the .trp files are taken, and with one of these options the
pictures.

  triptych extract cat.trp -o layers/
  triptych extract cat.png -o layers/
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..codec.prompt_source import find_prompt
from ..errors import InputError
from .detect import Detecting, caption_all, detect, detectors, given, prepare
from .files import (
    PICTURE_ENDINGS,
    STREAM_ENDINGS,
    Job,
    Result,
    check_target,
    plan,
    printable,
    report,
    run_all,
)
from .options import Command, common

if TYPE_CHECKING:
    from ..codec.picture import Picture


@click.command(cls=Command, help=__doc__)
@common(output="the folder (default: NAME.layers beside each file)")
@detectors()
def command(**given: Any) -> int:
    return run(Detecting(**given))


def run(args: Detecting) -> int:
    jobs = plan(args, PICTURE_ENDINGS if given(args) else STREAM_ENDINGS, ".layers")
    if len(jobs) == 1 and args.output:
        jobs = [replace(jobs[0], target=Path(args.output), to_stdout=False)]
    if any(job.to_stdout for job in jobs):
        raise InputError("layers are several files, which standard output cannot take; name a folder with -o")
    prepare(args)
    from ..analysis.image import BACKGROUND

    pictures = [job.source for job in jobs if job.wanted and _is_picture(job.source)]
    written = caption_all(pictures, args, _own_prompt, BACKGROUND)
    work = partial(_extract_one, args=args, written=written)
    return report(run_all(work, jobs, args.jobs, "extract"), jobs, args, _line)


def _is_picture(path: Path) -> bool:
    return path.suffix.lower() in PICTURE_ENDINGS


def _own_prompt(path: Path) -> str | None:
    """The prompt in the text file beside a picture, or in its metadata."""
    return find_prompt(path).text


def _encoded(path: Path, args: Detecting, written: dict[Path, str]) -> Picture:
    """The layers that `triptych encode` makes of a picture."""
    from ..analysis.image import load_image
    from ..codec.encode import encode

    source = load_image(path)
    found = find_prompt(source, model=lambda: written.get(path))
    return encode(source, prompt=found.text or "", **detect(source, args, None))


def _extract_one(job: Job, *, args: Detecting, written: dict[Path, str]) -> Result:
    from ..codec.export import layer_files
    from ..codec.picture import Picture
    from ..files import write_whole

    if job.target is None:
        raise InputError("nowhere to write to")
    if _is_picture(job.source):
        picture = _encoded(job.source, args, written)
        notes = list(picture.notes)
    else:
        picture = Picture.open(job.given, partial=True)
        notes = [f"warning: {note}" for note in picture.notes]
    files, faults = layer_files(picture)
    notes += [f"warning: {fault}" for fault in faults]
    for name, data in files.items():
        check_target(job.target / name, args.force)
        write_whole(job.target / name, data, overwrite=args.force, sources=[job.source])
    return Result(str(job.source), {"output": str(job.target), "files": sorted(files)}, tuple(notes))


def _line(result: Result) -> str:
    return f"{printable(result.record['output'])}: {', '.join(result.record['files']) or 'nothing'}"
