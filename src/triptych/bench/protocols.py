"""Protocols by name: budgets, metrics and scores that others agreed on (protocols.toml), and where their data is."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import msgspec

from ..errors import InputError
from ..toml import read_toml, typed

_FILE = Path(__file__).with_name("protocols.toml")


class Protocol(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """What is measured, on what.

    Attributes:
        about: one line.
        data: where the pictures are to be had; none are shipped or downloaded.
        bpp: budgets in bits per pixel of each picture.
        metrics: names.
        score: metric -> weight of its mean, and "constant"; empty if there is no score.
    """

    about: str
    data: str
    bpp: list[float]
    metrics: list[str]
    score: dict[str, float] = {}


@cache
def protocols() -> Mapping[str, Protocol]:
    """All protocols by their names."""
    return {
        name: typed(table, Protocol, f"{_FILE.name}: {name}") for name, table in read_toml(_FILE, _FILE.name).items()
    }


def find_protocol(name: str) -> Protocol:
    """
    Raises:
        InputError: there is no such protocol.
    """
    if name not in protocols():
        raise InputError(f"there is no protocol called {name!r}; there are: {', '.join(protocols())}")
    return protocols()[name]


def score(protocol: Protocol, means: Mapping[str, float | None]) -> float | None:
    """The protocol's score from the means of its metrics; None if it has none, or a metric was not measured."""
    if not protocol.score:
        return None
    total = protocol.score.get("constant", 0.0)
    for name, weight in protocol.score.items():
        if name != "constant":
            mean = means.get(name)
            if mean is None:
                return None
            total += weight * mean
    return total
