"""Metadata back into picture files: blocks -> what Pillow writes beside the pixels, and what a format cannot hold.

PNG holds everything, byte for byte. In JPEG, WebP and AVIF stand EXIF and XMP, in JPEG IPTC and a comment, too; texts
that PNG keeps in chunks go where their tools put them in these formats: A1111's into the EXIF UserComment, ComfyUI's
graphs into Make and Model, NovelAI's chunks as one object into the UserComment.
"""

from __future__ import annotations

import json
import re
import struct
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from ..layers import Block, Recipe
from .a1111 import NEGATIVE, settings_line, write_parameters
from .chunks import XMP
from .read import png_texts, tell_settings

if TYPE_CHECKING:
    from PIL.PngImagePlugin import PngInfo

__all__ = ["PAINTED", "Written", "blocks_of", "write_blocks"]

PAINTED = "triptych"  # the name of the text that says what a decoder painted with

_MOST_SEGMENT = 65_533  # bytes of a JPEG segment without its marker and length
_XMP_HEAD = 29  # bytes before XMP in its segment
_PHOTOSHOP_HEAD = b"Photoshop 3.0\0"
_ORIENTATION = 0x0112
_EXIF_IFD = 0x8769
_USER_COMMENT = 0x9286
# EXIF tag of a PNG text chunk with a registered keyword.
_TAGS = {"Description": 0x010E, "Software": 0x0131, "Author": 0x013B, "Copyright": 0x8298}
_GRAPHS = {"workflow": 0x010F, "prompt": 0x0110}  # Make and Model, as ComfyUI's nodes write them

Argument: TypeAlias = "bytes | PngInfo"


@dataclass
class Written:
    """What `Image.save` is to write.

    Attributes:
        arguments: for `Image.save`.
        left_out: what the format cannot hold, one line each, with its name.
    """

    arguments: dict[str, Argument] = field(default_factory=dict)
    left_out: list[str] = field(default_factory=list)


def blocks_of(
    recipe: Recipe | None,
    prompt: str | None,
    size: tuple[int, int],
    painted: Mapping[str, str] | None = None,
    painted_prompt: str | None = None,
) -> tuple[Block, ...]:
    """The blocks that a picture painted from layers should carry.

    With a full recipe these are those of the original, so that ComfyUI, A1111 and others restore everything; with
    settings only a `parameters` text as A1111 writes it; without a recipe nothing of the original. What the decoder
    painted with stands beside them as a JSON object under "triptych", and where nothing is known of the original, so
    that nothing of it is hidden, also as `parameters`.

    Args:
        recipe: of the original.
        prompt: what the original shows.
        size: (width, height) of the picture in pixels.
        painted: what `Decoder.settings` gives.
        painted_prompt: what was painted.
    """
    blocks: tuple[Block, ...] = ()
    if recipe:
        blocks = recipe.blocks
        if not blocks or (recipe.facts() and not tell_settings(blocks)):  # known from elsewhere: a text beside the file
            blocks = (*blocks, Block.from_text("parameters", write_parameters(recipe, prompt, size)))
    if not painted:
        return blocks
    if not blocks:
        rest = dict(painted)
        negative = rest.pop(NEGATIVE.rstrip(":"), None)
        lines = [painted_prompt or "", *([f"{NEGATIVE} {negative}"] if negative else []), settings_line(rest)]
        blocks = (Block.from_text("parameters", "\n".join(lines)),)
    return *blocks, Block.from_text(PAINTED, json.dumps(dict(painted), ensure_ascii=False))


def write_blocks(blocks: Iterable[Block], format: str) -> Written:
    """What makes `Image.save(file, format, **arguments)` write blocks beside the pixels.

    EXIF and XMP are written as they are, but for the orientation: the picture already stands upright. C2PA manifests
    are claims about the original's very bytes and are never written.

    Args:
        blocks: of the original, or made by `blocks_of`.
        format: as Pillow names it, for example "PNG".
    """
    writer = _WRITERS.get(format.upper())
    written = Written()
    kept = []
    for block in blocks:
        if block.describes_original:
            written.left_out.append(f"the C2PA manifest {block.name!r} describes the original and was not written")
        elif writer is None:
            written.left_out.append(_missing(block, format))
        else:
            kept.append(_upright(block))
    if writer is not None and kept:
        writer(kept, written)
    return written


def _missing(block: Block, format: str) -> str:
    return f"the {block.kind} block {block.name!r} of {len(block.data)} bytes was not written: {format} cannot hold it"


# --- PNG ---


def _png(blocks: list[Block], written: Written) -> None:
    from PIL.PngImagePlugin import PngInfo

    info = PngInfo()
    names = {block.name for block in blocks if block.kind == "text"}
    hidden = False
    for block in blocks:
        if block.kind == "exif":
            if not _set(written, "exif", block.data):
                written.left_out.append(_missing(block, "PNG, which has a place for one,"))
            continue
        if block.kind == "stealth":
            hidden = True
            continue
        chunk = _chunk(block)
        if block.kind == "comment":
            if "Comment" in names or "\0" in block.text:
                written.left_out.append(_missing(block, "PNG"))
                continue
            chunk = _chunk(Block("text", "Comment", block.data))
        elif block.kind == "iptc":
            profile = _resources(block.data)
            text = f"\niptc\n{len(profile):8}\n" + "".join(
                profile[at : at + 36].hex() + "\n" for at in range(0, len(profile), 36)
            )
            chunk = _chunk(Block("text", "Raw profile type iptc", text.encode(), "zTXt"))
        if chunk is None:
            written.left_out.append(_missing(block, "PNG"))
        else:
            info.add(*chunk)
    # Tools look for their texts in chunks, wherever these stood in the original.
    moved = {name: text for name, text in png_texts(blocks).items() if name not in names}
    for name, text in moved.items():
        chunk = _chunk(Block.from_text(name, text.replace("\0", "")))
        if chunk is not None:
            info.add(*chunk)
    if hidden and not moved:
        written.left_out += [_missing(block, "a painted PNG") for block in blocks if block.kind == "stealth"]
    if info.chunks:
        written.arguments["pnginfo"] = info


def _chunk(block: Block) -> tuple[bytes, bytes] | None:
    """(type, contents) of a text chunk, in the form that the block had in its file; None if its name cannot be one."""
    try:
        keyword = (XMP if block.kind == "xmp" else block.name).encode("latin-1")
    except UnicodeEncodeError:
        return None
    if not 1 <= len(keyword) <= 79 or b"\0" in keyword or (block.kind == "xmp" and block.name != XMP):
        return None
    head, _, rest = block.form.partition("/")
    language, _, translated = rest.partition("/")
    if head == "zTXt":
        return b"zTXt", keyword + b"\0\0" + zlib.compress(block.data, 9)
    if head in ("iTXt", "iTXt+z") or (head != "tEXt" and (block.kind == "xmp" or not _is_latin(block.data))):
        packed = head == "iTXt+z"
        data = zlib.compress(block.data, 9) if packed else block.data
        between = (language.encode("latin-1", "replace"), translated.encode("utf-8"), data)
        return b"iTXt", keyword + (b"\0\1\0" if packed else b"\0\0\0") + b"\0".join(between)
    return b"tEXt", keyword + b"\0" + block.data


def _is_latin(data: bytes) -> bool:
    """Whether a text stands in tEXt unless said otherwise: ASCII, and what is not UTF-8."""
    if data.isascii():
        return True
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return True
    return False


# --- formats with EXIF and XMP ---


def _exif_and_xmp(blocks: list[Block], written: Written, format: str, most: int | None = None) -> None:
    """EXIF, XMP, and the texts of PNG chunks where tools put them in EXIF; `most` bytes of each."""
    texts: list[Block] = []
    for block in blocks:
        fits = most is None or len(block.data) <= most - (_XMP_HEAD if block.kind == "xmp" else 6)
        if block.kind in ("text", "stealth"):
            texts.append(block)
        elif (
            block.kind not in ("exif", "xmp")
            or (block.kind == "xmp" and block.name != XMP)
            or not fits
            or not _set(written, block.kind, block.data)
        ):
            written.left_out.append(_missing(block, format))
    own = written.arguments.get("exif", b"")
    exif, homeless = _texts_as_exif(texts, own if isinstance(own, bytes) else b"")
    if exif is not None and most is not None and len(exif) > most - 6:
        exif, homeless = None, texts
    written.left_out += [_missing(block, format) for block in homeless]
    if exif is not None:
        written.arguments["exif"] = exif
    if "exif" in written.arguments:
        data = written.arguments["exif"]
        written.arguments["exif"] = b"Exif\0\0" + data if isinstance(data, bytes) else data


def _texts_as_exif(texts: list[Block], own: bytes) -> tuple[bytes | None, list[Block]]:
    """(EXIF that holds texts beside what it held, texts without a place); None if nothing is to be added."""
    from PIL.Image import Exif

    exif = Exif()
    if own:
        exif.load(b"Exif\0\0" + own)
    named = png_texts(texts)
    added = False
    placed: set[str] = set()
    details = exif.get_ifd(_EXIF_IFD)
    comment = None
    if "parameters" in named:
        comment, told = named["parameters"], {"parameters"}
    elif "Comment" in named and "Software" in named:  # NovelAI's chunks in one
        comment, told = json.dumps(named, ensure_ascii=False), set(named)
    if comment is not None and _USER_COMMENT not in details:
        details[_USER_COMMENT] = b"UNICODE\0" + comment.encode("utf-16-be", "surrogatepass")
        placed |= told
        added = True
    for name, tag in _GRAPHS.items():
        if name in named and named[name].lstrip().startswith("{") and tag not in exif:
            exif[tag] = f"{name}:{named[name]}".encode("utf-8", "replace")
            placed.add(name)
            added = True
    for name, tag in {**_TAGS, PAINTED: 0x010E}.items():
        if name in named and name not in placed and tag not in exif:
            exif[tag] = (f"{PAINTED}:" * (name == PAINTED) + named[name]).encode("utf-8", "replace")
            placed.add(name)
            added = True
    homeless = []
    for block in texts:
        needed = {block.name} if block.kind == "text" else set(png_texts([block])) or {block.name}
        if not needed <= placed:
            homeless.append(block)
    return exif.tobytes().removeprefix(b"Exif\0\0") if added else None, homeless


def _jpeg(blocks: list[Block], written: Written) -> None:
    rest = []
    for block in blocks:
        if block.kind == "iptc":
            data = _resources(block.data)
            step = _MOST_SEGMENT - len(_PHOTOSHOP_HEAD)
            parts = [_PHOTOSHOP_HEAD + data[at : at + step] for at in range(0, len(data), step)]
            extra = b"".join(b"\xff\xed" + (len(part) + 2).to_bytes(2, "big") + part for part in parts)
            _set(written, "extra", extra)
        elif block.kind == "comment" and len(block.data) <= _MOST_SEGMENT and _set(written, "comment", block.data):
            continue
        else:
            rest.append(block)
    _exif_and_xmp(rest, written, "JPEG", _MOST_SEGMENT)


def _webp(blocks: list[Block], written: Written) -> None:
    _exif_and_xmp(blocks, written, "WebP")


def _avif(blocks: list[Block], written: Written) -> None:
    _exif_and_xmp(blocks, written, "AVIF")


_WRITERS = {"PNG": _png, "JPEG": _jpeg, "WEBP": _webp, "AVIF": _avif}


def _set(written: Written, name: str, data: bytes) -> bool:
    """Give Pillow an argument that it has not got yet."""
    if name in written.arguments or not data:
        return False
    written.arguments[name] = data
    return True


def _resources(data: bytes) -> bytes:
    """Photoshop's image resources around bare IPTC records."""
    if not data.startswith(b"\x1c"):
        return data
    return b"8BIM\x04\x04\0\0" + len(data).to_bytes(4, "big") + data + b"\0" * (len(data) % 2)


def _upright(block: Block) -> Block:
    """The block for pixels that already stand upright; only the value of the orientation is changed."""
    if block.kind == "xmp":
        data = re.sub(rb"(\btiff:Orientation(?:=[\"']|>))[2-8](?=[\"'<])", rb"\g<1>1", block.data)
        return block._replace(data=data)
    if block.kind != "exif":
        return block
    patched = bytearray(block.data)
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(block.data[:4])
    try:
        if order is not None:
            (start,) = struct.unpack_from(f"{order}I", patched, 4)
            (count,) = struct.unpack_from(f"{order}H", patched, start)
            for at in range(start + 2, start + 2 + 12 * count, 12):
                tag, kind, number = struct.unpack_from(f"{order}HHI", patched, at)
                if (tag, kind, number) == (_ORIENTATION, 3, 1):
                    struct.pack_into(f"{order}H", patched, at + 8, 1)
    except struct.error:  # a stranger's EXIF is written as it is
        pass
    return block._replace(data=bytes(patched))
