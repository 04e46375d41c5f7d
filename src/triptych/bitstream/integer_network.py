"""The integer network that predicts probabilities inside a stream (SPEC §6.4).

Floating-point networks give different bits on different machines, and one different bit ruins a stream.
This one has int8 weights, whole-number activations and stated roundings, so its result is a fact. Its
products run in float32 because that is fast, and exact: every weight and input is a whole number of at
most 127, and a sum of at most 512 such products plus a bias of at most 2^20 stays below 2^24, so each
partial sum is a whole number that float32 holds, in whatever order a machine adds.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import numpy as np

LOGIT_STEPS = 1536  # the probability table covers logits of -12 to 12 in steps of 1/128
MAX_INPUTS = 512
_DIVISORS = (4, 64, 8)  # of the sums of the three layers
_FEW = 64  # rows of sums that are sooner looked up than reckoned with: every call of NumPy takes a while


class IntegerNetwork:
    """Two hidden layers; weights in units of 1/64, activations 0..127 in units of 1/16, logits of 1/128.

    Args:
        tables: int8 w1 (inputs, h1), w2 (h1, h2), w3 (h2, outputs); int8 or int32 b1 (classes, h1), chosen
            by a class that the stream states; int32 b2 (h2,), b3 (outputs,).
        probability: uint16 (3072,): P(1) out of 65,536 for each logit.
    """

    def __init__(self, tables: Mapping[str, np.ndarray], probability: np.ndarray) -> None:
        if max(tables["w1"].shape[0], tables["w2"].shape[0], tables["w3"].shape[0]) > MAX_INPUTS:
            raise ValueError("too many inputs for exact float32 sums")
        # The roundings divide by powers of two, which float32 does exactly, so the tables are divided beforehand. A
        # number that is always 1 goes along with the activations: biases are its weights.
        w1, w2, w3 = (tables[f"w{n}"] / np.float32(by) for n, by in enumerate(_DIVISORS, 1))
        b1, b2, b3 = (tables[f"b{n}"] / np.float32(by) for n, by in enumerate(_DIVISORS, 1))
        self.w1 = np.pad(w1, ((0, 0), (0, 1))).astype(np.float32)
        self.b1 = np.pad(b1, ((0, 0), (0, 1)), constant_values=1).astype(np.float32)
        self.w2 = np.block([[w2, np.zeros((len(w2), 1))], [b2, np.ones(1)]]).astype(np.float32)
        self.w3 = np.block([[w3], [b3 + LOGIT_STEPS]]).astype(np.float32)  # from 0 on, whole parts are roundings down
        self.probability = probability.astype(np.int64)

    def predict(self, inputs: np.ndarray, group: int | np.ndarray = 0) -> np.ndarray:
        """P(1) out of 65,536 for each output.

        Args:
            inputs: float32 (n, inputs), whole numbers -127..127.
            group: which row of b1 to use, for all or int (n,) for each.

        Returns:
            int64 (n, outputs), each 1..65,535.
        """
        sums: np.ndarray = inputs.dot(self.w1)
        sums += self.b1[group]
        return self._after(_activated(sums))

    def sums_of_bias(self, group: int) -> np.ndarray:
        """int16 (h1 + 1,): what the sums of the first layer start with, if biases and sums fit."""
        start: np.ndarray = (self.b1[group] * _DIVISORS[0]).astype(np.int16)
        return start

    def after_sums(self, sums: np.ndarray) -> np.ndarray:
        """`predict` from the sums of the first layer, bias included: int16 (n, h1 + 1)."""
        return self._after(_activations(_DIVISORS[0]).take(sums, mode="clip"))  # quicker than []

    def _after(self, a1: np.ndarray) -> np.ndarray:
        sums = a1.dot(self.w2)  # for a few rows, dot takes a fraction of the time of @
        few = len(sums) <= _FEW
        a2 = _activations(1).take(sums.astype(np.intp), mode="clip") if few else _activated(sums)
        found: np.ndarray = self.probability.take(a2.dot(self.w3).astype(np.intp), mode="clip")
        return found


def _activated(sums: np.ndarray) -> np.ndarray:
    """Whole numbers 0..127, in place."""
    np.maximum(sums, 0, out=sums)
    np.minimum(sums, 127, out=sums)
    np.floor(sums, out=sums)
    return sums


@cache
def _activations(divisor: int) -> np.ndarray:
    """float32: the activation for each sum up to the last that makes a difference, which is divided first."""
    sums: np.ndarray = np.arange(128 * divisor, dtype=np.float32)
    return _activated(sums / divisor)
