"""Encoding of the items of a batch: prompts from where they are found, networks that look at pictures."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from ..errors import TriptychError
from . import storage
from .sources import Item
from .verbs import PICTURES, Result, Together, about, caught

if TYPE_CHECKING:
    from ..analysis.image import Source
    from ..codec.prompt_source import Captions

_CAPTIONED = 8  # pictures that a captioning model is shown at once


@dataclass(frozen=True, kw_only=True)
class Encode(Together):
    """Pictures -> .trp.

    Attributes:
        options: those of `triptych.encode`, JSON types alone: bpp, layers, recipe, roi, seeds, decoder, ...
        prompt: of all items; None: that in the list, shard or table, else that of `captions`, a text file beside the
            picture, its metadata, and what the model of `caption` says, in this order.
        captions, level: a JSON list of captions, see `Captions`. Workers read it, wherever they are.
        prompt_from, tidy_prompt: as `only` and `tidy` of `find_prompt`; what a list, shard or table says counts as
            "argument".
        caption, caption_device: a model that writes a prompt where there is none, and where it computes.
        edge_detector, pose_detector: networks that find edges and people; None: the classical detector, and nobody.
    """

    name: ClassVar[str] = "encode"
    endings: ClassVar[frozenset[str]] = PICTURES
    options: Mapping[str, Any] = field(default_factory=dict)
    prompt: str | None = None
    captions: str | None = None
    level: str | None = None
    prompt_from: str | None = None
    tidy_prompt: bool = False
    caption: str | None = None
    caption_device: str | None = None
    edge_detector: str | None = None
    pose_detector: str | None = None

    def asked(self) -> dict[str, Any]:
        given = asdict(self)
        del given["caption_device"]  # changes no result
        rest = {name: value for name, value in given.items() if name == "options" or value not in (None, False)}
        return {"verb": self.name, **rest}

    def prepare(self) -> int:
        if self.captions:
            _captions(self.captions, self.level)
        if self.caption or self.edge_detector or self.pose_detector:
            from ..analysis.detectors import ready_all

            ready_all(caption=self.caption, edge_detector=self.edge_detector, pose_detector=self.pose_detector)
        if roi := self.options.get("roi"):
            from ..codec.interest import check_roi

            check_roi(roi, people=bool(self.pose_detector or self.options.get("people")))
        self._searches()
        return _CAPTIONED if self.caption else 1

    @property
    def heavy(self) -> bool:
        """Whether large models are held, so that each process would load its own."""
        return bool(self.caption) or self._searches()

    def _searches(self) -> bool:
        """Whether a decoder that holds large models tries seeds; one that cannot be had is refused."""
        if self.options.get("seeds") is None:
            return False
        from ..codec.decode import DEFAULT_DECODER, BatchDecoder, find_decoder

        name, options = self.options.get("decoder", DEFAULT_DECODER), self.options.get("options") or {}
        return isinstance(find_decoder(name, **options), BatchDecoder)

    def many(self, items: Sequence[Item]) -> list[Result | Exception]:
        opened = [caught(self._open, item) for item in items]
        wanting = [one for one in opened if isinstance(one, _Opened) and one.wanting]
        said: dict[int, str | Exception] = {}
        if wanting and self.caption:
            from ..analysis.detectors.captions import caption

            images = [one.source.image for one in wanting]
            try:
                texts = caption(images, self.caption, device=self.caption_device or "")
                said = {id(one): text for one, text in zip(wanting, texts, strict=True)}
            except TriptychError as error:
                said = {id(one): error for one in wanting}

        def finish(one: _Opened) -> Result:
            text = said.get(id(one), one.prompt)
            if isinstance(text, Exception):
                raise text
            return self._encoded(one, text)

        return [caught(finish, one) if isinstance(one, _Opened) else one for one in opened]

    def _open(self, item: Item) -> _Opened:
        from ..analysis.image import BACKGROUND, load_image
        from ..codec.prompt_source import Origin, find_prompt

        given, size = _given(item)
        source = load_image(given, background=tuple(self.options.get("background") or BACKGROUND))
        layers = self.options.get("layers")
        if not self.options.get("text", True) or (layers is not None and "semantic" not in layers):
            return _Opened(source, "", False, size)
        asked: list[None] = []
        found = find_prompt(
            Origin(source, item.place),
            prompt=_prompt(item) if self.prompt is None else self.prompt,
            captions=_captions(self.captions, self.level) if self.captions else None,
            only=self.prompt_from,
            tidy=self.tidy_prompt,
            model=lambda: asked.append(None),
        )
        return _Opened(source, found.text or "", bool(asked), size)

    def _encoded(self, opened: _Opened, prompt: str) -> Result:
        from ..analysis.detectors import detect
        from ..codec.encode import encode

        source = opened.source
        networks = {"edge_detector": self.edge_detector, "pose_detector": self.pose_detector}
        found = detect(source, **networks, layers=self.options.get("layers"), people=bool(self.options.get("roi")))
        options = {name: value for name, value in self.options.items() if name != "background"}
        picture = encode(source, prompt=prompt, **found, **options)
        data = picture.to_bytes()
        return Result(data, {**about(picture, data), "source_bytes": opened.size}, opened.size)


class _Opened(NamedTuple):
    """A picture that was read.

    Attributes:
        prompt: "" if there is none.
        wanting: whether a model is to say it.
        size: bytes of the file.
    """

    source: Source
    prompt: str
    wanting: bool
    size: int


@cache
def _captions(path: str, level: str | None) -> Captions:
    from ..codec.prompt_source import Captions

    return Captions(path, level)


def _given(item: Item) -> tuple[Path | bytes, int]:
    """(what to load a picture from, its bytes). Of a local file it is the path: texts may lie beside it."""
    from ..analysis.image import MAX_FILE_BYTES

    if item.data is not None:
        return item.data, len(item.data)
    if storage.is_url(item.where):
        data = storage.read(item.where, MAX_FILE_BYTES)
        return data, len(data)
    path = storage.local(item.where)
    try:
        return path, os.stat(path).st_size
    except (OSError, ValueError):
        return path, 0


def _prompt(item: Item) -> str | None:
    """The text beside an item; of what A1111 writes there, the prompt."""
    from ..metadata.tools import read_text

    if item.prompt is None:
        return None
    found = read_text(item.prompt)
    return found[0] if found else item.prompt
