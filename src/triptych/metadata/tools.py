"""Texts of a picture file -> the prompt and the settings, for each program that writes such texts.

InvokeAI's older formats are read by sd-parsers, and so are the ComfyUI graphs that `read_graph` finds no prompt
in; the other formats need less than it takes to call it, or are unknown to it.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any, NamedTuple

from ..layers import Recipe
from .a1111 import SETTINGS, flat, parameters_text, string
from .chunks import XMP
from .comfyui import MAX_NODES, read_graph

_MOST_JSON = 2 * 2**20  # characters that are parsed; more would take too long


class Found(NamedTuple):
    """What a reader made of the texts.

    Attributes:
        prompt: the prompt, or None if there is none.
        recipe: the settings, without blocks.
        names: the texts that belong to the tool, and are worth restoring.
    """

    prompt: str | None
    recipe: Recipe
    names: tuple[str, ...]


class Unreadable(ValueError):
    """A text that looks like a tool's own, but is broken."""


# --- names as PNG has them ---

_OWN_JSON = frozenset({"sui_image_params", "metadata_scheme"})  # members that tell SwarmUI and Fooocus


def as_png(texts: dict[str, str]) -> dict[str, str]:
    """The texts under the names that the tools give them in PNG, whatever the file's format."""
    named = dict(texts)
    for name in ("ImageDescription", "Make", "Model", "UserComment"):
        text = named.get(name, "")
        label, colon, rest = text.partition(":")
        if colon and label.lower() in ("workflow", "prompt") and rest.lstrip().startswith("{"):
            named.setdefault(label.lower(), rest.lstrip())
            del named[name]
    comment = named.get("UserComment")
    if comment is None:
        return named
    value = _json(comment) if comment.lstrip().startswith("{") else None
    if isinstance(value, dict) and isinstance(value.get("Comment"), str):  # NovelAI's chunks in one
        named |= {key: item for key, item in value.items() if isinstance(item, str)}
        del named["UserComment"]
    elif isinstance(value, dict) and any(isinstance(v, dict) and "class_type" in v for v in value.values()):
        named.setdefault("prompt", comment)
        del named["UserComment"]
    elif SETTINGS.search(comment) or (isinstance(value, dict) and _OWN_JSON & set(value)):
        named.setdefault("parameters", comment)
        del named["UserComment"]
    return named


def _json(text: str) -> Any:
    """The value of a JSON text, or None if it is broken or too large."""
    if len(text) > _MOST_JSON:
        return None
    try:
        return json.loads(text.rstrip("\0 \n"), strict=False)
    except (ValueError, RecursionError):
        return None


# --- one reader a family of tools: texts -> Found, or None if they are not its own ---


def _parameters(texts: dict[str, str]) -> Found | None:
    text = texts.get("parameters")
    if text is None:
        return None
    if not text.lstrip().startswith("{"):
        read = parameters_text(text)
        # Whoever writes this chunk writes a prompt into it.
        return Found(*read, ("parameters",)) if read else Found(text.strip() or None, Recipe(), ("parameters",))
    value = _json(text)
    if not isinstance(value, dict):
        raise Unreadable("parameters")
    names = ("parameters", "fooocus_scheme")
    if isinstance(value.get("sui_image_params"), dict):
        prompt, recipe = flat(value["sui_image_params"], "SwarmUI")
        models = value.get("sui_models")
        first = models[0] if isinstance(models, list) and models and isinstance(models[0], dict) else {}
        return Found(prompt, replace(recipe, model_hash=recipe.model_hash or string(first.get("hash"))), names)
    software = value.get("software") or value.get("metadata_scheme") or value.get("version") or ""
    tool = "Fooocus" if "ooocus" in str(software) else "Hugging Face"
    tool = "RuinedFooocus" if software == "RuinedFooocus" else tool
    return Found(*flat(value, tool), names)


def _comfyui(texts: dict[str, str]) -> Found | None:
    names = ("prompt", "workflow", "generation_data")
    data = _json(texts.get("generation_data", ""))
    if isinstance(data, dict):
        return Found(*flat(data, "TensorArt"), names)
    if "prompt" not in texts:
        return Found(None, Recipe(tool="ComfyUI"), names) if "workflow" in texts else None
    graph = _json(texts["prompt"])
    if not isinstance(graph, dict):
        if texts["prompt"].lstrip().startswith(("{", "[")):
            raise Unreadable("prompt")
        return Found(texts["prompt"].strip() or None, Recipe(), ("prompt",))
    extra = _json(graph["extraMetadata"]) if isinstance(graph.get("extraMetadata"), str) else None
    if isinstance(extra, dict):
        return Found(*flat(extra, "Civitai"), names)
    found = read_graph(graph)
    prompt, recipe = found or (None, Recipe(tool="ComfyUI"))
    if not prompt and "workflow" in texts and len(graph) <= MAX_NODES // 10:
        theirs = _sd_parsers("ComfyUIParser", texts)
        if theirs and theirs[0]:
            return Found(*theirs, names)
    return Found(prompt, recipe, names) if found else None


def _invokeai(texts: dict[str, str]) -> Found | None:
    names = ("invokeai_metadata", "invokeai_graph", "invokeai_workflow", "sd-metadata", "Dream", "dream")
    if "invokeai_metadata" in texts:
        value = _json(texts["invokeai_metadata"])
        if not isinstance(value, dict):
            raise Unreadable("invokeai_metadata")
        return Found(*flat(value, "InvokeAI"), names)
    if "sd-metadata" in texts or "Dream" in texts:
        theirs = _sd_parsers("InvokeAIParser", texts)
        if theirs:
            return Found(*theirs, names)
        raise Unreadable("Dream" if "Dream" in texts else "sd-metadata")
    return None


def _novelai(texts: dict[str, str]) -> Found | None:
    if "NovelAI" not in texts.get("Software", "") + texts.get("Title", "") + texts.get("Source", ""):
        return None
    value = _json(texts.get("Comment", ""))
    if value is None and "Comment" in texts:
        raise Unreadable("Comment")
    prompt, recipe = flat(value if isinstance(value, dict) else {}, "NovelAI")
    source = texts.get("Source") or texts.get("Software", "")
    match = re.fullmatch(r"(.*?)\s+([0-9A-F]{8})", source)
    if match:
        recipe = replace(recipe, model=match[1], model_hash=match[2])
    names = ("Title", "Description", "Software", "Source", "Generation time", "Comment")
    return Found(prompt or texts.get("Description", "").strip() or None, recipe, names)


def _mflux(texts: dict[str, str]) -> Found | None:
    value = _json(texts.get("UserComment", ""))
    if not isinstance(value, dict) or "mflux_version" not in value:
        return None
    weights, paths = value.get("lora_scales"), value.get("lora_paths")
    if isinstance(paths, list):
        scales = weights if isinstance(weights, list) and len(weights) == len(paths) else [None] * len(paths)
        value = {**value, "loras": [[str(path), scale] for path, scale in zip(paths, scales, strict=True)]}
    value.pop("base_model", None)
    return Found(*flat(value, "mflux"), ("UserComment",))


def _midjourney(texts: dict[str, str]) -> Found | None:
    text = texts.get("Description", "")
    match = re.search(r"\s*Job ID: [0-9a-f-]{36}\s*$", text)
    return Found(text[: match.start()] or None, Recipe(tool="Midjourney"), ("Description", XMP)) if match else None


def _described(texts: dict[str, str]) -> Found | None:
    """Draw Things, and whoever else describes the picture in XMP or IPTC."""
    xmp = texts.get(XMP, "")
    value = _json(_xmp_text(xmp, "exif:UserComment") or "")
    if isinstance(value, dict) and "c" in value:
        return Found(*flat(value, "Draw Things"), (XMP,))
    text = _xmp_text(xmp, "dc:description") or texts.get("IPTC caption", "").strip()
    if not text or "DIGITAL CAMERA" in text:  # what cameras write into every file
        return None
    return Found(text, Recipe(), (XMP,) if xmp else ())


def _xmp_text(xmp: str, element: str) -> str | None:
    """The (first) text of an element or attribute of XMP."""
    match = re.search(rf"<{element}\b[^>]*>(.*?)</{element}>", xmp, re.DOTALL)
    if match:
        item = re.search(r"<rdf:li\b[^>]*>(.*?)</rdf:li>", match[1], re.DOTALL)
        return html.unescape((item or match)[1]).strip() or None
    match = re.search(rf"\b{element}=\"([^\"]*)\"", xmp)
    return html.unescape(match[1]).strip() or None if match else None


READERS: tuple[Callable[[dict[str, str]], Found | None], ...] = (
    _parameters, _comfyui, _invokeai, _novelai, _mflux, _midjourney, _described,
)  # fmt: skip


# --- sd-parsers ---


def _sd_parsers(parser: str, texts: dict[str, str]) -> tuple[str | None, Recipe] | None:
    """(prompt, recipe) as a parser of sd-parsers reads the texts, or None if it cannot."""
    from sd_parsers import parsers

    try:
        info = getattr(parsers, parser)().parse(dict(texts))
        sampler = info.samplers[0] if info.samplers else None
        settings = {"sampler": sampler.name, **sampler.parameters} if sampler else {}
        model = sampler.model if sampler else None
        _, recipe = flat({**info.metadata, **settings}, "InvokeAI" if parser == "InvokeAIParser" else "ComfyUI")
        named = {"model": model.name, "model_hash": model.hash} if model else {}
        recipe = replace(recipe, negative=string(info.full_negative_prompt), **named)
        return string(info.full_prompt), recipe
    except Exception:  # it was not written for files that mean harm
        return None
