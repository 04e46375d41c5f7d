"""What fits into the memory of a device, and what to do where it does not."""

from __future__ import annotations

import torch

from ...errors import ModelError

# Working memory of one picture, most of it while pixels are made from latents, in bytes a pixel of half precision.
BYTES_A_PIXEL = 6000


def free_memory(device: torch.device) -> int:
    """Bytes that can be used on a device; without end on the CPU, whose system pages."""
    if device.type == "cuda":
        return torch.cuda.mem_get_info(device)[0]
    if device.type == "mps":
        return torch.mps.recommended_max_memory() - torch.mps.driver_allocated_memory()
    return 1 << 62


def plan_memory(free: int, weights: int, largest: int, working: int) -> tuple[bool, bool]:
    """(keep only the network in use on the device, compute in slices), from bytes.

    Args:
        free: that can be used.
        weights, largest: of all networks, of the largest one.
        working: that a batch needs besides.
    """
    offload = free < weights + working
    room = free - (largest if offload else weights)
    return offload, room < working


def is_out_of_memory(error: BaseException) -> bool:
    return isinstance(error, RuntimeError | MemoryError) and "out of memory" in str(error).lower()


def out_of_memory(device: torch.device) -> ModelError:
    """The error for a device whose memory is full, with what helps."""
    return ModelError(
        f"the memory of {device} is full; decode fewer pictures at once (--batch 1), keep only one network on it "
        "(-O offload=model), or use the CPU (--device cpu)"
    )
