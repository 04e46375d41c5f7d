"""Graphs are walked back from the saved picture along the outputs that their links name."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from fixtures.metadata import GRAPH, PROMPT, check, exif_file, png

from triptych.metadata.read import png_texts, read_metadata

FLUX = {
    "1": {
        "inputs": {
            "noise": ["2", 0],
            "guider": ["3", 0],
            "sampler": ["4", 0],
            "sigmas": ["5", 0],
            "latent_image": ["6", 0],
        },
        "class_type": "SamplerCustomAdvanced",
    },
    "2": {"inputs": {"noise_seed": 42}, "class_type": "RandomNoise"},
    "3": {"inputs": {"model": ["9", 0], "conditioning": ["7", 0]}, "class_type": "BasicGuider"},
    "4": {"inputs": {"sampler_name": "euler"}, "class_type": "KSamplerSelect"},
    "5": {"inputs": {"scheduler": "simple", "steps": 20, "model": ["9", 0]}, "class_type": "BasicScheduler"},
    "6": {"inputs": {"width": 512, "height": 768}, "class_type": "EmptySD3LatentImage"},
    "7": {"inputs": {"guidance": 3.5, "conditioning": ["8", 0]}, "class_type": "FluxGuidance"},
    "8": {"inputs": {"text": ["10", 0], "clip": ["11", 0]}, "class_type": "CLIPTextEncode"},
    "9": {"inputs": {"unet_name": "flux1-dev.safetensors"}, "class_type": "UNETLoader"},
    "10": {"inputs": {"value": PROMPT}, "class_type": "PrimitiveStringMultiline"},
}
WORKFLOW = {"nodes": [], "links": [], "version": 0.4}


def test_comfyui(tmp_path: Path) -> None:
    """The graph is followed from its sampler; graph and workflow are kept."""
    blocks = {"prompt": json.dumps(GRAPH), "workflow": json.dumps(WORKFLOW)}
    found = read_metadata(png(tmp_path / "a.png", **blocks))
    check(
        found,
        "ComfyUI",
        sampler="dpmpp_2m",
        scheduler="karras",
        model="dreamshaper_8",
        loras=(("fur", "0.8"),),
        size=(512, 768),
    )
    assert {block.name: block.text for block in found.recipe.blocks} == blocks


def test_comfyui_without_a_workflow_and_with_a_custom_sampler(tmp_path: Path) -> None:
    """A guider, a scheduler and a text node of their own are found behind the sampler."""
    found = read_metadata(png(tmp_path / "a.png", prompt=json.dumps(FLUX)))
    check(
        found,
        "ComfyUI",
        negative=None,
        guidance="3.5",
        sampler="euler",
        scheduler="simple",
        model="flux1-dev.safetensors",
    )


@pytest.mark.parametrize("names", [("workflow:", "prompt:"), ("Workflow: ", "Prompt: ")])
def test_comfyui_in_webp(tmp_path: Path, names: tuple[str, str]) -> None:
    """In EXIF the graph stands after its name, and comes out under that name."""
    tags = {0x010F: names[0] + json.dumps(WORKFLOW), 0x0110: names[1] + json.dumps(GRAPH)}
    found = read_metadata(exif_file(tmp_path / "a.webp", tags=tags))
    check(found, "ComfyUI")
    assert png_texts(found.recipe.blocks) == {
        "prompt": json.dumps(GRAPH),
        "workflow": json.dumps(WORKFLOW),
    }


def test_a_circular_graph_ends(tmp_path: Path) -> None:
    """Nodes that feed each other are each looked at once."""
    graph = {
        "1": {"inputs": {"positive": ["2", 0]}, "class_type": "KSampler"},
        "2": {"inputs": {"a": ["1", 0], "b": ["2", 0]}, "class_type": "X"},
    }
    assert read_metadata(png(tmp_path / "a.png", prompt=json.dumps(graph), workflow="{}")).prompt is None
