"""Reading and writing the user's files: nothing destroyed, torn or exposed, and every refusal in one line."""

from __future__ import annotations

import io
import os
import stat
import threading
from pathlib import Path

import pytest

from triptych.errors import InputError
from triptych.files import check_writable, read_source, write_whole

posix = pytest.mark.skipif(os.name == "nt", reason="modes, links and pipes of POSIX")


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_writers_of_one_name_neither_fail_nor_show_half_a_file(tmp_path: Path) -> None:
    """Threads that write one path: each read sees one of the contents whole, and nothing temporary stays."""
    path = tmp_path / "same"
    contents = [bytes([i]) * (1000 * i) for i in range(1, 5)]
    path.write_bytes(contents[0])
    failed: list[Exception] = []
    seen: set[bytes] = set()

    def write(data: bytes) -> None:
        try:
            for _ in range(25):
                write_whole(path, data)
        except Exception as error:
            failed.append(error)

    writers = [threading.Thread(target=write, args=(data,)) for data in contents]
    for thread in writers:
        thread.start()
    while any(thread.is_alive() for thread in writers):
        seen.add(path.read_bytes())
    assert failed == [] and seen <= set(contents)
    assert os.listdir(tmp_path) == ["same"]


@posix
def test_links_are_followed_and_stay(tmp_path: Path) -> None:
    """What a link points to is written, through links to links and to what does not exist yet."""
    (tmp_path / "folder").mkdir()
    (tmp_path / "one").symlink_to("two")
    (tmp_path / "two").symlink_to("folder/real")
    for data in (b"new", b"newer"):
        write_whole(tmp_path / "one", data)
        assert (tmp_path / "folder" / "real").read_bytes() == data
    assert (tmp_path / "one").is_symlink() and (tmp_path / "two").is_symlink()
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(InputError, match="loop: cannot be written"):
        write_whole(tmp_path / "loop", b"")


@posix
def test_the_mode_of_a_file_stays(tmp_path: Path) -> None:
    """A private file stays private, an executable one executable; a new file gets what the umask leaves."""
    path = tmp_path / "a"
    before = os.umask(0o027)
    try:
        write_whole(path, b"1")
    finally:
        os.umask(before)
    assert _mode(path) == 0o640
    for mode in (0o600, 0o755, 0o2664):
        path.chmod(mode)
        write_whole(path, b"2")
        assert _mode(path) == mode


@posix
def test_devices_pipes_and_folders_are_refused(tmp_path: Path) -> None:
    """They stay what they are, under their own name and through a link."""
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to("pipe")
    for name, words in (("pipe", "a pipe"), ("link", "a pipe"), ("folder", "it is a folder")):
        for call in (lambda path: write_whole(path, b"x"), check_writable):
            with pytest.raises(InputError, match=words):
                call(tmp_path / name)
    with pytest.raises(InputError, match="a device"):
        write_whole("/dev/null", b"x")
    assert stat.S_ISFIFO(os.stat(tmp_path / "pipe").st_mode)


@posix
@pytest.mark.parametrize("name", ["source", "./source", "folder/../source", "soft", "hard"])
def test_a_source_is_never_touched(tmp_path: Path, name: str) -> None:
    """Not under its own name, nor under another spelling of it, nor through links of either kind."""
    source = tmp_path / "source"
    source.write_bytes(b"precious")
    (tmp_path / "folder").mkdir()
    (tmp_path / "soft").symlink_to("source")
    os.link(source, tmp_path / "hard")
    with pytest.raises(InputError, match="it is the source itself"):
        write_whole(f"{tmp_path}/{name}", b"x", sources=[source])
    assert source.read_bytes() == b"precious"


def test_what_exists_can_be_protected(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without `overwrite` a file stays, also one that comes into being while another is written."""
    path = tmp_path / "a"
    write_whole(path, b"1", overwrite=False)
    with pytest.raises(InputError, match="exists"):
        write_whole(path, b"2", overwrite=False)
    for can_link in (True, False):
        path.write_bytes(b"1")
        with monkeypatch.context() as patch:
            patch.setattr("triptych.files._there", lambda *_: None)  # as if it had not been there at first
            if not can_link:
                patch.setattr(os, "link", lambda *_: (_ for _ in ()).throw(OSError()))
            with pytest.raises(InputError, match="exists"):
                write_whole(path, b"2", overwrite=False)
        assert path.read_bytes() == b"1" and os.listdir(tmp_path) == ["a"]
    with monkeypatch.context() as patch:
        patch.setattr(os, "link", lambda *_: (_ for _ in ()).throw(OSError()))
        write_whole(tmp_path / "b", b"3", overwrite=False)
    assert (tmp_path / "b").read_bytes() == b"3"


def test_names_at_the_limit_are_written(tmp_path: Path) -> None:
    """A name as long as the file system takes is no longer while it is written; a longer one is refused in words."""
    write_whole(tmp_path / ("x" * 255), b"1")
    write_whole(tmp_path / ("x" * 255), b"2")
    assert (tmp_path / ("x" * 255)).read_bytes() == b"2"
    for call in (lambda path: write_whole(path, b""), check_writable):
        with pytest.raises(InputError, match="cannot be written: "):
            call(tmp_path / ("x" * 256))
        with pytest.raises(InputError, match="cannot be written: "):
            call(tmp_path / "a\0b")


def test_a_failed_write_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk, or an interruption, costs neither the old file nor room for a temporary one."""
    path = tmp_path / "a"
    path.write_bytes(b"old")
    for error, raised in ((OSError(28, "No space left on device"), InputError), (KeyboardInterrupt(), BaseException)):

        def fail(_: int, error: BaseException = error) -> None:
            raise error

        with monkeypatch.context() as patch:
            patch.setattr(os, "fsync", fail)
            with pytest.raises(raised):
                write_whole(path, b"new")
        assert path.read_bytes() == b"old" and os.listdir(tmp_path) == ["a"]


@posix
@pytest.mark.skipif(hasattr(os, "geteuid") and os.geteuid() == 0, reason="the superuser may write everything")
def test_write_protected_files_stay(tmp_path: Path) -> None:
    """A file whose mode forbids writing is not replaced although its folder would allow it."""
    path = tmp_path / "a"
    path.write_bytes(b"old")
    path.chmod(0o444)
    with pytest.raises(InputError, match="write-protected"):
        write_whole(path, b"new")


def test_bytes_come_from_paths_buffers_and_streams(tmp_path: Path) -> None:
    """Every kind of source gives the same bytes, at most one more than asked for."""
    path = tmp_path / "a"
    path.write_bytes(b"abcdef")
    for make in (lambda: path, lambda: str(path), lambda: b"abcdef", lambda: bytearray(b"abcdef"),
                 lambda: memoryview(b"abcdef"), lambda: io.BytesIO(b"abcdef"), lambda: _Slow(b"abcdef")):  # fmt: skip
        assert read_source(make(), 10) == b"abcdef"
        assert read_source(make(), 3) == b"abcd"
    with path.open("rb") as file:
        file.seek(2)
        assert read_source(file, 10) == b"cdef"


class _Slow:
    """A stream that gives a byte at a time, as a socket may."""

    def __init__(self, data: bytes) -> None:
        self._data = io.BytesIO(data)

    def read(self, size: int = -1) -> bytes:
        return self._data.read(min(size, 1))


def test_sources_that_are_none_are_told(tmp_path: Path) -> None:
    """Missing files, folders, text streams, closed files and other things are one line each."""
    closed = io.BytesIO()
    closed.close()
    for source, words in (
        (tmp_path / "none", "none: cannot be read: No such file"),
        (tmp_path, "cannot be read: "),
        ("a\0b", "cannot be read: "),
        (io.StringIO("x"), "binary mode"),
        (closed, "cannot be read: "),
        (7, "int: give a path"),
    ):
        with pytest.raises(InputError, match=words) as caught:
            read_source(source, 10)  # type: ignore[arg-type]
        assert "\n" not in str(caught.value)
