"""`triptych decode` with a diffusion decoder: batches, options, and what is written into the PNG."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from triptych.cli.main import main
from triptych.codec.decode import find_decoder
from triptych.codec.picture import Picture
from triptych.layers import Block, Recipe, RecipeLayer
from triptych.metadata.read import read_metadata

Build = Callable[..., Picture]


@pytest.fixture
def files(make: Build, tmp_path: Path) -> Path:
    """A folder with five files, one of them damaged and one of another shape."""
    folder = tmp_path / "small"
    folder.mkdir()
    for name, size in [("a", (64, 64)), ("b", (64, 64)), ("d", (96, 64)), ("e", (64, 64))]:
        make(size, text=f"picture {name}").save(folder / f"{name}.trp")
    (folder / "c.trp").write_bytes(b"nonsense")
    return folder


def test_a_folder_is_painted_in_batches(
    weights: Path, files: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every batch size paints the same pictures, in order; a damaged file is told and stops no other."""
    pixels = []
    for batch in ("1", "3", "8"):
        out = tmp_path / batch
        command = ["decode", str(files), "-o", str(out), "--decoder", "sd15", "--batch", batch, "-j", "4"]
        assert main(command) == 1
        told = capsys.readouterr()
        assert [Path(line.split(":")[0]).stem for line in told.out.splitlines()] == ["a", "b", "d", "e"]
        assert "c.trp" in told.err and told.err.count("\n") == 1
        assert sorted(path.name[0] for path in out.iterdir()) == ["a", "b", "d", "e"]
        pixels.append([np.asarray(Image.open(path)).astype(int) for path in sorted(out.iterdir())])
    for other in pixels[1:]:
        assert all(np.abs(a - b).max() <= 1 for a, b in zip(pixels[0], other, strict=True))


def test_options_reach_the_decoder(
    weights: Path, files: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """-O and --device are the decoder's options, --json tells what was used, and layers can be left out."""
    command = ["decode", str(files / "a.trp"), "-o", str(tmp_path / "a.png"), "--decoder", "sd15", "--json"]
    command += ["--seed", "5", "-O", "steps=3", "-O", "guidance=2.5", "--device", "cpu"]
    command += ["--layers", "semantic,structure"]
    assert main(command) == 0
    told = capsys.readouterr()
    assert told.err == ""  # the libraries have nothing to say
    used = json.loads(told.out)["settings"]
    assert (used["Steps"], used["CFG scale"], used["Seed"], used["Triptych decoder"]) == ("3", "2.5", "5", "sd15")
    assert "Triptych edges" in used and "Triptych pose" in used
    assert "Triptych colours" not in used and "Denoising strength" not in used


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["-O", "steps=x"], "option steps: must be a whole number"),
        (["-O", "stpes=3"], "there is no option 'stpes'"),
        (["--device", "toaster"], "device 'toaster' cannot be used here"),
    ],
)
def test_a_wrong_option_is_one_error(
    arguments: list[str], message: str, files: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Not one a file."""
    assert main(["decode", str(files), "--decoder", "sd15", *arguments]) == 1
    err = capsys.readouterr().err
    assert message in err and err.count("\n") == 1


def test_arguments_that_make_no_sense_are_refused(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An option without a value and a batch of none are wrong usage."""
    for arguments, message in [(["-O", "steps"], "is not KEY=VALUE"), (["--batch", "0"], "is 1 or more")]:
        with pytest.raises(SystemExit):
            main(["decode", str(files), *arguments])
        assert message in capsys.readouterr().err


def test_weights_that_are_missing_are_one_error(
    files: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What every file would say is said once, with the remedy."""
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    find_decoder.cache_clear()
    assert main(["decode", str(files), "-o", str(tmp_path / "out"), "--decoder", "sd15"]) == 1
    err = capsys.readouterr().err
    assert "triptych models pull" in err and err.count("\n") == 1


def test_what_was_painted_with_is_in_the_png(weights: Path, files: Path, tmp_path: Path) -> None:
    """Models with their revisions, seed, steps and versions, as JSON and as A1111 writes them."""
    out = tmp_path / "a.png"
    guided = ["--decoder", "sd15", "-O", "guidance=2", "-O", "negative=blurry"]
    assert main(["decode", str(files / "a.trp"), "-o", str(out), *guided]) == 0
    with Image.open(out) as image:
        texts = dict(image.text)
    used = json.loads(texts["triptych"])
    assert used["Model"] == "stable-diffusion-v1-5/stable-diffusion-v1-5@abc123"
    assert used["Triptych edges"] == "TencentARC/t2iadapter_sketch_sd15v2@abc123 scale 0.9"
    assert used["Triptych lora"] == "ByteDance/Hyper-SD@abc123 scale 1"
    assert used["Triptych precision"] == "float32 on cpu" and used["Denoising strength"] == "0.75"
    assert all(name in used["Version"] for name in ("Triptych", "diffusers", "torch"))
    # Any reader of A1111's text, ours included, gets the settings back.
    read = read_metadata(out)
    assert read.prompt == "picture a"
    assert (read.recipe.seed, read.recipe.steps, read.recipe.sampler) == (int(used["Seed"]), 4, "DDIM")
    assert read.recipe.negative == "blurry" and read.recipe.guidance == "2"
    assert read.recipe.model == "stable-diffusion-v1-5/stable-diffusion-v1-5@abc123"
    # The seed that was written paints the picture again.
    again = tmp_path / "again.png"
    command = ["decode", str(files / "a.trp"), "-o", str(again), *guided, "--seed", used["Seed"]]
    assert main(command) == 0
    assert np.array_equal(np.asarray(Image.open(out)), np.asarray(Image.open(again)))


def test_the_originals_settings_come_first(weights: Path, make: Build, tmp_path: Path) -> None:
    """Where the file knows how the original was made, A1111's text tells that, and ours stands beside it."""
    recipe = Recipe(tool="A1111", seed=99, steps=20, sampler="Euler a")
    full = Recipe(blocks=(Block.from_text("workflow", '{"nodes": []}'),))
    for name, value in [("core", recipe), ("full", full)]:
        make((64, 64)).with_layer(RecipeLayer.from_recipe(value, (64, 64))).save(tmp_path / f"{name}.trp")
        out = tmp_path / f"{name}.png"
        assert main(["decode", str(tmp_path / f"{name}.trp"), "-o", str(out), "--decoder", "sd15"]) == 0
        with Image.open(out) as image:
            assert json.loads(image.text["triptych"])["Steps"] == "4"
            if name == "core":
                assert "Seed: 99" in image.text["parameters"] and "Steps: 20" in image.text["parameters"]
            else:
                assert image.text["workflow"] == '{"nodes": []}' and "parameters" not in image.text


def test_no_metadata_means_none(weights: Path, files: Path, tmp_path: Path) -> None:
    """--no-metadata leaves out ours, too, in every format."""
    for name in ("a.png", "a.jpg"):
        out = tmp_path / name
        assert main(["decode", str(files / "a.trp"), "-o", str(out), "--decoder", "sd15", "--no-metadata"]) == 0
        with Image.open(out) as image:
            assert not getattr(image, "text", {})
            assert b"Seed" not in out.read_bytes()


def test_paths_of_models_stay_private(
    checkpoints: Path, files: Path, tmp_path: Path, preset_file: Callable[[str], str]
) -> None:
    """Of a model on disk only its own name is written into the picture."""
    path = preset_file(f'family = "sd"\nbase = "{checkpoints}/sd"\nsteps = 1\nguidance = 1.0\npixels = 4096\n')
    out = tmp_path / "a.png"
    assert main(["decode", str(files / "a.trp"), "-o", str(out), "--decoder", path]) == 0
    assert str(checkpoints).encode() not in out.read_bytes()
    with Image.open(out) as image:
        assert json.loads(image.text["triptych"])["Model"] == "sd@local"
