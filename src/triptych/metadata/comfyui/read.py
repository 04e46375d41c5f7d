"""What a graph says of the picture that it made."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ...layers import Recipe
from .conditionings import Conditionings
from .graph import Graph, Link
from .models import Models
from .samplers import Samplers
from .settings import find_guidance, find_sampler, find_scheduler, find_seed, find_size, find_steps
from .walk import Walk


@dataclass(frozen=True)
class _Found:
    """What one sampler was given; None is unknown, an empty tuple of texts is known to be none."""

    prompt: tuple[str, ...] | None = None
    negative: tuple[str, ...] | None = None
    seed: int | None = None
    steps: int | None = None
    guidance: str | None = None
    sampler: str | None = None
    scheduler: str | None = None
    model: str | None = None
    loras: tuple[tuple[str, str | None], ...] = ()
    size: tuple[int, int] | None = None


def read_graph(graph: Graph, stem: str | None = None) -> tuple[str | None, Recipe] | None:
    """(prompt, recipe) of the picture that a graph made, or None if no sampler leads to one.

    If several nodes saved pictures, the one counts whose file names begin as the picture's does; where that does
    not tell, only what is the same for all of them. Where a picture was sampled in several passes, the settings
    are those of the first.

    Args:
        stem: the picture's file name without its ending, if it is known.
    """
    walk = Walk(graph)
    conditionings, models = Conditionings(walk), Models(walk)
    samplers = Samplers(walk).first(stem)
    found = [_settings(walk, conditionings, models, sampler) for sampler in samplers]
    if not found:
        return None
    one = _common(found)
    if one.negative == one.prompt:  # one conditioning for both, where a model needs no negative prompt
        one = replace(one, negative=())
    recipe = Recipe(
        tool="ComfyUI",
        negative=_joined(one.negative) or None,
        seed=one.seed,
        steps=one.steps,
        guidance=one.guidance,
        sampler=one.sampler,
        scheduler=one.scheduler,
        model=one.model,
        loras=one.loras,
        size=one.size,
    )
    return _joined(one.prompt) or None, recipe


def _joined(texts: tuple[str, ...] | None) -> str | None:
    return None if texts is None else ", ".join(dict.fromkeys(texts))


def _common(found: list[_Found]) -> _Found:
    """What all of them say."""
    first, *rest = found
    values = {
        name: getattr(first, name)
        for name in _Found.__dataclass_fields__
        if all(getattr(other, name) == getattr(first, name) for other in rest)
    }
    return _Found(**values)


def _settings(walk: Walk, conditionings: Conditionings, models: Models, name: str) -> _Found:
    """What a sampler was given."""
    node = walk.nodes[name]
    guider = walk.node(node.inputs.get("guider"))
    holder = node.inputs["guider"].node if guider and isinstance(node.inputs["guider"], Link) else name
    positive = walk.field(holder, "positive")
    if guider and positive is None:
        positive = guider.inputs.get("conditioning", guider.inputs.get("cond1"))
    model = walk.field(holder, "model")
    loras: list[tuple[str, str | None]] = []
    named = models.name(model, name, loras)
    prompt = conditionings.prompt(positive, "positive")
    second = guider.inputs.get("cond2") if guider else None
    if second is not None and prompt is not None:  # of a guider with two
        more = conditionings.prompt(second, "positive")
        prompt = None if more is None else prompt + more
    return _Found(
        prompt=prompt,
        negative=conditionings.prompt(walk.field(holder, "negative"), "negative"),
        seed=find_seed(walk, name),
        steps=find_steps(walk, name),
        guidance=find_guidance(walk, holder, positive),
        sampler=find_sampler(walk, name),
        scheduler=find_scheduler(walk, name),
        model=named,
        loras=tuple(dict.fromkeys(reversed(loras))),
        size=find_size(walk, name),
    )
