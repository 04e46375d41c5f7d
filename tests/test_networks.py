"""Networks that ship in the package are the ones that were shipped, or say so."""

from __future__ import annotations

import ast
import hashlib
import json
import os
import shutil
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import pytest

from triptych import networks
from triptych.errors import ModelError

SHIPPED = [("triptych.decoders.miniature", "miniature"), ("triptych.analysis", "stroke_gain")]


@pytest.mark.parametrize(("package", "name"), SHIPPED, ids=[name for _, name in SHIPPED])
def test_shipped_weights_have_their_digest_and_can_be_run(package: str, name: str) -> None:
    """Each file is the one that its card names."""
    card = json.loads((files(package) / f"{name}.json").read_text("utf-8"))
    assert hashlib.sha256((files(package) / f"{name}.onnx").read_bytes()).hexdigest() == card["sha256"]
    assert networks.load_network(package, name, "wait").session.get_inputs()


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


_QUIET = """
import os, sys, time
touched = []
def refuse(event, args):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.sendto"):
        touched.append((event, args))
sys.addaudithook(refuse)
import io, triptych
from PIL import Image
data = io.BytesIO()
Image.linear_gradient("L").resize((48, 48)).save(data, "TRIPTYCH", layers=["texture", "edges"], max_bytes=120)
triptych.decode(data.getvalue())
Image.open(data).load()
assert "onnxruntime" in sys.modules and os.environ["ORT_DISABLE_TELEMETRY"] == "1"
time.sleep(SECONDS)
assert not touched, touched
"""


def test_nothing_is_contacted_and_nothing_left(tmp_path: Path) -> None:
    """Encoding, decoding and Pillow's plugin leave the home empty, and open no connection, at once or later.

    ONNX Runtime sends from native code, after ten seconds, so the connections are looked for by strace, without a
    network, where the system has these; Python's own are counted everywhere.
    """
    environment = {k: v for k, v in os.environ.items() if k != "ORT_DISABLE_TELEMETRY" and not k.startswith("XDG_")}
    trace = tmp_path / "trace.txt"
    watch = ["strace", "-f", "-qq", "-e", "trace=connect,sendto", "-o", str(trace)]
    watched = _works([*watch, "true"])
    alone = next((p for p in (["unshare", "-n"], ["unshare", "-rn"]) if _works([*p, "true"])), [])
    script = _QUIET.replace("SECONDS", "12" if watched else "0")
    home = tmp_path / "home"
    home.mkdir()
    command = [*alone, *(watch if watched else []), sys.executable, "-c", script]
    subprocess.run(command, check=True, env={**environment, "HOME": str(home)})
    assert list(home.rglob("*")) == []
    if watched:
        assert "AF_INET" not in trace.read_text(errors="replace")


def _works(command: list[str]) -> bool:
    return shutil.which(command[0]) is not None and not subprocess.run(command, capture_output=True).returncode


def test_the_runtime_is_imported_through_one_door() -> None:
    """No module imports ONNX Runtime by itself, because it must be silenced before."""
    package = Path(networks.__file__).parent
    for path in [*package.rglob("*.py"), *(package.parents[1] / "training").rglob("*.py")]:
        if path == Path(networks.__file__):
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                assert not any(alias.name.split(".")[0] == "onnxruntime" for alias in node.names), path
            if isinstance(node, ast.ImportFrom) and not node.level:
                assert (node.module or "").split(".")[0] != "onnxruntime", path


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there are no forks")
def test_a_forked_child_makes_its_own_sessions_and_ends(tmp_path: Path) -> None:
    """A process that decoded forks: the child gets the same pixels, and leaves by the usual door."""
    script = (
        "import os, sys, triptych\n"
        "from PIL import Image\n"
        "from triptych import networks\n"
        "def result(): return triptych.decode(data).tobytes()\n"
        "data = triptych.encode(Image.new('RGB', (48, 48), 'red'), layers=['texture']).to_bytes()\n"
        "before = result()\n"
        "made = networks.per_process(lambda: object())\n"
        "old = made()\n"
        "assert made() is old\n"
        "lock = next(iter(networks._networks))._lock\n"
        "lock.acquire()  # as if another thread were just opening its session\n"
        "child = os.fork()\n"
        "if not child:\n"
        "    sys.exit(0 if result() == before and made() is not old else 3)\n"
        "lock.release()\n"
        "assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0\n"
    )
    subprocess.run([sys.executable, "-W", "ignore", "-c", script], check=True, timeout=120)
