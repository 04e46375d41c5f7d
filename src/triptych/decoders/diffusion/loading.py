"""Weights on disk -> networks on a device, each loaded once."""

from __future__ import annotations

import inspect
import sys
from pathlib import Path
from typing import Any

import diffusers
import torch

from ...errors import InputError, ModelError, TriptychError
from ...hub import LOCAL, Model, locate
from .memory import TILE, free_memory, is_out_of_memory, out_of_memory, plan_memory
from .options import Options
from .presets import UNION, Guide, Preset, models
from .progress import tell_steps
from .silence import quiet
from .weights import see_that_whole, text_encoders, variant

# The settings and tokenizers that a single file of a family goes with.
_CONFIGS = {"sd": "sd15-config", "sdxl": "sdxl-config"}
# (family, what steers it) -> class of diffusers; "start" paints over a picture, which here is the colours.
_PIPELINES = {
    ("sd", ""): "StableDiffusionPipeline",
    ("sd", "start"): "StableDiffusionImg2ImgPipeline",
    ("sd", "adapter"): "StableDiffusionAdapterPipeline",
    ("sd", "controlnet"): "StableDiffusionControlNetPipeline",
    ("sd", "controlnet+start"): "StableDiffusionControlNetImg2ImgPipeline",
    ("sdxl", ""): "StableDiffusionXLPipeline",
    ("sdxl", "start"): "StableDiffusionXLImg2ImgPipeline",
    ("sdxl", "adapter"): "StableDiffusionXLAdapterPipeline",
    ("sdxl", "controlnet"): "StableDiffusionXLControlNetPipeline",
    ("sdxl", "controlnet+start"): "StableDiffusionXLControlNetImg2ImgPipeline",
    ("sdxl", "union"): "StableDiffusionXLControlNetUnionPipeline",
    ("sdxl", "union+start"): "StableDiffusionXLControlNetUnionImg2ImgPipeline",
    ("z-image", ""): "ZImagePipeline",
    ("z-image", "controlnet"): "ZImageControlNetPipeline",
}
_GUIDES = {"t2i_adapter": "T2IAdapter", "controlnet": "ControlNetModel", UNION: "ControlNetUnionModel"}
# The settings of Z-Image's ControlNet (VideoX-Fun, config/z_image/z_image_control.yaml), which comes as weights alone.
_Z_IMAGE_CONTROL = Path(__file__).with_name("z_image_control")


class Networks:
    """The networks of a preset on one device. `revisions` says which were loaded: what -> "model@revision"."""

    def __init__(self, preset: Preset, options: Options, device: torch.device) -> None:
        self.preset = preset
        self.device = device
        self.dtype = _dtype(options.dtype, self.device, preset.family)
        self.revisions: dict[str, str] = {}
        self.lora_norm = 0.0
        self._options = options
        self._guides: dict[str, Any] = {}
        self._pipelines: dict[tuple[str, tuple[str, ...]], Any] = {}
        self._placed: tuple[Any, int] = (None, 0)
        self._offloaded = options.offload == "model"
        self.base = self._load_base()

    def guide(self, layer: str) -> Any:
        """The network that is shown a layer, loaded when it is first asked for."""
        if layer not in self._guides:
            guide: Guide = self.preset.guides[layer]
            same = [other for other in self._guides if _is_same(self.preset.guides[other], guide)]
            if same:  # one network for several layers
                self._guides[layer] = self._guides[same[0]]
                self.revisions[layer] = self.revisions[same[0]]
            elif self.preset.family == "z-image":
                self._guides[layer] = self._load(layer, guide.model, self._z_image_control)
            else:
                cls = getattr(diffusers, _GUIDES[guide.kind])
                self._guides[layer] = self._load(layer, guide.model, lambda folder: self._part(cls, folder))
        # A pipeline that was offloaded left it on the CPU, and whoever calls it directly passes that pipeline's hooks.
        return self._guides[layer].to(self.device)

    @property
    def denoiser(self) -> Any:
        """The network that takes noise away."""
        return self.base.transformer if self.preset.family == "z-image" else self.base.unet

    def pipeline(self, steering: str, layers: tuple[str, ...], pixels: int) -> Any:
        """The pipeline that `layers` steer ("", "start", "adapter", "controlnet", "controlnet+start", "union", ...).

        `pixels`: how many are painted at once, for which there must be memory.
        """
        key = steering, layers
        if key not in self._pipelines:
            cls = getattr(diffusers, _PIPELINES[self.preset.family, steering])
            accepted = inspect.signature(cls.__init__).parameters
            parts = {name: part for name, part in self.base.components.items() if name in accepted}
            if "requires_safety_checker" in accepted:
                parts["requires_safety_checker"] = False
            if "force_zeros_for_empty_prompt" in accepted:
                parts["force_zeros_for_empty_prompt"] = self.base.config.force_zeros_for_empty_prompt
            networks = [self.guide(layer) for layer in layers]
            if steering == "adapter":
                parts["adapter"] = networks[0] if len(networks) == 1 else diffusers.MultiAdapter(networks)
            elif layers:
                single = self.preset.family == "z-image" or steering.startswith("union")
                parts["controlnet"] = networks[0] if single else networks
            with quiet():
                pipeline = cls(**parts)
            shown = sys.stderr is not None and sys.stderr.isatty()
            pipeline.set_progress_bar_config(disable=not shown, leave=False, desc=self.preset.name, unit="step")
            tell_steps(pipeline)
            self._pipelines[key] = pipeline
        pipeline = self._pipelines[key]
        # Pipelines share their networks, so what was set up for one does not hold after another.
        if pipeline is not self._placed[0] or pixels > self._placed[1]:
            self._place(pipeline, pixels)
            self._placed = pipeline, pixels
        return pipeline

    # --- loading -----------------------------------------------------------------------------------------------------

    def _load_base(self) -> Any:
        preset = self.preset
        cls = getattr(diffusers, _PIPELINES[preset.family, ""])
        # No checker is loaded: it costs 1.2 GB and blackens pictures; what a file may show was decided at its encoding.
        without = {"safety_checker": None, "requires_safety_checker": False, "feature_extractor": None}
        if preset.family != "sd":
            without = {"add_watermarker": False} if preset.family == "sdxl" else {}
        if preset.vae:
            vae = self._load("vae", preset.vae, lambda folder: self._part(diffusers.AutoencoderKL, folder))
            without["vae"] = vae

        def read(path: Path) -> Any:
            if path.is_file() and preset.family in _CONFIGS:
                known = {model.name: model for model in models()}
                config = locate(preset.config or known[_CONFIGS[preset.family]])[0]
                return cls.from_single_file(
                    str(path), config=str(config), dtype=self.dtype, local_files_only=True, **without
                )
            half = variant(*(part for part in path.iterdir() if part.is_dir()))
            parts = without | text_encoders(path, self.dtype)
            return cls.from_pretrained(path, dtype=self.dtype, variant=half, local_files_only=True, **parts)

        base = self._load("base", preset.base, read)
        if preset.lora:
            self.lora_norm = self._load(
                "lora", preset.lora, lambda path: _merge(base, preset.lora, path, preset.lora_scale)
            )
        if preset.scheduler:
            base.scheduler = _scheduler(preset, base.scheduler)
        self.base = base
        if self._options.compile:
            self.denoiser.compile()
        if self.device.type == "cuda":
            if preset.family != "z-image":
                base.unet.to(memory_format=torch.channels_last)
            base.vae.to(memory_format=torch.channels_last)
        return base

    def _z_image_control(self, path: Path) -> Any:
        weights = [path] if path.is_file() else sorted(path.glob("*.safetensors"))
        if path.is_dir() and (path / "config.json").is_file():
            return self._part(diffusers.ZImageControlNetModel, path)
        if len(weights) != 1:
            raise InputError(f"{path}: has {len(weights)} .safetensors files; name one of them")
        return diffusers.ZImageControlNetModel.from_single_file(
            str(weights[0]), config=str(_Z_IMAGE_CONTROL), dtype=self.dtype, local_files_only=True
        )

    def _part(self, cls: Any, path: Path) -> Any:
        if path.is_file():
            return cls.from_single_file(str(path), dtype=self.dtype, local_files_only=True)
        # Said outright, for without it diffusers reports an error before it takes the older format.
        safe = any(path.glob("*.safetensors"))
        return cls.from_pretrained(
            path, dtype=self.dtype, variant=variant(path), use_safetensors=safe, local_files_only=True
        )

    def _load(self, what: str, model: Model | str, read: Any) -> Any:
        """`read` of where the model is, with its revision noted and errors as ours."""
        path, revision = locate(model)
        name = model.name if isinstance(model, Model) else model
        # Of a path only its end: the folders of a user are private.
        known = model.repo if isinstance(model, Model) else path.name if revision == LOCAL else model
        self.revisions[what] = f"{known}@{revision}"
        try:
            with quiet():
                loaded = read(path)
            see_that_whole(loaded)
            return loaded
        except TriptychError:
            raise
        except Exception as error:  # what a broken file makes these libraries raise is not documented
            if is_out_of_memory(error):
                raise out_of_memory(self.device) from error
            first = (str(error).strip().splitlines() or [""])[0]
            remedy = f"fetch it anew: triptych models remove {name}, then triptych models pull {name}"
            remedy = remedy if isinstance(model, Model) else "check that it is what the preset says"
            raise ModelError(
                f"{name}: cannot be loaded as the {what} of {self.preset.name!r} "
                f"({type(error).__name__}: {first}); {remedy}"
            ) from error

    # --- memory ------------------------------------------------------------------------------------------------------

    def _place(self, pipeline: Any, pixels: int) -> None:
        """Put the pipeline where it computes, in the way that fits into the memory that is free."""
        parts = [part for part in pipeline.components.values() if isinstance(part, torch.nn.Module)]
        sizes = [sum(p.numel() * p.element_size() for p in part.parameters()) for part in parts]
        free = free_memory(self.device)
        if any(p.device.type == self.device.type for part in parts[:1] for p in part.parameters()):
            free += sum(sizes)  # it is there already
        short, tiles = plan_memory(free, sum(sizes), max(sizes), pixels)
        # Once networks come and go they keep doing so: other pipelines use them, too.
        self._offloaded |= short and self._options.offload == "auto"
        if self._offloaded and self.device.type == "cuda":
            pipeline.enable_model_cpu_offload(device=self.device)
        else:
            pipeline.to(self.device)
        if tiles:
            # One picture at a time, in tiles. Attention is not sliced: PyTorch's own needs little memory as it is.
            vae = pipeline.vae
            vae.enable_slicing()
            vae.tile_sample_min_size, vae.tile_latent_min_size = TILE, TILE // pipeline.vae_scale_factor
            vae.enable_tiling()


def _is_same(one: Guide, other: Guide) -> bool:
    return (one.model, one.kind) == (other.model, other.kind)


def _merge(base: Any, model: Model | str, path: Path, scale: float) -> float:
    """Add a LoRA to the weights of a pipeline, so that it costs nothing later; returns the norm of its weights."""
    if path.is_dir():  # which may hold others, too
        names = model.files if isinstance(model, Model) else sorted(found.name for found in path.glob("*.safetensors"))
        if len(names) != 1:
            raise InputError(f"{model}: has {len(names)} .safetensors files; name one of them")
        path /= names[0]
    base.load_lora_weights(str(path.parent), weight_name=path.name, local_files_only=True)
    network = base.transformer if hasattr(base, "transformer") else base.unet
    # The second factor of each pair: a LoRA that says nothing has zeros there.
    seconds = [p.detach().float().norm() for name, p in network.named_parameters() if "lora_B" in name]
    base.fuse_lora(lora_scale=scale)
    base.unload_lora_weights()
    return float(torch.stack(seconds).norm()) if seconds else 0.0


def _scheduler(preset: Preset, own: Any) -> Any:
    named = getattr(diffusers, preset.scheduler or "", None)
    if not (isinstance(named, type) and issubclass(named, diffusers.SchedulerMixin)):
        near = ", ".join(sorted(found.__name__ for found in own.compatibles))
        raise InputError(f"{preset.name}: scheduler.class: diffusers has no {preset.scheduler!r}; it has: {near}")
    cls: Any = named
    options = dict(preset.scheduler_options)
    unknown = sorted(set(options) - set(inspect.signature(cls.__init__).parameters))
    if unknown:
        raise InputError(f"{preset.name}: scheduler.{unknown[0]}: {preset.scheduler} has no such option")
    return cls.from_config(own.config, **options)


def find_device(name: str | None) -> torch.device:
    """The device of a name, or without one the best there is.

    Raises:
        InputError: it is not there.
    """
    if name is None:
        name = "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
    try:
        device = torch.device(name)
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        raise InputError(f"device {name!r} cannot be used here; try cpu, or a torch that supports it") from error
    return device


def _dtype(name: str, device: torch.device, family: str) -> torch.dtype:
    if name == "auto":
        # The CPU computes slowly or not at all in float16, and Z-Image was trained in the range of bfloat16.
        half = "bfloat16" if family == "z-image" else "float16"
        name = "float32" if device.type == "cpu" else half
    dtype: torch.dtype = getattr(torch, name)
    return dtype
