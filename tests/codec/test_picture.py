"""`Picture`: an immutable value, its files, and what it does with damage."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import pytest

from triptych.bitstream import container
from triptych.bitstream.container import RawLayer, Stream
from triptych.codec.picture import Picture, make_picture
from triptych.errors import DamagedError, InputError, LimitError, TruncatedError, UnsupportedError
from triptych.layers import SemanticLayer, UnknownLayer
from triptych.limits import Limits


def _with(picture: Picture, *extra: RawLayer) -> bytes:
    """The picture's stream with more layers in it."""
    stream = container.read(picture.to_bytes())
    layers = sorted([*stream.layers, *extra], key=lambda layer: layer.kind)
    return container.write(Stream(stream.width, stream.height, tuple(layers)))


def test_bytes_round_trip(picture: Picture) -> None:
    """A picture read from its bytes is equal to it and has the same bytes."""
    data = picture.to_bytes()
    again = Picture.from_bytes(data)
    assert again == picture and again.to_bytes() == data and hash(again) == hash(picture)
    assert again.notes == ()


def test_files_round_trip(picture: Picture, tmp_path: Path) -> None:
    """Saving writes the stream and returns its length; opening gives the picture; nothing else is left behind."""
    path = tmp_path / "a.trp"
    assert picture.save(path) == len(picture.to_bytes()) == path.stat().st_size
    assert Picture.open(path) == Picture.open(str(path)) == picture
    assert list(tmp_path.iterdir()) == [path]


def test_layers_are_found_by_name_and_class(picture: Picture) -> None:
    """Each layer has an attribute; a missing one is None; bpp counts the whole file."""
    assert picture.prompt == "a red fox in the snow"
    assert picture.get(SemanticLayer) is picture.semantic is picture.layers[0]
    assert None not in (picture.texture, picture.pose, picture.edges)
    bare = picture.without("semantic", "pose")
    assert bare.prompt is bare.semantic is bare.pose is None
    assert [layer.name for layer in bare.layers] == ["texture", "edges"]
    assert picture.size == (512, 512)
    assert picture.bpp == len(picture.to_bytes()) * 8 / 512 / 512


def test_pictures_cannot_be_changed(picture: Picture) -> None:
    """A picture is a value: edits make new ones."""
    with pytest.raises(dataclasses.FrozenInstanceError):
        picture.width = 5  # type: ignore[misc]
    other = picture.with_layer(SemanticLayer.from_text("a blue fox", picture.size))
    assert (picture.prompt, other.prompt) == ("a red fox in the snow", "a blue fox")


def test_a_layer_of_another_picture_is_refused(picture: Picture) -> None:
    """Grids depend on the picture's size, so a layer made for another size does not fit."""
    with pytest.raises(InputError, match=r"for a picture of \(64, 64\), not \(512, 512\)"):
        picture.with_layer(SemanticLayer.from_text("x", (64, 64)))


def test_notes_do_not_make_a_difference(picture: Picture) -> None:
    """Notes are about how a picture came to be; they are not part of its value."""
    assert dataclasses.replace(picture, notes=("thinned",)) == picture


def test_unknown_ancillary_layers_are_kept(picture: Picture) -> None:
    """A layer of tomorrow that may be skipped survives reading and writing byte for byte."""
    data = _with(picture, RawLayer(7, 3, True, b"tomorrow"))
    again = Picture.from_bytes(data)
    assert isinstance(again.layers[-1], UnknownLayer) and again.layers[-1].payload == b"tomorrow"
    assert again.to_bytes() == data
    assert again.with_layer(SemanticLayer.from_text("new", again.size)).layers[-1] == again.layers[-1]


@pytest.mark.parametrize("partial", [False, True])
def test_unknown_critical_layers_are_unsupported(picture: Picture, partial: bool) -> None:
    """A layer of tomorrow that must not be skipped asks for an update, even where damage is tolerated."""
    with pytest.raises(UnsupportedError, match="kind 9, which this Triptych does not know"):
        Picture.from_bytes(_with(picture, RawLayer(9, 0, False, b"x")), partial=partial)


def test_known_layers_must_not_be_ancillary(picture: Picture) -> None:
    """The property of a known kind is fixed."""
    layers = (RawLayer(0, 0, True, b"x"),)
    with pytest.raises(DamagedError, match="semantic layer is marked as skippable"):
        Picture.from_bytes(container.write(Stream(5, 5, layers)))


def test_unknown_codings_do_not_hinder_opening(picture: Picture) -> None:
    """A known kind in a coding of tomorrow is opened and kept; only its value is out of reach."""
    data = container.write(Stream(5, 5, (RawLayer(0, 6, False, b"x"),)))
    opened = Picture.from_bytes(data)
    assert opened.to_bytes() == data
    with pytest.raises(UnsupportedError, match="coding 6"):
        _ = opened.prompt


def test_damage_is_an_error_unless_a_part_will_do(picture: Picture) -> None:
    """Without `partial` any fault is an error; with it the other layers are there and a note says what is not."""
    data = bytearray(picture.to_bytes())
    data[container.scan(bytes(data)).entries[1].offset] ^= 8
    with pytest.raises(DamagedError, match="the texture layer at bytes"):
        Picture.from_bytes(bytes(data))
    some = Picture.from_bytes(bytes(data), partial=True)
    assert [layer.name for layer in some.layers] == ["semantic", "pose", "edges"]
    assert some.layers == picture.without("texture").layers
    (note,) = some.notes
    assert "texture layer" in note and "checksum" in note


def test_a_cut_file_gives_the_layers_that_are_whole(picture: Picture) -> None:
    """With `partial`, a file cut at any byte gives every layer before the cut, the start of the prompt, or an error."""
    data = picture.to_bytes()
    found = container.scan(data)
    ends = [entry.offset + entry.length + 2 for entry in found.entries]
    for length in range(len(data)):
        with pytest.raises(TruncatedError):
            Picture.from_bytes(data[:length])
        whole = sum(end <= length for end in ends)
        if whole:
            some = Picture.from_bytes(data[:length], partial=True)
            assert some.layers == picture.layers[:whole] and len(some.notes) == len(ends) - whole
        else:  # nothing, or the start of the prompt
            try:
                (cut,) = Picture.from_bytes(data[:length], partial=True).layers
            except TruncatedError:
                continue
            assert cut.name == "semantic" and picture.layers[0].text.startswith(cut.text)


def test_trailing_bytes_are_an_error_or_a_note(picture: Picture) -> None:
    """Bytes after the end are refused, or tolerated and told."""
    data = picture.to_bytes() + b"abc"
    with pytest.raises(DamagedError, match="3 bytes follow"):
        Picture.from_bytes(data)
    some = Picture.from_bytes(data, partial=True)
    assert some == picture and some.notes == ("3 bytes follow the last layer",)


def test_files_that_cannot_be_opened_are_input_errors(tmp_path: Path) -> None:
    """A missing file and a folder are told by name."""
    for path in (tmp_path / "none.trp", tmp_path):
        with pytest.raises(InputError, match=str(path)):
            Picture.open(path)


def test_errors_of_files_name_the_file(picture: Picture, tmp_path: Path) -> None:
    """Whatever is wrong inside a file, the message starts with its name and the class of error stays."""
    path = tmp_path / "cut.trp"
    path.write_bytes(picture.to_bytes()[:-1])
    with pytest.raises(TruncatedError, match=f"^{path}: the edges layer"):
        Picture.open(path)


def test_large_files_are_not_read(make: Callable[..., Picture], tmp_path: Path) -> None:
    """A file over the reader's limit is refused after the limit's bytes, however long it is."""
    path = tmp_path / "large.trp"
    path.write_bytes(make().to_bytes() + bytes(5000))
    with pytest.raises(LimitError, match="401 bytes, the limit is 400"):
        Picture.open(path, limits=Limits(stream_bytes=400))


def test_saving_leaves_the_old_file_when_it_fails(picture: Picture, tmp_path: Path) -> None:
    """A target that cannot be written is an InputError, and no temporary file stays."""
    (tmp_path / "folder.trp").mkdir()
    for path in (tmp_path / "folder.trp", tmp_path / "missing" / "a.trp"):
        with pytest.raises(InputError, match="cannot be written"):
            picture.save(path)
    assert [p.name for p in tmp_path.iterdir()] == ["folder.trp"]


def test_layers_may_come_in_any_order(picture: Picture) -> None:
    """The order in which layers are given does not show in the bytes."""
    assert make_picture(picture.size, picture.layers[::-1]) == picture


def test_a_picture_without_layers_cannot_be_written(picture: Picture) -> None:
    """There is nothing to write when every layer was taken away."""
    with pytest.raises(InputError, match="at least one layer"):
        picture.without("semantic", "texture", "pose", "edges").to_bytes()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda p: Picture(*p.size, p.layers + p.layers[-1:]), "two edges layers"),
        (lambda p: Picture(*p.size, p.layers[::-1]), "sort them by kind"),
        (lambda p: Picture(64, 64, p.layers), r"is for a picture of \(512, 512\), not \(64, 64\)"),
        (lambda p: Picture(0, 512, ()), "1 to 65536 pixels, not 0 x 512"),
        (lambda p: Picture(512.0, 512, ()), "1 to 65536 pixels, not 512.0 x 512"),
        (lambda p: Picture(*p.size, ("edges",)), "'edges' is not a layer"),
        (lambda p: Picture(*p.size, "edges"), "the layers of a picture are a tuple"),
        (lambda p: Picture(*p.size, p.layers, "a note"), "the notes of a picture are a tuple"),
        (lambda p: Picture(*p.size, p.layers, (1,)), "a note is a line of text"),
        (lambda p: p.without("sematnic"), "no layer called 'sematnic'; there are: semantic, texture"),
    ],
)
def test_a_picture_cannot_be_wrong(picture: Picture, change: Callable[[Picture], Picture], message: str) -> None:
    """What could not be written is refused when it is made, by our own error."""
    with pytest.raises(InputError, match=message):
        change(picture)


def test_notes_are_carried_through(picture: Picture) -> None:
    """Every operation keeps what is known of a picture's making."""
    noted = picture.with_notes("one").with_notes("two", "three")
    for changed in (noted.without("pose"), noted.with_layer(noted.layers[0]), dataclasses.replace(noted, layers=())):
        assert changed.notes == ("one", "two", "three")


def test_one_readable_line(picture: Picture) -> None:
    """What a console shows of a picture."""
    lengths = [len(layer.payload) for layer in picture.layers]
    expected = "<Picture 512 x 512 pixels: semantic {}, texture {}, pose {}, edges {} bytes, 1 notes>".format(*lengths)
    assert repr(picture.with_notes("a")) == expected
    assert repr(Picture(4, 5, ())) == "<Picture 4 x 5 pixels: no layers>"
