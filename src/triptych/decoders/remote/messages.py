"""What ComfyUI says of a job while it runs, over its websocket: `/ws` of its `server.py`, sent by its `main.py`."""

from __future__ import annotations

import json
import time
from contextlib import suppress
from types import TracebackType
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from .http import Server
from .waiting import Tell

if TYPE_CHECKING:
    from websocket import WebSocket

_CONNECT = 5.0  # seconds


class Messages:
    """The messages to one client; nothing is heard where ComfyUI has no websocket or the library is not installed.

    Args:
        client: the id with which the job is queued: its steps are told to this client alone.
    """

    def __init__(self, server: Server, client: str) -> None:
        self._socket: WebSocket | None = None
        try:
            import websocket
        except ImportError:
            return
        with suppress(websocket.WebSocketException, OSError, ValueError):
            self._socket = websocket.create_connection(
                "ws" + server.shown.removeprefix("http") + "/ws?" + urlencode({"clientId": client}),
                timeout=_CONNECT,
                header=server.headers,
                suppress_origin=True,
                redirect_limit=0,
                http_no_proxy=["*"] if server.loopback else None,
            )

    def __enter__(self) -> Messages:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._close()

    def wait(self, seconds: float, job: str, tell: Tell) -> None:
        """Tell the steps of a job for so long, or until ComfyUI says that it has ended."""
        until = time.monotonic() + seconds
        while self._socket is not None and (left := until - time.monotonic()) > 0:
            import websocket

            try:
                self._socket.settimeout(left)
                kind, data = self._socket.recv_data()
            except websocket.WebSocketTimeoutException:
                return
            except (websocket.WebSocketException, OSError, ValueError):
                self._close()
                break
            if kind == websocket.ABNF.OPCODE_CLOSE:
                self._close()
            elif kind == websocket.ABNF.OPCODE_TEXT and _has_ended(data, job, tell):
                return
        time.sleep(max(0.0, until - time.monotonic()))

    def _close(self) -> None:
        if self._socket is not None:
            self._socket.shutdown()  # type: ignore[no-untyped-call]
            self._socket = None


def _has_ended(data: bytes, job: str, tell: Tell) -> bool:
    """Whether a message says that the job has ended; one of its steps is told."""
    try:
        said = json.loads(data)
    except (ValueError, RecursionError):
        return False
    about = said.get("data") if isinstance(said, dict) else None
    if not isinstance(about, dict) or about.get("prompt_id", job) != job:  # old versions name no job
        return False
    if said.get("type") == "progress":
        tell(about.get("value"), about.get("max"))
    return said.get("type") == "executing" and "node" in about and about["node"] is None
