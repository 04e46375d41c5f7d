"""One controller of the budget: whose turn it is, who gets how much, and what becomes of what is left."""

from __future__ import annotations

from dataclasses import replace

import pytest

from triptych import edit
from triptych.codec.allocate import Budget, Request, allocate, file_bytes, make_budget, surpassed, unused
from triptych.codec.picture import Picture, make_picture
from triptych.errors import BudgetError, InputError
from triptych.layers import Layer, Recipe, RecipeLayer, SemanticLayer, TextureLayer, UnknownLayer

SIZE = (512, 512)


class Greedy:
    """Takes all it is given, up to what there is of it."""

    def __init__(self, kind: int, has: int = 10_000) -> None:
        self.kind, self.has, self.asked = kind, has, []

    def fitted(self, most_bytes: int) -> tuple[Layer | None, str | None]:
        self.asked.append(most_bytes)
        return UnknownLayer(SIZE, 0, bytes(max(0, min(self.has, most_bytes) - 8)), self.kind), None

    def at_quality(self, quality: int) -> tuple[Layer | None, str | None]:
        return UnknownLayer(SIZE, 0, bytes(quality), self.kind), None


def test_the_length_of_a_file_is_known_before_it_is_written(picture: Picture) -> None:
    """The header and the costs of the layers add up."""
    assert file_bytes(picture.size, picture.layers) == len(picture.to_bytes())


def test_those_who_can_use_anything_share_what_is_left() -> None:
    """By weight; what one does not need goes to the next."""
    first, second = Greedy(8), Greedy(9)
    kinds = [type("Elastic", (UnknownLayer,), {"share": None, "turn": turn}) for turn in (8, 9)]
    layers, notes = allocate(SIZE, [Request(kinds[1], second, 0.3), Request(kinds[0], first, 0.7)], Budget(400))
    assert not notes and len(layers) == 2
    assert first.asked[0] == pytest.approx(0.7 * 394, abs=2) and second.asked[0] == pytest.approx(0.3 * 394, abs=3)
    few, rest = Greedy(8, 20), Greedy(9)
    allocate(SIZE, [Request(kinds[0], few, 0.7), Request(kinds[1], rest, 0.3)], Budget(400))
    assert rest.asked == [pytest.approx(394 - 20, abs=3)]
    first, second = Greedy(8), Greedy(9)
    allocate(SIZE, [Request(kinds[0], first, 0.5), Request(kinds[1], second, 0.5, useful=30)], Budget(400))
    assert first.asked[0] == pytest.approx(394 - 30, abs=2)


def test_bytes_that_nobody_needs_go_back_to_what_was_cut() -> None:
    """A prompt may have more than its share if there is nothing else to say."""
    words = " ".join(f"word{i}" for i in range(60))
    text = SemanticLayer.from_text(words, SIZE)
    texture = TextureLayer(SIZE, 0, bytes(20))
    most = text.cost + texture.cost + 10
    layers, notes = allocate(
        SIZE, [Request(SemanticLayer, text), Request(TextureLayer, texture, texture.cost, texture.cost)], Budget(most)
    )
    assert text in layers and texture in layers and notes == []


def test_recipes_are_reduced_then_left_out(picture: Picture) -> None:
    """A complete recipe, its settings, nothing: each with a note, and each within the whole budget."""
    import triptych

    blocks = (triptych.Block.from_text("parameters", " ".join(f"setting{i * i}" for i in range(300))),)
    full = RecipeLayer.from_recipe(Recipe(tool="ComfyUI", model="a model of some name", blocks=blocks), picture.size)
    with_it = picture.with_layer(full)
    for room, kept, word in ((0, True, ""), (1, False, "reduced to its settings"), (100_000, None, "left out")):
        most = max(len(with_it.to_bytes()) - room, 24)
        thinned = edit.thin(with_it, max_bytes=most, recipe_in_budget=True)
        assert len(thinned.to_bytes()) <= max(len(with_it.to_bytes()) - room, 24)
        assert (bool(thinned.recipe.recipe.blocks) if thinned.recipe else None) is kept
        assert word in " ".join(thinned.notes)


def test_layers_that_show_nothing_are_no_picture(picture: Picture) -> None:
    """A budget that holds the seed or the recipe alone holds nothing; a file of a recipe alone is one."""
    alone = make_picture(SIZE, [RecipeLayer.from_recipe(Recipe(tool="ComfyUI", negative="rain " * 30), SIZE)])
    assert edit.thin(alone, max_bytes=len(alone.to_bytes())) is alone
    with pytest.raises(BudgetError, match="cannot hold any layer"):
        edit.thin(alone, max_bytes=12)


def test_a_budget_that_is_not_used_up_is_noted() -> None:
    """Only if it was asked for."""
    assert "takes 500 of 8000 bytes" in (unused(500, make_budget(SIZE, max_bytes=8000)) or "")
    assert unused(7900, make_budget(SIZE, max_bytes=8000)) is None
    assert unused(100, make_budget(SIZE)) is None and unused(100, make_budget(SIZE, quality=50)) is None


def test_bytes_that_another_coder_would_use_better_are_noted() -> None:
    """Only if so many were asked for."""
    assert "from about 10485 bytes on an AVIF file" in (surpassed(11_000, (512, 512), make_budget(SIZE, bpp=0.4)) or "")
    assert surpassed(10_400, (512, 512), make_budget(SIZE, bpp=0.4)) is None
    assert surpassed(11_000, (512, 512), make_budget(SIZE)) is None


@pytest.mark.parametrize("given", [{"max_bytes": "600"}, {"bpp": "0.02"}, {"max_bytes": 60.5}, {"quality": True}])
def test_budgets_are_numbers(given: dict[str, object]) -> None:
    """Anything else is refused by our own error."""
    with pytest.raises(InputError, match=r"is a (whole )?number, not"):
        make_budget(SIZE, **given)  # type: ignore[arg-type]


def test_a_quality_takes_what_it_takes() -> None:
    """Each layer is asked for the quality."""
    source = Greedy(9)
    layers, notes = allocate(SIZE, [Request(UnknownLayer, source)], make_budget(SIZE, quality=40))
    assert [len(layer.payload) for layer in layers] == [40] and notes == []
    assert replace(layers[0], payload=b"") != layers[0]
