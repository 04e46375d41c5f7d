"""The index finds what files say, and follows the folder."""

import json
import os
import sqlite3

import pytest
from PIL import Image

from triptych.archive import INDEX_NAME, Index, Query
from triptych.cli.main import main
from triptych.errors import InputError


@pytest.fixture
def folder(tmp_path, write):
    write(tmp_path / "a.trp", "a lighthouse in a storm, café by the sea", day=1, seed=7, model="dreamshaperXL")
    write(tmp_path / "b.trp", "a cat on a red hat", day=5, seed=2**64 - 1, negative="dog, blurry")
    write(tmp_path / "deep" / "c d'.trp", "cats and dogs", day=9, loras=(("Ink wash", "0.8"),), steps=20)
    (tmp_path / ".hidden.trp").write_bytes(b"no")
    return tmp_path


def names(index: Index, *words: str, **query) -> list[str]:
    return [found.place for found in index.find(Query(words=words, **query))]


def test_words_and_conditions_find_what_files_say(folder):
    with Index(folder) as index:
        assert index.update().added == 3
        assert names(index, "storm") == ["a.trp"]
        assert names(index, "CAFE") == ["a.trp"]  # accents and capitals do not matter
        assert names(index, "cat") == ["b.trp"]
        assert sorted(names(index, "cat*")) == ["b.trp", "deep/c d'.trp"]
        assert names(index, "cat*", "-dogs") == ["b.trp"]
        assert names(index, "red hat") == ["b.trp"]
        assert names(index, "hat red") == []
        assert names(index, "blurry") == []  # what should not be shown is no hit
        assert names(index, negative=["blurry"]) == ["b.trp"]
        assert names(index, "ink") == names(index, lora="INK") == ["deep/c d'.trp"]
        assert names(index, model="shaperxl") == ["a.trp"]
        assert names(index, seed=2**64 - 1) == ["b.trp"]
        assert names(index, after="2026-03-04", before="2026-03-07") == ["b.trp"]
        assert names(index) == ["deep/c d'.trp", "b.trp", "a.trp"]  # the newest first
        assert names(index, sort="oldest", limit=2) == ["a.trp", "b.trp"]
        assert names(index, width=64, damaged=False, sort="name") == ["a.trp", "b.trp", "deep/c d'.trp"]
        (found,) = index.find(Query(words=["cats"]))
        assert (found.loras, found.steps, found.seed, found.path) == (("Ink wash",), 20, None, folder / found.place)
        assert sum(found.layers.values()) < found.bytes == (folder / found.place).stat().st_size


@pytest.mark.parametrize("word", ['"', "AND", "a OR", "(", "prompt:", "*", "^x", "NEAR(", "x\0y", "{", "'; DROP", "--"])
def test_words_are_words_and_no_language(folder, word):
    with Index(folder) as index:
        index.update()
        index.find(Query(words=[word]))  # whatever it finds
        assert len(index) == 3


def test_what_cannot_be_asked_is_an_error(folder):
    with Index(folder) as index:
        for wrong in (Query(words=["-cat"]), Query(after="spring"), Query(sort="nicest")):
            with pytest.raises(InputError):
                index.find(wrong)


def test_an_update_reads_only_what_changed(folder, write, monkeypatch):
    with Index(folder) as index:
        index.update()
        write(folder / "b.trp", "a horse", day=20)
        write(folder / "new.trp", "a mule", day=21)
        (folder / "a.trp").unlink()
        read = []
        from triptych.codec import inspect as module

        real = module.inspect_many
        monkeypatch.setattr(
            module, "inspect_many", lambda paths, **given: read.extend(p.name for p in paths) or real(paths, **given)
        )
        change = index.update()
        assert (change.added, change.changed, change.removed, change.unchanged) == (1, 1, 1, 1)
        assert sorted(read) == ["b.trp", "new.trp"]
        assert names(index, "cat") == names(index, "lighthouse") == []
        assert names(index, "horse") == ["b.trp"]


def test_damaged_files_are_listed_with_their_faults(folder):
    good = (folder / "a.trp").read_bytes()
    (folder / "cut.trp").write_bytes(good[:-9])
    (folder / "none.trp").write_bytes(b"GIF89a")
    with Index(folder) as index:
        assert index.update().damaged == 2
        assert sorted(names(index, damaged=True)) == ["cut.trp", "none.trp"]


def test_an_index_is_ours_or_refused(folder):
    other = folder / "other.sqlite"
    with sqlite3.connect(other) as database:
        database.execute("CREATE TABLE treasure (gold)")
    with pytest.raises(InputError, match="another program"):
        Index(folder, other)
    (folder / INDEX_NAME).write_bytes(b"not a database at all, but long enough to be looked at" * 30)
    with pytest.raises(InputError, match="cannot be used"):
        Index(folder)
    with pytest.raises(InputError, match="no such folder"):
        Index(folder / "nowhere")


def test_the_command_line_finds_the_same(folder, capsys, monkeypatch):
    assert main(["index", str(folder), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["added"] == 3
    monkeypatch.chdir(folder / "deep")  # the index of a folder above
    assert main(["find", "cat*", "--without", "hat", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["place"], found["prompt"], found["steps"]) == ("deep/c d'.trp", "cats and dogs", 20)
    assert main(["find", "zebra"]) == 1
    monkeypatch.chdir(folder.parent)
    assert main(["find", "cat"]) == 1
    assert "triptych index DIR" in capsys.readouterr().err
    assert main(["find", "storm", "--in", str(folder)]) == 0
    assert "a lighthouse in a storm" in capsys.readouterr().out


def test_numbers_beyond_those_of_the_database_are_kept_as_text():
    """A stranger's recipe with a number of steps that SQLite has no integer for is indexed all the same."""
    from triptych.archive.index import _storable

    assert _storable(2**63) == str(2**63) and _storable(2**63 - 1) == 2**63 - 1 and _storable(None) is None


def test_what_was_found_is_painted_and_shown(folder, capsys, monkeypatch, tmp_path_factory):
    """As a temporary picture that is named, with what is missing from it; a file that is gone leaves none."""
    shown = []
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path_factory.mktemp("made")))
    monkeypatch.setattr("click.launch", shown.append)
    data = (folder / "b.trp").read_bytes()
    (folder / "b.trp").write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    assert main(["find", "--damaged", "--in", str(folder), "--open"]) == 0
    said = capsys.readouterr().err
    assert "warning: " in said and f"painted as {shown[0]}" in said and ".py" not in said
    with Image.open(shown[0]) as image:
        assert image.format == "PNG"
    (folder / "a.trp").unlink()
    assert main(["find", "storm", "--in", str(folder), "--open"]) == 1
    assert "a.trp: " in capsys.readouterr().err and len(shown) == 1 and len(os.listdir(os.path.dirname(shown[0]))) == 1
