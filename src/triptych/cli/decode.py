""".trp files -> pictures.

A damaged or cut file gives the picture of the layers that are whole, with a warning; --strict makes that an
error. The format of the picture follows from the name given with -o (default: NAME.decoded.png).

Into a PNG goes what the recipe layer knows: the original's metadata if the file has all of it, so that dragging
the picture into ComfyUI or A1111 restores the workflow, else its settings as A1111 writes them. Decoders that draw
noise add what they painted with, under "triptych". --no-metadata leaves all of that out.

Diffusion decoders (sd15, sdxl, paper-edge, ... or a preset of your own, --decoder mine.toml; --decoder best takes what
the free memory of the GPU allows) keep their networks loaded and paint --batch pictures at once; -O sets what a preset
would, for example -O steps=30 -O dtype=bfloat16. The same file gives the same picture in every batch.

--each writes what every layer adds: beside the picture NAME.png, NAME.layer1.png is painted from the prompt alone, and
NAME.layer2.png from prompt, people and edges; colours are layer 3.

  triptych decode cat.trp -o cat.png
  triptych decode small/ -o painted/ -j 0
  triptych decode cat.trp --layers semantic,texture -o colours-only.png
  triptych decode cat.trp -o cat.png --each
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

import click

from ..codec.decode import DEFAULT_DECODER, BatchDecoder
from ..edit_table import read_size
from ..errors import InputError, ModelError, TriptychError
from .files import STREAM_ENDINGS, Job, Result, guarded, plan, printable, report, run_all, run_batches
from .options import Command, Common, Reads, common, decoder_options, layers_option, option, stacked
from .output import say_choice

if TYPE_CHECKING:
    from PIL import Image

    from ..codec.decode import Conditioning, Decoder
    from ..codec.picture import Picture

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True, kw_only=True)
class Arguments(Common):
    """What `triptych decode` is given; see its help."""

    decoder: str | None = None
    options: tuple[tuple[str, str], ...] = ()
    device: str | None = None
    batch: int = 1
    layers: list[str] | None = None
    each: bool = False
    size: tuple[int, int] | int | None = None
    seed: int | None = None
    no_metadata: bool = False
    show_transmitted: bool = False
    strict: bool = False

    @property
    def decoder_name(self) -> str:
        return self.decoder or DEFAULT_DECODER


def _size(text: str) -> tuple[int, int] | int:
    return int(text) if text.strip().isdecimal() else read_size(text)


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise ValueError(text)
    return number


def painting_options() -> Callable[[F], F]:
    """Which decoder paints, what, and how large."""
    return stacked(
        [
            decoder_options(about=f"which decoder paints: a name or a preset file (default: {DEFAULT_DECODER})"),
            option("--device", help="where a neural decoder computes: cuda, mps or cpu (default: the best)"),
            option(
                "--batch",
                type=Reads("N", _positive, "a number of pictures, which is 1 or more"),
                default="1",
                metavar="N",
                help="paint N pictures at once, where the decoder can (default: 1)",
            ),
            layers_option("use only these: semantic,texture,pose,edges; structure is pose and edges"),
            option(
                "--size",
                type=Reads("N|WxH", _size, "a size such as 256, the longer side, or 256x192"),
                metavar="N|WxH",
                help="paint at this size, the longer side or both, instead of the picture's own",
            ),
            option("--seed", type=int, help="for decoders that draw noise (default: follows from the file)"),
            option(
                "--show-transmitted", is_flag=True, help="lay the edges and colours that the file has over the picture"
            ),
            option("--no-metadata", is_flag=True, help="write no prompt and no settings into PNG files"),
            option("--strict", is_flag=True, help="refuse damaged files instead of using what is whole"),
        ]
    )


@click.command(cls=Command, help=__doc__)
@common(output="the picture, or the folder for several (default: beside each file)")
@painting_options()
@option("--each", is_flag=True, help="write the picture of every leading set of layers, too (1, 1+2)")
def command(**given: Any) -> int:
    return run(Arguments(**given))


@dataclass
class Opened:
    """One file, read: what to paint from it, and what is said about it."""

    job: Job
    picture: Picture
    parts: list[Part]
    notes: tuple[str, ...]


@dataclass
class Part:
    """A picture that is painted from a file: from all its layers, or from those named."""

    job: Job
    conditioning: Conditioning
    layers: Sequence[str] | None


def run(args: Arguments) -> int:
    if args.each and args.layers is not None:
        raise InputError("--each goes through the layers, --layers chooses among them; leave one out")
    painter = _painter(args)  # a wrong name or option is one error, not one a file
    say_choice(painter)
    jobs = plan(args, STREAM_ENDINGS, ".decoded.png", under=".png")
    if isinstance(painter, BatchDecoder):
        results = run_batches(partial(_decode_batch, args=args), jobs, args.batch, "decode")
    else:
        results = run_all(partial(_decode_one, args=args), jobs, args.jobs, "decode")
    return report(results, jobs, args, _line)


def _painter(args: Arguments) -> Decoder:
    """The decoder; made once per process."""
    from ..codec.decode import find_decoder

    options = dict(args.options)
    if args.device is not None:
        options["device"] = args.device
    return find_decoder(args.decoder_name, **options)


def _decode_one(job: Job, *, args: Arguments) -> Result:
    return _decode_batch([job], args)[0]


def _decode_batch(jobs: list[Job], args: Arguments) -> list[Result]:
    """A result for each job, in their order; what is wrong with one file does not stop the others."""
    from ..codec.decode import paint

    painter = _painter(args)
    opened = [guarded(partial(_open, args=args), job) for job in jobs]
    readable = [one for one in opened if isinstance(one, Opened)]
    try:
        wanted = [part.conditioning for one in readable for part in one.parts]
        most = max(args.batch, 1)
        painted = iter([x for at in range(0, len(wanted), most) for x in paint(painter, wanted[at : at + most])])
    except ModelError:  # the next file would say the same
        raise
    except TriptychError as error:
        kind = type(error).__name__
        failures = {job: Result(str(job.source), error=f"{job.source}: {error}", kind=kind) for job in jobs}
        return [failures[job] if isinstance(one, Opened) else one for job, one in zip(jobs, opened, strict=True)]
    results = []
    for job, one in zip(jobs, opened, strict=True):
        if isinstance(one, Opened):
            images = [next(painted) for _ in one.parts]
            one = guarded(partial(_save, opened=one, images=images, painter=painter, args=args), job)
        results.append(one)
    return results


def _open(job: Job, *, args: Arguments) -> Opened:
    from PIL import Image

    from ..codec.decode import PartialWarning, condition, condition_each
    from ..codec.picture import Picture

    job.check(args.force)
    assert job.target is not None
    kind = Image.registered_extensions().get(job.target.suffix.lower())
    if kind is None or kind not in Image.SAVE or kind == "TRIPTYCH":
        raise InputError(f"{job.target}: pictures cannot be written under this name; end it in .png, .webp or .jpg")
    if args.each and job.to_stdout:
        raise InputError("--each writes several pictures, standard output takes one; name a file with -o")
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", PartialWarning)
        picture = Picture.open(job.given, partial=not args.strict)
        if args.each:
            each = condition_each(picture, size=args.size, seed=args.seed, partial=not args.strict)
            parts = [Part(_named(job, name), given, layers) for name, (given, layers) in each.items()]
        else:
            given = condition(picture, layers=args.layers, size=args.size, seed=args.seed, partial=not args.strict)
            parts = [Part(job, given, args.layers)]
    for part in parts:
        part.job.check(args.force)
    found = [*picture.notes, *(str(w.message) for w in caught if issubclass(w.category, PartialWarning))]
    return Opened(job, picture, parts, tuple(f"warning: {text}" for text in found))


def _named(job: Job, name: str) -> Job:
    """The job with the target of a set of layers."""
    if name == "all" or job.target is None:
        return job
    return replace(job, target=job.target.with_name(f"{job.target.stem}.{name}{job.target.suffix}"))


def _save(job: Job, *, opened: Opened, images: list[Image.Image], painter: Decoder, args: Arguments) -> Result:
    from PIL import Image

    from ..codec.render import finished
    from ..codec.transmitted import lay_over

    assert job.target is not None
    kind = Image.registered_extensions()[job.target.suffix.lower()]
    try:
        files = [
            finished(
                lay_over(image, part.conditioning) if args.show_transmitted else image,
                kind,
                opened.picture,
                part.conditioning,
                painter,
                metadata=not args.no_metadata,
                layers=part.layers,
                partial=not args.strict,
            )
            for part, image in zip(opened.parts, images, strict=True)
        ]
    except InputError as error:
        raise InputError(f"{job.target}: {str(error).removeprefix('the picture ')}") from error
    for part, file in zip(opened.parts, files, strict=True):
        part.job.write(file.data, args.force)
    made = files[-1]
    width, height = made.size
    record: dict[str, Any] = {"output": job.shown, "width": width, "height": height, "decoder": args.decoder_name}
    if args.each:
        record["each"] = [part.job.shown for part in opened.parts[:-1]]
    if made.settings:
        record["settings"] = dict(made.settings)
    return Result(str(job.source), record, (*opened.notes, *(f"warning: {note}" for note in made.notes)))


def _line(result: Result) -> str:
    r = result.record
    more = "".join(f"{printable(name)}, " for name in r.get("each", ()))
    return f"{more}{printable(r['output'])}: {r['width']} x {r['height']} pixels, painted by {r['decoder']}"
