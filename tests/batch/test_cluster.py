"""The engine for clusters, with Ray on this machine."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from batch.conftest import CHEAP, draw, tree

from triptych.batch import Encode, Plan, run

# In a process of its own: Ray leaves processes behind that only its end takes along.
_RUN = """
import contextlib, json, sys, psutil, ray
from triptych.batch import Encode, Plan, run
killed = []

def workers():
    for process in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.Error):
            if "_apply" in "".join(process.cmdline()[:1]):  # ray::MapBatches(_apply)
                yield process

def kill_one(progress):
    if not killed and progress.done >= 5:
        for process in workers():
            process.kill()
            killed.append(process.pid)
            return

if __name__ == "__main__":
    source, target, options = sys.argv[1:]
    for attempt in range(2):  # it gives up after 30 seconds, which is little on a machine that is busy
        try:
            ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, object_store_memory=100 << 20)
            break
        except Exception as error:
            ray.shutdown()
            if attempt:
                print(error)
                sys.exit(77)
    plan = Plan(verb=Encode(options=json.loads(options)), source=source, target=target, engine="ray", to="tar")
    summary = run(plan, kill_one)
    print(json.dumps({"killed": len(killed), **summary.to_dict()}))
"""


@pytest.mark.skipif(not find_spec("ray"), reason="ray is not installed (extra cluster)")
@pytest.mark.skipif(not find_spec("psutil"), reason="psutil is not installed, which finds Ray's processes")
def test_a_worker_that_is_killed_costs_nothing(tmp_path: Path) -> None:
    """In the middle of a run on Ray: every item is done once, with the bytes that this machine's processes give."""
    for number in range(40):
        draw(tmp_path / f"in/p{number:02d}.png", number)
    (tmp_path / "in/bad.png").write_bytes(b"bad")
    (tmp_path / "run.py").write_text(_RUN)
    done = subprocess.run(
        [sys.executable, "run.py", "in", "ray", json.dumps(CHEAP)], cwd=tmp_path, capture_output=True,
        env={**os.environ, "RAY_USAGE_STATS_ENABLED": "0"}, text=True, timeout=600,
    )  # fmt: skip
    if done.returncode == 77:
        pytest.skip(f"Ray does not start here: {done.stdout}")
    assert done.returncode == 0, done.stderr
    summary = json.loads(done.stdout.splitlines()[-1])
    assert summary["killed"] == 1 and summary["items"] == {"done": 40, "failed": 1, "todo": 0}
    assert summary["this_run"]["done"] == 40
    plan = Plan(
        verb=Encode(options=CHEAP), source=str(tmp_path / "in"), target=str(tmp_path / "local"), to="tar", jobs=2
    )
    run(plan)
    assert tree(tmp_path / "ray") == tree(tmp_path / "local")
