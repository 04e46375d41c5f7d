"""A reader of .trp files written from SPEC.md alone: `python conformance/reader.py FILE` prints what a file holds.

It shares no code with the package; only the tables are the package's. It is written for reading, not for speed: each
function names its section, and `log`, where it is given, is told the intermediate values. FILE holds the bytes
themselves, or hexadecimal pairs if its name ends in .hex.
"""

from __future__ import annotations

import json
import math
import re
import sys
from bisect import bisect_right
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, NoReturn

import numpy as np

ROOT = Path(__file__).parents[1]
TABLES = ROOT / "src" / "triptych" / "layers" / "tables"
Log = Callable[..., None]


class Refused(Exception):
    """The file is *damaged*, *truncated*, *unsupported* or *over a limit* (§9); `condition` says which."""

    def __init__(self, condition: str) -> None:
        super().__init__(condition)
        self.condition = condition


def damaged() -> NoReturn:
    raise Refused("damaged")


def clamp(value: int, low: int, high: int) -> int:
    return min(max(value, low), high)


@cache
def table(name: str) -> dict[str, np.ndarray]:
    """§11, as int64."""
    entry = json.loads((TABLES / "index.json").read_text(encoding="utf-8"))[name]
    data = (TABLES / entry["file"]).read_bytes()
    arrays = {}
    for array in entry["arrays"]:
        kind = np.dtype(array["dtype"]).newbyteorder("<")
        flat = np.frombuffer(data, kind, math.prod(array["shape"]), array["offset"])
        arrays[array["name"]] = flat.reshape(array["shape"]).astype(np.int64)
    return arrays


# --- §2 to §4: the container -----------------------------------------------------------------------------------------


class Cursor:
    def __init__(self, data: bytes) -> None:
        self.data, self.at = data, 0

    def take(self, count: int) -> bytes:
        if self.at + count > len(self.data):
            raise Refused("truncated")
        self.at += count
        return self.data[self.at - count : self.at]

    def byte(self) -> int:
        return self.take(1)[0]

    def number(self) -> int:
        """§2."""
        b0 = self.byte()
        if b0 < 224:
            return b0
        if b0 < 255:
            return 224 + (b0 - 224) * 256 + self.byte()
        return 8160 + int.from_bytes(self.take(3), "big")


def crc(data: bytes, polynomial: int, bits: int) -> bytes:
    """§3.4 and §4: not reflected, all bits set at first, no final XOR."""
    value = (1 << bits) - 1
    for byte in data:
        value ^= byte << bits - 8
        for _ in range(8):
            value = value << 1 ^ (1 << bits | polynomial if value >> bits - 1 else 0)
    return value.to_bytes(bits // 8, "big")


def shortest_form(width: int, height: int) -> int:
    """§3.2: the form that a writer uses."""
    if width % 64 == height % 64 == 0 and max(width, height) <= 1024:
        return 0
    return max(f for f in range(1, 8) if width % (1 << f - 1) == height % (1 << f - 1) == 0)


def header(data: bytes) -> tuple[int, int, bytes, list[dict[str, Any]]]:
    """§3, in the order of §3.5: width, height, byte 3 with the size bytes, and the layers with their places."""
    cursor = Cursor(data)
    if cursor.take(3) != b"\xb7\x54\x50":
        damaged()
    version, form = divmod(cursor.byte(), 16)
    if version != 1:
        raise Refused("unsupported")
    if form > 7:
        raise Refused("unsupported")
    if form == 0:
        packed = cursor.byte()
        width, height = ((packed >> 4) + 1) * 64, ((packed & 15) + 1) * 64
    else:
        width, height = (((cursor.number() + 1) << form - 1) for _ in range(2))
    size = data[3 : cursor.at]
    layers: list[dict[str, Any]] = []
    last = False
    while not last:
        if len(layers) == 64:
            damaged()
        tag = cursor.byte()
        last, ancillary, kind, coding = bool(tag & 0x80), bool(tag & 0x40), tag >> 3 & 7, tag & 7
        start = cursor.at
        if kind == 7:
            kind = 7 + cursor.number()
        if coding == 7:
            coding = 7 + cursor.number()
        length = cursor.number()
        if layers and kind <= layers[-1]["kind"]:
            damaged()
        entry = bytes([tag & 0x7F]) + data[start : cursor.at]
        layers.append({"kind": kind, "coding": coding, "ancillary": ancillary, "bytes": length, "entry": entry})
    checksum = crc(data[: cursor.at], 0x07, 8)
    if cursor.take(1) != checksum:
        damaged()
    if max(width, height) > 65536:
        damaged()
    if form != shortest_form(width, height):
        damaged()
    at = cursor.at
    for layer in layers:
        layer["offset"] = at
        at += layer["bytes"] + 2
    return width, height, size, layers


def read(data: bytes, log: Log | None = None) -> dict[str, Any]:
    """The whole file, with the value of each layer.

    Raises:
        Refused: anything at all is wrong with it.
    """
    if len(data) > 16 * 2**20:
        raise Refused("over a limit")
    width, height, size, layers = header(data)
    for layer in layers:
        check_kind(layer)
    for layer in layers:
        check_payload(data, size, layer)
    if len(data) > layers[-1]["offset"] + layers[-1]["bytes"] + 2:
        damaged()
    below = None
    for layer in layers:
        payload = data[layer["offset"] :][: layer["bytes"]]
        layer["below"] = below
        if layer["kind"] == 1:
            below = layer["coding"], payload
        name = KINDS[layer["kind"]][0] if known(layer) else f"kind {layer['kind']}"
        layer |= {"name": name, "value": value(layer, payload, width, height, log)}
        del layer["entry"], layer["below"]
    return {"width": width, "height": height, "layers": layers}


def whole_layers(data: bytes) -> list[int] | None:
    """§9, partial reading: the kinds of the layers that have a value, or None if the header has none."""
    try:
        width, height, size, layers = header(data)
    except Refused:
        return None
    found, below = [], None
    for layer in layers:
        layer["below"] = below
        try:
            check_kind(layer)
            check_payload(data, size, layer)
            payload = data[layer["offset"] :][: layer["bytes"]]
            if layer["kind"] == 1:
                below = layer["coding"], payload
            value(layer, payload, width, height)
        except Refused:
            continue
        found.append(layer["kind"])
    return found


def known(layer: dict[str, Any]) -> bool:
    """§5."""
    return layer["kind"] in KINDS and (layer["kind"] < 6 or layer["coding"] in KINDS[layer["kind"]][1])


def check_kind(layer: dict[str, Any]) -> None:
    """§5."""
    kind, ancillary = layer["kind"], layer["ancillary"]
    if kind in (6, 7) and layer["coding"] not in KINDS[kind][1]:
        kind = 8  # as one that is not known
    if kind in (0, 1, 2, 3) and ancillary:
        damaged()
    if kind in (4, 5, 6, 7) and not ancillary:
        damaged()
    if kind > 7 and not ancillary:
        raise Refused("unsupported")


def check_payload(data: bytes, size: bytes, layer: dict[str, Any]) -> None:
    """§4."""
    start, end = layer["offset"], layer["offset"] + layer["bytes"]
    if len(data) < end + 2:
        raise Refused("truncated")
    if data[end : end + 2] != crc(size + layer["entry"] + data[start:end], 0x1021, 16):
        damaged()


def value(layer: dict[str, Any], payload: bytes, width: int, height: int, log: Log | None = None) -> dict[str, Any]:
    """§7."""
    if not known(layer):
        return {"bytes": payload.hex()}
    _, codings = KINDS[layer["kind"]]
    if layer["coding"] not in codings:
        raise Refused("unsupported")
    if layer["kind"] == 7:
        return finer(payload, width, height, layer["below"])
    return codings[layer["coding"]](payload, width, height, log)


# --- §6: entropy coding ----------------------------------------------------------------------------------------------


class Coder:
    """§6.1 to §6.3."""

    def __init__(self, data: bytes) -> None:
        if data.endswith(b"\0"):
            damaged()
        self.data, self.at = data, 4
        self.code, self.range = int.from_bytes(data[:4].ljust(4, b"\0"), "big"), 2**32 - 1

    def symbol(self, starts: list[int]) -> int:
        """Which of the intervals that start at these places and end where the next one starts."""
        part = self.range >> 16
        target = min(self.code // part, 65535)
        index = bisect_right(starts, target) - 1
        start, end = starts[index], [*starts, 65536][index + 1]
        assert start <= target < end
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
        """§6.2."""
        return self.symbol([v * (65536 // count) for v in range(count)])

    def renew(self) -> None:
        while self.range < 2**24:
            byte = self.data[self.at] if self.at < len(self.data) else 0
            self.code, self.range, self.at = (self.code << 8 | byte) % 2**32, self.range << 8, self.at + 1

    def end(self) -> None:
        if self.at < len(self.data):
            damaged()

    def state(self) -> dict[str, int]:
        return {"code": self.code, "range": self.range}


@cache
def weights(name: str, array: str) -> np.ndarray:
    """An array of a table as float64, which holds the sums of its products exactly, as they are below 2^53."""
    return table(name)[array].astype(np.float64)


def product(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Sums of products of whole numbers."""
    # Without the library of linear algebra: on a busy machine its threads take longer to wake than the product.
    sums = "ij,j->i" if y.ndim == 1 else "ij,jk->ik"
    exact: np.ndarray = np.einsum(sums, x.astype(np.float64), y.astype(np.float64)).astype(np.int64)
    return exact


def network(name: str, x: np.ndarray, group: int, log: Log | None = None) -> list[list[int]]:
    """§6.4: for each row of inputs the probabilities."""
    t = table(name)
    a1 = np.clip((product(x, weights(name, "w1")) + t["b1"][group]) >> 2, 0, 127)
    a2 = np.clip((product(a1, weights(name, "w2")) + t["b2"]) >> 6, 0, 127)
    logits = np.clip((product(a2, weights(name, "w3")) + t["b3"]) >> 3, -1536, 1535)
    if log:
        log(a1=a1[0].tolist(), a2=a2[0].tolist(), l=logits[0].tolist())
    found: list[list[int]] = table("logistic")["p1"][logits + 1536].tolist()
    return found


def grid(width: int, height: int, n: int) -> tuple[int, int]:
    """§6.5: rows and columns."""
    m = max(width, height)
    rows, columns = (max(1, (2 * s * n + m) // (2 * m)) for s in (height, width))
    return rows, columns


# --- §7.1: semantic --------------------------------------------------------------------------------------------------


def raw_text(payload: bytes, width: int, height: int, log: Log | None = None) -> dict[str, Any]:
    """§7.1, coding 0."""
    text = utf8(payload)
    if len(text) > 4096:
        damaged()
    return {"text": text}


def utf8(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        damaged()


@cache
def token_strings() -> list[bytes]:
    """§7.1.1: the string of each of the model's tokens."""
    t = table("text")
    unused = [*range(0x41, 0x5B), 0xC0, 0xC1, *range(0xF5, 0xFD)]
    strings = [bytes([value]) for value in range(256) if value not in unused]
    for a, b in t["merges"].tolist():
        strings.append(strings[a] + strings[b])
    return [strings[number] for number in t["order"].tolist()]


def quick_text(payload: bytes, width: int, height: int, log: Log | None = None) -> dict[str, Any]:
    """§7.1, coding 2."""
    return modelled_text(payload, width, height, log, "text_narrow")


def modelled_text(
    payload: bytes, width: int, height: int, log: Log | None = None, network: str = "text"
) -> dict[str, Any]:
    """§7.1, coding 1."""
    strings = token_strings()
    sizes = table("text")["sizes"].tolist()
    end = strings.index(b"\xff")
    coder = Coder(payload)
    model = TextNetwork(network)
    folded, characters, token = b"", 0, end
    while True:
        model.read(token)
        starts = model.starts("group", 0, len(sizes))
        group = coder.symbol(starts)
        if log:
            log(read=token, h=model.h[:8].tolist(), o=model.o[:8].tolist())
            log(group=group, interval=[*starts, 65536][group : group + 2], after=coder.state())
        first = sum(sizes[:group])
        starts = model.starts("token", first, first + sizes[group])
        place = coder.symbol(starts)
        token = first + place
        if log:
            log(token=token, interval=[*starts, 65536][place : place + 2], after=coder.state())
        if token == end:
            break
        folded += strings[token]
        characters += sum(not 0x80 <= byte <= 0xBF and byte < 0xFD for byte in strings[token])
        if characters > 4096:
            damaged()
        if len(folded) > 4 * (characters + 1):
            damaged()
    coder.end()
    return {"text": utf8(unfold(folded))}


def unfold(folded: bytes) -> bytes:
    """§7.1.1: marks become capitals."""
    text, mark, in_run = bytearray(), 0, False
    for byte in folded:
        if byte in (0xFE, 0xFD):
            mark, in_run = byte, False
        elif 0x61 <= byte <= 0x7A:
            text.append(byte - 32 if mark else byte)
            in_run = True
            if mark == 0xFE:
                mark = 0
        else:
            text.append(byte)
            if in_run:
                mark = 0
    return bytes(text)


class TextNetwork:
    """§7.1.3 and §7.1.4."""

    def __init__(self, name: str = "text") -> None:
        self.name = name
        self.t = table("text") | table(name)
        self.n = len(self.t["inner_bias"])
        self.h = np.zeros(self.n, np.int64)
        self.o = np.zeros(0, np.int64)

    def read(self, token: int) -> None:
        t, n = self.t, self.n
        x = t["input_scale"] * product(weights(self.name, "input"), t["embedding"][token]) + (t["bias"] << 8)
        s = t["state_scale"][: 3 * n] * product(weights(self.name, "state")[: 3 * n], coarse(self.h))
        r = curve("sigmoid", x[:n] + s[:n])
        z = curve("sigmoid", x[n : 2 * n] + s[n : 2 * n])
        u = (s[2 * n :] + (t["inner_bias"] << 8) + 2**15) >> 16
        f = curve("tanh", x[2 * n : 3 * n] + 4 * r * u)
        self.h = f + ((z * (self.h - f) + 2**13) >> 14)
        s = t["state_scale"][3 * n :] * product(weights(self.name, "state")[3 * n :], coarse(self.h))
        self.o = coarse(curve("tanh", x[3 * n :] + s))

    def starts(self, head: str, a: int, b: int) -> list[int]:
        """Where the intervals of rows a to b - 1 start."""
        t = self.t
        scaled = t[f"{head}_scale"][a:b] * product(weights(self.name, head)[a:b], self.o)
        logits = (scaled + (t[f"{head}_bias"][a:b] << 16) + 2**23) >> 24
        d = logits.max() - logits
        e = t["exp2"][d & 255] >> np.minimum(d >> 8, 31)
        q = e * (65536 - (b - a)) // e.sum() + 1
        q[d.tolist().index(0)] += 65536 - q.sum()
        return [0, *np.cumsum(q)[:-1].tolist()]


def coarse(v: np.ndarray) -> np.ndarray:
    return (v + 32) >> 6


def curve(name: str, v: np.ndarray) -> np.ndarray:
    found: np.ndarray = table("text")[name][np.clip(((v + 2**18) >> 19) + 4096, 0, 8191)]
    return found


# --- §7.2: texture ---------------------------------------------------------------------------------------------------

RUNGS = (1, 2, 3, 4, 6, 8, 11, 15, 20)
NEAR = ((-1, 0), (0, -1), (-1, -1), (-2, 0), (0, -2), (-2, 1), (1, -2), (-2, -1), (-1, -2))
AROUND = ((0, 0), (1, 0), (0, 1), (-1, 0), (0, -1))


def texture(payload: bytes, width: int, height: int, log: Log | None = None) -> dict[str, Any]:
    """§7.2."""
    check_texture(payload)
    rows, columns = grid(width, height, payload[0] + 1)
    q = payload[1]
    coder = Coder(payload[2:])
    levels = np.zeros((3, rows, columns), np.int64)
    for p in range(3):
        for d in range(rows + columns - 1):
            wave = [(y, d - y) for y in range(rows) if 0 <= d - y < columns]
            # All of a diagonal is predicted before any of it is decoded: its coefficients do not see each other.
            inputs = level_inputs(levels, p, d, wave, q)
            chances = network("texture", np.array(inputs), 0, log if d == 0 else None)
            for (y, x), seen, chance in zip(wave, inputs, chances, strict=True):
                levels[p, y, x] = level(coder, chance)
                if log and d < 3:
                    log(plane=p, y=y, x=x, inputs=seen, p=chance, level=int(levels[p, y, x]), after=coder.state())
    coder.end()
    return {"grid": [rows, columns], "quality_index": q, "rows": colours(levels, q, log)}


def check_texture(payload: bytes) -> None:
    """Bytes 0 and 1."""
    if len(payload) < 2 or payload[0] > 63 or payload[1] > 47:
        damaged()


def texture_steps(payload: bytes, width: int, height: int, log: Log | None = None) -> dict[str, Any]:
    """§7.2.4."""
    levels, q, coder = steps_of(payload, width, height)
    coder.end()
    return {"grid": list(levels.shape[1:]), "quality_index": q, "rows": colours(levels, q)}


def steps_of(payload: bytes, width: int, height: int) -> tuple[np.ndarray, int, Coder]:
    check_texture(payload)
    if len(payload) == 2:
        damaged()
    rows, columns = grid(width, height, payload[0] + 1)
    if not 1 <= payload[2] <= rows + columns + 1:
        damaged()
    levels, coder = np.zeros((3, rows, columns), np.int64), Coder(payload[3:])
    steps(coder, levels, payload[1], 0, payload[2])
    return levels, payload[1], coder


def steps(coder: Coder, levels: np.ndarray, q: int, first: int, stop: int) -> None:
    _, rows, columns = levels.shape
    for k in range(first, stop):
        for p in range(3):
            d = k - p
            wave = [(y, d - y) for y in range(rows) if 0 <= d - y < columns]
            if wave:
                chances = network("texture", np.array(level_inputs(levels, p, d, wave, q)), 0)
                for (y, x), chance in zip(wave, chances, strict=True):
                    levels[p, y, x] = level(coder, chance)


def finer(payload: bytes, width: int, height: int, below: tuple[int, bytes] | None) -> dict[str, Any]:
    """§7.8."""
    if len(payload) <= 1 or not payload[0] or not payload[1]:
        damaged()
    first, stop = payload[0], payload[0] + payload[1]
    if below is None or below[0] != 1:
        damaged()
    levels, q, _ = steps_of(below[1], width, height)
    if below[1][2] != first or stop > levels.shape[1] + levels.shape[2] + 1:
        damaged()
    coder = Coder(payload[2:])
    steps(coder, levels, q, first, stop)
    coder.end()
    return {"first": first, "stop": stop, "rows": colours(levels, q)}


def level(coder: Coder, chance: list[int]) -> int:
    """§7.2.1."""
    if not coder.bit(chance[0]):
        return 0
    sign = -1 if coder.bit(chance[1]) else 1
    for k in range(1, 7):
        if not coder.bit(chance[1 + k]):
            return sign * k
    length = 2
    while coder.bit(32768):
        length += 1
        if 2 ** (length - 1) > 16384:
            damaged()
    return sign * (2 ** (length - 1) + coder.uniform(2 ** (length - 1)) + 5)


def level_inputs(levels: np.ndarray, p: int, d: int, wave: list[tuple[int, int]], q: int) -> list[list[int]]:
    """§7.2.2."""
    _, rows, columns = levels.shape
    padded = np.pad(levels, ((0, 0), (2, 2), (2, 2)))

    def at(plane: int, y: int, x: int) -> int:
        return int(padded[plane, y + 2, x + 2])

    def m(plane: int, y: int, x: int) -> int:
        return min(abs(at(plane, y, x)), 15)

    before = [(y, d - back - y) for back in (1, 2) for y in range(rows) if 0 <= d - back - y < columns]
    e = sum(m(p, y, x) for y, x in before)
    recent = 4 * e // max(1, 2 * d - 1)
    corner = [(y, x) for y in range(min(rows, 8)) for x in range(min(columns, 8)) if y + x < d]
    signs = np.sign(levels)
    agreement = [clamp(sum(int(signs[o, y, x] * signs[p, y, x]) for y, x in corner), -15, 15) for o in range(p)]
    inputs = []
    for y, x in wave:
        values = [1, p == 1, p == 2, 2 * (rows * columns).bit_length(), q]
        values += [y >= r for r in RUNGS]
        values += [x >= r for r in RUNGS]
        values += [m(p, y + dy, x + dx) for dy, dx in NEAR]
        values += [recent]
        for o in (0, 1):
            if o >= p:
                values += [0] * 7
                continue
            values += [m(o, y + dy, x + dx) for dy, dx in AROUND]
            values += [clamp(at(o, y, x), -3, 3) * agreement[o]]
            values += [clamp(at(o, y, x), -15, 15)]
        inputs.append([int(value) for value in values])
    return inputs


def colours(levels: np.ndarray, q: int, log: Log | None = None) -> list[list[str]]:
    """§7.2.3."""
    _, rows, columns = levels.shape
    step = (32, 36, 40, 45, 51, 57)[q % 6] << q // 6
    k = np.clip(levels * step, -(2**20), 2**20)
    down, across = table("cosines")[f"n{rows}"], table("cosines")[f"n{columns}"]
    plane = (down.T @ k @ across + 2**25) >> 26
    luma, cb, cr = plane[0] + 2048, plane[1], plane[2]
    red = np.clip((65536 * luma + 91881 * cr + 2**19) >> 20, 0, 255)
    green = np.clip((65536 * luma - 22554 * cb - 46802 * cr + 2**19) >> 20, 0, 255)
    blue = np.clip((65536 * luma + 116130 * cb + 2**19) >> 20, 0, 255)
    if log:
        log(k=k[:, 0].tolist(), y_cb_cr=[luma[0].tolist(), cb[0].tolist(), cr[0].tolist()])
    cells = np.stack([red, green, blue], 2).tolist()
    return [["#" + bytes(cell).hex() for cell in row] for row in cells]


# --- §7.3: pose ------------------------------------------------------------------------------------------------------


@cache
def joints() -> tuple[list[tuple[Any, ...]], list[str]]:
    """§7.3.2: the table as it stands in SPEC.md, and the names in the order of their numbers."""
    text = (ROOT / "SPEC.md").read_text(encoding="utf-8").partition("| joint | parent |")[2].partition("\n\n")[0]
    found = []
    for line in text.splitlines()[2:]:
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        number, name = cells[0].split(" ", 1)
        mirror = [int(value) for value in re.findall(r"\d+", cells[7])]
        numbers = [int(cell) for cell in cells[2:7]]
        found.append((int(number), name.replace(" ", "_"), int(cells[1]) if cells[1] else None, *numbers, mirror))
    return found, [name for _, name, *_ in sorted(found)]


def pose(payload: bytes, width: int, height: int, log: Log | None = None) -> dict[str, Any]:
    """§7.3."""
    order, names = joints()
    logistic = table("logistic")["p1"].tolist()
    coder = Coder(payload)
    people = []
    while len(people) < 64 and coder.bit(32768):
        k = coder.uniform(32)
        tall = ((256, 304, 362, 431)[k % 4] << k // 4 >> 7) * max(width, height)
        if log:
            log(k=k, h=tall, after=coder.state())
        known: dict[int, list[int]] = {}
        for joint, name, parent, x, y, dx, dy, seen, mirror in order:
            chance = seen if parent is None or parent in known else 32768
            there = coder.bit(chance)
            if log:
                log(joint=name, p=chance, there=there, after=coder.state())
            if not there:
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
                    if log:
                        log(centre=centre, spread=spread)
                place.append(coder.symbol(starts))
                if log:
                    interval = [starts[place[-1]], [*starts, 65536][place[-1] + 1]]
                    log(value=place[-1], interval=interval, after=coder.state())
            known[joint] = place
        people.append({name: known[i] for i, name in enumerate(names) if i in known})
    coder.end()
    return {"people": people}


# --- §7.4: edges -----------------------------------------------------------------------------------------------------


def edges(payload: bytes, width: int, height: int, log: Log | None = None) -> dict[str, Any]:
    """§7.4."""
    if not payload:
        damaged()
    rows, columns = grid(width, height, payload[0] + 1)
    coder = Coder(payload[1:])
    found = raster(coder, rows, columns, None, log)
    coder.end()
    return raster_value(found)


def edge_scans(payload: bytes, width: int, height: int, log: Log | None = None) -> dict[str, Any]:
    """§7.4.1."""
    if len(payload) == 0:
        damaged()
    rows, columns = grid(width, height, payload[0] + 1)
    coder = Coder(payload[1:])
    found = np.zeros((rows, columns), np.int64)
    for _ in range(16):
        if not coder.bit(32768):
            break
        framed = np.pad(found, 1)
        known = sum(framed[y : y + rows, x : x + columns] for y in range(3) for x in range(3)) > 0
        scan = raster(coder, rows, columns, known)
        if not scan.any():
            damaged()
        found += scan
    coder.end()
    return raster_value(found)


def raster_value(found: np.ndarray) -> dict[str, Any]:
    lines = ["".join(".#"[pixel] for pixel in row) for row in found.tolist()]
    return {"grid": list(found.shape), "edge_pixels": int(found.sum()), "rows": lines}


def raster(coder: Coder, rows: int, columns: int, known: np.ndarray | None, log: Log | None = None) -> np.ndarray:
    """§7.4, from the density on; pixels that are known are not coded."""
    density = coder.uniform(16)
    if log:
        log(g=density, after=coder.state())
    window = [(dy, dx) for dy in range(-10, -4) for dx in range(-9, 10)]
    window += [(dy, dx) for dy in range(-4, 0) for dx in range(-12, 13)]
    window += [(0, dx) for dx in range(-16, 0)]
    above, left = np.array(window).T
    padded = np.zeros((rows + 10, columns + 32), np.int64)
    logged = 0
    for wave in range(columns + 13 * (rows - 1)):
        ys = [y for y in range(rows) if 0 <= wave - 13 * y < columns]
        if not ys:
            continue
        y = np.array(ys)
        x = wave - 13 * y
        seen = padded[y[:, None] + 10 + above, x[:, None] + 16 + left]
        for number, (p,) in enumerate(network("edges", seen, density, log if wave == 0 else None)):
            if known is not None and known[y[number], x[number]]:
                continue
            bit = coder.bit(p)
            padded[y[number] + 10, x[number] + 16] = bit
            if log and logged < 40 and (wave < 4 or seen[number].any()):
                place = {"y": int(y[number]), "x": int(x[number])}
                log(**place, inputs_that_are_1=np.flatnonzero(seen[number]).tolist(), p=p, bit=bit, after=coder.state())
                logged += 1
    return padded[10:, 16 : 16 + columns]


# --- §7.5 and §7.6: recipe and seed ----------------------------------------------------------------------------------

BLOCK_KINDS = ("text", "exif", "xmp", "iptc", "c2pa", "comment", "stealth")
TEXT_FIELDS = {
    0: "tool",
    1: "negative",
    4: "guidance",
    5: "sampler",
    6: "scheduler",
    7: "model",
    8: "model_hash",
}


@cache
def known_names() -> list[str]:
    """§7.5.3."""
    return utf8(table_bytes("names")).split("\n")[:-1]


def recipe_core(payload: bytes, width: int, height: int, log: Log | None = None) -> dict[str, Any]:
    """§7.5, coding 0."""
    return {"settings": settings(payload, log), "blocks": []}


def recipe_full(payload: bytes, width: int, height: int, log: Log | None = None) -> dict[str, Any]:
    """§7.5, coding 1."""
    core, found = blocks(payload)
    return {"settings": settings(core, log), "blocks": found}


def settings(data: bytes, log: Log | None = None) -> dict[str, Any]:
    """§7.5.1."""
    if len(data) > 2**18:
        damaged()
    cursor, found, loras, last = Cursor(data), dict[str, Any](), list[list[str | None]](), -1
    coded_characters = 0
    try:
        while cursor.at < len(data):
            field, form = divmod(cursor.byte(), 16)
            content, coded = field_value(cursor, form)
            if log:
                log(field=field, form=form, content=content, ends_at=cursor.at)
            coded_characters += coded
            if coded_characters > 4096:
                damaged()
            if field <= last and not (field == 9 and last in (9, 10)):
                damaged()
            if field == 10 and last != 9:
                damaged()
            last = field
            if field in (2, 3, 11):
                if not isinstance(content, int):
                    damaged()
            elif field < 11 and not isinstance(content, str):
                damaged()
            if field == 9:
                loras.append([content, None])
                if len(loras) > 128:
                    damaged()
            elif field == 10:
                loras[-1][1] = content
            elif field == 11:
                if not 0 <= content < 2**32:
                    damaged()
                found["size"] = [content % 65536 + 1, content // 65536 + 1]
            elif field in (2, 3):
                found["seed" if field == 2 else "steps"] = content
            elif field in TEXT_FIELDS:
                found[TEXT_FIELDS[field]] = content
    except Refused:
        damaged()
    if loras:
        found["loras"] = loras
    return found


def field_value(cursor: Cursor, form: int) -> tuple[Any, int]:
    """§7.5.1: a whole number or a text, and how many characters of it were coded by the model of §7.1."""
    if form <= 8:
        return whole(cursor, form), 0
    if form == 9:
        count = cursor.byte()
        if count > 8:
            damaged()
        return -1 - whole(cursor, count), 0
    name = ""
    if form == 15:
        name, form = simple_text(cursor, 13), cursor.byte()
        if not 10 <= form <= 14:
            damaged()
    text = simple_text(cursor, form)
    return name + text, len(text) if form == 12 else 0


def simple_text(cursor: Cursor, form: int) -> str:
    """§7.5.1: a text in one of the forms 10 to 14."""
    if form == 10:
        digits = cursor.take(1).hex()
        while digits[-1] != "f":
            digits += cursor.take(1).hex()
        text = digits.split("f")[0]
        if len(text) > 64 or digits[len(text) :] not in ("f", "ff"):
            damaged()
        return text.translate(str.maketrans("abcde", ".-+eE"))
    if form == 11:
        return utf8(cursor.take(cursor.number()))
    if form == 12:
        return modelled_text(cursor.take(cursor.number()), 0, 0)["text"]
    if form == 13:
        number = cursor.byte()
        if number >= len(known_names()):
            damaged()
        return known_names()[number]
    count, upper = divmod(cursor.byte(), 2)
    digits = cursor.take((count + 1) // 2).hex()
    if digits[count:] not in ("", "f"):
        damaged()
    return digits[:count].upper() if upper else digits[:count]


def whole(cursor: Cursor, count: int) -> int:
    content = cursor.take(count)
    if content.endswith(b"\0"):
        damaged()
    return int.from_bytes(content, "little")


def blocks(frame: bytes) -> tuple[bytes, list[dict[str, str]]]:
    """§7.5.2: settings and blocks."""
    contents = unpack_frame(frame)
    cursor = Cursor(contents)
    found = []
    count = total = 0
    try:
        core = cursor.take(cursor.number())
        while cursor.at < len(contents):
            kind = cursor.byte()
            name, form, content = (cursor.take(cursor.number()) for _ in range(3))
            if kind in (7, 8):
                inner = Cursor(content)
                before = inner.take(inner.number())
                text = utf8(content[inner.at :])
                content = before + text.encode("utf-16-be" if kind == 7 else "utf-16-le")
                kind = 1
            count, total = count + 1, total + len(content)
            if count > 1024 or total > 2**24:
                damaged()
            if max(len(name), len(form)) > 255 or b"\0" in name + form:
                damaged()
            if kind > 8:
                continue
            found.append({"kind": BLOCK_KINDS[kind], "name": utf8(name), "form": utf8(form), "data": content.hex()})
    except Refused:
        damaged()
    return core, found


def unpack_frame(frame: bytes) -> bytes:
    """§7.5.2: a Zstandard frame without its magic number."""
    if sys.version_info >= (3, 14):
        from compression import zstd
    else:
        from backports import zstd
    width = {0x20: 1, 0x60: 2, 0xA0: 4}.get(frame[0]) if frame else None
    if width is None:
        damaged()
    size = int.from_bytes(frame[1 : 1 + width].ljust(width, b"\0"), "little") + (256 if width == 2 else 0)
    if size > 17570820:
        damaged()
    inflater = zstd.ZstdDecompressor(zstd.ZstdDict(table_bytes("dictionary")))
    try:
        contents: bytes = inflater.decompress(b"\x28\xb5\x2f\xfd" + frame, size + 1)
        if not inflater.eof and not inflater.needs_input:
            contents += inflater.decompress(b"", 1)
    except zstd.ZstdError:
        damaged()
    if not inflater.eof or inflater.unused_data or len(contents) != size:
        damaged()
    return contents


def table_bytes(array: str) -> bytes:
    return table("recipe")[array].astype(np.uint8).tobytes()


def seed(payload: bytes, width: int, height: int, log: Log | None = None) -> dict[str, Any]:
    """§7.6."""
    if len(payload) > 4 or payload.endswith(b"\0"):
        damaged()
    return {"seed": sum(byte << 8 * place for place, byte in enumerate(payload))}


# --- §7.7: detail ----------------------------------------------------------------------------------------------------


def working_size(*sides: int) -> list[int]:
    """§7.7."""
    longer = max(sides)
    side = clamp(longer, 256, 1024)
    return [max((2 * length * side + longer) // (2 * longer), 1) for length in sides]


def detail(payload: bytes, width: int, height: int, log: Log | None = None) -> dict[str, Any]:
    """§7.7."""
    if len(payload) == 1 or not payload:
        damaged()
    f, count = payload[:2]
    if f >= 96 or not 1 <= count <= 96:
        damaged()
    rows, columns = (-(-length // 16) for length in working_size(height, width))
    coder = Coder(payload[2:])
    levels = np.zeros((count, rows, columns), np.int64)
    for c in range(count):
        for half in (0, 1):
            cells = [(i, j) for i in range(rows) for j in range(columns) if (i + j) % 2 == half]
            if not cells:
                continue
            # No cell of a half sees another one of it.
            inputs = detail_inputs(levels, c, half, cells, f)
            for (i, j), seen, chance in zip(cells, inputs, network("detail", np.array(inputs), c), strict=True):
                levels[c, i, j] = level(coder, chance)
                if log and c < 2 and i < 1:
                    log(channel=c, i=i, j=j, inputs=seen, p=chance, level=int(levels[c, i, j]), after=coder.state())
    coder.end()
    return {"grid": [rows, columns], "fineness": f, "levels": levels.reshape(count, -1).tolist()}


def detail_inputs(levels: np.ndarray, c: int, half: int, cells: list[tuple[int, int]], f: int) -> list[list[int]]:
    """§7.7.1."""
    _, rows, columns = levels.shape
    m = np.pad(np.minimum(np.abs(levels), 15), ((0, 0), (1, 1), (1, 1)))
    own = np.pad(levels[c], 1)

    def ring(x: np.ndarray, i: int, j: int) -> int:
        return int(x[i : i + 3, j : j + 3].sum() - x[i + 1, j + 1])

    total, recent = m[:c].sum(0), m[max(c - 8, 0) : c].sum(0)
    dense = []
    for n, unit in ((1, 64), (2, 64), (4, 16), (8, 8)):
        dense.append(min(int(np.count_nonzero(levels[max(c - n, 0) : c])) * unit // (rows * columns), 127))
    partners = [int(p) for p in table("detail")["partners"][c]]
    inputs = []
    for i, j in cells:
        beside = [int(own[i + 1 + di, j + 1 + dj]) * half for di, dj in ((0, -1), (0, 1), (-1, 0), (1, 0))]
        values = [half, min(f, 63)]
        values += [min(abs(value), 15) for value in beside]
        values += [clamp(value, -15, 15) for value in beside]
        values += [int(m[p, i + 1, j + 1]) if p != c else 0 for p in partners]
        values += [min(ring(m[p], i, j), 63) if p != c else 0 for p in partners]
        values += [min(int(total[i + 1, j + 1]), 127), min(ring(total, i, j) >> 2, 127)]
        values += dense
        values += [min(int(recent[i + 1, j + 1]), 127), min(ring(recent, i, j), 127)]
        inputs.append(values)
    return inputs


def still(payload: bytes, width: int, height: int, log: Log | None = None) -> dict[str, Any]:
    """§7.7.2."""
    return frame(payload, working_size(width, height))


def frame(payload: bytes, working: list[int]) -> dict[str, Any]:
    """§7.7.2, without decoding AV1."""
    if len(payload) < 3 or payload[1] > 63:
        damaged()
    m = max(working)
    if 4 * payload[0] >= m:
        damaged()
    k = min(4 * (payload[0] + 1), m)
    size = [max((2 * length * k + m) // (2 * m), 1) for length in working]
    return {"still": size, "tools": payload[1], "frame": payload[2:].hex()}


def still_with_regions(payload: bytes, width: int, height: int, log: Log | None = None) -> dict[str, Any]:
    """§7.7.3."""
    cursor, working, regions, area = Cursor(payload), working_size(width, height), list[dict[str, Any]](), 0
    try:
        value = frame(cursor.take(cursor.number()), working)
        while cursor.at < len(payload):
            left, top, w, h = cursor.take(4)
            box = [4 * left, 4 * top, 4 * (w + 1), 4 * (h + 1)]
            area += box[2] * box[3]
            if box[0] + box[2] > working[0] or box[1] + box[3] > working[1] or area > working[0] * working[1]:
                damaged()
            regions.append({"box": box} | frame(cursor.take(cursor.number()), box[2:]))
    except Refused:
        damaged()
    if not 1 <= len(regions) <= 64:
        damaged()
    return value | {"regions": regions}


KINDS: dict[int, tuple[str, dict[int, Callable[..., dict[str, Any]]]]] = {
    0: ("semantic", {0: raw_text, 1: modelled_text, 2: quick_text}),
    1: ("texture", {0: texture, 1: texture_steps}),
    2: ("pose", {0: pose}),
    3: ("edges", {0: edges, 1: edge_scans}),
    4: ("recipe", {0: recipe_core, 1: recipe_full}),
    5: ("seed", {0: seed}),
    6: ("detail", {1: detail, 3: still, 4: still_with_regions}),
    7: ("finer", {1: finer}),
}


def main() -> None:
    path = Path(sys.argv[1])
    data = bytes.fromhex(path.read_text(encoding="ascii")) if path.suffix == ".hex" else path.read_bytes()
    print(json.dumps(read(data), ensure_ascii=False, indent=1))


if __name__ == "__main__":
    main()
