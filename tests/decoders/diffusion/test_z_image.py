"""Z-Image: its flow from the colours, its one ControlNet, its language model."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from triptych.codec.decode import Conditioning, find_decoder
from triptych.errors import InputError

Make = Callable[..., Conditioning]


@pytest.fixture(scope="module")
def decoder(checkpoints: Path, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The preset on small networks, in four steps at a strength that leaves three."""
    path = tmp_path_factory.mktemp("preset") / "small.toml"
    control = f'kind = "controlnet", model = "{checkpoints}/z-control"'
    path.write_text(
        f'like = "z-image"\nbase = "{checkpoints}/z"\nsteps = 4\npixels = 4096\n'
        f'edges = {{ {control}, drawn = "softedge", scale = 0.75 }}\npose = {{ {control}, scale = 0.75 }}\n'
    )
    found = find_decoder(str(path))
    yield found
    find_decoder.cache_clear()


def test_colours_are_followed_as_diffusers_does(decoder: Any, condition: Make) -> None:
    """Noise, first step and latents over colours are those of `ZImageImg2ImgPipeline` with the same generator."""
    import torch
    from diffusers import ZImageImg2ImgPipeline

    from triptych.decoders.diffusion import flow
    from triptych.decoders.diffusion.task import Task

    given = condition("prompt", "colours")
    embedded, start = decoder._embed(given), decoder._tensor([np.full((64, 64, 3), 90, np.uint8)])
    task = Task(64, 64, [embedded], {}, start, [torch.Generator("cpu").manual_seed(7)])
    _, ours = flow.paint(decoder.networks, task)
    theirs = ZImageImg2ImgPipeline(**decoder.networks.base.components)(
        image=start,
        strength=0.75,
        height=64,
        width=64,
        prompt_embeds=[embedded.prompt[0]],
        num_inference_steps=4,
        guidance_scale=0.0,
        generator=[torch.Generator("cpu").manual_seed(7)],
        output_type="latent",
    ).images
    assert torch.allclose(ours, theirs, atol=1e-4)


def test_one_network_is_shown_one_layer(decoder: Any, condition: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lines are shown, people where there are no lines, and the colours are painted over with both."""
    import diffusers

    calls: list[dict[str, Any]] = []
    call = diffusers.ZImageControlNetPipeline.__call__

    def noted(self: Any, **arguments: Any) -> Any:
        calls.append(arguments)
        return call(self, **arguments)

    monkeypatch.setattr(diffusers.ZImageControlNetPipeline, "__call__", noted)
    pictures = [
        decoder.decode(condition("prompt", *layers))
        for layers in (["edges", "people", "colours"], ["people"], ["edges"], ["colours"])
    ]
    assert len({picture.tobytes() for picture in pictures}) == 4
    assert [len(made["sigmas"]) for made in calls] == [3, 4, 4]
    lines, people, again = (made["control_image"] for made in calls)
    assert (lines == again).all() and (lines != people).any()
    assert [made["controlnet_conditioning_scale"] for made in calls] == [0.75] * 3
    assert decoder.settings(condition())["Triptych edges"].endswith("scale 0.75")
    assert "Triptych pose" not in decoder.settings(condition())


def test_weights_in_prompts_are_left_out(decoder: Any, condition: Make) -> None:
    """A language model would take their signs for text; prompts of different lengths go into one batch."""
    plain, weighted = (decoder.decode(condition("prompt", prompt=text)) for text in ("a red fox", "a (red:1.3) fox"))
    assert (plain == weighted).all()
    batch = [condition("prompt", prompt="a fox"), condition("prompt", prompt="a much longer text")]
    together = decoder.decode_batch(batch)
    for one, other in zip(batch, together, strict=True):
        assert np.abs(decoder.decode(one).astype(int) - other).max() <= 1


def test_guidance_takes_the_negative_prompt(weights: Path, condition: Make) -> None:
    """Above a guidance of 1 it changes the picture."""
    found = [
        find_decoder("z-image", steps=2, guidance=3.0, negative=negative).decode(condition("prompt"))
        for negative in ("blurry", "sharp")
    ]
    assert (found[0] != found[1]).any()


def test_the_published_weights_have_the_size_of_the_settings_that_we_ship() -> None:
    """Of the ControlNet's file, which comes without settings, 3,101,572,408 bytes with a header of 136 tensors."""
    import torch
    from diffusers import ZImageControlNetModel

    from triptych.decoders.diffusion.loading import _Z_IMAGE_CONTROL

    with torch.device("meta"):
        network = ZImageControlNetModel.from_config(ZImageControlNetModel.load_config(_Z_IMAGE_CONTROL))
    tensors = list(network.parameters())
    assert len(tensors) == 136
    assert 0 < 3_101_572_408 - 2 * sum(tensor.numel() for tensor in tensors) < 1 << 16


def test_the_network_loads_from_weights_alone(
    checkpoints: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, decoder: Any
) -> None:
    """One file in a folder is it; with several files one has to be named."""
    import shutil

    from triptych.decoders.diffusion import loading

    monkeypatch.setattr(loading, "_Z_IMAGE_CONTROL", checkpoints / "z-control")
    source = checkpoints / "z-control" / "diffusion_pytorch_model.safetensors"
    shutil.copy(source, tmp_path / "Union.safetensors")
    loaded = decoder.networks._z_image_control(tmp_path)
    own = decoder.networks._z_image_control(checkpoints / "z-control")
    assert all((a == b).all() for a, b in zip(loaded.parameters(), own.parameters(), strict=True))
    shutil.copy(source, tmp_path / "Other.safetensors")
    with pytest.raises(InputError, match=r"has 2 \.safetensors files; name one of them"):
        decoder.networks._z_image_control(tmp_path)
