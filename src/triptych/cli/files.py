"""The files of a batch: which there are, and where their results go. It knows nothing of how options are read.

Rules for the names of results:

- Without -o a result stands beside its input, with the ending of its kind. With several inputs, or a name that is or
  looks like a folder, -o is a folder, and results keep the inputs' places under it.
- Inputs that would have one result (a.jpg and a.png) keep their endings: a.jpg.trp and a.png.trp. Those that would have
  one even so (x/a.png and y/a.png under -o) are numbered in their order: a.png.trp, a.png-2.trp.
- A stem is cut where its result's name would have more than 255 bytes.
- Names in folders that begin with a dot are passed over: macOS puts a ._cat.png beside a cat.png on foreign disks.
- "-" is standard input as an input, and standard output after -o; from standard input the result goes to standard
  output unless -o says otherwise.
- A file that exists is not overwritten, unless --force is given; a source never is.
"""

from __future__ import annotations

import glob
import os
import stat
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from ..batch.verbs import PICTURES, STREAMS
from ..errors import InputError
from ..files import check_writable, make_folder, read_source, reason, write_whole
from ..limits import MAX_STREAM_BYTES
from .output import Result, printable, report, say, write_stdout
from .workers import guarded, run_all, run_batches

if TYPE_CHECKING:
    from .options import Common

__all__ = [
    "PICTURE_ENDINGS",
    "STREAM_ENDINGS",
    "Job",
    "Result",
    "check_target",
    "find_jobs",
    "guarded",
    "plan",
    "printable",
    "report",
    "run_all",
    "run_batches",
    "say",
]

PICTURE_ENDINGS = PICTURES
STREAM_ENDINGS = STREAMS
_MOST_PICTURE_BYTES = 1 << 31
_LONGEST = 255  # bytes of a name
_STDIN = frozenset({"-", "/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"})
_STDOUT = frozenset({"-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"})


@dataclass(frozen=True)
class Job:
    """One file to work on.

    Attributes:
        source: where it is; "-" is standard input.
        target: where its result goes, None: nowhere.
        data: the bytes of an input that can be read only once.
        place: its place under the folder that was named.
        fault: why it cannot be worked on.
        skip: whether its result is there and is to stay.
        to_stdout: whether the result goes to standard output; `target` has its ending then.
        in_place: whether the result replaces the source.
    """

    source: Path
    target: Path | None = None
    data: bytes | None = field(default=None, repr=False)
    place: Path = Path()
    fault: str | None = None
    skip: bool = False
    to_stdout: bool = False
    in_place: bool = False

    @property
    def wanted(self) -> bool:
        """Whether there is something to do."""
        return not self.fault and not self.skip

    @property
    def given(self) -> Path | bytes:
        """What to read: the path, or the bytes of what can be read only once."""
        return self.source if self.data is None else self.data

    @property
    def shown(self) -> str:
        """The name of the result."""
        return "-" if self.to_stdout else str(self.target)

    def check(self, force: bool) -> None:
        """See that the result can be written, before the work, and make its folder.

        Raises:
            InputError: it exists, is no file, or is the source itself.
        """
        if self.target is None:
            raise InputError("nowhere to write to")
        if not self.to_stdout:
            check_target(self.target, force or self.in_place, [] if self.in_place else [self.source])

    def write(self, data: bytes, force: bool) -> int:
        """Write the result; returns its length.

        Raises:
            InputError: it cannot be written.
        """
        if self.target is None:
            raise InputError("nowhere to write to")
        if self.to_stdout:
            write_stdout(data)
        else:
            sources = [] if self.in_place else [self.source]
            write_whole(self.target, data, overwrite=force or self.in_place, sources=sources)
        return len(data)

    def size(self) -> int:
        """Bytes of the source, 0 if that cannot be told."""
        return len(self.data) if self.data is not None else _size(self.source)

    def size_of_result(self) -> int:
        """Bytes of the result, 0 if there is none or it is no file."""
        return 0 if self.target is None or self.to_stdout else _size(self.target)


def _size(path: Path) -> int:
    try:
        found = path.stat()
    except (OSError, ValueError):
        return 0
    return found.st_size if stat.S_ISREG(found.st_mode) else 0


# --- inputs ----------------------------------------------------------------------------------------------------------


def find_jobs(inputs: Iterable[str], endings: frozenset[str], recursive: bool) -> list[Job]:
    """A job for each file, without targets: of files, folders, globs and "-", each once, in order.

    What is not there or cannot be looked into is a job with a `fault`, so that the others are done.
    """
    found: dict[str, Job] = {}
    for name in inputs:
        for job in _found(name, endings, recursive):
            found.setdefault("-" if str(job.source) == "-" else os.path.abspath(job.source), job)
    return list(found.values())


def _found(name: str, endings: frozenset[str], recursive: bool) -> Iterator[Job]:
    path = Path(name)
    if name in _STDIN and not os.path.isfile(name):
        yield _read_once(Path("-"), endings)
        return
    try:
        mode = os.stat(name).st_mode
    except (OSError, ValueError) as error:
        matches = sorted(glob.glob(name, recursive=True)) if glob.has_magic(name) else []
        files = [match for match in matches if os.path.isfile(match)]
        yield from (Job(Path(match), place=Path(Path(match).name)) for match in files)
        if not files:
            missing = isinstance(error, (FileNotFoundError, NotADirectoryError))
            why = "no such file or folder" if missing else f"cannot be read: {reason(_os_error(error))}"
            yield Job(path, fault=f"{name}: {why}")
        return
    if stat.S_ISDIR(mode):
        yield from _in_folder(path, endings, recursive)
    elif stat.S_ISREG(mode):
        yield Job(path, place=Path(path.name))
    else:
        yield _read_once(path, endings)


def _os_error(error: OSError | ValueError) -> OSError:
    return error if isinstance(error, OSError) else OSError(str(error))


def _read_once(path: Path, endings: frozenset[str]) -> Job:
    """A job for standard input, a pipe or a device, which is read here and now."""
    most = MAX_STREAM_BYTES if endings == STREAM_ENDINGS else _MOST_PICTURE_BYTES
    place = Path("stdin" if str(path) == "-" else path.name)
    try:
        data = read_source(sys.stdin.buffer if str(path) == "-" else path, most)
    except InputError as error:
        return Job(path, place=place, fault=str(error))
    if not data:
        return Job(path, place=place, fault=f"{path}: there is nothing in it")
    return Job(path, data=data, place=place)


def _in_folder(folder: Path, endings: frozenset[str], recursive: bool) -> Iterator[Job]:
    files: list[Path] = []
    faults: list[Job] = []
    deeper = False

    def closed(error: OSError) -> None:
        name = error.filename or folder
        faults.append(Job(Path(name), fault=f"{name}: cannot be looked into: {reason(error)}"))

    for here, folders, names in os.walk(folder, onerror=closed):
        folders[:] = [name for name in folders if not name.startswith(".")]
        # Read like this, also where a folder may be listed but not entered: then each file has its own line.
        files += [Path(here, name) for name in names if name[0] != "." and Path(name).suffix.lower() in endings]
        deeper = deeper or bool(folders)
        if not recursive:
            break
    jobs = [Job(path, place=path.relative_to(folder)) for path in sorted(files)]
    yield from (job for job in jobs if not _is_special(job.source))
    yield from faults
    if not files and not faults:
        kinds = " or ".join(sorted(endings)) if len(endings) < 3 else "picture"
        hint = "; -r looks into the folders in it, too" if deeper and not recursive else ""
        yield Job(folder, fault=f"{folder}: no {kinds} files in this folder{hint}")


def _is_special(path: Path) -> bool:
    """Whether a name in a folder is a pipe, a device or the like, which nobody meant."""
    try:
        return not stat.S_ISREG(path.stat().st_mode)
    except OSError:
        return False


# --- results ---------------------------------------------------------------------------------------------------------


def plan(
    args: Common,
    endings: frozenset[str],
    ending: str,
    *,
    under: str | None = None,
    suffixes: frozenset[str] | None = None,
) -> list[Job]:
    """Inputs and where their results go; the rules are at the head of this module.

    Args:
        endings: of the files that are taken of folders.
        ending: what the results' names end in, instead of the inputs' ending.
        under: the same for results in the folder of -o, if that is not the folder of the inputs.
        suffixes: the endings that a name given with -o may have; None: any.

    Raises:
        InputError: -o cannot be what is asked for.
    """
    if args.skip_existing and args.force:
        raise InputError("--force overwrites what exists, --skip-existing leaves it; give one of them")
    jobs = find_jobs(args.inputs, endings, args.recursive)
    several = len(jobs) > 1 or any(os.path.isdir(name) for name in args.inputs)
    out = args.output
    if out is None and len(jobs) == 1 and str(jobs[0].source) == "-":
        out = "-"
    if out in _STDOUT:
        if several:
            raise InputError("standard output takes one result; -o FOLDER takes several")
        return [replace(job, target=Path(f"-.{ending.rpartition('.')[2]}"), to_stdout=True) for job in jobs]
    folder = Path(out) if out and (several or os.path.isdir(out) or out.endswith(("/", "\\"))) else None
    if folder is not None and os.path.lexists(folder) and not os.path.isdir(folder):
        raise InputError(f"{folder}: is a file; several results need a folder")
    if out and folder is None and suffixes is not None and Path(out).suffix.lower() not in suffixes:
        wanted = " or ".join(sorted(suffixes))
        raise InputError(f"{out}: what is written is no such file; end its name in {wanted}, or in / for a folder")
    if out and folder is None:
        return _settled([replace(job, target=Path(out)) for job in jobs], args)
    targets = []
    for job in jobs:
        if folder is None:
            targets.append((job.source.parent, job.source.stem, ending))
        else:
            place = folder / job.place
            beside = os.path.abspath(place.parent) == os.path.abspath(job.source.parent)
            targets.append((place.parent, place.stem, ending if under is None or beside else under))
    return _settled([_aimed(job, *names) for job, names in zip(jobs, _distinct(jobs, targets), strict=True)], args)


def _aimed(job: Job, parent: Path, stem: str, ending: str) -> Job:
    return replace(job, target=parent / (stem + ending))


def _distinct(jobs: list[Job], targets: list[tuple[Path, str, str]]) -> list[tuple[Path, str, str]]:
    """The same with stems that make the names of all results different."""
    fold = sys.platform in ("win32", "darwin")  # A.png and a.png are one name there

    def key(target: tuple[Path, str, str]) -> str:
        name = os.path.abspath(target[0] / (target[1] + target[2]))
        return name.casefold() if fold else name

    often = Counter(key(target) for job, target in zip(jobs, targets, strict=True) if not job.fault)
    found: list[tuple[Path, str, str]] = []
    taken: set[str] = set()
    for job, target in zip(jobs, targets, strict=True):
        if job.fault:
            found.append(target)
            continue
        parent, stem, ending = target
        if often[key(target)] > 1:
            stem = job.place.name
        number, distinct = 1, (parent, _cut(stem, ending), ending)
        while key(distinct) in taken or (key(distinct) != key(target) and key(distinct) in often):
            number += 1
            distinct = parent, _cut(stem, f"-{number}{ending}") + f"-{number}", ending
        taken.add(key(distinct))
        found.append(distinct)
    return found


def _cut(stem: str, ending: str) -> str:
    """A stem that makes a name of a length that file systems take, if that of the input was near to it."""
    whole = len(os.fsencode(stem + ending)) > _LONGEST
    while stem and len(os.fsencode(stem + ending)) > _LONGEST:
        stem = stem[:-1]
    return (stem.rstrip(" .") or stem) if whole else stem


def _settled(jobs: list[Job], args: Common) -> list[Job]:
    """With the jobs marked that have nothing to do, or would destroy their source."""
    settled = []
    for job in jobs:
        if not job.fault and job.target == job.source:
            job = replace(job, fault=f"{job.source}: would be overwritten by its own result; name another one with -o")
        elif not job.fault and args.skip_existing and job.target is not None and os.path.exists(job.target):
            job = replace(job, skip=True)
        settled.append(job)
    return settled


def check_target(target: Path, force: bool, sources: Iterable[Path] = ()) -> None:
    """Refuse to overwrite, and make the folder the target goes into.

    Raises:
        InputError: the target exists, is no file, or is one of the `sources`.
    """
    if check_writable(target, sources=sources) and not force:
        raise InputError(f"{target}: exists; --force overwrites it, -o writes elsewhere")
    make_folder(target.parent)
