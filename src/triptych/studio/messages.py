"""What a request may say, as types: msgspec checks them, and the OpenAPI description is made of them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from . import bounds

Bytes = Annotated[int, Meta(ge=1, le=bounds.BODY_BYTES, description="largest size of the whole file")]
Side = Annotated[int, Meta(ge=1, le=16_384)]
Edit = Annotated[list[str], Meta(min_length=1, max_length=5, description="an option of 'triptych edit' and its values")]


class Preview(Struct, forbid_unknown_fields=True, kw_only=True):
    """What is to be painted by `sketch` at once, in the same answer."""

    size: Side = 320  # longer side in pixels
    layers: list[str] | None = None


class Encode(Struct, forbid_unknown_fields=True, kw_only=True):
    """A picture that is to become a file; see `triptych.encode`."""

    picture: bytes
    prompt: str | None = None
    text: bool = True
    max_bytes: Bytes | None = None
    bpp: float | None = None
    quality: int | None = None
    layers: list[str] | None = None
    edges: bytes | None = None
    people: dict[str, Any] | None = None  # OpenPose JSON
    roi: Annotated[str, Meta(max_length=bounds.ROI_CHARS)] | None = None  # "faces", LEFT,TOP,RIGHT,BOTTOM, or several
    colour_grid: int | None = None
    edge_grid: int | None = None
    recipe: Literal["core", "full", "none"] = "core"
    preview: Preview | None = None


class Decode(Struct, forbid_unknown_fields=True, kw_only=True):
    """A file that is to be painted; see `triptych.render`."""

    file: bytes
    decoder: str | None = None
    layers: list[str] | None = None
    size: Side | None = None  # longer side in pixels
    seed: Annotated[int, Meta(ge=0, le=2**32 - 1)] | None = None
    steps: Annotated[int, Meta(ge=1, le=200)] | None = None  # for decoders that have steps
    format: Literal["png", "jpeg", "webp", "avif", "preview"] = "png"  # preview: a JPEG without metadata, made quickly
    job: Annotated[str, Meta(max_length=64)] | None = None  # a name of your choice, to ask for progress by
    partial: bool = False


class Change(Struct, forbid_unknown_fields=True, kw_only=True):
    """A file that is to be edited; where an edit wants a FILE, its value is a name in `files`."""

    file: bytes
    edits: Annotated[list[Edit], Meta(max_length=bounds.EDITS)] = []
    files: Annotated[dict[str, bytes], Meta(max_length=bounds.FILES)] = {}
    max_bytes: Bytes | None = None
    bpp: float | None = None
    preview: Preview | None = None


class Inspect(Struct, forbid_unknown_fields=True, kw_only=True):
    """A file that is to be described; see `triptych.inspect`."""

    file: bytes
    values: bool = True
    lines: bool = False  # add the strokes of the edges as lines, in pixels


class Extract(Struct, forbid_unknown_fields=True, kw_only=True):
    """A file whose layers are to be had as ordinary files, in a ZIP archive; see `triptych.extract`."""

    file: bytes


class Rival(Struct, forbid_unknown_fields=True, kw_only=True):
    """A picture that another coder is to hold in at most so many bytes."""

    picture: bytes
    max_bytes: Bytes
    format: Literal["webp", "avif", "jpeg"] = "webp"


class Archive(Struct, forbid_unknown_fields=True, kw_only=True):
    """Files that are to be put into one ZIP archive."""

    files: Annotated[dict[str, bytes], Meta(max_length=bounds.FILES)]


class Edited(Struct, kw_only=True):
    """A new file, what it holds (as /info says it), and what was done to it, one line each."""

    file: bytes
    info: dict[str, Any]
    notes: list[str]
    preview: bytes | None = None  # a JPEG


class Fault(Struct, kw_only=True):
    """What went wrong: one of Triptych's errors, in one line, and the layer at fault if it is known."""

    error: str
    message: str
    layer: str | None = None
