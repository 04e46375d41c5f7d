"""The search for a seed: which one is stored, what it costs, and what decoders make of it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from PIL import Image

import triptych
from triptych.codec.decode import Conditioning, condition
from triptych.errors import InputError
from triptych.layers import SeedLayer


class Noisy:
    """A decoder whose picture is the better the nearer its seed is to a favourite."""

    def __init__(self, image: Image.Image, favourite: int) -> None:
        self.pixels, self.favourite, self.seeds = np.asarray(image, float), favourite, []

    def decode(self, conditioning: Conditioning) -> np.ndarray:
        self.seeds.append(conditioning.seed)
        noise = np.random.default_rng(conditioning.seed).normal(0, 1, self.pixels.shape)
        noise *= 5 + 3 * abs(conditioning.seed - self.favourite)
        return (self.pixels + noise).clip(0, 255).astype(np.uint8)


class InBatches(Noisy):
    """The same, several at once."""

    def __init__(self, image: Image.Image, favourite: int) -> None:
        super().__init__(image, favourite)
        self.calls: list[int] = []

    def decode_batch(self, conditionings: Sequence[Conditioning]) -> list[np.ndarray]:
        self.calls.append(len(conditionings))
        return [self.decode(conditioning) for conditioning in conditionings]


@pytest.fixture
def image(drawing) -> Image.Image:
    return drawing(96, 64)


@pytest.fixture
def picture(image: Image.Image) -> triptych.Picture:
    """A file of a drawing, without a seed."""
    return triptych.encode(image, prompt="a disc")


def test_the_best_seed_is_stored(image: Image.Image, picture: triptych.Picture) -> None:
    """Small numbers are tried in order; the file keeps its other layers to the byte and says what was found."""
    decoder = Noisy(image, 5)
    found = triptych.search_seed(picture, image, decoder=decoder, seeds=9)
    assert decoder.seeds == list(range(9))
    assert found.seed == 5
    assert found.without("seed").to_bytes() == picture.to_bytes()
    assert len(found.to_bytes()) == len(picture.to_bytes()) + 5
    assert found.notes[-1].startswith("of 9 seeds 5 is the best for Noisy: distance 0.")


def test_decoders_that_can_paint_in_batches(image: Image.Image, picture: triptych.Picture) -> None:
    """The same seed is found, in fewer calls; the first two pictures may be enough, so they come first."""
    decoder = InBatches(image, 7)
    assert triptych.search_seed(picture, image, decoder=decoder, seeds=9).seed == 7
    assert decoder.calls == [2, 4, 3] and decoder.seeds == list(range(9))


def test_seed_0_takes_no_payload(image: Image.Image, picture: triptych.Picture) -> None:
    """The first seed is the cheapest."""
    found = triptych.search_seed(picture, image, decoder=Noisy(image, 0), seeds=2)
    assert found.seed == 0 and len(found.to_bytes()) == len(picture.to_bytes()) + 4


def test_decoders_without_noise_store_nothing(image: Image.Image, picture: triptych.Picture) -> None:
    """Two pictures are enough to see it; the note says so, and an old seed goes, too."""
    old = picture.with_layer(SeedLayer.from_seed(3, picture.size))
    found = triptych.search_seed(old, image, decoder="sketch", seeds=200)
    assert found.to_bytes() == picture.to_bytes()
    assert found.notes == ("sketch paints the same with every seed, so none is stored",)


@pytest.mark.parametrize("seeds", [1, 257])
def test_senseless_numbers_are_refused(image: Image.Image, picture: triptych.Picture, seeds: int) -> None:
    """One seed is no search, and more than 256 would not fit into a byte."""
    with pytest.raises(InputError, match=f"a search tries 2 to 256 seeds, not {seeds}"):
        triptych.search_seed(picture, image, decoder="sketch", seeds=seeds)


def test_decoders_get_the_seed_of_the_file(picture: triptych.Picture) -> None:
    """The caller's seed comes first, then that of the layer, then the one that follows from the bytes."""
    own = condition(picture).seed
    seeded = picture.with_layer(SeedLayer.from_seed(7, picture.size))
    assert condition(seeded).seed == 7
    assert condition(seeded, seed=9).seed == 9
    assert condition(seeded.without("seed")).seed == own
    assert condition(picture.with_layer(SeedLayer.from_seed(0, picture.size))).seed == 0
    assert condition(seeded, layers=["semantic"]).seed == 7


def test_a_damaged_seed_is_left_out_of_a_partial_picture(picture: triptych.Picture) -> None:
    """As with any layer: an error, or a warning and the seed that follows from the bytes."""
    damaged = picture.with_layer(SeedLayer(picture.size, 0, b"\0"))
    with pytest.raises(triptych.DamagedError, match="the seed layer ends in a zero byte"):
        condition(damaged)
    with pytest.warns(triptych.PartialWarning, match="the seed layer was left out"):
        assert condition(damaged, partial=True).seed > 0


def test_the_seed_is_within_the_budget(image: Image.Image) -> None:
    """Encoding with a search, and a search with a budget of its own, keep the file within the bytes asked for."""
    large = image.resize((960, 640))
    for budget in (90, 150):
        found = triptych.encode(large, prompt="a disc", max_bytes=budget, seeds=3, decoder=Noisy(large, 1))
        assert found.seed == 1 and budget - 20 < len(found.to_bytes()) <= budget
        full = triptych.encode(large, prompt="a disc", max_bytes=budget)
        found = triptych.search_seed(full, large, seeds=3, decoder=Noisy(large, 2), max_bytes=budget)
        assert found.seed == 2 and len(found.to_bytes()) <= budget


def test_the_thinning_for_a_seed_is_noted(image: Image.Image) -> None:
    """A file that fills its budget makes room for the seed, and says how."""
    large = image.resize((960, 640))
    full = triptych.encode(large, max_bytes=150)
    found = triptych.search_seed(full, large, seeds=2, decoder=Noisy(large, 1), max_bytes=len(full.to_bytes()))
    assert len(found.notes) == len(full.notes) + 2 and "of 2 seeds 1 is the best" in found.notes[-1]
