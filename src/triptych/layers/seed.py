"""Seed layer: the number that starts the noise a picture is painted from (SPEC §7.6). Ancillary."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, ClassVar

from ..errors import DamagedError, InputError
from ..limits import MAX_SEED
from .base import Colour, Layer, Size

SEED_BYTES = 4

PLAIN = 0


class SeedLayer(Layer):
    """A seed of 0 to 2^32 - 1. Without this layer a decoder's seed follows from the bytes of the file."""

    kind = 5
    name = "seed"
    ancillary = True
    shows: ClassVar[bool] = False
    turn: ClassVar[int] = 0
    share: ClassVar[float | None] = 1.0

    @classmethod
    def from_seed(cls, seed: int, size: Size) -> SeedLayer:
        """The layer for a seed, in as few bytes as it has: none for 0, one for 1 to 255.

        Raises:
            InputError: the seed is below 0 or above 2^32 - 1.
        """
        if not 0 <= seed <= MAX_SEED:
            raise InputError(f"a seed is a whole number from 0 to {MAX_SEED}, not {seed}", kind=cls.name)
        return cls(size, PLAIN, seed.to_bytes((seed.bit_length() + 7) // 8, "little"))

    def _unpacked(self) -> int:
        if len(self.payload) > SEED_BYTES:
            raise DamagedError(f"the seed layer has {len(self.payload)} bytes; a seed has at most {SEED_BYTES}")
        if self.payload.endswith(b"\0"):
            raise DamagedError("the seed layer ends in a zero byte, which a seed is written without")
        return int.from_bytes(self.payload, "little")

    @property
    def seed(self) -> int:
        """0 to 2^32 - 1."""
        seed: int = self.value
        return seed

    def summary(self) -> dict[str, Any]:
        return {"seed": self.seed}

    def describe(self) -> str:
        return f"painted with seed {self.seed}"

    def files(self) -> dict[str, bytes]:
        """seed.txt"""
        return {"seed.txt": f"{self.seed}\n".encode()}

    def conditioning(self) -> dict[str, Any]:
        return {"seed": self.seed}

    def mirrored(self) -> SeedLayer:
        return self

    def remapped(
        self, size: Size, offset: tuple[int, int], scale: tuple[float, float], colour: Colour | None = None
    ) -> SeedLayer:
        """The same seed, though the noise that it starts depends on the size."""
        return self if size == self.size else replace(self, size=size)
