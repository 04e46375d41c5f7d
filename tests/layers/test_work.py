"""The work that a file may ask for: shared by its layers, in units that every machine counts alike (SPEC §8)."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import triptych
from triptych import edit
from triptych.bitstream.container import RawLayer, Stream
from triptych.bitstream.cursor import write_number
from triptych.bitstream.packets import write_packets
from triptych.codec.affordable import affordable
from triptych.codec.packets import assemble
from triptych.codec.picture import Picture
from triptych.layers import EdgeLayer, Layer, PoseLayer, RecipeLayer, SemanticLayer, TextureLayer
from triptych.layers.detail import DetailLayer
from triptych.layers.recipe.settings import CODED, NEGATIVE
from triptych.layers.text import model
from triptych.layers.text.layer import MODELLED, QUICK
from triptych.layers.work import BUSY_STEP, TOKEN, Work, granted, most_tokens, usual_tokens
from triptych.limits import DEFAULT, Limits

SIZE = (256, 256)
TEXT = "a red fox in deep snow, old oil painting, warm light, " * 3


def _coded_recipe(text: str) -> RecipeLayer:
    coded = model.encode_text(text)
    return RecipeLayer(SIZE, 0, bytes([NEGATIVE << 4 | CODED]) + write_number(len(coded)) + coded)


@pytest.fixture(scope="module")
def heavy() -> Picture:
    """A picture with layers of all kinds that count as they are unpacked, and of others."""
    rng = np.random.default_rng(0)
    layers = (
        SemanticLayer.from_text(TEXT, SIZE),
        TextureLayer.from_colours(rng.integers(0, 256, (16, 16, 3)).astype(np.uint8), SIZE, 8),
        PoseLayer.from_people(rng.integers(0, 256, (2, 18, 2)), SIZE),
        EdgeLayer.from_raster(rng.random((48, 48)) < 0.3, SIZE),
        _coded_recipe(TEXT),
        DetailLayer.from_levels(rng.integers(-1, 2, (8, 16, 16)), 60, SIZE),
    )
    return Picture(*SIZE, layers)


def _read(picture: Picture, work: int) -> tuple[dict[str, Layer], dict[str, str]]:
    """(layers that were unpacked, errors of the others) of a file, with so much work."""
    read, refused = {}, {}
    for layer in Picture.from_bytes(picture.to_bytes(), limits=Limits(work=work)).layers:
        try:
            _ = layer.value
            read[layer.name] = layer
        except triptych.LimitError as error:
            assert error.kind == layer.name
            refused[layer.name] = str(error)
    return read, refused


def test_parts_never_exceed_the_whole() -> None:
    """Whatever layers need, they are granted at most what a file may take, and never more than they can take."""
    rng = np.random.default_rng(0)
    for _ in range(300):
        pairs = np.sort(rng.integers(0, 900, (int(rng.integers(1, 8)), 2))).tolist()
        needs = [Work(sure, most, int(rng.integers(0, 3))) for sure, most in pairs]
        parts = granted(needs, 1000)
        assert sum(parts) <= 1000 and all(part <= need.most for part, need in zip(parts, needs, strict=True))
        for part, need in zip(parts, needs, strict=True):
            assert part in (0, need.most) or need.sure < need.most  # a part would be of no use


def test_known_work_is_granted_first_then_edges_then_texts() -> None:
    """What a header tells comes before what may be anything; then edges get more, then a prompt, then a recipe."""
    needs = [Work(50, 500, 1), Work.fixed(300), Work(40, 400), Work(30, 300, 2)]
    assert granted(needs, 2000) == [500, 300, 400, 300]
    assert granted(needs, 900) == [170, 300, 400, 30] and granted(needs, 420) == [50, 300, 40, 30]
    assert granted(needs, 320) == [0, 300, 20, 0] and granted(needs, 290) == [50, 0, 210, 30]


def test_a_file_takes_no_more_work_than_it_may(heavy: Picture, monkeypatch: pytest.MonkeyPatch) -> None:
    """With less and less to spend, layers are left out one by one, each with its own error; what is read fits."""
    tokens = [0]
    read_one = model._Reader.read

    def counted(self: model._Reader, token: int) -> None:
        tokens[0] += 1
        read_one(self, token)

    monkeypatch.setattr(model._Reader, "read", counted)
    most = sum(layer.spent() for layer in heavy.layers)
    seen = set()
    for work in (DEFAULT.work, most, most * 3 // 4, most // 2, most // 4, 5000, 0):
        model.decode_counted_again.cache_clear()
        tokens[0] = 0
        read, refused = _read(heavy, work)
        assert len(read) + len(refused) == len(heavy.layers)
        assert all("units of work" in text and "Limits.work" in text and "\n" not in text for text in refused.values())
        busy = {"edges": 0.5}  # of its steps many see nothing
        assert sum(layer.spent() * busy.get(name, 1) for name, layer in read.items()) <= work or work == DEFAULT.work
        assert (tokens[0] - 4) * TOKEN <= work
        seen.add(tuple(read))
    assert not _read(heavy, DEFAULT.work)[1] and len(seen) > 4


def test_what_is_left_out_does_not_depend_on_what_was_asked_for_first(heavy: Picture) -> None:
    """Layers that are unpacked in any order, or before a file is decoded, are refused or read alike."""
    work = sum(layer.spent() for layer in heavy.layers) * 2 // 3
    expected = _read(heavy, work)[1].keys()
    assert expected
    opened = Picture.from_bytes(heavy.to_bytes(), limits=Limits(work=work))
    refused = set()
    for layer in reversed(opened.layers):
        try:
            _ = layer.value
        except triptych.LimitError:
            refused.add(layer.name)
    found = triptych.inspect(heavy.to_bytes(), limits=Limits(work=work))
    assert refused == set(expected) == {layer["name"] for layer in found["layers"] if "error" in layer}
    with pytest.warns(triptych.PartialWarning, match="layer was left out"):
        triptych.decode(heavy.to_bytes(), decoder="sketch", partial=True, limits=Limits(work=work))


def test_a_text_that_repeats_itself_counts_as_it_is_read() -> None:
    """Few bytes may hold many tokens: read alone, left out where others need the work; the usual is always read."""
    payload = model.encode_text("," * 1500)
    assert len(model.encode_text(TEXT)) < 200 < model.count_tokens("," * 1500)
    layer = SemanticLayer(SIZE, MODELLED, payload)
    assert layer.text == "," * 1500
    short = SemanticLayer(SIZE, MODELLED, payload, limits=Limits(work=TOKEN * 100))
    with pytest.raises(triptych.LimitError, match=r"more than 100 tokens.*Limits\.work"):
        _ = short.text
    usual = usual_tokens(b"a" * 100, 2048)
    assert most_tokens(b"a" * 100, TOKEN * usual, 2048) == usual
    assert {most_tokens(b"a", TOKEN * work, 2048) for work in range(512, 600)} == {512}  # so that caches find it again


@pytest.mark.parametrize("max_bytes", [None, 270])
def test_what_is_encoded_is_read_again(max_bytes: int | None, monkeypatch: pytest.MonkeyPatch) -> None:
    """A long prompt, a dense map and fine colours together: texts are stored plainly where there is room, else strokes
    are left out with a note; every layer of the file is read."""
    hatched = np.zeros((64, 64), bool)
    hatched[::4] = True
    given = {"quality": 60} if max_bytes is None else {"max_bytes": max_bytes}
    limits = replace(DEFAULT, work=70_000)
    monkeypatch.setattr("triptych.codec.affordable.DEFAULT", limits)
    picture = triptych.encode(
        hatched.astype(np.uint8) * 255, prompt=TEXT, edges=hatched, edge_grid=64, colour_grid=12, recipe="none", **given
    )
    opened = Picture.from_bytes(picture.to_bytes(), limits=limits)
    assert all(layer.value is not None for layer in opened.layers) and opened.edges and opened.semantic
    if max_bytes is None:
        assert opened.semantic.coding == 0 and opened.semantic.text == TEXT.strip() and opened.edges.raster.sum() > 900
    else:
        assert len(picture.to_bytes()) <= max_bytes and opened.semantic.coding == QUICK


def test_layers_become_lighter(heavy: Picture, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where even that is not enough, the last layers lose something, with a note each, until the file can be read."""
    for share in (0.9, 0.6):
        work = int(sum(layer.spent() for layer in heavy.layers) * share)
        with monkeypatch.context() as patch:
            patch.setattr("triptych.codec.affordable.DEFAULT", replace(DEFAULT, work=work))
            lighter = affordable(heavy, room=0)
        assert not _read(lighter, work)[1]
        assert lighter.notes and all("readers unpack no more" in note for note in lighter.notes)


def test_what_is_edited_is_read_again(heavy: Picture, monkeypatch: pytest.MonkeyPatch) -> None:
    """Edits, scans and fewer bytes that would take readers beyond their budget of work cost something with a note, or
    the prompt is stored plainly; without that layers of these files would be refused."""
    plain = heavy.without("semantic", "recipe", "detail")
    prompted = plain.with_layer(SemanticLayer(SIZE, 0, (TEXT * 3).encode()))
    for picture, change in (
        (plain, lambda before: edit.set_prompt(before, TEXT * 3)),
        (plain, lambda before: edit.resize_canvas(before, (512, 512))),
        (plain.without("edges"), lambda before: edit.replace_edges(before, plain.edges.raster)),
        (plain, triptych.make_progressive),
        (prompted, lambda before: edit.thin(before, max_bytes=len(before.to_bytes()) - 1)),
    ):
        work = sum(layer.spent() for layer in picture.layers)
        assert _read(change(picture), work)[1]
        with monkeypatch.context() as patch:
            patch.setattr("triptych.codec.affordable.DEFAULT", replace(DEFAULT, work=work))
            made = change(picture)
        assert not _read(made, work)[1]
        assert made.notes or made.semantic.coding == 0


def test_the_texts_and_edges_of_packets_share_what_a_set_may_take() -> None:
    """Prompts in many packets count together, and the edges get what they leave."""
    text = SemanticLayer.from_text(TEXT, SIZE)
    edges = EdgeLayer.from_raster(np.random.default_rng(0).random((48, 48)) < 0.3, SIZE)
    parts = [Stream(*SIZE, tuple(RawLayer(x.kind, x.coding, False, x.payload) for x in (text, edges)))] * 3
    packets = write_packets(parts)
    assert assemble(packets).prompt == TEXT.strip() * 3 or assemble(packets).prompt == TEXT * 3
    few = assemble(packets, limits=Limits(packet_work=2 * model.count_tokens(TEXT) * TOKEN))
    assert few.semantic is None and any("semantic layer was left out" in note for note in few.notes)
    assert BUSY_STEP < TOKEN
