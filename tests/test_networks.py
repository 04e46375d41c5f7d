"""Networks that ship in the package are the ones that were shipped, or say so."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from importlib.resources import files

import pytest

from triptych import networks
from triptych.errors import ModelError

SHIPPED = [("triptych.decoders.miniature", "miniature"), ("triptych.analysis", "stroke_gain")]


@pytest.mark.parametrize(("package", "name"), SHIPPED, ids=[name for _, name in SHIPPED])
def test_shipped_weights_have_their_digest_and_can_be_run(package: str, name: str) -> None:
    """Each file is the one that its card names."""
    card = json.loads((files(package) / f"{name}.json").read_text("utf-8"))
    assert hashlib.sha256((files(package) / f"{name}.onnx").read_bytes()).hexdigest() == card["sha256"]
    assert networks.load_network(package, name, "wait").get_inputs()


def test_damaged_weights_are_one_clear_error(monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:
    """Weights that are not the shipped ones are refused, and the message says what to do."""
    (tmp_path / "some.onnx").write_bytes(b"not a network")
    (tmp_path / "some.json").write_text('{"sha256": "0"}')
    monkeypatch.setattr(networks, "files", lambda package: tmp_path)
    with pytest.raises(ModelError, match=r"some\.onnx.*reinstall"):
        networks.load_network("triptych", "some", "wait")


@pytest.mark.parametrize("package", [package for package, _ in SHIPPED])
def test_a_missing_runtime_is_one_clear_error(monkeypatch: pytest.MonkeyPatch, package: str) -> None:
    """Where ONNX Runtime cannot be loaded, the message names what works without it."""
    from triptych.analysis.stroke_gain import _network
    from triptych.decoders.miniature.network import load_miniature

    load, instead = {
        "triptych.decoders.miniature": (load_miniature, "choose the decoder 'sketch'"),
        "triptych.analysis": (_network, "give the edges yourself"),
    }[package]
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(ModelError, match=f"onnxruntime, or {instead}"):
        load.__wrapped__()


def test_the_runtime_is_loaded_by_the_first_picture_only() -> None:
    """Importing what encodes, and choosing the decoder, load neither a network nor its runtime."""
    script = (
        "import sys, triptych, triptych.codec.encode, triptych.analysis.edges\n"
        "from triptych.codec.decode import find_decoder; find_decoder('miniature')\n"
        "assert 'onnxruntime' not in sys.modules and 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", script], check=True)
