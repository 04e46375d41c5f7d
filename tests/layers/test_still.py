"""Stills: AV1 frames without their wrapping come back exactly, keep to their bytes, and nonsense is refused."""

from __future__ import annotations

import warnings
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from triptych.codec.decode import PartialWarning, decode
from triptych.codec.inspect import inspect, verify
from triptych.codec.picture import Picture, make_picture
from triptych.edit import mirror, thin
from triptych.errors import DamagedError, LimitError, UnsupportedError
from triptych.layers import DetailLayer, TextureLayer, av1
from triptych.layers.detail import STILL
from triptych.layers.detail_size import work_size
from triptych.layers.still import Still, fit_still, pack_still, recode_still, still_size, unpack_still
from triptych.limits import Limits


@pytest.fixture(scope="module")
def image() -> Image.Image:
    """A picture with smooth parts, an edge and some grain, the same everywhere."""
    y, x = np.mgrid[:192, :256]
    planes = np.stack([x, y, 255 - x], 2) * (1 - 0.4 * (x + y > 200))[..., None]
    planes = planes + np.random.default_rng(0).normal(0, 6, planes.shape)
    return Image.fromarray(planes.clip(0, 255).astype(np.uint8))


@pytest.mark.parametrize("size", [(256, 192), (57, 33), (16, 1), (1, 1)])
def test_only_the_wrapping_is_left_out(image: Image.Image, size: tuple[int, int]) -> None:
    """What is decoded is what Pillow reads from the whole AVIF file, in some 290 bytes less."""
    picture = image.resize(size)
    file = BytesIO()
    picture.save(file, "AVIF", quality=30, speed=av1.QUICK, subsampling="4:2:0", max_threads=1)
    payload = av1.encode(picture, 30)
    assert len(payload) < len(file.getvalue()) - 250
    with Image.open(file) as whole:
        assert (av1.decode(payload, size) == np.asarray(whole.convert("RGB"))).all()


@pytest.mark.parametrize("size", [(256, 192), (1, 1024), (700, 3)])
def test_its_size_follows_from_its_first_byte(image: Image.Image, size: tuple[int, int]) -> None:
    picture = image.resize(size)
    for code in (0, 2, (max(size) - 1) // 4):
        still = unpack_still(pack_still(picture, code, 10), size)
        assert still.pixels.shape[1::-1] == still_size(bytes([code]), size)
        assert still.enlarged().shape == (size[1], size[0], 3)
        assert still.about().min() >= 0 and still.about().max() <= 1
    with pytest.raises(DamagedError, match="more than the"):
        still_size(bytes([255]), (100, 100))


@pytest.mark.parametrize("most", [60, 400, 1500, 9000])
def test_it_keeps_to_its_bytes_and_uses_them(image: Image.Image, most: int) -> None:
    payload = fit_still(image, most)
    assert payload is not None
    assert 0.8 * most < len(payload) <= most
    assert DetailLayer.from_image(image, (256, 192), most).cost <= most  # type: ignore[union-attr]


def test_too_few_bytes_give_none(image: Image.Image) -> None:
    assert fit_still(image, 8) is None and fit_still(image, 0) is None
    assert DetailLayer.from_image(image, (256, 192), 5) is None


def test_more_bytes_come_nearer(image: Image.Image) -> None:
    errors = []
    for most in (200, 800, 3000):
        still = unpack_still(fit_still(image, most) or b"", image.size)
        errors.append(float(((still.enlarged().astype(float) - np.asarray(image)) ** 2).mean()))
    assert errors == sorted(errors, reverse=True)


@pytest.mark.parametrize(
    "payload",
    [b"", b"\x03", b"\x03\x0e", b"\x03\x4e\x1f", bytes.fromhex("030e1ff7878515dfffffe2c0")],
)
def test_nonsense_is_refused(payload: bytes) -> None:
    with pytest.raises(DamagedError):
        _ = DetailLayer((64, 64), STILL, payload).value


def test_a_damaged_frame_gives_a_picture_or_an_error(image: Image.Image) -> None:
    """Any bytes give pixels of the size that the layer says, or one clear error."""
    whole, rng = pack_still(image, 20, 20), np.random.default_rng(1)
    for _ in range(60):
        changed = bytearray(whole)
        changed[int(rng.integers(2, len(whole)))] ^= int(rng.integers(1, 256))
        cut = bytes(changed[: int(rng.integers(3, len(whole) + 1))])
        try:
            assert unpack_still(cut, image.size).pixels.shape == (63, 84, 3)
        except DamagedError as error:
            assert "AV1 frame of 84 x 63 pixels" in str(error)


def test_a_large_one_is_not_unpacked(image: Image.Image) -> None:
    layer = DetailLayer((256, 192), STILL, pack_still(image, 40, 30), limits=Limits(detail_bytes=100))
    with pytest.raises(LimitError, match="at most 100"):
        _ = layer.value


def test_it_can_be_looked_at(image: Image.Image) -> None:
    """A line for people, a summary, and a file that everybody can open."""
    layer = DetailLayer.from_image(image, (2560, 1920), 2000)
    assert layer is not None and isinstance(layer.detail, Still)
    width, height = layer.summary()["still"]
    assert layer.describe() == f"AV1 picture, {width} x {height}"
    assert layer.detail.size == work_size((2560, 1920)) == (1024, 768)
    with Image.open(BytesIO(layer.files()["detail.avif"])) as file:
        assert (np.asarray(file.convert("RGB")) == layer.detail.pixels).all()


def test_thinning_codes_it_again(image: Image.Image) -> None:
    layer = DetailLayer.from_image(image, image.size, 2000)
    assert layer is not None
    less, note = layer.fitted(900)
    assert less is not None and less.cost <= 900 and "coded again" in (note or "")
    none, note = layer.fitted(10)
    assert none is None and "left out" in (note or "")


def test_a_pillow_without_avif_says_so(image: Image.Image, monkeypatch: pytest.MonkeyPatch) -> None:
    """One clear error, and the file is painted without it if that is wanted."""
    colours = TextureLayer.from_colours(np.full((3, 4, 3), 90, np.uint8), image.size, 16)
    still = DetailLayer.from_image(image, image.size, 800)
    assert still is not None
    data = make_picture(image.size, [colours, still]).to_bytes()
    monkeypatch.setattr(av1, "available", lambda: False)
    with pytest.raises(UnsupportedError, match="install Pillow from PyPI"):
        decode(data)
    assert decode(data, layers=["texture"]).size == image.size
    assert Picture.from_bytes(data).to_bytes() == data


@pytest.fixture(scope="module")
def strange(image: Image.Image) -> dict[str, bytes]:
    """Payloads of strangers for a picture of 256 x 192 pixels."""
    whole = pack_still(image, 20, 30)
    flipped = [bytes([*whole[:at], whole[at] ^ 0x24, *whole[at + 1 :]]) for at in (2, 5, 9)]
    return (
        {f"tools {tools}": bytes([whole[0], tools]) + whole[2:] for tools in (0, 27, 63, 64)}
        | {f"a bit {at}": payload for at, payload in zip((2, 5, 9), flipped, strict=True)}
        | {f"cut at {at}": whole[:at] for at in (1, 2, len(whole) - 1)}
        | {f"of side {code}": bytes([code]) + whole[1:] for code in (0, 21, 64)}
        | {"no frame": whole[:2] + bytes(range(256)), "twice": whole + whole[2:]}
    )


def test_strangers_stills_cost_that_layer(image: Image.Image, strange: dict[str, bytes]) -> None:
    """Whatever its bytes are: shown, checked, extracted, edited, thinned and opened, or one clear line about it."""
    colours = TextureLayer.from_colours(np.full((3, 4, 3), 90, np.uint8), image.size, 16)
    refused = 0
    for name, payload in strange.items():
        picture = make_picture(image.size, [colours, DetailLayer(image.size, STILL, payload)])
        data = picture.to_bytes()
        fault = next((layer["error"] for layer in inspect(data)["layers"] if "error" in layer), None)
        assert bool(verify(data)) == (fault is not None), name
        refused += fault is not None
        with Image.open(BytesIO(data)) as opened:
            assert opened.info["layers"] == ["texture", "detail"]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", PartialWarning)
            assert decode(data, decoder="sketch", partial=True, size=64).size == (64, 48)
        turned = mirror(picture).get(DetailLayer)
        assert turned is None if fault else turned.detail.pixels.shape == picture.get(DetailLayer).detail.pixels.shape
        if payload[1:2] > b"?" or len(payload) < 3:
            with pytest.raises(DamagedError, match="known tools and a frame"):
                DetailLayer(image.size, STILL, payload).files()
        if fault:  # others are coded again, which takes its time
            less = thin(picture, max_bytes=len(data) - 5)
            assert less.get(DetailLayer) is None and any("detail" in note for note in less.notes)
    assert 5 <= refused < len(strange)


def test_qualities_of_the_same_bytes_do_not_end_a_still(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where several steps of quality give as many bytes and all too many, coarser ones are tried, and the best kept."""
    monkeypatch.setattr(av1, "encode", lambda image, quality: bytes(410 if quality > 7 else 380 + quality))
    made = recode_still(bytes(400), np.zeros((16, 16, 3), np.uint8))
    assert made is not None and len(made) > 380


def test_encoders_may_leave_the_colours_to_the_boxes(image: Image.Image, monkeypatch: pytest.MonkeyPatch) -> None:
    """What older ones write, whose headers of the bitstream do not describe the colours, gives the same payload."""
    payload, media = av1.encode(image, 30), av1._media
    older = av1.sequence_header(image.size, payload[0], described=False)

    def boxed(file: bytes) -> bytes:
        units = dict(av1._units(media(file))) | {0x0A: older}
        return b"".join(av1._unit(first, content) for first, content in units.items())

    monkeypatch.setattr(av1, "_media", boxed)
    assert len(older) < len(av1.sequence_header(image.size, payload[0])) and av1.encode(image, 30) == payload
