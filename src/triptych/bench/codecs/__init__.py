"""Codecs by name: ours, those of other packages (entry point group ``triptych.codecs``), and programs by a TOML."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache, partial
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

from ...errors import InputError, TriptychError
from .base import Codec, Coder
from .commands import CommandCoder, ready
from .fitted import SCALES, Fitted
from .triptych import NAME, Triptych, installed

GROUP = "triptych.codecs"
_OURS = {
    "jpeg": "pictures:jpeg",
    "webp": "pictures:webp",
    "avif": "pictures:avif",
    "jpeg2000": "pictures:jpeg2000",
    "jpegxl": "pictures:JpegXl",
    "heif": "pictures:heif",
    "vvc": "vvc:Vvc",
    "blurhash": "hashes:BlurHash",
    "thumbhash": "hashes:ThumbHash",
}


def names() -> list[str]:
    """All codecs that can be asked for by name, whether or not what they need is here."""
    theirs = [entry.name for entry in entry_points(group=GROUP)]
    return list(dict.fromkeys([NAME, *(f"{NAME}:{name}" for name in installed()[1:]), *_OURS, *theirs, *ready()]))


def available() -> tuple[list[str], dict[str, str]]:
    """(the codecs that work here, name -> why another one does not)."""
    here, absent = [], {}
    for name in names():
        try:
            find_codec(name)
        except TriptychError as error:
            absent[name] = str(error)
        else:
            here.append(name)
    return here, absent


@cache
def find_codec(name: str) -> Codec:
    """The codec of a name, or of a TOML file; made once per process.

    Args:
        name: one of `names`, "triptych:DECODER", or the path of a TOML file.

    Raises:
        InputError: there is no such codec, or the file is none.
        TriptychError: what it needs is not here; the message says what.
    """
    made = _factory(name)()
    if isinstance(made, Codec):
        return made
    if isinstance(made, Coder):
        return Fitted(made, SCALES if getattr(made, "scales", True) else SCALES[:1])
    raise TriptychError(f"{name!r} gives neither a codec nor a coder (see triptych.bench.codecs.base)")


def _factory(name: str) -> Callable[[], Any]:
    if name.endswith(".toml"):
        return partial(CommandCoder, Path(name))
    if name == NAME or name.startswith(f"{NAME}:"):
        return partial(Triptych, name.partition(":")[2]) if ":" in name else Triptych
    if name in _OURS:
        module, _, attribute = _OURS[name].partition(":")
        return getattr(import_module(f".{module}", __package__), attribute)  # type: ignore[no-any-return]
    theirs = [entry for entry in entry_points(group=GROUP) if entry.name == name]
    if len(theirs) > 1:
        claims = ", ".join(sorted(entry.value for entry in theirs))
        raise TriptychError(f"more than one package provides the codec {name!r} ({claims}); uninstall all but one")
    if theirs:
        try:
            return theirs[0].load()  # type: ignore[no-any-return]
        except (ImportError, AttributeError) as error:
            raise TriptychError(f"the codec {name!r} ({theirs[0].value}) cannot be loaded: {error}") from error
    if name in ready():
        return partial(CommandCoder, ready()[name])
    raise InputError(f"there is no codec called {name!r}; there are: {', '.join(names())}, and TOML files")


def checked(names_: Iterable[str]) -> list[str]:
    """The same names, each once; those of files as absolute paths.

    Raises:
        TriptychError: as `find_codec`, for the first that cannot be had.
    """
    found: dict[str, str] = {}
    for name in names_:
        asked = str(Path(name).absolute()) if name.endswith(".toml") else name
        found.setdefault(find_codec(asked).name, asked)
    return list(found.values())
