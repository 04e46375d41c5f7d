"""The text layer: round trips, frozen payloads, hostile bytes, and its arithmetic done without numpy."""

from __future__ import annotations

from contextlib import suppress
from functools import cache
from itertools import accumulate, pairwise

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from triptych.errors import DamagedError, InputError
from triptych.layers.tables import load_table
from triptych.layers.text import NARROW, WIDE
from triptych.layers.text import tokens as texttokens
from triptych.layers.text.model import _model, _Reader, decode_text, encode_text

PROMPTS = [
    "",
    "a photo of a cat",
    "A portrait of a wizard by Greg Rutkowski, NASA, iPhone, McLeod, 8K, UFOs, trending on ArtStation",
    "two\nlines\r\n\ttab  two spaces   three ",
    "NUL \x00 and \x7f and \x85 controls",
    "Ein Mädchen mit Hut, Öl auf Leinwand, Straße",
    "Девушка с жемчужной серёжкой",
    "富士山の浮世絵、夕焼け",
    "صورة قطة على سطح البيت",
    "एक बिल्ली का चित्र",
    "👩‍🚀 on the 🌕 with 🇫🇷 flag, 😀😀😀",
    "(masterpiece:1.2), <lora:detail_v2:0.8>, [blue|red] hair, --ar 16:9 --v 5.2",
    "ALL CAPITALS AND A B C Single Letters aB Ab ABc É À",
    "\U0010ffff\ufffe\ufeff\u0301",
    "xqzv jkwp 0x7f3a9c e3b0c44298fc1c149afbf4c8996fb924",
]
# Payloads that must never change, of the two networks: files hold them.
FROZEN = {
    "a photo of a cat": ("52b6d8", "5526c8"),
    "A portrait of a wizard by Greg Rutkowski, highly detailed, 8k": ("6ae284a7b0bda0", "6c86efc2ddf1"),
    "Two dogs playing with a red ball on the beach.": ("fb59f7", "fb7e2340"),
    "富士山 😀": ("43e548a894461a389ba85780", "4657c709fca5da302e56a780"),
}
both = pytest.mark.parametrize("network", [WIDE, NARROW])


@both
@pytest.mark.parametrize("text", PROMPTS)
def test_round_trip(text: str, network: str) -> None:
    """Prompts in many scripts come back unchanged."""
    assert decode_text(encode_text(text, network), network=network) == text


@settings(max_examples=60, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=40))
@example("\n")
@example("A")
def test_any_text_round_trips(text: str) -> None:
    """Any text without lone surrogates comes back unchanged."""
    assert decode_text(encode_text(text)) == text


@settings(max_examples=200, deadline=None)
@given(st.text("aAbBzZ é\u212a'.,1 \n", max_size=30))
def test_folding_is_reversible(text: str) -> None:
    """Every mixture of capitals, spaces and marks is folded and unfolded without loss."""
    assert texttokens.unfold(texttokens.fold(text)) == text


@pytest.mark.parametrize("unit", ["a red car, ", "BIG BAD WOLF "])
def test_longest_text(unit: str) -> None:
    """A text of 4,096 characters passes."""
    text = (unit * 4096)[:4096]
    assert decode_text(encode_text(text)) == text


@pytest.mark.parametrize("text", ["a cat", "A B C", "é", "😀😀"])
def test_limit_counts_characters(text: str) -> None:
    """A text as long as the limit passes, and one more character is refused."""
    payload = encode_text(text)
    assert decode_text(payload, max_chars=len(text)) == text
    with pytest.raises(DamagedError):
        decode_text(payload, max_chars=len(text) - 1)


@pytest.mark.parametrize("text", FROZEN)
def test_payloads_stay_as_they_are(text: str) -> None:
    """The payloads of today decode tomorrow, because they are the same bytes."""
    for network, payload in zip((WIDE, NARROW), FROZEN[text], strict=True):
        assert encode_text(text, network).hex() == payload
        assert decode_text(bytes.fromhex(payload), network=network) == text


def test_prompts_become_small() -> None:
    """Plain prompts take fewer than two bits a character."""
    texts = [text for text in FROZEN if text.isascii()]
    for network in (WIDE, NARROW):
        assert sum(len(encode_text(text, network)) for text in texts) * 8 < 2 * sum(map(len, texts))


def test_lone_surrogate_is_refused() -> None:
    """A lone surrogate cannot be written."""
    with pytest.raises(InputError):
        encode_text("a\ud800b")


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=60))
@example(b"")
@example(b"\0")
@example(b"\xff" * 50)
def test_junk_gives_text_or_damage(data: bytes) -> None:
    """Any bytes give valid text or DamagedError."""
    try:
        text = decode_text(data, max_chars=200)
    except DamagedError:
        return
    assert len(text) <= 200
    text.encode("utf-8")


def test_cut_and_padded_payloads() -> None:
    """A shortened payload gives other text or DamagedError; bytes behind the end are refused."""
    text = "a castle on a hill, oil painting by Claude Monet"
    payload = encode_text(text)
    for size in range(len(payload)):
        with suppress(DamagedError):
            assert decode_text(payload[:size]) != text
    with pytest.raises(DamagedError):
        decode_text(payload + bytes(5) + b"\1")


def test_every_token_can_be_read() -> None:
    """Each token spells a non-empty string, and the strings are distinct."""
    strings = _model().tokeniser.strings
    assert len(set(strings)) == len(strings)
    assert all(strings)


@both
def test_products_are_exact_in_float32(network: str) -> None:
    """No partial sum of a matrix product can reach 2^24."""
    tables = plain_tables(network)
    magnitudes = {name: np.abs(np.array(tables[name])) for name in ("input", "state", "group", "token")}
    assert magnitudes["state"].sum(1).max() * 512 < 1 << 24
    assert magnitudes["group"].sum(1).max() * 512 < 1 << 24
    assert magnitudes["token"].sum(1).max() * 512 < 1 << 24
    assert magnitudes["input"].sum(1).max() * np.abs(np.array(tables["embedding"])).max() < 1 << 24


@both
def test_arithmetic_again_in_plain_integers(network: str) -> None:
    """A second implementation without floats or numpy finds the same intervals for every token."""
    model = _model(network)
    reader, plain = _Reader(model), PlainNetwork(plain_tables(network))
    tokens = [model.end, *model.tokeniser.encode("A red fox, 8K 😀"), model.end]
    for previous, token in pairwise(tokens):
        reader.read(previous)
        plain.read(previous)
        group = model.group_of[token]
        assert reader.group_ends().tolist() == plain.group_ends()
        assert reader.token_ends(group).tolist() == plain.token_ends(group)


@cache
def plain_tables(network: str) -> dict[str, list]:
    """The tables as plain Python integers."""
    arrays = load_table(WIDE) | load_table(network)
    assert all(np.issubdtype(array.dtype, np.integer) for array in arrays.values())
    return {name: array.tolist() for name, array in arrays.items()}


class PlainNetwork:
    """SPEC §7.1 word for word, one integer at a time."""

    def __init__(self, tables: dict[str, list]) -> None:
        self.t = tables
        self.n = len(tables["inner_bias"])
        self.state = [0] * self.n
        self.hidden: list[int] = []

    def read(self, token: int) -> None:
        t, n = self.t, self.n
        x = t["embedding"][token]
        share = [
            dot(row, x) * scale + (bias << 8)
            for row, scale, bias in zip(t["input"], t["input_scale"], t["bias"], strict=True)
        ]
        sums = self.state_sums()
        state = []
        for i in range(n):
            reset = curve(t["sigmoid"], share[i] + sums[i])
            keep = curve(t["sigmoid"], share[n + i] + sums[n + i])
            inner = (sums[2 * n + i] + (t["inner_bias"][i] << 8) + (1 << 15)) >> 16
            fresh = curve(t["tanh"], share[2 * n + i] + (reset * inner << 2))
            state.append(fresh + ((keep * (self.state[i] - fresh) + (1 << 13)) >> 14))
        self.state = state
        sums = self.state_sums()
        self.hidden = [(curve(t["tanh"], share[i] + sums[i]) + 32) >> 6 for i in range(3 * n, len(share))]

    def state_sums(self) -> list[int]:
        coarse = [(value + 32) >> 6 for value in self.state]
        return [dot(row, coarse) * scale for row, scale in zip(self.t["state"], self.t["state_scale"], strict=True)]

    def group_ends(self) -> list[int]:
        return self.ends("group", 0, len(self.t["sizes"]))

    def token_ends(self, group: int) -> list[int]:
        start = sum(self.t["sizes"][:group])
        return self.ends("token", start, start + self.t["sizes"][group])

    def ends(self, name: str, start: int, stop: int) -> list[int]:
        logits = [
            (
                dot(self.t[name][i], self.hidden) * self.t[f"{name}_scale"][i]
                + (self.t[f"{name}_bias"][i] << 16)
                + (1 << 23)
            )
            >> 24
            for i in range(start, stop)
        ]
        best = max(logits)
        powers = [self.t["exp2"][(best - v) & 255] >> min((best - v) >> 8, 31) for v in logits]
        sizes = [power * (65536 - len(logits)) // sum(powers) + 1 for power in powers]
        sizes[logits.index(best)] += 65536 - sum(sizes)
        return list(accumulate(sizes))


def dot(row: list[int], values: list[int]) -> int:
    """The sum of products."""
    return sum(a * b for a, b in zip(row, values, strict=True))


def curve(table: list[int], value: int) -> int:
    """A tabulated curve at a 28-bit fixed-point value."""
    return table[min(max(((value + (1 << 18)) >> 19) + 4096, 0), 8191)]
