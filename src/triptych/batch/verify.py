"""Reading every result of a batch again, and comparing it with the hash in the manifest."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..errors import TriptychError
from . import storage
from .local import Lost
from .manifest import Manifest
from .sinks import Files, Sink

if TYPE_CHECKING:
    from .runner import Engine

_AT_ONCE = 64
_PIECE = 1 << 20


@dataclass(frozen=True)
class _Check:
    """A file that should be there.

    Attributes:
        ordinal: of its item; or of its shard.
    """

    ordinal: int
    name: str
    sha256: str


def check_all(manifest: Manifest, sink: Sink, engine: Engine) -> list[str]:
    """Compare all results with their hashes; those that differ are to be done again by the next run.

    Returns:
        What is wrong, a line for each file or shard.

    Raises:
        StoppedError: the network is gone.
    """
    faults: list[str] = []
    with contextlib.closing(engine.run(_check, _checks(manifest, sink))) as results:  # type: ignore[type-var]
        for checks, found in results:
            if isinstance(found, Lost):
                found = {checks[0].ordinal: f"{checks[0].name}: the process that read it {found.how}"}
            if isinstance(found, str):
                raise storage.StoppedError(found)
            for ordinal, text in found.items():
                faults.append(text)
                manifest.reopen(**{"shard" if sink.shards else "ordinal": ordinal})
    return faults


def _checks(manifest: Manifest, sink: Sink) -> Iterator[list[_Check]]:
    if not isinstance(sink, Files):
        yield from ([_Check(shard, sink.where(shard), sha256)] for shard, sha256 in manifest.shard_digests())
        return
    checks: list[_Check] = []
    for ordinal, target, sha256 in manifest.digests():
        checks.append(_Check(ordinal, sink.where(target), sha256))
        if len(checks) == _AT_ONCE:
            yield checks
            checks = []
    if checks:
        yield checks


def _check(checks: Sequence[_Check]) -> dict[int, str] | str:
    """What is wrong, by ordinal; or why nothing can be read. Runs in a worker."""
    found: dict[int, str] = {}
    for check in checks:
        try:
            fault = _fault(check)
        except storage.StoppedError as error:
            return str(error)
        if fault:
            found[check.ordinal] = fault
    return found


def _fault(check: _Check) -> str | None:
    digest = hashlib.sha256()
    try:
        with storage.opened(check.name) as file:
            while piece := storage.patiently(check.name, "read", lambda: file.read(_PIECE)):
                digest.update(piece)
    except storage.StoppedError:
        raise
    except TriptychError as error:
        return str(error)
    return None if digest.hexdigest() == check.sha256 else f"{check.name}: is not what was written"
