"""Where prompts and recipes come from: one order of sources, the same for Python and the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

import triptych
from triptych.cli.main import main
from triptych.codec.prompt_source import SOURCES, Captions, find_prompt, find_recipe
from triptych.errors import InputError
from triptych.metadata.write import blocks_of

PARAMETERS = "a quagga, (meadow:1.2)\nNegative prompt: lowres\nSteps: 20, Sampler: Euler a, CFG scale: 7, Seed: 31415"
SIDECAR = "a zebra\nNegative prompt: blurry\nSteps: 30, Sampler: DDIM, CFG scale: 5, Seed: 27182, Size: 512x512"


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    """A small picture whose metadata A1111 could have written."""
    info = PngInfo()
    info.add_text("parameters", PARAMETERS)
    image = Image.linear_gradient("L").resize((64, 48)).convert("RGB")
    image.paste((200, 30, 30), (10, 10, 40, 30))
    image.save(tmp_path / "a.png", pnginfo=info)
    return tmp_path / "a.png"


def test_sources_have_an_order(picture: Path) -> None:
    """Argument, captions, text file, metadata, model: each source is asked when those before it have nothing."""
    captions = picture.with_name("captions.json")
    captions.write_text(json.dumps([{"file": "a.png", "description": "captioned"}]))
    picture.with_suffix(".txt").write_text("beside")
    listed = Captions(captions)
    assert find_prompt(picture, prompt="argued", captions=listed) == triptych.FoundPrompt("argued", "argument")
    assert find_prompt(picture, captions=listed).text == "captioned"
    assert find_prompt(picture).source == "sidecar"
    picture.with_suffix(".txt").unlink()
    assert find_prompt(picture).text == "a quagga, (meadow:1.2)"
    assert find_prompt(picture, tidy=True).text == "a quagga, meadow"
    bare = Image.new("RGB", (32, 32))
    assert find_prompt(bare, model=lambda: "said").source == "model"
    assert find_prompt(bare).source == "none"


def test_an_empty_argument_means_no_prompt(picture: Path) -> None:
    """ "" ends the search."""
    assert find_prompt(picture, prompt="").text is None
    assert triptych.encode(picture, prompt="").prompt is None


def test_one_source_can_be_asked_alone(picture: Path) -> None:
    """No other is looked at, and a wrong name is told."""
    assert find_prompt(picture, prompt="argued", only="metadata").source == "metadata"
    assert find_prompt(picture, only="none").text is None
    with pytest.raises(InputError, match="a prompt comes from argument, captions"):
        find_prompt(picture, only="dream")


def test_settings_beside_the_picture_are_split(picture: Path) -> None:
    """Of a text file in A1111's format the prompt is the prompt, and the settings are used where metadata has none."""
    Image.open(picture).save(picture.with_name("b.png"))  # without its texts
    bare = picture.with_name("b.png")
    bare.with_suffix(".txt").write_text(SIDECAR)
    encoded = triptych.encode(bare)
    assert encoded.prompt == "a zebra"
    recipe = encoded.recipe.recipe
    assert (recipe.seed, recipe.steps, recipe.negative) == (27182, 30, "blurry")
    picture.with_suffix(".txt").write_text(SIDECAR)
    assert find_recipe(picture)[0].seed == 31415


def test_bytes_have_metadata_too(picture: Path) -> None:
    """The bytes of a file give what the file gives."""
    assert triptych.encode(picture.read_bytes()).to_bytes() == triptych.encode(picture).to_bytes()
    with picture.open("rb") as file:
        assert triptych.encode(file).to_bytes() == triptych.encode(picture).to_bytes()


def test_texts_can_be_left_out(picture: Path) -> None:
    """Without texts a recipe has no negative prompt, and a full one is refused."""
    recipe, _ = find_recipe(picture, text=False)
    assert recipe.negative is None and recipe.seed == 31415 and recipe.blocks == ()
    with pytest.raises(InputError, match="a full recipe stores the prompt"):
        find_recipe(picture, "full", text=False)
    with pytest.raises(InputError, match="a recipe is none, core, full or a Recipe"):
        find_recipe(picture, "all")


@pytest.mark.parametrize(
    ("options", "arguments"),
    [
        ([], {}),
        (["--bytes", "150"], {"max_bytes": 150}),
        (["--recipe", "full"], {"recipe": "full"}),
        (["--prompt", "a horse", "--recipe", "none"], {"prompt": "a horse", "recipe": "none"}),
        (["--layers", "semantic,texture"], {"layers": ["semantic", "texture"]}),
        (["--quality", "40", "--no-text"], {"quality": 40, "text": False}),
    ],
)
@pytest.mark.parametrize("sidecar", [None, "a cat", SIDECAR])
def test_python_and_the_command_line_write_the_same_bytes(
    picture: Path, sidecar: str | None, options: list[str], arguments: dict[str, object]
) -> None:
    """`triptych.encode(path)` and `triptych encode path` give identical files."""
    if sidecar:
        picture.with_suffix(".txt").write_text(sidecar)
    assert main(["encode", str(picture), *options]) == 0
    assert picture.with_suffix(".trp").read_bytes() == triptych.encode(picture, **arguments).to_bytes()


def test_the_sources_are_those_of_the_command_line() -> None:
    """--prompt-from takes the same names."""
    from triptych.cli import encode

    (option,) = [param for param in encode.command.params if param.name == "prompt_from"]
    assert tuple(option.type.choices) == SOURCES


def test_settings_beside_a_picture_count_though_it_has_other_metadata(tmp_path: Path) -> None:
    """An editor's comment is kept, and hides no settings in the text file, nor when both are written back."""
    info = PngInfo()
    info.add_text("Comment", "Created with GIMP")
    Image.new("RGB", (64, 48), "red").save(tmp_path / "a.png", pnginfo=info)
    (tmp_path / "a.txt").write_text(SIDECAR)
    recipe, notes = find_recipe(tmp_path / "a.png", "full")
    assert (recipe.seed, recipe.negative, notes) == (27182, "blurry", ())
    assert [block.name for block in recipe.blocks] == ["Comment"]
    assert [block.name for block in blocks_of(recipe, "a zebra", (64, 48))] == ["Comment", "parameters"]


def test_a_programs_name_alone_hides_no_settings(tmp_path: Path) -> None:
    """Where the metadata tell a program, but no setting, those of the text file count; where they do, not."""
    info = PngInfo()
    info.add_text("prompt", json.dumps({"1": {"class_type": "LoadImage", "inputs": {}}}))
    Image.new("RGB", (64, 48), "red").save(tmp_path / "a.png", pnginfo=info)
    assert find_recipe(tmp_path / "a.png")[0].tool == "ComfyUI"
    (tmp_path / "a.txt").write_text(SIDECAR)
    assert find_recipe(tmp_path / "a.png")[0].seed == 27182
    info.add_text("parameters", "a house\nSteps: 3, Sampler: Euler, CFG scale: 2, Seed: 5, Size: 64x48")
    Image.new("RGB", (64, 48), "red").save(tmp_path / "a.png", pnginfo=info)
    assert find_recipe(tmp_path / "a.png")[0].seed == 5
