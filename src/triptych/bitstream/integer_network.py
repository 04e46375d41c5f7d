"""The integer network that predicts probabilities inside a stream (SPEC §6.4).

Floating-point networks give different bits on different machines, and one different bit ruins a stream.
This one has int8 weights, whole-number activations and stated roundings, so its result is a fact. Its
products run in float32 because that is fast, and exact: every weight and input is a whole number of at
most 127, and a sum of at most 512 such products plus a bias of at most 2^20 stays below 2^24, so each
partial sum is a whole number that float32 holds, in whatever order a machine adds.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

LOGIT_STEPS = 1536  # the probability table covers logits of -12 to 12 in steps of 1/128
MAX_INPUTS = 512


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
        self.w1, self.w2, self.w3, self.b1, self.b2, self.b3 = (
            tables[name].astype(np.float32) for name in ("w1", "w2", "w3", "b1", "b2", "b3")
        )
        self.probability = probability.astype(np.int64)

    def predict(self, inputs: np.ndarray, group: int = 0) -> np.ndarray:
        """P(1) out of 65,536 for each output.

        Args:
            inputs: float32 (n, inputs), whole numbers -127..127.
            group: which row of b1 to use.

        Returns:
            int64 (n, outputs), each 1..65,535.
        """
        a1 = np.clip(np.floor((inputs @ self.w1 + self.b1[group]) * 0.25), 0, 127)
        a2 = np.clip(np.floor((a1 @ self.w2 + self.b2) * 0.015625), 0, 127)
        logits = np.floor((a2 @ self.w3 + self.b3) * 0.125)
        steps = np.clip(logits, -LOGIT_STEPS, LOGIT_STEPS - 1).astype(np.int64) + LOGIT_STEPS
        found: np.ndarray = self.probability[steps]
        return found
