"""Bytes per prompt against general compressors: `python benchmarks/text.py PROMPTS [--json FILE]`.

PROMPTS is a folder with heldout_*.txt (one prompt a line, for measuring) and train_*.txt.xz, on which zstd's
dictionary of 1 MB is trained. Every prompt is coded alone. Triptych is counted as the payload of its semantic layer
plus one byte for the tag that names the coding; each of its payloads is decoded again. Rivals need
pip install 'triptych[bench]'.
"""

from __future__ import annotations

import argparse
import json
import lzma
import random
import time
import zlib
from pathlib import Path
from statistics import mean

import brotli
import zstandard

from triptych.layers import SemanticLayer
from triptych.layers.text.model import decode_counted_again, encode_counted

SIZE = (512, 512)


def deflate(data: bytes) -> int:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return len(packer.compress(data) + packer.flush())


def trained_zstd(folder: Path) -> zstandard.ZstdCompressor:
    lines: list[bytes] = []
    for path in sorted(folder.glob("train_*.txt.xz")):
        lines += lzma.decompress(path.read_bytes()).splitlines()
    random.Random(1).shuffle(lines)
    dictionary = zstandard.train_dictionary(1 << 20, lines)
    parameters = zstandard.ZstdCompressionParameters.from_level(
        19, format=zstandard.FORMAT_ZSTD1_MAGICLESS, write_content_size=False, write_dict_id=False
    )
    return zstandard.ZstdCompressor(dict_data=dictionary, compression_params=parameters)


def ours(text: str) -> int:
    layer = SemanticLayer.from_text(text, SIZE)
    if SemanticLayer(SIZE, layer.coding, layer.payload).text != text:
        raise AssertionError(f"does not come back: {text!r}")
    return len(layer.payload) + 1


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    args = parser.parse_args()
    zstd = trained_zstd(args.folder)
    coders = {
        "raw": lambda text: len(text.encode()),
        "deflate": lambda text: deflate(text.encode()),
        "brotli 11": lambda text: len(brotli.compress(text.encode(), quality=11)),
        "zstd -19, trained 1 MB": lambda text: len(zstd.compress(text.encode())),
        "triptych": ours,
    }
    figures: dict[str, dict[str, float]] = {}
    for path in sorted(args.folder.glob("heldout_*.txt")):
        lines = path.read_text(encoding="utf-8").splitlines()
        figures[path.stem] = {"lines": len(lines)}
        for name, coder in coders.items():
            figures[path.stem][name] = round(mean(map(coder, lines)), 2)
        print(path.stem, figures[path.stem])
    long = (args.folder / "heldout_t2i.txt").read_text(encoding="utf-8").replace("\n", ", ")[:400]
    seconds = []
    for _ in range(9):
        encode_counted.cache_clear()
        decode_counted_again.cache_clear()
        start = time.perf_counter()
        layer = SemanticLayer.from_text(long, SIZE)
        middle = time.perf_counter()
        _ = SemanticLayer(SIZE, layer.coding, layer.payload).text
        seconds.append((middle - start, time.perf_counter() - middle))
    figures["seconds_400_characters"] = {
        "encode": round(sorted(s[0] for s in seconds)[4], 4),
        "decode": round(sorted(s[1] for s in seconds)[4], 4),
    }
    print("400 characters, median of 9:", figures["seconds_400_characters"])
    if args.json:
        args.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
