"""Recipes and prompts on the command line: where they come from, what a file reveals, and how they come back."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

import triptych
from triptych.cli.main import main

PROMPT = "a quagga grazing, (meadow:1.2), masterpiece"
NEGATIVE = "zeugma, lowres"
PARAMETERS = (
    f"{PROMPT}\nNegative prompt: {NEGATIVE}\nSteps: 20, Sampler: DPM++ 2M, CFG scale: 4.5, Seed: 31415926535, "
    "Size: 48x32, Model hash: 9aba26abdf, Model: xylophone_v2"
)
GRAPH = {
    "3": {
        "inputs": {
            "seed": 31415926535,
            "steps": 20,
            "cfg": 4.5,
            "sampler_name": "euler",
            "scheduler": "karras",
            "positive": ["6", 0],
        },
        "class_type": "KSampler",
    },
    "6": {"inputs": {"text": PROMPT}, "class_type": "CLIPTextEncode"},
}
COMFYUI = {"workflow": json.dumps({"nodes": [{"id": 3, "type": "KSampler"}], "links": []}), "prompt": json.dumps(GRAPH)}
SECRETS = ("quagga", "zeugma", "xylophone", "meadow")
FAST = ["--layers", "semantic,texture,recipe", "--bytes", "1000"]


def _picture(path: Path, **texts: str) -> Path:
    info = PngInfo()
    for name, text in texts.items():
        info.add_text(name, text)
    Image.linear_gradient("L").resize((48, 32)).convert("RGB").save(path, pnginfo=info)
    return path


@pytest.fixture
def a1111(tmp_path: Path) -> Path:
    return _picture(tmp_path / "a.png", parameters=PARAMETERS)


@pytest.fixture
def comfyui(tmp_path: Path) -> Path:
    return _picture(tmp_path / "c.png", **COMFYUI)


def _encode(path: Path, *arguments: str) -> triptych.Picture:
    target = path.with_suffix(".trp")
    assert main(["encode", str(path), "-o", str(target), "--force", *FAST, *arguments]) == 0
    return triptych.Picture.open(target)


# --- where things come from ---


def test_the_prompt_and_the_settings_come_from_the_metadata(a1111: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without any argument the file's own prompt is used, exactly, and its settings are kept."""
    picture = _encode(a1111, "--recipe-extra")
    assert picture.prompt == PROMPT
    assert picture.recipe is not None
    recipe = picture.recipe.recipe
    assert (recipe.negative, recipe.seed, recipe.model, recipe.blocks) == (NEGATIVE, 31415926535, "xylophone_v2", ())
    out, err = capsys.readouterr()
    assert f"; {picture.recipe_bytes} of them are the recipe, excluded from the budget" in out
    assert "semantic layer is empty" not in err


def test_the_recipe_counts(a1111: Path) -> None:
    """Where the whole metadata counts and is too large, it is reduced to the settings, then left out."""
    counted = ("--recipe", "full", "--recipe-in-budget")
    full, core, bare = (_encode(a1111, *counted, "--bytes", most) for most in ("600", "120", "60"))
    assert full.recipe.recipe.blocks and len(full.to_bytes()) <= 600
    assert not core.recipe.recipe.blocks and len(core.to_bytes()) <= 120
    assert bare.recipe is None and len(bare.to_bytes()) <= 60


def test_the_recipe_can_be_excluded(a1111: Path) -> None:
    """On top of the budget, as the whole metadata is without a word, the other layers are as without a recipe."""
    bare = _encode(a1111, "--recipe", "none", "--bytes", "120")
    full = _encode(a1111, "--recipe", "full", "--bytes", "120")
    assert full.recipe.recipe.blocks
    core = _encode(a1111, "--bytes", "120", "--recipe-extra")
    assert core.without("recipe").to_bytes() == bare.to_bytes()
    assert full.without("recipe").to_bytes() == bare.to_bytes()
    assert len(bare.to_bytes()) <= 120
    assert len(full.to_bytes()) - full.recipe_bytes == len(bare.to_bytes())


def test_the_order_of_sources(a1111: Path) -> None:
    """An argument goes before captions, captions before the text file, that before metadata."""
    captions = a1111.with_name("captions.json")
    captions.write_text(json.dumps([{"file": "a.png", "description": "captioned"}]))
    a1111.with_suffix(".txt").write_text("beside")
    both = ["--captions", str(captions)]
    assert _encode(a1111, *both, "--prompt", "argued").prompt == "argued"
    assert _encode(a1111, *both).prompt == "captioned"
    assert _encode(a1111).prompt == "beside"
    a1111.with_suffix(".txt").unlink()
    assert _encode(a1111).prompt == PROMPT


def test_one_source_can_be_chosen(a1111: Path) -> None:
    """--prompt-from looks nowhere else."""
    a1111.with_suffix(".txt").write_text("beside")
    assert _encode(a1111, "--prompt-from", "metadata").prompt == PROMPT
    assert _encode(a1111, "--prompt-from", "sidecar", "--prompt", "argued").prompt == "beside"
    assert _encode(a1111, "--prompt-from", "none").prompt is None


@pytest.mark.parametrize("source", ["argument", "captions"])
def test_a_source_that_is_missing_is_an_error(a1111: Path, source: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Choosing an argument that is missing is told in one line."""
    assert main(["encode", str(a1111), "--prompt-from", source]) == 1
    assert capsys.readouterr().err.count("\n") == 1


def test_tidying_is_asked_for(a1111: Path) -> None:
    """--tidy-prompt drops weights and boilerplate of found prompts, and never of an argument."""
    assert _encode(a1111, "--tidy-prompt").prompt == "a quagga grazing, meadow"
    assert _encode(a1111, "--tidy-prompt", "--prompt", PROMPT).prompt == PROMPT


def test_an_empty_semantic_layer_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One line says that there is no prompt, and how to give one."""
    _encode(_picture(tmp_path / "bare.png"), "--bytes", "60")
    said = [line for line in capsys.readouterr().err.splitlines() if "semantic layer is empty" in line]
    assert len(said) == 1 and "--prompt" in said[0] and "bare.txt" in said[0]


def test_a_batch_counts_its_sources(
    tmp_path: Path, a1111: Path, comfyui: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The last line of a batch says how many prompts came from where."""
    _picture(tmp_path / "b.png")
    _picture(tmp_path / "d.png").with_suffix(".txt").write_text("beside")
    assert main(["encode", str(tmp_path), "-o", str(tmp_path / "out"), *FAST]) == 0
    last = capsys.readouterr().err.splitlines()[-1]
    assert last.startswith("triptych: prompts: 1 from sidecar, 2 from metadata, 1 without")


def test_machines_are_told_the_same(a1111: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """--json says where the prompt came from and what the recipe takes, and prints nothing else."""
    assert main(["encode", str(a1111), "--json", "--recipe-extra", *FAST]) == 0
    out, err = capsys.readouterr()
    record = json.loads(out)
    assert record["prompt_from"] == "metadata"
    assert 0 < record["recipe_bytes"] < record["bytes"]
    assert err == ""


def test_broken_metadata_is_a_note(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A picture with half a block is encoded, and the block is named."""
    picture = _encode(_picture(tmp_path / "a.png", parameters='{"prompt": "qu'))
    assert picture.recipe is None
    assert "'parameters' is broken" in capsys.readouterr().err


# --- privacy ---


@pytest.mark.parametrize("texts", [{"parameters": PARAMETERS}, COMFYUI])
def test_nothing_of_the_text_is_left_if_none_is_wanted(tmp_path: Path, texts: dict[str, str]) -> None:
    """With --no-text --recipe none the file is that of the same pixels without any metadata."""
    told = _encode(_picture(tmp_path / "a.png", **texts), "--no-text", "--recipe", "none")
    untold = _encode(_picture(tmp_path / "b.png"), "--no-text", "--recipe", "none")
    assert told.to_bytes() == untold.to_bytes()
    assert [layer.name for layer in told.layers] == ["texture"]


def test_no_text_keeps_settings_but_no_words(a1111: Path) -> None:
    """--no-text drops the negative prompt, too; seed and sampler stay."""
    picture = _encode(a1111, "--no-text")
    assert picture.prompt is None
    assert picture.recipe is not None
    assert picture.recipe.recipe.negative is None and picture.recipe.recipe.seed == 31415926535


def test_no_text_and_a_full_recipe_contradict_each_other(a1111: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The whole metadata holds the prompt, so this is refused."""
    assert main(["encode", str(a1111), "--no-text", "--recipe", "full"]) == 1
    assert "--no-text" in capsys.readouterr().err
    assert not a1111.with_suffix(".trp").exists()


def test_python_can_leave_everything_out(a1111: Path) -> None:
    """recipe="none" keeps settings out; an image that is no file has none to begin with."""
    assert triptych.encode(a1111, recipe="none").recipe is None
    with Image.open(a1111) as image:
        assert triptych.encode(image, layers=["texture", "recipe"]).recipe is None
    with pytest.raises(triptych.InputError, match="none, core, full"):
        triptych.encode(a1111, recipe="all")


def test_python_takes_recipes(a1111: Path) -> None:
    """A path brings its settings, "full" its texts, and a Recipe of one's own is taken as it is."""
    layers = ["texture", "recipe"]
    core = triptych.encode(a1111, layers=layers).recipe
    full = triptych.encode(a1111, recipe="full", layers=layers).recipe
    own = triptych.encode(a1111, recipe=triptych.Recipe(tool="mine", seed=7), layers=layers).recipe
    assert core is not None and full is not None and own is not None
    assert core.recipe.seed == 31415926535 and not core.recipe.blocks
    assert full.recipe.blocks == (triptych.Block.from_text("parameters", PARAMETERS),)
    assert own.recipe == triptych.Recipe(tool="mine", seed=7)


# --- what a file reveals ---


def test_info_shows_what_a_file_reveals(a1111: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Every setting and text is listed; the texts themselves on request."""
    _encode(a1111, "--recipe", "full")
    capsys.readouterr()
    target = str(a1111.with_suffix(".trp"))
    assert main(["info", target]) == 0
    out = capsys.readouterr().out
    for word in (f"prompt: {PROMPT}", f"negative: {NEGATIVE}", "seed: 31415926535", "model: xylophone_v2"):
        assert word in out
    assert f"text 'parameters': {len(PARAMETERS)} bytes\n" in out
    assert main(["info", "--recipe", target]) == 0
    assert PARAMETERS.split("\n")[2] in capsys.readouterr().out


def test_info_for_machines(comfyui: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """--json has the settings, and with --recipe the texts to the last character."""
    _encode(comfyui, "--recipe", "full")
    capsys.readouterr()
    target = str(comfyui.with_suffix(".trp"))
    assert main(["info", "--json", target]) == 0
    layer = json.loads(capsys.readouterr().out)["layers"][-1]
    assert layer["name"] == "recipe" and layer["value"]["recipe"]["seed"] == 31415926535
    assert layer["value"]["blocks"] == [
        {"kind": "text", "name": name, "bytes": len(COMFYUI[name])} for name in ("workflow", "prompt")
    ]
    assert main(["info", "--json", "--recipe", target]) == 0
    blocks = json.loads(capsys.readouterr().out)["layers"][-1]["value"]["blocks"]
    assert {block["name"]: block["text"] for block in blocks} == COMFYUI


# --- and back ---


def _decode(path: Path, *arguments: str, name: str = "back.png") -> Image.Image:
    target = path.with_name(name)
    assert main(["decode", str(path.with_suffix(".trp")), "-o", str(target), *arguments]) == 0
    image = Image.open(target)
    image.load()
    return image


def test_a_full_recipe_restores_the_chunks(comfyui: Path, a1111: Path) -> None:
    """The decoded PNG has the very chunks of the original."""
    for path, texts in ((comfyui, COMFYUI), (a1111, {"parameters": PARAMETERS})):
        _encode(path, "--recipe", "full")
        with _decode(path, "--force") as image:
            assert dict(image.text) == texts
    assert triptych.read_metadata(a1111.with_name("back.png")).prompt == PROMPT


def test_a_core_recipe_becomes_a_block_of_settings(comfyui: Path) -> None:
    """Without the texts, what is known is written so that A1111 and we ourselves read it."""
    _encode(comfyui)
    _decode(comfyui).close()
    found = triptych.read_metadata(comfyui.with_name("back.png"))
    assert found.prompt == PROMPT
    assert (found.recipe.seed, found.recipe.steps, found.recipe.guidance) == (31415926535, 20, "4.5")


@pytest.mark.parametrize("arguments", [["--no-metadata"], ["--layers", "texture"]])
def test_decoding_can_leave_the_texts_out(a1111: Path, arguments: list[str]) -> None:
    """--no-metadata writes pixels only, and so does a choice of layers without the recipe."""
    _encode(a1111, "--recipe", "full")
    with _decode(a1111, *arguments) as image:
        assert image.text == {}
    data = a1111.with_name("back.png").read_bytes()
    assert not any(secret.encode() in data for secret in SECRETS)


def test_a_picture_without_a_recipe_gets_no_texts(a1111: Path) -> None:
    """A prompt alone makes no chunk."""
    assert _encode(a1111, "--recipe", "none").prompt == PROMPT
    with _decode(a1111) as image:
        assert image.text == {}


def test_text_in_any_language_is_restored(tmp_path: Path) -> None:
    """What is not ASCII goes into international chunks, and comes back."""
    info = PngInfo()
    info.add_itxt("parameters", PARAMETERS.replace("grazing", "草を食べる"))
    Image.new("RGB", (32, 32)).save(tmp_path / "a.png", pnginfo=info)
    assert _encode(tmp_path / "a.png", "--recipe", "full", "--bytes", "600").prompt == PROMPT.replace(
        "grazing", "草を食べる"
    )
    with _decode(tmp_path / "a.png") as image:
        assert image.text["parameters"] == PARAMETERS.replace("grazing", "草を食べる")


def test_extract_writes_the_recipe(comfyui: Path) -> None:
    """recipe.json has the settings, and each text is a file that its tool opens."""
    _encode(comfyui, "--recipe", "full")
    folder = comfyui.with_name("layers")
    assert main(["extract", str(comfyui.with_suffix(".trp")), "-o", str(folder)]) == 0
    assert json.loads((folder / "recipe.json").read_text())["seed"] == 31415926535
    assert (folder / "workflow.json").read_text() == COMFYUI["workflow"]
    assert (folder / "prompt.json").read_text() == COMFYUI["prompt"]
    assert (folder / "prompt.txt").read_text() == PROMPT + "\n"


def test_names_of_texts_are_safe_as_file_names(tmp_path: Path) -> None:
    """A stranger's block names neither leave the folder nor take the place of a layer's file."""
    names = ("../../evil", "prompt", "...", "-rf", "CON", "a", "A", "a", "seed", "x" * 255, "x" * 255)
    texts = (*((name, "words") for name in names), ("recipe", "{}"), ("keypoints", "[]"))
    blocks = tuple(triptych.Block.from_text(*text) for text in texts)
    picture = triptych.encode(_picture(tmp_path / "a.png"), recipe=triptych.Recipe(blocks=blocks), layers=["recipe"])
    picture.save(tmp_path / "a.trp")
    assert main(["extract", str(tmp_path / "a.trp"), "-o", str(tmp_path / "deep" / "layers")]) == 0
    assert sorted(p.name for p in tmp_path.rglob("*") if p.is_file() and p.parent.name == "layers") == [
        "A_1.txt",
        "CON_1.txt",
        "a.txt",
        "a_2.txt",
        "evil.txt",
        "keypoints_1.json",
        "prompt_1.txt",
        "recipe.json",
        "recipe_1.json",
        "rf.txt",
        "seed_1.txt",
        "text.txt",
        "x" * 200 + ".txt",
        "x" * 200 + "_1.txt",
    ]


def test_pillow_shows_the_recipe(a1111: Path) -> None:
    """Image.open finds the settings in `info` once the picture is loaded."""
    _encode(a1111, "--recipe-extra")
    with Image.open(a1111.with_suffix(".trp")) as image:
        image.load()
        assert image.info["recipe"]["recipe"]["seed"] == 31415926535
