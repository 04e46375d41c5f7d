"""SPEC.md is enough: a second reader, written from its text, finds in every vector what the dump says."""

from __future__ import annotations

import json
from pathlib import Path
from types import ModuleType

import pytest

FOLDER = Path(__file__).parents[2] / "conformance"
VECTORS = FOLDER / "vectors"
NAMES = sorted(path.stem for path in VECTORS.glob("*.hex"))


@pytest.mark.parametrize("name", NAMES)
def test_a_second_reader_finds_the_same(name: str, reader: ModuleType) -> None:
    """Size, places and values of valid streams are those of the dump; others are refused under the stated condition."""
    data = bytes.fromhex((VECTORS / f"{name}.hex").read_text(encoding="ascii"))
    expected = json.loads((VECTORS / f"{name}.json").read_text(encoding="utf-8"))
    if expected["valid"]:
        found = reader.read(data)
        assert found == {key: expected[key] for key in found}
    else:
        with pytest.raises(reader.Refused) as caught:
            reader.read(data)
        assert caught.value.condition == expected["condition"]
        assert reader.whole_layers(data) == expected["whole_layers"]


@pytest.mark.parametrize("path", sorted((FOLDER / "traces").glob("*.json")), ids=lambda path: path.stem)
def test_traces_are_what_the_reader_finds_on_its_way(path: Path, reader: ModuleType) -> None:
    """The intermediate values in the traces are those of this reader, and there is a trace of each modelled layer."""
    traced = json.loads(path.read_text(encoding="utf-8"))
    data = bytes.fromhex((VECTORS / f"{traced['vector']}.hex").read_text(encoding="ascii"))
    steps: list[dict[str, object]] = []
    reader.read(data, lambda **step: steps.append(step))
    assert json.loads(json.dumps(steps)) == traced["steps"]


def test_a_file_is_printed_as_json(
    reader: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    """The reader is a program, too."""
    monkeypatch.setattr("sys.argv", ["reader.py", str(VECTORS / "semantic_raw.hex")])
    reader.main()
    assert json.loads(capsys.readouterr().out)["layers"][0]["value"] == {"text": "a fox in snow"}
