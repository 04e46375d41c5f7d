"""What a codec is to the evaluation, and what coding a picture gives."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

from PIL import Image

from ..originals import Original

Score = Callable[[Image.Image], float]
"""How near a decoded picture comes to the original by one metric; more is better."""


@dataclass(frozen=True)
class Coded:
    """A picture, coded and decoded.

    Attributes:
        data: the whole file.
        image: what it decodes to, RGB, of the original's size.
        setting: what was chosen for the budget (quality, scale, ...).
        encode_s, decode_s: seconds; None if a codec does not tell them apart.
        peak: bytes of memory, the larger of both, or None.
        layers: name of a part of the file -> its bytes.
        part: the name of a leading set of layers that stands for itself; None for the whole file.
        fit: the metrics by which this setting is the best within the budget; () if there was no choice.
    """

    data: bytes = field(repr=False)
    image: Image.Image = field(repr=False)
    setting: Mapping[str, Any] = field(default_factory=dict)
    encode_s: float | None = None
    decode_s: float | None = None
    peak: int | None = None
    layers: Mapping[str, int] = field(default_factory=dict)
    part: str | None = None
    fit: tuple[str, ...] = ()


@dataclass(frozen=True)
class Unreached:
    """A budget that a codec cannot keep, and why."""

    why: str


@runtime_checkable
class Codec(Protocol):
    """A codec that keeps a budget by its own means."""

    @property
    def name(self) -> str: ...

    def identity(self) -> str:
        """What decides the bytes and pixels (versions, settings); other results count as those of another codec."""

    def code(
        self, original: Original, budgets: Sequence[int], fit: Mapping[str, Score]
    ) -> Iterator[tuple[int, Coded | Unreached]]:
        """The picture in at most so many bytes of the whole file.

        Args:
            original: what to code.
            budgets: in bytes, ascending.
            fit: metrics by which to choose among settings, where there is a choice.

        Yields:
            (budget, what came of it): at least one for each budget that is answered. A codec of one size answers only
            the least budget that holds it.
        """


@runtime_checkable
class Coder(Protocol):
    """A codec with a knob: the evaluation turns it, and reduces the picture where that helps (see `fitted`).

    Attributes:
        qualities: the positions of the knob, from the smallest files to the largest.
    """

    @property
    def name(self) -> str: ...

    @property
    def qualities(self) -> Sequence[float]: ...

    def identity(self) -> str:
        """What decides the bytes and pixels, as for `Codec`."""

    def encode(self, image: Image.Image, quality: float) -> bytes:
        """A whole file, from an RGB picture of any size."""

    def decode(self, data: bytes) -> Image.Image:
        """The RGB picture, from the bytes alone."""
