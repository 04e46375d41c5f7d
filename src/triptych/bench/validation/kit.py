"""The list of checks, what they share, and the report.

Sample files of a few hundred bytes ship with the kit, and their originals, 256 pixels large; pictures of one's own can
take their place. What cannot be looked at on a machine (no GPU, no pose network, no metric) is skipped, and the line
says what to install.
"""

from __future__ import annotations

import platform
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Literal

import numpy as np
from PIL import Image

from ...analysis.image import load_image
from ...codec.decode import Conditioning, Decoder, choose_decoder, condition, paint, settings_of
from ...codec.encode import encode
from ...codec.picture import Picture
from ...codec.sheet import contact_sheet
from ...errors import InputError, ModelError
from ...version import __version__
from ..metrics import Measure
from ..metrics import choose as choose_metrics

SAMPLES = Path(__file__).with_name("samples")
QUICK = ("dancer", "portrait")  # with people, and a face
CELL = 256  # pixels of a picture on the sheet
FLAT = 2.0  # standard deviation of a picture's values, of 255, below which it shows nothing
_MOST = 24  # pictures of one's own; more take hours
_PICTURES = (".png", ".jpg", ".jpeg", ".webp")
_LIBRARIES = ("torch", "diffusers", "transformers", "accelerate", "peft", "compel", "onnxruntime", "numpy")
# Likeness is judged by the first of these that is here, and whether the prompt is kept by the last.
LIKENESS = ("lpips_alex", "lpips_vgg", "lpips_squeeze", "dists", "ssimulacra2", "flip", "ssim")
KEPT = "clip"


@dataclass(frozen=True)
class Check:
    """What one check found: `said` is one line for people, `figures` are JSON types."""

    name: str
    verdict: Literal["pass", "fail", "skip"]
    said: str
    figures: Mapping[str, Any] = field(default_factory=dict)


@dataclass
class Report:
    """What a decoder was found to be.

    Attributes:
        about: decoder, settings, hardware, versions.
        checks: in the order in which they were made.
        sheet: pictures as they were painted, labelled.
    """

    about: dict[str, Any]
    checks: list[Check]
    sheet: Image.Image

    @property
    def failed(self) -> int:
        return sum(check.verdict == "fail" for check in self.checks)

    def as_json(self) -> dict[str, Any]:
        """JSON types, for the file that users send."""
        return {**self.about, "failed": self.failed, "checks": [asdict(check) for check in self.checks]}


@dataclass
class Kit:
    """What checks work with.

    Attributes:
        painter: the decoder.
        samples: name -> all that is known of a picture.
        originals: name -> the picture itself, at any size.
        quick: leave out what takes long.
        metrics: name -> function, of those that are here.
        absent: name -> why a metric is not.
        ignored: layers that the decoder does not look at, with the reason: "edges", "people", "colours".
        hidden: layer -> another one that has to be left out for it to be looked at.
        rows: label -> (column, picture), for the sheet.
        counts: how many pictures were painted, how many of them are flat, and what else is counted on the way.
        closing: what is undone at the end.
    """

    painter: Decoder
    samples: dict[str, Conditioning]
    originals: dict[str, Image.Image]
    quick: bool
    metrics: dict[str, Measure] = field(default_factory=dict)
    absent: dict[str, str] = field(default_factory=dict)
    ignored: dict[str, str] = field(default_factory=dict)
    hidden: dict[str, str] = field(default_factory=dict)
    rows: dict[str, list[tuple[str, Image.Image]]] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)
    closing: ExitStack = field(default_factory=ExitStack)

    def paint(self, *given: Conditioning) -> list[Image.Image]:
        """Pictures, one after the other: several at once may be more than fits into memory."""
        found = [paint(self.painter, [one])[0] for one in given]
        self.counts["painted"] += len(found)
        self.counts["flat or black"] += sum(float(np.asarray(image).std()) < FLAT for image in found)
        return found

    def show(self, row: str, column: str, image: Image.Image) -> None:
        self.rows.setdefault(row, []).append((column, image))


Checks = Callable[[Kit], Iterable[Check]]


def validate(
    decoder: str | Decoder,
    *,
    options: Mapping[str, Any] | None = None,
    quick: bool = False,
    pictures: Sequence[Path] = (),
    metric_files: Iterable[tuple[str, Path]] = (),
    tell: Callable[[Check], None] = lambda check: None,
) -> Report:
    """Try a decoder on this machine.

    Args:
        decoder, options: as for `triptych.decode`.
        quick: two samples instead of six, and none of the checks that paint many pictures.
        pictures: files, or folders of them, to try it on instead of the samples; at most 24. Each is encoded first.
        metric_files: see `bench.metrics.choose`.
        tell: is called with each check as soon as it is made.

    Raises:
        InputError, MissingExtraError: there is no such decoder, option, device or picture, or a package is missing.
    """
    started = time.perf_counter()
    painter = choose_decoder(decoder, options)
    given, originals = own_samples(pictures) if pictures else samples(quick)
    here, absent = choose_metrics([*LIKENESS, KEPT], metric_files)
    kit = Kit(painter, given, originals, quick, here, absent)
    found: list[Check] = []
    with kit.closing:
        for check in _made(kit, list_of_checks(kit)):
            found.append(check)
            tell(check)
    about = {
        "decoder": decoder if isinstance(decoder, str) else type(decoder).__name__,
        "options": {name: str(value) for name, value in (options or {}).items()},
        "quick": quick,
        "samples": "own" if pictures else list(given),
        "triptych": __version__,
        "date": datetime.now(UTC).date().isoformat(),
        "machine": f"{platform.system()} {platform.machine()}, Python {platform.python_version()}",
        "accelerator": _accelerator(painter),
        "versions": dict(_versions()),
        "seconds": round(time.perf_counter() - started, 1),
        "pictures": dict(kit.counts),
    }
    if isinstance(decoder, str) and decoder.endswith(".toml"):
        about["decoder"] = Path(decoder).name  # folders of a user are private
    with suppress(Exception):  # networks that do not load have none
        about["settings"] = settings_of(painter, next(iter(kit.samples.values())))
    return Report(about, found, _sheet(kit))


def list_of_checks(kit: Kit) -> list[Checks]:
    """Those for any decoder, with more for diffusion models."""
    from . import checks

    general: list[Checks] = [checks.layers, checks.health, checks.invariance, checks.cost]
    if not hasattr(type(kit.painter), "networks"):  # of the class: asking the decoder would load them
        return [checks.paints, *general]
    from . import diffusion as own

    own.prepare(kit)
    return [own.load, own.parity, checks.layers, own.controls, *general[1:], own.devices, own.offload]


def samples(quick: bool = False) -> tuple[dict[str, Conditioning], dict[str, Image.Image]]:
    """Name -> what a decoder paints a sample from, and name -> its original, 256 pixels large."""
    paths = [path for path in sorted(SAMPLES.glob("*.trp")) if not quick or path.stem in QUICK]
    given = {path.stem: condition(Picture.open(path)) for path in paths}
    return given, {name: load_image(SAMPLES / f"{name}.webp").image for name in given}


def own_samples(paths: Sequence[Path]) -> tuple[dict[str, Conditioning], dict[str, Image.Image]]:
    """The same of somebody's pictures, which are encoded as they are by default; named by numbers, for privacy.

    Raises:
        InputError: there is none, there are too many, or one cannot be read.
    """
    files: list[Path] = []
    for path in paths:
        inside = sorted(one for one in path.iterdir() if one.suffix.lower() in _PICTURES) if path.is_dir() else [path]
        if not inside:
            raise InputError(f"{path}: no pictures in this folder ({', '.join(_PICTURES)})")
        files += inside
    if len(files) > _MOST:
        raise InputError(f"{len(files)} pictures: at most {_MOST}, for each is painted many times; give fewer")
    names = [f"picture {number}" for number in range(1, len(files) + 1)]
    given = {name: condition(encode(file)) for name, file in zip(names, files, strict=True)}
    return given, {name: load_image(file).image for name, file in zip(names, files, strict=True)}


def without(given: Conditioning, *layers: str) -> Conditioning:
    """The same without "prompt", "edges", "people" or "colours"."""
    nothing: dict[str, Any] = dict.fromkeys(layers)
    return replace(given, **nothing)


def _made(kit: Kit, todo: Sequence[Checks]) -> Iterator[Check]:
    for number, check in enumerate(todo):
        try:
            yield from check(kit)
        except Exception as error:  # is what the report is for
            said = " ".join(str(error).split())
            said = said if isinstance(error, ModelError) else f"{type(error).__name__}: {said}"
            yield Check(check.__name__, "fail", said)
            if number == 0:  # nothing was painted, so nothing will be
                return


def _accelerator(painter: Decoder) -> str:
    """What a neural decoder computes on."""
    device = getattr(painter, "device", None)
    if getattr(device, "type", None) != "cuda":
        return str(getattr(device, "type", "cpu"))
    import torch

    card = torch.cuda.get_device_properties(device)
    system = f"CUDA {torch.version.cuda}" if torch.version.cuda else f"ROCm {torch.version.hip}"
    return f"{card.name}, {card.total_memory / 2**30:.1f} GiB, {system}"


def _versions() -> Iterator[tuple[str, str]]:
    for name in _LIBRARIES:
        with suppress(PackageNotFoundError):
            yield name, version(name)


def _sheet(kit: Kit) -> Image.Image:
    columns = max((len(row) for row in kit.rows.values()), default=1)
    rows: list[list[Image.Image | None]] = []
    labels = []
    for name, row in kit.rows.items():
        rows.append([*(image for _, image in row), *[None] * (columns - len(row))])
        labels.append(f"{name}: " + ", ".join(column for column, _ in row))
    return contact_sheet(rows, columns=[""] * columns, labels=labels, cell=(CELL, CELL))


def mean(values: Iterable[float]) -> float:
    return round(float(np.mean(list(values))), 4)
