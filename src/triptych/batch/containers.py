"""Tar shards in the layout of WebDataset, and Parquet tables in that of Hugging Face datasets, read as a stream.

A sample of a shard are neighbouring members whose names are equal up to the first dot: `0017.png`, `0017.txt`. The
text is the prompt of the picture; other members are passed over. A table has the picture in a column of bytes, or of
{bytes, path} as `datasets.Image` writes it; its prompt stands in a column of texts. Nothing is unpacked to the disk.
"""

from __future__ import annotations

import os
import tarfile
import zlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ..errors import InputError, TriptychError
from . import storage
from .sinks import forget, load_parquet

if TYPE_CHECKING:
    from .sources import Item, Source

MAX_MEMBER_BYTES = 1 << 28  # of a picture in a container
_MAX_TEXT_BYTES = 1 << 20
_MOST_PARTS = 64  # of a sample
_ROWS = 8  # of a table that are held at once
PICTURE_COLUMNS = ("trp", "image", "img", "picture", "png", "jpg", "jpeg", "webp")
PROMPT_COLUMNS = ("prompt", "text", "caption", "txt")


def members(source: Source, name: str, key: str, place: str) -> Iterator[Item]:
    """The items of a tar shard.

    Raises:
        InputError: it is damaged; what came before the damage was given.
        StoppedError: the network is gone.
    """
    from .sources import Item

    sample: str | None = None
    found: list[Item] = []
    prompt: str | None = None

    def whole() -> Iterator[Item]:
        for item in found:
            yield Item(item.key, item.place, item.where, item.data, prompt, item.fault)

    with storage.opened(name) as file:
        try:
            with tarfile.open(fileobj=file, mode="r|*") as tar:
                for member in tar:
                    forget(tar)
                    if not member.isfile() or os.path.basename(member.name).startswith("."):
                        continue
                    folder, slash, last = member.name.rpartition("/")
                    stem, _, ending = last.partition(".")
                    if folder + slash + stem != sample or len(found) >= _MOST_PARTS:
                        yield from whole()
                        sample, found, prompt = folder + slash + stem, [], None
                    if ending.lower() == "txt" and member.size <= _MAX_TEXT_BYTES:
                        prompt = _bytes(tar, member).decode("utf-8", "replace").strip() or None
                    elif os.path.splitext(last)[1].lower() in source.endings:
                        its = f"{name}: {member.name}"
                        at = Item(f"{key}/{member.name}", f"{place.partition('.')[0]}/{member.name}", its)
                        if member.size > MAX_MEMBER_BYTES:
                            fault = f"{its}: has {member.size} bytes, more than {MAX_MEMBER_BYTES}"
                            found.append(Item(at.key, at.place, its, fault=fault))
                        else:
                            found.append(Item(at.key, at.place, its, _bytes(tar, member)))
        except (tarfile.TarError, EOFError, zlib.error) as error:
            yield from whole()
            raise InputError(f"{name}: the shard cannot be read to its end: {error}") from error
        except Exception as error:  # each library has its own errors for a network that is gone
            yield from whole()
            raise _broken(name, error) from error
    yield from whole()


def _bytes(tar: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    file = tar.extractfile(member)
    data = file.read() if file else b""
    if len(data) != member.size:
        raise EOFError(f"{member.name} is cut short")
    return data


def _broken(name: str, error: Exception) -> Exception:
    text = " ".join(str(error).split()) or type(error).__name__
    if isinstance(error, TriptychError):
        return error
    if storage.is_url(name):
        return storage.StoppedError(f"{name}: cannot be read: {text}; is the network there?")
    return InputError(f"{name}: cannot be read: {text}")


def rows_of(name: str) -> int:
    """How many rows a local table has; 0 if it cannot be read."""
    try:
        return int(load_parquet().read_metadata(str(storage.local(name))).num_rows)
    except Exception:  # told when it is read
        return 0


def rows(source: Source, name: str, key: str, place: str) -> Iterator[Item]:
    """The items of a Parquet table; a row without a picture is one with a fault.

    Raises:
        InputError: it is damaged, or has no column of pictures.
        StoppedError: the network is gone.
        MissingExtraError: pyarrow is not installed.
    """
    from .sources import Item

    parquet = load_parquet()
    under = place[: -len(".parquet")]
    with storage.opened(name) as file:
        try:
            table = parquet.ParquetFile(file)
            picture = _picture_column(name, table.schema_arrow, source.column)
            prompt = _prompt_column(name, table.schema_arrow, source.prompt_column)
            columns = [column for column in (picture, prompt) if column]
            number = 0
            for batch in table.iter_batches(batch_size=_ROWS, columns=columns, use_threads=False):
                for row in batch.to_pylist():
                    value = row[picture]
                    data: Any = value.get("bytes") if isinstance(value, dict) else value
                    its = f"{name}: row {number}"
                    fault = None if data else f"{its}: has no picture in column {picture!r}"
                    if data and len(data) > MAX_MEMBER_BYTES:
                        data, fault = None, f"{its}: has {len(data)} bytes, more than {MAX_MEMBER_BYTES}"
                    at = f"{number:09d}"
                    text = row.get(prompt) if prompt else None
                    yield Item(f"{key}/{at}", f"{under}/{at}", its, data, text or None, fault)
                    number += 1
        except Exception as error:
            if type(error).__module__.startswith("pyarrow"):
                raise InputError(f"{name}: the table cannot be read: {' '.join(str(error).split())}") from error
            raise _broken(name, error) from error


def _picture_column(name: str, schema: Any, given: str | None) -> str:
    import pyarrow

    def holds(column: str) -> bool:
        kind = schema.field(column).type
        if pyarrow.types.is_struct(kind):
            return any(kind.field(i).name == "bytes" for i in range(kind.num_fields))
        return bool(pyarrow.types.is_binary(kind) or pyarrow.types.is_large_binary(kind))

    there = [column for column in schema.names if holds(column)]
    if given is not None and given not in there:
        raise InputError(f"{name}: no column of pictures is called {given!r}; there are: {', '.join(there) or 'none'}")
    for column in (given,) if given else (*PICTURE_COLUMNS, *there):
        if column in there:
            return str(column)
    raise InputError(f"{name}: has no column of pictures (bytes, or {{bytes, path}})")


def _prompt_column(name: str, schema: Any, given: str | None) -> str | None:
    import pyarrow

    def holds(column: str) -> bool:
        kind = schema.field(column).type
        return bool(pyarrow.types.is_string(kind) or pyarrow.types.is_large_string(kind))

    if given is not None:
        if given not in schema.names or not holds(given):
            raise InputError(f"{name}: no column of texts is called {given!r}")
        return given
    return next((column for column in PROMPT_COLUMNS if column in schema.names and holds(column)), None)
