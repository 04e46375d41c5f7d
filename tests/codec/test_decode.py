"""Decoding: any subset of layers gives a picture, decoders are found by name, damage is told."""

from __future__ import annotations

import itertools
import sys
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import triptych
from triptych import registry
from triptych.bitstream import container
from triptych.bitstream.container import RawLayer, Stream
from triptych.codec.decode import Conditioning, Decoder, PartialWarning, condition, find_decoder
from triptych.codec.picture import Picture
from triptych.errors import DamagedError, InputError, LimitError, TriptychError
from triptych.limits import Limits
from triptych.registry import GROUP


class Recorder:
    """A decoder that keeps what it was given."""

    def decode(self, conditioning: Conditioning) -> np.ndarray:
        self.given = conditioning
        return np.zeros((conditioning.height, conditioning.width, 3), np.uint8)


NAMES = ("semantic", "texture", "pose", "edges")


@pytest.mark.parametrize("count", range(len(NAMES) + 1))
def test_any_subset_of_layers_gives_a_picture(make: Callable[..., Picture], count: int) -> None:
    """Every combination of layers paints an RGB picture of the right size."""
    picture = make((90, 60))
    for names in itertools.combinations(NAMES, count):
        image = triptych.decode(picture, layers=names)
        assert image.size == (90, 60) and image.mode == "RGB"


def test_decoders_get_the_values_of_the_layers(picture: Picture, person: np.ndarray) -> None:
    """A decoder sees the prompt, the raster, people as fractions, colours, size and seed."""
    recorder = Recorder()
    assert isinstance(recorder, Decoder)
    image = triptych.decode(picture, decoder=recorder, seed=7)
    given = recorder.given
    assert image.size == (given.width, given.height) == (512, 512)
    assert given.prompt == "a red fox in the snow" and given.seed == 7
    assert given.edges is not None and given.edges.dtype == bool and given.edges.shape == (24, 24)
    assert given.colours is not None and given.colours.dtype == np.uint8 and given.colours.shape == (4, 4, 3)
    assert given.people is not None and np.allclose(given.people, (person[None] + 0.5) / 256)


def test_layers_that_are_not_used_are_none(picture: Picture) -> None:
    """A decoder is not shown the layers that were not asked for."""
    given = condition(picture, layers=["texture"])
    assert given.prompt is given.edges is given.people is None and given.colours is not None


def test_the_seed_follows_from_the_bytes(make: Callable[..., Picture]) -> None:
    """The same file has the same seed, another file has another one, and it fits 32 bits."""
    seeds = [condition(make(text=text)).seed for text in ("a cat", "a cat", "a dog")]
    assert seeds[0] == seeds[1] != seeds[2]
    assert 0 <= seeds[0] < 2**32


def test_decoding_twice_gives_the_same_picture(picture: Picture, tmp_path: Path) -> None:
    """A picture, its bytes and its file decode to the same pixels."""
    picture.save(tmp_path / "a.trp")
    sources = [picture, picture.to_bytes(), tmp_path / "a.trp", str(tmp_path / "a.trp")]
    assert len({triptych.decode(source).tobytes() for source in sources}) == 1


def test_unknown_layers_do_not_disturb(picture: Picture) -> None:
    """A skipped layer changes nothing in the painted picture."""
    stream = container.read(picture.to_bytes())
    more = container.write(Stream(512, 512, (*stream.layers, RawLayer(7, 2, True, b"tomorrow"))))
    assert triptych.decode(more, seed=1).tobytes() == triptych.decode(picture, seed=1).tobytes()


def test_partial_decoding_warns_of_what_is_missing(picture: Picture) -> None:
    """A cut file is an error, or with `partial` a picture and one warning for each layer that is not there."""
    data = picture.to_bytes()[: container.scan(picture.to_bytes()).entries[2].offset + 3]
    with pytest.raises(DamagedError):
        triptych.decode(data)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        image = triptych.decode(data, partial=True, seed=1)
    assert [w.category for w in caught] == [PartialWarning] * 2
    assert [str(w.message).split(" layer")[0] for w in caught] == ["the pose", "the edges"]
    assert all(w.filename == __file__ for w in caught)
    assert image.tobytes() == triptych.decode(picture.without("pose", "edges"), seed=1).tobytes()


def test_a_layer_that_cannot_be_unpacked_is_left_out_of_a_partial_picture() -> None:
    """A payload whose checksum is right and whose content is not counts as damage, too."""
    layers = (RawLayer(0, 0, False, b"a cat"), RawLayer(1, 0, False, b"\xff\x00\x01"))
    data = container.write(Stream(64, 64, layers))
    with pytest.raises(DamagedError, match="texture layer states 256 cells"):
        triptych.decode(data)
    with pytest.warns(PartialWarning, match="the texture layer was left out"):
        image = triptych.decode(data, partial=True)
    assert image.size == (64, 64)


def test_huge_pictures_are_refused_before_they_are_painted(make: Callable[..., Picture]) -> None:
    """A picture of more pixels than the reader allows is a LimitError."""
    with pytest.raises(LimitError, match="65536 x 65536 pixels, more than 268435456"):
        triptych.decode(make((65536, 65536)))
    with pytest.raises(LimitError, match="more than 99"):
        triptych.decode(make((10, 10)), limits=Limits(pixels=99))


def test_wrong_names_list_the_right_ones(picture: Picture) -> None:
    """An unknown decoder or layer is an InputError that says what there is."""
    with pytest.raises(InputError, match=r"no decoder called 'oil'; there are: .*sketch"):
        triptych.decode(picture, decoder="oil")
    with pytest.raises(InputError, match="no layer called 'depth'; there are: semantic, texture, pose, edges"):
        triptych.decode(picture, layers=["depth"])
    assert "sketch" in triptych.decoder_names()


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str, str], None]]:
    """Pretends that a package with entry points for decoders is installed."""
    monkeypatch.syspath_prepend(str(tmp_path))

    def add(package: str, entries: str) -> None:
        info = tmp_path / f"{package}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[{GROUP}]\n{entries}\n")

    find_decoder.cache_clear()
    yield add
    find_decoder.cache_clear()
    for name in [name for name in sys.modules if name.startswith("plain_paint")]:
        del sys.modules[name]


def test_other_packages_add_decoders(picture: Picture, install: Callable[[str, str], None], tmp_path: Path) -> None:
    """A decoder named by an entry point is listed, loaded on first use and painted with."""
    (tmp_path / "plain_paint.py").write_text(
        "import numpy\n"
        "class Plain:\n"
        "    def decode(self, conditioning):\n"
        "        return numpy.full((conditioning.height, conditioning.width, 3), 77, numpy.uint8)\n"
    )
    install("plain_paint", "plain = plain_paint:Plain")
    assert {"plain", "sketch"} <= set(triptych.decoder_names())
    assert "plain_paint" not in sys.modules
    image = triptych.decode(picture, decoder="plain")
    assert image.getextrema() == ((77, 77),) * 3


def test_two_claims_to_a_name_are_refused(install: Callable[[str, str], None]) -> None:
    """Neither two packages nor a package and Triptych itself can share a name."""
    install("one", "twice = one:A\nsketch = one:B")
    install("two", "twice = two:A")
    with pytest.raises(TriptychError, match=r"more than one package provides 'twice' \(one:A, two:A\)"):
        registry.load("twice")
    with pytest.raises(TriptychError, match="more than one package provides 'sketch'"):
        registry.load("sketch")


def test_decoders_that_cannot_be_imported_are_told(install: Callable[[str, str], None], tmp_path: Path) -> None:
    """A missing module, a missing import of it and a missing name in it are our error, with the entry's value."""
    (tmp_path / "plain_paint_two.py").write_text("import surely_not_installed\n")
    (tmp_path / "plain_paint_three.py").write_text("")
    install("p", "a = plain_paint_none:A\nb = plain_paint_two:B\nc = plain_paint_three:C")
    for name, value in [("a", "plain_paint_none:A"), ("b", "plain_paint_two:B"), ("c", "plain_paint_three:C")]:
        with pytest.raises(TriptychError, match=rf"'{name}' \({value}\) cannot be loaded"):
            registry.load(name)


def test_decoded_pictures_are_pillow_images(picture: Picture, tmp_path: Path) -> None:
    """The result can be saved like any other picture."""
    triptych.decode(picture).save(tmp_path / "a.png")
    with Image.open(tmp_path / "a.png") as image:
        assert image.size == (512, 512)


def test_each_leading_set_of_layers_is_painted(make: Callable[..., Picture]) -> None:
    """Prompt; prompt and structure; everything: each as `decode` paints these layers, with the seed of the file."""
    picture = make((96, 64))
    each = triptych.decode_each(picture, decoder="sketch", size=48)
    assert list(each) == ["layer1", "layer2", "all"]
    for layers, image in zip(("semantic", ["semantic", "structure"], None), each.values(), strict=True):
        assert image == triptych.decode(picture, decoder="sketch", size=48, layers=layers)
    assert list(triptych.decode_each(picture.without("semantic"), decoder="sketch")) == ["layer2", "all"]
    assert list(triptych.decode_each(picture.without("semantic", "pose", "edges"), decoder="sketch")) == ["all"]
