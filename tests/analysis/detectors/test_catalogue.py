"""The catalogue of networks: complete, and readable without any of their libraries."""

from __future__ import annotations

import subprocess
import sys

import pytest

from triptych.analysis.detectors import catalogue, find, names


@pytest.mark.parametrize("name", catalogue())
def test_every_network_says_what_it_is(name: str) -> None:
    """Each has a repository, files, a size, a licence and a line about it."""
    entry = catalogue()[name]
    model = entry.source
    assert entry.finds in ("captions", "edges", "people") and entry.about
    assert model.name == name and model.repo.count("/") == 1 and model.files and model.megabytes and model.licence
    assert model.part in ("", *model.files)
    assert find(entry.finds, name) is entry and name in names(entry.finds)


def test_hub_ids_and_paths_are_networks_too(tmp_path) -> None:
    """A name that is not listed may be the id of a repository, a part of one, or a path that exists."""
    assert find("captions", "somebody/captioner").source.repo == "somebody/captioner"
    assert find("edges", "somebody/edges/onnx/model.onnx").source.part == "onnx/model.onnx"
    assert find("edges", str(tmp_path)).source == str(tmp_path)


def test_encoding_imports_none_of_it() -> None:
    """A picture is encoded without the catalogue and without any library of its networks."""
    code = (
        "import sys, triptych, numpy as np\n"
        "triptych.encode(np.zeros((32, 32, 3), np.uint8), prompt='night')\n"
        "from triptych.cli import encode, extract\n"
        "heavy = ('torch', 'transformers', 'onnxruntime', 'rtmlib', 'cv2', 'huggingface_hub')\n"
        "print(*[name for name in (*heavy, 'triptych.analysis.detectors') if name in sys.modules])\n"
    )
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.split() == []
