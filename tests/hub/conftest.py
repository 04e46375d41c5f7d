"""A cache of the hub in a temporary folder, and a hub of our own to fill it from, on this machine."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from hashlib import sha1
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from re import fullmatch

import pytest

COMMIT = "0123456789abcdef0123456789abcdef01234567"
NOWHERE = "http://127.0.0.1:9"  # the discard port: a connection is refused at once


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache, and no hub to be reached."""
    from huggingface_hub import constants

    folder = tmp_path / "hub"
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(folder))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(constants, "ENDPOINT", NOWHERE)
    monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", NOWHERE + "/{repo_id}/resolve/{revision}/{filename}")
    return folder


@pytest.fixture
def fill(cache: Path) -> Callable[..., Path]:
    """Puts copies into the cache as the hub's library lays them out; gives their snapshots."""

    def put(repo: str, files: dict[str, bytes], *, commit: str = COMMIT, branch: str = "main") -> Path:
        folder = cache / f"models--{repo.replace('/', '--')}"
        (folder / "blobs").mkdir(parents=True, exist_ok=True)
        (folder / "refs").mkdir(exist_ok=True)
        (folder / "refs" / branch).write_text(commit)
        snapshot = folder / "snapshots" / commit
        for name, data in files.items():
            blob = folder / "blobs" / sha1(data).hexdigest()
            blob.write_bytes(data)
            link = snapshot / name
            link.parent.mkdir(parents=True, exist_ok=True)
            link.symlink_to(blob)
        return snapshot

    return put


@dataclass
class Hub:
    """What our hub has: repositories as file name -> contents, and those that answer with an error code."""

    repos: dict[str, dict[str, bytes]] = field(default_factory=dict)
    refused: dict[str, tuple[int, str]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)


class _Handler(BaseHTTPRequestHandler):
    hub: Hub

    def do_HEAD(self) -> None:
        self._answer(send=False)

    def do_GET(self) -> None:
        self._answer(send=True)

    def log_message(self, *args: object) -> None:
        pass

    def _answer(self, *, send: bool) -> None:
        path = self.path.partition("?")[0].strip("/")
        self.hub.asked.append(path)
        parts = path.removeprefix("api/models/").split("/")
        repo, files = "/".join(parts[:2]), self.hub.repos.get("/".join(parts[:2]))
        commit = next((part for part in parts[2:] if fullmatch("[0-9a-f]{40}", part)), COMMIT)
        headers, data, code = {"X-Repo-Commit": commit}, b"", 200
        if path.startswith("api/") and files is None:
            code, headers["X-Error-Code"] = 404, "RepoNotFound"
        elif path.startswith("api/") and "revision" in parts and parts[-1] not in ("main", commit):
            code, headers["X-Error-Code"] = 404, "RevisionNotFound"
        elif path.startswith("api/") and "tree" in parts:
            data = json.dumps(
                [{"type": "file", "path": n, "size": len(d), "oid": sha1(d).hexdigest()} for n, d in files.items()]
            ).encode()
        elif path.startswith("api/"):
            data = json.dumps({"id": repo, "sha": commit, "siblings": [{"rfilename": n} for n in files]}).encode()
        elif repo in self.hub.refused:
            code, headers["X-Error-Code"] = self.hub.refused[repo]
        else:
            data = files["/".join(parts[4:])]
            headers["ETag"] = f'"{sha1(data).hexdigest()}"'
        self.send_response(code)
        for name, value in {**headers, "Content-Length": str(len(data))}.items():
            self.send_header(name, value)
        self.end_headers()
        if send:
            self.wfile.write(data)


@pytest.fixture
def hub(cache: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """A hub that can be reached, on the loopback interface."""
    from huggingface_hub import constants

    hub = Hub()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (_Handler,), {"hub": hub}))
    address = f"http://127.0.0.1:{server.server_port}"
    monkeypatch.setattr(constants, "ENDPOINT", address)
    monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", address + "/{repo_id}/resolve/{revision}/{filename}")
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield hub
    server.shutdown()
    thread.join()
    server.server_close()
