"""What the commands say: result lines, errors, JSON, and the summary of a batch, safe for any terminal."""

from __future__ import annotations

import contextlib
import json
import os
import sys
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from ..errors import InputError
from ..files import check_writable, reason

if TYPE_CHECKING:
    from .files import Job
    from .options import Common

NAMED = 5  # files that a summary lists by name, at most


@dataclass
class Result:
    """What came of a job: lines for people, one record for machines, and the error if it failed.

    Attributes:
        source: what was worked on.
        record: JSON types.
        notes: one line each.
        error: one line, if it failed.
        kind: the class of the error, by name.
        skipped: nothing was done, because the result was there.
    """

    source: str
    record: dict[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    error: str | None = None
    kind: str | None = None
    skipped: bool = False


@dataclass
class Tally:
    """A batch in numbers, as far as it has come."""

    done: int = 0
    skipped: int = 0
    failed: int = 0
    bytes_before: int = 0
    bytes_after: int = 0

    def text(self) -> str:
        """For the summary line."""
        counts = [f"{self.done} done", f"{self.skipped} skipped", f"{self.failed} failed"]
        said = "files: " + ", ".join(counts)
        if self.bytes_before and self.bytes_after:
            said += f"; bytes: {self.bytes_before:,} -> {self.bytes_after:,}"
            if self.bytes_before > self.bytes_after:
                ratio = self.bytes_before / self.bytes_after
                said += f" ({ratio:,.0f} to 1)" if ratio >= 10 else f" ({ratio:.1f} to 1)"
        return said


def report(
    results: Iterable[Result],
    jobs: list[Job],
    args: Common,
    line: Callable[[Result], str | None],
    about: Callable[[], str | None] | None = None,
) -> int:
    """Print results as they come, and a summary of several; returns the exit code: 1 if any failed.

    Args:
        results: one a job, in their order.
        line: what to print of one that went well.
        about: what the summary begins with ("prompts: ..."); without it, only terminals get a summary.
    """
    tally = Tally()
    # What is piped onward must not have lines in it.
    to = sys.stderr if any(job.to_stdout for job in jobs) else sys.stdout
    with _error_log(args.errors, jobs) as log:
        for job, result in zip(jobs, results, strict=True):
            if result.skipped:
                tally.skipped += 1
            elif result.error:
                tally.failed += 1
                record = {"file": result.source, "type": result.kind or "InputError", "error": result.error}
                if log:
                    log.write(json.dumps(record) + "\n")
                    log.flush()
            else:
                tally.done += 1
                tally.bytes_before += job.size()
                tally.bytes_after += job.size_of_result()
            _print(result, to, args.json, None if job.to_stdout else line)
    if not args.json:
        said = [about()] if about else []
        if len(jobs) > 1 and (about or sys.stderr.isatty()):
            said = [*filter(None, said), tally.text()]
            if about and len(said) == 1:
                said = ["prompts: none were looked for", *said]
        if text := "; ".join(filter(None, said)):
            say(f"triptych: {text}", sys.stderr)
    return 1 if tally.failed else 0


def _print(result: Result, to: IO[str], as_json: bool, line: Callable[[Result], str | None] | None) -> None:
    if as_json:
        record = {"file": result.source, **result.record}
        if result.notes:
            record["notes"] = list(result.notes)
        if result.skipped:
            record["skipped"] = True
        if result.error:
            record["error"] = result.error
        say(json.dumps(record), to)  # ASCII, so that no text can upset a terminal
        return
    if line and not result.error and not result.skipped and (text := line(result)):
        say(text, to)
    for note in result.notes:
        say(f"triptych: {printable(result.source)}: {printable(note)}", sys.stderr)
    if result.error:
        say(f"triptych: {printable(result.error)}", sys.stderr)


@contextlib.contextmanager
def _error_log(name: str | None, jobs: list[Job]) -> Any:
    """The file of --errors, open for writing; None if there is none."""
    if name is None:
        yield None
        return
    path = Path(name)
    if path.suffix.lower() != ".jsonl":
        raise InputError(f"{name}: --errors writes lines of JSON; end its name in .jsonl")
    check_writable(path, sources=[job.source for job in jobs])
    try:
        file = path.open("w", encoding="ascii")
    except OSError as error:
        raise InputError(f"{name}: cannot be written: {reason(error)}") from error
    with file:
        yield file


# --- printing --------------------------------------------------------------------------------------------------------


def say(text: str, stream: IO[str] | None = None) -> None:
    """Print a line: characters that the stream cannot hold as escapes, and never into a progress bar.

    Raises:
        InputError: standard output cannot be written to.
        BrokenPipeError: nobody reads it any more.
    """
    to = sys.stdout if stream is None else stream
    if to is None:  # a program without a console
        return
    encoding = getattr(to, "encoding", None) or "utf-8"
    safe = text.encode(encoding, "backslashreplace").decode(encoding)
    bars = sys.modules.get("tqdm")
    try:
        with bars.tqdm.external_write_mode(file=to) if bars else contextlib.nullcontext():
            print(safe, file=to, flush=True)
    except BrokenPipeError:
        raise
    except OSError as error:
        if to is sys.stderr:  # there is nobody left to tell
            return
        give_up_stdout()
        raise InputError(f"standard output: cannot be written: {reason(error)}") from error


def say_choice(painter: object) -> None:
    """Which decoder `best` is, and why."""
    if chosen := getattr(painter, "chosen", ""):
        say(f"triptych: {printable(chosen)}", sys.stderr)


def write_stdout(data: bytes) -> None:
    """Write a file to standard output.

    Raises:
        InputError: it is a terminal, or cannot be written to.
        BrokenPipeError: nobody reads it any more.
    """
    if sys.stdout.isatty():
        raise InputError("standard output is a terminal, which cannot show this; redirect it, or name a file with -o")
    try:
        sys.stdout.flush()
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        give_up_stdout()
        raise InputError(f"standard output: cannot be written: {reason(error)}") from error


def give_up_stdout() -> None:
    """Let what is left in the buffer of standard output go nowhere, so that the end of the program does not fail."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)


_UNSAFE = {"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"}  # categories of characters


def printable(text: str) -> str:
    """A stranger's text made safe for a terminal: control and format characters and odd line breaks become escapes."""
    return "".join(
        c if c == "\u200d" or unicodedata.category(c) not in _UNSAFE else c.encode("unicode_escape").decode()
        for c in text
    )


def named(names: list[str]) -> str:
    """A few of them, and how many more there are."""
    more = len(names) - NAMED
    return ", ".join(map(printable, names[:NAMED])) + (f" and {more} more" if more > 0 else "")
