"""Turn a trained network into the integer tables of the package."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
import torch

from triptych.layers.tables import write_table

sys.path.append(str(Path(__file__).parents[1]))
from common.card import make_card, write_card
from common.data import data_hash

STATE_BITS, SUM_BITS, SIGMOID_BITS, TANH_BITS = 9, 28, 14, 15
BIAS_BITS = 20  # biases of the gates as stored
LOGIT_BITS, LOGIT_SHIFT, HEAD_BIAS_BITS = 8, 24, 16  # logits count 1/256 of a bit
ROW_LIMIT = 32767  # magnitudes of a row of state weights, for products that are exact in float32


def quantise(weight: np.ndarray, limit: int | None = None) -> tuple[np.ndarray, np.ndarray]:
    """8-bit weights and the factor of each row."""
    scale = np.maximum(np.abs(weight).max(1), 1e-8) / 127
    if limit:
        scale = np.maximum(scale, np.abs(weight).sum(1) / (limit - weight.shape[1] / 2))
    return np.rint(weight / scale[:, None]).astype(np.int8), scale


def whole(values: np.ndarray, kind: type = np.int32) -> np.ndarray:
    """Rounded, and checked to fit."""
    rounded = np.rint(values)
    assert np.abs(rounded).max() <= np.iinfo(kind).max
    return rounded.astype(kind)


def network_tables(net: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Weights, scales and biases."""
    n = len(net["state_bias"])
    project = net["project.weight"]
    embedding_scale = np.abs(net["embedding"]).max() / 127
    inputs, input_scale = quantise(np.concatenate([net["input_weight"], project[:, n:]]))
    state, state_scale = quantise(np.concatenate([net["state_weight"], project[:, :n]]), ROW_LIMIT)
    tables = {
        "embedding": np.rint(net["embedding"] / embedding_scale).astype(np.int8),
        "input": inputs,
        "input_scale": whole(input_scale * embedding_scale * 2**SUM_BITS),
        "state": state,
        "state_scale": whole(state_scale * 2 ** (SUM_BITS - STATE_BITS)),
        "bias": whole(np.concatenate([net["input_bias"], net["project.bias"]]) * 2**BIAS_BITS),
        "inner_bias": whole(net["state_bias"] * 2**BIAS_BITS),
    }
    log_unit = 2 ** (LOGIT_BITS + LOGIT_SHIFT) / np.log(2)  # from nats
    for name in ("group", "token"):
        tables[name], scale = quantise(net[f"{name}_head.weight"])
        tables[f"{name}_scale"] = whole(scale * log_unit / 2**STATE_BITS)
        tables[f"{name}_bias"] = whole(net[f"{name}_head.bias"] * log_unit / 2**HEAD_BIAS_BITS)
    return tables


def curve_tables() -> dict[str, np.ndarray]:
    """Sigmoid and tanh from -8 to 8 in steps of 1/512, and 2^(-i/256)."""
    at = (np.arange(8192) - 4096) / 512
    return {
        "sigmoid": whole(2**SIGMOID_BITS / (1 + np.exp(-at)), np.int16),
        "tanh": np.minimum(np.rint(2**TANH_BITS * np.tanh(at)), 32767).astype(np.int16),
        "exp2": whole(2**24 * np.exp2(-np.arange(256) / 256)),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("work", type=Path, help="folder with tokens.npz, groups.npz and the checkpoint")
    parser.add_argument("out", type=Path, help="the folder for the table and its index")
    parser.add_argument("--name", default="network", help="name of the checkpoint (default: %(default)s)")
    parser.add_argument("--table", default="text", help="its name; others share the tokens and curves of `text`")
    parser.add_argument("--note", help="what else the card is to say")
    args = parser.parse_args()
    saved = torch.load(args.work / f"{args.name}.pt")
    net = {name: value.double().numpy() for name, value in saved["net"].items()}
    tables = network_tables(net)
    if args.table == "text":
        store, groups = np.load(args.work / "tokens.npz"), np.load(args.work / "groups.npz")
        tables |= curve_tables() | {
            "merges": store["merges"].astype(np.uint16),
            "inside": store["inside"].astype(np.uint16).reshape(1),
            "order": groups["order"].astype(np.uint16),
            "sizes": groups["sizes"].astype(np.uint8),
        }
    path = write_table(args.table, tables, "training/text/export_tables.py", args.out)
    card = make_card(
        path.read_bytes(),
        steps=saved["steps"],
        seed=saved["seed"],
        data="lines of text, see training/text/README.md",
        data_sha256=data_hash([args.work / "tokens.npz"]),
        figures={"millions of tokens seen": round(saved["seen"] / 1e6, 2)},
        **({"note": args.note} if args.note else {}),
    )
    write_card(path.with_suffix(".json"), card)
    print(f"{path.stat().st_size} bytes from step {saved['steps']}")


if __name__ == "__main__":
    main()
