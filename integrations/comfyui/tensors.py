"""ComfyUI's IMAGE and MASK tensors: float32, (batch, height, width, channels) and (batch, height, width), 0..1."""

from __future__ import annotations

import numpy as np
import torch
from PIL import Image

from triptych import Picture
from triptych.codec.decode import condition
from triptych.decoders.diffusion.conditions import draw, layers_of

Images = tuple[torch.Tensor, torch.Tensor, torch.Tensor]
EDGE_STYLES = ("sketch", "softedge", "canny")
COLOUR_STYLES = ("smooth", "cells")


def to_arrays(images: torch.Tensor) -> list[np.ndarray]:
    """uint8 (height, width, 1|3|4) for each picture of an IMAGE batch; what is no number is black."""
    if images.ndim != 4 or images.shape[3] not in (1, 3, 4):
        raise ValueError(f"an IMAGE is (batch, height, width, 1, 3 or 4 channels), not {tuple(images.shape)}")
    levels = torch.nan_to_num(images.detach().float(), nan=0.0).clamp(0, 1).mul(255).round()
    return list(levels.to(torch.uint8).cpu().numpy())


def to_image(pixels: Image.Image | np.ndarray) -> torch.Tensor:
    """An IMAGE batch of one: float32 (1, height, width, 3)."""
    return torch.from_numpy(np.array(pixels, np.float32) / 255)[None]


def to_mask(inside: np.ndarray) -> torch.Tensor:
    """A MASK batch of one from bool (height, width): float32 (1, height, width), 1 inside."""
    return torch.from_numpy(inside.astype(np.float32))[None]


def draw_layers(
    picture: Picture, edge_style: str, colour_style: str
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """(edges, pose, colours) as IMAGE batches of one, of the picture's size; black where there is no such layer.

    Args:
        edge_style: "sketch" for adapters and scribble ControlNets, "softedge" or "canny" for ControlNets of that name.
        colour_style: "smooth", or "cells" as the colour adapter was trained with.
    """
    conditions = condition(picture)
    there = layers_of(conditions)
    styles = {"edges": edge_style, "pose": "openpose", "colours": colour_style}
    blank = np.zeros((picture.height, picture.width, 3), np.uint8)
    edges, pose, colours = (
        to_image(draw(conditions, style, *picture.size) if layer in there else blank) for layer, style in styles.items()
    )
    return edges, pose, colours
