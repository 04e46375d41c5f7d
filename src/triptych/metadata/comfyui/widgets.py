"""The values of widgets, which the editor writes in a row, by the names of the inputs that they are."""

from __future__ import annotations


def widgets(node: dict[str, object], linked: set[str]) -> dict[str, object]:
    """The values of a node's widgets by name.

    The editor writes the values in a row, without names. Newer ones list a socket for each; for the common
    nodes of older ones the names are in the table below. Where neither tells, there are none.
    """
    given = node.get("widgets_values")
    if isinstance(given, dict):
        return {str(name): value for name, value in given.items()}
    if not isinstance(given, list):
        return {}
    if node.get("type") == "Power Lora Loader (rgthree)":
        return {f"lora_{k}": value for k, value in enumerate(given) if isinstance(value, dict) and "lora" in value}
    values = _without_controls(given)
    names = _WIDGETS.get(str(node.get("type")), ())
    sockets = [socket for socket in as_list(node.get("inputs")) if isinstance(socket, dict)]
    listed = tuple(str(widget_name(socket)) for socket in sockets if widget_name(socket) is not None)
    if len(listed) == len(values) or not names:
        names = listed
    if not names and len(values) == 1 and isinstance(values[0], str):
        names = ("text",)  # one box with a text
    if not names:
        return {}
    if len(values) < len(names) and len(values) == len([name for name in names if name not in linked]):
        names = tuple(name for name in names if name not in linked)
    if names == listed and len(values) != len(names):
        return {}  # something stands between that has no socket
    return dict(zip(names, values, strict=False))


def widget_name(socket: dict[str, object]) -> object:
    widget = socket.get("widget")
    return widget.get("name") if isinstance(widget, dict) else None


def _without_controls(values: list[object]) -> list[object]:
    """Without what the editor puts behind a seed: what it shall become after the run."""
    found: list[object] = []
    for value in values:
        before = found[-1] if found else None
        control = value in ("fixed", "randomize", "increment", "decrement") or (value is True and len(found) == 1)
        if control and isinstance(before, int) and not isinstance(before, bool):
            continue
        found.append(value)
    return found


def as_list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


_SAMPLING = ("seed", "steps", "cfg", "sampler_name", "scheduler", "denoise")
_LATENT = ("width", "height", "batch_size")
_LOADER = ("ckpt_name", "vae_name", "clip_skip", "lora_name", "lora_model_strength", "lora_clip_strength")
# Names of the widgets of nodes, in the order of their values, without the control behind a seed.
_WIDGETS: dict[str, tuple[str, ...]] = {
    "KSampler": _SAMPLING,
    "KSamplerAdvanced": (
        "add_noise", "noise_seed", "steps", "cfg", "sampler_name", "scheduler", "start_at_step", "end_at_step",
        "return_with_leftover_noise",
    ),
    "SamplerCustom": ("add_noise", "noise_seed", "cfg"),
    "RandomNoise": ("noise_seed",),
    "BasicScheduler": ("scheduler", "steps", "denoise"),
    "KarrasScheduler": ("steps", "sigma_max", "sigma_min", "rho"),
    "ExponentialScheduler": ("steps", "sigma_max", "sigma_min"),
    "SDTurboScheduler": ("steps", "denoise"),
    "KSamplerSelect": ("sampler_name",),
    "CFGGuider": ("cfg",),
    "FluxGuidance": ("guidance",),
    "CLIPTextEncode": ("text",),
    "CLIPTextEncodeSDXL": (
        "width", "height", "crop_w", "crop_h", "target_width", "target_height", "text_g", "text_l",
    ),
    "CLIPTextEncodeSDXLRefiner": ("ascore", "width", "height", "text"),
    "CLIPTextEncodeFlux": ("clip_l", "t5xxl", "guidance"),
    "CLIPTextEncodeSD3": ("clip_l", "clip_g", "t5xxl", "empty_padding"),
    "CheckpointLoaderSimple": ("ckpt_name",),
    "CheckpointLoader": ("config_name", "ckpt_name"),
    "UNETLoader": ("unet_name", "weight_dtype"),
    "UnetLoaderGGUF": ("unet_name",),
    "LoraLoader": ("lora_name", "strength_model", "strength_clip"),
    "LoraLoaderModelOnly": ("lora_name", "strength_model"),
    "EmptyLatentImage": _LATENT,
    "EmptySD3LatentImage": _LATENT,
    "EmptyHunyuanLatentVideo": ("width", "height", "length", "batch_size"),
    "EmptyFlux2LatentImage": _LATENT,
    "SaveImage": ("filename_prefix",),
    "PrimitiveString": ("value",),
    "PrimitiveStringMultiline": ("value",),
    "PrimitiveInt": ("value",),
    "PrimitiveFloat": ("value",),
    "PrimitiveBoolean": ("value",),
    "StringConcatenate": ("string_a", "string_b", "delimiter"),
    "StringReplace": ("string", "find", "replace"),
    "StringTrim": ("string", "mode"),
    "CaseConverter": ("string", "mode"),
    "StringSubstring": ("string", "start", "end"),
    "Text Multiline": ("text",),
    "Text Concatenate": ("delimiter", "clean_whitespace", "text_a", "text_b", "text_c", "text_d"),
    "JoinStrings": ("string1", "string2", "delimiter"),
    "StringFunction|pysssss": ("action", "tidy_tags", "text_a", "text_b", "text_c"),
    "Seed (rgthree)": ("seed",),
    "easy seed": ("seed",),
    "ImpactWildcardProcessor": ("wildcard_text", "populated_text", "mode", "seed"),
    "ImpactWildcardEncode": ("wildcard_text", "populated_text", "mode", "lora", "wildcard", "seed"),
    "SDXLPromptStyler": ("text_positive", "text_negative", "style", "log_prompt", "style_positive", "style_negative"),
    "Efficient Loader": (
        *_LOADER, "positive", "negative", "token_normalization", "weight_interpretation", "empty_latent_width",
        "empty_latent_height", "batch_size",
    ),
    "KSampler (Efficient)": (*_SAMPLING, "preview_method", "vae_decode"),
    "easy fullLoader": (
        "ckpt_name", "config_name", "vae_name", "clip_skip", "lora_name", "lora_model_strength",
        "lora_clip_strength", "resolution", "empty_latent_width", "empty_latent_height", "positive",
        "positive_token_normalization", "positive_weight_interpretation", "negative",
        "negative_token_normalization", "negative_weight_interpretation", "batch_size",
    ),
    "easy preSampling": ("steps", "cfg", "sampler_name", "scheduler", "denoise", "seed"),
    "easy kSampler": ("image_output", "link_id", "save_prefix"),
    "ImpactSwitch": ("select",),
}  # fmt: skip  # fmt: skip
