"""Pictures -> .trp files.

The budget is the size of the whole file. Without --bytes, --bpp or --quality it is 0.02 bits per pixel, at
most 1,474 bytes (what 768 x 768 pixels get) and at least 96.

The prompt of a picture is that of --prompt, else its caption in --captions, else the text file beside it
(cat.png, cat.txt), else the one in its own metadata (A1111, ComfyUI, InvokeAI and others write it there);
--prompt-from takes it from one of these only.

How a generated picture was made (seed, sampler, model, negative prompt) goes into a recipe layer beside the
budget; --recipe full keeps the complete workflow, --recipe none nothing. With --no-text neither a prompt nor a
negative prompt is stored; --no-text --recipe none leaves out everything.

  triptych encode cat.png --prompt "a cat asleep on a window sill"
  triptych encode renders/ -o small/ -j 0
  triptych encode ComfyUI/output/ -o small/ --recipe full
  triptych encode dancer.png --keypoints dancer.keypoints.json --bytes 400
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

from ..errors import InputError
from ..extract.metadata import Metadata, read_metadata, tidy_prompt
from ..extract.prompts import Captions, sidecar_prompt
from ..layers import Recipe
from .files import PICTURE_ENDINGS, Job, Result, add_common, check_target, plan, printable, report, run_all


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_common(parser, output="the .trp file, or the folder for several (default: beside each picture)")
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--bpp", type=float, help="bits per pixel of the picture, at most")
    size.add_argument("--bytes", type=int, help="bytes of the file, at most")
    size.add_argument("--quality", type=int, help="1 to 100, whatever size that takes; 50 is about 0.015 bpp")
    text = parser.add_argument_group("what the layers are made from")
    text.add_argument("--prompt", help="the text of the semantic layer")
    text.add_argument("--captions", type=Path, metavar="JSON", help='a list of {"file", "description": {level: text}}')
    text.add_argument("--level", help="which level of --captions (default: the first)")
    text.add_argument("--prompt-from", choices=SOURCES, metavar="SOURCE",
                      help=f"take the prompt only from: {', '.join(SOURCES)}")  # fmt: skip
    text.add_argument("--tidy-prompt", action="store_true",
                      help="leave weights, tags and quality phrases out of prompts that are not arguments")  # fmt: skip
    text.add_argument("--no-text", action="store_true", help="store no prompt and no negative prompt")
    text.add_argument("--recipe", choices=("none", "core", "full"), default="core",
                      help="how it was made: nothing, the settings (default), or the whole metadata")  # fmt: skip
    text.add_argument("--edges", type=Path, metavar="PNG", help="a ready-made edge map (one picture only)")
    text.add_argument("--keypoints", type=Path, metavar="JSON", help="people as OpenPose JSON (one picture only)")
    text.add_argument("--layers", type=layer_names, metavar="A,B", help="only these: semantic,texture,edges,...")
    text.add_argument("--background", type=colour, default="#ffffff", metavar="COLOUR",
                      help="what transparent pictures are laid on (default: white)")  # fmt: skip


SOURCES = ("argument", "captions", "sidecar", "metadata", "none")


def layer_names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


def colour(text: str) -> tuple[int, int, int]:
    from PIL import ImageColor

    try:
        red, green, blue = ImageColor.getrgb(text)[:3]
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not a colour; try white or #ffcc00") from error
    return red, green, blue


def run(args: argparse.Namespace) -> int:
    jobs = plan(args, PICTURE_ENDINGS, ".trp")
    if len(jobs) > 1 and (args.edges or args.keypoints):
        raise InputError("--edges and --keypoints describe one picture; give one")
    captions = Captions(args.captions, args.level) if args.captions else None
    if args.level is not None and captions is None:
        raise InputError("--level chooses among the levels of --captions; give that, too")
    if args.prompt_from == "argument" and args.prompt is None:
        raise InputError("--prompt-from argument needs --prompt")
    if args.prompt_from == "captions" and captions is None:
        raise InputError("--prompt-from captions needs --captions")
    if args.no_text and args.recipe == "full":
        raise InputError("--recipe full stores the prompt, --no-text forbids it; use --recipe core or none")
    work = partial(_encode_one, args=args, captions=captions)
    counts: Counter[str] = Counter()
    code = report(_counted(run_all(work, jobs, args.jobs, "encode"), counts), args.json, _line)
    wanted = args.layers is None or "semantic" in args.layers
    if wanted and not (args.json or args.no_text or args.prompt_from == "none"):
        _report_prompts(counts, jobs)
    return code


def _counted(results: Iterator[Result], counts: Counter[str]) -> Iterator[Result]:
    for result in results:
        if not result.error:
            counts[result.record["prompt_from"]] += 1
        yield result


def _report_prompts(counts: Counter[str], jobs: list[Job]) -> None:
    """One line on where the prompts came from, and on how to give one where there was none."""
    said = []
    if len(jobs) > 1 and counts:
        said += [f"{counts[name]} from {name}" for name in SOURCES[:-1] if counts[name]]
    if counts["none"]:
        beside = jobs[0].source.with_suffix(".txt").name
        which = f"{counts['none']} without" if len(jobs) > 1 else "none"
        said.append(
            f"{which}, so the semantic layer is empty: give --prompt or --captions, or put a text file beside the "
            f"picture ({printable(beside)})"
        )
    if said:
        print(f"triptych: {'prompts' if len(jobs) > 1 else 'prompt'}: {', '.join(said)}", file=sys.stderr)


def _find_prompt(
    job: Job, args: argparse.Namespace, captions: Captions | None, metadata: Metadata
) -> tuple[str | None, str]:
    """(prompt, where it came from)."""
    if args.no_text:
        return None, "none"
    sources = {
        "argument": lambda: args.prompt,
        "captions": lambda: captions.prompt(job.source) if captions else None,
        "sidecar": lambda: sidecar_prompt(job.source),
        "metadata": lambda: metadata.prompt,
    }
    for name in [args.prompt_from] if args.prompt_from else SOURCES:
        prompt = sources[name]() if name in sources else None
        if prompt is not None:
            tidy = args.tidy_prompt and name != "argument"
            prompt = tidy_prompt(prompt) if tidy else prompt
            return (prompt, name) if prompt.strip() else (None, "none")
    return None, "none"


def _recipe(args: argparse.Namespace, metadata: Metadata) -> Recipe | str:
    if args.recipe == "none":
        return "none"
    recipe = metadata.recipe if args.recipe == "full" else replace(metadata.recipe, blocks=())
    return replace(recipe, negative=None) if args.no_text else recipe


def _encode_one(job: Job, *, args: argparse.Namespace, captions: Captions | None) -> Result:
    from ..codec.encode import encode

    if job.target is None:
        raise InputError("nowhere to write to")
    check_target(job.target, args.force)
    wants_metadata = args.recipe != "none" or not (args.no_text or args.prompt_from not in (None, "metadata"))
    metadata = read_metadata(job.source) if wants_metadata else Metadata()
    prompt, source = _find_prompt(job, args, captions, metadata)
    picture = encode(
        job.source,
        prompt=prompt,
        edges=args.edges,
        people=args.keypoints,
        bytes=args.bytes,
        bpp=args.bpp,
        quality=args.quality,
        recipe=_recipe(args, metadata),
        layers=args.layers,
        background=args.background,
    )
    length = picture.save(job.target)
    record = {
        "output": str(job.target),
        "width": picture.width,
        "height": picture.height,
        "bytes": length,
        "bpp": round(picture.bpp, 5),
        "beside_bytes": picture.beside_bytes,
        "layers": {layer.name: len(layer.payload) for layer in picture.layers},
        "prompt_from": source if picture.semantic else "none",
    }
    return Result(str(job.source), record, (*picture.notes, *metadata.notes))


def _line(result: Result) -> str:
    r = result.record
    layers = ", ".join(f"{name} {count}" for name, count in r["layers"].items() if name != "recipe")
    beside = f"; recipe {r['beside_bytes']} bytes, beside the budget" if r["beside_bytes"] else ""
    length = r["bytes"] - r["beside_bytes"]
    bpp = length * 8 / (r["width"] * r["height"])
    return f"{printable(r['output'])}: {length} bytes, {bpp:.4f} bpp ({layers}){beside}"
