"""The public surface: what `triptych` names, and what importing it does not import."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

import triptych
from triptych import errors
from triptych.codec.picture import Picture

NAMES = [
    "BatchDecoder",
    "Block",
    "BudgetError",
    "Captions",
    "Conditioning",
    "DamagedError",
    "Decoder",
    "DescribedDecoder",
    "DetailLayer",
    "EdgeLayer",
    "FoundPrompt",
    "InputError",
    "LimitError",
    "Limits",
    "Link",
    "Metadata",
    "MissingExtraError",
    "ModelError",
    "PartialWarning",
    "Picture",
    "PoseLayer",
    "Recipe",
    "RecipeLayer",
    "SeedLayer",
    "SemanticLayer",
    "TextureLayer",
    "TriptychError",
    "TruncatedError",
    "UnsupportedError",
    "airtime",
    "archive",
    "assemble",
    "batch",
    "decode",
    "decode_each",
    "decoder_names",
    "edit",
    "encode",
    "errors",
    "extract",
    "find_prompt",
    "find_recipe",
    "inspect",
    "inspect_many",
    "links",
    "make_progressive",
    "placeholder",
    "read_metadata",
    "render",
    "search_seed",
    "split_packets",
    "variant_sheet",
    "verify",
]  # fmt: skip


def test_the_public_names_are_these() -> None:
    """A name that was public once stays; a new one is a decision, made here."""
    assert triptych.__all__ == sorted(triptych.__all__)
    assert triptych.__all__ == NAMES


@pytest.mark.parametrize("name", triptych.__all__)
def test_every_public_name_is_there(name: str) -> None:
    """Each name can be had, is listed by dir(), and is explained."""
    value = getattr(triptych, name)
    assert name in dir(triptych)
    assert value.__doc__


def test_no_public_name_is_hidden_by_a_module() -> None:
    """Importing every part of the package leaves the public names what they are."""
    names = {name: getattr(triptych, name) for name in triptych.__all__}
    code = (
        "import importlib, pkgutil, types, triptych\n"
        "for module in pkgutil.walk_packages(triptych.__path__, 'triptych.'):\n"
        "    if not module.name.endswith('__main__'): importlib.import_module(module.name)\n"
        "print(*[n for n in triptych.__all__ if isinstance(getattr(triptych, n), types.ModuleType)])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    modules = [name for name, value in names.items() if isinstance(value, type(sys))]
    assert done.stdout.split() == modules


def test_unknown_names_are_attribute_errors() -> None:
    """A wrong name is told like that of any module."""
    with pytest.raises(AttributeError, match="module 'triptych' has no attribute 'nonsense'"):
        _ = triptych.nonsense


def test_every_error_is_a_triptych_error() -> None:
    """One except clause catches all, and the tree is the one that the module draws."""
    tree = {
        "DamagedError": "TriptychError",
        "TruncatedError": "DamagedError",
        "UnsupportedError": "TriptychError",
        "LimitError": "TriptychError",
        "InputError": "TriptychError",
        "BudgetError": "TriptychError",
        "MissingExtraError": "TriptychError",
        "ModelError": "TriptychError",
        "TriptychError": "Exception",
    }
    found = {name: value for name, value in vars(errors).items() if isinstance(value, type)}
    classes = {name: value for name, value in found.items() if value.__module__ == errors.__name__}
    assert {name: value.__bases__[0].__name__ for name, value in classes.items()} == tree
    assert all(name in (errors.__doc__ or "") for name in tree if name != "TriptychError")


def test_a_missing_extra_has_its_install_line() -> None:
    """The message of a missing package can be pasted into a terminal."""
    error = errors.MissingExtraError("the oil decoder", "oil")
    assert str(error) == "the oil decoder needs an optional package: pip install 'triptych[oil]'"
    assert error.extra == "oil"


def _loaded(code: str, *unwanted: str) -> list[str]:
    """Which of some modules are loaded after running code in a new process."""
    tail = f"\nimport sys\nprint('loaded:', *[name for name in {unwanted!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code + tail], capture_output=True, text=True, check=True)
    return done.stdout.rpartition("loaded:")[2].split()


def test_importing_is_light() -> None:
    """`import triptych` loads neither arrays nor anything else that takes time."""
    assert _loaded("import triptych", "numpy", "scipy", "torch", "tqdm", "json", "concurrent.futures", "argparse") == []


def test_help_is_light() -> None:
    """Nor does the command line before it knows what to do."""
    code = "from triptych.cli.main import main\ntry: main(['--help'])\nexcept SystemExit: pass"
    assert _loaded(code, "numpy", "scipy", "torch", "tqdm") == []


def test_reading_headers_is_light() -> None:
    """The container needs the standard library only."""
    code = "from triptych.bitstream import container\ntry: container.read(b'')\nexcept Exception: pass"
    assert _loaded(code, "numpy", "scipy", "torch") == []


def test_nothing_needs_a_neural_network_library(tmp_path: Path, picture: Picture) -> None:
    """A picture without strokes to rank is encoded, inspected and painted by `sketch` with heavy libraries blocked."""
    picture.save(tmp_path / "a.trp")
    Image.new("RGB", (64, 64), (200, 30, 40)).save(tmp_path / "a.png")
    code = (
        "import sys\n"
        "for name in ('torch', 'onnxruntime', 'tensorflow', 'jax', 'cv2', 'skimage'): sys.modules[name] = None\n"
        "import triptych\n"
        f"picture = triptych.encode({str(tmp_path / 'a.png')!r}, prompt='a plain square')\n"
        "triptych.decode(picture.to_bytes(), decoder='sketch')\n"
        f"triptych.inspect(open({str(tmp_path / 'a.trp')!r}, 'rb').read())\n"
    )
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True)
