"""A page to look through a folder of files: static, without a server, and nothing in it asks the network.

    out/index.html          the page, with gallery.css and gallery.js beside it
    out/data/index.js       of each file what sorting, searching and the tiles need
    out/data/N.js           of each file the rest, 500 files a part, loaded when one of them is opened
    out/thumbs/ab/cd….webp  pictures painted small

Browsers let a page from disk load scripts but read no files, so the data are scripts that call a function of the page.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from importlib import resources
from pathlib import Path
from typing import Any
from urllib.parse import quote

from ..batch.local import Local, Lost
from ..codec.decode import DEFAULT_DECODER, choose_decoder, decode
from ..errors import InputError, TriptychError
from ..files import make_folder, write_whole
from .index import Index
from .query import Found, Query

PART = 500  # files whose details are loaded together
QUALITY = 75  # of WebP
_PAGE = ("index.html", "gallery.css", "gallery.js")
_STATE = "gallery.json"  # in the target: what the thumbnails were painted with


@dataclass(frozen=True)
class Gallery:
    """What was made.

    Attributes:
        page: to be opened in a browser.
        files: of the folder, all of which have a tile.
        painted, kept, failed: thumbnails that were made now, were there from before, or could not be made.
        faults: why, by the files' places.
    """

    page: Path
    files: int
    painted: int
    kept: int
    failed: int
    faults: Mapping[str, str]


def make_gallery(
    folder: str | os.PathLike[str],
    out: str | os.PathLike[str],
    *,
    side: int = 256,
    decoder: str = DEFAULT_DECODER,
    options: Mapping[str, Any] | None = None,
    processes: int = 1,
    title: str | None = None,
    index: str | os.PathLike[str] | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Gallery:
    """Write the page, or bring it up to date: only files that changed are painted again.

    Args:
        folder: of `.trp` files, which may lie in folders of it; its index is made or updated.
        out: a folder, made if there is none; one that is not empty must be a gallery.
        side: of the thumbnails, in pixels, the longer one; 32 to 1024.
        decoder, options: what paints them, as for `triptych.decode`.
        processes: how many paint at once.
        title: of the page, by default the folder's name.
        index: the file of the index, by default in the folder.
        progress: told after each picture how many are done, of how many.

    Raises:
        InputError: no such folder or decoder, or the target is something else.
        MissingExtraError, ModelError: the decoder needs a package or weights that are not there.
    """
    if not 32 <= side <= 1024:
        raise InputError(f"a thumbnail's side of {side} pixels: from 32 to 1024 are possible")
    choose_decoder(decoder, options)  # a wrong one is one error, not one a file
    target = Path(out)
    settings = {"side": side, "decoder": str(decoder), "options": dict(options or {})}
    fresh = _prepared(target, settings)
    with Index(folder, index) as known:
        known.update()
        found = known.find(Query(sort="name"))
    work = partial(_paint, side=side, decoder=decoder, options=options)
    tasks = [_Task(file, target / "thumbs" / _thumbnail(file.place)) for file in found]
    todo = [task for task in tasks if not (fresh and task.is_done())]
    faults: dict[str, str] = {}
    for done, (task, fault) in enumerate(_all(work, todo, processes), 1):
        if fault is not None:
            faults[task.file.place] = fault.how if isinstance(fault, Lost) else fault
        if progress:
            progress(done, len(todo))
    _write_data(target, [replace(file, error=file.error or faults.get(file.place)) for file in found], Path(folder))
    _write_page(target, title if title is not None else Path(folder).absolute().name)
    write_whole(target / _STATE, json.dumps(settings).encode())
    return Gallery(
        target / "index.html", len(found), len(todo) - len(faults), len(tasks) - len(todo), len(faults), faults
    )


@dataclass(frozen=True)
class _Task:
    file: Found
    target: Path

    def is_done(self) -> bool:
        """Whether the thumbnail is that of the file as it is: both have the same time."""
        try:
            return self.target.stat().st_mtime_ns == self.file.path.stat().st_mtime_ns
        except OSError:
            return False


def _prepared(target: Path, settings: dict[str, Any]) -> bool:
    """Make the folder; whether it has thumbnails made with these settings."""
    state = target / _STATE
    if target.exists() and not target.is_dir():
        raise InputError(f"{target}: is there, and no folder")
    if target.is_dir() and any(target.iterdir()) and not state.exists() and not (target / "thumbs").is_dir():
        raise InputError(f"{target}: is not empty and no gallery; name a new folder")
    make_folder(target / "thumbs")
    try:
        return bool(json.loads(state.read_bytes()) == settings)
    except (OSError, ValueError):
        return False


def _thumbnail(place: str) -> str:
    """Its place under thumbs/: of files' names not each can stand in a URL or on each disk."""
    name = hashlib.sha256(place.encode("utf-8", "surrogateescape")).hexdigest()[:20]
    return f"{name[:2]}/{name[2:]}.webp"


def _all(work: Callable[[_Task], str | None], tasks: list[_Task], processes: int) -> Iterable[tuple[_Task, Any]]:
    if min(processes, len(tasks)) > 1:
        return Local(processes).run(work, tasks)
    return ((task, work(task)) for task in tasks)


def _paint(task: _Task, *, side: int, decoder: str, options: Mapping[str, Any] | None) -> str | None:
    """Write a thumbnail; what went wrong, None: nothing. A damaged file is painted from what is whole of it."""
    file = task.file
    try:
        if file.width is None or file.height is None:
            return file.error or "its header cannot be read"
        image = decode(file.path, decoder=decoder, options=options, size=min(side, max(file.width, file.height)),
                       partial=True)  # fmt: skip
        buffer = io.BytesIO()
        image.save(buffer, "WEBP", quality=QUALITY, method=4)
        make_folder(task.target.parent)
        write_whole(task.target, buffer.getvalue())
        time = file.path.stat().st_mtime_ns
        os.utime(task.target, ns=(time, time))
    except (TriptychError, OSError) as error:
        return str(error)
    return None


def _write_data(target: Path, found: list[Found], folder: Path) -> None:
    try:
        way = os.path.relpath(folder.absolute(), target.absolute()).replace(os.sep, "/")
    except ValueError:  # on another drive
        way = folder.absolute().as_uri()
    data = target / "data"
    make_folder(data)
    rows = [
        [file.place, _thumbnail(file.place), file.width, file.height, file.bytes,
         int(file.modified.timestamp()), file.prompt or "", int(file.error is not None)]
        for file in found
    ]  # fmt: skip
    _script(data / "index.js", "gallery.setFiles", quote(way) if "://" not in way else way, rows)
    parts = [found[at : at + PART] for at in range(0, len(found), PART)]
    for number, part in enumerate(parts):
        _script(data / f"{number}.js", "gallery.setDetails", number, [_details(file) for file in part])
    for old in data.glob("*.js"):
        if old.stem.isdigit() and int(old.stem) >= len(parts):
            old.unlink()


def _details(file: Found) -> dict[str, Any]:
    shown = ("negative", "tool", "model", "loras", "seed", "sampler", "steps", "guidance", "layers", "error")
    facts = {name: value for name, value in file.facts().items() if name in shown}
    # As text: JavaScript rounds whole numbers beyond 53 bits.
    return facts | ({"seed": str(file.seed)} if file.seed is not None else {})


def _script(path: Path, function: str, *arguments: Any) -> None:
    given = ", ".join(json.dumps(value, ensure_ascii=False, separators=(",", ":")) for value in arguments)
    write_whole(path, f"{function}({given});\n".encode("utf-8", "replace"))


def _write_page(target: Path, title: str) -> None:
    for name in _PAGE:
        text = (resources.files(__package__) / "static" / name).read_text("utf-8")
        if name == "index.html":
            safe = title.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
            text = text.replace("{{title}}", safe).replace("{{part}}", str(PART))
        write_whole(target / name, text.encode("utf-8", "replace"))
