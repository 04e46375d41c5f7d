"""A batch does all items once, whatever happens meanwhile, and knows what became of each."""

from __future__ import annotations

import errno
import hashlib
import io
import json
import sqlite3
import tarfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from batch.conftest import CHEAP, Here, draw, encode, tree

import triptych
from triptych import batch, files
from triptych.batch import Decode, Edit, Encode, Plan, Stats, run
from triptych.batch.local import Lost
from triptych.errors import InputError

pa = pytest.importorskip("pyarrow.parquet", reason="pyarrow is not installed (extra batch)")


def test_all_items_are_done_or_failed_with_a_reason(here: Here, pictures: Path, tmp_path: Path) -> None:
    """Results stand in the places of their items, with the same bytes as one by one; the summary counts them."""
    summary = encode(str(pictures), tmp_path / "out")
    assert summary.items == {"done": 5, "failed": 1, "todo": 0} and not summary.well
    assert summary.failures[0] | {"reason": ""} == {
        "reason": "",
        "kind": "InputError",
        "count": 1,
        "example": "b/bad.png",
    }
    made = tree(tmp_path / "out")
    assert sorted(made) == [f"{'b' if n % 2 else 'a'}/p{n}.trp" for n in (0, 2, 4, 1, 3)]
    assert made["a/p0.trp"] == triptych.encode(pictures / "a/p0.png", **CHEAP).to_bytes()
    assert triptych.Picture.open(tmp_path / "out/a/p0.trp").prompt == "a yellow bar"
    assert summary.bytes_out == sum(map(len, made.values()))
    assert summary.bytes_in == sum(p.stat().st_size for p in pictures.rglob("p*.png"))
    assert sum(entry["count"] for entry in summary.bpp_histogram) == 5
    assert sum(layer["bytes"] for layer in summary.layers.values()) == summary.bytes_out
    assert json.loads(json.dumps(summary.to_dict()))["pixels"] == 5 * 64 * 64


def test_a_second_run_does_only_what_is_new(here: Here, pictures: Path, tmp_path: Path) -> None:
    """What is done or failed stays; new items are added; what failed is tried again on request."""
    encode(str(pictures), tmp_path / "out")
    here.worked.clear()
    assert encode(str(pictures), tmp_path / "out").this_run["done"] == 0 and here.worked == []
    draw(pictures / "c/new.png", 9)
    assert encode(str(pictures), tmp_path / "out").items["done"] == 6 and here.worked == ["c/new.png"]
    draw(pictures / "b/bad.png", 10)
    assert encode(str(pictures), tmp_path / "out", retry_failed=True).well
    assert (tmp_path / "out/b/bad.trp").exists()


@pytest.mark.parametrize(("to", "cut_after"), [("files", 3), ("tar", 0), ("tar", 5), ("parquet", 2)])
def test_a_run_that_is_cut_off_goes_on(here: Here, pictures: Path, tmp_path: Path, to: str, cut_after: int) -> None:
    """Nothing that was heard of is done again, and the results are those of an undisturbed run."""
    encode(str(pictures), tmp_path / "whole", to=to, shard_size=2)
    here.worked.clear()
    here.cut_after, here.ahead = cut_after, 2
    with pytest.raises(KeyboardInterrupt):
        encode(str(pictures), tmp_path / "cut", to=to, shard_size=2)
    here.cut_after = None
    summary = encode(str(pictures), tmp_path / "cut", to=to, shard_size=2)
    assert summary.items == {"done": 5, "failed": 1, "todo": 0}
    assert sorted(here.worked) == sorted(p.relative_to(pictures).as_posix() for p in pictures.rglob("*.png"))
    if to == "parquet":
        assert _without_times(tmp_path / "cut") == _without_times(tmp_path / "whole")
    else:
        assert tree(tmp_path / "cut") == tree(tmp_path / "whole")
    assert encode(str(pictures), tmp_path / "cut", to=to, shard_size=2).this_run["done"] == 0


def _without_times(folder: Path) -> list[Any]:
    tables = [pa.read_table(path).drop_columns(["seconds"]).to_pylist() for path in sorted(folder.glob("*.parquet"))]
    assert len(tables) == 3
    return tables


def test_a_shard_that_was_written_but_not_noted_is_not_doubled(
    here: Here, pictures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed between the two, the next run writes the same bytes under the same name."""
    from triptych.batch.manifest import Manifest

    encode(str(pictures), tmp_path / "whole", to="tar", shard_size=3)
    with monkeypatch.context() as patched:
        patched.setattr(Manifest, "shard_written", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            encode(str(pictures), tmp_path / "cut", to="tar", shard_size=3)
    here.worked.clear()
    encode(str(pictures), tmp_path / "cut", to="tar", shard_size=3)
    assert tree(tmp_path / "cut") == tree(tmp_path / "whole")
    assert "a/p0.png" not in here.worked


def test_items_that_come_later_go_into_shards_of_their_own(here: Here, pictures: Path, tmp_path: Path) -> None:
    """A shard that was written never changes."""
    encode(str(pictures), tmp_path / "out", to="tar", shard_size=4)
    before = tree(tmp_path / "out")
    draw(pictures / "c/new.png", 9)
    encode(str(pictures), tmp_path / "out", to="tar", shard_size=4)
    after = tree(tmp_path / "out")
    assert len(after) == len(before) + 1 and before.items() <= after.items()


def test_another_run_is_not_mixed_in(here: Here, pictures: Path, tmp_path: Path) -> None:
    """Other options, a folder with other things in it, and a second run at the same time are refused."""
    encode(str(pictures), tmp_path / "out")
    with pytest.raises(InputError, match="is of a run with options"):
        run(Plan(verb=Encode(options={"bpp": 0.5}), source=str(pictures), target=str(tmp_path / "out")))
    with pytest.raises(InputError, match="not empty"):
        encode(str(pictures), pictures)
    other = sqlite3.connect(tmp_path / "out/manifest.sqlite")
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(InputError, match="another run"):
        encode(str(pictures), tmp_path / "out")
    other.close()
    (tmp_path / "junk").mkdir()
    (tmp_path / "junk/manifest.sqlite").write_bytes(b"junk" * 1000)
    with pytest.raises(InputError, match="no manifest"):
        encode(str(pictures), tmp_path / "junk")
    with pytest.raises(InputError, match="no such file or folder"):
        encode(str(tmp_path / "nowhere"), tmp_path / "out2")


def test_names_that_meet_are_told_apart(here: Here, tmp_path: Path) -> None:
    """Two items with one result, and names that no file system takes."""
    for name in ("x/a.png", "x/a.bmp", "y/a.png", "y/b..png"):
        draw(tmp_path / name, len(name))
    names = [str(tmp_path / name) for name in ("x/a.png", "x/a.bmp", "y/a.png", "y/b..png", "x/a.png")]
    assert encode(names, tmp_path / "out").items["done"] == 4
    assert sorted(tree(tmp_path / "out")) == ["a.bmp.trp", "a.png.trp", "a.trp", "b..trp"]
    files_ = batch.sinks.Files("out", "trp")
    assert files_.target("../../etc/./passwd.png", 0) == "etc/passwd.trp"
    assert files_.target("a:b\n*?.png", 0) == "a_b___.trp"
    assert files_.target(".hidden.png", 2) == "hidden.png-2.trp"
    assert len(files_.target("ü" * 300 + ".png", 0).encode()) < 220


def test_too_many_failures_stop_the_run(here: Here, pictures: Path, tmp_path: Path) -> None:
    """What was under way is kept, and the next run goes on."""
    (pictures / "a/a.png").write_bytes(b"bad, too")
    summary = encode(str(pictures), tmp_path / "out", max_failures=0)
    assert summary.stopped and "1 items failed" in summary.stopped
    assert encode(str(pictures), tmp_path / "out").items == {"done": 5, "failed": 2, "todo": 0}


@pytest.mark.parametrize("to", ["files", "tar"])
def test_a_full_disk_stops_the_run_and_costs_nothing(
    here: Here, pictures: Path, tmp_path: Path, to: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is told, no item is at fault, and once there is room the same call goes on."""

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        if to == "files":
            patched.setattr(files, "_temporary", full)
        else:
            patched.setattr(tarfile.TarFile, "addfile", full)
        summary = encode(str(pictures), tmp_path / "out", to=to, shard_size=3)
    assert summary.stopped and "No space left on device" in summary.stopped
    assert summary.items["failed"] == 0 and tree(tmp_path / "out") == {}
    assert encode(str(pictures), tmp_path / "out", to=to, shard_size=3).items == {"done": 5, "failed": 1, "todo": 0}


def test_a_lost_network_stops_the_run_and_costs_nothing(
    here: Here, pictures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is waited for, then told; the same call goes on. A missing file is that file's fault."""
    memory = pytest.importorskip("fsspec").filesystem("memory")
    for path in pictures.rglob("p*.png"):
        memory.pipe_file(f"/in/{path.name}", path.read_bytes())
    real, waits = memory.open, []
    monkeypatch.setattr("time.sleep", waits.append)

    def lost(*_: object, **__: object) -> Any:
        raise ConnectionResetError("connection reset")

    with monkeypatch.context() as patched:
        patched.setattr(type(memory), "open", lost)
        summary = encode("memory://in", tmp_path / "out")
    assert summary.stopped and "is the network there?" in summary.stopped and len(waits) == 3
    assert summary.items == {"done": 0, "failed": 0, "todo": 1}
    assert memory.open == real
    assert encode("memory://in", tmp_path / "out").well
    names = tmp_path / "names.txt"
    names.write_text("memory://in/p0.png\n\nmemory://in/none.png\n")
    again = encode(str(names), tmp_path / "again")
    assert again.items == {"done": 1, "failed": 1, "todo": 0} and "no such file" in again.failures[0]["reason"]


def test_who_loses_two_workers_is_at_fault(
    here: Here, pictures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker that is lost is not held against its item; two are."""
    lost: dict[str, int] = {"a/p0.png": 1, "a/p2.png": 5}
    plain = here.run

    def run_and_lose(work: Any, tasks: Any) -> Any:
        def mourned(task: Any) -> Any:
            key = task[0].item.key
            if lost.get(key, 0):
                lost[key] -= 1
                return Lost("was ended by signal 9")
            return work(task)

        return plain(mourned, tasks)

    monkeypatch.setattr(here, "run", run_and_lose)
    summary = encode(str(pictures), tmp_path / "out", to="tar")
    assert summary.items == {"done": 4, "failed": 2, "todo": 0} and lost["a/p2.png"] == 3
    assert {failure["kind"] for failure in summary.failures} == {"ProcessError", "InputError"}
    assert list(tree(tmp_path / "out")) == ["shard-00000.tar"]


@pytest.mark.parametrize("to", ["files", "tar", "parquet"])
def test_verify_finds_what_is_not_what_it_was_and_the_next_run_repairs_it(
    here: Here, pictures: Path, tmp_path: Path, to: str
) -> None:
    """A byte that changed, and a file that is gone."""
    out = tmp_path / "out"
    assert not encode(str(pictures), out, to=to, shard_size=3, verify=True).faults
    before = tree(out)
    first, second = sorted(before)[:2]
    data = bytearray((out / first).read_bytes())
    data[len(data) // 2] ^= 1
    (out / first).write_bytes(data)
    (out / second).unlink()
    found = encode(str(pictures), out, to=to, shard_size=3, verify=True)
    assert len(found.faults) == 2 and found.items["todo"] > 0 and not found.well
    again = encode(str(pictures), out, to=to, shard_size=3, verify=True)
    assert not again.faults and again.items == {"done": 5, "failed": 1, "todo": 0}
    if to != "parquet":
        assert tree(out) == before


def test_decode_edit_and_stats(here: Here, pictures: Path, tmp_path: Path) -> None:
    """The other verbs give what their functions give, of files and of shards; a table has the columns."""
    encode(str(pictures), tmp_path / "trp", to="tar")
    painted = tmp_path / "painted"
    options: dict[str, Any] = {"decoder": "sketch", "size": 32}
    assert run(Plan(verb=Decode(**options), source=str(tmp_path / "trp"), target=str(painted))).well
    first = tree(painted)["shard-00000/000000000.png"]
    assert first == triptych.render(triptych.encode(pictures / "a/p0.png", **CHEAP), **options)
    edit = Edit(edits=[("append_prompt", ["at night"], {}), ("shift_colours", ["all"], {"hue": 90.0})])
    assert run(Plan(verb=edit, source=str(tmp_path / "trp"), target=str(tmp_path / "edited"))).well
    assert triptych.Picture.open(tmp_path / "edited/shard-00000/000000000.trp").prompt == "a yellow bar, at night"
    (tmp_path / "edited/cut.trp").write_bytes(b"TRP?")
    summary = run(Plan(verb=Stats(), source=str(tmp_path / "edited"), target=str(tmp_path / "table")))
    assert summary.items == {"done": 5, "failed": 1, "todo": 0}
    rows = pa.read_table(tmp_path / "table/part-00000.parquet").to_pylist()
    row = next(row for row in rows if row["key"] == "shard-00000/000000000.trp")
    data = (tmp_path / "edited/shard-00000/000000000.trp").read_bytes()
    picture = triptych.Picture.from_bytes(data)
    assert row["prompt"] == picture.prompt and row["bytes"] == len(data) and row["width"] == 64
    assert row["sha256"] == hashlib.sha256(data).hexdigest()
    assert row["bytes_texture"] == len(picture.texture.payload if picture.texture else b"") > 0
    assert row["bytes_pose"] == 0 and row["bytes_container"] > 0 and row["seconds"] > 0


def test_wrong_plans_are_one_error(here: Here, pictures: Path, tmp_path: Path) -> None:
    """Before anything is done."""
    for verb, options, message in [
        (Decode(decoder="nobody"), {}, "no decoder called"),
        (Decode(format="xyz"), {}, "cannot be written"),
        (Edit(edits=[("explode", [], {})]), {}, "no edit called"),
        (Stats(), {"to": "tar"}, "stats go to"),
        (Encode(), {"to": "zip"}, "files, tar or parquet"),
        (Encode(), {"shard_size": -1}, "1 item or more"),
        (Encode(), {"target": "memory://out"}, "--manifest"),
    ]:
        plan: dict[str, Any] = {"source": str(pictures), "target": str(tmp_path / "out"), **options}
        with pytest.raises(triptych.TriptychError, match=message):
            run(Plan(verb=verb, **plan))
    assert not (tmp_path / "out").exists()


def test_a_shard_that_could_not_be_read_is_read_when_it_can(here: Here, pictures: Path, tmp_path: Path) -> None:
    """What was before its damage is done once; its failure is gone once it is whole."""
    encode(str(pictures), tmp_path / "trp", to="tar")
    shard = tmp_path / "trp/shard-00000.tar"
    data = shard.read_bytes()
    shard.write_bytes(data[:5000])
    plan = Plan(verb=Decode(decoder="sketch", size=16), source=str(shard), target=str(tmp_path / "png"))
    first = run(plan)
    assert 0 < first.items["done"] < 5 and first.failures[0]["kind"] == "SourceError"
    shard.write_bytes(data)
    again = run(replace(plan, retry_failed=True))
    assert again.well and again.items["done"] == 5 == first.items["done"] + again.this_run["done"]


def test_a_shard_can_be_read_as_it_stands(here: Here, pictures: Path, tmp_path: Path) -> None:
    """Each sample has the file, its prompt and what is known of it; times and owners are not in it."""
    encode(str(pictures), tmp_path / "out", to="tar")
    with tarfile.open(fileobj=io.BytesIO(tree(tmp_path / "out")["shard-00000.tar"])) as tar:
        names = tar.getnames()
        assert names[:3] == ["000000000.trp", "000000000.txt", "000000000.json"] and "000000003.trp" not in names
        about = json.loads(tar.extractfile("000000000.json").read())  # type: ignore[union-attr]
        assert {member.mtime for member in tar.getmembers()} == {0}
    assert about["key"] == "a/p0.png" and about["prompt"] == "a yellow bar" and about["layers"]["texture"] > 0
