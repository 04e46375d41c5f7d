"""Write src/triptych/layers/tables/recipe.jsonl: the documents that the recipe layer's model starts from.

Everything in them is made here, from the names that image generators use: members of their files, node types
with their inputs, outputs and usual settings, samplers, models. They are laid out as a recipe layer is (SPEC
§7.5.4), one document a line.

    python training/recipe/make_priming.py
"""

from __future__ import annotations

import json
from pathlib import Path

TABLE = Path(__file__).parents[2] / "src/triptych/layers/tables/recipe.jsonl"

# Node type: inputs (name TYPE), outputs, widgets (name=value). A type starting with * is optional.
# ruff: noqa: E501 (tables of names)
NODES = """
CheckpointLoaderSimple | | MODEL CLIP VAE | ckpt_name="v1-5-pruned-emaonly.safetensors"
LoraLoader | model MODEL, clip CLIP | MODEL CLIP | lora_name="add_detail.safetensors", strength_model=1, strength_clip=1
LoraLoaderModelOnly | model MODEL | MODEL | lora_name="lora.safetensors", strength_model=1
CLIPTextEncode | clip CLIP | CONDITIONING | text=""
CLIPSetLastLayer | clip CLIP | CLIP | stop_at_clip_layer=-2
EmptyLatentImage | | LATENT | width=1024, height=1024, batch_size=1
EmptySD3LatentImage | | LATENT | width=1024, height=1024, batch_size=1
KSampler | model MODEL, positive CONDITIONING, negative CONDITIONING, latent_image LATENT | LATENT | seed=0, control_after_generate="randomize", steps=20, cfg=8, sampler_name="euler", scheduler="normal", denoise=1
KSamplerAdvanced | model MODEL, positive CONDITIONING, negative CONDITIONING, latent_image LATENT | LATENT | add_noise="enable", noise_seed=0, control_after_generate="fixed", steps=20, cfg=8, sampler_name="dpmpp_2m", scheduler="karras", start_at_step=0, end_at_step=10000, return_with_leftover_noise="disable"
VAEDecode | samples LATENT, vae VAE | IMAGE |
VAEEncode | pixels IMAGE, vae VAE | LATENT |
VAELoader | | VAE | vae_name="ae.safetensors"
UNETLoader | | MODEL | unet_name="flux1-dev.safetensors", weight_dtype="default"
CLIPLoader | | CLIP | clip_name="qwen_2.5_vl_7b_fp8_scaled.safetensors", type="qwen_image", device="default"
DualCLIPLoader | | CLIP | clip_name1="clip_l.safetensors", clip_name2="t5xxl_fp16.safetensors", type="flux", device="default"
TripleCLIPLoader | | CLIP | clip_name1="clip_g.safetensors", clip_name2="clip_l.safetensors", clip_name3="t5xxl_fp8_e4m3fn.safetensors"
FluxGuidance | conditioning CONDITIONING | CONDITIONING | guidance=3.5
ModelSamplingFlux | model MODEL | MODEL | max_shift=1.15, base_shift=0.5, width=1024, height=1024
ModelSamplingAuraFlow | model MODEL | MODEL | shift=3
ModelSamplingSD3 | model MODEL | MODEL | shift=3
BasicGuider | model MODEL, conditioning CONDITIONING | GUIDER |
CFGGuider | model MODEL, positive CONDITIONING, negative CONDITIONING | GUIDER | cfg=1
BasicScheduler | model MODEL | SIGMAS | scheduler="simple", steps=20, denoise=1
KSamplerSelect | | SAMPLER | sampler_name="euler"
RandomNoise | | NOISE | noise_seed=0, control_after_generate="randomize"
SamplerCustomAdvanced | noise NOISE, guider GUIDER, sampler SAMPLER, sigmas SIGMAS, latent_image LATENT | LATENT LATENT |
ConditioningZeroOut | conditioning CONDITIONING | CONDITIONING |
ConditioningCombine | conditioning_1 CONDITIONING, conditioning_2 CONDITIONING | CONDITIONING |
ConditioningSetArea | conditioning CONDITIONING | CONDITIONING | width=64, height=64, x=0, y=0, strength=1
LoadImage | | IMAGE MASK | image="example.png", upload="image"
ImageScale | image IMAGE | IMAGE | upscale_method="lanczos", width=512, height=512, crop="disabled"
ImageScaleBy | image IMAGE | IMAGE | upscale_method="nearest-exact", scale_by=1
ImageScaleToTotalPixels | image IMAGE | IMAGE | upscale_method="lanczos", megapixels=1, resolution_steps=1
GetImageSize | image IMAGE | INT INT INT |
LatentUpscale | samples LATENT | LATENT | upscale_method="nearest-exact", width=1152, height=1152, crop="disabled"
LatentUpscaleBy | samples LATENT | LATENT | upscale_method="bislerp", scale_by=1.5
UpscaleModelLoader | | UPSCALE_MODEL | model_name="4x-UltraSharp.pth"
ImageUpscaleWithModel | upscale_model UPSCALE_MODEL, image IMAGE | IMAGE |
ControlNetLoader | | CONTROL_NET | control_net_name="control_v11p_sd15_openpose.pth"
ControlNetApplyAdvanced | positive CONDITIONING, negative CONDITIONING, control_net CONTROL_NET, image IMAGE, vae VAE | CONDITIONING CONDITIONING | strength=1, start_percent=0, end_percent=1
CLIPVisionLoader | | CLIP_VISION | clip_name="sigclip_vision_patch14_384.safetensors"
CLIPVisionEncode | clip_vision CLIP_VISION, image IMAGE | CLIP_VISION_OUTPUT | crop="center"
SetLatentNoiseMask | samples LATENT, mask MASK | LATENT |
TextEncodeQwenImageEditPlus | clip CLIP, vae VAE, image1 IMAGE, image2 IMAGE, image3 IMAGE | CONDITIONING | prompt=""
CreateVideo | images IMAGE, audio AUDIO | VIDEO | fps=16
LoadAudio | | AUDIO | audio="audio.mp3"
LoadVideo | | VIDEO | file="input.mp4", upload="image"
SaveVideo | video VIDEO | | filename_prefix="video/ComfyUI", format="auto", codec="auto"
PrimitiveNode | | INT | value=0, control_after_generate="fixed"
PrimitiveInt | | INT | value=0, control_after_generate="fixed"
PrimitiveStringMultiline | | STRING | value=""
Reroute | | * |
Note | | | text=""
MarkdownNote | | | text="## Model links"
PreviewImage | images IMAGE | |
SaveImage | images IMAGE | | filename_prefix="ComfyUI"
"""

# A graph is nodes with where their inputs come from: NAME(input=node.slot ...).
GRAPHS = [
    "LoadImage; UpscaleModelLoader; ImageUpscaleWithModel(upscale_model=1.0 image=0.0); ImageScale(image=2.0);"
    "ImageScaleBy(image=3.0); ImageScaleToTotalPixels(image=4.0); GetImageSize(image=5.0); PreviewImage(images=5.0);"
    "LoadAudio; LoadVideo; CreateVideo(images=5.0 audio=8.0); SaveVideo(video=10.0); PrimitiveNode; PrimitiveInt;"
    "PrimitiveStringMultiline; Reroute; CLIPVisionLoader; CLIPVisionEncode(clip_vision=16.0 image=5.0)",
    "CheckpointLoaderSimple; ControlNetLoader; LoadImage; CLIPTextEncode(clip=0.1); CLIPTextEncode(clip=0.1);"
    "ControlNetApplyAdvanced(positive=3.0 negative=4.0 control_net=1.0 image=2.0 vae=0.2);"
    "VAEEncode(pixels=2.0 vae=0.2); SetLatentNoiseMask(samples=6.0 mask=2.1); ConditioningSetArea(conditioning=3.0);"
    "ConditioningCombine(conditioning_1=3.0 conditioning_2=8.0); LatentUpscaleBy(samples=7.0);"
    "KSamplerAdvanced(model=0.0 positive=5.0 negative=5.1 latent_image=10.0); VAEDecode(samples=11.0 vae=0.2);"
    "SaveImage(images=12.0)",
    "UNETLoader; DualCLIPLoader; VAELoader; LoraLoaderModelOnly(model=0.0); ModelSamplingFlux(model=3.0);"
    "CLIPTextEncode(clip=1.0); FluxGuidance(conditioning=5.0); EmptySD3LatentImage; RandomNoise; KSamplerSelect;"
    "BasicScheduler(model=4.0); BasicGuider(model=4.0 conditioning=6.0); SamplerCustomAdvanced(noise=8.0 guider=11.0"
    " sampler=9.0 sigmas=10.0 latent_image=7.0); VAEDecode(samples=12.0 vae=2.0); SaveImage(images=13.0); MarkdownNote",
    "UNETLoader; CLIPLoader; VAELoader; ModelSamplingAuraFlow(model=0.0); LoadImage;"
    "TextEncodeQwenImageEditPlus(clip=1.0 vae=2.0 image1=4.0); ConditioningZeroOut(conditioning=5.0);"
    "KSampler(model=3.0 positive=5.0 negative=6.0 latent_image=8.0); EmptySD3LatentImage; VAEDecode(samples=7.0 vae=2.0);"
    "SaveImage(images=9.0); CFGGuider(model=3.0 positive=5.0 negative=6.0); TripleCLIPLoader; ModelSamplingSD3(model=0.0);"
    "Note",
    "CheckpointLoaderSimple; LoraLoader(model=0.0 clip=0.1); CLIPSetLastLayer(clip=1.1); CLIPTextEncode(clip=2.0);"
    "CLIPTextEncode(clip=2.0); EmptyLatentImage; KSampler(model=1.0 positive=3.0 negative=4.0 latent_image=5.0);"
    "LatentUpscale(samples=6.0); KSampler(model=1.0 positive=3.0 negative=4.0 latent_image=7.0);"
    "VAEDecode(samples=8.0 vae=0.2); SaveImage(images=9.0)",
]
TITLES = {
    "CheckpointLoaderSimple": "Load Checkpoint", "CLIPTextEncode": "CLIP Text Encode (Prompt)", "VAEDecode": "VAE Decode",
    "VAEEncode": "VAE Encode", "EmptyLatentImage": "Empty Latent Image", "SaveImage": "Save Image", "VAELoader": "Load VAE",
    "LoraLoader": "Load LoRA", "UNETLoader": "Load Diffusion Model", "LoadImage": "Load Image", "PreviewImage": "Preview Image",
    "CLIPSetLastLayer": "CLIP Set Last Layer", "CLIPLoader": "Load CLIP", "LoraLoaderModelOnly": "LoraLoaderModelOnly",
    "ImageScale": "Upscale Image", "UpscaleModelLoader": "Load Upscale Model", "ControlNetLoader": "Load ControlNet Model",
    "ImageUpscaleWithModel": "Upscale Image (using Model)", "LatentUpscale": "Upscale Latent",
}  # fmt: skip

NEGATIVES = [
    "lowres, bad anatomy, bad hands, text, error, missing fingers, extra digit, fewer digits, cropped, worst quality, "
    "low quality, normal quality, jpeg artifacts, signature, watermark, username, blurry",
    "nsfw, (worst quality:1.4), (low quality:1.4), (normal quality:1.4), lowres, monochrome, grayscale, ugly, deformed, "
    "disfigured, mutation, mutated, extra limbs, missing limbs, floating limbs, disconnected limbs, malformed hands, "
    "poorly drawn face, poorly drawn hands, long neck, long body, bad proportions, gross proportions, out of frame, "
    "duplicate, morbid, mutilated, cloned face, fused fingers, too many fingers, extra arms, extra legs, missing arms",
    "bad quality, worst quality, worst detail, sketch, censor, bad-hands-5, easynegative, badhandv4, ng_deepnegative_v1_75t, "
    "(deformed iris, deformed pupils, semi-realistic, cgi, 3d, render, cartoon, drawing, anime:1.4), overexposed, noisy, "
    "logo, artist name, blurry, low resolution, bad composition, asymmetrical, multiple views, very displeasing",
]  # fmt: skip
SAMPLERS = [
    "Euler a", "Euler", "DPM++ 2M", "DPM++ 2M Karras", "DPM++ SDE", "DPM++ SDE Karras", "DPM++ 2M SDE", "DPM++ 2M SDE Karras",
    "DPM++ 3M SDE", "DDIM", "LMS", "Heun", "UniPC", "LCM", "euler", "euler_ancestral", "dpmpp_2m", "dpmpp_2m_sde",
    "dpmpp_2m_sde_gpu", "dpmpp_3m_sde", "dpmpp_sde", "ddim", "uni_pc", "lcm", "heun", "res_multistep", "er_sde",
    "k_euler_ancestral", "k_euler", "k_dpmpp_2m", "k_lms",
]  # fmt: skip
SCHEDULERS = [
    "Automatic",
    "Karras",
    "karras",
    "Exponential",
    "normal",
    "simple",
    "beta",
    "sgm_uniform",
    "exponential",
    "ddim_uniform",
    "kl_optimal",
    "Simple",
    "Beta",
    "SGM Uniform",
    "discrete",
]
TOOLS = [
    "Civitai",
    "Draw Things",
    "SwarmUI",
    "stable-diffusion.cpp",
    "mflux",
    "TensorArt",
    "NovelAI",
    "InvokeAI",
    "Fooocus",
    "RuinedFooocus",
    "SD.Next",
    "Forge",
    "ComfyUI",
    "A1111",
]
MODELS = [
    "sd_xl_base_1.0",
    "v1-5-pruned-emaonly",
    "juggernautXL",
    "realisticVisionV60",
    "ponyDiffusionV6XL",
    "dreamshaper_8",
    "flux1-dev",
    "illustriousXL_v01",
    "waiIllustriousSDXL_v160",
    "animagine-xl-4.0",
]
OTHER_NAMES = [
    "comfy-core", "comfyui-kjnodes", "rgthree-comfy", "comfyui_controlnet_aux", "comfyui-impact-pack", "comfyui-easy-use",
    "comfyui_ipadapter_plus", "ComfyUI_Comfyroll_CustomNodes", "was-node-suite-comfyui", "comfyui-videohelpersuite",
    "efficiency-nodes-comfyui", "KSampler (Efficient)", "Efficient Loader", "Power Lora Loader (rgthree)", "FaceDetailer",
    "UltralyticsDetectorProvider", "IPAdapterAdvanced", "AIO_Preprocessor", "VHS_VideoCombine", "Any Switch (rgthree)",
    "CLIPTextEncodeSDXL", "ShowText|pysssss", "Image Comparer (rgthree)", "Fast Groups Bypasser (rgthree)", "SetNode",
    "GetNode", "https://huggingface.co/Comfy-Org/", "/resolve/main/split_files/diffusion_models/", "text_encoders", "vae",
    "diffusion_models", "loras", "checkpoints", "controlnet", "clip_vision", "upscale_models", "FLOAT", "STRING", "BOOLEAN",
    "COMBO", "COMFY_DYNAMICCOMBO_V3", "WEBCAM", "widget", "localized_name", "increment", "decrement", "true", "false", "enable",
    "disable", "#223", "#335", "#232", "#353", "#322", "#533", "#432", "#653", "#3f789e", "#3f5159", "proxyWidgets", "subgraphs",
    "definitions", "inputNode", "outputNode", "bounding", "origin_id", "origin_slot", "target_id", "target_slot", "linkIds",
    "reroutes", "linkExtensions", "parentId", "groupNodes", "pinned", "collapsed",
]  # fmt: skip


def load_nodes() -> dict[str, tuple]:
    nodes = {}
    for line in NODES.strip().splitlines():
        name, inputs, outputs, widgets = (part.strip() for part in line.split("|", 3))
        wanted = [tuple(item.split()) for item in inputs.split(",") if item.strip()]
        held = {}
        for item in widgets.split(", ") if widgets else []:
            key, _, value = item.partition("=")
            held[key] = json.loads(value)
        nodes[name] = (wanted, outputs.split(), held)
    return nodes


def workflow(graph: str, nodes: dict[str, tuple], *, modern: bool, seed: int) -> tuple[dict, dict]:
    """A workflow as the editor saves it, and the prompt it queues."""
    listed = []
    for text in graph.split(";"):
        name, _, sources = text.strip().partition("(")
        listed.append((name, dict(item.split("=") for item in sources.rstrip(")").split())))
    links, made, prompt = [], [], {}
    ends: dict[tuple[int, int], list[int]] = {}
    entries = []
    for number, (name, sources) in enumerate(listed):
        inputs = []
        for slot, (wanted, kind) in enumerate(nodes[name][0]):
            link = None
            if wanted in sources:
                node, out = map(int, sources[wanted].split("."))
                link = len(links) + 1
                links.append([link, node + 1, out, number + 1, slot, kind])
                ends.setdefault((node, out), []).append(link)
            entry = {"name": wanted, "type": kind, "link": link}
            inputs.append({"localized_name": wanted, **entry} if modern and number % 2 else entry)
        entries.append(inputs)
    for number, (name, sources) in enumerate(listed):
        wanted, outputs, held = nodes[name]
        values = [seed if key in ("seed", "noise_seed") else value for key, value in held.items()]
        if modern and number % 2:
            for key in held:
                if key != "control_after_generate":
                    kind = "INT" if isinstance(held[key], int) else "STRING" if key == "text" else "COMBO"
                    entries[number].append(
                        {"localized_name": key, "name": key, "type": kind, "widget": {"name": key}, "link": None}
                    )
        outs = []
        for slot, kind in enumerate(outputs):
            out = {"name": kind, "type": kind}
            if not modern or number % 3 == 0:
                out |= {"slot_index": slot}
            ordered = {"localized_name": kind} if modern and number % 2 else {}
            outs.append({**ordered, **out, "links": ends.get((number, slot), [] if modern else None)})
        size = [270 + 10 * (number % 3), 58 + 24 * len(values)]
        node = {
            "id": number + 1,
            "type": name,
            "pos": [40 + 320 * (number // 3), 130 + 200 * (number % 3)],
            "size": size if modern else {"0": size[0] + 45, "1": size[1]},
            "flags": {},
            "order": number,
            "mode": 0,
        }
        if entries[number] or modern:
            node["inputs"] = entries[number]
        if outs or modern:
            node["outputs"] = outs
        if name == "CLIPTextEncode":
            node |= {"title": "Positive Prompt"} if modern else {}
        core = {"cnr_id": "comfy-core", "ver": "0.3.40"} if modern else {}
        node["properties"] = {} if name in ("Note", "MarkdownNote", "Reroute") else {**core, "Node name for S&R": name}
        if modern and "safetensors" in str(values) and number % 2 == 0:
            folder = {"UNETLoader": "diffusion_models", "VAELoader": "vae"}.get(name, "checkpoints")
            node["properties"]["models"] = [
                {
                    "name": values[0],
                    "url": f"https://huggingface.co/Comfy-Org/models/resolve/main/{folder}/{values[0]}",
                    "directory": folder,
                }
            ]
        node["widgets_values"] = values
        if modern and name == "CLIPTextEncode":
            node |= {"color": "#232", "bgcolor": "#353"}
        if not values:
            del node["widgets_values"]
        made.append(node)
        fields = {key: value for key, value in held.items() if key != "control_after_generate"}
        fields |= {key: seed for key in fields if key in ("seed", "noise_seed")}
        fields |= {
            key: [str(int(source.split(".")[0]) + 1), int(source.split(".")[1])] for key, source in sources.items()
        }
        if name not in ("Note", "MarkdownNote", "Reroute"):
            prompt[str(number + 1)] = {"inputs": fields, "class_type": name}
            if modern:
                prompt[str(number + 1)]["_meta"] = {"title": TITLES.get(name, name)}
    head = {"id": "00000000-0000-4000-8000-000000000000", "revision": 0} if modern else {}
    tail = {"extra": {"ds": {"scale": 1, "offset": [0, 0]}, "frontendVersion": "1.23.4"}} if modern else {"extra": {}}
    group = {
        "id": 1,
        "title": "Step 1 - Load models",
        "bounding": [10, 90, 300, 400],
        "color": "#3f789e",
        "font_size": 24,
        "flags": {},
    }
    whole = {
        **head,
        "last_node_id": len(made),
        "last_link_id": len(links),
        "nodes": made,
        "links": links,
        "groups": [group] if modern else [],
        "config": {},
        **tail,
        "version": 0.4,
    }
    return whole, prompt


def core(k: int, **more) -> dict:
    """A core recipe; which members it has varies with k, their order never (SPEC §7.5.4)."""
    recipe = {
        "tool": TOOLS[k % len(TOOLS)],
        "negative": NEGATIVES[k % len(NEGATIVES)],
        "seed": 1234567890 + k * 98765,
        "sampler": SAMPLERS[k % len(SAMPLERS)],
        "scheduler": SCHEDULERS[k % len(SCHEDULERS)],
        "steps": 20 + 5 * (k % 4),
        "guidance": 7 - k % 3,
        "model": MODELS[k % len(MODELS)],
        "hash": f"{(k + 7) * 0x5DEECE66D:010x}"[:10],
        "loras": [["add_detail", 0.8], ["detail tweaker", 1]],
        "width": 1024,
        "height": 1024,
        **more,
    }
    for drop in (("scheduler", "loras"), ("loras", "width", "height"), ("hash", "loras", "width", "height"))[k % 3]:
        recipe.pop(drop)
    return recipe


def a1111(k: int) -> list:
    recipe = core(k)
    settings = {
        "Steps": recipe["steps"],
        "Sampler": recipe["sampler"],
        "Schedule type": "Karras",
        "CFG scale": recipe["guidance"],
        "Seed": recipe["seed"],
        "Size": "512x768",
        "Model hash": "6ce0161689",
        "Model": recipe["model"],
        "VAE hash": "c6a580b13a",
        "VAE": "vae-ft-mse-840000-ema-pruned.safetensors",
        "Denoising strength": 0.4,
        "Clip skip": 2,
        "ENSD": 31337,
        "Hires upscale": 2,
        "Hires steps": 15,
        "Hires upscaler": "4x-UltraSharp",
        "RNG": "CPU",
        "Lora hashes": '"add_detail: 7c6bad76eb54"',
        "TI hashes": '"easynegative: c74b4e810b03"',
        "Version": "v1.10.1",
    }
    for drop in (
        ("VAE hash", "VAE", "ENSD", "RNG", "TI hashes") if k % 2 else ("Schedule type", "Hires steps", "Lora hashes")
    ):
        settings.pop(drop)
    return [["masterpiece, best quality, 1girl, solo", None, NEGATIVES[k % 3]], settings, []]


def other_blocks() -> list[dict]:
    """Blocks of the tools that write one JSON object."""
    return [
        {
            "invokeai_metadata": [
                2,
                {
                    "generation_mode": "sdxl_txt2img",
                    "positive_prompt": "",
                    "negative_prompt": "",
                    "width": 1024,
                    "height": 1024,
                    "seed": 1,
                    "rand_device": "cpu",
                    "cfg_scale": 7.5,
                    "cfg_rescale_multiplier": 0,
                    "steps": 30,
                    "scheduler": "euler",
                    "model": {"key": "", "hash": "", "name": "juggernautXL", "base": "sdxl", "type": "main"},
                    "loras": [],
                    "app_version": "5.0.0",
                },
            ]
        },
        {
            "Title": [9, ["NovelAI generated image"]],
            "Description": [9, [""]],
            "Software": [9, ["NovelAI"]],
            "Source": [9, ["NovelAI Diffusion V4.5 4BDE2A90"]],
            "Generation time": [9, ["3"]],
            "Comment": [
                1,
                {
                    "prompt": "",
                    "steps": 28,
                    "height": 1216,
                    "width": 832,
                    "scale": 5,
                    "uncond_scale": 0,
                    "cfg_rescale": 0,
                    "seed": 1,
                    "n_samples": 1,
                    "noise_schedule": "karras",
                    "sampler": "k_euler_ancestral",
                    "sm": False,
                    "sm_dyn": False,
                    "uc": "",
                    "request_type": "PromptGenerateRequest",
                    "signed_hash": "",
                },
            ],
        },
        {
            "parameters": [
                5,
                {
                    "sui_image_params": {
                        "prompt": "",
                        "negativeprompt": "",
                        "model": "sd_xl_base_1.0",
                        "seed": 1,
                        "steps": 20,
                        "cfgscale": 7,
                        "aspectratio": "1:1",
                        "width": 1024,
                        "height": 1024,
                        "sampler": "euler",
                        "scheduler": "normal",
                        "automaticvae": True,
                        "swarm_version": "0.9.7",
                    },
                    "sui_extra_data": {"date": "2025-01-01", "prep_time": "0.00 sec", "generation_time": "5.00 sec"},
                    "sui_models": [{"name": "sd_xl_base_1.0.safetensors", "param": "model", "hash": "0x"}],
                },
            ]
        },
        {
            "parameters": [
                1,
                {
                    "adm_guidance": "(1.5, 0.8, 0.3)",
                    "base_model": "juggernautXL_v8Rundiffusion",
                    "base_model_hash": "aeb7e9e689",
                    "clip_skip": 2,
                    "full_negative_prompt": [""],
                    "full_prompt": [""],
                    "guidance_scale": 4,
                    "loras": [],
                    "metadata_scheme": "fooocus",
                    "negative_prompt": "",
                    "performance": "Speed",
                    "prompt": "",
                    "prompt_expansion": "",
                    "refiner_model": "None",
                    "refiner_switch": 0.5,
                    "resolution": "(1152, 896)",
                    "sampler": "dpmpp_2m_sde_gpu",
                    "scheduler": "karras",
                    "seed": "1",
                    "sharpness": 2,
                    "steps": 30,
                    "styles": "['Fooocus V2', 'Fooocus Enhance', 'Fooocus Sharp']",
                    "vae": "Default (model)",
                    "version": "Fooocus v2.5.5",
                },
            ]
        },
    ]


def documents() -> list[dict]:
    nodes = load_nodes()
    # Core recipes first: a model for them alone needs no more.
    made: list[dict] = [{"core": {"names": [*OTHER_NAMES, *SAMPLERS, *SCHEDULERS, *TOOLS, *MODELS]}}]
    made += [{"core": core(k)} for k in range(12)]
    made += [{"core": core(k), **block} for k, block in enumerate(other_blocks())]
    for k, graph in enumerate(GRAPHS):
        for modern in (False, True) if k == len(GRAPHS) - 1 else (True,):
            drawn, queued = workflow(graph, nodes, modern=modern, seed=123456789012345 + k)
            made.append(
                {"core": core(k, tool="ComfyUI", sampler="euler"), "workflow": [1, drawn], "prompt": [1, queued]}
            )
    made += [{"core": core(k), "parameters": [8, a1111(k)]} for k in range(4)]
    return made


def main() -> None:
    lines = [json.dumps(document, ensure_ascii=False, separators=(",", ":")) for document in documents()]
    TABLE.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"{TABLE}: {len(lines)} documents, {TABLE.stat().st_size} bytes")


if __name__ == "__main__":
    main()
