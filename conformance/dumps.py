"""What this implementation finds in a stream, in the words of the vectors' dumps; see README.md beside this file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from triptych.bitstream import container
from triptych.bitstream.container import Entry, Scan
from triptych.codec.picture import Picture
from triptych.errors import (
    DamagedError,
    LimitError,
    TriptychError,
    TruncatedError,
    UnsupportedError,
)
from triptych.layers import (
    DetailLayer,
    EdgeLayer,
    FinerLayer,
    Layer,
    PoseLayer,
    Recipe,
    RecipeLayer,
    SeedLayer,
    SemanticLayer,
    TextureLayer,
    UnknownLayer,
    find_kind,
)
from triptych.layers.detail import STILLS
from triptych.layers.pose import JOINTS, MISSING
from triptych.layers.still import Still

CONDITIONS: dict[type[TriptychError], str] = {
    DamagedError: "damaged",
    TruncatedError: "truncated",
    UnsupportedError: "unsupported",
    LimitError: "over a limit",
}


def found(data: bytes) -> dict[str, Any]:
    """Size and layers of a stream, with their places and values.

    Raises:
        TriptychError: it is not valid.
    """
    picture = Picture.from_bytes(data)
    places = container.scan(data).entries
    layers = [_described(entry, layer, picture.layers) for entry, layer in zip(places, picture.layers, strict=True)]
    return {"width": picture.width, "height": picture.height, "layers": layers}


def refused(data: bytes) -> dict[str, Any]:
    """The condition under which a stream is refused, and the kinds of the layers that partial reading still gives."""
    try:
        found(data)
    except TriptychError as error:
        return {"condition": CONDITIONS[type(error)], "whole_layers": whole_layers(data)}
    raise AssertionError("this stream is valid")


def whole_layers(data: bytes) -> list[int] | None:
    """The kinds of the layers that can be unpacked, or None if not even the header can be read."""
    try:
        scanned = container.scan(data)
    except TriptychError:
        return None
    before: list[Layer] = []
    return [entry.kind for entry in scanned.entries if _unpacks(scanned, entry, before)]


def _unpacks(scanned: Scan, entry: Entry, before: list[Layer]) -> bool:
    known = find_kind(entry.kind, entry.coding)
    if not entry.layer or entry.ancillary != (known.ancillary if known else True):
        return False
    try:
        if known:
            before.append(known((scanned.width, scanned.height), entry.coding, entry.layer.payload))
            value(before[-1], before)
    except TriptychError:
        return False
    return True


def _described(entry: Entry, layer: Layer, layers: Sequence[Layer]) -> dict[str, Any]:
    known = find_kind(entry.kind, entry.coding)
    return {
        "name": layer.name if known else f"kind {entry.kind}",
        "kind": entry.kind,
        "coding": entry.coding,
        "ancillary": entry.ancillary,
        "offset": entry.offset,
        "bytes": entry.length,
        "value": value(layer, layers),
    }


def value(layer: Layer, layers: Sequence[Layer] = ()) -> dict[str, Any]:
    """The value of a layer as JSON types, under the names of SPEC §7; one that goes on from others needs these."""
    if isinstance(layer, FinerLayer):
        return layer.summary_on(layers)
    if isinstance(layer, SemanticLayer):
        return {"text": layer.text}
    if isinstance(layer, TextureLayer):
        rows = [["#" + bytes(cell).hex() for cell in row] for row in layer.colours.tolist()]
        return {"grid": list(layer.grid), "quality_index": layer.payload[1], "rows": rows}
    if isinstance(layer, PoseLayer):
        people = [
            {name: place for name, place in zip(JOINTS, person, strict=True) if place[0] != MISSING}
            for person in layer.people.tolist()
        ]
        return {"people": people}
    if isinstance(layer, EdgeLayer):
        rows = ["".join(".#"[pixel] for pixel in row) for row in layer.raster.astype(int).tolist()]
        return {"grid": list(layer.grid), "edge_pixels": int(layer.raster.sum()), "rows": rows}
    if isinstance(layer, DetailLayer) and layer.coding in STILLS:
        detail, parts = layer.detail, layer.regions()
        regions = [
            {"box": [left, top, right - left, bottom - top]} | _still(still, payload)
            for ((left, top, right, bottom), still), payload in zip(detail.regions, parts.stills, strict=True)
        ]
        return _still(detail, parts.whole) | ({"regions": regions} if regions else {})
    if isinstance(layer, DetailLayer):
        levels, fineness, _ = layer.detail
        grid = list(levels.shape[1:])
        return {"grid": grid, "fineness": fineness, "levels": levels.reshape(len(levels), -1).tolist()}
    if isinstance(layer, SeedLayer):
        return {"seed": layer.seed}
    if isinstance(layer, UnknownLayer):
        return {"bytes": layer.payload.hex()}
    if isinstance(layer, RecipeLayer):
        return _recipe(layer.recipe)
    raise AssertionError(f"no dump of {type(layer).__name__} is defined")


def _still(still: Still, payload: bytes) -> dict[str, Any]:
    return {"still": list(still.pixels.shape[1::-1]), "tools": payload[1], "frame": payload[2:].hex()}


def _recipe(recipe: Recipe) -> dict[str, Any]:
    names = ("tool", "negative", "guidance", "sampler", "scheduler", "model", "model_hash", "seed", "steps")
    settings = {name: getattr(recipe, name) for name in names} | {"size": list(recipe.size) if recipe.size else None}
    settings |= {"loras": [list(lora) for lora in recipe.loras] or None}
    blocks = [
        {"kind": block.kind, "name": block.name, "form": block.form, "data": block.data.hex()}
        for block in recipe.blocks
    ]
    return {"settings": {key: known for key, known in settings.items() if known is not None}, "blocks": blocks}
