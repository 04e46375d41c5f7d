"""Check that files are whole: every checksum, and that every layer can be unpacked.

Exit code 0 if all are, 1 if any is not. Each file's faults are listed.
"""

from __future__ import annotations

from typing import Any

import click

from .files import STREAM_ENDINGS, Job, Result, find_jobs, printable, report, run_all
from .options import Command, Common, common


@click.command(cls=Command, help=__doc__)
@common()
def command(**given: Any) -> int:
    return run(Common(**given))


def run(args: Common) -> int:
    jobs = find_jobs(args.inputs, STREAM_ENDINGS, args.recursive)
    return report(run_all(_verify_one, jobs, args.jobs, "verify"), jobs, args, _line)


def _verify_one(job: Job) -> Result:
    from ..codec.inspect import faults_of, inspect

    described = inspect(job.given)
    faults = faults_of(described)
    record = {"whole": not faults, "bytes": described["bytes"], "layers": [x["name"] for x in described["layers"]]}
    error = f"{job.source}: " + "; ".join(faults) if faults else None
    return Result(str(job.source), record, error=error, kind="DamagedError" if error else None)


def _line(result: Result) -> str:
    return f"{printable(result.source)}: whole, {', '.join(result.record['layers'])}"
