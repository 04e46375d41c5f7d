"""Requests to a program on this or another machine: bounded in time and size, with errors that say what to do."""

from __future__ import annotations

import base64
import ipaddress
import json
import os
import secrets
import time
from collections.abc import Mapping
from http.client import HTTPException, HTTPMessage
from typing import IO, Any
from urllib.error import HTTPError, URLError
from urllib.parse import quote, unquote, urlencode, urlsplit
from urllib.request import BaseHandler, HTTPRedirectHandler, ProxyHandler, Request, build_opener

from ...errors import InputError, ModelError

SECONDS = 30.0  # for one request, unless it paints
MAX_JSON = 64 * 2**20  # bytes; a list of all nodes of a large installation has a few megabytes
MAX_PICTURE = 256 * 2**20  # bytes
_MAX_TOLD = 300  # characters of a text of the program that are passed on


class RefusedError(ModelError):
    """The program answered that it will not.

    Attributes:
        status: of HTTP, 400 to 599 (or 300 to 399: redirections are not followed).
        answer: what came with it, parsed if it is JSON, else a text.
    """

    def __init__(self, message: str, status: int, answer: object) -> None:
        super().__init__(message)
        self.status = status
        self.answer = answer


class Server:
    """A program that answers HTTP.

    Attributes:
        program: what to call it, for example "ComfyUI".
        shown: its address as it may be shown: without a password.
        headers: of every request.
        loopback: it runs on this machine.
    """

    def __init__(self, program: str, address: str | None, variable: str, default: str) -> None:
        """
        Args:
            address: "http://127.0.0.1:8188", "host:port", also with user and password; None takes that of the
                environment's `variable`, or `default`.

        Raises:
            InputError: it is no such address.
        """
        self.program = program
        given = address or os.environ.get(variable) or default
        text = str(given).strip()
        try:
            parts = urlsplit(text if "://" in text else f"http://{text}")
            host, port = parts.hostname, parts.port
        except ValueError:
            host, port = None, None
        if not host or parts.scheme not in ("http", "https") or parts.query or parts.fragment or not text.isprintable():
            raise InputError(f"option address: must be like {default}, not {given!r}")
        where = f"[{host}]" if ":" in host else host
        path = quote(parts.path.rstrip("/"), safe="/%")
        self.shown = f"{parts.scheme}://{where}" + (f":{port}" if port else "") + path
        self._hint = f"start it, or give its address with -O address=http://HOST:PORT or {variable}"
        self.headers = {"User-Agent": "triptych"}
        if parts.username is not None:
            login = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
            self.headers["Authorization"] = "Basic " + base64.b64encode(login.encode()).decode("ascii")
        handlers: list[BaseHandler] = [_NoRedirects()]
        self.loopback = _is_loopback(host)
        if self.loopback:
            handlers.append(ProxyHandler({}))  # a proxy cannot reach this machine's own programs
        self._opener = build_opener(*handlers)

    def get(
        self, path: str, query: Mapping[str, str] | None = None, *, most: int = MAX_JSON, seconds: float = SECONDS
    ) -> bytes:
        """The bytes at a path.

        Raises:
            RefusedError: the program answered with an error.
            ModelError: it does not answer, or with more than `most` bytes, or takes longer than `seconds`.
        """
        target = f"{path}?{urlencode(query)}" if query else path
        return self._answer(Request(self.shown + target, headers=self.headers), most, seconds)

    def get_json(self, path: str, *, seconds: float = SECONDS) -> Any:
        """What JSON at a path says; errors as for `get`."""
        return self._parsed(path, self.get(path, seconds=seconds))

    def post_json(self, path: str, value: object, *, most: int = MAX_JSON, seconds: float = SECONDS) -> Any:
        """The answer to a JSON value, None if it is empty; errors as for `get`."""
        headers = self.headers | {"Content-Type": "application/json"}
        data = json.dumps(value).encode("utf-8")
        got = self._answer(Request(self.shown + path, data, headers, method="POST"), most, seconds)
        return self._parsed(path, got) if got.strip() else None

    def post_file(self, path: str, fields: Mapping[str, str], name: str, data: bytes) -> Any:
        """The answer to a form with these fields and a PNG file in the field `image`; errors as for `get`."""
        boundary = secrets.token_hex(16)
        form = [
            f'--{boundary}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{text}\r\n'.encode()
            for key, text in fields.items()
        ]
        opening = f'--{boundary}\r\nContent-Disposition: form-data; name="image"; filename="{name}"\r\n'
        form += [opening.encode(), b"Content-Type: image/png\r\n\r\n", data, f"\r\n--{boundary}--\r\n".encode()]
        headers = self.headers | {"Content-Type": f"multipart/form-data; boundary={boundary}"}
        request = Request(self.shown + path, b"".join(form), headers, method="POST")
        return self._parsed(path, self._answer(request, MAX_JSON, SECONDS))

    def unexpected(self, path: str) -> ModelError:
        """The error for an answer that is not what the program's API gives."""
        return ModelError(f"{self.shown}{path} does not answer as {self.program} does; check the address")

    def _answer(self, request: Request, most: int, seconds: float) -> bytes:
        try:
            return self._read(request, most, seconds)
        except HTTPError as error:
            with error:
                answer = _read_error(error)
            told = f": {one_line(answer)}" if answer else ""
            path = urlsplit(request.full_url).path
            message = f"{self.program} at {self.shown} answered {error.code} to {path}{told}"
            raise RefusedError(message, error.code, answer) from None
        except TimeoutError:
            raise self._late(seconds) from None
        except URLError as error:
            if isinstance(error.reason, TimeoutError):
                raise self._late(seconds) from None
            why = getattr(error.reason, "strerror", None) or error.reason
            raise ModelError(f"{self.program} cannot be reached at {self.shown} ({why}); {self._hint}") from None
        except (OSError, HTTPException, ValueError) as error:
            why = one_line(str(error)) or type(error).__name__
            raise ModelError(f"{self.program} at {self.shown} broke off the connection ({why}); try again") from None

    def _read(self, request: Request, most: int, seconds: float) -> bytes:
        until = time.monotonic() + seconds
        parts: list[bytes] = []
        size = 0
        with self._opener.open(request, timeout=seconds) as response:
            while part := response.read1(2**16):
                size += len(part)
                if size > most:
                    raise ModelError(f"{self.program} at {self.shown} answered with more than {most} bytes")
                if time.monotonic() > until:
                    raise TimeoutError
                parts.append(part)
        return b"".join(parts)

    def _late(self, seconds: float) -> ModelError:
        return ModelError(f"{self.program} at {self.shown} did not answer within {seconds:g} seconds; is it busy?")

    def _parsed(self, path: str, data: bytes) -> Any:
        try:
            return json.loads(data)
        except (ValueError, RecursionError):
            raise self.unexpected(path) from None


class _NoRedirects(HTTPRedirectHandler):
    """What is sent is for the address that the user gave."""

    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> None:
        return None


def _read_error(error: HTTPError) -> object:
    try:
        data = error.read(2**20)
    except (OSError, HTTPException):
        return ""
    text = data.decode("utf-8", "replace")
    if "json" not in (error.headers.get("Content-Type") or ""):
        return "" if text.lstrip().startswith("<") else text  # a page is for browsers
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def one_line(text: object) -> str:
    """What a program says as one short line."""
    words = " ".join(str(text).split())
    clean = "".join(c if c.isprintable() else "?" for c in words)
    return clean if len(clean) <= _MAX_TOLD else clean[: _MAX_TOLD - 1] + "…"


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"
