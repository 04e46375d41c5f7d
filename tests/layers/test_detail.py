"""The detail layer: levels and bytes are exact, any number of first channels is a layer, nonsense is refused."""

from __future__ import annotations

import numpy as np
import pytest

from triptych.bitstream.rangecoder import RangeDecoder, RangeEncoder
from triptych.codec.decode import PartialWarning, decode
from triptych.codec.picture import Picture
from triptych.errors import (
    DamagedError,
    InputError,
    LimitError,
    TriptychError,
    UnsupportedError,
)
from triptych.layers import DetailLayer, TextureLayer, UnknownLayer, make_layer
from triptych.layers.detail import LEVELS, fitted_levels
from triptych.layers.detail_inputs import CHANNELS, INPUTS
from triptych.layers.detail_levels import FINENESSES, level_bits, pack_levels, unpack_levels
from triptych.layers.detail_size import detail_grid, work_size
from triptych.layers.levels import OUTPUTS, decode_levels, encode_levels
from triptych.layers.tables import load_table
from triptych.limits import Limits

SIZE = (256, 192)


def scattered(size: tuple[int, int] = SIZE, channels: int = CHANNELS, seed: int = 0) -> np.ndarray:
    """Levels that become rarer from channel to channel, as those of pictures do."""
    rng = np.random.default_rng(seed)
    width = np.linspace(1.2, 0.1, CHANNELS)[:channels, None, None]
    return np.rint(rng.laplace(0, width, (channels, *detail_grid(size)))).astype(np.int32)


@pytest.mark.parametrize("size", [(16, 16), (256, 256), (300, 200), (1, 65_536), (65_536, 1), (4096, 4000)])
@pytest.mark.parametrize("fineness", [0, 31, FINENESSES - 1])
def test_levels_round_trip(size: tuple[int, int], fineness: int) -> None:
    """Levels of a picture of any size come back exactly."""
    levels = scattered(size, 12)
    found, again = unpack_levels(pack_levels(levels, fineness), size)
    assert (found == levels).all() and again == fineness


def test_extreme_levels_round_trip() -> None:
    """Levels far beyond what networks give come back exactly."""
    levels = np.zeros((3, *detail_grid(SIZE)), np.int32)
    levels.flat[:10] = [1 << 13, -(1 << 13), 1, -1, 6, 7, -7, 8, 1000, -12_345]
    assert (unpack_levels(pack_levels(levels, 5), SIZE)[0] == levels).all()


@pytest.mark.parametrize("most", [0, 1, 7, 16_000])
@pytest.mark.parametrize("data", [None, b"", b"\xff\xff\xff\xff\xff\x01", bytes(range(1, 256))])
def test_levels_are_read_in_one_loop_as_bit_by_bit(most: int, data: bytes | None) -> None:
    """The loop that reads many levels gives those of single bits, from the same bytes, whoever wrote them."""

    class Single(RangeDecoder):
        pass

    rng = np.random.default_rng(most)
    chances = rng.integers(1, 65_536, (300, OUTPUTS))
    chances[:, 0] = 65_535 if most == 7 else chances[:, 0]
    levels = rng.integers(-most, most + 1, 300)
    encoder = RangeEncoder()
    encode_levels(encoder, levels, chances)
    payload = encoder.finish() if data is None else data
    found = []
    for decoder in (RangeDecoder, Single):
        coder = decoder(payload)
        try:
            read = [*decode_levels(coder, chances[:100]), *decode_levels(coder, chances[100:])]
        except DamagedError as error:
            found.append(str(error))
        else:
            found.append((read, coder.state()))
    assert found[0] == found[1]
    if data is None:
        assert found[0][0] == levels.tolist()


def test_a_level_beyond_the_largest_is_damaged_in_one_loop() -> None:
    """Bits that never end a magnitude, as those of no bytes, are refused."""
    with pytest.raises(DamagedError, match="out of range"):
        unpack_levels(b"\x5f\x60", (256, 64))


def test_a_payload_over_the_limit_is_not_unpacked() -> None:
    """The message names the limit; with a larger one it is read, and a picture without it is decoded in part."""
    layer = DetailLayer.from_levels(scattered(channels=8), 40, SIZE)
    picture = Picture(*SIZE, (TextureLayer.from_colours(np.zeros((3, 4, 3), np.uint8), SIZE, 9), layer))
    small, enough = Limits(detail_bytes=len(layer.payload) - 1), Limits(detail_bytes=len(layer.payload))
    with pytest.raises(LimitError, match=r"at most \d+ are unpacked \(Limits.detail_bytes\)") as caught:
        _ = Picture.from_bytes(picture.to_bytes(), limits=small).get(DetailLayer).value  # type: ignore[union-attr]
    assert caught.value.kind == "detail"
    assert Picture.from_bytes(picture.to_bytes(), limits=enough).get(DetailLayer).value.fineness == 40  # type: ignore[union-attr]
    with pytest.raises(LimitError):
        decode(picture.to_bytes(), decoder="sketch", limits=small)
    with pytest.warns(PartialWarning, match="the detail layer was left out"):
        assert decode(picture.to_bytes(), decoder="sketch", limits=small, partial=True).size == SIZE


def test_the_encoder_writes_no_more_than_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """However large the budget, the layer has at most as many bytes as a reader unpacks by default."""
    levels = scattered(channels=30)
    monkeypatch.setattr("triptych.layers.detail.DEFAULT", Limits(level_bytes=500))
    layer = fitted_levels(levels, 40, SIZE, 1 << 20)
    assert layer and 300 < len(layer.payload) <= 500


def test_grid_of_a_picture() -> None:
    """The grid has a cell per 16 pixels of the working size, whose longer side is 256 to 1,024 pixels."""
    assert detail_grid((512, 512)) == (32, 32)
    assert detail_grid((500, 300)) == (19, 32)
    assert work_size((4096, 1024)) == (1024, 256) and detail_grid((4096, 1024)) == (16, 64)
    assert work_size((640, 480)) == (640, 480) and work_size((32, 64)) == (128, 256)
    assert work_size((65_536, 1)) == (1024, 1)
    assert detail_grid((65_536, 1)) == (1, 64)


def test_price_foretells_length() -> None:
    """What the encoder reckons with is what the coder writes."""
    levels = scattered()
    bits = level_bits(levels, 20)
    assert bits.shape == (CHANNELS,)
    assert abs(bits.sum() / 8 + 2 - len(pack_levels(levels, 20))) < 3


def test_a_layer_is_cut_to_bytes() -> None:
    """The first channels of a layer are a layer, in as many bytes as there may be; their levels stay the same."""
    layer = DetailLayer.from_levels(scattered(), 20, SIZE)
    lengths = []
    for most in (layer.cost, 1500, 600, 150):
        cut, note = layer.fitted(most)
        assert cut is not None and cut.cost <= most and (note is None) == (cut == layer)
        count = len(cut.value.levels)
        assert (cut.value.levels == layer.value.levels[:count]).all() and cut.value.fineness == 20
        lengths.append(count)
    assert lengths[0] == len(layer.value.levels) and lengths == sorted(lengths, reverse=True)
    assert layer.fitted(8)[0] is None
    assert fitted_levels(np.zeros((CHANNELS, *detail_grid(SIZE)), np.int32), 3, SIZE, 100) is None


def test_empty_channels_at_the_end_cost_nothing() -> None:
    levels = np.zeros((CHANNELS, *detail_grid(SIZE)), np.int32)
    levels[0, 3, 4] = 1
    layer = DetailLayer.from_levels(levels, 0, SIZE)
    assert layer.payload[1] == 1
    assert layer.summary()["not_zero"] == [1]
    with pytest.raises(InputError, match="no detail"):
        DetailLayer.from_levels(np.zeros_like(levels), 0, SIZE)
    with pytest.raises(InputError, match="does not fit"):
        DetailLayer.from_levels(levels[:, 1:], 0, SIZE)


@pytest.mark.parametrize(
    "payload", [b"", b"\0", b"\x60\x01", b"\0\0", b"\0\x61\x01", b"\0\x01\x05\0", b"\0\x01" + b"\xff" * 4000]
)
def test_damage_is_refused(payload: bytes) -> None:
    with pytest.raises(DamagedError):
        _ = DetailLayer(SIZE, LEVELS, payload).detail


def test_other_codings_are_skipped() -> None:
    """A coding of tomorrow is kept like a layer of an unknown kind."""
    assert isinstance(make_layer(6, SIZE, LEVELS, b"\0\x01"), DetailLayer)
    assert isinstance(make_layer(6, SIZE, LEVELS + 1, b"\0\x01"), UnknownLayer)
    with pytest.raises(UnsupportedError, match="detail layer uses coding 2"):
        _ = DetailLayer(SIZE, LEVELS + 1, b"\0\x01").detail


def test_flipped_bits_never_do_worse_than_an_error() -> None:
    """A damaged layer gives other levels or one of our errors."""
    payload = pack_levels(scattered(channels=10), 30)
    rng = np.random.default_rng(1)
    for _ in range(30):
        data = bytearray(payload)
        data[rng.integers(len(data))] ^= 1 << int(rng.integers(8))
        try:
            levels, _ = unpack_levels(bytes(data), SIZE)
            assert np.abs(levels).max() <= 1 << 15
        except TriptychError:
            pass


def test_tables_keep_sums_exact() -> None:
    """Every sum in the network is a whole number that float32 holds (SPEC §6.4)."""
    table = load_table("detail")
    assert table["w1"].shape[0] == INPUTS and len(table["b1"]) == CHANNELS
    for weights, bias in (("w1", "b1"), ("w2", "b2"), ("w3", "b3")):
        most = np.abs(table[weights].astype(np.int64)).sum(0).max() * 127 + np.abs(table[bias].astype(np.int64)).max()
        assert most < 1 << 24
    partners = table["partners"]
    assert partners.shape == (CHANNELS, 6) and (partners <= np.arange(CHANNELS)[:, None]).all()
