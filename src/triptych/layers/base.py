"""What every layer is: a payload in a coding, and the value that it stands for."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar

from ..errors import UnsupportedError


@dataclass(frozen=True)
class Layer(ABC):
    """One layer of a picture. The payload is the truth; the value is unpacked from it on first use.

    That way a layer that nobody touches keeps its exact bytes, and opening a file costs nothing.

    Attributes:
        size: (width, height) of the picture in pixels; grids take their aspect ratio from it.
        coding: how the payload is coded (SPEC §7).
        payload: the coded bytes.
    """

    size: tuple[int, int]
    coding: int
    payload: bytes

    kind: ClassVar[int]
    name: ClassVar[str]
    ancillary: ClassVar[bool] = False

    @abstractmethod
    def summary(self) -> dict[str, Any]:
        """The value as plain JSON types, for people and for golden files.

        Raises:
            DamagedError: the payload cannot be unpacked.
            UnsupportedError: the coding is not known.
        """

    def unknown_coding(self) -> UnsupportedError:
        return UnsupportedError(f"the {self.name} layer uses coding {self.coding}, which is not known: update Triptych")


@dataclass(frozen=True)
class UnknownLayer(Layer):
    """An ancillary layer of a kind that this version does not know: kept as it is, and skipped."""

    number: int = 7

    name: ClassVar[str] = "unknown"
    ancillary: ClassVar[bool] = True

    @property
    def kind(self) -> int:  # type: ignore[override]
        return self.number

    def summary(self) -> dict[str, Any]:
        return {"bytes": self.payload.hex()}


def grid_shape(size: tuple[int, int], long_side: int) -> tuple[int, int]:
    """(rows, columns) of a grid with `long_side` cells along the picture's longer side (SPEC §6.5).

    The other side is the nearest whole number that keeps the picture's aspect ratio, at least 1.
    """
    width, height = size
    longer = max(width, height)
    cells = [max(1, (2 * side * long_side + longer) // (2 * longer)) for side in (height, width)]
    return cells[0], cells[1]
