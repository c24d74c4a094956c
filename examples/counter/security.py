"""What every answer carries, and what no request may do: headers, sizes, and how often."""

from __future__ import annotations

from collections.abc import Mapping

from limits import parse
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter
from starlette.datastructures import MutableHeaders
from starlette.requests import cookie_parser
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MOST_BYTES = 65_536
PAGE = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'"
)
# A picture that is opened by itself brings its own style, and may do nothing else.
PICTURE = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox"
HEADERS = {
    "Content-Security-Policy": PAGE,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
HTTPS_ONLY = {"Strict-Transport-Security": "max-age=31536000; includeSubDomains"}


class SecurityHeaders:
    """Sets the headers that an answer doesn't set itself."""

    def __init__(self, app: ASGIApp, https: bool) -> None:
        self.app = app
        self.headers = {**HEADERS, **(HTTPS_ONLY if https else {})}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and its answer back with headers."""

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self.headers.items():
                    headers.setdefault(name, value)
            await send(message)

        await self.app(scope, receive, with_headers if scope["type"] == "http" else send)


class BodyLimit:
    """Refuses a request's body that is longer than any form of ours, however it is announced."""

    def __init__(self, app: ASGIApp, most: int = MOST_BYTES) -> None:
        self.app, self.most = app, most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Read the body, and pass the request on with it."""
        if scope["type"] != "http" or scope["method"] in ("GET", "HEAD"):
            await self.app(scope, receive, send)
            return
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if len(body) > self.most:
                await answer(send, 413)
                return
            if message["type"] == "http.disconnect" or not message.get("more_body"):
                break
        read = False

        async def again() -> Message:
            nonlocal read
            if read:
                return await receive()
            read = True
            return {"type": "http.request", "body": body, "more_body": False}

        await self.app(scope, again, send)


class RateLimit:
    """Refuses whoever asks too often: by address, and by session or visitor.

    Several processes count each for itself; put a storage of `limits` that they share in its place
    where that matters.
    """

    def __init__(
        self, app: ASGIApp, cookies: tuple[str, ...], by_address: str, by_session: str
    ) -> None:
        self.app, self.cookies = app, cookies
        self.limiter = SlidingWindowCounterRateLimiter(MemoryStorage())
        self.by_address, self.by_session = parse(by_address), parse(by_session)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, unless there were too many."""
        if scope["type"] == "http" and not self._may(scope):
            await answer(send, 429, {"Retry-After": "60"})
            return
        await self.app(scope, receive, send)

    def _may(self, scope: Scope) -> bool:
        if scope["path"].startswith("/static/"):
            return True
        client = scope.get("client")
        address = client[0] if client else "nowhere"
        if not self.limiter.hit(self.by_address, "address", address):
            return False
        sent = next((v for k, v in scope["headers"] if k == b"cookie"), b"").decode("latin-1")
        cookies = cookie_parser(sent)
        who = next((cookies[each] for each in self.cookies if cookies.get(each)), None)
        return who is None or self.limiter.hit(self.by_session, "session", who)


async def answer(send: Send, status: int, headers: Mapping[str, str] | None = None) -> None:
    """An answer of a status alone; its page is short, in no language but the numbers'."""
    found = {"content-type": "text/plain; charset=utf-8", **(headers or {})}
    raw = [(name.lower().encode(), value.encode()) for name, value in found.items()]
    await send({"type": "http.response.start", "status": status, "headers": raw})
    await send({"type": "http.response.body", "body": str(status).encode()})
