"""See that files hold all the weights of a network: the libraries make up, or leave out, those that are missing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
import transformers

_SHOWN = 3  # names in an error


def text_encoders(path: Path, dtype: torch.dtype) -> dict[str, Any]:
    """The text encoders of a folder as diffusers saves it, by name; other parts are left to diffusers.

    transformers gives random numbers for weights that a file lacks, so what it reports is looked at.

    Raises:
        ValueError: weights are missing.
        Exception: what the libraries raise for broken files.
    """
    index = json.loads((path / "model_index.json").read_text("utf-8"))
    found = {}
    for name, made_by in index.items():
        if not (name.startswith("text_encoder") and isinstance(made_by, list) and made_by[0] == "transformers"):
            continue
        encoder, report = getattr(transformers, made_by[1]).from_pretrained(
            path / name, dtype=dtype, variant=variant(path / name), local_files_only=True, output_loading_info=True
        )
        _refuse([f"{name}.{key}" for key in sorted(report["missing_keys"])])
        found[name] = encoder
    return found


def see_that_whole(loaded: Any) -> None:
    """For what diffusers has loaded, a network or a pipeline: it leaves weights that a file lacks without memory.

    Raises:
        ValueError: weights are missing.
    """
    parts = getattr(loaded, "components", {"": loaded})
    modules = [(name, part) for name, part in parts.items() if isinstance(part, torch.nn.Module)]
    _refuse([f"{name}.{key}".lstrip(".") for name, part in modules for key, p in part.named_parameters() if p.is_meta])


def variant(*parts: Path) -> str | None:
    """ "fp16" where a folder holds its weights only in half precision, under diffusers' names for those."""
    for part in parts:
        names = [path.name for ending in ("*.safetensors", "*.bin") for path in part.glob(ending)]
        if names and all(".fp16." in name for name in names):
            return "fp16"
    return None


def _refuse(missing: list[str]) -> None:
    if missing:
        shown = ", ".join(missing[:_SHOWN]) + (" ..." if len(missing) > _SHOWN else "")
        raise ValueError(f"{len(missing)} weights are missing: {shown}")
