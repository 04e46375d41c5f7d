"""How long the studio takes from a stroke to its first painting: `python benchmarks/studio_latency.py PICTURE`.

For the picture at 512 x 512 and at 1024 x 1024 pixels it draws lines one after the other and asks, as the page does,
for the new file with a small sketch in the same answer. Printed is the median over HTTP on this computer, and of the
processor time that the same work takes in one thread, which other programs on the computer disturb less.
"""

from __future__ import annotations

import argparse
import base64
import statistics
import time
from pathlib import Path

from PIL import Image
from starlette.testclient import TestClient

import triptych
from triptych.studio import work
from triptych.studio.app import make_app
from triptych.studio.messages import Change, Preview


def strokes(size: int, times: int) -> list[list[str]]:
    return [["--draw", f"{10 + 20 * i},{size // 4} {size // 2},{size // 3 + 9 * i}", "0"] for i in range(times + 1)]


def over_http(client: TestClient, file: bytes, edits: list[list[str]]) -> list[float]:
    found = []
    for edit in edits:
        body = {"file": base64.b64encode(file).decode(), "edits": [edit], "preview": {}}
        start = time.perf_counter()
        answer = client.post("/api/edit", json=body, headers={"accept": "application/json"})
        found.append(time.perf_counter() - start)
        file = base64.b64decode(answer.json()["file"])
    return found[1:]  # the first one unpacks all layers


def of_the_processor(file: bytes, edits: list[list[str]]) -> list[float]:
    found = []
    for edit in edits:
        start = time.process_time()
        file = work.do_change(Change(file=file, edits=[edit], preview=Preview())).file
        found.append(time.process_time() - start)
    return found[1:]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("picture", type=Path)
    parser.add_argument("--times", type=int, default=9)
    args = parser.parse_args()
    image = Image.open(args.picture).convert("RGB")
    with TestClient(make_app(processes=1)) as client:
        for size in (512, 1024):
            picture = triptych.encode(image.resize((size, size), Image.Resampling.LANCZOS), prompt="a picture")
            edits = strokes(size, args.times)
            http = statistics.median(over_http(client, picture.to_bytes(), edits))
            cpu = statistics.median(of_the_processor(picture.to_bytes(), edits))
            took = f"{http * 1000:.0f} ms over HTTP, {cpu * 1000:.0f} ms of the processor"
            print(f"{size} x {size}, {len(picture.to_bytes())} bytes: {took}")


if __name__ == "__main__":
    main()
