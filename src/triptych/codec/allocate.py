"""How many bytes a picture may take, and how they are spent on its layers: the one controller of the budget.

It serves `encode`, `triptych.edit.thin` and the search for a seed alike. The budget is the whole file. Each layer says
when its turn comes and which part of what is left it may have (`Layer.turn`, `Layer.share`): the seed first, then texts
and people, which are small and say most, then the recipe. What is left belongs to the layers that can use whatever
they are given, edges and colours, in proportion to their weights; what one of them does not need goes to the next.
Bytes that nobody needs go back to those that were cut short.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from numbers import Integral, Real

from ..bitstream import container
from ..errors import BudgetError, InputError
from ..layers import Fittable, Layer

DEFAULT_BPP = 0.02
DEFAULT_QUALITY = 50
# More bytes than a 768 x 768 picture gets buy details that no small grid can hold, so the default stops there;
# and less than this would leave a thumbnail without any layer.
DEFAULT_MOST, DEFAULT_LEAST = 1474, 96
MOST_BPP = 24  # of the pixels themselves
# Bits per pixel from which on an AVIF file comes nearer to a picture by every measure; below, this codec is ahead by
# LPIPS (four pictures that nothing was trained on: docs/decisions/0009-stills.md).
AVIF_BPP = 0.32
USED_UP = 0.8  # of a budget that was asked for; less is noted
WORTH_A_TRY = 0.03  # of a budget: with more than this left, what was cut short is tried again


@dataclass(frozen=True)
class Budget:
    """What a file may take.

    Attributes:
        max_bytes: of the whole file; None for whatever a quality takes.
        quality: 1 to 100, if `max_bytes` is None.
        given: whether the caller asked for it; False for the default.
    """

    max_bytes: int | None
    quality: int | None = None
    given: bool = True

    def holds(self, size: tuple[int, int], layers: Iterable[Layer]) -> bool:
        """Whether a file of a picture of (width, height) with these layers is small enough."""
        return self.max_bytes is None or file_bytes(size, layers) <= self.max_bytes


@dataclass(frozen=True)
class Request:
    """A layer that is to get a part of the budget.

    Attributes:
        kind: the class of the layer.
        source: what gives it, for a number of bytes.
        weight: its part against others, if its class has no `share`.
        useful: bytes of the file beyond which it has no use for more, if that is known.
    """

    kind: type[Layer]
    source: Fittable
    weight: float = 1.0
    useful: int | None = None


def make_budget(
    size: tuple[int, int], *, max_bytes: int | None = None, bpp: float | None = None, quality: int | None = None
) -> Budget:
    """The budget for a picture of (width, height); at most one of the three may be given.

    By default 0.02 bits per pixel, but never more than 1,474 bytes (what 768 x 768 pixels get) and never less
    than 96.

    Raises:
        InputError: more than one is given, or a value is out of range or no number.
    """
    given = {"max_bytes": max_bytes, "bpp": bpp, "quality": quality}
    given = {name: value for name, value in given.items() if value is not None}
    if len(given) > 1:
        raise InputError("give one of max_bytes, bpp and quality")
    for name, value in given.items():
        wanted = (Real,) if name == "bpp" else (Integral,)  # NumPy's numbers, too
        if isinstance(value, bool) or not isinstance(value, wanted):
            raise InputError(f"{name} is a {'number' if name == 'bpp' else 'whole number'}, not {value!r}")
    if quality is not None:
        if not 1 <= quality <= 100:
            raise InputError(f"quality is 1 to 100, not {quality}")
        return Budget(None, quality)
    if max_bytes is not None:
        if max_bytes < 1:
            raise InputError(f"a budget of {max_bytes} bytes cannot hold a file")
        return Budget(max_bytes)
    pixels = size[0] * size[1]
    if bpp is None:
        return Budget(min(max(int(DEFAULT_BPP * pixels / 8), DEFAULT_LEAST), DEFAULT_MOST), given=False)
    if not 0 < bpp <= MOST_BPP:
        raise InputError(f"bpp is more than 0 and at most {MOST_BPP}, not {bpp}")
    return Budget(int(bpp * pixels / 8))


def header_bytes(size: tuple[int, int]) -> int:
    """Bytes of a file that belong to no layer: signature, version, the picture's size, a checksum."""
    probe = container.Stream(*size, (container.RawLayer(0, 0, False, b""),))
    return len(container.write(probe)) - container.overhead(0, 0, 0)


def file_bytes(size: tuple[int, int], layers: Iterable[Layer]) -> int:
    """The length of the file of a picture of (width, height) with these layers."""
    return header_bytes(size) + sum(layer.cost for layer in layers)


def allocate(
    size: tuple[int, int], requests: Sequence[Request], budget: Budget, beside: int = 0
) -> tuple[list[Layer], list[str]]:
    """The layers that the budget has room for, and what was thinned, cut or left out for that, one line each.

    Args:
        size: (width, height) of the picture in pixels.
        requests: what is to be stored, in any order; at least one.
        budget: with a quality each layer takes what it takes.
        beside: bytes of what is there already and comes after these, such as a still: `Layer.share` is of these, too.

    Raises:
        BudgetError: of the layers that show something of the picture none fits (or, if there is none that does, of
            the others).
    """
    if budget.max_bytes is None:
        whole = [request.source.at_quality(budget.quality or DEFAULT_QUALITY) for request in requests]
        return [layer for layer, _ in whole if layer], [note for _, note in whole if note]
    left = budget.max_bytes - header_bytes(size)
    ordered = sorted(requests, key=lambda request: request.kind.turn)
    found: dict[int, tuple[Layer | None, str | None]] = {}
    for at, request in enumerate(ordered):
        most = _most(request, ordered[at + 1 :], left, beside)
        found[at] = request.source.fitted(most)
        left -= cost_of(found[at][0])
    for at, request in enumerate(ordered):
        layer, note = found[at]
        if note is not None and left > WORTH_A_TRY * budget.max_bytes:
            left += cost_of(layer)
            found[at] = request.source.fitted(left)
            left -= cost_of(found[at][0])
    layers = [layer for layer, _ in found.values() if layer]
    notes = [note for _, note in found.values() if note]
    wants = any(request.kind.shows for request in requests)
    if requests and not any(layer.shows or not wants for layer in layers):
        text = f"{budget.max_bytes} bytes cannot hold any layer of a picture of {size[0]} x {size[1]} pixels"
        raise BudgetError("; ".join([text, *notes]) + ": allow more bytes")
    check_fits(file_bytes(size, layers), budget)
    return layers, notes


def refit(size: tuple[int, int], layers: Sequence[Layer], budget: Budget) -> tuple[list[Layer], list[str]]:
    """`allocate` for layers that are there already; colours and edges keep their proportion."""
    if budget.holds(size, layers):
        return list(layers), []
    below = [layer for layer in layers if not layer.on_top]
    if below and len(below) < len(layers):
        # What lies on top is cut if the others fit as they are, and of no use if they change.
        kept, notes = list(below), []
        room = (budget.max_bytes or 0) - file_bytes(size, below)
        for layer in layers:
            if layer.on_top:
                cut, note = layer.fitted(room) if room > 0 else (None, gone(layer))
                kept += [cut] if cut else []
                notes += [note] if note else []
                room -= cost_of(cut)
        if room >= 0:
            return kept, notes
        kept, more = refit(size, below, budget)
        return kept, [*(gone(layer) for layer in layers if layer.on_top), *more]
    return allocate(size, [Request(type(layer), layer, layer.cost, layer.cost) for layer in layers], budget)


def claimed(layers: Iterable[Layer], budget: Budget) -> int:
    """How many bytes of a budget layers that are there already will get of `allocate` at most."""
    left = total = budget.max_bytes or 0
    for layer in sorted(layers, key=lambda layer: layer.turn):
        left -= min(layer.cost, int(left * (layer.share or 1.0)))
    return total - left


def _most(request: Request, later: Sequence[Request], left: int, beside: int) -> int:
    """How many of the bytes that are left a layer may have, if others come after it."""
    if (share := request.kind.share) is not None:
        return min(int((left + beside) * share), left) if any(other.kind.shows for other in later) else left
    total = request.weight + sum(other.weight for other in later)
    kept = 0
    for other in later:
        part = int(left * other.weight / total) if total else 0
        kept += part if other.useful is None else min(part, other.useful)
    return left - kept


def cost_of(layer: Layer | None) -> int:
    """What a layer adds to the file, in bytes; 0 for none."""
    return layer.cost if layer else 0


def gone(layer: Layer) -> str:
    """The note for a layer that was left out for lack of room."""
    return f"the {layer.name} layer was left out: the budget is too small for it"


def unused(length: int, budget: Budget) -> str | None:
    """A note for a file of `length` bytes that leaves a good part of the budget that was asked for, else None."""
    if not budget.given or budget.max_bytes is None or length >= USED_UP * budget.max_bytes:
        return None
    return f"the file takes {length} of {budget.max_bytes} bytes: its layers can hold nothing more of this picture"


def surpassed(length: int, size: tuple[int, int], budget: Budget) -> str | None:
    """A note for a file whose `length` bytes, for a picture painted at `size`, AVIF would use better, else None."""
    least = int(AVIF_BPP * size[0] * size[1] / 8)
    if not budget.given or length < least:
        return None
    return f"from about {least} bytes on an AVIF file comes nearer to this picture than this one, by every measure"


def check_fits(length: int, budget: Budget) -> None:
    """Raise a `BudgetError` if a file of `length` bytes is larger than the budget."""
    if budget.max_bytes is not None and length > budget.max_bytes:
        raise BudgetError(f"the file has {length} bytes, more than the budget of {budget.max_bytes}")
