"""How a batch goes, and what came of it."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from .manifest import DONE, FAILED, HELD, WAITING, Manifest
from .sources import Source

BPP_EDGES = (0.005, 0.01, 0.015, 0.02, 0.03, 0.05, 0.1, 0.2, 0.5, 1.0)
_TOP = 5  # of the slowest and largest items, and of reasons
_WINDOW = 30.0  # seconds that the rate is taken over


@dataclass
class Progress:
    """A run, as far as it has come.

    Attributes:
        seen: items that the source has given.
        before: of these, how many were done or had failed in an earlier run.
        done, failed: in this run.
        retried: failures of earlier runs that are tried again.
        bytes_in, bytes_out: of what was done in this run.
        total: items of the source; None while, or if, that is not known.
        faults: what was found when the results were read again, one line each.
    """

    seen: int = 0
    before: int = 0
    done: int = 0
    failed: int = 0
    retried: int = 0
    bytes_in: int = 0
    bytes_out: int = 0
    total: int | None = None
    faults: list[str] = field(default_factory=list)
    _times: list[tuple[float, int]] = field(default_factory=lambda: [(time.monotonic(), 0)], repr=False)

    def count(self, source: Source) -> None:
        """Find out how many items there are, meanwhile."""

        def find() -> None:
            try:
                self.total = source.count()
            except Exception:  # told when the source is read
                self.total = None

        threading.Thread(target=find, daemon=True).start()

    @property
    def rate(self) -> float:
        """Items a second, of the last half minute."""
        now, count = time.monotonic(), self.done + self.failed
        if now - self._times[-1][0] >= 1:
            self._times.append((now, count))
            while len(self._times) > 2 and now - self._times[1][0] > _WINDOW:
                self._times.pop(0)
        then, before = self._times[0]
        return (count - before) / (now - then) if now > then else 0.0

    @property
    def seconds_left(self) -> float | None:
        """At this rate; None if that cannot be told."""
        if self.total is None or not (rate := self.rate):
            return None
        return max(0, self.total - self.before - self.done - self.failed) / rate


@dataclass(frozen=True)
class Summary:
    """What the manifest says after a run, of this run and those that it continued.

    Attributes:
        items: how many there are in each state: done, failed, todo.
        this_run: done, failed and seconds of this run.
        bytes_in, bytes_out: of what is done; ratio: bytes_in / bytes_out.
        pixels: of the pictures; bpp: mean bits per pixel, of all of them together.
        bpp_histogram: how many have from .. to bits per pixel.
        layers: bytes and share (0..1) of each layer, and of the container, of .trp files.
        seconds: of work on what is done; mean, median and the slowest.
        slowest, largest: items, with their seconds and their bytes.
        failures: reasons without names of files, how often, and an example.
        faults: what was wrong with results that were read again.
        stopped: why the run ended early, or None.
    """

    items: dict[str, int]
    this_run: dict[str, float]
    bytes_in: int
    bytes_out: int
    ratio: float | None
    pixels: int
    bpp: float | None
    bpp_histogram: list[dict[str, Any]]
    layers: dict[str, dict[str, float]]
    seconds: dict[str, float]
    slowest: list[dict[str, Any]]
    largest: list[dict[str, Any]]
    failures: list[dict[str, Any]]
    faults: list[str]
    stopped: str | None

    @property
    def well(self) -> bool:
        """Whether all is done and nothing failed."""
        return not (self.stopped or self.items["failed"] or self.items["todo"] or self.faults)

    def to_dict(self) -> dict[str, Any]:
        """JSON types."""
        return asdict(self)


def summarise(manifest: Manifest, progress: Progress, seconds: float, stopped: str | None) -> Summary:
    """The summary of all that a manifest has; one pass over it, nothing but sums in memory."""
    counts = dict.fromkeys(range(4), 0) | dict(manifest.query("SELECT state, count(*) FROM items GROUP BY state"))
    layers: dict[str, int] = {}
    bins = [0] * (len(BPP_EDGES) + 1)
    pixels = pixel_bytes = streams = 0
    for (text,) in manifest.query("SELECT record FROM items WHERE state IN (?, ?)", DONE, HELD):
        record = json.loads(text)
        area = record.get("width", 0) * record.get("height", 0)
        pixels += area
        if "layers" in record:
            pixel_bytes += record["bytes"]
            streams += area
            bpp = record["bytes"] * 8 / area if area else 0.0
            bins[sum(bpp > edge for edge in BPP_EDGES)] += 1
            for name, size in record["layers"].items():
                layers[name] = layers.get(name, 0) + size
            layers["container"] = layers.get("container", 0) + record["bytes"] - sum(record["layers"].values())
    done = counts[DONE] + counts[HELD]
    bytes_in, bytes_out, took = next(
        manifest.query(
            "SELECT coalesce(sum(bytes_in), 0), coalesce(sum(bytes_out), 0), coalesce(sum(seconds), 0) FROM items "
            "WHERE state IN (?, ?)", DONE, HELD,
        )
    )  # fmt: skip
    whole = sum(layers.values())
    edges: Sequence[float | None] = (0.0, *BPP_EDGES, None)
    return Summary(
        items={"done": done, "failed": counts[FAILED], "todo": counts[WAITING]},
        this_run={"done": progress.done, "failed": progress.failed, "seconds": round(seconds, 3)},
        bytes_in=bytes_in,
        bytes_out=bytes_out,
        ratio=round(bytes_in / bytes_out, 2) if bytes_out and bytes_in else None,
        pixels=pixels,
        bpp=round(pixel_bytes * 8 / streams, 6) if streams else None,
        bpp_histogram=[{"from": edges[i], "to": edges[i + 1], "count": count} for i, count in enumerate(bins) if count],
        layers={name: {"bytes": size, "share": round(size / whole, 4)} for name, size in sorted(layers.items())},
        seconds=_seconds(manifest, done, took),
        slowest=_top(manifest, "seconds"),
        largest=_top(manifest, "bytes_out"),
        failures=_failures(manifest),
        faults=progress.faults,
        stopped=stopped,
    )


def _seconds(manifest: Manifest, done: int, took: float) -> dict[str, float]:
    if not done:
        return {}
    query = "SELECT seconds FROM items WHERE state IN (?, ?) ORDER BY seconds LIMIT 1 OFFSET ?"
    median, slowest = (next(manifest.query(query, DONE, HELD, at))[0] for at in (done // 2, done - 1))
    return {name: round(x, 4) for name, x in
            (("all", took), ("mean", took / done), ("median", median), ("slowest", slowest))}  # fmt: skip


def _top(manifest: Manifest, column: str) -> list[dict[str, Any]]:
    found = manifest.query(
        f"SELECT key, {column} FROM items WHERE state IN (?, ?) ORDER BY {column} DESC, ordinal LIMIT {_TOP}",
        DONE,
        HELD,
    )
    name = "bytes" if column == "bytes_out" else column
    return [{"key": key, name: round(value, 4)} for key, value in found]


def _failures(manifest: Manifest) -> list[dict[str, Any]]:
    """The most frequent reasons; what differs is most often the name in front."""
    reasons: dict[tuple[str, str], list[Any]] = {}
    for key, error, kind in manifest.query(
        "SELECT key, error, kind FROM items WHERE state = ? ORDER BY ordinal", FAILED
    ):
        reason = error.partition(": ")[2] or error
        found = reasons.setdefault((kind, reason), [0, key]) if len(reasons) < 1000 else [0, key]
        found[0] += 1
    most = sorted(reasons.items(), key=lambda pair: -pair[1][0])[:_TOP]
    return [{"reason": reason, "kind": kind, "count": count, "example": key} for (kind, reason), (count, key) in most]
