"""Texts of many layers at once, prompts and those in recipes, in a fraction of the time that each alone takes."""

from __future__ import annotations

from collections.abc import Iterable

from ..errors import TriptychError
from ..threads import one_thread
from .base import Layer
from .recipe import RecipeLayer
from .text.layer import MODELLED, SemanticLayer

_KEPT, _LONGEST = 4096, 1024  # texts that are kept, and characters of one: pictures of an archive share many
_kept: dict[bytes, tuple[str, int]] = {}  # text and number of tokens by payload, the one used last at the end


@one_thread()
def unpack_texts(layers: Iterable[Layer]) -> None:
    """Unpack the prompts and recipes among some layers together; damaged ones are left as they are."""
    prompts: list[SemanticLayer] = []
    recipes: list[RecipeLayer] = []
    for layer in layers:
        if isinstance(layer, SemanticLayer) and layer.coding == MODELLED:
            prompts.append(layer)
        elif isinstance(layer, RecipeLayer):
            recipes.append(layer)
    texts = {layer.payload for layer in prompts}
    for recipe in recipes:
        texts.update(recipe.coded_texts())
    found = _decoded(texts)
    for prompt in prompts:
        text, tokens = found.get(prompt.payload, ("", prompt.most_tokens + 1))
        if tokens <= prompt.most_tokens:
            prompt.knowing(text)
    for recipe in recipes:
        try:
            recipe.know_with(found)
        except TriptychError:  # said to whoever asks for it
            continue


def _decoded(payloads: set[bytes]) -> dict[bytes, tuple[str, int]]:
    """The texts that are whole, and their numbers of tokens."""
    found = {data: _kept.pop(data) for data in payloads & _kept.keys()}
    missing = list(payloads - found.keys())
    if len(missing) > 1:
        from .text.many import decode_texts

        decoded = zip(missing, decode_texts(missing), strict=True)
        found |= {data: text for data, text in decoded if text is not None}
    _kept.update((data, text) for data, text in found.items() if len(text[0]) <= _LONGEST)
    while len(_kept) > _KEPT:
        _kept.pop(next(iter(_kept)), None)
    return found
