"""Decoding through ComfyUI, against a small server that answers as it does."""

from __future__ import annotations

import io
import itertools
import json
import sys
from dataclasses import replace
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

import triptych
from triptych.codec.decode import Conditioning, find_decoder
from triptych.codec.progress import heard
from triptych.decoders.remote import ComfyUIDecoder, comfyui
from triptych.errors import InputError, ModelError
from triptych.layers import Recipe, RecipeLayer

if TYPE_CHECKING:
    from .conftest import ComfyUI

LAYERS = ("edges", "people", "colours")


def _titled(workflow: dict[str, Any], title: str) -> dict[str, Any]:
    return next(node["inputs"] for node in workflow.values() if node["_meta"]["title"] == f"triptych:{title}")


def test_all_layers_are_painted_from(comfy: ComfyUI, conditioning: Conditioning) -> None:
    """Prompt, seed, size and the layers as pictures are in the workflow, and its picture comes back."""
    decoder = ComfyUIDecoder(comfy.address, steps="12", negative="dull")
    picture = decoder.decode(conditioning)
    assert picture.shape == (72, 96, 3) and tuple(picture[5, 5]) == (10, 200, 90)
    sent = comfy.workflow
    assert _titled(sent, "prompt")["text"] == 'a "red" cat' and _titled(sent, "negative")["text"] == "dull"
    assert _titled(sent, "seed") | {"seed": 7, "steps": 12, "denoise": 0.88} == _titled(sent, "seed")
    assert _titled(sent, "checkpoint")["ckpt_name"] == "SD1.5\\v1-5-pruned-emaonly-fp16.safetensors"
    shown = {
        layer: Image.open(io.BytesIO(comfy.files[_titled(sent, layer)["image"]])) for layer in ("edges", "colours")
    }
    width, height = shown["edges"].size
    assert (width % 8, height % 8) == (0, 0) and 0.9 < width * height / 512**2 < 1.1
    assert np.asarray(shown["edges"]).max() > 200 and shown["colours"].getpixel((9, 9)) == (200, 40, 30)
    settings = decoder.settings(conditioning)
    assert settings | {"Steps": "12", "Seed": "7", "CFG scale": "7", "Triptych workflow": "sd15"} == settings


def test_the_files_own_negative_prompt_is_put_in(comfy: ComfyUI, conditioning: Conditioning) -> None:
    """Where no option says another."""
    recipe = RecipeLayer.from_recipe(Recipe(negative="hats"), (64, 64))
    ComfyUIDecoder(comfy.address).decode(replace(conditioning, extra={"recipe": recipe}))
    assert _titled(comfy.workflow, "negative")["text"] == "hats"


@pytest.mark.parametrize("workflow", ["sd15", "sdxl"])
@pytest.mark.parametrize("chosen", [c for n in range(4) for c in itertools.combinations(LAYERS, n)])
def test_every_subset_of_layers_is_a_sound_workflow(
    comfy: ComfyUI, conditioning: Conditioning, workflow: str, chosen: tuple[str, ...]
) -> None:
    """What a file lacks is taken out of the shipped workflows, and nothing that is left misses it."""
    comfy.looks = 0
    some = replace(conditioning, **{layer: None for layer in LAYERS if layer not in chosen})
    ComfyUIDecoder(comfy.address, workflow=workflow).decode(some)
    kinds = [node["class_type"] for node in comfy.workflow.values()]
    assert kinds.count("LoadImage") == len(chosen) == len(comfy.files)
    assert kinds.count("ControlNetApplyAdvanced") == kinds.count("ControlNetLoader") == len({*chosen} - {"colours"})
    assert kinds.count("VAEEncode") == ("colours" in chosen) != kinds.count("EmptyLatentImage")
    assert (_titled(comfy.workflow, "seed")["denoise"] == 1) == ("colours" not in chosen)


def test_what_is_missing_is_told_at_once(comfy: ComfyUI, conditioning: Conditioning) -> None:
    """One error names all missing nodes and models, before anything is uploaded; what was installed since is found."""
    comfy.controlnets.remove("control_v11p_sd15_openpose_fp16.safetensors")
    kept = comfy.checkpoints.pop(0)
    gone = comfy.info.pop("VAEEncode")
    decoder = ComfyUIDecoder(comfy.address)
    with pytest.raises(ModelError) as caught:
        decoder.decode(conditioning)
    told = str(caught.value)
    assert "\n" not in told and "checkpoint=" in told
    for name in ("VAEEncode", "control_v11p_sd15_openpose", "v1-5-pruned-emaonly", "sd_xl_base_1.0"):
        assert name in told
    assert "softedge.safetensors for" not in told and not comfy.posted
    comfy.controlnets.append("nested/control_v11p_sd15_openpose.pth")
    comfy.checkpoints.append(kept)
    comfy.info["VAEEncode"] = gone
    decoder.decode(conditioning)


def test_a_model_that_no_layer_needs_is_not_missed(comfy: ComfyUI, conditioning: Conditioning) -> None:
    """Without people no ControlNet for poses is asked for."""
    comfy.controlnets.remove("control_v11p_sd15_openpose_fp16.safetensors")
    ComfyUIDecoder(comfy.address).decode(replace(conditioning, people=None))


def test_models_can_be_named_in_part(comfy: ComfyUI, conditioning: Conditioning) -> None:
    """Options name other models, by a part that the list of ComfyUI holds."""
    comfy.checkpoints.append("mine/DreamShaper_8.safetensors")
    ComfyUIDecoder(comfy.address, checkpoint="dreamshaper_8").decode(conditioning)
    assert _titled(comfy.workflow, "checkpoint")["ckpt_name"] == "mine/DreamShaper_8.safetensors"


def test_a_refused_workflow_is_explained(comfy: ComfyUI, conditioning: Conditioning) -> None:
    """What ComfyUI has against nodes is passed on in one line, and nothing is cancelled."""
    comfy.info["KSampler"]["input"]["required"]["sampler_name"][0].remove("dpmpp_2m")
    with pytest.raises(
        ModelError, match=r"refused.*KSampler: Value not in list, sampler_name: 'dpmpp_2m' not in"
    ) as caught:
        ComfyUIDecoder(comfy.address).decode(conditioning)
    assert "\n" not in str(caught.value)
    assert [path for path, _ in comfy.posted if path in ("/queue", "/interrupt")] == []


def test_a_workflow_of_ones_own(comfy: ComfyUI, conditioning: Conditioning, tmp_path: Path) -> None:
    """Nodes are found by title; their sizes say the area, and the node titled output whose picture is meant."""
    own = json.loads(resources.files("triptych.decoders.remote").joinpath("workflows/sd15.json").read_text())
    for id in ("4", "7"):
        own[id]["_meta"]["title"] = "something else"
        own[id]["inputs"]["image"] = "triptych/own.png"
    own["12"]["inputs"] |= {"width": 320, "height": 320}
    own["2"]["_meta"]["title"] = " Triptych:Prompt "
    own["20"] = {"class_type": "SaveImage", "inputs": {"images": ["14", 0], "filename_prefix": "x"}}
    comfy.files["triptych/own.png"] = b""
    comfy.size = (8, 8)
    path = tmp_path / "own.json"
    path.write_text(json.dumps(own))
    decoder = ComfyUIDecoder(comfy.address, workflow=str(path))
    assert tuple(decoder.decode(replace(conditioning, colours=None))[0, 0]) == (10, 200, 90)
    assert comfy.workflow["2"]["inputs"]["text"] == 'a "red" cat' and len(comfy.files) == 1
    size = comfy.workflow["12"]["inputs"]
    assert (size["width"], size["height"]) == (368, 280) and decoder.settings(conditioning)[
        "Triptych workflow"
    ] == "own"


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("{", "is not JSON"),
        ('{"nodes": [], "links": []}', r"Export \(API\)"),
        ('{"1": {"class_type": "A"}}', "no workflow"),
        ("[]", "no workflow"),
        ('{"1": {"class_type": "A", "inputs": {}}}', "triptych:prompt, triptych:edges"),
    ],
)
def test_files_that_are_no_workflow(tmp_path: Path, content: str, told: str) -> None:
    """A wrong file is refused with what to do."""
    path = tmp_path / "w.json"
    path.write_text(content)
    with pytest.raises(InputError, match=told):
        ComfyUIDecoder(workflow=str(path))


def test_ctrl_c_cancels_the_job(comfy: ComfyUI, conditioning: Conditioning, monkeypatch: pytest.MonkeyPatch) -> None:
    """The job is taken out of the queue and interrupted; a job of somebody else is not."""

    def interrupted(_: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(comfyui.time, "sleep", interrupted)
    comfy.looks = 1000
    with pytest.raises(KeyboardInterrupt):
        ComfyUIDecoder(comfy.address).decode(conditioning)
    job = comfy.queue[0][1]
    assert comfy.posted[-2:] == [("/queue", {"delete": [job]}), ("/interrupt", {"prompt_id": job})]
    with pytest.raises(KeyboardInterrupt):  # this one waits behind the other
        ComfyUIDecoder(comfy.address).decode(conditioning)
    assert comfy.posted[-1][0] == "/queue" and [entry[1] for entry in comfy.queue] == [job]


def _message(type: str, **data: Any) -> tuple[int, bytes]:
    return 1, json.dumps({"type": type, "data": data}).encode()


def test_steps_are_reported(comfy: ComfyUI, conditioning: Conditioning, monkeypatch: pytest.MonkeyPatch) -> None:
    """As the websocket tells them, to the client that has queued the job; what else it says is passed over."""
    comfy.looks = 1000
    comfy.messages = [
        _message("status", status={"exec_info": {"queue_remaining": 1}}),
        _message("progress", value=1, max=3),  # as old versions say it
        (2, b"\0\0\0\1preview"),
        (1, b"{"),
        (1, b"[]"),
        _message("progress", value=2, max=9, prompt_id="another"),
        _message("progress", value=None, max=3),
        _message("progress", value=3, max=3),
        _message("executing", node=None),
    ]
    steps = []

    def hear(step: int, of: int) -> None:
        steps.append((step, of))
        if step == of:
            comfy._finish()

    # Nothing but the messages ends the wait before the clock does.
    monkeypatch.setattr(comfyui, "_FIRST_WAIT", 60.0)
    with heard(hear):
        assert ComfyUIDecoder(comfy.address).decode(conditioning).shape == (72, 96, 3)
    assert steps == [(1, 3), (3, 3)]
    assert comfy.client == next(value["client_id"] for path, value in comfy.posted if path == "/prompt")


def test_the_websocket_is_not_needed(
    comfy: ComfyUI, conditioning: Conditioning, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The history still tells that the job is done, if it breaks off or its library is not installed."""
    for last in ((8, b"\3\350"), (7, b"?")):  # closed, or what no websocket says
        comfy.messages, comfy.looks = [last], 3
        assert ComfyUIDecoder(comfy.address).decode(conditioning).shape == (72, 96, 3)
    monkeypatch.setitem(sys.modules, "websocket", None)
    comfy.client, comfy.looks = "", 3
    assert ComfyUIDecoder(comfy.address).decode(conditioning).shape == (72, 96, 3) and not comfy.client


def test_failures_are_told(comfy: ComfyUI, conditioning: Conditioning, monkeypatch: pytest.MonkeyPatch) -> None:
    """A node that fails, an interrupted, a late and a lost job are errors that say so."""
    decoder = ComfyUIDecoder(comfy.address)
    comfy.failure = ["execution_error", {"node_type": "KSampler", "exception_message": "out of\nmemory"}]
    with pytest.raises(ModelError, match="failed in KSampler: out of memory"):
        decoder.decode(conditioning)
    comfy.failure = ["execution_interrupted", {"node_type": "KSampler"}]
    with pytest.raises(ModelError, match="was interrupted"):
        decoder.decode(conditioning)
    monkeypatch.setattr(comfy, "_finish", comfy.queue.clear)
    with pytest.raises(ModelError, match="does not know the job"):
        decoder.decode(conditioning)
    comfy.looks = 1000
    monkeypatch.setattr(comfyui, "_FIRST_WAIT", 2.0)
    with pytest.raises(ModelError, match=r"within 1 seconds.*timeout="):
        ComfyUIDecoder(comfy.address, timeout=1).decode(conditioning)
    assert comfy.posted[-1][0] == "/interrupt"


def test_options_and_the_environment(
    comfy: ComfyUI, conditioning: Conditioning, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The decoder has a name; its address comes from the environment; wrong options are refused."""
    monkeypatch.setenv("TRIPTYCH_COMFYUI", comfy.address.removeprefix("http://"))
    assert {"comfyui", "a1111", "regenerate"} <= set(triptych.decoder_names())
    assert ComfyUIDecoder().decode(conditioning).shape == (72, 96, 3)
    for options, told in (
        ({"workflow": "sd9"}, "sd15 or sdxl"),
        ({"steps": "many"}, "option steps"),
        ({"timeout": "nan"}, "option timeout"),
        ({"lines": "fat"}, "softedge, sketch, canny"),
        ({"device": "cuda"}, "no option 'device'"),
    ):
        with pytest.raises(InputError, match=told):
            find_decoder("comfyui", **options)
