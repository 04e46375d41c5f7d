"""Regions of interest: boxes that the detail layer keeps finer than the rest."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

import triptych
from triptych import InputError, Picture, edit
from triptych.codec.encode import NO_ROI
from triptych.codec.interest import find_roi, head_boxes
from triptych.edit.stills import NOTE, SMALL
from triptych.errors import DamagedError
from triptych.layers import DetailLayer
from triptych.layers.detail import REGIONS, STILL
from triptych.layers.pose import JOINTS, MISSING
from triptych.layers.roi import UNIT, Regions, fit_regions
from triptych.limits import MAX_REGIONS

SAMPLES = Path(__file__).parents[2] / "samples"
FACE = (150, 130, 190, 170)  # of 300 x 300


@pytest.fixture(scope="module")
def image() -> Image.Image:
    """Blocks of noise everywhere, which a still of the whole cannot afford."""
    blocks = np.random.default_rng(3).integers(0, 256, (75, 75, 3), np.uint8)
    return Image.fromarray(blocks.repeat(4, 0).repeat(4, 1))


@pytest.fixture(scope="module")
def plain(image: Image.Image) -> Picture:
    return triptych.encode(image, max_bytes=1500)


@pytest.fixture(scope="module")
def focused(image: Image.Image) -> Picture:
    return triptych.encode(image, max_bytes=1500, roi=[FACE])


def _error(image: Image.Image, picture: Picture, decoder: str = "sketch") -> float:
    """Mean square within the region."""
    shown, true = (np.asarray(each.crop(FACE), float) for each in (triptych.decode(picture, decoder=decoder), image))
    return float(((shown - true) ** 2).mean())


@pytest.mark.parametrize("decoder", ["sketch", "miniature"])
def test_a_region_is_nearer_in_as_many_bytes(
    image: Image.Image, plain: Picture, focused: Picture, decoder: str
) -> None:
    layer = focused.get(DetailLayer)
    assert layer is not None and layer.coding == REGIONS and len(focused.to_bytes()) <= 1500
    assert Picture.from_bytes(focused.to_bytes()) == focused
    assert _error(image, focused, decoder) < 0.6 * _error(image, plain, decoder)


def test_it_is_described(focused: Picture) -> None:
    layer = focused.get(DetailLayer)
    ((box, still),) = layer.detail.regions
    assert box[0] <= FACE[0] and box[1] <= FACE[1] and box[2] >= FACE[2] and box[3] >= FACE[3]
    assert layer.summary()["roi"] == [{"box": list(box), "still": list(still.pixels.shape[1::-1])}]
    assert f"regions of interest {box[2] - box[0]} x {box[3] - box[1]}" in layer.describe()
    assert set(layer.files()) == {"detail.avif", "detail-roi-1.avif"}
    assert all(Image.open(BytesIO(data)).mode == "RGB" for data in layer.files().values())


def test_who_asks_in_vain_is_told(image: Image.Image) -> None:
    """Too few bytes for a still; a region as large as the picture, which cannot be finer than it."""
    assert NO_ROI in triptych.encode(image, max_bytes=120, roi=[FACE]).notes
    whole = triptych.encode(image, max_bytes=1500, roi=[(0, 0, 300, 300)])
    assert NO_ROI in whole.notes and whole.get(DetailLayer).coding == STILL


@pytest.mark.parametrize(
    ("roi", "why"),
    [
        ("eyes", "boxes"),
        ("faces", "keypoints"),
        ([(1, 2, 3)], "boxes"),
        ([(400, 10, 500, 20)], "no pixel"),
        ([(50, 50, 50, 90)], "no pixel"),
        ([("a", 0, 1, 1)], "the region of interest a,0,1,1: 'a' is not a number"),
        ("10,10,20", "boxes"),
        (["10%,10%,20%,120%"], "percentages"),
        ([(None, 0, 1, 1)], "boxes"),
        ("9,9,99,99 400,10,500,20", "no pixel"),
        (7, "boxes"),
    ],
)
def test_wrong_regions_are_one_clear_error(image: Image.Image, roi: object, why: str) -> None:
    with pytest.raises(InputError, match=why):
        triptych.encode(image, max_bytes=1500, roi=roi)


def test_texts_and_numbers_name_the_same_boxes() -> None:
    """One text or several, pixels or percent; the order is kept, and faces may be among them."""
    size = (500, 400)
    boxes = [(50, 100, 150, 200), (0, 0, 20, 30)]
    texts = ["10%, 25%, 30%, 50%", "-3,0px,20,30"]
    assert find_roi(texts, None, size) == find_roi(" ".join(texts), None, size) == find_roi(boxes, None, size)
    people = np.full((1, 18, 2), MISSING)
    people[0, [JOINTS.index(eye) for eye in ("left_eye", "right_eye")]] = (90, 40), (80, 40)
    (face,) = find_roi("faces", people, size)
    assert find_roi([boxes[0], "faces"], people, size) == [*find_roi([boxes[0]], None, size), face]


def test_faces_are_where_heads_are() -> None:
    """A box around eyes and ears, small heads first; who shows no head has none."""
    person = np.full((18, 2), MISSING)
    for name, place in {"nose": (64, 50), "right_eye": (61, 48), "left_eye": (67, 48), "neck": (64, 66)}.items():
        person[JOINTS.index(name)] = place
    far = np.where(person == MISSING, MISSING, person // 4)
    headless = np.full((18, 2), MISSING)
    headless[1] = 10
    boxes = head_boxes(np.stack([person, headless, far]), (512, 512))
    assert len(boxes) == 2 and boxes[0, 2] - boxes[0, 0] < boxes[1, 2] - boxes[1, 0]
    left, top, right, bottom = boxes[1]
    assert left < 2 * 61 and right > 2 * 67 and top < 2 * 46 and bottom > 2 * 54
    dancer = triptych.encode(
        SAMPLES / "dancer.png", people=SAMPLES / "dancer.keypoints.json", roi="faces", max_bytes=2000
    )
    assert dancer.get(DetailLayer).coding == REGIONS


def test_edits_elsewhere_keep_a_region_and_edits_of_it_drop_it(focused: Picture) -> None:
    before = focused.get(DetailLayer)
    elsewhere = edit.erase_object(focused, "0,0,30%,30%").get(DetailLayer)
    assert elsewhere.regions().stills == before.regions().stills and elsewhere.regions().boxes == before.regions().boxes
    touched = edit.erase_object(focused, "50%,45%,60%,55%")
    assert touched.get(DetailLayer).coding == STILL and NOTE in touched.notes
    assert edit.set_prompt(focused, "a spot").get(DetailLayer) == before


@pytest.mark.parametrize(
    "change",
    [
        lambda p, region: edit.paint(p, region, "red"),
        lambda p, region: edit.blend(p, region, Image.new("RGB", (20, 20), "red"), 1.0),
    ],
)
def test_colours_in_less_than_a_cell_are_the_stills_alone(
    plain: Picture, focused: Picture, change: Callable[[Picture, str], Picture]
) -> None:
    """Also in a region of interest, which stays; the colour map keeps its bytes. Without a still it is refused."""
    box = (164, 140, 178, 156)
    region = ",".join(map(str, box))
    for picture in (plain, focused):
        made = change(picture, region)
        before, after = (np.asarray(triptych.decode(p, decoder="sketch"), int) for p in (picture, made))
        inside = np.zeros((300, 300), bool)
        inside[box[1] + 3 : box[3] - 3, box[0] + 3 : box[2] - 3] = True
        assert np.abs(after[inside] - (255, 0, 0)).mean() < 60 < np.abs(before[inside] - (255, 0, 0)).mean()
        assert np.abs(after - before)[:, 220:].mean() < 12
        assert (
            made.texture == picture.texture and SMALL in made.notes and len(made.to_bytes()) <= len(picture.to_bytes())
        )
        assert made.get(DetailLayer).coding == picture.get(DetailLayer).coding
    with pytest.raises(InputError, match="centre of no cell"):
        change(edit.drop_layers(focused, "detail"), region)


def test_hues_in_less_than_a_cell_are_turned(focused: Picture) -> None:
    """From red to green; a turn by nothing changes nothing."""
    region = "164,140,178,156"
    red = edit.paint(focused, region, "red")
    green = edit.shift_colours(red, region, hue=120)
    middle = np.asarray(triptych.decode(green, decoder="sketch"), float)[143:153, 167:175].mean((0, 1))
    assert middle[1] > 2 * middle[0] and green.get(DetailLayer).coding == REGIONS
    assert edit.shift_colours(red, region).layers == red.layers


def test_windows_and_mirrored_pictures_take_regions_along(image: Image.Image, focused: Picture) -> None:
    box = (100, 80, 300, 280)
    cropped = edit.crop(focused, "100,80,300,280")
    assert cropped.get(DetailLayer).coding == REGIONS
    shown, true = (np.asarray(each, float)[60:80, 60:80] for each in
                   (triptych.decode(cropped, decoder="sketch"), image.crop(box)))  # fmt: skip
    assert ((shown - true) ** 2).mean() < 3500  # where no block is told from another it is 5400
    ((mirrored, _),) = edit.mirror(focused).get(DetailLayer).detail.regions
    ((plain, _),) = focused.get(DetailLayer).detail.regions
    assert (mirrored[0], mirrored[2]) == (300 - plain[2], 300 - plain[0])


def test_thinning_keeps_them_while_there_is_room(focused: Picture) -> None:
    thinner = edit.thin(focused, max_bytes=1100)
    assert thinner.get(DetailLayer).coding == REGIONS and len(thinner.to_bytes()) <= 1100


@given(st.binary(max_size=120), st.sampled_from([(256, 256), (256, 1), (1024, 700)]))
@settings(max_examples=200, deadline=None)
def test_any_bytes_are_taken_apart_or_refused(payload: bytes, size: tuple[int, int]) -> None:
    try:
        regions = Regions.parse(payload, size)
    except DamagedError:
        return
    assert regions.pack() == payload and 1 <= len(regions.boxes) <= MAX_REGIONS


@given(st.lists(st.tuples(*[st.integers(-50, 400)] * 4), min_size=1, max_size=6), st.integers(0, 900))
@settings(max_examples=15, deadline=None)
def test_any_boxes_fit_or_are_left_out(boxes: list[tuple[int, int, int, int]], most: int) -> None:
    """Whatever the boxes, a payload is no longer than allowed, and can be read."""
    image = Image.new("RGB", (301, 257), "teal")
    regions = fit_regions(image, boxes, most)
    assert all(end % UNIT == 0 for box in regions.boxes for end in box)
    layer = DetailLayer.from_image(image, image.size, most, boxes)
    if layer:
        assert layer.cost <= most
        assert len(layer.detail.regions) == len(regions.boxes)
