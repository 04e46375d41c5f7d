"""The text that A1111 and its relatives write: prompt, negative prompt, and a line of settings; read and written."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from ..layers import Recipe
from ..limits import MAX_PARAMETERS_CHARS
from .settings import LORA_TAG, decimal, size_of, whole

__all__ = ["parameters_text", "settings_line", "write_parameters"]

NEGATIVE = "Negative prompt:"
_NEGATIVE_LINE = re.compile("^[Nn]egative [Pp]rompt:", re.MULTILINE)
# In our own texts, where they would not read back the same: how many characters of the text are the prompt.
_LENGTH = "Prompt length"

# Settings that every relative writes, with what their values look like.
_CORE = {
    "steps": re.compile(r"\d{1,6}"),
    "sampler": re.compile(r".+"),
    "cfg scale": re.compile(r"-?\d+(\.\d+)?"),
    "seed": re.compile(r"-?\d{1,20}"),
    "size": re.compile(r"\d{1,5} ?x ?\d{1,5}"),
}
# Settings that may stand before those, or alone with one of them.
_KNOWN = frozenset(_CORE) | {
    "version", "app", "pipeline", "parser", "model", "model hash", "schedule type", "scheduler", "sampler sigma",
    "backend", "operations", "vae", "vae hash", "clip skip", "batch", "index", "denoising strength", "created date",
    "guidance", "eta", "rng", "lora hashes", "ti hashes", "hashes", "distilled cfg scale", "unet", "civitai resources",
    "prompt length", "width", "height", "quantization type", "te",
}  # fmt: skip
_KEY = re.compile(r"\s*([\w][\w ()/+.-]{0,59}?):[ \t]*")
_MARK = re.compile(r"(?:^|(?<=[\s.,;]))((?:Steps|Sampler|CFG scale|Seed|Size): ?[^,]{0,200},)")
_LEADING = re.compile(
    r"(?:(?:Version|App|Pipeline|Parser|Model|Model hash|Backend|Operations|VAE|Clip skip|Schedule type): [^,\n]*, ?)+$"
)
_MOST = 200_000  # characters of a line that are searched for settings
_MOST_LINES = 200  # from the end that are searched for that of the settings
_MOST_BEFORE = 400  # characters before the usual first setting in which others may stand
_decoder = json.JSONDecoder()


def parameters_text(text: str) -> tuple[str | None, Recipe] | None:
    """(prompt, recipe) of a text as A1111, Forge, SD.Next, Civitai and stable-diffusion.cpp write it; else None.

    The settings may stand in any order, before lines of an extension, or behind the prompts in one line if the text
    lost its line breaks. What a prompt mentions is not taken for a setting: only the last line of settings counts.
    """
    if len(text) > MAX_PARAMETERS_CHARS:
        return None
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    lines = text.split("\n")
    settings: dict[str, str] = {}
    body, one_line = text, False
    for k in range(len(lines) - 1, max(len(lines) - _MOST_LINES, 0) - 1, -1):
        found = _settings(lines[k], last=k == len(lines) - 1)
        if found:
            settings, body = _wrapped(found, lines, k)
            break
    else:
        start = _inside(text)
        if start is not None:
            settings, body, one_line = _pairs(text[start:]), text[:start], True
    if not settings and not _NEGATIVE_LINE.search(text):
        return None
    prompt, negative, tagged = _prompts(body, settings.get(_LENGTH.lower()), one_line)
    version = f"{settings.get('version', '')} {settings.get('app', '')}"
    tool = next((name for mark, name in _VERSIONS if mark in version), "A1111")
    if any(key.startswith("civitai") for key in settings):
        tool = "Civitai"
    recipe = Recipe(
        tool=tool,
        negative=negative.strip() or None,
        seed=whole(settings.get("seed")),
        steps=whole(settings.get("steps")),
        guidance=decimal(settings.get("cfg scale") or settings.get("guidance")),
        sampler=settings.get("sampler") or None,
        scheduler=settings.get("schedule type") or settings.get("scheduler") or settings.get("sampler sigma") or None,
        model=settings.get("model") or settings.get("unet") or None,
        model_hash=settings.get("model hash") or None,
        loras=tuple(dict.fromkeys((name, weight or None) for name, weight in LORA_TAG.findall(tagged[:_MOST]))),
        size=size_of(settings.get("size")) or size_of(f"{settings.get('width')}x{settings.get('height')}"),
    )
    return prompt.strip() or None, recipe


def _wrapped(found: dict[str, str], lines: list[str], k: int) -> tuple[dict[str, str], str]:
    """(settings, what stands before them) if the line of settings k was wrapped: the lines above it end in commas."""
    first = k
    while first > 0 and lines[first - 1].rstrip().endswith(",") and k - first < _MOST_LINES:
        above = _pairs(lines[first - 1][:_MOST]) if _KEY.match(lines[first - 1]) else {}
        if next(iter(above), "") not in _KNOWN:
            break
        first -= 1
        found = above | found
    if lines[k].rstrip().endswith(",") and k + 1 < len(lines):
        below = _pairs(lines[k + 1][:_MOST])
        found = found if _KNOWN.isdisjoint(below) else below | found
    return found, "\n".join(lines[:first])


def _prompts(body: str, length: str | None, one_line: bool) -> tuple[str, str, str]:
    """(prompt, negative prompt, the text in which LoRAs stand)."""
    if length is not None and length.isdigit() and int(length) <= len(body):
        prompt, rest = body[: int(length)], body[int(length) :]
        tags, _, negative = rest.partition(f"\n{NEGATIVE}")
        return prompt, negative, prompt + tags
    if one_line:
        prompt, label, negative = body.rpartition(NEGATIVE)
        if not label:
            prompt, negative = body, ""
        return _unmarked(prompt), _unmarked(negative), prompt
    # A prompt may hold such a line, too; the one that counts is the last.
    marks = list(_NEGATIVE_LINE.finditer(body))
    return (
        (body[: marks[-1].start()], body[marks[-1].end() :], body[: marks[-1].start()]) if marks else (body, "", body)
    )


def _unmarked(text: str) -> str:
    """Without the sign that stands where a line break was: a full stop behind which nothing follows."""
    text = text.rstrip()
    return text[:-1] if text.endswith(".") and not text.endswith("..") else text


def _settings(line: str, *, last: bool) -> dict[str, str] | None:
    """The settings of a line, lower-case names -> values, or None if it is none of settings."""
    if not _KEY.match(line) or len(line) > _MOST:
        return None
    pairs = _pairs(line)
    core = [key for key, form in _CORE.items() if form.fullmatch(pairs.get(key, ""))]
    if next(iter(pairs), "") not in _KNOWN or ("steps" in pairs and "steps" not in core):
        return None
    enough = len(core) > 2 or ("steps" in core and (len(core) > 1 or len(pairs) == 1))
    enough = enough or {"sampler", "seed"} <= set(core) or (last and bool(core) and _KNOWN.issuperset(pairs))
    return pairs if enough else None


def _inside(text: str) -> int | None:
    """Where the settings begin in a text without line breaks between its parts, or None if it holds none."""
    begin = text.rfind(NEGATIVE) + 1 if NEGATIVE in text else 0
    for count, match in enumerate(_MARK.finditer(text, begin)):
        if count == 10:  # of a text that mentions them all the time
            return None
        pairs = _pairs(text[match.start() :][:_MOST])
        if next(iter(pairs), "") not in _CORE:
            continue
        core = [key for key, form in _CORE.items() if form.fullmatch(pairs.get(key, ""))]
        if len(core) > 2 or ("steps" in core and len(core) > 1):
            before = max(begin, match.start() - _MOST_BEFORE)
            leading = _LEADING.search(text, before, match.start())
            return leading.start() if leading else match.start()
    return None


def _pairs(line: str) -> dict[str, str]:
    """The settings of a line: lower-case name -> value; of two of one name the first counts.

    A value in quotes or brackets is JSON, so nothing in it is taken for another setting.
    """
    found: dict[str, str] = {}
    at = 0
    while at < len(line) and len(found) < 1000:
        match = _KEY.match(line, at)
        if not match:
            comma = line.find(",", at)
            if comma < 0:
                break
            at = comma + 1
            continue
        start, value = match.end(), None
        if line[start : start + 1] in ('"', "{", "["):
            try:
                read, end = _decoder.raw_decode(line, start)
                if re.match(r"\s*(,|$)", line[end:]):
                    value = read if isinstance(read, str) else line[start:end]
                    at = end + 1
            except (ValueError, RecursionError):
                pass
        if value is None:
            match_value = re.compile(r'"(?:\\.|[^\\"])*"(?=\s*(?:,|$))|[^,]*').match(line, start)
            end = match_value.end() if match_value else start
            value, at = line[start:end].strip().strip('"'), end + 1
        found.setdefault(match[1].strip().lower(), value)
    return found


# What a version may hold -> the tool.
_VERSIONS = (
    ("stable-diffusion.cpp", "stable-diffusion.cpp"), ("SD.Next", "SD.Next"), ("Fooocus", "Fooocus"),
    ("neo", "Forge"), ("classic", "Forge"), ("f0", "Forge"), ("f1", "Forge"), ("f2", "Forge"),
    ("ComfyUI", "ComfyUI"),
)  # fmt: skip


# --- and back ---


def write_parameters(recipe: Recipe, prompt: str | None, size: tuple[int, int]) -> str:
    """Settings as a text that A1111 and its relatives read, and that `parameters_text` reads as what they are.

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
    prompt = prompt or ""
    tags = [f"<lora:{name}:{weight or 1}>" for name, weight in recipe.loras if f"<lora:{name}" not in prompt]
    lines = [" ".join([prompt, *tags]) if prompt else " ".join(tags)]
    if recipe.negative:
        lines.append(f"{NEGATIVE} {recipe.negative}")
    given = {key: str(value) for key, value in settings.items() if value is not None}
    text = "\n".join([*lines, settings_line(given)])
    read = parameters_text(text)
    if read is None or (read[0] or "", read[1].negative or "") != (prompt.strip(), (recipe.negative or "").strip()):
        text = "\n".join([*lines, settings_line(given | {_LENGTH: str(len(prompt))})])
    return text


def settings_line(settings: Mapping[str, str]) -> str:
    """The line of settings: `key: value, ...`, values in quotes (as JSON writes them) where they would end early."""
    return ", ".join(f"{key}: {_quoted(value)}" for key, value in settings.items())


def _quoted(value: str) -> str:
    return json.dumps(value, ensure_ascii=False) if re.search(r'[,:\n"\[\]{}]|^\s|\s$', value) else value
