"""Metrics that are networks: their code is torchmetrics' and pyiqa's, their weights are where these find them.

None is downloaded here unless `TRIPTYCH_BENCH_DOWNLOAD=1` is set: what is not on this disk is reported as absent. A
file of one's own (`from_file`) stands in for a library, as in training.
"""

from __future__ import annotations

import contextlib
import importlib.util
import io
import os
import warnings
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

from ..errors import InputError, MissingExtraError, ModelError
from ..typing import Bytes8

_DOWNLOAD = "TRIPTYCH_BENCH_DOWNLOAD"
_NETWORKS = {"squeeze": "squeezenet1_1", "alex": "alexnet", "vgg": "vgg16"}  # LPIPS' name -> torchvision's
_CLIP = "openai/clip-vit-base-patch16"
_LEAST_SIDE = 64  # pixels; smaller pictures leave nothing in the last layers

Measure = Callable[[Bytes8, Bytes8, str | None], float | None]


def from_file(path: Path) -> Measure:
    """A metric out of a Python file that has a torch module `LPIPS` (training/miniature/README.md shows one).

    It is called with two batches, float (1, 3, height, width), -1..1, and gives a distance.

    Raises:
        InputError: the file has no such module.
    """
    if not path.is_file():
        raise InputError(f"{path}: no such file")
    spec = importlib.util.spec_from_file_location("triptych_bench_metric", path)
    if spec is None or spec.loader is None:
        raise InputError(f"{path}: is not a Python file")
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
        network = module.LPIPS().eval().requires_grad_(False)
    except Exception as error:  # a stranger's code
        raise InputError(f"{path}: gives no metric: {type(error).__name__}: {error}") from error
    return _distance(network)


def lpips(network: str) -> Measure:
    """LPIPS by torchmetrics, on one of "squeeze", "alex" and "vgg"."""
    _weights(_NETWORKS[network], f"LPIPS on {network}")
    module = library("torchmetrics.image.lpip", f"LPIPS on {network}")
    return _distance(
        made(lambda: module.LearnedPerceptualImagePatchSimilarity(net_type=network), f"LPIPS on {network}")
    )


def dists() -> Measure:
    """DISTS by torchmetrics, on VGG."""
    _weights("vgg16", "DISTS")
    module = library("torchmetrics.functional.image.dists", "DISTS")
    return _distance(made(lambda: module.DISTSNetwork(), "DISTS"), unit=True)


def clip() -> Measure:
    """How well the decoded picture fits the prompt: 100 times the cosine of their embeddings, not below 0."""
    module = library("torchmetrics.multimodal.clip_score", "the CLIP score")
    transformers = library("transformers", "the CLIP score")
    torch: Any = import_module("torch")

    def load() -> tuple[Any, Any]:
        local = {"local_files_only": not downloads()}
        kinds = transformers.CLIPModel, transformers.CLIPProcessor
        return kinds[0].from_pretrained(_CLIP, **local), kinds[1].from_pretrained(_CLIP, **local)

    parts = made(load, "the CLIP score")
    score = made(lambda: module.CLIPScore(model_name_or_path=lambda: parts), "the CLIP score")

    def measure(original: Bytes8, decoded: Bytes8, prompt: str | None) -> float | None:
        if not prompt:
            return None
        score.reset()
        with torch.inference_mode():
            return float(score(torch.tensor(decoded).permute(2, 0, 1), prompt))

    return measure


def niqe() -> Measure:
    """NIQE by pyiqa."""
    module = library("pyiqa", "NIQE")
    torch: Any = import_module("torch")
    if not downloads() and not list(Path(torch.hub.get_dir()).rglob("niqe*")):
        raise ModelError(f"NIQE: its parameters are not on this disk; {_DOWNLOAD}=1 lets them be downloaded")
    score = made(lambda: module.create_metric("niqe", device="cpu"), "NIQE")

    def measure(original: Bytes8, decoded: Bytes8, prompt: str | None) -> float | None:
        if min(decoded.shape[:2]) < 2 * 96:  # two of its blocks
            return None
        with torch.inference_mode():
            return float(score(torch.tensor(decoded).permute(2, 0, 1)[None] / 255))

    return measure


def _distance(network: Any, unit: bool = False) -> Measure:
    """A network called with two batches; `unit`: in 0..1 instead of -1..1."""
    torch: Any = import_module("torch")

    def measure(original: Bytes8, decoded: Bytes8, prompt: str | None) -> float | None:
        if min(original.shape[:2]) < _LEAST_SIDE:
            return None
        scale, offset = (255.0, 0.0) if unit else (127.5, 1.0)
        planes = (torch.tensor(x).permute(2, 0, 1)[None].float() / scale - offset for x in (original, decoded))
        with torch.inference_mode():
            return float(network(*planes))

    return measure


def library(module: str, who: str) -> Any:
    """A module of an optional package.

    Raises:
        MissingExtraError: it cannot be imported.
    """
    try:
        return import_module(module)
    except Exception as error:  # also those that fail on the version of another package
        raise MissingExtraError(who, "metrics") from error


def made(make: Callable[[], Any], who: str) -> Any:
    """What `make` makes, quietly.

    Raises:
        ModelError: it fails, most often because weights are not there.
    """
    try:
        said = io.StringIO()
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return make()
    except Exception as error:
        why = " ".join(str(error).split())[:120]
        raise ModelError(f"{who}: its weights cannot be had: {why}") from error


def _weights(name: str, who: str) -> None:
    """See that torchvision has the weights of a network on this disk, or may download them.

    Raises:
        MissingExtraError, ModelError: it cannot be.
    """
    library("torchvision", who)
    torch: Any = import_module("torch")
    folder = Path(torch.hub.get_dir()) / "checkpoints"
    if not downloads() and not list(folder.glob(f"{name}-*.pth")):
        raise ModelError(f"{who}: the weights of {name} are not on this disk; {_DOWNLOAD}=1 lets them be downloaded")


def inception() -> None:
    """See that torch-fidelity's Inception is on this disk, or may be downloaded.

    Raises:
        MissingExtraError, ModelError: it cannot be.
    """
    library("torch_fidelity", "FID")
    torch: Any = import_module("torch")
    if not downloads() and not list((Path(torch.hub.get_dir()) / "checkpoints").glob("weights-inception-*.pth")):
        raise ModelError(f"FID: the weights of Inception are not on this disk; {_DOWNLOAD}=1 lets them be downloaded")


def downloads() -> bool:
    """Whether weights may be downloaded."""
    return os.environ.get(_DOWNLOAD) == "1"
