"""The text layer: one prompt, coded by a small recurrent network in integer arithmetic (SPEC §7.1).

The text is cut into tokens (`texttokens`). Before each token a gated recurrent unit (Cho et al., "Learning
phrase representations using RNN encoder-decoder", 2014, with the reset gate after the product) has read
the tokens so far, and says how likely each group of tokens is and then each token of the group: a softmax
of two levels (Goodman, "Classes for fast maximum entropy training", 2001), which saves computing the
thousands of tokens of all other groups. The range coder codes group and token with these probabilities;
coding text with a network's predictions follows Schmidhuber and Heil, "Sequential neural text compression"
(1996). A token for the end closes the text, so no length is stored.

Only integers decide what is decoded: weights are 8-bit, activations are fixed-point, the curves are tables.
The matrix products run in float32 because that is what numpy does fast, yet they are exact: every product
and every partial sum is an integer below 2^24, in whatever order the terms are added:

* `state`: activations are within ±512 and the magnitudes of a row of weights add up to at most 32,767
  (checked when the tables load), so partial sums stay below 32,767 * 512 < 2^24;
* `group`, `token`: 256 activations within ±512 and weights within ±127: 256 * 512 * 127 < 2^24;
* `input`: 128 activations and weights within ±127: 128 * 127 * 127 < 2^21.

The products take one thread (`threads`): others, woken for every token, would take a hundred times as long on a busy
machine.

There are two networks: the first (coding 1), and one with half of the weights (coding 2) that has learned from larger
ones what to predict, so that it needs as many bytes in half the time. They share the tokens and the curves. Functions
name the network by its table. The tables are made by training/text.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from functools import cache, lru_cache
from itertools import pairwise

import numpy as np

from ...bitstream.cut import Cut, CutDecoder
from ...bitstream.rangecoder import TOTAL, RangeDecoder, RangeEncoder
from ...errors import DamagedError, InputError, LimitError
from ...limits import MAX_TEXT_CHARS, MAX_TEXT_TOKENS
from ...threads import one_thread
from ...typing import Floats, Ints
from ..tables import load_table
from . import WIDE
from .tokens import Tokeniser

_INPUT_CACHE = 1024  # tokens whose share of the sums is kept, up to 13 KB each

# Fixed point: a value v is held as round(v * 2^bits).
# State and tanh have 15 bits, sums before a curve 28.
_GATE_BITS = 14  # the table of the sigmoid
_ROUND_STATE = 6  # the products see the state with 15 - 6 = 9 bits
_CURVE_SHIFT = 19  # a curve is tabulated in steps of 2^(19 - 28) = 1/512
_CURVE_HALF = 4096  # ... from -8 to 8
_INNER_SHIFT = 16  # the inner sum of the candidate has 28 - 16 = 12 bits
_GATED_SHIFT = 2  # ... and 12 + 14 + 2 = 28 bits again after the reset gate
_BIAS_SHIFT = 8  # biases are stored with 20 bits
_LOGIT_SHIFT = 24  # to logits in 1/256 of a bit
_HEAD_BIAS_SHIFT = 16  # biases of logits are stored in 2^(16 - 24) of that


class TooManyTokens(DamagedError):
    """A text has more tokens than are read."""


def encode_text(text: str, network: str = WIDE) -> bytes:
    """The payload of a text.

    Raises:
        InputError: the text holds a lone surrogate, which no UTF-8 can carry.
        LimitError: it has more tokens than a modelled text may have.
    """
    return encode_counted(text, network=network)[0]


@lru_cache(maxsize=256)
def encode_counted(text: str, max_tokens: int = MAX_TEXT_TOKENS, network: str = WIDE) -> tuple[bytes, int]:
    """The payload of a text, and its number of tokens, kept: pictures often share their texts; see `encode_text`."""
    model = _model(network)
    try:
        tokens = model.tokeniser.encode(text)
    except UnicodeEncodeError:
        raise InputError("the text holds a lone surrogate; remove it") from None
    if len(tokens) > max_tokens:
        raise LimitError(f"the text has {len(tokens)} tokens; a modelled one has at most {max_tokens}")
    encoder = RangeEncoder()
    reader = _Reader(model)
    with one_thread():
        for previous, token in pairwise([model.end, *tokens, model.end]):
            reader.read(previous)
            group = model.group_of[token]
            _encode_index(encoder, group, reader.group_ends())
            _encode_index(encoder, token - model.starts[group], reader.token_ends(group))
    return encoder.finish(), len(tokens)


def decode_text(data: bytes, *, max_chars: int = MAX_TEXT_CHARS, network: str = WIDE) -> str:
    """The text of a payload.

    Raises:
        DamagedError: the payload is not one that `encode_text` makes, or the text is longer than max_chars.
    """
    return decode_counted(data, max_chars, network=network)[0]


def decode_again(data: bytes, max_tokens: int = MAX_TEXT_TOKENS, network: str = WIDE) -> str:
    """`decode_text` of at most MAX_TEXT_CHARS, kept: pictures of an archive often share their prompt."""
    return decode_counted_again(data, MAX_TEXT_CHARS, max_tokens, network)[0]


def count_tokens(text: str) -> int:
    """How many tokens `encode_text` codes a text with."""
    return len(tokeniser().encode(text))


def decode_start(data: bytes, max_tokens: int, network: str = WIDE) -> str:
    """As much of a text as the first bytes of a payload give, or as so many tokens; errors as for `decode_text`."""
    decoder, tokens = CutDecoder(data), list[int]()
    with contextlib.suppress(Cut, TooManyTokens):
        decode_tokens(decoder, tokens, MAX_TEXT_CHARS, max_tokens, _Reader.at_start(_model(network)))
    while True:
        try:
            return tokeniser().decode(tokens)
        except DamagedError:  # a character is unfinished
            if not tokens:
                raise
            tokens.pop()


def decode_counted(
    data: bytes, max_chars: int, max_tokens: int = MAX_TEXT_TOKENS, network: str = WIDE
) -> tuple[str, int]:
    """The text of a payload, and its number of tokens; see `decode_text`."""
    decoder, tokens = RangeDecoder(data), list[int]()
    decode_tokens(decoder, tokens, max_chars, max_tokens, _Reader.at_start(_model(network)))
    decoder.finish()
    return tokeniser().decode(tokens), len(tokens)


@lru_cache(maxsize=1024)
def decode_counted_again(data: bytes, max_chars: int, max_tokens: int, network: str = WIDE) -> tuple[str, int]:
    """`decode_counted`, kept: pictures of an archive often share negative prompt, model and program."""
    return decode_counted(data, max_chars, max_tokens, network)


@one_thread()
def decode_tokens(decoder: RangeDecoder, tokens: list[int], max_chars: int, max_tokens: int, reader: _Reader) -> None:
    """Append the tokens up to the one that ends a text to those that the reader has read.

    Raises:
        DamagedError: see `decode_text`; TooManyTokens if there are more than max_tokens.
    """
    model = reader.model
    chars, size = (sum(counts[token] for token in tokens) for counts in (model.chars, model.bytes))
    while True:
        group = _decode_index(decoder, reader.group_ends())
        token = model.starts[group] + _decode_index(decoder, reader.token_ends(group))
        if token == model.end:
            return
        tokens.append(token)
        if len(tokens) > max_tokens:
            raise TooManyTokens(f"a text payload holds more than {max_tokens} tokens")
        chars += model.chars[token]
        size += model.bytes[token]
        if chars > max_chars:
            raise DamagedError(f"a text payload holds more than {max_chars} characters")
        if size > 4 * chars + 4:  # a character takes at most four folded bytes, and one may be unfinished
            raise DamagedError("a text payload holds bytes that begin no character")
        reader.read(token)


def _encode_index(encoder: RangeEncoder, index: int, ends: np.ndarray) -> None:
    start = int(ends[index - 1]) if index else 0
    encoder.encode(start, int(ends[index]) - start)


def _decode_index(decoder: RangeDecoder, ends: np.ndarray) -> int:
    index = int(ends.searchsorted(decoder.target(), "right"))
    start = int(ends[index - 1]) if index else 0
    decoder.take(start, int(ends[index]) - start)
    return index


class _Model:
    """The tables, in the types that the arithmetic wants."""

    def __init__(self, tables: Mapping[str, np.ndarray]) -> None:
        sizes = tables["sizes"].tolist()
        self.starts = [sum(sizes[:group]) for group in range(len(sizes))]
        self.group_of: list[int] = np.repeat(np.arange(len(sizes)), sizes).tolist()
        self.tokeniser = tokeniser()
        self.end = self.tokeniser.end
        self.chars = [_count_chars(string) for string in self.tokeniser.strings]
        self.bytes = [len(string) for string in self.tokeniser.strings]
        self.embedding = tables["embedding"]
        self.input, self.input_scale = _weights(tables, "input")
        self.state, self.state_scale = _weights(tables, "state")
        if int(np.abs(tables["state"].astype(np.int32)).sum(1).max()) > 32767:
            raise ValueError("the text tables break the bound that keeps the products exact")
        # 2^24 * 2^(-i / 256) for every i that leaves anything, and a nought for all that follow.
        powers = np.append(tables["exp2"].astype(np.int64) >> np.arange(25)[:, None], 0)
        self.groups = _Head(*_weights(tables, "group"), _head_bias(tables["group_bias"]), powers)
        weight, scale = _weights(tables, "token")
        token_bias = _head_bias(tables["token_bias"])
        self.tokens = [
            _Head(weight[own], scale[own], token_bias[own], powers)
            for own in (slice(start, start + size) for start, size in zip(self.starts, sizes, strict=True))
        ]
        # The biases take in the rounding and the middle of the table of the curve that follows.
        offset = (1 << (_CURVE_SHIFT - 1)) + (_CURVE_HALF << _CURVE_SHIFT)
        self.bias = (tables["bias"].astype(np.int64) << _BIAS_SHIFT) + offset
        self.inner_bias = (tables["inner_bias"].astype(np.int64) << _BIAS_SHIFT) + (1 << (_INNER_SHIFT - 1))
        self.sigmoid = tables["sigmoid"].astype(np.int64)
        self.tanh = tables["tanh"].astype(np.int64)
        self.coarse_tanh = _coarse(self.tanh)
        self.width = len(self.inner_bias)
        self._inputs: dict[int, np.ndarray] = {}

    def token_share(self, token: int) -> np.ndarray:
        """What a token adds to all sums, biases included."""
        share = self._inputs.get(token)
        if share is None:
            product = self.input.dot(self.embedding[token].astype(np.float32))
            share = product.astype(np.int64) * self.input_scale + self.bias
            if len(self._inputs) < _INPUT_CACHE:
                self._inputs[token] = share
        return share


class _Head:
    """One softmax: from the hidden activations to cumulative frequencies."""

    def __init__(self, weight: np.ndarray, scale: np.ndarray, bias: np.ndarray, powers: np.ndarray) -> None:
        self._weight, self._scale, self._bias, self._powers = weight, scale, bias, powers
        self._spare = TOTAL - len(scale)  # every symbol has at least one part

    def ends(self, hidden: np.ndarray) -> np.ndarray:
        """Where the interval of each symbol ends; the last one ends at 65,536."""
        product = self._weight.dot(hidden).astype(np.int64)
        logits = (product * self._scale + self._bias) >> _LOGIT_SHIFT
        best = int(logits.argmax())
        behind = logits[best] - logits
        powers = self._powers.take(behind, mode="clip")
        sizes = powers * self._spare // powers.sum() + 1
        sizes[best] += TOTAL - sizes.sum()  # what the divisions left over
        ends: np.ndarray = sizes.cumsum()
        return ends


class _Reader:
    """The network as it reads one text."""

    def __init__(self, model: _Model) -> None:
        self.model = model
        self._state = np.zeros(model.width, np.int64)
        self._sums = np.zeros(3 * model.width, np.int64)  # what the state adds to the gates of the next step
        self._hidden = np.zeros(0, np.float32)  # known once a token has been read

    @classmethod
    def at_start(cls, model: _Model) -> _Reader:
        """A text begins after the end of another."""
        reader = cls(model)
        reader.read(model.end)
        return reader

    @classmethod
    def amid(cls, model: _Model, state: Ints, hidden: Floats) -> _Reader:
        """One that has come to a state, int (width,), with `hidden`, float32 (256,)."""
        reader, gates = cls(model), slice(3 * model.width)
        reader._state, reader._hidden = state.astype(np.int64), hidden
        products = model.state[gates].dot(_coarse(reader._state))
        reader._sums = products.astype(np.int64) * model.state_scale[gates]
        return reader

    def read(self, token: int) -> None:
        """Take one more token into the state."""
        model, n = self.model, self.model.width
        share = model.token_share(token)
        gates = model.sigmoid.take((share[: 2 * n] + self._sums[: 2 * n]) >> _CURVE_SHIFT, mode="clip")
        reset, keep = gates[:n], gates[n:]
        inner = (self._sums[2 * n :] + model.inner_bias) >> _INNER_SHIFT
        gated = (reset * inner) << _GATED_SHIFT
        fresh = model.tanh.take((share[2 * n : 3 * n] + gated) >> _CURVE_SHIFT, mode="clip")
        change = (keep * (self._state - fresh) + (1 << (_GATE_BITS - 1))) >> _GATE_BITS
        self._state = fresh + change
        sums = model.state.dot(_coarse(self._state)).astype(np.int64) * model.state_scale
        self._sums = sums[: 3 * n]
        self._hidden = model.coarse_tanh.take((share[3 * n :] + sums[3 * n :]) >> _CURVE_SHIFT, mode="clip")

    def group_ends(self) -> np.ndarray:
        """Cumulative frequencies of the group of the next token."""
        return self.model.groups.ends(self._hidden)

    def token_ends(self, group: int) -> np.ndarray:
        """Cumulative frequencies of the next token within its group."""
        return self.model.tokens[group].ends(self._hidden)


def _coarse(values: np.ndarray) -> np.ndarray:
    """15-bit values rounded to 9 bits, as the exact float32 integers that products take."""
    return ((values + (1 << (_ROUND_STATE - 1))) >> _ROUND_STATE).astype(np.float32)


def _weights(tables: Mapping[str, np.ndarray], name: str) -> tuple[np.ndarray, np.ndarray]:
    return tables[name].astype(np.float32), tables[f"{name}_scale"].astype(np.int64)


def _head_bias(bias: np.ndarray) -> np.ndarray:
    return (bias.astype(np.int64) << _HEAD_BIAS_SHIFT) + (1 << (_LOGIT_SHIFT - 1))


def _count_chars(string: bytes) -> int:
    """Characters that begin in a folded string: neither continuation bytes of UTF-8 nor marks."""
    return sum(byte & 0xC0 != 0x80 and byte < 0xFD for byte in string)


@cache
def tokeniser() -> Tokeniser:
    """The tokens of both networks."""
    tables = load_table(WIDE)
    return Tokeniser(tables["merges"].tolist(), tables["inside"].item(), tables["order"].tolist())


@cache
def _model(network: str = WIDE) -> _Model:
    return _Model(load_table(WIDE) | load_table(network))
