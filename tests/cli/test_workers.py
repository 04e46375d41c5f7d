"""A batch ends with the truth, whatever happens to a file, to a worker or to the whole program."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from triptych.cli.files import Job
from triptych.cli.output import Result
from triptych.cli.workers import run_all, run_batches
from triptych.errors import InputError, ModelError

posix = pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")


def _work(job: Job) -> Result:
    """What the name of a job says."""
    name = job.source.name
    if name.startswith("bad"):
        raise InputError("this one is bad")
    if name.startswith("bug"):
        raise ValueError("two\nlines")
    if name.startswith("full"):
        raise OSError(28, "No space left on device")
    if name.startswith("killed"):
        os.kill(os.getpid(), signal.SIGKILL)
    if name.startswith("leaves"):
        os._exit(7)
    if name.startswith("slow"):
        time.sleep(0.3)
    return Result(str(job.source), {"pid": os.getpid()})


def _jobs(*names: str) -> list[Job]:
    return [Job(Path(name), Path(name + ".out")) for name in names]


@pytest.mark.parametrize("processes", [1, 2])
def test_what_is_wrong_with_a_file_is_its_result(processes: int) -> None:
    """Our errors, those of the system and surprises are one line each, in the order of the jobs; the rest is done."""
    jobs = [*_jobs("slow", "bad", "bug", "full", "good"), Job(Path("gone"), fault="gone: no such file")]
    jobs.insert(1, Job(Path("there"), Path("x"), skip=True))
    results = list(run_all(_work, jobs, processes, "test"))
    assert [result.source for result in results] == [str(job.source) for job in jobs]
    assert [result.error for result in results] == [
        None, None, "bad: this one is bad", "bug: this should not happen, please report it: ValueError: two lines",
        "full: No space left on device", None, "gone: no such file",
    ]  # fmt: skip
    assert [result.kind for result in results[2:5]] == ["InputError", "ValueError", "OSError"]
    assert results[1].skipped and results[1].record == {"output": "x"}
    assert processes == 1 or results[0].record["pid"] != os.getpid()


@posix
def test_a_lost_worker_costs_one_file() -> None:
    """Killed or gone, another takes its place, and the file is named with how it ended."""
    jobs = _jobs("a", "killed", "b", "leaves", "c", "d")
    results = {result.source: result.error for result in run_all(_work, jobs, 2, "test")}
    assert [name for name, error in results.items() if error is None] == ["a", "b", "c", "d"]
    assert "was ended by signal 9; is there enough memory?" in (results["killed"] or "")
    assert "ended with code 7" in (results["leaves"] or "")


def test_batches_keep_the_order_and_go_on() -> None:
    """Work on several files at once: skipped and faulty ones are left out; only a broken model ends everything."""

    def work(jobs: list[Job]) -> list[Result]:
        if any(job.source.name == "bug" for job in jobs):
            raise ValueError("x")
        if any(job.source.name == "model" for job in jobs):
            raise ModelError("no weights")
        return [Result(str(job.source)) for job in jobs]

    jobs = [*_jobs("a"), Job(Path("gone"), fault="gone"), *_jobs("b", "bug", "c", "d")]
    results = list(run_batches(work, jobs, 2, "test"))
    assert [(r.source, bool(r.error)) for r in results] == [
        ("a", False), ("gone", True), ("b", False), ("bug", True), ("c", True), ("d", False)
    ]  # fmt: skip
    with pytest.raises(ModelError):
        list(run_batches(work, _jobs("model"), 1, "test"))


_BATCH = """
import os, sys, time
from pathlib import Path
from triptych.cli.files import Job, Result, run_all
def work(job):
    temporary = Path(f"{job.source}.tmp")
    try:
        temporary.write_text("")
        Path(f"{os.getpid()}.pid").write_text("")
        time.sleep(60)
    finally:
        temporary.unlink()
    return Result(str(job.source))
if __name__ == "__main__":
    for _ in run_all(work, [Job(Path(str(i)), Path(f"{i}.out")) for i in range(4)], int(sys.argv[1]), "test"):
        pass
"""


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except OSError:
        return False
    stat = Path(f"/proc/{pid}/stat")
    return not stat.exists() or stat.read_text().rsplit(")", 1)[1].split()[0] not in "ZX"


def _until(condition: object, seconds: float = 30) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():  # type: ignore[operator]
            return True
        time.sleep(0.05)
    return False


def _heeds_signals() -> None:
    """As in a terminal: where the tests run without one, some signals are ignored, and children inherit that."""
    for name in ("SIGINT", "SIGHUP", "SIGTERM"):
        signal.signal(getattr(signal, name), signal.SIG_DFL)


@posix
@pytest.mark.parametrize("processes", [1, 2])
@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP", "SIGINT", "SIGKILL"])
def test_workers_end_with_their_parent(name: str, processes: int, tmp_path: Path) -> None:
    """However the program is ended, no process stays; asked to end, it tidies up, and says so by its exit code."""
    number = getattr(signal, name)
    if processes == 1 and name == "SIGKILL":
        pytest.skip("nobody is left")
    (tmp_path / "batch.py").write_text(_BATCH)
    parent = subprocess.Popen(
        [sys.executable, "batch.py", str(processes)], cwd=tmp_path, stderr=subprocess.PIPE, start_new_session=True,
        preexec_fn=_heeds_signals,
    )  # fmt: skip
    assert _until(lambda: len(list(tmp_path.glob("*.pid"))) == processes)
    workers = [int(path.stem) for path in tmp_path.glob("*.pid")]
    if name == "SIGINT":
        os.killpg(parent.pid, number)
    else:
        parent.send_signal(number)
    _, err = parent.communicate(timeout=30)
    assert _until(lambda: not any(map(_alive, workers)))
    assert list(tmp_path.glob("*.tmp")) == []
    expected = {"SIGTERM": 143, "SIGHUP": 129, "SIGKILL": -9}
    assert parent.returncode == expected.get(name, parent.returncode) != 0
    assert name == "SIGINT" or err == b""
