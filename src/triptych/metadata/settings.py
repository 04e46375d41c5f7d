"""One flat object of settings, as most tools write it -> prompt and recipe."""

from __future__ import annotations

import ast
import json
import math
import re

from ..layers import Recipe
from ..limits import MAX_JSON_CHARS

__all__ = ["LORA_TAG", "decimal", "flat", "loras_of", "parse_json", "size_of", "string", "whole"]

LORA_TAG = re.compile(r"<(?:lora|lyco):([^<>:]{1,200})(?::(-?[\d.]+))?[^<>]{0,100}>")
_SYNONYMS = {
    "prompt": ("prompt", "Prompt", "positive_prompt", "positivePrompt", "c"),
    "negative": ("negative_prompt", "negativePrompt", "negativeprompt", "Negative", "negative", "uc"),
    "seed": ("seed",),
    "steps": ("steps", "num_inference_steps"),
    "guidance": ("cfg_scale", "cfgScale", "cfgscale", "guidance_scale", "cfg", "scale", "guidance"),
    "sampler": ("sampler", "sampler_name", "ksamplerName"),
    "scheduler": ("scheduler", "schedule", "noise_schedule"),
    "model": (
        "model", "Model", "base_model_name", "base_model", "baseModel", "use_stable_diffusion_model",
        "stable_diffusion_model",
    ),
    "model_hash": ("model_hash", "Model hash", "base_model_hash"),
    "loras": ("loras", "lora", "use_lora_model"),
    "weights": ("loraweights", "lora_alpha", "lora_scales"),
}  # fmt: skip


def parse_json(text: str) -> object:
    """The value of a JSON text, with Python's NaN and Infinity, or None if it is broken.

    Raises:
        TooLarge: it is longer than limits.py allows.
    """
    if len(text) > MAX_JSON_CHARS:
        raise TooLarge(f"{len(text)} characters; at most {MAX_JSON_CHARS} are read")
    try:
        return json.loads(text.strip("\0\ufeff \r\n\t"), strict=False)
    except (ValueError, RecursionError):
        return None


class TooLarge(ValueError):
    """A text is whole, but larger than limits.py allows."""


def flat(value: dict[str, object], tool: str | None) -> tuple[str | None, Recipe]:
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
    size = size_of(f"{whole(value.get('width'))}x{whole(value.get('height'))}")
    if not size:
        match = re.search(r"(\d{1,5})\D{1,4}(\d{1,5})", str(value.get("resolution") or value.get("size") or ""))
        size = size_of(f"{match[1]}x{match[2]}") if match else None
    combined = [value[key] for key in sorted(value) if re.fullmatch(r"lora_combined_\d{1,2}", key)]
    recipe = Recipe(
        tool=tool,
        negative=string(got["negative"]),
        seed=whole(got["seed"]),
        steps=whole(got["steps"]),
        guidance=decimal(got["guidance"]),
        sampler=string(got["sampler"]),
        scheduler=string(got["scheduler"]),
        model=string(model),
        model_hash=string(model_hash),
        loras=loras_of(got["loras"] if got["loras"] is not None else combined, got["weights"]),
        size=size,
    )
    return string(got["prompt"]), recipe


def size_of(text: str | None) -> tuple[int, int] | None:
    """Width and height of a text like 512x768."""
    match = re.fullmatch(r"\s*(\d{1,5}) ?[x×] ?(\d{1,5})\s*", text or "")
    width, height = (int(match[1]), int(match[2])) if match else (0, 0)
    return (width, height) if 0 < width <= 65536 and 0 < height <= 65536 else None


def string(value: object) -> str | None:
    """A text, or several as lines; None if it is blank or something else."""
    if isinstance(value, list) and value and all(isinstance(item, str) for item in value):
        value = "\n".join(value)
    return value.strip() or None if isinstance(value, str) else None


def whole(value: object) -> int | None:
    """A whole number, however it is written, or None: also for -1, which asks for a number that was then drawn."""
    if isinstance(value, str) and re.fullmatch(r"\d{1,20}", value.strip()):
        value = int(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 64 else None


def decimal(value: object) -> str | None:
    """A number as it would be written, or None."""
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e9:
        value = int(value)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return str(value)
    return value.strip()[:40] or None if isinstance(value, str) else None


def _literal(text: str) -> object:
    """The value of a list or an object as Python or JSON writes them, or None if the text is none."""
    if text.lstrip()[:1] not in ("[", "(", "{") or len(text) > 10_000:
        return None
    try:
        value: object = ast.literal_eval(text.strip())
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return None
    return list(value) if isinstance(value, tuple) else value


def loras_of(value: object, weights: object = None) -> tuple[tuple[str, str | None], ...]:
    """Names and weights of LoRAs: from a list in one of several forms, an object, or one text that lists them."""
    if isinstance(value, str):
        tags = LORA_TAG.findall(value[:100_000])
        if tags:
            return tuple((name, weight or None) for name, weight in tags)
        listed = _literal(value)
        value = listed if listed is not None else [part for part in re.split(r"[,;\n]", value) if part.strip()]
    if isinstance(value, dict):
        value = [[name, weight] for name, weight in value.items()]
    if isinstance(weights, str):
        listed = _literal(weights)
        weights = listed if listed is not None else re.split(r"[,;\n]", weights)
    if not isinstance(weights, list):
        weights = [weights]
    items = value[:100] if isinstance(value, list) else []
    beside = weights if len(weights) == len(items) else [None] * len(items)
    found: list[tuple[str, str | None]] = []
    for item, weight in zip(items, beside, strict=True):
        name: object = item
        if isinstance(item, dict):
            if item.get("active", item.get("enabled", item.get("on"))) is False:
                continue
            name = next((item[k] for k in ("model_name", "name", "model", "lora", "file") if item.get(k)), None)
            weight = next((item[k] for k in ("weight", "strength", "scale") if item.get(k) is not None), weight)
        elif isinstance(item, (list, tuple)) and item:
            numbers = [part for part in item if isinstance(part, (int, float)) and not isinstance(part, bool)]
            name = next((part for part in item if isinstance(part, str)), None)
            weight = numbers[0] if numbers else weight
        elif isinstance(item, str) and weight is None:
            match = re.fullmatch(r"\s*(.+?)\s*:\s*(-?\d+(?:\.\d+)?)\s*", item)
            name, weight = (match[1], match[2]) if match else (item, None)
        if isinstance(name, dict):
            name = name.get("name") or name.get("model_name")
        if isinstance(name, str) and name.strip() and name.strip().lower() != "none":
            found.append((name.strip(), decimal(weight)))
    return tuple(found)
