"""Few bytes and bad links: placeholders, links, files that show from the first byte, packets."""

from __future__ import annotations

import random
import sys
import warnings
from itertools import pairwise

import numpy as np
import pytest
from PIL import Image, ImageDraw

import triptych
from triptych.bitstream import container
from triptych.bitstream.cursor import MAX_NUMBER
from triptych.codec.packets import assemble, split_packets
from triptych.codec.placeholder import make_placeholder, short_size
from triptych.codec.progressive import make_progressive
from triptych.codec.transmitted import LINE, lay_over
from triptych.errors import BudgetError, DamagedError, InputError
from triptych.layers import EdgeLayer, FinerLayer, make_layer, unite
from triptych.layers.scans import unpack_scans
from triptych.raster.strokes import strokes_of
from triptych.raster.thin import thin

PROMPT = "a small red house on a hill, a tree beside it, evening light, oil on canvas, very quiet"


@pytest.fixture(scope="module")
def image() -> Image.Image:
    """Shapes with soft shading, 160 x 120 pixels."""
    ramp = np.linspace(60, 200, 256)[None, :, None] * np.linspace(0.6, 1.1, 192)[:, None, None]
    drawn = Image.fromarray((ramp * np.array([1.0, 0.9, 0.8])).clip(0, 255).astype(np.uint8))
    draw = ImageDraw.Draw(drawn)
    draw.rectangle((30, 80, 110, 160), (180, 40, 30))
    draw.polygon([(25, 80), (70, 40), (115, 80)], (60, 30, 30))
    draw.ellipse((150, 40, 230, 140), (30, 120, 50))
    draw.rectangle((183, 140, 197, 180), (90, 60, 40))
    return drawn.resize((160, 120), Image.Resampling.LANCZOS)


@pytest.fixture(scope="module")
def plain(image: Image.Image) -> triptych.Picture:
    return triptych.encode(image, prompt=PROMPT, max_bytes=260, edge_grid=64, layers=("semantic", "texture", "edges"))


@pytest.fixture(scope="module")
def progressive(plain: triptych.Picture) -> triptych.Picture:
    return triptych.make_progressive(plain)


# --- bare forms and placeholders -----------------------------------------------------------------------------


def test_bare_forms_and_texts_are_read_like_files(plain: triptych.Picture) -> None:
    """`from_bytes`, `decode` and `inspect` take them; a file made of one has its first bytes again."""
    bare = plain.to_bare()
    assert triptych.Picture.from_bytes(bare) == triptych.Picture.from_text(plain.to_text()) == plain
    assert triptych.Picture.from_bytes(bare).to_bytes() == plain.to_bytes()
    assert triptych.inspect(bare)["bytes"] == len(bare) and triptych.inspect(bare)["whole"]
    assert triptych.decode(bare, decoder="sketch").size == plain.size


@pytest.mark.parametrize("most", [16, 28, 128])
def test_placeholders_fit_and_show_the_colours(image: Image.Image, most: int) -> None:
    """The bare form has at most the bytes asked for; its colours are those of the picture, about."""
    text = triptych.placeholder(image, bytes=most)
    picture = triptych.Picture.from_text(text)
    assert len(picture.to_bare()) <= most and len(text) <= -(-4 * most // 3)
    assert (picture.edges is not None) == (most >= 28)
    shown = np.asarray(triptych.decode(picture, decoder="sketch", size=image.size), float)
    assert np.abs(shown.mean((0, 1)) - np.asarray(image, float).mean((0, 1))).max() < 14


def test_placeholders_without_strokes(image: Image.Image) -> None:
    """Colours alone where that is wanted, and below 28 bytes, where there is no room for others."""
    blur = make_placeholder(image, bytes=35, strokes=False)
    assert not blur.edges and blur.texture and 28 <= len(blur.to_bare()) <= 35
    assert make_placeholder(image, bytes=27) == make_placeholder(image, bytes=27, strokes=False)


@pytest.mark.parametrize("most", range(28, 129, 20))
def test_placeholders_of_odd_pictures_fit(most: int) -> None:
    """A pixel, a grey strip, noise with transparency."""
    noise = Image.effect_noise((90, 17), 90).convert("RGBA")
    for odd in (Image.new("RGB", (1, 1)), Image.new("L", (500, 3), 90), noise):
        assert len(make_placeholder(odd, bytes=most).to_bare()) <= most


@pytest.mark.parametrize("size", [(512, 512), (500, 333), (4000, 3000), (1080, 1920), (3000, 200), (16, 900)])
def test_placeholders_keep_the_shape(size: tuple[int, int]) -> None:
    """Sides are multiples of 64 pixels whose ratio is that of the picture within 3 %, where 16 to 1 allows it."""
    width, height = short_size(size)
    assert width % 64 == height % 64 == 0 and max(width, height) <= 1024
    wanted = min(max(size[0] / size[1], 1 / 16), 16)
    assert abs(width / height / wanted - 1) < 0.03


@pytest.mark.parametrize("given", [15, 129, True, 28.0])
def test_placeholders_of_other_sizes_are_refused(image: Image.Image, given: int) -> None:
    """One error that says what is possible."""
    with pytest.raises(InputError, match="16 to 128"):
        make_placeholder(image, bytes=given)


# --- links ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["sms", "lorawan-slow"])
def test_a_link_sets_the_budget_of_one_packet(image: Image.Image, name: str) -> None:
    """The bare form fits, uses most of it, and the file is the same layers."""
    picture = triptych.encode(image, prompt="a house", link=name)
    most = triptych.links()[name].bytes
    assert 0.7 * most < len(picture.to_bare()) <= most
    assert any(name in note for note in picture.notes)


def test_links_that_cannot_be(image: Image.Image) -> None:
    """An unknown name, and two budgets at once."""
    with pytest.raises(InputError, match="there are: meshtastic"):
        triptych.encode(image, link="telegraph")
    with pytest.raises(InputError, match="one of"):
        triptych.encode(image, link="sms", max_bytes=100)
    with pytest.raises((BudgetError, InputError)):
        triptych.encode(image, max_bytes=5, progressive=True)


def test_airtime_is_that_of_the_published_formula() -> None:
    """A LoRaWAN packet of 51 bytes and 13 of headers at SF12 takes 2.7935 s, one of 64 bytes at SF7 0.1180 s."""
    assert round(triptych.airtime(64, spreading=12), 4) == 2.7935
    assert round(triptych.airtime(64, spreading=7), 4) == 0.1180
    with pytest.raises(InputError):
        triptych.airtime(256)


# --- progressive files ---------------------------------------------------------------------------------------


def test_a_progressive_file_holds_the_same(plain: triptych.Picture, progressive: triptych.Picture) -> None:
    """Colours and edges are exactly those of the plain file, and it grows by little."""
    assert progressive.get(FinerLayer) is not None
    read = triptych.Picture.from_bytes(progressive.to_bytes())
    united = {layer.name: layer for layer in unite(read.layers)}
    assert united["texture"] == plain.texture
    assert (united["edges"].value == plain.edges.value).all()
    assert len(progressive.to_bytes()) < 1.08 * len(plain.to_bytes())
    assert triptych.decode(read, decoder="sketch").tobytes() == triptych.decode(plain, decoder="sketch").tobytes()


def test_any_prefix_is_a_picture(progressive: triptych.Picture) -> None:
    """Behind the header every cut gives layers, what they hold is right, and never less than before."""
    data = progressive.to_bytes()
    header = container.scan_header(data).header_bytes
    edges, text = progressive.edges.value, progressive.prompt
    last = 0
    for length in range(header + 6, len(data), 41):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            part = triptych.Picture.from_bytes(data[:length], partial=True)
        assert text.startswith(part.prompt)
        if part.edges:
            assert not (part.edges.value & ~edges).any()
            assert part.edges.value.sum() >= last
            last = int(part.edges.value.sum())
        assert triptych.Picture.from_bytes(part.to_bytes()) == part
    assert last == edges.sum()
    with pytest.raises(DamagedError):
        triptych.Picture.from_bytes(data[:-1])


def test_progressive_encoding_keeps_to_the_budget(image: Image.Image) -> None:
    """Also where the budget is too small for another order, which a note says."""
    for most in (60, 260):
        picture = triptych.encode(image, prompt=PROMPT, max_bytes=most, progressive=True)
        assert len(picture.to_bytes()) <= most


def test_progressive_encoding_fills_the_budget() -> None:
    """What the order of the bytes leaves of it goes to more strokes, as long as there are any."""
    drawn, chance = Image.new("RGB", (160, 120), "white"), random.Random(1)
    for _ in range(60):
        ImageDraw.Draw(drawn).line([(chance.randrange(160), chance.randrange(120)) for _ in range(2)], "black")
    made = triptych.encode(drawn, max_bytes=300, layers=("texture", "edges"), progressive=True)
    assert made.edges.coding == 1 and 297 <= len(made.to_bytes()) <= 300


def test_the_best_strokes_are_in_the_first_half(plain: triptych.Picture) -> None:
    """Where strokes are known, half of the file has all of the first scan, even if the edges are one figure."""
    drawn, chance = Image.new("1", (64, 48)), random.Random(1)
    for _ in range(40):
        ImageDraw.Draw(drawn).line([(chance.randrange(64), chance.randrange(48)) for _ in range(2)], 1)
    raster = thin(np.asarray(drawn))
    dense = plain.without("semantic").with_layer(EdgeLayer.from_raster(raster, plain.size))
    data = make_progressive(dense, lambda grid: strokes_of(raster)).to_bytes()
    edges = triptych.Picture.from_bytes(data).edges
    scans, _ = unpack_scans(edges.payload[1:], edges.grid)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        half = triptych.Picture.from_bytes(data[: len(data) // 2], partial=True)
    assert len(scans) == 2 and half.texture and (half.edges.raster & scans[0] == scans[0]).all()
    assert 0.4 * edges.raster.sum() < half.edges.raster.sum() < 0.8 * edges.raster.sum()
    assert edges.raster.sum() > 0.75 * raster.sum()


def test_packets_and_scans_need_no_scipy(plain: triptych.Picture, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is no dependency of the package."""
    monkeypatch.setitem(sys.modules, "scipy", None)
    monkeypatch.setitem(sys.modules, "scipy.ndimage", None)
    assert triptych.make_progressive(plain).edges.coding == 1
    assert assemble(split_packets(plain, 120)).layers == plain.layers


def test_edits_know_finer_colours(progressive: triptych.Picture, plain: triptych.Picture) -> None:
    """An edit of anything keeps all of the colours; thinning takes the finer ones first."""
    edited = triptych.edit.mirror(progressive)
    assert edited.get(FinerLayer) is None
    assert (triptych.edit.mirror(edited).texture.colours == plain.texture.colours).all()
    thin = triptych.edit.thin(progressive, max_bytes=len(progressive.to_bytes()) - 10)
    assert thin.get(FinerLayer) is None and thin.texture == progressive.texture


# --- packets -------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def packets(plain: triptych.Picture) -> list[bytes]:
    return split_packets(plain, 120, parity=1)


def test_all_packets_give_the_same_layers(plain: triptych.Picture, packets: list[bytes]) -> None:
    """In any order, twice, and among others; each is within the size asked for."""
    assert max(map(len, packets)) <= 120
    shuffled = random.Random(1).sample(packets, len(packets))
    assert assemble([*shuffled, packets[0]]).layers == plain.layers
    again = assemble([*packets, b"", b"not a packet", packets[1][:-1] + b"!"])
    assert again.layers == plain.layers and "3 packets were damaged" in again.notes


def test_any_subset_is_a_picture(plain: triptych.Picture, packets: list[bytes]) -> None:
    """Each packet by itself, and each prefix, with edges that are in the picture; each one adds something."""
    shown = []
    for count in range(1, len(packets)):
        part = assemble(packets[:count])
        triptych.decode(part, decoder="sketch", size=32)
        shown.append((len(part.prompt or ""), part.edges.value.sum() if part.edges else 0, part.texture.steps))
        if part.edges:
            assert not (part.edges.value & ~plain.edges.value).any()
    assert all(a <= b for a, b in pairwise(shown)) and shown[0] != shown[-1]
    for packet in packets[:-1]:
        assert assemble([packet]).size == plain.size


def test_without_the_first_packet_there_are_coarse_colours(plain: triptych.Picture, packets: list[bytes]) -> None:
    """Each packet repeats them; with the first one those of that count, and nothing is left of the others."""
    assert plain.texture is not None
    wanted = plain.texture.colours.astype(float).mean((0, 1))
    for packet in packets[1:-1]:
        part = assemble([packet])
        assert part.texture is not None and part.texture != plain.texture
        assert np.abs(part.texture.colours.mean((0, 1)) - wanted).max() < 12
        assert assemble([packet, packets[0]]).texture.grid == plain.texture.grid


@pytest.mark.parametrize("parity", [0, 1])
def test_no_packet_is_longer_than_was_asked_for(plain: triptych.Picture, parity: int) -> None:
    """Whatever part of the colours a packet has room for, also nearly all of them."""
    assert plain.texture is not None
    for mtu in (48, *(len(plain.texture.payload) + more for more in (-30, 10, 25, 60))):
        packets = split_packets(plain, mtu, parity=parity)
        assert max(map(len, packets)) <= mtu, mtu
        again = assemble(packets)
        assert again.texture is not None and (again.texture.colours == plain.texture.colours).all()


def test_parity_makes_up_for_one(plain: triptych.Picture, packets: list[bytes]) -> None:
    """Any one may be lost."""
    for lost in range(0, len(packets), 2):
        assert assemble(packets[:lost] + packets[lost + 1 :]).layers == plain.layers


def test_a_number_that_pieces_have_no_place_for() -> None:
    """A long layer of one of the last few kinds that there can be is an error in one line."""
    layer = make_layer(MAX_NUMBER + 3, (64, 64), 0, bytes(300))
    with pytest.raises(InputError, match="longer than a packet"):
        split_packets(triptych.Picture(64, 64, (layer,)), 48)


def test_long_layers_travel_in_pieces(plain: triptych.Picture) -> None:
    """A recipe that is longer than a packet is there when all of its pieces are."""
    noise = bytes(np.random.default_rng(1).integers(0, 256, 300, np.uint8))
    recipe = triptych.Recipe(seed=7, blocks=(triptych.Block("comment", "comment", noise),))
    picture = plain.with_layer(triptych.RecipeLayer.from_recipe(recipe, plain.size))
    made = split_packets(picture, 120)
    assert assemble(made).layers == picture.layers
    assert assemble(made[:-1]).recipe is None


@pytest.mark.parametrize(("mtu", "parity"), [(47, 0), (70_000, 0), (100, 2)])
def test_packets_that_cannot_be(plain: triptych.Picture, mtu: int, parity: int) -> None:
    """Sizes out of range, and codes that are not there."""
    with pytest.raises(InputError):
        split_packets(plain, mtu, parity=parity)


def test_nothing_to_assemble() -> None:
    """No packet, or none that is whole: one clear error."""
    for given in ([], [b"", b"!" * 20]):
        with pytest.raises(DamagedError):
            assemble(given)


# --- what was transmitted ------------------------------------------------------------------------------------


def test_edges_and_cells_are_laid_over(plain: triptych.Picture) -> None:
    """The colour of the lines is in the picture, and no pixel far from lines and dots changes."""
    from triptych.codec.decode import condition

    conditioning = condition(plain)
    painted = triptych.decode(plain, decoder="sketch")
    over = np.asarray(lay_over(painted, conditioning))
    assert (over == LINE).all(-1).sum() > 50
    assert 0.2 < (over == np.asarray(painted)).all(-1).mean() < 0.99


def test_one_stroke_that_is_longer_than_a_packet_is_cut() -> None:
    """A single winding line without ends to cut at, beside short ones: all of it arrives."""
    raster, steps = np.zeros((128, 128), bool), np.random.default_rng(0)
    for number, top in enumerate(range(8, 112, 10)):  # a trembling serpentine
        height = top + np.clip(np.cumsum(steps.integers(-1, 2, 120)), -2, 2)
        raster[height, np.arange(4, 124)] = True
        side = 123 if number % 2 == 0 else 4
        raster[top - 2 : top + 12, side] = True
    raster[1, 2:9] = True
    given = triptych.Picture(512, 512, [triptych.EdgeLayer.from_raster(raster, (512, 512))])
    packets = split_packets(given, 120)
    assert len(packets) > 2 and max(map(len, packets)) <= 120
    (edges,) = assemble(packets[::-1]).layers
    assert np.array_equal(edges.raster, given.layers[0].raster)
