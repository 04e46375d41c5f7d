"""The HTTP API: `POST /api/encode`, `/decode`, `/edit`, `/info` and what the page needs besides.

A request is JSON with files as base64; or, where it is one file and some settings, the file itself as the body and the
settings in the query: `curl --data-binary @cat.png 'localhost:8600/api/encode?max_bytes=655' -o cat.trp`. The answer is
the file itself, or JSON if the request says `Accept: application/json`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, TypeVar

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from ..codec.decode import decoder_names
from ..edit_table import GROUPS
from ..errors import BudgetError, InputError, LimitError, MissingExtraError, ModelError, TriptychError
from ..version import __version__
from . import bounds, work
from .folder import Folder
from .messages import Archive, Change, Decode, Edited, Encode, Extract, Fault, Inspect, Rival
from .openapi import describe
from .pool import BusyError, EndedError, Pool

T = TypeVar("T")

EMBEDDED = ("miniature", "sketch")
STREAM, ZIP = "application/octet-stream", "application/zip"
STATUS: dict[type[TriptychError], int] = {
    BudgetError: 422,
    LimitError: 413,
    MissingExtraError: 501,
    ModelError: 503,
    BusyError: 503,
    EndedError: 504,
}


@dataclass(frozen=True)
class Api:
    """The answers of a studio.

    Attributes:
        pool: what does the work.
        folder: the files that the studio was opened with.
        decoder: what paints unless a request says otherwise; `options` are for it.
    """

    pool: Pool
    folder: Folder
    decoder: str = "miniature"
    options: tuple[tuple[str, Any], ...] = ()

    def routes(self) -> list[Route]:
        """All paths, below /api."""
        post: dict[str, Callable[[Request], Awaitable[Response]]] = {
            "encode": self.encode, "decode": self.decode, "preview": self.preview, "edit": self.edit, "info": self.info,
            "extract": self.extract, "rival": self.rival, "zip": self.zip,
        }  # fmt: skip
        return [
            *(Route(f"/{name}", call, methods=["POST"]) for name, call in post.items()),
            Route("/about", self.about),
            Route("/folder", self.listed),
            Route("/folder/{number:int}", self.listed_file),
            Route("/jobs/{name}", self.job),
            Route("/jobs/{name}", self.cancel, methods=["DELETE"]),
            Route("/openapi.json", self.openapi),
        ]

    async def encode(self, request: Request) -> Response:
        return _new_file(request, await self._do(request, work.do_encode, await read(request, Encode, "picture")))

    async def preview(self, request: Request) -> Response:
        asked = await read(request, Change, None)
        return Response(await self._do(request, work.do_preview, asked), media_type="image/jpeg")

    async def edit(self, request: Request) -> Response:
        return _new_file(request, await self._do(request, work.do_change, await read(request, Change, None)))

    async def decode(self, request: Request) -> Response:
        asked = await read(request, Decode, "file")
        asked.decoder = asked.decoder or self.decoder
        long = asked.decoder not in EMBEDDED
        job = self.pool.new_job(_visitor(request), asked.job) if asked.job else None
        options = dict(self.options) if asked.decoder == self.decoder else {}
        slot = job.slot if job else None
        data = await self._do(request, work.do_decode, asked, slot, options, long=long, job=job)
        return Response(data, media_type=f"image/{'jpeg' if asked.format == 'preview' else asked.format}")

    async def info(self, request: Request) -> Response:
        return _json(await self._do(request, work.do_inspect, await read(request, Inspect, "file")))

    async def extract(self, request: Request) -> Response:
        return Response(await self._do(request, work.do_extract, await read(request, Extract, "file")), media_type=ZIP)

    async def zip(self, request: Request) -> Response:
        return Response(await self._do(request, work.do_archive, await read(request, Archive, None)), media_type=ZIP)

    async def rival(self, request: Request) -> Response:
        asked = await read(request, Rival, "picture")
        return Response(await self._do(request, work.do_rival, asked), media_type=f"image/{asked.format}")

    async def about(self, request: Request) -> Response:
        """What this studio is and can do."""
        edits = {
            title: [{"edit": edit.option, "values": edit.metavars, "help": edit.help} for edit in edits]
            for title, edits in GROUPS.items()
        }
        limits = {name.lower(): value for name, value in vars(bounds).items() if name.isupper()}
        others = [name for name in decoder_names() if name not in EMBEDDED]
        decoders = {"embedded": EMBEDDED, "others": others, "default": self.decoder}
        told = {"version": __version__, "decoders": decoders, "edits": edits, "limits": limits}
        return _json(told | {"files": len(self.folder.files)})

    async def listed(self, request: Request) -> Response:
        return _json([{"name": path.name, "bytes": path.stat().st_size} for path in self.folder.files])

    async def listed_file(self, request: Request) -> Response:
        return Response(self.folder.read(request.path_params["number"]), media_type=STREAM)

    async def job(self, request: Request) -> Response:
        found = self.pool.progress(_visitor(request), request.path_params["name"])
        if found is None:
            raise HTTPException(404, "there is no such job")
        return _json(found)

    async def cancel(self, request: Request) -> Response:
        return _json({"cancelled": self.pool.cancel(_visitor(request), request.path_params["name"])})

    async def openapi(self, request: Request) -> Response:
        return _json(describe())

    async def _do(self, request: Request, function: Callable[..., T], *arguments: Any, **more: Any) -> T:
        found: T = await self.pool.do(
            function, *arguments, visitor=_visitor(request), left=lambda: _disconnected(request), **more
        )
        return found


async def read(request: Request, kind: type[T], body: str | None) -> T:
    """The message of a request.

    Args:
        body: the field that the body is, where the request is not JSON; the others stand in the query then.

    Raises:
        InputError: it is no such message; the text says what is wrong.
        LimitError: it is too long, or took too long to arrive.
    """
    data = bytearray()
    try:
        async with asyncio.timeout(bounds.BODY_SECONDS):
            async for chunk in request.stream():
                data += chunk
                if len(data) > bounds.BODY_BYTES:
                    raise LimitError(f"a request has at most {bounds.BODY_BYTES >> 20} MiB")
    except TimeoutError:
        raise LimitError(f"the request did not arrive within {bounds.BODY_SECONDS} seconds") from None
    try:
        if body is None or request.headers.get("content-type", "").startswith("application/json"):
            return msgspec.json.decode(data, type=kind)
        given: dict[str, Any] = dict(request.query_params)
        if "layers" in given:
            given["layers"] = [name.strip() for name in given["layers"].split(",") if name.strip()]
        return msgspec.convert({**given, body: bytes(data)}, kind, strict=False, builtin_types=(bytes,))
    except (msgspec.MsgspecError, RecursionError) as error:
        raise InputError(f"the request cannot be used: {error}") from None


async def fault(request: Request, error: Exception) -> Response:
    """The answer to whatever was raised."""
    if isinstance(error, HTTPException):
        text = error.detail if error.detail else HTTPStatus(error.status_code).phrase
        return _json(Fault(error="HTTPException", message=text), error.status_code)
    if isinstance(error, TriptychError):
        status = next((code for kind, code in STATUS.items() if isinstance(error, kind)), 400)
        return _json(Fault(error=type(error).__name__, message=str(error), layer=error.kind), status)
    return _json(Fault(error="Error", message="something went wrong in the studio; its log says what"), 500)


def _visitor(request: Request) -> str:
    """Who asks: a number that the page has drawn for itself, so that jobs are nobody else's; else the address."""
    return request.headers.get("triptych-visitor", request.client.host if request.client else "")[:64]


async def _disconnected(request: Request) -> None:
    while not await request.is_disconnected():
        await asyncio.sleep(0.1)


def _new_file(request: Request, made: Edited) -> Response:
    return _json(made) if "json" in request.headers.get("accept", "") else Response(made.file, media_type=STREAM)


def _json(value: Any, status: int = 200) -> Response:
    return Response(msgspec.json.encode(value), status, media_type=JSONResponse.media_type)
