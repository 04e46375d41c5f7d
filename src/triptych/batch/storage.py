"""Files here and elsewhere: local paths, and URLs through `fsspec` (s3://, gs://, hf://, https://, ...).

What goes wrong is of two kinds. A file that is missing, closed or no file is that item's fault. A full disk, a server
that cannot be reached or a network that is gone is nobody's fault: it is tried again a few times, one that does not
answer once, and then raises `StoppedError`, which stops the run without marking the item.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

from ..errors import InputError, MissingExtraError, TriptychError
from ..files import check_writable, read_source, reason, write_whole
from .answers import NoAnswer, answered, buffered

T = TypeVar("T")

_URL = re.compile(r"^([A-Za-z][A-Za-z0-9+.-]+)(://|::)")
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO, errno.ESTALE, errno.ENOTCONN, errno.EMFILE, errno.ENFILE}
_WAITS = (0.5, 2.0, 8.0)  # seconds before each further try
# Of these, a file appears when it was sent in full; elsewhere it is sent under another name and moved.
_WHOLE = frozenset(["s3", "s3a", "gs", "gcs", "az", "abfs", "adl", "hf", "memory", "oci", "oss", "tos"])


class StoppedError(TriptychError):
    """The run cannot go on for a reason that lies in no item; once it is gone, the same command continues."""


def is_url(name: str) -> bool:
    """Whether a name is a URL of a file system that is not the local one."""
    found = _URL.match(name)
    return bool(found) and name.partition(":")[0] not in ("file", "local")


def local(name: str) -> Path:
    """The path of a name that is no URL, or file://."""
    return Path(re.sub(r"^(file|local)://", "", name))


def join(root: str, place: str) -> str:
    """A place, written with /, under a folder or URL."""
    return f"{root.rstrip('/')}/{place}" if is_url(root) else os.path.join(local(root), *place.split("/"))


@cache
def _system(name: str) -> Any:
    """The file system of a scheme; options come from the environment, as each library reads it."""
    try:
        import fsspec
    except ImportError:
        raise MissingExtraError(f"{name}://", "batch") from None
    try:
        return fsspec.filesystem(name)
    except ImportError as error:
        package = {"s3": "s3fs", "gs": "gcsfs", "gcs": "gcsfs", "hf": "huggingface_hub", "http": "aiohttp"}
        more = package.get(name.replace("https", "http"), str(error))
        raise InputError(f"{name}://: needs another package: pip install {more}") from error
    except ValueError as error:
        raise InputError(f"{name}://: there is no such file system: {error}") from error


def system_of(url: str) -> Any:
    """The `fsspec` file system of a URL.

    Raises:
        MissingExtraError, InputError: it needs a package that is not installed, or does not exist.
    """
    return _system(url.partition("://")[0])


def patiently(name: str, what: str, work: Callable[[], T], size: int = 0) -> T:
    """`work()`, tried again while the network fails.

    Args:
        name: of the file, for messages.
        what: "read" or "written".
        size: bytes that are moved in it, as far as that is known.

    Raises:
        InputError: this file cannot be had.
        StoppedError: the network or the server is gone.
    """
    silent = 0
    for wait in (*_WAITS, None):
        try:
            return answered(work, size)
        except TriptychError:
            raise
        except FileNotFoundError as error:
            raise InputError(f"{name}: cannot be {what}: no such file") from error
        except (PermissionError, IsADirectoryError, NotADirectoryError, NotImplementedError) as error:
            raise InputError(f"{name}: cannot be {what}: {_text(error)}") from error
        except Exception as error:  # each library has its own errors for a network that is gone
            silent += isinstance(error, NoAnswer)
            if wait is None or silent > 1:
                raise StoppedError(f"{name}: cannot be {what}: {_text(error)}; is the network there?") from error
            time.sleep(wait)
    raise AssertionError("unreachable")


def _text(error: Exception) -> str:
    text = reason(error) if isinstance(error, OSError) else " ".join(str(error).split())
    return text or type(error).__name__


@contextlib.contextmanager
def opened(name: str) -> Iterator[BinaryIO]:
    """A file open for reading, with its place kept by the caller.

    Raises:
        InputError, StoppedError: it cannot be opened.
    """
    if is_url(name):
        remote = patiently(name, "read", lambda: system_of(name).open(name, "rb"))
        file: BinaryIO = buffered(remote)
    else:
        try:
            file = local(name).open("rb")
        except (OSError, ValueError) as error:
            raise InputError(f"{name}: cannot be read: {_text(error)}") from error
    with file:
        yield file


def read(name: str, most: int) -> bytes:
    """The bytes of a file, `most` + 1 at most.

    Raises:
        InputError: there is no such file.
        StoppedError: the network is gone.
    """
    if not is_url(name):
        return read_source(local(name), most)

    def get() -> bytes:
        cache = "all" if name.startswith("http") else "readahead"
        with answered(lambda: system_of(name).open(name, "rb", cache_type=cache)) as file:
            size = getattr(file, "size", None) or 0
            return bytes(answered(lambda: file.read(most + 1), min(size, most + 1)))

    return patiently(name, "read", get, most)


def write(name: str, data: bytes, sources: tuple[str, ...] = ()) -> None:
    """Write a file whole, over one that exists; its folder is made.

    Args:
        sources: local files that must not be touched.

    Raises:
        InputError: it cannot be written under this name.
        StoppedError: the disk is full, or the network is gone.
    """
    if is_url(name):
        patiently(name, "written", lambda: _send(name, lambda system, to: system.pipe_file(to, data)), len(data))
        return
    path = local(name)
    try:
        with contextlib.suppress(FileExistsError):
            path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, data, sources=sources)
    except (OSError, InputError) as error:
        raise _fault(name, error) from error


def _fault(name: str, error: Exception) -> TriptychError:
    """A failure of writing: the item's, or the end of the run."""
    cause = error if isinstance(error, OSError) else error.__cause__
    text = str(error) if isinstance(error, InputError) else f"{name}: cannot be written: {_text(error)}"
    return StoppedError(text) if isinstance(cause, OSError) and cause.errno in _FULL else InputError(text)


def publish(made: Path, name: str) -> None:
    """Move a finished local file to its name, here or elsewhere, so that it appears whole.

    Raises:
        InputError, StoppedError: as for `write`.
    """
    if is_url(name):
        size = made.stat().st_size
        patiently(name, "written", lambda: _send(name, lambda system, to: system.put_file(str(made), to)), size)
        made.unlink()
        return
    try:
        check_writable(name)
        os.replace(made, local(name))
    except (OSError, InputError) as error:
        raise _fault(name, error) from error


def _send(name: str, send: Callable[[Any, str], object]) -> None:
    system = system_of(name)
    if name.partition(":")[0] in _WHOLE:
        send(system, name)
        return
    parent, _, last = name.rpartition("/")
    temporary = f"{parent}/.{last}.tmp"
    system.makedirs(parent, exist_ok=True)
    send(system, temporary)
    system.mv(temporary, name)


@contextlib.contextmanager
def scratch(folder: str) -> Iterator[Path]:
    """A folder for files in the making, on the disk where they are to be; it is gone afterwards.

    Raises:
        InputError, StoppedError: it cannot be made.
    """
    try:
        where = None if is_url(folder) else str(local(folder))
        made = Path(tempfile.mkdtemp(prefix=".making-", dir=where))
    except OSError as error:
        raise _fault(folder, error) from error
    try:
        yield made
    except OSError as error:
        raise _fault(folder, error) from error
    finally:
        shutil.rmtree(made, ignore_errors=True)


def is_empty(folder: str) -> bool:
    """Whether a folder has nothing in it, or does not exist.

    Raises:
        InputError: it is a file.
        StoppedError: the network is gone.
    """
    if is_url(folder):

        def look() -> bool:
            try:
                return not [name for name in system_of(folder).ls(folder, detail=False) if name.rstrip("/") != folder]
            except FileNotFoundError:
                return True

        return patiently(folder, "read", look)
    path = local(folder)
    if path.exists() and not path.is_dir():
        raise InputError(f"{folder}: is a file; results need a folder")
    return not path.exists() or next(path.iterdir(), None) is None


def tidy(folder: str) -> None:
    """Remove what a run that was killed left half made in a local folder of results."""
    if is_url(folder):
        return
    for here, folders, names in os.walk(local(folder)):
        for name in [name for name in folders if name.startswith(".making-")]:
            shutil.rmtree(os.path.join(here, name), ignore_errors=True)
            folders.remove(name)
        for name in names:
            if re.fullmatch(r"\.[0-9a-f]{16}\.tmp", name):
                with contextlib.suppress(OSError):
                    os.unlink(os.path.join(here, name))
