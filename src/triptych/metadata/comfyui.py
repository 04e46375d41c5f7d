"""The settings behind a ComfyUI graph: what its sampler was given.

The graph of a picture (its "prompt") names nodes by id; an input is a value, or a link [node, output].
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..layers import Recipe

MAX_NODES = 5_000
_TEXT_KEYS = (
    "text",
    "text_g",
    "text_l",
    "t5xxl",
    "prompt",
    "populated_text",
    "positive",
    "string",
    "value",
    "wildcard_text",
)
# Inputs through which no prompt comes.
_NOT_TEXT = frozenset({
    "clip", "model", "vae", "control_net", "image", "images", "latent_image", "samples", "mask", "clip_vision", "seed",
    "noise", "sampler", "sigmas", "steps", "cfg",
})  # fmt: skip
_MODEL_KEYS = ("ckpt_name", "unet_name", "base_ckpt_name", "model_name")


def read_graph(graph: Any) -> tuple[str | None, Recipe] | None:
    """(prompt, recipe) of a graph, or None if it is no graph."""
    if not isinstance(graph, dict) or len(graph) > MAX_NODES:
        return None
    nodes = {
        str(name): node
        for name, node in graph.items()
        if isinstance(node, dict) and isinstance(node.get("inputs"), dict) and isinstance(node.get("class_type"), str)
    }
    if not nodes:
        return None
    best: tuple[str | None, dict[str, Any]] = (None, {})
    for name, node in nodes.items():
        given = node["inputs"]
        guider = _linked(nodes, given.get("guider")) or {}
        positive = given.get("positive", guider.get("positive", guider.get("conditioning")))
        if not isinstance(positive, list):
            continue
        texts = list(dict.fromkeys(_texts(nodes, positive)))
        if not texts:
            continue
        negative = list(dict.fromkeys(_texts(nodes, given.get("negative", guider.get("negative")))))
        if "sampler" in node["class_type"].lower() or best[0] is None:
            settings = _settings(nodes, name, given, guider)
            settings["negative"] = ", ".join(negative) or None
            best = (", ".join(texts), settings)
            if "sampler" in node["class_type"].lower():
                break
    prompt, settings = best
    loras = [
        (str(node["inputs"]["lora_name"]), _text(node["inputs"].get("strength_model", node["inputs"].get("strength"))))
        for node in nodes.values()
        if isinstance(node["inputs"].get("lora_name"), str)
    ]
    if "model" not in settings:
        settings["model"] = _first(nodes, list(nodes), _MODEL_KEYS)
    return prompt, Recipe(tool="ComfyUI", loras=tuple(loras), **settings)


def _linked(nodes: dict[str, Any], link: Any) -> dict[str, Any] | None:
    """The inputs of the node that a link comes from."""
    if isinstance(link, list) and link and isinstance(link[0], (str, int)):
        node = nodes.get(str(link[0]))
        return node["inputs"] if node else None
    return None


def _upstream(
    nodes: dict[str, Any], link: Any, skipped: frozenset[str] = frozenset(), *, deep: bool = False
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every node that a link depends on: the nearest first, or one branch after the other."""
    queue, seen = [link], set()
    while queue:
        place = queue.pop(-1 if deep else 0)
        if not (isinstance(place, list) and place and isinstance(place[0], (str, int))):
            continue
        name = str(place[0])
        if name in seen or name not in nodes:
            continue
        seen.add(name)
        given = nodes[name]["inputs"]
        yield name, given
        sources = [value for key, value in given.items() if isinstance(value, list) and key not in skipped]
        queue += reversed(sources) if deep else sources


def _texts(nodes: dict[str, Any], link: Any) -> Iterator[str]:
    for _, given in _upstream(nodes, link, _NOT_TEXT | {"negative"}, deep=True):
        for key in _TEXT_KEYS:
            if isinstance(given.get(key), str) and given[key].strip():
                yield given[key].strip()


def _settings(nodes: dict[str, Any], name: str, given: dict[str, Any], guider: dict[str, Any]) -> dict[str, Any]:
    """Seed, steps and so on: of the sampler itself, else of the nearest node that it depends on and that has them."""
    before = _upstream(nodes, [name, 0], frozenset({"positive", "negative", "clip", "vae"}))
    near = [name, *(other for other, _ in before)]
    seed = _first(nodes, near, ("seed", "noise_seed"), int)
    steps = _first(nodes, near, ("steps",), int)
    model = _first(nodes, near, _MODEL_KEYS)
    latent = _first_pair(nodes, [other for other, _ in _upstream(nodes, given.get("latent_image"))])
    return {
        "seed": seed,
        "steps": steps,
        "model": model,
        "size": latent,
        "sampler": _first(nodes, near, ("sampler_name",)),
        "scheduler": _first(nodes, near, ("scheduler",)),
        "guidance": _text(given.get("cfg", guider.get("cfg", _first(nodes, near, ("guidance",), (int, float))))),
    }


def _first(nodes: dict[str, Any], names: list[str], keys: tuple[str, ...], kind: Any = str) -> Any:
    for name in names:
        for key in keys:
            value = nodes[name]["inputs"].get(key)
            if isinstance(value, kind) and not isinstance(value, bool) and value != "":
                return value
    return None


def _first_pair(nodes: dict[str, Any], names: list[str]) -> tuple[int, int] | None:
    for name in names:
        width, height = (nodes[name]["inputs"].get(key) for key in ("width", "height"))
        if type(width) is int and type(height) is int and 0 < width <= 65536 and 0 < height <= 65536:
            return width, height
    return None


def _text(value: Any) -> str | None:
    """A number as it would be written."""
    return str(value) if isinstance(value, (int, float, str)) and not isinstance(value, bool) and value != "" else None
