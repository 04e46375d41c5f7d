"""SPEC.md is enough: a second reader, written from its text in plain integers, finds the values of the vectors.

It shares no code with the package; only the integer tables are the package's. Each function names its section.
"""

from __future__ import annotations

import json
import math
import re
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

ROOT = Path(__file__).parents[2]
VECTORS = ROOT / "conformance" / "vectors"
TABLES = ROOT / "src" / "triptych" / "layers" / "tables"
SPEC = ROOT / "SPEC.md"
pytestmark = pytest.mark.skipif(not TABLES.is_dir(), reason="the tables are not part of this copy")


@cache
def table(name: str) -> dict[str, Any]:
    entry = json.loads((TABLES / "index.json").read_text(encoding="utf-8"))[name]
    data = (TABLES / entry["file"]).read_bytes()
    return {
        array["name"]: np.frombuffer(
            data, np.dtype(array["dtype"]).newbyteorder("<"), math.prod(array["shape"]), array["offset"]
        )
        .reshape(array["shape"])
        .tolist()
        for array in entry["arrays"]
    }


def clamp(value: int, low: int, high: int) -> int:
    return min(max(value, low), high)


class Coder:
    """§6.1 to §6.3."""

    def __init__(self, data: bytes) -> None:
        assert not data.endswith(b"\0")
        self.data, self.at = data, 4
        self.code, self.range = int.from_bytes(data[:4].ljust(4, b"\0"), "big"), 2**32 - 1

    def symbol(self, starts: list[int]) -> int:
        """Which of the intervals that start at these places and end where the next one starts."""
        part = self.range >> 16
        target = min(self.code // part, 65535)
        index = max(i for i, start in enumerate(starts) if start <= target)
        start, end = starts[index], [*starts, 65536][index + 1]
        self.code -= part * start
        self.range = part * (end - start) if end < 65536 else self.range - part * start
        self.renew()
        return index

    def bit(self, p: int) -> int:
        bound = (self.range >> 16) * p
        one = self.code < bound
        if not one:
            self.code -= bound
        self.range = bound if one else self.range - bound
        self.renew()
        return int(one)

    def uniform(self, count: int) -> int:
        return self.symbol([v * 65536 // count for v in range(count)])

    def renew(self) -> None:
        while self.range < 2**24:
            byte = self.data[self.at] if self.at < len(self.data) else 0
            self.code, self.range, self.at = (self.code << 8 | byte) % 2**32, self.range << 8, self.at + 1

    def end(self) -> None:
        assert self.at >= len(self.data)


def network(name: str, x: list[int], group: int) -> list[int]:
    """§6.4."""
    t = table(name)

    def sums(values: list[int], weights: list[list[int]], bias: list[int]) -> list[int]:
        found = list(bias)
        for value, row in zip(values, weights, strict=True):
            if value:
                found = [total + value * weight for total, weight in zip(found, row, strict=True)]
        return found

    a1 = [clamp(total >> 2, 0, 127) for total in sums(x, t["w1"], t["b1"][group])]
    a2 = [clamp(total >> 6, 0, 127) for total in sums(a1, t["w2"], t["b2"])]
    logits = [clamp(total >> 3, -1536, 1535) for total in sums(a2, t["w3"], t["b3"])]
    return [table("logistic")["p1"][logit + 1536] for logit in logits]


def grid(width: int, height: int, n: int) -> tuple[int, int]:
    """§6.5: rows and columns."""
    m = max(width, height)
    rows, columns = (max(1, (2 * s * n + m) // (2 * m)) for s in (height, width))
    return rows, columns


def texture(payload: bytes, width: int, height: int) -> dict[str, Any]:
    """§7.2."""
    rows, columns = grid(width, height, payload[0] + 1)
    q = payload[1]
    coder = Coder(payload[2:])
    found: dict[tuple[int, int, int], int] = {}

    def level(p: int, y: int, x: int) -> int:
        return found.get((p, y, x), 0)

    def m(p: int, y: int, x: int) -> int:
        return min(abs(level(p, y, x)), 15)

    def inputs(p: int, y: int, x: int) -> list[int]:
        d = y + x
        rungs = (1, 2, 3, 4, 6, 8, 11, 15, 20)
        values = [1, p == 1, p == 2, min(2 * (rows * columns).bit_length(), 31), q]
        values += [y >= r for r in rungs] + [x >= r for r in rungs]
        near = ((-1, 0), (0, -1), (-1, -1), (-2, 0), (0, -2), (-2, 1), (1, -2), (-2, -1), (-1, -2))
        values += [m(p, y + dy, x + dx) for dy, dx in near]
        places = [(v, u) for v in range(rows) for u in range(columns)]
        e = sum(m(p, v, u) for v, u in places if v + u in (d - 1, d - 2))
        values.append(min(4 * e // max(1, 2 * d - 1), 63))
        for o in (0, 1):
            if o >= p:
                values += [0] * 7
                continue
            values += [m(o, y + dy, x + dx) for dy, dx in ((0, 0), (1, 0), (0, 1), (-1, 0), (0, -1))]
            before = [(v, u) for v, u in places if v < 8 and u < 8 and v + u < d]
            a = clamp(sum(int(np.sign(level(o, *at)) * np.sign(level(p, *at))) for at in before), -15, 15)
            values += [clamp(level(o, y, x), -3, 3) * a, clamp(level(o, y, x), -15, 15)]
        return [int(value) for value in values]

    for p in range(3):
        for d in range(rows + columns - 1):
            wave = [(y, d - y) for y in range(rows) if 0 <= d - y < columns]
            # All of a diagonal is predicted before any of it is decoded: its coefficients do not see each other.
            for (y, x), chances in zip(wave, [network("texture", inputs(p, *at), 0) for at in wave], strict=True):
                if coder.bit(chances[0]):
                    sign = -1 if coder.bit(chances[1]) else 1
                    magnitude = 1
                    while magnitude <= 6 and coder.bit(chances[1 + magnitude]):
                        magnitude += 1
                    if magnitude == 7:
                        length = 2
                        while coder.bit(32768):
                            length += 1
                        magnitude = 2 ** (length - 1) + coder.uniform(2 ** (length - 1)) + 5
                    found[p, y, x] = sign * magnitude
    coder.end()

    step = (32, 36, 40, 45, 51, 57)[q % 6] << q // 6
    down, across = table("cosines")[f"n{rows}"], table("cosines")[f"n{columns}"]
    plane = [[[0] * columns for _ in range(rows)] for _ in range(3)]
    for p in range(3):
        for i in range(rows):
            for j in range(columns):
                total = sum(
                    down[y][i] * clamp(value * step, -(2**20), 2**20) * across[x][j]
                    for (o, y, x), value in found.items()
                    if o == p
                )
                plane[p][i][j] = (total + 2**25) >> 26
    colours = []
    for i in range(rows):
        line = []
        for j in range(columns):
            luma, cb, cr = plane[0][i][j] + 2048, plane[1][i][j], plane[2][i][j]
            mixed = (65536 * luma + 91881 * cr, 65536 * luma - 22554 * cb - 46802 * cr, 65536 * luma + 116130 * cb)
            line.append("#" + bytes(clamp((value + 2**19) >> 20, 0, 255) for value in mixed).hex())
        colours.append(line)
    return {"grid": [rows, columns], "quality_index": q, "rows": colours}


def pose(payload: bytes, width: int, height: int) -> dict[str, Any]:
    """§7.3, with the table of joints as it stands in the text."""
    text = SPEC.read_text(encoding="utf-8").partition("| joint | parent |")[2].partition("\n\n")[0]
    joints = []
    for line in text.splitlines()[2:]:
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        number, name = cells[0].split(" ", 1)
        mirror = [int(value) for value in re.findall(r"\d+", cells[7])]
        numbers = [int(cell.replace(",", "")) for cell in cells[2:7]]
        joints.append((int(number), name.replace(" ", "_"), int(cells[1]) if cells[1] else None, *numbers, mirror))
    order = [name for _, name, *_ in sorted(joints)]
    logistic = table("logistic")["p1"]
    coder = Coder(payload)
    people = []
    while len(people) < 64 and coder.bit(32768):
        k = coder.uniform(32)
        tall = ((256, 304, 362, 431)[k % 4] << k // 4 >> 7) * max(width, height)
        known: dict[int, list[int]] = {}
        for joint, _, parent, x, y, dx, dy, seen, mirror in joints:
            if not coder.bit(seen if parent is None or parent in known else 32768):
                continue
            place = []
            for axis, side, o, w in ((0, width, x, dx), (1, height, y, dy)):
                starts = [256 * v for v in range(256)]
                if parent is not None and parent in known:
                    centre = known[parent][axis] + o * tall // (1024 * side)
                    if mirror and all(j in known for j in mirror):
                        centre += known[mirror[1]][axis] - known[mirror[0]][axis]
                    spread = max(256 * w * tall // (1024 * side), 85)
                    for v in range(1, 256):
                        logit = clamp((2 * (v - centre) - 1) * 16384 // spread, -1536, 1535)
                        starts[v] = (logistic[logit + 1536] * 61440 >> 16) + 16 * v
                place.append(coder.symbol(starts))
            known[joint] = place
        people.append({name: known[i] for i, name in enumerate(order) if i in known})
    coder.end()
    return {"people": people}


def edges(payload: bytes, width: int, height: int) -> dict[str, Any]:
    """§7.4."""
    rows, columns = grid(width, height, payload[0] + 1)
    coder = Coder(payload[1:])
    density = coder.uniform(16)
    window = [(dy, dx) for dy in range(-10, -4) for dx in range(-9, 10)]
    window += [(dy, dx) for dy in range(-4, 0) for dx in range(-12, 13)] + [(0, dx) for dx in range(-16, 0)]
    found: dict[tuple[int, int], int] = {}
    pixels = [(y, x) for y in range(rows) for x in range(columns)]
    for y, x in sorted(pixels, key=lambda pixel: (pixel[1] + 13 * pixel[0], pixel[0])):
        seen = [found.get((y + dy, x + dx), 0) for dy, dx in window]
        found[y, x] = coder.bit(network("edges", seen, density)[0])
    coder.end()
    lines = ["".join(".#"[found[y, x]] for x in range(columns)) for y in range(rows)]
    return {"grid": [rows, columns], "edge_pixels": sum(found.values()), "rows": lines}


def seed(payload: bytes, width: int, height: int) -> dict[str, Any]:
    """§7.6."""
    assert len(payload) <= 4 and not payload.endswith(b"\0")
    return {"seed": sum(byte << 8 * place for place, byte in enumerate(payload))}


READERS = {1: texture, 2: pose, 3: edges, 5: seed}
CASES = []
for path in sorted(VECTORS.glob("*.json")):
    described = json.loads(path.read_text(encoding="utf-8"))
    for layer in described.get("layers", []):
        rows, columns = layer.get("value", {}).get("grid", (1, 1))
        if described["valid"] and layer["kind"] in READERS and rows * columns <= 24 * 24 and layer["bytes"] < 1000:
            CASES.append(pytest.param(path.stem, described, layer, id=f"{path.stem}-{layer['name']}"))


def test_there_are_cases_of_every_kind() -> None:
    """Each coded layer is read again in several vectors."""
    kinds = [case.values[2]["kind"] for case in CASES]
    assert all(kinds.count(kind) >= 5 for kind in READERS)


@pytest.mark.parametrize(("name", "described", "layer"), CASES)
def test_a_second_reader_finds_the_same(name: str, described: dict[str, Any], layer: dict[str, Any]) -> None:
    """The text of SPEC.md, followed word for word, gives exactly the values of the dump."""
    data = bytes.fromhex((VECTORS / f"{name}.hex").read_text(encoding="ascii"))
    payload = data[layer["offset"] :][: layer["bytes"]]
    assert READERS[layer["kind"]](payload, described["width"], described["height"]) == layer["value"]
