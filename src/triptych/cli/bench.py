"""Measure codecs on a folder of pictures: bytes, seconds, memory and quality of every picture at every size.

For each picture, codec and budget a line of JSON goes into results.jsonl in the folder of -o. A run that was stopped
goes on where it was: give the same command again. 'triptych report' makes tables and a page of the results.

Codecs are ours (triptych, triptych:sketch, ...), jpeg, webp, avif, jpeg2000, jpegxl, heif, vvc, blurhash, thumbhash,
those of other packages, and programs that a TOML file says how to call (docs/guides/bench.md); without --codecs all
that work here: half a minute of a core for each picture and codec. Those with a knob get the highest quality that
fits, each also behind downscaling, the best scale by each metric of --fit. Prompts come from text files beside the
pictures, their metadata, or an index.csv.

Metrics whose package or weights are missing are reported as absent (--list says why); a Python file stands in for one
with --metric-file lpips_squeeze=metric.py.

  triptych bench renders/ -o results/
  triptych bench renders/ --codecs triptych,avif,mine.toml --bytes 250,1000,4000 -j 2
  triptych bench kodak/ --protocol kodak
  triptych bench --list
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from ..edit_table import read_names
from ..errors import InputError
from .files import PICTURE_ENDINGS, Job, Result, find_jobs, report, run_all, say
from .options import JOBS as JOBS_TYPE
from .options import METRIC_FILE, Argument, Command, Common, Reads, option


def _sizes(text: str) -> list[int]:
    sizes = sorted({int(part) for part in read_names(text)})
    if not sizes or sizes[0] < 1:
        raise ValueError(text)
    return sizes


def _rates(text: str) -> list[float]:
    rates = sorted({float(part) for part in read_names(text)})
    if not rates or not 0 < rates[0] <= rates[-1] < 100:
        raise ValueError(text)
    return rates


_NAMES = Reads("A,B", read_names, "a list of names")


@dataclass(frozen=True, kw_only=True)
class Arguments(Common):
    """What `triptych bench` is given; see its help."""

    codecs: list[str] | None = None
    bytes: list[int] | None = None
    bpp: list[float] | None = None
    metrics: list[str] | None = None
    metric_file: tuple[tuple[str, Path], ...] = ()
    fit: list[str] | None = None
    protocol: str | None = None
    every: int = 1
    no_pictures: bool = False
    list: bool = False


@dataclass(frozen=True)
class Measuring(Job):
    """A job of the batch: a picture and a codec."""

    task: Any = None


@click.command(cls=Command, help=__doc__)
@click.argument(
    "inputs",
    cls=Argument,
    nargs=-1,
    metavar="DIR ...",
    type=click.Path(readable=False),
    about="folders, pictures or globs",
)
@option("-o", "--output", metavar="DIR", default="results", help="the folder of the results (default: results)")
@option("-r", "--recursive", is_flag=True, help="look into the folders of folders, too")
@option(
    "-j", "--jobs", type=JOBS_TYPE, default="1", metavar="N", help="measure N at once (0: one per core); times suffer"
)
@option("-f", "--force", is_flag=True, help="measure again what is there already")
@option("--every", type=click.IntRange(1), default=1, metavar="N", help="take only every Nth picture")
@option("--codecs", type=_NAMES, metavar="A,B", help="names or TOML files (default: all that work here)")
@option("--bytes", type=Reads("A,B", _sizes, "a list of sizes such as 250,1000"), help="sizes of whole files, at most")
@option(
    "--bpp",
    type=Reads("A,B", _rates, "a list of rates such as 0.02,0.04"),
    help="the same in bits per pixel; both may be given",
)
@option("--metrics", type=_NAMES, metavar="A,B", help="names (default: all that work here)")
@option(
    "--metric-file",
    type=METRIC_FILE,
    metavar="NAME=FILE",
    multiple=True,
    help="a Python file with the torch module of a metric; may be given several times",
)
@option("--fit", type=_NAMES, metavar="A,B", help="metrics by which settings are chosen (default: ms_ssim)")
@option("--protocol", metavar="NAME", help="sizes and metrics that others agreed on; --list shows them")
@option("--no-pictures", is_flag=True, help="keep no decoded pictures, which the report compares")
@option("--list", is_flag=True, help="show codecs, metrics and protocols, and what is missing")
@option("--json", is_flag=True, help="print one JSON object per picture and codec, for machines")
@option("--errors", metavar="FILE.jsonl", type=click.Path(readable=False), help="write a JSON object for each failure")
def command(**given: Any) -> int:
    return run(Arguments(**given))


def run(args: Arguments) -> int:
    if args.list:
        return _list()
    if not args.inputs:
        raise InputError("name a folder of pictures; or --list shows what there is to measure with")
    from ..bench.measure import Budget
    from ..bench.plan import Wanted, plan
    from ..bench.results import FILE, PICTURES, Results, add_lines, command_line, read_results

    folder = Path(args.output or "results")
    budgets = [Budget.of_bytes(size) for size in args.bytes or ()] + [Budget.of_bpp(bpp) for bpp in args.bpp or ()]
    found = find_jobs(args.inputs, PICTURE_ENDINGS, args.recursive)
    wanted = Wanted(
        _named([job for job in found if not job.fault][:: args.every]),
        codecs=args.codecs,
        budgets=budgets or None,
        metrics=args.metrics,
        metric_files=args.metric_file,
        fit=args.fit,
        protocol=args.protocol,
        keep=not args.no_pictures,
        again=args.force,
    )
    there = read_results(folder) if (folder / FILE).exists() else Results()
    made = plan(wanted, folder, there, command_line())
    jobs: Sequence[Job] = [
        *(job for job in found if job.fault),
        *(Job(Path(text.partition(": ")[0]), fault=text) for text in made.unread),
        *(Measuring(task.path, task=task) for task in made.tasks),
    ]
    count, done = made.points
    say(f"{count} files to make, {done} of them measured already; {len(made.tasks)} tasks")
    if made.tasks:
        add_lines(folder, [made.header])

    def written(results: Iterator[Result]) -> Iterator[Result]:
        for result, job in zip(results, jobs, strict=True):
            if isinstance(job, Measuring):
                lines = result.record.pop("lines", None)
                failed = {
                    "kind": "error",
                    "run": made.header["run"],
                    "picture": job.task.name,
                    "codec": job.task.codec_name,
                }
                add_lines(folder, lines or [failed | {"error": result.error or ""}])
            yield result

    work: Any = _measure_one
    code = report(written(run_all(work, list(jobs), args.jobs, "bench")), list(jobs), args, _line)
    if made.tasks and made.sets and wanted.keep:
        from ..bench.sets import set_lines

        points = read_results(folder).points
        add_lines(folder, set_lines(points, folder / PICTURES, made.header["run"]))
    return code


def _named(jobs: Sequence[Job]) -> dict[str, Path]:
    """The pictures by their places under the folders that were named, or by their paths where these are the same."""
    often = Counter(str(job.place) for job in jobs)
    return {str(job.place if often[str(job.place)] == 1 else job.source): job.source for job in jobs}


def _measure_one(job: Measuring) -> Result:
    from ..bench.measure import measure

    lines = measure(job.task)
    made = [line for line in lines if "unreached" not in line]
    record = {
        "codec": job.task.codec_name,
        "files": len(made),
        "seconds": round(sum(line["search_s"] for line in made), 3),
    }
    return Result(str(job.source), record | {"lines": lines})


def _line(result: Result) -> str:
    r = result.record
    return f"{result.source}: {r['codec']}: {r['files']} files in {r['seconds']:.1f} s"


def _list() -> int:
    from ..bench import codecs, metrics
    from ..bench.protocols import protocols

    here, absent = codecs.available()
    say("codecs")
    for name in here:
        say(f"  {name:<18}{codecs.find_codec(name).identity()[:90]}")
    for name, why in absent.items():
        say(f"  {name:<18}absent: {why}")
    functions, missing = metrics.choose()
    say("metrics")
    for name, metric in metrics.METRICS.items():
        better = "more is better" if metric.higher else "less is better"
        state = f"{metric.label}, {better}; {metric.source}" if name in functions else f"absent: {missing[name]}"
        say(f"  {name:<18}{state}{f'; decoders of ours: {metric.trained}' if metric.trained else ''}")
    say("protocols")
    for name, protocol in protocols().items():
        say(f"  {name:<18}{protocol.about}; {protocol.data}")
    return 0
