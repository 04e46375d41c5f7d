"""The files of a batch: found, named and refused by rules that hold for every folder."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from triptych.cli.files import PICTURE_ENDINGS, STREAM_ENDINGS, Job, find_jobs, plan
from triptych.cli.options import Common
from triptych.errors import InputError


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def _touch(*names: str) -> None:
    for name in names:
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).write_bytes(b"x")


def _plan(*inputs: str, ending: str = ".trp", under: str | None = None, **options: object) -> list[Job]:
    args = Common(inputs=inputs, **options)  # type: ignore[arg-type]
    return plan(args, PICTURE_ENDINGS if ending == ".trp" else STREAM_ENDINGS, ending, under=under)


def _targets(*inputs: str, **options: object) -> list[str]:
    return [str(job.target) for job in _plan(*inputs, **options)]  # type: ignore[arg-type]


def test_equal_stems_keep_their_endings() -> None:
    """Two inputs that would have one result keep their endings, wherever results go; others are named as ever."""
    _touch("in/a.jpg", "in/a.png", "in/b.png")
    assert _targets("in") == ["in/a.jpg.trp", "in/a.png.trp", "in/b.trp"]
    assert _targets("in", output="out") == ["out/a.jpg.trp", "out/a.png.trp", "out/b.trp"]


def test_what_is_still_equal_is_numbered() -> None:
    """Pictures of one name from several folders are numbered in their order, around names that are taken."""
    _touch("x/a.png", "y/a.png", "z/a.png", "z/a.png-2.png")
    assert _targets("x/a.png", "y/a.png", "z/a.png", output="out") == [
        "out/a.png.trp", "out/a.png-2.trp", "out/a.png-3.trp"
    ]  # fmt: skip
    assert _targets("x/a.png", "y/a.png", "z/a.png-2.png", output="out") == [
        "out/a.png.trp", "out/a.png-3.trp", "out/a.png-2.trp"
    ]  # fmt: skip
    _touch("w/b.jpg", "w/b.png", "w/b.jpg.png")
    assert len(set(_targets("w"))) == 3


def test_names_near_the_limit_are_cut() -> None:
    """Names that would be longer than file systems take lose the end of their stem, and stay different."""
    long = "L" * 251
    _touch(f"in/{long}.png", f"in/{long}.jpg", "in/b.png")
    assert _targets("in") == [f"in/{long}.trp", f"in/{long[2:]}-2.trp", "in/b.trp"]
    cats = "\u732b" * 83
    _touch(f"out/{cats}.trp")
    (name,) = _targets(f"out/{cats}.trp", ending=".decoded.png")
    assert name == f"out/{cats[:81]}.decoded.png" and len(name.encode()) <= 255 + len("out/")


def test_names_that_begin_with_a_dot_are_passed_over() -> None:
    """In folders at any depth, and folders so named; what is named outright is taken."""
    _touch("in/._a.png", "in/.b.png", "in/.hidden/c.png", "in/d.png", "in/e/._f.png", "in/e/f.png")
    assert [str(job.source) for job in find_jobs(["in"], PICTURE_ENDINGS, True)] == ["in/d.png", "in/e/f.png"]
    assert [str(job.source) for job in find_jobs(["in/.b.png"], PICTURE_ENDINGS, False)] == ["in/.b.png"]


def test_what_is_not_there_is_the_fault_of_one_job() -> None:
    """Missing names, empty folders and names that no file has are told one by one; the others are jobs."""
    _touch("a.png", "deep/er/b.png")
    os.makedirs("empty")
    jobs = find_jobs(["none.png", "a.png", "empty", "deep", "*.xyz", "x" * 300, "a\0b"], PICTURE_ENDINGS, False)
    assert [job.wanted for job in jobs] == [False, True, False, False, False, False, False]
    faults = [job.fault or "" for job in jobs]
    assert faults[0] == "none.png: no such file or folder"
    assert faults[2] == "empty: no picture files in this folder"
    assert faults[3] == "deep: no picture files in this folder; -r looks into the folders in it, too"
    assert faults[4] == "*.xyz: no such file or folder"
    assert "cannot be read: " in faults[5] and "cannot be read: " in faults[6]


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="the superuser enters every folder")
def test_a_closed_folder_is_one_line() -> None:
    """What cannot be looked into is told; what is beside it is found."""
    _touch("in/a.png", "in/closed/b.png")
    os.chmod("in/closed", 0)
    try:
        jobs = find_jobs(["in"], PICTURE_ENDINGS, True)
    finally:
        os.chmod("in/closed", 0o755)
    assert [job.fault for job in jobs] == [None, "in/closed: cannot be looked into: Permission denied"]


def test_each_file_is_worked_on_once() -> None:
    """Under other spellings of its name, too."""
    _touch("a.png")
    assert len(find_jobs(["a.png", "./a.png", os.path.abspath("a.png"), "."], PICTURE_ENDINGS, False)) == 1


def test_results_under_o_have_plain_names() -> None:
    """What stands beside its source is told from it by its ending; elsewhere that is not needed."""
    _touch("in/a.trp", "in/b.trp")
    assert _targets("in", ending=".decoded.png", under=".png") == ["in/a.decoded.png", "in/b.decoded.png"]
    assert _targets("in", ending=".decoded.png", under=".png", output="out") == ["out/a.png", "out/b.png"]
    assert _targets("in", ending=".decoded.png", under=".png", output="./in") == [
        "in/a.decoded.png", "in/b.decoded.png"
    ]  # fmt: skip


def test_what_exists_can_be_left_out() -> None:
    """--skip-existing marks the jobs whose results are there; with --force it makes no sense."""
    _touch("in/a.png", "in/b.png", "in/a.trp")
    jobs = _plan("in", skip_existing=True)
    assert [(job.skip, job.wanted) for job in jobs] == [(True, False), (False, True)]
    with pytest.raises(InputError, match="give one of them"):
        _plan("in", skip_existing=True, force=True)


def test_the_ending_of_a_result_is_checked() -> None:
    """A name that promises another kind of file is refused; folders have no ending."""
    _touch("a.png")
    for output in ("x.png", "x", "x.trp.bak"):
        with pytest.raises(InputError, match=r"end its name in \.trp"):
            plan(Common(inputs=("a.png",), output=output), PICTURE_ENDINGS, ".trp", suffixes=STREAM_ENDINGS)
    for output in ("x.trp", "x.TRP", "x.png/"):
        assert plan(Common(inputs=("a.png",), output=output), PICTURE_ENDINGS, ".trp", suffixes=STREAM_ENDINGS)


def test_standard_output_takes_one_result() -> None:
    """After -o, "-" and its names in /dev mean the stream; several results need a folder."""
    _touch("a.png", "b.png")
    for output in ("-", "/dev/stdout"):
        (job,) = _plan("a.png", output=output)
        assert job.to_stdout and job.shown == "-" and job.target == Path("-.trp")
    with pytest.raises(InputError, match="takes one result"):
        _plan("a.png", "b.png", output="-")


def test_a_result_never_replaces_its_source() -> None:
    """Neither by the rules of names, nor by a name given with -o."""
    _touch("a.trp", "b.png")
    (job,) = _plan("a.trp", output="a.trp")
    assert "overwritten by its own result" in (job.fault or "")
    for spelling in ("./b.png", os.path.abspath("b.png")):
        job = Job(Path("b.png"), Path(spelling))
        with pytest.raises(InputError, match="the source itself"):
            job.check(force=True)
        with pytest.raises(InputError, match="the source itself"):
            job.write(b"y", force=True)
    assert Path("b.png").read_bytes() == b"x"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes")
def test_pipes_in_folders_are_passed_over() -> None:
    """Reading one would wait for ever."""
    _touch("in/a.png")
    os.mkfifo("in/b.png")
    assert [str(job.source) for job in find_jobs(["in"], PICTURE_ENDINGS, False)] == ["in/a.png"]
