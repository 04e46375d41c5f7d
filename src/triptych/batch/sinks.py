"""Where results go: a file each, tar shards in the layout of WebDataset, or Parquet tables.

Which items are in a shard depends on their order in the source alone, so a shard has the same bytes whatever happened
while it was made (of tables, but for the column of seconds). A shard appears whole, when all its items are known.
"""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, TypeAlias

from ..errors import InputError, MissingExtraError
from . import storage

# ordinal, key, result, record, seconds: what a shard is given of an item
Held: TypeAlias = "tuple[int, str, bytes, dict[str, Any], float]"

_LAYERS = ("semantic", "texture", "pose", "edges", "recipe", "seed", "detail")
_ROW_GROUP_BYTES = 1 << 25
_ROW_GROUP = 1000


@dataclass(frozen=True)
class Files:
    """A file each, in the places of the items."""

    folder: str
    ending: str
    name: ClassVar[str] = "files"
    shards: ClassVar[bool] = False

    def target(self, place: str, attempt: int) -> str:
        """The place of an item's result under the folder.

        Args:
            attempt: 0; more if others have the names that were given before: a.trp, a.png.trp, a.png-2.trp.
        """
        parts = [_safe(part) for part in place.split("/") if part not in ("", ".", "..")] or ["item"]
        stem, dot, _ = parts[-1].rpartition(".")
        last = parts[-1] if attempt or not (dot and stem) else stem
        number = f"-{attempt}" if attempt > 1 else ""
        return "/".join([*parts[:-1], f"{last}{number}.{self.ending}"])

    def where(self, target: str) -> str:
        """The path or URL of a place."""
        return storage.join(self.folder, target)


def _safe(part: str) -> str:
    """A name that every file system takes: no separators, colons or control characters, at most 200 bytes."""
    clean = "".join(c if c.isprintable() and c not in '\\:*?"<>|' else "_" for c in part)
    while len(clean.encode("utf-8", "replace")) > 200:
        clean = clean[len(clean) // 8 :]  # its end tells names apart more often
    return clean.lstrip(".") or "item"


@dataclass(frozen=True)
class Tars:
    """Tar shards: `000000017.trp` with its prompt (.txt) and what is known of it (.json)."""

    folder: str
    ending: str
    size: int
    name: ClassVar[str] = "tar"
    shards: ClassVar[bool] = True

    def where(self, shard: int) -> str:
        return storage.join(self.folder, f"shard-{shard:05d}.tar")

    def make(self, rows: Iterator[Held], path: Path) -> None:
        """Write a shard to a local file."""
        with tarfile.open(path, "w", format=tarfile.PAX_FORMAT) as tar:
            for ordinal, key, data, record, _ in rows:
                members = {self.ending: data}
                if record.get("prompt"):
                    members["txt"] = record["prompt"].encode("utf-8", "replace")
                members["json"] = json.dumps({"key": key, **record}, indent=1).encode()
                for ending, content in members.items():
                    member = tarfile.TarInfo(f"{ordinal:09d}.{ending}")
                    member.size, member.mode = len(content), 0o644
                    tar.addfile(member, io.BytesIO(content))
                    forget(tar)


@dataclass(frozen=True)
class Tables:
    """Parquet tables: a row an item, with its result in a column, and bytes per layer, prompt, recipe and so on.

    Pictures are in the layout of Hugging Face's `datasets.Image`; `.trp` files are bytes; of stats there is no result.
    """

    folder: str
    ending: str
    size: int
    name: ClassVar[str] = "parquet"
    shards: ClassVar[bool] = True

    def where(self, shard: int) -> str:
        return storage.join(self.folder, f"part-{shard:05d}.parquet")

    @property
    def _column(self) -> str | None:
        return {"trp": "trp", "": None}.get(self.ending, "image")

    def make(self, rows: Iterator[Held], path: Path) -> None:
        """Write a table to a local file."""
        parquet = load_parquet()
        schema = self._schema()
        with parquet.ParquetWriter(path, schema, compression="zstd") as writer:
            group: list[dict[str, Any]] = []
            size = 0
            for row in rows:
                group.append(self._row(row))
                size += len(row[2])
                if len(group) >= _ROW_GROUP or size >= _ROW_GROUP_BYTES:
                    self._write(writer, schema, group)
                    group, size = [], 0
            self._write(writer, schema, group)

    def _write(self, writer: Any, schema: Any, group: list[dict[str, Any]]) -> None:
        import pyarrow

        if group:
            writer.write_table(pyarrow.Table.from_pylist(group, schema=schema))

    def _row(self, row: Held) -> dict[str, Any]:
        ordinal, key, data, record, seconds = row
        layers = record.get("layers")
        found = {"key": _text(key), "seconds": seconds, "notes": [_text(note) for note in record.get("notes", ())]}
        if self._column == "image":
            found["image"] = {"bytes": data, "path": f"{ordinal:09d}.{self.ending}"}
        elif self._column:
            found[self._column] = data
        if layers is not None:
            found |= {f"bytes_{name}": layers.get(name, 0) for name in _LAYERS}
            found["bytes_container"] = record["bytes"] - sum(layers.values())
        if record.get("recipe"):
            found["recipe"] = json.dumps(record["recipe"])
        found["prompt"] = _text(record["prompt"]) if record.get("prompt") else None
        for name in ("width", "height", "bytes", "bpp", "source_bytes", "sha256"):
            found[name] = record.get(name)
        return found

    def _schema(self) -> Any:
        import pyarrow

        text, number, real = pyarrow.string(), pyarrow.int64(), pyarrow.float64()
        fields = [("key", text)]
        features: dict[str, Any] = {}
        if self._column == "image":
            fields.append(("image", pyarrow.struct([("bytes", pyarrow.binary()), ("path", text)])))
            features["image"] = {"_type": "Image"}
        elif self._column:
            fields.append((self._column, pyarrow.binary()))
        fields += [("prompt", text), ("recipe", text), ("width", number), ("height", number), ("bytes", number)]
        fields += [("bpp", real)]
        if self._column != "image":
            fields += [(f"bytes_{name}", number) for name in (*_LAYERS, "container")]
        fields += [("source_bytes", number), ("sha256", text), ("seconds", real), ("notes", pyarrow.list_(text))]
        kinds = {text: "string", number: "int64", real: "float64", pyarrow.binary(): "binary"}
        for name, kind in fields:
            value = {"dtype": kinds.get(kind, "string"), "_type": "Value"}
            features.setdefault(name, {"feature": value, "_type": "List"} if name == "notes" else value)
        about = json.dumps({"info": {"features": features}}) if self._column == "image" else None
        return pyarrow.schema(fields, metadata={"huggingface": about} if about else None)


def forget(tar: tarfile.TarFile) -> None:
    """Let a shard that is read or written as a stream not hold all its members."""
    members: list[tarfile.TarInfo] = tar.members  # type: ignore[attr-defined]
    members.clear()


Sink: TypeAlias = "Files | Tars | Tables"


def load_parquet() -> Any:
    """pyarrow.parquet.

    Raises:
        MissingExtraError: it is not installed.
    """
    try:
        import pyarrow.parquet
    except ImportError:
        raise MissingExtraError("Parquet", "batch") from None
    return pyarrow.parquet


def _text(text: str) -> str:
    return text.encode("utf-8", "replace").decode()


def make_sink(to: str, folder: str, ending: str, size: int) -> Sink:
    """The sink of a name: "files", "tar" or "parquet".

    Raises:
        InputError: there is no such sink.
        MissingExtraError: it needs a package that is not installed.
    """
    if not ending and to in ("files", "tar"):
        raise InputError("stats go to parquet: no files are made")
    if to == "files":
        return Files(folder, ending)
    if to == "tar":
        return Tars(folder, ending, size)
    if to == "parquet":
        load_parquet()
        return Tables(folder, ending, size)
    raise InputError(f"results go to files, tar or parquet, not {to!r}")
