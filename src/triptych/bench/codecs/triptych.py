"""Triptych itself: a file within the budget, painted by a decoder, and what each leading set of its layers is worth."""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib import import_module
from pathlib import Path

from PIL import Image

from ... import registry
from ...codec.decode import DEFAULT_DECODER, PartialWarning, condition_each, find_decoder, paint
from ...codec.encode import encode
from ...codec.picture import Picture, make_picture
from ...errors import BudgetError, TriptychError
from ...version import __version__
from ..cost import Cost, Meter
from ..originals import Original
from .base import Coded, Score, Unreached

NAME = "triptych"
_EMBEDDED = ("miniature", "sketch")
_REMOTE = ("a1111", "comfyui", "regenerate")


class Triptych:
    """`triptych` is the default decoder, `triptych:NAME` another one. No recipe is stored: no other codec has one."""

    def __init__(self, decoder: str = DEFAULT_DECODER) -> None:
        self.name = NAME if decoder == DEFAULT_DECODER else f"{NAME}:{decoder}"
        self._decoder = decoder
        self._painter = find_decoder(decoder)
        self._meter = Meter()
        self._warm = False

    def identity(self) -> str:
        return f"triptych {__version__}, sources {_fingerprint()}, decoder {self._decoder}"

    def code(
        self, original: Original, budgets: Sequence[int], fit: Mapping[str, Score]
    ) -> Iterator[tuple[int, Coded | Unreached]]:
        if not self._warm:  # loading of networks is not the time of one picture
            small = Original("", "", original.image.resize((64, 64)))
            list(self._coded(small, 300, set()))
            self._warm = True
        seen: set[tuple[str | None, bytes]] = set()
        for budget in budgets:
            try:
                for coded in self._coded(original, budget, seen):
                    yield budget, coded
            except BudgetError as error:
                yield budget, Unreached(str(error))

    def _coded(self, original: Original, budget: int, seen: set[tuple[str | None, bytes]]) -> Iterator[Coded]:
        """The whole file, and those of its leading sets of layers that no smaller budget had."""

        def work() -> tuple[Picture, bytes]:
            made = encode(original.image, prompt=original.prompt or "", max_bytes=budget, recipe="none")
            return made, made.to_bytes()

        (picture, data), cost = self._meter.run(work)
        yield self._painted(picture, data, None, None, cost)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", PartialWarning)
            sets = condition_each(picture)
        for name, (_, layers) in sets.items():
            if layers is not None:
                part = make_picture(picture.size, [layer for layer in picture.layers if layer.name in layers])
                if (name, part.to_bytes()) not in seen:
                    seen.add((name, part.to_bytes()))
                    yield self._painted(part, part.to_bytes(), name, layers, None)

    def _painted(
        self, picture: Picture, data: bytes, part: str | None, names: Sequence[str] | None, cost: Cost | None
    ) -> Coded:
        def work() -> Image.Image:
            conditioning, _ = condition_each(Picture.from_bytes(data))["all"]
            return paint(self._painter, [conditioning])[0]

        image, back = self._meter.run(work)
        peaks = [one.peak for one in (cost, back) if one and one.peak is not None]
        layers = {layer.name: len(layer.payload) for layer in picture.layers}
        container = {"container": len(data) - sum(layers.values())}
        setting = {} if names is None else {"layers": ",".join(names)}
        seconds = cost.seconds if cost else None
        return Coded(data, image, setting, seconds, back.seconds, max(peaks, default=None), layers | container, part)


def installed() -> list[str]:
    """The decoders that can paint here: the embedded ones, those of other packages, diffusion models on this disk."""
    found = []
    for name in registry.names():
        if name in _REMOTE:
            continue
        if name in _EMBEDDED or _on_disk(name):
            found.append(name)
    return found


def _on_disk(name: str) -> bool:
    presets = import_module("triptych.decoders.diffusion.presets")
    if name not in presets.names():
        return True  # of another package
    from ...hub import find

    try:
        return all(find(model) is not None for model in presets.needed(name))
    except TriptychError:
        return False


@cache
def _fingerprint() -> str:
    """Of the package's code, tables and weights: what it makes of a picture changes with any of them."""
    root = Path(__file__).parents[2]
    digest = hashlib.sha256()
    for path in sorted(root.rglob("*")):
        place = path.relative_to(root)
        if path.is_file() and "__pycache__" not in place.parts and place.parts[0] not in ("bench", "cli"):
            digest.update(place.as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:12]
