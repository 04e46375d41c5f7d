"""What the commands share: finding inputs, naming outputs, working in parallel, and printing safely."""

from __future__ import annotations

import glob
import sys
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from ..errors import InputError, TriptychError

if TYPE_CHECKING:
    from .options import Common

T = TypeVar("T")

PICTURE_ENDINGS = frozenset(
    [
        ".png", ".jpg", ".jpeg", ".jpe", ".webp", ".avif", ".bmp", ".gif", ".tif", ".tiff", ".jp2", ".ppm", ".pgm",
        ".tga", ".ico", ".heic", ".heif", ".jxl",
    ]
)  # fmt: skip
STREAM_ENDINGS = frozenset({".trp"})


@dataclass(frozen=True)
class Job:
    """One file to work on: where it is, and where its result goes (None: nowhere)."""

    source: Path
    target: Path | None = None


@dataclass
class Result:
    """What came of a job: lines for people, one record for machines, and the error if it failed."""

    source: str
    record: dict[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    error: str | None = None


def find_inputs(inputs: Iterable[str], endings: frozenset[str], recursive: bool) -> list[tuple[Path, Path]]:
    """(file, its place relative to what was named) for files, folders and globs; each file once, in order.

    Raises:
        InputError: a name matches nothing.
    """
    found: dict[Path, Path] = {}
    for name in inputs:
        path = Path(name)
        if path.is_dir():
            pattern = "**/*" if recursive else "*"
            inside = [p for p in sorted(path.glob(pattern)) if p.suffix.lower() in endings and p.is_file()]
            if not inside:
                raise InputError(f"{name}: no {' or '.join(sorted(endings)[:3])}... files in this folder")
            for p in inside:
                found.setdefault(p, p.relative_to(path))
        elif path.exists():
            found.setdefault(path, Path(path.name))
        else:
            matches = sorted(glob.glob(name, recursive=True)) if glob.has_magic(name) else []
            files = [p for p in map(Path, matches) if p.is_file()]
            if not files:
                raise InputError(f"{name}: no such file or folder")
            for p in files:
                found.setdefault(p, Path(p.name))
    return list(found.items())


def plan(args: Common, endings: frozenset[str], ending: str) -> list[Job]:
    """Inputs and where their results go.

    Without -o a result goes beside its input. With several inputs, or a name that is or looks like a folder, -o
    is a folder, and results keep the inputs' places under it. A file that exists is never overwritten without
    --force, and two inputs never share one result.

    Args:
        ending: what the results' names end in, instead of the inputs' ending.

    Raises:
        InputError: an input does not exist, or two results would have one name.
    """
    found = find_inputs(args.inputs, endings, args.recursive)
    several = len(found) > 1 or any(Path(name).is_dir() for name in args.inputs)
    out = Path(args.output) if args.output else None
    into = out is not None and (several or out.is_dir() or str(args.output).endswith(("/", "\\")))
    if out is not None and into and out.exists() and not out.is_dir():
        raise InputError(f"{out}: is a file; several results need a folder")
    jobs, taken = [], {}
    for source, place in found:
        if out is None:
            target = source.with_name(source.stem + ending)
        elif into:
            target = out / place.parent / (place.stem + ending)
        else:
            target = out
        if target == source:
            raise InputError(f"{source}: would be overwritten by its own result; name another one with -o")
        if target in taken:
            raise InputError(f"{taken[target]} and {source} would both become {target}; name one of them -o")
        taken[target] = source
        jobs.append(Job(source, target))
    return jobs


def check_target(target: Path, force: bool) -> None:
    """Refuse to overwrite, and make the folder the target goes into."""
    if target.exists() and not force:
        raise InputError(f"{target}: exists; --force overwrites it, -o writes elsewhere")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{target.parent}: cannot be made: {error.strerror or error}") from error


def run_all(work: Callable[[Job], Result], jobs: list[Job], processes: int, what: str) -> Iterator[Result]:
    """Do all jobs, in order, with a progress bar if it takes long; a failed one does not stop the others."""
    from tqdm import tqdm

    bar = tqdm(total=len(jobs), desc=what, unit="file", delay=1, leave=False, disable=None if len(jobs) > 1 else True)
    with bar:
        if processes == 1 or len(jobs) == 1:
            for job in jobs:
                yield guarded(work, job)
                bar.update()
        else:
            with ProcessPoolExecutor(min(processes, len(jobs))) as pool:
                for result in pool.map(guarded, [work] * len(jobs), jobs):
                    yield result
                    bar.update()


def guarded(work: Callable[[Job], T], job: Job) -> T | Result:
    """`work(job)`, or a `Result` with the error if it is one of ours."""
    try:
        return work(job)
    except TriptychError as error:
        text = str(error)
        if str(job.source) not in text:
            text = f"{job.source}: {text}"
        return Result(str(job.source), error=text)


def report(results: Iterator[Result], as_json: bool, line: Callable[[Result], str | None]) -> int:
    """Print results as they come; returns the exit code: 1 if any failed."""
    import json

    failed = 0
    for result in results:
        if as_json:
            record = {"file": result.source, **result.record}
            if result.notes:
                record["notes"] = list(result.notes)
            if result.error:
                record["error"] = result.error
            print(json.dumps(record), flush=True)  # ASCII, so that no text can upset a terminal
        elif not result.error and (text := line(result)):
            print(text, flush=True)
        if not as_json:
            for note in result.notes:
                print(f"triptych: {printable(result.source)}: {printable(note)}", file=sys.stderr)
            if result.error:
                print(f"triptych: {printable(result.error)}", file=sys.stderr)
        failed += result.error is not None
    return 1 if failed else 0


def printable(text: str) -> str:
    """A stranger's text made safe for a terminal: control and format characters are shown as escapes."""
    return "".join(
        c if unicodedata.category(c)[0] != "C" or c == "\u200d" else c.encode("unicode_escape").decode() for c in text
    )
