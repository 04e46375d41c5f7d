"""A coder with a knob, turned until the file fits; and the picture reduced before, where it then looks better.

At a few hundred bytes the usual codecs are far below their lowest quality. Everyone who has to goes on by reducing the
picture first and enlarging it afterwards, so that is what they are measured at: at each scale the highest quality that
fits, and of all scales the best by each metric asked for. The size to enlarge to is not counted in the bytes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction

from PIL import Image

from ..cost import Cost, Meter
from ..originals import Original
from .base import Coded, Coder, Score, Unreached

SCALES = tuple(Fraction(*pair) for pair in ((1, 1), (3, 4), (1, 2), (3, 8), (1, 4), (3, 16), (1, 8), (1, 12), (1, 16)))
_LEAST_SIDE = 8  # pixels of a reduced picture
_MOST_DECODED = 16  # pictures that a search holds; they may be large


class Fitted:
    """A `Codec` made of a `Coder`; `scales` are the sides of the reduced picture, from the largest to the smallest."""

    def __init__(self, coder: Coder, scales: Sequence[Fraction] = SCALES) -> None:
        self.name = coder.name
        self._coder = coder
        self._scales = tuple(scales)
        self._meter = Meter()

    def identity(self) -> str:
        return self._coder.identity()

    def code(
        self, original: Original, budgets: Sequence[int], fit: Mapping[str, Score]
    ) -> Iterator[tuple[int, Coded | Unreached]]:
        search = _Search(self._coder, original, self._scales, self._meter, fit)
        for budget in budgets:
            chosen: dict[tuple[int, int], list[str]] = {}
            for metric in fit:
                if (place := search.best(budget, metric)) is not None:
                    chosen.setdefault(place, []).append(metric)
            if not chosen:
                yield budget, Unreached(f"its smallest file takes {search.smallest()} bytes")
            for place, metrics in chosen.items():
                yield budget, replace(search.coded(place), fit=tuple(metrics))


@dataclass
class _Search:
    """What was tried with one picture, so that nothing is coded twice. A place is (scale, quality), as indices."""

    coder: Coder
    original: Original
    scales: Sequence[Fraction]
    meter: Meter
    fit: Mapping[str, Score]
    encoded: dict[tuple[int, int], tuple[bytes, Cost]] = field(default_factory=dict)
    decoded: dict[tuple[int, int], Coded] = field(default_factory=dict)
    scores: dict[tuple[tuple[int, int], str], float] = field(default_factory=dict)
    last: dict[str, int] = field(default_factory=dict)  # metric -> the scale that was best for the budget before

    def __post_init__(self) -> None:
        shorter = min(self.original.size)
        self.scales = [scale for scale in self.scales if scale == 1 or shorter * scale >= _LEAST_SIDE]

    def best(self, budget: int, metric: str) -> tuple[int, int] | None:
        """The place with the highest score: uphill from the scale that was best at the budget before.

        Scores rise and then fall along the scales, up to noise; so a scale is left only if both neighbours are worse.
        """
        known: dict[int, float] = {}
        places: dict[int, tuple[int, int]] = {}

        def value(scale: int) -> float:
            if scale not in known:
                place = self._finest(scale, budget) if 0 <= scale < len(self.scales) else None
                known[scale] = float("-inf") if place is None else self._score(place, metric)
                if place is not None:
                    places[scale] = place
            return known[scale]

        at = self.last.get(metric, len(self.scales) - 1)
        if value(at) == float("-inf"):
            fitting = [scale for scale in range(len(self.scales)) if value(scale) > float("-inf")]
            if not fitting:
                return None
            at = fitting[-1]
        while True:
            best = max((at, at - 1, at + 1), key=value)
            if best == at:
                break
            at = best
        self.last[metric] = at
        return places[at]

    def smallest(self) -> int:
        """Bytes of the smallest file that was tried."""
        return min(len(data) for data, _ in self.encoded.values())

    def coded(self, place: tuple[int, int]) -> Coded:
        if place not in self.decoded:
            if len(self.decoded) >= _MOST_DECODED:  # made again if it is wanted again
                del self.decoded[next(iter(self.decoded))]
            data, cost = self.encoded[place]
            image, back = self.meter.run(lambda: self._enlarged(data))
            peaks = [peak for peak in (cost.peak, back.peak) if peak is not None]
            setting = {"quality": self.coder.qualities[place[1]], "scale": str(self.scales[place[0]])}
            peak = max(peaks, default=None)
            seconds = None if getattr(self.coder, "at_once", False) else back.seconds
            self.decoded[place] = Coded(data, image, setting, cost.seconds, seconds, peak)
        return self.decoded[place]

    def _score(self, place: tuple[int, int], metric: str) -> float:
        key = place, metric
        if key not in self.scores:
            self.scores[key] = self.fit[metric](self.coded(place).image)
        return self.scores[key]

    def _finest(self, scale: int, budget: int) -> tuple[int, int] | None:
        """The highest quality at a scale whose file fits, by bisection; None if not even the lowest does."""
        low, high = 0, len(self.coder.qualities) - 1
        if self._bytes(scale, low) > budget:
            return None
        while low < high:
            middle = (low + high + 1) // 2
            if self._bytes(scale, middle) <= budget:
                low = middle
            else:
                high = middle - 1
        return scale, low

    def _bytes(self, scale: int, quality: int) -> int:
        place = scale, quality
        if place not in self.encoded:
            self.encoded[place] = self.meter.run(
                lambda: self.coder.encode(self._reduced(scale), self.coder.qualities[quality])
            )
        return len(self.encoded[place][0])

    def _reduced(self, scale: int) -> Image.Image:
        image, factor = self.original.image, self.scales[scale]
        size = tuple(max(1, round(side * factor)) for side in image.size)
        return image if factor == 1 else image.resize((size[0], size[1]), Image.Resampling.LANCZOS)

    def _enlarged(self, data: bytes) -> Image.Image:
        image = self.coder.decode(data)
        size = self.original.size
        return image if image.size == size else image.resize(size, Image.Resampling.BICUBIC)
