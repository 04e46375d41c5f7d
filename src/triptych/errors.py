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

A message says what is wrong, where, and what to do, on one line.
"""

from __future__ import annotations


class TriptychError(Exception):
    """Base of all errors above; catching it catches everything Triptych raises on purpose."""


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
