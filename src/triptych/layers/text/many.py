"""Many prompts at once: the network reads a token of each in turn, so that its products are of matrices.

A product of a matrix and a vector waits for memory; of many vectors it takes little longer. Every step takes a while
however few texts are left, so the more begin together, the better. As long as texts are alike, they are read as one.

What is found is the same to the last bit, because all numbers are whole: products as in `model`, all else in float64
with less than 53 bits, where shifts to the right are products with a power of two and a rounding down, and quotients in
`_next` are far enough from the next whole number. What is wrong with a payload is not said here: such a one is left to
`decode_text`, which says it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from functools import cache
from itertools import pairwise

import numpy as np

from ...bitstream.rangecoder import TOTAL, RangeDecoders
from ...errors import DamagedError
from ...limits import MAX_TEXT_CHARS, MAX_TEXT_TOKENS
from ...typing import Floats, Ints
from . import WIDE
from . import model as one

AT_ONCE = 2048  # texts, 12 kB each: more bring little
_ROWS = 64  # texts whose states are reckoned together, in the processor's cache
_FEW = 6  # texts that are read one by one: a step takes as long for one as for some


def decode_texts(payloads: Sequence[bytes], network: str = WIDE) -> list[tuple[str, int] | None]:
    """Each payload's text and number of tokens; None for one that `decode_text` refuses with MAX_TEXT_CHARS."""
    found: dict[bytes, tuple[str, int]] = {}
    # Those of about the same length together, so that they end together.
    order = sorted({data for data in payloads if data[-1:] != b"\0"}, key=len, reverse=True)
    for start in range(0, len(order), AT_ONCE):
        batch = order[start : start + AT_ONCE]
        for data, tokens in zip(batch, _tokens(batch, network), strict=True):
            if tokens is not None:
                with contextlib.suppress(DamagedError):
                    found[data] = one.tokeniser().decode(tokens), len(tokens)
    return [found.get(data) for data in payloads]


def _tokens(payloads: Sequence[bytes], network: str) -> list[list[int] | None]:
    """The tokens of each payload, None of a damaged one."""
    tables = _tables(network)
    readers, decoders = _Readers(network), RangeDecoders(payloads)
    numbers: Ints = np.arange(len(payloads))  # of the texts that have not ended
    places: Ints = np.zeros(len(payloads), np.int64)  # of each in `readers`
    spent = np.zeros((len(payloads), 3), np.int64)  # tokens, characters and bytes of each so far
    whole = np.ones(len(payloads), np.bool_)
    read: list[tuple[Ints, Ints]] = [(numbers[:0], numbers[:0])]  # numbers of texts, and the next token of each
    while len(numbers) > _FEW:
        hidden = readers.hidden.take(places, 0)
        group = _next(decoders, tables.powers, *tables.groups(hidden))
        tokens = tables.starts[group] + _next(decoders, tables.powers, *tables.tokens(hidden, group))
        spent += tables.spent[tokens]
        far, chars, size = spent.T
        ended = tokens == tables.end
        gone = ended | (far > MAX_TEXT_TOKENS) | (chars > MAX_TEXT_CHARS) | (size > 4 * chars + 4)
        if gone.any():
            whole[numbers[gone]] = (ended & decoders.at_end())[gone]
            numbers, places, spent, tokens = (values[~gone] for values in (numbers, places, spent, tokens))
            decoders.keep(~gone)
        read.append((numbers, tokens))
        places = readers.read(places, tokens)
    every, tokens = (np.concatenate(part) for part in zip(*read, strict=True))
    order = np.argsort(every, kind="stable")
    bounds = np.searchsorted(every[order], np.arange(len(payloads) + 1)).tolist()
    flat = tokens[order].tolist()
    found = [flat[start:stop] for start, stop in pairwise(bounds)]
    for row, number in enumerate(numbers.tolist()):
        decoder, reader = decoders.alone(row, payloads[number]), readers.alone(places[row])
        try:
            one.decode_tokens(decoder, found[number], MAX_TEXT_CHARS, MAX_TEXT_TOKENS, reader)
            decoder.finish()
        except DamagedError:
            whole[number] = False
    return [text if good else None for text, good in zip(found, whole.tolist(), strict=True)]


def _next(decoders: RangeDecoders, powers: Floats, logits: Floats, last: int | Ints) -> Ints:
    """The next symbol of each, from its logits in units of 2^24 (see `model._Head.ends`).

    Args:
        powers: those of `_Tables`.
        logits: float64 (n, symbols), those that count at least 0.
        last: the last symbol that there is, of all or int64 (n,) of each; logits behind it count nothing.
    """
    rows = np.arange(len(logits))
    whole = logits.astype(np.int32)
    best = whole.argmax(1)
    np.subtract(whole[rows, best][:, None], whole, out=whole)
    parts = powers.take(whole, mode="clip")
    total = parts.sum(1)
    # Every symbol has at least one part. The factor is rounded up, so that quotients without a rest stay whole.
    parts *= np.nextafter((TOTAL - 1 - last) / total, TOTAL)[:, None]
    sizes = parts.astype(np.int32)
    sizes += 1
    ends = sizes.cumsum(1, dtype=np.int32)
    spare = TOTAL - ends[rows, last]  # what the divisions left over belongs to the best
    end = ends[rows, best]
    before = end - sizes[rows, best]
    target = decoders.targets()
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
        gates_of_state, out_of_state: float32 (state, 3 * state) and (state, 256), weights.
        reset, keep, fresh, out: float64 (tokens, state or 256), `model.token_share` in steps of the curves, of the
            tokens that were learned.
    """

    def __init__(self, model: one._Model) -> None:
        self._model = model
        self.starts, self.end = np.array(model.starts), model.end
        self.spent = np.array([(1, chars, len(string)) for chars, string in
                               zip(model.chars, model.tokeniser.strings, strict=True)])  # fmt: skip
        self.spent[self.end] = 0
        self.powers = model.groups._powers.astype(np.float64)
        self._group, self._group_scale, self._group_bias = _unit(model.groups)
        self._heads = [np.ascontiguousarray(head._weight.T) for head in model.tokens]
        self._last = np.array([len(head._scale) - 1 for head in model.tokens])
        shape = len(self._heads), int(self._last.max()) + 1
        self._scale, self._bias = np.zeros(shape), np.full(shape, _NEVER)
        for number, head in enumerate(model.tokens):
            size = len(head._scale)
            _, self._scale[number, :size], self._bias[number, :size] = _unit(head)
        tokens, n = len(model.chars), model.width
        self.gates_of_state, self.out_of_state = (
            np.ascontiguousarray(part.T) for part in np.split(model.state, [3 * n])
        )
        # Of all tokens they take up to 66 MB, and no memory before they occur.
        self.reset, self.keep, self.fresh = (np.empty((tokens, n)) for _ in range(3))
        self.out = np.empty((tokens, len(model.bias) - 3 * n))
        self._known = np.zeros(tokens, np.bool_)

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
        starts = np.flatnonzero(np.append(True, ordered[1:] != ordered[:-1])).tolist()
        rows = hidden[order]
        products = np.zeros((len(groups), self._scale.shape[1]), np.float32)
        for start, stop, group in zip(starts, [*starts[1:], len(order)], ordered[starts].tolist(), strict=True):
            head = self._heads[group]
            products[start:stop, : head.shape[1]] = rows[start:stop].dot(head)
        back = np.empty_like(order)
        back[order] = np.arange(len(order))
        logits = self._scale.take(groups, 0)
        logits *= products.take(back, 0)
        logits += self._bias.take(groups, 0)
        return logits, self._last[groups]

    def learn(self, tokens: Ints) -> None:
        """Fill in the shares of tokens that did not occur before."""
        missing = np.unique(tokens[~self._known[tokens]])
        if len(missing):
            model = self._model
            shares = (model.embedding[missing].astype(np.float32) @ model.input.T).astype(np.float64)
            shares *= model.input_scale
            shares += model.bias
            shares /= 1 << one._CURVE_SHIFT
            for start, part in enumerate((self.reset, self.keep, self.fresh, self.out)):
                part[missing] = shares[:, start * model.width :][:, : part.shape[1]]
            self._known[missing] = True


_NEVER = -float(1 << 24)
_LEAST = 1 << 20  # what is added to logits, so that all are positive and lose their fractions downwards


def _unit(head: one._Head) -> tuple[Floats, Floats, Floats]:
    """Weights, transposed; scales and biases in units of logits."""
    unit = 1 / (1 << one._LOGIT_SHIFT)
    return head._weight.T, head._scale * unit, head._bias * unit + _LEAST


@cache
def _tables(network: str) -> _Tables:
    return _Tables(one._model(network))


class _Readers:
    """The network as it reads texts in step: `model._Reader`, a row for each different beginning.

    Attributes:
        hidden: float32 (n, 256).
    """

    def __init__(self, network: str) -> None:
        """All texts begin after the end of another."""
        model, self._tables = one._model(network), _tables(network)
        self._model = model
        n = self._width = model.width
        step = 1 / (1 << one._CURVE_SHIFT)
        self._scale, self._out_scale = np.split(model.state_scale * step, [3 * n])
        unit = 1 / (1 << one._INNER_SHIFT)
        self._scale[2 * n :] = model.state_scale[2 * n : 3 * n] * unit
        self._inner_bias = model.inner_bias * unit
        self._tanh, self._sigmoid = model.tanh.astype(np.int32), model.sigmoid.astype(np.int32)
        self._gated = model.sigmoid * ((1 << one._GATED_SHIFT) * step)
        self._state, self._coarse = np.zeros((1, n), np.int32), np.zeros((1, n), np.float32)
        self._shared = False  # whether texts may be alike so far: once none are, none will be
        self.read(np.zeros(1, np.int64), np.array([model.end]))
        self._shared = True

    def read(self, places: Ints, tokens: Ints) -> Ints:
        """Take one more token of each text; int64 (texts,) all.

        Args:
            places: the row of each text before.

        Returns:
            the row of each after: texts that began alike share one.
        """
        tables = self._tables
        before, places = places, np.arange(len(places))
        if self._shared:
            many = len(self._model.chars)
            begun, places = np.unique(before * many + tokens, return_inverse=True)
            before, tokens = np.divmod(begun, many)
            self._shared = len(begun) < len(places)
            parents, own = np.unique(before, return_inverse=True)
            sums = (self._coarse[parents] @ tables.gates_of_state)[own]
        else:
            sums = self._coarse[before] @ tables.gates_of_state
        self._state, self._coarse = self._state[before], np.empty((len(before), self._width), np.float32)
        tables.learn(tokens)
        for start in range(0, len(tokens), _ROWS):
            rows = slice(start, start + _ROWS)
            self._advance(self._state[rows], sums[rows], tokens[rows])
            self._coarse[rows] = (self._state[rows] + (1 << (one._ROUND_STATE - 1))) >> one._ROUND_STATE
        products = self._coarse @ tables.out_of_state
        self.hidden = np.empty_like(products)
        for start in range(0, len(tokens), _ROWS):
            rows = slice(start, start + _ROWS)
            curve = tables.out.take(tokens[rows], 0)
            curve += products[rows] * self._out_scale
            self._model.coarse_tanh.take(curve.astype(np.intp), mode="clip", out=self.hidden[rows])
        return places

    def alone(self, place: int) -> one._Reader:
        """The one of a row, by itself."""
        return one._Reader.amid(self._model, self._state[place], self.hidden[place])

    def _advance(self, state: Ints, sums: Floats, tokens: Ints) -> None:
        """Change the states of a few texts into the next ones."""
        n, tables = self._width, self._tables
        curve = tables.reset.take(tokens, 0)
        curve += sums[:, :n] * self._scale[:n]
        reset = self._gated.take(curve.astype(np.intp), mode="clip")
        np.multiply(sums[:, 2 * n :], self._scale[2 * n :], out=curve)
        curve += self._inner_bias
        np.floor(curve, out=curve)
        curve *= reset
        curve += tables.fresh.take(tokens, 0)
        wanted = self._tanh.take(curve.astype(np.intp), mode="clip")
        np.multiply(sums[:, n : 2 * n], self._scale[n : 2 * n], out=curve)
        curve += tables.keep.take(tokens, 0)
        state -= wanted
        state *= self._sigmoid.take(curve.astype(np.intp), mode="clip")
        state += 1 << (one._GATE_BITS - 1)
        state >>= one._GATE_BITS
        state += wanted
