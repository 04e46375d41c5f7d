"""How many pictures a second the diffusion decoders paint: python benchmarks/diffusion.py [--out results.json]

The networks have the full size of Stable Diffusion 1.5 and its T2I-Adapters and random weights, for speed does not
depend on their values; nothing is downloaded. So the pictures show nothing, and a LoRA, which is merged into the
weights before painting, is left out. Everything else is the decoder as it is shipped: from layers to pixels.

Measured are the published settings (`paper-edge`) and the recommended preset (`sd15`), one picture at a time and in
batches, and how much a picture of a batch differs from the same one painted alone (mean difference in 0..255).

  python benchmarks/diffusion.py                       on the best device there is, 512 x 512
  python benchmarks/diffusion.py --compile             with torch.compile
  python benchmarks/diffusion.py --tiny --steps 4      a small network, to try the script itself
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import diffusers
import numpy as np
import torch
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

from triptych.codec.decode import Conditioning
from triptych.decoders.diffusion import open_preset
from triptych.decoders.diffusion.silence import quiet

# Stable Diffusion 1.5, by the configurations of its repository.
FULL = {
    "text": {
        "vocab_size": 49408, "hidden_size": 768, "intermediate_size": 3072, "num_hidden_layers": 12,
        "num_attention_heads": 12, "projection_dim": 768, "hidden_act": "quick_gelu", "bos_token_id": 49406,
        "eos_token_id": 49407, "pad_token_id": 49407,
    },
    "unet": {
        "sample_size": 64, "block_out_channels": (320, 640, 1280, 1280), "layers_per_block": 2,
        "cross_attention_dim": 768, "attention_head_dim": 8,
    },
    "vae": {"block_out_channels": (128, 256, 512, 512), "layers_per_block": 2, "latent_channels": 4},
    "sketch": {"channels": [320, 640, 1280, 1280], "in_channels": 1},
    "colour": {"channels": [320, 640, 1280], "num_res_blocks": 4, "adapter_type": "light_adapter"},
}  # fmt: skip
TINY = {
    "text": FULL["text"] | {"hidden_size": 96, "intermediate_size": 64, "num_hidden_layers": 2},
    "unet": FULL["unet"] | {"block_out_channels": (32, 32, 64, 64), "layers_per_block": 1, "cross_attention_dim": 96},
    "vae": FULL["vae"] | {"block_out_channels": (32, 32, 32, 32), "layers_per_block": 1},
    "sketch": FULL["sketch"] | {"channels": [32, 32, 64, 64], "num_res_blocks": 1},
    "colour": FULL["colour"] | {"channels": [32, 32, 64], "num_res_blocks": 1},
}
NOISE = {"beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear", "steps_offset": 1}
# The tokenizer of random weights has a token for each letter; real prompts of 75 tokens are longer.
PROMPT = "a small wooden boat in a calm harbour at sunset, soft light"


def build(folder: Path, sizes: dict[str, Any]) -> None:
    """Write a base model and two adapters with random weights, in half precision as they are downloaded."""
    torch.manual_seed(0)
    signs = [chr(code) for code in range(33, 127)]
    words = {word: i for i, word in enumerate([*signs, *(sign + "</w>" for sign in signs)])}
    tokenizer = CLIPTokenizer(
        vocab=words | {"<|startoftext|>": 49406, "<|endoftext|>": 49407}, merges=[], model_max_length=77
    )
    vae = diffusers.AutoencoderKL(
        down_block_types=("DownEncoderBlock2D",) * 4, up_block_types=("UpDecoderBlock2D",) * 4, **sizes["vae"]
    )
    base = diffusers.StableDiffusionPipeline(
        vae,
        CLIPTextModel(CLIPTextConfig(**sizes["text"])),
        tokenizer,
        diffusers.UNet2DConditionModel(**sizes["unet"]),
        diffusers.PNDMScheduler(skip_prk_steps=True, set_alpha_to_one=False, **NOISE),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )
    for name, part in [("base", base), *((n, diffusers.T2IAdapter(**sizes[n])) for n in ("sketch", "colour"))]:
        part.to(torch.float16).save_pretrained(folder / name)


def decoder_of(name: str, folder: Path, options: dict[str, Any]) -> Any:
    """A preset's decoder with the networks of `build`."""
    decoder = open_preset(name, **options)
    preset = decoder.preset
    decoder.preset = replace(
        preset,
        base=str(folder / "base"),
        lora=None,
        pose=None,
        edges=replace(preset.edges, model=str(folder / "sketch")),
        colours=replace(preset.colours, model=str(folder / "colour")),
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


def measure(decoder: Any, given: Sequence[Conditioning], batch: int, seconds: float) -> dict[str, float]:
    """Painting `batch` pictures at once, again and again for at least `seconds`, after a first time unmeasured."""
    cuda = decoder.device.type == "cuda"
    decoder.decode_batch(given[:batch])
    if cuda:
        torch.cuda.synchronize()
        torch.cuda.reset_peak_memory_stats()
    times: list[float] = []
    while sum(times) < seconds or len(times) < 2:
        start = time.perf_counter()
        decoder.decode_batch(given[:batch])  # ends with pixels in ordinary memory, so nothing is still at work
        times.append(time.perf_counter() - start)
    found = {"batch": batch, "pictures_per_second": batch / float(np.median(times)), "runs": len(times)}
    if cuda:
        found["gigabytes"] = torch.cuda.max_memory_allocated() / 2**30
    return {key: round(value, 4) for key, value in found.items()}


def hardware(device: torch.device) -> str:
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    return f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, {torch.get_num_threads()} threads"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tiny", action="store_true", help="small networks, to try the script")
    parser.add_argument("--size", type=int, default=512, help="side of the pictures (default: 512)")
    parser.add_argument("--steps", type=int, help="instead of each preset's own")
    parser.add_argument("--batch", type=int, default=8, help="the larger batch (default: 8)")
    parser.add_argument("--seconds", type=float, default=10, help="how long each case is measured (default: 10)")
    parser.add_argument("--device", help="cuda, mps or cpu (default: the best there is)")
    parser.add_argument("--dtype", default="auto", help="auto, float16, bfloat16 or float32")
    parser.add_argument("--compile", action="store_true", help="let torch compile the network")
    parser.add_argument("--out", type=Path, help="write the results here, too")
    args = parser.parse_args()
    options = {"device": args.device, "dtype": args.dtype, "steps": args.steps, "compile": args.compile}
    results: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder:
        with quiet():
            build(Path(folder), TINY if args.tiny else FULL)
        given = pictures(args.batch, args.size)
        for name in ("paper-edge", "sd15"):
            decoder = decoder_of(name, Path(folder), options)
            decoder.preset = replace(decoder.preset, pixels=args.size**2)
            alone = decoder.decode(given[0]).astype(int)
            batched = decoder.decode_batch(given)[0].astype(int)
            if alone.std() < 1:
                raise SystemExit(f"{name}: the pictures are empty; their times and differences would say nothing")
            results[name] = {
                "steps": decoder.preset.steps,
                "guidance": decoder.preset.guidance,
                "alone": measure(decoder, given, 1, args.seconds),
                "batched": measure(decoder, given, args.batch, args.seconds),
                "difference": round(float(np.abs(alone - batched).mean()), 4),
            }
            device, dtype = decoder.device, decoder.networks.dtype
            del decoder
            if device.type == "cuda":
                torch.cuda.empty_cache()

    def rate(name: str, case: str) -> float:
        return results[name][case]["pictures_per_second"]

    report = {
        "hardware": hardware(device),
        "dtype": str(dtype).removeprefix("torch."),
        "compiled": args.compile,
        "network": "tiny" if args.tiny else "full size",
        "size": args.size,
        "versions": {name: version(name) for name in ("torch", "diffusers", "transformers")},
        "results": results,
        "sd15 against paper-edge, alone": round(rate("sd15", "alone") / rate("paper-edge", "alone"), 2),
        "paper-edge batched against alone": round(rate("paper-edge", "batched") / rate("paper-edge", "alone"), 2),
    }
    text = json.dumps(report, indent=2)
    print(text)
    if args.out:
        args.out.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
