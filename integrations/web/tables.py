"""Put the tables of the format into triptych.js: `python integrations/web/tables.py`."""

from __future__ import annotations

import base64
from pathlib import Path

from triptych.bitstream.rangecoder import RangeEncoder

HERE = Path(__file__).parent
TABLES = HERE.parents[1] / "src" / "triptych" / "layers" / "tables"
NAMES = {"TEXTURE": "texture.bin", "EDGES": "edges.bin"}


def coded(data: bytes) -> bytes:
    """Bytes in the range coder of the format, eight bits each, with probabilities that adapt."""
    encoder, p = RangeEncoder(), [32768] * 256
    for byte in data:
        at = 1
        for shift in range(7, -1, -1):
            bit = byte >> shift & 1
            encoder.encode_bit(bit, p[at])
            p[at] += (bit * 65504 + 16 - p[at]) >> 5
            at = 2 * at + bit
    return encoder.finish()


def packed(text: str) -> str:
    """The module with its tables."""
    for name, file in NAMES.items():
        data = base64.b85encode(coded((TABLES / file).read_bytes()), pad=True).decode("ascii")
        before, _, rest = text.partition(f'const {name} = "')
        text = f'{before}const {name} = "{data}"{rest[rest.index(";" + chr(10)) :]}'
    return text


if __name__ == "__main__":
    path = HERE / "triptych.js"
    path.write_text(packed(path.read_text(encoding="utf-8")), encoding="utf-8", newline="\n")
    print(f"{path.name}: {path.stat().st_size:,} bytes")
