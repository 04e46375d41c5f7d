"""Everything that can be missing, broken or too large is one clear line with a remedy."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import triptych
from triptych.codec.decode import Conditioning, find_decoder
from triptych.codec.picture import Picture
from triptych.errors import InputError, ModelError
from triptych.hub import Model

Make = Callable[..., Conditioning]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"stpes": 3}, "there is no option 'stpes'; there are: device, dtype, steps, "),
        ({"steps": "many"}, "option steps: must be a whole number from 1 to 1000, not 'many'"),
        ({"steps": 0}, "option steps: must be a whole number"),
        ({"guidance": -1}, "option guidance: must be a number from 0 to 50"),
        ({"strength": "2"}, "option strength: must be a number from 0.01 to 1, not '2'"),
        ({"dtype": "int8"}, "option dtype: must be one of auto, float16, bfloat16, float32, not 'int8'"),
        ({"offload": "disk"}, "option offload: must be one of auto, none, model"),
        ({"compile": "maybe"}, "option compile: must be yes or no"),
        ({"device": "cuda:99"}, "device 'cuda:99' cannot be used here; try cpu"),
        ({"device": "toaster"}, "device 'toaster' cannot be used here"),
        ({"steps": 1, "strength": 0.5}, "1 steps at a strength of 0.5 leave none to take; raise steps or strength"),
    ],
)
def test_wrong_options_are_told_before_anything_is_loaded(options: dict[str, Any], message: str) -> None:
    """An option that is unknown or cannot be used is an InputError that says what can."""
    with pytest.raises(InputError) as caught:
        find_decoder("sd15", **options)
    assert message in str(caught.value) and "\n" not in str(caught.value)


def test_options_may_be_texts() -> None:
    """Values of the command line and of Python mean the same."""
    from triptych.decoders.diffusion.options import Options

    given = {"steps": 3, "guidance": 2.5, "compile": True, "strength": None}
    texts = {"steps": "3", "guidance": "2.5", "compile": "yes"}
    assert Options.read(given) == Options.read(texts)


def test_decoders_without_options_say_so() -> None:
    """An option for a decoder that has none is an error, not ignored."""
    with pytest.raises(InputError, match="the decoder 'sketch' has no option 'steps'"):
        find_decoder("sketch", steps=3)


@pytest.mark.parametrize("missing", ["torch", "compel"])
def test_a_missing_package_has_its_install_line(missing: str) -> None:
    """Without one of the extra's packages the error can be pasted into a terminal."""
    code = f"import sys; sys.modules[{missing!r}] = None; from triptych.cli.main import main; sys.exit(main())"
    command = [sys.executable, "-c", code, "decode", "none.trp", "--decoder", "sd15"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    line = "triptych: the decoder 'sd15' needs an optional package: pip install 'triptych[sd]'\n"
    assert (done.returncode, done.stderr) == (1, line)


def test_missing_weights_name_the_command_that_gets_them(
    condition: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Offline, a model that is not on disk is an error with its name and `triptych models pull`."""
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    find_decoder.cache_clear()
    with pytest.raises(ModelError, match=r"sd15-base is not on this disk.* triptych models pull sd15-base"):
        find_decoder("sd15").decode(condition())


@pytest.mark.parametrize("damage", ["cut", "config", "no weights", "unet", "text_encoder"])
def test_a_broken_checkpoint_is_told(
    damage: str, weights: Path, condition: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Files that are cut, wrong, not there or lack weights are a ModelError that says how to fetch them anew."""
    from safetensors.torch import load_file, save_file

    from triptych.decoders.diffusion import loading

    shutil.copytree(weights / "sd", tmp_path / "sd")
    file = tmp_path / "sd" / "unet" / "diffusion_pytorch_model.safetensors"
    if damage == "cut":
        file.write_bytes(file.read_bytes()[:1000])
    elif damage == "config":
        (file.parent / "config.json").write_text("{")
    elif damage == "no weights":
        file.unlink()
    else:
        (file,) = (tmp_path / "sd" / damage).glob("*.safetensors")
        tensors = load_file(file)
        lost = min(tensors)
        save_file({name: tensor for name, tensor in tensors.items() if name != lost}, file, metadata={"format": "pt"})
    given = loading.locate
    monkeypatch.setattr(
        loading, "locate", lambda model: (tmp_path / "sd", "x") if model.name == "sd15-base" else given(model)
    )
    with pytest.raises(ModelError) as caught:
        find_decoder("sd15").decode(condition())
    text = str(caught.value)
    assert text.startswith("sd15-base: cannot be loaded as the base of 'sd15' (") and "\n" not in text
    assert "triptych models remove sd15-base, then triptych models pull sd15-base" in text
    if damage in ("unet", "text_encoder"):
        assert f"1 weights are missing: {damage}.{lost.removeprefix('text_model.')})" in text


def test_a_broken_adapter_of_a_users_own_is_told(
    checkpoints: Path, condition: Make, tmp_path: Path, preset_file: Callable[[str], str]
) -> None:
    """For a model that we do not know the remedy is to look at the preset."""
    (tmp_path / "empty").mkdir()
    text = f'family = "sd"\nbase = "{checkpoints}/sd"\nsteps = 1\nguidance = 1.0\n'
    path = preset_file(text + 'edges = { model = "empty", kind = "t2i_adapter" }\n')
    with pytest.raises(ModelError, match=r"cannot be loaded as the edges of 'mine' .*check that it is what the preset"):
        find_decoder(path).decode(condition())


def test_a_scheduler_that_diffusers_does_not_have_is_told(
    checkpoints: Path, condition: Make, preset_file: Callable[[str], str]
) -> None:
    """A wrong class or option of a scheduler is an InputError that names the key."""
    text = f'family = "sd"\nbase = "{checkpoints}/sd"\nsteps = 1\nguidance = 1.0\n'
    for scheduler, message in [
        ('class = "DDIMSchedular"', "scheduler.class: diffusers has no 'DDIMSchedular'; it has: .*DDIMScheduler"),
        ('class = "UNet2DModel"', "scheduler.class: diffusers has no 'UNet2DModel'"),
        ('class = "DDIMScheduler", spacing = "x"', "scheduler.spacing: DDIMScheduler has no such option"),
    ]:
        find_decoder.cache_clear()
        with pytest.raises(InputError, match=message):
            find_decoder(preset_file(f"{text}scheduler = {{ {scheduler} }}\n")).decode(condition())


def test_a_full_memory_is_told(weights: Path, condition: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """Running out of memory while painting or loading says what needs less of it."""
    import torch

    decoder = find_decoder("sd15")

    def full(*_: Any, **__: Any) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")

    monkeypatch.setattr(type(decoder.networks.base.unet), "forward", full)
    with pytest.raises(ModelError, match=r"the memory of cpu is full; .*--batch 1.*offload=model"):
        decoder.decode(condition())


def test_memory_decides_how_networks_are_placed() -> None:
    """Pixels are made in tiles before networks come and go, and those come and go only where they must."""
    from triptych.decoders.diffusion.memory import plan_memory

    gigabyte, megapixel = 1 << 30, 1 << 20
    assert plan_memory(24 * gigabyte, 8 * gigabyte, 5 * gigabyte, megapixel) == (False, False)
    assert plan_memory(12 * gigabyte, 8 * gigabyte, 5 * gigabyte, megapixel) == (False, True)
    assert plan_memory(8 * gigabyte, 8 * gigabyte, 5 * gigabyte, megapixel) == (True, True)
    assert plan_memory(8 * gigabyte, 3 * gigabyte, 2 * gigabyte, megapixel // 4) == (False, False)


def test_little_memory_gives_the_same_picture(weights: Path, condition: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """One picture at a time through the autoencoder saves memory and changes nothing but rounding."""
    from triptych.decoders.diffusion import loading

    four = [condition(seed=seed) for seed in range(4)]
    whole = find_decoder("sd15").decode_batch(four)
    find_decoder.cache_clear()
    monkeypatch.setattr(loading, "free_memory", lambda _: 1000)
    for a, b in zip(whole, find_decoder("sd15").decode_batch(four), strict=True):
        assert abs(a.astype(int) - b).max() <= 1


def test_numbers_without_a_value_are_painted_again_or_told(
    weights: Path, condition: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An autoencoder that overflows gets a second chance in float32, and never gives a black picture in silence."""
    import torch

    decoder = find_decoder("sd15", steps=2, dtype="bfloat16")
    vae = decoder.networks.base.vae
    decode, tried = type(vae).decode, []

    def overflowing(self: Any, latents: torch.Tensor, **options: Any) -> Any:
        tried.append(latents.dtype)
        (found,) = decode(self, latents, **options)
        return (found if latents.dtype is torch.float32 and len(tried) < 3 else found * torch.nan,)

    monkeypatch.setattr(type(vae), "decode", overflowing)
    assert decoder.decode(condition("prompt")).max() > 0
    assert tried == [torch.bfloat16, torch.float32] and vae.dtype is torch.bfloat16
    with pytest.raises(ModelError, match=r"black picture.*-O dtype=bfloat16"):
        decoder.decode(condition("prompt"))


def test_a_negative_prompt_without_guidance_is_refused(weights: Path) -> None:
    """An option that would do nothing is an error, with what to do."""
    with pytest.raises(InputError, match=r"sd15: paints without guidance.*-O guidance=2"):
        find_decoder("sd15", negative="blurry")


def test_adapters_return_to_the_device_after_offloading(
    weights: Path, condition: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A picture with edges and people, then one with colours too: adapters are moved back before they are called."""
    import torch

    decoder = find_decoder("sd15", steps=2)
    decoder.decode(condition("edges", "people"))
    moved: list[str] = []
    to = torch.nn.Module.to

    def noted(self: Any, *args: Any, **kwargs: Any) -> Any:
        if args and isinstance(args[0], torch.device):
            moved.append(type(self).__name__)
        return to(self, *args, **kwargs)

    monkeypatch.setattr(torch.nn.Module, "to", noted)
    decoder.decode(condition("edges", "people", "colours"))
    assert moved.count("T2IAdapter") >= 3


def test_models_with_names_are_found_by_the_hub(weights: Path) -> None:
    """The stand-ins of these tests cover every model that our presets have."""
    from triptych.decoders.diffusion import loading, presets

    for model in presets.models():
        assert isinstance(model, Model) and loading.locate(model)[0].exists()


def test_of_several_loras_in_a_folder_the_right_one_is_taken(
    weights: Path, condition: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A repository's copy may hold other files, too; a user's folder with several needs a name."""
    from triptych.decoders.diffusion import loading

    folder = weights / "lora"
    shutil.copy(folder / "sd.safetensors", folder / "Hyper-SD15-4steps-lora.safetensors")
    expected = find_decoder("sd15").decode(condition())
    given = loading.locate
    monkeypatch.setattr(
        loading, "locate", lambda model: (folder, "x") if getattr(model, "name", "") == "hyper-sd15-4" else given(model)
    )
    find_decoder.cache_clear()
    assert (find_decoder("sd15").decode(condition()) == expected).all()
    with pytest.raises(InputError, match=r"lora: has 3 \.safetensors files; name one of them"):
        loading._merge(None, "lora", folder, 1.0)


def test_half_precision_files_are_found(
    weights: Path, condition: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A checkpoint with files in half precision loads, whether the full ones are beside them or not."""
    from triptych.decoders.diffusion import loading

    given = loading.locate
    shutil.copytree(weights / "sd", tmp_path / "sd")
    monkeypatch.setattr(
        loading, "locate", lambda model: (tmp_path / "sd", "x") if model.name == "sd15-base" else given(model)
    )
    expected = find_decoder("sd15").decode(condition())
    for step in (shutil.copy, shutil.move):
        for file in list((tmp_path / "sd").rglob("*.safetensors")):
            if ".fp16." not in file.name:
                step(file, file.with_suffix(".fp16.safetensors"))
        find_decoder.cache_clear()
        assert (find_decoder("sd15").decode(condition()) == expected).all()


@pytest.mark.parametrize("seed", [-1, 2**32])
def test_seeds_have_32_bits(seed: int, picture: Picture) -> None:
    """Another seed is an InputError, not one of torch."""
    with pytest.raises(InputError, match=f"a seed is a whole number from 0 to 4294967295, not {seed}"):
        triptych.decode(picture, seed=seed)
