"""Many prompts at once: the network reads a token of each in turn, so that its products are of matrices.

A product of a matrix and a vector waits for memory; of many vectors it takes little longer. What is found is the same
to the last bit, because every product is exact (see `model`). What is wrong with a payload is not said here: such a one
is left to `decode_text`, which says it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from functools import cache

import numpy as np

from ...bitstream.rangecoder import TOTAL, RangeDecoders
from ...errors import DamagedError
from ...limits import MAX_TEXT_CHARS, MAX_TEXT_TOKENS
from ...typing import Ints
from . import model as one

AT_ONCE = 96  # texts: more bring nothing


def decode_texts(payloads: Sequence[bytes]) -> list[str | None]:
    """The text of each payload; None for one that `decode_text` refuses with MAX_TEXT_CHARS."""
    found: dict[bytes, str] = {}
    # Texts of like lengths end together.
    order = sorted({data for data in payloads if data[-1:] != b"\0"}, key=len)
    for start in range(0, len(order), AT_ONCE):
        batch = order[start : start + AT_ONCE]
        for data, tokens in zip(batch, _tokens(batch), strict=True):
            if tokens is not None:
                with contextlib.suppress(DamagedError):
                    found[data] = one._model().tokeniser.decode(tokens)
    return [found.get(data) for data in payloads]


def _tokens(payloads: list[bytes]) -> list[list[int] | None]:
    """The tokens of each payload, None of a damaged one."""
    model, tables = one._model(), _tables()
    found: list[list[int] | None] = [[] for _ in payloads]
    decoders, readers = RangeDecoders(payloads), _Readers(len(payloads))
    left = list(range(len(payloads)))  # numbers of the texts that go on
    last = [model.end] * len(payloads)
    spent = [(0, 0)] * len(payloads)  # characters and bytes so far
    while left:
        readers.read(last)
        group = decoders.next(readers.group_ends(tables))
        inside = decoders.next(readers.token_ends(tables, group))
        last = (tables.starts[group] + inside).tolist()
        going = []
        for place, (number, token) in enumerate(zip(left, last, strict=True)):
            tokens = found[number]
            if token == model.end:
                if not decoders.at_end(place):
                    found[number] = None
                continue
            assert tokens is not None
            tokens.append(token)
            chars, size = spent[number]
            chars, size = chars + model.chars[token], size + len(model.tokeniser.strings[token])
            spent[number] = chars, size
            if len(tokens) > MAX_TEXT_TOKENS or chars > MAX_TEXT_CHARS or size > 4 * chars + 4:
                found[number] = None
                continue
            going.append(place)
        if len(going) < len(left):
            left, last = [left[place] for place in going], [last[place] for place in going]
            decoders.keep(going)
            readers.keep(going)
    return found


class _Tables:
    """The tables of `model` as the products of matrices want them; tokens of a group in a row, filled up to the widest.

    Attributes:
        starts: int64 (groups,), the first token of each group.
        state, input: float32, transposed.
        bias, scale: int64 (groups, widest); what fills up has a bias so low that it is never taken.
        sizes: int64 (groups,).
    """

    def __init__(self) -> None:
        model = one._model()
        self.starts = np.array(model.starts)
        self.state, self.input = model.state.T, model.input.T
        self.weights = [head._weight.T for head in model.tokens]
        self.sizes = np.array([len(head._scale) for head in model.tokens])
        widest = int(self.sizes.max())
        self.scale = np.zeros((len(self.sizes), widest), np.int64)
        self.bias = np.full((len(self.sizes), widest), _NEVER)
        for number, head in enumerate(model.tokens):
            self.scale[number, : len(head._scale)], self.bias[number, : len(head._scale)] = head._scale, head._bias


_NEVER = -(1 << 60)


@cache
def _tables() -> _Tables:
    return _Tables()


class _Readers:
    """The network as it reads n texts, one token of each at a time: `model._Reader`, a row for each text."""

    def __init__(self, count: int) -> None:
        model = self._model = one._model()
        self._tables = _tables()
        self._state = np.zeros((count, model.width), np.int64)
        self._sums = np.zeros((count, 3 * model.width), np.int64)
        self._hidden = np.zeros((count, 0), np.float32)

    def keep(self, places: list[int]) -> None:
        """Go on with those texts alone."""
        self._state, self._sums, self._hidden = self._state[places], self._sums[places], self._hidden[places]

    def read(self, tokens: list[int]) -> None:
        """Take one more token of each text into its state."""
        model, n = self._model, self._model.width
        share = self._model.token_shares(tokens)
        gates = share[:, : 2 * n] + self._sums[:, : 2 * n]
        gates >>= one._CURVE_SHIFT
        gates = model.sigmoid.take(gates, mode="clip")
        reset, keep = gates[:, :n], gates[:, n:]
        inner = self._sums[:, 2 * n :] + model.inner_bias
        inner >>= one._INNER_SHIFT
        inner *= reset
        inner <<= one._GATED_SHIFT
        inner += share[:, 2 * n : 3 * n]
        inner >>= one._CURVE_SHIFT
        fresh = model.tanh.take(inner, mode="clip")
        self._state -= fresh
        self._state *= keep
        self._state += 1 << (one._GATE_BITS - 1)
        self._state >>= one._GATE_BITS
        self._state += fresh
        sums = (one._coarse(self._state) @ self._tables.state).astype(np.int64)
        sums *= model.state_scale
        self._sums = sums[:, : 3 * n]
        outer = share[:, 3 * n :] + sums[:, 3 * n :]
        outer >>= one._CURVE_SHIFT
        self._hidden = model.coarse_tanh.take(outer, mode="clip")

    def group_ends(self, tables: _Tables) -> Ints:
        """int64 (n, groups): where the interval of each group ends."""
        head = self._model.groups
        products = (self._hidden @ head._weight.T).astype(np.int64)
        return self._ends(products * head._scale + head._bias, head._spare)

    def token_ends(self, tables: _Tables, groups: Ints) -> Ints:
        """int64 (n, widest): where the interval of each token of each text's group ends."""
        products = np.zeros((len(groups), tables.scale.shape[1]), np.float32)
        order = np.argsort(groups, kind="stable")
        bounds = np.flatnonzero(np.diff(groups[order], prepend=-1)).tolist()
        hidden = self._hidden[order]
        for start, stop in zip(bounds, [*bounds[1:], len(order)], strict=True):
            weight = tables.weights[int(groups[order[start]])]
            products[start:stop, : weight.shape[1]] = hidden[start:stop].dot(weight)
        logits = products.astype(np.int64)
        ordered = groups[order]
        logits *= tables.scale[ordered]
        logits += tables.bias[ordered]
        ends = np.empty(logits.shape, np.int64)
        ends[order] = self._ends(logits, (TOTAL - tables.sizes[ordered])[:, None], tables.sizes[ordered])
        return ends

    def _ends(self, logits: Ints, spare: int | Ints, sizes: Ints | None = None) -> Ints:
        """As `model._Head.ends`, row by row; with `sizes` the number of symbols of each row."""
        logits >>= one._LOGIT_SHIFT
        best = logits.argmax(1)[:, None]
        behind = np.take_along_axis(logits, best, 1) - logits
        parts = self._model.groups._powers.take(behind, mode="clip")
        total = parts.sum(1, keepdims=True)
        parts *= spare
        parts //= total
        parts += 1
        if sizes is not None:
            parts *= np.arange(logits.shape[1]) < sizes[:, None]
        ends = parts.cumsum(1)
        # What the divisions left over belongs to the best.
        ends += np.where(np.arange(logits.shape[1]) >= best, TOTAL - ends[:, -1:], 0)
        return ends
