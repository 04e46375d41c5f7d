"""Metrics of sets: FID and KID between the patches of all originals and those of all decoded pictures.

Pictures are few, so patches stand in for them, as in HiFiC (Mentzer et al. 2020): squares that cover the picture, and
those shifted by half a square. The network is Inception as torchmetrics loads it; both numbers say little below some
thousand patches, so their count is stated.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from ..errors import ModelError, TriptychError
from ..typing import Bytes8
from . import neural

SIDE = 64  # pixels of a patch; 256 on pictures of 2K, as in the paper
_LARGE = 1024 * 1024  # pixels from which patches are 256
_SUBSETS = 20  # of KID


def patches(pixels: Bytes8) -> Iterator[Bytes8]:
    """The squares of a picture, uint8 (side, side, 3) each."""
    side = 256 if pixels.shape[0] * pixels.shape[1] >= _LARGE else SIDE
    for shift in (0, side // 2):
        for top in range(shift, pixels.shape[0] - side + 1, side):
            for left in range(shift, pixels.shape[1] - side + 1, side):
                yield pixels[top : top + side, left : left + side]


def fid_and_kid(pairs: Iterable[tuple[Bytes8, Bytes8]], network: Any = None) -> dict[str, float]:
    """ "fid", "kid" and "patches" (their number) of (original, decoded) pictures.

    Args:
        network: another one than Inception: a torch module, uint8 (n, 3, h, w) -> float (n, features).

    Raises:
        MissingExtraError, ModelError: the library or its weights are not here, or there are too few patches.
    """
    fid_module = neural.library("torchmetrics.image.fid", "FID")
    kid_module = neural.library("torchmetrics.image.kid", "KID")
    torch: Any = import_module("torch")
    if network is None:
        neural.inception()
    feature = 2048 if network is None else network
    fid = neural.made(lambda: fid_module.FrechetInceptionDistance(feature=feature), "FID")
    counted = 0
    kept: list[tuple[Any, Any]] = []
    for pair in pairs:
        planes = [torch.tensor(np.stack(list(patches(x)))).permute(0, 3, 1, 2) for x in pair]
        counted += len(planes[0])
        kept.append((planes[0], planes[1]))
    if counted < 2:
        raise ModelError("FID and KID need at least two patches")
    kid = neural.made(
        lambda: kid_module.KernelInceptionDistance(feature=feature, subsets=_SUBSETS, subset_size=min(1000, counted)),
        "KID",
    )
    for original, decoded in kept:
        for metric in (fid, kid):
            metric.update(original, real=True)
            metric.update(decoded, real=False)
    return {"fid": float(fid.compute()), "kid": float(kid.compute()[0]), "patches": counted}


def absent() -> str | None:
    """Why FID and KID cannot be measured here; None if they can."""
    try:
        neural.library("torchmetrics.image.fid", "FID")
        neural.inception()
    except TriptychError as error:
        return str(error)
    return None


def set_lines(points: Sequence[dict[str, Any]], folder: Path, run: str, network: Any = None) -> list[dict[str, Any]]:
    """A line of results for each codec and budget, over all pictures that were kept.

    Args:
        points: lines of whole files.
        folder: that of the kept pictures.
        run: the name of the run.
        network: see `fid_and_kid`.

    Raises:
        TriptychError: as `fid_and_kid`.
    """
    groups: dict[tuple[str, str], dict[str, dict[str, Any]]] = {}
    for line in points:
        if line.get("file") and not line.get("part"):
            groups.setdefault((line["codec"], line["budget"]), {}).setdefault(line["picture"], line)
    lines = []
    for (codec, budget), files in groups.items():
        pairs = [
            (_pixels(folder / f"{line['sha256'][:12]}.webp"), _pixels(folder / line["file"])) for line in files.values()
        ]
        found = fid_and_kid(pairs, network)
        common = {"kind": "set", "run": run, "codec": codec, "budget": budget, "pictures": len(pairs)}
        lines.append(common | {name: float(f"{value:.6g}") for name, value in found.items()})
    return lines


def _pixels(path: Path) -> Bytes8:
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB"))
