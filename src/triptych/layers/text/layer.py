"""Semantic layer: the prompt (SPEC §7.1)."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from ...errors import DamagedError
from ...limits import MAX_TEXT_CHARS
from ..base import Layer

RAW = 0
MODELLED = 1


class SemanticLayer(Layer):
    """A text of up to 4,096 characters: a caption, or the prompt the picture was made with."""

    kind = 0
    name = "semantic"

    @classmethod
    def from_text(cls, text: str, size: tuple[int, int]) -> SemanticLayer:
        """The layer for a text, in whichever coding is shorter.

        Raises:
            ValueError: the text is longer than 4,096 characters or holds a lone surrogate.
        """
        if len(text) > MAX_TEXT_CHARS:
            raise ValueError(f"a prompt has at most {MAX_TEXT_CHARS} characters, not {len(text)}")
        from .model import encode_text

        raw = text.encode("utf-8")  # UnicodeEncodeError, a ValueError, for a lone surrogate
        modelled = encode_text(text)
        return cls(size, MODELLED, modelled) if len(modelled) < len(raw) else cls(size, RAW, raw)

    @cached_property
    def text(self) -> str:
        if self.coding == MODELLED:
            from .model import decode_text

            return decode_text(self.payload, max_chars=MAX_TEXT_CHARS)
        if self.coding != RAW:
            raise self.unknown_coding()
        try:
            text = self.payload.decode("utf-8")
        except UnicodeDecodeError as error:
            raise DamagedError(f"the semantic layer is not valid UTF-8 at its byte {error.start}") from error
        if len(text) > MAX_TEXT_CHARS:
            raise DamagedError(f"the semantic layer has {len(text)} characters; at most {MAX_TEXT_CHARS} are allowed")
        return text

    def summary(self) -> dict[str, Any]:
        return {"text": self.text}
