"""Fuzz the reader: `python tests/fuzz/fuzz_reader.py --seconds 60`.

Mutates valid streams (corpus/ beside this file, and the conformance vectors) and checks that whatever comes of it
is read, described and decoded, whole or partially, with nothing but our own errors and within two seconds of
processor time. Half of the mutants get checksums that fit, so that damage reaches the layers behind them. A mutant
with a new outcome (which calls succeeded, which errors with which words) joins the streams that are mutated
further. A finding is written to tests/fuzz_findings/, where it becomes a test: give it a name that says what it is.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import re
import time
import traceback
import warnings
from collections.abc import Callable
from pathlib import Path

import triptych
from triptych.bitstream import container
from triptych.bitstream.container import RawLayer, Stream
from triptych.bitstream.cursor import Cursor, write_number
from triptych.limits import Limits

HERE = Path(__file__).parent
CORPUS = HERE / "corpus"
VECTORS = HERE.parents[1] / "conformance" / "vectors"
FINDINGS = HERE.parent / "fuzz_findings"
SLOWEST = 2.0  # seconds of processor time for all calls on one input
LIMITS = Limits(pixels=1 << 16)  # painting is not what is tested, so larger pictures are refused


class Finding(Exception):
    """Something escaped that is no `TriptychError`, or it took too long."""


def check(data: bytes) -> str:
    """Read, describe and decode any bytes; returns the outcome as a text.

    Raises:
        Finding: the reader did what it must not do.
    """
    outcome = []
    start = time.process_time()
    calls: dict[str, Callable[[], object]] = {
        "read": lambda: _canonical(data),
        "inspect": lambda: triptych.inspect(data),
        "decode": lambda: triptych.decode(data, limits=LIMITS),
        "partial": lambda: triptych.decode(data, partial=True, limits=LIMITS),
    }
    for name, call in calls.items():
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                warnings.simplefilter("ignore", triptych.PartialWarning)
                result = call()
        except triptych.TriptychError as error:
            if "\n" in str(error):
                raise Finding(f"{name}: the message has more than one line: {error}") from error
            outcome.append(f"{name}: {type(error).__name__} {re.sub(r'[0-9]+', 'N', str(error))}")
        except Exception as error:
            raise Finding(f"{name}: {traceback.format_exc()}") from error
        else:
            layers = result["layers"] if isinstance(result, dict) else []
            errors = [re.sub(r"[0-9]+", "N", layer.get("error", "")) for layer in layers]
            outcome.append(f"{name}: {errors}")
    taken = time.process_time() - start
    if taken > SLOWEST:
        raise Finding(f"{taken:.1f} seconds")
    return "\n".join(outcome)


def _canonical(data: bytes) -> None:
    stream = container.read(data)
    if container.write(stream) != data:
        raise AssertionError("writing what was read gives other bytes")


# --- mutations ---------------------------------------------------------------------------------------------


def mutate(data: bytes, others: list[bytes], rng: random.Random) -> bytes:
    """One to four changes; half of the time structure and checksums are repaired."""
    if rng.random() < 0.5:
        return _mutated_bytes(data, others, rng)
    try:
        stream = container.read(data)
    except triptych.TriptychError:
        stream = None
    if stream is None:
        return _sealed(_mutated_bytes(data, others, rng))
    layers = list(stream.layers)
    width, height = stream.width, stream.height
    for _ in range(rng.randint(1, 3)):
        at = rng.randrange(len(layers))
        layer = layers[at]
        match rng.randrange(6):
            case 0 | 1 | 2:
                layers[at] = RawLayer(
                    layer.kind, layer.coding, layer.ancillary, _mutated_bytes(layer.payload, others, rng)
                )
            case 3:
                layers[at] = RawLayer(layer.kind, rng.randrange(8), rng.random() < 0.3, layer.payload)
            case 4:
                free = sorted(set(range(8)) - {other.kind for other in layers} | {layer.kind})
                layers[at] = RawLayer(rng.choice(free), layer.coding, rng.random() < 0.5, layer.payload)
            case 5:
                width, height = rng.choice([(rng.randint(1, 65536), height), (width, 1), (1, height), (256, 256)])
    layers.sort(key=lambda layer: layer.kind)
    return container.write(Stream(width, height, tuple(layers)))


def _mutated_bytes(data: bytes, others: list[bytes], rng: random.Random) -> bytes:
    mutant = bytearray(data)
    for _ in range(rng.randint(1, 4)):
        at = rng.randrange(len(mutant) + 1)
        match rng.randrange(8):
            case 0 if mutant:
                mutant[at % len(mutant)] ^= 1 << rng.randrange(8)
            case 1 if mutant:
                mutant[at % len(mutant)] = rng.choice([0, 1, 0x7F, 0x80, 0xFE, 0xFF, rng.randrange(256)])
            case 2:
                mutant[at:at] = rng.randbytes(rng.randint(1, 8))
            case 3:
                del mutant[at : at + rng.randint(1, 16)]
            case 4:
                del mutant[at:]
            case 5:
                mutant[at : at + rng.randint(0, 8)] = rng.choice([b"\0", b"\xff", b"\x55", b"\xfd\xfe"]) * rng.randint(
                    1, 40
                )
            case 6:
                other = rng.choice(others)
                start = rng.randrange(len(other) + 1)
                mutant[at : at + rng.randint(0, 32)] = other[start : start + rng.randint(1, 64)]
            case 7:
                mutant = bytearray(rng.randbytes(rng.randint(0, 40)))
    return bytes(mutant[:4096])


def _sealed(data: bytes) -> bytes:
    """The same bytes with a header checksum and layer checksums that fit, as far as a list of layers can be found."""
    cursor = Cursor(data)
    entries = []
    try:
        cursor.take(4, "")
        size = data[3:5]
        if data[3] & 15 == 0:
            cursor.take(1, "")
        else:
            cursor.number("")
            cursor.number("")
        size = data[3 : cursor.at]
        while True:
            tag = cursor.byte("")
            entries.append((tag, cursor.number("")))
            if tag & 0x80 or len(entries) == 8:
                break
    except triptych.TriptychError:
        return data
    mutant = bytearray(data)
    mutant[cursor.at : cursor.at + 1] = container.crc8(data[: cursor.at])
    at = cursor.at + 1
    for tag, length in entries:
        payload = bytes(mutant[at : at + length])
        check_bytes = container._layer_check(size, bytes([tag & 0x7F]) + write_number(length), payload)
        mutant[at + length : at + length + 2] = check_bytes
        at += length + 2
        if at > len(mutant):
            break
    return bytes(mutant)


# --- running -----------------------------------------------------------------------------------------------


def load_corpus() -> list[bytes]:
    """The kept streams, and the valid conformance vectors that are small."""
    kept = [path.read_bytes() for path in sorted(CORPUS.glob("*.trp"))]
    vectors = [path for path in sorted(VECTORS.glob("*.hex")) if not path.name.startswith("invalid_")]
    streams = [bytes.fromhex(path.read_text(encoding="ascii")) for path in vectors]
    return kept + [data for data in streams if len(data) <= 2048]


def fuzz(*, seconds: float = float("inf"), inputs: float = float("inf"), seed: int = 0) -> tuple[int, int, list[Path]]:
    """(inputs tried, outcomes seen, files of findings) of one run; it ends with whichever comes first."""
    rng = random.Random(seed)
    streams = load_corpus()
    outcomes = {check(data) for data in streams}
    findings: dict[str, Path] = {}
    tried = 0
    end = time.monotonic() + seconds
    while tried < inputs and time.monotonic() < end:
        mutant = mutate(rng.choice(streams), streams, rng)
        tried += 1
        try:
            outcome = check(mutant)
        except Finding as finding:
            place = re.sub(r"[0-9.]+", "N", str(finding).strip().splitlines()[-1])
            if place not in findings:
                FINDINGS.mkdir(exist_ok=True)
                findings[place] = FINDINGS / f"new_{hashlib.sha256(mutant).hexdigest()[:12]}.trp"
                findings[place].write_bytes(mutant)
                print(f"{findings[place]}:\n{finding}", flush=True)
            continue
        if outcome not in outcomes:
            outcomes.add(outcome)
            streams.append(mutant)
    return tried, len(outcomes), list(findings.values())


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60, help="how long to run (default: 60)")
    parser.add_argument("--seed", type=int, help="of the mutations (default: the time)")
    args = parser.parse_args()
    seed = time.time_ns() if args.seed is None else args.seed
    tried, outcomes, findings = fuzz(seconds=args.seconds, seed=seed)
    print(f"{tried} inputs, {outcomes} outcomes, {len(findings)} findings (seed {seed})")
    return 1 if findings else 0


if __name__ == "__main__":
    raise SystemExit(main())
