"""Pictures in other colour spaces -> sRGB: ICC profiles, what PNG says by gAMA, cHRM and cICP, and AVIF by nclx.

All of it is one conversion by LittleCMS (`PIL.ImageCms`): where there is no profile, one is made of what is known.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Callable
from functools import cache
from typing import TypeAlias

import numpy as np
from PIL import Image, ImageCms

from .code_points import code_points

Primaries: TypeAlias = "tuple[tuple[float, float], ...]"  # white, red, green, blue, each (x, y) of CIE 1931
Curve: TypeAlias = (
    "Callable[[np.ndarray[tuple[int, ...], np.dtype[np.float64]]], np.ndarray[tuple[int, ...], np.dtype[np.float64]]]"
)

D65 = (0.3127, 0.3290)
BT709: Primaries = (D65, (0.64, 0.33), (0.30, 0.60), (0.15, 0.06))
# Code points of ITU-T H.273, as cICP has them.
_PRIMARIES: dict[int, Primaries] = {
    1: BT709,
    4: ((0.310, 0.316), (0.67, 0.33), (0.21, 0.71), (0.14, 0.08)),
    5: (D65, (0.64, 0.33), (0.29, 0.60), (0.15, 0.06)),
    6: (D65, (0.630, 0.340), (0.310, 0.595), (0.155, 0.070)),
    7: (D65, (0.630, 0.340), (0.310, 0.595), (0.155, 0.070)),
    8: ((0.310, 0.316), (0.681, 0.319), (0.243, 0.692), (0.145, 0.049)),
    9: (D65, (0.708, 0.292), (0.170, 0.797), (0.131, 0.046)),
    11: ((0.314, 0.351), (0.680, 0.320), (0.265, 0.690), (0.150, 0.060)),
    12: (D65, (0.680, 0.320), (0.265, 0.690), (0.150, 0.060)),
    22: (D65, (0.630, 0.340), (0.295, 0.605), (0.155, 0.077)),
}
REFERENCE_WHITE = 203.0  # cd/m2: what a white page has in HDR pictures (ITU-R BT.2408); brighter is clipped
_SAME = 2  # levels of 255: profiles that move no colour by more are those of sRGB, and rounding is spared
_GAMMA = 0.45455  # what PNG writes for sRGB
_POINTS = 4096  # of a sampled curve


def to_srgb(image: Image.Image, profile: bytes | None) -> tuple[Image.Image, str | None]:
    """(the picture in RGB and sRGB, what was wrong with its profile).

    Args:
        image: L, RGB, CMYK or LAB; it is not changed, and may be what is returned.
        profile: an ICC profile; None for sRGB (CMYK as Pillow converts it, LAB of D50).
    """
    note = None
    if profile:
        try:
            converted = _converted(image, profile)
        except (ImageCms.PyCMSError, OSError, ValueError, TypeError) as error:
            converted, note = None, f"its colour profile was not used: {' '.join(str(error).split()) or 'it is broken'}"
        if converted is not None:
            return converted, None
    if image.mode == "LAB":
        transform = ImageCms.buildTransform(ImageCms.createProfile("LAB"), _srgb(), "LAB", "RGB")
        return _applied(image, transform), note
    return image if image.mode == "RGB" else image.convert("RGB"), note


def _converted(image: Image.Image, profile: bytes) -> Image.Image | None:
    """The picture in sRGB; None if that is what it is in.

    Raises:
        PyCMSError, OSError, ValueError: the profile is broken, or for another kind of picture.
    """
    held = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    space = held.profile.xcolor_space.strip()
    if space == "RGB" and image.mode == "L":
        image = image.convert("RGB")
    if {"RGB": "RGB", "GRAY": "L", "CMYK": "CMYK", "Lab": "LAB"}.get(space) != image.mode:
        raise ValueError(f"it is for {space}, the picture is {image.mode}")
    transform = ImageCms.buildTransform(held, _srgb(), image.mode, "RGB")
    if image.mode in ("RGB", "L"):
        probe = _probe().convert(image.mode)
        moved = np.asarray(_applied(probe, transform)).astype(int) - np.asarray(probe.convert("RGB"))
        if np.abs(moved).max() <= _SAME:
            return None
    return _applied(image, transform)


def _applied(image: Image.Image, transform: ImageCms.ImageCmsTransform) -> Image.Image:
    converted = ImageCms.applyTransform(image, transform)
    assert converted is not None
    return converted


@cache
def _srgb() -> ImageCms.ImageCmsProfile:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))


@cache
def _probe() -> Image.Image:
    """Colours from all over the cube."""
    levels = np.linspace(0, 255, 9).round().astype(np.uint8)
    cube = np.stack(np.meshgrid(levels, levels, levels, indexing="ij"), -1).reshape(27, 27, 3)
    return Image.fromarray(cube)


def profile_of(image: Image.Image) -> bytes | None:
    """The ICC profile of a picture that was opened and not yet loaded, or one made of what PNG, AVIF or HEIC say."""
    points = code_points(image)
    if points and points[0] in _PRIMARIES and (curve := _transfer(points[1])):
        return None if points == (1, 13) else _matrix_profile(_PRIMARIES[points[0]], curve)
    profile = image.info.get("icc_profile")
    if profile:
        return bytes(profile)
    gamma = image.info.get("gamma")
    if "srgb" in image.info or not isinstance(gamma, (int, float)) or not 0.01 <= gamma <= 20:
        return None
    primaries = _chromaticity(image.info.get("chromaticity"))
    if abs(gamma - _GAMMA) < 0.005 and np.abs(np.subtract(primaries, BT709)).max() < 0.005:
        return None
    return _matrix_profile(primaries, lambda v: v ** (1 / gamma))


def _chromaticity(given: object) -> Primaries:
    """Those of cHRM, or of sRGB if there are none or no picture could have them."""
    if not isinstance(given, tuple) or len(given) != 8 or not all(0 <= value <= 1 for value in given):
        return BT709
    found = tuple((given[i], given[i + 1]) for i in range(0, 8, 2))
    if any(y < 1e-3 for _, y in found) or abs(np.linalg.det([[x, y, 1] for x, y in found[1:]])) < 1e-3:
        return BT709
    return found


def _transfer(code: int) -> Curve | None:
    """From signal 0..1 to light 0..1, where 1 is the white of a page."""
    match code:
        case 1 | 6 | 14 | 15:  # as displays show it: ITU-R BT.1886
            return lambda v: v**2.4
        case 4:
            return lambda v: v**2.2
        case 5:
            return lambda v: v**2.8
        case 8:
            return lambda v: v
        case 13:
            return lambda v: np.where(v > 0.04045, ((v + 0.055) / 1.055) ** 2.4, v / 12.92)
        case 16:  # PQ, SMPTE ST 2084
            return _pq
        case 18:  # HLG, ITU-R BT.2100, with the system gamma of a display of 1000 cd/m2
            return _hlg
    return None


def _pq(v: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    power = v ** (1 / 78.84375)
    light = (np.maximum(power - 0.8359375, 0) / (18.8515625 - 18.6875 * power)) ** (1 / 0.1593017578125)
    return np.asarray(light * 10_000 / REFERENCE_WHITE)


def _hlg(v: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    scene = np.where(v <= 0.5, v * v / 3, (np.exp((v - 0.55991073) / 0.17883277) + 0.28466892) / 12)
    return np.asarray(scene**1.2 * 1000 / REFERENCE_WHITE)


def _matrix_profile(primaries: Primaries, curve: Curve) -> bytes:
    """An ICC profile of version 2: three curves and a matrix."""

    def xyz(x: float, y: float) -> list[float]:
        return [x / y, 1.0, (1 - x - y) / y]

    white = np.array(xyz(*primaries[0]))
    columns = np.array([xyz(*point) for point in primaries[1:]]).T
    to_xyz = columns * np.linalg.solve(columns, white)
    # Profiles are relative to D50; whites are adapted as Bradford found.
    bradford = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])
    d50 = np.array([0.9642, 1.0, 0.8249])
    adapt = np.linalg.solve(bradford, ((bradford @ d50) / (bradford @ white))[:, None] * bradford)
    to_d50 = adapt @ to_xyz
    signal = np.linspace(0, 1, _POINTS)
    light = (np.clip(curve(signal), 0, 1) * 65535 + 0.5).astype(">u2").tobytes()
    shared = b"curv" + bytes(4) + struct.pack(">I", _POINTS) + light

    def point(values: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> bytes:
        return b"XYZ " + bytes(4) + struct.pack(">3i", *(round(value * 65536) for value in values))

    tags = {
        b"wtpt": point(d50),
        b"rXYZ": point(to_d50[:, 0]),
        b"gXYZ": point(to_d50[:, 1]),
        b"bXYZ": point(to_d50[:, 2]),
    }
    start = 128 + 4 + 12 * (len(tags) + 3)
    table, body = b"", b""
    for name, data in tags.items():
        table += name + struct.pack(">II", start + len(body), len(data))
        body += data
    for name in (b"rTRC", b"gTRC", b"bTRC"):
        table += name + struct.pack(">II", start + len(body), len(shared))
    body += shared
    size = start + len(body)
    header = struct.pack(">I4xI", size, 0x02400000) + b"mntrRGB XYZ " + bytes(12) + b"acsp"
    header += bytes(28) + struct.pack(">3i", *(round(value * 65536) for value in d50))
    return header.ljust(128, b"\0") + struct.pack(">I", len(tags) + 3) + table + body
