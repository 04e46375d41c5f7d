"""The index of a folder of files: one SQLite file that knows their prompts and how their pictures were made.

It is a cache and never the truth: it can be deleted at any time, and an update reads only what changed. Words are
found with SQLite's full-text search (FTS5).
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import InputError, TriptychError
from .query import Found, Query

INDEX_NAME = ".triptych-index.sqlite"  # in the folder that it is about
ENDING = ".trp"
_VERSION = 1  # of the tables; an index of another version is made anew
_READ = ("semantic", "recipe", "seed")  # the layers that are unpacked
_BATCH = 2000  # files that are read together, and in a transaction: what an interrupted update keeps

_TABLES = """
CREATE TABLE files (
    id INTEGER PRIMARY KEY, path TEXT NOT NULL UNIQUE, bytes INTEGER NOT NULL, modified INTEGER NOT NULL,
    width INTEGER, height INTEGER, layers TEXT, prompt TEXT, negative TEXT, tool TEXT, model TEXT, loras TEXT,
    seed TEXT, sampler TEXT, steps INTEGER, guidance TEXT, error TEXT
);
CREATE INDEX files_modified ON files (modified);
CREATE INDEX files_bytes ON files (bytes);
CREATE INDEX files_seed ON files (seed) WHERE seed IS NOT NULL;
CREATE VIRTUAL TABLE words USING fts5 (
    prompt, negative, model, loras, path, content='files', content_rowid='id',
    tokenize="unicode61 remove_diacritics 2", prefix='2 3'
);
CREATE TRIGGER files_added AFTER INSERT ON files BEGIN
    INSERT INTO words (rowid, prompt, negative, model, loras, path)
    VALUES (new.id, new.prompt, new.negative, new.model, new.loras, new.path);
END;
CREATE TRIGGER files_gone AFTER DELETE ON files BEGIN
    INSERT INTO words (words, rowid, prompt, negative, model, loras, path)
    VALUES ('delete', old.id, old.prompt, old.negative, old.model, old.loras, old.path);
END;
"""
_COLUMNS = (
    "path", "bytes", "modified", "width", "height", "layers", "prompt", "negative", "tool", "model", "loras", "seed",
    "sampler", "steps", "guidance", "error",
)  # fmt: skip


@dataclass(frozen=True)
class Change:
    """What an update did: numbers of files."""

    added: int = 0
    changed: int = 0
    removed: int = 0
    unchanged: int = 0
    damaged: int = 0  # of those added or changed: they are in the index, with what is wrong with them

    @property
    def total(self) -> int:
        return self.added + self.changed + self.unchanged


class Index:
    """The index of a folder.

    Args:
        folder: of `.trp` files, which may lie in folders of it.
        file: where the index is, by default `INDEX_NAME` in the folder. It is made if there is none.

    Raises:
        InputError: the folder is none, or the index cannot be opened or is no index.
    """

    def __init__(self, folder: str | os.PathLike[str], file: str | os.PathLike[str] | None = None) -> None:
        self.folder = Path(folder).absolute()
        if not self.folder.is_dir():
            raise InputError(f"{folder}: there is no such folder")
        self.file = Path(file) if file is not None else self.folder / INDEX_NAME
        try:
            self._database = sqlite3.connect(self.file, timeout=10, isolation_level=None)
            self._database.execute("PRAGMA journal_mode = WAL")
            if self._version() != _VERSION:
                self._make()
        except sqlite3.Error as error:
            raise InputError(f"{self.file}: cannot be used as an index: {error}") from error

    def __enter__(self) -> Index:
        return self

    def __exit__(self, *raised: object) -> None:
        self.close()

    def close(self) -> None:
        self._database.close()

    def _version(self) -> int:
        return int(self._database.execute("PRAGMA user_version").fetchone()[0])

    def _make(self) -> None:
        """Empty tables. Another program's database is not touched: it has tables, and no version of ours."""
        names = {row[0] for row in self._database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        if names and "words" not in names:
            raise sqlite3.DatabaseError("it is the database of another program")
        drop = "DROP TABLE IF EXISTS words; DROP TABLE IF EXISTS files;"
        self._database.executescript(f"BEGIN; {drop} {_TABLES} PRAGMA user_version = {_VERSION}; COMMIT;")

    def update(self) -> Change:
        """Bring the index up to date: read what is new or changed (by size and time), forget what is gone.

        An interrupted update is taken up by the next. Folders and files whose names begin with a dot are passed over.
        """
        known = {path: (key, size, time) for path, key, size, time in
                 self._database.execute("SELECT path, id, bytes, modified FROM files")}  # fmt: skip
        counts = dict.fromkeys(("added", "changed", "unchanged", "damaged"), 0)
        pending: list[tuple[int | None, str, int, int]] = []
        for path, size, modified in _files(self.folder):
            before = known.pop(path, None)
            if before and before[1:] == (size, modified):
                counts["unchanged"] += 1
                continue
            counts["changed" if before else "added"] += 1
            pending.append((before[0] if before else None, path, size, modified))
            if len(pending) == _BATCH:
                counts["damaged"] += self._read(pending)
                pending = []
        counts["damaged"] += self._read(pending)
        with self._transaction():
            self._database.executemany("DELETE FROM files WHERE id = ?", [(key,) for key, _, _ in known.values()])
        return Change(removed=len(known), **counts)

    def find(self, query: Query) -> list[Found]:
        """The files that match, best first.

        Raises:
            InputError: the words cannot be understood.
        """
        statement, values = query.statement()
        try:
            rows = self._database.execute(statement, values).fetchall()
        except sqlite3.Error as error:
            raise InputError(f"{' '.join(query.words)}: cannot be searched for: {error}") from error
        return [Found.from_row(self.folder, row) for row in rows]

    def __len__(self) -> int:
        return int(self._database.execute("SELECT count(*) FROM files").fetchone()[0])

    def _read(self, files: list[tuple[int | None, str, int, int]]) -> int:
        """Take files (the id before, path, bytes, time) into the index; how many of them are damaged."""
        from ..codec.inspect import inspect_many  # which takes longer to import than a question to answer

        found = inspect_many([self.folder / path for _, path, _, _ in files], values=_READ)
        rows = [(file[0], self._row(one, *file[1:])) for file, one in zip(files, found, strict=True)]
        self._write(rows)
        return sum(row[-1] is not None for _, row in rows)

    def _row(self, described: dict[str, Any] | TriptychError, path: str, size: int, modified: int) -> tuple[Any, ...]:
        from ..codec.inspect import faults_of

        found: dict[str, Any] = {"path": path, "bytes": size, "modified": modified}
        if isinstance(described, TriptychError):
            found["error"] = str(described)
        else:
            values = {layer["name"]: layer["value"] for layer in described["layers"] if "value" in layer}
            recipe = values.get("recipe", {}).get("recipe", {})
            found |= {name: recipe[name] for name in ("negative", "tool", "model", "sampler", "steps", "guidance")
                      if name in recipe}  # fmt: skip
            found |= {
                "width": described["width"],
                "height": described["height"],
                "layers": " ".join(f"{layer['name'].replace(' ', '-')}:{layer['total_bytes']}"
                                   for layer in described["layers"]),
                "prompt": values.get("semantic", {}).get("text"),
                "loras": ", ".join(lora["name"] for lora in recipe.get("loras", ())) or None,
                # As text: seeds reach beyond the 63 bits of SQLite's numbers.
                "seed": str(recipe["seed"]) if "seed" in recipe else None,
                "error": None if described["whole"] else "; ".join(faults_of(described)),
            }  # fmt: skip
        return tuple(_storable(found.get(name)) for name in _COLUMNS)

    def _write(self, rows: list[tuple[int | None, tuple[Any, ...]]]) -> None:
        if not rows:
            return
        places = ", ".join("?" * len(_COLUMNS))
        with self._transaction():
            self._database.executemany("DELETE FROM files WHERE id = ?", [(key,) for key, _ in rows if key is not None])
            self._database.executemany(
                f"INSERT INTO files ({', '.join(_COLUMNS)}) VALUES ({places})", [row for _, row in rows]
            )

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        """All or nothing; what SQLite cannot write is an error of ours."""
        try:
            self._database.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._database.execute("ROLLBACK")
                raise
            self._database.execute("COMMIT")
        except sqlite3.Error as error:
            raise InputError(f"{self.file}: cannot be written: {error}") from error


def _storable(value: Any) -> Any:
    """Names of files may have bytes that are no text; SQLite takes them as escapes."""
    if isinstance(value, int) and value.bit_length() > 63:  # beyond SQLite's numbers
        return str(value)
    return value.encode("utf-8", "backslashreplace").decode() if isinstance(value, str) else value


def _files(folder: Path, under: str = "") -> Iterator[tuple[str, int, int]]:
    """(path under the folder with /, bytes, time of the last change in ns) of each file, in the order of names."""
    try:
        entries = sorted(os.scandir(folder / under), key=lambda entry: entry.name)
    except OSError:  # gone, or not ours to read
        return
    for entry in entries:
        if entry.name.startswith("."):
            continue
        name = f"{under}/{entry.name}" if under else entry.name
        try:
            if entry.is_dir(follow_symlinks=False):
                yield from _files(folder, name)
            elif entry.name.lower().endswith(ENDING) and entry.is_file():
                state = entry.stat()
                yield name, state.st_size, state.st_mtime_ns
        except OSError:
            continue
