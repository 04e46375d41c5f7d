"""Many prompts at once: the network reads a token of each in turn, so that its products are of matrices.

A product of a matrix and a vector waits for memory; of many vectors it takes little longer. Where a text ends, the next
one begins in its place, so there are as many as can be until few are left. What is found is the same to the last bit,
because all numbers are whole: products as in `model`, all else in float64 with less than 53 bits, where shifts to the
right are products with a power of two and a rounding down, and the quotients of `_next` are far enough from the next
whole number. What is wrong with a payload is not said here: such a one is left to `decode_text`, which says it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from functools import cache

import numpy as np

from ...bitstream.rangecoder import TOTAL, RangeDecoders
from ...errors import DamagedError
from ...limits import MAX_TEXT_CHARS, MAX_TEXT_TOKENS
from ...typing import Floats, Ints
from . import model as one

AT_ONCE = 512  # texts: more bring little
_ROWS = 32  # texts whose states are reckoned together, in the processor's cache


def decode_texts(payloads: Sequence[bytes]) -> list[tuple[str, int] | None]:
    """Each payload's text and number of tokens; None for one that `decode_text` refuses with MAX_TEXT_CHARS."""
    found: dict[bytes, tuple[str, int]] = {}
    # The longest first, so that few are left alone at the end.
    order = sorted({data for data in payloads if data[-1:] != b"\0"}, key=len, reverse=True)
    for data, tokens in zip(order, _tokens(order), strict=True):
        if tokens is not None:
            with contextlib.suppress(DamagedError):
                found[data] = one._model().tokeniser.decode(tokens), len(tokens)
    return [found.get(data) for data in payloads]


def _tokens(payloads: list[bytes]) -> list[list[int] | None]:
    """The tokens of each payload, None of a damaged one."""
    if not payloads:
        return []
    tables = _tables()
    count = begun = min(AT_ONCE, len(payloads))
    readers, decoders = _Readers(count), RangeDecoders(payloads, count)
    numbers = np.arange(count)  # of the text in each place
    spent = np.zeros((count, 3), np.int64)  # tokens, characters and bytes of it so far
    whole = np.ones(len(payloads), np.bool_)
    read: list[tuple[Ints, Ints]] = []  # numbers of texts, and the next token of each
    readers.begin(0, count)
    decoders.begin(0, slice(count))
    while count:
        hidden = readers.hidden[:count]
        group = _next(decoders, *tables.groups(hidden))
        tokens = tables.starts[group] + _next(decoders, *tables.tokens(hidden, group))
        read.append((numbers[:count].copy(), tokens))
        spent[:count] += tables.spent[tokens]
        far, chars, size = spent[:count].T
        ended = tokens == tables.end
        gone = ended | (far > MAX_TEXT_TOKENS) | (chars > MAX_TEXT_CHARS) | (size > 4 * chars + 4)
        if gone.any():
            places = np.flatnonzero(gone)
            whole[numbers[places]] = ended[places] & decoders.at_end(places)
            count -= len(places)
            # Those that go on move together; the next texts begin behind them.
            moved, into = count + np.flatnonzero(~gone[count:]), places[places < count]
            for values in (numbers, spent, tokens):
                values[into] = values[moved]
            decoders.move(moved, into)
            readers.move(moved, into)
            readers.read(tokens[:count])
            fresh = slice(begun, min(begun + len(places), len(payloads)))
            begun = fresh.stop
            stop = count + begun - fresh.start
            numbers[count:stop], spent[count:stop] = np.arange(fresh.start, begun), 0
            decoders.begin(count, fresh)
            readers.begin(count, stop)
            count = stop
        else:
            readers.read(tokens)
    every, tokens = (np.concatenate(part) for part in zip(*read, strict=True))
    order = np.argsort(every, kind="stable")
    bounds = np.searchsorted(every[order], np.arange(len(payloads) + 1)).tolist()
    flat = tokens[order].tolist()
    # The last token is the one for the end.
    return [flat[bounds[n] : bounds[n + 1] - 1] if whole[n] else None for n in range(len(payloads))]


def _next(decoders: RangeDecoders, logits: Floats, last: int | Ints) -> Ints:
    """The next symbol of each, from its logits in units of 2^24 (see `model._Head.ends`).

    Args:
        logits: float64 (n, symbols), those that count at least 0.
        last: the last symbol that there is, of all or int64 (n,) of each; logits behind it count nothing.
    """
    rows = np.arange(len(logits))
    whole = logits.astype(np.int32)
    best = whole.argmax(1)
    np.subtract(whole[rows, best][:, None], whole, out=whole)
    parts = _tables().powers.take(whole, mode="clip")
    total = parts.sum(1)
    parts *= np.expand_dims(TOTAL - 1 - last, -1)  # every symbol has at least one part
    parts /= total[:, None]
    sizes = parts.astype(np.int32)
    sizes += 1
    ends = sizes.cumsum(1, dtype=np.int32)
    spare = TOTAL - ends[rows, last]  # what the divisions left over belongs to the best
    end = ends[rows, best]
    before = end - sizes[rows, best]
    target = decoders.targets(len(rows))
    # Where the best begins the target is as it is, behind it the ends are `spare` later.
    target = np.where(target < before, target, np.maximum(target - spare, before)).astype(np.int32)
    index: Ints = (ends > target[:, None]).argmax(1)
    size = sizes[rows, index].astype(np.int64)
    start = ends[rows, index] - size + spare * (index > best)
    decoders.take(start, size + spare * (index == best))
    return index


class _Tables:
    """The tables of `model` for many texts; those of tokens are filled up to the largest group.

    Attributes:
        starts: int64 (groups,), the first token of each group.
        end: the token that ends a text.
        spent: int64 (tokens, 3), what each counts: one token, its characters, its bytes; that for the end nothing.
        powers: float64, as `model._Head` has them.
    """

    def __init__(self) -> None:
        model = one._model()
        self.starts, self.end = np.array(model.starts), model.end
        self.spent = np.array([(1, chars, len(string)) for chars, string in
                               zip(model.chars, model.tokeniser.strings, strict=True)])  # fmt: skip
        self.spent[self.end] = 0
        self.powers = model.groups._powers.astype(np.float64)
        self._group, self._group_scale, self._group_bias = _unit(model.groups)
        self._heads = [head._weight.T for head in model.tokens]
        self._last = np.array([len(head._scale) - 1 for head in model.tokens])
        shape = len(self._heads), int(self._last.max()) + 1
        self._scale, self._bias = np.zeros(shape), np.full(shape, _NEVER)
        for number, head in enumerate(model.tokens):
            size = len(head._scale)
            _, self._scale[number, :size], self._bias[number, :size] = _unit(head)
        # Of the tokens that occurred; of all of them they take 66 MB.
        inner, outer = 3 * model.width, len(model.bias) - 3 * model.width
        self._inner, self._outer = (np.empty((len(model.chars), gates)) for gates in (inner, outer))
        self._known = np.zeros(len(model.chars), np.bool_)

    def groups(self, hidden: Floats) -> tuple[Floats, int]:
        """The logits of the groups, float64 (n, groups), and the last of them; hidden: float32 (n, 256)."""
        logits = (hidden @ self._group).astype(np.float64)
        logits *= self._group_scale
        logits += self._group_bias
        return logits, logits.shape[1] - 1

    def tokens(self, hidden: Floats, groups: Ints) -> tuple[Floats, Ints]:
        """The logits of the tokens of a group of each text, float64 (n, widest), and the last that each group has."""
        order = np.argsort(groups, kind="stable")
        ordered = groups[order]
        bounds = np.flatnonzero(np.diff(ordered, prepend=-1))
        rows = hidden[order]
        products = np.zeros((len(groups), self._scale.shape[1]))
        stops = [*bounds[1:].tolist(), len(order)]
        for start, stop, group in zip(bounds.tolist(), stops, ordered[bounds].tolist(), strict=True):
            head = self._heads[group]
            products[start:stop, : head.shape[1]] = rows[start:stop].dot(head)
        logits = np.empty_like(products)
        logits[order] = products
        logits *= self._scale[groups]
        logits += self._bias[groups]
        return logits, self._last[groups]

    def shares(self, tokens: Ints) -> tuple[Floats, Floats]:
        """`model.token_share` of tokens in steps of the curves, by token: float64 (tokens, gates), inner and outer."""
        missing = tokens[~self._known[tokens]]
        if len(missing):
            model, missing = one._model(), np.unique(missing)
            shares = (model.embedding[missing].astype(np.float32) @ model.input.T).astype(np.float64)
            shares *= model.input_scale
            shares += model.bias
            shares /= 1 << one._CURVE_SHIFT
            self._inner[missing], self._outer[missing] = np.split(shares, [self._inner.shape[1]], axis=1)
            self._known[missing] = True
        return self._inner, self._outer


_NEVER = -float(1 << 24)
_LEAST = 1 << 20  # what is added to logits, so that all are positive and lose their fractions downwards


def _unit(head: one._Head) -> tuple[Floats, Floats, Floats]:
    """Weights, transposed; scales and biases in units of logits."""
    unit = 1 / (1 << one._LOGIT_SHIFT)
    return head._weight.T, head._scale * unit, head._bias * unit + _LEAST


@cache
def _tables() -> _Tables:
    return _Tables()


class _Readers:
    """The network as it reads n texts, one token of each at a time: `model._Reader`, a row for each text.

    Attributes:
        hidden: float32 (n, 256).
    """

    def __init__(self, count: int) -> None:
        model = self._model = one._model()
        n = self._width = model.width
        self._state = np.zeros((count, n), np.int32)
        self._sums = np.zeros((count, len(model.bias)), np.float32)  # before their scale
        self.hidden = np.zeros((count, len(model.bias) - 3 * n), np.float32)
        self._coarse = np.empty((count, n), np.float32)
        step = 1 / (1 << one._CURVE_SHIFT)
        self._scale = model.state_scale * step
        unit = 1 / (1 << one._INNER_SHIFT)
        self._inner_scale, self._inner_bias = model.state_scale[2 * n : 3 * n] * unit, model.inner_bias * unit
        self._tanh, self._sigmoid = model.tanh.astype(np.int32), model.sigmoid.astype(np.int32)
        self._gated = model.sigmoid * ((1 << one._GATED_SHIFT) * step)
        # All texts begin after the end of another.
        self.read(np.array([model.end]))
        self._first = self._state[0].copy(), self._sums[0].copy(), self.hidden[0].copy()

    def begin(self, start: int, stop: int) -> None:
        """Let texts begin in places."""
        self._state[start:stop], self._sums[start:stop], self.hidden[start:stop] = self._first

    def move(self, sources: Ints, places: Ints) -> None:
        """Go on in other places with some texts."""
        self._state[places], self._sums[places] = self._state[sources], self._sums[sources]

    def read(self, tokens: Ints) -> None:
        """Take one more token of each of the texts in the first places into its state."""
        inner, outer = _tables().shares(tokens)
        for start in range(0, len(tokens), _ROWS):
            self._advance(inner.take(tokens[start : start + _ROWS], 0), start)
        sums = self._sums[: len(tokens)]
        np.matmul(self._coarse[: len(tokens)], self._model.state.T, out=sums)
        hidden = outer.take(tokens, 0)
        hidden += sums[:, 3 * self._width :] * self._scale[3 * self._width :]
        self._model.coarse_tanh.take(hidden.astype(np.int32), mode="clip", out=self.hidden[: len(tokens)])

    def _advance(self, share: Floats, start: int) -> None:
        """The next state of a few texts, from the place `start` on, by the shares of their tokens."""
        n, rows = self._width, slice(start, start + len(share))
        state, sums = self._state[rows], self._sums[rows]
        reset, keep, fresh = share[:, :n], share[:, n : 2 * n], share[:, 2 * n :]
        share[:, : 2 * n] += sums[:, : 2 * n] * self._scale[: 2 * n]
        inner = sums[:, 2 * n : 3 * n] * self._inner_scale
        inner += self._inner_bias
        np.floor(inner, out=inner)
        inner *= self._gated.take(reset.astype(np.int32), mode="clip")
        inner += fresh
        wanted = self._tanh.take(inner.astype(np.int32), mode="clip")
        state -= wanted
        state *= self._sigmoid.take(keep.astype(np.int32), mode="clip")
        state += 1 << (one._GATE_BITS - 1)
        state >>= one._GATE_BITS
        state += wanted
        np.add(state, 1 << (one._ROUND_STATE - 1), out=wanted)
        wanted >>= one._ROUND_STATE
        self._coarse[rows] = wanted
