"""The metadata blocks that a picture file carries beside its pixels, byte for byte, whoever wrote them.

Files come from strangers: whatever is broken or too large is left out and noted, and nothing raises. Where the blocks
stand: PNG 1.2 and its extensions (eXIf, caBX of C2PA, comf of ComfyUI's animations); JPEG segments APP1 (EXIF, XMP
in one or many), APP11 (JUMBF), APP13 (Photoshop with IPTC), COM; the RIFF chunks of WebP; the extensions of GIF; the
tags of TIFF; the boxes of ISO files (AVIF, HEIC, JPEG XL).
"""

from __future__ import annotations

import io
import os
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, TypeAlias

from PIL import Image

from ..analysis.image import open_image
from ..layers import Block
from ..limits import MAX_BLOCK_BYTES, MAX_BLOCK_NAME, MAX_BLOCKS

__all__ = ["XMP", "Source", "open_source", "read_blocks"]

Source: TypeAlias = "str | os.PathLike[str] | bytes"
"""A picture file: its path or its bytes."""

XMP = "XML:com.adobe.xmp"  # the name that PNG gives to XMP
_MOST_CHUNKS = 100_000  # of a file that are walked through
# Of a Brotli stream that are unpacked at once: a copy of 16 MiB takes three, and older modules know no limit.
_BROTLI_BYTES = 8
_PNG = b"\x89PNG\r\n\x1a\n"
_XMP_HEAD = b"http://ns.adobe.com/xap/1.0/\0"
_EXTENDED_HEAD = b"http://ns.adobe.com/xmp/extension/\0"
_PHOTOSHOP_HEAD = b"Photoshop 3.0\0"
_C2PA_UUID = bytes.fromhex("d8fec3d61b0e483c92975828877ec481")


class _Gathered:
    """Blocks as they are found, up to the limit of all together."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.blocks: list[Block] = []
        self.notes: list[str] = []
        self.left = MAX_BLOCK_BYTES

    def fits(self, what: str, length: int) -> bool:
        """Whether a block of so many bytes can be kept; if not, it is noted by name."""
        if length <= self.left and len(self.blocks) < MAX_BLOCKS:
            return True
        reason = f"more than {MAX_BLOCK_BYTES} bytes" if length > self.left else f"more than {MAX_BLOCKS} blocks"
        self.note(f"{what} of {length} bytes was not kept: with it the metadata would be {reason}")
        return False

    def add(self, kind: str, name: str, data: bytes, form: str = "") -> None:
        if self.fits(f"the {kind} block {name!r}", len(data)):
            self.left -= len(data)
            self.blocks.append(Block(kind, name, data, form))

    def note(self, text: str) -> None:
        if len(self.notes) < 50:
            self.notes.append(text)


def read_blocks(source: Source) -> tuple[list[Block], list[str]]:
    """Every metadata block of a picture file, in the file's order, and what could not be kept, one line each."""
    found = _Gathered(source)
    try:
        with open_source(source) as file:
            head = file.read(16)
            reader = next((read for fits, read in _READERS if fits(head)), _read_by_pillow)
            file.seek(0)
            reader(file, found)
    except Exception as error:  # a stranger's file can trip any reader in any way
        found.note(f"some metadata could not be read: {type(error).__name__}: {str(error)[:100]}")
    return found.blocks, found.notes


def open_source(source: Source) -> BinaryIO:
    """A picture file, opened for reading."""
    return io.BytesIO(source) if isinstance(source, bytes) else Path(source).open("rb")


# --- PNG: chunk by chunk, since texts may stand after the pixels ---


def _read_png(file: BinaryIO, found: _Gathered) -> None:
    file.seek(8)
    for _ in range(_MOST_CHUNKS):
        head = file.read(8)
        if len(head) < 8 or head[4:] == b"IEND":
            return
        length, kind = int.from_bytes(head[:4], "big"), head[4:]
        if kind not in (b"tEXt", b"zTXt", b"iTXt", b"eXIf", b"caBX", b"comf"):
            file.seek(length + 4, 1)
            continue
        if length > found.left:
            name = file.read(80).partition(b"\0")[0].decode("latin-1") if kind.endswith(b"Xt") else kind.decode()
            found.fits(f"the text chunk {name!r}" if kind.endswith(b"Xt") else f"the chunk {name}", length)
            file.seek(length + 4 - min(80, length) if kind.endswith(b"Xt") else length + 4, 1)
            continue
        data = file.read(length)
        if len(data) < length:
            found.note(f"the file ends within its chunk {kind.decode('latin-1')}")
            return
        file.seek(4, 1)
        if kind == b"eXIf":
            found.add("exif", "Exif", _tiff_of(data))
        elif kind == b"caBX":
            found.add("c2pa", "C2PA", data)
        elif kind == b"comf":  # of ComfyUI's animations: a text chunk but for its name
            keyword, _, text = data.partition(b"\0")
            found.add("text", keyword.decode("latin-1")[: MAX_BLOCK_NAME // 2], text)
        else:
            _png_text(kind, data, found)


def _png_text(kind: bytes, data: bytes, found: _Gathered) -> None:
    keyword, _, rest = data.partition(b"\0")
    name = keyword.decode("latin-1").replace("\0", "")[: MAX_BLOCK_NAME // 2]
    form = kind.decode()
    text: bytes | None = rest
    if kind == b"zTXt":
        text = _inflate(rest[1:], found, name)
    elif kind == b"iTXt":
        packed, rest = rest[:1] == b"\1", rest[2:]
        language, _, rest = rest.partition(b"\0")
        translated, _, rest = rest.partition(b"\0")
        text = _inflate(rest, found, name) if packed else rest
        form += "+z" if packed else ""
        if language or translated:
            form += f"/{language.decode('latin-1')}/{translated.decode('utf-8', 'replace')}"
    if text is None or not name:
        return
    xmp = name == XMP
    usual = kind == b"iTXt" if xmp or not text.isascii() else kind == b"tEXt"
    short = form if len(form.encode()) <= MAX_BLOCK_NAME and "\0" not in form else kind.decode()
    found.add("xmp" if xmp else "text", name, text, "" if usual and form == kind.decode() else short)


def _inflate(data: bytes, found: _Gathered, name: str) -> bytes | None:
    """A zlib stream's contents, or None, with a note, if it is broken or unpacks to too much."""
    inflater = zlib.decompressobj()
    try:
        out = inflater.decompress(data, found.left + 1)
    except zlib.error:
        found.note(f"the text chunk {name!r} was left out: it is broken")
        return None
    if len(out) > found.left:
        found.note(f"the text chunk {name!r} was not kept: it unpacks to more than {found.left} bytes")
        return None
    if not inflater.eof:
        found.note(f"the text chunk {name!r} was left out: it is broken")
        return None
    return out


def _tiff_of(data: bytes) -> bytes:
    """EXIF without the six bytes that JPEG puts before it, which other formats' writers copy at times."""
    return data[6:] if data.startswith(b"Exif\0\0") else data


# --- JPEG ---


def _read_jpeg(file: BinaryIO, found: _Gathered) -> None:
    file.seek(2)
    photoshop: list[bytes] = []
    boxes: dict[bytes, list[bytes]] = {}  # number of a JUMBF box -> its parts
    extended: dict[bytes, dict[int, bytes]] = {}  # GUID of an XMP too long for one segment -> offset -> part
    for _ in range(_MOST_CHUNKS):
        marker = file.read(2)
        while marker[1:] == b"\xff":
            marker = b"\xff" + file.read(1)
        if len(marker) < 2 or marker[0] != 0xFF or marker[1] in (0xDA, 0xD9):
            break
        if marker[1] == 0x01 or 0xD0 <= marker[1] <= 0xD7:
            continue
        size = int.from_bytes(file.read(2), "big")
        if marker[1] not in (0xE1, 0xEB, 0xED, 0xFE):
            file.seek(max(size - 2, 0), 1)
            continue
        data = file.read(max(size - 2, 0))
        if marker[1] == 0xFE:
            found.add("comment", "comment", data)
        elif marker[1] == 0xED and data.startswith(_PHOTOSHOP_HEAD):
            photoshop.append(data[len(_PHOTOSHOP_HEAD) :])
        elif marker[1] == 0xEB and data.startswith(b"JP") and len(data) > 16:
            boxes.setdefault(data[2:4], []).append(data[8:])
        elif data.startswith(b"Exif\0\0"):
            found.add("exif", "Exif", data[6:])
        elif data.startswith(_XMP_HEAD):
            found.add("xmp", XMP, data[len(_XMP_HEAD) :])
        elif data.startswith(_EXTENDED_HEAD):
            rest = data[len(_EXTENDED_HEAD) :]
            extended.setdefault(rest[:32], {})[int.from_bytes(rest[36:40], "big")] = rest[40:]
    if photoshop:
        found.add("iptc", "IPTC", b"".join(photoshop))
    for parts in extended.values():
        found.add("xmp", f"{XMP} extended", b"".join(parts[offset] for offset in sorted(parts)))
    manifests = []
    for segments in boxes.values():
        head = 16 if segments[0][:4] == b"\0\0\0\1" else 8  # each part repeats the head of the box
        if segments[0][4:8] == b"jumb":
            manifests.append(segments[0] + b"".join(segment[head:] for segment in segments[1:]))
    if manifests:
        found.add("c2pa", "C2PA", b"".join(manifests))


# --- WebP ---


def _read_webp(file: BinaryIO, found: _Gathered) -> None:
    kinds = {b"EXIF": ("exif", "Exif"), b"XMP ": ("xmp", XMP), b"C2PA": ("c2pa", "C2PA")}
    file.seek(12)
    for _ in range(_MOST_CHUNKS):
        head = file.read(8)
        if len(head) < 8:
            return
        length = int.from_bytes(head[4:], "little")
        kind = kinds.get(head[:4])
        if kind is None or not found.fits(f"the {kind[0]} block", length):
            file.seek(length + length % 2, 1)
            continue
        data = file.read(length)
        file.seek(length % 2, 1)
        found.add(*kind, _tiff_of(data) if kind[0] == "exif" else data)


# --- GIF ---


def _read_gif(file: BinaryIO, found: _Gathered) -> None:
    head = file.read(13)
    if head[10] & 0x80:
        file.seek(3 << ((head[10] & 7) + 1), 1)
    for _ in range(_MOST_CHUNKS):
        mark = file.read(1)
        if mark == b",":
            place = file.read(9)
            if len(place) < 9:
                return
            if place[8] & 0x80:
                file.seek(3 << ((place[8] & 7) + 1), 1)
            file.seek(1, 1)
            for _ in _sub_blocks(file):
                pass
        elif mark == b"!":
            label = file.read(1)
            parts = _sub_blocks(file)
            if label == b"\xfe":
                data = b"".join(_limited(parts, found.left))
                found.add("comment", "comment", data)
            elif label == b"\xff":
                name = next(parts, b"")
                if name == b"XMP DataXMP":  # written as it is, with a trailer that any reader of blocks can pass over
                    start = file.tell()
                    for _ in parts:
                        pass
                    end = file.tell()
                    file.seek(start)
                    data = file.read(min(end - start, MAX_BLOCK_BYTES))
                    file.seek(end)
                    found.add("xmp", XMP, data.rpartition(b"\x01\xff\xfe")[0] or data)
                elif name.startswith(b"C2PA_GIF"):
                    found.add("c2pa", "C2PA", b"".join(_limited(parts, found.left)))
            for _ in parts:
                pass
        else:
            return


def _sub_blocks(file: BinaryIO) -> Iterator[bytes]:
    while True:
        length = file.read(1)
        if not length or length == b"\0":
            return
        yield file.read(length[0])


def _limited(parts: Iterator[bytes], most: int) -> Iterator[bytes]:
    for part in parts:
        most -= len(part)
        if most >= 0:
            yield part


# --- ISO boxes: AVIF, HEIC, JPEG XL ---


def _read_boxes(file: BinaryIO, found: _Gathered) -> None:
    jpeg_xl = file.read(12)[4:8] == b"JXL "
    end = file.seek(0, 2)
    at = 0
    for _ in range(_MOST_CHUNKS):
        file.seek(at)
        head = file.read(16)
        length, kind = int.from_bytes(head[:4], "big"), head[4:8]
        start = 8
        if length == 1:
            length, start = int.from_bytes(head[8:16], "big"), 16
        length = end - at if length == 0 else length
        if len(head) < 8 or length < start:
            break
        size = min(length, end - at) - start
        file.seek(at + start)
        at += length
        if kind == b"uuid" and file.read(16) == _C2PA_UUID:
            if found.fits("the C2PA block", size - 16):
                purpose, _, rest = file.read(size - 16)[4:].partition(b"\0")
                if purpose == b"manifest":
                    found.add("c2pa", "C2PA", rest[8:])
        elif jpeg_xl and kind in _JPEG_XL_BOXES:
            if found.fits(f"the box {kind.decode()}", size):
                _jpeg_xl_box(kind, file.read(size), found)
        elif jpeg_xl and kind == b"brob":  # one of these, compressed
            kind = file.read(4)
            if kind in _JPEG_XL_BOXES and found.fits(f"the box {kind.decode()}", size - 4):
                data = _unbrotli(file.read(size - 4), found, kind.decode())
                if data is not None:
                    _jpeg_xl_box(kind, data, found)
    if not jpeg_xl:
        _read_by_pillow(file, found)


_JPEG_XL_BOXES = (b"Exif", b"xml ", b"jumb")


def _jpeg_xl_box(kind: bytes, data: bytes, found: _Gathered) -> None:
    """`data`: what the box holds, without its head."""
    if kind == b"jumb":
        found.add("c2pa", "C2PA", (len(data) + 8).to_bytes(4, "big") + kind + data)
    elif kind == b"xml ":
        found.add("xmp", XMP, data)
    else:
        found.add("exif", "Exif", _tiff_of(data[4 + int.from_bytes(data[:4], "big") :]))


def _unbrotli(data: bytes, found: _Gathered, name: str) -> bytes | None:
    """What a Brotli stream holds, or None, with a note, if it is broken, unpacks to too much, or cannot be read."""
    try:
        import brotli
    except ImportError:
        found.note(f"the metadata {name!r} is compressed and was not kept; it needs a package: pip install brotli")
        return None
    inflater, out = brotli.Decompressor(), bytearray()
    try:
        for at in range(0, len(data), _BROTLI_BYTES):
            out += inflater.process(data[at : at + _BROTLI_BYTES])
            if len(out) > found.left:
                found.note(f"the metadata {name!r} was not kept: it unpacks to more than {found.left} bytes")
                return None
        whole = inflater.is_finished()
    except brotli.error:
        whole = False
    if not whole:
        found.note(f"the metadata {name!r} was left out: it is broken")
        return None
    return bytes(out)


# --- the rest, as far as Pillow finds it without decoding a pixel ---

_DESCRIPTIONS = (
    0x010D, 0x010E, 0x010F, 0x0110, 0x0131, 0x0132, 0x013B, 0x8298, 0x8769, 0x8825,
    0x9C9B, 0x9C9C, 0x9C9D, 0x9C9E, 0x9C9F,
)  # fmt: skip


def _read_by_pillow(_: BinaryIO, found: _Gathered) -> None:
    with open_image(found.source) as image:
        info = image.info
        exif, xmp, comment = info.get("exif"), info.get("xmp"), info.get("comment")
        tags = getattr(image, "tag_v2", None)
        if tags is not None:
            with suppress(Exception):
                exif = _tiff_exif(image)
            xmp = xmp or tags.get(700)
            for tag, name in ((33723, "IPTC"), (34377, "IPTC")):
                data = tags.get(tag)
                if isinstance(data, bytes) and data:
                    found.add("iptc", name, data)
            claim = tags.get(0xCD41)
            if isinstance(claim, bytes):
                found.add("c2pa", "C2PA", claim)
    if isinstance(exif, bytes) and exif:
        found.add("exif", "Exif", _tiff_of(exif))
    if isinstance(xmp, str):
        xmp = xmp.encode()
    if isinstance(xmp, bytes) and xmp:
        found.add("xmp", XMP, xmp)
    if isinstance(comment, str):
        comment = comment.encode()
    if isinstance(comment, bytes) and comment:
        found.add("comment", "comment", comment)


def _tiff_exif(image: Image.Image) -> bytes | None:
    """The describing tags of a TIFF as EXIF; where the pixels stand is no business of another file."""
    exif = image.getexif()
    details = exif.get_ifd(0x8769)
    for tag in list(exif):
        if tag not in _DESCRIPTIONS:
            del exif[tag]
    return _tiff_of(exif.tobytes()) if len(exif) or details else None


_READERS: tuple[tuple[Callable[[bytes], bool], Callable[[BinaryIO, _Gathered], None]], ...] = (
    (lambda head: head.startswith(_PNG), _read_png),
    (lambda head: head.startswith(b"\xff\xd8\xff"), _read_jpeg),
    (lambda head: head[:4] == b"RIFF" and head[8:12] == b"WEBP", _read_webp),
    (lambda head: head[:6] in (b"GIF87a", b"GIF89a"), _read_gif),
    (lambda head: head[4:8] in (b"ftyp", b"JXL "), _read_boxes),
)
