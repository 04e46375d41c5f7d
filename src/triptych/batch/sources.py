"""The items of a batch, one after the other and always in the same order: nothing is held but what is under way.

A source is a file, a folder (with all that is in it), a glob, a URL of one of these, or a list: a file of names
(.txt, one a line) or of objects (.jsonl: {"file": ..., "prompt": ...}), or any iterable of names. Wherever they are
found, tar shards and Parquet tables (`containers.py`) stand for what is in them. Names that begin with a dot are passed
over.
"""

from __future__ import annotations

import glob
import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import InputError
from ..files import reason
from ..limits import MAX_JSON_CHARS
from . import storage

LISTS = (".txt", ".jsonl")
TARS = (".tar", ".tar.gz", ".tgz")
TABLES = (".parquet",)


@dataclass(frozen=True, slots=True)
class Item:
    """One picture or file to work on.

    Attributes:
        key: what it is called in the manifest; no other item of the source has this key.
        place: where it is under the source, written with /; results are named after it.
        where: the path or URL, for reading if there is no `data`, and for messages.
        data: its bytes, if it came out of a container.
        prompt: the text that stands beside it in a list, a shard or a table.
        fault: why there is nothing to work on; then it stands for a file or container that cannot be read.
    """

    key: str
    place: str
    where: str
    data: bytes | None = None
    prompt: str | None = None
    fault: str | None = None


@dataclass(frozen=True)
class Source:
    """Where items come from.

    Attributes:
        given: see the head of this module.
        endings: of the files and members that are items; `.png` and the like.
        leave_out: a local folder that is passed over, because results go there.
        column, prompt_column: of Parquet tables; None: found by name (see `containers`).
    """

    given: str | tuple[str, ...]
    endings: frozenset[str]
    leave_out: str | None = None
    column: str | None = None
    prompt_column: str | None = None

    def __iter__(self) -> Iterator[Item]:
        """All items.

        Raises:
            InputError: there is no such source.
            StoppedError: the network is gone.
        """
        for name, place, prompt, listed in self._files():
            yield from self._expanded(name, place, prompt, listed)

    def count(self) -> int | None:
        """How many items there are, if that can be told without reading them all."""
        from .containers import rows_of

        if any(storage.is_url(name) for name in ([self.given] if isinstance(self.given, str) else self.given)):
            return None
        total = 0
        for name, _, _, _ in self._files():
            if name.lower().endswith(TARS):
                return None
            total += rows_of(name) if name.lower().endswith(TABLES) else 1
        return total

    def _expanded(self, name: str, place: str, prompt: str | None, listed: bool) -> Iterator[Item]:
        from . import containers

        lower = name.lower()
        key = name if listed else place
        try:
            if lower.endswith(TARS):
                yield from containers.members(self, name, key, place)
            elif lower.endswith(TABLES):
                yield from containers.rows(self, name, key, place)
            else:
                yield Item(key, place, name, prompt=prompt)
        except InputError as error:  # of the container; what was in it before the fault is done
            yield Item(key, place, name, fault=str(error))

    def _files(self) -> Iterator[tuple[str, str, str | None, bool]]:
        """(name, place, prompt, whether it was listed) of each file and container."""
        if not isinstance(self.given, str):
            yield from ((name, _last(name), None, True) for name in self.given)
        elif self.given.lower().endswith(LISTS):
            yield from ((name, _last(name), prompt, True) for name, prompt in _listed(self.given))
        elif storage.is_url(self.given):
            yield from ((name, place, None, False) for name, place in _remote(self.given, self._takes))
        else:
            names = _local(str(storage.local(self.given)), self._takes, self.leave_out)
            yield from ((name, place, None, False) for name, place in names)

    def _takes(self, name: str) -> bool:
        lower = name.lower()
        return os.path.splitext(lower)[1] in self.endings or lower.endswith((*TARS, *TABLES))


def _last(name: str) -> str:
    return name.rstrip("/").replace(os.sep, "/").rpartition("/")[2] or "item"


def _local(given: str, takes: Any, leave_out: str | None) -> Iterator[tuple[str, str]]:
    if not os.path.lexists(given) and glob.has_magic(given):
        names = sorted(name for name in glob.iglob(given, recursive=True) if os.path.isfile(name))
        if not names:
            raise InputError(f"{given}: no such file or folder")
        root = os.path.dirname(given[: min(given.find(c) for c in "*?[" if c in given)])
        yield from ((name, os.path.relpath(name, root or ".").replace(os.sep, "/")) for name in names)
    elif os.path.isdir(given):
        out = os.path.realpath(leave_out) if leave_out else None
        yield from _folder(given, "", takes, None if out == os.path.realpath(given) else out)
    elif os.path.exists(given):
        yield given, _last(given)
    else:
        raise InputError(f"{given}: no such file or folder")


def _folder(root: str, place: str, takes: Any, out: str | None) -> Iterator[tuple[str, str]]:
    """The files of a folder in the order of their names, then those of the folders in it."""
    here = os.path.join(root, place) if place else root
    files, folders = [], []
    try:
        with os.scandir(here) as entries:
            for entry in entries:
                if entry.name.startswith("."):
                    continue
                if entry.is_dir(follow_symlinks=False):
                    folders.append(entry.name)
                elif takes(entry.name) and entry.is_file():
                    files.append(entry.name)
    except OSError as error:
        raise InputError(f"{here}: cannot be looked into: {reason(error)}") from error
    for name in sorted(files):
        yield os.path.join(here, name), f"{place}/{name}" if place else name
    for name in sorted(folders):
        if out is None or os.path.realpath(os.path.join(here, name)) != out:
            yield from _folder(root, f"{place}/{name}" if place else name, takes, out)


def _remote(url: str, takes: Any) -> Iterator[tuple[str, str]]:
    system = storage.system_of(url)
    if glob.has_magic(url) and not url.startswith("http"):
        root = url[: min(url.find(c) for c in "*?[" if c in url)].rpartition("/")[0]
        found = storage.patiently(url, "read", lambda: sorted(system.glob(url)))
        if not found:
            raise InputError(f"{url}: nothing matches")
        start = len(system._strip_protocol(root).rstrip("/")) + 1
        yield from ((system.unstrip_protocol(name), name[start:]) for name in found)
    elif storage.patiently(url, "read", lambda: system.isdir(url)):
        yield from _remote_folder(system, url, "", takes)
    else:
        yield url, _last(url)


def _remote_folder(system: Any, url: str, place: str, takes: Any) -> Iterator[tuple[str, str]]:
    here = f"{url.rstrip('/')}/{place}".rstrip("/")
    entries = storage.patiently(here, "read", lambda: [(e["name"], e["type"]) for e in system.ls(here, detail=True)])
    system.invalidate_cache()  # which would keep the listing of every folder
    found = sorted((_last(name), kind) for name, kind in entries if name.strip("/") != here.partition("://")[2])
    for kind in ("file", "directory"):
        for name, its in found:
            if its != kind or name.startswith("."):
                continue
            below = f"{place}/{name}" if place else name
            if kind == "directory":
                yield from _remote_folder(system, url, below, takes)
            elif takes(name):
                yield f"{url.rstrip('/')}/{below}", below


def _listed(name: str) -> Iterator[tuple[str, str | None]]:
    with storage.opened(name) as file:
        for number, raw in enumerate(_lines(file), 1):
            line = raw.decode("utf-8-sig" if number == 1 else "utf-8", "replace").strip()
            if not line:
                continue
            if not name.lower().endswith(".jsonl"):
                yield line, None
                continue
            try:
                entry = json.loads(line)
                yield _text(entry["file"]), None if entry.get("prompt") is None else _text(entry["prompt"])
            except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
                raise InputError(f'{name}: line {number}: is no {{"file": ..., "prompt": ...}}') from error


def _lines(file: Any) -> Iterator[bytes]:
    while line := file.readline(MAX_JSON_CHARS):
        yield line


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    return value


def flat(given: str | os.PathLike[str] | Iterable[str | os.PathLike[str]]) -> str | tuple[str, ...]:
    """A source as texts: of a name, or of an iterable of names."""
    if isinstance(given, (str, Path)) or hasattr(given, "__fspath__"):
        return os.fspath(given)  # type: ignore[arg-type]
    return tuple(os.fspath(name) for name in given)
