"""Checks of diffusion decoders, for the kit in `decoders/validation`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import pairwise
from typing import Any

import diffusers
import numpy as np
import torch
from PIL import Image

from ...codec.decode import Conditioning
from ..validation.kit import Check, Kit, mean, without
from ..validation.measures import colours_off, contours_found
from .conditions import draw
from .decoder import _pixels
from .presets import Preset

_SAMPLES = 3  # that negative controls are tried on
_TRUST = 1 / 255  # mean difference, of 1, up to which two ways of painting are one


def load(kit: Kit) -> Iterator[Check]:
    """Networks load; none of their weights is missing; a LoRA has weights; the time steps are those of the schedule."""
    decoder: Any = kit.painter
    given = next(iter(kit.samples.values()))
    (image,) = kit.paint(given)
    settings = decoder.settings(given)
    networks = decoder.networks
    modules = {"base": networks.denoiser, "autoencoder": networks.base.vae, **networks._guides}
    broken = [name for name, module in modules.items() if not _whole(module)]
    floating = [what for what, revision in networks.revisions.items() if revision.endswith(("@main", "@local"))]
    said = f"painted {image.width} x {image.height} with {len(modules)} networks"
    said += f"; without a number: {', '.join(broken)}" if broken else ""
    figures = {"revisions": networks.revisions, "not pinned": floating, "settings": settings}
    yield Check("load", "fail" if broken else "pass", said, figures)

    if decoder.preset.lora:
        norm = round(networks.lora_norm, 3)
        yield Check("lora", "pass" if norm > 0 else "fail", f"its weights have a norm of {norm:g}", {"norm": norm})
    scheduler = networks.base.scheduler
    steps = [round(float(step)) for step in scheduler.timesteps]
    falling = all(a > b for a, b in pairwise(steps)) or "PNDM" in type(scheduler).__name__
    yield Check("timesteps", "pass" if falling else "fail", ", ".join(map(str, steps[:8])), {"timesteps": steps})


def parity(kit: Kit) -> Iterator[Check]:
    """The published presets paint what diffusers paints by the published program's calls, from the same latents."""
    decoder: Any = kit.painter
    preset: Preset = decoder.preset
    kinds = {guide.kind for guide in preset.guides.values()}
    if preset.family != "sd" or preset.start is not None or kinds != {"t2i_adapter"}:
        yield Check("parity", "skip", "there is a published program for the presets paper-* alone")
        return
    offs = []
    for name, given in list(kit.samples.items())[: 1 if kit.quick else _SAMPLES]:
        given = replace(given, prompt="a photograph")  # within what the program reads of a prompt
        (ours,) = kit.paint(given)
        theirs = _published(decoder, given).resize(ours.size, Image.Resampling.LANCZOS)
        kit.show(f"{name}, by the published calls", "ours", ours)
        kit.show(f"{name}, by the published calls", "theirs", theirs)
        offs.append(float(np.abs(np.asarray(ours) / 255 - np.asarray(theirs) / 255).mean()))
    said = f"at most {max(offs) * 255:.3f} of 255 from diffusers by the published program's calls"
    yield Check("parity", "pass" if max(offs) < _TRUST else "fail", said, {"differences": offs})


def controls(kit: Kit) -> Iterator[Check]:
    """What should be worse is: inverted lines, swapped channels; and how widths, strengths and scales compare."""
    decoder: Any = kit.painter
    if kit.quick:
        yield Check("controls", "skip", "left out for --quick")
        return
    preset: Preset = decoder.preset
    chosen = {name: given for name, given in list(kit.samples.items())[:_SAMPLES] if given.edges is not None}

    def judged(label: str, changed: Preset, change: Callable[[str, torch.Tensor], torch.Tensor] | None) -> list[float]:
        """(contours found, colours off) with a changed preset, or other pictures shown to its networks."""
        lines, colours = [], []
        with _changed(decoder, changed, change):
            for name, given in chosen.items():
                (image,) = kit.paint(given)
                kit.show(f"{name}, controls", label, image)
                lines.append(contours_found(_there(given.edges), image))
                colours.append(colours_off(_there(given.colours), image))
        return [mean(lines), mean(colours)]

    found = {"as shipped": judged("as shipped", preset, None)}
    if preset.edges:
        found["inverted"] = judged("inverted", preset, lambda layer, shown: 1 - shown if layer == "edges" else shown)
        found["lines 2 px thinner"] = judged("thin", preset, lambda layer, shown: _wider(shown, -1, layer))
        found["lines 2 px wider"] = judged("wide", preset, lambda layer, shown: _wider(shown, 1, layer))
    if preset.pose:
        swap = judged("swapped", preset, lambda layer, shown: shown.flip(1) if layer == "pose" else shown)
        found["people's channels swapped"] = swap
    if preset.start is not None:
        for start in (0.6, 0.7, 0.8, 0.9):
            if int(preset.steps * start) >= 1:
                found[f"strength {start}"] = judged(f"strength {start}", replace(preset, start=start), None)
    if preset.edges:
        for scale in (0.7, 0.9, 1.1):
            edges = replace(preset.edges, scale=scale)
            found[f"scale {scale}"] = judged(f"scale {scale}", replace(preset, edges=edges), None)
    shipped = found["as shipped"][0]
    said = f"contours found: {shipped:.3f} as shipped"
    worse = True
    if "inverted" in found:
        worse = found["inverted"][0] < shipped
        said += f", {found['inverted'][0]:.3f} with inverted lines"
    yield Check("controls", "pass" if worse else "fail", said, {"contours found, CIEDE2000": found})


def offload(kit: Kit) -> Iterator[Check]:
    """Networks that come and go do so in any order of layers: edges and people, then with colours."""
    decoder: Any = kit.painter
    given = next((one for one in kit.samples.values() if one.people is not None), next(iter(kit.samples.values())))
    if decoder.device.type != "cuda":
        yield Check("offload", "skip", f"networks stay where they are on {decoder.device.type}")
        return
    other = type(decoder)(decoder.name, device=str(decoder.device), offload="model")
    pictures = [other.decode(one) for one in (without(given, "colours"), given)]
    expected = [np.asarray(image) for image in kit.paint(without(given, "colours"), given)]
    offs = [float(np.abs(a.astype(int) - b).mean()) for a, b in zip(pictures, expected, strict=True)]
    said = f"edges and people, then with colours: at most {max(offs):.3f} of 255 apart"
    yield Check("offload", "pass" if max(offs) < 3 else "fail", said, {"differences": offs})


def devices(kit: Kit) -> Iterator[Check]:
    """The GPU paints what the CPU paints, to rounding, in four steps."""
    decoder: Any = kit.painter
    device = decoder.device.type
    if device == "cpu" or kit.quick or decoder.preset.family != "sd":
        why = "there is no GPU" if device == "cpu" else "takes too long on a CPU, or left out for --quick"
        yield Check("devices", "skip", why)
        return
    given = next(iter(kit.samples.values()))
    one, other = (type(decoder)(decoder.name, device=name, steps=4).decode(given) for name in (str(device), "cpu"))
    off = round(float(np.abs(one.astype(int) - other).mean()), 4)
    # Half precision against single, four times over.
    yield Check("devices", "pass" if off < 6 else "fail", f"{off:.3f} of 255 from the CPU", {"difference": off})


# --- parts -----------------------------------------------------------------------------------------------------------


def _whole(module: torch.nn.Module) -> bool:
    """Whether every weight is there and a number; one that a file lacks stays on the meta device."""
    return all(not p.is_meta and bool(p.isfinite().all()) for p in module.parameters())


def _published(decoder: Any, given: Conditioning) -> Image.Image:
    """A picture as the published program paints it: pictures and texts into diffusers' own pipeline."""
    preset, networks = decoder.preset, decoder.networks
    width, height = decoder._work_size(given)
    layers = [layer for layer in preset.guides if getattr(given, {"pose": "people"}.get(layer, layer)) is not None]
    shown = [Image.fromarray(draw(given, preset.guides[layer].drawn, width, height)) for layer in layers]
    grey = [getattr(networks.guide(layer).config, "in_channels", 3) == 1 for layer in layers]
    shown = [image.convert("L") if one else image for image, one in zip(shown, grey, strict=True)]
    adapters = [networks.guide(layer) for layer in layers]
    pipeline = diffusers.StableDiffusionAdapterPipeline(
        **{k: v for k, v in networks.base.components.items() if k != "image_encoder"},
        adapter=diffusers.MultiAdapter(adapters) if len(adapters) > 1 else adapters[0],
        requires_safety_checker=False,
    )
    pipeline.set_progress_bar_config(disable=True)
    shape = (1, networks.denoiser.config.in_channels, height // 8, width // 8)
    noise = torch.randn(shape, generator=torch.Generator("cpu").manual_seed(given.seed))
    several = len(adapters) > 1
    scales = [preset.guides[layer].scale for layer in layers]
    latents = pipeline(
        given.prompt,
        image=shown if several else shown[0],
        negative_prompt=preset.negative,
        num_inference_steps=preset.steps,
        guidance_scale=preset.guidance,
        adapter_conditioning_scale=scales if several else scales[0],
        latents=noise.to(networks.device, networks.dtype),
        height=height,
        width=width,
        output_type="latent",  # its own way from there to pixels is deprecated
    ).images
    return Image.fromarray((_pixels(pipeline, latents)[0] * 255).round().astype(np.uint8))


@contextmanager
def _changed(
    decoder: Any, preset: Preset, change: Callable[[str, torch.Tensor], torch.Tensor] | None
) -> Iterator[None]:
    """Another preset with the same networks, which are shown something else."""
    own, show = decoder.preset, decoder._show
    decoder.preset = decoder.networks.preset = preset
    if change is not None:
        decoder._show = lambda batch, layer, w, h: change(layer, show(batch, layer, w, h))
    try:
        yield
    finally:
        decoder.preset = decoder.networks.preset = own
        decoder.__dict__.pop("_show", None)


def _wider(shown: torch.Tensor, pixels: int, layer: str) -> torch.Tensor:
    """Lines that are wider, or thinner, by one pixel on each side."""
    if layer != "edges":
        return shown
    sign = 1 if pixels > 0 else -1
    wide: torch.Tensor = sign * torch.nn.functional.max_pool2d(sign * shown.float(), 3, stride=1, padding=1)
    return wide.to(shown.dtype)


def _there(value: Any) -> Any:
    assert value is not None
    return value
