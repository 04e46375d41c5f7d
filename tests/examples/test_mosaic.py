"""The example of a decoder in a package of its own works once it is installed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples/mosaic"


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that the package was installed into by pip, without network."""
    pytest.importorskip("hatchling")
    folder = tmp_path_factory.mktemp("site")
    offline = ("--no-deps", "--no-build-isolation", "--no-index", "--disable-pip-version-check")
    command = [sys.executable, "-m", "pip", "install", "-q", *offline, "--target", folder, EXAMPLE]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return folder


def _run(installed: Path, *arguments: object) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join([str(installed), *filter(None, [os.environ.get("PYTHONPATH")])])
    command = [sys.executable, "-m", "triptych", *map(str, arguments)]
    return subprocess.run(command, env=os.environ | {"PYTHONPATH": path}, capture_output=True, text=True, check=False)


def test_the_decoder_is_found_by_its_name_and_paints(installed: Path, tmp_path: Path) -> None:
    """Its entry point makes it a choice of `--decoder`, with an option of its own."""
    with Image.open(ROOT / "samples/portrait.png") as image:
        image.convert("RGB").resize((128, 160)).save(tmp_path / "cat.png")
    done = _run(installed, "encode", tmp_path / "cat.png", "-o", tmp_path / "cat.trp")
    assert done.returncode == 0, done.stderr
    done = _run(
        installed, "decode", tmp_path / "cat.trp", "-o", tmp_path / "tiles.png", "--decoder", "mosaic", "-O", "gap=1"
    )
    assert done.returncode == 0, done.stderr
    with Image.open(tmp_path / "tiles.png") as tiles:
        assert tiles.size == (128, 160)
        # Tiles of one colour between black lines.
        assert 20 < len(tiles.convert("RGB").getcolors(1 << 16) or ()) < 400


def test_an_option_that_it_does_not_understand_is_named(installed: Path, tmp_path: Path) -> None:
    """Its own `InputError` reaches the user as one line."""
    with Image.new("RGB", (64, 64), "red") as image:
        image.save(tmp_path / "red.png")
    assert _run(installed, "encode", tmp_path / "red.png", "-o", tmp_path / "red.trp").returncode == 0
    done = _run(
        installed, "decode", tmp_path / "red.trp", "-o", tmp_path / "x.png", "--decoder", "mosaic", "-O", "gap=a"
    )
    assert done.returncode != 0 and "option gap" in done.stderr and "Traceback" not in done.stderr
