"""What the editor drew becomes what it would have sent to the server."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from fixtures.metadata import png

from triptych.layers import Recipe
from triptych.metadata.comfyui import Link, from_workflow, read_graph
from triptych.metadata.read import read_metadata

Box = dict[str, object]


def socket(name: str) -> Box:
    """The socket of a widget."""
    return {"name": name, "type": "STRING", "link": None, "widget": {"name": name}}


class Canvas:
    """A workflow in the making: boxes, and links between them."""

    def __init__(self) -> None:
        self.nodes: list[Box] = []
        self.links: list[list[object]] = []

    def add(
        self, name: object, kind: str, values: object = (), inputs: str = "", outputs: str = "", mode: int = 0
    ) -> None:
        """A box: its inputs and outputs as "name:TYPE name:TYPE"."""
        sockets = [part.split(":") for part in inputs.split()]
        ends = [part.split(":") for part in outputs.split()]
        self.nodes.append({
            "id": name,
            "type": kind,
            "mode": mode,
            "inputs": [{"name": n, "type": t, "link": None} for n, t in sockets],
            "outputs": [{"name": n, "type": t, "links": []} for n, t in ends],
            "widgets_values": list(values) if isinstance(values, (tuple, list)) else values,
        })  # fmt: skip

    def link(self, source: object, output: int, target: object, name: str) -> None:
        """A link from an output to a named input."""
        number = len(self.links) + 1
        box = next(node for node in self.nodes if node["id"] == target)
        place = next(k for k, socket in enumerate(box["inputs"]) if socket["name"] == name)  # type: ignore[arg-type,var-annotated,index]
        box["inputs"][place]["link"] = number  # type: ignore[index]
        self.links.append([number, source, output, target, place, "X"])

    def value(self, **more: object) -> Box:
        """The workflow."""
        return {"nodes": self.nodes, "links": self.links, "version": 0.4, **more}


def plain(prompt: str = "a barn") -> Canvas:
    """Loader, two encoders, sampler, decoder and saver, in numbers."""
    canvas = Canvas()
    canvas.add(4, "CheckpointLoaderSimple", ["paint"], outputs="MODEL:MODEL CLIP:CLIP VAE:VAE")
    canvas.add(5, "EmptyLatentImage", [512, 768, 1], outputs="LATENT:LATENT")
    canvas.add(6, "CLIPTextEncode", [prompt], "clip:CLIP", "CONDITIONING:CONDITIONING")
    canvas.add(7, "CLIPTextEncode", ["cars"], "clip:CLIP", "CONDITIONING:CONDITIONING")
    ins = "model:MODEL positive:CONDITIONING negative:CONDITIONING latent_image:LATENT"
    canvas.add(3, "KSampler", [42, "randomize", 20, 4.5, "euler", "karras", 1], ins, "LATENT:LATENT")
    canvas.add(8, "VAEDecode", (), "samples:LATENT vae:VAE", "IMAGE:IMAGE")
    canvas.add(9, "SaveImage", ["out"], "images:IMAGE")
    for source, output, target, name in (
        (4, 0, 3, "model"),
        (5, 0, 3, "latent_image"),
        (6, 0, 3, "positive"),
        (7, 0, 3, "negative"),
        (3, 0, 8, "samples"),
        (8, 0, 9, "images"),
    ):
        canvas.link(source, output, target, name)
    return canvas


def relink(canvas: Canvas, target: object, name: str, source: object, output: int = 0) -> None:
    """Another source for an input."""
    canvas.link(source, output, target, name)


def read(value: Box) -> tuple[str | None, Recipe]:
    """What a workflow says."""
    graph = from_workflow(value)
    return (read_graph(graph) if graph else None) or (None, Recipe())


def test_a_workflow_alone_is_read(tmp_path: Path) -> None:
    """The values of its widgets get their names back, without what the editor puts behind a seed."""
    wanted = Recipe(
        tool="ComfyUI",
        negative="cars",
        seed=42,
        steps=20,
        guidance="4.5",
        sampler="euler",
        scheduler="karras",
        model="paint",
        size=(512, 768),
    )
    assert read(plain().value()) == ("a barn", wanted)
    found = read_metadata(png(tmp_path / "a.png", workflow=json.dumps(plain().value())))
    assert found.prompt == "a barn" and found.recipe.seed == 42


@pytest.mark.parametrize("text", ["a {red|blue} barn", "a { red | {x|y} } barn"])
def test_a_template_was_drawn_from(text: str) -> None:
    """The editor made the choice as it sent the text, and kept the template: what was painted is unknown."""
    prompt, recipe = read(plain(text).value())
    assert (prompt, recipe.negative) == (None, "cars")


def test_comments_in_texts_are_not_sent() -> None:
    """As the editor does it."""
    assert read(plain("a barn /* no cat */// idea").value())[0] == "a barn"


def test_muted_nodes_did_not_run_and_bypassed_ones_hand_on() -> None:
    """A bypassed node gives the input that has its output's type."""
    canvas = plain()
    canvas.add(20, "LoraLoader", ["fur", 1, 1], "model:MODEL clip:CLIP", "MODEL:MODEL CLIP:CLIP", mode=4)
    canvas.link(4, 0, 20, "model")
    relink(canvas, 3, "model", 20)
    canvas.add(21, "ControlNetApplyAdvanced", (), "positive:CONDITIONING negative:CONDITIONING",
               "positive:CONDITIONING negative:CONDITIONING", mode=4)  # fmt: skip
    canvas.link(6, 0, 21, "positive")
    canvas.link(7, 0, 21, "negative")
    relink(canvas, 3, "positive", 21, 0)
    relink(canvas, 3, "negative", 21, 1)
    canvas.add(60, "KSampler", [1, "fixed", 5, 1, "x", "y", 1], "positive:CONDITIONING", "LATENT:LATENT", mode=2)
    prompt, recipe = read(canvas.value())
    assert (prompt, recipe.negative, recipe.model, recipe.loras, recipe.seed) == ("a barn", "cars", "paint", (), 42)
    canvas.add(22, "CLIPTextEncode", ["muted"], "clip:CLIP", "CONDITIONING:CONDITIONING", mode=2)
    relink(canvas, 3, "positive", 22)
    assert read(canvas.value())[0] is None


def test_nodes_that_exist_on_the_canvas_only() -> None:
    """Reroutes, primitives, and a value set here and got there."""
    canvas = plain()
    canvas.add(30, "Reroute", (), ":*", "*:CONDITIONING")
    canvas.link(6, 0, 30, "")
    canvas.add(31, "SetNode", ["words"], "CONDITIONING:CONDITIONING", "*:*")
    canvas.link(30, 0, 31, "CONDITIONING")
    canvas.add(32, "GetNode", ["words"], "", "CONDITIONING:CONDITIONING")
    relink(canvas, 3, "positive", 32)
    canvas.add(33, "PrimitiveNode", [77, "increment"], "", "INT:INT")
    canvas.nodes[4]["inputs"].append(socket("seed"))  # type: ignore[attr-defined]
    canvas.link(33, 0, 3, "seed")
    prompt, recipe = read(canvas.value())
    assert (prompt, recipe.seed, recipe.steps) == ("a barn", 77, 20)


def test_widgets_are_named_by_their_sockets() -> None:
    """Newer editors list a socket for each widget, of nodes that no table knows, too."""
    canvas = plain()
    canvas.add(40, "Prompt Text Box", ["x", "a windmill"], outputs="STRING:STRING")
    canvas.nodes[-1]["inputs"] = [socket("id"), socket("text")]
    graph = from_workflow(canvas.value())
    assert graph and graph.nodes["40"].inputs == {"id": "x", "text": "a windmill"}
    canvas.nodes[-1]["widgets_values"] = ["x", "a windmill", "between"]
    graph = from_workflow(canvas.value())
    assert graph and graph.nodes["40"].inputs == {}


def inside(prompt_inside: bool) -> Box:
    """A workflow whose encoder stands in a subgraph, within which, or outside of which, its text is."""
    canvas = plain()
    canvas.nodes = [node for node in canvas.nodes if node["id"] != 6]
    canvas.add("60", "uuid-1", ["a barn"], "clip:CLIP", "CONDITIONING:CONDITIONING")
    if not prompt_inside:
        canvas.nodes[-1]["inputs"].append(socket("text"))  # type: ignore[attr-defined]
    canvas.links = [[*link[:1], "60" if link[1] == 6 else link[1], *link[2:]] for link in canvas.links]
    encoder = {
        "id": 1, "type": "CLIPTextEncode", "mode": 0, "widgets_values": ["a barn" if prompt_inside else "stale"],
        "inputs": [
            {"name": "clip", "type": "CLIP", "link": 1},
            {"name": "text", "type": "STRING", "link": None if prompt_inside else 3, "widget": {"name": "text"}},
        ],
        "outputs": [{"name": "CONDITIONING", "type": "CONDITIONING", "links": [2]}],
    }  # fmt: skip
    links = [
        {"id": 1, "origin_id": -10, "origin_slot": 0, "target_id": 1, "target_slot": 0, "type": "CLIP"},
        {"id": 2, "origin_id": 1, "origin_slot": 0, "target_id": -20, "target_slot": 0, "type": "CONDITIONING"},
        {"id": 3, "origin_id": -10, "origin_slot": 1, "target_id": 1, "target_slot": 1, "type": "STRING"},
    ]
    definition = {
        "id": "uuid-1", "name": "words", "nodes": [encoder], "links": links,
        "inputs": [{"name": "clip", "type": "CLIP"}, {"name": "text", "type": "STRING"}],
        "outputs": [{"name": "CONDITIONING", "type": "CONDITIONING"}],
    }  # fmt: skip
    return canvas.value(definitions={"subgraphs": [definition]})


@pytest.mark.parametrize("prompt_inside", [True, False])
def test_subgraphs(prompt_inside: bool) -> None:
    """Links are followed into them and out of them; a widget on the outside says what holds inside."""
    value = inside(prompt_inside)
    prompt, recipe = read(value)
    assert (prompt, recipe.negative, recipe.seed) == ("a barn", "cars", 42)
    graph = from_workflow(value)
    assert graph and graph.nodes["3"].inputs["positive"] == Link("60:1", 0)


def test_a_subgraph_that_holds_itself_ends() -> None:
    """Levels are counted, and so are nodes."""
    node = {"id": 1, "type": "u", "mode": 0, "inputs": [], "outputs": []}
    value = {"nodes": [node], "links": [], "definitions": {"subgraphs": [{"id": "u", "nodes": [node], "links": []}]}}
    assert from_workflow(value) is None


@pytest.mark.parametrize("value", [None, [], {}, {"nodes": {}}, {"nodes": [1, {"id": 3}, {"type": "X"}], "links": 4}])
def test_what_is_no_workflow(value: object) -> None:
    """Nothing, and nothing raises."""
    assert from_workflow(value) is None
