"""Weights on disk: found without the network, fetched from a hub, removed; and every way in which that fails."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from errno import ENOSPC
from pathlib import Path

import pytest

from triptych.errors import MissingExtraError, ModelError
from triptych.hub import LOCAL, Model, find, from_text, locate, on_disk, remove

Fill = Callable[..., Path]
COMMIT = "0123456789abcdef0123456789abcdef01234567"
OTHER = "f" * 40
BLIP = Model("blip", "tiny/blip", "main", ("*.json", "*.safetensors"), 1, "MIT")
FILES = {"config.json": b"{}", "model.safetensors": b"weights", "README.md": b"read me"}


@pytest.fixture
def offline(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As if HF_HUB_OFFLINE were set."""
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)


# --- what is there -------------------------------------------------------------------------------------------


def test_paths_are_taken_as_they_are(tmp_path: Path) -> None:
    """A folder or a file that exists needs no hub and no library."""
    (tmp_path / "model.safetensors").write_bytes(b"")
    assert locate(str(tmp_path)) == (tmp_path, LOCAL)
    assert locate(str(tmp_path / "model.safetensors")) == (tmp_path / "model.safetensors", "local")


def test_a_copy_is_found_without_the_network(fill: Fill, offline: None) -> None:
    """A complete copy is found by model and by id, with the commit that it is of."""
    snapshot = fill("tiny/blip", FILES)
    assert locate(BLIP) == (snapshot, COMMIT)
    assert locate("tiny/blip") == (snapshot, COMMIT)
    assert locate("tiny/blip/config.json") == (snapshot / "config.json", COMMIT)
    copy = find(BLIP)
    assert copy and copy.path == snapshot and copy.bytes == 9  # README.md is not needed


def test_a_revision_is_a_commit_or_has_a_reference(fill: Fill, offline: None) -> None:
    """Two revisions lie beside each other; a branch, a commit and a pull request each lead to theirs."""
    first = fill("tiny/blip", FILES)
    second = fill("tiny/blip", FILES | {"config.json": b"[]"}, commit=OTHER, branch="other")
    assert locate(BLIP, revision="other") == (second, OTHER)
    assert locate(BLIP, revision=OTHER) == (second, OTHER)
    assert locate(BLIP, revision=COMMIT) == (first, COMMIT)


def test_a_part_of_a_model_can_be_meant(fill: Fill, offline: None) -> None:
    """Of a model with a part its path is given; the id of a file takes in what belongs to the file."""
    snapshot = fill("tiny/edges", {"onnx/model.onnx": b"graph", "onnx/model.onnx.data": b"weights"})
    model = Model("edges", "tiny/edges", files=("onnx/model.onnx",), part="onnx/model.onnx")
    assert locate(model) == (snapshot / "onnx/model.onnx", COMMIT)
    assert locate("tiny/edges/onnx/model.onnx")[0] == snapshot / "onnx/model.onnx"
    assert find(from_text("tiny/edges/onnx/model.onnx")).bytes == 12


@pytest.mark.parametrize("missing", ["model.safetensors", "config.json"])
def test_a_copy_with_a_missing_file_is_none(fill: Fill, missing: str) -> None:
    """A copy counts only if there is something for each pattern, and if links lead somewhere."""
    snapshot = fill("tiny/blip", FILES)
    (snapshot / missing).resolve().unlink()
    assert find(BLIP) is None
    assert on_disk(BLIP) < 9


# --- fetching ------------------------------------------------------------------------------------------------


def test_what_is_missing_is_fetched(hub, cache: Path) -> None:
    """Only the files that are needed come, into the hub's own cache; the next time the hub is not asked."""
    hub.repos["tiny/blip"] = FILES
    path, commit = locate(BLIP)
    assert commit == COMMIT and path == cache / "models--tiny--blip" / "snapshots" / COMMIT
    assert {file.name: file.read_bytes() for file in path.iterdir()} == {
        "config.json": b"{}",
        "model.safetensors": b"weights",
    }
    hub.asked.clear()
    assert locate(BLIP) == (path, commit) and hub.asked == []


def test_of_an_id_each_weight_is_fetched_once(hub) -> None:
    """Of a pipeline, the same weights as one file, in half precision or unaveraged stay where they are."""
    names = [
        "model_index.json",
        "v1-5-pruned.safetensors",
        "unet/config.json",
        "unet/model.safetensors",
        "unet/model.bin",
        "unet/model.fp16.safetensors",
        "unet/model.non_ema.safetensors",
        "vae/model.fp16.safetensors",
        "tokenizer/merges.txt",
        "picture.png",
    ]
    hub.repos["tiny/pipeline"] = {name: name.encode() for name in names}
    path, _ = locate("tiny/pipeline")
    assert sorted(file.relative_to(path).as_posix() for file in path.rglob("*") if file.is_file()) == [
        "model_index.json",
        "tokenizer/merges.txt",
        "unet/config.json",
        "unet/model.safetensors",
        "vae/model.fp16.safetensors",
    ]


@pytest.fixture
def broken(cache: Path, fill: Fill) -> Path:
    """A copy whose last download was broken off in the middle of a file."""
    snapshot = fill("tiny/blip", {"config.json": b"{}", "a.safetensors": b"first"})
    part = cache / "models--tiny--blip" / "blobs" / "abc.incomplete"
    part.write_bytes(b"sec")
    soon = part.stat().st_mtime + 1
    os.utime(part, (soon, soon))
    return snapshot


def test_a_broken_download_is_taken_up_again(broken: Path, hub) -> None:
    """After a part of a file, the hub is asked for the rest."""
    hub.repos["tiny/blip"] = {"config.json": b"{}", "a.safetensors": b"first", "b.safetensors": b"second"}
    assert (locate(BLIP)[0] / "b.safetensors").read_bytes() == b"second"


def test_without_the_hub_what_is_there_must_do(broken: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A broken download is no error if its files are enough: with no network, and offline."""
    from huggingface_hub import constants

    assert locate(BLIP) == (broken, COMMIT)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    assert locate(BLIP) == (broken, COMMIT)


def test_old_parts_do_not_matter(broken: Path, hub, cache: Path) -> None:
    """What was broken off before the copy was made whole is not asked for again."""
    os.utime(cache / "models--tiny--blip" / "blobs" / "abc.incomplete", (1, 1))
    assert locate(BLIP) == (broken, COMMIT) and hub.asked == []


def test_no_network_is_one_line_with_the_remedy(cache: Path, recwarn: pytest.WarningsRecorder) -> None:
    """The message says what is missing and which command fetches it."""
    with pytest.raises(ModelError) as caught:
        locate(BLIP)
    assert str(caught.value) == (
        "blip is not on this disk, and the hub cannot be reached; with a network, run: triptych models pull blip"
    )


def test_offline_is_one_line_with_the_remedy(offline: None) -> None:
    """HF_HUB_OFFLINE is respected, and named as what is in the way."""
    with pytest.raises(ModelError, match=r"^blip is not on this disk, and HF_HUB_OFFLINE is set; unset it, and with"):
        locate(BLIP)


def test_gated_models_say_where_to_accept(hub) -> None:
    """The page with the licence and the command that logs in."""
    hub.repos["tiny/blip"], hub.refused["tiny/blip"] = FILES, (403, "GatedRepo")
    with pytest.raises(ModelError, match=r"accepted: do that at https://huggingface\.co/tiny/blip, then run: hf auth"):
        locate(BLIP)


def test_unknown_models_and_revisions_are_told(hub) -> None:
    """A wrong name, a wrong revision, and a repository without the files that are needed."""
    with pytest.raises(ModelError, match=r"^blip: there is no model tiny/blip on the hub, or it is private; check"):
        locate(BLIP)
    hub.repos["tiny/blip"] = FILES
    with pytest.raises(ModelError, match=r"^blip: tiny/blip has no revision 'v9'; see https://huggingface\.co/tiny"):
        locate(BLIP, revision="v9")
    hub.repos["tiny/empty"] = {"README.md": b""}
    with pytest.raises(ModelError, match=r"^tiny/empty: tiny/empty has no files \*\.safetensors at main; see https"):
        locate("tiny/empty")


def test_a_hub_in_trouble_is_told(hub) -> None:
    """An answer that is an error becomes one line."""
    hub.repos["tiny/blip"], hub.refused["tiny/blip"] = FILES, (403, "")
    with pytest.raises(ModelError, match=r"^blip: the download failed [^\n]+; with a network, run: triptych models"):
        locate(BLIP)


def test_a_full_disk_is_told(hub, monkeypatch: pytest.MonkeyPatch) -> None:
    """The message names the folder and how to make room."""

    def full(*args: object, **kwargs: object) -> None:
        raise OSError(ENOSPC, os.strerror(ENOSPC))

    hub.repos["tiny/blip"] = FILES
    monkeypatch.setattr("huggingface_hub.snapshot_download", full)
    with pytest.raises(ModelError, match="hub has no room for it; see triptych models list and triptych models remove"):
        locate(BLIP)


@pytest.mark.parametrize("text", ["model", "./model", "~/none", "/none/here", "folder/a.safetensors", "a//b", "C:\\x"])
def test_paths_that_do_not_exist_are_not_sought_on_the_hub(text: str) -> None:
    """What looks like a path, or is a single word, is one that is missing."""
    with pytest.raises(ModelError, match="there is no such file or folder; give a path that exists, or a hub id"):
        locate(text)


def test_ids_that_cannot_be_are_told(hub) -> None:
    """A hub id with characters that no repository has."""
    with pytest.raises(ModelError, match="is neither a path that exists nor a hub id such as owner/name"):
        locate("a b/c")


def test_without_the_library_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """The message has the install line."""
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    with pytest.raises(MissingExtraError, match=r"the hub of models needs .*: pip install 'triptych\[hub\]'"):
        locate(BLIP)


# --- removing ------------------------------------------------------------------------------------------------


def test_removing_frees_what_it_says(fill: Fill, cache: Path) -> None:
    """The last files of a repository take its folder along, broken downloads included."""
    fill("tiny/blip", {"config.json": b"{}", "model.safetensors": b"weights"})
    (cache / "models--tiny--blip" / "blobs" / "abc.incomplete").write_bytes(b"sec")
    assert on_disk(BLIP) == 9
    assert remove(BLIP) == 12
    assert not (cache / "models--tiny--blip").exists()
    with pytest.raises(ModelError, match=r"^blip is not on this disk; there is nothing to remove$"):
        remove(BLIP)


def test_removing_takes_a_models_own_files_only(fill: Fill) -> None:
    """Of a repository with several models one is removed, of all revisions; contents that others share stay."""
    files = {"a.onnx": b"first", "b.onnx": b"second", "c.onnx": b"first"}
    first, second = fill("tiny/edges", files), fill("tiny/edges", files, commit=OTHER, branch="other")
    a, b = (Model(name, "tiny/edges", files=(f"{name}.onnx",)) for name in "ab")
    assert remove(b) == 6
    assert remove(a) == 0  # c.onnx has the same contents
    for snapshot in (first, second):
        assert [path.name for path in snapshot.iterdir()] == ["c.onnx"]
        assert (snapshot / "c.onnx").read_bytes() == b"first"


def test_removing_keeps_what_other_models_need(fill: Fill) -> None:
    """A file that two models name stays if the other one is to be kept."""
    snapshot = fill("tiny/blip", FILES)
    settings = Model("settings", "tiny/blip", files=("*.json",))
    assert on_disk(BLIP, [settings]) == 7
    assert remove(BLIP, [settings]) == 7
    assert sorted(path.name for path in snapshot.iterdir()) == ["README.md", "config.json"]
    assert find(settings) and not find(BLIP)


def test_copies_without_links_are_removed_too(cache: Path) -> None:
    """Where a system has no symbolic links, the snapshots hold the files themselves."""
    snapshot = cache / "models--tiny--blip" / "snapshots" / "main"
    snapshot.mkdir(parents=True)
    for name in ("config.json", "model.safetensors"):
        (snapshot / name).write_bytes(b"12345")
    assert locate(BLIP) == (snapshot, "main")
    assert on_disk(BLIP) == 10 and remove(BLIP) == 10
