"""The original again, from its recipe: its whole workflow is run by ComfyUI, or its parameters by A1111's web UI.

With the same models on the same sort of device that gives the original picture, to rounding. A workflow comes from
the file and may hold any node that the program has installed; replay only files that you trust.
"""

from __future__ import annotations

import json

from PIL import Image

from ...codec.decode import Conditioning
from ...codec.picture import Picture
from ...errors import InputError, ModelError
from ...files import FileSource
from ...layers import Recipe, RecipeLayer
from ...metadata.read import png_texts
from ...typing import Bytes8
from ..resize import resized
from .a1111 import A1111
from .comfyui import ComfyUI
from .common import listed, number
from .workflow import check, parse_workflow

_NOTHING = "has no workflow and no parameters of its original; encode with recipe='full' (--recipe full) to keep them"


def regenerate(picture: Picture | FileSource, address: str | None = None, timeout: float = 600) -> Image.Image:
    """The picture that the recipe of a file makes again: RGB, of whatever size it makes.

    Args:
        picture: a `Picture`, or a `.trp` file: a path, its bytes, or a file that is open for reading bytes.
        address: of ComfyUI if the recipe holds a workflow of it, else of A1111's web UI; None takes the environment's
            TRIPTYCH_COMFYUI or TRIPTYCH_A1111, or the program's own port of this machine.
        timeout: seconds to wait for the picture.

    Raises:
        InputError: the file has no such recipe, or one that cannot be replayed.
        ModelError: the program cannot be reached, lacks nodes or models (all are named), refuses, fails or is too slow.
        DamagedError, UnsupportedError, LimitError: the file or its recipe layer cannot be read.
    """
    opened = picture if isinstance(picture, Picture) else Picture.open(picture)
    if opened.recipe is None:
        raise InputError(f"the file {_NOTHING}")
    return _replayed(opened.recipe.recipe, opened.size, address, timeout)


class RegenerateDecoder:
    """`regenerate` as a decoder; it looks at the recipe layer only.

    Args:
        address, timeout: as for `regenerate`.
    """

    def __init__(self, address: str | None = None, timeout: float | str = 600) -> None:
        self._address = address
        self._timeout = number("timeout", timeout, 1, 86400)

    def decode(self, conditioning: Conditioning) -> Bytes8:
        """uint8 (height, width, 3), sRGB; errors as for `regenerate`."""
        layer = conditioning.extra.get("recipe")
        if not isinstance(layer, RecipeLayer):
            raise InputError(f"the file {_NOTHING}")
        image = _replayed(layer.recipe, layer.size, self._address, self._timeout)
        return resized(image, conditioning.width, conditioning.height)


def _replayed(recipe: Recipe, size: tuple[int, int], address: str | None, timeout: float) -> Image.Image:
    texts = png_texts(recipe.blocks)
    if "prompt" in texts and texts["prompt"].lstrip().startswith("{"):
        comfyui = ComfyUI(address, timeout)
        workflow = parse_workflow(texts["prompt"], "the recipe's workflow")
        check(workflow, comfyui.info(), "install them")
        return comfyui.run(workflow, size)
    if "parameters" in texts:
        return _by_parameters(texts["parameters"], recipe, address, timeout)
    raise InputError(f"the file {_NOTHING}")


def _by_parameters(text: str, recipe: Recipe, address: str | None, timeout: float) -> Image.Image:
    """By the web UI, which reads the text that it wrote itself (its API calls that `infotext`)."""
    if "Denoising strength:" in text and "Hires " not in text:
        raise InputError("the recipe is that of a change to another picture (img2img), which it does not hold")
    web = A1111(address, timeout)
    # Of a checkpoint that it does not have the web UI says nothing, and paints with the one that is loaded.
    there = web.checkpoints()
    marks = [mark.lower() for mark in (recipe.model_hash, recipe.model) if mark]
    if marks and not any(mark in title.lower() for title in there for mark in marks):
        wanted = recipe.model or recipe.model_hash
        raise ModelError(f"the web UI lacks the checkpoint {wanted} (it has {listed(there)}); install it")
    image, info = web.paint("txt2img", {"infotext": text, "send_images": True, "save_images": False})
    if recipe.seed is not None and info.get("seed") != recipe.seed:
        told = json.dumps(info.get("seed"))
        raise ModelError(
            f"the web UI painted with the seed {told} instead of {recipe.seed}: it is too old to read recipes"
        )
    return image
