"""Decoders by diffusion models: the presets of `presets.toml`, painted through diffusers (extra `sd`)."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from ...errors import MissingExtraError
from .best import open_best
from .silence import quiet

if TYPE_CHECKING:
    from .decoder import DiffusionDecoder

__all__ = ["open_best", "open_preset"]


def open_preset(name: str, **options: object) -> DiffusionDecoder:
    """The decoder of a preset: one of ours by name, or a user's file that ends in `.toml`.

    Args:
        options: see `options.Options`; values may be texts, as the command line gives them.

    Raises:
        MissingExtraError: torch, diffusers or what they need is not installed.
        InputError: there is no such preset, or an option is wrong.
    """
    try:
        import_module("torch")  # asked for first: transformers has something to say where it is missing
        with quiet():
            from .decoder import DiffusionDecoder
    except ModuleNotFoundError as error:
        raise MissingExtraError(f"the decoder {name!r}", "sd") from error
    return DiffusionDecoder(name, **options)
