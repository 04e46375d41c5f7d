"""The recipe of Stable Diffusion and SDXL: a U-Net, steered by T2I-Adapters and ControlNets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any, TypeAlias

import torch

from .loading import Networks
from .presets import UNION
from .task import Task

Arguments: TypeAlias = tuple[Any, ...]  # of a call of a network

# How a layer is drawn -> the number of its condition in xinsir's union of ControlNets (its README: 0 openpose,
# 2 hed/pidi/scribble/ted, 3 canny/lineart/anime_lineart/mlsd, 6 tile).
_MODES = {
    "openpose": 0, "openpose-wide": 0, "sketch": 2, "softedge": 2, "canny": 3, "cells": 6, "smooth": 6,
}  # fmt: skip


def paint(networks: Networks, task: Task) -> tuple[Any, torch.Tensor]:
    """(the pipeline that painted, its latents)."""
    preset = networks.preset

    # 1. Which networks see which layers, and whether painting starts from the colours.
    kinds = {layer: preset.guides[layer].kind for layer in task.shown}
    adapters = tuple(layer for layer, kind in kinds.items() if kind == "t2i_adapter")
    controls = tuple(layer for layer in task.shown if layer not in adapters)
    union = UNION in kinds.values()
    starts = task.start is not None
    steering = "+".join(["union" if union else "controlnet"] * bool(controls) + ["start"] * starts)
    plain = adapters and not steering  # for this case diffusers has a pipeline of its own
    pipeline = networks.pipeline("adapter" if plain else steering, adapters if plain else controls, task.pixels)
    shown = task.shown
    scales = {layer: preset.guides[layer].scale for layer in shown}

    # 2. The prompts.
    call: dict[str, Any] = {
        "prompt_embeds": _stack([e.prompt for e in task.embedded]),
        "negative_prompt_embeds": _stack([e.negative for e in task.embedded]),
    }
    if preset.family == "sdxl":
        call["pooled_prompt_embeds"] = _stack([e.pooled for e in task.embedded])
        call["negative_pooled_prompt_embeds"] = _stack([e.negative_pooled for e in task.embedded])

    # 3. The noise.
    if starts:
        call |= {"strength": preset.start, "image": task.start}
    else:
        side = pipeline.vae_scale_factor
        shape = (1, networks.denoiser.config.in_channels, task.height // side, task.width // side)
        noise = torch.cat([torch.randn(shape, generator=generator) for generator in task.generators])
        call |= {"latents": noise.to(networks.dtype), "height": task.height, "width": task.width}

    # 4. The networks that steer.
    if controls:
        call["control_image" if starts or union else "image"] = [shown[layer] for layer in controls]
        call["controlnet_conditioning_scale"] = [scales[layer] for layer in controls]
    if union:
        call["control_mode"] = [_MODES[preset.guides[layer].drawn] for layer in controls]
    if plain:
        several = len(adapters) > 1
        call["image"] = [shown[layer] for layer in adapters] if several else shown[adapters[0]]
        call["adapter_conditioning_scale"] = [scales[a] for a in adapters] if several else scales[adapters[0]]
        steered: AbstractContextManager[None] = nullcontext()
    else:
        steered = _steered(networks.denoiser, [(networks.guide(a), shown[a], scales[a]) for a in adapters])

    # 5. Denoising.
    with steered:
        latents: torch.Tensor = pipeline(
            num_inference_steps=preset.steps,
            guidance_scale=preset.guidance,
            generator=task.generators,
            output_type="latent",
            **call,
        ).images
    return pipeline, latents


@contextmanager
def _steered(unet: torch.nn.Module, adapters: Sequence[tuple[torch.nn.Module, torch.Tensor, float]]) -> Iterator[None]:
    """Give the network the features of T2I-Adapters in every step, in pipelines that do not know adapters.

    `adapters`: (network, what it is shown, scale). The features are added up as `diffusers.MultiAdapter` does it.
    """
    with torch.no_grad():
        features = [[scale * feature for feature in adapter(shown)] for adapter, shown, scale in adapters]
    if not features:
        yield
        return
    summed = [sum(level[1:], level[0]) for level in zip(*features, strict=True)]

    def add(_module: Any, args: Arguments, kwargs: dict[str, Any]) -> tuple[Arguments, dict[str, Any]]:
        # With guidance the batch comes twice: without the prompts, then with them.
        times = args[0].shape[0] // summed[0].shape[0]
        # Cloned, for the network takes them off the list and adds to them.
        residuals = [feature.repeat(times, 1, 1, 1) for feature in summed]
        return args, kwargs | {"down_intrablock_additional_residuals": residuals}

    handle = unet.register_forward_pre_hook(add, with_kwargs=True)
    try:
        yield
    finally:
        handle.remove()


def _stack(parts: Sequence[torch.Tensor | None]) -> torch.Tensor | None:
    there = [part for part in parts if part is not None]
    return torch.cat(there) if there else None
