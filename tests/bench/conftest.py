"""What the tests of the evaluation share: pictures, a codec with a knob, and results that were never measured."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageFilter, ImageOps

from triptych.bench.originals import Original

# A codec as programs: what is "coded" is a PNG of so many pixels, so quality is the size.
SHRINK = """
import sys
from PIL import Image
what, quality, source, target = sys.argv[1:]
image = Image.open(source).convert("RGB")
if what == "encode":
    image.resize((int(quality), int(quality)), Image.Resampling.BOX).save(target, "PNG")
else:
    image.save(target)
"""


@pytest.fixture(scope="session")
def textured() -> Image.Image:
    """RGB, 192 x 176: soft noise, which has something at every scale."""
    noise = np.random.default_rng(3).integers(0, 256, (176, 192, 3)).astype(np.uint8)
    return ImageOps.autocontrast(Image.fromarray(noise).filter(ImageFilter.GaussianBlur(5)))


@pytest.fixture
def original(textured: Image.Image) -> Original:
    return Original("noise.png", "0" * 64, textured, "soft noise")


@pytest.fixture
def shrink(tmp_path: Path) -> Path:
    """The TOML of a codec that is a Python program."""
    program = tmp_path / "shrink.py"
    program.write_text(SHRINK)
    path = tmp_path / "shrink.toml"
    path.write_text(
        'name = "shrink"\n'
        'encode = "{python} {here}/shrink.py encode {quality} {input} {coded}"\n'
        'decode = "{python} {here}/shrink.py decode 0 {coded} {decoded}"\n'
        'version = "{python} --version"\n'
        "qualities = [2, 4, 8]\n"
    )
    return path


@pytest.fixture
def results(tmp_path: Path) -> Callable[..., Path]:
    """Writes results: value of (picture, codec, budget, metric), and what is to be changed in a line."""

    def write(
        values: Mapping[tuple[str, str, int], Mapping[str, float]],
        *,
        sizes: Callable[[str, int], int] = lambda codec, budget: budget,
        change: Callable[[dict[str, Any]], None] = lambda line: None,
    ) -> Path:
        run = {
            "kind": "run",
            "run": "r1",
            "started": "2026-01-01T00:00:00Z",
            "command": "triptych bench val",
            "cores": 2,
        }
        lines: list[dict[str, Any]] = [run]
        for (picture, codec, budget), metrics in values.items():
            line = {
                "kind": "point", "run": "r1", "picture": picture, "sha256": picture * 8, "width": 100, "height": 80,
                "codec": codec, "identity": f"{codec} 1", "budget": f"{budget} B", "most": budget,
                "bytes": sizes(codec, budget), "bpp": budget / 1000, "encode_s": 0.5, "decode_s": 0.25, "search_s": 1.0,
                "peak_mb": 40, "metrics": dict(metrics),
            }  # fmt: skip
            change(line)
            lines.append(line)
        folder = tmp_path / "results"
        folder.mkdir()
        (folder / "results.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
        return folder

    return write


@pytest.fixture
def python() -> str:
    return sys.executable
