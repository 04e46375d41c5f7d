"""Settings of a generator -> prompt and recipe: from one object, or from a text as A1111 writes it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from ..layers import Recipe

# --- one flat object of settings, which most tools write ---

_SYNONYMS = {
    "prompt": ("prompt", "Prompt", "positive_prompt", "c"),
    "negative": ("negative_prompt", "negativePrompt", "negativeprompt", "Negative", "uc"),
    "seed": ("seed",),
    "steps": ("steps", "num_inference_steps"),
    "guidance": ("cfg_scale", "cfgScale", "cfgscale", "guidance_scale", "cfg", "scale", "guidance"),
    "sampler": ("sampler", "sampler_name", "ksamplerName"),
    "scheduler": ("scheduler", "schedule", "noise_schedule"),
    "model": ("model", "Model", "base_model_name", "base_model", "baseModel"),
    "model_hash": ("model_hash", "Model hash", "base_model_hash"),
    "loras": ("loras", "lora"),
}


def flat(value: dict[str, Any], tool: str) -> tuple[str | None, Recipe]:
    """(prompt, recipe) from one object, whichever of the usual names its members have."""
    got = {
        name: next((value[key] for key in keys if value.get(key) not in (None, "")), None)
        for name, keys in _SYNONYMS.items()
    }
    model, model_hash = got["model"], got["model_hash"]
    if isinstance(model, dict):
        model_hash = model_hash or model.get("hash")
        names = [model.get(key) for key in ("model_name", "name", "modelFileName", "label")]
        model = next((name for name in names if isinstance(name, str)), None)
    width, height = _whole(value.get("width")), _whole(value.get("height"))
    if not width:
        match = re.search(r"(\d{1,5})\D{1,4}(\d{1,5})", str(value.get("resolution") or value.get("size") or ""))
        width, height = (int(match[1]), int(match[2])) if match else (None, None)
    recipe = Recipe(
        tool=tool,
        negative=string(got["negative"]),
        seed=_whole(got["seed"]),
        steps=_whole(got["steps"]),
        guidance=_decimal(got["guidance"]),
        sampler=string(got["sampler"]),
        scheduler=string(got["scheduler"]),
        model=string(model),
        model_hash=string(model_hash),
        loras=_loras(got["loras"]),
        size=_size(width, height),
    )
    return string(got["prompt"]), recipe


def _size(width: int | None, height: int | None) -> tuple[int, int] | None:
    return (width, height) if width and height and 0 < width <= 65536 and 0 < height <= 65536 else None


def string(value: Any) -> str | None:
    """A text, or several as lines; None if it is blank or something else."""
    if isinstance(value, list) and value and all(isinstance(item, str) for item in value):
        value = "\n".join(value)
    return value.strip() or None if isinstance(value, str) else None


def _whole(value: Any) -> int | None:
    if isinstance(value, str) and re.fullmatch(r"-?\d{1,20}", value.strip()):
        value = int(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return value if type(value) is int and abs(value) < 1 << 64 else None


def _decimal(value: Any) -> str | None:
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e9:
        value = int(value)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return str(value)
    return value.strip()[:40] or None if isinstance(value, str) else None


def _loras(value: Any) -> tuple[tuple[str, str | None], ...]:
    found = []
    for item in value[:100] if isinstance(value, list) else ():
        name, weight = item, None
        if isinstance(item, dict):
            name = next((item[k] for k in ("model_name", "name", "model", "lora", "file") if item.get(k)), None)
            weight = item.get("weight")
        elif isinstance(item, list) and item:
            numbers = [part for part in item if isinstance(part, (int, float)) and not isinstance(part, bool)]
            name = next((part for part in item if isinstance(part, str)), None)
            weight = numbers[0] if numbers else None
        if isinstance(name, dict):
            name = name.get("name") or name.get("model_name")
        if isinstance(name, str) and name:
            found.append((name, _decimal(weight)))
    return tuple(found)


# --- A1111 and its relatives: prompt, negative prompt, and a line of settings ---

SETTINGS = re.compile(r"(?:^|\n)Steps: \d+|(?:^|\n|, )Sampler: [^\n]*Seed: ", re.MULTILINE)
_SETTING = re.compile(r'\s*([\w ()/+-]{1,60}):\s*("(?:\\.|[^\\"])*"|\{[^{}]*\}|\[[^\[\]]*\]|[^,]*)(?:,|$)')
_LORA = re.compile(r"<(?:lora|lyco):([^<>:]{1,200})(?::(-?[\d.]+))?[^<>]{0,100}>")


def parameters_text(text: str) -> tuple[str | None, Recipe] | None:
    """(prompt, recipe) of a text as A1111, Forge, SD.Next, Civitai and stable-diffusion.cpp write it."""
    lines = text.split("\n")
    last = next((k for k in range(len(lines) - 1, -1, -1) if SETTINGS.search(lines[k])), None)
    settings = {}
    if last is not None:
        settings = {key.strip(): value.strip().strip('"') for key, value in _SETTING.findall(lines[last][:100_000])}
        lines = lines[:last]
    elif "Negative prompt:" not in text:
        return None
    body = "\n".join(lines)
    prompt, _, negative = ("\n" + body).partition("\nNegative prompt:")
    match = re.fullmatch(r"(\d{1,5})x(\d{1,5})", settings.get("Size", ""))
    version = settings.get("Version", "") + " " + settings.get("App", "")
    tool = next((name for mark, name in _VERSIONS if mark in version), "A1111")
    if "Civitai" in str(settings.keys()):
        tool = "Civitai"
    recipe = Recipe(
        tool=tool,
        negative=negative.strip() or None,
        seed=_whole(settings.get("Seed")),
        steps=_whole(settings.get("Steps")),
        guidance=settings.get("CFG scale") or None,
        sampler=settings.get("Sampler") or None,
        scheduler=settings.get("Schedule type") or settings.get("Sampler sigma") or None,
        model=settings.get("Model") or settings.get("Unet") or None,
        model_hash=settings.get("Model hash") or None,
        loras=tuple((name, weight or None) for name, weight in _LORA.findall(prompt[:100_000])),
        size=_size(int(match[1]), int(match[2])) if match else None,
    )
    return prompt.strip() or None, recipe


# What a version may hold -> the tool.
_VERSIONS = (
    ("stable-diffusion.cpp", "stable-diffusion.cpp"), ("SD.Next", "SD.Next"), ("neo", "Forge"),
    ("classic", "Forge"), ("f0", "Forge"), ("f1", "Forge"), ("f2", "Forge"), ("ComfyUI", "ComfyUI"),
)  # fmt: skip


# --- and back ---


def write_parameters(recipe: Recipe, prompt: str | None, size: tuple[int, int]) -> str:
    """Settings as a text that A1111 and its relatives read, and `parameters_text` reads again.

    Args:
        prompt: what the picture shows.
        size: (width, height) in pixels, if the recipe has none of its own.
    """
    width, height = recipe.size or size
    settings = {
        "Steps": recipe.steps,
        "Sampler": recipe.sampler,
        "Schedule type": recipe.scheduler,
        "CFG scale": recipe.guidance,
        "Seed": recipe.seed,
        "Size": f"{width}x{height}",
        "Model hash": recipe.model_hash,
        "Model": recipe.model,
    }
    lines = [prompt or ""]
    tags = [f"<lora:{name}:{weight or 1}>" for name, weight in recipe.loras if f"<lora:{name}" not in lines[0]]
    lines[0] = " ".join([lines[0], *tags]).strip()
    if recipe.negative:
        lines.append(f"Negative prompt: {recipe.negative}")
    lines.append(settings_line({key: str(value) for key, value in settings.items() if value is not None}))
    return "\n".join(lines)


def settings_line(settings: Mapping[str, str]) -> str:
    """The line of settings: `key: value, ...`, values in quotes (as JSON writes them) where they would end early."""
    return ", ".join(f"{key}: {_quoted(value)}" for key, value in settings.items())


def _quoted(value: str) -> str:
    return json.dumps(value, ensure_ascii=False) if re.search(r'[,:\n"]', value) else value
