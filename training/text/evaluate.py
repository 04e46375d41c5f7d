"""Measure the text layer on files of lines: mean bytes a line, real payloads, every one decoded again."""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from triptych.layers.text import model as textmodel


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", type=Path, nargs="+", help="text files, one prompt a line")
    parser.add_argument("--limit", type=int, default=10**9, help="lines of each file")
    args = parser.parse_args()
    for path in args.files:
        lines = path.read_text(encoding="utf-8").rstrip("\n").split("\n")[: args.limit]
        start = time.perf_counter()
        payloads = [textmodel.encode_text(line) for line in lines]
        middle = time.perf_counter()
        wrong = sum(textmodel.decode_text(data) != line for data, line in zip(payloads, lines, strict=True))
        end = time.perf_counter()
        raw = sum(len(line.encode("utf-8")) for line in lines) / len(lines)
        mean = sum(map(len, payloads)) / len(lines)
        print(
            f"{path.name}: {len(lines)} lines, raw {raw:.2f}, payload {mean:.2f}, "
            f"with coding id {mean + 1:.2f} bytes; {(middle - start) / len(lines) * 1e3:.1f} ms to encode, "
            f"{(end - middle) / len(lines) * 1e3:.1f} ms to decode; {wrong} wrong"
        )


if __name__ == "__main__":
    main()
