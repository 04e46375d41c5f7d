"""What goes back into a picture file: the texts in which generators look for their settings."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

from ..metadata.a1111 import settings_line, write_parameters
from ..metadata.read import png_texts as tool_texts
from .picture import Picture

if TYPE_CHECKING:
    from PIL.PngImagePlugin import PngInfo

XMP = "XML:com.adobe.xmp"
PAINTED = "triptych"
_NEGATIVE = "Negative prompt"


def text_chunks(picture: Picture) -> dict[str, str]:
    """Name -> text of the chunks that make a PNG's settings readable to the tools that know them.

    With a full recipe these are the very texts that were in the original, so that ComfyUI, A1111 and others
    restore everything; with a core recipe a `parameters` text as A1111 writes it, made from the settings and the
    prompt; without a recipe nothing.

    Raises:
        DamagedError, UnsupportedError, LimitError: the recipe layer cannot be unpacked.
    """
    if picture.recipe is None:
        return {}
    recipe = picture.recipe.recipe
    found = tool_texts(recipe.blocks) | {block.name: block.text for block in recipe.blocks if block.kind == "xmp"}
    return found or {"parameters": write_parameters(recipe, picture.prompt, picture.size)}


def with_painted(chunks: Mapping[str, str], painted: Mapping[str, str], prompt: str | None) -> dict[str, str]:
    """Chunks, and beside them what the decoder painted with.

    That is a JSON object under `triptych`; and where the original's settings are not known, so that nothing of
    them is hidden, also a `parameters` text as A1111 writes it.

    Args:
        painted: what `Decoder.settings` gives, not empty.
        prompt: what was painted.
    """
    rest = dict(painted)
    lines = [prompt or ""]
    if _NEGATIVE in rest:
        lines.append(f"{_NEGATIVE}: {rest.pop(_NEGATIVE)}")
    lines.append(settings_line(rest))
    found = dict(chunks) or {"parameters": "\n".join(lines)}
    return found | {PAINTED: json.dumps(dict(painted), ensure_ascii=False)}


def png_texts(chunks: Mapping[str, str]) -> PngInfo:
    """Chunks for Pillow's `Image.save(..., pnginfo=...)`: tEXt for plain ASCII, iTXt for all else."""
    from PIL.PngImagePlugin import PngInfo

    info = PngInfo()
    for name, text in chunks.items():
        text = text.replace("\0", "")
        if text.isascii() and name != XMP:
            info.add_text(name, text)
        else:
            info.add_itxt(name, text.encode("utf-8", "replace").decode())
    return info
