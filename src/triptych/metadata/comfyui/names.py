"""What is known of nodes by their names: outputs, inputs that mean the same, texts that come out as they are."""

from __future__ import annotations

# Outputs of nodes that hand on several things, by place. "positive" and "negative" are conditionings or texts.
_PAIR = {0: "positive", 1: "negative"}
_AFTER_MODEL = {0: "model", 1: "positive", 2: "negative"}
_EFFICIENT = {**_AFTER_MODEL, 3: "latent_image"}
_CONTEXT = {1: "model", 3: "vae", 4: "positive", 5: "negative", 6: "latent_image", 7: "images", 8: "seed"}
_EASY_PIPE = {1: "model", 2: "positive", 3: "negative", 4: "latent_image", 7: "image", 8: "seed"}
OUTPUTS: dict[str, dict[int, str]] = {
    "ControlNetApplyAdvanced": _PAIR,
    "ControlNetApplySD3": _PAIR,
    "ControlNetInpaintingAliMamaApply": _PAIR,
    "ACN_AdvancedControlNetApply": _PAIR,
    "ACN_AdvancedControlNetApply_v2": _PAIR,
    "CR Apply Multi-ControlNet": _PAIR,
    "Control Net Stacker": _PAIR,
    "InpaintModelConditioning": _PAIR,
    "InstructPixToPixConditioning": _PAIR,
    "StableZero123_Conditioning": _PAIR,
    "SV3D_Conditioning": _PAIR,
    "WanImageToVideo": _PAIR,
    "WanFunControlToVideo": _PAIR,
    "WanVaceToVideo": _PAIR,
    "LTXVConditioning": _PAIR,
    "LTXVImgToVideo": _PAIR,
    "CosmosImageToVideoLatent": _PAIR,
    "PairConditioningSetProperties": _PAIR,
    "PairConditioningSetDefaultCombine": _PAIR,
    "SD_4XUpscale_Conditioning": _PAIR,
    "INPAINT_VAEEncodeInpaintConditioning": _PAIR,
    "ApplyPulidFlux": {0: "model"},
    "ApplyInstantID": _AFTER_MODEL,
    "ApplyInstantIDAdvanced": _AFTER_MODEL,
    "Efficient Loader": _EFFICIENT,
    "KSampler (Efficient)": _EFFICIENT,
    "KSampler Adv. (Efficient)": _EFFICIENT,
    "Eff. Loader SDXL": {1: "latent_image"},
    "Unpack SDXL Tuple": {0: "model", 2: "positive", 3: "negative"},
    "SDXLPromptStyler": {0: "text_positive", 1: "text_negative"},
    "FromBasicPipe": {0: "model", 3: "positive", 4: "negative"},
    "FromBasicPipe_v2": {1: "model", 4: "positive", 5: "negative"},
    "FromDetailerPipe": {0: "model", 3: "positive", 4: "negative"},
    "Context (rgthree)": _CONTEXT,
    "Context Big (rgthree)": _CONTEXT
    | {9: "steps", 11: "cfg", 12: "ckpt_name", 13: "sampler", 14: "scheduler", 17: "text_pos_g", 18: "text_pos_l"}
    | {19: "text_neg_g", 20: "text_neg_l"},
    "Context Switch (rgthree)": _CONTEXT,
    "Context Merge (rgthree)": _CONTEXT,
    "KSampler Config (rgthree)": {0: "steps_total", 2: "cfg", 3: "sampler_name", 4: "scheduler"},
    "easy fullLoader": {1: "model", 4: "positive", 5: "negative", 6: "latent_image"},
    "easy comfyLoader": {1: "model"},
    "easy a1111Loader": {1: "model"},
    "easy pipeOut": _EASY_PIPE,
    "easy pipeIn": {},
    "easy controlnetLoaderADV": {1: "positive", 2: "negative"},
    "ttN pipeLoader": {1: "model", 2: "positive", 3: "negative", 4: "latent_image", 7: "seed"},
    "ttN pipeLoader_v2": {1: "model", 2: "positive", 3: "negative", 4: "latent_image", 7: "seed"},
    "ttN pipeKSampler": _EASY_PIPE,
    "ttN pipeKSampler_v2": _EASY_PIPE,
    "ttN pipeOUT": _EASY_PIPE,
    "ImpactWildcardEncode": {0: "model", 2: "populated_text", 3: "populated_text"},
    "WildcardEncode //Inspire": {0: "model", 2: "populated_text", 3: "populated_text"},
    "ImpactWildcardProcessor": {0: "populated_text"},
    "Input Parameters (Image Saver)": {0: "seed", 1: "steps", 2: "cfg", 3: "sampler_name", 4: "scheduler"},
    "LoraLoader": {0: "model"},
    "LoadImage": {},
}
# Names under which nodes hold the same thing.
SAME: dict[str, tuple[str, ...]] = {
    "positive": (
        "positive", "base_positive", "cond_positive", "pos", "positive_cond", "text_positive", "prompt_positive",
        "positive_prompt", "prompt",
    ),
    "negative": (
        "negative", "base_negative", "cond_negative", "neg", "negative_cond", "text_negative", "prompt_negative",
        "negative_prompt",
    ),
    "model": ("model", "base_model", "unet", "model1_opt"),
    "latent_image": ("latent_image", "latent", "samples", "latents", "latent_samples", "optional_latent"),
    "images": ("images", "image", "pixels"),
    "seed": ("seed", "noise_seed", "seed_value"),
    "steps": ("steps", "steps_total"),
    "cfg": ("cfg", "guidance_scale"),
    "sampler_name": ("sampler_name", "sampler"),
    "scheduler": ("scheduler",),
}  # fmt: skip
PIPES = (
    "pipe", "basic_pipe", "sdxl_tuple", "base_ctx", "ctx", "context", "detailer_pipe", "pipe_line", "ctx_01", "ctx_02",
    "ctx_03", "ctx_04", "ctx_05",
)  # fmt: skip
MODEL_KEYS = ("ckpt_name", "unet_name", "base_ckpt_name", "gguf_name", "model_name", "model_path", "ckpt")
REROUTES = frozenset({"Reroute", "ReroutePrimitive|pysssss", "Reroute (rgthree)", "easy cleanGpuUsed", "ImpactLogger"})
# Conditionings that say nothing, whatever they are made from.
EMPTY = frozenset({"ConditioningZeroOut", "ConditioningSetTimestepRangeZero"})
NEUTRAL_STYLES = frozenset({"", "-", "base", "sai-base", "none", "no style", "no_style", "default"})
ENCODED = (
    "text_g", "text_l", "text", "clip_g", "clip_l", "t5xxl", "llama", "bert", "mt5xl", "prompt", "user_prompt",
    "qwen25_7b", "byt5",
)  # fmt: skip
# Nodes whose one text comes out as it is: kind -> input.
TEXTS = {
    "PrimitiveString": "value", "PrimitiveStringMultiline": "value", "String": "value", "StringConstant": "string",
    "StringConstantMultiline": "string", "String Literal": "string", "Text Multiline": "text", "Text String": "text",
    "CR Text": "text", "CR Prompt Text": "prompt", "ttN text": "text", "Text box": "text",
    "JWStringMultiline": "text", "Note Plus (mtb)": "text",
    "JWString": "text", "KepStringLiteral": "String", "Simple String Combine": "text", "easy string": "value",
    "easy positive": "positive", "easy negative": "negative", "easy showAnything": "anything",
    "Textbox": "text", "Text Prompt (JPS)": "text", "Primitive string [Crystools]": "string",
    "Primitive string multiline [Crystools]": "string", "CLIP Positive-Negative": "text", "STRING": "text",
    "ShowText|pysssss": "text", "PreviewAny": "source", "Show any [Crystools]": "any_value",
    "DisplayText": "text", "PreviewTextNode": "text", "StringViewer": "string",
}  # fmt: skip
DELIMITERS = ("delimiter", "separator", "delimit", "sep")
# Inputs of a switch, before their number.
SWITCHED = ("input", "text", "value", "image", "latent", "model", "conditioning", "input_", "any_", "text_", "string")
# Delimiters by name; nodes that have them mean what they stand for, each in its own way.
SPELT = frozenset({"space", "comma", "newline", "none", "linebreak", "line break", "new line"})
SAVES = ("Save", "Hide/Save", "Preview&Save", "Sender/Save", "Hide & Save")
