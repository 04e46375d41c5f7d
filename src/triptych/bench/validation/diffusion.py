"""Checks of diffusion decoders."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from itertools import pairwise
from typing import Any

import diffusers
import numpy as np
import torch
from PIL import Image

from ...codec.decode import Conditioning
from ...decoders.diffusion.conditions import draw
from ...decoders.diffusion.decoder import _pixels
from ...decoders.diffusion.flow import GUIDES
from ...decoders.diffusion.presets import Preset
from . import checks
from .kit import Check, Kit, mean, without
from .measures import colours_off, contours_found, joints_found

Change = Callable[..., torch.Tensor]
"""(layer, show) -> what its network is shown instead; `show(times)` draws it with lines so many times as wide."""

Samples = Sequence[tuple[str, Conditioning]]

_SAMPLES = 3  # that negative controls are tried on
_NAMES = {"pose": "people", "colours": "colours"}
_TRUST = 1 / 255  # mean difference, of 1, up to which two ways of painting are one


def prepare(kit: Kit) -> None:
    """Note which layers the preset looks at."""
    decoder: Any = kit.painter
    preset: Preset = decoder.preset
    seen = {{"pose": "people"}.get(layer, layer) for layer in preset.guides}
    seen |= {"colours"} if preset.start is not None else set()
    kit.ignored = {
        layer: f"{preset.name} does not look at them" for layer in ("edges", "people", "colours") if layer not in seen
    }
    if preset.family == "z-image" and len(preset.guides) > GUIDES and preset.edges:
        kit.hidden = {"people": "edges"}


def load(kit: Kit) -> Iterator[Check]:
    """Networks load; none of their weights is missing; a LoRA has weights; the time steps are those of the schedule."""
    decoder: Any = kit.painter
    given = next(iter(kit.samples.values()))
    networks = decoder.networks  # loading them refuses files that lack weights
    counter = networks.base.vae.decoder.register_forward_hook(lambda *found: _count(kit, found[-1]))
    kit.closing.callback(counter.remove)
    (image,) = kit.paint(given)
    settings = decoder.settings(given)
    parts = {name: part for name, part in networks.base.components.items() if isinstance(part, torch.nn.Module)}
    modules = {**parts, **networks._guides}
    broken = [name for name, module in modules.items() if not _whole(module)]
    floating = [what for what, revision in networks.revisions.items() if revision.endswith(("@main", "@local"))]
    said = f"painted {image.width} x {image.height} with {len(modules)} networks, none lacks weights"
    said += f"; without a number: {', '.join(broken)}" if broken else ""
    said += f"; not pinned to a revision: {', '.join(floating)}" if floating else ""
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
    find_joints = checks.pose_network()
    chosen = [(name, given) for name, given in kit.samples.items() if given.edges is not None][:_SAMPLES]
    people = [(name, given) for name, given in kit.samples.items() if given.people is not None][:1]
    found: dict[str, dict[str, float]] = {}

    def judge(label: str, changed: Preset = preset, change: Change | None = None, on: Samples = chosen) -> None:
        lines, colours, joints = [], [], []
        with _changed(decoder, changed, change):
            for name, given in on:
                (image,) = kit.paint(given)
                kit.show(f"{name}, controls", label, image)
                if given.edges is not None:
                    lines.append(contours_found(given.edges, image))
                if given.colours is not None:
                    colours.append(colours_off(given.colours, image))
                if given.people is not None and find_joints:
                    joints.append(joints_found(given.people, find_joints(image), image.size))
        measured = {"contours found": lines, "CIEDE2000": colours, "joints found": joints}
        found[label] = {measure: mean(values) for measure, values in measured.items() if values}

    judge("as shipped")
    if preset.edges:
        judge("inverted lines", change=lambda layer, show: 1 - show(1.0) if layer == "edges" else show(1.0))
        for times, said in ((0.5, "half"), (1.5, "one and a half times")):
            judge(f"lines {said} as wide", change=lambda layer, show, times=times: show(times))
    for layer, on in (("pose", people), ("colours", chosen)):
        if preset.guides.get(layer) and on:
            if on is people:
                on = [(name, without(given, *(kit.hidden[key] for key in kit.hidden))) for name, given in on]
                judge("people, right channels", on=on)
            swap: Change = lambda own, show, layer=layer: show(1.0).flip(1) if own == layer else show(1.0)  # noqa: E731
            judge(f"{_NAMES[layer]}, swapped channels", change=swap, on=on)
    if preset.start is not None:
        for start in (0.6, 0.7, 0.8, 0.9):
            if int(preset.steps * start) >= 1:
                judge(f"strength {start}", replace(preset, start=start))
    if preset.edges:
        for scale in (0.7, 0.9, 1.1):
            judge(f"scale {scale}", replace(preset, edges=replace(preset.edges, scale=scale)))
    yield from _judged(found, preset, find_joints is not None)


def _judged(found: dict[str, dict[str, float]], preset: Preset, joints: bool) -> Iterator[Check]:
    """Verdicts on what was painted for `controls`: label -> measure -> mean."""
    shipped = found["as shipped"]
    if "inverted lines" in found and "contours found" in shipped:
        right, wrong = shipped["contours found"], found["inverted lines"]["contours found"]
        said = f"contours found: {right:.3f} as shipped, {wrong:.3f} with inverted lines"
        yield Check("controls", "pass" if wrong < right else "fail", said, found)
    else:
        yield Check("controls", "skip", f"{preset.name} does not look at edges", found)
    told: list[str] = []
    verdicts: list[bool] = []
    swapped = found.get("colours, swapped channels")
    if swapped:
        told.append(f"CIEDE2000 {shipped['CIEDE2000']:.3f} as shipped, {swapped['CIEDE2000']:.3f} with red for blue")
        verdicts.append(swapped["CIEDE2000"] > shipped["CIEDE2000"])
    swapped = found.get("people, swapped channels")
    if swapped and joints:
        right, wrong = found["people, right channels"]["joints found"], swapped["joints found"]
        told.append(f"joints found: {right:.3f} as shipped, {wrong:.3f} with red for blue")
        verdicts.append(wrong <= right)
    elif swapped:
        told.append(
            "people with red for blue were painted, but not judged, for no pose network is here: "
            "pip install 'triptych[pose]', then triptych models pull rtmpose"
        )
    why = "; ".join(told) or f"{preset.name} has no network that sees colours"
    yield Check("channels", "skip" if not verdicts else "pass" if all(verdicts) else "fail", why)


def devices(kit: Kit) -> Iterator[Check]:
    """The GPU paints what the CPU paints, to rounding, in four steps."""
    decoder: Any = kit.painter
    device = decoder.device.type
    if device == "cpu" or kit.quick or decoder.preset.family != "sd":
        why = "there is no GPU" if device == "cpu" else "takes long on a CPU: left out for --quick and large models"
        yield Check("devices", "skip", why)
        return
    given = next(iter(kit.samples.values()))
    with _changed(decoder, replace(decoder.preset, steps=4), None):
        one = decoder.decode(given)
    other = _copy(decoder, device="cpu", steps=4, dtype="auto").decode(given)
    off = round(float(np.abs(one.astype(int) - other).mean()), 4)
    # Half precision against single, four times over.
    yield Check("devices", "pass" if off < 6 else "fail", f"{off:.3f} of 255 from the CPU", {"difference": off})


def offload(kit: Kit) -> Iterator[Check]:
    """Networks come and go in any order of layers, edges and people, then with colours; and what that costs."""
    decoder: Any = kit.painter
    given = next((one for one in kit.samples.values() if one.people is not None), next(iter(kit.samples.values())))
    if decoder.device.type != "cuda":
        yield Check("offload", "skip", f"networks stay where they are on {decoder.device.type}")
        return
    order = [without(given, "colours"), given]
    expected = [np.asarray(image) for image in kit.paint(*order)]
    _set_aside(decoder.networks)
    other = _copy(decoder, offload="model")
    with checks.peak(kit) as most:
        pictures = [other.decode(one) for one in order]  # the first one loads them
        started = time.perf_counter()
        other.decode(given)
        seconds = round(time.perf_counter() - started, 3)
    offs = [float(np.abs(a.astype(int) - b).mean()) for a, b in zip(pictures, expected, strict=True)]
    said = f"edges and people, then with colours: at most {max(offs):.3f} of 255 apart; {seconds:g} s and {most():g} GB"
    figures = {"differences": offs, "seconds": seconds, "gigabytes at most": most()}
    yield Check("offload", "pass" if max(offs) < 3 else "fail", said, figures)


# --- parts -----------------------------------------------------------------------------------------------------------


def _whole(module: torch.nn.Module) -> bool:
    """Whether every weight is a number."""
    return all(bool(p.isfinite().all()) for p in module.parameters())


def _count(kit: Kit, decoded: torch.Tensor) -> None:
    """Note pictures whose numbers have no value: the decoder makes them again in float32."""
    kit.counts[checks.AGAIN] += int((~decoded.isfinite()).flatten(1).any(dim=1).sum())


def _copy(decoder: Any, **options: Any) -> Any:
    """The decoder with other options, and with networks of its own."""
    return type(decoder)(decoder.name, **asdict(replace(decoder.options, **options)))


def _set_aside(networks: Any) -> None:
    """Make room on the GPU; the next picture brings the networks back."""
    for module in (*networks.base.components.values(), *networks._guides.values()):
        if isinstance(module, torch.nn.Module):
            module.to("cpu")
    networks._placed = None, 0
    torch.cuda.empty_cache()


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
def _changed(decoder: Any, preset: Preset, change: Change | None) -> Iterator[None]:
    """Another preset with the same networks, which are shown something else."""
    own, shows = decoder.preset, decoder._show
    decoder.preset = decoder.networks.preset = preset
    if change is not None:
        decoder._show = lambda batch, layer, w, h: change(layer, lambda times: shows(batch, layer, w, h, wider=times))
    try:
        yield
    finally:
        decoder.preset = decoder.networks.preset = own
        decoder.__dict__.pop("_show", None)
