"""Presets: which models paint, and with which settings. Data only; nothing here imports torch.

`presets.toml` holds ours, and a user's own file has the same keys (docs/guides/diffusion.md shows examples):

    about           one sentence
    like            a preset of ours whose keys hold where the file has none
    family          "sd" (Stable Diffusion 1 and 2), "sdxl" or "z-image"
    base            the diffusion model: a name in our table of models, a folder as diffusers saves it, a single
                    .safetensors file, or a hub id "owner/name"
    config          for a single file: a folder or hub id with the settings and tokenizers of its family
    vae             another autoencoder than the base's
    lora            { model, scale }: weights that are merged into the base
    scheduler       { class, ... }: a class of diffusers and its options; without it the base's own
    steps, guidance number of steps; guidance scale (up to 1: none, and each step costs half)
    negative        the negative prompt, for files that know none
    file_negative   false: the preset's negative prompt even where the file knows that of its original
    long_prompts    weights as A1111 writes them, and prompts of any length; false: the first 75 tokens as they are;
                    "prompt-only": true where the prompt is all there is to paint from, else false
    pixels          the area, in pixels, that the model was trained at
    multiple        sides are multiples of this many pixels
    start           paint over the colours instead of over plain noise: 1 is noise alone, less keeps more of them
    memory          GB of a GPU's memory that must be free to paint one picture, networks coming and going if need be
    edges, pose, colours
                    { model, kind, drawn, scale, order }: the network that is shown this layer: its kind is
                    "t2i_adapter", "controlnet", or "controlnet_union" (SDXL; one network for several layers), the layer
                    is drawn as conditions.py says, its colour channels are in the order "rgb" (default) or "bgr";
                    false: none. The ControlNet of Z-Image looks at one picture: that of the first layer there is
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct
from msgspec.structs import asdict

from ...errors import InputError
from ...hub import Model
from ...toml import read_toml, typed

FAMILIES = ("sd", "sdxl", "z-image")
UNION = "controlnet_union"

_BUILT_IN = Path(__file__).with_name("presets.toml")


@dataclass(frozen=True)
class Guide:
    """A network that is shown one layer and steers the diffusion model with it."""

    model: Model | str
    kind: str
    drawn: str
    scale: float = 1.0
    order: str = "rgb"


@dataclass(frozen=True)
class Preset:
    """Everything that decides how a picture is painted, besides its layers; see the module's docstring."""

    name: str
    family: str
    base: Model | str
    steps: int
    guidance: float
    about: str = ""
    config: Model | str | None = None
    vae: Model | str | None = None
    lora: Model | str | None = None
    lora_scale: float = 1.0
    scheduler: str | None = None
    scheduler_options: tuple[tuple[str, Any], ...] = ()
    negative: str = ""
    file_negative: bool = True
    long_prompts: bool | str = True
    pixels: int = 512 * 512
    multiple: int = 8
    start: float | None = None
    memory: float = 0.0
    edges: Guide | None = None
    pose: Guide | None = None
    colours: Guide | None = None

    @property
    def guides(self) -> dict[str, Guide]:
        """Layer -> the network that is shown it, in the order edges, pose, colours."""
        found = {"edges": self.edges, "pose": self.pose, "colours": self.colours}
        return {layer: guide for layer, guide in found.items() if guide}


def names() -> list[str]:
    """The names of our presets."""
    return list(_built_in().presets)


@cache
def models() -> list[Model]:
    """All models that our presets use."""
    return [Model(name, **asdict(table)) for name, table in _built_in().models.items()]


def needed(name: str) -> list[Model]:
    """The models of one of our presets."""
    preset = load(name)
    found = [preset.base, preset.vae, preset.lora, *(guide.model for guide in preset.guides.values())]
    return [model for model in found if isinstance(model, Model)]


def load(name: str) -> Preset:
    """A preset of ours, or that of a file whose name ends in `.toml`.

    Raises:
        InputError: there is no such preset or file, or a key of it is wrong; the message names file and key.
    """
    if not name.endswith(".toml"):
        return _read(_ours(name, "there is"), name, f"{_BUILT_IN.name}: {name}", Path())
    path = Path(name).expanduser()
    table = read_toml(path, name)
    like = table.pop("like", None)
    if like is not None:
        table = {**_ours(like, f"{name}: like:"), **table}
    return _read(table, path.stem, name, path.parent)


# --- reading ---------------------------------------------------------------------------------------------------------

_Name = Annotated[str, Meta(min_length=1, description="a model's name, a path or a hub id")]


class _Guide(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    model: _Name
    kind: Literal["t2i_adapter", "controlnet", "controlnet_union"]
    scale: Annotated[float, Meta(ge=0, le=4)] = 1.0
    order: Literal["rgb", "bgr"] = "rgb"


class _EdgeGuide(_Guide, frozen=True, kw_only=True):
    drawn: Literal["sketch", "softedge", "canny"] = "sketch"


class _PoseGuide(_Guide, frozen=True, kw_only=True):
    drawn: Literal["openpose", "openpose-wide"] = "openpose"


class _ColourGuide(_Guide, frozen=True, kw_only=True):
    drawn: Literal["cells", "smooth"] = "cells"


class _Lora(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    model: _Name
    scale: Annotated[float, Meta(ge=-4, le=4)] = 1.0


class _Table(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A preset as it stands in a file; false in the place of a guide takes it away."""

    about: str = ""
    family: Literal["sd", "sdxl", "z-image"]
    base: _Name
    config: _Name | None = None
    vae: _Name | None = None
    lora: _Lora | None = None
    scheduler: dict[str, Any] | None = None
    steps: Annotated[int, Meta(ge=1, le=1000)]
    guidance: Annotated[float, Meta(ge=0, le=50)]
    negative: str = ""
    file_negative: bool = True
    long_prompts: Annotated[bool | Literal["prompt-only"], Meta(description="true or false")] = True
    pixels: Annotated[int, Meta(ge=64, le=2**24)] = 512 * 512
    multiple: Annotated[int, Meta(ge=8, le=128)] = 8
    start: Annotated[float, Meta(ge=0.01, le=1)] | None = None
    memory: Annotated[float, Meta(ge=0, le=1000)] = 0.0
    edges: _EdgeGuide | bool | None = None
    pose: _PoseGuide | bool | None = None
    colours: _ColourGuide | bool | None = None


class _ModelTable(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A model of ours, with the fields of `Model`."""

    repo: str
    revision: str = "main"
    files: tuple[str, ...]
    megabytes: int
    licence: str
    gated: bool = False


class _File(Struct, frozen=True, forbid_unknown_fields=True):
    """`presets.toml`."""

    presets: dict[str, dict[str, Any]]
    models: dict[str, _ModelTable]


@cache
def _built_in() -> _File:
    return typed(read_toml(_BUILT_IN, _BUILT_IN.name), _File, _BUILT_IN.name)


def _ours(name: Any, where: str) -> dict[str, Any]:
    presets = _built_in().presets
    if not isinstance(name, str) or name not in presets:
        raise InputError(f"{where} no preset called {name!r}; there are: {', '.join(presets)}")
    return dict(presets[name])


def _read(table: dict[str, Any], name: str, where: str, folder: Path) -> Preset:
    """A table as a preset; `where` is said in errors, `folder` is where relative paths start."""
    found = typed(table, _Table, where, 'give it, or start from a preset of ours: like = "sd15"')

    def model(value: str | None) -> Model | str | None:
        if value is None:
            return None
        if (folder / value).expanduser().exists():
            return str((folder / value).expanduser())
        return next((known for known in models() if known.name == value), value)

    def guide(key: str) -> Guide | None:
        value = getattr(found, key)
        if value is True:
            raise InputError(f"{where}: {key}: must be a table, as in {{ model = ... }}, or false, not True")
        if not value:
            return None
        return Guide(model(value.model) or "", value.kind, value.drawn, value.scale, value.order)

    guides = {key: guide(key) for key in ("edges", "pose", "colours")}
    _check_kinds(found.family, [one for one in guides.values() if one], where)
    options = dict(found.scheduler or {})
    scheduler = options.pop("class", None)
    if found.scheduler is not None and not isinstance(scheduler, str):
        raise InputError(f"{where}: scheduler.class: must be a text, not {scheduler!r}")
    return Preset(
        name,
        found.family,
        model(found.base) or "",
        found.steps,
        found.guidance,
        about=found.about,
        config=model(found.config),
        vae=model(found.vae),
        lora=model(found.lora.model) if found.lora else None,
        lora_scale=found.lora.scale if found.lora else 1.0,
        scheduler=scheduler,
        scheduler_options=tuple(options.items()),
        negative=found.negative,
        file_negative=found.file_negative,
        long_prompts=found.long_prompts,
        pixels=found.pixels,
        multiple=found.multiple,
        start=found.start,
        memory=found.memory,
        **guides,
    )


def _check_kinds(family: str, guides: list[Guide], where: str) -> None:
    """See that a family has these kinds of networks, and that they can work side by side."""
    kinds = {guide.kind for guide in guides}
    if family == "z-image" and kinds - {"controlnet"}:
        raise InputError(f"{where}: family z-image takes networks of the kind controlnet, not {min(kinds)}")
    if UNION not in kinds:
        return
    if family != "sdxl":
        raise InputError(f"{where}: networks of the kind {UNION} are for the family sdxl, not {family}")
    if "controlnet" in kinds or len({guide.model for guide in guides if guide.kind == UNION}) > 1:
        raise InputError(f"{where}: a {UNION} takes the place of all ControlNets: give each layer the same one")
