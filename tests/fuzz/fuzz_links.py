"""Strangers' bytes in forms that are no files: bare forms, texts, cut files, packets, and the index of a folder.

`fuzz_many.py` gives each of these a part of its inputs; `python tests/fuzz/fuzz_links.py --inputs 20000` gives so many
to each. Checksums are made to fit, as a rule, so that mutations reach what is behind them. Findings are those of
`fuzz_layers.py`, and forms that do not come back as they were.
"""

from __future__ import annotations

import argparse
import binascii
import random
import string
import tempfile
import time
import warnings
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol, TypeVar

import triptych
from triptych.archive.index import Index
from triptych.archive.query import Query
from triptych.bitstream import container
from triptych.bitstream.bare import to_text, write_bare
from triptych.bitstream.container import Stream, crc8
from triptych.bitstream.packets import CHECK_BYTES, HEAD_BYTES, MARKER, write_packets
from triptych.codec.packets import assemble, split_packets
from triptych.codec.picture import Picture
from triptych.layers import unite

T = TypeVar("T")
INDEXED = 25  # files of a folder that is indexed
WORDS = ["fox", "a red", "grey*", "-dog", '"', "*", "NEAR(", "a AND", "{prompt}: x", "\u732b", "'", "", "-"]


class Makes(Protocol):
    """What makes streams and mutations, as `fuzz_layers.Maker` does."""

    rng: random.Random

    def stream(self) -> bytes: ...
    def _mutated(self, data: bytes) -> bytes: ...


class Links:
    """One look at a form, with what `maker` makes."""

    def __init__(self, maker: Makes) -> None:
        self.maker, self.rng = maker, maker.rng
        self.sent: list[list[bytes]] = []  # packets of pictures that are valid
        self.looks: dict[str, Callable[[], bytes]] = {
            "bare form": self.bare,
            "text of a bare form": self.text,
            "cut file": self.cut,
            "packets": self.packets,
        }

    def any(self) -> tuple[str, bytes]:
        """(name of a form, its bytes), which was looked at; errors of ours do not escape, everything else does."""
        name = self.rng.choice(list(self.looks))
        return name, self.looks[name]()

    def bare(self) -> bytes:
        data = self._bare()
        picture = _tried(lambda: Picture.from_bytes(data, partial=self.rng.random() < 0.5))
        if picture:
            _unpacked(picture)
            if picture.to_bare() != data:
                raise AssertionError("a bare form that was read is written as another one")
            if Picture.from_bytes(picture.to_bytes()) != picture:
                raise AssertionError("the file of a bare form holds another picture")
        return data

    def text(self) -> bytes:
        text = to_text(write_bare(_valid(self.maker)))
        if self.rng.random() < 0.7:
            at = self.rng.randrange(len(text) + 1)
            new = self.rng.choice([*string.printable, "\u0661", "\0", "=", "=="])
            text = text[:at] + new + text[at + self.rng.randrange(2) :]
        if picture := _tried(lambda: Picture.from_text(text)):
            _unpacked(picture)
            if picture.to_text() != text.strip().rstrip("="):
                raise AssertionError("a text that was read is written as another one")
        return text.encode()

    def cut(self) -> bytes:
        data = self.maker.stream()
        data = data[: self.rng.randrange(len(data) + 1)]
        if picture := _tried(lambda: Picture.from_bytes(data, partial=True)):
            _unpacked(picture)
            if Picture.from_bytes(picture.to_bytes()) != picture:
                raise AssertionError("what was read of a cut file is written as another picture")
        return data

    def packets(self) -> bytes:
        """All the packets, one behind the other."""
        packets = list(self.rng.choice(self.sent)) if self.sent and self.rng.random() < 0.5 else self._packets()
        if self.rng.random() < 0.5:
            packets = [self._damaged(packet) for packet in packets]
        self.rng.shuffle(packets)
        del packets[self.rng.choice([1, 2, 4, len(packets)]) :]
        if packets and self.rng.random() < 0.2:
            packets.append(packets[0])
        if picture := _tried(lambda: assemble(packets)):
            _unpacked(picture)
            if picture.layers and Picture.from_bytes(picture.to_bytes()) != picture:
                raise AssertionError("a picture of packets reads as another one")
            if picture.layers and len(self.sent) < 50 and self.rng.random() < 0.1:
                sent = _tried(lambda: split_packets(picture, self.rng.choice([48, 60, 180]), parity=1))
                self.sent += [sent] if sent else []
        return b"".join(packets)

    def _bare(self) -> bytes:
        """A bare form, mutated as a rule, whose checksum fits as a rule."""
        data = write_bare(_valid(self.maker))
        if self.rng.random() < 0.7:
            data = self.maker._mutated(data[:-1])
            data += crc8(data) if self.rng.random() < 0.95 else b"\0"
        return data

    def _packets(self) -> list[bytes]:
        parts = [_valid(self.maker) for _ in range(self.rng.choice([1, 2, 3, 8]))]
        size = parts[0].width, parts[0].height
        same = [Stream(*size, part.layers) if self.rng.random() < 0.9 else part for part in parts]
        return write_packets(same, parity=self.rng.random() < 0.3)

    def _damaged(self, packet: bytes) -> bytes:
        """Another body or another head, with a checksum that fits as a rule."""
        head, body = bytearray(packet[:HEAD_BYTES]), packet[HEAD_BYTES:-CHECK_BYTES]
        if self.rng.random() < 0.3:
            head[self.rng.randrange(HEAD_BYTES)] = self.rng.choice([0, 1, 2, 255, MARKER])
        if self.rng.random() < 0.3:
            body = self.maker._mutated(body)
        data = bytes(head) + body
        check = binascii.crc_hqx(data, 0xFFFF).to_bytes(CHECK_BYTES, "big")
        return data + (check if self.rng.random() < 0.95 else b"\0\0")


def look_at_index(maker: Makes) -> int:
    """A folder of strangers' files is indexed, answers, and is found unchanged; returns how many files it had."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for at in range(INDEXED):
            data = maker.stream()
            (folder / f"{at}.trp").write_bytes(data if maker.rng.random() < 0.7 else maker._mutated(data))
        with Index(folder) as index:
            first, again = index.update(), index.update()
            if (first.added, again.unchanged, len(index)) != (INDEXED, INDEXED, INDEXED):
                raise AssertionError(f"{INDEXED} files are indexed as {first}, then as {again}")
            for word in WORDS:
                found = _tried(lambda word=word: index.find(Query(words=[word])))  # type: ignore[misc]
                for file in found or []:
                    if not (folder / file.path).is_file():
                        raise AssertionError(f"a file is found at {file.path}")
    return INDEXED


def _valid(maker: Makes) -> Stream:
    return container.read(maker.stream())


def _tried(call: Callable[[], T]) -> T | None:
    """What it returns, or None after an error of ours, which has one line."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", triptych.PartialWarning)
            return call()
    except triptych.TriptychError as error:
        if "\n" in str(error) or len(str(error)) > 2000:
            raise AssertionError(f"the message is not one line: {error!r}") from error
        return None


def _unpacked(picture: Picture) -> None:
    for layer in picture.layers:
        _tried(lambda layer=layer: layer.value)  # type: ignore[misc]
    _tried(lambda: unite(picture.layers))


def main(arguments: Sequence[str] | None = None) -> int:
    from fuzz_many import SmallMaker, small_seeds

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--inputs", type=int, default=1000, help="of each form (default: 1000)")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args(arguments)
    maker = SmallMaker(random.Random(args.seed), small_seeds(args.seed))
    links = Links(maker)
    slowest: dict[str, tuple[float, bytes]] = defaultdict(lambda: (0.0, b""))
    for name, look in links.looks.items():
        start = time.process_time()
        for at in range(args.inputs):
            begin = time.process_time()
            try:
                data = look()
            except Exception:
                print(f"{name}, input {at}", flush=True)
                raise
            slowest[name] = max(slowest[name], (time.process_time() - begin, data), key=lambda pair: pair[0])
        taken = time.process_time() - start
        print(f"{name}: {args.inputs} in {taken:.0f} s of processor time, slowest {slowest[name][0]:.2f} s", flush=True)
    start = time.process_time()
    files = sum(look_at_index(maker) for _ in range(args.inputs // INDEXED))
    print(f"index: {files} files in {time.process_time() - start:.0f} s of processor time", flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
