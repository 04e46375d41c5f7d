"""Recipe layer: how a generated picture was made (SPEC §7.5). Ancillary: nothing needs it to paint."""

from __future__ import annotations

import lzma
import re
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ..bitstream.cursor import Cursor, write_number
from ..errors import DamagedError, LimitError, TruncatedError
from ..limits import MAX_RECIPE_BYTES
from .base import Layer
from .jsonmodel import Members, Number, pack, unpack
from .jsontext import join, parse, render, split

CORE = 0
FULL = 1
LARGE = 2  # like FULL, for what is too large for the model

_NAME = re.compile(r"[!-~](?:[ -~]{0,77}[!-~])?")
_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?")
_WHOLE = re.compile(r"-?[0-9]{1,40}")
_MODELLED_AT_MOST = 2**20  # characters; beyond it modelling takes too long to be tried
# LZMA2 as in the .xz format, fixed for ever: the reader's memory follows from the dictionary's size.
_FILTERS = [{"id": lzma.FILTER_LZMA2, "dict_size": 4 * 2**20, "preset": 9 | lzma.PRESET_EXTREME}]
_READ_FILTERS = [{"id": lzma.FILTER_LZMA2, "dict_size": 4 * 2**20}]
_STYLE_AT_MOST = 9


@dataclass(frozen=True)
class Recipe:
    """What a picture was made with; whatever is None or empty is not known.

    Attributes:
        tool: the program or service, for example "ComfyUI".
        negative: what the picture should not show.
        seed, steps: whole numbers.
        guidance: how closely the prompt was followed ("CFG scale"), as it was written.
        sampler, scheduler: by the names that the tool uses.
        model, model_hash: the checkpoint.
        loras: (name, weight as it was written or None).
        size: (width, height) in pixels at which the picture was generated.
        blocks: (name, text) of the tool's own metadata, exactly as they stood in the file.
    """

    tool: str | None = None
    negative: str | None = None
    seed: int | None = None
    sampler: str | None = None
    scheduler: str | None = None
    steps: int | None = None
    guidance: str | None = None
    model: str | None = None
    model_hash: str | None = None
    loras: tuple[tuple[str, str | None], ...] = ()
    size: tuple[int, int] | None = None
    blocks: tuple[tuple[str, str], ...] = ()

    def __bool__(self) -> bool:
        """Whether anything is known."""
        return self != Recipe()

    def facts(self) -> dict[str, Any]:
        """What is known, without the blocks, as JSON types."""
        loras = [{"name": name} | ({"weight": weight} if weight else {}) for name, weight in self.loras]
        given = {
            "tool": self.tool,
            "negative": self.negative,
            "seed": self.seed,
            "sampler": self.sampler,
            "scheduler": self.scheduler,
            "steps": self.steps,
            "guidance": self.guidance,
            "model": self.model,
            "model_hash": self.model_hash,
            "loras": loras or None,
            "size": list(self.size) if self.size else None,
        }
        return {key: value for key, value in given.items() if value is not None}

    def parameters(self, prompt: str | None, size: tuple[int, int]) -> str:
        """The same as a text that A1111 and its relatives read.

        Args:
            prompt: what the picture shows.
            size: (width, height) in pixels, if the recipe has none of its own.
        """
        width, height = self.size or size
        settings = {
            "Steps": self.steps,
            "Sampler": self.sampler,
            "Schedule type": self.scheduler,
            "CFG scale": self.guidance,
            "Seed": self.seed,
            "Size": f"{width}x{height}",
            "Model hash": self.model_hash,
            "Model": self.model,
        }
        lines = [prompt or ""]
        tags = [f"<lora:{name}:{weight or 1}>" for name, weight in self.loras if f"<lora:{name}" not in lines[0]]
        lines[0] = " ".join([lines[0], *tags]).strip()
        if self.negative:
            lines.append(f"Negative prompt: {self.negative}")
        lines.append(", ".join(f"{key}: {_quoted(value)}" for key, value in settings.items() if value is not None))
        return "\n".join(lines)


def _quoted(value: Any) -> str:
    text = str(value)
    return f'"{text}"' if re.search(r'[,:\n"]', text) else text


class RecipeLayer(Layer):
    """How the picture was made: settings, and on request the tool's metadata to the last character."""

    kind = 4
    name = "recipe"
    ancillary = True

    @classmethod
    def from_recipe(cls, recipe: Recipe, size: tuple[int, int]) -> RecipeLayer:
        """The layer for a recipe; with blocks it is a full one, in whichever coding is shorter.

        Raises:
            ValueError: a block's name cannot be that of a PNG text chunk, or the recipe holds a lone surrogate.
            LimitError: it has more than 4 MiB of text.
        """
        core = _core_members(recipe, size)
        if not recipe.blocks:
            return cls(size, CORE, pack(Members([("core", core)]), blocks=False))
        for name, _ in recipe.blocks:
            if not _NAME.fullmatch(name):
                raise ValueError(f"{name!r} cannot be the name of a text chunk")
        plain = _plain(core, recipe.blocks)
        if len(plain) > MAX_RECIPE_BYTES:
            raise LimitError(f"the recipe has {len(plain)} bytes of text; at most {MAX_RECIPE_BYTES} can be stored")
        large = cls(size, LARGE, lzma.compress(plain, format=lzma.FORMAT_RAW, filters=_FILTERS))
        if len(plain) > _MODELLED_AT_MOST:
            return large
        # The prompt of a graph is foretold by the graph, so that goes first.
        ordered = sorted(recipe.blocks, key=lambda block: block[0] != "workflow")
        document = Members([("core", core)])
        try:
            for name, text in ordered:
                style, value = split(text)
                document.append((name, [Number(style), value]))
            modelled = cls(size, FULL, pack(document, blocks=True))
        except (LimitError, DamagedError):
            return large
        return modelled if len(modelled.payload) <= len(large.payload) else large

    @cached_property
    def recipe(self) -> Recipe:
        """The value.

        Raises:
            DamagedError, UnsupportedError: the payload cannot be unpacked.
            LimitError: it unpacks to more than limits.py allows.
        """
        if self.coding == LARGE:
            core, blocks = _unplain(self.payload)
        elif self.coding in (CORE, FULL):
            core, blocks = _from_document(unpack(self.payload, blocks=self.coding == FULL))
            if self.coding == CORE and blocks:
                raise DamagedError("the recipe layer holds blocks, which its coding has not")
        else:
            raise self.unknown_coding()
        if any(not _NAME.fullmatch(name) for name, _ in blocks):
            raise DamagedError("the recipe layer names a block as no text chunk can be named")
        return _from_core(core, blocks)

    def summary(self) -> dict[str, Any]:
        return {"recipe": self.recipe.facts(), "blocks": dict(self.recipe.blocks)}


# --- the core as a JSON object (SPEC §7.5.4) ---

# Member -> (attribute, kind of value); the order is that of the stream.
_MEMBERS = {
    "tool": ("tool", "text"), "negative": ("negative", "text"), "seed": ("seed", "whole"),
    "sampler": ("sampler", "text"), "scheduler": ("scheduler", "text"), "steps": ("steps", "whole"),
    "guidance": ("guidance", "decimal"), "model": ("model", "text"), "hash": ("model_hash", "text"),
}  # fmt: skip


def _core_members(recipe: Recipe, size: tuple[int, int]) -> Members:
    core = Members()
    for key, (attribute, kind) in _MEMBERS.items():
        value = getattr(recipe, attribute)
        if value is not None:
            core.append((key, str(value) if kind == "text" else _decimal(str(value))))
    if recipe.loras:
        loras = [[name] if weight is None else [name, _decimal(weight)] for name, weight in recipe.loras]
        core.append(("loras", loras))
    if recipe.size and recipe.size != size:
        core += [("width", Number(recipe.size[0])), ("height", Number(recipe.size[1]))]
    return core


def _decimal(text: str) -> str:
    """A number if it is written as JSON writes it; else the text, so that nothing is lost."""
    return Number(text) if _NUMBER.fullmatch(text) else text


def _from_core(core: Any, blocks: tuple[tuple[str, str], ...]) -> Recipe:
    if not isinstance(core, Members):
        raise DamagedError("the recipe layer has no core")
    found = dict(core)
    values: dict[str, Any] = {}
    for key, (attribute, kind) in _MEMBERS.items():
        value = found.get(key)
        if value is None:
            continue
        if not isinstance(value, str) or (kind == "whole" and not _WHOLE.fullmatch(value)):
            raise DamagedError(f"the recipe layer's {key} is not a {kind}")
        values[attribute] = int(value) if kind == "whole" else str(value)
    try:
        loras = tuple((str(name), *map(str, weight)) for name, *weight in found.get("loras") or ())
        values["loras"] = tuple((name, rest[0] if rest else None) for name, *rest in loras)
        if "width" in found and "height" in found:
            values["size"] = tuple(int(found[key][:9]) for key in ("width", "height"))
    except (TypeError, ValueError) as error:
        raise DamagedError("the recipe layer's LoRAs or size are not what they should be") from error
    return Recipe(**values, blocks=blocks)


def _from_document(document: Any) -> tuple[Any, tuple[tuple[str, str], ...]]:
    """(core, blocks) of an unpacked document."""
    if not isinstance(document, Members) or not document or document[0][0] != "core":
        raise DamagedError("the recipe layer does not start with its core")
    blocks, chars = [], 0
    for name, entry in document[1:]:
        try:
            style, value = entry
            text = join(int(style), value) if 0 <= int(style) <= _STYLE_AT_MOST else None
        except (TypeError, ValueError) as error:
            raise DamagedError(f"block {name!r} of the recipe layer is not laid out as a block") from error
        if text is None:
            raise DamagedError(f"block {name!r} of the recipe layer is in style {style}, which does not exist")
        chars += len(text)
        if chars > MAX_RECIPE_BYTES:
            raise LimitError(f"the recipe unpacks to more than {MAX_RECIPE_BYTES} characters")
        blocks.append((name, text))
    return document[0][1], tuple(blocks)


# --- large recipes: plain bytes under LZMA2 (SPEC §7.5.6) ---


def _plain(core: Members, blocks: tuple[tuple[str, str], ...]) -> bytes:
    parts = [render(core, 2), *(part for block in blocks for part in block)]
    coded = [part.encode("utf-8", "surrogatepass") for part in parts]
    return b"".join(write_number(len(part)) + part for part in coded)


def _unplain(payload: bytes) -> tuple[Any, tuple[tuple[str, str], ...]]:
    inflater = lzma.LZMADecompressor(format=lzma.FORMAT_RAW, filters=_READ_FILTERS)
    try:
        plain = inflater.decompress(payload, MAX_RECIPE_BYTES + 1)
    except (lzma.LZMAError, MemoryError) as error:
        raise DamagedError(f"the recipe layer is not LZMA2: {error}") from error
    if len(plain) > MAX_RECIPE_BYTES:
        raise LimitError(f"the recipe unpacks to more than {MAX_RECIPE_BYTES} bytes")
    if not inflater.eof or inflater.unused_data:
        raise DamagedError("the recipe layer's LZMA2 data does not end where the layer ends")
    cursor, parts = Cursor(plain), []
    try:
        while cursor.at < len(plain):
            parts.append(cursor.take(cursor.number("a text's length"), "a text").decode("utf-8", "surrogatepass"))
        core = parse(parts[0][: 2**16]) if parts else None
    except (TruncatedError, ValueError) as error:
        raise DamagedError(f"the recipe layer's texts cannot be read: {error}") from error
    if len(parts) % 2 == 0:
        raise DamagedError("the recipe layer has a name without a block")
    return core, tuple(zip(parts[1::2], parts[2::2], strict=True))
