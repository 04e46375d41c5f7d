"""Loading pictures: every mode and oddity ends as an upright RGB picture, or in one line that says why not."""

from __future__ import annotations

import io
import os
import struct
import sys
import threading
import warnings
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from triptych.analysis.image import BACKGROUND, WORK_SIDE, load_image
from triptych.errors import InputError

RED = (200, 30, 40)


def _corner(image: Image.Image) -> tuple[int, ...]:
    return image.getpixel((1, 1))  # type: ignore[return-value]


def _close(pixel: tuple[int, ...], colour: tuple[int, ...], by: int = 2) -> bool:
    return all(abs(a - b) <= by for a, b in zip(pixel, colour, strict=True))


@pytest.mark.parametrize(
    "mode", ["1", "L", "P", "RGB", "RGBA", "RGBX", "CMYK", "YCbCr", "HSV", "LA", "PA", "La", "RGBa", "I", "F", "I;16"]
)
def test_every_mode_becomes_rgb(mode: str) -> None:
    """Whatever the mode, a bright picture stays bright and a dark one dark."""
    for value in (0, 255):
        grey = Image.new("L", (32, 24), value)
        if mode in ("La", "RGBa"):
            image = grey.convert({"La": "LA", "RGBa": "RGBA"}[mode]).convert(mode)
        elif mode == "PA":
            image = grey.convert("P").convert("PA")
        elif mode == "I;16":
            image = Image.fromarray(np.full((24, 32), value * 257, np.uint16))
        elif mode in ("YCbCr", "HSV", "CMYK", "RGBX"):
            image = grey.convert("RGB").convert(mode)
        else:
            image = grey.convert(mode)
        assert image.mode == mode
        loaded = load_image(image)
        assert loaded.image.mode == "RGB" and loaded.size == (32, 24) and loaded.notes == ()
        assert _close(_corner(loaded.image), (value,) * 3)


def test_palettes_become_their_colours(tmp_path: Path) -> None:
    """A palette picture shows its colours, with and without a transparent entry."""
    image = Image.new("P", (20, 20), 1)
    image.putpalette([0, 0, 0, *RED])
    image.save(tmp_path / "a.png")
    assert _corner(load_image(tmp_path / "a.png").image) == RED
    image.save(tmp_path / "b.png", transparency=1)
    loaded = load_image(tmp_path / "b.png")
    assert _corner(loaded.image) == BACKGROUND and "transparent" in loaded.notes[0]


@pytest.mark.parametrize("background", [(255, 255, 255), (0, 0, 0), (10, 200, 30)])
def test_transparent_pictures_are_laid_on_a_colour(background: tuple[int, int, int]) -> None:
    """Alpha mixes with the background, and a note names it."""
    image = Image.new("RGBA", (20, 20), (*RED, 0))
    image.paste((*RED, 128), (10, 0, 20, 20))
    loaded = load_image(image, background=background)
    assert _corner(loaded.image) == background
    mixed = tuple(round(a * 128 / 255 + b * 127 / 255) for a, b in zip(RED, background, strict=True))
    assert _close(loaded.image.getpixel((15, 5)), mixed)  # type: ignore[arg-type]
    assert loaded.notes == ("the picture is transparent; it was laid on rgb({}, {}, {})".format(*background),)


def test_an_opaque_alpha_channel_is_not_worth_a_note() -> None:
    """A picture with an alpha channel that hides nothing is taken as it is."""
    loaded = load_image(Image.new("RGBA", (20, 20), (*RED, 255)))
    assert _corner(loaded.image) == RED and loaded.notes == ()


def test_grey_transparency_is_flattened(tmp_path: Path) -> None:
    """A greyscale PNG with one transparent grey value is laid on the background."""
    Image.new("L", (20, 20), 7).save(tmp_path / "a.png", transparency=7)
    assert _corner(load_image(tmp_path / "a.png", background=(1, 2, 3)).image) == (1, 2, 3)


@pytest.mark.parametrize("value", [0, 1000, 32768, 65535])
def test_sixteen_bits_are_scaled(value: int, tmp_path: Path) -> None:
    """16-bit greyscale keeps its brightness, from a file or an array."""
    array = np.full((20, 20), value, np.uint16)
    array[0, 0] = 65535  # the brightest value says which range this is
    Image.fromarray(array).save(tmp_path / "a.png")
    Image.fromarray(array).save(tmp_path / "a.tif")
    expected = (round(value / 257),) * 3
    for source in (tmp_path / "a.png", tmp_path / "a.tif", array, np.stack([array] * 3, 2)):
        assert _close(load_image(source).image.getpixel((10, 10)), expected, by=1)  # type: ignore[arg-type]


@pytest.mark.parametrize("top", [1.0, 255.0, 65535.0])
@pytest.mark.parametrize("beyond", [0, 0.01, 0.2])
def test_floating_point_pictures_keep_their_range(top: float, beyond: float) -> None:
    """Mode F holds 0..1, or as Pillow converts 0..255; some pixels beyond change nothing, they are clipped."""
    array = np.full((20, 20), top / 2, np.float32)
    array[:10, :10] = 0
    array.flat[: int(400 * beyond)] = top * 7
    array[19, :4] = np.nan, np.inf, -np.inf, -1
    loaded = load_image(Image.fromarray(array)).image
    assert _close(loaded.getpixel((15, 15)), (128,) * 3)  # type: ignore[arg-type]
    assert [loaded.getpixel((x, 19))[0] for x in range(4)] == [0, 255, 0, 0]  # type: ignore[index]
    assert beyond == 0 or loaded.getpixel((0, 0)) == (255, 255, 255)


def _tiff(values: np.ndarray, **tags: int | tuple[int, ...]) -> bytes:
    """An uncompressed TIFF of one channel whose tags are given by number, as t258=12."""
    data = values.tobytes()
    entries = {256: values.shape[1], 257: values.shape[0], 258: values.dtype.itemsize * 8, 259: 1, 262: 1, 273: 0,
               277: 1, 278: values.shape[0], 279: len(data)} | {int(k[1:]): v for k, v in tags.items()}  # fmt: skip
    start = 8 + 2 + 12 * len(entries) + 4
    entries[273] = start
    out = b"II*\0" + struct.pack("<IH", 8, len(entries))
    for tag, value in sorted(entries.items()):
        field = struct.pack("<f", value) if isinstance(value, float) else struct.pack("<I", value)
        out += struct.pack("<HHI", tag, 11 if isinstance(value, float) else 4, 1) + field
    return out + bytes(4) + data


def test_ranges_follow_from_what_a_tiff_says() -> None:
    """Bits, sign and largest sample are heeded, whatever the values are."""
    half = np.full((20, 20), 2048, "<u2")
    twelve = np.frombuffer(bytes([0x80, 0x08, 0x00] * 200), np.uint8).reshape(20, 30)  # 12 bits, packed
    for data, grey in (
        (_tiff(half), 8),
        (_tiff(half, t281=4095), 128),
        (_tiff(half, t281=3000), 8),  # a statistic
        (_tiff(twelve, t256=20, t258=12, t279=600), 128),
        (_tiff(np.full((20, 20), 16384, "<i2"), t339=2), 128),
        (_tiff(np.full((20, 20), 1 << 30, "<i4"), t339=2), 128),
        (_tiff(np.full((20, 20), 1 << 31, "<u4"), t339=1), 128),
        (_tiff(np.full((20, 20), 32768, "<i4"), t339=2), 128),
        (_tiff(np.full((20, 20), 0.5, "<f4"), t339=3), 128),
        (_tiff(np.full((20, 20), 500, "<f4"), t339=3, t341=1000.0), 128),
        (_tiff(np.full((20, 20), 60000, "<u2"), t262=0), 22),
        (_tiff(np.full((20, 20), 0, "<f4"), t339=3, t340=-1.0, t341=1.0), 128),
        (_tiff(np.full((20, 20), 0.5, "<f4"), t339=3, t340=0.1, t341=0.8), 128),  # a statistic
        (_tiff(np.full((20, 20), 3000, "<u2"), t340=1000, t341=5000), 128),
        (_tiff(np.full((20, 20), 500_000, "<i4"), t339=2, t341=1_000_000), 128),
        (_tiff(np.full((20, 20), 64, "i1"), t339=2), 128),
    ):
        assert _close(_corner(load_image(data).image), (grey,) * 3, by=1)


@pytest.mark.parametrize(
    ("form", "half", "white"), [("<f4", 128, 255), ("<f4", 32768, 65535), ("<i4", 128, 255), ("<u4", 32768, 65535)]
)
def test_a_range_that_only_the_values_tell_is_a_note(form: str, half: int, white: int) -> None:
    """Where neither type nor file say that samples are 0 to 255, a note says so, and how to state it."""
    values, number = np.full((20, 20), half, form), {"f": 3, "i": 2, "u": 1}[form[1]]
    loaded = load_image(_tiff(values, t339=number))
    assert _close(_corner(loaded.image), (128,) * 3, by=1)
    assert len(loaded.notes) == 1 and f"taken to be 0 to {white}: " in loaded.notes[0]
    stated = load_image(_tiff(values, t339=number, t341=float(2 * half)))
    assert _close(_corner(stated.image), (128,) * 3, by=1) and stated.notes == ()


def test_what_imagej_shows_is_the_range() -> None:
    """The display range in its description counts for deep samples."""
    with io.BytesIO() as file:
        values = Image.fromarray(np.full((20, 20), 2000, np.float32))
        values.save(file, "TIFF", description="ImageJ=1.53t\nunit=micron\nmin=1000.0\nmax=3000.0\n")
        assert _close(_corner(load_image(file.getvalue()).image), (128,) * 3, by=1)


@pytest.mark.parametrize(("bits", "form"), [(64, 3), (16, 3)])
def test_samples_that_pillow_does_not_read_are_named(bits: int, form: int) -> None:
    """Such a TIFF is no unknown format: the message says what is in it and how to save it instead."""
    values = np.full((20, 20), 1, f"<f{bits // 8}")
    with pytest.raises(InputError, match=rf"TIFF with samples .*1 x {bits} bits, floating-point.*save it with 8"):
        load_image(_tiff(values, t339=form))


def test_a_transparent_colour_of_16_bits_is_transparent() -> None:
    """tRNS of a deep PNG in colour."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    clear, blue = struct.pack(">3H", 1000, 2000, 3000), struct.pack(">3H", 200, 0, 60000)
    rows = (b"\0" + clear * 20) * 10 + (b"\0" + blue * 20) * 10
    png = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">2I5B", 20, 20, 16, 2, 0, 0, 0))
    png += chunk(b"tRNS", clear) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    loaded = load_image(png, background=(9, 8, 7)).image
    assert _corner(loaded) == (9, 8, 7) and loaded.getpixel((15, 15)) == (0, 0, 234)


def test_a_transparent_value_of_16_bits_is_transparent(tmp_path: Path) -> None:
    """tRNS of a deep greyscale PNG lays its pixels on the background."""
    array = np.full((20, 20), 30000, np.uint16)
    array[:10] = 7
    Image.fromarray(array).save(tmp_path / "a.png", transparency=7)
    loaded = load_image(tmp_path / "a.png", background=(9, 8, 7))
    assert _corner(loaded.image) == (9, 8, 7) and _close(loaded.image.getpixel((15, 15)), (117,) * 3)  # type: ignore[arg-type]


@pytest.mark.parametrize("shape", [(20, 30), (20, 30, 1), (20, 30, 3), (20, 30, 4)])
def test_arrays_are_pictures(shape: tuple[int, ...]) -> None:
    """uint8 arrays of rows and columns, with one, three or four channels, or none."""
    loaded = load_image(np.full(shape, 255, np.uint8))
    assert loaded.size == (30, 20) and _corner(loaded.image) == (255, 255, 255)


@pytest.mark.parametrize(
    "array",
    [
        np.zeros((20, 20), np.float64), np.zeros((20, 20), np.int32), np.zeros((20, 20, 2), np.uint8),
        np.zeros((2, 20, 20, 3), np.uint8), np.zeros(400, np.uint8), np.zeros((0, 20), np.uint8),
        np.zeros((20, 0, 3), np.uint8),
    ],
    ids=lambda array: f"{array.dtype}{array.shape}",
)  # fmt: skip
def test_other_arrays_are_refused(array: np.ndarray) -> None:
    """Other types and shapes are an InputError that says what would do."""
    with pytest.raises(InputError, match="is not a picture; give"):
        load_image(array)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_is_applied(orientation: int, tmp_path: Path) -> None:
    """Pictures that a camera stored on their side stand upright, and the size is that of the upright picture."""
    upright = Image.new("RGB", (64, 32), (255, 255, 255))
    upright.paste((0, 0, 0), (0, 0, 32, 16))
    turn = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    stored = upright.transpose(turn[orientation]) if orientation > 1 else upright
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored.save(tmp_path / "a.png", exif=exif)
    loaded = load_image(tmp_path / "a.png")
    assert loaded.size == (64, 32)
    assert np.array_equal(np.asarray(loaded.image), np.asarray(upright))


@pytest.mark.parametrize("ending", ["gif", "png", "webp", "tif"])
def test_animations_give_their_first_frame(ending: str, tmp_path: Path) -> None:
    """Of several frames or pages the first is taken, and a note has their number."""
    frames = [Image.new("RGB", (40, 30), colour) for colour in (RED, (0, 255, 0), (0, 0, 255))]
    path = tmp_path / f"a.{ending}"
    options = {"lossless": True} if ending == "webp" else {}
    frames[0].save(path, save_all=True, append_images=frames[1:], **options)
    loaded = load_image(path)
    assert _close(_corner(loaded.image), RED, by=4)
    assert loaded.notes == ("the picture has 3 frames; the first is taken",)


@pytest.mark.parametrize(
    "size", [(16, 16), (16, 2000), (2000, 16), (16, 16384), (2048, 2048), (2049, 300), (4000, 3000)]
)
def test_sizes_are_kept_and_large_pictures_reduced(size: tuple[int, int]) -> None:
    """The true size is kept; the picture to look at has at most 2,048 pixels on its long side."""
    loaded = load_image(Image.new("RGB", size, RED))
    assert loaded.size == size
    assert max(loaded.image.size) == min(max(size), WORK_SIDE)
    assert _corner(loaded.image.resize((4, 4))) == RED


@pytest.mark.parametrize("size", [(15, 16), (16, 15), (1, 1), (16385, 16), (16, 16385)])
def test_sizes_out_of_range_are_refused(size: tuple[int, int], tmp_path: Path) -> None:
    """Sides below 16 and above 16,384 are an InputError with the size, the range and the file's name."""
    path = tmp_path / "a.png"
    Image.new("1", size).save(path)
    with pytest.raises(InputError, match=rf"{path}: the picture is {size[0]} x {size[1]} pixels; sides of 16 to 16384"):
        load_image(path)


def _png(width: int, height: int, data: bytes) -> bytes:
    def chunk(name: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def test_declared_sizes_are_checked_before_pixels_are_read(tmp_path: Path) -> None:
    """A file that claims to be enormous is refused by its header, without Pillow's warning or error."""
    path = tmp_path / "bomb.png"
    path.write_bytes(_png(100_000, 100_000, b""))
    before = Image.MAX_IMAGE_PIXELS
    with pytest.raises(InputError, match="100000 x 100000"):
        load_image(path)
    assert before == Image.MAX_IMAGE_PIXELS


def _picture_bytes(ending: str) -> bytes:
    rng = np.random.default_rng(0)
    buffer = io.BytesIO()
    frames = [Image.fromarray(rng.integers(0, 256, (40, 40, 3)).astype(np.uint8)) for _ in range(3)]
    options = {"save_all": True, "append_images": frames[1:]} if ending in ("gif", "webp") else {}
    frames[0].save(buffer, ending, **options)
    return buffer.getvalue()


@pytest.mark.parametrize("ending", ["png", "jpeg", "gif", "webp", "bmp", "tiff", "ppm", "tga", "ico"])
def test_broken_files_are_input_errors(ending: str, tmp_path: Path) -> None:
    """A picture cut or scrambled anywhere loads or is an InputError that names the file."""
    whole = _picture_bytes(ending)
    path = tmp_path / f"a.{ending}"
    rng = np.random.default_rng(1)
    damaged = [whole[: len(whole) * k // 24] for k in range(24)]
    for _ in range(24):
        noisy = np.frombuffer(whole, np.uint8).copy()
        noisy[rng.integers(0, min(len(noisy), 400), 5)] = rng.integers(0, 256, 5)
        damaged.append(noisy.tobytes())
    for data in damaged:
        path.write_bytes(data)
        try:
            loaded = load_image(path)
        except InputError as error:
            assert str(error).startswith(str(path)) and "\n" not in str(error)
        else:
            assert loaded.image.mode == "RGB"


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("none.png", None, "cannot be read: No such file"),
        ("text.png", b"hello", "not a picture in a format that Pillow reads"),
        ("empty.png", b"", "is empty"),
        ("cut.png", _png(64, 64, b"x")[:40], "it is damaged"),
        ("a\0b.png", None, "cannot be read"),
    ],
)
def test_files_that_are_no_pictures_are_told(name: str, content: bytes | None, message: str, tmp_path: Path) -> None:
    """A missing file, a text and a stub each have their own line."""
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=message):
        load_image(tmp_path / name)


def test_a_folder_is_no_picture(tmp_path: Path) -> None:
    """A folder is told by name."""
    with pytest.raises(InputError, match=f"{tmp_path}: cannot be read"):
        load_image(tmp_path)


def test_damaged_exif_costs_the_orientation_only(tmp_path: Path) -> None:
    """A picture whose EXIF cannot be parsed is taken as it is stored."""
    Image.new("RGB", (64, 32), RED).save(tmp_path / "a.jpg", exif=b"Exif\0\0MM\0*\0\0\0\x08\0\x05\x01")
    assert load_image(tmp_path / "a.jpg").size == (64, 32)


@pytest.mark.parametrize("ending", ["gif", "png", "webp", "tif"])
def test_the_frame_that_the_caller_is_at_is_taken(ending: str, tmp_path: Path) -> None:
    """Of a Pillow image the present frame is read, and it stays there."""
    frames = [Image.new("RGB", (40, 30), colour) for colour in (RED, (0, 255, 0), (0, 0, 255))]
    path = tmp_path / f"a.{ending}"
    frames[0].save(path, save_all=True, append_images=frames[1:], **({"lossless": True} if ending == "webp" else {}))
    with Image.open(path) as image:
        for at in (2, 0, 1):
            image.seek(at)
            assert _close(_corner(load_image(image).image), _corner(frames[at]), by=4)
            assert image.tell() == at


def test_pictures_come_from_bytes_and_streams(tmp_path: Path) -> None:
    """Bytes, buffers, open files and streams that cannot seek give the same as the file, and are named in messages."""
    path = tmp_path / "a.png"
    Image.new("RGB", (30, 20), RED).save(path)
    data = path.read_bytes()

    class Pipe:
        name = "pipe"

        def __init__(self, data: bytes) -> None:
            self._data = io.BytesIO(data)

        def read(self, size: int = -1) -> bytes:
            return self._data.read(min(size, 100))

    for source in (data, bytearray(data), memoryview(data), io.BytesIO(data), Pipe(data)):
        loaded = load_image(source)
        assert loaded.size == (30, 20) and _corner(loaded.image) == RED and loaded.data == data and loaded.path is None
    with path.open("rb") as file:
        assert load_image(file).size == (30, 20)
    for source, words in (
        (data[:60], "the bytes given: "),
        (Pipe(b"text"), "pipe: not a picture"),
        (io.StringIO("x"), "binary mode"),
        (None, "NoneType is not a picture; give a path"),
        ([1, 2], "list is not a picture"),
    ):
        with pytest.raises(InputError, match=words):
            load_image(source)  # type: ignore[arg-type]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes")
def test_a_named_pipe_is_read_once(tmp_path: Path) -> None:
    """What can be read only once is, into memory."""
    os.mkfifo(tmp_path / "pipe")
    data = _png(64, 64, zlib.compress(bytes(64 * (1 + 64 * 3))))
    writer = threading.Thread(target=(tmp_path / "pipe").write_bytes, args=(data,))
    writer.start()
    loaded = load_image(tmp_path / "pipe")
    writer.join()
    assert loaded.size == (64, 64) and loaded.data == data


def test_long_texts_and_profiles_of_png_are_no_hindrance(tmp_path: Path) -> None:
    """Texts beyond Pillow's limit, before and after the pixels, do not keep a picture from being read."""
    limits = PngImagePlugin.MAX_TEXT_CHUNK, PngImagePlugin.MAX_TEXT_MEMORY, Image.MAX_IMAGE_PIXELS
    text = PngImagePlugin.PngInfo()
    text.add_text("long", "x" * 3_000_000, zip=True)
    text.add_itxt("longer", "z" * 3_000_000, zip=True)
    Image.new("RGB", (30, 20), RED).save(tmp_path / "a.png", pnginfo=text, icc_profile=bytes(2_000_000))
    loaded = load_image(tmp_path / "a.png")
    assert _corner(loaded.image) == RED and "its colour profile was not used" in loaded.notes[0]
    assert limits == (PngImagePlugin.MAX_TEXT_CHUNK, PngImagePlugin.MAX_TEXT_MEMORY, Image.MAX_IMAGE_PIXELS)


@pytest.mark.parametrize(
    ("start", "plugin"),
    [
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "pillow-heif"),
        (b"\0\0\0\x18ftypmif1\0\0\0\0mif1heic", "pillow-heif"),
        (b"\xff\x0a\x00\x00", "pillow-jxl-plugin"),
        (b"\0\0\0\x0cJXL \r\n\x87\n", "pillow-jxl-plugin"),
        (b"\xff\xd8\xff\xf7\0\x0b", "pillow-jpls"),
    ],
)
def test_a_missing_plugin_is_named_and_a_present_one_used(
    start: bytes, plugin: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Formats that Pillow does not read itself: the message has the install line; an installed plugin is loaded."""
    module = {"pillow-jxl-plugin": "pillow_jxl"}.get(plugin, plugin.replace("-", "_"))
    data = start.ljust(60, b"\0")
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(InputError, match=f"pip install {plugin}"):
        load_image(data)
    monkeypatch.delitem(sys.modules, module)
    (tmp_path / f"{module}.py").write_text(
        "from PIL import Image, ImageFile\n"
        "class File(ImageFile.ImageFile):\n"
        "    format = 'OURS'\n"
        "    def _open(self): self._mode, self._size, self.tile = 'RGB', (20, 20), []\n"
        "    def load(self): self.im = Image.new('RGB', (20, 20), 'red').im\n"
        "def register_heif_opener(): Image.register_open('OURS', File, lambda prefix: prefix[:4] == "
        f"{start[:4]!r})\n"
        "register_heif_opener()\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    try:
        assert _corner(load_image(data).image) == (255, 0, 0)
    finally:
        Image.OPEN.pop("OURS", None)
        Image.ID.remove("OURS")
        sys.modules.pop(module, None)


def test_damage_is_not_taken_for_a_missing_plugin(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where Pillow reads AVIF by itself, a broken file is said to be broken; else the plugin is named."""
    data = b"\0\0\0\x1cftypavif\0\0\0\0avifmif1miaf".ljust(60, b"\0")
    Image.init()
    monkeypatch.setitem(Image.OPEN, "AVIF", Image.OPEN["PNG"])
    with pytest.raises(InputError, match="it is damaged"):
        load_image(data)
    monkeypatch.delitem(Image.OPEN, "AVIF")
    monkeypatch.setattr(Image, "ID", [name for name in Image.ID if name != "AVIF"])
    monkeypatch.setitem(sys.modules, "pillow_avif", None)
    with pytest.raises(InputError, match="pip install pillow-avif-plugin"):
        load_image(data)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "is empty"),
        (b"\x89PNG\r\n\x1a\nxx", "it is damaged"),
        (b"RIFF\x20\0\0\0WEBPxxxx", "it is damaged"),
        (b"\xff\xd8\xff", "it is damaged"),
        (b"%PDF-1.4", "not a picture"),
    ],
)
def test_a_damaged_picture_is_told_from_none(data: bytes, words: str) -> None:
    """What begins like a picture is damaged, an empty file is empty, and anything else is no picture."""
    with pytest.raises(InputError, match=words):
        load_image(data)


def test_a_drawing_is_told_from_a_picture() -> None:
    """SVG has no pixels, and the message says what to do."""
    with pytest.raises(InputError, match="export it as PNG"):
        load_image(b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>')


def test_pillows_limits_are_lifted_for_us_only(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Threads that load at once see them lifted, and afterwards they are as they were, warnings included."""
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    for ending in ("png", "tif", "gif"):
        Image.new("RGB", (64, 64), RED).save(tmp_path / f"a.{ending}")
    filters = list(warnings.filters)
    failed = []

    def work() -> None:
        try:
            for ending in ("png", "tif", "gif"):
                load_image(tmp_path / f"a.{ending}")
        except Exception as error:
            failed.append(error)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == [] and Image.MAX_IMAGE_PIXELS == 100 and warnings.filters == filters


def test_the_callers_image_is_not_changed() -> None:
    """Loading a Pillow image leaves it as it was."""
    image = Image.new("RGB", (3000, 20), RED)
    load_image(image).image.putpixel((0, 0), (0, 0, 0))
    assert image.size == (3000, 20) and image.getpixel((0, 0)) == RED
    small = Image.new("RGB", (30, 20), RED)
    load_image(small).image.putpixel((0, 0), (0, 0, 0))
    assert small.getpixel((0, 0)) == RED


def test_photoshop_files_show_the_whole_picture() -> None:
    """A PSD opens at the picture of all its layers; counting frames does not move it."""
    planes = b"".join(bytes([value]) * 600 for value in RED)
    data = b"8BPS" + struct.pack(">H6xHIIHH", 1, 3, 20, 30, 8, 3) + bytes(12) + b"\0\0" + planes
    loaded = load_image(data)
    assert loaded.size == (30, 20) and _corner(loaded.image) == RED and loaded.notes == ()
    with Image.open(io.BytesIO(data)) as image:
        at = image.tell()
        assert _corner(load_image(image).image) == RED and image.tell() == at
