"""Metadata blocks as the generators write them, made from lists of names: what the dictionary is trained on.

Nobody's file is copied. Prompts are sampled from the network of the text layer; names, and the members of each format,
stand here. A sample is the blocks of one file; with `settings` before it, it is laid out as in SPEC §7.5.2.
"""

# ruff: noqa: E501, SIM905 (lists of names)

from __future__ import annotations

import base64
import json
import random
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from triptych.bitstream.cursor import write_number
from triptych.layers import Block, Recipe
from triptych.layers.recipe import settings as recipe_settings
from triptych.layers.recipe.blocks import coded

Json = dict[str, Any]

SAMPLERS = """Euler a;Euler;DPM++ 2M;DPM++ 2M Karras;DPM++ SDE;DPM++ SDE Karras;DPM++ 2M SDE;DPM++ 2M SDE Karras
DPM++ 3M SDE;DPM++ 2S a Karras;DDIM;LMS;Heun;UniPC;LCM;DPM2 a;Restart;Euler A AYS;Default""".replace("\n", ";").split(
    ";"
)
NODE_SAMPLERS = (
    "euler euler_ancestral dpmpp_2m dpmpp_2m_sde dpmpp_2m_sde_gpu dpmpp_3m_sde dpmpp_sde ddim uni_pc lcm".split()
)
SCHEDULERS = "Automatic Karras Exponential Simple Beta Normal Uniform SGM+Uniform".split()
NODE_SCHEDULERS = "normal karras simple beta sgm_uniform exponential ddim_uniform kl_optimal".split()
MODELS = """sd_xl_base_1.0 v1-5-pruned-emaonly juggernautXL_v9 realisticVisionV60B1_v51VAE ponyDiffusionV6XL_v6 dreamshaper_8
flux1-dev flux1-schnell illustriousXL_v01 noobaiXLNAIXL_vPred10 waiNSFWIllustrious_v140 animagine-xl-4.0 AnythingV5
deliberate_v2 revAnimated_v122 majicmixRealistic_v7 epicrealism_naturalSin counterfeitV30 meinamix_v11 abyssorangemix3AOM3
chilloutmix_NiPrunedFp32Fix realvisxlV50 sd3.5_large sd3.5_medium z_image_turbo_bf16 qwen_image_fp8_e4m3fn anima-preview
flux1-dev-bnb-nf4-v2 sdxl_lightning_4step""".split()
LORAS = """add_detail;more_details;epi_noiseoffset2;detail-tweaker-xl;lcm-lora-sdxl;flat2;3DMM_V12;zoom_slider
GoodHands-vanilla;film-grain""".replace("\n", ";").split(";")
NEGATIVES = [
    "lowres, bad anatomy, bad hands, text, error, missing fingers, extra digit, fewer digits, cropped, worst quality, "
    "low quality, normal quality, jpeg artifacts, signature, watermark, username, blurry",
    "(worst quality, low quality:1.4), monochrome, zombie, interlocked fingers, easynegative, badhandv4",
    "(worst quality:2), (low quality:2), (normal quality:2), lowres, ((monochrome)), ((grayscale)), bad anatomy, ugly, "
    "deformed, disfigured, mutation, mutated, extra limbs, missing limbs, floating limbs, malformed hands, poorly drawn "
    "face, poorly drawn hands, long neck, bad proportions, out of frame, duplicate, morbid, mutilated, cloned face, "
    "fused fingers, too many fingers, extra arms, extra legs, missing arms, deepnegative, ng_deepnegative_v1_75t",
    "bad quality, worst quality, worst detail, sketch, censor, artist name, logo, very displeasing, old, oldest, early, "
    "multiple views, jpeg artifacts, scan artifacts, displeasing, bad hands, missing digits, unfinished, chromatic "
    "aberration, simple background, 3d, cartoon, anime, sketches, overexposed, watermark, patreon username",
    "text, watermark",
    "score_6, score_5, score_4, source_pony, source_furry",
    "",
]  # fmt: skip
TAGS = """masterpiece, best quality, amazing quality, very aesthetic, absurdres, highres, newest, general, high resolution,
ultra-detailed, 8k, 1girl, solo, 1boy, 2girls, looking at viewer, smile, long hair, short hair, blonde hair, black hair, blue
eyes, red eyes, school uniform, white shirt, dress, upper body, full body, cowboy shot, from side, outdoors, indoors, night,
day, blue sky, cloud, simple background, white background, depth of field, (masterpiece:1.2), (best quality:1.2), cinematic
lighting, photorealistic, realistic, highly detailed, intricate details, sharp focus, portrait, close-up, soft lighting,
score_9, score_8_up, score_7_up, source_anime, rating_safe, year 2023, hatsune miku, standing, sitting, open mouth, blush,
jewelry, hat, gloves, weapon, sword, holding, flower, water, tree, forest, mountain, city, street, sunset"""
TAGS = [tag.strip() for tag in TAGS.replace("\n", " ").split(",")]


def chunks(*texts: tuple[str, str | bytes], kind: int = 0) -> bytes:
    """A sample: (name, text) of text chunks, or blocks of another kind."""
    out = bytearray()
    for name, text in texts:
        out.append(kind)
        for part in (name.encode(), b"", text.encode() if isinstance(text, str) else text):
            out += write_number(len(part)) + part
    return bytes(out)


class Maker:
    """Blocks of each tool, from one generator of random numbers and a supply of prompts."""

    def __init__(self, rng: random.Random, prompts: list[str]) -> None:
        self.rng = rng
        self.prompts = prompts

    def prompt(self) -> str:
        tags = ", ".join(self.rng.sample(TAGS, self.rng.randint(2, 9)))
        text = self.rng.choice(self.prompts)
        return self.rng.choice([text, text, tags, f"{tags}, {text}"])

    def negative(self) -> str:
        return self.rng.choice(NEGATIVES)

    def seed(self, digits: int = 10) -> int:
        return self.rng.randrange(10**digits)

    def hex(self, digits: int) -> str:
        return f"{self.rng.getrandbits(4 * digits):0{digits}x}"

    def size(self) -> tuple[int, int]:
        sides = [(512, 512), (512, 768), (1024, 1024), (832, 1216), (1216, 832), (896, 1152), (1152, 896), (768, 1344)]
        return self.rng.choice(sides)

    def some(self, settings: Mapping[str, object], chance: float = 0.5) -> dict[str, object]:
        """The settings, each with this chance, in their order."""
        return {key: value for key, value in settings.items() if self.rng.random() < chance}

    def settings(self, sample: bytes) -> bytes:
        """Settings that go with a sample, as they stand in front of its blocks."""
        text = sample[:4000].decode("utf-8", "replace")

        def named(names: list[str]) -> str | None:
            return max((name for name in names if name and name in text), key=len, default=None)

        recipe = Recipe(
            tool=self.rng.choice(["A1111", "ComfyUI", "Forge", "NovelAI"]),
            negative=named(NEGATIVES),
            seed=self.seed(),
            sampler=named(SAMPLERS + NODE_SAMPLERS),
            scheduler=self.rng.choice(["karras", None]),
            steps=20,
            guidance=self.rng.choice(["7", "5", "4.5"]),
            model=named(MODELS),
            model_hash=self.hex(10),
        )
        packed = recipe_settings.pack(recipe, (1024, 1024), plain=True)
        return write_number(len(packed)) + packed

    # --- A1111 and its relatives ---

    def a1111(self) -> str:
        rng, (width, height) = self.rng, self.size()
        lora = rng.choice(LORAS)
        version = rng.choice(
            ["v1.10.1", "v1.9.4", "v1.6.0", "f2.0.1v1.10.1-previous-665-gae278f79", "neo", "f0.0.17v1.8.0rc"]
        )
        settings: dict[str, object] = {
            "Steps": rng.choice([20, 25, 28, 30, 35, 50, 8, 4]),
            "Sampler": rng.choice(SAMPLERS),
            **self.some({"Schedule type": rng.choice(SCHEDULERS).replace("+", " ")}),
            "CFG scale": rng.choice(["7", "7.0", "5", "4.5", "1", "6", "7.5", "3.5"]),
            **self.some({"Distilled CFG Scale": "3.5"}, 0.1),
            "Seed": self.seed(),
            **self.some({"Face restoration": "CodeFormer"}, 0.1),
            "Size": f"{width}x{height}",
            **self.some({"Model hash": self.hex(10), "Model": rng.choice(MODELS)}, 0.9),
            **self.some({"VAE hash": self.hex(10), "VAE": "vae-ft-mse-840000-ema-pruned.safetensors"}, 0.3),
            **self.some({"Denoising strength": rng.choice(["0.4", "0.5", "0.7", "0.35"]), "Clip skip": 2}, 0.4),
            **self.some({"ENSD": 31337, "RNG": "CPU", "Beta schedule alpha": 0.6, "Shift": 3}, 0.15),
            **self.some({"ADetailer model": "face_yolov8n.pt", "ADetailer confidence": 0.3}, 0.15),
            **self.some({"Hires Module 1": "Use same choices", "Hires CFG Scale": 5}, 0.15),
            **self.some({"Hires upscale": rng.choice([2, 1.5]), "Hires steps": 15}, 0.35),
            **self.some({"Hires upscaler": rng.choice(["R-ESRGAN 4x+ Anime6B", "4x-UltraSharp", "Latent"])}, 0.35),
            **self.some(
                {"Lora hashes": f'"{lora}: {self.hex(12)}"', "TI hashes": f'"easynegative: {self.hex(12)}"'}, 0.2
            ),
            **self.some({"Version": version}, 0.9),
            **self.some({"Module 1": "ae", "Module 2": "clip_l", "Module 3": "t5xxl_fp16"}, 0.05),
        }
        prompt = self.prompt() + rng.choice(["", "", f" <lora:{lora}:0.8>"])
        negative = self.negative()
        lines = [prompt, *([f"Negative prompt: {negative}"] if negative else [])]
        return "\n".join([*lines, ", ".join(f"{key}: {value}" for key, value in settings.items())])

    def sd_next(self) -> str:
        width, height = self.size()
        settings = {
            "Steps": 20, "Size": f"{width}x{height}", "Sampler": "Default", "Scheduler": "Euler a", "Seed": self.seed(),
            "CFG scale": "6.0", "CFG true": "6.0", "CFG rescale": "0.7", "CFG end": "0.8", "Clip skip": 1, "App": "SD.Next",
            "Version": self.hex(7), "Pipeline": "StableDiffusionXLPipeline", "Operations": "txt2img; hires",
            "Model": self.rng.choice(MODELS), "Model hash": self.hex(10), "Parser": "native", "Backend": "Diffusers",
            "Hires scale": "2.0", "Hires upscaler": "ESRGAN 4x Plus", "Refine start": "0.8",
        }  # fmt: skip
        line = ", ".join(f"{key}: {value}" for key, value in settings.items() if self.rng.random() < 0.8)
        return f"{self.prompt()}\nNegative prompt: {self.negative()}\n{line}"

    def civitai(self) -> str:
        width, height = self.size()
        resources = [
            {"type": kind, "weight": 1, "modelVersionId": self.seed(6), "modelName": model, "modelVersionName": "v1.0"}
            for kind, model in zip(self.rng.sample(["checkpoint", "lora", "embed"], 2), MODELS, strict=False)
        ]
        return (
            f"{self.prompt()}\nNegative prompt: {self.negative()}\nSteps: 25, Sampler: {self.rng.choice(SAMPLERS)}, CFG scale: 7, "
            f"Seed: {self.seed()}, Size: {width}x{height}, Clip skip: 2, Created Date: 2024-11-{self.rng.randint(10, 30)}T"
            f"12:34:56.7890123Z, Civitai resources: {json.dumps(resources, separators=(',', ':'))}, Civitai metadata: {{}}"
        )

    def sd_cpp(self) -> str:
        width, height = self.size()
        return (
            f"{self.prompt()}\nNegative prompt: {self.negative()}\nSteps: 20, CFG scale: 7.000000, Guidance: 3.500000, Eta: "
            f"0.000000, Seed: {self.seed()}, Size: {width}x{height}, Model: {self.rng.choice(MODELS)}.gguf, RNG: cuda, Sampler: "
            f"{self.rng.choice(NODE_SAMPLERS)} {self.rng.choice(NODE_SCHEDULERS)}, VAE: ae.safetensors, TE: t5xxl_fp16.safetensors, "
            f"Version: stable-diffusion.cpp"
        )

    def exif(self) -> bytes:
        """A UserComment in UTF-16, as A1111 puts it into JPEG and WebP."""
        text = b"UNICODE\0" + self.a1111().encode("utf-16-be")
        head = b"MM\0*\0\0\0\x08\0\x01\x87\x69\0\x04\0\0\0\x01\0\0\0\x1a\0\0\0\0\0\x01\x92\x86\0\x07"
        return head + len(text).to_bytes(4, "big") + b"\0\0\0\x2c\0\0\0\0" + text

    # --- tools that write objects ---

    def novelai(self) -> list[tuple[str, str]]:
        prompt, negative, (width, height) = self.prompt(), self.negative(), self.size()

        def caption(base: str, characters: int) -> Json:
            drawn = [{"char_caption": self.prompt(), "centers": [{"x": 0.5, "y": 0.5}]} for _ in range(characters)]
            return {"caption": {"base_caption": base, "char_captions": drawn}}

        characters = self.rng.randint(0, 2)
        value: Json = {
            "prompt": prompt, "steps": 28, "height": height, "width": width, "scale": self.rng.choice([5.0, 6.0, 11.0]),
            "uncond_scale": self.rng.choice([0.0, 1.0]), "cfg_rescale": 0.0, "seed": self.seed(), "n_samples": 1,
            "noise_schedule": self.rng.choice(["karras", "native"]), "legacy_v3_extend": False,
            "reference_information_extracted_multiple": [], "reference_strength_multiple": [],
            "extra_passthrough_testing": {
                "prompt": None, "uc": None, "hide_debug_overlay": False, "r": 0.0, "t": 1.0, "g": 1.0, "s": 1.0,
            },
            "v4_prompt": caption(prompt, characters) | {"use_coords": False, "use_order": True, "legacy_uc": False},
            "v4_negative_prompt": caption(negative, characters)
            | {"use_coords": False, "use_order": False, "legacy_uc": False},
            "sampler": "k_euler_ancestral", "controlnet_strength": 1.0, "controlnet_model": None,
            "dynamic_thresholding": False, "dynamic_thresholding_percentile": 0.999,
            "dynamic_thresholding_mimic_scale": 10.0, "sm": False, "sm_dyn": False, "skip_cfg_above_sigma": None,
            "skip_cfg_below_sigma": 0.0, "lora_unet_weights": None, "lora_clip_weights": None,
            "deliberate_euler_ancestral_bug": False, "prefer_brownian": True,
            "cfg_sched_eligibility": "enable_for_post_summer_samplers", "explike_fine_detail": False,
            "minimize_sigma_inf": False, "uncond_per_vibe": True, "wonky_vibe_correlation": True, "stream": "msgpack",
            "version": 1, "uc": negative, "request_type": "PromptGenerateRequest",
            "signed_hash": base64.b64encode(self.rng.randbytes(64)).decode(),
        }  # fmt: skip
        old = self.rng.random() < 0.3
        if old:
            value = {key: value[key] for key in ("steps", "sampler", "seed", "scale", "uc")} | {
                "strength": 0.69,
                "noise": 0.667,
            }
        source = "Stable Diffusion 1D44365E" if old else f"NovelAI Diffusion V4.5 {self.hex(8).upper()}"
        return [
            ("Title", "AI generated image" if old else "NovelAI generated image"), ("Description", prompt),
            ("Software", "NovelAI"), ("Source", source), ("Generation time", f"{self.rng.random() * 9}"),
            ("Comment", json.dumps(value)),
        ]  # fmt: skip

    def invokeai(self) -> Json:
        width, height = self.size()
        model = {
            "key": self.uuid(),
            "hash": f"blake3:{self.hex(64)}",
            "name": self.rng.choice(MODELS),
            "base": "sdxl",
            "type": "main",
        }
        return {
            "app_version": "5.4.2", "generation_mode": "sdxl_txt2img", "positive_prompt": self.prompt(),
            "negative_prompt": self.negative(), "width": width, "height": height, "seed": self.seed(), "rand_device": "cpu",
            "cfg_scale": 7.5, "cfg_rescale_multiplier": 0, "steps": 30, "scheduler": "dpmpp_2m_sde_k", "clip_skip": 0,
            "model": model, "controlnets": [], "ipAdapters": [], "t2iAdapters": [],
            "loras": [{"model": {**model, "type": "lora"}, "weight": 0.75}], "vae": None, "strength": None, "init_image": None,
            "positive_style_prompt": "", "negative_style_prompt": "", "refiner_model": None,
        }  # fmt: skip

    def uuid(self) -> str:
        text = self.hex(32)
        return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))

    def sd_metadata(self) -> Json:
        width, height = self.size()
        image = {
            "prompt": [{"prompt": self.prompt(), "weight": 1.0}], "steps": 50, "cfg_scale": 7.5, "threshold": 0.0, "perlin": 0.0,
            "height": height, "width": width, "seed": self.seed(), "seamless": False, "hires_fix": False, "type": "txt2img",
            "postprocessing": None, "sampler": "k_lms", "variations": [],
        }  # fmt: skip
        return {
            "model": "stable diffusion", "model_weights": "stable-diffusion-1.5", "model_hash": self.hex(64),
            "app_id": "invoke-ai/InvokeAI", "app_version": "2.3.5", "image": image,
        }  # fmt: skip

    def dream(self) -> str:
        return f'"{self.prompt()} [{self.negative()}]" -s 50 -S {self.seed()} -W 512 -H 512 -C 7.5 -A k_lms'

    def swarm(self) -> Json:
        width, height = self.size()
        model = self.rng.choice(MODELS)
        return {
            "sui_image_params": {
                "prompt": self.prompt(), "negativeprompt": self.negative(), "model": model, "seed": self.seed(), "steps": 20,
                "cfgscale": 7.0, "aspectratio": "1:1", "width": width, "height": height, "sampler": "euler",
                "scheduler": "normal", "automaticvae": True, "loras": [self.rng.choice(LORAS)], "loraweights": ["1"],
                "swarm_version": "0.9.7.0", "date": "2025-06-01", "generation_time": "0.01 (prep) and 5.12 (gen) seconds",
            },
            "sui_extra_data": {"date": "2025-06-01", "prep_time": "0.01 sec", "generation_time": "5.12 sec"},
            "sui_models": [{"name": f"{model}.safetensors", "param": "model", "hash": f"0x{self.hex(64)}"}],
        }  # fmt: skip

    def fooocus(self) -> Json:
        prompt = self.prompt()
        return {
            "adm_guidance": "(1.5, 0.8, 0.3)", "base_model": self.rng.choice(MODELS), "base_model_hash": self.hex(10),
            "clip_skip": 2, "full_negative_prompt": [self.negative(), NEGATIVES[2]],
            "full_prompt": [f"cinematic still {prompt} . emotional, harmonious, vignette, 4k epic detailed, shot on kodak, "
                            "35mm photo, sharp focus, high budget, cinemascope, moody, epic, gorgeous, film grain, grainy",
                            f"{prompt}, intricate, elegant, highly detailed, sharp focus, dramatic light, professional, perfect composition"],
            "guidance_scale": 4, "loras": [["sd_xl_offset_example-lora_1.0.safetensors", 0.1, self.hex(10)]],
            "metadata_scheme": "fooocus", "negative_prompt": self.negative(), "performance": "Speed", "prompt": prompt,
            "prompt_expansion": f"{prompt}, intricate, elegant", "refiner_model": "None", "refiner_switch": 0.5,
            "resolution": "(1152, 896)", "sampler": "dpmpp_2m_sde_gpu", "scheduler": "karras", "seed": str(self.seed(19)),
            "sharpness": 2, "steps": 30, "styles": "['Fooocus V2', 'Fooocus Enhance', 'Fooocus Sharp']", "created_by": "",
            "vae": "Default (model)", "version": "Fooocus v2.5.5",
        }  # fmt: skip

    def ruined(self) -> Json:
        width, height = self.size()
        return {
            "Prompt": self.prompt(), "Negative": self.negative(), "steps": 30, "cfg": 4.0, "width": width, "height": height,
            "seed": self.seed(), "sampler_name": "dpmpp_2m_sde_gpu", "scheduler": "karras", "base_model_name":
            f"{self.rng.choice(MODELS)}.safetensors", "base_model_hash": self.hex(10), "loras": [["", f"1.0 - {LORAS[0]}"]],
            "start_step": 0, "denoise": None, "clip_skip": 1, "software": "RuinedFooocus",
        }  # fmt: skip

    def space(self) -> Json:
        width, height = self.size()
        return {
            "prompt": self.prompt(), "negative_prompt": self.negative(), "resolution": f"{width} x {height}",
            "guidance_scale": 7.0, "num_inference_steps": 28, "seed": self.seed(), "sampler": "Euler a", "sdxl_style": "(None)",
            "add_quality_tags": True, "quality_tags": "Standard", "use_upscaler": None, "use_lora": None,
            "Model": {"Model": self.rng.choice(MODELS), "Model hash": self.hex(10)}, "generation_time": "12.34 seconds",
        }  # fmt: skip

    def tensor_art(self) -> Json:
        width, height = self.size()
        name = self.rng.choice(MODELS)
        return {
            "models": [{"label": name, "type": "LORA", "modelId": str(self.seed(18)), "modelFileId": str(self.seed(18)),
                        "weight": 0.8, "modelFileName": name, "baseModel": "SDXL 1.0", "hash": self.hex(64).upper()}],
            "prompt": self.prompt(), "negativePrompt": self.negative(), "width": width, "height": height, "imageCount": 1,
            "samplerName": "euler", "steps": 25, "cfgScale": 7, "seed": str(self.seed()), "clipSkip": 2, "sdxl": {"refiner": False},
            "baseModel": {"label": name, "type": "BASE_MODEL", "modelId": str(self.seed(18)), "modelFileName": name,
                          "baseModel": "SDXL 1.0", "hash": self.hex(64).upper()}, "etaNoiseSeedDelta": 31337,
            "sdVae": "Automatic", "ksamplerName": "euler_ancestral", "schedule": "karras", "guidance": 3.5, "workEngine": "TAMS_V2",
        }  # fmt: skip

    def mflux(self) -> Json:
        width, height = self.size()
        return {
            "mflux_version": "0.9.6", "model": self.rng.choice(["dev", "schnell", "black-forest-labs/FLUX.1-dev", "qwen-image"]),
            "base_model": None, "seed": self.seed(), "steps": 20, "guidance": 3.5, "width": width, "height": height,
            "precision": "mlx.core.bfloat16", "quantize": 8, "generation_time_seconds": 33.21, "created_at":
            "2025-08-01T12:34:56.789012", "lora_paths": None, "lora_scales": None, "image_path": None, "image_strength": None,
            "controlnet_image_path": None, "controlnet_strength": None, "masked_image_path": None, "depth_image_path": None,
            "redux_image_paths": None, "redux_image_strengths": None, "prompt": self.prompt(), "negative_prompt": None,
        }  # fmt: skip

    def easy(self) -> Json:
        width, height = self.size()
        return {
            "prompt": self.prompt(), "negative_prompt": self.negative(), "seed": self.seed(), "num_inference_steps": 25,
            "guidance_scale": 7.5, "width": width, "height": height, "sampler_name": "euler_a", "use_stable_diffusion_model":
            "sd-v1-5", "use_vae_model": None, "use_hypernetwork_model": None, "use_lora_model": [LORAS[0]], "lora_alpha": [0.5],
            "clip_skip": False, "use_upscale": None, "use_face_correction": None, "tiling": None, "output_format": "png",
        }  # fmt: skip

    def xmp(self) -> str:
        draw = {
            "c": self.prompt(), "lora": [], "mask_blur": 1.5, "model": "flux_1_schnell_q5p.ckpt", "sampler": "DPM++ 2M Karras",
            "scale": 7, "seed": self.seed(), "seed_mode": "Scale Alike", "shift": 1, "size": "1024x1024", "steps": 20,
            "strength": 1, "uc": self.negative(), "v2": {},
        }  # fmt: skip
        text = self.prompt().replace("&", "&amp;").replace("<", "&lt;")
        comment = json.dumps(draw).replace("&", "&amp;").replace('"', "&quot;")
        bodies = [
            f"<exif:UserComment><rdf:Alt><rdf:li xml:lang='x-default'>{comment}</rdf:li></rdf:Alt></exif:UserComment>",
            "<Iptc4xmpExt:DigitalSourceType>http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
            f"</Iptc4xmpExt:DigitalSourceType><Iptc4xmpExt:DigitalImageGUID>{self.uuid()}</Iptc4xmpExt:DigitalImageGUID>",
            f"<dc:description><rdf:Alt><rdf:li xml:lang='x-default'>{text} --ar 16:9 --v 6.1 Job ID: {self.uuid()}"
            "</rdf:li></rdf:Alt></dc:description>",
        ]
        spaces = {
            "exif": "http://ns.adobe.com/exif/1.0/", "tiff": "http://ns.adobe.com/tiff/1.0/", "dc": "http://purl.org/dc/elements/1.1/",
            "xmp": "http://ns.adobe.com/xap/1.0/", "photoshop": "http://ns.adobe.com/photoshop/1.0/",
            "xmpMM": "http://ns.adobe.com/xap/1.0/mm/", "Iptc4xmpExt": "http://iptc.org/std/Iptc4xmpExt/2008-02-29/",
            "stEvt": "http://ns.adobe.com/xap/1.0/sType/ResourceEvent#",
        }  # fmt: skip
        named = "\n    ".join(f'xmlns:{key}="{value}"' for key, value in spaces.items() if self.rng.random() < 0.7)
        return (
            '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n<x:xmpmeta xmlns:x="adobe:ns:meta/" x:xmptk="XMP Core 6.0.0">\n'
            ' <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">\n  <rdf:Description rdf:about=""\n    '
            f'{named}>\n   {self.rng.choice(bodies)}\n  </rdf:Description>\n </rdf:RDF>\n</x:xmpmeta>\n' + " " * 100
            + '\n<?xpacket end="w"?>'
        )  # fmt: skip

    def graph(self) -> list[tuple[str, str]]:
        """A small graph as ComfyUI queues it, from a checkpoint to a file, the ids in any order."""
        (width, height), rng = self.size(), self.rng
        ids = [str(number) for number in rng.sample(range(3, 60), 8)] if rng.random() < 0.5 else list("45678391")
        load, empty, good, bad, decode, sampler, save, lora = ids
        nodes = {
            sampler: ("KSampler", "KSampler", {
                "seed": self.seed(15), "steps": rng.choice([20, 25, 30]), "cfg": rng.choice([8.0, 7.0, 1.0, 4.5]),
                "sampler_name": rng.choice(NODE_SAMPLERS), "scheduler": rng.choice(NODE_SCHEDULERS), "denoise": 1.0,
                "model": [load, 0], "positive": [good, 0], "negative": [bad, 0], "latent_image": [empty, 0]}),
            load: ("CheckpointLoaderSimple", "Load Checkpoint", {"ckpt_name": f"{rng.choice(MODELS)}.safetensors"}),
            empty: ("EmptyLatentImage", "Empty Latent Image", {"width": width, "height": height, "batch_size": 1}),
            good: ("CLIPTextEncode", "CLIP Text Encode (Prompt)", {"text": self.prompt(), "clip": [load, 1]}),
            bad: ("CLIPTextEncode", "CLIP Text Encode (Prompt)", {"text": self.negative(), "clip": [load, 1]}),
            decode: ("VAEDecode", "VAE Decode", {"samples": [sampler, 0], "vae": [load, 2]}),
            save: ("SaveImage", "Save Image", {"filename_prefix": "ComfyUI", "images": [decode, 0]}),
        }  # fmt: skip
        if rng.random() < 0.3:
            nodes[lora] = ("LoraLoader", "Load LoRA", {
                "lora_name": f"{rng.choice(LORAS)}.safetensors", "strength_model": 1.0, "strength_clip": 1.0,
                "model": [load, 0], "clip": [load, 1]})  # fmt: skip
        titled = rng.random() < 0.6
        value = {
            key: {"inputs": inputs, "class_type": name} | ({"_meta": {"title": title}} if titled else {})
            for key, (name, title, inputs) in nodes.items()
        }
        return [("prompt", json.dumps(value))]

    def all(self) -> Iterator[bytes]:
        """One sample of each kind."""
        flat: dict[str, list[tuple[str, Callable[[], Json]]]] = {
            "parameters": [("", self.swarm), ("", self.fooocus), ("", self.ruined), ("", self.space)],
            "other": [
                ("invokeai_metadata", self.invokeai), ("sd-metadata", self.sd_metadata), ("generation_data", self.tensor_art),
                ("UserComment", self.mflux), ("UserComment", self.easy),
            ],
        }  # fmt: skip
        for text in (self.a1111, self.a1111, self.a1111, self.a1111, self.sd_next, self.civitai, self.sd_cpp):
            yield chunks(("parameters", text()))
        kind, exif = coded(Block("exif", "Exif", self.exif()))
        yield chunks(("Exif", exif), kind=kind)
        yield chunks(*self.novelai())
        yield chunks(*self.graph())
        yield chunks(("Dream", self.dream()))
        yield chunks(("XML:com.adobe.xmp", self.xmp()), kind=2)
        for group in flat.values():
            for name, make in group:
                indent = 4 if make == self.swarm else None
                yield chunks((name or "parameters", json.dumps(make(), indent=indent)))
