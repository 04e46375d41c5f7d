"""The diffusion decoder: one recipe for all presets.

The published method (the presets `paper-*`) is Stable Diffusion (R. Rombach et al., 2022) steered by T2I-Adapters
(C. Mou et al., 2023), one for the structure and one for the colours. The other presets add starting from the colours
(SDEdit, C. Meng et al., 2022) and weights that need only few steps.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from importlib.metadata import version
from typing import Any, TypeAlias

import numpy as np
import torch
from PIL import Image

from ...codec.decode import Conditioning
from ...errors import InputError, ModelError
from ...typing import Bytes8, Floats
from .conditions import draw, layers_of, work_size
from .loading import Networks, find_device
from .memory import is_out_of_memory, out_of_memory
from .options import Options
from .presets import load
from .prompts import Embedded, Prompts

Arguments: TypeAlias = tuple[Any, ...]  # of a call of a network


class DiffusionDecoder:
    """Paints pictures by a preset; the networks are loaded with the first picture and kept."""

    def __init__(self, name: str, **options: object) -> None:
        """`name`: a preset of ours or a `.toml` file; `options`: see `options.Options`.

        Raises:
            InputError: there is no such preset or device, or an option is wrong.
        """
        self.options = Options.read(options)
        self.device = find_device(self.options.device)
        self.preset = self.options.applied_to(load(name))
        start = self.preset.start
        if start is not None and int(self.preset.steps * start) < 1:
            raise InputError(
                f"{self.preset.name}: {self.preset.steps} steps at a strength of {start:g} leave none to take; "
                "raise steps or strength"
            )
        if self.options.negative and self.preset.guidance <= 1:
            raise InputError(
                f"{self.preset.name}: paints without guidance, so a negative prompt has no effect; "
                "raise guidance above 1 (-O guidance=2), or leave it out"
            )
        self._networks: Networks | None = None
        self._prompts: dict[bool, Prompts] = {}

    @property
    def networks(self) -> Networks:
        if self._networks is None:
            self._networks = Networks(self.preset, self.options, self.device)
        return self._networks

    def decode(self, conditioning: Conditioning) -> Bytes8:
        """uint8 (height, width, 3), sRGB; see `decode_batch` for errors."""
        return self.decode_batch([conditioning])[0]

    def decode_batch(self, conditionings: Sequence[Conditioning]) -> list[Bytes8]:
        """The same for several pictures at once; each is what it would be alone, to rounding.

        Raises:
            ModelError: weights are missing, broken or need too much memory.
        """
        # Only pictures of one shape, with the same layers and equally long prompts, fit into one tensor.
        embedded = [self._embed(conditioning) for conditioning in conditionings]
        groups: dict[tuple[object, ...], list[int]] = {}
        for i, conditioning in enumerate(conditionings):
            key = self._work_size(conditioning), layers_of(conditioning), embedded[i].tokens
            groups.setdefault(key, []).append(i)
        pictures: dict[int, Bytes8] = {}
        for members in groups.values():
            painted = self._paint([conditionings[i] for i in members], [embedded[i] for i in members])
            pictures |= zip(members, painted, strict=True)
        return [pictures[i] for i in range(len(conditionings))]

    def settings(self, conditioning: Conditioning) -> dict[str, str]:
        """What a picture is painted with, under the names of A1111 where it has one; loads the networks."""
        preset, networks = self.preset, self.networks
        width, height = self._work_size(conditioning)
        layers = layers_of(conditioning)
        for layer in self._guides(layers):
            networks.guide(layer)
        found = {
            "Steps": str(preset.steps),
            "Sampler": type(networks.base.scheduler).__name__.removesuffix("Scheduler"),
            "CFG scale": f"{preset.guidance:g}",
            "Seed": str(conditioning.seed),
            "Size": f"{width}x{height}",
            "Model": networks.revisions["base"],
        }
        if preset.start is not None and "colours" in layers:
            found["Denoising strength"] = f"{preset.start:g}"
        for what in ("lora", "vae", *self._guides(layers)):
            if what in networks.revisions:
                scale = {"lora": preset.lora_scale}.get(what) or getattr(preset.guides.get(what), "scale", None)
                found[f"Triptych {what}"] = networks.revisions[what] + (f" scale {scale:g}" if scale else "")
        if preset.negative and preset.guidance > 1:
            found["Negative prompt"] = preset.negative
        found["Triptych decoder"] = preset.name
        found["Triptych precision"] = f"{str(networks.dtype).removeprefix('torch.')} on {networks.device.type}"
        found["Version"] = f"diffusers {version('diffusers')}, torch {version('torch')}"
        return found

    # --- the recipe --------------------------------------------------------------------------------------------------

    def _paint(self, batch: Sequence[Conditioning], embedded: Sequence[Embedded]) -> list[Bytes8]:
        """Pictures of one working size, with the same layers."""
        preset, networks = self.preset, self.networks
        width, height = self._work_size(batch[0])
        layers = layers_of(batch[0])
        n = len(batch)

        # 1. Which networks see which layers, and whether painting starts from the colours.
        guides = self._guides(layers)
        adapters = tuple(layer for layer in guides if preset.guides[layer].kind == "t2i_adapter")
        controls = tuple(layer for layer in guides if preset.guides[layer].kind == "controlnet")
        starts = preset.start is not None and "colours" in layers
        steering = "+".join(["controlnet"] * bool(controls) + ["start"] * starts)
        plain = adapters and not steering  # for this case diffusers has a pipeline of its own
        pipeline = networks.pipeline(
            "adapter" if plain else steering, adapters if plain else controls, n * width * height
        )

        # 2. The layers as pictures, float (n, channels, height, width) in 0..1.
        shown = {layer: self._show(batch, layer, width, height) for layer in guides}
        scales = {layer: preset.guides[layer].scale for layer in guides}

        # 3. The prompts.
        call: dict[str, Any] = {
            "prompt_embeds": _stack([e.prompt for e in embedded]),
            "negative_prompt_embeds": _stack([e.negative for e in embedded]),
        }
        if preset.family == "sdxl":
            call["pooled_prompt_embeds"] = _stack([e.pooled for e in embedded])
            call["negative_pooled_prompt_embeds"] = _stack([e.negative_pooled for e in embedded])

        # 4. The noise: from a generator on the CPU for each picture, so that it is the same on every device, in
        # every batch and in every order.
        generators = [torch.Generator("cpu").manual_seed(conditioning.seed) for conditioning in batch]
        if starts:
            call["strength"] = preset.start
            call["image"] = self._tensor([draw(c, "smooth", width, height) for c in batch])
        else:
            side = pipeline.vae_scale_factor
            shape = (1, networks.base.unet.config.in_channels, height // side, width // side)
            noise = [torch.randn(shape, generator=generator) for generator in generators]
            call |= {"latents": torch.cat(noise).to(networks.dtype), "height": height, "width": width}

        # 5. The networks that steer.
        if controls:
            call["control_image" if starts else "image"] = [shown[layer] for layer in controls]
            call["controlnet_conditioning_scale"] = [scales[layer] for layer in controls]
        if plain:
            several = len(adapters) > 1
            call["image"] = [shown[layer] for layer in adapters] if several else shown[adapters[0]]
            call["adapter_conditioning_scale"] = [scales[a] for a in adapters] if several else scales[adapters[0]]
            steered: AbstractContextManager[None] = nullcontext()
        else:
            networks_of = [(networks.guide(layer), shown[layer], scales[layer]) for layer in adapters]
            steered = _steered(networks.base.unet, networks_of)

        # 6. Denoising, then pixels, then the picture's own size.
        try:
            with steered:
                latents = pipeline(
                    num_inference_steps=preset.steps,
                    guidance_scale=preset.guidance,
                    generator=generators,
                    output_type="latent",
                    **call,
                ).images
            painted = _pixels(pipeline, latents)
        except Exception as error:
            if is_out_of_memory(error):
                raise out_of_memory(networks.device) from error
            raise
        return [_resized(picture, c.width, c.height) for picture, c in zip(painted, batch, strict=True)]

    # --- parts -------------------------------------------------------------------------------------------------------

    def _work_size(self, conditioning: Conditioning) -> tuple[int, int]:
        return work_size(conditioning.width, conditioning.height, self.preset.pixels, self.preset.multiple)

    def _guides(self, layers: frozenset[str]) -> tuple[str, ...]:
        return tuple(layer for layer in self.preset.guides if layer in layers)

    def _embed(self, conditioning: Conditioning) -> Embedded:
        long = self.preset.long_prompts
        if long == "prompt-only":
            long = not self._guides(layers_of(conditioning))
        if bool(long) not in self._prompts:
            # Puts the text encoders where they compute.
            self.networks.pipeline("", (), self.preset.pixels)
            self._prompts[bool(long)] = Prompts(self.networks.base, self.networks.device, long=bool(long))
        negative = self.preset.negative if self.preset.guidance > 1 else None
        return self._prompts[bool(long)].embed(conditioning.prompt or "", negative)

    def _show(self, batch: Sequence[Conditioning], layer: str, width: int, height: int) -> torch.Tensor:
        guide = self.preset.guides[layer]
        pictures = self._tensor([draw(conditioning, guide.drawn, width, height) for conditioning in batch])
        if guide.order == "bgr":
            pictures = pictures.flip(1)
        wanted = self.networks.guide(layer).config
        grey = getattr(wanted, "in_channels", 3) == 1 and guide.kind == "t2i_adapter"
        return pictures[:, :1] if grey else pictures

    def _tensor(self, pictures: Sequence[Bytes8]) -> torch.Tensor:
        """uint8 (height, width, 3) pictures as float (n, 3, height, width) in 0..1."""
        stacked = torch.from_numpy(np.stack(pictures)).permute(0, 3, 1, 2).float() / 255
        return stacked.to(self.networks.device, self.networks.dtype)


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


@torch.no_grad()
def _pixels(pipeline: Any, latents: torch.Tensor) -> Floats:
    """What the autoencoder makes of latents: float (n, height, width, 3) in 0..1.

    Raises:
        ModelError: it is not a number, in float32 either.
    """
    vae, own = pipeline.vae, pipeline.vae.dtype
    # That of SDXL overflows in half precision, and says so in its settings; others may without saying so.
    precisions = [torch.float32] if own == torch.float16 and vae.config.force_upcast else [own, torch.float32]
    try:
        for precision in dict.fromkeys(precisions):
            vae.to(precision)
            decoded = vae.decode((latents / vae.config.scaling_factor).to(precision), return_dict=False)[0]
            if decoded.isfinite().all():
                pixels: Floats = pipeline.image_processor.postprocess(decoded, output_type="np")
                return pixels
    finally:
        vae.to(own)
    raise ModelError(
        f"the networks gave numbers without a value in {str(own).removeprefix('torch.')}, which would be a black "
        "picture; use a wider range: -O dtype=bfloat16, or -O dtype=float32"
    )


def _stack(parts: Sequence[torch.Tensor | None]) -> torch.Tensor | None:
    there = [part for part in parts if part is not None]
    return torch.cat(there) if there else None


def _resized(picture: Floats, width: int, height: int) -> Bytes8:
    """Float (h, w, 3) in 0..1 as uint8 (height, width, 3)."""
    image = Image.fromarray((picture.clip(0, 1) * 255).round().astype(np.uint8))
    return np.array(image.resize((width, height), Image.Resampling.LANCZOS))
