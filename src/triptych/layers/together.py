"""Texts of many layers at once, prompts and those in recipes, in a fraction of the time that each alone takes."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress

from ..errors import TriptychError
from ..threads import one_thread
from .base import Layer
from .recipe import RecipeLayer
from .text import NARROW, WIDE
from .text.layer import SemanticLayer, network_of

_KEPT, _LONGEST = 4096, 1024  # texts that are kept, and characters of one: pictures of an archive share many
# Text and number of tokens by network and payload, the one used last at the end.
_kept: dict[tuple[str, bytes], tuple[str, int]] = {}


@one_thread()
def unpack_texts(layers: Iterable[Layer]) -> None:
    """Unpack the prompts and recipes among some layers together; damaged ones are left as they are."""
    prompts: list[tuple[SemanticLayer, str]] = []
    recipes: list[RecipeLayer] = []
    for layer in layers:
        if isinstance(layer, SemanticLayer) and (network := network_of(layer.coding)):
            prompts.append((layer, network))
        elif isinstance(layer, RecipeLayer):
            recipes.append(layer)
    texts: dict[str, set[bytes]] = {WIDE: set(), NARROW: set()}
    for prompt, network in prompts:
        texts[network].add(prompt.payload)
    for recipe in recipes:
        texts[WIDE].update(recipe.coded_texts())
    found = {network: _decoded(some, network) for network, some in texts.items()}
    for prompt, network in prompts:
        text, tokens = found[network].get(prompt.payload, ("", prompt.most_tokens + 1))
        if tokens <= prompt.most_tokens:
            prompt.knowing(text)
    for recipe in recipes:
        with suppress(TriptychError):  # said to whoever asks for it
            recipe.know_with(found[WIDE])


def _decoded(payloads: set[bytes], network: str) -> dict[bytes, tuple[str, int]]:
    """The texts that are whole, and their numbers of tokens."""
    found = {data: _kept.pop((network, data)) for data in payloads if (network, data) in _kept}
    missing = list(payloads - found.keys())
    if len(missing) > 1:
        from .text.many import decode_texts

        decoded = zip(missing, decode_texts(missing, network), strict=True)
        found |= {data: text for data, text in decoded if text is not None}
    _kept.update(((network, data), text) for data, text in found.items() if len(text[0]) <= _LONGEST)
    while len(_kept) > _KEPT:
        _kept.pop(next(iter(_kept)), None)
    return found
