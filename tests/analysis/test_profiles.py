"""Colour spaces: what a profile or a PNG says about its colours is heeded, and what is broken is told."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms, features

from triptych.analysis.image import load_image
from triptych.analysis.profiles import _matrix_profile
from triptych.errors import InputError

P3 = ((0.3127, 0.3290), (0.680, 0.320), (0.265, 0.690), (0.150, 0.060))
TO_P3 = np.array([[0.8224620, 0.1775380, 0], [0.0331942, 0.9668058, 0], [0.0170826, 0.0723974, 0.9105199]])


def _light(signal: np.ndarray) -> np.ndarray:
    return np.where(signal > 0.04045, ((signal + 0.055) / 1.055) ** 2.4, signal / 12.92)


def _signal(light: np.ndarray) -> np.ndarray:
    return np.where(light > 0.0031308, 1.055 * np.maximum(light, 0) ** (1 / 2.4) - 0.055, light * 12.92)


def _ramp() -> np.ndarray:
    """uint8 (32, 32, 3): colours that P3 and Rec. 709 both have."""
    rng = np.random.default_rng(4)
    return np.repeat(np.repeat(rng.integers(40, 216, (8, 8, 3)), 4, 0), 4, 1).astype(np.uint8)


def _in_p3(srgb: np.ndarray) -> np.ndarray:
    return (np.clip(_signal(_light(srgb / 255) @ TO_P3.T), 0, 1) * 255 + 0.5).astype(np.uint8)


def _loaded(source: object) -> np.ndarray:
    return np.asarray(load_image(source).image).astype(int)  # type: ignore[arg-type]


def _apart(source: object, wanted: np.ndarray) -> int:
    return int(np.abs(_loaded(source) - wanted).max())


P3_PROFILE = _matrix_profile(P3, _light)


def test_our_own_profiles_are_what_they_say() -> None:
    """A profile made of primaries and a curve converts as the matrices of the standards do."""
    with io.BytesIO(P3_PROFILE) as file:
        image = ImageCms.profileToProfile(
            Image.fromarray(_in_p3(_ramp())), ImageCms.ImageCmsProfile(file), ImageCms.createProfile("sRGB")
        )
    assert np.abs(np.asarray(image).astype(int) - _ramp()).max() <= 2


@pytest.mark.parametrize("ending", ["png", "tif", "webp", "jpg"])
def test_profiles_of_files_are_honoured(ending: str, tmp_path: Path) -> None:
    """A picture in Display P3 is read as the sRGB picture that shows the same colours."""
    options = {"webp": {"lossless": True, "exact": True}, "jpg": {"quality": 100, "subsampling": 0}}
    path = tmp_path / f"a.{ending}"
    Image.fromarray(_in_p3(_ramp())).save(path, icc_profile=P3_PROFILE, **options.get(ending, {}))
    assert _apart(path, _ramp()) <= (6 if ending == "jpg" else 2)
    with Image.open(path) as image:
        assert _apart(image, _ramp()) <= (6 if ending == "jpg" else 2)
        assert _apart(image.copy(), _ramp()) <= (6 if ending == "jpg" else 2)


def test_profiles_serve_palettes_alpha_and_grey(tmp_path: Path) -> None:
    """Colours of palettes are converted, those of transparent pictures before they are laid on the background."""
    for mode in ("P", "RGBA", "LA"):
        colour = (200, 90, 60) if mode != "LA" else (120, 120, 120)
        srgb = np.full((20, 20, 3), colour, np.uint8)
        image = Image.fromarray(_in_p3(srgb))
        image = image.quantize(4) if mode == "P" else image.convert(mode)
        if mode != "P":
            image.putalpha(Image.linear_gradient("L").resize((20, 20)).point(lambda v: 255 if v > 127 else 0))
        image.save(tmp_path / "a.png", icc_profile=P3_PROFILE)
        loaded = _loaded(tmp_path / "a.png")
        assert np.abs(loaded[15] - colour).max() <= 2
        assert mode == "P" or (loaded[2] == 255).all()


def test_a_profile_of_srgb_changes_nothing() -> None:
    """Where a profile says sRGB in its own way, pixels stay as they are, without rounding."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    image = Image.fromarray(_ramp())
    image.info["icc_profile"] = profile
    assert (_loaded(image) == _ramp()).all()
    grey = image.convert("L")
    grey.info["icc_profile"] = profile
    assert (_loaded(grey)[..., 0] == np.asarray(grey)).all()


def _profile(space: bytes, tags: dict[bytes, bytes], pcs: bytes = b"XYZ ", kind: bytes = b"mntr") -> bytes:
    d50 = struct.pack(">3i", 63190, 65536, 54061)
    tags = {b"wtpt": b"XYZ \0\0\0\0" + d50, **tags}
    table, body = struct.pack(">I", len(tags)), b""
    start = 128 + 4 + 12 * len(tags)
    for name, data in tags.items():
        table += name + struct.pack(">II", start + len(body), len(data))
        body += data + bytes(-len(data) % 4)
    header = struct.pack(">I4xI", start + len(body), 0x02400000) + kind + space + pcs + bytes(12) + b"acsp"
    return (header + bytes(28) + d50).ljust(128, b"\0") + table + body


def test_grey_profiles_are_honoured() -> None:
    """A picture in linear grey is brightened as its curve says."""
    profile = _profile(b"GRAY", {b"kTRC": b"curv\0\0\0\0" + struct.pack(">IH", 1, 256)})
    image = Image.new("L", (20, 20), 55)
    image.info["icc_profile"] = profile
    wanted = round(float(_signal(np.array(55 / 255))) * 255)
    assert _apart(image, np.full(3, wanted)) <= 1
    deep = Image.fromarray(np.full((20, 20), 55 * 257, np.uint16))
    deep.info["icc_profile"] = profile
    assert _apart(deep, np.full(3, wanted)) <= 1


def test_ink_is_converted_by_its_profile() -> None:
    """CMYK with a profile shows the colours of its table, as LittleCMS converts them."""
    identity = bytes(range(256))
    grid = b"".join(
        bytes([max(20, 255 - 60 * (c + m + y) - 150 * k), 128 + 40 * (m - c), 128 + 50 * (y - m)])
        for c in (0, 1) for m in (0, 1) for y in (0, 1) for k in (0, 1)
    )  # fmt: skip
    matrix = struct.pack(">9i", 65536, 0, 0, 0, 65536, 0, 0, 0, 65536)
    table = b"mft1\0\0\0\0" + bytes([4, 3, 2, 0]) + matrix + identity * 4 + grid + identity * 3
    profile = _profile(b"CMYK", {b"A2B0": table}, pcs=b"Lab ", kind=b"prtr")
    ink = np.dstack([_ramp(), _ramp()[..., 1]])
    image = Image.frombytes("CMYK", (32, 32), ink.tobytes())
    with io.BytesIO(profile) as file:
        wanted = ImageCms.profileToProfile(
            image, ImageCms.ImageCmsProfile(file), ImageCms.createProfile("sRGB"), outputMode="RGB"
        )
    assert np.abs(np.asarray(wanted).astype(int) - np.asarray(image.convert("RGB"))).mean() > 20
    image.info["icc_profile"] = profile
    assert _apart(image, np.asarray(wanted)) == 0


def test_lab_is_read_with_and_without_a_profile(tmp_path: Path) -> None:
    """CIELab TIFFs, which Pillow does not convert, show their colours."""
    srgb = Image.fromarray(_ramp())
    lab = ImageCms.profileToProfile(
        srgb, ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB"), outputMode="LAB"
    )
    assert lab is not None
    for profile in (None, ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()):
        lab.save(tmp_path / "a.tif", icc_profile=profile)
        assert np.abs(_loaded(tmp_path / "a.tif") - _ramp()).mean() < 3


@pytest.mark.parametrize("profile", [b"nonsense", b"\0" * 200, P3_PROFILE[:300], P3_PROFILE[:140] + bytes(400)])
def test_a_broken_profile_is_told_and_passed_over(profile: bytes) -> None:
    """The picture is then taken as sRGB, and a note says why."""
    image = Image.fromarray(_ramp())
    image.info["icc_profile"] = profile
    loaded = load_image(image)
    assert (np.asarray(loaded.image) == _ramp()).all()
    assert len(loaded.notes) == 1 and loaded.notes[0].startswith("its colour profile was not used: ")


def test_a_profile_for_another_kind_of_picture_is_told() -> None:
    """A profile for ink says nothing about a picture in RGB."""
    image = Image.fromarray(_ramp())
    image.info["icc_profile"] = _profile(b"CMYK", {})
    assert "it is for CMYK, the picture is RGB" in load_image(image).notes[0]


def _png(pixels: np.ndarray, *chunks: tuple[bytes, bytes]) -> bytes:
    def chunk(name: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    header = struct.pack(">IIBBBBB", pixels.shape[1], pixels.shape[0], 8, 2, 0, 0, 0)
    rows = b"".join(b"\0" + row.tobytes() for row in pixels)
    body = [(b"IHDR", header), *chunks, (b"IDAT", zlib.compress(rows)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*part) for part in body)


def test_gamma_and_chromaticities_of_png_are_heeded() -> None:
    """gAMA and cHRM say what the samples mean, if there is neither a profile nor sRGB."""
    srgb = _ramp()
    linear = (_light(srgb / 255) * 255 + 0.5).astype(np.uint8)
    gamma = b"gAMA", struct.pack(">I", 100_000)
    p3 = b"cHRM", struct.pack(">8I", *(round(v * 100_000) for point in P3 for v in point))
    assert np.abs(_loaded(_png(linear, gamma)) - srgb).mean() < 2
    assert _apart(_png(linear, gamma, (b"sRGB", b"\0")), linear) == 0
    assert _apart(_png(srgb, (b"gAMA", struct.pack(">I", 45455))), srgb) == 0
    wide = (_light(srgb / 255) @ TO_P3.T) ** (1 / 2.2)
    file = _png((np.clip(wide, 0, 1) * 255 + 0.5).astype(np.uint8), (b"gAMA", struct.pack(">I", 45455)), p3)
    assert _apart(file, srgb) <= 3


@pytest.mark.parametrize("content", [struct.pack(">8I", *[0] * 8), struct.pack(">8I", *[50_000] * 8)])
def test_impossible_chromaticities_are_passed_over(content: bytes) -> None:
    """Primaries that no picture has do no harm."""
    assert _loaded(_png(_ramp(), (b"gAMA", struct.pack(">I", 45455)), (b"cHRM", content))).shape == (32, 32, 3)


def test_code_points_of_png_come_first() -> None:
    """cICP names primaries and transfer, before any profile; HDR is brought to the white of a page."""
    profile = b"iCCP", b"x\0\0" + zlib.compress(P3_PROFILE)
    assert _apart(_png(_in_p3(_ramp()), (b"cICP", bytes([12, 13, 0, 1]))), _ramp()) <= 2
    assert _apart(_png(_ramp(), (b"cICP", bytes([1, 13, 0, 1])), profile), _ramp()) == 0
    assert _apart(_png(_in_p3(_ramp()), (b"cICP", bytes([99, 13, 0, 1])), profile), _ramp()) <= 2
    white = np.full((32, 32, 3), round(0.5807 * 255), np.uint8)  # 203 cd/m2 in PQ
    assert _loaded(_png(white, (b"cICP", bytes([9, 16, 0, 1])))).min() >= 252
    assert _loaded(_png(np.full((32, 32, 3), 191, np.uint8), (b"cICP", bytes([9, 18, 0, 1])))).min() >= 250


@pytest.mark.parametrize(("points", "apart"), [((12, 13), 6), ((1, 13), 3), ((1, 1), 3), ((2, 2), 3), ((99, 99), 3)])
@pytest.mark.skipif(not features.check("avif"), reason="Pillow was built without AVIF")
def test_code_points_of_avif_are_heeded(points: tuple[int, int], apart: int) -> None:
    """nclx names primaries and transfer; BT.709 and what is not stated are shown as sRGB, as everywhere."""
    with io.BytesIO() as file:
        Image.fromarray(_in_p3(_ramp()) if points[0] == 12 else _ramp()).save(
            file, "AVIF", quality=100, subsampling="4:4:4"
        )
        data = bytearray(file.getvalue())
    at = data.find(b"nclx") + 4
    data[at : at + 4] = struct.pack(">HH", *points)
    assert _apart(bytes(data), _ramp()) <= apart
    for cut in (at + 2, at - 12):  # the start alone, without pixels or with half of the property
        with pytest.raises(InputError):
            load_image(bytes(data[:cut]))
