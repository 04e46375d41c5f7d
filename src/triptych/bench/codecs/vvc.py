"""VVC by Fraunhofer's vvenc and vvdec, whose programs vvencFFapp and vvdecapp must be on the PATH.

They take and give planes of Y'CbCr as they are: here of BT.709, full range, 4:2:0, 10 bits. Their stream has no size of
the picture that is not a multiple of 8, so the picture is padded by its edge, and a header of 4 bytes says its size.
"""

from __future__ import annotations

import shutil
import struct
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from ...errors import TriptychError, UnsupportedError
from ...typing import Bytes8, Floats
from ..cost import note_peak

_ENCODER, _DECODER = "vvencFFapp", "vvdecapp"
_SIZE = struct.Struct("<HH")
_KR, _KB = 0.2126, 0.0722  # BT.709
_TOP = 1023


class Vvc:
    """One intra picture, preset medium."""

    name = "vvc"
    qualities: Sequence[float] = range(63, 9, -1)  # the quantisation parameter

    def __init__(self) -> None:
        for program in (_ENCODER, _DECODER):
            if shutil.which(program) is None:
                raise UnsupportedError(f"there is no {program} on the PATH")

    def identity(self) -> str:
        done = subprocess.run([_ENCODER, "--version"], capture_output=True, text=True, check=False)
        said = " ".join((done.stdout or done.stderr).split())[:80]
        return f"{said}; preset medium, 4:2:0, 10 bits, one intra picture"

    def encode(self, image: Image.Image, quality: float) -> bytes:
        size = tuple(-(-side // 8) * 8 for side in image.size)
        with tempfile.TemporaryDirectory() as folder:
            planes, stream = Path(folder, "in.yuv"), Path(folder, "out.266")
            planes.write_bytes(_to_planes(_padded(np.asarray(image.convert("RGB")), size[0], size[1])))
            _call(
                [_ENCODER, "-i", planes, "-b", stream, "-s", f"{size[0]}x{size[1]}", "-q", f"{quality:g}"],
                ["-f", "1", "-fr", "1", "--preset", "medium", "--IntraPeriod", "1", "--InputBitDepth", "10"],
                ["--InputChromaFormat", "420", "--InternalBitDepth", "10", "-t", "1", "-v", "1"],
            )
            return _SIZE.pack(*image.size) + stream.read_bytes()

    def decode(self, data: bytes) -> Image.Image:
        width, height = _SIZE.unpack_from(data)
        with tempfile.TemporaryDirectory() as folder:
            planes, stream = Path(folder, "out.yuv"), Path(folder, "in.266")
            stream.write_bytes(data[_SIZE.size :])
            _call([_DECODER, "-b", stream, "-o", planes, "-t", "1", "-v", "0"])
            pixels = _from_planes(planes.read_bytes(), -(-width // 8) * 8, -(-height // 8) * 8)
        return Image.fromarray(pixels[:height, :width])


def _call(*words: Sequence[object]) -> None:
    line = [str(word) for part in words for word in part]
    done = subprocess.run(line, capture_output=True, text=True, check=False)
    if done.returncode:
        raise TriptychError(f"{line[0]} ended with code {done.returncode}: {' '.join(done.stderr.split())[-200:]}")
    note_peak()


def _padded(pixels: Bytes8, width: int, height: int) -> Bytes8:
    rows, columns, _ = pixels.shape
    padded: Bytes8 = np.pad(pixels, ((0, height - rows), (0, width - columns), (0, 0)), mode="edge")
    return padded


def _to_planes(pixels: Bytes8) -> bytes:
    """uint16 Y', then Cb and Cr of half the sides, little-endian."""
    red, green, blue = np.moveaxis(pixels / 255, 2, 0)
    luma = _KR * red + (1 - _KR - _KB) * green + _KB * blue
    chroma = [(blue - luma) / (2 * (1 - _KB)) + 0.5, (red - luma) / (2 * (1 - _KR)) + 0.5]
    halves = [c.reshape(c.shape[0] // 2, 2, c.shape[1] // 2, 2).mean((1, 3)) for c in chroma]
    return b"".join(np.round(np.clip(p, 0, 1) * _TOP).astype("<u2").tobytes() for p in (luma, *halves))


def _from_planes(data: bytes, width: int, height: int) -> Bytes8:
    values = np.frombuffer(data, "<u2").astype(np.float32) / _TOP
    count = width * height
    if len(values) != count * 3 // 2:
        raise TriptychError(f"{_DECODER} gave {len(values)} samples, not {count * 3 // 2}")
    luma = values[:count].reshape(height, width)
    halves = values[count:].reshape(2, height // 2, width // 2)
    cb, cr = (_enlarged(half, width, height) - 0.5 for half in halves)
    red = luma + 2 * (1 - _KR) * cr
    blue = luma + 2 * (1 - _KB) * cb
    green = (luma - _KR * red - _KB * blue) / (1 - _KR - _KB)
    pixels: Bytes8 = np.round(np.clip(np.stack([red, green, blue], 2), 0, 1) * 255).astype(np.uint8)
    return pixels


def _enlarged(half: Floats, width: int, height: int) -> Floats:
    return np.asarray(Image.fromarray(half.astype(np.float32)).resize((width, height), Image.Resampling.BILINEAR))
