"""What a file holds, as plain data: for `triptych info`, for golden files and for other programs."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any, NamedTuple

from ..bitstream import container
from ..bitstream.bare import is_bare, read_bare
from ..errors import TriptychError
from ..files import FileSource, read_source
from ..layers import Layer, RecipeLayer, SemanticLayer, find_kind, make_layer, unpack_texts
from ..layers.work import share_work
from ..limits import DEFAULT, Limits


def inspect(source: FileSource, *, values: bool | Collection[str] = True, limits: Limits = DEFAULT) -> dict[str, Any]:
    """Describe a file, damaged or not.

    Args:
        source: a `.trp` file: a path, its bytes, or a file that is open for reading bytes.
        values: unpack the layers too, or those of these names; without it only the container is looked at.
        limits: what to refuse.

    Returns:
        JSON types: width, height (pixels), bytes, bpp, header_bytes, layers (name, kind, coding, ancillary,
        offset, bytes of payload, total_bytes with tag, length and checksum, share of the file 0..1, bpp; then
        `detail`, a line for people, and `value`, or `error` if it is damaged or unknown), trailing_bytes, whole (True
        if nothing is wrong).

    Raises:
        InputError: there is no such file.
        DamagedError, TruncatedError, UnsupportedError, LimitError: not even the header can be read.
    """
    return _described(_opened(source, values, limits), values)


def inspect_many(
    sources: Iterable[FileSource], *, values: bool | Collection[str] = True, limits: Limits = DEFAULT
) -> list[dict[str, Any] | TriptychError]:
    """`inspect` of each file, or its error. Texts are unpacked together, which is quicker: give some 2,000 files."""
    opened: list[_Opened | TriptychError] = []
    for source in sources:
        try:
            opened.append(_opened(source, values, limits))
        except TriptychError as error:
            opened.append(error)
    wanted = tuple(kind for kind in (SemanticLayer, RecipeLayer) if values is True or (values and kind.name in values))
    whole = (layer for one in opened if isinstance(one, _Opened) for layer in one.layers.values())
    unpack_texts(layer for layer in whole if isinstance(layer, wanted))
    return [one if isinstance(one, TriptychError) else _described(one, values) for one in opened]


class _Opened(NamedTuple):
    """A file whose container was read: its length, what was found, and its layers by their place in `entries`."""

    length: int
    found: container.Scan
    layers: dict[int, Layer]


def _opened(source: FileSource, values: bool | Collection[str], limits: Limits) -> _Opened:
    given = data = read_source(source, limits.stream_bytes)
    if is_bare(given):
        data = container.write(read_bare(given, limits))
    found = container.scan(data, limits)
    size = found.width, found.height
    whole = {place: entry for place, entry in enumerate(found.entries) if entry.layer}
    layers = [make_layer(x.kind, size, x.coding, x.layer.payload, limits) for x in whole.values() if x.layer]
    if values:  # where nothing is unpacked there is no work to share
        layers = share_work(layers, limits)
    return _Opened(len(given), found, dict(zip(whole, layers, strict=True)))


def _described(opened: _Opened, values: bool | Collection[str]) -> dict[str, Any]:
    length, found, opened_layers = opened
    pixels = found.width * found.height
    layers = []
    before: list[Layer] = []
    whole = not found.trailing
    for place, entry in enumerate(found.entries):
        known = find_kind(entry.kind, entry.coding)
        total = entry.cost
        described: dict[str, Any] = {
            "name": known.name if known else f"kind {entry.kind}",
            "kind": entry.kind,
            "coding": entry.coding,
            "ancillary": entry.ancillary,
            "offset": entry.offset,
            "bytes": entry.length,
            "total_bytes": total,
            "share": round(total / length, 4),
            "bpp": round(total * 8 / pixels, 5),
        }
        if entry.error:
            described["error"] = str(entry.error)
        elif known and entry.ancillary != known.ancillary:
            mark = "skippable, which it is not" if entry.ancillary else "not skippable, which it is"
            described["error"] = f"the {known.name} layer is marked as {mark}"
        elif not known and not entry.ancillary:
            described["error"] = "this Triptych does not know this kind of layer: update it"
        elif entry.layer:
            layer = opened_layers[place]
            before.append(layer)
            try:
                described["detail"] = layer.describe()
                if values is True or (values and known and known.name in values):
                    described["value"] = layer.summary_on(before)
            except TriptychError as error:
                if values is True or (values and known and known.name in values):
                    described["error"] = str(error)
        whole = whole and "error" not in described
        layers.append(described)
    return {
        "width": found.width,
        "height": found.height,
        "bytes": length,
        "bpp": round(length * 8 / pixels, 5),
        "header_bytes": found.header_bytes - sum(layer["total_bytes"] - layer["bytes"] - 2 for layer in layers),
        "layers": layers,
        "trailing_bytes": found.trailing,
        "whole": whole,
    }


def verify(source: FileSource, *, fast: bool = False, limits: Limits = DEFAULT) -> tuple[str, ...]:
    """What is wrong with a file, one line each: every checksum is compared and every layer unpacked.

    Args:
        source: a `.trp` file: a path, its bytes, or a file that is open for reading bytes.
        fast: compare the checksums alone, which finds what transfers and disks do to a file.
        limits: what to refuse.

    Returns:
        The faults; none if the file is whole.

    Raises:
        InputError: there is no such file.
        DamagedError, TruncatedError, UnsupportedError, LimitError: not even the header can be read.
    """
    return faults_of(inspect(source, values=not fast, limits=limits))


def faults_of(described: dict[str, Any]) -> tuple[str, ...]:
    """What is wrong with a file, from what `inspect` says of it."""
    faults = [f"{layer['name']}: {layer['error']}" for layer in described["layers"] if "error" in layer]
    if described["trailing_bytes"]:
        faults.append(f"{described['trailing_bytes']} bytes follow the last layer")
    return tuple(faults)
