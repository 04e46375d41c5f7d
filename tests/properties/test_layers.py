"""Every layer, for any value and any junk; pictures of any layers."""

from __future__ import annotations

import contextlib
import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import triptych
from triptych.bitstream import container
from triptych.bitstream.container import RawLayer, Stream
from triptych.codec.picture import Picture, make_picture
from triptych.errors import TriptychError
from triptych.layers import KINDS, EdgeLayer, PoseLayer, SemanticLayer, TextureLayer, grid_shape
from triptych.layers.texture import STEPS, pack_levels, rebuild, unpack_levels
from triptych.limits import MAX_LEVEL

SIDES = st.one_of(st.integers(1, 4096), st.sampled_from([1, 16, 512, 768, 65536]))
SIZES = st.tuples(SIDES, SIDES)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)


@st.composite
def edge_layers(draw: st.DrawFn, size: tuple[int, int], most: int = 20) -> EdgeLayer:
    """Any raster on any grid that fits a size."""
    shape = grid_shape(size, draw(st.integers(1, most)))
    return EdgeLayer.from_raster(draw(hnp.arrays(bool, shape)), size)


@st.composite
def texture_layers(draw: st.DrawFn, size: tuple[int, int]) -> TextureLayer:
    """Any colours on any small grid that fits a size."""
    shape = grid_shape(size, draw(st.integers(1, 6)))
    return TextureLayer.from_colours(draw(hnp.arrays(np.uint8, (*shape, 3))), size, draw(st.integers(0, STEPS - 1)))


@st.composite
def pose_layers(draw: st.DrawFn, size: tuple[int, int]) -> PoseLayer:
    """Up to three people with any joints anywhere, some missing."""
    people = draw(hnp.arrays(np.int64, (draw(st.integers(0, 3)), 18, 2), elements=st.integers(0, 255)))
    people[draw(hnp.arrays(bool, people.shape[:2]))] = -1
    return PoseLayer.from_people(people, size)


@st.composite
def pictures(draw: st.DrawFn) -> Picture:
    """A picture of any size with any non-empty subset of layers."""
    size = draw(SIZES)
    layers = [
        SemanticLayer.from_text(draw(TEXTS), size),
        draw(texture_layers(size)),
        draw(pose_layers(size)),
        draw(edge_layers(size, most=8)),
    ]
    chosen = draw(st.sets(st.integers(0, 3), min_size=1))
    return make_picture(size, [layers[i] for i in chosen])


@given(TEXTS)
def test_texts_round_trip(text: str) -> None:
    """Any text comes back unchanged from its layer's bytes."""
    layer = SemanticLayer.from_text(text, (512, 512))
    assert SemanticLayer(layer.size, layer.coding, layer.payload).text == text
    assert len(layer.payload) <= len(text.encode())


@given(st.data(), SIZES)
def test_rasters_round_trip(data: st.DataObject, size: tuple[int, int]) -> None:
    """Any raster comes back exactly."""
    raster = data.draw(hnp.arrays(bool, grid_shape(size, data.draw(st.integers(1, 24)))))
    layer = EdgeLayer.from_raster(raster, size)
    assert (EdgeLayer(size, 0, layer.payload).raster == raster).all()


@given(st.data(), SIZES)
def test_people_round_trip(data: st.DataObject, size: tuple[int, int]) -> None:
    """Any people with any joints come back exactly."""
    people = data.draw(hnp.arrays(np.int64, (data.draw(st.integers(0, 4)), 18, 2), elements=st.integers(0, 255)))
    people[data.draw(hnp.arrays(bool, people.shape[:2]))] = -1
    layer = PoseLayer.from_people(people, size)
    assert (PoseLayer(size, 0, layer.payload).people == people).all()


@given(st.data(), SIZES, st.integers(0, STEPS - 1))
def test_levels_round_trip(data: st.DataObject, size: tuple[int, int], index: int) -> None:
    """Any coefficients come back exactly, and what is unpacked is what they stand for."""
    shape = (3, *grid_shape(size, data.draw(st.integers(1, 8))))
    elements = st.one_of(st.integers(-3, 3), st.integers(-MAX_LEVEL, MAX_LEVEL))
    levels = data.draw(hnp.arrays(np.int64, shape, elements=elements))
    payload = pack_levels(levels, index)
    unpacked, found = unpack_levels(payload, size)
    assert (unpacked == levels).all() and found == index
    assert (TextureLayer(size, 0, payload).colours == rebuild(levels, index)).all()


@given(st.data(), SIZES)
def test_colours_come_back_close(data: st.DataObject, size: tuple[int, int]) -> None:
    """At the finest quality no cell of any colours is far from what it was, unless it had to be clipped."""
    shape = grid_shape(size, data.draw(st.integers(1, 6)))
    colours = data.draw(hnp.arrays(np.uint8, (*shape, 3)))
    layer = TextureLayer.from_colours(colours, size, 0)
    assert np.abs(layer.colours.astype(int) - colours).max() <= 24


@pytest.mark.parametrize("kind", KINDS)
@given(size=SIZES, coding=st.integers(0, 7), payload=st.binary(max_size=64))
def test_any_payload_gives_a_value_or_our_error(kind: int, size: tuple[int, int], coding: int, payload: bytes) -> None:
    """Whatever the bytes, unpacking ends, and with nothing but a value or our error; so does asking for the grid."""
    layer = KINDS[kind](size, coding, payload)
    try:
        layer.summary()
    except TriptychError as error:
        assert "\n" not in str(error)
    with contextlib.suppress(TriptychError):
        assert max(getattr(layer, "grid", (1, 1))) <= 256


@given(pictures())
def test_pictures_round_trip(picture: Picture) -> None:
    """Any picture reads back equal, from canonical bytes, with the same values."""
    data = picture.to_bytes()
    again = Picture.from_bytes(data)
    assert again == picture and again.to_bytes() == data
    assert triptych.inspect(data)["whole"]
    assert [layer.summary() for layer in again.layers] == [layer.summary() for layer in picture.layers]


@given(pictures(), st.data())
def test_replacing_one_layer_keeps_the_others_bytes(picture: Picture, data: st.DataObject) -> None:
    """After one layer was replaced or removed, every other layer has the same payload and checksum bytes."""

    def parts(of: Picture, without: int) -> dict[int, bytes]:
        stream = of.to_bytes()
        entries = container.scan(stream).entries
        return {e.kind: stream[e.offset : e.offset + e.length + 2] for e in entries if e.kind != without}

    new = data.draw(
        st.one_of(
            TEXTS.map(lambda text: SemanticLayer.from_text(text, picture.size)),
            texture_layers(picture.size),
            pose_layers(picture.size),
            edge_layers(picture.size, most=8),
        )
    )
    assert parts(picture.with_layer(new), new.kind) == parts(picture, new.kind)
    victim = data.draw(st.sampled_from(picture.layers))
    if len(picture.layers) > 1:
        assert parts(picture.without(victim.name), victim.kind) == parts(picture, victim.kind)


@st.composite
def nonsense(draw: st.DrawFn) -> bytes:
    """Streams with right checksums and any payloads, some of them cut or with bytes replaced."""
    kinds = sorted(draw(st.sets(st.integers(0, 7), min_size=1, max_size=4)))
    layers = tuple(RawLayer(kind, draw(st.integers(0, 2)), kind > 3, draw(st.binary(max_size=30))) for kind in kinds)
    side = st.integers(1, 300)
    data = container.write(Stream(draw(side), draw(side), layers))
    if draw(st.booleans()):
        data = data[: draw(st.integers(0, len(data)))]
    if data and draw(st.booleans()):
        at = draw(st.integers(0, len(data) - 1))
        data = data[:at] + draw(st.binary(max_size=3)) + data[at + 1 :]
    return data


@given(nonsense())
def test_hostile_streams_give_a_picture_or_our_error(data: bytes) -> None:
    """Inspecting and decoding, whole or partial, end with a picture, a description or our error."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", triptych.PartialWarning)
        for partial in (False, True):
            try:
                image = triptych.decode(data, partial=partial)
            except TriptychError as error:
                assert "\n" not in str(error)
            else:
                assert image.mode == "RGB"
    with contextlib.suppress(TriptychError):
        triptych.inspect(data)
