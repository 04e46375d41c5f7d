"""The numbers and names that a sampler was given, and the size that it began with."""

from __future__ import annotations

import re

from .graph import Link
from .names import OUTPUTS, REROUTES
from .walk import MOST_STEPS, Walk

# Inputs that make something else of width and height, and what they hold when they do not.
_RESIZING = re.compile(r"aspect|ratio|swap|override|orientation|multipl|preset|scale_(by|factor)", re.IGNORECASE)
_IDLE = frozenset({"", "custom", "none", "off", "no", "false", "disabled", "1.0", "1"})


def find_seed(walk: Walk, name: str) -> int | None:
    value = walk.field(name, "seed")
    noise = walk.node(walk.nodes[name].inputs.get("noise"))
    if value is None and noise is not None:
        value = noise.inputs.get("noise_seed", noise.inputs.get("seed"))
    number = walk.number(value, ("seed", "noise_seed", "value", "number", "int", "seed_value", "Number", "int_"))
    return int(number) if number is not None and float(number).is_integer() and 0 <= number < 1 << 64 else None


def find_steps(walk: Walk, name: str) -> int | None:
    value = walk.field(name, "steps")
    if value is None:
        value = _scheduled(walk, name, "steps")
    number = walk.number(value, ("steps", "steps_total", "value", "number", "int", "Number", "int_"))
    return int(number) if number is not None and float(number).is_integer() and 0 < number < 1 << 31 else None


def _scheduled(walk: Walk, name: str, key: str) -> object:
    """An input of the node that the sigmas come from."""
    link, seen = walk.nodes[name].inputs.get("sigmas"), 0
    while isinstance(link, Link) and seen < MOST_STEPS:
        node, seen = walk.nodes.get(link.node), seen + 1
        if node is None:
            return None
        if node.inputs.get(key) is not None:
            return node.inputs[key]
        if key == "scheduler":
            match = re.fullmatch(r"(\w+?)Scheduler", node.kind)
            if match and match[1] in ("Karras", "Exponential", "Polyexponential", "Beta", "SDTurbo", "VP"):
                return match[1].lower()
        link = node.inputs.get("sigmas", node.inputs.get(""))
    return None


def find_guidance(walk: Walk, name: str, positive: object) -> str | None:
    value = walk.field(name, "cfg")
    if value is None:  # models that take it as a part of the conditioning
        value = _flux_guidance(walk, positive)
    number = walk.number(value, ("cfg", "value", "float", "number", "guidance", "Number", "float_"))
    return None if number is None else str(number)


def _flux_guidance(walk: Walk, link: object) -> object:
    for _ in range(MOST_STEPS):
        node = walk.node(link)
        if node is None:
            return None
        if node.inputs.get("guidance") is not None:
            return node.inputs["guidance"]
        link = next((v for k, v in node.inputs.items() if isinstance(v, Link) and k.startswith("cond")), None)
    return None


def find_sampler(walk: Walk, name: str) -> str | None:
    value = walk.field(name, "sampler_name")
    if isinstance(value, Link):
        node = walk.node(value)
        if node and (node.kind == "KSamplerSelect" or "sampler_name" in node.inputs):
            value = node.inputs.get("sampler_name")
    return walk.named(value, "sampler_name")


def find_scheduler(walk: Walk, name: str) -> str | None:
    value = walk.field(name, "scheduler")
    if value is None:
        value = _scheduled(walk, name, "scheduler")
    return walk.named(value, "scheduler")


def find_size(walk: Walk, name: str) -> tuple[int, int] | None:
    """Width and height of the empty latent that the sampler began with."""
    link = walk.field(name, "latent_image")
    if link is None:
        return _sides(walk, walk.owner(name, "empty_latent_width"))
    for _ in range(MOST_STEPS):
        node = walk.node(link)
        if node is None or not isinstance(link, Link):
            return None
        chosen = walk.chosen(node)
        if chosen is not None:
            link = chosen
            continue
        sides = _sides(walk, link.node)
        if sides:
            return sides
        key = OUTPUTS.get(node.kind, {}).get(link.output)
        before = walk.field(link.node, "latent_image") if key == "latent_image" else None
        if before is None:
            before = next((node.inputs[k] for k in ("samples", "latent", "latent_image") if k in node.inputs), None)
        if before is None and node.kind in REROUTES:
            before = next(iter(node.inputs.values()), None)
        link = before
    return None


def _idle(value: object) -> bool:
    return value in (0, 1, False, None) or (isinstance(value, str) and value.strip().lower() in _IDLE)


def _sides(walk: Walk, name: str) -> tuple[int, int] | None:
    node = walk.nodes.get(name)
    if node is None:
        return None
    if any(_RESIZING.search(key) and not _idle(value) for key, value in node.inputs.items()):
        return None  # what it makes of its numbers is not known here
    for key in ("resolution", "dimensions"):
        value = node.inputs.get(key)
        match = re.match(r"\s*(\d{2,5})\s*[x×]\s*(\d{2,5})\b", value) if isinstance(value, str) else None
        if match:
            return int(match[1]), int(match[2])
    for start in ("", "empty_latent_"):
        sides = []
        for side in ("width", "height"):
            value = node.inputs.get(start + side)
            number = walk.number(value, (side, "value", "number", "int", "Number")) if value is not None else None
            if number is not None and float(number).is_integer() and 0 < number <= 65536:
                sides.append(int(number))
        if len(sides) == 2:
            return sides[0], sides[1]
    return None
