"""Servers that take a connection and then say nothing: their libraries wait for a quarter of an hour, or for ever."""

from __future__ import annotations

import io
import queue
import threading
from collections.abc import Callable
from typing import Any, BinaryIO, TypeVar, cast

T = TypeVar("T")

SILENCE = 60.0  # seconds without an answer after which a server counts as gone
_SLOWEST = 50_000  # bytes a second: what is sent or read at once may take so much longer
_PIECE = 1 << 20  # bytes that are read at once


class NoAnswer(TimeoutError):
    """A server takes longer than it may."""


def answered(work: Callable[[], T], size: int = 0) -> T:
    """`work()`, which is to end in `SILENCE` seconds, and more for each of `size` bytes that it moves.

    It is done in a thread of its own, which is left alone with its server if that does not answer.

    Raises:
        NoAnswer: it does not end.
    """
    answers: queue.SimpleQueue[tuple[T | None, BaseException | None]] = queue.SimpleQueue()

    def ask() -> None:
        try:
            answers.put((work(), None))
        except BaseException as error:
            answers.put((None, error))

    patience = SILENCE + size / _SLOWEST
    threading.Thread(target=ask, daemon=True).start()
    try:
        result, error = answers.get(timeout=patience)
    except queue.Empty:
        raise NoAnswer(f"no answer in {patience:.0f} seconds") from None
    if error is not None:
        raise error
    return cast(T, result)


def buffered(file: Any) -> BinaryIO:
    """A file elsewhere, open for reading, read in pieces of which each comes in time or raises `NoAnswer`."""
    return cast(BinaryIO, io.BufferedReader(_Answered(file), _PIECE))


class _Answered(io.RawIOBase):
    def __init__(self, file: Any) -> None:
        self._file = file

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return bool(self._file.seekable())

    def seek(self, offset: int, whence: int = 0, /) -> int:
        return int(self._file.seek(offset, whence))

    def tell(self) -> int:
        return int(self._file.tell())

    def readinto(self, buffer: Any, /) -> int:
        data = answered(lambda: self._file.read(len(buffer)), len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        if not self.closed:
            self._file.close()
        super().close()
