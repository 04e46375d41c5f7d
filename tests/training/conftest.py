"""What the tests of trainings share: a few soft pictures, a metric, and running the scripts."""

from __future__ import annotations

import csv
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

TRAINING = Path(__file__).parents[2] / "training"
METRIC = """
import torch

class LPIPS(torch.nn.Module):
    def forward(self, a, b):
        return (a - b).square().mean((1, 2, 3))
"""


@pytest.fixture(scope="session")
def run_script() -> Callable[..., str]:
    """Run a script of a training, "detail/stills.py", with arguments; what it prints."""

    def run(script: str, *arguments: object) -> str:
        command = [sys.executable, TRAINING / script, *map(str, arguments)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


@pytest.fixture(scope="session")
def soft_pictures() -> Callable[[Path, Sequence[str], tuple[int, int]], Path]:
    """Fill a folder with `metric.py` and a folder of pictures of these sources and size, which is given."""

    def make(folder: Path, sources: Sequence[str], size: tuple[int, int]) -> Path:
        pictures = folder / "pictures"
        pictures.mkdir()
        rng = np.random.default_rng(0)
        with open(pictures / "index.csv", "w", newline="", encoding="utf-8") as file:
            table = csv.DictWriter(file, ["file", "source", "prompt"])
            table.writeheader()
            for n, source in enumerate(sources):
                soft = Image.fromarray(rng.integers(0, 256, (5, 7, 3), dtype=np.uint8))
                soft.resize(size, Image.Resampling.BICUBIC).save(pictures / f"{n}.png")
                prompt = "a soft field of colours" if n else ""
                table.writerow({"file": f"{n}.png", "source": source, "prompt": prompt})
        (folder / "metric.py").write_text(METRIC)
        return pictures

    return make
