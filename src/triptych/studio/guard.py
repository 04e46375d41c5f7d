"""Who may come in, and what browsers may do with what they get.

Requests of other sites' pages are turned away, so that no page that is open beside the studio can read what it shows:
without a token only the names of this computer are answered to (a foreign name may point here), with one every request
to the API has to bring it.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Collection

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from . import bounds

LOOPBACK = ("127.0.0.1", "localhost", "[::1]", "testserver")
POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' blob: data:",
        "connect-src 'self'",
        "manifest-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    ]
)
HEADERS = {
    "content-security-policy": POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
}


class Guard:
    """ASGI middleware around everything.

    Args:
        app: what is guarded.
        token: what requests to the API have to bring as `Authorization: Bearer TOKEN`; None for loopback.
        hosts: names that are answered to without a token.
    """

    def __init__(self, app: ASGIApp, token: str | None = None, hosts: Collection[str] = LOOPBACK) -> None:
        self.app, self.token, self.hosts = app, token, hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        api = scope["path"].startswith("/api/")

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update({**HEADERS, "cache-control": "no-store" if api else "no-cache"})
            await send(message)

        refused = self._refused(Headers(scope=scope), api)
        if refused:
            status, error, text = refused
            body = json.dumps({"error": error, "message": text}).encode()
            await guarded(
                {"type": "http.response.start", "status": status, "headers": [(b"content-type", b"application/json")]}
            )
            await guarded({"type": "http.response.body", "body": body})
            return
        await self.app(scope, receive, guarded)

    def _refused(self, headers: Headers, api: bool) -> tuple[int, str, str] | None:
        """(status, error, message) for what may not come in."""
        if self.token is None and headers.get("host", "").rsplit(":", 1)[0] not in self.hosts:
            return 421, "HostError", "this studio answers to localhost only; --host and --token open it to others"
        if not api:
            return None
        if headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
            return 403, "OriginError", "pages of other sites may not use this studio"
        given = headers.get("authorization", "").removeprefix("Bearer ")
        if self.token is not None and not hmac.compare_digest(given.encode(), self.token.encode()):
            return 401, "TokenError", "this studio needs its token: Authorization: Bearer TOKEN"
        length = headers.get("content-length", "0")
        if not length.isdecimal() or int(length) > bounds.BODY_BYTES:
            return 413, "LimitError", f"a request has at most {bounds.BODY_BYTES >> 20} MiB"
        return None
