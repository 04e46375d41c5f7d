"""What a batch is asked for."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass

from .verbs import Verbs


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What a batch is asked for.

    Attributes:
        verb: `Encode(...)`, `Decode(...)`, `Edit(...)` or `Stats()`.
        source: a file, folder, glob, URL or list (see `triptych.batch.sources`), or an iterable of names.
        target: a folder or the URL of one; it must be empty, or hold the manifest of the same run.
        to: "files", "tar" or "parquet"; by default files, and of stats a table.
        shard_size: items in a tar shard or table.
        manifest: a local file; by default `manifest.sqlite` in `target`. A URL as `target` needs one.
        engine: "local" (processes of this machine) or "ray".
        jobs: processes, 0: one per core. Of Ray: tasks or actors at once, 0: as many as there is room for.
        address: of a Ray cluster; None: that of the environment, else one is started here.
        gpus: of each actor of Ray that holds a large decoder.
        max_failures: stop when more items than this have failed; None: never.
        retry_failed: try again what failed in earlier runs.
        force: write into a folder that is not empty.
        column, prompt_column: of Parquet tables as source.
        verify: read all results again at the end, and have those done again that are not what they were.
    """

    verb: Verbs
    source: str | os.PathLike[str] | Iterable[str | os.PathLike[str]]
    target: str
    to: str | None = None
    shard_size: int | None = None
    manifest: str | None = None
    engine: str = "local"
    jobs: int = 0
    address: str | None = None
    gpus: float = 1.0
    max_failures: int | None = None
    retry_failed: bool = False
    force: bool = False
    column: str | None = None
    prompt_column: str | None = None
    verify: bool = False
