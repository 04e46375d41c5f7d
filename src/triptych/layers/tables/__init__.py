"""The integer tables of the format: plain little-endian files with one index (SPEC §11).

`index.json` names each table, its file with length and SHA-256, the script that made it, and its arrays: name,
dtype, shape and the offset at which they start. A program in any language can read them so.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

FOLDER = Path(__file__).parent
_DTYPES = ("int8", "uint8", "int16", "uint16", "int32")


@cache
def load_table(name: str, folder: Path = FOLDER) -> dict[str, np.ndarray]:
    """The arrays of one table, by name; they cannot be written to.

    Args:
        name: of the table, for example "text".
        folder: where `index.json` and its files are; the package's own by default.

    Raises:
        KeyError: the index has no such table.
        ValueError: the file has another length than the index says (its hash is left to the tests, for speed).
    """
    entry = _index(folder)[name]
    data = (folder / entry["file"]).read_bytes()
    if len(data) != entry["bytes"]:
        raise ValueError(f"{entry['file']} has {len(data)} bytes, not {entry['bytes']}: install Triptych again")
    return {
        array["name"]: np.frombuffer(
            data, np.dtype(array["dtype"]).newbyteorder("<"), math.prod(array["shape"]), array["offset"]
        ).reshape(array["shape"])
        for array in entry["arrays"]
    }


def write_table(name: str, arrays: Mapping[str, np.ndarray], made_by: str, folder: Path = FOLDER) -> Path:
    """Write one table and its entry in the index; returns the table's file. For the scripts in `training/`.

    The widest types come first, so that every array starts at a multiple of the size of its items.

    Args:
        name: of the table; the file is called after it.
        arrays: of dtype int8, uint8, int16, uint16 or int32, with at least one dimension.
        made_by: the script, relative to the root of the repository.
        folder: where `index.json` is or is to be.

    Raises:
        ValueError: an array has another type, or no dimension.
    """
    described, data = [], bytearray()
    for key, array in sorted(arrays.items(), key=lambda item: -item[1].dtype.itemsize):
        if array.dtype.name not in _DTYPES or not array.shape:
            raise ValueError(f"{name}.{key} is {array.dtype.name} {array.shape}; tables hold {', '.join(_DTYPES)}")
        place = {"name": key, "dtype": array.dtype.name, "shape": list(array.shape), "offset": len(data)}
        described.append(place)
        data += array.astype(array.dtype.newbyteorder("<")).tobytes()
    path = folder / f"{name}.bin"
    path.write_bytes(data)
    index = _index(folder) if (folder / "index.json").exists() else {}
    index[name] = {
        "file": path.name,
        "bytes": len(data),
        "sha256": hashlib.sha256(data).hexdigest(),
        "made_by": made_by,
        "arrays": described,
    }
    (folder / "index.json").write_text(_readable(index), encoding="utf-8")
    load_table.cache_clear()
    return path


def _index(folder: Path) -> dict[str, Any]:
    """The entries of `index.json`, by name."""
    index: dict[str, Any] = json.loads((folder / "index.json").read_text(encoding="utf-8"))
    return index


def _readable(index: dict[str, Any]) -> str:
    """JSON with one line per array and the tables in the order of their names."""
    tables = []
    for name, entry in sorted(index.items()):
        facts = {key: value for key, value in entry.items() if key != "arrays"}
        lines = [f'    "{key}": {json.dumps(value)},\n' for key, value in facts.items()]
        arrays = ",\n".join(f"      {json.dumps(array)}" for array in entry["arrays"])
        tables.append(f'  "{name}": {{\n{"".join(lines)}    "arrays": [\n{arrays}\n    ]\n  }}')
    return "{\n" + ",\n".join(tables) + "\n}\n"
