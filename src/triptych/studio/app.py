"""The studio as one ASGI application, and a server for it."""

from __future__ import annotations

import contextlib
import mimetypes
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.responses import Response
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from ..errors import InputError, TriptychError
from .api import Api, fault
from .folder import Folder
from .guard import Guard
from .pool import Pool

STATIC = Path(__file__).with_name("static")
# Computers differ in what they take these endings for; browsers want scripts to be scripts.
TYPES = {".js": "text/javascript", ".css": "text/css", ".webp": "image/webp", ".trp": "application/octet-stream"}


class Page(StaticFiles):
    """The files of the page."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        return await super().get_response("index.html" if path == "." else path, scope)


def make_app(
    path: Path | None = None,
    *,
    token: str | None = None,
    decoder: str = "miniature",
    options: tuple[tuple[str, Any], ...] = (),
    processes: int | None = None,
) -> Starlette:
    """The application.

    Args:
        path: a file or folder to open.
        token: what requests to the API have to bring; without one only loopback is answered.
        decoder, options: what paints unless a request says otherwise.
        processes: for quick work; by default one per core, 2 to 4.
    """
    for ending, kind in TYPES.items():
        mimetypes.add_type(kind, ending)
    folder = Folder.open(path)
    pool = Pool(processes)
    api = Api(pool, folder, decoder, options)

    @contextlib.asynccontextmanager
    async def life(app: Starlette) -> AsyncIterator[None]:
        pool.warm()
        yield
        pool.close()

    return Starlette(
        routes=[Mount("/api", routes=api.routes()), Mount("/", Page(directory=STATIC))],
        middleware=[Middleware(Guard, token=token)],
        exception_handlers={TriptychError: fault, HTTPException: fault, Exception: fault},
        lifespan=life,
    )


def bind(host: str, port: int) -> socket.socket:
    """A socket to listen on; port 0 takes one that is free.

    Raises:
        InputError: it cannot be had.
    """
    found = None
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        found = socket.socket(family, kind, protocol)
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        found.bind(address)
    except OSError as error:
        if found is not None:
            found.close()
        reason = error.strerror or error
        raise InputError(f"the studio cannot listen on {host}, port {port}: {reason}; try another --port") from error
    return found


def serve(app: Starlette, listening: socket.socket) -> None:
    """Answer requests until the process is told to end."""
    import uvicorn

    config = uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=2, server_header=False)
    uvicorn.Server(config).run(sockets=[listening])
