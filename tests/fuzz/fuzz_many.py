"""Many small inputs behind the checksums: `python tests/fuzz/fuzz_many.py --inputs 1000000 --log FOLDER`.

`fuzz_layers.py` makes inputs of every size and looks at each from all sides; a few come in a second. Here the same
maker is given small seeds and small grids, so that hundreds come in a second: each is a valid container whose
checksums fit, around payloads that are made or mutated with knowledge of their form, and each of its layers is
unpacked. One input in `SHOWN_EVERY` is described, extracted and painted too, one in `EDITED_EVERY` is edited, and one
in `LARGE_EVERY` is as large as those of `fuzz_layers.py`. After one in `LINK_EVERY` a bare form, a text, a cut file or
packets are looked at (`fuzz_links.py`), and after one in `INDEX_EVERY` a folder is indexed.

It runs in shards of `SHARD` inputs with a seed each. A finished shard is a line of figures in FOLDER/shards.jsonl, and
a run that was ended goes on behind the last one. `--figures` prints the table that stands in FIGURES.md. A finding is
what is one in `fuzz_layers.py`, or an input that does not end within `HANG` seconds of processor time; it is written to
tests/fuzz_findings/. The slowest inputs of each kind are kept in FOLDER.
"""

from __future__ import annotations

import argparse
import json
import random
import signal
import sys
import time
import traceback
import warnings
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))
import fuzz_reader
import numpy as np
from fuzz_layers import LARGEST, Finding, Maker, check, keep, load_corpus, memory, stills
from fuzz_links import INDEXED, Links, look_at_index

import triptych
from triptych.bitstream import container
from triptych.bitstream.container import RawLayer, Stream
from triptych.bitstream.zstandard import zstd
from triptych.codec.picture import Picture
from triptych.edit import crop, drop_layers, mirror, resize, thin
from triptych.layers import (
    Block,
    DetailLayer,
    EdgeLayer,
    Layer,
    PoseLayer,
    Recipe,
    RecipeLayer,
    SemanticLayer,
    TextureLayer,
    unite,
)
from triptych.layers.detail_size import detail_grid
from triptych.layers.finer import split
from triptych.layers.text.model import encode_text

SHARD = 10_000
SHOWN_EVERY = 200
EDITED_EVERY = 100
LARGE_EVERY = 5_000
LINK_EVERY = 12  # inputs after which another is looked at in a form that is no file
INDEX_EVERY = 5_000  # inputs after which a folder of some is indexed
RAW_EVERY = 25  # inputs of which the container itself is mutated
HANG = 10  # seconds of processor time, after which an input is given up
SLOWEST = 2.0  # seconds of processor time
SIZES = [(64, 64), (64, 40), (40, 64), (100, 1), (1, 100), (512, 512), (17, 16), (3, 65535), (65536, 65536)]
STILLS = [(64, 64), (256, 160), (16, 1)]  # pictures of stills
FLAT = [(100, 1), (300, 16), (65536, 1), (1, 1), (16, 512)]  # pictures whose detail has few cells
LARGE_NUMBERS = [7, 8, 15, 127, 128, 2**14, 2**24]


class SmallMaker(Maker):
    """Makes small streams, of few cells, few people, short texts."""

    def __init__(self, rng: random.Random, seeds: dict[tuple[int, int], list[bytes]]) -> None:
        super().__init__(rng, [])
        self.known = seeds
        self.many = 0.0002
        self.makers = [
            (0, self.text, 2),
            (1, self.texture, 2),
            (2, self.pose, 0.7),
            (3, self.edges, 3),
            (4, self.settings, 6),
            (4, self.blocks, 6),
            (4, self.frame, 2),
            (5, self.seed, 1),
            (6, self.detail, 3),
            (6, self.still, 3),
            (6, self.regions, 2),
            (7, self.finer, 1),
            (8, self.escaped, 2),
        ]
        self.weights = [weight for *_, weight in self.makers]
        self.stills = [payload for size in STILLS for payload in stills(size)]
        self.chains = small_chains()
        self.coarse = b""

    def stream(self) -> bytes:
        """A valid container around one or two payloads."""
        rng = self.rng
        layers: dict[int, RawLayer] = {}
        sizes = SIZES
        for kind, make, _ in rng.choices(self.makers, self.weights, k=1 if rng.random() < 0.9 else 2):
            coding, payload = make()
            if kind == 7:
                layers[1] = RawLayer(1, 1, False, self.coarse)
            if kind == 8:
                kind = rng.choice(LARGE_NUMBERS)
            if kind == 6 and rng.random() < 0.9:
                sizes = STILLS if coding == 3 else FLAT
            ancillary = kind >= 4 if rng.random() < 0.99 else rng.random() < 0.5
            layers[kind] = RawLayer(kind, coding, ancillary, payload)
        width, height = rng.choice(sizes)
        return container.write(Stream(width, height, tuple(layers[kind] for kind in sorted(layers))))

    def _coding(self, usual: int) -> int:
        return usual if self.rng.random() < 0.98 else self.rng.choice([0, 1, 2, 5, 6, *LARGE_NUMBERS])

    def _bytes(self, most: int = 40) -> bytes:
        return super()._bytes(min(most, 40))

    def _side(self) -> int:
        rare = self.rng.random() < 0.003
        return self.rng.choice([9, 15, 63, 64, 99] if rare else [0, 0, 0, 1, 1, 2, 3])

    def _grid(self, payload: bytes) -> bytes:
        """The payload with a small grid, as a rule: mutations would make most of them large."""
        return bytes([self._side()]) + payload[1:] if payload[:1] > b"\x04" else payload

    def text(self) -> tuple[int, bytes]:
        if self.rng.random() < 0.3:
            raw = self._words().encode()
            return self._coding(0), raw if self.rng.random() < 0.7 else self._mutated(raw)
        coding = self.rng.choice([1, 2])
        return self._coding(coding), self._known(0, coding) if self.rng.random() < 0.8 else self._bytes()

    def texture(self) -> tuple[int, bytes]:
        coding = self.rng.choice([0, 0, 1])
        if self.rng.random() < 0.6:
            return self._coding(coding), self._grid(self._known(1, coding))
        head = bytes([self._side(), self.rng.choice([0, 12, 40, 47, 48, 255])])
        return self._coding(coding), head + bytes([self.rng.randrange(9)] * coding) + self._bytes()

    def finer(self) -> tuple[int, bytes]:
        """Finer colours; `coarse` are those that they go on from, or nearly."""
        self.coarse, finer = self.rng.choice(self.chains)
        if self.rng.random() < 0.3:
            self.coarse = self._grid(self._mutated(self.coarse))
        if self.rng.random() < 0.3:
            finer = bytes([self.coarse[2] if len(self.coarse) > 2 else 1, self.rng.randrange(9)]) + self._bytes()
        return self._coding(1), finer if self.rng.random() < 0.3 else self._mutated(finer)

    def pose(self) -> tuple[int, bytes]:
        return self._coding(0), self._known(2, 0) if self.rng.random() < 0.6 else self._bytes()[:9]

    def edges(self) -> tuple[int, bytes]:
        coding = self.rng.choice([0, 0, 1])
        if self.rng.random() < 0.6:
            return self._coding(coding), self._grid(self._known(3, coding))
        return self._coding(coding), bytes([self._side()]) + self._bytes()

    def detail(self) -> tuple[int, bytes]:
        if self.rng.random() < 0.6:
            return self._coding(1), self._known(6, 1)
        channels = self.rng.choice([1, 2, 3]) if self.rng.random() < 0.97 else self.rng.choice([0, 96, 97, 255])
        return self._coding(1), bytes([self.rng.choice([0, 31, 63, 64, 95, 96, 255]), channels]) + self._bytes()

    def escaped(self) -> tuple[int, bytes]:
        """A layer of a kind that needs more than the tag byte."""
        return self.rng.choice([0, 1, 6, *LARGE_NUMBERS]), self._bytes()

    def _frame(self, data: bytes) -> bytes:
        """A frame that is made fast: mostly without the dictionary, which a reader cannot tell."""
        if self.rng.random() < 0.02:
            return super()._frame(data)
        return zstd.compress(data, level=1).removeprefix(b"\x28\xb5\x2f\xfd")

    def _mutated(self, data: bytes) -> bytes:
        return data if self.rng.random() < 0.05 else super()._mutated(data)


def small_seeds(seed: int) -> dict[tuple[int, int], list[bytes]]:
    """(kind, coding) -> valid payloads of small layers."""
    rng = np.random.default_rng(seed)
    layers: list[Layer] = []
    for size in ((64, 64), (100, 1)):
        for side in (1, 2, 4):
            rows, columns = side, max(1, side * size[0] // max(size))
            layers.append(EdgeLayer.from_raster(rng.random((rows, columns)) < 0.4, (64, 64)))
            layers.append(layers[-1].in_scans())  # type: ignore[attr-defined]
            layers.append(
                TextureLayer.from_colours(rng.integers(0, 256, (side, side, 3)).astype(np.uint8), (64, 64), 12)
            )
            levels = layers[-1].levels  # type: ignore[attr-defined]
            layers.append(TextureLayer.from_levels(levels, (64, 64), 12, steps=2 * side))
        for fineness in (0, 50, 95):
            levels = np.trunc(rng.standard_normal((2, *detail_grid((100, 1)))) * (1 + fineness)).astype(np.int32)
            layers.append(DetailLayer.from_levels(levels, fineness, (100, 1)))
    for count in (0, 1, 2):
        layers.append(PoseLayer.from_people(rng.integers(0, 256, (count, 18, 2)), (64, 64)))
    for text in ("a red fox", "1girl, solo", "\u732b \U0001f43a", "BREAK (a:1.2)", "x" * 12):
        layers += [SemanticLayer.from_text(text, (64, 64)), SemanticLayer((64, 64), 1, encode_text(text))]
    for recipe in (
        Recipe(negative="blurry", seed=7, steps=20, guidance="7.5", sampler="Euler a", loras=(("a", "0.8"),)),
        Recipe(blocks=(Block("text", "parameters", b"a\nSteps: 1"), Block("text", "workflow", b"{}"))),
        Recipe(blocks=(Block("exif", "", b"II*\0UNICODE\0a\0b\0"), Block("xmp", "", b"<x:xmpmeta/>"))),
    ):
        layers.append(RecipeLayer.from_recipe(recipe, (64, 64)))
    seeds: dict[tuple[int, int], list[bytes]] = defaultdict(list)
    for layer in layers:
        seeds[layer.kind, layer.coding].append(layer.payload)
    return dict(seeds)


def small_chains() -> list[tuple[bytes, bytes]]:
    """(payload of coarse colours, payload of finer ones that go on from them)."""
    rng, chains = np.random.default_rng(0), []
    for side in (2, 3, 5):
        colours = TextureLayer.from_colours(rng.integers(0, 256, (side, side, 3)).astype(np.uint8), (64, 64), 12)
        for most in (8, 12, 20):
            coarse, finer = split(colours, most)
            if finer:
                chains.append((coarse.payload, finer.payload))
    return chains


# --- looking at them -------------------------------------------------------------------------------------------------


class Worst:
    """What a kind of layer cost: how many there were, how many were whole, the slowest, the one with most memory."""

    def __init__(self) -> None:
        self.inputs = self.whole = 0
        self.seconds = 0.0
        self.slowest: tuple[float, bytes] = (0.0, b"")
        self.largest = 0  # bytes that an input added to the most that the process ever held

    def add(self, seconds: float, more: int, data: bytes, whole: bool) -> None:
        self.inputs += 1
        self.whole += whole
        self.seconds += seconds
        self.largest = max(self.largest, more)
        if seconds > self.slowest[0]:
            self.slowest = (seconds, data)


def look(data: bytes, worst: dict[str, Worst]) -> None:
    """Read any bytes and unpack every layer.

    Raises:
        Finding: something happened that must not.
    """
    start, before = time.process_time(), memory()
    try:
        picture = Picture.from_bytes(data, partial=True)
    except triptych.TriptychError as error:
        one_line("read", error)
        worst["(container)"].add(time.process_time() - start, memory() - before, data, False)
        return
    worst["(container)"].add(time.process_time() - start, memory() - before, data, True)
    for layer in picture.layers:
        begin, held, whole = time.process_time(), memory(), True
        try:
            _ = layer.value
        except triptych.TriptychError as error:
            one_line(layer.name, error)
            whole = False
        name = f"{layer.name}, coding {layer.coding}" if layer.known and layer.coding in layer.codings else "other"
        if not layer.known:
            name = "unknown kinds"
        elif layer.kind == 4 and layer.coding == 1 and whole and layer.value.blocks:
            name += ", with blocks"
        worst[name].add(time.process_time() - begin, memory() - held, data, whole)
    if any(layer.kind == 7 and layer.known for layer in picture.layers):
        begin, held, whole = time.process_time(), memory(), True
        try:
            unite(picture.layers)
        except triptych.TriptychError as error:
            one_line("finer", error)
            whole = False
        worst["colours with finer ones"].add(time.process_time() - begin, memory() - held, data, whole)
    _within_bounds(start, before)


def edited(data: bytes, rng: random.Random) -> None:
    """What edits whole pictures gets along with every layer, and what it makes can be written and read."""
    try:
        picture = Picture.from_bytes(data)
        call: Callable[[], Picture] = rng.choice(
            [
                lambda: mirror(picture),
                lambda: resize(picture, (80, 60)),
                lambda: crop(picture, "10%,10%,90%,90%"),
                lambda: drop_layers(picture, rng.choice(["recipe", "edges", "semantic", "detail"])),
                lambda: thin(picture, max_bytes=rng.choice([0, 10, 30, len(data) - 1])),
            ]
        )
        changed = call()
        if changed.layers and Picture.from_bytes(changed.to_bytes()) != changed:
            raise Finding("an edited picture reads as another one")
    except triptych.TriptychError as error:
        one_line("edit", error)


def one_line(name: str, error: Exception) -> None:
    """An error of ours is one line that a terminal can show."""
    text = str(error)
    if len(text) > 2000 or not text.isprintable():
        raise Finding(f"{name}: the message is not one line: {text!r}")


def _within_bounds(start: float, before: int) -> None:
    if (taken := time.process_time() - start) > SLOWEST:
        raise Finding(f"{taken:.1f} seconds")
    if (more := memory() - before) > LARGEST:
        raise Finding(f"{more >> 20} MB")


def _hangs(*_: object) -> None:
    raise Finding(f"it does not end within {HANG} seconds of processor time")


# --- running ---------------------------------------------------------------------------------------------------------


def run_shard(number: int, folder: Path | None = None, inputs: int = SHARD) -> dict[str, Any]:
    """The figures of one shard; what is found is kept."""
    rng = random.Random(number)
    seeds = small_seeds(number)
    small, large = SmallMaker(rng, seeds), Maker(rng, load_corpus())
    streams, links = [small.stream() for _ in range(50)], Links(small)
    worst: dict[str, Worst] = defaultdict(Worst)
    findings: dict[str, Path] = {}
    started, cpu = time.monotonic(), time.process_time()
    has_alarm = hasattr(signal, "setitimer")
    if has_alarm:
        signal.signal(signal.SIGPROF, _hangs)
    for at in range(inputs):
        data = large.stream() if at % LARGE_EVERY == LARGE_EVERY - 1 else small.stream()
        if at % RAW_EVERY == 0:
            data = fuzz_reader.mutate(rng.choice(streams), streams, rng)
        try:
            if has_alarm:
                signal.setitimer(signal.ITIMER_PROF, HANG)
            look(data, worst)
            if at % EDITED_EVERY == 1:
                edited(data, rng)
            if at % SHOWN_EVERY == 2:
                check(data, shown=True)
            if at % LINK_EVERY == 3:
                begin, held = time.process_time(), memory()
                name, data = links.any()
                worst[name].add(time.process_time() - begin, memory() - held, data, True)
                _within_bounds(begin, held)
            if at % INDEX_EVERY == 4:
                begin, held = time.process_time(), memory()
                look_at_index(small)
                worst[f"index of {INDEXED} files"].add(time.process_time() - begin, memory() - held, b"", True)
        except Finding as finding:
            keep(data, finding, findings)
        except Exception as error:
            keep(data, Finding(f"{error!r}: {traceback.format_exc()}"), findings)
        finally:
            if has_alarm:
                signal.setitimer(signal.ITIMER_PROF, 0)
    if folder:
        for name, each in worst.items():
            stem = f"{each.slowest[0] * 1000:06.0f}ms_{name.replace(' ', '_').replace(',', '')}_{number}"
            if each.slowest[0] > 0.1:
                (folder / f"{stem}.trp").write_bytes(each.slowest[1])
    return {
        "shard": number,
        "inputs": inputs,
        "seconds": round(time.monotonic() - started, 1),
        "cpu": round(time.process_time() - cpu, 1),
        "peak": memory(),
        "findings": {text: path.name for text, path in findings.items()},
        "kinds": {
            name: [each.inputs, each.whole, round(each.slowest[0], 4), each.largest, round(each.seconds, 3)]
            for name, each in worst.items()
        },
    }


def figures(lines: list[dict[str, Any]]) -> str:
    """The table of FIGURES.md for finished shards."""
    total = sum(line["inputs"] for line in lines)
    found = sorted({name for line in lines for name in line["findings"].values()})
    rows = [
        f"{total:,} inputs in {len(lines)} shards; {len(found)} findings {', '.join(found)}; "
        f"{sum(line['cpu'] for line in lines):,.0f} s of processor time; "
        f"most memory of the process {max(line['peak'] for line in lines) >> 20} MB",
        "",
        "| kind | unpacked | whole | mean, ms | slowest, ms | most memory for one, MB |",
        "|---|---|---|---|---|---|",
    ]
    for name in sorted({name for line in lines for name in line["kinds"]}):
        each = [line["kinds"][name] for line in lines if name in line["kinds"]]
        counts = [sum(figure[n] for figure in each) for n in (0, 1)]
        slowest, largest = (max(figure[n] for figure in each) for n in (2, 3))
        mean = 1000 * sum(figure[4] for figure in each) / counts[0]
        rows.append(
            f"| {name} | {counts[0]:,} | {counts[1]:,} | {mean:.1f} | {slowest * 1000:.0f} | {largest / 2**20:.0f} |"
        )
    return "\n".join(rows)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--inputs", type=int, default=100_000, help="how many in all (default: 100000)")
    parser.add_argument("--log", type=Path, required=True, metavar="FOLDER", help="figures of the finished shards")
    parser.add_argument("--figures", action="store_true", help="print the figures, and run nothing")
    args = parser.parse_args()
    args.log.mkdir(parents=True, exist_ok=True)
    log = args.log / "shards.jsonl"
    lines = [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []
    first = max((line["shard"] for line in lines), default=-1) + 1
    warnings.simplefilter("ignore", triptych.PartialWarning)
    for number in range(first, 0 if args.figures else -(-args.inputs // SHARD)):
        lines.append(run_shard(number, args.log))
        with log.open("a") as file:
            file.write(json.dumps(lines[-1]) + "\n")
        print(f"shard {number}: {lines[-1]['seconds']} s, findings {lines[-1]['findings']}", flush=True)
    print(figures(lines))
    return 1 if any(line["findings"] for line in lines) else 0


if __name__ == "__main__":
    raise SystemExit(main())
