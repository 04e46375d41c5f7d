"""A picture depends on its file and the preset only: not on the batch, the order, or any other random numbers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from triptych.codec.decode import Conditioning, find_decoder, paint

Make = Callable[..., Conditioning]


def _near(a: np.ndarray, b: Image.Image | np.ndarray) -> bool:
    """Equal to the rounding of another order of additions."""
    b = np.asarray(b)
    return a.shape == b.shape and np.abs(a.astype(int) - b).max() <= 1


@pytest.mark.parametrize("name", ["paper-edge", "sd15", "sdxl-lightning"])
def test_a_batch_of_four_is_four_pictures_alone(name: str, weights: Path, condition: Make) -> None:
    """Pictures painted together, with prompts of their own, are those painted one by one."""
    decoder = find_decoder(name, steps=3, guidance=5.0)
    four = [condition(seed=seed, prompt=f"picture {seed}") for seed in range(4)]
    together = paint(decoder, four)
    for given, picture in zip(four, together, strict=True):
        assert _near(decoder.decode(given), picture)
    assert len({picture.tobytes() for picture in together}) == 4


def test_schedulers_that_add_noise_keep_it_apart(
    weights: Path, condition: Make, preset_file: Callable[[str], str]
) -> None:
    """Noise that a scheduler draws in each step comes from the picture's own generator, too."""
    text = f'like = "sd15"\nbase = "{weights}/sd"\nscheduler = {{ class = "LCMScheduler" }}\nsteps = 4\n'
    decoder = find_decoder(preset_file(text))
    four = [condition(seed=seed) for seed in range(4)]
    for given, picture in zip(four, paint(decoder, four), strict=True):
        assert _near(decoder.decode(given), picture)


def test_a_batch_may_mix_shapes_layers_and_lengths(weights: Path, condition: Make) -> None:
    """Sizes, subsets of layers and prompts of any length can come together, in any order."""
    decoder = find_decoder("sd15", steps=2)
    mixed = [
        condition(size=(64, 64)),
        condition("prompt", size=(96, 48)),
        condition("edges", "colours", size=(64, 64)),
        condition(size=(64, 64), prompt=", ".join(["a fox"] * 60)),
        condition(size=(100, 70)),
    ]
    pictures = paint(decoder, mixed)
    assert [p.size for p in pictures] == [(c.width, c.height) for c in mixed]
    for given, picture, again in zip(mixed, pictures, paint(decoder, mixed[::-1])[::-1], strict=True):
        assert _near(decoder.decode(given), picture) and _near(np.asarray(again), picture)


def test_other_random_numbers_have_no_effect(weights: Path, condition: Make) -> None:
    """The state of torch's and numpy's own generators changes nothing, and is not changed."""
    import torch

    decoder = find_decoder("sd15", steps=2)
    pictures = []
    for seed in (1, 2):
        torch.manual_seed(seed)
        np.random.seed(seed)
        before = torch.get_rng_state()
        pictures.append(decoder.decode(condition()))
        assert (torch.get_rng_state() == before).all()
    assert (pictures[0] == pictures[1]).all()


def test_half_precision_starts_from_the_same_noise(weights: Path, condition: Make) -> None:
    """In bfloat16 a picture is about that of float32: the noise is the same numbers, rounded."""
    pictures = [
        find_decoder("paper-edge", steps=2, dtype=dtype).decode(condition("prompt")).astype(int)
        for dtype in ("float32", "bfloat16")
    ]
    other = find_decoder("paper-edge", steps=2).decode(condition("prompt", seed=9))
    assert np.abs(pictures[0] - pictures[1]).mean() < np.abs(pictures[0] - other).mean() / 4
