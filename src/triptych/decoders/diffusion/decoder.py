"""The diffusion decoder: one recipe for all presets.

The published method (the presets `paper-*`) is Stable Diffusion (R. Rombach et al., 2022) steered by T2I-Adapters
(C. Mou et al., 2023), one for the structure and one for the colours. The other presets add starting from the colours
(SDEdit, C. Meng et al., 2022) and weights that need only few steps.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import version
from typing import Any

import numpy as np
import torch
from PIL import Image

from ...codec.decode import Conditioning
from ...errors import InputError, ModelError
from ...typing import Bytes8, Floats
from . import flow, unet
from .conditions import draw, layers_of, work_size
from .loading import Networks, find_device
from .memory import is_out_of_memory, out_of_memory
from .options import Options
from .presets import load
from .prompts import Embedded, Prompts
from .silence import quiet
from .task import Task


class DiffusionDecoder:
    """Paints pictures by a preset; the networks are loaded with the first picture and kept."""

    def __init__(self, name: str, **options: object) -> None:
        """`name`: a preset of ours or a `.toml` file; `options`: see `options.Options`.

        Raises:
            InputError: there is no such preset or device, or an option is wrong.
        """
        self.name = name
        self.chosen = ""  # why `best` took this preset
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
        self._prompts: dict[bool, Prompts | flow.Prompts] = {}

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
            key = self._work_size(conditioning), layers_of(conditioning), embedded[i].tokens, embedded[i].guided
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
        if negative := self._negative(conditioning):
            found["Negative prompt"] = negative
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
        starts = preset.start is not None and "colours" in layers
        task = Task(
            width,
            height,
            embedded,
            shown={layer: self._show(batch, layer, width, height) for layer in self._guides(layers)},
            start=self._tensor([draw(c, "smooth", width, height) for c in batch]) if starts else None,
            # From a generator on the CPU for each picture, so that noise is the same on every device, in every batch
            # and in every order.
            generators=[torch.Generator("cpu").manual_seed(conditioning.seed) for conditioning in batch],
        )
        paint = flow.paint if preset.family == "z-image" else unet.paint
        try:
            painted = _pixels(*paint(networks, task))
        except Exception as error:
            if is_out_of_memory(error):
                raise out_of_memory(networks.device) from error
            raise
        return [_resized(picture, c.width, c.height) for picture, c in zip(painted, batch, strict=True)]

    # --- parts -------------------------------------------------------------------------------------------------------

    def _work_size(self, conditioning: Conditioning) -> tuple[int, int]:
        return work_size(conditioning.width, conditioning.height, self.preset.pixels, self.preset.multiple)

    def _guides(self, layers: frozenset[str]) -> tuple[str, ...]:
        found = tuple(layer for layer in self.preset.guides if layer in layers)
        return found[: flow.GUIDES] if self.preset.family == "z-image" else found

    def _negative(self, conditioning: Conditioning) -> str | None:
        """The negative prompt of the options, else of the file's original, else of the preset; None if none is used."""
        if self.preset.guidance <= 1:
            return None
        theirs = conditioning.negative if self.preset.file_negative and self.options.negative is None else None
        return theirs or self.preset.negative

    def _embed(self, conditioning: Conditioning) -> Embedded:
        long = self.preset.long_prompts
        if long == "prompt-only":
            long = not self._guides(layers_of(conditioning))
        if bool(long) not in self._prompts:
            # Puts the text encoders where they compute.
            self.networks.pipeline("", (), self.preset.pixels)
            kind = flow.Prompts if self.preset.family == "z-image" else Prompts
            self._prompts[bool(long)] = kind(self.networks.base, self.networks.device, long=bool(long))
        return self._prompts[bool(long)].embed(conditioning.prompt or "", self._negative(conditioning))

    def _show(
        self, batch: Sequence[Conditioning], layer: str, width: int, height: int, *, wider: float = 1.0
    ) -> torch.Tensor:
        """What a layer's network is shown; `wider`: how many times as wide as they should be lines are."""
        guide = self.preset.guides[layer]
        pictures = self._tensor([draw(conditioning, guide.drawn, width, height, wider) for conditioning in batch])
        if guide.order == "bgr":
            pictures = pictures.flip(1)
        wanted = self.networks.guide(layer).config
        grey = getattr(wanted, "in_channels", 3) == 1 and guide.kind == "t2i_adapter"
        return pictures[:, :1] if grey else pictures

    def _tensor(self, pictures: Sequence[Bytes8]) -> torch.Tensor:
        """uint8 (height, width, 3) pictures as float (n, 3, height, width) in 0..1."""
        stacked = torch.from_numpy(np.stack(pictures)).permute(0, 3, 1, 2).float() / 255
        return stacked.to(self.networks.device, self.networks.dtype)


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
            _in_precision(vae, precision)
            shifted = latents / vae.config.scaling_factor + (vae.config.shift_factor or 0)
            decoded = vae.decode(shifted.to(precision), return_dict=False)[0]
            if decoded.isfinite().all():
                pixels: Floats = pipeline.image_processor.postprocess(decoded, output_type="np")
                return pixels
    finally:
        _in_precision(vae, own)
    raise ModelError(
        f"the networks gave numbers without a value in {str(own).removeprefix('torch.')}, which would be a black "
        "picture; use a wider range: -O dtype=bfloat16, or -O dtype=float32"
    )


def _in_precision(vae: Any, precision: torch.dtype) -> None:
    if vae.dtype != precision:
        with quiet():  # diffusers warns of parts that want single precision even where there are none
            vae.to(precision)


def _resized(picture: Floats, width: int, height: int) -> Bytes8:
    """Float (h, w, 3) in 0..1 as uint8 (height, width, 3)."""
    image = Image.fromarray((picture.clip(0, 1) * 255).round().astype(np.uint8))
    return np.array(image.resize((width, height), Image.Resampling.LANCZOS))
