"""What goes back into a picture file: the texts in which generators look for their settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .picture import Picture

if TYPE_CHECKING:
    from PIL.PngImagePlugin import PngInfo

XMP = "XML:com.adobe.xmp"


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
    return dict(recipe.blocks) or {"parameters": recipe.parameters(picture.prompt, picture.size)}


def png_texts(picture: Picture) -> PngInfo:
    """The same for Pillow's `Image.save(..., pnginfo=...)`: tEXt for plain ASCII, iTXt for all else."""
    from PIL.PngImagePlugin import PngInfo

    info = PngInfo()
    for name, text in text_chunks(picture).items():
        text = text.replace("\0", "")
        if text.isascii() and name != XMP:
            info.add_text(name, text)
        else:
            info.add_itxt(name, text.encode("utf-8", "replace").decode())
    return info
