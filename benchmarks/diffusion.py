"""How many pictures a second the diffusion decoders paint: python benchmarks/diffusion.py [--out results.json]

The networks have the full size of the real ones and random weights, for speed does not depend on their values; nothing
is downloaded. So the pictures show nothing, and a LoRA, which is merged into the weights before painting, is left out.
Everything else is the decoder as it is shipped: from layers (prompt, edges, colours) to pixels.

Each preset is measured with one picture at a time and in batches, and how much a picture of a batch differs from the
same one painted alone (mean difference in 0..255). Processor seconds say more than those of the clock where a machine
does other things, too: `a step` is one call of the denoising network and its ControlNets, `besides` is the rest. With
`--steps` below the preset's, `all steps` is reckoned from these two for the preset's own number (`steps`), and
`measured steps` says of how many were measured. The networks of a preset are written to a temporary folder (2 to 24 GB)
and read from there.

  python benchmarks/diffusion.py                                    on the best device there is, at each preset's size
  python benchmarks/diffusion.py --presets sd15 --dtype float32 --size 256 --steps 4 --batch 1 --runs 0 --seconds 0
                                                                    on a CPU
  python benchmarks/diffusion.py --presets z-image --depth 0.1      a tenth of the layers, where memory is short
  python benchmarks/diffusion.py --tiny --steps 4                   small networks, to try the script itself
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import diffusers
import numpy as np
import torch
import transformers
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

from triptych.codec.decode import Conditioning
from triptych.decoders.diffusion import open_preset
from triptych.decoders.diffusion.presets import load
from triptych.decoders.diffusion.silence import quiet

PRESETS = ("paper-edge", "sd15", "sd15-control", "sdxl-control", "z-image")

# By the configurations of the repositories.
CLIP = {
    "vocab_size": 49408, "hidden_size": 768, "intermediate_size": 3072, "num_hidden_layers": 12,
    "num_attention_heads": 12, "projection_dim": 768, "hidden_act": "quick_gelu", "bos_token_id": 49406,
    "eos_token_id": 49407, "pad_token_id": 49407,
}  # fmt: skip
VAE = {"block_out_channels": (128, 256, 512, 512), "layers_per_block": 2, "latent_channels": 4}
SDXL_UNET = {
    "sample_size": 128, "block_out_channels": (320, 640, 1280), "layers_per_block": 2, "cross_attention_dim": 2048,
    "attention_head_dim": (5, 10, 20), "transformer_layers_per_block": (1, 2, 10), "use_linear_projection": True,
    "addition_embed_type": "text_time", "addition_time_embed_dim": 256, "projection_class_embeddings_input_dim": 2816,
    "down_block_types": ("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
}  # fmt: skip
FULL: dict[str, dict[str, Any]] = {
    "text": CLIP,
    "unet": {
        "sample_size": 64, "block_out_channels": (320, 640, 1280, 1280), "layers_per_block": 2,
        "cross_attention_dim": 768, "attention_head_dim": 8,
    },
    "vae": VAE,
    "sketch": {"channels": [320, 640, 1280, 1280], "in_channels": 1},
    "colour": {"channels": [320, 640, 1280], "num_res_blocks": 4, "adapter_type": "light_adapter"},
    "text_2": CLIP | {
        "hidden_size": 1280, "intermediate_size": 5120, "num_hidden_layers": 32, "num_attention_heads": 20,
        "projection_dim": 1280, "hidden_act": "gelu",
    },
    "unet_xl": SDXL_UNET,
    "union": {"num_control_type": 8},
    "qwen": {
        "vocab_size": 151936, "hidden_size": 2560, "intermediate_size": 9728, "num_hidden_layers": 36,
        "num_attention_heads": 32, "num_key_value_heads": 8, "head_dim": 128,
    },
    "z": {},
    "z-control": {"control_layers_places": [0, 5, 10, 15, 20, 25], "control_in_dim": 16},
}  # fmt: skip
TINY = {
    "text": CLIP | {"hidden_size": 96, "intermediate_size": 64, "num_hidden_layers": 2},
    "unet": FULL["unet"] | {"block_out_channels": (32, 32, 64, 64), "layers_per_block": 1, "cross_attention_dim": 96},
    "vae": VAE | {"block_out_channels": (32, 32, 32, 32), "layers_per_block": 1},
    "sketch": FULL["sketch"] | {"channels": [32, 32, 64, 64], "num_res_blocks": 1},
    "colour": FULL["colour"] | {"channels": [32, 32, 64], "num_res_blocks": 1},
    "text_2": CLIP | {"hidden_size": 160, "num_hidden_layers": 2, "num_attention_heads": 4, "projection_dim": 160},
    "unet_xl": SDXL_UNET | {
        "block_out_channels": (32, 32, 64), "layers_per_block": 1, "cross_attention_dim": 256,
        "attention_head_dim": (2, 2, 2), "transformer_layers_per_block": (1, 1, 1),
        "projection_class_embeddings_input_dim": 160 + 6 * 256,
    },
    "union": {"num_control_type": 8, "num_trans_channel": 32, "num_trans_head": 2, "num_proj_channel": 32},
    "qwen": {
        "vocab_size": 256, "hidden_size": 64, "intermediate_size": 64, "num_hidden_layers": 2,
        "num_attention_heads": 2, "num_key_value_heads": 1, "head_dim": 32,
    },
    "z": {
        "dim": 64, "n_layers": 2, "n_refiner_layers": 1, "n_heads": 2, "n_kv_heads": 2, "cap_feat_dim": 64,
        "axes_dims": [8, 12, 12],
    },
    "z-control": {
        "control_layers_places": [0], "control_in_dim": 16, "dim": 64, "n_refiner_layers": 1, "n_heads": 2,
        "n_kv_heads": 2,
    },
}  # fmt: skip
NOISE = {"beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear", "steps_offset": 1}
# The tokenizer of random weights has a token for each letter; real prompts of 75 tokens are longer.
PROMPT = "a small wooden boat in a calm harbour at sunset, soft light"


def build(folder: Path, preset: str, sizes: dict[str, dict[str, Any]]) -> int:
    """Write the networks of a preset with random weights, in the precision of downloads; returns their parameters."""
    torch.manual_seed(0)
    family = "z-image" if preset == "z-image" else "sdxl" if preset.startswith("sdxl") else "sd"
    torch.set_default_dtype(torch.bfloat16 if family == "z-image" else torch.float16)
    with quick_noise():
        parts = _parts(preset, family, sizes)
    torch.set_default_dtype(torch.float32)
    count = 0
    for name, part in parts.items():
        modules = part.components.values() if name == "base" else [part]
        count += sum(p.numel() for m in modules if isinstance(m, torch.nn.Module) for p in m.parameters())
        part.save_pretrained(folder / name)
    return count


def _parts(preset: str, family: str, sizes: dict[str, dict[str, Any]]) -> dict[str, Any]:
    parts: dict[str, Any] = {}
    if family == "z-image":
        parts["base"] = _z_image(sizes)
        parts["control"] = diffusers.ZImageControlNetModel(**sizes["z-control"])
    else:
        parts["base"] = _stable_diffusion(sizes) if family == "sd" else _stable_diffusion_xl(sizes)
        unet = parts["base"].unet
        if preset == "sd15-control":
            parts["control"] = diffusers.ControlNetModel.from_unet(unet, conditioning_channels=3)
        elif family == "sdxl":
            shared = {key: value for key, value in sizes["unet_xl"].items() if key != "sample_size"}
            parts["control"] = diffusers.ControlNetUnionModel(**shared, **sizes["union"])
        else:
            parts |= {name: diffusers.T2IAdapter(**sizes[name]) for name in ("sketch", "colour")}
    return parts


@contextmanager
def quick_noise() -> Iterator[None]:
    """Inside, weights of layers are one block of noise again and again: fresh noise for billions takes minutes."""
    own, block = torch.nn.init.kaiming_uniform_, torch.rand(1 << 20, dtype=torch.float32) * 2 - 1

    def fill(tensor: torch.Tensor, *_: Any, **__: Any) -> torch.Tensor:
        flat, bound = tensor.data.view(-1), (tensor[0].numel()) ** -0.5
        noise = (block * bound).to(flat.dtype)
        for start in range(0, len(flat), len(noise)):
            part = flat[start : start + len(noise)]
            part.copy_(noise[: len(part)])
        return tensor

    torch.nn.init.kaiming_uniform_ = fill
    try:
        yield
    finally:
        torch.nn.init.kaiming_uniform_ = own


def _clip_tokenizer() -> CLIPTokenizer:
    signs = [chr(code) for code in range(33, 127)]
    words = {word: i for i, word in enumerate([*signs, *(sign + "</w>" for sign in signs)])}
    return CLIPTokenizer(
        vocab=words | {"<|startoftext|>": 49406, "<|endoftext|>": 49407}, merges=[], model_max_length=77
    )


def _vae(sizes: dict[str, Any], **more: Any) -> Any:
    return diffusers.AutoencoderKL(
        down_block_types=("DownEncoderBlock2D",) * 4, up_block_types=("UpDecoderBlock2D",) * 4, **(sizes["vae"] | more)
    )


def _stable_diffusion(sizes: dict[str, Any]) -> Any:
    return diffusers.StableDiffusionPipeline(
        _vae(sizes),
        CLIPTextModel(CLIPTextConfig(**sizes["text"])),
        _clip_tokenizer(),
        diffusers.UNet2DConditionModel(**sizes["unet"]),
        diffusers.PNDMScheduler(skip_prk_steps=True, set_alpha_to_one=False, **NOISE),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )


def _stable_diffusion_xl(sizes: dict[str, Any]) -> Any:
    up = tuple(name.replace("Down", "Up") for name in reversed(sizes["unet_xl"]["down_block_types"]))
    return diffusers.StableDiffusionXLPipeline(
        # Their own decoder in half precision, as with the fixed one that presets take.
        _vae(sizes, force_upcast=False),
        CLIPTextModel(CLIPTextConfig(**sizes["text"])),
        transformers.CLIPTextModelWithProjection(CLIPTextConfig(**sizes["text_2"])),
        _clip_tokenizer(),
        _clip_tokenizer(),
        diffusers.UNet2DConditionModel(up_block_types=up, **sizes["unet_xl"]),
        diffusers.EulerDiscreteScheduler(**NOISE),
        add_watermarker=False,
    )


def _z_image(sizes: dict[str, Any]) -> Any:
    signs = [*(chr(code) for code in range(33, 127)), "\u0120", "\u010a"]
    words = {word: i for i, word in enumerate([*signs, "<|endoftext|>"])}
    tokenizer = transformers.Qwen2Tokenizer(vocab=words, merges=[])
    tokenizer.chat_template = "{% for message in messages %}{{ message.content }}{% endfor %}"
    return diffusers.ZImagePipeline(
        diffusers.FlowMatchEulerDiscreteScheduler(shift=3.0),
        _vae(sizes, latent_channels=16, shift_factor=0.1159, scaling_factor=0.3611),
        transformers.Qwen3Model(transformers.Qwen3Config(**sizes["qwen"])),
        tokenizer,
        diffusers.ZImageTransformer2DModel(**sizes["z"]),
    )


def shallow(sizes: dict[str, dict[str, Any]], depth: float) -> dict[str, dict[str, Any]]:
    """Fewer layers of Z-Image's two large networks, and of its ControlNet in proportion."""
    layers, words = max(2, round(30 * depth)), max(2, round(36 * depth))
    places = list(range(0, layers, 5))
    return sizes | {
        "z": sizes["z"] | {"n_layers": layers},
        "qwen": sizes["qwen"] | {"num_hidden_layers": words},
        "z-control": sizes["z-control"] | {"control_layers_places": places},
    }


def decoder_of(name: str, folder: Path, options: dict[str, Any]) -> Any:
    """A preset's decoder with the networks of `build`."""
    decoder = open_preset(name, **options)
    preset = decoder.preset

    def stand_in(layer: str) -> Any:
        guide = getattr(preset, layer)
        adapter = {"edges": "sketch", "colours": "colour"}[layer]
        return guide and replace(guide, model=str(folder / (adapter if guide.kind == "t2i_adapter" else "control")))

    decoder.preset = replace(
        preset,
        base=str(folder / "base"),
        lora=None,
        vae=None,
        pose=None,
        edges=stand_in("edges"),
        colours=stand_in("colours"),
    )
    return decoder


def pictures(count: int, size: int) -> list[Conditioning]:
    """Layers as files hold them: a few edges, 16 x 16 colours, a prompt."""
    found = []
    for seed in range(count):
        rng = np.random.default_rng(seed)
        edges = np.zeros((96, 96), bool)
        for _ in range(12):
            row, column = rng.integers(8, 88, 2)
            edges[row, 8:88], edges[8:88, column] = True, True
        colours = rng.integers(0, 256, (16, 16, 3)).astype(np.uint8)
        found.append(Conditioning(size, size, prompt=PROMPT, edges=edges, colours=colours, seed=seed))
    return found


def measure(
    decoder: Any, given: Sequence[Conditioning], batch: int, args: argparse.Namespace
) -> tuple[dict[str, Any], Any]:
    """Figures of painting `batch` pictures at once, again and again for as long as asked for, and the first picture."""
    if args.runs:
        decoder.decode_batch(given[:batch])  # the first time, which prepares much, is not measured
    cuda = decoder.device.type == "cuda"
    if cuda:
        torch.cuda.synchronize()
        torch.cuda.reset_peak_memory_stats()
    times: list[float] = []
    began = time.process_time()
    with calls_timed(decoder) as calls:
        while sum(times) < args.seconds or len(times) < max(1, args.runs):
            start = time.perf_counter()
            painted = decoder.decode_batch(given[:batch])  # ends with pixels in ordinary memory: nothing is at work
            times.append(time.perf_counter() - start)
    spent, steps = (time.process_time() - began) / len(times), len(calls["denoiser"]) / len(times)
    step = sum(map(sum, calls.values())) / len(calls["denoiser"])
    found = {"batch": batch, "pictures_per_second": batch / float(np.median(times)), "runs": len(times)}
    if cuda:
        found["gigabytes"] = torch.cuda.max_memory_allocated() / 2**30
    rounded: dict[str, Any] = {key: round(value, 4) for key, value in found.items()}
    if decoder.device.type == "cpu":
        besides = spent - steps * step
        seconds = {"a step": step, "besides": besides, "all steps": besides + calls_of(decoder) * step}
        rounded["processor_seconds"] = {key: round(value, 2) for key, value in seconds.items()}
    return rounded, painted[0].astype(int)


@contextmanager
def calls_timed(decoder: Any) -> Iterator[dict[str, list[float]]]:
    """The processor seconds of each call inside, of the networks that are asked in every step."""
    guides = decoder.preset.guides
    controls = [decoder.networks.guide(layer) for layer in guides if guides[layer].kind != "t2i_adapter"]
    found: dict[str, list[float]] = {}
    handles = []

    def time_calls(network: torch.nn.Module, times: list[float]) -> None:
        began: list[float] = []
        handles.append(network.register_forward_pre_hook(lambda *_: began.append(time.process_time())))
        handles.append(network.register_forward_hook(lambda *_: times.append(time.process_time() - began[-1])))

    time_calls(decoder.networks.denoiser, found.setdefault("denoiser", []))
    for control in {id(one): one for one in controls}.values():  # one of them may see several layers
        time_calls(control, found.setdefault("controls", []))
    yield found
    for handle in handles:
        handle.remove()


def calls_of(decoder: Any) -> int:
    """How often the preset as it is shipped asks its denoising network: once more than it has steps with PNDM."""
    preset, scheduler = load(decoder.preset.name), decoder.networks.base.scheduler
    taken = int(preset.steps * (preset.start or 1))
    return taken + ("PNDM" in type(scheduler).__name__)


def hardware(device: torch.device) -> str:
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    return f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, {torch.get_num_threads()} threads"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--presets", nargs="+", default=PRESETS, choices=PRESETS, help="which ones (default: all)")
    parser.add_argument("--tiny", action="store_true", help="small networks, to try the script")
    parser.add_argument("--depth", type=float, default=1.0, help="part of the layers of Z-Image (default: 1)")
    parser.add_argument("--size", type=int, help="side of the pictures (default: that of the preset)")
    parser.add_argument("--steps", type=int, help="instead of each preset's own")
    parser.add_argument("--batch", type=int, default=8, help="the larger batch; 1: none (default: 8)")
    parser.add_argument("--seconds", type=float, default=10, help="how long each case is measured (default: 10)")
    parser.add_argument(
        "--runs",
        type=int,
        default=2,
        help="how often at least (default: 2); 0: the first time alone",
    )
    parser.add_argument("--device", help="cuda, mps or cpu (default: the best there is)")
    parser.add_argument("--dtype", default="auto", help="auto, float16, bfloat16 or float32")
    parser.add_argument("--compile", action="store_true", help="let torch compile the network")
    parser.add_argument("--note", default="", help="what else ran on the machine, for the results")
    parser.add_argument("--out", type=Path, help="write the results here, too; adds to those of other presets there")
    args = parser.parse_args()
    options = {"device": args.device, "dtype": args.dtype, "steps": args.steps, "compile": args.compile}
    sizes = TINY if args.tiny else shallow(FULL, args.depth) if args.depth < 1 else FULL
    results: dict[str, Any] = {}
    for name in args.presets:
        with tempfile.TemporaryDirectory() as folder:
            with quiet():
                parameters = build(Path(folder), name, sizes)
            results[name] = {"parameters": parameters} | one_preset(name, Path(folder), options, args)
        report(results, args)


def one_preset(name: str, folder: Path, options: dict[str, Any], args: argparse.Namespace) -> dict[str, Any]:
    """What is measured of one preset."""
    decoder = decoder_of(name, folder, options)
    size = args.size or round(decoder.preset.pixels**0.5)
    decoder.preset = replace(decoder.preset, pixels=size**2)
    preset = decoder.preset
    given = pictures(args.batch, size)
    figures, alone = measure(decoder, given, 1, args)
    if alone.std() < 1:
        raise SystemExit(f"{name}: the pictures are empty; their times and differences would say nothing")
    found: dict[str, Any] = {
        "hardware": hardware(decoder.device),
        "dtype": str(decoder.networks.dtype).removeprefix("torch."),
        "size": size,
        "steps": load(name).steps,
        "measured steps": preset.steps,
        "guidance": preset.guidance,
        "alone": figures,
    }
    if args.batch > 1:
        found["batched"], batched = measure(decoder, given, args.batch, args)
        found["difference"] = round(float(np.abs(alone - batched).mean()), 4)
    return found


def commit() -> str:
    """What is measured; "+" says that files of it were changed."""
    git = ["git", "-C", str(Path(__file__).parent.parent)]
    at, changed = (
        subprocess.run([*git, *command], capture_output=True, text=True, check=True).stdout.strip()
        for command in (["rev-parse", "HEAD"], ["status", "--porcelain", "--untracked-files=no", "--", "src"])
    )
    return at + ("+" if changed else "")


def report(results: dict[str, Any], args: argparse.Namespace) -> None:
    """Print and write what has been measured so far."""
    before = json.loads(args.out.read_text("utf-8")) if args.out and args.out.exists() else {}
    about = {
        "network": "tiny" if args.tiny else "full size" if args.depth >= 1 else f"{args.depth:g} of the layers",
        "compiled": args.compile,
        "note": args.note,
        "commit": commit(),
        "versions": {name: version(name) for name in ("torch", "diffusers", "transformers")},
    }
    text = json.dumps(before | {name: about | found for name, found in results.items()}, indent=2)
    print(text, flush=True)
    if args.out:
        args.out.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
