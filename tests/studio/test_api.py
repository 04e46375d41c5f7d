"""The HTTP API: the same bytes as the command line and Python, one line for what is wrong, and its bounds."""

from __future__ import annotations

import base64
import io
import json
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from starlette.testclient import TestClient

import triptych
from triptych import Picture, edit
from triptych.edit_table import EDITS
from triptych.studio import bounds
from triptych.studio.app import make_app

JSON = {"accept": "application/json"}


@pytest.fixture(scope="module")
def client(slow_decoder: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    """Asks a studio that was opened with a folder of one file."""
    folder = tmp_path_factory.mktemp("opened")
    Image.new("RGB", (32, 32), "teal").save(folder / "teal.png")
    (folder / "secret.txt").write_text("not for the page")
    with TestClient(make_app(folder, processes=1)) as asked:
        yield asked


@pytest.fixture
def png(drawing: Callable[..., Image.Image]) -> bytes:
    buffer = io.BytesIO()
    drawing(64, 48).save(buffer, "PNG")
    return buffer.getvalue()


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def test_encode_gives_the_bytes_that_python_gives(client: TestClient, png: bytes) -> None:
    """The file as the body with settings in the query, and JSON with the file as base64, say the same."""
    wanted = triptych.encode(png, max_bytes=200, prompt="a disc").to_bytes()
    plain = client.post("/api/encode", content=png, params={"max_bytes": 200, "prompt": "a disc"})
    assert plain.status_code == 200 and plain.content == wanted
    body = {"picture": _text(png), "max_bytes": 200, "prompt": "a disc", "preview": {"size": 32}}
    found = client.post("/api/encode", json=body, headers=JSON).json()
    assert base64.b64decode(found["file"]) == wanted
    assert found["info"]["bytes"] == len(wanted) and found["info"]["lines"]


def test_regions_of_interest_are_those_of_python(client: TestClient, noise: Image.Image) -> None:
    """A box that does not fit, and what is none, are told in one line."""
    buffer = io.BytesIO()
    noise.save(buffer, "PNG")
    data, given = buffer.getvalue(), {"max_bytes": 1200, "roi": "60,60,60%,60%"}
    wanted = triptych.encode(data, max_bytes=1200, roi=[(60, 60, 96, 96)]).to_bytes()
    assert client.post("/api/encode", content=data, params=given).content == wanted
    for roi, why in (
        ("600,60,700,70", "no pixel"),
        ("/etc/passwd", "boxes"),
        ("faces", "keypoints"),
        ("9" * 9999, "4096"),
    ):
        refused = client.post("/api/encode", json={"picture": _text(data), "roi": roi})
        assert refused.status_code == 400 and why in refused.json()["message"]


def test_decode_gives_the_bytes_that_python_gives(client: TestClient, file: Path) -> None:
    """Decoder, layers, size and seed do what they do in `triptych.render`."""
    data = file.read_bytes()
    given = {"decoder": "sketch", "layers": "texture,edges", "size": 40, "seed": 7}
    found = client.post("/api/decode", content=data, params=given)
    assert found.headers["content-type"] == "image/png"
    assert found.content == triptych.render(data, decoder="sketch", layers=["texture", "edges"], size=40, seed=7)
    preview = client.post("/api/decode", content=data, params={"decoder": "sketch", "format": "preview"})
    assert Image.open(io.BytesIO(preview.content)).format == "JPEG"


def test_edits_are_those_of_the_command_line(client: TestClient, file: Path, make: Callable[..., Picture]) -> None:
    """Several edits in their order, another file among them, and a budget; untouched layers keep their bytes."""
    other = make((96, 96), "a blue fox")
    edits = [["--paint", "0,0,48,48", "navy"], ["--transplant", "other.trp", "semantic"], ["--move-person", "1", "8,0"]]
    body = {"file": _text(file.read_bytes()), "edits": edits, "files": {"other.trp": _text(other.to_bytes())}}
    found = client.post("/api/edit", json=body)
    picture = edit.paint(Picture.open(file), "0,0,48,48", "navy")
    picture = edit.move_person(edit.transplant(picture, other, "semantic"), 1, "8,0")
    assert found.status_code == 200 and found.content == picture.to_bytes()
    small = client.post("/api/edit", json={**body, "max_bytes": 90})
    assert small.content == edit.thin(picture, max_bytes=90).to_bytes()
    draft = client.post("/api/preview", json={**body, "preview": {"size": 48, "layers": ["texture"]}})
    assert Image.open(io.BytesIO(draft.content)).size == (48, 48)
    assert client.post("/api/edit", json=body).content == picture.to_bytes()  # of what was painted first
    seen = client.post("/api/edit", json={**body, "preview": {"size": 32}}, headers=JSON).json()
    assert Image.open(io.BytesIO(base64.b64decode(seen["preview"]))).size == (32, 32)


def test_info_extract_and_zip(client: TestClient, file: Path) -> None:
    """What a file holds, and its layers as files."""
    data = file.read_bytes()
    assert client.post("/api/info", content=data).json() == triptych.inspect(data)
    with zipfile.ZipFile(io.BytesIO(client.post("/api/extract", content=data).content)) as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == triptych.extract(data)
    packed = client.post("/api/zip", json={"files": {"../../up.trp": _text(b"x")}}).content
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        assert not any(".." in name or name.startswith("/") for name in archive.namelist())


@pytest.mark.parametrize("format", ["webp", "jpeg"])
def test_rivals_get_as_many_bytes(client: TestClient, png: bytes, format: str) -> None:
    """Another coder's picture is no larger than what it may have; where it cannot be so small, that is said."""
    found = client.post("/api/rival", content=png, params={"max_bytes": 700, "format": format})
    assert found.status_code == 200 and len(found.content) <= 700
    assert client.post("/api/rival", content=png, params={"max_bytes": 10, "format": format}).status_code == 400


def test_the_description_names_everything(client: TestClient) -> None:
    """Every route is in it, every reference leads somewhere, every edit is named."""
    found = client.get("/api/openapi.json").json()
    api = next(route for route in client.app.routes if route.path == "/api")  # type: ignore[attr-defined]
    paths = {"/api" + route.path.replace(":int", "") for route in api.routes} - {"/api/openapi.json"}
    assert set(found["paths"]) == paths
    text = json.dumps(found)
    assert all(f"#/components/schemas/{name}" in text for name in ("Encode", "Decode", "Change", "Fault"))
    for part in text.split('"#/components/schemas/')[1:]:
        assert part.split('"')[0] in found["components"]["schemas"]
    assert all(option in found["info"]["description"] for option in EDITS)


def _bomb() -> bytes:
    """A PNG that says it has 30,000 x 30,000 pixels."""
    head = b"IHDR" + struct.pack(">IIBBBBB", 30_000, 30_000, 8, 2, 0, 0, 0)
    chunks = [head, b"IDAT" + zlib.compress(bytes(1000)), b"IEND"]
    packed = (struct.pack(">I", len(c) - 4) + c + struct.pack(">I", zlib.crc32(c)) for c in chunks)
    return b"\x89PNG\r\n\x1a\n" + b"".join(packed)


HOSTILE: dict[str, tuple[str, Any, int]] = {
    "no picture": ("encode", b"nonsense", 400),
    "empty": ("encode", b"", 400),
    "no file": ("decode", b"nonsense", 400),
    "cut": ("decode", b"\xb7TP\x01", 400),
    "a wrong query": ("decode?size=huge", b"\xb7TP", 400),
    "an unknown field": ("decode?path=/etc/passwd", b"\xb7TP", 400),
    "a decoder's path": ("decode?decoder=/tmp/x.toml", "file", 400),
    "not base64": ("edit", {"file": "%%%", "edits": []}, 400),
    "no edit": ("edit", {"file": "file", "edits": [["--format-disk"]]}, 400),
    "too few values": ("edit", {"file": "file", "edits": [["--paint", "all"]]}, 400),
    "a path as a file": ("edit", {"file": "file", "edits": [["--match", "/etc/passwd"]]}, 400),
    "a path as a colour": ("edit", {"file": "file", "edits": [["--blend", "all", "/etc/hostname", "1"]]}, 400),
    "a path as a region": ("edit", {"file": "file", "edits": [["--erase-edges", "/tmp/mask.png"]]}, 400),
    "a wrong number": ("edit", {"file": "file", "edits": [["--hue", "all", "blue"]]}, 400),
    "a picture for a file": (
        "edit",
        {"file": "file", "edits": [["--transplant", "a", "edges"]], "files": {"a": "png"}},
        400,
    ),
    "deep JSON": ("edit", b"[" * 100_000, 400),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_requests_get_one_line(client: TestClient, file: Path, png: bytes, name: str) -> None:
    """Whatever comes, the answer is an error of one line, and nothing of this computer is in it."""
    path, body, status = HOSTILE[name]
    if isinstance(body, dict):
        text = (
            json.dumps(body)
            .replace('"file": "file"', f'"file": "{_text(file.read_bytes())}"')
            .replace('"png"', f'"{_text(png)}"')
        )
        found = client.post(f"/api/{path}", content=text, headers={"content-type": "application/json"})
    else:
        found = client.post(f"/api/{path}", content=file.read_bytes() if body == "file" else body)
    message = found.json()["message"]
    assert found.status_code == status and message and "\n" not in message and "Traceback" not in message


def test_bounds_are_kept(client: TestClient, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pictures with too many pixels, bodies with too many bytes, and too many requests at once are turned away."""
    assert client.post("/api/encode", content=_bomb()).status_code == 413
    assert client.post("/api/decode", content=file.read_bytes(), params={"size": 16_000}).status_code == 413
    monkeypatch.setattr(bounds, "BODY_BYTES", 1000)
    assert client.post("/api/info", content=bytes(1001)).status_code == 413
    assert client.post("/api/info", content=iter([bytes(600), bytes(600)])).status_code == 413
    monkeypatch.setattr(bounds, "WAITING_EACH", 0)
    found = client.post("/api/info", content=file.read_bytes())
    assert found.status_code == 503 and "at once" in found.json()["message"]


def test_only_this_computer_and_this_page_may_come_in(client: TestClient) -> None:
    """Foreign names of this computer and pages of other sites are turned away; browsers are told what they may do."""
    assert client.get("/", headers={"host": "evil.example"}).status_code == 421
    assert client.get("/api/about", headers={"sec-fetch-site": "cross-site"}).status_code == 403
    page = client.get("/")
    assert page.status_code == 200 and "script-src 'self'" in page.headers["content-security-policy"]
    assert "unsafe" not in page.headers["content-security-policy"]
    assert page.headers["x-content-type-options"] == "nosniff"
    assert client.get("/js/main.js").headers["content-type"].startswith("text/javascript")
    assert client.get("/..%2f..%2fapi.py").status_code == 404 and client.get("/api/nothing").status_code == 404


def test_a_token_is_asked_for() -> None:
    """With a token the API answers to those who have it, under any name."""
    asked = TestClient(make_app(token="open sesame!"), base_url="http://studio.example")
    assert asked.get("/").status_code == 200
    assert asked.get("/api/about").status_code == 401
    assert asked.get("/api/about", headers={"authorization": "Bearer open sesame?"}).status_code == 401
    assert asked.get("/api/about", headers={"authorization": "Bearer open sesame!"}).status_code == 200


def test_the_folder_is_all_that_is_shown_of_the_disk(client: TestClient) -> None:
    """Its pictures by number, and nothing else."""
    assert [each["name"] for each in client.get("/api/folder").json()] == ["teal.png"]
    assert Image.open(io.BytesIO(client.get("/api/folder/0").content)).size == (32, 32)
    assert client.get("/api/folder/1").status_code == 400 and client.get("/api/folder/..").status_code == 404


def test_time_is_bounded(client: TestClient, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work that takes too long is ended, with its process, and the next request is answered."""
    monkeypatch.setattr(bounds, "LONG_SECONDS", 0.3)
    found = client.post("/api/decode", content=file.read_bytes(), params={"decoder": "slow"})
    assert found.status_code == 504 and "ended after 0.3 seconds" in found.json()["message"]
    assert client.post("/api/info", content=file.read_bytes()).status_code == 200
