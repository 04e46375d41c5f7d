"""The texts that a picture file carries beside its pixels: text chunks, EXIF, XMP, comments, hidden bits.

Files come from strangers: whatever is broken or too large is left out and noted, and nothing raises.
"""

from __future__ import annotations

import warnings
import zlib
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from ..limits import MAX_BLOCK_BYTES, MAX_INPUT_SIDE

MAX_TEXT_BYTES = MAX_BLOCK_BYTES  # of one text, and of all texts of a file together
MAX_CHUNKS = 10_000
XMP = "XML:com.adobe.xmp"  # the name that PNG gives to XMP
_PNG = b"\x89PNG\r\n\x1a\n"
_TEXT_TAGS = {
    0x010D: "DocumentName", 0x010E: "ImageDescription", 0x010F: "Make", 0x0110: "Model",
    0x0131: "Software", 0x013B: "Artist",
}  # fmt: skip
_USER_COMMENT = 0x9286
_STEALTH = {b"stealth_pnginfo": False, b"stealth_pngcomp": True}  # signature -> compressed


def read_texts(path: Path) -> tuple[dict[str, str], list[str]]:
    """Every text of a file by name, and what could not be read, one line each.

    PNG texts have the names of their chunks, EXIF texts those of their tags, XMP that of PNG's chunk for it.
    """
    texts: dict[str, str] = {}
    notes: list[str] = []
    for read in (_read_png, _read_others):
        try:
            read(path, texts, notes)
        except Exception as error:  # a stranger's file can trip any reader in any way
            notes.append(f"some metadata could not be read: {type(error).__name__}: {str(error)[:100]}")
    total = 0
    for name in list(texts):
        total += len(texts[name])
        if total > MAX_TEXT_BYTES:
            notes.append(f"the metadata {name!r} was left out: more than {MAX_TEXT_BYTES} characters in all")
            del texts[name]
    return texts, notes


# --- PNG: chunk by chunk, since texts may stand after the pixels and need not be Latin-1 as they claim ---


def _read_png(path: Path, texts: dict[str, str], notes: list[str]) -> None:
    with path.open("rb") as file:
        if file.read(8) != _PNG:
            return
        for _ in range(MAX_CHUNKS):
            head = file.read(8)
            if len(head) < 8 or head[4:] == b"IEND":
                return
            length, kind = int.from_bytes(head[:4], "big"), head[4:]
            if kind not in (b"tEXt", b"zTXt", b"iTXt"):
                file.seek(length + 4, 1)
                continue
            if length > MAX_TEXT_BYTES:
                notes.append(f"a text chunk of {length} bytes was left out")
                file.seek(length + 4, 1)
                continue
            _png_text(kind, file.read(length), texts, notes)
            file.seek(4, 1)


def _png_text(kind: bytes, data: bytes, texts: dict[str, str], notes: list[str]) -> None:
    keyword, _, rest = data.partition(b"\0")
    name = keyword.decode("latin-1")
    if kind == b"zTXt":
        rest = _inflate(rest[1:])
    elif kind == b"iTXt":
        packed, rest = rest[:1] == b"\1", rest[2:]
        rest = rest.split(b"\0", 2)[-1]
        rest = _inflate(rest) if packed else rest
    if rest is None:
        notes.append(f"the text chunk {name!r} was left out: broken or too large")
    elif name and name not in texts:
        texts[name] = decode(rest)


def _inflate(data: bytes) -> bytes | None:
    """A zlib stream's contents, or None if it is broken or unpacks to too much."""
    inflater = zlib.decompressobj()
    try:
        out = inflater.decompress(data, MAX_TEXT_BYTES)
    except zlib.error:
        return None
    return None if inflater.unconsumed_tail or not inflater.eof else out


def decode(data: bytes) -> str:
    """Text from bytes in an encoding that nobody is sure of: UTF-8 if it can be, else Latin-1."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("latin-1")


# --- the rest, as far as Pillow finds it without decoding a pixel ---


def _read_others(path: Path, texts: dict[str, str], notes: list[str]) -> None:
    from ..analysis.image import open_image

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        image = open_image(path)
        with image:
            if image.format == "PNG" and image.mode != "RGBA":
                # PNG's own texts were read above; only its EXIF is left.
                _guarded(_read_exif, image, texts, notes)
                return
            for part in (_read_exif, _read_xmp, _read_comment):
                _guarded(part, image, texts, notes)
            if not texts and image.mode == "RGBA" and max(image.size) <= MAX_INPUT_SIDE:
                _guarded(_read_stealth, image, texts, notes)


def _guarded(read: Callable[..., None], image: Any, texts: dict[str, str], notes: list[str]) -> None:
    try:
        read(image, texts)
    except Exception as error:
        notes.append(f"some metadata could not be read: {type(error).__name__}: {str(error)[:100]}")


def _read_exif(image: Any, texts: dict[str, str]) -> None:
    if image.format == "PNG" and not {"exif", "Raw profile type exif"} & set(image.info):
        return  # Pillow would decode all pixels to look for it
    exif = image.getexif()
    for tag, name in _TEXT_TAGS.items():
        value = exif.get(tag)
        if isinstance(value, str) and value.strip("\0 "):
            # EXIF promises ASCII; Pillow reads it as Latin-1, writers put UTF-8 there.
            with suppress(UnicodeEncodeError):
                value = decode(value.encode("latin-1"))
            texts.setdefault(name, value.strip("\0"))
    comment = exif.get_ifd(0x8769).get(_USER_COMMENT)
    if isinstance(comment, str):
        comment = comment.encode("utf-8", "replace")
    if comment:
        text = user_comment(comment)
        if text:
            texts.setdefault("UserComment", text)


def user_comment(data: bytes) -> str:
    """The text of an EXIF UserComment: eight bytes name the encoding, and are often wrong."""
    code, text = data[:8], data[8:]
    if code == b"UNICODE\0":
        if text[:2] in (b"\xff\xfe", b"\xfe\xff"):
            return text.decode("utf-16", "replace")
        # Which byte of each pair is zero more often tells the order; no order is stated.
        big = text[0::2].count(0) >= text[1::2].count(0)
        return text.decode("utf-16-be" if big else "utf-16-le", "replace").rstrip("\0")
    if code in (b"ASCII\0\0\0", b"\0" * 8, b"JIS\0\0\0\0\0"):
        return decode(text).rstrip("\0")
    return decode(data).rstrip("\0")


def _read_xmp(image: Any, texts: dict[str, str]) -> None:
    data = image.info.get("xmp")
    if data:
        texts.setdefault(XMP, decode(data) if isinstance(data, bytes) else str(data))
    resources = image.info.get("photoshop")
    records = resources.get(0x0404, b"") if isinstance(resources, dict) else b""
    start = records.find(b"\x1c\x02\x78")  # IPTC record 2, data set 120: the caption
    if isinstance(records, bytes) and start >= 0:
        length = int.from_bytes(records[start + 3 : start + 5], "big")
        texts.setdefault("IPTC caption", decode(records[start + 5 : start + 5 + length]))


def _read_comment(image: Any, texts: dict[str, str]) -> None:
    data = image.info.get("comment")
    if data and image.format in ("JPEG", "GIF"):
        texts.setdefault("comment", decode(data) if isinstance(data, bytes) else str(data))


def _read_stealth(image: Any, texts: dict[str, str]) -> None:
    """Text in the lowest bits of the alpha channel, column by column: a signature, a length in bits, the text."""
    import numpy as np

    bits = (np.asarray(image.getchannel("A")) & 1).T.reshape(-1)

    def take(start: int, count: int) -> bytes:
        return np.packbits(bits[8 * start : 8 * (start + count)]).tobytes()

    compressed = _STEALTH.get(take(0, 15))
    if compressed is None:
        return
    length = int.from_bytes(take(15, 4), "big") // 8
    data = take(19, min(length, MAX_TEXT_BYTES))
    if compressed:
        inflater = zlib.decompressobj(wbits=31)
        data = inflater.decompress(data, MAX_TEXT_BYTES)
    texts["parameters"] = decode(data)
