"""The prompt and settings behind a graph of InvokeAI, from the node that takes the noise away."""

from __future__ import annotations

import re

from ..layers import Recipe
from .settings import decimal, flat, loras_of, size_of, string, whole

__all__ = ["read_invokeai_graph"]

_MOST_STEPS = 100  # nodes on one way through the graph
_MOST_VALUES = 200
_JOINING = {
    "string_join": ("string_left", "string_right"),
    "string_join_three": ("string_left", "string_middle", "string_right"),
}


class _Nodes:
    """Nodes by name: their type and inputs; and from where each linked input comes."""

    def __init__(self, value: dict[str, object]) -> None:
        self.left = _MOST_VALUES  # values that are still looked for
        self.inputs: dict[str, dict[str, object]] = {}
        self.kinds: dict[str, str] = {}
        self.links: dict[tuple[str, str], tuple[str, str]] = {}
        nodes = value.get("nodes")
        for name, node in nodes.items() if isinstance(nodes, dict) else ():  # the graph that ran
            if isinstance(node, dict) and isinstance(node.get("type"), str):
                self.kinds[str(name)], self.inputs[str(name)] = node["type"], node
        for node in nodes if isinstance(nodes, list) else ():  # the editor's
            data = node.get("data") if isinstance(node, dict) else None
            if isinstance(data, dict) and isinstance(data.get("type"), str) and isinstance(data.get("inputs"), dict):
                name = str(node.get("id"))
                given = {k: v.get("value") if isinstance(v, dict) else None for k, v in data["inputs"].items()}
                self.kinds[name], self.inputs[name] = data["type"], given
        edges = value.get("edges")
        for edge in edges if isinstance(edges, list) else ():
            if not isinstance(edge, dict):
                continue
            source, target = edge.get("source"), edge.get("destination", edge.get("target"))
            if isinstance(source, dict) and isinstance(target, dict):
                start, end = (source.get("node_id"), source.get("field")), (target.get("node_id"), target.get("field"))
            else:
                start, end = (source, edge.get("sourceHandle")), (target, edge.get("targetHandle"))
            self.links[str(end[0]), str(end[1])] = str(start[0]), str(start[1])

    def source(self, name: str, *fields: str) -> str | None:
        """The node that one of these inputs is linked to."""
        return next((self.links[name, field][0] for field in fields if (name, field) in self.links), None)

    def value(self, name: str, *fields: str) -> object:
        """The value of one of these inputs, or that of the node it is linked to; None if that cannot be told."""
        for _ in range(_MOST_STEPS):
            self.left -= 1
            if self.left < 0:
                return None
            field = next((f for f in fields if (name, f) in self.links or self.inputs[name].get(f) is not None), None)
            if field is None:
                return None
            if (name, field) not in self.links:
                return self.inputs[name][field]
            name, output = self.links[name, field]
            kind = self.kinds.get(name, "")
            if name not in self.inputs:
                return None
            if kind in _JOINING:
                parts = [self.value(name, part) for part in _JOINING[kind]]
                return "".join(map(str, parts)) if all(isinstance(part, str) for part in parts) else None
            if output not in ("value", "collection", *fields) or re.search(r"rand|add|sub|mul|div|math|replace", kind):
                return None
            fields = ("value", *fields) if output == "value" else (output, *fields)
        return None


def read_invokeai_graph(value: dict[str, object]) -> tuple[str | None, Recipe] | None:
    """(prompt, recipe) of a graph or an editor's workflow, or None if nothing in it makes a picture."""
    nodes = _Nodes(value)
    denoisers = [name for name, kind in nodes.kinds.items() if "denoise" in kind]
    feeding = {nodes.source(name, "latents") for name in denoisers}
    last = [name for name in denoisers if name not in feeding]
    if len(last) != 1:
        summary = [name for name, kind in nodes.kinds.items() if kind == "core_metadata"]
        return flat(nodes.inputs[summary[0]], "InvokeAI") if len(summary) == 1 else None
    name, denoising = last[0], set(denoisers)
    for _ in range(_MOST_STEPS):  # the settings are those of the first pass
        before = nodes.source(name, "latents")
        if before is None or before not in nodes.inputs:
            break
        for _ in range(_MOST_STEPS):
            if before is None or before in denoising:
                break
            before = nodes.source(before, "latents", "image") if before in nodes.inputs else None
            if before in (name, last[0]):
                before = None
        if before is None or before not in denoising:
            break
        name = before
    noise = nodes.source(name, "noise")
    holder = noise if noise in nodes.inputs and noise is not None else name
    width, height = (whole(nodes.value(holder, side)) for side in ("width", "height"))
    loras: list[list[object]] = []
    model = _model(nodes, name, loras)
    recipe = Recipe(
        tool="InvokeAI",
        negative=_text(nodes, name, "negative_conditioning", "negative_text_conditioning"),
        seed=whole(nodes.value(holder, "seed")),
        steps=whole(nodes.value(name, "steps", "num_steps")),
        guidance=decimal(nodes.value(name, "cfg_scale", "guidance")),
        scheduler=string(nodes.value(name, "scheduler")),
        model=model,
        loras=loras_of(loras[::-1]),
        size=size_of(f"{width}x{height}"),
    )
    return _text(nodes, name, "positive_conditioning", "positive_text_conditioning"), recipe


def _text(nodes: _Nodes, name: str, *fields: str) -> str | None:
    encoder = nodes.source(name, *fields)
    for _ in range(_MOST_STEPS):
        if encoder is None or encoder not in nodes.inputs:
            return None
        if nodes.kinds[encoder] != "collect" and (
            "prompt" in nodes.inputs[encoder] or (encoder, "prompt") in nodes.links
        ):
            return string(nodes.value(encoder, "prompt"))
        encoder = nodes.source(encoder, "conditioning", "item")
    return None


def _model(nodes: _Nodes, name: str, loras: list[list[object]]) -> str | None:
    """The name of the model; the LoRAs on the way to it are added, the last first."""
    place = nodes.source(name, "unet", "transformer")
    for _ in range(_MOST_STEPS):
        if place is None or place not in nodes.inputs:
            break
        lora, weight = nodes.inputs[place].get("lora"), nodes.inputs[place].get("weight")
        if isinstance(lora, dict) and isinstance(_name(lora), str):
            loras.append([_name(lora), weight])
        if nodes.inputs[place].get("model") is not None:
            return _name(nodes.inputs[place]["model"])
        place = nodes.source(place, "unet", "transformer", "model")
    # Without a link, a model is the picture's only if there is no other.
    loaders = {
        _name(given["model"])
        for node, given in nodes.inputs.items()
        if "model_loader" in nodes.kinds[node] and given.get("model")
    }
    return next(iter(loaders)) if place is None and len(loaders) == 1 else None


def _name(value: object) -> str | None:
    if isinstance(value, dict):
        name = value.get("name") or value.get("model_name") or _name(value.get("model"))
        return name if isinstance(name, str) else None
    return value if isinstance(value, str) and value else None
