"""Presets: which models paint, and with which settings. Data only; nothing here imports torch.

`presets.toml` holds ours, and a user's own file has the same keys (docs/guides/diffusion.md shows examples):

    about           one sentence
    like            a preset of ours whose keys hold where the file has none
    family          "sd" (Stable Diffusion 1 and 2) or "sdxl"
    base            the diffusion model: a name in our table of models, a folder as diffusers saves it, a single
                    .safetensors file, or a hub id "owner/name"
    config          for a single file: a folder or hub id with the settings and tokenizers of its family
    vae             another autoencoder than the base's
    lora            { model, scale }: weights that are merged into the base
    scheduler       { class, ... }: a class of diffusers and its options; without it the base's own
    steps, guidance number of steps; guidance scale (up to 1: none, and each step costs half)
    negative        the negative prompt
    long_prompts    weights as A1111 writes them, and prompts of any length; false: the first 75 tokens as they are;
                    "prompt-only": true where the prompt is all there is to paint from, else false
    pixels          the area, in pixels, that the model was trained at
    multiple        sides are multiples of this many pixels
    start           paint over the colours instead of over plain noise: 1 is noise alone, less keeps more of them
    edges, pose, colours
                    { model, kind, drawn, scale, order }: the network that is shown this layer: its kind is
                    "t2i_adapter" or "controlnet", the layer is drawn as conditions.py says, its colour channels are
                    in the order "rgb" (default) or "bgr"; false: none
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from ...errors import InputError
from ...hub import Model

FAMILIES = ("sd", "sdxl")
KINDS = ("t2i_adapter", "controlnet")
ORDERS = ("rgb", "bgr")
# layer -> how it can be drawn
DRAWN = {"edges": ("sketch", "softedge", "canny"), "pose": ("openpose",), "colours": ("cells", "smooth")}

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
    long_prompts: bool | str = True
    pixels: int = 512 * 512
    multiple: int = 8
    start: float | None = None
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
    return list(_built_in()["presets"])


@cache
def models() -> list[Model]:
    """All models that our presets use."""
    return [_model_of(name, table) for name, table in _built_in()["models"].items()]


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
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"{name}: cannot be read: {error.strerror or error}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{name}: is not TOML: {error}") from error
    like = table.pop("like", None)
    if like is not None:
        table = {**_ours(like, f"{name}: like:"), **table}
    return _read(table, path.stem, name, path.parent)


# --- reading ---------------------------------------------------------------------------------------------------------


@cache
def _built_in() -> dict[str, Any]:
    return tomllib.loads(_BUILT_IN.read_text(encoding="utf-8"))


def _ours(name: Any, where: str) -> dict[str, Any]:
    presets = _built_in()["presets"]
    if not isinstance(name, str) or name not in presets:
        raise InputError(f"{where} no preset called {name!r}; there are: {', '.join(presets)}")
    return dict(presets[name])


def _model_of(name: str, table: Mapping[str, Any]) -> Model:
    return Model(
        name, table["repo"], table.get("revision", "main"), tuple(table["files"]), table["megabytes"], table["licence"]
    )


def _read(table: dict[str, Any], name: str, where: str, folder: Path) -> Preset:
    """A table as a preset; `where` is said in errors, `folder` is where relative paths start."""

    def model(value: Any, key: str) -> Model | str:
        if not isinstance(value, str) or not value:
            raise InputError(f"{where}: {key}: must be a model's name, a path or a hub id, not {value!r}")
        if (folder / value).expanduser().exists():
            return str((folder / value).expanduser())
        return next((known for known in models() if known.name == value), value)

    def number(value: Any, key: str, low: float, high: float, *, whole: bool = False) -> Any:
        fits = isinstance(value, int) if whole else isinstance(value, int | float)
        if not fits or isinstance(value, bool) or not low <= value <= high:
            kind = "a whole number" if whole else "a number"
            raise InputError(f"{where}: {key}: must be {kind} from {low:g} to {high:g}, not {value!r}")
        return value if whole else float(value)

    def choice(value: Any, key: str, allowed: tuple[str, ...]) -> str:
        if value not in allowed:
            raise InputError(f"{where}: {key}: must be one of {', '.join(allowed)}, not {value!r}")
        return value

    def exact(value: Any, key: str, kind: type) -> Any:
        if not isinstance(value, kind):
            what = {str: "a text", bool: "true or false", dict: "a table, as in { model = ... }"}[kind]
            raise InputError(f"{where}: {key}: must be {what}, not {value!r}")
        return value

    def members(value: Any, key: str, allowed: tuple[str, ...], required: tuple[str, ...]) -> dict[str, Any]:
        exact(value, key, dict)
        known(value, f"{key}.", allowed)
        for member in required:
            if member not in value:
                raise InputError(f"{where}: {key}: has no {member!r}; it needs {', '.join(required)}")
        return value

    def known(value: dict[str, Any], prefix: str, allowed: tuple[str, ...]) -> None:
        for key in value:
            if key not in allowed:
                raise InputError(f"{where}: {prefix}{key}: there is no such key; there are: {', '.join(allowed)}")

    def guide(value: Any, key: str) -> Guide | None:
        if value is False:
            return None
        found = members(value, key, ("model", "kind", "drawn", "scale", "order"), ("model", "kind"))
        drawn = choice(found.get("drawn", DRAWN[key][0]), f"{key}.drawn", DRAWN[key])
        return Guide(
            model(found["model"], f"{key}.model"),
            choice(found["kind"], f"{key}.kind", KINDS),
            drawn,
            number(found.get("scale", 1.0), f"{key}.scale", 0, 4),
            choice(found.get("order", ORDERS[0]), f"{key}.order", ORDERS),
        )

    readers = {
        "about": lambda v, k: {k: exact(v, k, str)},
        "family": lambda v, k: {k: choice(v, k, FAMILIES)},
        "base": lambda v, k: {k: model(v, k)},
        "config": lambda v, k: {k: model(v, k)},
        "vae": lambda v, k: {k: model(v, k)},
        "lora": lambda v, k: {
            k: model(members(v, k, ("model", "scale"), ("model",))["model"], f"{k}.model"),
            "lora_scale": number(v.get("scale", 1.0), f"{k}.scale", -4, 4),
        },
        "scheduler": lambda v, k: {
            k: exact(exact(v, k, dict).get("class"), f"{k}.class", str),
            "scheduler_options": tuple((option, value) for option, value in v.items() if option != "class"),
        },
        "steps": lambda v, k: {k: number(v, k, 1, 1000, whole=True)},
        "guidance": lambda v, k: {k: number(v, k, 0, 50)},
        "negative": lambda v, k: {k: exact(v, k, str)},
        "long_prompts": lambda v, k: {k: v if v == "prompt-only" else exact(v, k, bool)},
        "pixels": lambda v, k: {k: number(v, k, 64, 2**24, whole=True)},
        "multiple": lambda v, k: {k: number(v, k, 8, 128, whole=True)},
        "start": lambda v, k: {k: number(v, k, 0.01, 1)},
        **dict.fromkeys(DRAWN, lambda v, k: {k: guide(v, k)}),
    }
    known(table, "", tuple(readers))
    for key in ("family", "base", "steps", "guidance"):
        if key not in table:
            raise InputError(f'{where}: has no {key!r}; give it, or start from a preset of ours: like = "sd15"')
    values: dict[str, Any] = {}
    for key, value in table.items():
        values |= readers[key](value, key)
    return Preset(name, **values)
