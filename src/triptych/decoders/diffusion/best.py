"""`--decoder best`: the preset that the free memory of a device allows, said in one line."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ...errors import InputError, MissingExtraError
from ...hub import find, is_offline
from . import presets

NAME = "best"
FALLBACK = "miniature"  # needs no weights and no GPU
# From the one that is expected to paint best, by the age and the size of its models; that has not been measured.
ORDER = ("z-image", "sdxl-control", "sd15-control", "sd15")


@dataclass(frozen=True)
class Choice:
    """`name` is that of a decoder, `reason` one line for people."""

    name: str
    reason: str


def choose(free: float, device: str, *, here: Callable[[str], bool], offline: bool = False) -> Choice:
    """The best preset that fits into the memory, among those whose weights are here; without any, the best that fits.

    Args:
        free: GB of memory that can be used on the device; 0 if there is no GPU.
        device: its name, for the line.
        here: whether all weights of a preset are on this disk.
        offline: nothing can be downloaded.
    """
    if not free:
        return Choice(FALLBACK, f"there is no GPU for a diffusion decoder on this machine, only {device}")
    fitting = [name for name in ORDER if presets.load(name).memory <= free]
    ready = [name for name in fitting if here(name)]
    fits = f"{free:.1f} GB are free on {device}"
    if not fitting:
        least = min(presets.load(name).memory for name in ORDER)
        return Choice(FALLBACK, f"{fits}, diffusion decoders need {least:g}")
    if offline and not ready:
        return Choice(FALLBACK, f"{fits}, but no weights are on this disk, and HF_HUB_OFFLINE is set")
    name = (ready or fitting)[0]
    reason = f"{fits}, it needs {presets.load(name).memory:g}"
    if not ready:
        reason += f"; about {_download(name):.1f} GB are downloaded once"
    elif name != fitting[0]:
        reason += f"; {fitting[0]} would fit, too: triptych models pull {fitting[0]} ({_download(fitting[0]):.1f} GB)"
    return Choice(name, reason)


def open_best(**options: object) -> Any:
    """The decoder that `choose` finds, with a line `chosen` that says which and why.

    Raises:
        InputError: an option is wrong, or the miniature was chosen, which has none.
    """
    choice = _choose_here(options)
    if choice.name == FALLBACK:
        from ..miniature import MiniatureDecoder

        left = sorted(set(options) - {"device"})
        if left:
            raise InputError(
                f"option {left[0]}: {NAME} is the {FALLBACK} here, which has no such option ({choice.reason}); "
                "leave the option out, or name a decoder"
            )
        decoder: Any = MiniatureDecoder()
    else:
        from . import open_preset

        decoder = open_preset(choice.name, **options)
    decoder.chosen = f"{NAME} is {choice.name}: {choice.reason}"
    return decoder


def _choose_here(options: dict[str, object]) -> Choice:
    try:
        import torch

        from .loading import find_device
        from .memory import free_memory
    except (ImportError, MissingExtraError):
        return Choice(FALLBACK, "the diffusion decoders are not installed (pip install 'triptych[sd]')")
    given = options.get("device")
    device = find_device(None if given is None else str(given))
    if device.type == "cpu":
        return choose(0, "a CPU", here=_is_here)
    name = torch.cuda.get_device_name(device) if device.type == "cuda" else device.type
    return choose(free_memory(device) / 1e9, name, here=_is_here, offline=is_offline())


def _is_here(name: str) -> bool:
    return all(find(model) for model in presets.needed(name))


def _download(name: str) -> float:
    """GB."""
    return sum(model.megabytes for model in set(presets.needed(name))) / 1000
