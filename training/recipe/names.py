"""Names and texts that the settings of many pictures have, by their number (SPEC §7.5.3).

Those at the end often stand in front of other texts. New ones may only be added behind the last, 256 in all.
"""

# ruff: noqa: E501 (lists of names)

from __future__ import annotations

KNOWN_NAMES = (
    "A1111", "Civitai", "ComfyUI", "Draw Things", "Easy Diffusion", "Fooocus", "Forge", "Hugging Face", "InvokeAI",
    "Midjourney", "Mochi Diffusion", "NovelAI", "RuinedFooocus", "SD.Next", "stable-diffusion.cpp", "SwarmUI",
    "TensorArt", "mflux",
    "Automatic", "automatic", "Beta", "beta", "ddim_uniform", "DDIM", "Exponential", "exponential", "Karras", "karras",
    "KL Optimal", "kl_optimal", "linear_quadratic", "native", "Normal", "normal", "sgm_uniform", "SGM Uniform",
    "Simple", "simple", "Uniform", "discrete", "None", "Default",
    "ddim", "ddpm", "DDPM", "DEIS", "deis", "DPM++ 2M", "dpmpp_2m", "dpmpp_2m_sde", "DPM++ 2M SDE",
    "dpmpp_2m_sde_gpu", "DPM++ 2M Karras", "DPM++ 2M SDE Karras", "DPM++ 2S a", "DPM++ 2S a Karras",
    "dpmpp_2s_ancestral", "DPM++ 3M SDE", "DPM++ 3M SDE Karras", "dpmpp_3m_sde", "dpmpp_3m_sde_gpu", "DPM++ SDE",
    "dpmpp_sde", "DPM++ SDE Karras", "dpmpp_sde_gpu", "DPM adaptive", "dpm_adaptive", "DPM fast", "dpm_fast", "DPM2",
    "dpm_2", "DPM2 a", "dpm_2_ancestral", "DPM2 a Karras", "DPM2 Karras", "er_sde", "Euler", "euler", "Euler a",
    "euler_ancestral", "euler_a", "k_euler", "k_euler_ancestral", "k_euler_a", "k_lms", "k_dpm_2", "k_dpmpp_2m",
    "k_dpmpp_2s_ancestral", "k_dpmpp_sde", "k_dpmpp_2m_sde", "euler_k", "dpmpp_2m_k", "dpmpp_2m_sde_k", "dpmpp_sde_k",
    "gradient_estimation", "Heun", "heun", "heunpp2", "ipndm", "LCM", "lcm", "LMS", "lms", "LMS Karras", "PLMS", "plms",
    "res_multistep", "Restart", "UniPC", "uni_pc", "uni_pc_bh2", "unipc", "UniPC Trailing", "DPM++ 2M AYS",
    "Euler A Trailing", "flow_match_euler",
    "NovelAI Diffusion V3", "NovelAI Diffusion V4", "NovelAI Diffusion V4.5", "Stable Diffusion", "Stable Diffusion XL",
    "schnell", "dev", "black-forest-labs/FLUX.1-dev", "black-forest-labs/FLUX.1-schnell",
    "stabilityai/stable-diffusion-xl-base-1.0", "runwayml/stable-diffusion-v1-5",
    ".safetensors", ".ckpt", ".gguf", "_v10", "_v20", "_v30", "XL", "Anime", "0x", "nsfw, ",
    "v1-5-pruned-emaonly", "v1-5-pruned-emaonly-fp16", "v1-5-pruned", "sd_xl_base_1.0", "sd_xl_turbo_1.0_fp16",
    "sd3.5_large", "sd3.5_medium", "flux1-dev", "flux1-dev-fp8", "flux1-schnell", "flux1-schnell-fp8", "flux1-krea-dev",
    "qwen_image_fp8_e4m3fn", "z_image_turbo_bf16", "juggernautXL_v9Rundiffusionphoto2", "juggernautXL_v8Rundiffusion",
    "juggernautXL", "realisticVisionV60B1_v51VAE", "realisticVisionV51_v51VAE", "realisticVisionV", "dreamshaper_8",
    "dreamshaperXL", "DreamShaper", "ponyDiffusionV6XL_v6StartWithThisOne", "ponyDiffusionV6XL",
    "waiIllustriousSDXL_v140", "waiIllustriousSDXL_v160", "waiIllustriousSDXL_v", "waiNSFWIllustrious_v",
    "illustriousXL_v01", "Illustrious", "noobaiXLNAIXL_", "animagine-xl-", "Anything-V3.0", "AnythingV5",
    "deliberate_v", "Deliberate", "revAnimated_v122", "majicmixRealistic_v", "epicrealism_naturalSin", "counterfeitV30", "meinamix_v",
    "abyssorangemix3AOM3_aom3a1b", "chilloutmix_NiPrunedFp32Fix", "cyberrealistic_v", "hassakuXLIllustrious_v",
    "bad quality, worst quality, worst detail, sketch, censor,",
    "lowres, bad anatomy, bad hands, text, error, missing fingers, extra digit, fewer digits, cropped, worst quality, "
    "low quality, normal quality, jpeg artifacts, signature, watermark, username, blurry",
    "nsfw, lowres, bad anatomy, bad hands, text, error, missing fingers, extra digit, fewer digits, cropped, worst "
    "quality, low quality, normal quality, jpeg artifacts, signature, watermark, username, blurry",
    "nsfw, lowres, artistic error, film grain, scan artifacts, worst quality, bad quality, jpeg artifacts, very "
    "displeasing, chromatic aberration, dithering, halftone, screentone, multiple views, logo, too many watermarks, "
    "negative space, blank page",
    "nsfw, lowres, {bad}, error, fewer, extra, missing, worst quality, jpeg artifacts, bad quality, watermark, "
    "unfinished, displeasing, chromatic aberration, signature, extra digits, artistic error, username, scan, "
    "[abstract]",
    "(worst quality:2), (low quality:2), (normal quality:2), lowres, ", "(worst quality, low quality:1.4), ",
    "worst quality, low quality, ", "lowres, bad anatomy, bad hands, ", "text, watermark", "watermark, text",
    "score_6, score_5, score_4, ", "ugly, deformed, ", "easynegative, ", "easynegative", "blurry",
)  # fmt: skip
