"""The original again from its recipe."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

import triptych
from triptych import Block, Picture, Recipe, RecipeLayer, SemanticLayer
from triptych.cli.main import main
from triptych.decoders.remote import regenerate

if TYPE_CHECKING:
    from .conftest import ComfyUI, WebUI

SIZE = (640, 480)
WORKFLOW: dict[str, Any] = {
    "3": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "sd_xl_base_1.0.safetensors"}},
    "5": {"class_type": "EmptyLatentImage", "inputs": {"width": 640, "height": 480, "batch_size": 1}},
    "6": {"class_type": "VAEDecode", "inputs": {"samples": ["5", 0], "vae": ["3", 2]}, "is_changed": [None]},
    "7": {"class_type": "PreviewImage", "inputs": {"images": ["6", 0]}},
    "9": {"class_type": "SaveImage", "inputs": {"images": ["6", 0], "filename_prefix": "NaN] \U0001f600"}},
}
PARAMETERS = "a cat\nSteps: 20, Sampler: Euler a, CFG scale: 7, Seed: 42, Size: 640x480, Model: dreamshaper_8"


def _picture(name: str, text: str, **known: Any) -> Picture:
    recipe = RecipeLayer.from_recipe(Recipe(blocks=(Block.from_text(name, text),), **known), SIZE)
    return Picture(*SIZE, tuple(sorted((SemanticLayer.from_text("a cat", SIZE), recipe), key=lambda layer: layer.kind)))


def test_the_whole_workflow_is_replayed(comfy: ComfyUI) -> None:
    """What ComfyUI gets is the recipe's workflow to the letter; the saved picture of the right size comes back."""
    comfy.size = SIZE
    picture = regenerate(_picture("prompt", json.dumps(WORKFLOW)), address=comfy.address)
    assert picture.size == SIZE and comfy.workflow == WORKFLOW and not comfy.files
    # ComfyUI saves what Python calls JSON.
    regenerate(_picture("prompt", json.dumps(WORKFLOW).replace("null", "NaN")), address=comfy.address)


def test_models_of_a_recipe_are_not_replaced(comfy: ComfyUI) -> None:
    """Another model would give another picture: what is missing is named, alike or not."""
    comfy.checkpoints[:] = ["sd_xl_base_1.0_0.9vae.safetensors"]
    with pytest.raises(triptych.ModelError, match=r"lacks the models sd_xl_base_1.0.safetensors"):
        regenerate(_picture("prompt", json.dumps(WORKFLOW)), address=comfy.address)


def test_it_is_a_decoder(comfy: ComfyUI, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`triptych decode --decoder regenerate` gives the picture, at another size too, with its metadata."""
    monkeypatch.setenv("TRIPTYCH_COMFYUI", comfy.address)
    comfy.size = SIZE
    source, made = tmp_path / "cat.trp", tmp_path / "cat.png"
    _picture("prompt", json.dumps(WORKFLOW)).save(source)
    assert main(["decode", str(source), "-o", str(made), "--decoder", "regenerate", "--size", "320"]) == 0
    with Image.open(made) as image:
        assert image.size == (320, 240) and json.loads(image.text["prompt"]) == WORKFLOW


def test_parameters_of_a1111_are_replayed(web: WebUI) -> None:
    """The web UI gets its own text back; one that does not read it is found out by the seed."""
    web.seed = 42
    picture = _picture("parameters", PARAMETERS, seed=42, model="dreamshaper_8")
    assert regenerate(picture, address=web.address).size == (512, 384)
    assert web.posted == [("/sdapi/v1/txt2img", {"infotext": PARAMETERS, "send_images": True, "save_images": False})]
    web.seed = 1
    with pytest.raises(triptych.ModelError, match="too old"):
        regenerate(picture, address=web.address)
    with pytest.raises(triptych.ModelError, match=r"lacks the checkpoint other \(it has dreamshaper_8"):
        regenerate(_picture("parameters", PARAMETERS, seed=42, model="other", model_hash="0123"), address=web.address)
    with pytest.raises(triptych.InputError, match="img2img"):
        regenerate(_picture("parameters", PARAMETERS + ", Denoising strength: 0.5"), address=web.address)


def test_files_without_a_workflow() -> None:
    """They are refused with what would have kept it."""
    picture = Picture(*SIZE, (SemanticLayer.from_text("a cat", SIZE),))
    with pytest.raises(triptych.InputError, match="--recipe full"):
        regenerate(picture)
    with pytest.raises(triptych.InputError, match="--recipe full"):
        triptych.decode(picture, decoder="regenerate")
    with pytest.raises(triptych.InputError, match="--recipe full"):
        regenerate(_picture("Comment", "hello"))
