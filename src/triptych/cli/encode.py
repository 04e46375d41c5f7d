"""Pictures -> .trp files.

The budget is the size of the whole file. Without --bytes, --bpp or --quality it is 0.02 bits per pixel, at
most 1,474 bytes (what 768 x 768 pixels get) and at least 96. The grids of colours and edges follow from the budget;
--colour-grid and --edge-grid set them.

The prompt of a picture is that of --prompt or --texts, else its caption in --captions, else the text file beside it
(cat.png, cat.txt), else the one in its own metadata (A1111, ComfyUI, InvokeAI and others write it there), else what
the model of --caption says; --prompt-from takes it from one of these only ("model" is --caption).

--texts, --edges and --keypoints take a file for one picture, or a folder or a quoted glob for many: the files that have
the names of the pictures (cat.png, edges/cat.png, poses/cat.keypoints.json). A picture without its file fails alone.

A region of interest (--roi, for each a box) is kept finer than the rest, for about a bit per pixel and at most half of
the detail layer: a face of twenty pixels takes a hundred bytes. --roi faces takes the heads of the people whose
keypoints are given or found.

How a generated picture was made (seed, sampler, model, negative prompt) goes into a recipe layer; --recipe full keeps
the complete metadata, --recipe none nothing. Settings count in the budget unless --recipe-extra is given; complete
metadata comes on top of it unless --recipe-in-budget is given. Where a recipe counts and does not fit, complete
metadata is reduced to the settings, and these are left out, each with a note. With --no-text neither a prompt nor a
negative prompt is stored; --no-text --recipe none leaves out everything.

With --seeds N the decoder of --decoder paints the result N times from different noise, and the seed of what looks
most like the original goes into the file (4 or 5 bytes, within the budget). It serves that decoder alone.

  triptych encode cat.png --prompt "a cat asleep on a window sill"
  triptych encode renders/ -o small/ -j 0
  triptych encode ComfyUI/output/ -o small/ --recipe full
  triptych encode dancer.png --keypoints dancer.keypoints.json --bytes 400
  triptych encode cat.png --bytes 2000 --roi 40%,20%,60%,35%
  triptych encode renders/ -o small/ --texts texts/ --edges 'edges/*.png'
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from ..codec.prompt_source import RECIPES, SOURCES, Captions, FoundPrompt, Origin, find_prompt, find_recipe
from ..errors import InputError
from ..layers import Recipe
from ..metadata.sidecars import read_sidecar_text
from .detect import CLASSICAL, Detecting, caption_all, detect, detectors, prepare
from .files import PICTURE_ENDINGS, STREAM_ENDINGS, Job, Result, plan, printable, report, run_all
from .matched import Matched, match
from .options import COLOUR, Command, common, decoder_options, layers_option, option, stacked
from .output import named

if TYPE_CHECKING:
    from ..codec.picture import Picture

F = TypeVar("F", bound=Callable[..., Any])

_MADE = "what the layers are made from"
_SEARCH = "the search for a seed"
EXCLUSIVE = ("bpp", "bytes", "quality", "link")


@dataclass(frozen=True, kw_only=True)
class Arguments(Detecting):
    """What `triptych encode` is given; see its help."""

    bpp: float | None = None
    bytes: int | None = None
    quality: int | None = None
    link: str | None = None
    progressive: bool = False
    colour_grid: str | None = None
    edge_grid: str | None = None
    prompt: str | None = None
    captions: Path | None = None
    level: str | None = None
    prompt_from: str | None = None
    tidy_prompt: bool = False
    no_text: bool = False
    recipe: str = "core"
    recipe_in_budget: bool | None = None
    texts: Path | None = None
    edges: Path | None = None
    keypoints: Path | None = None
    people_only: bool = False
    roi: tuple[str, ...] = ()
    layers: list[str] | None = None
    background: tuple[int, int, int] = (255, 255, 255)
    seeds: int | None = None
    decoder: str | None = None
    options: tuple[tuple[str, str], ...] = ()


def _path(*declarations: str, metavar: str, help: str) -> Callable[[F], F]:
    return option(
        *declarations, type=click.Path(readable=False, path_type=Path), metavar=metavar, help=help, section=_MADE
    )


def budget_options() -> Callable[[F], F]:
    """How large the file may be, and the grids."""
    return stacked(
        [
            option("--bpp", type=float, help="bits per pixel of the picture, at most"),
            option("--bytes", type=int, help="bytes of the file, at most"),
            option("--link", metavar="NAME", help="a bare form of one packet: meshtastic, meshcore, iridium, sms, ..."),
            option("--progressive", is_flag=True, help="show something from the first bytes on; costs 2 to 4 %"),
            option("--quality", type=int, help="1 to 100, whatever size that takes; 50 is about 0.015 bpp"),
            option(
                "--colour-grid",
                metavar="CxR",
                help="cells of the colours, for example 8x8 (default: follows from the size)",
            ),
            option(
                "--edge-grid",
                metavar="CxR",
                help="cells of the edges, for example 128x128 (default: follows from the size)",
            ),
        ]
    )


def prompt_options() -> Callable[[F], F]:
    """Where the prompt comes from."""
    return stacked(
        [
            option("--prompt", help="the text of the semantic layer", section=_MADE),
            _path("--captions", metavar="JSON", help='a list of {"file", "description": {level: text}}'),
            option("--level", help="which level of --captions (default: the first)", section=_MADE),
            option(
                "--prompt-from",
                type=click.Choice(SOURCES),
                metavar="SOURCE",
                section=_MADE,
                help=f"take the prompt only from: {', '.join(SOURCES)}",
            ),
            option(
                "--tidy-prompt",
                is_flag=True,
                section=_MADE,
                help="leave weights, tags and quality phrases out of prompts that are not arguments",
            ),
        ]
    )


def search_options() -> Callable[[F], F]:
    """The search for a seed."""
    seeds = "try N seeds, 2 to 256, and store the best"
    return stacked(
        [
            option("--seeds", type=int, metavar="N", help=seeds, section=_SEARCH),
            decoder_options(_SEARCH, "which decoder the seed is for (default: that of decode)"),
        ]
    )


def content_options() -> Callable[[F], F]:
    """What is kept of the picture."""
    return stacked(
        [
            option("--no-text", is_flag=True, help="store no prompt and no negative prompt", section=_MADE),
            option(
                "--recipe",
                type=click.Choice(RECIPES),
                default="core",
                section=_MADE,
                help="how it was made: nothing, the settings (default), or the whole metadata",
            ),
            option(
                "--recipe-in-budget/--recipe-extra",
                default=None,
                section=_MADE,
                help="whether the recipe counts in the size (default: settings do, the whole metadata does not)",
            ),
            layers_option("only these: semantic,texture,edges,...", section=_MADE),
            option(
                "--roi",
                multiple=True,
                metavar="BOX",
                section=_MADE,
                help="keep this region of interest finer: LEFT,TOP,RIGHT,BOTTOM, pixels or %, or faces (of the people)",
            ),
            option(
                "--background",
                type=COLOUR,
                default="#ffffff",
                metavar="COLOUR",
                section=_MADE,
                help="what transparent pictures are laid on (default: white)",
            ),
        ]
    )


@click.command(cls=Command, help=__doc__, exclusive=[EXCLUSIVE])
@common(output="the .trp file, or the folder for several (default: beside each picture)")
@budget_options()
@prompt_options()
@_path("--texts", metavar="PATH", help="prompts: a .txt file, or a folder or quoted glob of them, matched by name")
@_path("--edges", metavar="PATH", help="ready-made edge maps: a file, folder or quoted glob")
@_path(
    "--keypoints", metavar="PATH", help="people as OpenPose JSON or pictures of its skeletons: a file, folder or glob"
)
@option("--people-only", is_flag=True, help="leave out pictures in which there are no people", section=_MADE)
@content_options()
@detectors()
@search_options()
def command(**given: Any) -> int:
    return run(Arguments(**given))


def run(args: Arguments) -> int:
    jobs = plan(args, PICTURE_ENDINGS, ".trp", suffixes=STREAM_ENDINGS)
    check(args)
    matched = {
        name: files
        for name in ("texts", "edges", "keypoints")
        if (files := match(f"--{name}", getattr(args, name), len(jobs)))
    }
    captions = Captions(args.captions, args.level) if args.captions else None
    prepare(args)
    args, processes = _prepare_search(args)
    wanted = _wants(args, "semantic")
    written: dict[Path, str] = {}
    if args.caption and wanted:
        find = partial(_find, args=args, captions=captions, matched=matched)
        paths = [job.source for job in jobs if job.wanted and job.data is None]
        written = caption_all(paths, args, lambda path: find(path).text, args.background)
    work = partial(_encode_one, args=args, captions=captions, written=written, matched=matched)
    found: dict[str, list[str]] = {name: [] for name in SOURCES}
    asked = wanted and not (args.no_text or args.prompt_from == "none")
    about = partial(_about_prompts, found, len(jobs)) if asked else lambda: None
    return report(_noted(run_all(work, jobs, processes, "encode"), found), jobs, args, _line, about)


def _wants(args: Arguments, layer: str) -> bool:
    return args.layers is None or layer in args.layers


def check(args: Arguments) -> None:
    """Refuse options that contradict each other."""
    if args.texts and (args.prompt is not None or args.captions or args.no_text):
        other = "--prompt" if args.prompt is not None else "--captions" if args.captions else "--no-text"
        raise InputError(f"--texts and {other} contradict each other; leave one out")
    if args.people_only and not (args.keypoints or args.pose_detector):
        raise InputError("--people-only needs --keypoints or --pose-detector")
    if args.level is not None and not args.captions:
        raise InputError("--level chooses among the levels of --captions; give that, too")
    needs = {
        "argument": ("--prompt or --texts", args.texts if args.prompt is None else args.prompt),
        "captions": ("--captions", args.captions),
        "model": ("--caption", args.caption),
    }
    option, value = needs.get(args.prompt_from or "", ("", ""))
    if value is None:
        raise InputError(f"--prompt-from {args.prompt_from} needs {option}")
    if args.caption and (args.no_text or args.prompt_from not in (None, "model")):
        other = "--no-text" if args.no_text else f"--prompt-from {args.prompt_from}"
        raise InputError(f"--caption has no use with {other}; leave one out")
    if args.no_text and args.recipe == "full":
        raise InputError("--recipe full stores the prompt, --no-text forbids it; use --recipe core or none")
    if args.edges and args.edge_detector != CLASSICAL:
        raise InputError("--edges and --edge-detector both give the edges; leave one out")
    if args.keypoints and args.pose_detector:
        raise InputError("--keypoints and --pose-detector both give the people; leave one out")
    if args.seeds is None and (args.decoder or args.options):
        raise InputError("--decoder and --option are for the search for a seed; add --seeds N")


def _prepare_search(args: Arguments) -> tuple[Arguments, int]:
    """Load the decoder of the search, so that a wrong name is one error; returns the number of processes to use."""
    if args.seeds is None:
        return args, args.jobs
    from ..codec.decode import DEFAULT_DECODER, BatchDecoder, find_decoder

    name = args.decoder or DEFAULT_DECODER
    painter = find_decoder(name, **dict(args.options))
    # One that holds models holds them once.
    return replace(args, decoder=name), 1 if isinstance(painter, BatchDecoder) else args.jobs


def _noted(results: Iterator[Result], found: dict[str, list[str]]) -> Iterator[Result]:
    """The results, of which is noted where their prompts came from."""
    for result in results:
        if not result.error and not result.skipped:
            found[result.record["prompt_from"]].append(result.source)
        yield result


def _about_prompts(found: dict[str, list[str]], count: int) -> str | None:
    """Where the prompts came from, which pictures have none, and how to give them one."""
    said = [f"{len(found[name])} from {name}" for name in SOURCES[:-1] if count > 1 and found[name]]
    if without := found["none"]:
        beside = printable(Path(without[0]).with_suffix(".txt").name)
        which = f"{len(without)} without ({named(without)})" if count > 1 else "none"
        said.append(
            f"{which}, so the semantic layer is empty: give --prompt, --captions or --caption, or put a text file "
            f"beside the picture ({beside})"
        )
    return f"{'prompts' if count > 1 else 'prompt'}: {', '.join(said)}" if said else None


def _find(
    image: Path | Origin,
    *,
    args: Arguments,
    captions: Captions | None,
    matched: Mapping[str, Matched],
    model: Callable[[], str | None] | None = None,
) -> FoundPrompt:
    """The prompt of a picture."""
    prompt = args.prompt
    if "texts" in matched and args.prompt_from in (None, "argument"):
        path = image if isinstance(image, Path) else image.path
        prompt = read_sidecar_text(matched["texts"].of(path or Path("-"))).prompt
    return find_prompt(
        image, prompt=prompt, captions=captions, only=args.prompt_from, tidy=args.tidy_prompt, model=model
    )


def _encode_one(
    job: Job,
    *,
    args: Arguments,
    captions: Captions | None,
    written: dict[Path, str],
    matched: Mapping[str, Matched],
) -> Result:
    from ..analysis.image import load_image
    from ..analysis.keypoints import load_people
    from ..codec.encode import encode

    job.check(args.force)
    source = load_image(job.given, background=args.background)
    origin = Origin(source)
    given: dict[str, Any] = {}
    if "edges" in matched and _wants(args, "edges"):
        given["edges"] = matched["edges"].of(job.source)
    if "keypoints" in matched and (_wants(args, "pose") or args.people_only or args.roi):
        given["people"] = load_people(matched["keypoints"].of(job.source), source.size)
    given |= detect(source, args, args.layers, people=bool(args.roi))
    if args.people_only and not len(given.get("people", ())):
        return Result(str(job.source), {"output": None, "people": 0}, ("left out: no people",), skipped=True)
    found = FoundPrompt(None, "none")
    if not args.no_text and _wants(args, "semantic"):
        found = _find(origin, args=args, captions=captions, matched=matched, model=lambda: written.get(job.source))
    recipe, said = Recipe(), tuple[str, ...]()
    if _wants(args, "recipe"):
        recipe, said = find_recipe(origin, args.recipe, text=not args.no_text)
    search: dict[str, Any] = {}
    if args.seeds is not None:
        search = {"seeds": args.seeds, "decoder": args.decoder, "options": dict(args.options)}
    picture = encode(
        source,
        prompt=found.text or "",
        **given,
        max_bytes=args.bytes,
        bpp=args.bpp,
        quality=args.quality,
        link=args.link,
        progressive=args.progressive,
        colour_grid=args.colour_grid,
        edge_grid=args.edge_grid,
        recipe=recipe,
        recipe_in_budget=args.recipe_in_budget,
        layers=args.layers,
        roi=args.roi,
        **search,
    )
    length = job.write(picture.to_bytes(), args.force)
    record = {
        "output": job.shown,
        "width": picture.width,
        "height": picture.height,
        "bytes": length,
        "bpp": round(picture.bpp, 5),
        "recipe_bytes": picture.recipe_bytes,
        "recipe_extra": _on_top(args, picture),
        "layers": {layer.name: len(layer.payload) for layer in picture.layers},
        "prompt_from": found.source if picture.semantic else "none",
    }
    if picture.seed is not None:
        record["seed"] = picture.seed
    return Result(str(job.source), record, (*picture.notes, *said))


def _on_top(args: Arguments, picture: Picture) -> bool:
    """Whether the picture has a recipe that the budget does not count."""
    if picture.recipe is None:
        return False
    return picture.recipe.complete if args.recipe_in_budget is None else not args.recipe_in_budget


def _line(result: Result) -> str:
    r = result.record
    layers = ", ".join(f"{name} {count}" for name, count in r["layers"].items())
    extra = f"; {r['recipe_bytes']} of them are the recipe, excluded from the budget" if r["recipe_extra"] else ""
    return f"{printable(r['output'])}: {r['bytes']} bytes, {r['bpp']:.4f} bpp ({layers}){extra}"
