"""Whole archives: encode, decode, edit or measure all of them, on this machine or a cluster.

SRC is a file, a folder (with all in it), a quoted glob, a URL of one of these (s3://, gs://, hf://, https://), or a
list: names.txt, one a line, or names.jsonl with {"file": ..., "prompt": ...}. Tar shards (WebDataset) and Parquet
tables (Hugging Face) stand for what is in them. DST is a folder or the URL of one: results are files, tar shards or
tables (--to) there, beside manifest.sqlite, which knows what became of each item.

A run that was interrupted or killed, at any point, goes on when the same command is given again. Bad items are noted
with their reason and stop nothing; a full disk or a lost network stops the run until the command is given again.

  triptych batch encode renders/ small/
  triptych batch encode 's3://bucket/shards/*.tar' s3://bucket/small --to tar --manifest run.sqlite
  triptych batch decode small/ painted/ --decoder sketch --format webp
  triptych batch edit small/ warmer/ --temperature all 40
  triptych batch stats small/ table/ && duckdb -c "from 'table/*.parquet' select avg(bpp)"
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from dataclasses import fields
from typing import TYPE_CHECKING, Any, TypeVar

import click

from ..edit_table import EDITS, GROUPS
from .decode import painting_options
from .detect import CLASSICAL, detectors
from .edit import EditCommand, EditOption
from .encode import EXCLUSIVE, Arguments, budget_options, check, content_options, prompt_options, search_options
from .options import JOBS, Argument, Command, option, stacked, write_usage
from .output import printable, say

if TYPE_CHECKING:
    from ..batch import Progress, Summary
    from ..batch.verbs import Verbs

F = TypeVar("F", bound=Callable[..., Any])

_RUN = "the run"
_CHECKED = {each.name for each in fields(Arguments)}
_PLAN = (
    "to", "shard_size", "manifest", "engine", "jobs", "address", "gpus", "max_failures", "retry_failed", "force",
    "column", "prompt_column", "verify",
)  # fmt: skip


class Verbs_(click.Group):
    """The commands of `batch`, with our way of showing help."""

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        write_usage(self, ctx, formatter)

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        formatter.write(f"\n{(self.help or '').strip()}\n")

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("commands"):
            formatter.write_dl([(name, sub.short_help or "") for name, sub in self.commands.items()])


def _plan_options() -> Callable[[F], F]:
    """Source, target, and how the run goes."""
    about = {"source": "where the items come from", "target": "the folder or URL for the results"}
    names = (("source", "SRC"), ("target", "DST"))
    arguments = [click.argument(n, cls=Argument, metavar=m, about=about[n]) for n, m in names]
    return stacked(
        [
            *arguments,
            option("--to", type=click.Choice(["files", "tar", "parquet"]), section=_RUN,
                   help="what results are written as (default: files; stats: parquet)"),
            option("--shard-size", type=click.IntRange(1), metavar="N", section=_RUN,
                   help="items in a tar shard or table (default: 10000; decode: 1000)"),
            option("--engine", type=click.Choice(["local", "ray"]), default="local", section=_RUN,
                   help="processes of this machine (default), or Ray"),
            option("-j", "--jobs", type=JOBS, default="0", metavar="N", section=_RUN,
                   help="processes, or tasks of Ray, at once (default: one per core, or as many as there is room for)"),
            option("--address", metavar="HOST:PORT", section=_RUN,
                   help="of a running Ray cluster (default: RAY_ADDRESS, else one is started here)"),
            option("--gpus", type=float, default=1.0, metavar="X", section=_RUN,
                   help="of each Ray actor with a diffusion decoder (default: 1)"),
            option("--max-failures", type=click.IntRange(0), metavar="N", section=_RUN,
                   help="stop when more than N items have failed (default: never)"),
            option("--retry-failed", is_flag=True, section=_RUN, help="try again what failed in earlier runs"),
            option("--verify", is_flag=True, section=_RUN,
                   help="read all results again at the end; the next run repairs what is not what it was"),
            option("--manifest", metavar="FILE", section=_RUN, type=click.Path(readable=False),
                   help="where it is kept (default: in DST; needed if that is a URL)"),
            option("-f", "--force", is_flag=True, section=_RUN, help="start in a folder that is not empty"),
            option("--column", metavar="NAME", section=_RUN,
                   help="of Parquet: the pictures (default: found by its kind)"),
            option("--prompt-column", metavar="NAME", section=_RUN,
                   help="of Parquet: the prompts (default: prompt, text or caption)"),
            option("--json", is_flag=True, section=_RUN, help="print the summary as a JSON object"),
        ]
    )  # fmt: skip


@click.command(
    cls=Command, exclusive=[EXCLUSIVE], short_help="pictures -> .trp",
    help="Pictures -> .trp. The prompt is the one in the list, shard or table, else as with 'triptych encode'.",
)  # fmt: skip
@_plan_options()
@budget_options()
@prompt_options()
@content_options()
@detectors()
@search_options()
def encode(**given: Any) -> int:
    from ..batch import Encode

    check(Arguments(**{name: value for name, value in given.items() if name in _CHECKED}))

    options = {
        "max_bytes": given["bytes"], "bpp": given["bpp"], "quality": given["quality"],
        "colour_grid": given["colour_grid"], "edge_grid": given["edge_grid"], "text": not given["no_text"],
        "recipe": given["recipe"], "recipe_in_budget": given["recipe_in_budget"], "layers": given["layers"],
        "background": list(given["background"]), "link": given["link"], "progressive": given["progressive"] or None,
        "roi": list(given["roi"]) or None, "seeds": given["seeds"], "decoder": given["decoder"],
        "options": dict(given["options"]) or None,
    }  # fmt: skip
    verb = Encode(
        options={name: value for name, value in options.items() if value is not None},
        prompt=given["prompt"], captions=str(given["captions"]) if given["captions"] else None, level=given["level"],
        prompt_from=given["prompt_from"], tidy_prompt=given["tidy_prompt"], caption=given["caption"],
        caption_device=given["caption_device"], pose_detector=given["pose_detector"],
        edge_detector=None if given["edge_detector"] == CLASSICAL else given["edge_detector"],
    )  # fmt: skip
    return _run(verb, given)


@click.command(cls=Command, short_help=".trp -> pictures", help=".trp -> pictures, as 'triptych decode' paints them.")
@_plan_options()
@painting_options()
@option("--format", default="png", metavar="ENDING", help="png (default), webp, jpg, ...")
def decode(**given: Any) -> int:
    from ..batch import Decode

    options = dict(given["options"]) | ({"device": given["device"]} if given["device"] else {})
    verb = Decode(
        decoder=given["decoder"], options=options, format=given["format"], layers=given["layers"], size=given["size"],
        seed=given["seed"], metadata=not given["no_metadata"], strict=given["strict"], batch=given["batch"],
    )  # fmt: skip
    return _run(verb, given)


@click.command(
    cls=EditCommand, exclusive=[("bytes", "bpp")], short_help="the layers of .trp, changed", usage="SRC DST EDIT ...",
    help=".trp -> .trp, with the edits of 'triptych edit', in the order in which they are written.",
)  # fmt: skip
@_plan_options()
@option("--bytes", type=int, metavar="N", help="thin to N bytes, after all edits; complete metadata is not counted")
@option("--bpp", type=float, metavar="X", help="the same in bits per pixel")
def edit(**given: Any) -> int:
    from ..batch import Edit
    from ..errors import InputError

    if not given["edits"] and given["bytes"] is None and given["bpp"] is None:
        raise InputError("there is nothing to do; 'triptych batch edit --help' lists the edits")
    edits = tuple(EDITS[name].call(values) for name, values in given["edits"])
    return _run(Edit(edits=edits, max_bytes=given["bytes"], bpp=given["bpp"]), given)


edit.params += [EditOption(one, title) for title, edits in GROUPS.items() for one in edits]


@click.command(
    cls=Command, short_help="a table of an archive",
    help="A table of an archive of .trp: bytes of each layer, prompt, recipe, hash, sizes. Nothing is painted.",
)  # fmt: skip
@_plan_options()
def stats(**given: Any) -> int:
    from ..batch import Stats

    return _run(Stats(), given)


command = Verbs_("batch", help=__doc__, commands={"encode": encode, "decode": decode, "edit": edit, "stats": stats})


def _run(verb: Verbs, given: dict[str, Any]) -> int:
    from ..batch import Plan, run

    plan = Plan(verb=verb, source=given["source"], target=given["target"], **{name: given[name] for name in _PLAN})
    line = _Line()
    try:
        summary = run(plan, line)
    finally:
        line.end()
    if given["json"]:
        say(json.dumps(summary.to_dict()))
    else:
        for text in _lines(summary):
            say(text)
    if summary.stopped:
        say(f"triptych: stopped: {printable(summary.stopped)}; the same command goes on", sys.stderr)
    return 0 if summary.well else 1


# --- what is said ----------------------------------------------------------------------------------------------------


class _Line:
    """The line that shows how a run goes: rewritten on a terminal, a new one now and then elsewhere."""

    def __init__(self) -> None:
        self._terminal = sys.stderr is not None and sys.stderr.isatty()
        self._every = 0.5 if self._terminal else 60.0
        self._last = time.monotonic()
        self._shown = 0

    def __call__(self, progress: Progress) -> None:
        now = time.monotonic()
        rate = progress.rate  # which is sampled here
        if now - self._last < self._every:
            return
        self._last = now
        text = progress_text(progress, rate)
        if not self._terminal:
            say(f"triptych: {text}", sys.stderr)
            return
        sys.stderr.write("\r" + text.ljust(self._shown))
        sys.stderr.flush()
        self._shown = len(text)

    def end(self) -> None:
        if self._shown:
            sys.stderr.write("\r" + " " * self._shown + "\r")
            sys.stderr.flush()


def progress_text(progress: Progress, rate: float) -> str:
    """ "1,203 of 50,000 done, 2 failed, 14.1/s, 57 min left, 410.2 MB -> 0.8 MB"."""
    of = f" of {progress.total:,}" if progress.total is not None else ""
    parts = [
        f"{progress.before + progress.done:,}{of} done",
        f"{progress.failed:,} failed",
        f"{rate:.1f}/s" if rate >= 1 else f"{rate:.2f}/s",
    ]
    if (left := progress.seconds_left) is not None:
        parts.append(f"{duration(left)} left")
    return ", ".join([*parts, f"{size(progress.bytes_in)} -> {size(progress.bytes_out)}"])


def duration(seconds: float) -> str:
    """ "12 s", "57 min", "3 h 20 min", "2 d 4 h"."""
    whole = round(seconds)
    if whole < 100:
        return f"{whole} s"
    if whole < 6000:
        return f"{round(whole / 60)} min"
    if whole < 100 * 3600:
        return f"{whole // 3600} h {whole % 3600 // 60} min"
    return f"{whole // 86400} d {whole % 86400 // 3600} h"


def size(count: float) -> str:
    """ "655 B", "12.1 kB", "3.4 GB"."""
    for unit in ("B", "kB", "MB", "GB"):
        if count < 1000:
            return f"{count:.0f} B" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.1f} TB"


def _lines(summary: Summary) -> list[str]:
    """The summary for people."""
    items, now = summary.items, summary.this_run
    lines = [
        f"{items['done']:,} done, {items['failed']:,} failed, {items['todo']:,} left; "
        f"in this run {now['done']:,.0f} done in {duration(now['seconds'])}",
    ]
    ratio = f" ({summary.ratio:,.1f} to 1)" if summary.ratio else ""
    lines.append(f"bytes: {size(summary.bytes_in)} -> {size(summary.bytes_out)}{ratio}")
    if summary.bpp is not None:
        lines.append(f"bits per pixel: {summary.bpp:.4f}; " + ", ".join(map(_bin, summary.bpp_histogram)))
    if summary.layers:
        shares = sorted(summary.layers.items(), key=lambda pair: -pair[1]["share"])
        lines.append("bytes by layer: " + ", ".join(f"{name} {about['share']:.1%}" for name, about in shares))
    if summary.seconds:
        times = summary.seconds
        slow = f"; slowest {printable(summary.slowest[0]['key'])}, {times['slowest']:.2f} s"
        lines.append(f"seconds an item: mean {times['mean']:.3f}, median {times['median']:.3f}{slow}")
        lines.append(f"largest: {printable(summary.largest[0]['key'])}, {size(summary.largest[0]['bytes'])}")
    for failure in summary.failures:
        lines.append(
            f"failed {failure['count']:,} times, as {printable(failure['example'])}: {printable(failure['reason'])}"
        )
    return lines + [f"not what was written: {printable(fault)}" for fault in summary.faults]


def _bin(found: dict[str, Any]) -> str:
    if found["to"] is None:
        return f"{found['count']:,} above {found['from']:g}"
    return f"{found['count']:,} in {found['from']:g}..{found['to']:g}"
