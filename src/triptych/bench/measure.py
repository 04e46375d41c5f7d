"""One picture through one codec at all budgets: a line of results for each file that came of it."""

from __future__ import annotations

import io
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from ..files import write_whole
from . import metrics
from .codecs import find_codec
from .codecs.base import Codec, Coded, Score, Unreached
from .originals import Original, load_original

DIGITS = 6  # significant ones of a value in results


@dataclass(frozen=True)
class Budget:
    """A size that files are held to.

    Attributes:
        label: the name of the size in results: "655 B", or "0.02 bpp", which is another number for each picture.
        size: in bytes, or None.
        bpp: in bits per pixel, or None.
    """

    label: str
    size: int | None = None
    bpp: float | None = None

    @classmethod
    def of_bytes(cls, size: int) -> Budget:
        return cls(f"{size} B", size=size)

    @classmethod
    def of_bpp(cls, bpp: float) -> Budget:
        return cls(f"{bpp:g} bpp", bpp=bpp)

    def bytes_for(self, pixels: int) -> int:
        return self.size if self.size is not None else int((self.bpp or 0) * pixels / 8)


@dataclass(frozen=True)
class Task:
    """What is to be measured; it can be pickled.

    Attributes:
        path, name, prompt: the picture.
        codec: a name or a TOML file.
        codec_name: what it is called in results.
        budgets: those that are still to be measured.
        metrics, metric_files: what by (see `metrics.choose`).
        fit: metrics by which settings are chosen.
        pictures: a folder for what was decoded, or None.
        run: the name of the run.
    """

    path: Path
    name: str
    prompt: str | None
    codec: str
    codec_name: str
    budgets: tuple[Budget, ...]
    metrics: tuple[str, ...]
    metric_files: tuple[tuple[str, Path], ...]
    fit: tuple[str, ...]
    pictures: Path | None
    run: str


def measure(task: Task) -> list[dict[str, Any]]:
    """The lines of a task.

    Raises:
        TriptychError: the picture cannot be read, or the codec fails.
    """
    original = _original(task.path, task.name, task.prompt)
    codec = find_codec(task.codec)
    functions, _ = metrics.choose(task.metrics, task.metric_files)
    pixels = original.size[0] * original.size[1]
    asked: dict[int, list[Budget]] = {}
    for budget in task.budgets:
        asked.setdefault(budget.bytes_for(pixels), []).append(budget)
    common = {
        "kind": "point",
        "run": task.run,
        "picture": original.name,
        "sha256": original.sha256,
        "width": original.size[0],
        "height": original.size[1],
        "codec": codec.name,
        "identity": codec.identity(),
    }
    if task.pictures is not None:
        _keep(original.image, task.pictures, original.sha256[:12])
    values = _Values(original, functions)
    fit = {name: values.score(name) for name in values.usable(task.fit)}
    lines = []
    answered: set[int] = set()
    for size, coded, seconds in _timed(codec, original, sorted(asked), fit):
        answered.add(size)
        for budget in asked[size]:
            line = common | {"budget": budget.label, "most": size}
            if isinstance(coded, Unreached):
                lines.append(line | {"unreached": coded.why})
            else:
                lines.append(line | _described(coded, seconds, pixels, values, task))
    rest = [budget for size in asked if size not in answered for budget in asked[size]]
    lines += [
        common | {"budget": budget.label, "most": None, "unreached": "it has no other file for it"} for budget in rest
    ]
    return lines


def _described(coded: Coded, seconds: float, pixels: int, values: _Values, task: Task) -> dict[str, Any]:
    line: dict[str, Any] = {"bytes": len(coded.data), "bpp": _short(8 * len(coded.data) / pixels)}
    if coded.part:
        line["part"] = coded.part
    if coded.fit:
        line["fit"] = list(coded.fit)
    if coded.setting:
        line["setting"] = dict(coded.setting)
    if coded.layers:
        line["layers"] = dict(coded.layers)
    line |= {
        "encode_s": _short(coded.encode_s),
        "decode_s": _short(coded.decode_s),
        "search_s": _short(seconds),
        "peak_mb": None if coded.peak is None else round(coded.peak / 1e6),
        "metrics": {name: _short(values.of(name, coded.image)) for name in task.metrics if name in values.functions},
    }
    if task.pictures is not None:
        parts = (values.original.sha256[:12], line.get("part"), *coded.fit[:1])
        digest = _digest(coded.image)
        line["file"] = _keep(coded.image, task.pictures, "-".join([*(part for part in parts[:1] if part), digest]))
    return line


class _Values:
    """Values of decoded pictures, each measured once."""

    def __init__(self, original: Original, functions: Mapping[str, metrics.Measure]) -> None:
        self.original = original
        self.functions = functions
        self._known: dict[tuple[str, str], float | None] = {}

    def of(self, name: str, image: Image.Image) -> float | None:
        key = name, _digest(image)
        if key not in self._known:
            decoded = np.asarray(image.convert("RGB"))
            self._known[key] = self.functions[name](self.original.pixels, decoded, self.original.prompt)
        return self._known[key]

    def usable(self, fit: Sequence[str]) -> list[str]:
        """Those of the metrics that have values for pictures like this one; else the first one that has."""
        known = [name for name in fit if name in self.functions and self._has_values(name)]
        return known or [name for name in self.functions if self._has_values(name)][:1]

    def _has_values(self, name: str) -> bool:
        return self.of(name, self.original.image) is not None

    def score(self, name: str) -> Score:
        """More is better, whatever the metric."""

        def score(image: Image.Image) -> float:
            value = self.of(name, image)
            return float("-inf") if value is None else metrics.METRICS[name].sign * value

        return score


def _timed(
    codec: Codec, original: Original, budgets: Sequence[int], fit: Mapping[str, Score]
) -> Iterator[tuple[int, Coded | Unreached, float]]:
    """What a codec gives, with the seconds that it took in all, search and comparison included."""
    given = codec.code(original, budgets, fit)
    started = time.perf_counter()
    for budget, coded in given:
        yield budget, coded, time.perf_counter() - started
        started = time.perf_counter()


@cache
def _last(path: Path, name: str, prompt: str | None) -> Original:
    return load_original(path, name, prompt)


def _original(path: Path, name: str, prompt: str | None) -> Original:
    """The picture, kept for the codecs that follow in this process."""
    if _last.cache_info().currsize > 3:
        _last.cache_clear()
    return _last(path, name, prompt)


def _digest(image: Image.Image) -> str:
    import hashlib

    return hashlib.sha256(image.tobytes()).hexdigest()[:12]


def _keep(image: Image.Image, folder: Path, name: str) -> str:
    """Write a picture without loss, unless it is there; returns its name."""
    path = folder / f"{name}.webp"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        buffer = io.BytesIO()
        image.convert("RGB").save(buffer, "WEBP", lossless=True, quality=0, method=0)
        write_whole(path, buffer.getvalue())
    return path.name


def _short(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.{DIGITS}g}")
