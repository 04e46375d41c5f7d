"""Names of exchangeable parts, loaded only when asked for.

Other packages add decoders through the entry point group ``triptych.decoders``; each entry is a class (or a
function) that is called without arguments and gives an object with the `Decoder` interface.
"""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import entry_points
from typing import Any

from .errors import InputError, TriptychError

# Ours are listed here and not as entry points, so that they work from a plain checkout too.
_OURS = {
    "triptych.decoders": {
        "sketch": "triptych.decoders.sketch:SketchDecoder",
    },
}


def names(group: str) -> list[str]:
    """All names of a group, sorted."""
    return sorted({*_OURS[group], *(entry.name for entry in entry_points(group=group))})


def load(group: str, name: str) -> Any:
    """The object behind a name.

    Raises:
        InputError: nothing has this name; the message lists what there is.
        TriptychError: two packages claim the name, or the part that has it cannot be imported.
    """
    theirs = [entry for entry in entry_points(group=group) if entry.name == name]
    ours = _OURS[group].get(name)
    if len(theirs) + (ours is not None) > 1:
        claims = ", ".join(sorted(entry.value for entry in theirs))
        raise TriptychError(f"more than one package provides {name!r} ({claims}); uninstall all but one")
    if ours:
        module, _, attribute = ours.partition(":")
        return getattr(import_module(module), attribute)
    if not theirs:
        what = group.rpartition(".")[2][:-1]
        raise InputError(f"there is no {what} called {name!r}; there are: {', '.join(names(group))}")
    try:
        return theirs[0].load()
    except (ImportError, AttributeError) as error:
        raise TriptychError(f"{name!r} ({theirs[0].value}) cannot be loaded: {error}") from error
