"""The detail layer from pixels to pixels: bytes are kept to, pictures come nearer, edits keep of it what holds."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import triptych
from triptych import Picture, edit
from triptych.codec.allocate import make_budget
from triptych.codec.decode import condition
from triptych.codec.proposals import share_detail
from triptych.decoders.diffusion.conditions import draw
from triptych.edit.stills import NOTE
from triptych.layers import DetailLayer, SeedLayer, TextureLayer, av1
from triptych.layers.detail import LEVELS
from triptych.layers.detail_size import work_size

PORTRAIT = Path(__file__).parents[2] / "samples" / "portrait.png"


@pytest.fixture(scope="module")
def image() -> Image.Image:
    """A picture whose sides are no multiples of 16."""
    return Image.open(PORTRAIT).convert("RGB").resize((300, 250), Image.Resampling.LANCZOS)


@pytest.fixture(scope="module")
def rich(image: Image.Image) -> Picture:
    return triptych.encode(image, prompt="a portrait", max_bytes=1200)


def _distance(image: Image.Image, picture: Picture, **options) -> float:
    made = np.asarray(triptych.decode(picture, **options), float)
    return float(((made - np.asarray(image, float)) ** 2).mean())


def test_more_bytes_come_nearer(image: Image.Image, rich: Picture) -> None:
    """Files keep to their budget and use it, and each larger one is nearer to the picture."""
    distances = []
    for most in (400, 900, 1500):
        picture = triptych.encode(image, max_bytes=most)
        assert most * 0.85 < len(picture.to_bytes()) <= most
        assert Picture.from_bytes(picture.to_bytes()) == picture
        distances.append(_distance(image, picture))
    assert distances == sorted(distances, reverse=True)


def test_the_detail_is_on_top_of_the_others(image: Image.Image, rich: Picture) -> None:
    """Without it the same picture is painted, less near; and what is painted below does not depend on it."""
    layer = rich.get(DetailLayer)
    assert layer is not None and layer.ancillary
    without = ["semantic", "texture", "edges"]
    assert _distance(image, rich) < _distance(image, rich, layers=without)
    bare = triptych.decode(rich.without("detail"))
    assert (np.asarray(triptych.decode(rich, layers=without)) == np.asarray(bare)).all()


def test_other_decoders_show_a_still_too(image: Image.Image, rich: Picture) -> None:
    """`sketch` shows it as it is, and what a diffusion model starts from is finer than the colours."""
    assert _distance(image, rich, decoder="sketch") < _distance(image, rich.without("detail"), decoder="sketch")
    conditions = condition(rich)
    finer, coarse = (draw(c, "smooth", 300, 250) for c in (conditions, replace(conditions, extra={})))
    wanted = np.asarray(image, float)
    assert ((finer - wanted) ** 2).mean() < ((coarse - wanted) ** 2).mean()


def test_a_fine_still_is_shown_as_it_is(image: Image.Image, monkeypatch: pytest.MonkeyPatch) -> None:
    """From some bytes on nothing is painted below it, as nothing of that would be seen."""
    fine = triptych.encode(image, bpp=0.8)
    monkeypatch.setattr("triptych.decoders.miniature.decoder.load_miniature", lambda: pytest.fail("painted"))
    assert _distance(image, fine) < 100


def test_texts_that_leave_no_room_are_named(image: Image.Image) -> None:
    picture = triptych.encode(image, prompt="zxqj " * 200, max_bytes=280, layers=["semantic", "texture", "detail"])
    assert picture.get(DetailLayer) is None
    assert any("leave too few bytes" in note for note in picture.notes)


def test_little_budgets_have_none(image: Image.Image) -> None:
    assert triptych.encode(image, max_bytes=120).get(DetailLayer) is None
    assert share_detail(image.size, make_budget(image.size, max_bytes=120)) == 0
    assert triptych.encode(image, max_bytes=1200, layers=["texture", "edges"]).get(DetailLayer) is None


def test_who_asks_for_it_is_told_why_it_is_left_out(image: Image.Image) -> None:
    """Too few bytes, no colours, a quality; with the least number of bytes that the note names it is there."""
    asked = ["texture", "detail"]
    note = triptych.encode(image, max_bytes=120, layers=asked).notes[0]
    least = int(note.removeprefix("the detail layer was left out: for this picture it needs a budget of ").split()[0])
    assert share_detail(image.size, make_budget(image.size, max_bytes=least))
    assert not share_detail(image.size, make_budget(image.size, max_bytes=least - 1))
    assert "not a quality" in triptych.encode(image, quality=20, layers=asked).notes[0]
    assert "on top of colours" in triptych.encode(image, max_bytes=1200, layers=["edges", "detail"]).notes[0]


def test_edits_keep_of_a_still_what_they_do_not_touch(rich: Picture) -> None:
    """Where something goes it shows what the other layers do, in no more bytes; what is elsewhere stays."""
    before = rich.get(DetailLayer)
    edited = edit.erase_object(rich, "0,0,50%,100%")
    after = edited.get(DetailLayer)
    assert after.cost <= before.cost and [note for note in edited.notes if "detail" in note] == [NOTE]
    old, new, bare = (
        triptych.decode(picture, decoder="sketch") for picture in (rich, edited, edited.without("detail"))
    )
    left, right = (np.s_[:, :130], np.s_[:, 170:])
    near = [np.abs(np.asarray(new, float)[side] - np.asarray(other, float)[side]).mean() for side, other in
            ((left, bare), (left, old), (right, old), (right, bare))]  # fmt: skip
    assert near[0] < near[1] and near[2] < near[3]


def test_what_only_a_still_shows_is_erased() -> None:
    """A dot smaller than a cell, which colours and edges do not know: edits that change none of them take it out."""
    image = Image.new("RGB", (256, 256), (90, 120, 200))
    image.paste((250, 240, 60), (120, 120, 136, 136))
    flat = TextureLayer.from_colours(np.full((3, 3, 3), (90, 120, 200), np.uint8), image.size, 20)
    picture = Picture(*image.size, (flat, DetailLayer.from_image(image, image.size, 400)))
    edited = edit.erase_object(picture, "110,110,146,146")
    assert edited.texture == picture.texture
    seen = [np.asarray(triptych.decode(each, decoder="sketch"), float)[120:136, 120:136] for each in (picture, edited)]
    assert seen[0][..., 2].mean() < 120 < 180 < seen[1][..., 2].mean()


def test_edits_of_people_replace_it_where_they_are_and_were(rich: Picture) -> None:
    """Who goes, comes or moves: there it shows what the other layers do; where nobody was or is, it stays."""
    posed = rich.with_layer(edit.add_person(rich.without("detail"), "20%,50%", "70%").pose)
    left, right = np.s_[90:160, 40:80], np.s_[90:160, 220:260]
    cases = (
        (edit.remove_person(posed, 1), (left,)),
        (edit.move_person(posed, 1, "60%,0"), (left, right)),
        (edit.add_person(posed, "80%,50%", "70%"), (right,)),
        (edit.erase_object(posed.without("edges"), "0,0,40%,100%"), (left,)),
    )
    old = np.asarray(triptych.decode(posed, decoder="sketch"), float)
    for edited, touched in cases:
        assert [note for note in edited.notes if "detail" in note] == [NOTE]
        new, bare = (
            np.asarray(triptych.decode(picture, layers=("texture", *shown), decoder="sketch"), float)
            for picture, shown in ((edited, ("detail",)), (edited, ("edges",)))
        )
        for place in (left, right):
            is_bare = np.abs(new - bare)[place].mean() < np.abs(new - old)[place].mean()
            assert is_bare == (place in touched)


def test_shifted_colours_are_shifted_in_it(rich: Picture) -> None:
    edited = edit.shift_colours(rich, lightness=15)
    old, new = (picture.get(DetailLayer).detail.pixels.astype(float) for picture in (rich, edited))
    assert 15 < (new - old).mean() < 60
    assert np.corrcoef(new.ravel(), old.ravel())[0, 1] > 0.9


def test_a_mirrored_or_cut_picture_keeps_its_still(rich: Picture) -> None:
    turned = edit.mirror(rich)
    assert np.abs(np.asarray(triptych.decode(turned, decoder="sketch"), float)[:, ::-1]
                  - np.asarray(triptych.decode(rich, decoder="sketch"), float)).mean() < 8  # fmt: skip
    cut = edit.crop(rich, "20%,20%,80%,80%")
    assert cut.get(DetailLayer).detail.size == work_size(cut.size)
    assert cut.get(DetailLayer).cost < rich.get(DetailLayer).cost


def test_other_layers_on_top_are_left_out_with_a_note(rich: Picture) -> None:
    """A prompt changes nothing that a still shows; other colours throughout leave nothing of it."""
    assert edit.set_prompt(rich, "another portrait").get(DetailLayer) == rich.get(DetailLayer)
    edited = edit.paint(rich, "all", "tomato")
    assert edited.get(DetailLayer) is None and "detail" in edited.notes[-1]
    assert rich.with_layer(SeedLayer.from_seed(7, rich.size)).get(DetailLayer) is not None
    dropped = edit.drop_layers(rich, "detail")
    assert [layer.name for layer in dropped.layers] == ["semantic", "texture", "edges"]


def test_thinning_cuts_it_first(rich: Picture) -> None:
    """Fewer bytes: a coarser one, while the others keep theirs; then none."""
    size = len(rich.to_bytes())
    cut = edit.thin(rich, max_bytes=size - 200)
    assert len(cut.to_bytes()) <= size - 200
    assert cut.without("detail") == rich.without("detail")
    assert cut.get(DetailLayer).value.bytes < rich.get(DetailLayer).value.bytes
    bare = edit.thin(rich, max_bytes=len(rich.without("detail").to_bytes()) - 20)
    assert bare.get(DetailLayer) is None and any("detail" in note for note in bare.notes)


def test_levels_serve_where_there_is_no_avif(image: Image.Image, monkeypatch: pytest.MonkeyPatch) -> None:
    """The other coding needs nothing but the package; it can be cut by its channels."""
    monkeypatch.setattr(av1, "available", lambda: False)
    rich = triptych.encode(image, max_bytes=1200)
    layer = rich.get(DetailLayer)
    assert layer is not None and layer.coding == LEVELS
    assert _distance(image, rich) < _distance(image, rich, layers=["texture", "edges"])
    cut = edit.thin(rich, max_bytes=len(rich.to_bytes()) - 200)
    assert cut.without("detail") == rich.without("detail")
    assert len(cut.get(DetailLayer).value.levels) < len(layer.value.levels)


def test_tiny_and_large_pictures(image: Image.Image) -> None:
    """The network works at 256 to 1,024 pixels; the result has the picture's size."""
    for size in ((40, 24), (1300, 70)):
        picture = triptych.encode(image.resize(size), max_bytes=1500)
        assert picture.get(DetailLayer) is not None
        assert triptych.decode(picture).size == size


def test_a_prompt_has_its_share_of_the_whole_budget(image: Image.Image) -> None:
    """What the still takes does not cut a prompt that takes less than its share."""
    words = "an intricate oil painting of a lighthouse keeper reading old letters beside a brass lantern"
    picture = triptych.encode(image, prompt=words, max_bytes=300, recipe="none")
    assert picture.prompt == words and picture.get(DetailLayer) and not picture.notes
    assert 290 <= len(picture.to_bytes()) <= 300


def test_chinese_prompts_are_cut_where_they_must_be(image: Image.Image) -> None:
    picture = triptych.encode(image, prompt="画" * 200, max_bytes=300, recipe="none")
    assert 20 < len(picture.prompt) < 200 and set(picture.prompt) == {"画"}
