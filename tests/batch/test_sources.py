"""Items are found in an order that never changes, wherever they are, and what cannot be read is told."""

from __future__ import annotations

import io
import json
import tarfile
import threading
from pathlib import Path

import pytest

from triptych.batch import answers, storage
from triptych.batch.sources import Source, flat
from triptych.errors import InputError

PNG = frozenset({".png"})


def _keys(given: str | tuple[str, ...], **options: str) -> list[str]:
    return [item.key for item in Source(given, PNG, **options)]


def _touch(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"x")


def test_folders_are_walked_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Files before folders, each sorted; what has other endings, begins with a dot or holds the results is left out."""
    _touch(tmp_path, "b.png", "a.png", "c/d.png", "c/.e.png", ".f/g.png", "out/h.png", "i.txt", "b/j.PNG")
    assert _keys(str(tmp_path), leave_out=str(tmp_path / "out")) == ["a.png", "b.png", "b/j.PNG", "c/d.png"]
    assert Source(str(tmp_path), PNG).count() == 5
    assert _keys(f"file://{tmp_path}/c") == ["d.png"]
    assert _keys(str(tmp_path / "a.png")) == ["a.png"]
    monkeypatch.chdir(tmp_path)
    assert _keys("*.png") == ["a.png", "b.png"] and _keys("c/*.png") == ["d.png"]
    assert _keys("**/*.png") == ["a.png", "b.png", "c/d.png", "out/h.png"]
    for missing in ("none", "*.gif"):
        with pytest.raises(InputError, match="no such file or folder"):
            _keys(missing)


def test_lists_name_items_and_prompts(tmp_path: Path) -> None:
    """A name a line, an object a line, or any iterable; an item of a list is called what the list calls it."""
    (tmp_path / "names.txt").write_text("x/a.png\n\n  y/a.png \n")
    assert [(item.key, item.place) for item in Source(str(tmp_path / "names.txt"), PNG)] == [
        ("x/a.png", "a.png"), ("y/a.png", "a.png")
    ]  # fmt: skip
    (tmp_path / "names.jsonl").write_text('{"file": "a.png", "prompt": "a fox"}\n{"file": "b.png"}\n{"file": 7}\n')
    found = iter(Source(str(tmp_path / "names.jsonl"), PNG))
    assert next(found).prompt == "a fox" and next(found).prompt is None
    with pytest.raises(InputError, match="line 3"):
        next(found)
    assert flat(Path("x")) == "x" and flat([Path("x"), "y"]) == ("x", "y")
    assert [item.where for item in Source(("x.png", "memory://b/y.png"), PNG)] == ["x.png", "memory://b/y.png"]


def _tar(path: Path, members: dict[str, bytes], mode: str = "w") -> None:
    with tarfile.open(path, mode) as tar:  # type: ignore[call-overload]
        for name, data in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))


def test_shards_stand_for_what_is_in_them(tmp_path: Path) -> None:
    """The text of a sample is its prompt, wherever it stands; a member may lie in a folder; compressed ones, too."""
    members = {
        "a.txt": b" a fox ",
        "a.png": b"A",
        "x/b.png": b"B",
        "x/b.json": b"{}",
        "x/b.txt": b"a bear",
        "c.png": b"C",
    }
    _tar(tmp_path / "s-0.tar", members)
    _tar(tmp_path / "s-1.tar.gz", {"d.mask.png": b"D"}, "w:gz")
    found = [(item.key, item.place, item.data, item.prompt) for item in Source(str(tmp_path), PNG)]
    assert found == [
        ("s-0.tar/a.png", "s-0/a.png", b"A", "a fox"), ("s-0.tar/x/b.png", "s-0/x/b.png", b"B", "a bear"),
        ("s-0.tar/c.png", "s-0/c.png", b"C", None), ("s-1.tar.gz/d.mask.png", "s-1/d.mask.png", b"D", None),
    ]  # fmt: skip
    assert Source(str(tmp_path), PNG).count() is None


def test_a_damaged_shard_gives_what_is_before_the_damage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And its fault; others are read. A member that is too large for us is a fault of its own."""
    _tar(tmp_path / "a.tar", {"a.png": b"A" * 2000, "b.png": b"B" * 2000})
    data = (tmp_path / "a.tar").read_bytes()
    (tmp_path / "a.tar").write_bytes(data[:4000])
    (tmp_path / "b.tar").write_bytes(b"junk" * 500)
    _tar(tmp_path / "c.tar", {"c.png": b"C", "d.png": b"D" * 30})
    monkeypatch.setattr("triptych.batch.containers.MAX_MEMBER_BYTES", 2000)
    found = [(item.key, bool(item.fault)) for item in Source(str(tmp_path), PNG)]
    assert found == [
        ("a.tar/a.png", False), ("a.tar", True), ("b.tar", True), ("c.tar/c.png", False), ("c.tar/d.png", False)
    ]  # fmt: skip
    monkeypatch.setattr("triptych.batch.containers.MAX_MEMBER_BYTES", 20)
    assert "has 30 bytes" in (list(Source(str(tmp_path / "c.tar"), PNG))[-1].fault or "")


def test_tables_stand_for_their_rows(tmp_path: Path) -> None:
    """A column of bytes or of {bytes, path}, found by name or given; rows without a picture are faults."""
    pa = pytest.importorskip("pyarrow", reason="pyarrow is not installed (extra batch)")
    import pyarrow.parquet

    rows = [{"image": {"bytes": b"A", "path": "a"}, "text": "a fox", "raw": b"R", "n": 1}]
    rows += [{"image": {"bytes": None, "path": "a"}, "text": None, "raw": b"S", "n": 2}]
    pyarrow.parquet.write_table(pa.Table.from_pylist(rows), tmp_path / "t.parquet")
    found = list(Source(str(tmp_path), PNG))
    assert [(item.key, item.place, item.data, item.prompt) for item in found] == [
        ("t.parquet/000000000", "t/000000000", b"A", "a fox"), ("t.parquet/000000001", "t/000000001", None, None)
    ]  # fmt: skip
    assert found[0].fault is None and "row 1: has no picture" in (found[1].fault or "")
    assert [item.data for item in Source(str(tmp_path), PNG, column="raw", prompt_column="text")] == [b"R", b"S"]
    assert Source(str(tmp_path), PNG).count() == 2
    for options, message in (
        ({"column": "text"}, "no column of pictures"),
        ({"prompt_column": "n"}, "column of texts"),
    ):
        (item,) = Source(str(tmp_path), PNG, **options)
        assert message in (item.fault or "")
    data = (tmp_path / "t.parquet").read_bytes()
    (tmp_path / "t.parquet").write_bytes(data[:-20] + b"PAR1")
    (item,) = Source(str(tmp_path), PNG)
    assert "cannot be read" in (item.fault or "") and item.key == "t.parquet"
    pyarrow.parquet.write_table(pa.table({"x": [1]}), tmp_path / "t.parquet")
    assert "has no column of pictures" in (next(iter(Source(str(tmp_path), PNG))).fault or "")


def test_urls_are_walked_as_folders_are(tmp_path: Path) -> None:
    """The same order and rules; a missing URL is an error."""
    memory = pytest.importorskip("fsspec", reason="fsspec is not installed (extra batch)").filesystem("memory")
    for name in ("b.png", "a.png", "c/d.png", "c/.e.png", "i.txt"):
        memory.pipe_file(f"/walk/{name}", b"x")
    assert _keys("memory://walk") == ["a.png", "b.png", "c/d.png"]
    assert _keys("memory://walk/*.png") == ["a.png", "b.png"]
    assert [item.where for item in Source("memory://walk/c", PNG)] == ["memory://walk/c/d.png"]
    with pytest.raises(InputError, match="no such file system"):
        _keys("nonsense://walk")
    assert json.dumps(flat("memory://walk")) == '"memory://walk"'


class _Silent:
    """A file system whose files open, give their first bytes, and then nothing more."""

    def __init__(self) -> None:
        self.asked, self.end = 0, threading.Event()

    def open(self, name: str, mode: str, **options: object) -> io.BytesIO:
        system = self

        class File(io.BytesIO):
            def read(self, size: int | None = -1, /) -> bytes:
                if self.tell():
                    system.asked += 1
                    system.end.wait()
                return super().read(4)

        return File(b"abcdefgh")

    def isdir(self, name: str) -> bool:
        self.asked += 1
        return self.end.wait()


def test_a_server_that_says_nothing_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is asked once more; what is read through a stream stops where the silence begins."""
    system = _Silent()
    monkeypatch.setattr(storage, "system_of", lambda url: system)
    monkeypatch.setattr(storage, "_WAITS", (0.0, 0.0, 0.0))
    monkeypatch.setattr(answers, "SILENCE", 0.05)
    monkeypatch.setattr(answers, "_SLOWEST", 1e9)
    with pytest.raises(storage.StoppedError, match="no answer in 0 seconds"):
        list(Source("s3://there/folder", PNG))
    assert system.asked == 2
    with storage.opened("s3://there/a.png") as file:
        assert file.read(4) == b"abcd"
        with pytest.raises(answers.NoAnswer):
            file.read(8)
    assert storage.read("s3://there/a.png", 3) == b"abcd"
    system.end.set()
