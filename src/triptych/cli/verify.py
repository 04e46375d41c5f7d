"""Check that files are whole: every checksum, and that every layer can be unpacked; --fast leaves the second out.

Exit code 0 if all are, 1 if any is not. Each file's faults are listed.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import click

from .files import STREAM_ENDINGS, Job, Result, find_jobs, printable, report, run_all
from .options import Command, Common, common, option


@dataclass(frozen=True, kw_only=True)
class Arguments(Common):
    """What `triptych verify` is given; see its help."""

    fast: bool = False


@click.command(cls=Command, help=__doc__)
@common()
@option("--fast", is_flag=True, help="compare the checksums alone: thousands of files a second")
def command(**given: Any) -> int:
    return run(Arguments(**given))


def run(args: Arguments) -> int:
    jobs = find_jobs(args.inputs, STREAM_ENDINGS, args.recursive)
    return report(run_all(partial(_verify_one, fast=args.fast), jobs, args.jobs, "verify"), jobs, args, _line)


def _verify_one(job: Job, *, fast: bool) -> Result:
    from ..codec.inspect import faults_of, inspect

    described = inspect(job.given, values=not fast)
    faults = faults_of(described)
    record = {"whole": not faults, "bytes": described["bytes"], "layers": [x["name"] for x in described["layers"]]}
    error = f"{job.source}: " + "; ".join(faults) if faults else None
    return Result(str(job.source), record, error=error, kind="DamagedError" if error else None)


def _line(result: Result) -> str:
    return f"{printable(result.source)}: whole, {', '.join(result.record['layers'])}"
