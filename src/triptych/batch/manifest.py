"""The manifest of a run: what became of every item, in one SQLite file, which survives being killed at any point.

Each change is committed before the next item is given out, so a run that goes on knows every result that it had heard
of. SQLite's write-ahead log gives that without waiting for the disk: what a power failure may take are the last
moments, and the items of these are done again.

    items   one row an item, in the order in which the source gave them
    held    results that wait until their shard is complete
    shards  the SHA-256 of each shard that is written
    run     what the run was asked for
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import InputError
from .storage import StoppedError

WAITING, HELD, DONE, FAILED = range(4)
SOURCE_FAULT = "SourceError"  # the kind of a failure of which the source tells, not the work

_TABLES = """
CREATE TABLE IF NOT EXISTS run (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS items (
    ordinal INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, target TEXT UNIQUE, shard INTEGER,
    state INTEGER NOT NULL DEFAULT 0, error TEXT, kind TEXT, bytes_in INTEGER, bytes_out INTEGER, seconds REAL,
    record TEXT
);
CREATE INDEX IF NOT EXISTS by_shard ON items (shard, state);
CREATE TABLE IF NOT EXISTS shards (shard INTEGER PRIMARY KEY, sha256 TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS held (ordinal INTEGER PRIMARY KEY, data BLOB NOT NULL);
"""


@dataclass(frozen=True)
class Row:
    """An item as the manifest has it; see the columns above.

    Attributes:
        state: one of WAITING, HELD, DONE, FAILED.
        target: the name of its own file, or None.
        shard: the number of the shard that it is in, or None.
    """

    ordinal: int
    key: str
    target: str | None
    shard: int | None
    state: int


class Manifest:
    """The manifest in a file; a second run on it at the same time is refused."""

    def __init__(self, path: Path, asked: Mapping[str, Any]) -> None:
        """Open it, or make it.

        Args:
            asked: what the run is asked for, JSON types; one that goes on must be asked for the same.

        Raises:
            InputError: it belongs to another run, is in use, or is no manifest.
            StoppedError: the disk is full.
        """
        self.path = path
        with _told(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(path, isolation_level=None, timeout=0.5, check_same_thread=False)
            try:
                self._db.execute("PRAGMA locking_mode=EXCLUSIVE")
                self._db.execute("PRAGMA journal_mode=WAL")
                self._db.execute("PRAGMA synchronous=NORMAL")
                self._db.execute("BEGIN EXCLUSIVE")
                for statement in filter(str.strip, _TABLES.split(";")):
                    self._db.execute(statement)
                self._claim(json.loads(json.dumps(asked)))
                self._db.execute("COMMIT")
            except BaseException:
                self._db.close()
                raise
            self._next = self._one("SELECT coalesce(max(ordinal) + 1, 0) FROM items")
            self._shard = self._one("SELECT coalesce(max(shard), 0) FROM items")
            self._filled = self._one("SELECT count(*) FROM items WHERE shard = ?", self._shard)
            self.fresh = self._next == 0
            if self._one("SELECT count(*) FROM items WHERE shard = ? AND state = ?", self._shard, DONE):
                self.close_shard()  # it was written, so what comes now is in another

    def _claim(self, asked: dict[str, Any]) -> None:
        before = {name: json.loads(value) for name, value in self._db.execute("SELECT name, value FROM run")}
        for name, value in asked.items():
            if name in before and before[name] != value:
                raise InputError(
                    f"{self.path}: is of a run with {name} {json.dumps(before[name])}, not {json.dumps(value)}; "
                    "ask for the same, or write to another folder"
                )
        if not before:
            rows = [(name, json.dumps(value)) for name, value in asked.items()]
            self._db.executemany("INSERT INTO run VALUES (?, ?)", rows)

    def close(self) -> None:
        with contextlib.suppress(sqlite3.Error):
            self._db.close()

    def _one(self, query: str, *values: object) -> Any:
        return self._db.execute(query, values).fetchone()[0]

    # --- items ---

    def find(self, key: str) -> Row | None:
        """The item of a key, or None if it is new."""
        found = self._db.execute(
            "SELECT ordinal, key, target, shard, state FROM items WHERE key = ?", (key,)
        ).fetchone()
        return Row(*found) if found else None

    def add(self, key: str, target: str | None, shard_size: int | None) -> Row:
        """A new item, in the next place.

        Args:
            target: the name that its file would have; if another has it, None, and nothing is added.
            shard_size: items in a shard; None: results are files of their own.
        """
        shard = self._place(shard_size)
        with _told(self.path):
            values = (self._next, key, target, shard)
            self._db.execute("INSERT INTO items (ordinal, key, target, shard) VALUES (?, ?, ?, ?)", values)
        self._next += 1
        return Row(self._next - 1, key, target, shard, WAITING)

    def taken(self, target: str) -> bool:
        """Whether an item has this file."""
        return self._db.execute("SELECT 1 FROM items WHERE target = ?", (target,)).fetchone() is not None

    def place_again(self, row: Row, shard_size: int) -> Row:
        """An item that was taken out of its shard, in the present one."""
        shard = self._place(shard_size)
        with _told(self.path):
            self._db.execute("UPDATE items SET shard = ? WHERE ordinal = ?", (shard, row.ordinal))
        return Row(row.ordinal, row.key, row.target, shard, row.state)

    def _place(self, shard_size: int | None) -> int | None:
        if shard_size is None:
            return None
        if self._filled >= shard_size:
            self.close_shard()
        self._filled += 1
        return int(self._shard)

    def close_shard(self) -> None:
        """Let the next item begin another shard."""
        if self._filled:
            self._shard, self._filled = self._shard + 1, 0

    def finish(
        self, ordinal: int, *, bytes_in: int, bytes_out: int, seconds: float, record: Mapping[str, Any],
        held: bytes | None,
    ) -> None:  # fmt: skip
        """An item is done; `held`: its result, which waits for its shard."""
        state = DONE if held is None else HELD
        values = (state, bytes_in, bytes_out, seconds, json.dumps(record, separators=(",", ":")), ordinal)
        with self._together():
            self._db.execute(
                "UPDATE items SET state = ?, error = NULL, kind = NULL, bytes_in = ?, bytes_out = ?, seconds = ?, "
                "record = ? WHERE ordinal = ?", values,
            )  # fmt: skip
            if held is not None:
                self._db.execute("INSERT OR REPLACE INTO held VALUES (?, ?)", (ordinal, held))

    def fail(self, ordinal: int, error: str, kind: str, seconds: float = 0.0) -> None:
        """An item cannot be done."""
        with self._together():
            self._db.execute(
                "UPDATE items SET state = ?, error = ?, kind = ?, seconds = ?, record = NULL WHERE ordinal = ?",
                (FAILED, error, kind, seconds, ordinal),
            )

    def forgive(self) -> int:
        """Let what failed be tried again; returns how many there are."""
        with self._together():
            # A container that can be read again is no item of its own any more.
            self._db.execute("DELETE FROM items WHERE state = ? AND kind = ?", (FAILED, SOURCE_FAULT))
            return self._db.execute(
                "UPDATE items SET state = ?, shard = NULL WHERE state = ?", (WAITING, FAILED)
            ).rowcount

    def reopen(self, *, ordinal: int | None = None, shard: int | None = None) -> None:
        """Let an item, or all of a shard, be done again, because the result is not what it was."""
        where, value = ("ordinal", ordinal) if shard is None else ("shard", shard)
        with self._together():
            self._db.execute(f"UPDATE items SET state = ? WHERE {where} = ? AND state = ?", (WAITING, value, DONE))

    # --- shards ---

    def is_full(self, shard: int, size: int, ended: bool) -> bool:
        """Whether all items of a shard are held or failed, and no more come into it.

        Args:
            size: items in a shard.
            ended: whether the source has no more items.
        """
        if shard == self._shard and self._filled < size and not ended:
            return False
        return not self._one("SELECT EXISTS (SELECT 1 FROM items WHERE shard = ? AND state = ?)", shard, WAITING)

    def waiting_shards(self) -> list[int]:
        """Shards that have results which are held."""
        found = self._db.execute("SELECT DISTINCT shard FROM items WHERE state = ? ORDER BY shard", (HELD,))
        return [shard for (shard,) in found]

    def holds(self, shard: int) -> bool:
        """Whether results wait for a shard."""
        return bool(self._one("SELECT EXISTS (SELECT 1 FROM items WHERE shard = ? AND state = ?)", shard, HELD))

    def held(self, shard: int) -> Generator[tuple[int, str, bytes, dict[str, Any], float], None, None]:
        """(ordinal, key, result, record, seconds) of what a shard holds, in order."""
        found = self._db.execute(
            "SELECT ordinal, key, data, record, seconds FROM items JOIN held USING (ordinal) "
            "WHERE shard = ? AND state = ? ORDER BY ordinal", (shard, HELD),
        )  # fmt: skip
        for ordinal, key, data, record, seconds in found:
            yield ordinal, key, data, json.loads(record), seconds

    def shard_written(self, shard: int, sha256: str) -> None:
        """A shard stands under its name, with this hash."""
        with self._together():
            self._db.execute("INSERT OR REPLACE INTO shards VALUES (?, ?)", (shard, sha256))
            which = "SELECT ordinal FROM items WHERE shard = ? AND state = ?"
            self._db.execute(f"DELETE FROM held WHERE ordinal IN ({which})", (shard, HELD))
            self._db.execute("UPDATE items SET state = ? WHERE shard = ? AND state = ?", (DONE, shard, HELD))

    # --- what it tells ---

    def digests(self) -> Iterator[tuple[int, str, str]]:
        """(ordinal, target, SHA-256) of each file that is done, in order. Items may be changed meanwhile."""
        last = -1
        while True:
            found = self._db.execute(
                "SELECT ordinal, target, json_extract(record, '$.sha256') FROM items "
                "WHERE state = ? AND ordinal > ? ORDER BY ordinal LIMIT 1000", (DONE, last),
            ).fetchall()  # fmt: skip
            yield from found
            if not found:
                return
            last = found[-1][0]

    def shard_digests(self) -> list[tuple[int, str]]:
        """(shard, SHA-256) of the shards of which nothing is to be done."""
        return self._db.execute(
            "SELECT shard, sha256 FROM shards WHERE EXISTS "
            "(SELECT 1 FROM items WHERE items.shard = shards.shard AND state = ?) ORDER BY shard", (DONE,),
        ).fetchall()  # fmt: skip

    def query(self, query: str, *values: object) -> Iterator[tuple[Any, ...]]:
        """The rows of a question of one's own."""
        return iter(self._db.execute(query, values))

    @contextlib.contextmanager
    def _together(self) -> Iterator[None]:
        with _told(self.path):
            self._db.execute("BEGIN")
            try:
                yield
                self._db.execute("COMMIT")
            except BaseException:
                with contextlib.suppress(sqlite3.Error):
                    self._db.execute("ROLLBACK")
                raise


@contextlib.contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.OperationalError as error:
        if "locked" in str(error):
            raise InputError(f"{path}: is in use: another run is at work here, or a program reads it") from error
        raise StoppedError(f"{path}: cannot be written: {error}") from error
    except sqlite3.DatabaseError as error:
        raise InputError(f"{path}: is no manifest of a batch, or a damaged one: {error}") from error
    except OSError as error:
        raise InputError(f"{path}: cannot be made: {error.strerror or error}") from error
