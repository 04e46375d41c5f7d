"""The command line: what it writes, prints and refuses, and its exit codes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

import triptych
from triptych.bitstream import container
from triptych.bitstream.container import RawLayer, Stream
from triptych.cli.main import main
from triptych.codec.picture import Picture


@pytest.fixture
def folder(tmp_path: Path, drawing: Callable[..., Image.Image]) -> Path:
    """A folder with three small pictures, one of them in a folder of its own, and a prompt for one."""
    drawing(64, 64).save(tmp_path / "cat.png")
    drawing(80, 48).save(tmp_path / "dog.PNG")
    (tmp_path / "more").mkdir()
    drawing(48, 80).save(tmp_path / "more" / "bird.jpg")
    (tmp_path / "cat.txt").write_text("a cat, asleep", encoding="utf-8")
    return tmp_path


@pytest.fixture
def stream(tmp_path: Path, make: Callable[..., Picture]) -> Path:
    """A .trp file of a small picture with all layers."""
    path = tmp_path / "all.trp"
    make((96, 64)).save(path)
    return path


def _run(*arguments: str | Path, **options: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "triptych", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, **options)  # type: ignore[call-overload]


def _trp(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*.trp"))


# --- encode ----------------------------------------------------------------------------------------------


def test_a_picture_becomes_a_file_beside_it(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The result has the picture's name, holds the prompt beside it, and one line tells its size."""
    assert main(["encode", str(folder / "cat.png")]) == 0
    opened = triptych.Picture.open(folder / "cat.trp")
    assert opened.prompt == "a cat, asleep" and opened.size == (64, 64)
    out, err = capsys.readouterr()
    assert out.startswith(f"{folder / 'cat.trp'}: {(folder / 'cat.trp').stat().st_size} bytes, ")
    assert out.count("\n") == 1 and "semantic" in out and err == ""


@pytest.mark.parametrize(
    ("inputs", "options", "written"),
    [
        (["cat.png"], ["-o", "x.trp"], ["x.trp"]),
        (["cat.png"], ["-o", "new/deep/x.trp"], ["new/deep/x.trp"]),
        (["cat.png"], ["-o", "new/"], ["new/cat.trp"]),
        (["cat.png"], ["-o", "more"], ["more/cat.trp"]),
        (["cat.png", "dog.PNG"], [], ["cat.trp", "dog.trp"]),
        (["cat.png", "dog.PNG", "cat.png"], ["-o", "out"], ["out/cat.trp", "out/dog.trp"]),
        (["."], [], ["cat.trp", "dog.trp"]),
        (["."], ["-r"], ["cat.trp", "dog.trp", "more/bird.trp"]),
        (["."], ["-r", "-o", "out"], ["out/cat.trp", "out/dog.trp", "out/more/bird.trp"]),
        (["more"], ["-o", "out"], ["out/bird.trp"]),
        (["*.png"], [], ["cat.trp"]),
        (["**/*.jpg"], ["-o", "out/"], ["out/bird.trp"]),
        (["c?t.[pj]*", "more"], ["-o", "out"], ["out/bird.trp", "out/cat.trp"]),
    ],
)  # fmt: skip
def test_results_go_where_they_should(
    folder: Path, monkeypatch: pytest.MonkeyPatch, inputs: list[str], options: list[str], written: list[str]
) -> None:
    """Files, folders and globs; -o is a file for one picture, a folder for several or where it looks like one."""
    monkeypatch.chdir(folder)
    assert main(["encode", *inputs, *options, "--bytes", "60"]) == 0
    assert _trp(folder) == written


def test_files_that_exist_are_not_overwritten(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A result that exists is an error and stays as it is, unless --force is given."""
    target = folder / "cat.trp"
    target.write_bytes(b"precious")
    assert main(["encode", str(folder / "cat.png")]) == 1
    assert target.read_bytes() == b"precious"
    assert f"{target}: exists; --force overwrites it" in capsys.readouterr().err
    assert main(["encode", str(folder / "cat.png"), "--force"]) == 0
    assert triptych.Picture.open(target).size == (64, 64)


def test_two_pictures_never_become_one_file(folder: Path) -> None:
    """Inputs whose results would have one name keep their endings."""
    Image.open(folder / "cat.png").save(folder / "cat.bmp")
    assert main(["encode", str(folder / "cat.png"), str(folder / "cat.bmp"), "--bytes", "60"]) == 0
    assert _trp(folder) == ["cat.bmp.trp", "cat.png.trp"]


def test_several_results_need_a_folder(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """-o naming a file is refused for several inputs."""
    (folder / "file").write_text("x")
    assert main(["encode", str(folder), "-o", str(folder / "file")]) == 1
    assert "is a file; several results need a folder" in capsys.readouterr().err


def test_one_bad_picture_does_not_stop_the_others(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each fault is one line with the file's name, the rest is done, and the exit code is 1."""
    (folder / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\nnonsense")
    Image.new("RGB", (5, 5)).save(folder / "tiny.png")
    assert main(["encode", str(folder), "--bytes", "60"]) == 1
    err = capsys.readouterr().err.splitlines()
    assert len(err) == 3  # the last is on prompts
    assert err[0].startswith(f"triptych: {folder / 'broken.png'}: ")
    assert err[1].startswith(f"triptych: {folder / 'tiny.png'}: the picture is 5 x 5 pixels")
    assert _trp(folder) == ["cat.trp", "dog.trp"]


def test_prompts_have_an_order_of_precedence(folder: Path) -> None:
    """--no-text, --prompt, --captions with a level, then the text beside the picture."""
    captions = folder / "captions.json"
    captions.write_text(json.dumps([{"file": "cat.png", "description": {"short": "a pet", "long": "a pet asleep"}}]))
    base = ["encode", str(folder / "cat.png"), "--force", "--bytes", "200"]
    with_captions = ["--captions", str(captions)]
    for options, prompt in [
        ([], "a cat, asleep"),
        (with_captions, "a pet"),
        ([*with_captions, "--level", "long"], "a pet asleep"),
        ([*with_captions, "--prompt", "an argument"], "an argument"),
        (["--prompt", ""], None),
        (["--no-text", *with_captions, "--prompt", "an argument"], None),
    ]:
        assert main([*base, *options]) == 0
        assert triptych.Picture.open(folder / "cat.trp").prompt == prompt


def test_options_reach_the_encoder(folder: Path, person, capsys: pytest.CaptureFixture[str]) -> None:
    """Budget, layers, keypoints, edges and background do what they say."""
    flat = [v for x, y in person.tolist() for v in (x / 256, y / 256, 1)]
    (folder / "people.json").write_text(json.dumps({"people": [{"pose_keypoints_2d": flat}]}))
    edges = Image.new("L", (40, 40))
    edges.paste(255, (5, 20, 35, 21))
    edges.save(folder / "edges.png")
    Image.new("RGBA", (64, 64)).save(folder / "clear.png")
    target = folder / "x.trp"
    base = ["-o", str(target), "--force"]

    def run(name: str, *options: str) -> Picture:
        assert main(["encode", str(folder / name), *base, *options]) == 0
        return triptych.Picture.open(target)

    assert len(run("cat.png", "--bytes", "77").to_bytes()) <= 77
    assert run("cat.png", "--bpp", "0.2").bpp <= 0.2
    assert run("cat.png", "--quality", "60", "--layers", "texture,edges").semantic is None
    assert run("cat.png", "--keypoints", str(folder / "people.json"), "--bytes", "300").pose is not None
    assert run("cat.png", "--edges", str(folder / "edges.png"), "--bytes", "300").edges is not None
    picture = run("clear.png", "--background", "#102030", "--bytes", "90")
    assert abs(int(picture.texture.colours[0, 0, 2]) - 0x30) <= 6  # type: ignore[union-attr]
    assert "laid on rgb(16, 32, 48)" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--level", "short"], "--level chooses among the levels of --captions"),
        (["dog.PNG", "--edges", "e.png"], "--edges: one file describes one picture; for several give"),
        (["--layers", "colour"], "there is no layer called 'colour'"),
        (["--quality", "0"], "quality is 1 to 100"),
        (["--bytes", "10"], "10 bytes cannot hold any layer"),
        (["--captions", "nothing.json"], "nothing.json: cannot be read"),
        (["--prompt", "\udcff"], "surrogate"),
    ],
)
def test_failures_are_one_line_and_exit_code_1(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], options: list[str], message: str
) -> None:
    """What cannot be done is one line on the error stream, nothing on the other, and exit code 1."""
    monkeypatch.chdir(folder)
    assert main(["encode", "cat.png", *options]) == 1
    out, err = capsys.readouterr()
    assert message in err and err.count("\n") == 1 and err.startswith("triptych: ")
    assert out == ""


@pytest.mark.parametrize("name", ["nothing.png", "*.xyz", "mor?", "empty", "x" * 300])
def test_inputs_that_are_not_there_cost_a_line(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    """What is named and not there is told, the others are done, and the exit code is 1."""
    monkeypatch.chdir(folder)
    (folder / "empty").mkdir()
    assert main(["encode", name, "cat.png", "--bytes", "60"]) == 1
    err = capsys.readouterr().err.splitlines()
    assert len(err) == 2 and err[0].startswith(f"triptych: {name}: ") and "1 done, 0 skipped, 1 failed" in err[1]
    assert _trp(folder) == ["cat.trp"]


@pytest.mark.parametrize(
    "arguments",
    [[], ["paint"], ["encode"], ["encode", "x", "--quality", "high"], ["encode", "x", "--bytes", "5", "--bpp", "1"],
     ["decode", "x", "-j", "-1"], ["encode", "x", "--background", "nocolour"], ["encode", "x", "--unknown"]],
)  # fmt: skip
def test_wrong_arguments_are_exit_code_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Wrong usage shows how it is meant, on the error stream, and is exit code 2."""
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2
    out, err = capsys.readouterr()
    assert out == "" and err.startswith("usage: triptych") and "error: " in err.splitlines()[-1]


# --- decode ----------------------------------------------------------------------------------------------


def test_a_file_becomes_a_picture(stream: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without -o the picture goes beside the file as NAME.decoded.png."""
    assert main(["decode", str(stream)]) == 0
    with Image.open(stream.with_name("all.decoded.png")) as image:
        assert image.size == (96, 64) and image.mode == "RGB"
    assert capsys.readouterr().out.endswith("all.decoded.png: 96 x 64 pixels, painted by miniature\n")


@pytest.mark.parametrize(("name", "kind"), [("a.jpg", "JPEG"), ("a.webp", "WEBP"), ("a.PNG", "PNG"), ("a.bmp", "BMP")])
def test_the_name_chooses_the_format(stream: Path, name: str, kind: str) -> None:
    """The ending of -o says how the picture is written."""
    target = stream.with_name(name)
    assert main(["decode", str(stream), "-o", str(target), "--layers", "texture"]) == 0
    with Image.open(target) as image:
        assert image.format == kind


@pytest.mark.parametrize("name", ["a.xyz", "a", "a.trp"])
def test_names_that_no_picture_can_have_are_refused(
    stream: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """An ending that stands for no picture format is an error before anything is painted."""
    assert main(["decode", str(stream), "-o", str(stream.with_name(name))]) == 1
    assert "end it in .png, .webp or .jpg" in capsys.readouterr().err


def test_pictures_too_large_for_a_format_are_told(tmp_path: Path, make: Callable[..., Picture], capsys) -> None:
    """A format that cannot hold the picture is an error of one line, and leaves no file."""
    make((20000, 10)).without("pose", "edges").save(tmp_path / "a.trp")
    assert main(["decode", str(tmp_path / "a.trp"), "-o", str(tmp_path / "a.webp")]) == 1
    err = capsys.readouterr().err
    assert "a.webp: cannot be written as WEBP" in err and err.count("\n") == 1
    assert not (tmp_path / "a.webp").exists()


def test_damaged_files_are_decoded_with_a_warning(stream: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What is whole is painted, a warning tells what is not, and --strict makes that an error."""
    stream.write_bytes(stream.read_bytes()[:-3])
    assert main(["decode", str(stream)]) == 0
    err = capsys.readouterr().err
    assert (
        err.startswith(f"triptych: {stream}: warning: the edges layer ") and "cut off" in err and err.count("\n") == 1
    )
    assert main(["decode", str(stream), "--strict", "-f"]) == 1
    assert capsys.readouterr().err.startswith(f"triptych: {stream}: the edges layer ")


def test_a_file_without_a_whole_layer_is_an_error(stream: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing to paint from is exit code 1 and no picture."""
    stream.write_bytes(stream.read_bytes()[: container.scan_header(stream.read_bytes()).header_bytes])
    assert main(["decode", str(stream)]) == 1
    assert "cut off" in capsys.readouterr().err
    assert not stream.with_name("all.decoded.png").exists()


def test_an_unknown_decoder_is_told_once(stream: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A wrong name is one error, not one a file."""
    assert main(["decode", str(stream), str(stream.parent), "--decoder", "oil"]) == 1
    err = capsys.readouterr().err
    assert err.startswith("triptych: there is no decoder called 'oil'; there are: ") and "sketch" in err
    assert err.count("\n") == 1


# --- info, verify, extract ---------------------------------------------------------------------------------


def test_info_shows_layers_and_prompt(stream: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each layer has a line with its bytes, share and bits per pixel; the container's bytes complete the file."""
    assert main(["info", str(stream)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert f"{stream.stat().st_size} bytes" in lines[0] and "96 x 64 pixels" in lines[0]
    rows = {line.split()[0]: int(line.split()[1]) for line in lines[2:7]}
    assert list(rows) == ["semantic", "texture", "pose", "edges", "container"]
    assert sum(rows.values()) == stream.stat().st_size
    assert lines[7] == "  prompt: a red fox in the snow"


def test_info_works_on_damaged_files(stream: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A cut file is described as far as it goes."""
    stream.write_bytes(stream.read_bytes()[:-1])
    assert main(["info", str(stream)]) == 0
    out = capsys.readouterr().out
    assert "(damaged)" in out and "cut off: 1 of its bytes are missing" in out


def test_json_is_one_object_a_file(stream: Path, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With --json every command prints one object a file, faults included, and nothing else."""
    (folder / "bad.trp").write_bytes(b"bad")
    for command in ("info", "verify", "decode", "extract"):
        assert main([command, str(folder), "--json"]) == 1
        out, err = capsys.readouterr()
        records = [json.loads(line) for line in out.splitlines()]
        assert [Path(record["file"]).name for record in records] == ["all.trp", "bad.trp"]
        assert "error" not in records[0] and "signature" in records[1]["error"]
        assert err == ""
    assert main(["encode", str(folder / "cat.png"), "--json"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert record["bytes"] == (folder / "cat.trp").stat().st_size
    assert set(record) >= {"file", "output", "width", "height", "bytes", "bpp", "layers"}


def test_info_json_has_values_only_when_asked(stream: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Rasters and colours are long, so they come with --values; the prompt always does."""
    assert main(["info", str(stream), "--json"]) == 0
    layers = json.loads(capsys.readouterr().out)["layers"]
    assert [("value" in layer) for layer in layers] == [True, False, False, False]
    assert main(["info", str(stream), "--json", "--values"]) == 0
    layers = json.loads(capsys.readouterr().out)["layers"]
    assert all("value" in layer for layer in layers)


def test_verify_finds_every_fault(stream: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A whole file passes; a wrong checksum, nonsense under a right checksum and trailing bytes do not."""
    data = stream.read_bytes()
    assert main(["verify", str(stream)]) == 0
    assert capsys.readouterr().out == f"{stream}: whole, semantic, texture, pose, edges\n"
    nonsense = container.write(Stream(64, 64, (RawLayer(0, 0, False, b"\xff"), RawLayer(1, 0, False, b"\xff\xff"))))
    faults = [
        (data[:-1], ["the edges layer at", "cut off"]),
        (data + b"x", ["1 bytes follow"]),
        (nonsense, ["semantic: ", "UTF-8", "texture: "]),
    ]
    for damaged, words in faults:
        stream.write_bytes(damaged)
        assert main(["verify", str(stream)]) == 1
        err = capsys.readouterr().err
        assert all(word in err for word in words) and err.count("\n") == 1
    assert main(["verify", "--fast", str(stream)]) == 0, "the checksums of nonsense are right"
    stream.write_bytes(data[:-1])
    assert main(["verify", "--fast", str(stream)]) == 1 and "cut off" in capsys.readouterr().err


def test_extract_writes_ordinary_files(stream: Path, person, capsys: pytest.CaptureFixture[str]) -> None:
    """Each layer becomes files that other programs read, and they hold the layer's values."""
    assert main(["extract", str(stream)]) == 0
    out = stream.with_name("all.layers")
    names = ["colours.png", "edges.png", "edges.svg", "keypoints.json", "prompt.txt", "skeleton.png"]
    assert sorted(path.name for path in out.iterdir()) == names
    assert (out / "prompt.txt").read_text(encoding="utf-8") == "a red fox in the snow\n"
    picture = triptych.Picture.open(stream)
    with Image.open(out / "edges.png") as edges:
        assert edges.size == picture.edges.raster.shape[::-1] and edges.getextrema() == (0, 255)  # type: ignore[union-attr]
    again = triptych.encode(
        Image.new("RGB", picture.size), people=out / "keypoints.json", edges=out / "edges.png", max_bytes=500
    )
    assert (again.pose.people == person).all()  # type: ignore[union-attr]
    assert main(["extract", str(stream)]) == 1
    assert "exists" in capsys.readouterr().err
    assert main(["extract", str(stream), "-o", str(stream.with_name("elsewhere"))]) == 0
    assert sorted(path.name for path in stream.with_name("elsewhere").iterdir()) == names


def test_extract_takes_what_is_whole(stream: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Of a cut file the whole layers are written, with a warning for the rest."""
    stream.write_bytes(stream.read_bytes()[: container.scan(stream.read_bytes()).entries[2].offset])
    assert main(["extract", str(stream)]) == 0
    assert sorted(p.name for p in stream.with_name("all.layers").iterdir()) == ["colours.png", "prompt.txt"]
    assert capsys.readouterr().err.count("warning: ") == 2


# --- for all ---------------------------------------------------------------------------------------------


def test_a_strangers_text_cannot_steer_the_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Control and format characters of prompts and file names are shown as escapes, in lines and in JSON."""
    size = (64, 64)
    text = "a\x1b[31mred\x9b1m \u202e\u2066hidden\nnew line \U000e0041 é 猫"
    path = tmp_path / "x\x1b[2J.trp"
    path.write_bytes(container.write(Stream(*size, (RawLayer(0, 0, False, text.encode()),))))
    bad = tmp_path / "y\x1b]0;.trp"
    bad.write_bytes(b"bad")
    for command in ("info", "verify", "decode", "extract"):
        for options in ([], ["--json"]):
            main([command, str(tmp_path), *options])
            out, err = capsys.readouterr()
            for stream in (out, err):
                assert not any(c in stream for c in "\x1b\x9b\u202e\u2066\U000e0041")
    assert main(["info", str(path)]) == 0
    assert r"prompt: a\x1b[31mred\x9b1m \u202e\u2066hidden\nnew line \U000e0041 é 猫" in capsys.readouterr().out
    assert main(["info", str(tmp_path / "none\x1b.trp")]) == 1
    assert "\x1b" not in capsys.readouterr().err


def test_file_names_that_are_no_text_work(tmp_path: Path, stream: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A name that is not UTF-8 is printed as escapes and does not end the program."""
    path = tmp_path / os.fsdecode(b"\xff\xfe.trp")
    try:
        path.write_bytes(stream.read_bytes())
    except OSError:
        pytest.skip("this file system knows only text")
    for options in ([], ["--json"]):
        assert main(["info", str(path), *options]) == 0
        assert r"\udcff" in capsys.readouterr().out


def test_parallel_work_gives_the_same_in_the_same_order(folder: Path) -> None:
    """-j 2 writes the same bytes and prints the same lines as -j 1."""
    (folder / "bad.png").write_bytes(b"bad")
    runs = []
    for jobs in ("1", "2"):
        done = _run("encode", ".", "-r", "-o", f"out{jobs}", "-j", jobs, "--bytes", "80", cwd=folder)
        assert done.returncode == 1
        files = {path.name: path.read_bytes() for path in (folder / f"out{jobs}").rglob("*.trp")}
        runs.append((done.stdout.replace(f"out{jobs}", "out"), done.stderr, files))
    assert runs[0] == runs[1]
    assert list(runs[0][2]) and runs[0][1].startswith("triptych: bad.png: not a picture")


def test_the_module_runs_as_a_program(stream: Path) -> None:
    """`python -m triptych` has help, a version, and the commands' exit codes."""
    version = _run("--version")
    assert (version.returncode, version.stdout) == (0, f"triptych {triptych.__version__}\n")
    help_text = _run("--help")
    assert help_text.returncode == 0
    assert all(command in help_text.stdout for command in ("encode", "decode", "info", "extract", "verify"))
    assert _run("verify", stream).returncode == 0
    assert _run("verify", stream.with_name("none.trp")).returncode == 1
    assert _run("verify").returncode == 2


@pytest.mark.parametrize("command", ["encode", "decode", "info", "extract", "verify"])
def test_every_command_explains_itself(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    """--help of a command is exit code 0 and names its arguments."""
    with pytest.raises(SystemExit) as caught:
        main([command, "--help"])
    assert caught.value.code == 0
    out = capsys.readouterr().out
    assert out.startswith(f"usage: triptych {command}") and "INPUT" in out and "--json" in out


@pytest.mark.skipif(os.name == "nt", reason="pipes end otherwise there")
def test_a_closed_pipe_is_no_traceback(stream: Path) -> None:
    """`triptych info ... | head` ends quietly."""
    copies = []
    for i in range(300):
        copies.append(stream.with_name(f"copy{i}.trp"))
        copies[-1].write_bytes(stream.read_bytes())
    process = subprocess.Popen(
        [sys.executable, "-m", "triptych", "info", *map(str, copies)], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout and process.stderr
    process.stdout.readline()
    process.stdout.close()
    err = process.stderr.read()
    process.stderr.close()
    process.wait()
    assert b"Traceback" not in err
