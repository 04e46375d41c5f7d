"""`Picture`: a picture as its layers. The value that everything else makes, edits and draws."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TypeVar

from ..bitstream import container
from ..errors import DamagedError, TriptychError, UnsupportedError
from ..files import FileSource, name_of, read_source, write_whole
from ..layers import (
    KINDS,
    EdgeLayer,
    Layer,
    PoseLayer,
    RecipeLayer,
    SeedLayer,
    SemanticLayer,
    TextureLayer,
    UnknownLayer,
)
from ..limits import DEFAULT, Limits

L = TypeVar("L", bound=Layer)


@dataclass(frozen=True)
class Picture:
    """A picture as its layers; immutable, and equal to another one with the same bytes.

    Attributes:
        width, height: size of the picture in pixels, 1..65,536 each.
        layers: in ascending order of kind: semantic, texture, pose, edges, recipe, unknown ancillary ones.
        notes: what the encoder thinned or left out, or what was wrong with a file opened with
            ``partial=True``; one line each. They are not part of the stream.
    """

    width: int
    height: int
    layers: tuple[Layer, ...]
    notes: tuple[str, ...] = field(default=(), compare=False)

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
            ValueError: the layer was made for a picture of another size.
        """
        if layer.size != self.size:
            raise ValueError(f"the layer is for a picture of {layer.size}, not {self.size}")
        return make_picture(self.size, [other for other in self.layers if other.kind != layer.kind] + [layer])

    def without(self, *names: str) -> Picture:
        """The same picture without the named layers ("semantic", "texture", "pose", "edges", "recipe", "seed")."""
        return make_picture(self.size, [layer for layer in self.layers if layer.name not in names])

    def to_bytes(self) -> bytes:
        """The stream; its length is the rate.

        Raises:
            ValueError: the picture has no layers.
        """
        raw = [container.RawLayer(layer.kind, layer.coding, layer.ancillary, layer.payload) for layer in self.layers]
        return container.write(container.Stream(self.width, self.height, tuple(raw)))

    @property
    def bpp(self) -> float:
        """Bits per pixel of the whole file, header and checksums included."""
        return len(self.to_bytes()) * 8 / (self.width * self.height)

    @property
    def beside_bytes(self) -> int:
        """Bytes of the file that no budget counts: those of the recipe layer, with its entry and checksum."""
        layer = self.recipe
        return len(layer.payload) + 3 + len(container.write_number(len(layer.payload))) if layer else 0

    def save(self, path: str | os.PathLike[str]) -> int:
        """Write the stream to a file, whole or not at all (see `triptych.files`); returns its length in bytes."""
        data = self.to_bytes()
        write_whole(path, data)
        return len(data)

    @classmethod
    def from_bytes(cls, data: bytes, *, partial: bool = False, limits: Limits = DEFAULT) -> Picture:
        """The picture in a stream.

        Args:
            data: the bytes of a `.trp` file.
            partial: accept a damaged or cut stream and keep the layers that are whole; `notes` says what
                is missing. Without it, any fault is an error.

        Raises:
            DamagedError, TruncatedError: the stream is faulty (with `partial`: no layer of it is whole).
            UnsupportedError: it needs a later version of Triptych.
            LimitError: it is larger than `limits` allow.
        """
        found = container.scan(data, limits)
        for entry in found.entries:
            if entry.kind not in KINDS and not entry.ancillary:
                raise UnsupportedError(
                    f"the file has a layer of kind {entry.kind}, which this Triptych does not know and which "
                    "must not be skipped: update Triptych"
                )
            if entry.kind in KINDS and entry.ancillary != KINDS[entry.kind].ancillary:
                mark = "skippable, which it is not" if entry.ancillary else "not skippable, which it is"
                raise DamagedError(f"the {KINDS[entry.kind].name} layer is marked as {mark}")
        notes = [str(entry.error) for entry in found.entries if entry.error]
        if found.trailing:
            notes.append(f"{found.trailing} bytes follow the last layer")
        if not partial:
            container.read(data, limits)  # raises the first fault
        size = (found.width, found.height)
        whole = [_typed(entry.layer, size) for entry in found.entries if entry.layer]
        if not whole:
            raise next(entry.error for entry in found.entries if entry.error)
        return cls(*size, tuple(whole), tuple(notes))

    @classmethod
    def open(cls, path: FileSource, *, partial: bool = False, limits: Limits = DEFAULT) -> Picture:
        """The picture in a `.trp` file, in its bytes, or in a file that is open for reading bytes; see `from_bytes`.

        A file that cannot be read raises `InputError`.
        """
        data = read_source(path, limits.stream_bytes)
        try:
            return cls.from_bytes(data, partial=partial, limits=limits)
        except TriptychError as error:
            raise type(error)(f"{name_of(path)}: {error}") from error


def make_picture(size: tuple[int, int], layers: Iterable[Layer]) -> Picture:
    """A picture from layers in any order."""
    return Picture(*size, tuple(sorted(layers, key=lambda layer: layer.kind)))


def read_file(path: FileSource, limits: Limits = DEFAULT) -> bytes:
    """The bytes of a file, one more than the limit at most, so that a huge file cannot fill the memory."""
    return read_source(path, limits.stream_bytes)


def _typed(raw: container.RawLayer, size: tuple[int, int]) -> Layer:
    if raw.kind in KINDS:
        return KINDS[raw.kind](size, raw.coding, raw.payload)
    return UnknownLayer(size, raw.coding, raw.payload, raw.kind)
