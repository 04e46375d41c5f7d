"""Names of exchangeable parts, loaded only when asked for.

Other packages add decoders through the entry point group ``triptych.decoders``; each entry is a class (or a
function) that is called with the user's options as keyword arguments, most often none, and gives an object with the
`Decoder` interface.
"""

from __future__ import annotations

from functools import partial
from importlib import import_module
from importlib.metadata import entry_points
from typing import Any

from .errors import InputError, TriptychError

_PRESET = "triptych.decoders.diffusion:open_preset"
# Ours are listed here and not as entry points, so that they work from a plain checkout too. What follows a second
# colon is the first argument.
_OURS = {
    "triptych.decoders": {
        "miniature": "triptych.decoders.miniature:MiniatureDecoder",
        "sketch": "triptych.decoders.sketch:SketchDecoder",
        "paper-edge": f"{_PRESET}:paper-edge",
        "paper-pose": f"{_PRESET}:paper-pose",
        "sd15": f"{_PRESET}:sd15",
        "sdxl": f"{_PRESET}:sdxl",
        "sdxl-lightning": f"{_PRESET}:sdxl-lightning",
    },
}
# group -> (ending, who reads files of it): such a name is not looked up, it is the file of a part.
_FILES = {"triptych.decoders": (".toml", _PRESET)}


def names(group: str) -> list[str]:
    """All names of a group, sorted."""
    return sorted({*_OURS[group], *(entry.name for entry in entry_points(group=group))})


def load(group: str, name: str) -> Any:
    """The object behind a name, or behind a user's file.

    Raises:
        InputError: nothing has this name; the message lists what there is.
        TriptychError: two packages claim the name, or the part that has it cannot be imported.
    """
    ending, reader = _FILES.get(group, (None, None))
    if ending and name.endswith(ending):
        return _imported(f"{reader}:{name}")
    theirs = [entry for entry in entry_points(group=group) if entry.name == name]
    ours = _OURS[group].get(name)
    if len(theirs) + (ours is not None) > 1:
        claims = ", ".join(sorted(entry.value for entry in theirs))
        raise TriptychError(f"more than one package provides {name!r} ({claims}); uninstall all but one")
    if ours:
        return _imported(ours)
    if not theirs:
        what = group.rpartition(".")[2][:-1]
        raise InputError(f"there is no {what} called {name!r}; there are: {', '.join(names(group))}")
    try:
        return theirs[0].load()
    except (ImportError, AttributeError) as error:
        raise TriptychError(f"{name!r} ({theirs[0].value}) cannot be loaded: {error}") from error


def _imported(place: str) -> Any:
    """What "module:attribute" or "module:attribute:first argument" names."""
    module, attribute, *arguments = place.split(":", 2)
    found = getattr(import_module(module), attribute)
    return partial(found, *arguments) if arguments else found
