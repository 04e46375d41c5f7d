"""The networks that decoders and detectors use: what there is, what is on this disk, and what it weighs.

Nothing is downloaded before it is needed; pull does it beforehand, so that all works offline afterwards (set
HF_HUB_OFFLINE=1 to be sure). Weights are kept in the cache of the Hugging Face hub: in HF_HUB_CACHE, else in
HF_HOME. A NAME is that of a model or of a decoder, which stands for all models it needs; pull, path and remove also
take hub ids.

  triptych models list
  triptych models pull sd15 blip
  triptych models path sd15-base
  triptych models remove blip
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import click

from ..errors import InputError, ModelError
from ..hub import Model, cache_folder, find, from_text, locate, on_disk, remove
from .files import printable
from .options import Argument, Command, option, write_usage


@dataclass(frozen=True, kw_only=True)
class Arguments:
    """What an action of `triptych models` is given."""

    act: Callable[[Arguments], int]
    names: tuple[str, ...] = ()
    json: bool = False
    yes: bool = False


class Actions(click.Group):
    """The actions, and the docstring of the module above them."""

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        write_usage(self, ctx, formatter)

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        formatter.write(f"\n{(self.help or '').strip()}\n")


@click.group(cls=Actions, no_args_is_help=False, help=__doc__)
def command() -> None:
    pass


def _model_names(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    from ..decoders.diffusion import presets

    return [name for name in (*presets.names(), *_catalogue()) if name.startswith(incomplete)]


_names = click.argument(
    "names",
    cls=Argument,
    nargs=-1,
    required=True,
    metavar="NAME ...",
    shell_complete=_model_names,
    about="a model, a decoder or a hub id",
)


@command.command("list", cls=Command, help="All models: what they are for, size, licence, whether they are here.")
@option("--json", is_flag=True, help="print one JSON object per model, for machines")
def list_(**given: Any) -> int:
    return run(Arguments(act=_list, **given))


@command.command("pull", cls=Command, help="Download models.")
@_names
def pull(**given: Any) -> int:
    return run(Arguments(act=_pull, **given))


@command.command("path", cls=Command, help="Print the folders of models on this disk.")
@_names
def path(**given: Any) -> int:
    return run(Arguments(act=_path, **given))


@command.command("remove", cls=Command, help="Delete models from this disk.")
@_names
@option("-y", "--yes", is_flag=True, help="do not ask")
def remove_(**given: Any) -> int:
    return run(Arguments(act=_remove, **given))


def run(args: Arguments) -> int:
    return args.act(args)


def _catalogue() -> dict[str, tuple[Model, str]]:
    """Name -> (model, what it is for)."""
    from ..analysis.detectors import catalogue
    from ..decoders.diffusion import presets

    used: dict[str, list[str]] = {}
    for preset in presets.names():
        for model in presets.needed(preset):
            used.setdefault(model.name, []).append(preset)
    found = {model.name: (model, ", ".join(used.get(model.name, ["presets of yours"]))) for model in presets.models()}
    for name, entry in catalogue().items():
        assert isinstance(entry.source, Model)
        found[name] = (entry.source, f"{entry.finds}: {entry.about}")
    return found


def _chosen(names: Sequence[str]) -> list[Model]:
    """The models behind names, each once, in order."""
    from ..decoders.diffusion import presets

    known = _catalogue()
    chosen: dict[str, Model] = {}
    for name in names:
        if name in known:
            models = [known[name][0]]
        elif name in presets.names():
            models = presets.needed(name)
        else:
            try:
                models = [from_text(name)]
            except ModelError as error:
                listed = ", ".join([*presets.names(), *known])
                raise InputError(f"no model or decoder is called {name!r}; there are: {listed}") from error
        chosen |= {model.name: model for model in models}
    return list(chosen.values())


def _list(args: Arguments) -> int:
    rows: list[dict[str, Any]] = []
    for model, use in _catalogue().values():
        copy, there = find(model), on_disk(model)
        rows.append(
            {
                "name": model.name,
                "for": use,
                "repo": model.repo,
                "revision": model.revision,
                "download_bytes": model.megabytes * 10**6,
                "licence": model.licence,
                "gated": model.gated,
                "on_disk_bytes": there,
                "complete": copy is not None,
                "path": str(copy.path) if copy else None,
            }
        )
    if args.json:
        for row in rows:
            print(json.dumps(row))
        return 0
    print(f"{'model':<20}{'download':>10}{'on disk':>10}  {'licence':<24}for")
    for row in rows:
        here = size(row["on_disk_bytes"]) if row["on_disk_bytes"] else "-"
        part = "" if row["complete"] or here == "-" else " (incomplete)"
        licence = row["licence"] + (" (to accept)" if row["gated"] else "")
        print(f"{row['name']:<20}{size(row['download_bytes']):>10}{here:>10}  {licence:<24}{row['for']}{part}")
    print(f"{size(sum(row['on_disk_bytes'] for row in rows))} in {printable(str(cache_folder()))}")
    return 0


def _pull(args: Arguments) -> int:
    for model in _chosen(args.names):
        if find(model):
            print(f"{model.name}: is here already")
        else:
            about = f", about {size(model.megabytes * 10**6)}" if model.megabytes else ""
            print(f"{model.name}: from {model.page}{about}, licence: {model.licence}", flush=True)
        path, _ = locate(model)
        print(f"{model.name}: {size(on_disk(model))} in {printable(str(path))}", flush=True)
    return 0


def _path(args: Arguments) -> int:
    models = _chosen(args.names)
    for model in models:
        copy = find(model)
        if copy is None:
            raise ModelError(f"{model.name} is not on this disk; run: triptych models pull {model.name}")
        print(f"{f'{model.name}: ' if len(models) > 1 else ''}{printable(str(copy.path / model.part))}")
    return 0


def _remove(args: Arguments) -> int:
    models = _chosen(args.names)
    others = [model for model, _ in _catalogue().values() if model not in models and find(model)]
    there = {model.name: on_disk(model, others) for model in models}
    if not any(there.values()):
        raise ModelError(f"{', '.join(there)}: not on this disk; there is nothing to remove")
    models = [model for model in models if there[model.name]]
    listed = ", ".join(f"{model.name} ({size(there[model.name])})" for model in models)
    if not args.yes:
        if not sys.stdin.isatty():
            raise InputError(f"this would delete {listed}; there is no terminal to ask at: add --yes")
        if input(f"delete {listed}? [y/N] ").strip().lower() not in ("y", "yes"):
            print("nothing was deleted")
            return 1
    for model in models:
        print(f"{model.name}: {size(remove(model, others))} freed", flush=True)
    return 0


def size(count: int) -> str:
    """A number of bytes in words, in units of 1,000 as the hub counts."""
    number = float(count)
    for unit in ("bytes", "kB", "MB"):
        if number < 1000:
            return f"{number:.0f} {unit}" if number >= 10 or unit == "bytes" else f"{number:.1f} {unit}"
        number /= 1000
    return f"{number:.1f} GB"
