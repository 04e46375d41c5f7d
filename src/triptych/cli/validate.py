"""See whether a decoder works on this machine, in about ten minutes on a GPU.

Six sample files that ship with the package, or pictures of your own, are painted with and without each of their layers;
each layer must bring the picture nearer to what it says. Joints are looked for with rtmpose, likeness is measured with
LPIPS and prompts with the CLIP score where these are installed; else the line says what to install. Diffusion decoders
are also compared with diffusers called as the published program does (paper-*), shown wrong pictures on purpose, and
tried in batches, odd shapes and long prompts. Each check is a line: pass, FAIL, or skip with the reason.

Two files are written, NAME.validation.json with all figures and NAME.validation.png with what was painted. Nobody who
works on Triptych has all the hardware and weights there are: please send the JSON, whatever it says
(docs/guides/diffusion.md says where). It holds no paths and no names of yours.

  triptych validate-decoder sd15
  triptych validate-decoder paper-edge --quick -o reports/
  triptych validate-decoder mine.toml -O dtype=bfloat16 --device cuda:1
  triptych validate-decoder sd15 --pictures originals/
"""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from .files import check_target, printable
from .options import KEY_VALUE, METRIC_FILE, Argument, Command, option
from .output import say, say_choice


@dataclass(frozen=True, kw_only=True)
class Arguments:
    """What `triptych validate-decoder` is given; see its help."""

    decoder: str
    quick: bool = False
    pictures: tuple[str, ...] = ()
    metric_file: tuple[tuple[str, Path], ...] = ()
    options: tuple[tuple[str, str], ...] = ()
    device: str | None = None
    output: str = "."
    force: bool = False
    json: bool = False


@click.command(cls=Command, help=__doc__)
@click.argument("decoder", cls=Argument, metavar="NAME", about="a decoder, or a preset file")
@option("--quick", is_flag=True, help="two samples, and none of the checks that paint many pictures")
@option(
    "--pictures",
    multiple=True,
    metavar="PATH",
    type=click.Path(exists=True),
    help="try it on these instead of the samples: a file or a folder, at most 24 pictures; may be given several times",
)
@option(
    "--metric-file",
    type=METRIC_FILE,
    multiple=True,
    metavar="NAME=FILE",
    help="a Python file with the torch module of a metric, as in triptych bench",
)
@option(
    "-O", "--option", "options", multiple=True, type=KEY_VALUE, metavar="KEY=VALUE", help="an option of the decoder"
)
@option("--device", help="where a neural decoder computes: cuda, mps or cpu (default: the best)")
@option(
    "-o",
    "--output",
    default=".",
    metavar="FOLDER",
    type=click.Path(readable=False),
    help="where the two files go (default: here)",
)
@option("-f", "--force", is_flag=True, help="overwrite files that exist")
@option("--json", is_flag=True, help="print the JSON instead of a line for each check")
def command(**given: Any) -> int:
    return run(Arguments(**given))


def run(args: Arguments) -> int:
    from ..bench.validation import Check, validate
    from ..codec.decode import find_decoder
    from ..files import write_whole

    options = dict(args.options) | ({} if args.device is None else {"device": args.device})
    stem = Path(args.decoder).stem if args.decoder.endswith(".toml") else args.decoder
    targets = [Path(args.output) / f"{stem}.validation{ending}" for ending in (".json", ".png")]
    for target in targets:
        check_target(target, args.force, [])
    say_choice(find_decoder(args.decoder, **options))

    def tell(check: Check) -> None:
        if not args.json:
            verdict = "FAIL" if check.verdict == "fail" else check.verdict
            say(f"{verdict:<6}{check.name + ':':<12}{printable(check.said)}")

    report = validate(
        args.decoder,
        options=options,
        quick=args.quick,
        pictures=[Path(path) for path in args.pictures],
        metric_files=args.metric_file,
        tell=tell,
    )
    text = json.dumps(report.as_json(), indent=2)
    sheet = io.BytesIO()
    report.sheet.save(sheet, "PNG")
    for target, data in zip(targets, (text.encode() + b"\n", sheet.getvalue()), strict=True):
        write_whole(target, data, overwrite=args.force, sources=[])
    passed = sum(check.verdict == "pass" for check in report.checks)
    if args.json:
        say(text)
    else:
        told = ", ".join(printable(str(target)) for target in targets)
        say(f"{passed} passed, {report.failed} failed, {len(report.checks) - passed - report.failed} skipped: {told}")
    return 1 if report.failed else 0
