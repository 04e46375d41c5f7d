"""The web UI of A1111, or Forge, as a decoder: its HTTP API with the units of the ControlNet extension.

The routes are those of the web UI's `modules/api/api.py` (POST /sdapi/v1/txt2img and img2img, GET /sdapi/v1/sd-models,
GET /sdapi/v1/progress, POST /sdapi/v1/interrupt) and of the extension's `scripts/api.py` (GET /controlnet/model_list).
"""

from __future__ import annotations

import base64
import json
import threading
from concurrent.futures import Future, wait
from contextlib import suppress
from typing import Any

from PIL import Image

from ...codec.decode import Conditioning
from ...errors import ModelError
from ...typing import Bytes8
from ..diffusion.conditions import draw, layers_of, work_size
from ..resize import resized
from .common import as_png, choice, like_name, listed, number, open_picture, whole
from .http import MAX_PICTURE, RefusedError, Server, one_line
from .waiting import Tell, end_raised, steps_shown

ADDRESS = "http://127.0.0.1:7860"
VARIABLE = "TRIPTYCH_A1111"
# Family of models -> area in pixels, guidance, ControlNets for edges and pose with their weights.
_FAMILIES: dict[str, tuple[int, float, dict[str, tuple[str, float]]]] = {
    "sd15": (
        512 * 512,
        7.0,
        {"edges": ("control_v11p_sd15_softedge", 0.9), "pose": ("control_v11p_sd15_openpose", 1.0)},
    ),
    "sdxl": (1024 * 1024, 6.0, {"edges": ("sargezt_xl_softedge", 0.8), "pose": ("thibaud_xl_openpose", 0.9)}),
}
_STRENGTH = 0.88
_NEGATIVE = "blurry, low quality, watermark"
_MULTIPLE = 8
_LOOK = 0.5  # seconds between two looks at the steps; for each the web UI may make a preview
_PATIENCE = 5.0  # seconds for such a look


class A1111:
    """A running web UI, and how long to wait for it.

    Args:
        address: of the program; None takes the environment's TRIPTYCH_A1111, or port 7860 of this machine.
        timeout: seconds for one picture.
    """

    def __init__(self, address: str | None, timeout: float) -> None:
        self.server = Server("the web UI", address, VARIABLE, ADDRESS)
        self.timeout = timeout

    def controlnets(self) -> list[str] | None:
        """The models of the ControlNet extension; None if it is not installed."""
        try:
            told = self.server.get_json("/controlnet/model_list")
        except RefusedError as error:
            if error.status == 404:
                return None
            raise
        names = told.get("model_list") if isinstance(told, dict) else None
        if not isinstance(names, list):
            raise self.server.unexpected("/controlnet/model_list")
        return [name for name in names if isinstance(name, str) and name != "None"]

    def checkpoints(self) -> list[str]:
        """The titles of the checkpoints.

        Raises:
            ModelError: the program cannot be reached, or its API is off.
        """
        path = "/sdapi/v1/sd-models"
        try:
            told = self.server.get_json(path)
        except RefusedError as error:
            if error.status == 404:
                raise ModelError(f"{self.server.shown} has no API; start the web UI with --api") from None
            raise
        if not isinstance(told, list):
            raise self.server.unexpected(path)
        return [model["title"] for model in told if isinstance(model, dict) and isinstance(model.get("title"), str)]

    def paint(self, route: str, request: dict[str, Any]) -> tuple[Image.Image, dict[str, Any]]:
        """(the picture that "txt2img" or "img2img" makes, RGB; what the web UI says of it).

        Its steps are reported. Whatever ends the wait, also Ctrl-C, interrupts it.

        Raises:
            ModelError: it is refused, fails, or takes too long.
        """
        path = f"/sdapi/v1/{route}"
        with end_raised():
            try:
                told = self._post(path, request)
            except RefusedError as error:
                answer = error.answer if isinstance(error.answer, dict) else {}
                said = " ".join(str(answer[key]) for key in ("error", "detail", "errors") if answer.get(key))
                raise ModelError(f"the web UI refused to paint: {one_line(said or error)}") from None
            except BaseException:  # also when it takes too long: nobody waits for the rest
                with suppress(ModelError):
                    self.server.post_json("/sdapi/v1/interrupt", {})
                raise
        images = told.get("images") if isinstance(told, dict) else None
        if not isinstance(images, list) or not images or not isinstance(images[0], str):
            raise ModelError("the web UI made no picture; look at its own messages")
        try:
            data = base64.b64decode(images[0].rpartition(",")[2])
            info = json.loads(told["info"]) if isinstance(told.get("info"), str) else {}
        except (ValueError, RecursionError):
            raise self.server.unexpected(path) from None
        return open_picture(data, "the web UI"), info if isinstance(info, dict) else {}

    def _post(self, path: str, request: dict[str, Any]) -> Any:
        """The answer, for which a thread waits, while this one tells the steps and hears Ctrl-C."""
        answer: Future[Any] = Future()

        def post() -> None:
            try:
                answer.set_result(self.server.post_json(path, request, most=MAX_PICTURE, seconds=self.timeout))
            except BaseException as error:
                answer.set_exception(error)

        with steps_shown("the web UI") as tell:
            threading.Thread(target=post, daemon=True).start()
            tells = True
            while not wait([answer], timeout=_LOOK).done:
                tells = tells and self._tell(tell)
        return answer.result()

    def _tell(self, tell: Tell) -> bool:
        """Tell at which step the web UI is, of this job or one before it; False if it never says."""
        try:
            told = self.server.get_json("/sdapi/v1/progress?skip_current_image=true", seconds=_PATIENCE)
        except RefusedError:
            return False
        except ModelError:  # it is busy
            return True
        state = told.get("state") if isinstance(told, dict) else None
        if isinstance(state, dict) and state.get("job_count") not in (None, 0, -1):  # else nothing is painted now
            tell(state.get("sampling_step"), state.get("sampling_steps"))
        return True


class A1111Decoder:
    """Paints with a running A1111 web UI or Forge: edges and pose by ControlNets, starting from the colours.

    Args:
        address: of the program; None takes the environment's TRIPTYCH_A1111, or port 7860 of this machine.
        family: "sd15" or "sdxl": what the checkpoint is.
        timeout: seconds for one picture.
        steps, guidance, strength, negative, sampler: how to paint.
        checkpoint: a name, or a part of one; None takes the one that is loaded.
        edge_model, pose_model: ControlNets, names or parts of them.
        lines: how edges are drawn: "softedge", "sketch" or "canny", as the ControlNet wants them.

    Raises:
        InputError: an option cannot be used.
    """

    def __init__(
        self,
        address: str | None = None,
        family: str = "sd15",
        timeout: float | str = 600,
        steps: int | str = 25,
        guidance: float | str | None = None,
        strength: float | str = _STRENGTH,
        negative: str | None = None,
        sampler: str = "Euler",
        checkpoint: str | None = None,
        edge_model: str | None = None,
        pose_model: str | None = None,
        lines: str = "softedge",
    ) -> None:
        self._web = A1111(address, number("timeout", timeout, 1, 86400))
        self._family = choice("family", family, list(_FAMILIES))
        self._area, usual, guides = _FAMILIES[self._family]
        self._steps = whole("steps", steps, 1, 150)
        self._guidance = usual if guidance is None else number("guidance", guidance, 1, 30)
        self._strength = number("strength", strength, 0.01, 1)
        self._negative, self._sampler, self._checkpoint = negative, str(sampler), checkpoint
        named = {"edges": edge_model, "pose": pose_model}
        self._guides = {layer: (named[layer] or name, weight) for layer, (name, weight) in guides.items()}
        self._drawn = {"edges": choice("lines", lines, ("softedge", "sketch", "canny")), "pose": "openpose"}

    def decode(self, conditioning: Conditioning) -> Bytes8:
        """uint8 (height, width, 3), sRGB.

        Raises:
            ModelError: the web UI cannot be reached, lacks the extension or models (all are named), or fails.
        """
        models = self._models(conditioning)
        width, height = self._size(conditioning)
        units = [
            {
                "enabled": True,
                "module": "none",
                "model": models[layer],
                "weight": self._guides[layer][1],
                "image": _base64(draw(conditioning, self._drawn[layer], width, height)),
                "pixel_perfect": True,
                "save_detected_map": False,
            }
            for layer in self._guides
            if layer in models
        ]
        request: dict[str, Any] = {
            "prompt": conditioning.prompt or "",
            "negative_prompt": self._negative_of(conditioning),
            "seed": conditioning.seed,
            "steps": self._steps,
            "cfg_scale": self._guidance,
            "sampler_name": self._sampler,
            "width": width,
            "height": height,
            "send_images": True,
            "save_images": False,
        }
        if units:
            request["alwayson_scripts"] = {"controlnet": {"args": units}}
        if "checkpoint" in models:
            request["override_settings"] = {"sd_model_checkpoint": models["checkpoint"]}
        route = "txt2img"
        if "colours" in layers_of(conditioning):
            route = "img2img"
            start = _base64(draw(conditioning, "smooth", width, height))
            request |= {"init_images": [start], "denoising_strength": self._strength}
        image, _ = self._web.paint(route, request)
        return resized(image, conditioning.width, conditioning.height)

    def settings(self, conditioning: Conditioning) -> dict[str, str]:
        """What a picture is painted with, under the names of A1111; asks the web UI for its models."""
        models = self._models(conditioning)
        width, height = self._size(conditioning)
        found = {
            "Steps": str(self._steps),
            "Sampler": self._sampler,
            "CFG scale": f"{self._guidance:g}",
            "Seed": str(conditioning.seed),
            "Size": f"{width}x{height}",
        }
        if "checkpoint" in models:
            found["Model"] = models["checkpoint"]
        if "colours" in layers_of(conditioning):
            found["Denoising strength"] = f"{self._strength:g}"
        if negative := self._negative_of(conditioning):
            found["Negative prompt"] = negative
        found |= {f"Triptych {layer}": models[layer] for layer in self._guides if layer in models}
        return found | {"Triptych decoder": "a1111"}

    def _negative_of(self, conditioning: Conditioning) -> str:
        """That of the options, else of the file's original, else ours."""
        return str(self._negative) if self._negative is not None else conditioning.negative or _NEGATIVE

    def _size(self, conditioning: Conditioning) -> tuple[int, int]:
        return work_size(conditioning.width, conditioning.height, self._area, _MULTIPLE)

    def _models(self, conditioning: Conditioning) -> dict[str, str]:
        """ "checkpoint", "edges", "pose", as far as they are needed -> names in the web UI's lists.

        Raises:
            ModelError: some are not there; the message names all of them.
        """
        there = self._web.checkpoints()
        found: dict[str, str] = {}
        missing: list[str] = []

        def find(what: str, wanted: str, names: list[str], where: str) -> None:
            name = like_name(wanted, names)
            if name is None:
                missing.append(f"{where} {wanted} (it has {listed(names)})")
            else:
                found[what] = name

        if self._checkpoint is not None:
            find("checkpoint", str(self._checkpoint), there, "the checkpoint")
        guides = [layer for layer in self._guides if layer in layers_of(conditioning)]
        names = self._web.controlnets() if guides else []
        if names is None:
            missing.append("the ControlNet extension (sd-webui-controlnet; Forge has it built in)")
        else:
            for layer in guides:
                find(layer, self._guides[layer][0], names, "the ControlNet")
        if missing:
            raise ModelError(
                f"the web UI at {self._web.server.shown} lacks {'; '.join(missing)}; install what is missing, name "
                "others (-O checkpoint=, edge_model=, pose_model=), or leave the layers out"
            )
        return found


def _base64(pixels: Bytes8) -> str:
    return base64.b64encode(as_png(pixels)).decode("ascii")
