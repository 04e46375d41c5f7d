"""Prompts -> what the diffusion model reads, for prompts of any length and with weights.

Weights are written as the A1111 web UI writes them (its wiki, "Attention/emphasis"): `(word)` is 1.1 times as strong,
`((word))` 1.1 * 1.1 times, `[word]` 1 / 1.1, `(word:1.3)` 1.3, and a backslash before a bracket makes it an ordinary
one. Names of LoRAs, `<lora:name:1>`, are left out. What weights do to the embeddings, and how prompts of more than
75 tokens are cut into pieces that the text encoder can read, is up to the compel library.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from compel import Compel, ReturnedEmbeddingsType, SplitLongTextMode
from compel.prompt_parser import Conjunction, FlattenedPrompt

from .silence import quiet

_STEP = 1.1
_LORA = re.compile(r"<(?:lora|lyco|hypernet):[^<>]*>")
_TOKEN = re.compile(r"\\[()\[\]\\]|[()\[\]]|:\s*([+-]?(?:\d+\.?\d*|\.\d+))\s*\)|[^\\()\[\]:]+|.", re.DOTALL)
# Weights outside of this range only give noise.
_WEIGHTS = (0.0, 4.0)


def weighted(prompt: str) -> list[tuple[str, float]]:
    """The pieces of a prompt with their weights, in order; brackets that do not match are taken as they are."""
    pieces: list[list[Any]] = []
    # (kind of bracket, number of pieces before it)
    open_at: list[tuple[str, int]] = []

    def scale(start: int, factor: float) -> None:
        for piece in pieces[start:]:
            piece[1] *= factor

    for match in _TOKEN.finditer(_LORA.sub("", prompt)):
        token, weight = match[0], match[1]
        if token in ("(", "["):
            open_at.append((token, len(pieces)))
        elif weight is not None and open_at and open_at[-1][0] == "(":
            scale(open_at.pop()[1], float(weight))
        elif token == ")" and open_at and open_at[-1][0] == "(":
            scale(open_at.pop()[1], _STEP)
        elif token == "]" and open_at and open_at[-1][0] == "[":
            scale(open_at.pop()[1], 1 / _STEP)
        else:
            text = token[1] if token[0] == "\\" and len(token) == 2 else token
            pieces.append([text, 1.0])
    # A bracket that was never closed means itself.
    for kind, at in reversed(open_at):
        pieces.insert(at, [kind, 1.0])
    low, high = _WEIGHTS
    merged: list[tuple[str, float]] = []
    for text, factor in pieces:
        factor = min(max(factor, low), high)
        if merged and merged[-1][1] == factor:
            merged[-1] = (merged[-1][0] + text, factor)
        else:
            merged.append((text, factor))
    return [(text, factor) for text, factor in merged if text.strip()] or [("", 1.0)]


@dataclass(frozen=True)
class Embedded:
    """One prompt: float (1, tokens, channels), and with SDXL also a pooled (1, channels)."""

    prompt: torch.Tensor
    negative: torch.Tensor | None
    pooled: torch.Tensor | None = None
    negative_pooled: torch.Tensor | None = None

    @property
    def tokens(self) -> int:
        return self.prompt.shape[1]

    @property
    def guided(self) -> bool:
        return self.negative is not None


class Prompts:
    """The text encoders of a pipeline: one for Stable Diffusion, two for SDXL."""

    def __init__(self, pipeline: Any, device: torch.device, *, long: bool) -> None:
        """`long`: read weights and all of a prompt, not its first 75 tokens as they are."""
        self._long = long
        self._zeros = getattr(pipeline.config, "force_zeros_for_empty_prompt", False)
        self._pooled = hasattr(pipeline, "text_encoder_2")
        kind = ReturnedEmbeddingsType.LAST_HIDDEN_STATES_NORMALIZED
        if self._pooled:
            kind = ReturnedEmbeddingsType.PENULTIMATE_HIDDEN_STATES_NON_NORMALIZED
        names = [("tokenizer", "text_encoder"), ("tokenizer_2", "text_encoder_2")]
        self._encoders = [
            Compel(
                getattr(pipeline, tokenizer),
                getattr(pipeline, encoder),
                truncate_long_prompts=not long,
                returned_embeddings_type=kind,
                # Prompts are lists of phrases: a piece of 75 tokens ends with a comma where it can.
                split_long_text_mode=SplitLongTextMode.PHRASES,
                device=device,
            )
            for tokenizer, encoder in names[: 2 if self._pooled else 1]
        ]

    @torch.no_grad()
    def embed(self, prompt: str, negative: str | None) -> Embedded:
        """A prompt and its negative prompt (None: guidance is off) at the same length."""
        texts = [prompt] if negative is None else [prompt, negative]
        pieces = [weighted(text) if self._long else [(text, 1.0)] for text in texts]
        # One row per encoder; both texts of a row have the same length.
        with quiet():  # tokenizers warn of long prompts before compel cuts them
            rows = [self._same_length(encoder, pieces) for encoder in self._encoders]
        both = [torch.cat([row[i] for row in rows], dim=-1) for i in range(len(texts))]
        pooled: list[torch.Tensor | None] = [self._pool(fragments) if self._pooled else None for fragments in pieces]
        if negative is None:
            return Embedded(both[0], None, pooled[0])
        if self._zeros and not negative:  # how SDXL was trained
            both[1] = torch.zeros_like(both[1])
            pooled[1] = None if pooled[1] is None else torch.zeros_like(pooled[1])
        return Embedded(both[0], both[1], pooled[0], pooled[1])

    def _same_length(self, encoder: Compel, texts: Sequence[list[tuple[str, float]]]) -> list[torch.Tensor]:
        found = [
            encoder.build_conditioning_tensor_for_conjunction(Conjunction([FlattenedPrompt(fragments)]))[0]
            for fragments in texts
        ]
        padded: list[torch.Tensor] = encoder.pad_conditioning_tensors_to_same_length(found)
        return padded

    def _pool(self, fragments: list[tuple[str, float]]) -> torch.Tensor:
        provider = self._encoders[1].conditioning_provider
        text = "".join(text for text, _ in fragments)
        pooled: torch.Tensor = provider.get_pooled_embeddings([text], device=provider.device)
        return pooled
