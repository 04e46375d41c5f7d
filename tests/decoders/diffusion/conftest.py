"""Tiny checkpoints with random weights, of the classes that the real ones are of, made once."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from triptych.codec.decode import Conditioning, find_decoder
from triptych.hub import Model

# The names of real models -> the tiny ones that stand for them.
STAND_INS = {
    "sd14-base": "sd", "sd15-base": "sd", "sd15-config": "sd", "sdxl-base": "sdxl", "sdxl-config": "sdxl",
    "sdxl-vae-fp16": "sdxl/vae", "hyper-sd15-4": "lora/sd.safetensors", "sdxl-lightning-4": "lora/sdxl.safetensors",
    "t2i-sketch-sd14": "sketch", "t2i-sketch-sd15": "sketch", "t2i-openpose-sd14": "pose", "t2i-colour-sd14": "colour",
    "t2i-sketch-sdxl": "sketch-xl", "t2i-openpose-sdxl": "pose-xl",
}  # fmt: skip


@pytest.fixture(scope="session")
def checkpoints(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `sd`, `sdxl`, `sd.safetensors`, five T2I-Adapters, a ControlNet and two LoRAs."""
    import diffusers
    import torch
    from diffusers.utils import logging as diffusers_logging
    from safetensors.torch import save_file
    from transformers.utils import logging as transformers_logging

    for library in (diffusers_logging, transformers_logging):
        library.set_verbosity_error()
        library.disable_progress_bar()
    folder = tmp_path_factory.mktemp("checkpoints")
    torch.manual_seed(0)
    base = _stable_diffusion()
    base.save_pretrained(folder / "sd")
    _as_published(folder / "sd" / "tokenizer")
    save_file(_single_file(base), folder / "sd.safetensors")
    large = _stable_diffusion_xl()
    large.save_pretrained(folder / "sdxl")
    light = {"channels": [8, 16, 16], "num_res_blocks": 1, "adapter_type": "light_adapter"}
    full = {"channels": [8, 16, 16, 16], "num_res_blocks": 1}
    extra = full | {"adapter_type": "full_adapter_xl", "downscale_factor": 16}
    adapters = {
        "sketch": full | {"in_channels": 1},
        "pose": full,
        "colour": light,
        "sketch-xl": extra | {"in_channels": 1},
        "pose-xl": extra,
    }
    for name, settings in adapters.items():
        adapter = diffusers.T2IAdapter(**settings)
        # Random weights steer too little to be seen; trained ones do not.
        for weight in adapter.parameters():
            weight.data.mul_(3)
        # The real ones of Stable Diffusion 1 come in this older format.
        adapter.save_pretrained(folder / name, safe_serialization=name.endswith("-xl"))
    control = diffusers.ControlNetModel.from_unet(base.unet, conditioning_channels=3)
    for weight in control.parameters():  # a fresh one is all zeros where it touches the network
        weight.data.add_(torch.randn_like(weight) * 0.05)
    control.save_pretrained(folder / "control")
    _save_lora(base, folder / "lora", "sd.safetensors")
    _save_lora(large, folder / "lora", "sdxl.safetensors")
    return folder


def _tokenizer() -> Any:
    """A CLIP tokenizer whose tokens are the characters."""
    from transformers import CLIPTokenizer

    signs = [chr(code) for code in range(33, 127)]
    words = ["<|startoftext|>", "<|endoftext|>", *signs, *(sign + "</w>" for sign in signs)]
    return CLIPTokenizer(vocab={word: i for i, word in enumerate(words)}, merges=[], model_max_length=77)


def _as_published(folder: Path) -> None:
    """Write a tokenizer as the real checkpoints have it, which are older than the format of today."""
    vocabulary = json.loads((folder / "tokenizer.json").read_text())["model"]["vocab"]
    for file in folder.iterdir():
        file.unlink()
    (folder / "vocab.json").write_text(json.dumps(vocabulary))
    (folder / "merges.txt").write_text("#version: 0.2\n")
    end = {"__type": "AddedToken", "content": "<|endoftext|>", "lstrip": False, "normalized": True, "rstrip": False}
    settings = {
        "add_prefix_space": False, "bos_token": end | {"content": "<|startoftext|>"}, "do_lower_case": True,
        "eos_token": end, "errors": "replace", "model_max_length": 77, "name_or_path": "openai/clip-vit-large-patch14",
        "pad_token": "<|endoftext|>", "tokenizer_class": "CLIPTokenizer", "unk_token": end,
    }  # fmt: skip
    (folder / "tokenizer_config.json").write_text(json.dumps(settings))


def _text_config() -> Any:
    from transformers import CLIPTextConfig

    return CLIPTextConfig(
        vocab_size=190, hidden_size=16, intermediate_size=32, num_hidden_layers=2, num_attention_heads=2,
        projection_dim=12, bos_token_id=0, eos_token_id=1, pad_token_id=1,
    )  # fmt: skip


def _autoencoder() -> Any:
    from diffusers import AutoencoderKL

    return AutoencoderKL(
        block_out_channels=(4, 4, 8, 8), norm_num_groups=4, layers_per_block=1, latent_channels=4,
        down_block_types=("DownEncoderBlock2D",) * 4, up_block_types=("UpDecoderBlock2D",) * 4,
    )  # fmt: skip


NOISE = {"beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear", "steps_offset": 1}


def _stable_diffusion() -> Any:
    from diffusers import PNDMScheduler, StableDiffusionPipeline, UNet2DConditionModel
    from transformers import CLIPTextModel

    unet = UNet2DConditionModel(
        sample_size=8, block_out_channels=(8, 16, 16, 16), layers_per_block=1, norm_num_groups=4,
        cross_attention_dim=16, attention_head_dim=2,
        down_block_types=("CrossAttnDownBlock2D",) * 3 + ("DownBlock2D",),
        up_block_types=("UpBlock2D",) + ("CrossAttnUpBlock2D",) * 3,
    )  # fmt: skip
    return StableDiffusionPipeline(
        _autoencoder(), CLIPTextModel(_text_config()), _tokenizer(), unet,
        PNDMScheduler(skip_prk_steps=True, set_alpha_to_one=False, **NOISE),
        safety_checker=None, feature_extractor=None, requires_safety_checker=False,
    )  # fmt: skip


def _stable_diffusion_xl() -> Any:
    from diffusers import EulerDiscreteScheduler, StableDiffusionXLPipeline, UNet2DConditionModel
    from transformers import CLIPTextModel, CLIPTextModelWithProjection

    unet = UNet2DConditionModel(
        sample_size=8, block_out_channels=(8, 16, 16), layers_per_block=1, norm_num_groups=4,
        cross_attention_dim=32, attention_head_dim=2, addition_embed_type="text_time", addition_time_embed_dim=4,
        projection_class_embeddings_input_dim=4 * 6 + 12,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
    )  # fmt: skip
    return StableDiffusionXLPipeline(
        _autoencoder(), CLIPTextModel(_text_config()), CLIPTextModelWithProjection(_text_config()), _tokenizer(),
        _tokenizer(), unet, EulerDiscreteScheduler(**NOISE), add_watermarker=False,
    )  # fmt: skip


def _single_file(pipeline: Any) -> dict[str, Any]:
    """The weights of Stable Diffusion under the names of its first code, as single files have them."""
    unet, vae, text = (part.state_dict() for part in (pipeline.unet, pipeline.vae, pipeline.text_encoder))
    starts = {
        "mid_block.resnets.0.": "middle_block.0.", "mid_block.attentions.0.": "middle_block.1.",
        "mid_block.resnets.1.": "middle_block.2.", "time_embedding.linear_1.": "time_embed.0.",
        "time_embedding.linear_2.": "time_embed.2.", "conv_in.": "input_blocks.0.0.", "conv_norm_out.": "out.0.",
        "conv_out.": "out.2.",
    }  # fmt: skip
    for way, other, first in (("down", "input", 1), ("up", "output", 0)):
        n = first
        for i, block in enumerate(getattr(pipeline.unet, f"{way}_blocks")):
            for j in range(len(block.resnets)):
                starts[f"{way}_blocks.{i}.resnets.{j}."] = f"{other}_blocks.{n}.0."
                starts[f"{way}_blocks.{i}.attentions.{j}."] = f"{other}_blocks.{n}.1."
                n += 1
            if way == "up":
                starts[f"up_blocks.{i}.upsamplers.0."] = f"output_blocks.{n - 1}.{1 + hasattr(block, 'attentions')}."
            elif block.downsamplers:
                starts[f"down_blocks.{i}.downsamplers.0.conv."] = f"input_blocks.{n}.0.op."
                n += 1
    inside = {
        "norm1.": "in_layers.0.", "conv1.": "in_layers.2.", "time_emb_proj.": "emb_layers.1.",
        "norm2.": "out_layers.0.", "conv2.": "out_layers.3.", "conv_shortcut.": "skip_connection.",
    }  # fmt: skip
    found = {}
    for name, value in unet.items():
        start = next(start for start in starts if name.startswith(start))
        rest = name.removeprefix(start)
        if "resnets" in start:
            part = next(part for part in inside if rest.startswith(part))
            rest = inside[part] + rest.removeprefix(part)
        found[f"model.diffusion_model.{starts[start]}{rest}"] = value
    renames = [
        (r"\.down_blocks\.(\d)\.resnets", r".down.\1.block"), (r"\.down_blocks\.(\d)\.d\w+\.0", r".down.\1.downsample"),
        (r"\.up_blocks\.(\d)\.resnets", r".up.\1.block"), (r"\.up_blocks\.(\d)\.u\w+\.0", r".up.\1.upsample"),
        (r"mid_block\.resnets\.0", "mid.block_1"), (r"mid_block\.resnets\.1", "mid.block_2"),
        (r"mid_block\.attentions\.0", "mid.attn_1"), ("conv_norm_out", "norm_out"), ("conv_shortcut", "nin_shortcut"),
        ("group_norm", "norm"), (r"to_(q|k|v)\.", r"\1."), (r"to_out\.0", "proj_out"),
        (r"\.up\.(\d)", lambda match: f".up.{3 - int(match[1])}"),  # counted from the other end
    ]  # fmt: skip
    for name, value in vae.items():
        for old, new in renames:
            name = re.sub(old, new, name)
        wide = "attn_1" in name and value.ndim == 2
        found[f"first_stage_model.{name}"] = value[..., None, None] if wide else value
    for name, value in text.items():
        found[f"cond_stage_model.transformer.text_model.{name.removeprefix('text_model.')}"] = value
    return {name: value.contiguous() for name, value in found.items()}


def _save_lora(pipeline: Any, folder: Path, name: str) -> None:
    """Weights of rank 2 for the attention of a pipeline's network."""
    import torch
    from peft import LoraConfig
    from peft.utils import get_peft_model_state_dict

    pipeline.unet.add_adapter(LoraConfig(r=2, lora_alpha=2, target_modules=["to_q", "to_v"], init_lora_weights=False))
    layers = {key: value * torch.tensor(5.0) for key, value in get_peft_model_state_dict(pipeline.unet).items()}
    type(pipeline).save_lora_weights(folder, unet_lora_layers=layers, weight_name=name)


@pytest.fixture
def weights(checkpoints: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Our presets with the tiny checkpoints instead of the real ones, and with few pixels."""
    from triptych.decoders.diffusion import decoder, loading
    from triptych.hub import locate

    def stand_in(model: Model | str, **_: Any) -> tuple[Path, str]:
        return (checkpoints / STAND_INS[model.name], "abc123") if isinstance(model, Model) else locate(model)

    monkeypatch.setattr(loading, "locate", stand_in)
    # The area that Stable Diffusion was trained at takes seconds even with a tiny network.
    small = decoder.work_size
    monkeypatch.setattr(decoder, "work_size", lambda w, h, pixels, multiple: small(w, h, pixels // 64, multiple))
    find_decoder.cache_clear()
    yield checkpoints
    find_decoder.cache_clear()


@pytest.fixture
def condition(person: np.ndarray) -> Callable[..., Conditioning]:
    """Makes what a decoder is given: all layers, or those that are named."""

    def build(*names: str, size: tuple[int, int] = (64, 64), seed: int = 1, **changes: Any) -> Conditioning:
        edges = np.zeros((16, 16), bool)
        edges[8, 2:14] = edges[2:14, 5] = True
        rng = np.random.default_rng(3)
        layers: dict[str, Any] = {
            "prompt": "a red fox",
            "edges": edges,
            "people": person[None] / 256,
            "colours": rng.integers(0, 256, (16, 16, 3)).astype(np.uint8),
        }
        chosen = {name: layers[name] for name in names or layers}
        return Conditioning(*size, **(chosen | {"seed": seed} | changes))

    return build


@pytest.fixture
def preset_file(tmp_path: Path) -> Callable[[str], str]:
    """Writes a user's preset and gives its path."""

    def write(text: str) -> str:
        path = tmp_path / "mine.toml"
        path.write_text(text, encoding="utf-8")
        return str(path)

    return write
