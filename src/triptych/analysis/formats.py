"""Opening picture files: Pillow's limits lifted while we look, and plugins for formats that Pillow lacks."""

from __future__ import annotations

import os
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import IO, Any, NamedTuple

from PIL import Image, PngImagePlugin, TiffImagePlugin

from ..limits import MAX_INPUT_SIDE

_TEXT = 1 << 26  # bytes that one text or profile of a PNG may unpack to, and all of them together


class _Lifted:
    """Pillow's limits are global; they are ours while any thread opens or loads a picture, and then as they were.

    Pillow warns of or refuses pictures that we accept. While one is opened there is no limit of pixels, because the
    size is checked right after, before any pixel is read; while it is loaded, no frame may be larger than what we take.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._opening = self._loading = 0
        self._before: tuple[int | None, int, int] | None = None
        self._warnings: warnings.catch_warnings[None] | None = None

    @contextmanager
    def opening(self) -> Iterator[None]:
        self._count(1, 0)
        try:
            yield
        finally:
            self._count(-1, 0)

    @contextmanager
    def loading(self) -> Iterator[None]:
        self._count(0, 1)
        try:
            yield
        finally:
            self._count(0, -1)

    def _count(self, opening: int, loading: int) -> None:
        with self._lock:
            self._opening += opening
            self._loading += loading
            if not self._opening and not self._loading:
                self._restore()
                return
            if self._before is None:
                self._before = Image.MAX_IMAGE_PIXELS, PngImagePlugin.MAX_TEXT_CHUNK, PngImagePlugin.MAX_TEXT_MEMORY
                self._warnings = warnings.catch_warnings()
                self._warnings.__enter__()
                warnings.simplefilter("ignore")
                PngImagePlugin.MAX_TEXT_CHUNK = max(self._before[1], _TEXT)
                PngImagePlugin.MAX_TEXT_MEMORY = max(self._before[2], _TEXT)
            Image.MAX_IMAGE_PIXELS = None if self._opening else MAX_INPUT_SIDE**2

    def _restore(self) -> None:
        if self._before is not None:
            Image.MAX_IMAGE_PIXELS, PngImagePlugin.MAX_TEXT_CHUNK, PngImagePlugin.MAX_TEXT_MEMORY = self._before
            self._before = None
        if self._warnings is not None:
            self._warnings.__exit__(None, None, None)
            self._warnings = None

    def after_fork(self) -> None:
        """In a child, no other thread is opening anything."""
        self._lock = threading.Lock()
        self._opening = self._loading = 0
        self._restore()


LIFTED = _Lifted()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=LIFTED.after_fork)


class _Format(NamedTuple):
    """A format that takes a plugin: its name, the first bytes of its files, the module and the package to install."""

    name: str
    accept: Callable[[bytes], bool]
    module: str
    package: str
    register: str | None = None  # a function of the module, if importing it is not enough


def _brand(*brands: bytes) -> Callable[[bytes], bool]:
    """Of ISO base media files: the brand, or one of those that it is compatible with."""

    def accept(start: bytes) -> bool:
        end = min(int.from_bytes(start[:4], "big"), len(start))
        found = {start[8:12], *(start[i : i + 4] for i in range(16, end - 3, 4))}
        return start[4:8] == b"ftyp" and not found.isdisjoint(brands)

    return accept


_FORMATS = (
    _Format("AVIF", _brand(b"avif", b"avis"), "pillow_avif", "pillow-avif-plugin"),
    _Format(
        "HEIC",
        _brand(b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1"),
        "pillow_heif",
        "pillow-heif",
        "register_heif_opener",
    ),
    _Format(
        "JPEG XL",
        lambda start: start.startswith((b"\xff\x0a", b"\0\0\0\x0cJXL \r\n\x87\n")),
        "pillow_jxl",
        "pillow-jxl-plugin",
    ),
    _Format("JPEG-LS", lambda start: start.startswith(b"\xff\xd8\xff\xf7"), "pillow_jpls", "pillow-jpls"),
)


# First bytes of formats that Pillow always reads.
_BEGINNINGS = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF87a", b"GIF89a", b"8BPS\0\1")


def unknown(file: IO[bytes]) -> str | None:
    """What to say of a file that Pillow does not know; None if a plugin for it was just loaded."""
    file.seek(0)
    start = file.read(512)
    for entry in _FORMATS:
        if not entry.accept(start):
            continue
        if entry.name == "AVIF" and "AVIF" in Image.OPEN:  # Pillow has it by itself, so the file is damaged
            return None
        try:
            module: Any = import_module(entry.module)
            if entry.register:
                getattr(module, entry.register)()
        except Exception as error:  # of a module that is not there, or whose libraries are not
            why = "" if isinstance(error, ImportError) else f" ({' '.join(str(error).split())})"
            return f"is a picture in {entry.name}, for which Pillow needs a plugin{why}: pip install {entry.package}"
        return None
    if start.startswith((b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")) and (fault := _odd_tiff(file)):
        return fault
    if b"<svg" in start.lower():
        return "is a drawing (SVG), not a picture of pixels; export it as PNG first"
    if not start:
        return "is empty"
    if start.startswith(_BEGINNINGS) or (start[:4] == b"RIFF" and start[8:12] == b"WEBP"):
        return "cannot be read: it is damaged"
    return "not a picture in a format that Pillow reads"


def _odd_tiff(file: IO[bytes]) -> str | None:
    """What the samples of a TIFF are that Pillow does not read; None if that cannot be told."""
    try:
        file.seek(0)
        head = file.read(8)
        tags = TiffImagePlugin.ImageFileDirectory_v2(head + (file.read(8) if b"+" in head[:4] else b""))
        file.seek(tags.next)
        tags.load(file)
        bits, forms = tags.get(258, (1,)), tags.get(339, (1,))
        kind = {2: "signed", 3: "floating-point", 5: "complex", 6: "complex"}.get(forms[0], "whole")
        what = f"{tags.get(277, 1)} x {bits[0]} bits, {kind}, compression {tags.get(259, 1)}"
    except Exception:  # it is damaged
        return None
    return f"is a TIFF with samples that Pillow does not read ({what}); save it with 8 or 16 bits, uncompressed or LZW"
