"""The recipe of Z-Image: a transformer that follows a flow from noise to picture (Z-Image team, 2025).

Its ControlNet looks at one picture. The colours are noised to where the flow is at the preset's `start` and followed
from there, as diffusers' `ZImageImg2ImgPipeline` does; there is no pipeline that does so with a ControlNet.
"""

from __future__ import annotations

from typing import Any

import torch
from diffusers.pipelines.z_image.pipeline_z_image_img2img import calculate_shift

from .loading import Networks
from .prompts import Embedded, weighted
from .silence import quiet
from .task import Task

GUIDES = 1  # how many networks may be shown something


class Prompts:
    """The text encoder, a language model that is asked for the picture."""

    def __init__(self, pipeline: Any, device: torch.device, *, long: bool) -> None:
        """`long`: leave out the signs of weights, which a language model would take for text."""
        self._pipeline, self._device, self._long = pipeline, device, long

    @torch.no_grad()
    def embed(self, prompt: str, negative: str | None) -> Embedded:
        """A prompt and its negative prompt (None: guidance is off), each float (1, tokens, channels)."""
        texts = [prompt] if negative is None else [prompt, negative]
        if self._long:
            texts = ["".join(text for text, _ in weighted(one)) for one in texts]
        with quiet():
            found = self._pipeline.encode_prompt(texts, device=self._device, do_classifier_free_guidance=False)[0]
        return Embedded(found[0][None], None if negative is None else found[1][None])


def paint(networks: Networks, task: Task) -> tuple[Any, torch.Tensor]:
    """(the pipeline that painted, its latents)."""
    preset = networks.preset
    layers = tuple(task.shown)
    pipeline = networks.pipeline("controlnet" if layers else "", layers, task.pixels)

    # 1. The noise, in single precision: the pipelines want it so.
    side = 2 * pipeline.vae_scale_factor
    shape = (1, networks.denoiser.config.in_channels, 2 * (task.height // side), 2 * (task.width // side))
    sigmas = torch.linspace(1.0, 1 / preset.steps, preset.steps).tolist()
    if task.start is None:
        latents = torch.cat([torch.randn(shape, generator=generator) for generator in task.generators])
        latents = latents.to(networks.device)
    else:
        sigmas = sigmas[preset.steps - int(preset.steps * (preset.start or 1)) :]
        latents = _started(networks, pipeline, task, sigmas)

    # 2. The network that steers.
    call: dict[str, Any] = {}
    if layers:
        call["control_image"] = task.shown[layers[0]]
        call["controlnet_conditioning_scale"] = preset.guides[layers[0]].scale

    # 3. Denoising.
    negatives = [one.negative[0] for one in task.embedded if one.negative is not None]
    latents = pipeline(
        prompt_embeds=[one.prompt[0] for one in task.embedded],
        negative_prompt_embeds=negatives or None,
        num_inference_steps=len(sigmas),
        sigmas=sigmas,
        # These pipelines count from 0, which is none, as the others do from 1.
        guidance_scale=max(0.0, preset.guidance - 1),
        latents=latents,
        height=task.height,
        width=task.width,
        output_type="latent",
        **call,
    ).images
    return pipeline, latents


@torch.no_grad()
def _started(networks: Networks, pipeline: Any, task: Task, sigmas: list[float]) -> torch.Tensor:
    """The colours as latents, noised as they are where the first of `sigmas` begins."""
    assert task.start is not None
    vae, scheduler = pipeline.vae, pipeline.scheduler
    found = []
    for start, generator in zip(2 * task.start - 1, task.generators, strict=True):
        mean = vae.encode(start[None].to(vae.dtype)).latent_dist.sample(generator)
        clean = ((mean - vae.config.shift_factor) * vae.config.scaling_factor).float()
        found.append((clean, torch.randn(clean.shape, generator=generator).to(clean)))
    tokens = found[0][0].shape[2] * found[0][0].shape[3] // 4
    wanted = {"base_image_seq_len": 256, "max_image_seq_len": 4096, "base_shift": 0.5, "max_shift": 1.15}
    shift = calculate_shift(tokens, *(scheduler.config.get(name, value) for name, value in wanted.items()))
    scheduler.set_timesteps(sigmas=sigmas, device=networks.device, mu=shift)
    sigma = scheduler.sigmas[0]
    return torch.cat([sigma * noise + (1 - sigma) * clean for clean, noise in found])
