"""The usual formats: JPEG, WebP, AVIF and JPEG 2000 by Pillow, JPEG XL by imagecodecs, HEIF by pillow-heif.

Each is set to what is slow and small, as far as a picture still takes a second; the settings stand in `identity`.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

import numpy as np
import PIL
from PIL import Image, features

from ...errors import MissingExtraError, UnsupportedError
from .base import Coder


@dataclass(frozen=True)
class PillowCoder:
    """A format of Pillow's.

    Attributes:
        form: Pillow's name of the format.
        knob: (option, quality) -> the option's value.
        options: the others.
        engine: the library behind it, with its version.
    """

    name: str
    form: str
    qualities: Sequence[float]
    options: Mapping[str, Any]
    engine: str
    knob: Callable[[float], Mapping[str, Any]] = field(default=lambda quality: {"quality": int(quality)})

    def identity(self) -> str:
        options = ", ".join(f"{name}={value}" for name, value in self.options.items())
        return f"Pillow {PIL.__version__}, {self.engine}; {options}"

    def encode(self, image: Image.Image, quality: float) -> bytes:
        buffer = io.BytesIO()
        image.save(buffer, self.form, **self.options, **self.knob(quality))
        return buffer.getvalue()

    def decode(self, data: bytes) -> Image.Image:
        with Image.open(io.BytesIO(data)) as image:
            return image.convert("RGB")


def jpeg() -> Coder:
    options = {"optimize": True, "progressive": True, "subsampling": "4:2:0"}
    return PillowCoder("jpeg", "JPEG", range(1, 96), options, _engine("libjpeg_turbo", "jpg"))


def webp() -> Coder:
    return PillowCoder("webp", "WEBP", range(101), {"method": 6}, _engine("webp"))


def avif() -> Coder:
    if not features.check("avif"):
        raise UnsupportedError("this Pillow is built without AVIF; it comes with Pillow 11.3")
    return PillowCoder("avif", "AVIF", range(101), {"speed": 4, "subsampling": "4:2:0"}, _engine("avif"))


def jpeg2000() -> Coder:
    rates = [round(2000 / 1.08**step, 1) for step in range(96)]  # how many times smaller than the pixels
    options = {"quality_mode": "rates", "irreversible": True, "mct": 1, "no_jp2": True}
    coder = PillowCoder("jpeg2000", "JPEG2000", rates, options, _engine("jpg_2000"))
    return _with_knob(coder, lambda rate: {"quality_layers": [rate]})


def _with_knob(coder: PillowCoder, knob: Callable[[float], Mapping[str, Any]]) -> PillowCoder:
    return PillowCoder(coder.name, coder.form, coder.qualities, coder.options, coder.engine, knob)


def _engine(*names: str) -> str:
    """The first of Pillow's features that has a version."""
    for name in names:
        known = name in features.features or name in features.modules or name in features.codecs
        if known and (version := features.version(name)):
            return f"{name} {version}"
    return names[-1]


class JpegXl:
    """JPEG XL, lossy, as a bare codestream."""

    name = "jpegxl"
    qualities: Sequence[float] = tuple(round(25 / 1.06**step, 2) for step in range(70))  # Butteraugli's distance
    _effort = 7

    def __init__(self) -> None:
        try:
            self._module: Any = import_module("imagecodecs")
            self._version = self._module.jpegxl_version()
        except ImportError as error:
            raise MissingExtraError("JPEG XL", "bench") from error

    def identity(self) -> str:
        return f"imagecodecs {self._module.__version__}, {self._version}; effort={self._effort}"

    def encode(self, image: Image.Image, quality: float) -> bytes:
        options = {"distance": quality, "effort": self._effort, "usecontainer": False, "numthreads": 1}
        return bytes(self._module.jpegxl_encode(np.asarray(image), **options))

    def decode(self, data: bytes) -> Image.Image:
        pixels = np.asarray(self._module.jpegxl_decode(data, numthreads=1))
        return Image.fromarray(pixels).convert("RGB")


def heif() -> Coder:
    try:
        module: Any = import_module("pillow_heif")
    except ImportError as error:
        raise MissingExtraError("HEIF", "bench") from error
    module.register_heif_opener()
    info = module.libheif_info()
    if not info.get("HEIF"):
        raise UnsupportedError("this pillow-heif is built without an encoder")
    return PillowCoder("heif", "HEIF", range(101), {"chroma": 420}, f"libheif {info['libheif']}, {info['HEIF']}")
