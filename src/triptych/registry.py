"""Names of decoders, loaded only when asked for.

Other packages add decoders through the entry point group ``triptych.decoders``; each entry is a class (or a
function) that is called with the user's options as keyword arguments, most often none, and gives an object with the
`Decoder` interface.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from .errors import InputError, TriptychError

GROUP = "triptych.decoders"
# Ours are listed here and not as entry points, so that they work from a plain checkout too; the diffusion decoders have
# the names of their presets.
_OURS = {
    "a1111": "triptych.decoders.remote:A1111Decoder",
    "best": "triptych.decoders.diffusion:open_best",
    "comfyui": "triptych.decoders.remote:ComfyUIDecoder",
    "miniature": "triptych.decoders.miniature:MiniatureDecoder",
    "regenerate": "triptych.decoders.remote:RegenerateDecoder",
    "sketch": "triptych.decoders.sketch:SketchDecoder",
}
_DIFFUSION = "triptych.decoders.diffusion"
_PRESET_FILE = ".toml"  # a name that ends so is the file of a preset


def names() -> list[str]:
    """The names of all decoders, sorted."""
    return sorted({*_OURS, *_presets(), *(entry.name for entry in entry_points(group=GROUP))})


def load(name: str) -> Callable[..., Any]:
    """What makes the decoder of a name, or of a preset in a file.

    Raises:
        InputError: nothing has this name; the message lists what there is.
        TriptychError: two packages claim the name, or the part that has it cannot be imported.
    """
    if name.endswith(_PRESET_FILE):
        return _preset(name)
    theirs = [entry for entry in entry_points(group=GROUP) if entry.name == name]
    ours = name in _OURS or name in _presets()
    if len(theirs) + ours > 1:
        claims = ", ".join(sorted(entry.value for entry in theirs))
        raise TriptychError(f"more than one package provides {name!r} ({claims}); uninstall all but one")
    if name in _OURS:
        module, _, attribute = _OURS[name].partition(":")
        factory: Callable[..., Any] = getattr(import_module(module), attribute)
        return factory
    if ours:
        return _preset(name)
    if not theirs:
        raise InputError(f"there is no decoder called {name!r}; there are: {', '.join(names())}")
    return _loaded(theirs[0])


def _loaded(entry: EntryPoint) -> Callable[..., Any]:
    try:
        factory: Callable[..., Any] = entry.load()
    except (ImportError, AttributeError) as error:
        raise TriptychError(f"{entry.name!r} ({entry.value}) cannot be loaded: {error}") from error
    return factory


def _presets() -> list[str]:
    found: list[str] = import_module(f"{_DIFFUSION}.presets").names()
    return found


def _preset(name: str) -> Callable[..., Any]:
    return partial(import_module(_DIFFUSION).open_preset, name)
