"""Real processes, killed: a worker, and the whole run."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
from batch.conftest import Here, draw, encode, tree

from triptych.batch import Progress, runner

COMMAND = [
    sys.executable, "-m", "triptych", "batch", "encode", "in", "out", "--layers", "semantic,texture",
    "--colour-grid", "2", "--to", "tar", "--shard-size", "10", "-j", "2", "--json",
]  # fmt: skip
posix = pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")


@posix
def test_a_worker_that_is_killed_costs_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another takes its place, and its item is done again."""
    for number in range(12):
        draw(tmp_path / f"in/p{number:02d}.png", number)
    killed: list[int] = []

    def kill_one(progress: Progress) -> None:
        if not killed and progress.done >= 3:
            worker = multiprocessing.active_children()[0]
            killed.append(worker.pid or 0)
            worker.kill()

    original = runner.run
    monkeypatch.setattr(runner, "run", lambda plan: original(plan, kill_one))
    summary = encode(str(tmp_path / "in"), tmp_path / "out", jobs=2)
    assert killed and summary.well and summary.items["done"] == 12


@posix
def test_a_run_that_is_killed_goes_on(here: Here, tmp_path: Path) -> None:
    """SIGKILL in the middle: the same command does the rest, and the results are those of an undisturbed run."""
    for number in range(24):
        draw(tmp_path / f"in/p{number:02d}.png", number)
    (tmp_path / "in/bad.png").write_bytes(b"bad")
    first = subprocess.Popen(COMMAND, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    # How far it is, nobody else may read in the manifest meanwhile; but its log grows with every item.
    log = tmp_path / "out/manifest.sqlite-wal"
    end = time.monotonic() + 60
    while time.monotonic() < end and first.poll() is None and not (log.exists() and log.stat().st_size > 150_000):
        time.sleep(0.01)
    first.send_signal(signal.SIGKILL)
    first.wait()
    done = subprocess.run(COMMAND, cwd=tmp_path, capture_output=True, text=True, check=False)
    summary = json.loads(done.stdout)
    assert summary["items"] == {"done": 24, "failed": 1, "todo": 0} and done.returncode == 1
    assert 0 < summary["this_run"]["done"] < 24
    encode(str(tmp_path / "in"), tmp_path / "whole", to="tar", shard_size=10)
    assert tree(tmp_path / "out") == tree(tmp_path / "whole")
    with sqlite3.connect(tmp_path / "out/manifest.sqlite") as manifest:
        assert manifest.execute("SELECT count(*), count(DISTINCT key) FROM items").fetchone() == (25, 25)
