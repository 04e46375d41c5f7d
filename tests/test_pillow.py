"""Pillow opens and saves `.trp` files once `triptych` is imported."""

from __future__ import annotations

import copy
import io
import pickle
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import triptych
from triptych.bitstream import container
from triptych.bitstream.container import RawLayer, Stream
from triptych.codec.picture import Picture


@pytest.fixture
def path(tmp_path: Path, make: Callable[..., Picture]) -> Path:
    """A .trp file of a small picture with all layers."""
    make((96, 64)).save(tmp_path / "a.trp")
    return tmp_path / "a.trp"


def test_the_format_is_registered() -> None:
    """Ending, media type, reader and writer are known to Pillow."""
    assert Image.registered_extensions()[".trp"] == "TRIPTYCH"
    assert Image.MIME["TRIPTYCH"] == "image/x-triptych"
    assert "TRIPTYCH" in Image.OPEN and "TRIPTYCH" in Image.SAVE


@pytest.mark.parametrize(
    "imports", ["import triptych; from PIL import Image", "from PIL import Image; import triptych"]
)
def test_the_order_of_imports_does_not_matter(path: Path, imports: str) -> None:
    """Pillow knows the format whichever is imported first, and its module stays an ordinary one."""
    code = (
        f"{imports}\nimport importlib, sys\n"
        f"assert Image.open({str(path)!r}).size == (96, 64)\n"
        "assert Image.OPEN['TRIPTYCH'] and not [f for f in sys.meta_path if 'triptych' in type(f).__module__]\n"
        "importlib.reload(Image)\n"
    )
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True)


def test_importing_does_not_import_pillow() -> None:
    """`import triptych` is light, and still `Image.open` works afterwards (see above)."""
    code = "import sys, triptych; assert not [name for name in sys.modules if name.startswith('PIL')]"
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True)


def test_opening_reads_the_header_only(path: Path) -> None:
    """Size, mode and the list of layers are there before any payload is looked at."""
    header = path.read_bytes()[: container.scan_header(path.read_bytes()).header_bytes]
    image = Image.open(io.BytesIO(header))
    assert (image.format, image.mode, image.size) == ("TRIPTYCH", "RGB", (96, 64))
    assert image.info["layers"] == ["semantic", "texture", "pose", "edges"]
    assert image.get_format_mimetype() == "image/x-triptych"


def test_loading_paints_with_the_default_decoder(path: Path) -> None:
    """The pixels are those of `triptych.decode`, from a file or from memory, and the prompt is told."""
    expected = triptych.decode(path).tobytes()
    with Image.open(path) as image:
        assert image.tobytes() == expected
        assert image.info["prompt"] == "a red fox in the snow"
    memory = Image.open(io.BytesIO(path.read_bytes()))
    assert memory.tobytes() == expected
    assert memory.tobytes() == expected  # a second time, from memory


def test_opened_pictures_are_ordinary_pictures(path: Path, tmp_path: Path) -> None:
    """They can be resized, converted, copied, made arrays of and saved as something else."""
    with Image.open(path) as image:
        assert image.resize((10, 10)).size == (10, 10)
    with Image.open(path) as image:
        assert np.asarray(image).shape == (64, 96, 3)
    with Image.open(path) as image:
        image.thumbnail((32, 32))
        assert max(image.size) == 32
    with Image.open(path) as image:
        copied = image.convert("L").copy()
    copied.save(tmp_path / "a.png")
    assert copied.size == (96, 64)


def test_saving_encodes(drawing: Callable[..., Image.Image], tmp_path: Path) -> None:
    """`Image.save` takes the arguments of `triptych.encode` and writes the same bytes."""
    image = drawing(96, 80)
    image.save(tmp_path / "a.trp", prompt="a disc", max_bytes=120)
    expected = triptych.encode(image, prompt="a disc", max_bytes=120).to_bytes()
    assert (tmp_path / "a.trp").read_bytes() == expected
    buffer = io.BytesIO()
    image.save(buffer, "TRIPTYCH", prompt="a disc", max_bytes=120)
    assert buffer.getvalue() == expected
    with Image.open(tmp_path / "a.trp") as again:
        assert again.size == (96, 80)
        again.load()
        assert again.info["prompt"] == "a disc"


@pytest.mark.parametrize("mode", ["L", "P", "RGBA", "1", "CMYK"])
def test_every_mode_can_be_saved(drawing: Callable[..., Image.Image], tmp_path: Path, mode: str) -> None:
    """Pictures are converted on the way."""
    drawing(40, 40).convert(mode).save(tmp_path / "a.trp")
    assert triptych.Picture.open(tmp_path / "a.trp").size == (40, 40)


@pytest.mark.parametrize(
    ("arguments", "message"), [({"bytes": 3}, "3 bytes cannot hold"), ({"quality": 500}, "quality is 1 to 100")]
)
def test_what_cannot_be_saved_is_an_os_error(
    drawing: Callable[..., Image.Image], tmp_path: Path, arguments: dict[str, int], message: str
) -> None:
    """Pillow's callers expect OSError; the reason is kept, and no half a file stays behind."""
    with pytest.raises(OSError, match=message):
        drawing(40, 40).save(tmp_path / "a.trp", **arguments)
    assert not (tmp_path / "a.trp").exists()


def test_a_damaged_header_is_told(path: Path) -> None:
    """Opening a file with a broken header says what is wrong with it instead of "cannot identify"."""
    data = bytearray(path.read_bytes())
    data[6] ^= 1
    path.write_bytes(data)
    for source in (path, io.BytesIO(data)):
        with pytest.raises(OSError, match=r"header|layer|size"):
            Image.open(source)
    with pytest.raises(OSError, match="format version 3"):
        Image.open(io.BytesIO(b"\xb7TP\x30\x00"))
    with pytest.raises(OSError, match="the file was cut"):
        Image.open(io.BytesIO(b"\xb7TP"))


def test_a_truncated_file_opens_and_fails_to_load(path: Path) -> None:
    """A cut payload does not hinder opening; loading tells what is missing."""
    with Image.open(io.BytesIO(path.read_bytes()[:-1])) as image:
        assert image.size == (96, 64)
        with pytest.raises(OSError, match=r"the edges layer .* was cut off: 1 of its bytes are missing"):
            image.load()


def test_layers_of_tomorrow_are_listed_and_refused(path: Path) -> None:
    """An unknown critical layer shows in the list by its number, and loading asks for an update."""
    data = container.write(Stream(64, 64, (RawLayer(9, 0, False, b"x"),)))
    with Image.open(io.BytesIO(data)) as image:
        assert image.info["layers"] == ["kind 9"]
        with pytest.raises(OSError, match="update Triptych"):
            image.load()


def test_other_files_are_left_to_other_plugins(tmp_path: Path) -> None:
    """A PNG under our ending is still a PNG, and text is still nothing."""
    Image.new("RGB", (5, 5)).save(tmp_path / "a.trp", "PNG")
    with Image.open(tmp_path / "a.trp") as image:
        assert image.format == "PNG"
    with pytest.raises(OSError, match="cannot identify"):
        Image.open(io.BytesIO(b"hello"))


def test_encoding_an_opened_file_works(path: Path) -> None:
    """A `.trp` file is a picture like any other, so it can be encoded again."""
    assert triptych.encode(path, max_bytes=100).size == (96, 64)


def test_opened_pictures_can_be_pickled_and_copied(path: Path) -> None:
    """Before and after their pixels are read, by every way of copying, with what is known of them."""
    expected = triptych.decode(path).tobytes()

    def loaded() -> Image.Image:
        image = Image.open(path)
        image.load()
        return image

    for make in (
        lambda: pickle.loads(pickle.dumps(Image.open(path))),
        lambda: pickle.loads(pickle.dumps(loaded())),
        lambda: copy.copy(Image.open(path)),
        lambda: copy.deepcopy(Image.open(path)),
        lambda: copy.deepcopy(loaded()),
        lambda: Image.open(path).copy(),
    ):
        image = make()
        assert image.tobytes() == expected and image.info["prompt"] == "a red fox in the snow"
        assert image.info["layers"] == ["semantic", "texture", "pose", "edges"]
        assert pickle.loads(pickle.dumps(image)).tobytes() == expected


def test_verify_checks_the_checksums(path: Path) -> None:
    """A whole file passes without being painted; one that is cut or has any bit flipped does not."""
    data = path.read_bytes()
    image = Image.open(io.BytesIO(data))
    image.verify()
    with Image.open(path) as image:
        image.load()
        image.verify()
    header = container.scan_header(data).header_bytes
    for at in range(header, len(data)):
        damaged = bytearray(data)
        damaged[at] ^= 1 << at % 8
        with pytest.raises(OSError, match="checksum"):
            Image.open(io.BytesIO(damaged)).verify()
    for length in range(header, len(data)):
        with pytest.raises(OSError, match="cut off"):
            Image.open(io.BytesIO(data[:length])).verify()


def test_several_threads_can_load_one_picture(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is painted once, and all see the same pixels."""
    image = Image.open(path)
    painted = []
    paint = type(image)._paint
    monkeypatch.setattr(type(image), "_paint", lambda self: (time.sleep(0.05), painted.append(paint(self))))
    seen = []
    threads = [threading.Thread(target=lambda: seen.append(image.tobytes())) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(painted) == 1 and len(seen) == 4 and set(seen) == {triptych.decode(path).tobytes()}


def test_thumbnails_are_painted_small(make: Callable[..., Picture], tmp_path: Path) -> None:
    """A draft is painted by a power of two smaller, never smaller than asked for, and looks like the picture."""
    make((640, 512)).save(tmp_path / "a.trp")
    with Image.open(tmp_path / "a.trp") as image:
        assert image.draft(None, (150, 100)) == ("RGB", (0, 0, 160, 128))
        image.load()
        assert image.size == image.im.size == (160, 128)
        assert image.draft(None, (20, 20)) is None  # too late
        whole = triptych.decode(tmp_path / "a.trp").resize((40, 32), Image.Resampling.BOX)
        apart = np.abs(np.asarray(image.resize((40, 32), Image.Resampling.BOX)).astype(int) - np.asarray(whole))
        assert apart.mean() < 12
    with Image.open(tmp_path / "a.trp") as image:
        assert image.draft(None, (600, 500)) is None and image.draft(None, None) is None
        image.thumbnail((64, 64))
        assert image.size == (64, 51)
