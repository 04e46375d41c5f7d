"""Fuzz what stands behind the checksums: `python tests/fuzz/fuzz_layers.py --seconds 60`.

`fuzz_reader.py` mutates bytes, and most of its mutants end at the container. Here every input is a container that is
valid, with checksums that fit, around payloads that are made or mutated with knowledge of their form: the settings and
blocks of a recipe are mutated before they go through Zstandard, texts hold what terminals and file systems should not
see, grids are large, counts are extreme. So nearly all of them reach the decoders of the layers.

Each input is read and unpacked, and a part of them described, extracted and painted. It is a finding if anything but
our own errors escapes, if it takes more than two seconds of processor time, if it takes more than 200 MB of memory, if
a message has more than one line, or if what is shown or extracted could steer a terminal or leave its folder. Findings
go to tests/fuzz_findings/, as those of `fuzz_reader.py`. The slowest and the largest inputs are kept, too, on request:
their times, counted in steps of work, are bounds in tests/fuzz/test_fuzz_layers.py.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import re
import resource
import sys
import time
import traceback
import warnings
from collections import Counter
from collections.abc import Callable
from functools import cache
from pathlib import Path
from types import SimpleNamespace

from PIL import Image

import triptych
from triptych.bitstream import container
from triptych.bitstream.container import RawLayer, Stream
from triptych.bitstream.cursor import write_number
from triptych.bitstream.zstandard import compress
from triptych.cli.output import printable
from triptych.codec.picture import Picture
from triptych.layers import Layer
from triptych.layers.recipe import blocks as recipe_blocks
from triptych.layers.still import UNIT, pack_still
from triptych.limits import Limits

HERE = Path(__file__).parent
CORPUS = HERE / "corpus"
VECTORS = HERE.parents[1] / "conformance" / "vectors"
FINDINGS = HERE.parent / "fuzz_findings"
SLOWEST = 2.0  # seconds of processor time for one input, described, extracted and painted too
LARGEST = 200 << 20  # bytes that one input may add to the memory of the process
LIMITS = Limits(pixels=1 << 14)  # painting is not what is tested here
SHOWN_EVERY = 40  # inputs of which one is described, extracted and painted

NASTY = [
    "\x1b[2J\x1b]0;x\x07",
    "\x9b31m",
    "\u202e\u2066gpj.exe",
    "../../../etc/passwd",
    "..\\..\\x",
    "/etc/passwd",
    "C:\\x",
    "CON",
    ".hidden",
    "a\nb",
    "a\rb",
    "\ufeff",
    "\u2028",
    "\U000e0041",
    "%s%n",
    "{0.__class__}",
    "<script>",
    "workflow",
    "parameters",
    "prompt",
    "x" * 255,
    "",
    "\u732b" * 85,
    "-rf",
]


class Finding(Exception):
    """Something that must not happen."""


# --- making inputs ---------------------------------------------------------------------------------------------------


class Maker:
    """Makes streams; `random` decides everything."""

    def __init__(self, rng: random.Random, corpus: list[bytes]) -> None:
        self.rng = rng
        self.many = 0.01  # the share of recipes with too many blocks
        self.known: dict[tuple[int, int], list[bytes]] = {}
        self.sizes = [(64, 64), (512, 512), (256, 1), (1, 256), (65536, 65536), (65536, 1), (3, 65535), (300, 200)]
        for data in corpus:
            stream = container.read(data)
            for layer in stream.layers:
                self.known.setdefault((layer.kind, layer.coding), []).append(layer.payload)
        self.makers: list[tuple[int, Callable[[], tuple[int, bytes]], float]] = [
            (0, self.text, 3),
            (1, self.texture, 3),
            (2, self.pose, 3),
            (3, self.edges, 2),
            (4, self.settings, 4),
            (4, self.blocks, 4),
            (4, self.frame, 2),
            (5, self.seed, 1),
            (6, self.later, 2),
            (6, self.still, 1),
            (6, self.regions, 1),
        ]
        self.stills = [*stills((512, 512), 127), *stills((256, 256)), *stills((1, 256))]

    def stream(self) -> bytes:
        """A valid container around one to three payloads."""
        rng = self.rng
        weights = [weight for *_, weight in self.makers]
        layers: dict[int, RawLayer] = {}
        for kind, make, _ in rng.choices(self.makers, weights, k=rng.choice([1, 1, 1, 2, 3])):
            coding, payload = make()
            ancillary = kind >= 4 if rng.random() < 0.98 else rng.random() < 0.5
            layers[kind] = RawLayer(kind, coding, ancillary, payload)
        width, height = rng.choice(self.sizes) if rng.random() < 0.8 else (rng.randint(1, 65536), rng.randint(1, 65536))
        return container.write(Stream(width, height, tuple(layers[kind] for kind in sorted(layers))))

    def _coding(self, usual: int) -> int:
        return usual if self.rng.random() < 0.97 else self.rng.randrange(12)

    def _bytes(self, most: int = 200) -> bytes:
        rng = self.rng
        size = rng.choice([0, 1, 2, 8, 40, most])
        fill = rng.randrange(4)
        if fill == 0:
            return rng.choice([b"\0", b"\xff", b"\x55", b"\x80", b"\x01"]) * size
        return rng.randbytes(rng.randint(0, size))

    def _mutated(self, data: bytes) -> bytes:
        rng = self.rng
        mutant = bytearray(data)
        for _ in range(rng.choice([1, 1, 2, 5])):
            at = rng.randrange(len(mutant) + 1)
            match rng.randrange(6):
                case 0 if mutant:
                    mutant[at % len(mutant)] ^= 1 << rng.randrange(8)
                case 1 if mutant:
                    mutant[at % len(mutant)] = rng.choice([0, 1, 0x7F, 0x80, 0xFE, 0xFF, rng.randrange(256)])
                case 2:
                    mutant[at:at] = self._bytes(40)
                case 3:
                    del mutant[at : at + rng.randint(1, 16)]
                case 4:
                    del mutant[at:]
                case 5:
                    mutant[at : at + rng.randint(0, 8)] = self._bytes(400)
        return bytes(mutant)

    def _known(self, kind: int, coding: int) -> bytes:
        return self._mutated(self.rng.choice(self.known.get((kind, coding)) or [b""]))

    def _words(self) -> str:
        rng = self.rng
        return "".join(rng.choice([*NASTY, "a red fox, ", "masterpiece ", "\ud7ff"]) for _ in range(rng.randint(0, 6)))

    def text(self) -> tuple[int, bytes]:
        if self.rng.random() < 0.4:
            raw = self._words().encode() * self.rng.choice([1, 1, 1, 40])
            return self._coding(0), raw if self.rng.random() < 0.7 else self._mutated(raw)
        coding = self.rng.choice([1, 2])
        return self._coding(coding), self._known(0, coding) if self.rng.random() < 0.7 else self._bytes(900)

    def texture(self) -> tuple[int, bytes]:
        rng = self.rng
        if rng.random() < 0.5:
            return self._coding(0), self._known(1, 0)
        side = rng.choice([0, 1, 2, 15, 30, 62, 63, 64, 255])
        return self._coding(0), bytes([side, rng.choice([0, 1, 12, 40, 63, 64, 127, 255])]) + self._bytes(900)

    def pose(self) -> tuple[int, bytes]:
        if self.rng.random() < 0.5:
            return self._coding(0), self._known(2, 0)
        return self._coding(0), bytes([self.rng.choice([0, 1, 2, 62, 63, 64, 255])]) + self._bytes(900)

    def edges(self) -> tuple[int, bytes]:
        rng = self.rng
        if rng.random() < 0.6:
            return self._coding(0), self._known(3, 0)
        side = rng.choice([0, 1, 2, 15, 40, 100, 255]) if rng.random() < 0.95 else 255
        return self._coding(0), bytes([side, rng.randrange(256)]) + self._bytes(2000)

    def seed(self) -> tuple[int, bytes]:
        return self._coding(0), self._bytes(8)

    def later(self) -> tuple[int, bytes]:
        return self._coding(0), self._known(6, 0) if (6, 0) in self.known and self.rng.random() < 0.5 else self._bytes()

    def still(self) -> tuple[int, bytes]:
        """A frame that is whole, is of another size, states other tools, is cut, or is damaged where its header is."""
        rng = self.rng
        payload = bytearray(rng.choice(self.stills))
        match rng.randrange(7):
            case 0:
                payload[0] = rng.choice([0, 1, 2, 3, 15, 63, 64, 254, 255])
            case 1:
                payload[1] = rng.randrange(64) if rng.random() < 0.9 else rng.randrange(256)
            case 2:
                del payload[rng.randrange(len(payload)) :]
            case 3:
                payload[rng.randrange(2, min(len(payload), 18))] ^= 1 << rng.randrange(8)
            case 4:
                payload[2:] = self._mutated(bytes(payload[2:]))
            case 5:
                payload[2:] = self._bytes(2000)
        return self._coding(3), bytes(payload)

    def regions(self) -> tuple[int, bytes]:
        """Stills, whole or not, in boxes within the picture or not."""
        rng = self.rng
        whole, *others = (self.still()[1] for _ in range(1 + rng.choice([0, 1, 2, 3, 70])))
        sides = [0, 3, 7, rng.randrange(64), rng.randrange(256)]
        parts = [write_number(len(whole)), whole]
        for still in others:
            parts += [bytes([rng.randrange(64), rng.randrange(64), rng.choice(sides), rng.choice(sides)])]
            parts += [write_number(len(still)), still]
        payload = b"".join(parts)
        return self._coding(4), payload if rng.random() < 0.8 else self._mutated(payload)

    def _fields(self) -> bytes:
        """Settings: fields of any number and form, most in order and most with what the form wants."""
        rng = self.rng
        out = bytearray()
        numbers = sorted(rng.choices(range(16), k=rng.randint(0, 8)))
        if rng.random() < 0.1:
            rng.shuffle(numbers)
        for number in numbers:
            form = rng.randrange(16)
            out.append(number << 4 | form)
            if form <= 8:
                out += rng.randbytes(form)
            elif form == 9:
                out += bytes([count := rng.choice([0, 1, 8, 9, 255])]) + rng.randbytes(min(count, 8))
            elif form in (11, 12):
                data = self._words().encode() if form == 11 else self._known(0, 1)
                out += write_number(len(data) + (rng.choice([1, 1 << 20]) if rng.random() < 0.1 else 0)) + data
            else:
                out += rng.randbytes(rng.choice([1, 2, 9]))
        return bytes(out)

    def settings(self) -> tuple[int, bytes]:
        choice = self.rng.random()
        if choice < 0.4:
            return self._coding(0), self._known(4, 0)
        return self._coding(0), self._fields() if choice < 0.8 else self._mutated(self._fields())

    def blocks(self) -> tuple[int, bytes]:
        """Blocks with names that try things, and bombs, through Zstandard."""
        rng = self.rng
        core = self._fields() if rng.random() < 0.7 else b""
        plain = bytearray(write_number(len(core)) + core)
        for _ in range(rng.choice([0, 1, 2, 5]) if rng.random() < 1 - self.many else 1100):
            data = rng.choice([b"{", b"[", b"<?xpacket", b"\xff\xd8", b"", self._words().encode()]) + self._bytes(300)
            if rng.random() < 0.002:
                data = bytes(rng.choice([1 << 20, (16 << 20) - 40, (16 << 20) + 1]))
            plain.append(rng.choice([0, 1, 2, 3, 4, 5, 6, 7, 200]))
            name, form = rng.choice(NASTY).encode(), rng.choice(["", "PNG:tEXt", "x", *NASTY]).encode()
            for part in (name, form, data):
                plain += write_number(len(part) + (1 if rng.random() < 0.02 else 0)) + part
        packed = bytes(plain) if rng.random() < 0.8 else self._mutated(bytes(plain))
        return self._coding(1), self._frame(packed)

    def _frame(self, data: bytes) -> bytes:
        return compress(data, recipe_blocks._dictionary())

    def frame(self) -> tuple[int, bytes]:
        """What is no frame, or one whose header lies."""
        rng = self.rng
        frame = bytearray(self._known(4, 1))
        if rng.random() < 0.5 and len(frame) > 12:
            at = rng.randrange(12)
            frame[at] = rng.randrange(256)
        return self._coding(1), bytes(frame)


@cache
def stills(size: tuple[int, int], largest: int = 15) -> tuple[bytes, ...]:
    """Payloads of stills of a picture of (width, height): noise, a gradient and one colour, small and larger ones."""
    noise = Image.frombytes("RGB", size, random.Random(0).randbytes(3 * size[0] * size[1]))
    smooth = Image.linear_gradient("L").resize(size).convert("RGB")
    finest = -(-max(size) // UNIT) - 1
    return tuple(
        pack_still(image, code, quality, 10)
        for code in sorted({min(code, finest) for code in (0, 3, largest)})
        for image, quality in ((noise, 5), (noise, 50), (smooth, 30), (Image.new("RGB", size, "red"), 30))
    )


# --- looking at them -------------------------------------------------------------------------------------------------


def check(data: bytes, *, shown: bool = False) -> str:
    """Read any bytes; returns the outcome as a text.

    Args:
        shown: describe, extract and paint it, too.

    Raises:
        Finding: something happened that must not.
    """
    outcome = []
    start, before = time.process_time(), memory()
    for name, call in _calls(data, shown):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                warnings.simplefilter("ignore", triptych.PartialWarning)
                call()
        except triptych.TriptychError as error:
            if "\n" in str(error) or len(str(error)) > 2000:
                raise Finding(f"{name}: the message is not one line: {error}") from error
            outcome.append(f"{name}: {type(error).__name__} {re.sub(r'[0-9]+', 'N', str(error))[:80]}")
        except Finding:
            raise
        except Exception as error:
            raise Finding(f"{name}: {traceback.format_exc()}") from error
        else:
            outcome.append(name)
    if (taken := time.process_time() - start) > SLOWEST:
        raise Finding(f"{taken:.1f} seconds")
    if (more := memory() - before) > LARGEST:
        raise Finding(f"{more >> 20} MB")
    return "\n".join(outcome)


def memory() -> int:
    """The most that the process ever held, in bytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def _calls(data: bytes, shown: bool) -> list[tuple[str, Callable[[], object]]]:
    try:
        picture = Picture.from_bytes(data)
    except triptych.TriptychError:
        return [("read", lambda: Picture.from_bytes(data))]
    calls: list[tuple[str, Callable[[], object]]] = [
        (layer.name, lambda layer=layer: _unpack(layer)) for layer in picture.layers
    ]
    if shown:
        calls += [
            ("show", lambda: _show(data)),
            ("extract", lambda: _extract(picture)),
            ("verify", lambda: triptych.verify(data)),
            ("paint", lambda: triptych.decode(data, decoder="sketch", partial=True, limits=LIMITS)),
        ]
    return calls


def _unpack(layer: Layer) -> None:
    _ = layer.value


def _show(data: bytes) -> None:
    """What `triptych info --recipe` prints has no character that could steer a terminal."""
    from triptych.cli.info import _describe, _text

    job = SimpleNamespace(given=data, source="x.trp")
    text = _text(_describe(job, values=False, recipe=True), whole_recipe=True)  # type: ignore[arg-type]
    for line in text.split("\n"):
        if printable(line) != line:
            raise Finding(f"a terminal is shown {line!r}")


def _extract(picture: Picture) -> None:
    """Files of a layer stay in their folder, under names that no system minds."""
    for layer in picture.layers:
        for name in layer.files():
            if not re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9._-]*", name) or len(name) > 280:
                raise Finding(f"a file is called {name!r}")


# --- running ---------------------------------------------------------------------------------------------------------


def load_corpus() -> list[bytes]:
    """The kept streams, and the valid conformance vectors that are small."""
    kept = [path.read_bytes() for path in sorted(CORPUS.glob("*.trp"))]
    vectors = [path for path in sorted(VECTORS.glob("*.hex")) if not path.name.startswith("invalid_")]
    streams = [bytes.fromhex(path.read_text(encoding="ascii")) for path in vectors]
    return kept + [data for data in streams if len(data) <= 4096]


class Run:
    """One run: what was tried, and the worst of it."""

    def __init__(self, seed: int) -> None:
        self.maker = Maker(random.Random(seed), load_corpus())
        self.tried = 0
        self.reached: Counter[str] = Counter()
        self.outcomes: set[str] = set()
        self.findings: dict[str, Path] = {}
        self.slowest: tuple[float, bytes] = (0.0, b"")
        self.largest: tuple[int, bytes] = (0, b"")
        self.start = memory()

    def go(self, *, seconds: float = float("inf"), inputs: float = float("inf")) -> None:
        end = time.monotonic() + seconds
        while self.tried < inputs and time.monotonic() < end:
            data = self.maker.stream()
            start, before = time.process_time(), memory()
            try:
                outcome = check(data, shown=self.tried % SHOWN_EVERY == 0)
            except Finding as finding:
                self._keep(data, finding)
            else:
                self.outcomes.add(outcome)
                self.reached.update(line.partition(":")[0] for line in outcome.split("\n"))
            self.tried += 1
            self.slowest = max(self.slowest, (time.process_time() - start, data), key=lambda pair: pair[0])
            self.largest = max(self.largest, (memory() - before, data), key=lambda pair: pair[0])

    def _keep(self, data: bytes, finding: Finding) -> None:
        keep(data, finding, self.findings)


def keep(data: bytes, finding: Finding, findings: dict[str, Path]) -> None:
    """Write an input to `FINDINGS` and name it in `findings`, the first of every place in the code."""
    place = re.sub(r"[0-9.]+", "N", str(finding).strip().splitlines()[-1])
    if place not in findings:
        FINDINGS.mkdir(exist_ok=True)
        findings[place] = FINDINGS / f"new_{hashlib.sha256(data).hexdigest()[:12]}.trp"
        findings[place].write_bytes(data)
        print(f"{findings[place]}:\n{finding}", flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60, help="how long to run (default: 60)")
    parser.add_argument("--inputs", type=int, help="how many inputs at most")
    parser.add_argument("--seed", type=int, help="of the inputs (default: the time)")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="write the slowest and the largest input there")
    args = parser.parse_args()
    seed = time.time_ns() if args.seed is None else args.seed
    run = Run(seed)
    end = time.monotonic() + args.seconds
    most = args.inputs or float("inf")
    while run.tried < most and time.monotonic() < end:
        run.go(seconds=min(60, end - time.monotonic()), inputs=most)
        print(
            f"{run.tried} inputs, {len(run.outcomes)} outcomes, {len(run.findings)} findings (seed {seed}); slowest "
            f"{run.slowest[0]:.2f} s, most memory {memory() >> 20} MB, of which {(memory() - run.start) >> 20} MB for "
            f"inputs; reached {dict(run.reached.most_common())}",
            flush=True,
        )
    if args.keep:
        args.keep.mkdir(parents=True, exist_ok=True)
        (args.keep / f"slowest_{seed}.trp").write_bytes(run.slowest[1])
        (args.keep / f"largest_{seed}.trp").write_bytes(run.largest[1])
    return 1 if run.findings else 0


if __name__ == "__main__":
    raise SystemExit(main())
