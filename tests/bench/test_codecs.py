"""Codecs keep budgets, are found by name, and programs are called as their TOML says."""

from __future__ import annotations

import shutil
import struct
import sys
from collections.abc import Sequence
from fractions import Fraction
from importlib.metadata import EntryPoint
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from triptych.bench import codecs
from triptych.bench.codecs.base import Codec, Coded, Coder, Unreached
from triptych.bench.codecs.commands import CommandCoder, ready
from triptych.bench.codecs.fitted import Fitted
from triptych.bench.codecs.hashes import thumb_hash, thumb_pixels
from triptych.bench.originals import Original
from triptych.errors import InputError, TriptychError, UnsupportedError


class Knob:
    """A coder whose files take area x quality bytes, and whose pictures are grey with this quality."""

    name = "knob"
    qualities: Sequence[float] = range(1, 101)

    def identity(self) -> str:
        return "knob 1"

    def encode(self, image: Image.Image, quality: float) -> bytes:
        area = image.width * image.height
        return struct.pack("<HHB", *image.size, int(quality)) + bytes(int(area * quality / 1000))

    def decode(self, data: bytes) -> Image.Image:
        width, height, quality = struct.unpack_from("<HHB", data)
        return Image.new("RGB", (width, height), (quality, width, 0))


SCALES = (Fraction(1), Fraction(1, 2), Fraction(1, 4))


def _place(image: Image.Image) -> tuple[int, int]:
    pixel = image.getpixel((0, 0))
    assert isinstance(pixel, tuple)
    return pixel[0], pixel[1]


def test_the_best_scale_by_each_metric(original: Original) -> None:
    """The highest quality that fits at the scale that a metric likes best; metrics that agree share one file."""
    fit = {
        "large": lambda image: float(_place(image)[1]),  # likes wide pictures
        "fine": lambda image: float(_place(image)[0]),  # likes quality
        "finer": lambda image: _place(image)[0] + 0.5,
    }
    found = list(Fitted(Knob(), SCALES).code(original, [100, 400], fit))
    assert all(isinstance(coded, Coded) and len(coded.data) <= budget for budget, coded in found)
    chosen = {(budget, coded.fit): coded.setting for budget, coded in found if isinstance(coded, Coded)}
    # 192 x 176 pixels: 33.8 bytes a step of quality; a quarter of that at half the side, a sixteenth at a quarter.
    assert chosen[100, ("large",)] == {"quality": 2, "scale": "1"}
    assert chosen[100, ("fine", "finer")] == {"quality": 45, "scale": "1/4"}
    assert chosen[400, ("large",)] == {"quality": 11, "scale": "1"}
    assert all(coded.image.size == original.size for _, coded in found if isinstance(coded, Coded))


def test_a_budget_that_cannot_be_kept_is_told(original: Original) -> None:
    """Instead of a file that is too large there is a reason."""
    found = list(Fitted(Knob(), SCALES).code(original, [6], {"any": lambda image: 0.0}))
    assert found == [(6, Unreached("its smallest file takes 7 bytes"))]


@pytest.mark.parametrize("name", ["jpeg", "webp", "jpeg2000", "jpegxl", "avif", "heif"])
def test_formats_keep_budgets(name: str, original: Original) -> None:
    """Each usual format gives a readable file within 700 bytes, of the version that it names."""
    try:
        codec = codecs.find_codec(name)
    except TriptychError as error:
        pytest.skip(f"{name}: {error}")
    budget, coded = next(iter(codec.code(original, [700], {"psnr": lambda image: -float(np.var(image))})))
    assert isinstance(coded, Coded) and 0 < len(coded.data) <= budget == 700
    assert coded.image.size == original.size and coded.image.mode == "RGB"
    assert coded.encode_s is not None and coded.decode_s is not None and any(map(str.isdigit, codec.identity()))


def test_blurhash_fits_the_budget(original: Original) -> None:
    """As many components as fit, and none more once all are there."""
    pytest.importorskip("blurhash")
    found = dict(codecs.find_codec("blurhash").code(original, [5, 28, 170, 200], {}))
    assert isinstance(found[5], Unreached) and 200 not in found
    assert isinstance(found[28], Coded) and len(found[28].data) <= 28
    assert isinstance(found[170], Coded) and len(found[170].data) == 4 + 2 * 81


def test_thumbhash_is_the_published_one() -> None:
    """The bytes of the package thumbhash-py 0.1.2 for a pattern of colours; they decode to about that pattern."""
    across, down = np.meshgrid(np.arange(24), np.arange(16))
    pattern = np.stack([across * 10, down * across % 256, 255 - down * down], 2).astype(np.uint8) / 255
    data = thumb_hash(pattern)
    assert data.hex() == "5e450e7d8e7077878a78888587878787738019faa6"
    again = thumb_pixels(data)
    assert again.shape == (23, 32, 3)  # the ratio of its components, 7 to 5
    small = np.asarray(Image.fromarray(np.uint8(again * 255)).resize((24, 16)))
    assert np.abs(small / 255 - pattern).mean() < 0.08


def test_programs_by_toml(shrink: Path, original: Original) -> None:
    """A TOML with two commands is a codec like any other, with the version that its program states."""
    codec = codecs.find_codec(str(shrink))
    found = list(codec.code(original, [90, 10_000], {"psnr": lambda image: 0.0}))
    settings = [coded.setting if isinstance(coded, Coded) else coded for _, coded in found]
    assert settings[1] == {"quality": 8, "scale": "1"}
    assert codec.name == "shrink" and codec.identity().startswith(f"Python {sys.version.split()[0]}; {{python}}")


def test_a_program_that_does_both_at_once(tmp_path: Path, original: Original) -> None:
    """`both` leaves the file and the picture; the time of decoding is not known then."""
    (tmp_path / "both.py").write_text(
        "import sys\nfrom PIL import Image\nfolder, out, quality = sys.argv[1:]\n"
        "image = Image.open(folder + '/input.png')\n"
        "open(out + '/bin/input', 'wb').write(b'x' * int(quality))\n"
        "image.point(lambda value: min(value, int(quality))).save(out + '/rec/input.png')\n"
    )
    path = tmp_path / "both.toml"
    path.write_text(
        'name = "both"\nboth = "{python} {here}/both.py {input_folder} {folder} {quality}"\n'
        'coded = "bin/input"\ndecoded = "rec/input.png"\nqualities = [30, 50, 70, 90]\n'
    )
    _, coded = next(iter(codecs.find_codec(str(path)).code(original, [60], {"psnr": lambda image: 0.0})))
    assert isinstance(coded, Coded) and len(coded.data) == 50 and coded.decode_s is None
    assert np.asarray(coded.image).max() == 50, "the picture is that of the file that was chosen"


@pytest.mark.parametrize(
    ("text", "error", "said"),
    [
        ('name = "x"\nencode = "{python}"\n', InputError, "needs either encode and decode, or both"),
        (
            'name = "x"\nboth = "no-such-program-anywhere"\n',
            UnsupportedError,
            "there is no no-such-program-anywhere on",
        ),
        ('name = "x"\nboth = "{python} ${NO_SUCH_NAME_HERE}"\n', UnsupportedError, "has no NO_SUCH_NAME_HERE, which x"),
        ('name = "x"\nboth = "{python}"\nspeed = 3\n', InputError, "speed: there is no such key"),
        ('name = "x"\nboth = "{python}"\nqualities = []\n', InputError, "qualities: there are none"),
    ],
)
def test_a_wrong_toml_is_told_in_one_line(text: str, error: type[Exception], said: str, tmp_path: Path) -> None:
    """What is wrong, and in which file or for which codec."""
    path = tmp_path / "x.toml"
    path.write_text(text)
    with pytest.raises(error, match=said.replace("{", r"\{")):
        CommandCoder(path)


def test_a_failing_program_is_quoted(tmp_path: Path, original: Original) -> None:
    """Its exit code and the end of what it said."""
    path = tmp_path / "bad.toml"
    path.write_text('name = "bad"\nboth = "{python} -c \\"raise SystemExit(\'no weights\')\\""\n')
    with pytest.raises(TriptychError, match=r"bad: .* ended with code 1: no weights"):
        CommandCoder(path).encode(original.image, 0)


def test_ready_tomls_are_valid(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those that come with the package can be read; what they need is a program or a checkout."""
    for name in ("COMPRESSAI", "STABLECODEC", "STABLECODEC_WEIGHTS", "SD_TURBO", "AEIC", "AEIC_WEIGHTS"):
        monkeypatch.setenv(name, "/opt")
    monkeypatch.setattr(shutil, "which", lambda program: program)
    assert {CommandCoder(path).name for path in ready().values()} == {"cwebp", "compressai", "stablecodec", "aeic"}


@pytest.mark.skipif(shutil.which("cwebp") is None, reason="cwebp is not installed (Debian: webp)")
def test_cwebp_takes_part(original: Original) -> None:
    """The stranger's codec of the guide, with real programs."""
    _, coded = next(iter(codecs.find_codec("cwebp").code(original, [900], {"psnr": lambda image: 0.0})))
    assert isinstance(coded, Coded) and coded.data[:4] == b"RIFF" and len(coded.data) <= 900


def test_vvc_goes_through_planes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, textured: Image.Image) -> None:
    """With programs that only copy, the picture comes back up to 4:2:0 and 10 bits, whatever its size."""
    for name, source, target in (("vvencFFapp", "-i", "-b"), ("vvdecapp", "-b", "-o")):
        program = tmp_path / name
        program.write_text(
            f"#!{sys.executable}\nimport shutil, sys\nwords = sys.argv\n"
            "if '--version' in words: sys.exit(print('copy 1.0'))\n"
            f"shutil.copy(words[words.index('{source}') + 1], words[words.index('{target}') + 1])\n"
        )
        program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    from triptych.bench.codecs.vvc import Vvc

    picture = textured.crop((0, 0, 61, 45))
    coder = Vvc()
    data = coder.encode(picture, 30)
    again = np.asarray(coder.decode(data)).astype(int)
    assert len(data) == 4 + 64 * 48 * 3 // 2 * 2 and again.shape == (45, 61, 3)
    assert np.abs(again - np.asarray(picture)).mean() < 6 and "copy 1.0" in coder.identity()
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    with pytest.raises(UnsupportedError, match="no vvencFFapp on the PATH"):
        Vvc()


def test_other_packages_add_codecs(monkeypatch: pytest.MonkeyPatch) -> None:
    """By an entry point, whose coder gets the search for free; two of one name are an error."""
    import types

    monkeypatch.setitem(sys.modules, "theirs", types.SimpleNamespace(Knob=Knob, Wrong=dict))  # type: ignore[arg-type]
    entries = [EntryPoint("knob", "theirs:Knob", codecs.GROUP), EntryPoint("wrong", "theirs:Wrong", codecs.GROUP)]
    monkeypatch.setattr(codecs, "entry_points", lambda group: entries if group == codecs.GROUP else [])
    codecs.find_codec.cache_clear()
    assert "knob" in codecs.names() and isinstance(codecs.find_codec("knob"), Fitted)
    with pytest.raises(TriptychError, match="'wrong' gives neither a codec nor a coder"):
        codecs.find_codec("wrong")
    entries.append(EntryPoint("knob", "other:Knob", codecs.GROUP))
    codecs.find_codec.cache_clear()
    with pytest.raises(TriptychError, match="more than one package provides the codec 'knob'"):
        codecs.find_codec("knob")
    with pytest.raises(InputError, match="no codec called 'bpg'; there are: triptych"):
        codecs.find_codec("bpg")


def test_protocols_of_codecs_are_told_apart() -> None:
    """One that keeps budgets itself is no coder, and the other way round."""
    assert isinstance(Knob(), Coder) and not isinstance(Knob(), Codec)
    assert isinstance(Fitted(Knob()), Codec) and not isinstance(Fitted(Knob()), Coder)


def test_triptych_with_its_leading_sets(original: Original) -> None:
    """A file within the budget, its bytes by layer, and each leading set of layers as a file of its own, once."""
    codec = codecs.find_codec("triptych:sketch")
    original = Original("noise.png", "0" * 64, original.image.resize((64, 64)), "soft noise")
    found = [coded for _, coded in codec.code(original, [300, 320], {}) if isinstance(coded, Coded)]
    whole = [coded for coded in found if coded.part is None]
    assert [len(coded.data) <= most for coded, most in zip(whole, (300, 320), strict=True)] == [True, True]
    assert all(sum(coded.layers.values()) == len(coded.data) for coded in found)
    first = next(coded for coded in found if coded.part == "layer1")
    assert set(first.layers) == {"semantic", "container"} and len(first.data) < 60
    assert sum(coded.part == "layer1" for coded in found) == 1, "the prompt alone is the same file in both"
    assert isinstance(dict(codec.code(original, [3], {}))[3], Unreached)
