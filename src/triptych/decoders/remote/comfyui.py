"""ComfyUI as a decoder: the layers are uploaded, a workflow is queued, its picture is fetched.

The routes are those of ComfyUI's `server.py`: POST /upload/image, GET /object_info, POST /prompt, GET /history/{id},
GET and POST /queue, POST /interrupt, GET /view; its steps come over the websocket, see `messages.py`.
"""

from __future__ import annotations

import hashlib
import time
import uuid
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from PIL import Image

from ...codec.decode import Conditioning
from ...errors import ModelError
from ...typing import Bytes8
from ..diffusion.conditions import draw, layers_of, work_size
from ..resize import resized
from .common import as_png, choice, number, open_picture, whole
from .http import MAX_PICTURE, SECONDS, RefusedError, Server, one_line
from .messages import Messages
from .waiting import Tell, end_raised, steps_shown
from .workflow import SHIPPED, Filling, Info, Workflow, area_of, facts, filled, load_workflow, output_nodes, places

ADDRESS = "http://127.0.0.1:8188"
VARIABLE = "TRIPTYCH_COMFYUI"
LINES = ("softedge", "sketch", "canny")  # ways to draw edges, see `draw`
_MULTIPLE = 8  # pixels a cell of the latent
_FIRST_WAIT, _LONGEST_WAIT = 0.1, 2.0  # seconds between two looks
_MISSES = 3  # looks at which neither queue nor history know a job, before it is given up
_TRIED = 16  # pictures of a job that are looked at, in search of one of the wanted size


class ComfyUI:
    """A running ComfyUI, and how long to wait for it.

    Args:
        address: of the program; None takes the environment's TRIPTYCH_COMFYUI, or port 8188 of this machine.
        timeout: seconds for one picture, its time in the queue included.
    """

    def __init__(self, address: str | None, timeout: float) -> None:
        self.server = Server("ComfyUI", address, VARIABLE, ADDRESS)
        self.timeout = timeout

    def info(self) -> Info:
        """What nodes there are, and what they take.

        Raises:
            ModelError: ComfyUI cannot be reached, or something else answers.
        """
        path = "/object_info"
        try:
            told = self.server.get_json(path)
        except RefusedError as error:
            raise self.server.unexpected(path) if error.status == 404 else error from None
        if not isinstance(told, dict) or "KSampler" not in told:
            raise self.server.unexpected(path)
        return {kind: one for kind, one in told.items() if isinstance(one, dict)}

    def upload(self, layer: str, pixels: Bytes8) -> str:
        """Put a picture into the folder of inputs; gives the name under which a LoadImage finds it.

        The same picture has the same name, so that painting again leaves no new file.
        """
        data = as_png(pixels)
        name = f"{layer}-{hashlib.sha256(data).hexdigest()[:16]}.png"
        fields = {"type": "input", "subfolder": "triptych", "overwrite": "true"}
        told = self.server.post_file("/upload/image", fields, name, data)
        if not isinstance(told, dict) or not isinstance(told.get("name"), str):
            raise self.server.unexpected("/upload/image")
        return f"{told['subfolder']}/{told['name']}" if told.get("subfolder") else str(told["name"])

    def run(self, workflow: Workflow, size: tuple[int, int] | None = None) -> Image.Image:
        """The picture that a workflow makes, RGB; of several the first of this size.

        Its steps are reported. Whatever ends the wait, also Ctrl-C, takes the job out of the queue or interrupts it.

        Raises:
            ModelError: it is refused, fails, takes too long, or makes no picture.
        """
        job, queued = str(uuid.uuid4()), False
        with end_raised(), Messages(self.server, job) as messages, steps_shown("ComfyUI") as tell:
            try:
                job = self._queue(workflow, job)
                queued = True
                entry = self._wait(job, messages, tell)
            except BaseException as error:
                if queued or not isinstance(error, ModelError):
                    with suppress(ModelError):
                        self._cancel(job)
                raise
        self._see_that_it_worked(entry)
        first: Image.Image | None = None
        for count, (name, subfolder, folder) in enumerate(_pictures(entry, output_nodes(workflow))):
            query = {"filename": name, "subfolder": subfolder, "type": folder}
            image = open_picture(self.server.get("/view", query, most=MAX_PICTURE), "ComfyUI")
            first = first or image
            if size is None or image.size == size:
                return image
            if count + 1 == _TRIED:
                break
        if first is None:
            raise ModelError("ComfyUI made no picture; the workflow needs a SaveImage or PreviewImage node")
        return first

    # --- parts -------------------------------------------------------------------------------------------------------

    def _queue(self, workflow: Workflow, job: str) -> str:
        """Its id; that which we give, except in versions that choose one themselves."""
        try:
            told = self.server.post_json("/prompt", {"prompt": workflow, "prompt_id": job, "client_id": job})
        except RefusedError as error:
            reasons = list(_reasons(error.answer))
            if error.status != 400 or not reasons:
                raise
            raise ModelError(f"ComfyUI refused the workflow: {'; '.join(reasons)}") from None
        if not isinstance(told, dict) or not isinstance(told.get("prompt_id"), str):
            raise self.server.unexpected("/prompt")
        return str(told["prompt_id"])

    def _wait(self, job: str, messages: Messages, tell: Tell) -> dict[str, Any]:
        """What the history says of a job, once it does."""
        until = time.monotonic() + self.timeout
        pause, misses = _FIRST_WAIT, 0
        while True:
            # While it loads models, ComfyUI may leave requests unanswered for a while.
            left = max(1.0, until - time.monotonic())
            told = self.server.get_json(f"/history/{job}", seconds=left)
            entry = told.get(job) if isinstance(told, dict) else None
            if isinstance(entry, dict):
                return entry
            running, waiting = self._jobs(left)
            misses = 0 if job in running or job in waiting else misses + 1
            if misses == _MISSES:
                raise ModelError("ComfyUI does not know the job any more; was it cleared, or ComfyUI restarted?")
            if time.monotonic() + pause > until:
                raise ModelError(
                    f"ComfyUI did not finish within {self.timeout:g} seconds; give it more with -O timeout=SECONDS"
                )
            messages.wait(pause, job, tell)
            pause = min(1.5 * pause, _LONGEST_WAIT)

    def _jobs(self, seconds: float = SECONDS) -> tuple[list[str], list[str]]:
        """The ids of the jobs that run, and of those that wait."""
        told = self.server.get_json("/queue", seconds=seconds)
        queues = [told.get(f"queue_{state}") if isinstance(told, dict) else None for state in ("running", "pending")]
        running, waiting = (
            [str(job[1]) for job in jobs if isinstance(job, list) and len(job) > 1] if isinstance(jobs, list) else []
            for jobs in queues
        )
        return running, waiting

    def _cancel(self, job: str) -> None:
        self.server.post_json("/queue", {"delete": [job]})
        # Old versions interrupt whatever runs, which may be another's job.
        if job in self._jobs()[0]:
            self.server.post_json("/interrupt", {"prompt_id": job})

    def _see_that_it_worked(self, entry: dict[str, Any]) -> None:
        status = entry.get("status")
        if not isinstance(status, dict) or status.get("status_str") != "error":
            return
        for message in status.get("messages") or []:
            name, told = message if isinstance(message, list) and len(message) == 2 else ("", {})
            if name == "execution_interrupted":
                raise ModelError("the job was interrupted in ComfyUI")
            if name == "execution_error" and isinstance(told, dict):
                where, why = told.get("node_type", "a node"), told.get("exception_message", "")
                raise ModelError(f"ComfyUI failed in {one_line(where)}: {one_line(why)}")
        raise ModelError("ComfyUI failed; look at its own messages")


def _reasons(answer: object) -> Iterator[str]:
    """Why ComfyUI refused a workflow."""
    told = answer if isinstance(answer, dict) else {}
    nodes = told.get("node_errors")
    for node in nodes.values() if isinstance(nodes, dict) else ():
        kind = node.get("class_type", "a node") if isinstance(node, dict) else "a node"
        errors = node.get("errors") if isinstance(node, dict) else None
        for error in errors if isinstance(errors, list) else ():
            if isinstance(error, dict):
                yield one_line(f"{kind}: {error.get('message', '')}, {error.get('details', '')}".rstrip(", "))
    if not nodes:
        error = told.get("error")
        said = f"{error.get('message', '')} {error.get('details', '')}" if isinstance(error, dict) else error
        if said:
            yield one_line(said)


def _pictures(entry: dict[str, Any], wanted: list[str]) -> Iterator[tuple[str, str, str]]:
    """(name, subfolder, folder) of the pictures of a job: of the wanted nodes, then saved ones, then previews."""
    outputs = entry.get("outputs")
    found: list[tuple[tuple[bool, bool], tuple[str, str, str]]] = []
    for id, output in reversed(outputs.items()) if isinstance(outputs, dict) else ():
        images = output.get("images") if isinstance(output, dict) else None
        for image in images if isinstance(images, list) else ():
            if isinstance(image, dict) and isinstance(image.get("filename"), str):
                folder = str(image.get("type") or "output")
                place = (image["filename"], str(image.get("subfolder") or ""), folder)
                found.append(((id not in wanted, folder != "output"), place))
    yield from (place for _, place in sorted(found, key=lambda one: one[0]))


class ComfyUIDecoder:
    """Paints with a running ComfyUI.

    Args:
        address: of the program; None takes the environment's TRIPTYCH_COMFYUI, or port 8188 of this machine.
        workflow: "sd15", "sdxl", or a `.json` file in API format with placeholders (see `workflow.py`).
        timeout: seconds for one picture, its time in the queue included.
        steps, guidance, strength, negative: as for the diffusion decoders; None leaves what stands in the workflow.
        checkpoint, edge_model, pose_model: names of models, or parts of them; None leaves what stands in the workflow.
        lines: how edges are drawn: "softedge", "sketch" or "canny", as the ControlNet of the workflow wants them.

    Raises:
        InputError: an option cannot be used, or the file is no workflow.
    """

    def __init__(
        self,
        address: str | None = None,
        workflow: str = "sd15",
        timeout: float | str = 600,
        steps: int | str | None = None,
        guidance: float | str | None = None,
        strength: float | str | None = None,
        negative: str | None = None,
        checkpoint: str | None = None,
        edge_model: str | None = None,
        pose_model: str | None = None,
        lines: str = "softedge",
    ) -> None:
        self._comfyui = ComfyUI(address, number("timeout", timeout, 1, 86400))
        self._name = workflow
        self._workflow = load_workflow(str(workflow))
        self._steps = None if steps is None else whole("steps", steps, 1, 1000)
        self._guidance = None if guidance is None else number("guidance", guidance, 0, 50)
        self._strength = None if strength is None else number("strength", strength, 0.01, 1)
        self._negative = negative
        models = {"checkpoint": checkpoint, "edge-model": edge_model, "pose-model": pose_model}
        self._models = {title: str(name) for title, name in models.items() if name}
        self._lines = choice("lines", lines, LINES)
        self._info: Info | None = None

    def decode(self, conditioning: Conditioning) -> Bytes8:
        """uint8 (height, width, 3), sRGB.

        Raises:
            ModelError: ComfyUI cannot be reached, lacks nodes or models (all are named), refuses, fails or is too slow.
        """
        there = [layer for layer in places(self._workflow) if layer in layers_of(conditioning)]
        drawn = {"edges": self._lines, "pose": "openpose", "colours": "smooth"}
        width, height = self._size(conditioning)
        try:
            self._filled(conditioning, dict.fromkeys(there, ""))  # asks for models before anything is uploaded
            pictures = {
                layer: self._comfyui.upload(layer, draw(conditioning, drawn[layer], width, height)) for layer in there
            }
            image = self._comfyui.run(self._filled(conditioning, pictures))
        except ModelError:
            self._info = None  # what was missing may be there the next time
            raise
        return resized(image, conditioning.width, conditioning.height)

    def settings(self, conditioning: Conditioning) -> dict[str, str]:
        """What a picture is painted with, under the names of A1111 where it has one; asks ComfyUI for its models."""
        made = self._filled(conditioning, dict.fromkeys(layers_of(conditioning), ""))
        width, height = self._size(conditioning)
        shown = self._name if self._name in SHIPPED else "own"
        return facts(made) | {"Size": f"{width}x{height}", "Triptych decoder": "comfyui", "Triptych workflow": shown}

    # --- parts -------------------------------------------------------------------------------------------------------

    def _size(self, conditioning: Conditioning) -> tuple[int, int]:
        return work_size(conditioning.width, conditioning.height, area_of(self._workflow), _MULTIPLE)

    def _filled(self, conditioning: Conditioning, pictures: dict[str, str]) -> Workflow:
        if self._info is None:
            self._info = self._comfyui.info()
        filling = Filling(
            prompt=conditioning.prompt or "",
            seed=conditioning.seed,
            size=self._size(conditioning),
            pictures=pictures,
            negative=self._negative if self._negative is not None else conditioning.negative,
            steps=self._steps,
            guidance=self._guidance,
            strength=self._strength,
            models=self._models,
        )
        return filled(self._workflow, filling, self._info)
