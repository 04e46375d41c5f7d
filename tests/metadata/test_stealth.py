"""Texts hidden in the lowest bits of a picture."""

from __future__ import annotations

import gzip
import struct
from pathlib import Path

import numpy as np
import pytest
from fixtures.metadata import PARAMETERS, check
from PIL import Image

from triptych.metadata.read import read_metadata


@pytest.mark.parametrize("compressed", [True, False])
def test_text_hidden_in_the_alpha_channel(tmp_path: Path, compressed: bool) -> None:
    """The lowest bits of alpha, column by column, are read if there is nothing else."""
    data = gzip.compress(PARAMETERS.encode()) if compressed else PARAMETERS.encode()
    head = b"stealth_pngcomp" if compressed else b"stealth_pnginfo"
    bits = np.unpackbits(np.frombuffer(head + struct.pack(">I", 8 * len(data)) + data, np.uint8))
    alpha = np.full(64 * 80, 255, np.uint8)
    alpha[: len(bits)] = 254 | bits
    rgba = np.zeros((64, 80, 4), np.uint8)
    rgba[..., 3] = alpha.reshape(80, 64).T
    Image.fromarray(rgba).save(tmp_path / "a.png")
    check(read_metadata(tmp_path / "a.png"), "A1111")
