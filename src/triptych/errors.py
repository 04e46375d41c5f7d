"""Every error Triptych raises on purpose.

    TriptychError
    ├── DamagedError        the bytes contradict the format (wrong checksum, impossible value)
    │   └── TruncatedError  the bytes end too early
    ├── UnsupportedError    well-formed, but made by a newer Triptych or needing an unknown coding
    ├── LimitError          well-formed, but larger than the reader is willing to handle
    ├── InputError          a picture, prompt, file or argument given by the caller cannot be used
    ├── BudgetError         the byte budget cannot hold what was asked for
    ├── MissingExtraError   an optional package is not installed (the message has the install line)
    └── ModelError          the weights of a model cannot be had or used

A message says what is wrong, where, and what to do, on one line. What programs want to know of the place stands in
the attributes `kind` and `offset`. All errors survive `pickle` and `copy`.
"""

from __future__ import annotations

from typing import Any, Self, TypeVar

E = TypeVar("E", bound="TriptychError")


class TriptychError(Exception):
    """Base of all errors above; catching it catches everything Triptych raises on purpose.

    Attributes:
        kind: the name of the layer that is at fault ("semantic", "edges", ...; "kind 9" for one that is not known), or
            None.
        offset: where the fault is in the file, in bytes from its start, or None.
    """

    def __init__(self, message: str = "", *, kind: str | None = None, offset: int | None = None) -> None:
        super().__init__(message)
        self.kind = kind
        self.offset = offset

    def located(self, where: object = None, *, kind: str | None = None, offset: int | None = None) -> Self:
        """The same error with more said of its place; attributes that it has already are kept.

        Args:
            where: put in front of the message, for example a path; None leaves the message as it is.
            kind: the layer, if none is named yet.
            offset: the byte, if none is named yet.
        """
        message = str(self) if where is None else f"{where}: {self}"
        state = {**self.__dict__, "kind": self.kind or kind, "offset": offset if self.offset is None else self.offset}
        return _rebuilt(type(self), message, state)

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuilt, (type(self), str(self), self.__dict__)


def _rebuilt(cls: type[E], message: str, state: dict[str, Any]) -> E:
    """An error of a class whose constructor may want something else than the message."""
    error = cls.__new__(cls, message)
    error.__dict__.update(state)
    return error


class DamagedError(TriptychError):
    """The bytes contradict the format."""


class TruncatedError(DamagedError):
    """The bytes end before the format says they may."""


class UnsupportedError(TriptychError):
    """The stream is well-formed but needs something that this version does not know."""


class LimitError(TriptychError):
    """The stream asks for more time or memory than the reader's `Limits` allow."""


class InputError(TriptychError):
    """Something the caller gave (picture, prompt, path, argument) cannot be used."""


class BudgetError(TriptychError):
    """The byte budget cannot hold what was asked for."""


class MissingExtraError(TriptychError):
    """An optional package is missing."""

    def __init__(self, who: str, extra: str) -> None:
        super().__init__(f"{who} needs an optional package: pip install 'triptych[{extra}]'")
        self.extra = extra


class ModelError(TriptychError):
    """The weights of a model cannot be had or used."""
