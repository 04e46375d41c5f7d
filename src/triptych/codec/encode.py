"""Pixels -> layers, within a byte budget."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from functools import cache
from math import inf
from typing import Any

import numpy as np

from ..analysis.edges import StrokeFinder, strokes_from_map
from ..analysis.image import BACKGROUND, ImageSource, Source, load_image
from ..analysis.keypoints import load_people
from ..errors import BudgetError, InputError, LimitError
from ..layers import (
    KINDS,
    NAMES,
    DetailLayer,
    EdgeLayer,
    Layer,
    PoseLayer,
    Recipe,
    RecipeLayer,
    SeedLayer,
    SemanticLayer,
    TextureLayer,
    av1,
    find_names,
)
from ..layers.detail import REGIONS
from ..layers.detail_size import work_size
from ..limits import MAX_COLOUR_SIDE, MAX_EDGE_SIDE, MAX_INPUT_SIDE, MAX_TEXT_CHARS
from ..memory import keep_freed_memory
from ..threads import one_thread
from .affordable import affordable
from .allocate import Request, allocate, claimed, cost_of, file_bytes, make_budget, surpassed, unused
from .decode import DEFAULT_DECODER, Decoder
from .interest import Roi, find_roi
from .links import file_budget, find_link, fit_link
from .picture import Picture, make_picture
from .progressive import fit_progressive, most_text, reserve
from .prompt_source import Origin, find_prompt, find_recipe
from .proposals import (
    EDGES_WEIGHT,
    TEXTURE_WEIGHT,
    EdgeProposal,
    Grid,
    StillProposal,
    TextureProposal,
    levels_layer,
    no_detail,
    painted_nearer,
    share_detail,
    side_of,
)
from .seed_search import MOST_SEEDS, check_count, search_seed

NO_ROI = "no region of interest is kept finer: there are none in the picture, or the budget is too small for them"


def encode(
    image: ImageSource | Source,
    *,
    prompt: str | None = None,
    text: bool = True,
    edges: ImageSource | None = None,
    people: str | os.PathLike[str] | np.ndarray | None = None,
    max_bytes: int | None = None,
    bpp: float | None = None,
    quality: int | None = None,
    colour_grid: Grid | None = None,
    edge_grid: Grid | None = None,
    recipe: str | Recipe = "core",
    recipe_in_budget: bool | None = None,
    layers: str | Collection[str] | None = None,
    background: tuple[int, int, int] = BACKGROUND,
    seeds: int | None = None,
    decoder: str | Decoder = DEFAULT_DECODER,
    options: Mapping[str, Any] | None = None,
    progressive: bool = False,
    link: str | None = None,
    roi: Roi | None = None,
    **former: int,
) -> Picture:
    """Describe a picture by its layers, in at most a given number of bytes.

    Args:
        image: a path, bytes, an open file, a Pillow image or an array (see `load_image`); sides of 16 to 16,384 pixels.
        prompt: text for the semantic layer, blank for none; None takes that of the text file beside the picture, else
            the one in its metadata (see `find_prompt`).
        text: False stores neither a prompt nor a negative prompt.
        edges: a ready-made edge map instead of extracted edges: a path, image or array of any size.
        people: keypoints for the pose layer: a path to OpenPose JSON or to a picture of OpenPose skeletons, or int
            (n, 18, 2) as `read_openpose` gives.
        max_bytes: the largest size of the whole file.
        bpp: the same in bits per pixel of the picture.
        quality: 1 to 100 instead of a size. Without any of the three: 0.02 bpp, at most 1,474 bytes.
        colour_grid, edge_grid: (columns, rows) of cells, the same as "8x8", or the number along the longer side; by
            default as many as the bytes are enough for. The longer side counts, 64 cells of colours and 256 of edges
            at most: cells are nearly square, so a grid of another shape than the picture is changed, with a note.
        recipe: how the picture was made: "core" takes the settings from the metadata of the file that `image` names,
            "full" its complete metadata, "none" nothing; or a `Recipe` of your own.
        recipe_in_budget: whether the recipe counts; otherwise the file may be larger by its bytes, and a note says so.
            By default settings count, and complete metadata do not: who archives them wants all of them back. Where a
            recipe counts and does not fit, it is reduced to its settings, and these are left out, each with a note.
        layers: names of the layers to write ("semantic", "texture", "pose", "edges", "recipe", "seed",
            "detail"), or one name; all by default.
        background: sRGB colour that transparent pictures are laid on.
        seeds: try so many seeds, 2 to 256, and store the best one for `decoder` (see `search_seed`); within the budget.
        decoder, options: for the search for a seed, as in `decode`.
        progressive: order the bytes so that the first of them show a picture; see `make_progressive`.
        link: instead of a size: the bare form has at most the bytes of one packet of this link ("meshtastic", "sms",
            ...; see `links`).
        roi: regions of interest, which the detail layer shows finer than the rest, the most important first: boxes
            (left, top, right, bottom) in pixels, or texts (see `find_roi`): "40%,20%,60%,35%", "faces" for those of
            `people`.
        former: `bytes`, the name that `max_bytes` had first.

    Returns:
        The picture; `notes` says what was thinned, left out, added or converted, one line each.

    Raises:
        InputError: something given cannot be used.
        BudgetError: not even one layer fits.
    """
    keep_freed_memory()
    source = image if isinstance(image, Source) else load_image(image, background=background)
    size = source.size
    wanted = _wanted(layers)
    if former:
        max_bytes = _from_former(former, max_bytes)
    if link is not None:
        if any(given is not None for given in (max_bytes, bpp, quality)):
            raise InputError("give one of max_bytes, bpp, quality and link")
        max_bytes = file_budget(find_link(link).bytes)
    asked = budget = make_budget(size, max_bytes=max_bytes, bpp=bpp, quality=quality)
    if progressive:
        budget = reserve(asked)
    notes = list(source.notes)
    requests: list[Request] = []

    def ask(layer: Layer) -> None:
        requests.append(Request(type(layer), layer))

    origin = Origin(source)
    if "semantic" in wanted and text and (found_prompt := find_prompt(origin, prompt=prompt).text):
        words = found_prompt.strip()
        if len(words) > MAX_TEXT_CHARS:
            notes.append(f"the prompt has {len(words)} characters; the first {MAX_TEXT_CHARS} are kept")
        semantic: Layer | None = SemanticLayer.from_text(words[:MAX_TEXT_CHARS], size)
        if semantic and progressive and budget.max_bytes is not None:
            semantic, note = semantic.fitted(most_text(budget.max_bytes))
            notes += [note] if note else []
        if semantic:
            ask(semantic)
    found = None if people is None or not (roi or "pose" in wanted) else load_people(people, size)
    if "pose" in wanted and found is not None and len(found):
        ask(PoseLayer.from_people(found, size))
    interest = find_roi(roi, found, size) if roi else []
    extra: list[Layer] = []  # of the recipe, if the budget does not count it
    if "recipe" in wanted:
        made, said = _recipe_layer(recipe, origin, size, text)
        notes += said
        counts = recipe_in_budget if recipe_in_budget is not None else not (made and made.complete)
        if made and not counts:
            extra.append(made)
            notes.append(f"the recipe takes {made.cost} bytes on top of the budget")
        elif made:
            ask(made)
    edges_side, edges_note = side_of(edge_grid, size, MAX_EDGE_SIDE, "the edge grid")
    colours_side, colours_note = side_of(colour_grid, size, MAX_COLOUR_SIDE, "the colour grid")
    notes += [note for note in (edges_note, colours_note) if note]
    edge_proposal = _edge_proposal(source, edges, edges_side)
    if "edges" in wanted:
        requests.append(Request(EdgeLayer, edge_proposal, EDGES_WEIGHT))
    if "texture" in wanted:
        requests.append(Request(TextureLayer, TextureProposal(source.image, size, colours_side), TEXTURE_WEIGHT))
    for kind in KINDS.values():
        if kind.name in wanted and (proposed := kind.proposed(source.image, size)):
            requests.append(Request(kind, proposed))
    if seeds is not None:
        check_count(seeds)
        ask(SeedLayer.from_seed(MOST_SEEDS - 1, size))  # keeps its bytes free
    given = claimed((request.source for request in requests if isinstance(request.source, Layer)), budget)
    if layers is not None and DetailLayer.name in wanted and (missing := no_detail(size, budget, wanted, given)):
        notes.append(missing)
    cut = progressive and layers is None
    detail = share_detail(size, budget, given, cut=cut) if wanted >= {TextureLayer.name, DetailLayer.name} else 0
    most = budget.max_bytes or 0
    with one_thread():
        # A still comes first, for what it takes is hard to foretell, and the others fill what it leaves.
        stills = StillProposal(source.image, size, interest) if detail and av1.available() else None
        still = stills.about(detail, most - given - detail) if stills else None
        kept = cost_of(still) if stills else detail
        below = replace(budget, max_bytes=most - kept) if kept else budget
        try:
            chosen, more = allocate(size, requests, below, kept) if requests or not extra else ((), ())
        except BudgetError as error:
            some = any(_holds_something(request) for request in requests)
            raise (error if some else _nothing_to_hold(notes)) from None
        room = 0 if below.max_bytes is None else below.max_bytes - file_bytes(size, chosen)
        chosen = painted_nearer(source.image, list(chosen), room)
        base = make_picture(size, [*chosen, *extra]).without(SeedLayer.name)
        if detail and base.texture:
            left = most - file_bytes(size, chosen)
            top = stills.filling(still, left, most) if stills else levels_layer(source.image, base, left)
            chosen += [top] if top else []
    picture = make_picture(size, [*chosen, *extra], (*notes, *more)).without(SeedLayer.name)
    if not picture.layers or (wanted - {RecipeLayer.name, SeedLayer.name} and not any(x.shows for x in picture.layers)):
        raise _nothing_to_hold(picture.notes)
    if roi and not any(isinstance(layer, DetailLayer) and layer.coding == REGIONS for layer in chosen):
        picture = picture.with_notes(NO_ROI)
    if chosen:
        length, shown = file_bytes(size, chosen), file_bytes(size, [layer for layer in chosen if layer.shows])
        ends = (unused(length, budget), surpassed(shown, work_size(size), budget))
        picture = picture.with_notes(*(note for note in ends if note))
    if progressive:
        picture = fit_progressive(picture, asked, extra, edge_proposal.find)
    if link is not None:
        picture = fit_link(picture, link)
    counted = file_bytes(size, [layer for layer in picture.layers if layer not in extra])
    picture = affordable(picture, inf if asked.max_bytes is None else asked.max_bytes - counted)
    if seeds is not None:
        picture = search_seed(picture, source, decoder=decoder, options=options, seeds=seeds)
    return picture


def _from_former(former: Mapping[str, int], max_bytes: int | None) -> int:
    """`max_bytes`, given under its first name."""
    unknown = [name for name in former if name != "bytes"]
    if unknown:
        raise TypeError(f"encode() got an unexpected keyword argument {unknown[0]!r}")
    if max_bytes is not None:
        raise InputError("max_bytes and bytes are one argument; give max_bytes")
    return former["bytes"]


def _wanted(layers: str | Collection[str] | None) -> set[str]:
    wanted = set(NAMES) if layers is None else find_names(layers)
    if not wanted:
        raise InputError("no layers were asked for")
    return wanted


def _holds_something(request: Request) -> bool:
    return request.kind.shows and not (isinstance(request.source, EdgeProposal) and request.source.empty)


def _nothing_to_hold(notes: Iterable[str]) -> InputError:
    return InputError("; ".join(["none of the layers asked for has anything to hold", *notes]))


def _recipe_layer(
    recipe: str | Recipe, origin: Origin, size: tuple[int, int], text: bool
) -> tuple[RecipeLayer | None, list[str]]:
    """(the layer, or None if nothing is known or wanted; notes)."""
    found, notes = find_recipe(origin, recipe, text=text)
    if not found:
        return None, list(notes)
    try:
        return RecipeLayer.from_recipe(found, size), list(notes)
    except (InputError, LimitError) as error:
        return None, [*notes, f"the recipe was left out: {error}"]


def _edge_proposal(source: Source, edges: ImageSource | None, side: int | None) -> EdgeProposal:
    """The strokes of a picture, or of a ready-made map; no grid is looked at twice."""
    if edges is None:
        finder = StrokeFinder(source.image)
        return EdgeProposal(cache(finder.ranked), source.size, rough=finder.rough, side=side)
    if isinstance(edges, np.ndarray) and edges.dtype == bool:
        edges = edges.astype(np.uint8) * 255
    edge_map = load_image(edges, smallest=1, work_side=MAX_INPUT_SIDE).image  # reduced, thin lines would fade
    find = cache(lambda grid: strokes_from_map(edge_map, grid))
    return EdgeProposal(find, source.size, ready_made=True, side=side)
