"""Finer colours: what a texture layer of coding 1 lacks of its last steps, behind the edges (SPEC §7.8).

A file that shows from its first bytes has coarse colours first, then the edges, then this layer. A reader that does not
know it shows the coarse colours.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, NamedTuple

import numpy as np

from ..errors import DamagedError, TriptychError
from ..limits import DEFAULT, MAX_COLOUR_SIDE, Limits
from .base import Colour, Layer, Size
from .steps import count_steps, kept_steps, pack_steps, unpack_steps, used_steps
from .texture import STEPWISE, TextureLayer
from .work import COEFFICIENT, Work

GOES_ON = 1  # the coding; others of this kind are unknown
LEAST_COARSE = 8  # bytes of coded coarse colours that are worth a layer of their own
MOST_COARSE = 0.75  # of all coded colours: with more, a second layer would cost more than it saves


class Finer(NamedTuple):
    """Steps of levels that are still coded: `first` to `stop` - 1."""

    first: int
    stop: int
    coded: bytes


class FinerLayer(Layer):
    """The steps of the colours that follow those of the texture layer."""

    kind = 7
    name = "finer"
    ancillary: ClassVar[bool] = True
    codings: ClassVar[Sequence[int]] = (GOES_ON,)
    skips: ClassVar[bool] = True
    on_top: ClassVar[bool] = True
    turn: ClassVar[int] = 10

    def work(self) -> Work:
        """That of all steps to its last one: those before are looked at again."""
        cells = min(sum(self.payload[:2]) ** 2 // 2, MAX_COLOUR_SIDE**2)
        return Work.fixed(3 * cells * COEFFICIENT)

    def _unpacked(self) -> Finer:
        if len(self.payload) < 2:
            raise DamagedError("the finer layer is shorter than its first and last step")
        first, stop = self.payload[0], self.payload[0] + self.payload[1]
        if not self.payload[0] or not self.payload[1]:
            raise DamagedError(f"the finer layer states steps {first} to {stop - 1}, which cannot be")
        return Finer(first, stop, self.payload[2:])

    def united(self, colours: TextureLayer) -> TextureLayer:
        """The texture layer, coding 0, with these steps added to those of `colours`.

        Raises:
            DamagedError: they do not go on where that ends.
        """
        levels, _ = self._added(colours)
        return TextureLayer.of_levels(levels, self.size, colours.quality_index)

    def going_on(self, colours: TextureLayer) -> TextureLayer:
        """`united`, in coding 1, so that more steps can follow."""
        return all_added([self], colours)

    def cut(self, colours: TextureLayer, most_bytes: int) -> tuple[FinerLayer, FinerLayer | None]:
        """(the first of these steps, with a payload of at most so many bytes or one step; the others).

        Args:
            colours: what the steps go on from, or the layer before in a chain of these.
        """
        levels, first = self._added(colours)
        index, low, high = colours.quality_index, first + 1, self.value.stop
        while low < high:
            middle = (low + high + 1) // 2
            if len(pack_steps(levels, index, first, middle)) + 2 <= most_bytes:
                low = middle
            else:
                high = middle - 1
        start = FinerLayer(self.size, GOES_ON, bytes([first, low - first]) + pack_steps(levels, index, first, low))
        return start, _finer(levels, index, low, self.size)

    def _added(self, colours: TextureLayer, *, cut: bool = False) -> tuple[np.ndarray, int]:
        finer: Finer = self.value
        rows, columns = colours.grid
        try:
            if colours.coding != STEPWISE or colours.steps != finer.first:
                raise DamagedError(f"the finer layer goes on from step {finer.first}, where the colours do not end")
            if finer.stop > count_steps(rows, columns):
                raise DamagedError(f"the finer layer states step {finer.stop - 1}, which its grid does not have")
            index = colours.quality_index
            levels, _ = unpack_steps(finer.coded, colours.levels, index, finer.first, finer.stop, cut=cut)
        except TriptychError as error:
            error.kind = error.kind or self.name
            raise
        return levels, finer.first

    def summary(self) -> dict[str, Any]:
        finer: Finer = self.value
        return {"first": finer.first, "stop": finer.stop}

    def summary_on(self, before: Sequence[Layer]) -> dict[str, Any]:
        colours = next((layer for layer in before if isinstance(layer, TextureLayer)), None)
        if colours is None:
            raise DamagedError("the finer layer has no colours to go on from", kind=self.name)
        return self.summary() | {"rows": self.united(colours).summary()["rows"]}

    def describe(self) -> str:
        if len(self.payload) < 2:
            raise DamagedError("the finer layer is shorter than its first and last step", kind=self.name)
        return f"{self.payload[1]} steps of the colours from step {self.payload[0]} on"

    def mirrored(self) -> None:
        """None: `unite` it first."""

    def remapped(
        self, size: Size, offset: tuple[int, int], scale: tuple[float, float], colour: Colour | None = None
    ) -> FinerLayer | None:
        return self if size == self.size and offset == (0, 0) else None

    @classmethod
    def from_cut(
        cls, size: Size, coding: int, payload: bytes, before: Sequence[Layer], limits: Limits = DEFAULT
    ) -> Layer | None:
        colours = next((layer for layer in before if isinstance(layer, TextureLayer)), None)
        if coding != GOES_ON or colours is None or len(payload) < 3:
            return None
        levels, first = cls(size, coding, payload)._added(colours, cut=True)
        return _finer(levels, colours.quality_index, first, size)


def all_added(parts: Sequence[FinerLayer], colours: TextureLayer) -> TextureLayer:
    """Colours with the steps of all layers added that go on from them one after the other, in coding 1.

    Raises:
        DamagedError: one of these cannot be unpacked.
    """
    if colours.coding != STEPWISE:
        return colours
    levels, stop, most = colours.levels, colours.steps, count_steps(*colours.grid)
    for part in sorted(parts, key=lambda part: part.value.first):
        finer: Finer = part.value
        if finer.first != stop:
            continue
        if finer.stop > most:
            raise DamagedError(f"the finer layer states step {finer.stop - 1}, which its grid does not have")
        levels, _ = unpack_steps(finer.coded, levels, colours.quality_index, stop, finer.stop)
        stop = finer.stop
    return TextureLayer.from_levels(levels, colours.size, colours.quality_index, steps=stop)


def split(colours: TextureLayer, most_bytes: int, *, must: bool = False) -> tuple[TextureLayer, FinerLayer | None]:
    """Colours as coarse ones, of about so many coded bytes, and finer ones.

    If that is nearly all (unless they `must` be split), or too little to be worth it, all of them are in the first, and
    there is no second.
    """
    levels, index = colours.levels, colours.quality_index
    stop = used_steps(levels)
    whole = len(pack_steps(levels, index, 0, stop))
    first = stop
    if most_bytes >= LEAST_COARSE and (must or most_bytes < MOST_COARSE * whole):
        low, high = 1, stop
        while low < high:
            middle = (low + high + 1) // 2
            if len(pack_steps(kept_steps(levels, middle), index, 0, middle)) <= most_bytes:
                low = middle
            else:
                high = middle - 1
        first = low
    coarse = TextureLayer.from_levels(kept_steps(levels, first), colours.size, index, steps=first)
    return coarse, _finer(levels, index, first, colours.size)


def unite(layers: Sequence[Layer]) -> tuple[Layer, ...]:
    """The same layers with finer colours in the texture layer; without colours to go on from they are left out.

    Raises:
        DamagedError: the finer colours cannot be unpacked, or do not go on from the others.
    """
    finer = next((layer for layer in layers if isinstance(layer, FinerLayer)), None)
    if finer is None:
        return tuple(layers)
    others = (layer for layer in layers if layer is not finer)
    return tuple(finer.united(layer) if isinstance(layer, TextureLayer) else layer for layer in others)


def _finer(levels: np.ndarray, index: int, first: int, size: Size) -> FinerLayer | None:
    """The layer with the steps from `first` on, as far as they hold anything."""
    stop = used_steps(levels)
    if stop <= first:
        return None
    return FinerLayer(size, GOES_ON, bytes([first, stop - first]) + pack_steps(levels, index, first, stop))
