"""The reader and painter for pages: it passes the vectors in Node, paints like `sketch`, and runs in a browser."""

from __future__ import annotations

import base64
import http.server
import importlib.util
import json
import shutil
import subprocess
import threading
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageDraw

import triptych
from triptych.colour import to_oklab
from triptych.layers.tables import load_table

ROOT = Path(__file__).parents[2]
WEB = ROOT / "integrations" / "web"
NODE = shutil.which("node")


@pytest.fixture(scope="module")
def pictures() -> list[triptych.Picture]:
    """A file, a progressive one, colours alone and edges alone, of a drawing of 128 x 96 pixels."""
    ramp = np.linspace(60, 200, 128)[None, :, None] * np.linspace(0.6, 1.1, 96)[:, None, None]
    image = Image.fromarray((ramp * np.array([1.0, 0.9, 0.8])).clip(0, 255).astype(np.uint8))
    draw = ImageDraw.Draw(image)
    draw.rectangle((15, 40, 55, 80), (180, 40, 30))
    draw.ellipse((75, 20, 115, 70), (30, 120, 50))
    plain = triptych.encode(image, max_bytes=200, edge_grid=64, layers=("texture", "edges"))
    return [plain, triptych.make_progressive(plain), plain.without("edges"), plain.without("texture")]


@pytest.fixture(scope="module")
def found(pictures: list[triptych.Picture], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What `test.mjs` says."""
    if NODE is None:
        pytest.skip("Node is not installed: the module for pages is not tested here")
    cases = tmp_path_factory.mktemp("web") / "cases.json"
    files = [base64.b64encode(picture.to_bytes()).decode() for picture in pictures]
    cases.write_text(json.dumps([{"file": file, "width": 128, "height": 96} for file in files]), encoding="ascii")
    folders = (ROOT / "conformance" / "vectors", ROOT / "conformance" / "forms")
    command = [NODE, str(WEB / "test.mjs"), *map(str, folders), str(cases)]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def test_the_vectors_pass(found: dict[str, Any]) -> None:
    """Colours, edges, bare forms and cut files are those of the vectors; what is invalid is refused."""
    assert found["count"] > 280 and found["faults"] == []


def test_computed_tables_are_those_of_the_format(found: dict[str, Any]) -> None:
    """The module computes two tables instead of carrying them."""
    assert found["tables"]["logistic"] == load_table("logistic")["p1"].tolist()
    for side, values in zip((1, 2, 3, 17, 64), found["tables"]["cosines"], strict=True):
        assert values == load_table("cosines")[f"n{side}"].ravel().tolist()


def test_it_paints_like_sketch(found: dict[str, Any], pictures: list[triptych.Picture]) -> None:
    """The mean difference in OKLab is below 0.01, half of what can be seen side by side."""
    for picture, painted in zip(pictures, found["painted"], strict=True):
        ours = np.asarray(triptych.decode(picture, decoder="sketch"))
        theirs = np.frombuffer(base64.b64decode(painted), np.uint8).reshape(ours.shape)
        assert np.sqrt(((to_oklab(ours) - to_oklab(theirs)) ** 2).sum(-1)).mean() < 0.01


def test_the_module_is_small_and_has_the_tables() -> None:
    """At most 60 kB, with the tables of the format packed by `tables.py`, and types for what it exports."""
    text = (WEB / "triptych.js").read_text(encoding="utf-8")
    assert len(text.encode()) <= 60_000
    assert _tables().packed(text) == text
    types = (WEB / "triptych.d.ts").read_text(encoding="utf-8")
    for name in ("read", "paint", "decode", "show", "showAll", "TriptychError", "gridShape", "logistic", "cosines"):
        assert f" {name}" in text and name in types


def test_the_example_page_shows_pictures_in_a_browser(chromium: Any) -> None:
    """Chromium without a window paints every picture of the page."""
    handler = partial(_Quiet, directory=str(WEB))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        page = chromium.new_page()
        page.goto(f"http://127.0.0.1:{server.server_address[1]}/example.html")
        page.wait_for_selector('body[data-shown="yes"]', timeout=60_000)
        pictures = page.locator("[data-triptych]")
        painted = page.locator('[data-triptych][src^="data:image/png"]')
        assert painted.count() == pictures.count() >= 3
        page.close()
        server.shutdown()


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""


def _tables() -> ModuleType:
    spec = importlib.util.spec_from_file_location("web_tables", WEB / "tables.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
