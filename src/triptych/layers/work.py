"""How much work a file may ask of its reader (SPEC §8).

A unit is about a microsecond of the machine that the costs here were measured on (`tests/fuzz/worst_inputs.py`). What
is counted are steps, pixels and bytes, never time, so that every machine decides the same. Each layer says what it
takes in any case, as far as its header and length tell, and what it may take at most. Where the layers of a file may
together take more than `Limits.work`, each is granted the first, those of which that is all before the others, and what
is then left goes to the edges, the prompt and the recipe, in this order. A layer that takes more than it was granted is
left out with an error; the others stay.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from ..errors import LimitError
from ..limits import Limits

if TYPE_CHECKING:
    from .base import Layer

TOKEN = 220  # of a modelled text
TOKEN_STEP = 256
# Of a raster or a scan of edges: each step, one that may see a pixel that is set more, a pixel that is set.
QUIET_STEP, BUSY_STEP, EDGE_PIXEL = 8, 28, 12
COEFFICIENT = 12  # of colours
PERSON = 700
STILL_PIXELS = 25  # in a unit
LEVEL_COST, LEVEL_BYTE_COST = (20, 13), (10, 17)  # of details: so many levels, and bytes of them, in so many units
BLOCK_BYTES = 300  # in a unit


class Work(NamedTuple):
    """Units of work.

    Attributes:
        sure: what is granted to a layer of this header and length before others get more.
        most: what it may take, whatever it holds.
        turn: those with smaller numbers get more first.
    """

    sure: int
    most: int
    turn: int = 0

    @classmethod
    def fixed(cls, work: int) -> Work:
        """Of a layer whose header and length tell what it takes."""
        return cls(work, work)


def usual_tokens(payload: bytes, most: int) -> int:
    """How many tokens modelled texts of so many bytes have, at most.

    Prompts and captions have 1.0 to 1.8 for each byte, long ones 1.1 to 1.3.
    """
    return min(most, 64 + 3 * len(payload) // 2, 128 + 5 * len(payload) // 4)


def most_tokens(payload: bytes, work: int, most: int) -> int:
    """How many tokens of modelled texts are read, `most` at most, for so much work."""
    affordable, usual = min(work // TOKEN, most), usual_tokens(payload, most)
    # In steps, so that a text that was read in one file need not be read again in another.
    return affordable if affordable <= usual else max(usual, affordable - affordable % TOKEN_STEP)


def granted(needs: Sequence[Work], work: int) -> list[int]:
    """How many units each layer of a file may take, if all of them may take `work`; in the order of their kinds."""
    if sum(need.most for need in needs) <= work:
        return [need.most for need in needs]
    parts = [0] * len(needs)
    known_first = sorted(range(len(needs)), key=lambda at: (needs[at].sure < needs[at].most, needs[at].turn))
    for at in known_first:
        if not needs[at].sure == needs[at].most > work:  # a part would be of no use
            parts[at] = min(needs[at].sure, work)
            work -= parts[at]
    for at in sorted(known_first, key=lambda at: needs[at].turn):
        if needs[at].sure < needs[at].most:
            more = min(needs[at].most - parts[at], work)
            parts[at] += more
            work -= more
    return parts


def share_work(layers: Sequence[Layer], limits: Limits) -> list[Layer]:
    """The layers of a file, each bound to the part of `limits.work` that it was granted; those unpacked take none."""
    needs = [Work(0, 0) if layer.unpacked else layer.work() for layer in layers]
    if sum(need.most for need in needs) <= limits.work:
        return list(layers)
    parts = granted(needs, limits.work)
    return [
        layer if layer.unpacked or need.most <= part else replace(layer, limits=_limits_of(limits, part))
        for layer, need, part in zip(layers, needs, parts, strict=True)
    ]


@lru_cache(maxsize=1024)
def _limits_of(limits: Limits, work: int) -> Limits:
    return replace(limits, work=work)


def too_much(what: str, work: int) -> LimitError:
    """The error for a layer that takes more than it was granted."""
    return LimitError(f"{what} than the {work} units of work that the file's other layers leave for it (Limits.work)")
