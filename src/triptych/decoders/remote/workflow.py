"""Workflows of ComfyUI in its API format: placeholders are filled in, and what a file has no layer for is taken out.

A placeholder is a node with one of these titles:

| title | what is put in |
|---|---|
| `triptych:prompt` | the prompt, as its text |
| `triptych:negative` | the option `negative`, else what the file's recipe has, as its text |
| `triptych:edges`, `triptych:pose`, `triptych:colours` | the layer as a picture, as the `image` of a LoadImage |
| `triptych:size` | `width` and `height`; as they stand in the file, their product is the area to paint at |
| `triptych:seed` | `seed` or `noise_seed`; and `steps`, `cfg`, `denoise` where the options set them |
| `triptych:checkpoint`, `triptych:edge-model`, `triptych:pose-model` | the names of models |
| `triptych:output` | nothing: it is the node whose picture is fetched, by default the last that saves one |

A node `triptych:edges`, `triptych:pose` or `triptych:colours` whose layer the file lacks is taken out, with every node
that cannot do without it. What read from such a node reads on from where that node would have taken an input of the
same type (as when it is bypassed in ComfyUI); for a latent that has no such input the node `triptych:size` steps in,
with a `denoise` of 1.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import resources
from typing import Any, TypeAlias

from ...errors import InputError, ModelError
from ...files import read_source
from .common import MODEL_ENDINGS, like_name, listed, same_name

Node: TypeAlias = dict[str, Any]
"""`class_type`, `inputs` (values, or links [id of a node, number of its output]) and `_meta` with a title."""
Workflow: TypeAlias = dict[str, Node]
Info: TypeAlias = Mapping[str, Any]
"""Class of node -> what it takes and gives, as `/object_info` tells it."""

SHIPPED = ("sd15", "sdxl")
LAYERS = ("edges", "pose", "colours")
MAX_BYTES = 8 * 2**20
_PREFIX = "triptych:"
_MODELS = ("checkpoint", "edge-model", "pose-model")
_TEXTS = ("text", "text_g", "text_l", "string", "value", "prompt")
_AREA = 512 * 512


@dataclass(frozen=True)
class Filling:
    """What goes into the placeholders; None leaves what stands in the workflow.

    Attributes:
        size: (width, height) in pixels.
        pictures: layer -> what a LoadImage calls its picture.
        models: "checkpoint", "edge-model", "pose-model" -> name.
    """

    prompt: str
    seed: int
    size: tuple[int, int]
    pictures: Mapping[str, str]
    negative: str | None = None
    steps: int | None = None
    guidance: float | None = None
    strength: float | None = None
    models: Mapping[str, str] = field(default_factory=dict)


def load_workflow(name: str) -> Workflow:
    """One of ours by name, or that of a user's file.

    Raises:
        InputError: there is no such workflow, the file is none, or it has no placeholders.
    """
    if name in SHIPPED:
        return parse_workflow(resources.files(__package__).joinpath(f"workflows/{name}.json").read_bytes(), name)
    if not name.endswith(".json"):
        raise InputError(f"option workflow: must be {' or '.join(SHIPPED)}, or a .json file, not {name!r}")
    data = read_source(name, MAX_BYTES)
    if len(data) > MAX_BYTES:
        raise InputError(f"{name}: has more than {MAX_BYTES} bytes, which no workflow needs")
    workflow = parse_workflow(data, name)
    if not any(title in ("prompt", *LAYERS) for title in _titles(workflow)):
        wanted = ", ".join(f"{_PREFIX}{title}" for title in ("prompt", *LAYERS))
        raise InputError(f"{name}: has no node to fill in; title nodes {wanted} in ComfyUI and export it again")
    return workflow


def parse_workflow(data: bytes | str, where: str) -> Workflow:
    """A workflow from JSON in ComfyUI's API format.

    Raises:
        InputError: it is not in this format.
    """
    try:
        given = json.loads(data)
    except (ValueError, RecursionError):
        raise InputError(f"{where}: is not JSON") from None
    if isinstance(given, dict) and isinstance(given.get("nodes"), list):
        raise InputError(f"{where}: is a workflow as ComfyUI saves it; use its menu Export (API) instead of Save")
    nodes = given.values() if isinstance(given, dict) else ()
    sound = all(
        isinstance(node, dict) and isinstance(node.get("class_type"), str) and isinstance(node.get("inputs"), dict)
        for node in nodes
    )
    if not nodes or not sound:
        raise InputError(f"{where}: is no workflow in ComfyUI's API format (its menu Export (API) writes it)")
    workflow: Workflow = given
    return workflow


def places(workflow: Workflow) -> list[str]:
    """The layers that a workflow has a place for."""
    titles = _titles(workflow)
    return [layer for layer in LAYERS if layer in titles]


def area_of(workflow: Workflow) -> int:
    """The area, in pixels, that a workflow paints at."""
    for node in _titled(workflow, "size"):
        width, height = node["inputs"].get("width"), node["inputs"].get("height")
        if isinstance(width, int) and isinstance(height, int) and 64 <= width <= 8192 and 64 <= height <= 8192:
            return width * height
    return _AREA


def filled(workflow: Workflow, filling: Filling, info: Info) -> Workflow:
    """The workflow with its placeholders filled in, and only the nodes that are then needed.

    Raises:
        ModelError: ComfyUI lacks nodes or models; the message names all of them.
        InputError: nothing is left that gives a picture.
    """
    made: Workflow = copy.deepcopy(workflow)
    for layer in LAYERS:
        for node in _titled(made, layer):
            node["inputs"]["image"] = filling.pictures.get(layer, "")
    for title, text in (("prompt", filling.prompt), ("negative", filling.negative)):
        if text is not None:
            _set(made, title, dict.fromkeys(_TEXTS, text), str)
    _set(made, "seed", {"seed": filling.seed, "noise_seed": filling.seed}, int)
    _set(made, "seed", {"steps": filling.steps, "cfg": filling.guidance, "denoise": filling.strength}, (int, float))
    _set(made, "size", {"width": filling.size[0], "height": filling.size[1]}, int)
    for title in _MODELS:
        for node in _titled(made, title):
            for key in [
                key for key, value in node["inputs"].items() if isinstance(value, str) and key.endswith("name")
            ]:
                node["inputs"][key] = filling.models.get(title) or node["inputs"][key]

    if all(node["class_type"] in info for node in made.values()):
        absent = {id for id, node in made.items() if (t := _title(node)) in LAYERS and t not in filling.pictures}
        made = _needed(_without(made, absent, info), info)
    check(made, info, "install them, or name others (-O checkpoint=, edge_model=, pose_model=)")
    return made


def check(workflow: Workflow, info: Info, advice: str) -> None:
    """See that all nodes and models are there; names of models become those in ComfyUI's lists.

    Raises:
        ModelError: some are not; the message names all of them.
    """
    nodes = sorted({node["class_type"] for node in workflow.values() if node["class_type"] not in info})
    models: list[str] = []
    for node in workflow.values():
        placeholder = _title(node) in _MODELS
        find = like_name if placeholder else same_name
        for key, value in node["inputs"].items():
            there = _choices(info, node["class_type"], key)
            if there is None or not isinstance(value, str):
                continue
            if not (value.endswith(MODEL_ENDINGS) or (placeholder and key.endswith("name"))):
                continue
            found = find(value, there)
            if found is None:
                models.append(f"{value} for {node['class_type']} (it has {listed(there)})")
            else:
                node["inputs"][key] = found
    missing = [f"the nodes {', '.join(nodes)}"] * bool(nodes)
    missing += [f"the models {'; '.join(dict.fromkeys(models))}"] * bool(models)
    if missing:
        raise ModelError(f"ComfyUI lacks {' and '.join(missing)}; {advice}")


def facts(workflow: Workflow) -> dict[str, str]:
    """What a filled workflow paints with, under the names of A1111 where it has one."""
    found: dict[str, str] = {}
    names = {"steps": "Steps", "sampler_name": "Sampler", "cfg": "CFG scale", "seed": "Seed", "noise_seed": "Seed"}
    names["denoise"] = "Denoising strength"
    for node in _titled(workflow, "seed"):
        for key, name in names.items():
            value = node["inputs"].get(key)
            if isinstance(value, (str, int, float)) and not (key == "denoise" and value == 1):
                found[name] = f"{value:g}" if isinstance(value, float) else str(value)
    for title, name in (("checkpoint", "Model"), ("edge-model", "Triptych edges"), ("pose-model", "Triptych pose")):
        for node in _titled(workflow, title):
            for value in node["inputs"].values():
                if isinstance(value, str):
                    found[name] = value
    return found


def output_nodes(workflow: Workflow) -> list[str]:
    """The ids of the nodes titled `triptych:output`."""
    return [id for id, node in workflow.items() if _title(node) == "output"]


# --- parts -----------------------------------------------------------------------------------------------------------


def _title(node: Node) -> str | None:
    meta = node.get("_meta")
    title = meta.get("title") if isinstance(meta, dict) else None
    text = title.strip().lower() if isinstance(title, str) else ""
    return text.removeprefix(_PREFIX).strip() if text.startswith(_PREFIX) else None


def _titles(workflow: Workflow) -> list[str | None]:
    return [_title(node) for node in workflow.values()]


def _titled(workflow: Workflow, title: str) -> list[Node]:
    return [node for node in workflow.values() if _title(node) == title]


def _set(workflow: Workflow, title: str, values: Mapping[str, object], kind: type | tuple[type, ...]) -> None:
    """Change inputs of the nodes of a title, those that are there and are no links."""
    for node in _titled(workflow, title):
        for key, value in values.items():
            if value is not None and isinstance(node["inputs"].get(key), kind):
                node["inputs"][key] = value


def _is_link(value: object) -> bool:
    return isinstance(value, list) and len(value) == 2 and isinstance(value[0], (str, int)) and type(value[1]) is int


def _specs(info: Info, kind: str) -> dict[str, Any]:
    """Input -> [type, options] of a class of node, in its order; optional ones too."""
    return {**_told(info, kind, "required"), **_told(info, kind, "optional")}


def _told(info: Info, kind: str, part: str) -> dict[str, Any]:
    inputs = info[kind].get("input") if kind in info else None
    told = inputs.get(part) if isinstance(inputs, dict) else None
    return told if isinstance(told, dict) else {}


def _choices(info: Info, kind: str, key: str) -> list[str] | None:
    """What an input may be, if it is one of a list; both forms in which ComfyUI tells it."""
    spec = _specs(info, kind).get(key)
    if not isinstance(spec, list) or not spec:
        return None
    there = spec[0]
    if there == "COMBO" and len(spec) > 1 and isinstance(spec[1], dict):
        there = spec[1].get("options")
    return [name for name in there if isinstance(name, str)] if isinstance(there, list) else None


def _type_of(info: Info, kind: str, slot: int) -> str | None:
    outputs = info[kind].get("output")
    fits = isinstance(outputs, list) and 0 <= slot < len(outputs) and isinstance(outputs[slot], str)
    return str(outputs[slot]) if fits else None


def _without(workflow: Workflow, absent: set[str], info: Info) -> Workflow:
    """The workflow without some nodes, and without what needs them; see the rule above."""
    gone = set(absent)
    spare = next((id for id, node in workflow.items() if _title(node) == "size"), None)

    def passed(link: list[Any], seen: frozenset[str] = frozenset()) -> list[Any] | None:
        """Where a link leads when nodes that are gone are passed through."""
        id, slot = str(link[0]), link[1]
        if id not in gone:
            return link
        if id in seen or id not in workflow:
            return None
        kind = workflow[id]["class_type"]
        type_of = _type_of(info, kind, slot)
        specs = _specs(info, kind)
        inputs = workflow[id]["inputs"]
        same = [inputs[key] for key, spec in specs.items() if _is_link(inputs.get(key)) and spec and spec[0] == type_of]
        before = sum(_type_of(info, kind, i) == type_of for i in range(slot))
        for other in same[before : before + 1] or same[-1:]:
            return passed(other, seen | {id})
        return [spare, 0] if type_of == "LATENT" and spare is not None and spare not in gone else None

    while True:
        needing = {
            id
            for id, node in workflow.items()
            if id not in gone
            for key, value in node["inputs"].items()
            if _is_link(value) and passed(value) is None and not _is_optional(info, node["class_type"], key)
        }
        if not needing:
            break
        gone |= needing
    left: Workflow = {}
    for id, node in workflow.items():
        if id in gone:
            continue
        inputs: dict[str, Any] = {}
        for key, value in node["inputs"].items():
            link = passed(value) if _is_link(value) else value
            if link is not None:
                inputs[key] = link
            if link != value and link == [spare, 0] and "denoise" in node["inputs"]:
                inputs["denoise"] = node["inputs"]["denoise"] = 1.0
        left[id] = {**node, "inputs": inputs}
    return left


def _is_optional(info: Info, kind: str, key: str) -> bool:
    return key in _told(info, kind, "optional")


def _needed(workflow: Workflow, info: Info) -> Workflow:
    """The nodes that give something to the user, and those that they read from."""
    waiting = [id for id, node in workflow.items() if info[node["class_type"]].get("output_node")]
    if not waiting:
        raise InputError("the workflow has nothing left that gives a picture; it needs layers that the file lacks")
    needed: set[str] = set()
    while waiting:
        id = waiting.pop()
        if id in needed or id not in workflow:
            continue
        needed.add(id)
        waiting += [str(value[0]) for value in workflow[id]["inputs"].values() if _is_link(value)]
    return {id: node for id, node in workflow.items() if id in needed}
