"""Seed layer: the number that starts the noise a picture is painted from (SPEC §7.6). Ancillary."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from ..errors import DamagedError
from .base import Layer

MAX_SEED = 2**32 - 1

PLAIN = 0


class SeedLayer(Layer):
    """A seed of 0 to 2^32 - 1. Without this layer a decoder's seed follows from the bytes of the file."""

    kind = 5
    name = "seed"
    ancillary = True

    @classmethod
    def from_seed(cls, seed: int, size: tuple[int, int]) -> SeedLayer:
        """The layer for a seed, in as few bytes as it has: none for 0, one for 1 to 255.

        Raises:
            ValueError: the seed is below 0 or above 2^32 - 1.
        """
        if not 0 <= seed <= MAX_SEED:
            raise ValueError(f"a seed is 0 to {MAX_SEED}, not {seed}")
        return cls(size, PLAIN, seed.to_bytes((seed.bit_length() + 7) // 8, "little"))

    @cached_property
    def seed(self) -> int:
        """The value.

        Raises:
            DamagedError, UnsupportedError: the payload cannot be unpacked.
        """
        if self.coding != PLAIN:
            raise self.unknown_coding()
        if len(self.payload) > 4:
            raise DamagedError(f"the seed layer has {len(self.payload)} bytes; a seed has at most 4")
        if self.payload.endswith(b"\0"):
            raise DamagedError("the seed layer ends in a zero byte, which a seed is written without")
        return int.from_bytes(self.payload, "little")

    def summary(self) -> dict[str, Any]:
        return {"seed": self.seed}
