"""Decoders by diffusion models: the presets of `presets.toml`, painted through diffusers (extra `sd`)."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING

from ...errors import MissingExtraError
from .best import open_best
from .silence import quiet

if TYPE_CHECKING:
    from .decoder import DiffusionDecoder

__all__ = ["open_best", "open_preset"]

_PACKAGES = ("torch", "diffusers", "transformers", "accelerate", "peft", "compel", "safetensors")


def open_preset(name: str, **options: object) -> DiffusionDecoder:
    """The decoder of a preset: one of ours by name, or a user's file that ends in `.toml`.

    Args:
        options: see `options.Options`; values may be texts, as the command line gives them.

    Raises:
        MissingExtraError: torch, diffusers or what they need is not installed.
        InputError: there is no such preset, or an option is wrong.
    """
    if any(find_spec(package) is None for package in _PACKAGES):  # before any of them is imported, which takes seconds
        raise MissingExtraError(f"the decoder {name!r}", "sd")
    with quiet():
        from .decoder import DiffusionDecoder
    return DiffusionDecoder(name, **options)
