"""Pixels -> layers, within a byte budget."""

from __future__ import annotations

import os
from collections.abc import Collection
from dataclasses import replace

import numpy as np
from PIL import Image

from ..analysis.edges import find_strokes, strokes_from_map
from ..analysis.image import BACKGROUND, Source, load_image
from ..analysis.keypoints import load_people
from ..errors import BudgetError, InputError, LimitError
from ..layers import NAMES, Layer, Recipe, RecipeLayer
from ..layers.texture import TextureLayer
from ..limits import MAX_INPUT_SIDE
from . import allocate as rate
from .picture import Picture, make_picture


def encode(
    image: str | os.PathLike[str] | Image.Image | np.ndarray | Source,
    *,
    prompt: str | None = None,
    edges: str | os.PathLike[str] | Image.Image | np.ndarray | None = None,
    people: str | os.PathLike[str] | np.ndarray | None = None,
    bytes: int | None = None,
    bpp: float | None = None,
    quality: int | None = None,
    recipe: str | Recipe = "core",
    layers: Collection[str] | None = None,
    background: tuple[int, int, int] = BACKGROUND,
    room: int = 0,
) -> Picture:
    """Describe a picture by its layers, in at most a given number of bytes.

    Args:
        image: a path, a Pillow image of any mode, or an array (see `load_image`); sides of 16 to 16,384 pixels.
        prompt: text for the semantic layer; None or blank for none.
        edges: a ready-made edge map instead of extracted edges: a path, image or array of any size.
        people: keypoints for the pose layer: a path to OpenPose JSON, or int (n, 18, 2) as `read_openpose` gives.
        bytes: the largest size of the file.
        bpp: the same in bits per pixel of the picture.
        quality: 1 to 100 instead of a size. Without any of the three: 0.02 bpp, at most 1,474 bytes.
        recipe: how the picture was made, beside the budget: "core" takes the settings from the metadata of the
            file that `image` names, "full" its complete metadata, "none" nothing; or a `Recipe` of your own.
        layers: names of the layers to write ("semantic", "texture", "pose", "edges", "recipe", "seed"); all by default.
        background: sRGB colour that transparent pictures are laid on.
        room: bytes of the budget that stay free, for a layer that is added afterwards (see `search_seed`).

    Returns:
        The picture; `notes` says what was thinned, left out or converted, one line each.

    Raises:
        InputError: something given cannot be used.
        BudgetError: not even one layer fits.
    """
    source = image if isinstance(image, Source) else load_image(image, background=background)
    size = source.size
    wanted = _wanted(layers)
    # The recipe is beside the budget, and the other layers do not know of it.
    beside, said = _recipe_layer(recipe, source) if "recipe" in wanted else (None, [])
    wanted -= {"recipe"}
    if beside and not wanted:
        return Picture(*size, (beside,), (*source.notes, *said))
    budget = rate.make_budget(size, bytes=bytes, bpp=bpp, quality=quality)
    notes = list(source.notes)

    # The header without layers: 4 bytes of signature and version, the size, a checksum.
    left = (budget.bytes if budget.bytes is not None else 1 << 20) - _header_bytes(size) - room
    chosen: list[Layer] = []

    def keep(layer: Layer | None, note: str | None) -> int:
        if layer:
            chosen.append(layer)
        if note:
            notes.append(note)
        return rate.cost(layer)

    if "semantic" in wanted and prompt and prompt.strip():
        _check_text(prompt)
        alone = wanted == {"semantic"}
        left -= keep(*rate.fit_text(prompt.strip(), size, left if alone else int(left * rate.TEXT_SHARE)))
    if "pose" in wanted and people is not None:
        found = load_people(people, size)
        if len(found):
            alone = not wanted & {"texture", "edges"}
            left -= keep(*rate.fit_pose(found, size, left if alone else int(left * rate.POSE_SHARE)))
    find = _edge_finder(source, edges)
    if budget.quality is not None:
        if "texture" in wanted:
            keep(rate.texture_of_quality(source.image, size, budget.quality), None)
        if "edges" in wanted:
            keep(*rate.edges_of_quality(find, size, budget.quality))
    else:
        texture = edge = None
        texture_note = edge_note = None
        if "edges" in wanted:
            most = left - (rate.share_texture(left) if "texture" in wanted else 0)
            edge, edge_note = rate.fit_edges(find, size, most)
        if "texture" in wanted:
            texture, texture_note = rate.fit_texture(source.image, size, left - rate.cost(edge))
        keep(edge, edge_note)
        keep(texture, texture_note)
    if not chosen:
        if budget.bytes is None or len(notes) == len(source.notes):
            raise InputError("; ".join(["none of the layers asked for has anything to hold", *notes]))
        raise BudgetError(_nothing_fits(budget, notes, size))
    picture = make_picture(size, chosen)
    rate.check_fits(len(picture.to_bytes()), budget)
    if beside:
        picture = picture.with_layer(beside)
    return Picture(picture.width, picture.height, picture.layers, (*notes, *said))


def _wanted(layers: Collection[str] | None) -> set[str]:
    wanted = set(NAMES) if layers is None else set(layers)
    unknown = wanted - set(NAMES)
    if unknown:
        raise InputError(f"there is no layer called {sorted(unknown)[0]!r}; there are: {', '.join(NAMES)}")
    if not wanted:
        raise InputError("no layers were asked for")
    return wanted


def _recipe_layer(recipe: str | Recipe, source: Source) -> tuple[RecipeLayer | None, list[str]]:
    """(the layer, or None if nothing is known or wanted; notes)."""
    notes: list[str] = []
    if isinstance(recipe, str):
        if recipe not in ("none", "core", "full"):
            raise InputError(f"a recipe is none, core, full or a Recipe, not {recipe!r}")
        if recipe == "none" or source.path is None:
            return None, notes
        from ..metadata.read import read_metadata

        found = read_metadata(source.path)
        notes.extend(found.notes)
        recipe = found.recipe if recipe == "full" else replace(found.recipe, blocks=())
    if not recipe:
        return None, notes
    try:
        return RecipeLayer.from_recipe(recipe, source.size), notes
    except (ValueError, LimitError) as error:
        return None, [*notes, f"the recipe was left out: {error}"]


def _header_bytes(size: tuple[int, int]) -> int:
    """Bytes of the file that belong to no layer."""
    probe = TextureLayer(size, 0, b"")
    return len(make_picture(size, [probe]).to_bytes()) - rate.overhead(0)


def _check_text(text: str) -> None:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise InputError(f"the prompt has a lone surrogate as its character {error.start}; remove it") from error


def _edge_finder(source: Source, edges):
    """A function from a grid to its candidate strokes."""
    if edges is None:
        return lambda grid: find_strokes(source.image, grid)
    if isinstance(edges, np.ndarray) and edges.dtype == bool:
        edges = edges.astype(np.uint8) * 255
    edge_map = load_image(edges, smallest=1, work_side=MAX_INPUT_SIDE).image  # reduced, thin lines would fade
    return lambda grid: strokes_from_map(edge_map, grid)


def _nothing_fits(budget: rate.Budget, notes: list[str], size: tuple[int, int]) -> str:
    text = f"{budget.bytes} bytes cannot hold any layer of a picture of {size[0]} x {size[1]} pixels"
    return "; ".join([text, *notes]) + ": allow more bytes"
