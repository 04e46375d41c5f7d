"""How a picture was made, from the hidden inputs PROMPT and EXTRA_PNGINFO of a node."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from PIL import Image
from PIL.PngImagePlugin import PngInfo

import triptych

# id of a node -> {"class_type": name, "inputs": {name: value or [id of a node, number of its output]}}
Graph = Mapping[str, object]
RECIPES = ("full", "core", "none")


@dataclass(frozen=True)
class Origin:
    """What is known of the picture that comes into a node.

    Attributes:
        prompt: what the picture shows, or None.
        recipe: the settings, and as its blocks the texts that ComfyUI's own "Save Image" writes into a PNG.
    """

    prompt: str | None = None
    recipe: triptych.Recipe = field(default_factory=triptych.Recipe)


def read_origin(graph: Graph | None, extra: Mapping[str, object] | None, node: str | None, recipe: str) -> Origin:
    """What a graph says of the picture that comes into one of its nodes.

    Args:
        graph: PROMPT, the graph that is running.
        extra: EXTRA_PNGINFO, above all the editor's workflow.
        node: UNIQUE_ID; prompt and settings are read from what lies before this node, so that several branches with
            several prompts are told apart. The blocks hold the whole graph, as it must be to run again.
        recipe: "full" keeps settings and blocks, "core" settings, "none" nothing.
    """
    found = _read(graph if node is None or node not in (graph or {}) else before(graph or {}, node))
    if recipe == "none":
        return Origin(found.prompt)
    known = replace(found.recipe, blocks=())
    if recipe == "core":
        return Origin(found.prompt, known)
    texts = ({} if graph is None else {"prompt": graph}) | dict(extra or {})
    blocks = tuple(triptych.Block.from_text(name, json.dumps(value)) for name, value in texts.items())
    return Origin(found.prompt, replace(known, blocks=blocks))


def before(graph: Graph, node: str) -> dict[str, object]:
    """The part of a graph that a node depends on, with the node."""
    kept: dict[str, object] = {}
    waiting = [node]
    while waiting:
        name = waiting.pop()
        if name in kept or name not in graph:
            continue
        kept[name] = entry = graph[name]
        inputs = entry.get("inputs") if isinstance(entry, Mapping) else None
        for value in inputs.values() if isinstance(inputs, Mapping) else ():
            if isinstance(value, (list, tuple)) and len(value) == 2:
                waiting.append(str(value[0]))
    return kept


def _read(graph: Graph | None) -> triptych.Metadata:
    """Prompt and settings of a graph, read as from a PNG that ComfyUI saved."""
    if not graph:
        return triptych.Metadata()
    info = PngInfo()
    info.add_text("prompt", json.dumps(graph))
    file = io.BytesIO()
    Image.new("L", (1, 1)).save(file, "PNG", pnginfo=info)
    return triptych.read_metadata(file.getvalue())
