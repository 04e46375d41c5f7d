"""What fits into the memory of a device, and what to do where it does not."""

from __future__ import annotations

import torch

from ...errors import ModelError

# Working memory in half precision, bytes per pixel: of the denoising network with PyTorch's own attention, and of the
# autoencoder, which makes pixels of latents and runs after it.
UNET_BYTES, VAE_BYTES = 2000, 6000
TILE = 512  # pixels per side that the autoencoder makes at once where memory is short


def free_memory(device: torch.device) -> int:
    """Bytes that can be used on a device; without end on the CPU, whose system pages."""
    if device.type == "cuda":
        return torch.cuda.mem_get_info(device)[0]
    if device.type == "mps":
        return torch.mps.recommended_max_memory() - torch.mps.driver_allocated_memory()
    return 1 << 62


def plan_memory(free: int, weights: int, largest: int, pixels: int) -> tuple[bool, bool]:
    """(keep only the network in use on the device, make pixels in tiles).

    Args:
        free: bytes that can be used.
        weights, largest: bytes of all networks, of the largest one.
        pixels: of a batch.
    """
    denoising, whole = pixels * UNET_BYTES, pixels * VAE_BYTES
    tiled = min(pixels, TILE * TILE) * VAE_BYTES
    # Tiles cost next to nothing, offloading costs time: they come first.
    offload = free < weights + max(denoising, tiled)
    room = free - (largest if offload else weights)
    return offload, room < whole


def is_out_of_memory(error: BaseException) -> bool:
    return isinstance(error, RuntimeError | MemoryError) and "out of memory" in str(error).lower()


def out_of_memory(device: torch.device) -> ModelError:
    """The error for a device whose memory is full, with what helps."""
    return ModelError(
        f"the memory of {device} is full; decode fewer pictures at once (--batch 1), keep only one network on it "
        "(-O offload=model), or use the CPU (--device cpu)"
    )
