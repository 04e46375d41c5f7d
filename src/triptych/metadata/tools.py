"""Texts of a picture file -> the prompt and the settings, for each program that writes such texts.

InvokeAI's older formats are read by sd-parsers. For ComfyUI it is not used: it takes the first text upstream of an
input without regard to which output a link names, so it reports a false negative prompt behind a ControlNet
(tests/metadata/test_comfyui.py has the graph); the other formats need less than it takes to call it, or are unknown
to it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

from ..errors import LimitError
from ..layers import Recipe
from ..limits import MAX_PARAMETERS_CHARS
from .a1111 import parameters_text
from .chunks import XMP
from .comfyui import from_prompt, from_workflow, read_graph
from .invokeai import read_invokeai_graph
from .places import xmp_text, xmp_texts
from .settings import TooLarge, flat, parse_json, string

__all__ = ["READERS", "Found", "Unreadable", "as_png", "read_text"]


class Found(NamedTuple):
    """What a reader made of the texts.

    Attributes:
        prompt: the prompt, or None if there is none.
        recipe: the settings, without blocks.
        names: the texts that belong to the tool, by the names that they have in PNG.
        notes: what could not be used.
    """

    prompt: str | None
    recipe: Recipe
    names: tuple[str, ...]
    notes: tuple[str, ...] = ()


class Unreadable(ValueError):
    """A text that looks like a tool's own, but is broken."""


# --- names as PNG has them ---

STEM = "\0stem"  # under this name the texts hold the file's name without its ending, which no chunk can have

_OWN_JSON = frozenset({"sui_image_params", "metadata_scheme"})  # members that tell SwarmUI and Fooocus
# Places where any text may stand, and so that of a generator, too; the likeliest first.
_FREE = (
    "UserComment", "comment", "Comment", "ImageDescription", "Description", "IPTC caption", "XPComment", "XPSubject",
    "XPTitle", "XPKeywords", "DocumentName", "Artist", "Copyright", "Software", "Title", "description",
    "generation_parameters",
)  # fmt: skip


def as_png(texts: dict[str, str]) -> dict[str, str]:
    """The texts under the names that the tools give them in PNG, whatever the file's format."""
    named = dict(texts)
    for name in ("ImageDescription", "Make", "Model", "UserComment", "comment", "XPComment"):
        text = named.get(name, "")
        label, colon, rest = text.partition(":")
        if colon and label.lower() in ("workflow", "prompt") and rest.lstrip().startswith("{"):
            named.setdefault(label.lower(), rest.lstrip())
            del named[name]
    for name in _FREE:
        text = named.get(name, "")
        if not text.lstrip("\ufeff \n").startswith("{"):
            continue
        value = _object(text)
        if value is None:
            continue
        as_name = _as_json(value)
        if as_name is None:
            continue
        if as_name == "":  # chunks in one
            for key, item in value.items():
                if isinstance(item, str):
                    named.setdefault(str(key), item)
                elif isinstance(item, dict) and key in ("prompt", "workflow"):
                    named.setdefault(key, json.dumps(item))
            if isinstance(value.get("Comment"), str):
                named["Comment"] = str(value["Comment"])
        elif as_name not in named:
            named[as_name] = text
        if as_name != name and name not in value:
            del named[name]
    if "parameters" not in named:
        # Then anywhere else, under whatever name: what reads like settings of a generator is that.
        places = dict.fromkeys((*_FREE, *(name for name in named if name not in (XMP, STEM, *_FREE))))
        place = next((name for name in places if named.get(name) and _is_parameters(named[name])), None)
        if place:
            named["parameters"] = named.pop(place)
    return named


def _as_json(value: dict[str, object]) -> str | None:
    """The chunk that an object would be in PNG, "" for one that holds chunks, None for one of no tool."""
    if isinstance(value.get("Comment"), str) and ("NovelAI" in str(value.get("Software")) + str(value.get("Source"))):
        return ""
    if isinstance(value.get("Comment"), str) and "Description" in value:
        return ""
    if _is_graph(value):
        return "prompt"
    if isinstance(value.get("nodes"), list) and "links" in value:
        return "workflow"
    if _OWN_JSON & set(value):
        return "parameters"
    graph = value.get("prompt")
    if isinstance(graph, (dict, str)) and ("workflow" in value or _is_graph(graph)):
        return ""
    return None


def _is_graph(value: dict[str, object] | str) -> bool:
    """Whether it is a graph as ComfyUI's server runs it, or the text of one."""
    if isinstance(value, str):
        return value.lstrip().startswith("{") and '"class_type"' in value
    return any(isinstance(node, dict) and "class_type" in node for node in value.values())


def _is_parameters(text: str) -> bool:
    if len(text) > MAX_PARAMETERS_CHARS or not re.search(r"Steps: ?\d|Seed: ?\d|Negative prompt:", text):
        return False
    return _labelled(text) is None and parameters_text(text) is not None


def _json(text: str) -> object:
    """The value of a JSON text, or None if it is broken or too large."""
    try:
        return parse_json(text)
    except TooLarge:
        return None


def _object(text: str) -> dict[str, object] | None:
    value = _json(text) if text else None
    return value if isinstance(value, dict) else None


# --- one reader a family of tools: texts -> Found, or None if they are not its own ---


def _parameters(texts: dict[str, str]) -> Found | None:
    text = texts.get("parameters")
    if text is None:
        return None
    if not text.lstrip("\ufeff \n").startswith("{"):
        if len(text) > MAX_PARAMETERS_CHARS:
            note = f"the metadata 'parameters' was not searched for settings: it has {len(text)} characters"
            return Found(None, Recipe(), ("parameters",), (f"{note}; at most {MAX_PARAMETERS_CHARS} are read",))
        read = parameters_text(text)
        # Whoever writes this chunk writes a prompt into it.
        return Found(*read, ("parameters",)) if read else Found(text.strip() or None, Recipe(), ("parameters",))
    value = _json(text)
    if not isinstance(value, dict):
        read = parameters_text(text)  # a prompt may begin with a bracket
        if read:
            return Found(*read, ("parameters",))
        raise Unreadable("parameters")
    names = ("parameters", "fooocus_scheme")
    swarm = value.get("sui_image_params")
    if isinstance(swarm, dict):
        prompt, recipe = flat(swarm, "SwarmUI")
        models = value.get("sui_models")
        first = models[0] if isinstance(models, list) and models and isinstance(models[0], dict) else {}
        return Found(prompt, replace(recipe, model_hash=recipe.model_hash or string(first.get("hash"))), names)
    software = value.get("software") or value.get("metadata_scheme") or value.get("version") or ""
    tool: str | None = "Fooocus" if "ooocus" in str(software) or "fooocus_scheme" in texts else None
    tool = "RuinedFooocus" if software == "RuinedFooocus" else tool
    return Found(*flat(value, tool), names)


def _easy_diffusion(texts: dict[str, str]) -> Found | None:
    """One object in the UserComment, or one chunk a setting; only together they are the record."""
    marks = ("num_inference_steps", "use_stable_diffusion_model", "guidance_scale", "sampler_name")
    for name in ("UserComment", "comment", "ImageDescription", "parameters"):
        value = _object(texts[name]) if texts.get(name, "").lstrip().startswith("{") else None
        if value and "use_stable_diffusion_model" in value and "prompt" in value:
            return Found(*flat(value, "Easy Diffusion"), (name,))
    if sum(mark in texts for mark in marks) < 2 or "prompt" not in texts:
        return None
    return Found(*flat(dict(texts), "Easy Diffusion"), tuple(name for name in texts if name != STEM))


def _comfyui(texts: dict[str, str]) -> Found | None:
    names = ("prompt", "workflow", "generation_data")
    data = _object(texts.get("generation_data", ""))
    if data is not None:
        return Found(*flat(data, "TensorArt"), names)
    if "prompt" not in texts and "workflow" not in texts:
        return None
    notes: list[str] = []

    def read(name: str) -> object:
        try:
            value = parse_json(texts[name]) if name in texts else None
        except TooLarge as error:
            notes.append(f"the metadata {name!r} was not searched for settings: it has {error}")
            return None
        if name in texts and value is None and texts[name].lstrip().startswith(("{", "[")):
            notes.append(f"the metadata {name!r} is broken and was not used")
        return value

    ran = read("prompt")
    if "prompt" in texts and ran is None and not notes:  # a plain text
        return Found(texts["prompt"].strip() or None, Recipe(), ("prompt",))
    if isinstance(ran, dict) and isinstance(ran.get("extraMetadata"), str):
        extra = _object(ran["extraMetadata"])
        if extra is not None:
            return Found(*flat(extra, "Civitai"), names)
    drawn = read("workflow")
    editor = graph = None
    try:
        editor = from_workflow(drawn)
    except LimitError as error:
        notes.append(f"the metadata 'workflow' was not searched for settings: it is {error}")
    try:
        graph = from_prompt(ran, editor) or editor
    except LimitError as error:
        notes.append(f"the metadata 'prompt' was not searched for settings: it is {error}")
    found = read_graph(graph, texts.get(STEM)) if graph else None
    if found is None and graph is None and not isinstance(drawn, dict) and not notes:
        return None
    prompt, recipe = found or (None, Recipe(tool="ComfyUI"))
    if found is None and not isinstance(ran, dict) and not isinstance(drawn, dict):
        recipe = Recipe()
    return Found(prompt, recipe, names, tuple(notes))


def _invokeai(texts: dict[str, str]) -> Found | None:
    names = ("invokeai_metadata", "invokeai_graph", "invokeai_workflow", "sd-metadata", "Dream", "dream")
    if "invokeai_metadata" in texts:
        value = _json(texts["invokeai_metadata"])
        if not isinstance(value, dict):
            raise Unreadable("invokeai_metadata")
        prompt, recipe = flat(value, "InvokeAI")
        if prompt or recipe.seed is not None:
            return Found(prompt, recipe, names)
    for name in ("invokeai_graph", "invokeai_workflow"):
        value = _object(texts.get(name, ""))
        read = read_invokeai_graph(value) if value else None
        if read:
            return Found(*read, names)
    if "sd-metadata" in texts or "Dream" in texts:
        theirs = _sd_parsers("InvokeAIParser", texts)
        if theirs:
            return Found(*theirs, names)
        raise Unreadable("Dream" if "Dream" in texts else "sd-metadata")
    if any(name in texts for name in names[:3]):
        return Found(None, Recipe(tool="InvokeAI"), names)
    return None


def _novelai(texts: dict[str, str]) -> Found | None:
    if "NovelAI" not in texts.get("Software", "") + texts.get("Title", "") + texts.get("Source", ""):
        return None
    value = _json(texts.get("Comment", ""))
    if value is None and "Comment" in texts:
        raise Unreadable("Comment")
    given = value if isinstance(value, dict) else {}
    prompt, recipe = flat(given, "NovelAI")
    recipe = replace(recipe, negative=_captions(given.get("v4_negative_prompt")) or recipe.negative)
    source = texts.get("Source") or texts.get("Software", "")
    match = re.fullmatch(r"(.*?)\s+([0-9A-F]{8})", source)
    if match:
        recipe = replace(recipe, model=match[1], model_hash=match[2])
    elif source and source != "NovelAI":
        recipe = replace(recipe, model=source)
    names = ("Title", "Description", "Software", "Source", "Generation time", "Comment")
    prompt = _captions(given.get("v4_prompt")) or prompt or texts.get("Description", "").strip() or None
    return Found(prompt, recipe, names)


def _captions(value: object) -> str | None:
    """The caption of the whole picture and those of its characters, a line each, as version 4 writes them."""
    caption = value.get("caption") if isinstance(value, dict) else None
    if not isinstance(caption, dict):
        return None
    people = caption.get("char_captions")
    texts = [caption.get("base_caption")]
    texts += (
        [person.get("char_caption") for person in people if isinstance(person, dict)]
        if isinstance(people, list)
        else []
    )
    return "\n".join(text.strip() for text in texts if isinstance(text, str) and text.strip()) or None


def _mflux(texts: dict[str, str]) -> Found | None:
    value = _object(texts.get("UserComment", ""))
    if value is None or "mflux_version" not in value:
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


# --- texts of parts with labels ---

_LABELS = {
    "include in image": "prompt", "exclude from image": "negative_prompt", "prompt": "prompt",
    "negative prompt": "negative_prompt", "model": "model", "stable diffusion model": "model", "steps": "steps",
    "guidance scale": "guidance_scale", "seed": "seed", "size": "size", "scheduler": "scheduler", "sampler": "sampler",
    "width": "width", "height": "height", "generator": "generator", "lora model": "loras",
    "lora strength": "lora_alpha",
    "upscaler": "", "ml compute unit": "", "date": "", "prompt strength": "", "use face correction": "",
    "use upscaling": "", "upscale by": "", "hypernetwork model": "", "hypernetwork strength": "", "vae model": "",
    "clip skip": "", "tiling": "", "output format": "", "image count": "", "number of images": "",
    "image strength": "", "strength": "",
}  # fmt: skip
_LABEL = re.compile(rf"(?:^|;[ \n]*|\n)({'|'.join(_LABELS)}):[ \t]*", re.IGNORECASE)


def _labelled(text: str) -> tuple[str | None, Recipe] | None:
    """(prompt, recipe) of a text whose parts say what they are: Mochi Diffusion's, or Easy Diffusion's text files."""
    if len(text) > MAX_PARAMETERS_CHARS:
        return None
    mochi = re.search(r"(?:^|[;\n] ?)(?:Include in|Exclude from) Image:", text) is not None
    if not mochi and not (re.search(r"(?:^|\n)Seed: \d+ *(\n|$)", text) and re.search(r"\nGuidance Scale: ", text)):
        return None
    places = list(_LABEL.finditer(text))
    if not mochi:
        places = [place for place in places if not place[0].startswith(";")]
    given: dict[str, object] = {}
    for place, after in zip(places, [*places[1:], None], strict=True):
        value = text[place.end() : after.start() if after else len(text)].strip()
        name = _LABELS[place[1].lower()]
        if name and value:
            given.setdefault(name, value)
    if "prompt" not in given and not mochi and places and text[: places[0].start()].strip():
        given["prompt"] = text[: places[0].start()]
    tool = str(given.pop("generator", "Mochi Diffusion"))[:80] if mochi else "Easy Diffusion"
    return flat(given, re.sub(r" [\d.]+$", "", tool) or "Mochi Diffusion")


def read_text(text: str) -> tuple[str | None, Recipe] | None:
    """(prompt, recipe) of a text that a generator wrote, or None if it is any other text."""
    return _labelled(text) or (parameters_text(text) if _is_parameters(text) else None)


def _described(texts: dict[str, str]) -> Found | None:
    """Draw Things, Mochi Diffusion, and whoever else describes the picture in XMP, IPTC or a comment."""
    xmp = texts.get(XMP, "")
    value = _object(xmp_text(xmp, "exif:UserComment") or "")
    if value is not None and "c" in value:
        return Found(*flat(value, "Draw Things"), (XMP,))
    for name, text in _descriptions(texts):
        read = read_text(text)
        if read:
            return Found(*read, (name,))
    text = xmp_text(xmp, "dc:description") or texts.get("IPTC caption", "").strip()
    if not text or "DIGITAL CAMERA" in text or text.lstrip().startswith("{"):  # what cameras write into every file
        return None
    return Found(text, Recipe(), (XMP,) if xmp else ())


def _descriptions(texts: dict[str, str]) -> list[tuple[str, str]]:
    free = [(name, texts[name]) for name in _FREE if name in texts]
    xmp = texts.get(XMP, "")
    return [*((XMP, text) for text in (xmp_texts(xmp) if xmp else ())), *free]


READERS: tuple[Callable[[dict[str, str]], Found | None], ...] = (
    _easy_diffusion, _parameters, _comfyui, _invokeai, _novelai, _mflux, _midjourney, _described,
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
        _, recipe = flat({**info.metadata, **settings}, "InvokeAI")
        named = {"model": model.name, "model_hash": model.hash} if model else {}
        recipe = replace(recipe, negative=string(info.full_negative_prompt), **named)
        return string(info.full_prompt), recipe
    except Exception:  # it was not written for files that mean harm
        return None
