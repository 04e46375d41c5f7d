"""How long the studio takes from a stroke to its first painting: `python benchmarks/studio_latency.py PICTURE`.

For the picture at 512 x 512 and at 1024 x 1024 pixels it draws lines one after the other and asks, as the page does,
for a small sketch first and for the new file afterwards. Printed are medians: until the sketch is there over HTTP, from
a server on this computer; until the file is there, too; and of the processor time that the same work takes in one
thread, which other programs on the computer disturb less.
"""

from __future__ import annotations

import argparse
import base64
import contextlib
import http.client
import json
import statistics
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import uvicorn
from PIL import Image

import triptych
from triptych.studio import work
from triptych.studio.app import bind, make_app
from triptych.studio.messages import Change, Preview


def strokes(size: int, times: int) -> list[list[str]]:
    return [["--draw", f"{10 + 20 * i},{size // 4} {size // 2},{size // 3 + 9 * i}", "0"] for i in range(times + 2)]


def asked(client: http.client.HTTPConnection, path: str, message: dict[str, Any]) -> bytes:
    client.request(
        "POST", path, json.dumps(message), {"content-type": "application/json", "accept": "application/json"}
    )
    answer = client.getresponse()
    data = answer.read()
    if answer.status != 200:
        raise SystemExit(f"{path}: {data.decode()}")
    return data


def over_http(client: http.client.HTTPConnection, file: bytes, edits: list[list[str]]) -> list[tuple[float, float]]:
    found = []
    for edit in edits:
        start = time.perf_counter()
        change = {"file": base64.b64encode(file).decode(), "edits": [edit]}
        asked(client, "/api/preview", {**change, "preview": {}})
        painted = time.perf_counter() - start
        answer = json.loads(asked(client, "/api/edit", change))
        found.append((painted, time.perf_counter() - start))
        file = base64.b64decode(answer["file"])
    return found[2:]  # the first ones unpack all layers and load what is needed


def of_the_processor(file: bytes, edits: list[list[str]]) -> list[tuple[float, float]]:
    found = []
    for edit in edits:
        start = time.process_time()
        change = Change(file=file, edits=[edit], preview=Preview())
        work.do_preview(change)
        painted = time.process_time() - start
        file = work.do_change(Change(file=file, edits=[edit])).file
        found.append((painted, time.process_time() - start))
    return found[2:]


@contextlib.contextmanager
def studio() -> Iterator[int]:
    """The port of a studio on this computer."""
    listening = bind("127.0.0.1", 0)
    server = uvicorn.Server(uvicorn.Config(make_app(), log_level="warning"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield listening.getsockname()[1]
    server.should_exit = True
    thread.join(30)


def told(found: list[tuple[float, float]]) -> str:
    return " / ".join(f"{statistics.median(times) * 1000:.0f}" for times in zip(*found, strict=True))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("picture", type=Path)
    parser.add_argument("--times", type=int, default=9)
    args = parser.parse_args()
    image = Image.open(args.picture).convert("RGB")
    with studio() as port:
        for size in (512, 1024):
            picture = triptych.encode(image.resize((size, size), Image.Resampling.LANCZOS), prompt="a picture")
            edits = strokes(size, args.times)
            client = http.client.HTTPConnection("127.0.0.1", port)
            waited = told(over_http(client, picture.to_bytes(), edits))
            cpu = told(of_the_processor(picture.to_bytes(), edits))
            took = f"{waited} ms over HTTP, {cpu} ms of the processor"
            print(f"{size} x {size}, {len(picture.to_bytes())} bytes, sketch / sketch and file: {took}")


if __name__ == "__main__":
    main()
