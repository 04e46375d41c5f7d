"""Vectors of the other forms: bare forms, packets, files that were cut. `make_vectors.py` writes them into `forms/`.

A second reader of these forms, on top of `reader.py`, stands here, too: `bare`, `packets`.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any

import reader

from triptych.bitstream import bare as bare_form
from triptych.bitstream import container
from triptych.bitstream.container import RawLayer, Stream
from triptych.bitstream.packets import write_packets
from triptych.codec.picture import Picture
from triptych.layers import Layer

# --- a second reader -----------------------------------------------------------------------------------------


def bare(data: bytes) -> tuple[int, int, list[dict[str, Any]]]:
    """§12: width, height, and the layers."""
    if data[:1] and not 0x10 <= data[0] <= 0x17:
        raise reader.Refused("unsupported")
    if not data or reader.crc(data[:-1], 0x07, 8) != data[-1:]:
        reader.damaged()
    return body(data[:-1])


def body(data: bytes) -> tuple[int, int, list[dict[str, Any]]]:
    """§12 without the checksum."""
    cursor = reader.Cursor(data)
    form = cursor.byte() & 15
    if form == 0:
        packed = cursor.byte()
        width, height = ((packed >> 4) + 1) * 64, ((packed & 15) + 1) * 64
    else:
        width, height = (((cursor.number() + 1) << form - 1) for _ in range(2))
    if max(width, height) > 65536 or form != reader.shortest_form(width, height):
        reader.damaged()
    layers: list[dict[str, Any]] = []
    last = False
    while not last:
        if len(layers) == 64:
            reader.damaged()
        tag = cursor.byte()
        last, kind, coding = bool(tag & 0x80), tag >> 3 & 7, tag & 7
        kind = 7 + cursor.number() if kind == 7 else kind
        coding = 7 + cursor.number() if coding == 7 else coding
        if layers and kind <= layers[-1]["kind"]:
            reader.damaged()
        length = None if last else cursor.number()
        layers.append({"kind": kind, "coding": coding, "ancillary": bool(tag & 0x40), "length": length})
    for layer in layers:
        length = layer.pop("length")
        layer["payload"] = cursor.take(len(data) - cursor.at if length is None else length).hex()
    return width, height, layers


def packets(given: list[bytes]) -> tuple[int, dict[int, list[dict[str, Any]]]]:
    """§13: how many there are, and by number the parts in those that are whole or can be made again."""
    bodies, parity, count, name = {}, None, 0, b""
    for data in given:
        if len(data) < 8 or data[0] != 0x21 or reader.crc(data[:-2], 0x1021, 16) != data[-2:]:
            continue
        number, count, name = data[3], data[4], data[1:3]
        if number < count:
            bodies[number] = data[5:-2]
        elif number == count:
            parity = data[5:-2]
    missing = set(range(count)) - set(bodies)
    if parity and len(missing) == 1:
        total = list(parity)
        for one in bodies.values():
            for at, byte in enumerate(len(one).to_bytes(2, "big") + one):
                total[at] ^= byte
        bodies[missing.pop()] = bytes(total[2 : 2 + int.from_bytes(bytes(total[:2]), "big")])
    if len(bodies) == count and reader.crc(b"".join(bodies[at] for at in range(count)), 0x1021, 16) != name:
        reader.damaged()
    return count, {number: body(bodies[number])[2] for number in sorted(bodies)}


# --- vectors -------------------------------------------------------------------------------------------------


def forms(pictures: dict[str, bytes]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """(name, why it exists, contents) of each vector, from files by the names of their vectors."""
    for name, why in [
        ("texture_and_edges", "two layers at 512 x 512: six bytes of container"),
        ("all_layers", "four layers"),
        ("size_form_1", "a size of two numbers"),
        ("large_kinds", "kinds and codings of several bytes"),
        ("seed_0", "an empty last payload"),
        ("finer", "colours that go on behind the edges"),
        ("length_four_bytes", "a length of four bytes is not needed for the last layer"),
    ]:
        data = bare_form.write_bare(container.read(pictures[name]))
        text = base64.urlsafe_b64encode(data).decode().rstrip("=")
        yield f"bare_{name}", why, {"bare": data.hex(), "text": text, "file": pictures[name].hex()}
    whole = bare_form.write_bare(container.read(pictures["texture_and_edges"]))
    for name, why, condition, data in [
        ("empty", "no bytes", "damaged", b""),
        ("bit", "a flipped bit", "damaged", bytes([*whole[:9], whole[9] ^ 4, *whole[10:]])),
        ("cut", "the last byte is missing", "damaged", whole[:-1]),
        ("version", "a version of tomorrow", "unsupported", b"\x20" + whole[1:]),
        ("size_form", "a reserved size form", "unsupported", b"\x18" + whole[1:]),
        ("order", "kinds 3, 1", "damaged", _sealed("1077 1801 89 0505")),
        ("length", "a length beyond the end", "truncated", _sealed("1077 0809 98 0505")),
        ("list", "a list without a last layer", "truncated", _sealed("1077 0801 1801")),
        ("size_not_shortest", "512 x 512 in form 7", "damaged", _sealed("17 0707 80 66")),
    ]:
        yield f"invalid_bare_{name}", why, {"bare": data.hex(), "condition": condition}
    yield from _packets()
    for name, why, kinds in [
        ("finer", "a file of steps, scans and finer colours, cut in every payload", (1, 3, 7)),
        ("edges_scans_two", "edges in scans", (3,)),
        ("texture_steps_all", "colours in steps", (1,)),
        ("semantic_modelled", "a modelled text", (0,)),
        ("semantic_quick", "a text in coding 2", (0,)),
    ]:
        data = pictures[name]
        cuts = []
        for entry in container.scan(data).entries:
            for part in (1, 2, 3) if entry.kind in kinds else ():
                length = entry.offset + entry.length * part // 4
                cuts.append({"bytes": length, "layers": _values(data[:length])})
        yield f"cut_{name}", why, {"file": data.hex(), "cuts": cuts}


def _packets() -> Iterator[tuple[str, str, dict[str, Any]]]:
    parts = [
        Stream(512, 512, (RawLayer(0, 0, False, b"a red "), RawLayer(1, 0, False, b"\0\x13"))),
        Stream(512, 512, (RawLayer(0, 0, False, b"fox"),)),
        Stream(512, 512, (RawLayer(8, 1, True, bytes([1, 4, 0, 0, 2]) + b"\x21"),)),
        Stream(512, 512, (RawLayer(8, 1, True, bytes([1, 4, 0, 1, 2]) + b"\x07"),)),
    ]
    made = write_packets(parts, parity=True)
    swapped = [made[3], made[0], made[4], made[1], made[0]]
    broken = [*made[:2], bytes([*made[2][:8], made[2][8] ^ 1, *made[2][9:]]), made[3]]
    repeated = write_packets(
        [
            Stream(512, 512, (RawLayer(1, 0, False, b"\0\x13"),)),
            Stream(512, 512, (RawLayer(1, 0, False, b"\0\x2f"),)),
        ]
    )
    for name, why, given in [
        ("all", "a text in two, colours, a layer in two pieces, and parity", made),
        ("lost", "one is lost, others come twice and in another order: parity makes it again", swapped),
        ("damaged", "one is damaged and no parity came", broken),
        ("one", "a single one", made[:1]),
        ("repeated", "colours that packets repeat, in another order: those of the lowest number count", repeated[::-1]),
        ("repeated_lost", "the same without the first: the repeated colours count", repeated[1:]),
    ]:
        count, found = packets(given)
        contents = {"count": count, "parts": [{"number": number, "layers": found[number]} for number in found]}
        if name.startswith("repeated"):  # §13.2
            parts = [layer for number in found for layer in found[number]]
            contents["colours"] = next(layer["payload"] for layer in parts if layer["kind"] == 1)
        yield f"packets_{name}", why, {"packets": [data.hex() for data in given], **contents}


def _sealed(text: str) -> bytes:
    data = bytes.fromhex(text)
    return data + reader.crc(data, 0x07, 8)


def _values(data: bytes) -> list[dict[str, Any]]:
    """The layers that the first bytes of a file give, and their values."""
    try:
        layers: tuple[Layer, ...] = Picture.from_bytes(data, partial=True).layers
    except Exception as error:  # nothing of it can be read
        assert "cut off" in str(error), error
        return []
    import dumps

    return [{"kind": layer.kind, "value": dumps.value(layer, layers)} for layer in layers]


def readable(contents: dict[str, Any]) -> str:
    """JSON with a line for each entry."""
    lines = [f" {json.dumps(key)}: {json.dumps(value, ensure_ascii=False)}" for key, value in contents.items()]
    return "{\n" + ",\n".join(lines) + "\n}\n"
