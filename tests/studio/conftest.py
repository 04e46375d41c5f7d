"""A studio that runs beside the tests, a browser for it, and a decoder that takes its time."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import uvicorn

from triptych.codec.picture import Picture
from triptych.studio.app import bind, make_app

SLOW = """
import time
import numpy as np
from triptych.codec.progress import report

class Slow:
    def decode(self, conditioning):
        for step in range(400):
            report(step + 1, 400)
            time.sleep(0.05)
        return np.zeros((conditioning.height, conditioning.width, 3), np.uint8)
"""


@pytest.fixture(scope="session")
def slow_decoder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The name of a decoder, as another package brings one, that takes twenty seconds and says how far it is."""
    folder = tmp_path_factory.mktemp("slow")
    (folder / "slow_decoder.py").write_text(SLOW)
    about = folder / "slow_decoder-1.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: slow-decoder\nVersion: 1\n")
    (about / "entry_points.txt").write_text("[triptych.decoders]\nslow = slow_decoder:Slow\n")
    sys.path.insert(0, str(folder))  # new processes take it over
    yield "slow"
    sys.path.remove(str(folder))


@pytest.fixture(scope="session")
def studio(slow_decoder: str) -> Iterator[str]:
    """The address of a studio that paints with `sketch`."""
    listening = bind("127.0.0.1", 0)
    server = uvicorn.Server(uvicorn.Config(make_app(decoder="sketch", processes=2), log_level="warning"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    deadline = time.monotonic() + 60
    while not server.started and time.monotonic() < deadline:
        time.sleep(0.02)
    yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    server.should_exit = True
    thread.join(30)
    listening.close()


@pytest.fixture
def file(tmp_path: Path, make: Callable[..., Picture]) -> Path:
    """A picture of 96 x 96 pixels with all four layers on small grids, as a file."""
    make((96, 96)).save(tmp_path / "fox.trp")
    return tmp_path / "fox.trp"
