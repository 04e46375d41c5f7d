"""What a batch does to each item: decode, edit, stats; encode is in `encoding`."""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias

from ..errors import InputError, TriptychError
from ..limits import DEFAULT
from . import storage
from .sources import Item

if TYPE_CHECKING:
    from ..codec.decode import Conditioning, Decoder
    from ..codec.picture import Picture
    from .encoding import Encode

PICTURES = frozenset(
    [
        ".png", ".apng", ".jpg", ".jpeg", ".jpe", ".jfif", ".webp", ".avif", ".bmp", ".dib", ".gif", ".tif", ".tiff",
        ".jp2", ".j2k", ".jpx", ".ppm", ".pgm", ".pbm", ".pnm", ".tga", ".ico", ".pcx", ".psd", ".qoi", ".heic",
        ".heif", ".hif", ".jxl", ".jls",
    ]
)  # fmt: skip
STREAMS = frozenset([".trp"])


@dataclass(frozen=True, slots=True)
class Result:
    """The bytes that an item gave, and what is known of them: "bytes" and "sha256" at least."""

    data: bytes
    record: dict[str, Any]
    bytes_in: int


@dataclass(frozen=True, kw_only=True)
class Verb:
    """What is done to each item; the fields are the options, which must be JSON types."""

    name: ClassVar[str]
    endings: ClassVar[frozenset[str]]  # of what it takes
    chunk: ClassVar[int] = 1  # items that a worker is given at once

    @property
    def ending(self) -> str:
        """Of the files that it makes, without a dot; "" if it makes none."""
        return "trp"

    def asked(self) -> dict[str, Any]:
        """What a run must be asked for again to go on."""
        return {"verb": self.name, **asdict(self)}

    def prepare(self) -> int:
        """Refuse what would fail for every item; returns how many are to be given at once.

        Raises:
            TriptychError: an option cannot be used.
        """
        return self.chunk

    def one(self, item: Item) -> Result:
        """The result of an item; raises what is wrong with it."""
        raise NotImplementedError

    def many(self, items: Sequence[Item]) -> list[Result | Exception]:
        """The results of several items, each with its own fault."""
        return [caught(self.one, item) for item in items]


class Together(Verb):
    """A verb that works on several items at once: `many` is what it defines."""

    def one(self, item: Item) -> Result:
        (result,) = self.many([item])
        if isinstance(result, Exception):
            raise result
        return result


@dataclass(frozen=True, kw_only=True)
class Decode(Together):
    """.trp -> pictures.

    Attributes:
        decoder, options, layers, size, seed: as for `triptych.decode`.
        format: the ending of the files: png, webp, jpg, ...
        metadata: whether to write what is known of the original.
        strict: refuse damaged files instead of painting what is whole.
        batch: pictures to paint at once, where the decoder can.
    """

    name: ClassVar[str] = "decode"
    endings: ClassVar[frozenset[str]] = STREAMS
    decoder: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    format: str = "png"
    layers: Sequence[str] | None = None
    size: Sequence[int] | int | None = None
    seed: int | None = None
    metadata: bool = True
    strict: bool = False
    batch: int = 1

    @property
    def ending(self) -> str:
        return self.format.lower()

    def asked(self) -> dict[str, Any]:
        asked = super().asked()
        del asked["batch"]  # changes no picture
        return asked

    def prepare(self) -> int:
        from ..codec.decode import BatchDecoder

        self._format()
        return max(1, self.batch) if isinstance(self._painter(), BatchDecoder) else 1

    @property
    def heavy(self) -> bool:
        """Whether the decoder holds large models, so that each process would load its own."""
        from ..codec.decode import BatchDecoder

        return isinstance(self._painter(), BatchDecoder)

    def _painter(self) -> Decoder:
        from ..codec.decode import DEFAULT_DECODER, find_decoder

        return find_decoder(self.decoder or DEFAULT_DECODER, **self.options)

    def _format(self) -> str:
        from PIL import Image

        kind = Image.registered_extensions().get(f".{self.ending}")
        if kind is None or kind not in Image.SAVE or kind == "TRIPTYCH":
            raise InputError(f"{self.format}: pictures cannot be written so; try png, webp or jpg")
        return kind

    def many(self, items: Sequence[Item]) -> list[Result | Exception]:
        from ..codec.decode import paint
        from ..codec.render import finished

        kind, painter = self._format(), self._painter()
        opened = [caught(self._open, item) for item in items]
        whole = [one for one in opened if not isinstance(one, Exception)]
        try:
            images = iter(paint(painter, [conditioning for _, conditioning, _ in whole]))
        except TriptychError as error:
            return [one if isinstance(one, Exception) else error for one in opened]

        def finish(one: tuple[Picture, Conditioning, int]) -> Result:
            picture, conditioning, size = one
            made = finished(
                next(images), kind, picture, conditioning, painter, metadata=self.metadata, layers=self.layers,
                partial=not self.strict,
            )  # fmt: skip
            record: dict[str, Any] = {
                "width": made.size[0], "height": made.size[1], "bytes": len(made.data), "prompt": conditioning.prompt,
                "sha256": _hash(made.data), "source_bytes": size,
            }  # fmt: skip
            if notes := [*picture.notes, *made.notes]:
                record["notes"] = notes
            return Result(made.data, record, size)

        return [one if isinstance(one, Exception) else caught(finish, one) for one in opened]

    def _open(self, item: Item) -> tuple[Picture, Conditioning, int]:
        from ..codec.decode import PartialWarning, condition

        data = _stream(item)
        picture = _read_stream(data, partial=not self.strict)
        size = self.size if self.size is None or isinstance(self.size, int) else (self.size[0], self.size[1])
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always", PartialWarning)
            given = condition(picture, layers=self.layers, size=size, seed=self.seed, partial=not self.strict)
        said = [str(w.message) for w in caught if issubclass(w.category, PartialWarning)]
        return picture.with_notes(*said), given, len(data)


@dataclass(frozen=True, kw_only=True)
class Edit(Verb):
    """.trp -> .trp, changed.

    Attributes:
        edits: (name of a function of `triptych.edit`, its arguments after the picture, those by name), in order.
        max_bytes, bpp: thin to this size, after all edits.
    """

    name: ClassVar[str] = "edit"
    endings: ClassVar[frozenset[str]] = STREAMS
    chunk: ClassVar[int] = 4
    edits: Sequence[tuple[str, Sequence[Any], Mapping[str, Any]]] = ()
    max_bytes: int | None = None
    bpp: float | None = None

    def prepare(self) -> int:
        from .. import edit

        for name, _, _ in self.edits:
            if name not in edit.__all__:
                raise InputError(f"there is no edit called {name!r}")
        return self.chunk

    def one(self, item: Item) -> Result:
        from .. import edit

        data = _stream(item)
        picture = _read_stream(data, partial=False)
        for name, values, named in self.edits:
            picture = getattr(edit, name)(picture, *values, **named)
        if self.max_bytes is not None or self.bpp is not None:
            picture = edit.thin(picture, max_bytes=self.max_bytes, bpp=self.bpp)
        made = picture.to_bytes()
        return Result(made, {**about(picture, made), "source_bytes": len(data)}, len(data))


@dataclass(frozen=True, kw_only=True)
class Stats(Verb):
    """.trp -> a row of a table: bytes of each layer, prompt, recipe; no picture is painted and no file made."""

    name: ClassVar[str] = "stats"
    endings: ClassVar[frozenset[str]] = STREAMS
    chunk: ClassVar[int] = 512

    @property
    def ending(self) -> str:
        return ""

    def one(self, item: Item) -> Result:
        return self._result(*self._opened(item))

    def many(self, items: Sequence[Item]) -> list[Result | Exception]:
        from ..layers import unpack_texts

        opened = [caught(self._opened, item) for item in items]
        unpack_texts(layer for one in opened if not isinstance(one, Exception) for layer in one[0].layers)
        return [one if isinstance(one, Exception) else caught(lambda one: self._result(*one), one) for one in opened]

    def _opened(self, item: Item) -> tuple[Picture, bytes]:
        data = _stream(item)
        return _read_stream(data, partial=True), data

    def _result(self, picture: Picture, data: bytes) -> Result:
        return Result(b"", {**about(picture, data), "source_bytes": len(data)}, len(data))


Verbs: TypeAlias = "Encode | Decode | Edit | Stats"


def about(picture: Picture, data: bytes) -> dict[str, Any]:
    """What the columns of an archive say of a stream: JSON types."""
    notes = list(picture.notes)

    def asked(value: Callable[[], Any]) -> Any:
        try:
            return value()
        except TriptychError as error:
            notes.append(str(error))
            return None

    record: dict[str, Any] = {
        "width": picture.width,
        "height": picture.height,
        "bytes": len(data),
        "bpp": round(len(data) * 8 / (picture.width * picture.height), 6),
        "layers": {layer.name: len(layer.payload) for layer in picture.layers},
        "prompt": asked(lambda: picture.prompt),
        "sha256": _hash(data),
    }
    if picture.recipe is not None and (facts := asked(lambda: picture.recipe and picture.recipe.recipe.facts())):
        record["recipe"] = facts
    if notes:
        record["notes"] = notes
    return record


def _hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _stream(item: Item) -> bytes:
    return item.data if item.data is not None else storage.read(item.where, DEFAULT.stream_bytes)


def _read_stream(data: bytes, *, partial: bool) -> Picture:
    from ..codec.picture import Picture

    return Picture.from_bytes(data, partial=partial)


def caught(work: Callable[[Any], Any], given: Any) -> Any:
    try:
        return work(given)
    except Exception as error:  # a stranger's file can trip anything, and the others are to be done
        return error
