"""Fewer bytes, without the picture that the file was made from."""

from __future__ import annotations

from ..codec.affordable import affordable
from ..codec.allocate import file_bytes, make_budget, refit
from ..codec.picture import Picture, make_picture
from ..errors import InputError


def thin(
    picture: Picture, *, max_bytes: int | None = None, bpp: float | None = None, recipe_in_budget: bool | None = None
) -> Picture:
    """The picture in at most a number of bytes; unchanged if it fits already.

    What each layer may take is decided as when encoding (see `triptych.codec.allocate`), but colours and edges keep the
    proportion that they have. Of the edges, the strokes that say least for their bits go first; of the colours, first
    the quality index grows, then the grid shrinks.

    Args:
        max_bytes: the largest size of the whole file.
        bpp: the same in bits per pixel.
        recipe_in_budget: whether the recipe counts, too; otherwise it keeps its bytes, on top of those of the budget.
            By default settings count and complete metadata do not, as when encoding.

    Returns:
        The picture; `notes` says what was thinned, cut or left out, one line each.

    Raises:
        InputError: not exactly one of the two is given, or out of range.
        BudgetError: not even one layer fits that shows something of the picture.
    """
    if (max_bytes is None) == (bpp is None):
        raise InputError("give either max_bytes or bpp")
    budget = make_budget(picture.size, max_bytes=max_bytes, bpp=bpp)
    recipe = picture.recipe
    if recipe and recipe_in_budget is None:
        recipe_in_budget = not recipe.complete
    extra = [recipe] if recipe and not recipe_in_budget else []
    counted = [layer for layer in picture.layers if layer not in extra]
    if budget.holds(picture.size, counted):
        return picture
    kept, notes = refit(picture.size, counted, budget)
    thinned = make_picture(picture.size, [*kept, *extra], (*picture.notes, *notes))
    return affordable(thinned, budget.max_bytes - file_bytes(picture.size, kept) if budget.max_bytes else 0)
