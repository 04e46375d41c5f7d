"""The work itself: functions of a request, run in processes of their own. Nothing here reads or writes a file."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections import OrderedDict
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from ..analysis.image import load_image, open_image
from ..analysis.keypoints import read_openpose
from ..bitstream.container import SIGNATURE
from ..codec.decode import DEFAULT_DECODER, decode, decoder_names
from ..codec.encode import encode
from ..codec.export import extract
from ..codec.inspect import inspect
from ..codec.picture import Picture
from ..codec.progress import heard
from ..codec.render import render
from ..edit import find_region, thin
from ..edit.colours import find_colour
from ..edit_table import EDITS, READERS
from ..errors import InputError, LimitError
from ..layers import Layer
from ..limits import Limits
from ..raster.strokes import join
from ..raster.trace import smooth, trace
from . import bounds
from .messages import Archive, Change, Decode, Edited, Encode, Extract, Inspect, Preview, Rival

if TYPE_CHECKING:
    from PIL import Image

LIMITS = Limits(pixels=bounds.PAINTED_PIXELS)
FAST_PNG = 1  # zlib's level: a third of the time for a tenth more bytes
_NUMBERS = re.compile(r"[\s\d+.,;%px@-]+")
LAYERS = 64  # that a process remembers unpacked: an edit is followed by a painting of what it left alone
CHANGES = 4  # edited pictures that a process remembers between their painting and their coding
_layers: OrderedDict[Layer, Layer] = OrderedDict()
_changes: OrderedDict[Any, Picture] = OrderedDict()
_progress: Any = None  # of all jobs: shared integers, two for each


def start(progress: Any) -> None:
    """Prepare a process: load what every request needs, so that the first one does not wait for it."""
    global _progress
    _progress = progress
    from ..decoders.sketch import SketchDecoder  # noqa: F401


def do_encode(request: Encode) -> Edited:
    source = load_image(_small_enough(request.picture))
    people = None if request.people is None else read_openpose(json.dumps(request.people), source.size)
    picture = encode(
        source,
        prompt=request.prompt,
        text=request.text,
        max_bytes=request.max_bytes,
        bpp=request.bpp,
        quality=request.quality,
        layers=request.layers,
        edges=None if request.edges is None else _small_enough(request.edges),
        people=people,
        roi=request.roi,
        colour_grid=request.colour_grid,
        edge_grid=request.edge_grid,
        recipe=request.recipe,
    )
    return _edited(picture, request.preview)


def do_decode(request: Decode, slot: int | None, options: dict[str, Any]) -> bytes:
    """The bytes of a picture file."""
    name = request.decoder or DEFAULT_DECODER
    if name not in decoder_names():  # nor a preset's file, of whatever path
        raise InputError(f"there is no decoder called {name!r}; there are: {', '.join(decoder_names())}")
    if request.steps is not None:
        options = {**options, "steps": request.steps}

    def hear(step: int, steps: int) -> None:
        if slot is not None:
            _progress[2 * slot], _progress[2 * slot + 1] = step, steps

    given: dict[str, Any] = {
        "decoder": name,
        "options": options or None,
        "layers": request.layers,
        "size": request.size,
        "seed": request.seed,
        "partial": request.partial,
        "limits": LIMITS,
    }
    with heard(hear):
        picture = _known(Picture.from_bytes(request.file, partial=request.partial, limits=LIMITS))
        if request.format != "preview":
            return render(picture, format=request.format.upper(), **given)
        image = decode(picture, **given)
    return _saved(image, "JPEG", quality=92, subsampling=0)


def do_preview(request: Change) -> bytes:
    """A draft of what the edited file will look like, a JPEG. Nothing is coded for it; `do_change` does that next."""
    picture = _changed(request)
    _changes[_key(request)] = picture
    while len(_changes) > CHANGES:
        _changes.popitem(last=False)
    return _draft(picture, request.preview or Preview())


def do_change(request: Change) -> Edited:
    picture = _changes.pop(_key(request), None) or _changed(request)
    if request.max_bytes is not None or request.bpp is not None:
        picture = thin(picture, max_bytes=request.max_bytes, bpp=request.bpp)
    return _edited(picture, request.preview)


def _key(request: Change) -> tuple[bytes, tuple[tuple[str, ...], ...], tuple[tuple[str, bytes], ...]]:
    """What says which picture the edits of a request give."""
    return request.file, tuple(tuple(edit) for edit in request.edits), tuple(sorted(request.files.items()))


def _changed(request: Change) -> Picture:
    picture = _known(Picture.from_bytes(request.file, limits=LIMITS))
    for option, *values in request.edits:
        edit = EDITS.get(option)
        if edit is None:
            raise InputError(f"there is no edit {option!r}; there are: {', '.join(EDITS)}")
        if len(values) != len(edit.metavars):
            raise InputError(
                f"{option} takes {len(edit.metavars)} values ({' '.join(edit.metavars)}), not {len(values)}"
            )
        read = [_value(m, v, request.files, picture) for m, v in zip(edit.metavars, values, strict=True)]
        try:
            picture = edit.make(picture, tuple(read))
        except InputError as error:
            raise error.located(option) from error
    return picture


def do_inspect(request: Inspect) -> dict[str, Any]:
    found = inspect(request.file, values=request.values, limits=LIMITS)
    if request.lines:
        found["lines"] = lines_of(Picture.from_bytes(request.file, partial=True, limits=LIMITS))
    return found


def do_extract(request: Extract) -> bytes:
    return _zipped(extract(request.file, limits=LIMITS))


def do_archive(request: Archive) -> bytes:
    return _zipped(request.files)


def do_rival(request: Rival) -> bytes:
    """The picture by another coder: of the sizes 1, 1/2, 1/4 and 1/8 the one that comes nearest, at its best quality.

    A coder that is not meant for so few bytes does better with a smaller picture, so it gets the choice.
    """
    from PIL import Image

    image = load_image(_small_enough(request.picture)).image
    wanted = np.asarray(image, np.float32)
    best: tuple[float, bytes] | None = None
    for part in (1, 2, 4, 8):
        size = (max(1, image.width // part), max(1, image.height // part))
        small = image if part == 1 else image.resize(size, Image.Resampling.LANCZOS)
        data = _within(small, request.format, request.max_bytes)
        if data is None:
            continue
        back = Image.open(io.BytesIO(data)).convert("RGB").resize(image.size, Image.Resampling.BICUBIC)
        error = float(((np.asarray(back, np.float32) - wanted) ** 2).mean())
        if best is None or error < best[0]:
            best = error, data
    if best is None:
        raise InputError(f"{request.format} cannot hold this picture in {request.max_bytes} bytes at any size")
    return best[1]


def lines_of(picture: Picture) -> list[list[list[float]]]:
    """The strokes of the edges as lines of (x, y) in pixels, smoothed, the way a decoder draws them."""
    if picture.edges is None:
        return []
    rows, columns = picture.edges.grid
    scale = np.array([picture.width / columns, picture.height / rows])
    return [np.round(line * scale, 1).tolist() for line in join(smooth(trace(picture.edges.raster)))]


# --- parts ---------------------------------------------------------------------------------------------------


def _known(picture: Picture) -> Picture:
    """The same picture, with layers that this process has unpacked before."""
    layers = []
    for layer in picture.layers:
        layers.append(_layers.setdefault(layer, layer))
        _layers.move_to_end(layer)
    while len(_layers) > LAYERS:
        _layers.popitem(last=False)
    return replace(picture, layers=tuple(layers))


def _edited(picture: Picture, preview: Preview | None) -> Edited:
    data, picture = picture.to_bytes(), _known(picture)
    info = inspect(data, values=False, limits=LIMITS)
    for described, layer in zip(info["layers"], picture.layers, strict=True):
        described["value"] = layer.summary()
    shown = _draft(picture, preview) if preview else None
    return Edited(file=data, info=info | {"lines": lines_of(picture)}, notes=list(picture.notes), preview=shown)


def _draft(picture: Picture, preview: Preview) -> bytes:
    image = decode(
        picture,
        decoder="sketch",
        options={"draft": True},
        size=preview.size,
        layers=preview.layers,
        seed=0,  # `sketch` draws none, and its own seed would have to be found from the coded bytes
        limits=LIMITS,
    )
    return _saved(image, "JPEG", quality=90, subsampling=0)


def _value(metavar: str, value: str, files: dict[str, bytes], picture: Picture) -> Any:
    """A value of an edit as `triptych.edit` takes it. No text reaches it that it might take for the name of a file."""
    if len(value) > bounds.VALUE_CHARS:
        raise InputError(f"a value has at most {bounds.VALUE_CHARS} characters")
    if metavar in ("FILE", "COLOUR|FILE") and value in files:
        return _other(files[value], picture)
    if metavar == "FILE":
        raise InputError(f"{value!r} is not among the files that came with the request")
    if metavar == "COLOUR|FILE":
        return find_colour(value)
    if metavar in ("REGION", "TO"):
        if value in files:
            return find_region(load_image(_small_enough(files[value]), smallest=1).image, picture.size)
        if value.strip() != "all" and not _NUMBERS.fullmatch(value):
            raise InputError(f"{value[:60]!r} is not a region of numbers, 'all', or the name of a file of the request")
    if metavar in READERS:
        read, wanted = READERS[metavar]
        try:
            return read(value)
        except ValueError:
            raise InputError(f"{value[:60]!r} is not {wanted}") from None
    return value


def _other(data: bytes, picture: Picture) -> Any:
    """Another file of a request: a `.trp` file, keypoints, or a picture."""
    if data[:1] == b"{":
        try:
            return read_openpose(data.decode(), picture.size)
        except UnicodeDecodeError:
            raise InputError("the keypoints are not UTF-8") from None
    if data.startswith(SIGNATURE):
        return Picture.from_bytes(data, limits=LIMITS)
    return load_image(_small_enough(data), smallest=1).image


def _small_enough(data: bytes) -> bytes:
    """The bytes of a picture that has no more pixels than a visitor may ask for."""
    with open_image(data, "") as image:
        if image.width * image.height > bounds.SOURCE_PIXELS:
            most = bounds.SOURCE_PIXELS // 1_000_000
            raise LimitError(f"the picture has {image.width} x {image.height} pixels, more than {most} million")
    return data


def _within(image: Image.Image, format: str, most: int) -> bytes | None:
    """The picture at the best quality of a coder that takes at most so many bytes; None if there is none."""
    low, high, best = 0, 100, None
    more: dict[str, Any] = {"avif": {"speed": 8}, "webp": {"method": 4}}.get(format, {"optimize": True})
    while low <= high:
        quality = (low + high) // 2
        data = _saved(image, format.upper(), quality=quality, **more)
        if len(data) <= most:
            best, low = data, quality + 1
        else:
            high = quality - 1
    return best


def _saved(image: Image.Image, format: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    try:
        image.save(buffer, format, **options)
    except (KeyError, OSError, ValueError) as error:
        raise InputError(f"the picture cannot be written as {format}: {error}") from error
    return buffer.getvalue()


def _zipped(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name.replace("\\", "/").lstrip("/").replace("..", "_") or "file", data)
    return buffer.getvalue()
