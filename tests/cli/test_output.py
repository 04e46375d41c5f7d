"""What the commands say: safe for any terminal, and the sum of a batch."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from triptych.cli import output, workers
from triptych.cli.files import Job, Result
from triptych.cli.main import main
from triptych.cli.options import Common
from triptych.codec.picture import Picture


@pytest.fixture
def folder(tmp_path: Path, drawing: Callable[..., Image.Image], monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two pictures, one with a prompt, and a file that is none; the working folder."""
    (tmp_path / "in").mkdir()
    drawing(48, 48).save(tmp_path / "in" / "a.png")
    drawing(48, 32).save(tmp_path / "in" / "b.png")
    (tmp_path / "in" / "b.txt").write_text("a disc")
    (tmp_path / "in" / "c.png").write_bytes(b"no picture")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_batch_ends_with_its_sum(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Where prompts came from, which pictures have none, what was done, left out and failed, bytes and ratio."""
    args = ["encode", "in", "-o", "out", "--bytes", "60", "--errors", "errors.jsonl"]
    assert main(args) == 1
    last = capsys.readouterr().err.splitlines()[-1]
    before = sum((folder / "in" / name).stat().st_size for name in ("a.png", "b.png"))
    after = sum(path.stat().st_size for path in (folder / "out").iterdir())
    assert last.startswith("triptych: prompts: 1 from sidecar, 1 without (in/a.png), so ")
    assert "beside the picture (a.txt)" in last
    assert f"; files: 2 done, 0 skipped, 1 failed; bytes: {before:,} -> {after:,} (" in last and " to 1)" in last
    (record,) = map(json.loads, (folder / "errors.jsonl").read_text().splitlines())
    assert record["file"] == "in/c.png" and record["type"] == "InputError" and "not a picture" in record["error"]
    (folder / "in" / "c.png").unlink()
    assert main([*args, "--skip-existing"]) == 0
    out, err = capsys.readouterr()
    assert out == "" and err.endswith("files: 0 done, 2 skipped, 0 failed\n") and err.count("\n") == 1
    assert (folder / "errors.jsonl").read_text() == ""
    assert main(["encode", "in", "-o", "out", "--skip-existing", "--json"]) == 0
    assert [json.loads(line)["skipped"] for line in capsys.readouterr().out.splitlines()] == [True, True]


def test_the_file_of_errors_destroys_nothing(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Another ending is refused, so that no picture is overwritten by a slip; so is a name that cannot be written."""
    for name, words in (("in/a.png", "end its name in .jsonl"), ("none/x.jsonl", "cannot be written")):
        assert main(["verify", "in/a.png", "--errors", name]) == 1
        assert words in capsys.readouterr().err
    assert Path("in/a.png").read_bytes().startswith(b"\x89PNG")


def _program(*args: str, **more: object) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([sys.executable, "-m", "triptych", *args], capture_output=True, check=False, **more)  # type: ignore[call-overload,no-any-return]


def test_standard_input_and_output(folder: Path) -> None:
    """ "-" stands for the streams, and nothing but the file goes to standard output."""
    data = (folder / "in" / "a.png").read_bytes()
    options = ["--bytes", "60", "--layers", "texture"]
    named = _program("encode", "in/a.png", "-o", "a.trp", *options)
    assert named.returncode == 0
    expected = (folder / "a.trp").read_bytes()
    for args in (["-", "-o", "-"], ["-"], ["in/a.png", "-o", "-", "--json"], ["/dev/stdin", "-o", "/dev/stdout"]):
        done = _program("encode", *args, *options, input=data)
        assert (done.returncode, done.stdout) == (0, expected)
    painted = _program("decode", "-", "-o", "-", "--decoder", "sketch", input=expected)
    assert painted.returncode == 0 and Image.open(io.BytesIO(painted.stdout)).size == (48, 48)
    assert b"whole" in _program("verify", "-", input=expected).stdout
    for command, words in ((["verify", "-"], b"nothing in it"), (["edit", "-", "--in-place", "--mirror"], b"")):
        done = _program(*command, input=b"")
        assert done.returncode == 1 and words in done.stderr and done.stderr.count(b"\n") == 1
    assert sorted(os.listdir(folder)) == ["a.trp", "in"]


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_narrow_terminals_get_escapes(encoding: str, tmp_path: Path, make: Callable[..., Picture]) -> None:
    """Characters that the terminal has not are shown as escapes, in results and in errors, and nothing ends."""
    make((64, 64), "a \u732b on a hill").save(tmp_path / "a.trp")
    environment = os.environ | {"PYTHONIOENCODING": encoding}
    done = _program("info", "a.trp", cwd=tmp_path, env=environment)
    assert done.returncode == 0 and b"prompt: a \\u732b on a hill" in done.stdout
    done = _program("verify", "a.trp", "\u732b.trp", cwd=tmp_path, env=environment)
    assert done.returncode == 1 and b"\\u732b.trp: no such file" in done.stderr


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="there is no /dev/full")
def test_a_full_disk_behind_standard_output_is_one_line(tmp_path: Path, make: Callable[..., Picture]) -> None:
    """What cannot be printed is an error, and no traceback at the end of the program either."""
    make((64, 64)).save(tmp_path / "a.trp")
    for args in (["info", "a.trp"], ["decode", "a.trp", "-o", "-"], ["--help"]):
        with open("/dev/full", "wb") as full:
            done = subprocess.run(
                [sys.executable, "-m", "triptych", *args],
                stdout=full,
                stderr=subprocess.PIPE,
                cwd=tmp_path,
                check=False,
            )
        assert done.returncode == 1 and done.stderr.count(b"\n") == 1
        assert b"standard output: cannot be written: No space left" in done.stderr


@pytest.mark.skipif(os.name == "nt", reason="the size of files is limited in the way of POSIX")
def test_a_file_that_would_be_too_large_is_one_line_and_leaves_nothing(
    tmp_path: Path, make: Callable[..., Picture]
) -> None:
    """Where the shell limits the size of files, a result is whole or not there."""
    make((64, 64)).save(tmp_path / "a.trp")
    command = 'ulimit -f 0 && exec "$0" -m triptych decode a.trp -o b.png --decoder sketch'
    done = subprocess.run(["sh", "-c", command, sys.executable], capture_output=True, cwd=tmp_path, check=False)
    assert done.returncode == 1 and done.stderr.count(b"\n") == 1 and b"b.png: cannot be written" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["a.trp"]


@pytest.mark.skipif(os.name == "nt", reason="streams are closed in the way of POSIX")
def test_closed_streams(tmp_path: Path, make: Callable[..., Picture]) -> None:
    """Lines for a closed standard output are an error; what a closed standard error gets is not printed elsewhere."""
    make((64, 64)).save(tmp_path / "a.trp")

    def run(closed: str, *args: str) -> subprocess.CompletedProcess[bytes]:
        words = ["sh", "-c", f'exec "$@" {closed}', "sh", sys.executable, "-m", "triptych", *args]
        return subprocess.run(words, capture_output=True, cwd=tmp_path, check=False)

    done = run(">&-", "info", "a.trp")
    assert done.returncode == 1 and done.stderr.count(b"\n") == 1 and b"standard output: cannot be" in done.stderr
    done = run("2>&-", "verify", "a.trp", "missing.trp")
    assert done.returncode == 1 and b"missing" not in done.stdout and b"whole" in done.stdout


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True

    def rows(self) -> list[str]:
        """What is left to be seen: of each row what was written last."""
        return [line.rsplit("\r", 1)[-1].strip() for line in self.getvalue().split("\n")]


def on_terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """What both streams are from here on."""
    made = Terminal()
    monkeypatch.setattr(sys, "stdout", made)
    monkeypatch.setattr(sys, "stderr", made)
    return made


def test_lines_and_the_bar_share_no_row(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before a line is printed the bar is wiped away, and drawn again below it."""
    terminal = on_terminal(monkeypatch)
    from tqdm import tqdm

    with tqdm(total=3, file=terminal, ncols=40, leave=False, mininterval=0) as bar:
        for i in range(3):
            output.say(f"result {i}")
            bar.update()
    assert terminal.rows() == ["result 0", "result 1", "result 2", ""]


def test_nothing_of_the_bar_stays_after_a_quick_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lines show the bar before its first second has passed; it is wiped away at the end all the same."""
    terminal = on_terminal(monkeypatch)
    jobs = [Job(Path(name)) for name in ("a", "b")]
    for result in workers.run_all(lambda job: Result(str(job.source)), jobs, 1, "test"):
        output.say(f"result {result.source}")
    assert terminal.rows() == ["result a", "result b", ""]


def test_many_names_are_cut_short() -> None:
    """A summary of a thousand pictures stays a line that people read."""
    assert output.named(["a\x1b"]) == "a\\x1b"
    assert output.named([str(i) for i in range(8)]) == "0, 1, 2, 3, 4 and 3 more"


def test_a_summary_of_other_commands_is_for_terminals(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Elsewhere the lines of the files are all."""
    jobs = [Job(Path("a")), Job(Path("b"))]
    results = [Result("a"), Result("b", error="b: no", kind="InputError")]
    for terminal in (False, True):
        monkeypatch.setattr(sys.stderr, "isatty", lambda terminal=terminal: terminal, raising=False)
        assert output.report(results, jobs, Common(), lambda result: None) == 1
        assert ("files: 1 done, 0 skipped, 1 failed" in capsys.readouterr().err) == terminal
