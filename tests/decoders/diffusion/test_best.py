"""`best`: the preset that fits, and the line that says so."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from triptych.cli.main import main
from triptych.codec.decode import find_decoder
from triptych.codec.picture import Picture
from triptych.decoders.diffusion import best, presets
from triptych.decoders.diffusion.best import choose
from triptych.errors import InputError


@pytest.mark.parametrize(
    ("free", "name"),
    [
        (0, "miniature"),
        (3, "miniature"),
        (5.5, "sd15"),
        (7.4, "sd15-control"),
        (11.2, "sdxl-control"),
        (23, "z-image"),
    ],
)
def test_the_best_that_fits_is_chosen(free: float, name: str) -> None:
    """By the memory that presets say they need; the line names both."""
    choice = choose(free, "a card", here=lambda _: True)
    assert choice.name == name
    assert "a card" in choice.reason and (not free or f"{free:.1f} GB are free" in choice.reason)


def test_weights_that_are_here_come_first() -> None:
    """What would be better is named with its download; without any the best is fetched, offline nothing is."""
    ready = choose(40, "a card", here=lambda name: name == "sd15")
    assert ready.name == "sd15" and ready.reason.endswith(
        "z-image would fit, too: triptych models pull z-image (36.0 GB)"
    )
    fetched = choose(40, "a card", here=lambda _: False)
    assert fetched.name == "z-image" and "about 36.0 GB are downloaded once" in fetched.reason
    assert choose(40, "a card", here=lambda _: False, offline=True).name == "miniature"


def test_every_preset_says_what_memory_it_needs() -> None:
    """And the better ones need more."""
    assert all(presets.load(name).memory >= 4 for name in presets.names())
    order = [presets.load(name).memory for name in best.ORDER]
    assert order == sorted(order, reverse=True)


def test_the_command_line_says_what_was_chosen(
    picture: Picture, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One line on the error stream; on a machine without a GPU it is the miniature, which takes no options."""
    find_decoder.cache_clear()
    picture.save(tmp_path / "a.trp")
    command = ["decode", str(tmp_path / "a.trp"), "-o", str(tmp_path / "a.png"), "--decoder", "best", "--size", "64"]
    assert main([*command, "--device", "cpu"]) == 0
    told = capsys.readouterr().err
    assert told == "triptych: best is miniature: there is no GPU for a diffusion decoder on this machine, only a CPU\n"
    assert (tmp_path / "a.png").exists()
    assert main([*command, "-f", "--device", "cpu", "-O", "steps=4"]) == 1
    assert "option steps: best is the miniature here" in capsys.readouterr().err


def test_without_torch_it_is_the_miniature(monkeypatch: pytest.MonkeyPatch) -> None:
    """And the line says what to install."""
    monkeypatch.setitem(sys.modules, "torch", None)
    assert "pip install 'triptych[sd]'" in best.open_best().chosen


def test_on_a_card_it_is_a_diffusion_decoder(monkeypatch: pytest.MonkeyPatch) -> None:
    """With the options that it was given."""
    monkeypatch.setattr(best, "_choose_here", lambda _: best.Choice("sd15", "it fits"))
    decoder = best.open_best(steps=8, device="cpu")
    assert (decoder.preset.name, decoder.preset.steps, decoder.chosen) == ("sd15", 8, "best is sd15: it fits")
    with pytest.raises(InputError, match="there is no option 'stpes'"):
        best.open_best(stpes=8)
