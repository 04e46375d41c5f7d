"""`Picture`: a picture as its layers. The value that everything else makes, edits and draws."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import TypeVar

from ..bitstream import container
from ..bitstream.bare import from_text, is_bare, read_bare, to_text, write_bare
from ..bitstream.container import SIGNATURE
from ..errors import DamagedError, InputError, TriptychError, TruncatedError, UnsupportedError
from ..files import FileSource, name_of, read_source, write_whole
from ..layers import (
    EdgeLayer,
    Layer,
    PoseLayer,
    RecipeLayer,
    SeedLayer,
    SemanticLayer,
    TextureLayer,
    find_kind,
    find_names,
    make_layer,
)
from ..layers.work import share_work
from ..limits import DEFAULT, MAX_SIDE, Limits

L = TypeVar("L", bound=Layer)


@dataclass(frozen=True, repr=False)
class Picture:
    """A picture as its layers; immutable, and equal to another one with the same bytes.

    Attributes:
        width, height: size of the picture in pixels, 1..65,536 each.
        layers: in ascending order of kind, at most one of each, all made for a picture of this size.
        notes: what the encoder or an edit thinned, left out or added, or what was wrong with a file opened with
            ``partial=True``; one line each. They are not part of the stream, and every operation keeps them.

    Raises:
        InputError: the parts do not make a picture.
    """

    width: int
    height: int
    layers: tuple[Layer, ...]
    notes: tuple[str, ...] = field(default=(), compare=False)

    def __post_init__(self) -> None:
        for name in ("layers", "notes"):
            given = getattr(self, name)
            if isinstance(given, str | bytes):
                raise InputError(f"the {name} of a picture are a tuple, not {given!r}")
            object.__setattr__(self, name, tuple(given))
        for side in (self.width, self.height):
            if isinstance(side, bool) or not isinstance(side, int) or not 1 <= side <= MAX_SIDE:
                size = f"{self.width!r} x {self.height!r}"
                raise InputError(f"a picture's sides are whole numbers of 1 to {MAX_SIDE} pixels, not {size}")
        before: Layer | None = None
        for layer in self.layers:
            if not isinstance(layer, Layer):
                raise InputError(f"{layer!r} is not a layer")
            if layer.size != self.size:
                raise InputError(f"the {layer.name} layer is for a picture of {layer.size}, not {self.size}")
            if before is not None and before.kind == layer.kind:
                raise InputError(f"there are two {layer.name} layers; a picture has one of each kind")
            if before is not None and before.kind > layer.kind:
                raise InputError(f"the {layer.name} layer stands before the {before.name} layer: sort them by kind")
            before = layer
        for note in self.notes:
            if not isinstance(note, str):
                raise InputError(f"a note is a line of text, not {note!r}")

    def __repr__(self) -> str:
        sizes = ", ".join(f"{layer.name} {len(layer.payload)}" for layer in self.layers)
        layers = f"{sizes} bytes" if sizes else "no layers"
        notes = f", {len(self.notes)} notes" if self.notes else ""
        return f"<Picture {self.width} x {self.height} pixels: {layers}{notes}>"

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) in pixels."""
        return self.width, self.height

    @property
    def prompt(self) -> str | None:
        """The text of the semantic layer, or None."""
        layer = self.get(SemanticLayer)
        return layer.text if layer else None

    def get(self, kind: type[L]) -> L | None:
        """The layer of a class (`SemanticLayer`, `TextureLayer`, `PoseLayer`, `EdgeLayer`), or None."""
        return next((layer for layer in self.layers if isinstance(layer, kind)), None)

    @property
    def semantic(self) -> SemanticLayer | None:
        return self.get(SemanticLayer)

    @property
    def texture(self) -> TextureLayer | None:
        return self.get(TextureLayer)

    @property
    def pose(self) -> PoseLayer | None:
        return self.get(PoseLayer)

    @property
    def edges(self) -> EdgeLayer | None:
        return self.get(EdgeLayer)

    @property
    def recipe(self) -> RecipeLayer | None:
        return self.get(RecipeLayer)

    @property
    def seed(self) -> int | None:
        """The seed of the seed layer, with which the picture is to be painted, or None."""
        layer = self.get(SeedLayer)
        return layer.seed if layer else None

    def with_layer(self, layer: Layer) -> Picture:
        """The same picture with this layer added, or put in the place of the one of its kind.

        Raises:
            InputError: the layer was made for a picture of another size.
        """
        others = [other for other in self.layers if other.kind != layer.kind]
        return make_picture(self.size, [*others, layer], self.notes)

    def without(self, *names: str) -> Picture:
        """The same picture without the named layers ("semantic", "texture", "pose", "edges", "recipe", "seed").

        Raises:
            InputError: there is no layer of such a name. One that the picture does not have does not matter.
        """
        gone = find_names(names)
        return replace(self, layers=tuple(layer for layer in self.layers if layer.name not in gone))

    def with_notes(self, *notes: str) -> Picture:
        """The same picture with more notes, after those that it has."""
        return replace(self, notes=(*self.notes, *notes))

    def to_bytes(self) -> bytes:
        """The stream; its length is the rate.

        Raises:
            InputError: the picture has no layers, or more bytes than a stream may have.
        """
        return self._written(container.write)

    def to_bare(self) -> bytes:
        """The bare form: the same layers for transports that check what they carry, and for placeholders (SPEC §12).

        `from_bytes` reads it, too, and so does whatever reads files.

        Raises:
            InputError: as for `to_bytes`.
        """
        return self._written(write_bare)

    def to_text(self) -> str:
        """The bare form as base64url text, for JSON and HTML; errors as for `to_bytes`."""
        return to_text(self.to_bare())

    @classmethod
    def from_text(cls, text: str, *, limits: Limits = DEFAULT) -> Picture:
        """The picture in a base64url text; errors as for `from_bytes`."""
        return cls.from_bytes(from_text(text), limits=limits)

    def _written(self, write: Callable[[container.Stream], bytes]) -> bytes:
        raw = [container.RawLayer(layer.kind, layer.coding, layer.ancillary, layer.payload) for layer in self.layers]
        try:
            return write(container.Stream(self.width, self.height, tuple(raw)))
        except ValueError as error:
            raise InputError(f"the picture cannot be written: {error}") from error

    @property
    def bpp(self) -> float:
        """Bits per pixel of the whole file, header and checksums included."""
        return len(self.to_bytes()) * 8 / (self.width * self.height)

    @property
    def recipe_bytes(self) -> int:
        """Bytes of the file that the recipe takes, with its entry and checksum."""
        return self.recipe.cost if self.recipe else 0

    def save(self, path: str | os.PathLike[str]) -> int:
        """Write the stream to a file, whole or not at all (see `triptych.files`); returns its length in bytes."""
        data = self.to_bytes()
        write_whole(path, data)
        return len(data)

    @classmethod
    def from_bytes(cls, data: bytes, *, partial: bool = False, limits: Limits = DEFAULT) -> Picture:
        """The picture in a stream.

        Args:
            data: the bytes of a `.trp` file, or a bare form.
            partial: accept a damaged or cut stream and keep the layers that are whole; `notes` says what
                is missing. Without it, any fault is an error.

        Raises:
            DamagedError, TruncatedError: the stream is faulty (with `partial`: no layer of it is whole).
            UnsupportedError: it needs a later version of Triptych.
            LimitError: it is larger than `limits` allow.
        """
        if is_bare(data):
            data = container.write(read_bare(data, limits))
        found = container.scan(data, limits)
        for entry in found.entries:
            known = find_kind(entry.kind, entry.coding)
            if known is None and not entry.ancillary:
                raise UnsupportedError(
                    f"the file has a layer of kind {entry.kind}, which this Triptych does not know and which "
                    "must not be skipped: update Triptych"
                )
            if known and entry.ancillary != known.ancillary:
                mark = "skippable, which it is not" if entry.ancillary else "not skippable, which it is"
                raise DamagedError(f"the {known.name} layer is marked as {mark}")
        notes = [str(entry.error) for entry in found.entries if entry.error]
        if found.trailing:
            notes.append(f"{found.trailing} bytes follow the last layer")
        if not partial:
            container.check(found)
        size = (found.width, found.height)
        whole: list[Layer] = []
        for entry in found.entries:
            if entry.layer:
                whole.append(make_layer(entry.kind, size, entry.coding, entry.layer.payload, limits))
            elif isinstance(entry.error, TruncatedError) and (known := find_kind(entry.kind, entry.coding)):
                given = data[entry.offset : entry.offset + entry.length]
                with contextlib.suppress(TriptychError):  # which is the worse fault: the file is cut
                    if layer := known.from_cut(size, entry.coding, given, whole, limits):
                        whole.append(layer)
                        notes.append(f"of the {layer.name} layer the first {len(given)} bytes were used")
        if not whole:
            raise next(entry.error for entry in found.entries if entry.error)
        return cls(*size, tuple(share_work(whole, limits)), tuple(notes))

    @classmethod
    def open(cls, path: FileSource, *, partial: bool = False, limits: Limits = DEFAULT) -> Picture:
        """The picture in a `.trp` file, in its bytes, or in a file that is open for reading bytes; see `from_bytes`.

        A file that cannot be read raises `InputError`.
        """
        data = read_source(path, limits.stream_bytes)
        try:
            return cls.from_bytes(data, partial=partial, limits=limits)
        except TriptychError as error:
            raise error.located(name_of(path)) from error


def open_any(source: FileSource, limits: Limits = DEFAULT) -> Picture:
    """The picture in a file, a bare form or a file that holds base64url text; errors as for `Picture.open`."""
    data = read_source(source, limits.stream_bytes)
    try:
        if data[:1] != SIGNATURE[:1] and not is_bare(data) and data.isascii():
            return Picture.from_text(data.decode("ascii"), limits=limits)
        return Picture.from_bytes(data, limits=limits)
    except TriptychError as error:
        raise error.located(name_of(source)) from error


def make_picture(size: tuple[int, int], layers: Iterable[Layer], notes: Iterable[str] = ()) -> Picture:
    """A picture of (width, height) pixels from layers in any order; errors as for `Picture`."""
    return Picture(*size, tuple(sorted(layers, key=lambda layer: layer.kind)), tuple(notes))


def read_file(path: FileSource, limits: Limits = DEFAULT) -> bytes:
    """The bytes of a file, one more than the limit at most, so that a huge file cannot fill the memory."""
    return read_source(path, limits.stream_bytes)
