"""The tables of the format: files and index agree, and what is written is read back."""

from __future__ import annotations

import hashlib
import json
import math
from pathlib import Path

import numpy as np
import pytest

from triptych.layers.tables import FOLDER, load_table, write_table

INDEX = json.loads((FOLDER / "index.json").read_text(encoding="utf-8"))
ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", INDEX)
def test_files_are_those_of_the_index(name: str) -> None:
    """Length and SHA-256 are as stated, the arrays fill the file without gaps, and the script that made it exists."""
    entry = INDEX[name]
    data = (FOLDER / entry["file"]).read_bytes()
    assert (len(data), hashlib.sha256(data).hexdigest()) == (entry["bytes"], entry["sha256"])
    assert not (ROOT / "training").is_dir() or (ROOT / entry["made_by"]).is_file()
    at = 0
    for array in entry["arrays"]:
        width = np.dtype(array["dtype"]).itemsize
        assert array["offset"] == at and at % width == 0
        at += math.prod(array["shape"]) * width
    assert at == len(data)


def test_every_file_is_listed() -> None:
    """No table lies in the folder without an entry."""
    assert {path.name for path in FOLDER.glob("*.bin")} == {entry["file"] for entry in INDEX.values()}


def test_tables_round_trip(tmp_path: Path) -> None:
    """Every type comes back from its file, in any memory layout, and a second table keeps the first."""
    arrays = {
        "bytes": np.arange(6, dtype=np.int8).reshape(2, 3).T - 3,
        "words": np.array([[1, 65535]], np.uint16),
        "longs": np.array([-(2**31), 2**31 - 1], np.int32),
    }
    write_table("one", arrays, "training/constants.py", tmp_path)
    write_table("two", {"x": np.array([-2], np.int16)}, "training/constants.py", tmp_path)
    found = load_table("one", tmp_path)
    assert {name: value.tolist() for name, value in found.items()} == {
        name: value.tolist() for name, value in arrays.items()
    }
    assert [found[name].dtype for name in arrays] == [value.dtype for value in arrays.values()]
    assert not found["words"].flags.writeable
    assert load_table("two", tmp_path)["x"].tolist() == [-2]
    assert (tmp_path / "two.bin").read_bytes() == b"\xfe\xff"


@pytest.mark.parametrize("array", [np.zeros(3), np.zeros(3, np.int64), np.array(7, np.int8)])
def test_other_types_are_refused(tmp_path: Path, array: np.ndarray) -> None:
    """Floating point, wide integers and arrays without a dimension are no tables."""
    with pytest.raises(ValueError, match="tables hold int8"):
        write_table("one", {"x": array}, "training/constants.py", tmp_path)


def test_a_cut_file_is_noticed(tmp_path: Path) -> None:
    """A file of another length than the index says does not load."""
    write_table("one", {"x": np.zeros(3, np.int8)}, "training/constants.py", tmp_path).write_bytes(b"\0\0")
    with pytest.raises(ValueError, match=r"one\.bin has 2 bytes, not 3"):
        load_table("one", tmp_path)
