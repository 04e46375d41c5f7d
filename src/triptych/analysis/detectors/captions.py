"""Captions: a text for the semantic layer of a picture that has none, through `transformers`.

Any image-to-text checkpoint that `AutoModelForImageTextToText` loads can be named by path or hub id; those of the
catalogue are BLIP (Li et al. 2022), BLIP-2 (Li et al. 2023) and Florence-2 (Xiao et al. 2024).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from PIL import Image

from ...errors import InputError, ModelError
from . import CAPTIONS, ready

MOST_TOKENS = 96  # of a caption; about 70 words
BEAMS = 3
# What the models of a kind are asked, as their papers do; those not listed are shown the picture alone.
_TASKS = {"florence2": "<DETAILED_CAPTION>", "blip-2": "a photo of"}


def caption(images: Sequence[Image.Image], name: str = "blip", *, batch: int = 8, device: str = "") -> list[str]:
    """Describe pictures in English.

    Args:
        images: pictures of any mode and size.
        name: a name of the catalogue, a local folder, or a hub id.
        batch: how many pictures are looked at together; it does not change what is said of each.
        device: for example "cuda:1"; by default a GPU if there is one.

    Returns:
        A text for each picture, one line.

    Raises:
        InputError: there is no such model or device.
        MissingExtraError: `transformers` is not installed.
        ModelError: the weights cannot be had, are broken, or do not fit into memory.
    """
    extractor, folder = ready(CAPTIONS, name)
    settings = extractor.settings
    tokens, beams = settings.get("tokens", MOST_TOKENS), settings.get("beams", BEAMS)
    import torch

    if not device:
        device = "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
    try:
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError, NotImplementedError):
        raise InputError(f"device {device!r} cannot be used here; try cpu, or a torch that supports it") from None
    try:
        processor, model = _load(folder, device)
        task = settings.get("task", _TASKS.get(model.config.model_type, ""))
        texts: list[str] = []
        for start in range(0, len(images), batch):
            some = [image.convert("RGB") for image in images[start : start + batch]]
            given: dict[str, Any] = {"images": some} | ({"text": [task] * len(some)} if task else {})
            inputs = processor(**given, return_tensors="pt").to(device, model.dtype)
            with torch.inference_mode():
                found = model.generate(**inputs, max_new_tokens=tokens, num_beams=beams, do_sample=False)
            said = processor.batch_decode(found, skip_special_tokens=True)
            texts += [" ".join(text.split()).removeprefix(task).lstrip() for text in said]  # some repeat the task
    except torch.OutOfMemoryError as error:
        raise ModelError(f"{name}: {device} has too little memory; free some, or take a smaller model") from error
    except Exception as error:  # the library raises errors of all kinds on a broken or foreign checkpoint
        first = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise ModelError(f"{folder}: cannot be used to caption pictures: {first}") from error
    return texts


@cache
def _load(folder: Path, device: str) -> tuple[Any, Any]:
    """(processor, model), once per process."""
    import torch
    from transformers import AutoModelForImageTextToText, AutoProcessor

    processor: Any = AutoProcessor.from_pretrained(folder)
    model: Any = AutoModelForImageTextToText.from_pretrained(folder)
    # Half precision is what these models run in on a GPU; on a CPU it would be slower.
    return processor, model.to(device, torch.float32 if device == "cpu" else torch.float16).eval()
