"""Each preset's recipe, with any subset of layers."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from triptych.codec.decode import Conditioning, find_decoder
from triptych.decoders.diffusion import presets

LAYERS = ("prompt", "edges", "people", "colours")
Make = Callable[..., Conditioning]


def _quick(name: str, **options: Any) -> Any:
    """A preset's decoder that takes two steps."""
    return find_decoder(name, steps=2, **options)


@pytest.mark.parametrize("name", presets.names())
def test_every_preset_paints_all_layers(name: str, weights: Path, condition: Make) -> None:
    """All layers at once give a picture of the file's size, and the same one again for the same seed only."""
    decoder = _quick(name)
    picture = decoder.decode(condition(size=(80, 48)))
    assert picture.shape == (48, 80, 3) and picture.dtype == np.uint8
    assert (decoder.decode(condition(size=(80, 48))) == picture).all()
    assert (decoder.decode(condition(size=(80, 48), seed=2)) != picture).any()


@pytest.mark.parametrize("name", ["sd15", "sdxl-lightning"])
def test_any_subset_of_layers_paints(name: str, weights: Path, condition: Make) -> None:
    """Each of the 16 subsets gives a picture, and no two of them the same one."""
    decoder = _quick(name)
    subsets = [names for count in range(5) for names in itertools.combinations(LAYERS, count)]
    nothing = dict.fromkeys(LAYERS)
    pictures = [
        decoder.decode(condition(*names)) if names else decoder.decode(condition(**nothing)) for names in subsets
    ]
    assert len({picture.tobytes() for picture in pictures}) == 16


def test_only_the_adapters_that_are_needed_are_loaded(weights: Path, condition: Make) -> None:
    """A prompt loads none, and each layer its own when it first comes."""
    decoder = _quick("sd15")
    loaded = decoder.networks._guides
    decoder.decode(condition("prompt"))
    assert list(loaded) == []
    decoder.decode(condition("edges"))
    assert list(loaded) == ["edges"]
    decoder.decode(condition())
    assert set(loaded) == {"edges", "pose", "colours"}


def test_empty_layers_are_no_layers(weights: Path, condition: Make) -> None:
    """Edges without a line, or nobody among the people, are as if the layer was not there."""
    decoder = _quick("sd15")
    bare = decoder.decode(condition("prompt"))
    empty = {"edges": np.zeros((16, 16), bool), "people": np.zeros((0, 18, 2))}
    assert (decoder.decode(condition("prompt", **empty)) == bare).all()


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, dict[str, Any]]]:
    """What diffusers' pipelines are called with, instead of their work: (pipeline, arguments)."""
    import diffusers
    import torch

    made: list[tuple[Any, dict[str, Any]]] = []

    def call(self: Any, **arguments: Any) -> Any:
        made.append((self, arguments))
        n = arguments["prompt_embeds"].shape[0]
        return type("Output", (), {"images": torch.zeros(n, 4, 8, 8)})

    for name in ("", "Adapter", "Img2Img"):
        monkeypatch.setattr(getattr(diffusers, f"StableDiffusion{name}Pipeline"), "__call__", call)
    return made


@pytest.mark.parametrize(("name", "layer", "channels"), [("paper-edge", "edges", 1), ("paper-pose", "people", 3)])
def test_the_published_settings(
    name: str, layer: str, channels: int, weights: Path, condition: Make, calls: list, monkeypatch: pytest.MonkeyPatch
) -> None:
    """50 steps at guidance 7.5 through the adapter pipeline, both adapters at 1, the colours as 8 x 8 flat cells."""
    from diffusers import MultiAdapter, StableDiffusionAdapterPipeline

    from triptych.decoders.diffusion import conditions, decoder

    monkeypatch.setattr(decoder, "work_size", conditions.work_size)  # the real size
    find_decoder(name).decode(condition("prompt", layer, "colours", size=(512, 512)))
    ((pipeline, call),) = calls
    assert type(pipeline) is StableDiffusionAdapterPipeline
    assert type(pipeline.adapter) is MultiAdapter and len(pipeline.adapter.adapters) == 2
    assert call["num_inference_steps"] == 50 and call["guidance_scale"] == 7.5
    assert call["adapter_conditioning_scale"] == [1.0, 1.0]
    structure, colours = call["image"]
    assert structure.shape == (1, channels, 512, 512) and colours.shape == (1, 3, 512, 512)
    assert 0 <= structure.min() < structure.max() <= 1
    cells = colours.unfold(2, 64, 64).unfold(3, 64, 64)
    assert (cells == cells[..., :1, :1]).all() and len(cells[0, 0, ..., 0, 0].unique()) > 8
    assert type(pipeline.scheduler).__name__ == "PNDMScheduler"  # that of the checkpoint
    assert call["height"] == call["width"] == 512
    assert not {"strength", "timesteps", "sigmas", "clip_skip", "eta"} & set(call)
    assert call["negative_prompt_embeds"].shape == call["prompt_embeds"].shape == (1, 77, 16)


def test_text_alone_is_plain_text_to_image(weights: Path, condition: Make, calls: list) -> None:
    """Without other layers no adapter and no picture is given to any pipeline."""
    from diffusers import StableDiffusionPipeline

    for name in ("paper-edge", "sd15"):
        find_decoder(name).decode(condition("prompt"))
        pipeline, call = calls.pop()
        assert type(pipeline) is StableDiffusionPipeline
        assert not {"image", "strength", "adapter_conditioning_scale"} & set(call)


def test_the_recommended_preset_starts_from_the_colours(weights: Path, condition: Make, calls: list) -> None:
    """Four steps without guidance, three quarters of them over the smooth colours, by a LoRA's scheduler."""
    from diffusers import StableDiffusionImg2ImgPipeline

    find_decoder("sd15").decode(condition("prompt", "colours"))
    ((pipeline, call),) = calls
    assert type(pipeline) is StableDiffusionImg2ImgPipeline
    assert (call["num_inference_steps"], call["guidance_scale"], call["strength"]) == (4, 0.0, 0.75)
    assert call["negative_prompt_embeds"] is None
    assert call["image"].shape[1] == 3 and len(call["image"][0, 0].unique()) > 100
    assert type(pipeline.scheduler).__name__ == "DDIMScheduler"
    assert pipeline.scheduler.config.timestep_spacing == "trailing"


def test_a_union_sees_all_layers_with_their_modes(
    weights: Path, condition: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One network, loaded once, is told which picture is which: pose 0, thick lines 2, tile 6."""
    import diffusers
    import torch

    made: list[tuple[Any, dict[str, Any]]] = []

    def call(self: Any, **arguments: Any) -> Any:
        made.append((self, arguments))
        return type("Output", (), {"images": torch.zeros(1, 4, 8, 8)})

    for name in ("", "Img2Img"):
        monkeypatch.setattr(getattr(diffusers, f"StableDiffusionXLControlNetUnion{name}Pipeline"), "__call__", call)
    decoder = find_decoder("sdxl-control")
    decoder.decode(condition())
    decoder.decode(condition("prompt", "edges"))
    (painting, over), (_, plain) = made
    assert isinstance(painting.controlnet, diffusers.ControlNetUnionModel)
    assert len({id(network) for network in decoder.networks._guides.values()}) == 1
    assert over["control_mode"] == [2, 0, 6] and plain["control_mode"] == [2]
    assert over["controlnet_conditioning_scale"] == [0.9, 1.0, 0.7] and len(over["control_image"]) == 3
    assert over["strength"] == 0.88 and over["image"].shape[1] == 3 and "latents" in plain
    assert decoder.settings(condition())["Triptych pose"] == (
        "brad-twinkl/controlnet-union-sdxl-1.0-promax@abc123 scale 1"
    )


def test_the_files_own_negative_prompt_is_used(weights: Path, condition: Make, make: Callable[..., Any]) -> None:
    """Where there is guidance, in place of the preset's; the paper's presets keep theirs, options win over both."""
    from triptych.codec.decode import condition as condition_of
    from triptych.layers import Recipe, RecipeLayer

    picture = make((64, 64)).with_layer(RecipeLayer.from_recipe(Recipe(negative="hats"), (64, 64)))
    given = condition_of(picture, layers=["semantic"])
    assert given.negative == "hats"

    def used(name: str, **options: Any) -> str | None:
        return find_decoder(name, **options).settings(given).get("Negative prompt")

    assert used("sdxl") == "hats"
    assert used("sdxl", negative="gloves") == "gloves"
    assert used("sd15") is None
    assert str(used("paper-edge")).startswith("extra digit")
    assert used("sd15", guidance=3) == "hats"
    guided = find_decoder("sd15", guidance=3)
    bare = condition_of(make((64, 64)), layers=["semantic"], seed=given.seed)
    assert bare.negative is None
    assert (guided.decode(given) != guided.decode(bare)).any()


def test_a_damaged_recipe_costs_only_the_negative_prompt(condition: Make) -> None:
    """What is wrong with it is told elsewhere."""
    from triptych.layers import RecipeLayer

    layer = RecipeLayer(0, b"\xff\xff", (64, 64))
    assert condition("prompt", extra={"recipe": layer}).negative is None


def test_adapters_steer_every_pipeline_alike(weights: Path, condition: Make) -> None:
    """Features given to a pipeline that knows no adapters have the effect that diffusers' own pipeline gives them."""
    import torch

    from triptych.decoders.diffusion.unet import _steered

    decoder = _quick("paper-edge")
    networks, embedded = decoder.networks, decoder._embed(condition())
    shown = [decoder._show([condition()], layer, 64, 64) for layer in ("edges", "colours")]
    adapters = [networks.guide("edges"), networks.guide("colours")]
    call = {
        "prompt_embeds": embedded.prompt,
        "negative_prompt_embeds": embedded.negative,
        "num_inference_steps": 2,
        "latents": torch.ones(1, 4, 8, 8),
        "height": 64,
        "width": 64,
        "output_type": "latent",
    }
    own = networks.pipeline("adapter", ("edges", "colours"), 4096)(
        image=shown, adapter_conditioning_scale=[0.5, 2.0], **call
    ).images
    with _steered(networks.base.unet, list(zip(adapters, shown, [0.5, 2.0], strict=True))):
        hooked = networks.pipeline("", (), 4096)(**call).images
    bare = networks.pipeline("", (), 4096)(**call).images
    assert torch.allclose(own, hooked, atol=1e-5)
    assert not torch.allclose(bare, hooked, atol=1e-2)


def test_what_a_layer_shows_changes_the_picture(weights: Path, condition: Make) -> None:
    """Other edges, people, colours or words give another picture with the same seed."""
    decoder = _quick("sd15")
    first = decoder.decode(condition())
    other = condition()
    changes = {
        "edges": other.edges.T[::-1],
        "people": other.people * 0.5,
        "colours": 255 - other.colours,
        "prompt": "two blue whales",
    }
    for name, value in changes.items():
        assert (decoder.decode(condition(**{name: value})) != first).any(), name


def test_strength_lets_colours_through(weights: Path, condition: Make) -> None:
    """The less is painted over, the nearer the picture is to the colours as the autoencoder shows them."""
    import torch

    flat = np.full((64, 64, 3), 200, np.uint8)
    decoder = find_decoder("sd15", steps=5)
    vae, start = decoder.networks.base.vae, decoder._tensor([flat])
    with torch.no_grad():
        shown = vae.decode(vae.encode(2 * start - 1).latent_dist.mode()).sample
    target = ((shown[0].permute(1, 2, 0) / 2 + 0.5).clamp(0, 1) * 255).numpy()
    far = []
    for strength in (0.2, 0.6, 1.0):
        picture = find_decoder("sd15", steps=5, strength=strength).decode(condition("colours", colours=flat))
        far.append(np.abs(picture - target).mean())
    assert far[0] < far[1] < far[2]


def test_a_lora_is_merged_into_the_network(weights: Path, condition: Make, preset_file: Callable[[str], str]) -> None:
    """Its weights change the picture, its scale how much, and the network stays a plain one."""
    base = f'family = "sd"\nbase = "{weights}/sd"\nsteps = 2\nguidance = 1.0\npixels = 262144\n'
    pictures = []
    for scale in (0.0, 1.0, 2.0):
        find_decoder.cache_clear()
        lora = f'lora = {{ model = "{weights}/lora/sd.safetensors", scale = {scale} }}\n'
        decoder = find_decoder(preset_file(base + lora))
        pictures.append(decoder.decode(condition("prompt")))
        assert not any("lora" in name for name, _ in decoder.networks.base.unet.named_parameters())
    find_decoder.cache_clear()
    bare = find_decoder(preset_file(base)).decode(condition("prompt"))
    assert np.abs(pictures[0].astype(int) - bare).max() <= 1
    assert (pictures[1] != bare).any() and (pictures[2] != pictures[1]).any()
