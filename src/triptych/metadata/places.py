"""Metadata blocks -> the texts in them, by the names of the places where they stand, and the encodings of old.

A PNG text has the name of its chunk, an EXIF text that of its tag, XMP that of PNG's chunk for it, and what stands in
one element of XMP the name of the element.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable
from contextlib import suppress
from xml.parsers import expat

from PIL import Image

from ..layers import Block
from ..limits import MAX_XMP_CHARS
from .chunks import XMP
from .settings import parse_json

__all__ = ["decode", "read_texts", "stealth_texts", "user_comment", "xmp_text", "xmp_texts"]

_TEXT_TAGS = {
    0x010D: "DocumentName", 0x010E: "ImageDescription", 0x010F: "Make", 0x0110: "Model",
    0x0131: "Software", 0x013B: "Artist", 0x8298: "Copyright",
}  # fmt: skip
_WIDE_TAGS = {
    0x9C9B: "XPTitle",
    0x9C9C: "XPComment",
    0x9C9E: "XPKeywords",
    0x9C9F: "XPSubject",
}  # UTF-16, as Windows writes them
_USER_COMMENT = 0x9286
_EXIF_IFD = 0x8769
_CAPTION = b"\x1c\x02\x78"  # IPTC record 2, data set 120


def read_texts(blocks: Iterable[Block]) -> tuple[dict[str, str], list[str]]:
    """The texts of blocks by name, and what could not be read, one line each; of two of one name the first counts."""
    texts: dict[str, str] = {}
    notes: list[str] = []
    for block in blocks:
        try:
            found = _texts(block)
        except Exception as error:  # a stranger's file can trip any reader in any way
            notes.append(f"the {block.kind} block could not be read: {type(error).__name__}: {str(error)[:100]}")
            continue
        for name, text in found.items():
            texts.setdefault(name, text)
    return texts, notes


def _texts(block: Block) -> dict[str, str]:
    if block.kind == "text" or block.kind == "xmp":
        profile = re.fullmatch(r"Raw profile type (exif|APP1|iptc|xmp)", block.name)
        return {block.name: decode(block.data)} | (_profile(block.data) if profile else {})
    if block.kind == "exif":
        return _exif(block.data)
    if block.kind == "iptc":
        return _iptc(block.data)
    if block.kind == "comment":
        return {"comment": decode(block.data).rstrip("\0")}
    return stealth_texts(decode(block.data)) if block.kind == "stealth" else {}


def _profile(data: bytes) -> dict[str, str]:
    """What ImageMagick keeps of other formats in PNG: a name, a length, and the bytes in hexadecimal."""
    match = re.match(rb"\s*\w+\s+\d+\s+([0-9a-fA-F\s]*)", data)
    plain = bytes.fromhex(match[1].decode()) if match else b""
    if plain.startswith(b"Exif\0\0"):
        return _exif(plain[6:])
    if b"<x:xmpmeta" in plain or b"<rdf:RDF" in plain:
        return {XMP: decode(plain[plain.index(b"<") :])}
    return _iptc(plain)


def _exif(data: bytes) -> dict[str, str]:
    exif = Image.Exif()
    exif.load(b"Exif\0\0" + data)
    texts: dict[str, str] = {}
    for tag, name in _TEXT_TAGS.items():
        value = exif.get(tag)
        if isinstance(value, str) and value.strip("\0 "):
            # EXIF promises ASCII; Pillow reads it as Latin-1, writers put UTF-8 there.
            with suppress(UnicodeEncodeError):
                value = decode(value.encode("latin-1"))
            texts[name] = value.strip("\0")
    for tag, name in _WIDE_TAGS.items():
        value = exif.get(tag)
        if isinstance(value, (bytes, tuple)) and len(value) > 1:
            with suppress(ValueError, TypeError):
                texts[name] = bytes(value).decode("utf-16-le", "replace").rstrip("\0")
    comment = exif.get_ifd(_EXIF_IFD).get(_USER_COMMENT)
    if isinstance(comment, str):
        comment = comment.encode("utf-8", "replace")
    if isinstance(comment, bytes):
        text = user_comment(comment)
        if text.strip():
            texts["UserComment"] = text
    return texts


def _iptc(data: bytes) -> dict[str, str]:
    start = data.find(_CAPTION)
    if start < 0:
        return {}
    length = int.from_bytes(data[start + 3 : start + 5], "big")
    text = decode(data[start + 5 : start + 5 + length])
    return {"IPTC caption": text} if text.strip() else {}


def decode(data: bytes) -> str:
    """Text from bytes in an encoding that nobody is sure of: UTF-8 if it can be, else Latin-1."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def user_comment(data: bytes) -> str:
    """The text of an EXIF UserComment: eight bytes name the encoding, and are often wrong."""
    code, text = data[:8], data[8:]
    if code == b"UNICODE\0":
        return _utf16(text).rstrip("\0")
    if code in (b"ASCII\0\0\0", b"\0" * 8, b"JIS\0\0\0\0\0"):
        return decode(text).rstrip("\0")
    return decode(data).rstrip("\0")


def _utf16(data: bytes) -> str:
    """UTF-16 of whichever byte order; the header of the file says nothing about it, as writers do not keep to it."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", "replace")
    if b"\0" not in data.rstrip(b"\0"):  # no ASCII character in UTF-16 is without a zero
        with suppress(UnicodeDecodeError):
            text = data.rstrip(b"\0").decode("utf-8")
            if not text.isascii() or any(char in text for char in " \n,"):
                return text
    head = data[: 2 * 4096]
    head = head[: len(head) // 2 * 2]
    order = max(("utf-16-be", "utf-16-le"), key=lambda order: _likeness(head.decode(order, "replace")))
    return data.decode(order, "replace")


_USUAL = (("\u00a0", "\u04ff"), ("\u2010", "\u2030"), ("\u3000", "\u30ff"), ("\u4e00", "\u9fff"), ("\uac00", "\ud7a3"),
          ("\uff00", "\uffef"))  # fmt: skip


def _likeness(text: str) -> int:
    """How much a text looks like one that somebody wrote."""
    total = 0
    for char in text:
        if " " <= char <= "~" or char in "\n\r\t":
            total += 4
        elif any(first <= char <= last for first, last in _USUAL):
            total += 2
        elif unicodedata.category(char)[0] == "C" or char == "\ufffd":
            total -= 4
    return total


# --- XMP ---


def xmp_text(xmp: str, element: str) -> str | None:
    """The (first) text of an element or attribute of XMP."""
    return next((text for name, text in _xmp_values(xmp) if name == element), None)


def xmp_texts(xmp: str) -> list[str]:
    """Every longer text in XMP, wherever it stands."""
    return [text for _, text in _xmp_values(xmp) if len(text) >= 16][:1000]


def _xmp_values(xmp: str) -> list[tuple[str, str]]:
    """(name, text) of each element and attribute; a text in rdf's lists belongs to the element that holds the list.

    XMP that is broken is read as far as it goes. It has no declarations of entities, so one with them is not read.
    """
    found: list[tuple[str, str]] = []
    path: list[str] = []
    texts: list[list[str]] = []

    def start(name: str, attributes: dict[str, str]) -> None:
        path.append(path[-1] if name.startswith("rdf:") and path else name)
        texts.append([])
        found.extend((key, value.strip()) for key, value in attributes.items() if value.strip())

    def end(_: str) -> None:
        name, text = path.pop(), "".join(texts.pop()).strip()
        if text:
            found.append((name, text))

    def characters(text: str) -> None:
        if texts:
            texts[-1].append(text)

    begin = xmp.find("<")
    if begin < 0 or "<!DOCTYPE" in xmp:
        return found
    parser = expat.ParserCreate("utf-8")
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = start, end, characters
    with suppress(expat.ExpatError):
        parser.Parse(xmp[begin : begin + MAX_XMP_CHARS].encode("utf-8", "replace"), True)
    return found


# --- texts hidden in the alpha channel ---


def stealth_texts(text: str) -> dict[str, str]:
    """A hidden text by the name it would have in PNG: NovelAI hides an object of all its chunks, others one text."""
    value = parse_json(text) if text.lstrip().startswith("{") else None
    if isinstance(value, dict) and isinstance(value.get("Comment"), (str, dict)):
        chunks = {str(key): item for key, item in value.items() if isinstance(item, str)}
        if isinstance(value["Comment"], dict):
            chunks["Comment"] = json.dumps(value["Comment"], ensure_ascii=False)
        return chunks
    return {"parameters": text}
