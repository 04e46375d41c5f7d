"""Semantic layer: the prompt (SPEC §7.1)."""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import replace
from typing import Any, ClassVar
from unicodedata import east_asian_width

from ...errors import DamagedError, InputError, LimitError
from ...limits import DEFAULT, MAX_TEXT_CHARS, MAX_TEXT_TOKENS, Limits
from ..base import Colour, Layer, Size
from ..work import TOKEN, Work, most_tokens, too_much, usual_tokens
from . import NARROW, WIDE

RAW, MODELLED, QUICK = 0, 1, 2  # the last two are modelled: see `network_of`
MOST_OF_CUT = 512  # tokens of a text that is cut off: they are read, and coded again


def network_of(coding: int) -> str | None:
    """The network that models a text in a coding; None of one that is not modelled."""
    return {MODELLED: WIDE, QUICK: NARROW}.get(coding)


class SemanticLayer(Layer):
    """A text of up to 4,096 characters: a caption, or the prompt the picture was made with."""

    kind = 0
    name = "semantic"
    codings: ClassVar[Container[int]] = (RAW, MODELLED, QUICK)
    turn: ClassVar[int] = 1
    share: ClassVar[float | None] = 0.30

    @classmethod
    def from_text(cls, text: str, size: Size) -> SemanticLayer:
        """The layer for a text: in coding 2, or as it is where that is not longer.

        Raises:
            InputError: the text is longer than 4,096 characters or holds a lone surrogate.
        """
        if len(text) > MAX_TEXT_CHARS:
            raise InputError(f"a prompt has at most {MAX_TEXT_CHARS} characters, not {len(text)}", kind=cls.name)
        from .model import encode_text

        try:
            raw = text.encode("utf-8")
        except UnicodeEncodeError as error:
            where = f"as its character {error.start}"
            raise InputError(f"the prompt has a lone surrogate {where}; remove it", kind=cls.name) from error
        try:
            modelled = encode_text(text, NARROW)
        except LimitError:  # it would take too long to read
            return cls(size, RAW, raw)
        return cls(size, QUICK, modelled) if len(modelled) < len(raw) else cls(size, RAW, raw)

    @classmethod
    def from_cut(
        cls, size: Size, coding: int, payload: bytes, before: Sequence[Layer], limits: Limits = DEFAULT
    ) -> Layer | None:
        """Of a modelled text the start."""
        network = network_of(coding)
        if network is None:
            return None
        from .model import decode_start

        text = decode_start(payload, MOST_OF_CUT, network)
        return cls.from_text(text, size).knowing(text) if text else None

    def work(self) -> Work:
        if self.coding == RAW:
            return Work(0, 0)
        return Work(usual_tokens(self.payload, MAX_TEXT_TOKENS) * TOKEN, MAX_TEXT_TOKENS * TOKEN, 1)

    @property
    def most_tokens(self) -> int:
        """How many tokens of a modelled text are read."""
        return most_tokens(self.payload, self.limits.work, MAX_TEXT_TOKENS)

    def spent(self) -> int:
        if self.coding == RAW:
            return 0
        from .model import count_tokens

        return count_tokens(self.text) * TOKEN

    def plain(self) -> Layer | None:
        return replace(self, coding=RAW, payload=self.text.encode()) if self.coding != RAW else None

    def lighter(self, work: int) -> tuple[Layer | None, str]:
        """The start of the text."""
        text = self.text[: len(self.text) * work // self.spent()].rpartition(" ")[0].rstrip(" ,;，；、")
        note = f"the prompt was cut from {len(self.text)} to {len(text)} characters: readers unpack no more"
        return SemanticLayer.from_text(text, self.size) if text else None, note

    def _unpacked(self) -> str:
        network = network_of(self.coding)
        if network is not None:
            from .model import TooManyTokens, decode_again

            most = self.most_tokens
            try:
                return decode_again(self.payload, most, network)
            except TooManyTokens:
                if most < MAX_TEXT_TOKENS:
                    raise too_much(f"the text has more than {most} tokens, which is more", most * TOKEN) from None
                raise
        try:
            text = self.payload.decode("utf-8")
        except UnicodeDecodeError as error:
            raise DamagedError(f"the semantic layer is not valid UTF-8 at its byte {error.start}") from error
        if len(text) > MAX_TEXT_CHARS:
            raise DamagedError(f"the semantic layer has {len(text)} characters; at most {MAX_TEXT_CHARS} are allowed")
        return text

    @property
    def text(self) -> str:
        """The prompt."""
        text: str = self.value
        return text

    def summary(self) -> dict[str, Any]:
        return {"text": self.text}

    def describe(self) -> str:
        return f"a prompt of {len(self.payload)} bytes" + (" of UTF-8" if self.coding == RAW else "")

    def files(self) -> dict[str, bytes]:
        """prompt.txt"""
        return {"prompt.txt": f"{self.text}\n".encode()}

    def conditioning(self) -> dict[str, Any]:
        return {"prompt": self.text}

    def mirrored(self) -> SemanticLayer:
        return self

    def remapped(
        self, size: Size, offset: tuple[int, int], scale: tuple[float, float], colour: Colour | None = None
    ) -> SemanticLayer:
        """The same text: it has no place and no size."""
        return self if size == self.size else replace(self, size=size)

    def fitted(self, most_bytes: int) -> tuple[Layer | None, str | None]:
        """The start of the text, cut after a word or a mark; in scripts without spaces (Chinese, Japanese) anywhere."""
        if self.cost <= most_bytes:
            return self, None
        text = self.text
        ends = [
            i
            for i in range(1, len(text))
            if text[i].isspace() or text[i - 1] in ",.;" or east_asian_width(text[i - 1]) in "WF"
        ]
        best: SemanticLayer | None = None
        kept, low, high = 0, 0, len(ends)
        while low < high:
            middle = (low + high) // 2
            layer = SemanticLayer.from_text(text[: ends[middle]].rstrip(" ,;"), self.size)
            if layer.cost <= most_bytes:
                kept, best, low = ends[middle], layer, middle + 1
            else:
                high = middle
        if best is None or not best.payload:
            return None, "the prompt was left out: the budget is too small for it"
        return best, f"the prompt was cut from {len(text)} to {kept} characters to leave room for the picture"
