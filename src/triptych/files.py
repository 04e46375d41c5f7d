"""Files of the user: read from a path, from bytes or from a stream; written whole or not at all.

What `write_whole` promises:

- Readers see the old file or the new one, never a part; writers of one name do not disturb each other.
- A link is followed and stays a link; the mode of a file that is replaced stays, and so does its owner where the system
  lets us. A new file gets the mode that the umask leaves.
- Devices, pipes, sockets and folders are refused, and so are files that are write-protected.
- A file named in `sources` is never touched, under whatever name it is given.
- When writing fails, nothing is left behind.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
import time
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO, Protocol, TypeAlias, runtime_checkable

from .errors import InputError

_TRIES = 20  # to move a file into its place on Windows, where others may have the old one open


@runtime_checkable
class Readable(Protocol):
    """An open binary file, or anything that reads like one."""

    def read(self, size: int = -1, /) -> bytes | str: ...  # text is refused


# Where bytes come from: a path, the bytes themselves, or an open binary file.
Bytes: TypeAlias = "bytes | bytearray | memoryview"
FileSource: TypeAlias = "str | os.PathLike[str] | Bytes | Readable"


def reason(error: OSError) -> str:
    """What the system says, in one line."""
    return error.strerror or " ".join(str(error).split()) or type(error).__name__


def make_folder(path: Path) -> None:
    """Make a folder, and those that it lies in, unless it is there.

    Raises:
        InputError: it cannot be made.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{path}: cannot be made: {reason(error)}") from error


def name_of(source: object) -> str:
    """What to call a source of bytes in a message."""
    if isinstance(source, (str, os.PathLike)):
        return os.fspath(source)
    if isinstance(source, (bytes, bytearray, memoryview)):
        return "the bytes given"
    name = getattr(source, "name", None)
    return name if isinstance(name, str) else "the stream given"


def read_source(source: FileSource, most: int) -> bytes:
    """The bytes of a path, a buffer or an open binary file; of a file, from where it stands to its end.

    Args:
        most: bytes; of what is longer, `most` + 1 are read, so that a huge file cannot fill the memory and the caller
            can tell that it was too long.

    Raises:
        InputError: it cannot be read, or holds text.
    """
    if isinstance(source, (bytes, bytearray, memoryview)):
        return bytes(source[: most + 1] if not isinstance(source, memoryview) else source.cast("B")[: most + 1])
    try:
        if isinstance(source, (str, os.PathLike)):
            with Path(source).open("rb") as file:
                return file.read(most + 1)
        if isinstance(source, Readable):
            return _read_stream(source, most)
    except OSError as error:
        raise InputError(f"{name_of(source)}: cannot be read: {reason(error)}") from error
    except ValueError as error:  # a name with a null character, a file that is closed
        raise InputError(f"{name_of(source)}: cannot be read: {error}") from error
    raise InputError(f"{type(source).__name__}: give a path, bytes, or a file that is open for reading bytes")


def _read_stream(stream: Readable, most: int) -> bytes:
    parts: list[bytes] = []
    left = most + 1
    while left > 0:
        part = stream.read(left)
        if isinstance(part, str):
            raise InputError(f"{name_of(stream)}: is open for reading text; open it in binary mode ('rb')")
        if not part:
            break
        parts.append(bytes(part))
        left -= len(part)
    return b"".join(parts)


def write_whole(
    path: str | os.PathLike[str],
    data: Bytes,
    *,
    overwrite: bool = True,
    sources: Iterable[str | os.PathLike[str]] = (),
) -> None:
    """Write a file so that nobody ever sees half of it; see the promises at the head of this module.

    Args:
        overwrite: whether a file that exists is replaced; if not, one that comes into being meanwhile stays, too.
        sources: files that must not be touched, because the data was made of them.

    Raises:
        InputError: the file cannot be written, or must not be.
    """
    try:
        _write(Path(os.path.realpath(path)), Path(path), data, overwrite, sources)
    except OSError as error:
        raise InputError(f"{os.fspath(path)}: cannot be written: {reason(error)}") from error
    except ValueError as error:  # a name with a null character
        raise InputError(f"{os.fspath(path)}: cannot be written: {error}") from error


def check_writable(path: str | os.PathLike[str], *, sources: Iterable[str | os.PathLike[str]] = ()) -> bool:
    """Whether there is a file under this name already; so that what cannot be written is told before the work.

    Raises:
        InputError: the name stands for something that is not replaced (see `write_whole`).
    """
    try:
        return _there(Path(path), sources) is not None
    except OSError as error:
        raise InputError(f"{os.fspath(path)}: cannot be written: {reason(error)}") from error
    except ValueError as error:
        raise InputError(f"{os.fspath(path)}: cannot be written: {error}") from error


def _there(path: Path, sources: Iterable[str | os.PathLike[str]]) -> os.stat_result | None:
    """The state of a file that may be replaced, None if there is none."""
    try:
        found = os.stat(path)
    except FileNotFoundError:
        return None
    if stat.S_ISDIR(found.st_mode):
        raise InputError(f"{path}: cannot be written: it is a folder")
    if not stat.S_ISREG(found.st_mode):
        raise InputError(f"{path}: cannot be written: it is a device, a pipe or a socket; '-' is standard output")
    for source in sources:
        with contextlib.suppress(OSError):
            if os.path.samestat(found, os.stat(source)):
                raise InputError(
                    f"{path}: cannot be written: it is the source itself ({os.fspath(source)}); name another file"
                )
    return found


def _write(target: Path, given: Path, data: Bytes, overwrite: bool, sources: Iterable[str | os.PathLike[str]]) -> None:
    old = _there(given, sources)
    if old is not None and not overwrite:
        raise InputError(f"{given}: exists; it is not overwritten")
    if old is not None and not os.access(target, os.W_OK):
        raise InputError(f"{given}: cannot be written: it is write-protected")
    temporary, file = _temporary(target.parent, 0o666 if old is None else stat.S_IMODE(old.st_mode) & 0o600)
    try:
        with file:
            file.write(data)
            if old is not None:  # what is replaced must not be lost when the power fails
                file.flush()
                os.fsync(file.fileno())
                _keep_owner_and_mode(temporary, old)
        if overwrite:
            _replace(temporary, target)
        else:
            _place_new(temporary, target, given)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise


def _temporary(folder: Path, mode: int) -> tuple[Path, BinaryIO]:
    """A new file in a folder, under a name that nobody else has and that any file system can hold."""
    while True:
        path = folder / f".{secrets.token_hex(8)}.tmp"
        try:
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0)
            return path, os.fdopen(os.open(path, flags, mode), "wb")
        except FileExistsError:
            continue


def _keep_owner_and_mode(path: Path, old: os.stat_result) -> None:
    if hasattr(os, "chown"):
        new = os.stat(path)
        if (new.st_uid, new.st_gid) != (old.st_uid, old.st_gid):
            with contextlib.suppress(OSError):  # only the superuser may give files away
                os.chown(path, old.st_uid, old.st_gid)
    os.chmod(path, stat.S_IMODE(old.st_mode))


def _replace(temporary: Path, target: Path) -> None:
    for attempt in range(_TRIES):
        try:
            os.replace(temporary, target)
            return
        except PermissionError:
            if os.name != "nt" or attempt == _TRIES - 1:
                raise
            time.sleep(0.01)


def _place_new(temporary: Path, target: Path, given: Path) -> None:
    """Move a file to a name that must be free; a link fails where a file appeared meanwhile, a rename would not."""
    try:
        os.link(temporary, target)
    except FileExistsError as error:
        raise InputError(f"{given}: exists; it is not overwritten") from error
    except (OSError, NotImplementedError, AttributeError):  # a file system without hard links
        if target.exists():
            raise InputError(f"{given}: exists; it is not overwritten") from None
        _replace(temporary, target)
    else:
        temporary.unlink()
