"""Layers as ordinary files: the same as the command line writes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

import triptych
from triptych.cli.main import main
from triptych.codec.picture import Picture
from triptych.errors import DamagedError, InputError


def test_python_and_the_command_line_write_the_same_files(tmp_path: Path, make: Callable[..., Picture]) -> None:
    """Every layer's files, byte for byte."""
    make((96, 64)).save(tmp_path / "a.trp")
    assert main(["extract", str(tmp_path / "a.trp"), "-o", str(tmp_path / "layers")]) == 0
    written = {path.name: path.read_bytes() for path in (tmp_path / "layers").iterdir()}
    assert triptych.extract(tmp_path / "a.trp") == written
    assert {"prompt.txt", "colours.png", "edges.png", "edges.svg", "keypoints.json", "skeleton.png"} <= set(written)


def test_layers_can_be_chosen(make: Callable[..., Picture]) -> None:
    """A name alone is one layer; a wrong one is told."""
    assert list(triptych.extract(make((96, 64)), layers="semantic")) == ["prompt.txt"]
    with pytest.raises(InputError, match="there is no layer called 'sound'"):
        triptych.extract(make((96, 64)), layers=["sound"])


def test_damaged_files_give_what_is_whole(make: Callable[..., Picture]) -> None:
    """With a warning if that is asked for, else it is an error."""
    data = make((96, 64)).to_bytes()[:-3]
    with pytest.raises(DamagedError):
        triptych.extract(data)
    with pytest.warns(triptych.PartialWarning, match="cut off"):
        assert "prompt.txt" in triptych.extract(data, partial=True)
