"""Decoding through A1111's web UI, against a small server that answers as its API does."""

from __future__ import annotations

import base64
import io
import signal
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from triptych.codec.decode import Conditioning, find_decoder
from triptych.codec.progress import heard
from triptych.decoders.remote import A1111Decoder, a1111
from triptych.decoders.remote.http import Server
from triptych.errors import InputError, ModelError
from triptych.layers import Recipe, RecipeLayer

if TYPE_CHECKING:
    from .conftest import WebUI


def test_structure_becomes_controlnet_units(web: WebUI, conditioning: Conditioning) -> None:
    """Without colours it is txt2img, with a unit a layer and the pictures in base64."""
    decoder = A1111Decoder(web.address, steps="9", checkpoint="dreamshaper")
    plain = replace(conditioning, colours=None)
    assert decoder.decode(plain).shape == (72, 96, 3)
    path, request = web.posted[-1]
    assert path == "/sdapi/v1/txt2img" and (request["prompt"], request["seed"]) == ('a "red" cat', 7)
    assert request["override_settings"] == {"sd_model_checkpoint": "dreamshaper_8.safetensors [879db523c3]"}
    units = request["alwayson_scripts"]["controlnet"]["args"]
    assert [(unit["module"], unit["model"], unit["enabled"]) for unit in units] == [
        ("none", "control_v11p_sd15_softedge [a8575a2a]", True),
        ("none", "control_v11p_sd15_openpose [cab727d4]", True),
    ]
    shown = Image.open(io.BytesIO(base64.b64decode(units[0]["image"])))
    assert shown.size == (request["width"], request["height"])
    settings = decoder.settings(plain)
    assert settings | {"Steps": "9", "Seed": "7", "Triptych decoder": "a1111"} == settings


def test_the_files_own_negative_prompt_is_sent(web: WebUI, conditioning: Conditioning) -> None:
    """In place of ours; an option wins over it, an empty one too."""
    recipe = RecipeLayer.from_recipe(Recipe(negative="hats"), (64, 64))
    known = replace(conditioning, extra={"recipe": recipe})
    sent = []
    for options, given in (({}, known), ({"negative": ""}, known), ({}, conditioning)):
        A1111Decoder(web.address, **options).decode(given)
        sent.append(web.posted[-1][1]["negative_prompt"])
    assert sent[:2] == ["hats", ""] and sent[2] not in ("hats", "")


def test_colours_are_what_painting_starts_from(web: WebUI, conditioning: Conditioning) -> None:
    """With colours it is img2img from them; a prompt alone needs no extension."""
    A1111Decoder(web.address).decode(conditioning)
    path, request = web.posted[-1]
    assert path == "/sdapi/v1/img2img" and request["denoising_strength"] == 0.88 and len(request["init_images"]) == 1
    web.models = None
    A1111Decoder(web.address).decode(Conditioning(64, 64, prompt="a cat"))
    assert web.posted[-1][0] == "/sdapi/v1/txt2img" and "alwayson_scripts" not in web.posted[-1][1]


def test_what_is_missing_is_told_at_once(web: WebUI, conditioning: Conditioning) -> None:
    """One error names the checkpoint and every ControlNet, or the extension, or the switch that turns on the API."""
    web.models = ["control_v11f1p_sd15_depth [cfd03158]"]
    with pytest.raises(ModelError, match=r"checkpoint flux.*sd15_softedge.*sd15_openpose.*edge_model=") as caught:
        A1111Decoder(web.address, checkpoint="flux").decode(conditioning)
    assert "\n" not in str(caught.value) and not web.posted
    web.models = None
    with pytest.raises(ModelError, match="lacks the ControlNet extension"):
        A1111Decoder(web.address).decode(conditioning)
    web.api = False
    with pytest.raises(ModelError, match="--api"):
        A1111Decoder(web.address).decode(conditioning)


def test_a_refusal_is_passed_on(web: WebUI, conditioning: Conditioning) -> None:
    """What the web UI has against a request is told; wrong options are found before."""
    with pytest.raises(ModelError, match="refused to paint: HTTPException Sampler not found"):
        A1111Decoder(web.address, sampler="none").decode(conditioning)
    with pytest.raises(InputError, match="sd15, sdxl"):
        find_decoder("a1111", family="flux")


def test_ctrl_c_interrupts(web: WebUI, conditioning: Conditioning, monkeypatch: pytest.MonkeyPatch) -> None:
    """The web UI is told to stop."""
    whole = Server.post_json

    def interrupted(self: Server, path: str, *args: object, **options: object) -> object:
        if path.endswith("img"):
            raise KeyboardInterrupt
        return whole(self, path, *args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(Server, "post_json", interrupted)
    with pytest.raises(KeyboardInterrupt):
        A1111Decoder(web.address).decode(conditioning)
    assert web.posted == [("/sdapi/v1/interrupt", {})]


def _state(step: int, jobs: int = 1) -> dict[str, object]:
    return {"job_count": jobs, "job_no": 0, "sampling_step": step, "sampling_steps": 3}


def test_steps_are_reported(web: WebUI, conditioning: Conditioning, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each once, and not those of a job that is over; a web UI that tells none is asked once."""
    monkeypatch.setattr(a1111, "_LOOK", 0.001)
    web.steps = [_state(2, jobs=0), _state(0), _state(0), _state(2), {"job_count": 1}]
    web.painted.clear()
    steps = []
    with heard(lambda step, of: steps.append((step, of))):
        A1111Decoder(web.address).decode(conditioning)
    assert steps == [(0, 3), (2, 3)]
    web.painted.clear()
    web.asked.clear()
    A1111Decoder(web.address).decode(conditioning)
    assert web.asked.count("/sdapi/v1/progress") == 1


def test_an_end_from_outside_interrupts(
    web: WebUI, conditioning: Conditioning, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A listener that raises, and SIGTERM, which does after that what it did before."""
    monkeypatch.setattr(a1111, "_LOOK", 0.001)
    ended = []
    before = signal.signal(signal.SIGTERM, lambda *_: ended.append(web.posted[-1][0]))

    def stop(step: int, of: int) -> None:
        if by_signal:
            signal.raise_signal(signal.SIGTERM)
        raise InterruptedError

    try:
        for by_signal in (False, True):
            web.steps = [_state(1), _state(2)]
            web.painted.clear()
            with heard(stop), pytest.raises(SystemExit if by_signal else InterruptedError):
                A1111Decoder(web.address).decode(conditioning)
            assert web.posted[-1][0] == "/sdapi/v1/interrupt"
    finally:
        signal.signal(signal.SIGTERM, before)
    assert ended == ["/sdapi/v1/interrupt"]
