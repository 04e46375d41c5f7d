"""The integer network: the numpy code and plain Python integers agree on every number."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from triptych.bitstream.integer_network import LOGIT_STEPS, MAX_INPUTS, IntegerNetwork
from triptych.layers.tables import load_table


def _plain(tables: dict[str, Any], probability: list[int], inputs: list[int], group: int) -> list[int]:
    """SPEC §6.4 word for word, one integer at a time."""

    def layer(values: list[int], weights: list[list[int]], bias: list[int], shift: int) -> list[int]:
        # Python's >> on negative numbers rounds down, as the format says.
        return [(sum(v * w[j] for v, w in zip(values, weights, strict=True)) + b) >> shift for j, b in enumerate(bias)]

    a1 = [min(max(v, 0), 127) for v in layer(inputs, tables["w1"], tables["b1"][group], 2)]
    a2 = [min(max(v, 0), 127) for v in layer(a1, tables["w2"], tables["b2"], 6)]
    logits = layer(a2, tables["w3"], tables["b3"], 3)
    return [probability[min(max(v, -LOGIT_STEPS), LOGIT_STEPS - 1) + LOGIT_STEPS] for v in logits]


def _check(tables: dict[str, np.ndarray], inputs: np.ndarray, group: int) -> None:
    probability = load_table("logistic")["p1"]
    found = IntegerNetwork(tables, probability).predict(inputs.astype(np.float32), group)
    plain = {name: table.tolist() for name, table in tables.items()}
    assert found.tolist() == [_plain(plain, probability.tolist(), row, group) for row in inputs.tolist()]
    assert found.dtype == np.int64 and found.min() >= 1 and found.max() <= 65535


@settings(max_examples=40)
@given(st.integers(0, 2**32 - 1), st.integers(1, 60), st.integers(1, 20), st.integers(1, 20), st.integers(1, 9))
def test_random_tables_agree_with_plain_integers(seed: int, inputs: int, h1: int, h2: int, outputs: int) -> None:
    """Any int8 weights and whole-number inputs give what integer arithmetic gives."""
    rng = np.random.default_rng(seed)
    scale = int(rng.integers(2, 128))  # small weights keep activations inside their range, large ones leave it
    tables = {
        "w1": rng.integers(-scale, scale, (inputs, h1)).astype(np.int8),
        "b1": rng.integers(-scale, scale, (3, h1)).astype(np.int8),
        "w2": rng.integers(-scale, scale, (h1, h2)).astype(np.int8),
        "b2": rng.integers(-(2**16), 2**16, h2).astype(np.int32),
        "w3": rng.integers(-scale, scale, (h2, outputs)).astype(np.int8),
        "b3": rng.integers(-(2**16), 2**16, outputs).astype(np.int32),
    }
    _check(tables, rng.integers(-127, 128, (5, inputs)), int(rng.integers(3)))


@pytest.mark.parametrize("sign", [1, -1])
def test_the_largest_sums_are_exact(sign: int) -> None:
    """512 products of 127 and a bias of 2^20, the bounds that the arithmetic rests on, are still exact."""
    full = np.full((MAX_INPUTS, MAX_INPUTS), 127 * sign, np.int8)
    tables = {
        "w1": full[:, :3],
        "b1": np.full((1, 3), sign * 2**20 - 1, np.int32),
        "w2": full[:3, :MAX_INPUTS],
        "b2": np.full(MAX_INPUTS, sign * 2**20 - 1, np.int32),
        "w3": full[:, :2],
        "b3": np.full(2, sign * 2**20 - 1, np.int32),
    }
    _check(tables, np.full((2, MAX_INPUTS), 127), 0)


@pytest.mark.parametrize("name", ["edges", "texture"])
def test_shipped_tables_agree_with_plain_integers(name: str) -> None:
    """The networks that ship give what integer arithmetic gives."""
    tables = load_table(name)
    rng = np.random.default_rng(7)
    inputs = rng.integers(0, 2, (6, tables["w1"].shape[0])) * rng.integers(1, 16, (6, 1))
    for group in {0, len(tables["b1"]) - 1}:
        _check({key: tables[key] for key in ("w1", "w2", "w3", "b1", "b2", "b3")}, inputs, group)


@pytest.mark.parametrize("name", ["edges", "texture"])
def test_shipped_tables_keep_the_bounds(name: str) -> None:
    """Weights are whole numbers of at most 127, biases of at most 2^20, and no layer has over 512 inputs."""
    tables = load_table(name)
    for key in ("w1", "w2", "w3"):
        assert np.issubdtype(tables[key].dtype, np.integer)
        assert np.abs(tables[key].astype(np.int64)).max() <= 127
        assert tables[key].shape[0] <= MAX_INPUTS
    for key in ("b1", "b2", "b3"):
        assert np.issubdtype(tables[key].dtype, np.integer)
        assert np.abs(tables[key].astype(np.int64)).max() <= 2**20


def test_the_probability_table_is_the_rounded_logistic_curve() -> None:
    """P(1) of each logit is the logistic function at its middle, rounded and never 0 or 1."""
    logits = np.arange(-LOGIT_STEPS, LOGIT_STEPS) + 0.5
    exact = 65536 / (1 + np.exp(-logits / 128))
    p1 = load_table("logistic")["p1"].astype(np.int64)
    assert np.abs(np.clip(exact, 1, 65535) - p1).max() <= 0.5001


def test_networks_too_wide_to_be_exact_are_refused() -> None:
    """More than 512 inputs could round, so such tables do not load."""
    tables = {name: np.zeros((MAX_INPUTS + 1, 1), np.int8) for name in ("w1", "w2", "w3")}
    tables |= {name: np.zeros((1, 1), np.int32) for name in ("b1", "b2", "b3")}
    with pytest.raises(ValueError, match="too many inputs"):
        IntegerNetwork(tables, load_table("logistic")["p1"])
