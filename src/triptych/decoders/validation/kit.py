"""The list of checks, what they share, and the report.

Sample files of a few hundred bytes ship with the kit, so a decoder is judged by how well its pictures keep to layers;
no originals are needed. What cannot be looked at on a machine (no GPU, no pose network) is skipped, and said so.
"""

from __future__ import annotations

import platform
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Literal

import numpy as np
from PIL import Image

from ...codec.decode import Conditioning, Decoder, choose_decoder, condition, paint, settings_of
from ...codec.picture import Picture
from ...codec.sheet import contact_sheet
from ...errors import ModelError
from ...version import __version__

SAMPLES = Path(__file__).with_name("samples")
QUICK = ("dancer", "portrait")  # with people, and a face
CELL = 256  # pixels of a picture on the sheet
_LIBRARIES = ("torch", "diffusers", "transformers", "onnxruntime", "numpy")


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
        quick: leave out what takes long.
        rows: label -> (column, picture), for the sheet.
    """

    painter: Decoder
    samples: dict[str, Conditioning]
    quick: bool
    rows: dict[str, list[tuple[str, Image.Image]]] = field(default_factory=dict)

    def paint(self, *given: Conditioning) -> list[Image.Image]:
        """Pictures, one after the other: several at once may be more than fits into memory."""
        return [paint(self.painter, [one])[0] for one in given]

    def show(self, row: str, column: str, image: Image.Image) -> None:
        self.rows.setdefault(row, []).append((column, image))


Checks = Callable[[Kit], Iterable[Check]]


def validate(
    decoder: str | Decoder,
    *,
    options: Mapping[str, Any] | None = None,
    quick: bool = False,
    tell: Callable[[Check], None] = lambda check: None,
) -> Report:
    """Try a decoder on this machine.

    Args:
        decoder, options: as for `triptych.decode`.
        quick: two samples instead of six, and none of the checks that paint many pictures.
        tell: is called with each check as soon as it is made.

    Raises:
        InputError, MissingExtraError: there is no such decoder, option or device, or a package is missing.
    """
    started = time.perf_counter()
    painter = choose_decoder(decoder, options)
    kit = Kit(painter, samples(quick), quick)
    found: list[Check] = []
    for check in _made(kit, list_of_checks(painter)):
        found.append(check)
        tell(check)
    about = {
        "decoder": decoder if isinstance(decoder, str) else type(decoder).__name__,
        "options": {name: str(value) for name, value in (options or {}).items()},
        "quick": quick,
        "triptych": __version__,
        "date": datetime.now(UTC).date().isoformat(),
        "machine": f"{platform.system()} {platform.machine()}, Python {platform.python_version()}",
        "versions": dict(_versions()),
        "seconds": round(time.perf_counter() - started, 1),
    }
    with suppress(Exception):  # networks that do not load have none
        about["settings"] = settings_of(painter, next(iter(kit.samples.values())))
    return Report(about, found, _sheet(kit))


def list_of_checks(painter: Decoder) -> list[Checks]:
    """Those for any decoder, with more for diffusion models."""
    from . import checks

    general: list[Checks] = [checks.layers, checks.health, checks.invariance, checks.cost]
    if not hasattr(type(painter), "networks"):  # of the class: asking the decoder would load them
        return [checks.paints, *general]
    from ..diffusion import validation as own

    return [own.load, own.parity, checks.layers, own.controls, *general[1:], own.devices, own.offload]


def samples(quick: bool = False) -> dict[str, Conditioning]:
    """Name -> what a decoder paints a sample from; made of the pictures in `samples/` with their prompts."""
    paths = sorted(SAMPLES.glob("*.trp"))
    return {path.stem: condition(Picture.open(path)) for path in paths if not quick or path.stem in QUICK}


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
