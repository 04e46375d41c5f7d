"""`triptych edit`: order, outputs, messages."""

from __future__ import annotations

import json
from pathlib import Path
from types import ModuleType

import pytest
from fixtures.edit import MADE

from triptych import Picture, edit
from triptych.cli.main import main
from triptych.edit_table import EDITS, READERS


@pytest.fixture
def made() -> ModuleType:
    """The module that makes the pictures and the cases."""
    return MADE


@pytest.fixture
def picture() -> Picture:
    """128 x 96 pixels with all four layers."""
    return MADE.picture()


@pytest.fixture
def other() -> Picture:
    """96 x 96 pixels, without people."""
    return MADE.other()


@pytest.fixture
def file(tmp_path: Path, picture: Picture) -> Path:
    """The synthetic picture as a file."""
    picture.save(tmp_path / "a.trp")
    return tmp_path / "a.trp"


def test_edits_are_made_in_the_order_written(file: Path, picture: Picture, capsys: pytest.CaptureFixture[str]) -> None:
    """Painting before a crop and after it differ, and both are what Python gives."""
    paint, crop = ["--paint", "0,0,50%,50%", "red"], ["--crop", "50%,0,100%,100%"]
    for number, (edits, expected) in enumerate(
        [
            (paint + crop, edit.crop(edit.paint(picture, "0,0,50%,50%", "red"), "50%,0,100%,100%")),
            (crop + paint, edit.paint(edit.crop(picture, "50%,0,100%,100%"), "0,0,50%,50%", "red")),
        ]
    ):
        out = file.with_name(f"out{number}.trp")
        assert main(["edit", str(file), "-o", str(out), *edits]) == 0
        assert out.read_bytes() == expected.to_bytes()
    assert "layer" not in capsys.readouterr().err


def test_values_may_start_with_a_minus(file: Path, picture: Picture) -> None:
    """'-40,16' and '-5%,0' are values, not options."""
    out = file.with_name("out.trp")
    assert main(["edit", str(file), "-o", str(out), "--move-edges", "60%,5%,90%,45%", "-40,16"]) == 0
    assert out.read_bytes() == edit.move_edges(picture, "60%,5%,90%,45%", "-40,16").to_bytes()
    assert main(["edit", str(file), "-o", str(out), "-f", "--hue", "all", "-30.5", "--move-person", "1", "-5%,0"]) == 0


def test_a_line_says_what_changed(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """For people: bytes before and after and the layers touched; with --json the same for machines."""
    out = str(file.with_name("out.trp"))
    assert main(["edit", str(file), "-o", out, "--prompt", "a tower", "--drop", "pose"]) == 0
    line = capsys.readouterr().out.strip()
    assert line.startswith(f"{out}: {file.stat().st_size} -> ") and "pose 40 -> none" in line and "edges" not in line
    assert main(["edit", str(file), "-o", out, "-f", "--json", "--bytes", "60", "--mirror"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert record["bytes"] == Path(out).stat().st_size <= 60 < record["bytes_before"] == file.stat().st_size
    assert record["notes"] and set(record["touched"]) <= {"semantic", "texture", "pose", "edges"}


def test_where_results_go(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """-o or --in-place is required and never both; files are overwritten only when told."""
    for arguments in ([], ["-o", "x.trp", "--in-place"]):
        assert main(["edit", str(file), "--mirror", *arguments]) == 1
        assert "say where the result goes" in capsys.readouterr().err
    assert main(["edit", str(file), "-o", str(file), "-f", "--mirror"]) == 1
    assert "overwritten by its own result" in capsys.readouterr().err
    taken = file.with_name("taken.trp")
    taken.write_bytes(b"something else")
    assert main(["edit", str(file), "-o", str(taken), "--mirror"]) == 1
    assert "--force overwrites it" in capsys.readouterr().err
    assert taken.read_bytes() == b"something else"
    before = file.read_bytes()
    assert main(["edit", str(file), "--in-place", "--mirror"]) == 0
    assert file.read_bytes() != before
    assert main(["edit", str(file), "--in-place", "--mirror"]) == 0
    assert file.read_bytes() == before
    assert main(["edit", str(file), "-o", "x.trp"]) == 1
    assert "nothing to do" in capsys.readouterr().err


def test_folders_keep_going_after_a_bad_file(file: Path, other: Picture, capsys: pytest.CaptureFixture[str]) -> None:
    """Each file has its line or its error; one failure makes the exit code 1."""
    folder = file.parent
    other.save(folder / "b.trp")
    (folder / "c.trp").write_bytes(b"junk")
    assert main(["edit", str(folder), "-o", str(folder / "out"), "--mirror-person", "1"]) == 1
    printed = capsys.readouterr()
    assert [path.name for path in (folder / "out").iterdir()] == ["a.trp"]
    assert "b.trp: --mirror-person: the picture has no pose layer; it has: semantic" in printed.err
    assert "c.trp" in printed.err and len(printed.err.splitlines()) == 2


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["--paint", "all", "blurple"], 1, "--paint: 'blurple' is not a colour"),
        (["--erase", "500,0,600,50"], 1, "--erase: the region 500,0,600,50 lies outside the picture"),
        (["--erase", "mask.png"], 1, "--erase: mask.png: cannot be read"),
        (["--drop", "sound"], 1, "--drop: there is no layer called 'sound'"),
        (["--remove-person", "7"], 1, "--remove-person: there is no person 7"),
        (["--replace-regex", "(", ""], 1, "--replace-regex: '(' -> '' is not a usable regular expression"),
        (["--fill", "0,0,150%,1"], 1, "--fill: 150% is not a place in the picture"),
        (["--bytes", "5"], 1, "5 bytes cannot hold any layer"),
        (["--resize", "large"], 2, "'large' is not a size such as 640x512"),
        (["--hue", "all", "warm"], 2, "'warm' is not a number of degrees"),
        (["--blend", "all", "red", "much"], 2, "'much' is not a share such as 0.3 or 30%"),
        (["--remove-person", "first"], 2, "'first' is not a whole number"),
        (["--bytes", "9", "--bpp", "1"], 2, "not allowed with"),
    ],
)
def test_wrong_arguments(
    file: Path, arguments: list[str], code: int, says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each gives one clear line and an exit code, and writes nothing."""
    out = file.with_name("out.trp")
    try:
        found = main(["edit", str(file), "-o", str(out), *arguments])
    except SystemExit as stop:
        found = stop.code
    assert found == code
    assert says in capsys.readouterr().err.splitlines()[-1]
    assert not out.exists()


def test_the_table_and_the_functions_agree(made: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    """Every public edit has an option or is one of the few that need none, and the help names every option."""
    called = {entry.function for entry in EDITS.values()} | {"thin", "find_region", "Region"}
    assert called == set(edit.__all__)
    assert {metavar for entry in EDITS.values() for metavar in entry.metavars} >= set(READERS)
    with pytest.raises(SystemExit):
        main(["edit", "--help"])
    text = capsys.readouterr().out
    assert all(option in text for option in EDITS)
    assert text.splitlines()[0].startswith("usage: triptych edit INPUT ...")
