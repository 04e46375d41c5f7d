"""Pictures -> .trp files.

The budget is the size of the whole file. Without --bytes, --bpp or --quality it is 0.02 bits per pixel, at
most 1,474 bytes (what 768 x 768 pixels get) and at least 96.

The prompt of a picture is that of --prompt, else its caption in --captions, else the text file beside it
(cat.png, cat.txt). With --no-text none is stored.

  triptych encode cat.png --prompt "a cat asleep on a window sill"
  triptych encode renders/ -o small/ -j 0
  triptych encode dancer.png --keypoints dancer.keypoints.json --bytes 400
"""

from __future__ import annotations

import argparse
from functools import partial
from pathlib import Path

from ..errors import InputError
from .files import PICTURE_ENDINGS, Job, Result, add_common, check_target, plan, printable, report, run_all


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_common(parser, output="the .trp file, or the folder for several (default: beside each picture)")
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--bpp", type=float, help="bits per pixel of the picture, at most")
    size.add_argument("--bytes", type=int, help="bytes of the file, at most")
    size.add_argument("--quality", type=int, help="1 to 100, whatever size that takes; 50 is about 0.02 bpp")
    text = parser.add_argument_group("what the layers are made from")
    text.add_argument("--prompt", help="the text of the semantic layer")
    text.add_argument("--captions", type=Path, metavar="JSON", help='a list of {"file", "description": {level: text}}')
    text.add_argument("--level", help="which level of --captions (default: the first)")
    text.add_argument("--no-text", action="store_true", help="store no prompt")
    text.add_argument("--edges", type=Path, metavar="PNG", help="a ready-made edge map (one picture only)")
    text.add_argument("--keypoints", type=Path, metavar="JSON", help="people as OpenPose JSON (one picture only)")
    text.add_argument("--layers", type=layer_names, metavar="A,B", help="write only these: semantic,texture,pose,edges")
    text.add_argument("--background", type=colour, default="#ffffff", metavar="COLOUR",
                      help="what transparent pictures are laid on (default: white)")  # fmt: skip


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
    from ..extract.prompts import Captions

    jobs = plan(args, PICTURE_ENDINGS, ".trp")
    if len(jobs) > 1 and (args.edges or args.keypoints):
        raise InputError("--edges and --keypoints describe one picture; give one")
    captions = Captions(args.captions, args.level) if args.captions else None
    if args.level is not None and captions is None:
        raise InputError("--level chooses among the levels of --captions; give that, too")
    work = partial(_encode_one, args=args, captions=captions)
    return report(run_all(work, jobs, args.jobs, "encode"), args.json, _line)


def _encode_one(job: Job, *, args: argparse.Namespace, captions) -> Result:
    from ..codec.encode import encode
    from ..extract.prompts import sidecar_prompt

    if job.target is None:
        raise InputError("nowhere to write to")
    check_target(job.target, args.force)
    prompt = None
    if not args.no_text:
        prompt = args.prompt
        if prompt is None and captions:
            prompt = captions.prompt(job.source)
        if prompt is None:
            prompt = sidecar_prompt(job.source)
    picture = encode(
        job.source,
        prompt=prompt,
        edges=args.edges,
        people=args.keypoints,
        bytes=args.bytes,
        bpp=args.bpp,
        quality=args.quality,
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
        "layers": {layer.name: len(layer.payload) for layer in picture.layers},
    }
    return Result(str(job.source), record, picture.notes)


def _line(result: Result) -> str:
    r = result.record
    layers = ", ".join(f"{name} {count}" for name, count in r["layers"].items())
    return f"{printable(r['output'])}: {r['bytes']} bytes, {r['bpp']:.4f} bpp ({layers})"
