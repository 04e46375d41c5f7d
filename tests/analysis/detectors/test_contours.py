"""Edge networks as ONNX files: what they are given, what is made of their answer, and their errors."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import triptych
from triptych.analysis import detectors as models
from triptych.analysis.detectors.contours import edge_map
from triptych.errors import InputError, MissingExtraError, ModelError

Network = Callable[..., Path]


@pytest.fixture
def halves() -> Image.Image:
    """Black on the left, red on the right, 96 x 64 pixels."""
    image = Image.new("RGB", (96, 64))
    image.paste((255, 0, 0), (48, 0, 96, 64))
    return image


def test_a_network_finds_the_border(halves: Image.Image, edge_network: Network) -> None:
    """The map has the picture's shape, is bright at the border alone, and becomes the edges of a file."""
    edges = edge_map(halves, str(edge_network()))
    assert edges.mode == "L" and edges.size == (768, 512)
    columns = np.asarray(edges).max(0)
    assert columns[370:398].max() > 60 and columns[20:360].max() == 0 and columns[408:748].max() == 0
    bright = edges.point(lambda value: min(255, value * 4))
    raster = triptych.encode(halves, edges=bright, layers=["edges"]).edges.raster
    assert set(np.nonzero(raster)[1]) <= {raster.shape[1] // 2 - 1, raster.shape[1] // 2} and raster.any()


def test_colours_come_in_the_order_that_the_network_wants(
    halves: Image.Image, edge_network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Red is the first channel of a file given by path, and the last one of a network that is listed as BGR."""
    first, last = (str(edge_network(channel=channel)) for channel in (0, 2))
    assert edge_map(halves, first).getextrema()[1] > 60
    assert edge_map(halves, last).getextrema()[1] == 0
    listed = {"ours": replace(models.catalogue()["pidinet"], source=last)}
    monkeypatch.setattr(models, "catalogue", lambda: listed)
    assert edge_map(halves, "ours").getextrema()[1] > 60


def test_a_fixed_size_is_kept(halves: Image.Image, edge_network: Network) -> None:
    """A network that takes one size only gets that size."""
    assert edge_map(halves, str(edge_network(size=(32, 80)))).size == (80, 32)
    assert edge_map(halves, str(edge_network(size=("h", 80)))).size == (80, 512)


def test_narrow_pictures_stay_small(edge_network: Network) -> None:
    """A strip is not blown up until its short side has the usual length."""
    assert edge_map(Image.new("RGB", (1600, 16)), str(edge_network())).size == (2048, 64)


def test_logits_become_strengths(edge_network: Network) -> None:
    """Values beyond 0..1 are taken for logits: 0 is then half, and nothing overflows."""
    image = Image.effect_noise((64, 64), 90).convert("RGB")
    edges = np.asarray(edge_map(image, str(edge_network(last="Exp"))))  # 0 becomes 1, large steps far more
    assert edges.dtype == np.uint8 and edges.max() > 200
    assert abs(int(np.median(edges)) - 255 * 0.73) < 20  # 1 / (1 + exp(-1))


def test_files_that_are_no_edge_networks_are_told(
    halves: Image.Image, edge_network: Network, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """One line each: not ONNX, not of pictures, no map."""
    (tmp_path / "text.onnx").write_text("hello")
    with pytest.raises(ModelError, match=r"text\.onnx: is not a network in ONNX: [^\n]+$"):
        edge_map(halves, str(tmp_path / "text.onnx"))
    with pytest.raises(ModelError, match=r"does not take pictures: its input is not \(1, 3, height, width\)$"):
        edge_map(halves, str(edge_network(channels=4)))
    with pytest.raises(ModelError, match=r"its last output, of shape \(4,\), is no edge map of one picture$"):
        edge_map(halves, str(edge_network(last="Shape")))
    assert capfd.readouterr().err == ""


def test_names_and_packages_that_are_missing_are_told(
    halves: Image.Image, edge_network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A wrong name lists the right ones; a missing package has its install line."""
    with pytest.raises(InputError, match="no model called 'canny' finds edges; there are: pidinet, lineart, lineart-"):
        edge_map(halves, "canny")
    with pytest.raises(InputError, match=r"'nowhere\.onnx' finds edges"):
        edge_map(halves, "nowhere.onnx")
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    with pytest.raises(MissingExtraError, match=r"needs an optional package: pip install 'triptych\[hub\]'"):
        edge_map(halves, "pidinet")
    assert edge_map(halves, str(edge_network())).mode == "L"  # a file of one's own needs nothing
