"""The conformance vectors: valid ones unpack to their dumps and are canonical, invalid ones are refused as stated."""

from __future__ import annotations

import json
import re
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import triptych
from triptych.bitstream import container
from triptych.codec.picture import Picture
from triptych.errors import TriptychError

FOLDER = Path(__file__).parents[2] / "conformance"
VECTORS = FOLDER / "vectors"
NAMES = sorted(path.stem for path in VECTORS.glob("*.hex"))
VALID = [name for name in NAMES if not name.startswith("invalid_")]
INVALID = [name for name in NAMES if name.startswith("invalid_")]


def _load(name: str) -> tuple[bytes, dict[str, Any]]:
    data = bytes.fromhex((VECTORS / f"{name}.hex").read_text(encoding="ascii"))
    return data, json.loads((VECTORS / f"{name}.json").read_text(encoding="utf-8"))


def test_every_vector_has_a_dump_and_a_reason() -> None:
    """Bytes, dump and the line in the README that says why it exists come together."""
    assert len(VALID) > 80 and len(INVALID) > 100
    assert sorted(path.stem for path in VECTORS.glob("*.json")) == NAMES
    listed = re.findall(r"^- `(\w+)` \(", (FOLDER / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(listed) == NAMES


@pytest.mark.parametrize("name", VALID)
def test_valid_vectors_unpack_to_their_dumps(name: str, dumps: ModuleType) -> None:
    """Every value of every layer is exactly the one in the dump, and `inspect` finds nothing wrong."""
    data, expected = _load(name)
    assert {"valid": True, **dumps.found(data)} == expected
    assert triptych.inspect(data)["whole"]


@pytest.mark.parametrize("name", VALID)
def test_valid_vectors_are_canonical(name: str) -> None:
    """Writing what was read gives the same bytes, at the level of the container and of the picture."""
    data, _ = _load(name)
    assert container.write(container.read(data)) == data
    assert Picture.from_bytes(data).to_bytes() == data


@pytest.mark.parametrize("name", INVALID)
def test_invalid_vectors_are_refused(name: str, dumps: ModuleType) -> None:
    """The stream is refused under the stated condition, and partial reading gives the stated layers."""
    data, expected = _load(name)
    assert {"valid": False, **dumps.refused(data)} == expected
    try:
        assert not triptych.inspect(data)["whole"]
    except TriptychError:
        assert expected["whole_layers"] is None
