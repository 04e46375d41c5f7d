"""Presets are data: ours are complete, and a user's file is checked key by key."""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import triptych
from triptych.codec.decode import Conditioning, find_decoder
from triptych.decoders.diffusion import presets
from triptych.errors import InputError, ModelError
from triptych.hub import Model

Make = Callable[..., Conditioning]
Write = Callable[[str], str]
MINIMAL = 'family = "sd"\nbase = "owner/name"\nsteps = 5\nguidance = 2.0\n'


def test_our_presets_are_listed_without_torch() -> None:
    """Every preset is a decoder's name, and neither listing nor reading them imports a heavy library."""
    code = (
        "import sys, triptych\n"
        "from triptych.decoders.diffusion import presets\n"
        "assert set(presets.names()) <= set(triptych.decoder_names())\n"
        "[presets.load(name) for name in presets.names()], presets.models()\n"
        "print(*{'torch', 'diffusers', 'transformers', 'huggingface_hub', 'compel'} & set(sys.modules))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def test_our_presets_name_models_that_we_know() -> None:
    """Each model has a repository, files, a size and a licence, and each but the configurations is used."""
    used = {model.name for name in presets.names() for model in presets.needed(name)}
    for model in presets.models():
        assert model.repo.count("/") == 1 and model.files and model.megabytes > 0 and model.licence
        assert model.name in used or model.name.endswith("-config")
        assert model.name not in presets.names()  # both can be pulled
    for name in presets.names():
        preset = presets.load(name)
        found = [preset.base, preset.vae, preset.lora, *(guide.model for guide in preset.guides.values())]
        assert all(isinstance(model, Model) for model in found if model is not None)
        assert preset.about.endswith(".") and preset.name == name


def test_the_published_presets_are_as_published() -> None:
    """Models, steps, guidance, scales and the negative prompt are those of the published program; nothing is added."""
    for name, base, layer, adapter in [
        ("paper-edge", "CompVis/stable-diffusion-v1-4", "edges", "TencentARC/t2iadapter_sketch_sd14v1"),
        ("paper-pose", "stable-diffusion-v1-5/stable-diffusion-v1-5", "pose", "TencentARC/t2iadapter_openpose_sd14v1"),
        ("paper-edit", "stable-diffusion-v1-5/stable-diffusion-v1-5", "edges", "TencentARC/t2iadapter_sketch_sd15v2"),
    ]:
        preset = presets.load(name)
        assert (preset.base.repo, preset.steps, preset.guidance, preset.pixels) == (base, 50, 7.5, 512 * 512)
        assert {key: (guide.model.repo, guide.kind, guide.scale) for key, guide in preset.guides.items()} == {
            layer: (adapter, "t2i_adapter", 1.0),
            "colours": ("TencentARC/t2iadapter_color_sd14v1", "t2i_adapter", 1.0),
        }
        assert preset.lora is preset.vae is preset.scheduler is preset.start is None
        assert hashlib.sha256(preset.negative.encode()).hexdigest().startswith("499c5ec28b79e7e2")
        assert preset.long_prompts == "prompt-only" and not preset.file_negative


def test_models_are_pinned_to_commits() -> None:
    """What is downloaded is what was reviewed, whatever branches become; of one model no commit was to be found."""
    loose = [model.name for model in presets.models() if not re.fullmatch("[0-9a-f]{40}", model.revision)]
    assert loose == ["z-image-control"]


def test_licences_are_those_of_the_cards() -> None:
    """Hyper-SD's card no longer names one: its file says what holds."""
    assert {model.name: model.licence for model in presets.models()}["hyper-sd15-4"] == "see its LICENSE.md"


def test_nothing_advises_other_steps_for_weights_of_four() -> None:
    """The LoRA of `sd15` was made for four steps; guides and help show no other number with it."""
    root = Path(__file__).parents[3]
    texts = [*(root / "docs" / "guides").glob("*.md"), root / "README.md", *(root / "src/triptych/cli").glob("*.py")]
    for path in texts:
        for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else ():
            assert not re.search(r"(decoder[ =]\"?sd15\b|sdxl-lightning).*steps", line), (path.name, line)


def test_torch_reads_the_older_weights_safely() -> None:
    """transformers refuses `pytorch_model.bin`, which BLIP's repository has alone, below torch 2.6."""
    project = Path(__file__).parents[3] / "pyproject.toml"
    if project.exists():
        extras = tomllib.loads(project.read_text(encoding="utf-8"))["project"]["optional-dependencies"]
        (torch,) = [need for need in extras["sd"] if need.startswith("torch")]
        assert tuple(map(int, torch.removeprefix("torch>=").split("."))) >= (2, 6)


def test_blue_comes_first_where_a_network_wants_it(weights: Path, condition: Make) -> None:
    """What SDXL's pose adapter is shown has its channels swapped, nothing else has."""
    from triptych.decoders.diffusion.conditions import draw

    given = condition()
    drawn = draw(given, "openpose", 64, 64).transpose(2, 0, 1) / 255
    for name, shown in (("sd15", drawn), ("sdxl", drawn[::-1])):
        found = find_decoder(name)._show([given], "pose", 64, 64)[0].numpy()
        assert np.allclose(found, shown, atol=1e-6), name


def test_a_model_is_downloaded_only_for_what_is_loaded() -> None:
    """SDXL's own autoencoder is not among the files, because presets take another one."""
    by_name = {model.name: model for model in presets.models()}
    assert not [name for name in by_name["sdxl-base"].files if name.startswith("vae/")]
    assert presets.load("sdxl").vae == presets.load("sdxl-lightning").vae == by_name["sdxl-vae-fp16"]


def test_only_the_sdxl_pose_adapter_reads_blue_first() -> None:
    """TencentARC's SDXL adapter was trained on pictures as OpenCV holds them, that of Stable Diffusion 1 was not."""
    orders = {name: guide.order for name in presets.names() if (guide := presets.load(name).pose)}
    assert {name for name, order in orders.items() if order == "bgr"} == {"sdxl", "sdxl-lightning"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("steps = ", "mine.toml: is not TOML: "),
        ('family = "sd"\n', "has no 'base'; give it, or start from a preset of ours"),
        (MINIMAL + "stpes = 3\n", "stpes: there is no such key; there are: about, family, base, "),
        (MINIMAL.replace("5", "0"), "steps: must be a whole number from 1 to 1000, not 0"),
        (MINIMAL.replace("5", "2.5"), "steps: must be a whole number from 1 to 1000, not 2.5"),
        (MINIMAL.replace("2.0", "true"), "guidance: must be a number from 0 to 50, not True"),
        (MINIMAL.replace('"sd"', '"flux"'), "family: must be one of sd, sdxl, z-image, not 'flux'"),
        (MINIMAL.replace('"owner/name"', "7"), "base: must be a model's name, a path or a hub id, not 7"),
        (MINIMAL + 'edges = "x"\n', "edges: must be a table, as in { model = ... }, not 'x'"),
        (MINIMAL + 'edges = { model = "a/b" }\n', "edges: has no 'kind'; it needs model, kind"),
        (MINIMAL + 'edges = { model = "a/b", kind = "lora" }\n', "edges.kind: must be one of controlnet, "),
        (MINIMAL + 'pose = { model = "a", kind = "controlnet", drawn = "x" }\n', "pose.drawn: must be one of "),
        (MINIMAL + 'colours = { model = "a", kind = "controlnet", scael = 1 }\n', "colours.scael: there is no"),
        (MINIMAL + "lora = { scale = 1 }\n", "lora: has no 'model'"),
        (MINIMAL + 'scheduler = { steps = 1 }\n', "scheduler.class: must be a text, not None"),
        (MINIMAL + 'edges = { model = "a/b", kind = "controlnet_union" }\n', "are for the family sdxl"),
        (MINIMAL.replace('"sd"', '"z-image"') + 'edges = { model = "a/b", kind = "t2i_adapter" }\n', "takes networks"),
        (
            'like = "sdxl-control"\ncolours = { model = "a/b", kind = "controlnet" }\n',
            "takes the place of all ControlNets: give each layer the same one",
        ),
        (MINIMAL + "negative = 3\n", "negative: must be a text, not 3"),
        (MINIMAL + "long_prompts = 1\n", "long_prompts: must be true or false, not 1"),
        (MINIMAL + "start = 0\n", "start: must be a number from 0.01 to 1, not 0"),
        ('like = "sd16"\n', "like: no preset called 'sd16'; there are: paper-edge, "),
    ],
)  # fmt: skip
def test_what_is_wrong_in_a_preset_is_named(text: str, message: str, preset_file: Write) -> None:
    """The message has the file, the key and what is allowed, on one line."""
    path = preset_file(text)
    with pytest.raises(InputError) as caught:
        presets.load(path)
    assert str(caught.value).startswith(path) and message in str(caught.value) and "\n" not in str(caught.value)


def test_a_preset_that_is_not_there_is_told(tmp_path: Path) -> None:
    """Neither a name of nothing nor a missing file is more than one line."""
    with pytest.raises(InputError, match=r"there is no preset called 'sd16'; there are: paper-edge"):
        presets.load("sd16")
    with pytest.raises(InputError, match=r"none\.toml: cannot be read: No such file"):
        find_decoder(str(tmp_path / "none.toml"))


def test_a_preset_may_start_from_one_of_ours(preset_file: Write) -> None:
    """`like` takes what the file does not say, `false` takes an adapter away, and options still win."""
    preset = presets.load(preset_file('like = "sd15"\nsteps = 8\ncolours = false\nbase = "me/dream"\n'))
    ours = presets.load("sd15")
    assert (preset.steps, preset.base, preset.colours, preset.name) == (8, "me/dream", None, "mine")
    assert (preset.edges, preset.lora, preset.scheduler) == (ours.edges, ours.lora, ours.scheduler)


def test_paths_are_those_beside_the_file(preset_file: Write, tmp_path: Path) -> None:
    """A relative path starts at the preset's folder; names of ours and hub ids are left as they are."""
    (tmp_path / "dream").mkdir()
    preset = presets.load(preset_file(MINIMAL.replace("owner/name", "dream") + 'vae = "sdxl-vae-fp16"\n'))
    assert preset.base == str(tmp_path / "dream") and isinstance(preset.vae, Model)
    assert presets.load(preset_file(MINIMAL)).base == "owner/name"


CONTROL = """
edges = {{ model = "{0}/{edges}", kind = "{kind}", drawn = "canny", scale = 0.7 }}
pose = {{ model = "{0}/control", kind = "controlnet" }}
"""


@pytest.mark.parametrize("start", ["", "start = 0.5\n"])
@pytest.mark.parametrize(("edges", "kind"), [("control", "controlnet"), ("pose", "t2i_adapter")])
def test_adapters_and_controlnets_go_together(
    edges: str, kind: str, start: str, checkpoints: Path, condition: Make, preset_file: Write
) -> None:
    """Any kind of network for any layer, from local folders, over noise or over colours; each has its effect."""
    text = f'family = "sd"\nbase = "{checkpoints}/sd"\nsteps = 4\nguidance = 3.0\npixels = 4096\n{start}'
    decoder = find_decoder(preset_file(text + CONTROL.format(checkpoints, edges=edges, kind=kind)))
    bare = decoder.decode(condition("prompt", "colours"))
    pictures = [
        decoder.decode(condition("prompt", "colours", *names)) for names in (["edges"], ["people"], ["edges", "people"])
    ]
    assert len({picture.tobytes() for picture in [bare, *pictures]}) == 4
    find_decoder.cache_clear()


def test_a_single_file_is_a_base_too(weights: Path, condition: Make, preset_file: Write) -> None:
    """A `.safetensors` file in the layout of the first Stable Diffusion code paints what its folder paints."""
    pictures = []
    for base in ("sd", "sd.safetensors"):
        find_decoder.cache_clear()
        text = f'like = "paper-edge"\nbase = "{weights}/{base}"\nsteps = 2\n'
        text += 'scheduler = { class = "DDIMScheduler", clip_sample = false }\n'
        pictures.append(find_decoder(preset_file(text)).decode(condition()))
    assert np.array_equal(*pictures)


def test_a_controlnet_steers_sdxl(checkpoints: Path, condition: Make, preset_file: Write, tmp_path: Path) -> None:
    """The classes for SDXL are found, too."""
    import diffusers
    import torch

    torch.manual_seed(0)
    unet = diffusers.UNet2DConditionModel.from_pretrained(checkpoints / "sdxl" / "unet")
    diffusers.ControlNetModel.from_unet(unet).save_pretrained(tmp_path / "control")
    text = f'family = "sdxl"\nbase = "{checkpoints}/sdxl"\nsteps = 2\nguidance = 3.0\npixels = 4096\nmultiple = 16\n'
    text += 'edges = { model = "control", kind = "controlnet" }\n'
    for start in ("", "start = 0.5\n"):
        find_decoder.cache_clear()
        picture = find_decoder(preset_file(text + start)).decode(condition())
        assert picture.shape == (64, 64, 3) and picture.std() > 0
    find_decoder.cache_clear()


def test_presets_work_from_python(checkpoints: Path, preset_file: Write, picture: triptych.Picture) -> None:
    """`triptych.decode` takes the path of a preset and options."""
    path = preset_file(f'family = "sd"\nbase = "{checkpoints}/sd"\nsteps = 50\nguidance = 3.0\npixels = 4096\n')
    image = triptych.decode(picture, decoder=path, options={"steps": 1, "device": "cpu"}, layers=["semantic"])
    again = triptych.decode(picture, decoder=path, options={"steps": 2, "device": "cpu"}, layers=["semantic"])
    assert image.size == (512, 512) and (np.asarray(image) != np.asarray(again)).any()


def test_the_examples_of_the_guide_are_presets(tmp_path: Path) -> None:
    """Every TOML example of the guide can be read."""
    guide = Path(__file__).parents[3] / "docs" / "guides" / "diffusion.md"
    blocks = guide.read_text(encoding="utf-8").split("```toml\n")[1:]
    assert blocks
    for block in blocks:
        text = block.partition("```")[0]
        assert tomllib.loads(text)
        (tmp_path / "guide.toml").write_text(text)
        presets.load(str(tmp_path / "guide.toml"))


def test_a_base_that_is_nothing_is_told(preset_file: Write, condition: Make) -> None:
    """A path that does not exist is an error when the weights are needed."""
    decoder = find_decoder(preset_file(MINIMAL.replace("owner/name", "./nowhere")))
    with pytest.raises(ModelError, match=r"nowhere: there is no such file or folder"):
        decoder.decode(condition())
