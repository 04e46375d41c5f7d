"""What every layer is: a payload in a coding, the value that it stands for, and what can be done with it.

Whatever depends on the kind of a layer is a method here, so that no other module has to know the kinds: the encoder,
`thin`, the edits, `info`, `extract` and the decoders ask the layer. A new kind is a subclass and a line in the table
of `triptych.layers` (or a call of `register`).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Container, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, Self

from ..bitstream.container import overhead
from ..errors import TriptychError, UnsupportedError
from ..limits import DEFAULT, Limits
from .work import Work, too_much

if TYPE_CHECKING:
    from PIL import Image

Size = tuple[int, int]  # (width, height) in pixels
Colour = tuple[int, int, int]  # sRGB, 0..255


class Fittable(Protocol):
    """What can be made to fit a number of bytes: a layer, or something that the encoder can make one of."""

    def fitted(self, most_bytes: int) -> tuple[Layer | None, str | None]:
        """(layer that costs at most so many bytes of the file or None, what had to be done for that or None)."""

    def at_quality(self, quality: int) -> tuple[Layer | None, str | None]:
        """(layer of a quality of 1 to 100 or None, note or None), whatever it costs."""


@dataclass(frozen=True)
class Layer(ABC):
    """One layer of a picture. The payload is the truth; the value is unpacked from it on first use.

    That way a layer that nobody touches keeps its exact bytes, and opening a file costs nothing.

    Attributes:
        size: (width, height) of the picture in pixels; grids take their aspect ratio from it.
        coding: how the payload is coded (SPEC §7).
        payload: the coded bytes.
        limits: what unpacking may take; not part of what the layer is.

    What a kind states of itself:
        kind, name: the number in the file and the name that people use.
        ancillary: whether a reader that does not know the kind may skip it.
        known: whether this version knows the kind.
        codings: those that this version can unpack.
        shows: whether it says what the picture shows. Other layers (recipe, seed) go with any choice of layers and are
            not enough for a file.
        skips: whether the kind in a coding that this version does not know is skipped, like an unknown kind.
        on_top: whether it was made for what a decoder paints from the other layers as they are, and so goes when one of
            those that show something changes; it is also the first to be thinned.
        turn: layers with smaller numbers get their part of a budget first.
        share: at most this part of what is left is spent on it when its turn comes. None: it can use whatever it is
            given, and shares what is left with others of that sort (see `triptych.codec.allocate`).
    """

    size: Size
    coding: int
    payload: bytes
    limits: Limits = field(default=DEFAULT, compare=False, repr=False, kw_only=True)

    kind: ClassVar[int]
    name: ClassVar[str]
    ancillary: ClassVar[bool] = False
    known: ClassVar[bool] = True
    codings: ClassVar[Container[int]] = (0,)
    shows: ClassVar[bool] = True
    skips: ClassVar[bool] = False
    on_top: ClassVar[bool] = False
    turn: ClassVar[int] = 4
    share: ClassVar[float | None] = 0.3

    # --- the value ---

    @cached_property
    def value(self) -> Any:
        """What the payload stands for; each kind says of which type it is. Do not change it.

        Raises:
            DamagedError: the payload cannot be unpacked.
            UnsupportedError: the coding is not known.
            LimitError: it unpacks to more than `limits` allow.
        """
        try:
            if self.coding not in self.codings:
                raise self.unknown_coding()
            sure, most, _ = self.work()
            if sure == most > self.limits.work:  # others count as they go
                raise too_much("it takes more", self.limits.work)
            return self._unpacked()
        except TriptychError as error:
            error.kind = error.kind or self.name
            raise

    def knowing(self, value: object) -> Self:
        """This layer, which need not unpack its value again: whoever packed it knows that it is this one."""
        self.__dict__["value"] = value
        return self

    @classmethod
    def of_value(cls, size: Size, value: object) -> Self:
        """The layer of a value in the first coding, for kinds that can be `_packed`: when the bytes are asked for.

        So several edits in a row code a layer once, and what is only painted is not coded at all.
        """
        layer = object.__new__(cls)
        layer.__dict__.update(size=size, coding=0, value=value)
        return layer

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            if name != "payload" or "value" not in self.__dict__:
                raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
            self.__dict__["payload"] = self._packed()
            return self.__dict__["payload"]

    def _packed(self) -> bytes:
        """The payload in the first coding, from the value."""
        raise NotImplementedError

    @abstractmethod
    def _unpacked(self) -> object:
        """The value, from a payload in one of the `codings`."""

    @property
    def unpacked(self) -> bool:
        """Whether the value is known."""
        return "value" in self.__dict__

    def work(self) -> Work:
        """What unpacking takes, in units of `Limits.work`, as far as header and length tell; nothing is unpacked.

        A kind that may take more than it takes for sure counts as it unpacks, and stops beyond `limits.work` with a
        LimitError.
        """
        return Work(0, 0)

    def spent(self) -> int:
        """What unpacking takes in truth; errors as for `value`."""
        return self.work().most

    def plain(self) -> Layer | None:
        """The layer in a form that takes more bytes and no work, if there is one."""
        return None

    def lighter(self, work: int) -> tuple[Layer | None, str]:
        """(the layer made to take at most so much work, less than it takes now, or None; what was lost), for encoders.

        A layer that is lighter by less than that is returned, too.
        """
        return None, f"the {self.name} layer was left out: readers unpack no more"

    @property
    def cost(self) -> int:
        """What the layer adds to the file, in bytes: its entry in the header, the payload and a checksum."""
        return overhead(self.kind, self.coding, len(self.payload)) + len(self.payload)

    # --- for people ---

    @abstractmethod
    def summary(self) -> dict[str, Any]:
        """The value as plain JSON types, for people and for golden files; errors as for `value`."""

    def summary_on(self, before: Sequence[Layer]) -> dict[str, Any]:
        """`summary` of a layer that may go on from layers before it."""
        return self.summary()

    def describe(self) -> str:
        """One short line on what the layer holds, as far as the start of the payload tells; nothing is unpacked.

        Raises:
            DamagedError: the payload has no such start.
        """
        return f"{len(self.payload)} bytes"

    def files(self) -> dict[str, bytes]:
        """File name -> contents: the layer as ordinary files; errors as for `value`."""
        return {}

    # --- for decoders ---

    def conditioning(self) -> dict[str, Any]:
        """Field -> value: what it gives to a decoder (see `triptych.Conditioning`); errors as for `value`.

        A name that `Conditioning` has no field for goes into its `extra`.
        """
        return {}

    # --- for edits; a layer that does not change is returned itself, and so keeps its exact bytes ---

    @abstractmethod
    def mirrored(self) -> Layer | None:
        """The layer of the picture with left and right swapped; None if that is not known."""

    @abstractmethod
    def remapped(
        self, size: Size, offset: tuple[int, int], scale: tuple[float, float], colour: Colour | None = None
    ) -> Layer | None:
        """The layer for a picture of another size, or None if nothing of it is left.

        Args:
            size: (width, height) of the new picture in pixels.
            offset, scale: what lay at a pixel lies at (pixel - offset) x scale.
            colour: for parts that were outside the picture; by default they repeat its border.
        """

    # --- for budgets ---

    def fitted(self, most_bytes: int) -> tuple[Layer | None, str | None]:
        """The layer made to cost at most so many bytes of the file.

        Returns:
            (layer, None) if it fits as it is; (layer, note) with less in it; (None, note) if that is not possible.
            A note is one line.
        """
        if self.cost <= most_bytes:
            return self, None
        return None, f"the {self.name} layer was left out: the budget is too small for it"

    def at_quality(self, quality: int) -> tuple[Layer | None, str | None]:
        """The layer itself: a quality is for what is made of pixels."""
        return self, None

    @classmethod
    def from_cut(
        cls, size: Size, coding: int, payload: bytes, before: Sequence[Layer], limits: Limits = DEFAULT
    ) -> Layer | None:
        """A whole layer with what the start of a payload gives, if the coding allows for that.

        Args:
            payload: the first bytes of a payload that was cut off.
            before: the layers before it, which it may go on from.

        Raises:
            DamagedError, UnsupportedError, LimitError: the bytes contradict the format.
        """
        return None

    @classmethod
    def proposed(cls, image: Image.Image, size: Size) -> Fittable | None:
        """What the encoder may store of a picture in a layer of this kind, or None if pixels alone do not say.

        Args:
            image: the picture, RGB, at most 2,048 pixels on its longer side.
            size: its true (width, height).
        """
        return None

    def unknown_coding(self) -> UnsupportedError:
        text = f"the {self.name} layer uses coding {self.coding}, which is not known: update Triptych"
        return UnsupportedError(text, kind=self.name)


@dataclass(frozen=True)
class UnknownLayer(Layer):
    """An ancillary layer of a kind that this version does not know: kept as it is, and skipped."""

    number: int = 7

    name: ClassVar[str] = "unknown"
    ancillary: ClassVar[bool] = True
    known: ClassVar[bool] = False
    codings: ClassVar[Container[int]] = range(2**63)

    @property
    def kind(self) -> int:  # type: ignore[override]
        return self.number

    def _unpacked(self) -> bytes:
        return self.payload

    def summary(self) -> dict[str, Any]:
        return {"bytes": self.payload.hex()}

    def describe(self) -> str:
        return "unknown, kept as it is"

    def mirrored(self) -> None:
        """None: nobody knows what is left and right in it."""

    def remapped(
        self, size: Size, offset: tuple[int, int], scale: tuple[float, float], colour: Colour | None = None
    ) -> Layer | None:
        return self if size == self.size and offset == (0, 0) else None

    def fitted(self, most_bytes: int) -> tuple[Layer | None, str | None]:
        if self.cost <= most_bytes:
            return self, None
        return None, f"the layer of kind {self.kind} was left out: the budget is too small for it"


@lru_cache(maxsize=1024)  # twice for each layer of each file
def grid_shape(size: Size, long_side: int) -> tuple[int, int]:
    """(rows, columns) of a grid with `long_side` cells along the picture's longer side (SPEC §6.5).

    The other side is the nearest whole number that keeps the picture's aspect ratio, at least 1.
    """
    width, height = size
    longer = max(width, height)
    cells = [max(1, (2 * side * long_side + longer) // (2 * longer)) for side in (height, width)]
    return cells[0], cells[1]
