"""Networks that find layers in pictures, each chosen by name: captions, edges, people.

Nothing here is needed to encode; each module imports its library when it is called. `models.toml` lists what there
is, with licences and sizes.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from msgspec import Struct

from ...errors import InputError, MissingExtraError, ModelError
from ...hub import Model, from_text, locate
from ...toml import read_toml, typed

if TYPE_CHECKING:
    from ..image import Source

CLASSICAL = "classical"  # edges without a network
CAPTIONS, EDGES, PEOPLE = "captions", "edges", "people"
# What runs them: the packages that Triptych does not come with, and the extra that has these.
_NEEDS = {
    CAPTIONS: (("torch", "transformers"), "sd"),
    EDGES: ((), "hub"),
    PEOPLE: (("rtmlib",), "pose"),
}
_SETTINGS = ("task", "tokens", "beams", "channels", "detector", "detector_size", "keypoints", "keypoints_size")


@dataclass(frozen=True)
class Extractor:
    """One network of the catalogue.

    Attributes:
        finds: "captions", "edges" or "people".
        about: what it is, one line.
        source: its weights: a `Model`, or a path that was given instead of a name.
        settings: what its module needs to know beside.
    """

    finds: str
    about: str
    source: Model | str
    settings: Mapping[str, Any] = field(default_factory=dict)


class _Table(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A network in `models.toml`: what it is, the fields of `Model`, and the settings of its module."""

    about: str
    repo: str
    revision: str = "main"
    files: tuple[str, ...] = ()
    megabytes: int
    licence: str
    part: str = ""
    task: str | None = None
    tokens: int | None = None
    beams: int | None = None
    channels: Literal["rgb", "bgr"] | None = None
    detector: str | None = None
    detector_size: tuple[int, int] | None = None
    keypoints: str | None = None
    keypoints_size: tuple[int, int] | None = None


class _File(Struct, frozen=True, forbid_unknown_fields=True):
    """`models.toml`."""

    captions: dict[str, _Table]
    edges: dict[str, _Table]
    people: dict[str, _Table]


@cache
def catalogue() -> dict[str, Extractor]:
    """Name -> network, in the order of `models.toml`."""
    path = Path(__file__).with_name("models.toml")
    file = typed(read_toml(path, path.name), _File, path.name)
    found = {}
    for finds in (CAPTIONS, EDGES, PEOPLE):
        for name, entry in getattr(file, finds).items():
            parts = tuple(part for part in (entry.part, entry.detector, entry.keypoints) if part)
            model = Model(
                name, entry.repo, entry.revision, entry.files or parts, entry.megabytes, entry.licence, part=entry.part
            )
            settings = {key: value for key in _SETTINGS if (value := getattr(entry, key)) is not None}
            found[name] = Extractor(finds, entry.about, model, settings)
    return found


def names(finds: str) -> list[str]:
    """The networks that find something, by name."""
    return [name for name, entry in catalogue().items() if entry.finds == finds]


def find(finds: str, name: str) -> Extractor:
    """The network of a name; or of a path or a hub id, where the name is none of the catalogue.

    Raises:
        InputError: there is no such name, and it is no path that exists and no hub id.
    """
    entry = catalogue().get(name)
    if entry and entry.finds == finds:
        return entry
    try:
        source = name if Path(name).expanduser().exists() else from_text(name)
    except ModelError as error:
        raise InputError(
            f"no model called {name!r} finds {finds}; there are: {', '.join(names(finds))}, or give a path or a hub id"
        ) from error
    return Extractor(finds, name, source)


def ready(finds: str, name: str) -> tuple[Extractor, Path]:
    """(a network, the path of its weights), all that it needs being there; downloads the weights if they are not.

    Raises:
        InputError: see `find`.
        MissingExtraError: a package is not installed.
        ModelError: the weights cannot be had.
    """
    extractor = find(finds, name)
    packages, extra = _NEEDS[finds]
    if not all(map(find_spec, packages)):
        raise MissingExtraError(f"{name}, which finds {finds},", extra)
    return extractor, locate(extractor.source)[0]


def ready_all(
    *, caption: str | None = None, edge_detector: str | None = None, pose_detector: str | None = None
) -> None:
    """`ready` for all that are asked for, so that what is missing is one error and not one a picture."""
    edges = None if edge_detector == CLASSICAL else edge_detector
    for finds, name in ((CAPTIONS, caption), (EDGES, edges), (PEOPLE, pose_detector)):
        if name:
            ready(finds, name)


def detect(
    source: Source,
    *,
    edge_detector: str | None = None,
    pose_detector: str | None = None,
    layers: Collection[str] | None = None,
    people: bool = False,
) -> dict[str, Any]:
    """Arguments of `triptych.encode` that networks have found in a picture.

    Args:
        source: the picture.
        edge_detector, pose_detector: names, see `find`; None and "classical": no network.
        layers: those that are wanted; None: all.
        people: whether they are wanted also without their layer: for regions of interest.

    Returns:
        "edges" and "people", as far as they are wanted.
    """
    found: dict[str, Any] = {}
    if edge_detector and edge_detector != CLASSICAL and (layers is None or "edges" in layers):
        from .contours import edge_map

        found["edges"] = edge_map(source.image, edge_detector)
    if pose_detector and (people or layers is None or "pose" in layers):
        from .people import find_people

        found["people"] = find_people(source.image, pose_detector)
    return found
