"""Small servers that answer as the documented APIs of ComfyUI and of A1111's web UI do."""

from __future__ import annotations

import base64
import contextlib
import email.parser
import email.policy
import hashlib
import io
import json
import struct
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from PIL import Image

from triptych.codec.decode import Conditioning
from triptych.decoders.remote import comfyui


def png(width: int, height: int, colour: tuple[int, int, int] = (10, 200, 90)) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (width, height), colour).save(buffer, "PNG")
    return buffer.getvalue()


class Program:
    """An HTTP server on a free port of this machine; subclasses answer in `get` and `post`."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.posted: list[tuple[str, Any]] = []
        self.messages: list[tuple[int, bytes]] | None = None  # (opcode, content) over the websocket, if there is one
        self.client = ""  # who has asked for them
        program = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                parts = urlsplit(self.path)
                program.asked.append(parts.path)
                query = {key: values[0] for key, values in parse_qs(parts.query).items()}
                if parts.path == "/ws" and program.messages is not None:
                    self._say(query["clientId"])
                else:
                    self._send(*program.get(parts.path, query))

            def do_POST(self) -> None:
                data = self.rfile.read(int(self.headers["Content-Length"]))
                kind = self.headers["Content-Type"]
                if kind.startswith("application/json"):
                    value = json.loads(data)
                else:
                    head = f"Content-Type: {kind}\r\n\r\n".encode()
                    form = email.parser.BytesParser(policy=email.policy.HTTP).parsebytes(head + data)
                    value = {
                        part.get_param("name", header="content-disposition"): (
                            (part.get_filename(), part.get_payload(decode=True))
                            if part.get_filename()
                            else part.get_payload(decode=True).decode()
                        )
                        for part in form.iter_parts()
                    }
                program.posted.append((self.path, value))
                self._send(*program.post(self.path, value))

            def _say(self, client: str) -> None:
                """Messages over a websocket, until the client goes."""
                key = self.headers["Sec-WebSocket-Key"] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
                self.send_response(101)
                self.send_header("Upgrade", "websocket")
                self.send_header("Connection", "Upgrade")
                self.send_header("Sec-WebSocket-Accept", base64.b64encode(hashlib.sha1(key.encode()).digest()).decode())
                self.end_headers()
                program.client = client
                for kind, data in program.messages or ():
                    self.wfile.write(struct.pack(">BBH", 0x80 | kind, 126, len(data)) + data)
                with contextlib.suppress(OSError):
                    self.rfile.read()

            def _send(self, status: int, answer: Any = b"") -> None:
                data = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Type", "image/png" if data[:4] == b"\x89PNG" else "application/json")
                if status == 302:
                    self.send_header("Location", "http://127.0.0.1:9/")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *_: object) -> None: ...

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = False
        self.address = f"http://127.0.0.1:{self.server.server_address[1]}"
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01})
        self.thread.start()

    def close(self) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()

    def get(self, path: str, query: dict[str, str]) -> tuple[Any, ...]:
        return 404, {"error": "not found"}

    def post(self, path: str, value: Any) -> tuple[Any, ...]:
        return 404, {"error": "not found"}


def _node(
    required: dict[str, Any], output: list[str], optional: dict[str, Any] | None = None, end: bool = False
) -> Any:
    inputs = {"required": required} | ({"optional": optional} if optional else {})
    return {"input": inputs, "output": output, "output_node": end}


class ComfyUI(Program):
    """Validates workflows and runs them after a few looks at the queue."""

    def __init__(self) -> None:
        super().__init__()
        text, number = ["STRING", {}], ["INT", {}]
        self.checkpoints = ["SD1.5\\v1-5-pruned-emaonly-fp16.safetensors", "sd_xl_base_1.0.safetensors"]
        self.controlnets = [
            "control_v11p_sd15_openpose_fp16.safetensors",
            "control_v11p_sd15_softedge_fp16.safetensors",
            "controlnet-union-sdxl-1.0_promax.safetensors",
        ]
        both = {"positive": ["CONDITIONING"], "negative": ["CONDITIONING"]}
        self.info: dict[str, Any] = {
            "CheckpointLoaderSimple": _node({"ckpt_name": [self.checkpoints, {}]}, ["MODEL", "CLIP", "VAE"]),
            "CLIPTextEncode": _node({"text": text, "clip": ["CLIP"]}, ["CONDITIONING"]),
            "LoadImage": _node({"image": [["example.png"], {"image_upload": True}]}, ["IMAGE", "MASK"]),
            # As newer versions tell lists.
            "ControlNetLoader": _node({"control_net_name": ["COMBO", {"options": self.controlnets}]}, ["CONTROL_NET"]),
            "SetUnionControlNetType": _node(
                {"control_net": ["CONTROL_NET"], "type": [["auto", "openpose", "hed/pidi/scribble/ted"]]},
                ["CONTROL_NET"],
            ),
            "ControlNetApplyAdvanced": _node(
                {**both, "control_net": ["CONTROL_NET"], "image": ["IMAGE"], "strength": ["FLOAT", {}]},
                ["CONDITIONING", "CONDITIONING"],
                {"vae": ["VAE"]},
            ),
            "VAEEncode": _node({"pixels": ["IMAGE"], "vae": ["VAE"]}, ["LATENT"]),
            "EmptyLatentImage": _node({"width": number, "height": number, "batch_size": number}, ["LATENT"]),
            "KSampler": _node(
                {"model": ["MODEL"], "seed": number, "sampler_name": [["euler", "dpmpp_2m"]], **both}
                | {"latent_image": ["LATENT"], "denoise": ["FLOAT", {}]},
                ["LATENT"],
            ),
            "VAEDecode": _node({"samples": ["LATENT"], "vae": ["VAE"]}, ["IMAGE"]),
            "PreviewImage": _node({"images": ["IMAGE"]}, [], end=True),
            "SaveImage": _node({"images": ["IMAGE"], "filename_prefix": text}, [], end=True),
        }
        self.files: dict[str, bytes] = {}
        self.looks = 2  # at the queue, until a job is done
        self.queue: list[list[Any]] = []
        self.history: dict[str, Any] = {}
        self.failure: list[Any] | None = None
        self.size = (512, 384)

    @property
    def workflow(self) -> dict[str, Any]:
        """The last one that was queued."""
        return next(value["prompt"] for path, value in reversed(self.posted) if path == "/prompt")

    def get(self, path: str, query: dict[str, str]) -> tuple[Any, ...]:
        if path == "/object_info":
            return 200, self.info
        if path == "/queue":
            self.looks -= 1
            if self.looks <= 0:
                self._finish()
            return 200, {"queue_running": self.queue[:1], "queue_pending": self.queue[1:]}
        if path.startswith("/history/"):
            job = path.rpartition("/")[2]
            return 200, {job: self.history[job]} if job in self.history else {}
        if path == "/view":
            return 200, png(*(self.size if query["type"] == "output" else (512, 384)))
        return super().get(path, query)

    def post(self, path: str, value: Any) -> tuple[Any, ...]:
        if path == "/upload/image":
            name, data = value["image"]
            self.files[f"{value['subfolder']}/{name}"] = data
            return 200, {"name": name, "subfolder": value["subfolder"], "type": "input"}
        if path == "/prompt":
            return self._queue(value)
        if path == "/queue":
            self.queue = [job for n, job in enumerate(self.queue) if n == 0 or job[1] not in value["delete"]]
        return 200, b""

    def _queue(self, value: Any) -> tuple[Any, ...]:
        errors: dict[str, Any] = {}
        for id, node in value["prompt"].items():
            kind = node["class_type"]
            if kind not in self.info:
                error = {"type": "missing_node_type", "message": f"Node '{kind}' not found.", "details": f"#{id}"}
                return 400, {"error": error, "node_errors": {}}
            found = []
            for key, spec in self.info[kind]["input"]["required"].items():
                given = node["inputs"].get(key)
                if isinstance(given, list):
                    other = value["prompt"].get(given[0], {"class_type": None})
                    if self.info.get(other["class_type"], {"output": []})["output"][given[1] :][:1] != [spec[0]]:
                        found.append({"message": "Return type mismatch", "details": key})
                elif given is None and spec[0] in ("IMAGE", "LATENT", "CONDITIONING", "CONTROL_NET", "MODEL"):
                    found.append({"message": "Required input is missing", "details": key})
                elif kind == "LoadImage" and given not in self.files:
                    found.append({"message": "Custom validation failed", "details": f"Invalid image file: {given}"})
                elif key == "sampler_name" and given not in spec[0]:
                    found.append({"message": "Value not in list", "details": f"{key}: {given!r} not in {spec[0]}"})
            if found:
                errors[id] = {"class_type": kind, "errors": found, "dependent_outputs": []}
        if errors:
            failed = {"type": "prompt_outputs_failed_validation", "message": "Prompt outputs failed validation"}
            return 400, {"error": failed, "node_errors": errors}
        self.queue.append([len(self.queue), value["prompt_id"], value["prompt"], {}, []])
        return 200, {"prompt_id": value["prompt_id"], "number": 1, "node_errors": {}}

    def _finish(self) -> None:
        for _, job, workflow, *_ in self.queue:
            status = {"status_str": "success", "completed": True, "messages": []}
            if self.failure is not None:
                status = {"status_str": "error", "completed": False, "messages": [self.failure]}
            outputs = {}
            for id, node in workflow.items():
                folder = {"PreviewImage": "temp", "SaveImage": "output"}.get(node["class_type"])
                if folder and self.failure is None:
                    outputs[id] = {"images": [{"filename": f"a b {id}.png", "subfolder": "", "type": folder}]}
            self.history[job] = {"prompt": [], "outputs": outputs, "status": status}
        self.queue.clear()


class WebUI(Program):
    """Paints at once."""

    def __init__(self) -> None:
        super().__init__()
        self.models: list[str] | None = [
            "control_v11p_sd15_softedge [a8575a2a]",
            "control_v11p_sd15_openpose [cab727d4]",
        ]
        self.api = True
        self.seed: int | None = None
        self.steps: list[dict[str, Any]] = []  # what the state is at each look, while it paints
        self.painted = threading.Event()
        self.painted.set()

    def get(self, path: str, query: dict[str, str]) -> tuple[Any, ...]:
        if path == "/sdapi/v1/sd-models" and self.api:
            return 200, [{"title": "dreamshaper_8.safetensors [879db523c3]", "model_name": "dreamshaper_8"}]
        if path == "/controlnet/model_list" and self.models is not None:
            return 200, {"model_list": self.models}
        if path == "/sdapi/v1/progress" and self.steps:
            state = self.steps.pop(0)
            if not self.steps:
                self.painted.set()
            return 200, {"progress": 0.5, "state": state}
        if path == "/sdapi/v1/progress":
            threading.Timer(0.05, self.painted.set).start()
        return super().get(path, query)

    def post(self, path: str, value: Any) -> tuple[Any, ...]:
        if path in ("/sdapi/v1/txt2img", "/sdapi/v1/img2img"):
            if value.get("sampler_name") == "none":
                return 404, {"error": "HTTPException", "detail": "Sampler not found", "body": "", "errors": ""}
            self.painted.wait(10)
            size = value.get("width", 512), value.get("height", 384)
            info = json.dumps({"seed": self.seed if self.seed is not None else value.get("seed")})
            return 200, {"images": [base64.b64encode(png(*size)).decode()], "parameters": {}, "info": info}
        if path == "/sdapi/v1/interrupt":
            self.painted.set()
        return 200, {}


@pytest.fixture
def comfy(monkeypatch: pytest.MonkeyPatch) -> Iterator[ComfyUI]:
    monkeypatch.setattr(comfyui, "_FIRST_WAIT", 0.001)
    program = ComfyUI()
    yield program
    program.close()


@pytest.fixture
def web() -> Iterator[WebUI]:
    program = WebUI()
    yield program
    program.close()


@pytest.fixture
def conditioning() -> Conditioning:
    """All layers of a picture of 96 x 72 pixels."""
    edges = np.zeros((24, 32), bool)
    edges[12, 4:28] = True
    person = np.full((1, 18, 2), np.nan)
    person[0, :4] = [[0.5, 0.2], [0.5, 0.4], [0.4, 0.4], [0.35, 0.6]]
    colours = np.full((3, 4, 3), (200, 40, 30), np.uint8)
    return Conditioning(96, 72, prompt='a "red" cat', edges=edges, people=person, colours=colours, seed=7)
