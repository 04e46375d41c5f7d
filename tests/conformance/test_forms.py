"""The vectors of bare forms, packets and cut files: two readers find what they say."""

from __future__ import annotations

import json
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from triptych.bitstream import bare, container
from triptych.bitstream.packets import read_packet, read_part, recover
from triptych.codec.packets import assemble
from triptych.codec.picture import Picture
from triptych.errors import DamagedError, TriptychError
from triptych.layers import TextureLayer

FOLDER = Path(__file__).parents[2] / "conformance" / "forms"
CASES = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("*.json"))}
BARE = [name for name in CASES if name.startswith("bare")]
INVALID = [name for name in CASES if name.startswith("invalid_bare")]
PACKETS = [name for name in CASES if name.startswith("packets")]
CUT = [name for name in CASES if name.startswith("cut")]


@pytest.fixture
def forms(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The second reader of the forms."""
    monkeypatch.syspath_prepend(str(FOLDER.parent))
    return import_module("forms")


def test_there_are_vectors_of_every_form() -> None:
    """Nothing below runs on an empty list."""
    assert min(map(len, (BARE, INVALID, PACKETS, CUT))) >= 4


@pytest.mark.parametrize("name", BARE)
def test_bare_forms_are_their_files(name: str, forms: ModuleType) -> None:
    """Made from each other without loss; the second reader finds the layers of the file."""
    case = CASES[name]
    data, file = bytes.fromhex(case["bare"]), bytes.fromhex(case["file"])
    assert container.write(bare.read_bare(data)) == file
    assert bare.write_bare(container.read(file)) == data
    assert bare.to_text(data) == case["text"] and bare.from_text(case["text"]) == data
    stream = container.read(file)
    width, height, layers = forms.bare(data)
    assert (width, height) == (stream.width, stream.height)
    assert layers == [{**vars(layer), "payload": layer.payload.hex()} for layer in stream.layers]


@pytest.mark.parametrize("name", INVALID)
def test_broken_bare_forms_are_refused(name: str, forms: ModuleType, dumps: ModuleType) -> None:
    """Under the condition that the vector states."""
    data, condition = bytes.fromhex(CASES[name]["bare"]), CASES[name]["condition"]
    with pytest.raises(TriptychError) as caught:
        bare.read_bare(data)
    kinds = [dumps.CONDITIONS[kind] for kind in type(caught.value).__mro__ if kind in dumps.CONDITIONS]
    assert condition in kinds
    with pytest.raises(forms.reader.Refused) as refused:
        forms.bare(data)
    assert refused.value.condition == condition


@pytest.mark.parametrize("name", PACKETS)
def test_packets_hold_what_the_vectors_say(name: str, forms: ModuleType) -> None:
    """Whatever came, in whatever order."""
    case = CASES[name]
    given = [bytes.fromhex(data) for data in case["packets"]]
    read = {}
    for data in given:
        try:
            packet = read_packet(data)
            read[packet.number] = packet
        except DamagedError:
            continue
    found = [
        {"number": packet.number, "layers": [_plain(layer) for layer in read_part(packet).layers]}
        for packet in recover(list(read.values()))
    ]
    assert found == case["parts"]
    count, parts = forms.packets(given)
    assert count == case["count"]
    assert [{"number": number, "layers": layers} for number, layers in parts.items()] == case["parts"]
    if "colours" in case:
        assert assemble(given).texture == TextureLayer((512, 512), 0, bytes.fromhex(case["colours"]))


@pytest.mark.parametrize("name", CUT)
def test_cut_files_give_what_the_vectors_say(name: str, dumps: ModuleType) -> None:
    """The values of the layers that the first bytes decide."""
    data = bytes.fromhex(CASES[name]["file"])
    for cut in CASES[name]["cuts"]:
        try:
            layers = Picture.from_bytes(data[: cut["bytes"]], partial=True).layers
        except DamagedError:
            layers = ()
        found = [{"kind": layer.kind, "value": dumps.value(layer, layers)} for layer in layers]
        assert json.loads(json.dumps(found)) == cut["layers"]


def _plain(layer: container.RawLayer) -> dict[str, Any]:
    return {**vars(layer), "payload": layer.payload.hex()}
