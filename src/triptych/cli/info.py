"""What a file holds and reveals: each layer with its bytes, its share of the file and its bits per pixel, the
prompt, and what is known of how the picture was made; --recipe adds the original's metadata in full.

Works on damaged files, too, as far as their header can be read.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

import click

from .files import STREAM_ENDINGS, Job, Result, find_jobs, guarded, printable, report, run_all, run_batches
from .options import Command, Common, common, option

_AT_ONCE = 2000  # files that are read together
_READ = ("semantic", "recipe", "seed")  # the layers whose values are shown; nothing else is unpacked for that


@dataclass(frozen=True, kw_only=True)
class Arguments(Common):
    """What `triptych info` is given; see its help."""

    recipe: bool = False
    values: bool = False


@click.command(cls=Command, help=__doc__)
@common()
@option("--recipe", is_flag=True, help="print the recipe in full, with all texts it holds")
@option("--values", is_flag=True, help="with --json: the layers' values, too (rasters, colours)")
def command(**given: Any) -> int:
    return run(Arguments(**given))


def run(args: Arguments) -> int:
    jobs = find_jobs(args.inputs, STREAM_ENDINGS, args.recursive)
    recipe = args.recipe or not args.json
    if args.jobs > 1:
        results = run_all(partial(_describe, values=args.values, recipe=recipe), jobs, args.jobs, "info")
    else:
        results = run_batches(partial(_describe_all, values=args.values, recipe=recipe), jobs, _AT_ONCE, "info")
    return report(results, jobs, args, partial(_text, whole_recipe=args.recipe))


def _describe_all(jobs: list[Job], *, values: bool, recipe: bool) -> list[Result]:
    """Several at once, which is quicker: their prompts are unpacked together."""
    from ..codec.inspect import inspect_many

    try:
        found = inspect_many([job.given for job in jobs], values=values or _READ)
    except Exception:  # one of them says so by itself
        return [guarded(partial(_describe, values=values, recipe=recipe), job) for job in jobs]
    return [
        guarded(partial(_result, described=one, values=values, recipe=recipe), job)
        for job, one in zip(jobs, found, strict=True)
    ]


def _describe(job: Job, *, values: bool, recipe: bool) -> Result:
    from ..codec.inspect import inspect

    return _result(job, inspect(job.given, values=values or _READ), values=values, recipe=recipe)


def _result(job: Job, described: dict[str, Any] | Exception, *, values: bool, recipe: bool) -> Result:
    if isinstance(described, Exception):
        raise described
    found = {layer["name"]: layer["value"] for layer in described["layers"] if "value" in layer}
    if "recipe" in found and not (values or recipe):
        for block in found["recipe"]["blocks"]:
            block.pop("text", block.pop("hex", None))
    described["prompt"] = found.get("semantic", {}).get("text")
    described["recipe"] = found.get("recipe", {}).get("recipe")
    return Result(str(job.source), described)


def _text(result: Result, *, whole_recipe: bool) -> str:
    r = result.record
    state = "" if r["whole"] else "  (damaged)"
    lines = [
        f"{printable(result.source)}: {r['width']} x {r['height']} pixels, {r['bytes']} bytes, "
        f"{r['bpp']:.4f} bpp{state}",
        f"  {'layer':<10}{'bytes':>6}{'share':>9}{'bpp':>9}",
    ]
    rest = r["bytes"]
    for layer in r["layers"]:
        rest -= layer["bytes"]
        share, bpp = layer["bytes"] / r["bytes"], layer["bytes"] * 8 / (r["width"] * r["height"])
        about = layer.get("error") or layer.get("detail", "")
        lines.append(f"  {layer['name']:<10}{layer['bytes']:>6}{share:>8.1%}{bpp:>10.4f}  {printable(about)}")
    if rest >= 0:  # a file that was cut has less than its layers announce
        bpp = rest * 8 / (r["width"] * r["height"])
        lines.append(f"  {'container':<10}{rest:>6}{rest / r['bytes']:>8.1%}{bpp:>10.4f}  header, lengths, checksums")
    for layer in r["layers"]:
        value = layer.get("value", {})
        if "text" in value:
            lines.append(f"  prompt: {printable(value['text'])}")
        if "recipe" in value:
            lines += _recipe_lines(value, whole_recipe)
    return "\n".join(lines)


def _recipe_lines(value: dict[str, Any], whole: bool) -> list[str]:
    """Everything that the recipe reveals; texts are named, and printed only on request."""
    lines = []
    for name, fact in value["recipe"].items():
        if name == "loras":
            fact = ", ".join(lora["name"] + (f" ({lora['weight']})" if "weight" in lora else "") for lora in fact)
        elif name == "size":
            fact = f"{fact[0]} x {fact[1]}"
        lines.append(f"  {name.replace('_', ' ')}: {printable(str(fact))}")
    for block in value["blocks"]:
        lines.append(f"  {block['kind']} {printable(block['name'])!r}: {block['bytes']} bytes" + (":" if whole else ""))
        if whole:
            lines += [f"    {printable(line)}" for line in block.get("text", block.get("hex", "")).split("\n")]
    return lines
