"""Seed layer: the shortest bytes for each number, and nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triptych.codec.picture import Picture
from triptych.errors import DamagedError, InputError
from triptych.layers import SeedLayer

SIZE = (512, 512)


@pytest.mark.parametrize(
    ("seed", "payload"),
    [(0, ""), (1, "01"), (255, "ff"), (256, "0001"), (65535, "ffff"), (65536, "000001"), (2**32 - 1, "ffffffff")],
)
def test_a_seed_takes_as_few_bytes_as_it_has(seed: int, payload: str) -> None:
    """Little-endian, none for 0, four at most."""
    layer = SeedLayer.from_seed(seed, SIZE)
    assert layer.payload == bytes.fromhex(payload) and layer.coding == 0
    assert layer.seed == seed and layer.summary() == {"seed": seed}


@given(st.integers(0, 2**32 - 1))
def test_every_seed_survives(seed: int) -> None:
    """What is packed is unpacked, in a file, too."""
    picture = Picture(*SIZE, (SeedLayer.from_seed(seed, SIZE),))
    assert Picture.from_bytes(picture.to_bytes()).seed == seed


@given(st.binary(max_size=6))
def test_each_payload_is_the_only_one_of_its_seed_or_damaged(payload: bytes) -> None:
    """A reader accepts a payload exactly if a writer would write it."""
    layer = SeedLayer(SIZE, 0, payload)
    try:
        seed = layer.seed
    except DamagedError:
        assert len(payload) > 4 or payload.endswith(b"\0")
    else:
        assert SeedLayer.from_seed(seed, SIZE).payload == payload


@pytest.mark.parametrize(("payload", "why"), [(b"\1\0", "ends in a zero byte"), (b"\1\2\3\4\5", "has 5 bytes")])
def test_damage_is_told(payload: bytes, why: str) -> None:
    """Too long, and longer than needed."""
    with pytest.raises(DamagedError, match=f"the seed layer {why}"):
        _ = SeedLayer(SIZE, 0, payload).seed


@pytest.mark.parametrize("seed", [-1, 2**32])
def test_other_numbers_are_refused(seed: int) -> None:
    """Only numbers of four bytes are seeds."""
    with pytest.raises(InputError, match=f"from 0 to 4294967295, not {seed}"):
        SeedLayer.from_seed(seed, SIZE)


def test_a_picture_without_the_layer_has_no_seed(picture: Picture) -> None:
    """None is not 0."""
    assert picture.seed is None
    assert picture.with_layer(SeedLayer.from_seed(0, picture.size)).seed == 0
