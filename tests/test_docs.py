"""The documents tell the truth: their examples run, their bytes and numbers are those of the code."""

from __future__ import annotations

import contextlib
import io
import re
import shlex
from pathlib import Path

import pytest
from PIL import Image

import triptych
from triptych import limits
from triptych.bitstream import container
from triptych.cli.main import main
from triptych.layers.pose import _BODY
from triptych.layers.scans import MOST_SCANS

ROOT = Path(__file__).parents[1]
README, SPEC = ROOT / "README.md", ROOT / "SPEC.md"
pytestmark = pytest.mark.skipif(not README.exists(), reason="the documents are not part of this copy")


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""


def _blocks(path: Path, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", _text(path), re.MULTILINE | re.DOTALL)


@pytest.fixture
def workplace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with what the examples use: the samples, a cat, and a folder of pictures with texts and edges."""
    (tmp_path / "samples").symlink_to(ROOT / "samples")
    (tmp_path / "renders").mkdir()
    (tmp_path / "ComfyUI" / "output").mkdir(parents=True)
    with Image.open(ROOT / "samples" / "portrait.png") as image:
        small = image.convert("RGB").resize((128, 160))
    for name in ("cat.png", "dancer.png", "renders/one.png", "renders/two.png", "ComfyUI/output/three.png"):
        small.save(tmp_path / name)
    for name in ("people.json", "dancer.keypoints.json"):
        (tmp_path / name).write_bytes((ROOT / "samples" / "dancer.keypoints.json").read_bytes())
    small.convert("L").save(tmp_path / "map.png")
    for name in ("texts", "edges"):
        (tmp_path / name).mkdir()
    for name in ("one", "two"):
        (tmp_path / "texts" / f"{name}.txt").write_text("a portrait")
        small.convert("L").save(tmp_path / "edges" / f"{name}.png")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_python_examples_run(workplace: Path) -> None:
    """Every Python example of the README runs as it stands, one after the other."""
    for block in _blocks(README, "python"):
        with contextlib.redirect_stdout(io.StringIO()):
            exec(compile(block, str(README), "exec"), {})


def test_console_examples_run(workplace: Path) -> None:
    """Every `triptych` command of the README succeeds, in their order."""
    for block in _blocks(README, "console"):
        for line in block.replace("\\\n", " ").splitlines():
            command = shlex.split(line.removeprefix("$ "), comments=True)
            if command[:1] == ["triptych"]:
                assert main(command[1:]) == 0, line


def test_help_examples_run(workplace: Path) -> None:
    """Every command that encode and decode show in their help succeeds."""
    from triptych.cli import decode, encode

    (workplace / "cat.txt").write_text("a cat")
    for module, ending in ((encode, ".png"), (decode, ".trp")):
        for line in re.findall(r"^  (triptych .*)$", module.__doc__ or "", re.MULTILINE):
            command = shlex.split(line)[1:]
            if ending == ".trp" and "small/" in command:
                assert (workplace / "small").is_dir()
            assert main([*command, "--force"]) == 0, line


def test_documents_are_complete() -> None:
    """Links and pictures between the documents lead somewhere, and no @BLANK@ is left to fill in."""
    for path in [README, SPEC, ROOT / "ARCHITECTURE.md", ROOT / "conformance" / "README.md"]:
        for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", _text(path)):
            assert (path.parent / target).exists(), f"{path.name} links to {target}"
        assert re.findall(r"@[A-Z]{3,}@", _text(path)) == [], path.name


def _hexdumps() -> list[tuple[str, bytes]]:
    """(text around it, its bytes) of each block of SPEC.md under a <!-- hexdump --> mark."""
    found = []
    for match in re.finditer(r"([^\n]*\n*)<!-- hexdump -->\n```\w*\n(.*?)^```", _text(SPEC), re.MULTILINE | re.DOTALL):
        data = bytearray()
        for line in match[2].splitlines():
            # hexadecimal pairs, then at least two spaces and what they mean
            data += bytes.fromhex(re.match(r"(?:[0-9a-f]{2}(?: |$))*", line)[0])  # type: ignore[index]
        found.append((match[0], bytes(data)))
    return found


def test_hexdumps_are_true() -> None:
    """Each annotated dump of SPEC.md is a whole file, canonical, and holds the text and the size that it shows."""
    dumps = _hexdumps()
    assert dumps
    for around, data in dumps:
        assert container.write(container.read(data)) == data
        picture = triptych.Picture.from_bytes(data)
        assert f"{picture.width} x {picture.height}" in around
        stated = re.findall(r"\((\d+) bytes\)", around)
        assert stated in ([], [str(len(data))])
        if picture.prompt:
            assert f'"{picture.prompt}"' in around


def test_limits_are_those_of_the_specification() -> None:
    """The table of limits in SPEC.md and the numbers in the code are the same."""
    table = _text(SPEC).partition("## 8. Limits")[2].partition("\n## ")[0]
    rows = dict(re.findall(r"^\| ([a-zA-Z ]+?) \| (\d[\d,]*)", table, re.MULTILINE))
    assert {name: int(value.replace(",", "")) for name, value in rows.items()} == {
        "file": limits.MAX_STREAM_BYTES >> 20,
        "layers": limits.MAX_LAYERS,
        "side of the picture": limits.MAX_SIDE,
        "text": limits.MAX_TEXT_CHARS,
        "tokens of a modelled text": limits.MAX_TEXT_TOKENS,
        "tokens of all texts of a recipe": limits.MAX_SETTINGS_TOKENS,
        "people": limits.MAX_PEOPLE,
        "side of the colour map": limits.MAX_COLOUR_SIDE,
        "side of the edge raster": limits.MAX_EDGE_SIDE,
        "cells of all scans of the edges": MOST_SCANS * limits.MAX_EDGE_SIDE**2,
        "side of the detail": limits.MAX_DETAIL_SIDE,
        "regions of interest": limits.MAX_REGIONS,
        "settings of a recipe": limits.MAX_SETTINGS_BYTES,
        "LoRAs of a recipe": limits.MAX_LORAS,
        "blocks of a recipe": limits.MAX_BLOCKS,
        "data of all blocks": limits.MAX_BLOCK_BYTES >> 20,
    }


def test_joints_are_those_of_the_specification() -> None:
    """The table of joints in SPEC.md and the one in the code are the same."""
    table = _text(SPEC).partition("| joint | parent |")[2].partition("\n\n")[0]
    rows = [[cell.strip(" `") for cell in row.strip("|").split("|")] for row in table.splitlines()[2:]]
    assert [len(row) for row in rows] == [8] * len(_BODY)
    for row, joint in zip(rows, _BODY, strict=True):
        found = [re.match(r"-?\d[\d,]*", value.replace("−", "-")) for value in row[:7]]
        numbers = [int(match[0].replace(",", "")) if match else None for match in found]
        has_parent = joint.parent is not None
        assert numbers[:2] == [joint.index, joint.parent]
        assert [v or 0 for v in numbers[2:6]] == [joint.x, joint.y, joint.dx, joint.dy] or not has_parent
        assert numbers[6] == joint.seen
        assert tuple(map(int, re.findall(r"\d+", row[7]))) == (joint.mirror or ())
